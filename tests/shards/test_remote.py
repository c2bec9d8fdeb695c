"""xdist over sockets: a worker on another host measures as one here does.

The other host is a network namespace of its own with a file system of its own: the two share
nothing but a virtual cable, and what is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Project

STOREFRONT = Path(__file__).parents[2] / "examples" / "storefront"
NEAR, FAR, PORT = "10.213.7.1", "10.213.7.2", 8888
QUICK = ("-pno:rerunfailures",)  # its workers look for the controller on their own host


def unavailable(reason: str) -> NoReturn:
    """Skip by name where there is no other host to be had; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI needs it, see .ci/run")
    pytest.skip(reason)


class Host:
    """A network and a file system of its own, for as long as a process in it sleeps."""

    def __init__(self, *inside: str, user: bool = False) -> None:
        own = ("--user", "--map-root-user") if user else ()
        sleep = ("sh", "-c", "echo there && exec sleep 600")
        self.process = subprocess.Popen(
            [*inside, "unshare", *own, "--net", "--mount", *sleep], stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        if not self.process.stdout.readline():
            self.end()
            raise OSError("unshare makes no namespaces here")
        entered = ("--user", "--preserve-credentials") if os.geteuid() else ()
        self.enter = ("nsenter", f"--target={self.process.pid}", *entered, "--net", "--mount")

    def ip(self, *words: str) -> None:
        done = subprocess.run(
            [*self.enter, "ip", *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """Two hosts with a cable between them; the namespaces end with their processes."""
    for program in ("ip", "unshare", "nsenter"):
        if shutil.which(program) is None:
            unavailable(f"there is no program {program} (Linux, packages iproute2 and util-linux)")
    made: list[Host] = []
    try:
        made.append(Host(user=os.geteuid() != 0))
        near = made[0]
        made.append(Host(*near.enter))
        far = made[1]
        near.ip(*"link add near type veth peer name far netns".split(), str(far.process.pid))
        for host, link, address in ((near, "near", NEAR), (far, "far", FAR)):
            host.ip("addr", "add", f"{address}/30", "dev", link)
            host.ip("link", "set", link, "up")
            host.ip("link", "set", "lo", "up")
        yield near, far
    except OSError as error:
        unavailable(f"no other host can be made here ({error})")
    finally:
        for host in made:
            host.end()


@pytest.mark.slow
def test_a_worker_on_another_host_measures_as_one_here_does(
    hosts: tuple[Host, Host], project: Project, tmp_path: Path
) -> None:
    near, far = hosts
    ignored = shutil.ignore_patterns(".boss-gates", "__pycache__", ".*_cache")
    shutil.copytree(STOREFRONT, project.root, ignore=ignored, dirs_exist_ok=True)
    home, tests = tmp_path / "far", str(project.root / "tests")
    home.mkdir()
    here = project.run(*QUICK, "-n1", tests)
    judged, fingerprint = here.judged, here.report["run"]["fingerprint"]
    apart = 'mount -t tmpfs none "$1" && cd "$1" && shift && exec "$@"'
    serve = (sys.executable, "-m", "execnet.script.socketserver", f"{FAR}:{PORT}")
    server = subprocess.Popen(
        [*far.enter, "sh", "-c", apart, "sh", str(home), *serve],
        env=project.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert "Entering Accept loop" in server.stdout.readline()
        there = project.run_command(
            *(*near.enter, *project.command("--boss-gates", *QUICK, tests)),
            *("-Wignore::DeprecationWarning", "--dist=load", f"--rsyncdir={project.root}"),
            f"--tx=socket={FAR}:{PORT}",
        )
    finally:
        server.kill()
        served = server.communicate()[0]

    assert f"got new connection from {NEAR}" in served
    assert list(home.iterdir()) == [], "the other host's files are not seen here"
    assert (here.status, there.status) == (0, 0), there.output
    assert there.judged == judged
    assert there.report["run"]["workers"] == 1
    assert there.report["run"]["fingerprint"] == fingerprint
    assert there.report["run"]["partial"] is None
