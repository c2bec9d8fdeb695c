"""What the tests of the history share: both databases, for real, and facts made of literals."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import pytest

from pytest_boss_gates.history.store import Store, open_store
from pytest_boss_gates.model import (
    EndedTests,
    Enforce,
    Outcome,
    RecordedRun,
    RecordedVerdict,
    Unit,
    VerdictStatus,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
COMMIT = "5ca1ab1e" * 5
Opener: TypeAlias = Callable[[], Store]


def verdict(
    metric: str = "session-duration", value: float = 9.5, scope: str = ""
) -> RecordedVerdict:
    return RecordedVerdict(
        metric=metric,
        scope=scope,
        value=value,
        unit=Unit.SECONDS,
        target="<10 s",
        enforce=Enforce.BLOCK,
        status=VerdictStatus.MET,
    )


def run_of(
    number: int = 0,
    *verdicts: RecordedVerdict,
    commit: str = COMMIT,
    branch: str = "main",
    partial: str = "",
    clean: bool = True,
    machine: str = "linux x86_64, 2 CPUs, CPython 3.11",
) -> RecordedRun:
    """The session of the hour ``number`` after noon."""
    started = NOON + timedelta(hours=number)
    return RecordedRun(
        key=f"run-{number}",
        started=started,
        ended=started + timedelta(seconds=9),
        commit=commit,
        clean=clean,
        branch=branch,
        partial=partial,
        machine=machine,
        pytest_exit=0,
        outcome=Outcome.MET,
        verdicts=verdicts or (verdict(),),
    )


def endings(**endings: str) -> EndedTests:
    """Tests by name, each with the letter of its ending."""
    names = [f"tests/test_a.py::{name}" for name in endings]
    return EndedTests.by_name(names, list(endings.values()), [0.25] * len(names))


@dataclass
class Server:
    """A PostgreSQL cluster of our own, on a socket in a directory that only we know."""

    folder: Path
    programs: Path
    user: str | None

    def pg(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            user=self.user,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        options = f"-c listen_addresses='' -c fsync=off -k {self.folder}"
        log = str(self.folder / "log")
        self.pg("pg_ctl", "-D", "data", "-w", "-s", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Go as a server goes that was pulled out of the wall."""
        self.pg("pg_ctl", "-D", "data", "-w", "-s", "-m", "immediate", "stop")

    def url(self, schema: str) -> str:
        """A place where nothing is yet."""
        import psycopg

        bare = f"postgresql://postgres@/postgres?host={quote(str(self.folder), safe='')}"
        with psycopg.connect(bare, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return f"{bare}&options=-csearch_path%3D{schema}"


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    return installed[-1] if installed else None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running PostgreSQL; without one the test is skipped, but not in CI."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    folder = Path(tempfile.mkdtemp(prefix="gates-pg-"))
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, user)
    made = Server(folder, programs, user)
    try:
        made.pg("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lock() -> Iterator[Callable[[Path], None]]:
    """Let a directory, with all in it, only be read: also by the administrator, by mounting it."""
    mounted: list[Path] = []

    def lock_it(folder: Path) -> None:
        if os.geteuid():
            for path in (*folder.rglob("*"), folder):
                path.chmod(0o555 if path.is_dir() else 0o444)
            return
        for options in (["--bind", str(folder)], ["-o", "remount,ro,bind"]):
            done = subprocess.run(
                ["mount", *options, str(folder)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
            mounted.append(folder)

    yield lock_it
    for folder in mounted[::2]:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> str:
    """Where a history may be kept: a path, or a URL."""
    if request.param == "sqlite":
        return "history.db"
    server: Server = request.getfixturevalue("server")
    return server.url(f"s{uuid.uuid4().hex}")


@pytest.fixture
def opened(place: str, tmp_path: Path) -> Iterator[Opener]:
    """Open the place as often as a test likes; all are closed at the end."""
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(open_store(place, root=tmp_path, project="shop"))
        return stores[-1]

    yield open_it
    for each in stores:
        each.close()


@pytest.fixture
def store(opened: Opener) -> Store:
    """An open, empty history."""
    return opened()
