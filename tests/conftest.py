"""What the tests share: a project made of literals, run by a real pytest in a clean environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_TIMES = ("session-duration", "test-duration-total", "test-duration-p95", "slowest-test")
_OURS_TO_CHOOSE = (
    "BOSS_GATES_",
    "CI",
    "COV",
    "GITHUB_",
    "GITLAB_",
    "PYTEST_",
    "BUILD",
    "TRAVIS",
    "DRONE",
)


def _take_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Result:
    """What a run of pytest came to."""

    status: int
    output: str
    root: Path

    @property
    def report(self) -> dict[str, Any]:
        text = (self.root / ".boss-gates" / "report.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        return found

    @property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        return {
            f"{verdict['metric']} {verdict['scope']}".strip(): verdict
            for verdict in self.report["verdicts"]
        }

    @property
    def statuses(self) -> dict[str, str]:
        return {
            name: verdict["status"]
            for name, verdict in self.verdicts.items()
            if verdict["status"] != "observed"
        }

    @property
    def judged(self) -> dict[str, tuple[str, object, str]]:
        """Status, value and target of everything, without the values that no two runs share."""
        return {
            name: (
                verdict["status"],
                None if verdict["metric"] in _TIMES else verdict["measurement"]["value"],
                verdict["target"],
            )
            for name, verdict in self.verdicts.items()
        }

    @property
    def last_line(self) -> str:
        return self.output.rstrip().splitlines()[-1]


@dataclass
class Project:
    """A project below a temporary directory; files are written with their indent removed."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, files: dict[str, str]) -> Project:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return self

    def targets(self, *lines: str) -> Project:
        return self.write({"pyproject.toml": "\n".join(["[tool.boss-gates.targets]", *lines, ""])})

    def command(self, *arguments: str) -> list[str]:
        left_out = "asyncio cacheprovider flaky hypothesispytest pytest-retry".split()
        return [sys.executable, "-m", "pytest", *(f"-pno:{name}" for name in left_out), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start pytest so that it takes Ctrl-C, also where our own runner ignores it (`&`)."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            preexec_fn=_take_interrupts if os.name == "posix" else None,  # noqa: PLW1509 - no locks
        )

    def run(self, *arguments: str) -> Result:
        """Run pytest with --boss-gates and the arguments."""
        return self.run_plain("--boss-gates", *arguments)

    def run_plain(self, *arguments: str) -> Result:
        return self.run_command(*self.command(*arguments))

    def run_command(self, *command: str) -> Result:
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment, **self._measured()},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr, self.root)

    def _measured(self) -> dict[str, str]:
        """Let coverage.py measure the child, unless the child is to measure by itself."""
        path = self.root / "pyproject.toml"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        by_itself = "targets]" not in text or "coverage" in text or "risk" in text
        config = os.environ.get("COVERAGE_PROCESS_CONFIG")
        return {} if by_itself or config is None else {"COVERAGE_PROCESS_CONFIG": config}


def clean_environment(home: Path) -> dict[str, str]:
    """The environment without what CI, coverage.py or the outer pytest put there."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(_OURS_TO_CHOOSE)
    }
    return {**kept, "HOME": str(home), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}


class Terminal:
    """A real pseudo-terminal of 80 columns, and a program on it that thinks it has one."""

    def __init__(self, rows: int = 50) -> None:
        import pty

        self._ours, self.theirs = pty.openpty()
        self._rows = rows
        _resize(self.theirs, rows, 80)
        self._seen = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(
        self, *command: str, cwd: Path, env: dict[str, str], stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program with the terminal as all its streams, or all but standard output."""
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=self.theirs,
            stdout=self.theirs if stdout is None else stdout,
            stderr=self.theirs,
            start_new_session=True,
            preexec_fn=_take_interrupts,  # noqa: PLW1509 - no locks
        )

    def stream(self) -> TextIO:
        """The terminal as a stream of this process."""
        return open(os.dup(self.theirs), "w", encoding="utf-8")

    def wait_for(self, text: str) -> None:
        """Wait until something has been written."""
        deadline = time.monotonic() + 60
        while text not in self._text():
            assert time.monotonic() < deadline, self._text()
            time.sleep(0.01)

    def close(self) -> str:
        """Give all that was written."""
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1
            self._reader.join(60)
            os.close(self._ours)
        return self._text()

    def screen(self) -> list[str]:
        """Give the lines that a person sees when all is over, without those left empty below."""
        import pyte

        screen = pyte.Screen(80, self._rows)
        pyte.Stream(screen).feed(self.close())
        return "\n".join(line.rstrip() for line in screen.display).rstrip().split("\n")

    def _text(self) -> str:
        return self._seen.decode("utf-8", "replace")

    def _read(self) -> None:
        with suppress(OSError):  # the end of a terminal
            while read := os.read(self._ours, 65_536):
                self._seen += read


def _resize(terminal: int, rows: int, columns: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A pseudo-terminal, where the system has such."""
    pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    root = tmp_path / "project"
    root.mkdir()
    return Project(root, clean_environment(tmp_path))


@pytest.fixture
def shop(project: Project) -> Project:
    """A project of one package with two tests that pass."""
    return project.write(
        {
            "shop/__init__.py": "",
            "shop/cart.py": """\
                def total(prices, discount=0):
                    if discount:
                        return sum(prices) - discount
                    return sum(prices)
                """,
            "tests/test_cart.py": """\
                from shop.cart import total


                def test_total():
                    assert total([1, 2]) == 3


                def test_discount():
                    assert total([3], 1) == 2
                """,
            "tests/conftest.py": """\
                import sys
                from pathlib import Path

                sys.path.insert(0, str(Path(__file__).parents[1]))
                """,
        }
    )
