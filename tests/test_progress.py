"""What a person at a terminal sees while commands and sessions take long, and what stays of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Terminal

HASTY = """\
import sys, time
from contextlib import contextmanager
from pytest_boss_gates.report import progress
progress._PATIENCE = 0.0
progress._BEAT = 0.001
"""
SLOW = """\
quick = progress.Progress.doing

@contextmanager
def slow(self, text):
    with quick(self, text):
        while self._painter and not self._painter._painted.startswith(text[:60]):
            time.sleep(0.001)
        yield

progress.Progress.doing = slow
"""
ONE_AFTER_THE_OTHER = (
    HASTY
    + SLOW
    + """\
from pytest_boss_gates.cli import main
for words in sys.argv[1:]:
    print(f"<{words}>", flush=True)
    main(words.split())
"""
)
SETTINGS = """\
[tool.boss-gates]
catalogue.cat = { title = "Cat", area = "lint", purpose = "Code Linting", commands = ["cat"] }
[tool.boss-gates.targets]
complexity = "<=10"
[tool.boss-gates.tools]
cat = { level = "gating", run = "cat fifo" }
"""
WORKFLOW = """\
on: push
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: cat fifo
"""
COMMANDS = {
    "check": "waiting for cat, which still runs",
    "dashboard grafana --output monitoring": "making the dashboard",
    "doctor": "reading the settings",
    "evidence --no-cache": "looking for evidence in the repository",
    "history export --output history.jsonl": "checking the history",
    "init --dry-run": "measuring what needs no tests",
    "prove": "trying each target",
    "report badge": "making the badge report",
    "tighten": "comparing the targets with the last run",
    "tracker update docs/tracker.md": "deriving the tracker",
    "trend": "checking the history",
}
ERASED = re.compile(r"[^\r\n]* \(\d+ s\)\r\x1b\[K")


@pytest.fixture
def kettle(project: Project) -> Project:
    """A project with a tool that runs until it is let go."""
    project.environment.pop("BUILD_NUMBER", None)
    project.environment["TERM"] = "xterm"
    os.mkfifo(project.root / "fifo")
    return project.write(
        {
            "pyproject.toml": SETTINGS,
            ".github/workflows/ci.yml": WORKFLOW,
            "kettle.py": "def boil():\n    return 100\n",
            "test_kettle.py": (
                "from kettle import boil\n\n\ndef test_boil():\n    assert boil() == 100\n"
            ),
        }
    )


def let_go(project: Project) -> None:
    (project.root / "fifo").write_text("done\n", encoding="utf-8")


def hasty(project: Project) -> Project:
    return project.write({"conftest.py": HASTY})


def test_every_command_that_may_take_long_says_what_it_does_and_leaves_no_trace(
    kettle: Project, terminal: Terminal
) -> None:
    code = (sys.executable, "-c", ONE_AFTER_THE_OTHER)

    started = terminal.start(*code, *COMMANDS, cwd=kettle.root, env=kettle.environment)
    terminal.wait_for(COMMANDS["check"])
    let_go(kettle)
    started.wait(120)

    written = terminal.close()
    parts = dict(re.findall(r"^<(.+?)>\r\n(.*?)(?=^<|\Z)", written, re.DOTALL | re.MULTILINE))
    assert parts.keys() == COMMANDS.keys()
    silent = [name for name, said in COMMANDS.items() if f"{said} (" not in parts[name]]
    assert silent == []
    assert "\x1b" not in ERASED.sub("", written), "each line is erased before the next output"


def test_what_comes_after_the_verdicts_is_told_too(project: Project, terminal: Terminal) -> None:
    project.targets('complexity = "<=10"')
    environment = {**project.environment, "TERM": "xterm"}
    environment.pop("BUILD_NUMBER", None)
    code = (sys.executable, "-c", ONE_AFTER_THE_OTHER, "check --push http://127.0.0.1:9")

    terminal.start(*code, cwd=project.root, env=environment).wait(60)

    written = terminal.close()
    steps = ("gathering the details", "writing the json report", "sending the numbers to the Push")
    assert [step for step in steps if step not in written] == []


def test_what_is_printed_for_machines_is_not_mixed_with_it(
    kettle: Project, terminal: Terminal
) -> None:
    code = (sys.executable, "-c", f"{HASTY}from pytest_boss_gates.cli import main\nmain()")

    started = terminal.start(
        *code,
        *("check", "--json"),
        cwd=kettle.root,
        env=kettle.environment,
        stdout=subprocess.PIPE,
    )
    terminal.wait_for("waiting for cat")
    let_go(kettle)
    printed, _ = started.communicate(timeout=60)

    assert json.loads(printed)["outcome"] == "met"


def test_an_interrupted_command_says_no_more_than_that(kettle: Project, terminal: Terminal) -> None:
    code = (sys.executable, "-c", f"{HASTY}from pytest_boss_gates.cli import main\nexit(main())")

    started = terminal.start(*code, "check", cwd=kettle.root, env=kettle.environment)
    terminal.wait_for("waiting for cat")
    started.send_signal(signal.SIGINT)

    assert started.wait(60) == 130
    assert terminal.screen() == ["boss-gates: interrupted"]


def test_a_session_says_what_it_does_after_the_tests(kettle: Project, terminal: Terminal) -> None:
    hasty(kettle)

    command = kettle.command("--boss-gates")
    started = terminal.start(*command, cwd=kettle.root, env=kettle.environment)
    terminal.wait_for("waiting for cat, which still runs (")
    let_go(kettle)

    assert started.wait(60) == 0
    screen = terminal.screen()
    tests = next(index for index, line in enumerate(screen) if line.startswith("test_kettle.py"))
    assert screen[tests].endswith("[100%]")
    assert screen[tests + 1] == f"{' boss gates ':=^80}"
    assert not any("waiting" in line for line in screen)


@pytest.mark.parametrize("off", ["-q", "a pipe"])
def test_a_quiet_session_and_one_without_a_terminal_say_nothing(
    kettle: Project, terminal: Terminal, off: str
) -> None:
    hasty(kettle)
    words = ["--boss-gates", *([off] if off == "-q" else [])]
    pipe = None if off == "-q" else subprocess.PIPE

    started = terminal.start(
        *kettle.command(*words), cwd=kettle.root, env=kettle.environment, stdout=pipe
    )
    let_go(kettle)
    printed, _ = started.communicate(timeout=60)

    assert started.returncode == 0
    assert "waiting" not in terminal.close() + os.fsdecode(printed or b"")


def test_an_interrupted_session_leaves_no_line_behind(kettle: Project, terminal: Terminal) -> None:
    hasty(kettle)

    command = kettle.command("--boss-gates")
    started = terminal.start(*command, cwd=kettle.root, env=kettle.environment)
    terminal.wait_for("waiting for cat")
    started.send_signal(signal.SIGINT)

    started.wait(60)
    assert not any("waiting" in line for line in terminal.screen())
