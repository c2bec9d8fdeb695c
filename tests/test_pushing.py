"""Pushing: what is sent where, and that nothing that goes wrong has a say in the verdict."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.model import Outcome, Run, RunIdentity, Settings, Shard
from pytest_boss_gates.pushing import TOKEN, Pushed, group, push
from pytest_boss_gates.report.prometheus import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Project

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    """Takes what it is sent, and answers as it is told to."""

    url: str = ""
    status: int = 200
    answer: bytes = b""
    location: str = ""
    pause: float = 0.0  # seconds before each byte of the answer
    taken: list[Request] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.url}/metrics/job/boss-gates/project/shop/vcs_ref_head_name/main"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.taken.append(Request(self.command, self.path, dict(self.headers), body))
            if made.pause:
                self.wfile.write(b"HTTP/1.1 200 ")
                while not ended.wait(made.pause):
                    self.wfile.write(b".")
                return
            self.send_response(made.status)
            if made.location:
                self.send_header("Location", made.location)
            self.send_header("Content-Length", str(len(made.answer)))
            self.end_headers()
            self.wfile.write(made.answer)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield made
        ended.set()
        server.shutdown()
        thread.join()


def run(**identity: object) -> Run:
    plain: dict[str, object] = {"project": "shop", "branch": "main", "started": NOON, "ended": NOON}
    who = RunIdentity(root=None, **{**plain, **identity})  # type: ignore[arg-type] # it is not read
    return Run(identity=who, outcome=Outcome.MET, verdicts=(), tables=())


def settings(url: str, tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, targets=(), push=url)


def closed_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def test_a_run_is_put_to_the_group_of_its_project_and_branch(
    gateway: Gateway, tmp_path: Path
) -> None:
    assert push(settings(gateway.url, tmp_path), run(), {}) == Pushed(to=(gateway.address,))

    (request,) = gateway.taken
    assert request.method == "PUT"
    assert gateway.url + request.path == gateway.address
    assert request.body == render(run()).encode()
    assert request.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("branch", "segment"),
    [
        ("main", "vcs_ref_head_name/main"),
        ("feature/cart", "vcs_ref_head_name@base64/ZmVhdHVyZS9jYXJ0"),
        ("", "vcs_ref_head_name@base64/="),
        (".", "vcs_ref_head_name@base64/Lg=="),
        ("käse ?#%", "vcs_ref_head_name@base64/a8Okc2UgPyMl"),
    ],
)
def test_what_a_path_cannot_hold_is_spelled_in_base64(branch: str, segment: str) -> None:
    assert group(run(branch=branch).identity) == f"/metrics/job/boss-gates/project/shop/{segment}"


@pytest.mark.parametrize(
    ("user", "environ", "header"),
    [
        ("", {TOKEN: "s3cret"}, "Bearer s3cret"),
        ("ann:s3cret@", {}, "Basic YW5uOnMzY3JldA=="),
        ("ann:s%33cret@", {TOKEN: "another"}, "Basic YW5uOnMzY3JldA=="),
    ],
)
def test_who_pushes_is_said_in_a_header_and_nowhere_else(
    user: str, environ: dict[str, str], header: str, gateway: Gateway, tmp_path: Path
) -> None:
    gateway.status = 401
    gateway.answer = f"{header} s3cret is wrong".encode()
    address = gateway.url.replace("://", f"://{user}")

    pushed = push(settings(address, tmp_path), run(), environ)

    assert gateway.taken[0].headers["Authorization"] == header
    assert pushed.problems == (f"The numbers are not pushed to {gateway.url}: it answered 401.",)


def test_a_token_that_no_header_can_hold_is_not_shown(gateway: Gateway, tmp_path: Path) -> None:
    pushed = push(settings(gateway.url, tmp_path), run(), {TOKEN: "s3\ncret"})

    (told,) = pushed.problems
    assert told.endswith("BOSS_GATES_PUSH_TOKEN holds what no header can.")


def test_an_answer_that_refuses_is_repeated_on_one_line(gateway: Gateway, tmp_path: Path) -> None:
    gateway.status, gateway.answer = 400, b"two metrics\nof one name\n"

    (told,) = push(settings(gateway.url, tmp_path), run(), {}).problems

    assert told.endswith(f"{gateway.url}: it answered 400: two metrics of one name.")


def test_a_run_is_not_sent_on_to_another_place(gateway: Gateway, tmp_path: Path) -> None:
    gateway.status, gateway.location = 307, f"{gateway.url}/elsewhere"

    (told,) = push(settings(gateway.url, tmp_path), run(), {TOKEN: "s3cret"}).problems

    assert told.endswith("it answered 307.")
    assert len(gateway.taken) == 1


def test_a_closed_port_is_said(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"

    (told,) = push(settings(url, tmp_path), run(), {}).problems

    assert (
        told == f"The numbers are not pushed to {url}: it cannot be reached (Connection refused)."
    )


def test_a_server_that_is_silent_is_not_waited_for(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        pushed = push(settings(url, tmp_path), run(), {}, timeout=0.2, deadline=30)

    assert pushed.problems == (f"The numbers are not pushed to {url}: no answer within 0.2 s.",)
    assert time.monotonic() - began < 10


def test_an_answer_in_drops_is_not_waited_for(gateway: Gateway, tmp_path: Path) -> None:
    gateway.pause = 0.05
    began = time.monotonic()

    pushed = push(settings(gateway.url, tmp_path), run(), {}, timeout=10, deadline=0.5)

    (told,) = pushed.problems
    assert told.endswith("there was no whole answer within 0.5 s.")
    assert time.monotonic() - began < 10


def test_a_part_of_the_suite_takes_no_whole_runs_place(gateway: Gateway, tmp_path: Path) -> None:
    (told,) = push(settings(gateway.url, tmp_path), run(partial="-k cart"), {}).problems

    assert told.endswith("this run was a part of the suite (-k cart).")
    assert gateway.taken == []


def test_a_shard_pushes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    shard = replace(settings(gateway.url, tmp_path), shard=Shard(number=1, of=2))

    assert push(shard, run(), {}) == Pushed()
    assert gateway.taken == []


def test_a_session_pushes_when_it_is_told_to(shop: Project, gateway: Gateway) -> None:
    shop.targets('tests = ">=1"')

    result = shop.run(f"--boss-gates-push={gateway.url}")

    assert result.status == 0
    (request,) = gateway.taken
    assert b'boss_gates_tests{project="project"} 2\n' in request.body
    assert "/metrics/job/boss-gates/project/project/" in result.output.replace("\n", "")


def test_the_environment_names_the_gateway_and_the_option_outweighs_it(
    shop: Project, gateway: Gateway
) -> None:
    shop.targets('tests = ">=1"')
    shop.environment["BOSS_GATES_PUSH"] = gateway.url

    shop.run("--boss-gates-push=off")
    assert gateway.taken == []

    shop.run()
    assert len(gateway.taken) == 1


def test_a_push_that_fails_is_told_and_changes_no_verdict(shop: Project) -> None:
    shop.targets('tests = ">=1"')
    url = f"http://ann:s3cret@127.0.0.1:{closed_port()}"

    result = shop.run(f"--boss-gates-push={url}")

    assert result.status == 0
    assert "The numbers are not pushed to http://127.0.0.1:" in result.output
    assert "s3cret" not in result.output
    home = shop.root / ".boss-gates"
    assert "s3cret" not in (home / "report.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("pushgateway:9091", "This is no address of a Pushgateway."),
        ("ftp://ann:s3cret@example.org", "This is no address of a Pushgateway."),
        ("http://ann:s3cret@", "This is no address of a Pushgateway."),
        ("http://ann:s3cret@example.org:port", "This is no address of a Pushgateway."),
        ("http://example.org/?token=s3cret", "This is no address of a Pushgateway."),
        ("http://example.org/metrics/job/x", "The path below the address"),
    ],
)
def test_an_address_that_is_none_is_said_and_not_shown(
    url: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", f"--root={tmp_path}", f"--push={url}"]) == 2

    told = capsys.readouterr().err
    assert f"command line: --boss-gates-push\n    {message}" in told
    assert "s3cret" not in told


def test_check_pushes_too(
    tmp_path: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOSS_GATES_PUSH", gateway.url)
    settings = "[tool.boss-gates.targets]\ncomplexity = '<=9'\n"
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "shop.py").write_text("def price():\n    return 1\n", encoding="utf-8")

    assert main(["check", f"--root={tmp_path}"]) == 0

    assert b"boss_gates_complexity{" in gateway.taken[0].body
