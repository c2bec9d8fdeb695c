"""Tools that are run: found, limited, killed with all they started, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure.tools import run
from pytest_boss_gates.measure.tools.run import End, Ran, Runs
from pytest_boss_gates.model import Level, ToolSetting

if TYPE_CHECKING:
    from pathlib import Path

NAME = "mypy"
GRANDCHILD = """\
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pid", "w").write(str(child.pid))
print("started", flush=True)
"""

posix = pytest.mark.skipif(os.name == "nt", reason="asks for processes by signal 0")


def started(root: Path, *words: str, timeout: float = 60) -> Runs:
    setting = ToolSetting(name=NAME, level=Level.OBSERVED, run=words, timeout=timeout)
    runs = Runs([setting], root=root, home=root / "logs")
    runs.start()
    return runs


def ended(root: Path, code: str, timeout: float = 60) -> Ran:
    found = started(root, sys.executable, "-c", code, timeout=timeout).ended(NAME)
    assert found is not None
    return found


def pid_in(root: Path) -> int:
    deadline = time.monotonic() + 30
    while not (text := (root / "pid").read_text() if (root / "pid").exists() else ""):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return int(text)


def is_gone(pid: int) -> bool:
    """Whether a process ends within seconds; a dead one that nobody waited for is gone, too."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


@pytest.fixture
def unmarked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(run.MARK, raising=False)


pytestmark = pytest.mark.usefixtures("unmarked")


def test_it_runs_in_the_root_without_input_and_keeps_both_outputs(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd()); sys.stderr.write(repr(sys.stdin.read()))"

    ran = ended(tmp_path, code)

    assert (ran.end, ran.status, ran.passed) == (End.EXITED, 0, True)
    assert ran.lines == (os.path.realpath(tmp_path), "''")
    assert ran.log == "logs/mypy.log"


def test_the_words_reach_it_as_they_are(tmp_path: Path) -> None:
    runs = started(
        tmp_path, sys.executable, "-c", "import sys; print(sys.argv[1:])", "$HOME", "a b"
    )

    ran = runs.ended(NAME)

    assert ran is not None
    assert ran.lines == ("['$HOME', 'a b']",)


def test_the_environments_own_measuring_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVERAGE_PROCESS_START", "x")
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "x")
    monkeypatch.setenv("OURS", "kept")

    ran = ended(tmp_path, "import os; print(*sorted(os.environ))")

    names = ran.lines[0].split()
    assert "OURS" in names
    assert not {"COVERAGE_PROCESS_START", "PYTEST_CURRENT_TEST"} & set(names)


def test_a_tool_that_is_a_pytest_with_the_gates_on_starts_none_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(run.MARK, "1")

    assert started(tmp_path, sys.executable, "-c", "").ended(NAME) is None


def test_a_program_with_a_slash_stands_below_the_root(tmp_path: Path) -> None:
    missing = started(tmp_path, "bin/lint").ended(NAME)

    assert missing == Ran(command=("bin/lint",), end=End.UNFOUND, reason="bin/lint does not exist")


@posix
def test_a_program_that_cannot_be_executed_says_why(tmp_path: Path) -> None:
    (tmp_path / "lint").write_text("no program")

    ran = started(tmp_path, "./lint").ended(NAME)

    assert ran is not None
    assert ran.end is End.UNFOUND
    assert "Permission denied" in ran.reason


def test_a_program_beside_this_python_is_found_without_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    ran = started(tmp_path, os.path.basename(sys.executable), "-c", "print(1)").ended(NAME)

    assert ran is not None
    assert ran.lines == ("1",)


def test_endless_output_is_cut_and_does_not_stop_the_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_MOST_LOGGED", 1000)

    ran = ended(tmp_path, "print('x' * 99 + '\\n', end='', flush=True)\nprint('y' * 500_000)")

    log = (tmp_path / "logs" / "mypy.log").read_bytes()
    assert ran.passed
    assert len(log) < 1100
    assert b"more bytes are left out]" in log


def test_output_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    ran = ended(tmp_path, "import os; os.write(1, b'\\xff\\x00ok\\n')")

    assert ran.lines == ("\ufffd\x00ok",)


@posix
def test_a_tool_at_its_time_limit_is_killed_with_all_it_started(tmp_path: Path) -> None:
    ran = ended(tmp_path, GRANDCHILD + "time.sleep(600)", timeout=2)

    assert ran.end is End.LATE
    assert ran.lines == ("started",)
    assert is_gone(pid_in(tmp_path))


@posix
def test_what_a_tool_leaves_running_is_killed_when_it_ends(tmp_path: Path) -> None:
    ran = ended(tmp_path, GRANDCHILD)

    assert ran.passed
    assert is_gone(pid_in(tmp_path))


@posix
def test_an_abandoned_tool_is_killed_with_all_it_started(tmp_path: Path) -> None:
    runs = started(tmp_path, sys.executable, "-c", GRANDCHILD + "time.sleep(600)")
    pid = pid_in(tmp_path)

    runs.abandon()

    ran = runs.ended(NAME)
    assert ran is not None
    assert ran.end is End.BROKEN_OFF
    assert is_gone(pid)


def test_abandoning_keeps_what_has_ended(tmp_path: Path) -> None:
    runs = started(tmp_path, sys.executable, "-c", "raise SystemExit(3)")
    first = runs.ended(NAME)

    runs.abandon()

    assert first is not None
    assert first.status == 3
    assert runs.ended(NAME) == first


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_session_that_is_killed_leaves_no_tool_behind(tmp_path: Path, number: int) -> None:
    code = f"""\
import sys, time
from pathlib import Path
from pytest_boss_gates.measure.tools.run import Runs
from pytest_boss_gates.model import Level, ToolSetting
words = (sys.executable, "-c", {GRANDCHILD + "time.sleep(600)"!r})
setting = ToolSetting(name="mypy", level=Level.OBSERVED, run=words)
runs = Runs([setting], root=Path.cwd(), home=Path.cwd() / "logs")
runs.start()
time.sleep(600)
"""
    session = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    pid = pid_in(tmp_path)

    session.send_signal(number)
    session.wait(30)

    assert is_gone(pid)
