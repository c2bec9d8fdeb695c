"""Programs that are run by us: tools, once and beside the tests, and how each ended."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from pytest_boss_gates.model import ToolSetting

MARK = "BOSS_GATES_TOOL"
"""Set in the environment of a tool: a pytest that is one starts none itself."""

_MOST_LOGGED = 10_000_000  # bytes
_MOST_READ = 20_000  # bytes of the log that are looked at for its first lines
_FIRST_LINES = 5
_GRACE = 10.0  # seconds beyond the time limit for the supervisor to come to an end
_NOT_FOR_TOOLS = (  # of the environment: the session's own measuring, and its colours
    "COVERAGE_PROCESS_",
    "COV_CORE_",
    "FORCE_COLOR",
    "PYTEST_CURRENT_TEST",
    "PYTEST_XDIST_",
    "PY_COLORS",
)


class End(Enum):
    """How a run ended."""

    EXITED = "exited"  # by itself, with a status, or by a signal
    LATE = "late"  # killed at its time limit
    UNFOUND = "unfound"  # it could not be started
    BROKEN_OFF = "broken off"  # killed because the session ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one tool ended; ``status`` is that of subprocess: negative for a signal."""

    command: tuple[str, ...]
    end: End
    status: int = 0
    seconds: float = 0.0
    reason: str = ""  # why it could not be started
    log: str = ""  # relative to the root
    lines: tuple[str, ...] = ()  # the first lines of the output, as written

    @property
    def passed(self) -> bool:
        """Whether it ended by itself and was content."""
        return self.end is End.EXITED and self.status == 0


class Runs:
    """The tools of a session, started together; ``home`` is the directory of their logs."""

    def __init__(
        self,
        settings: Iterable[ToolSetting],
        *,
        root: Path,
        home: Path,
        ended: Mapping[str, Ran] | None = None,
        doing: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._root = root
        self._home = home
        self._doing = doing
        self._settings = {setting.name: setting for setting in settings if setting.run}
        self._started: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        self._ended = dict(ended or {})  # elsewhere, before

    def start(self) -> None:
        """Start every tool that has a command."""
        if not self._settings or MARK in os.environ:
            return
        environment = _environment()
        self._home.mkdir(parents=True, exist_ok=True)
        for name, setting in self._settings.items():
            program, reason = _program(setting.run[0], self._root, environment)
            if program:
                self._launch(setting, program, environment)
            else:
                self._ended[name] = Ran(command=setting.run, end=End.UNFOUND, reason=reason)

    def ended(self, name: str) -> Ran | None:
        """Wait for a tool's end; None when it was not run."""
        if name in self._started:
            process, deadline = self._started.pop(name)
            setting = self._settings[name]
            self._ended[name] = Ran(command=setting.run, end=End.BROKEN_OFF)  # by a Ctrl-C here
            with self._doing(f"waiting for {name}, which still runs"):
                self._ended[name] = self._end(setting, process, deadline)
        return self._ended.get(name)

    def abandon(self) -> None:
        """Kill what still runs; what has ended by itself is kept."""
        for name in [*self._started]:
            process, deadline = self._started.pop(name)
            if process.poll() is None:
                _release(process)
                ran = Ran(command=self._settings[name].run, end=End.BROKEN_OFF)
            else:
                ran = self._end(self._settings[name], process, deadline)
            self._ended[name] = ran

    def _launch(self, setting: ToolSetting, program: str, environment: Mapping[str, str]) -> None:
        import subprocess

        supervisor = Path(__file__).with_name("supervise.py")
        log = self._log(setting.name)
        with suppress(OSError):
            log.unlink()  # a run before this one is not to be taken for it
        words = (sys.executable, "-I", "-S", os.fspath(supervisor))
        limits = (str(setting.timeout), str(_MOST_LOGGED))
        process = subprocess.Popen(  # noqa: S603 - the project's own settings name it
            [*words, os.fspath(log), *limits, program, *setting.run[1:]],
            cwd=self._root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is ours to pass on
        )
        deadline = time.monotonic() + setting.timeout + _GRACE
        self._started[setting.name] = (process, deadline)

    def _end(self, setting: ToolSetting, process: subprocess.Popen[bytes], deadline: float) -> Ran:
        import subprocess

        try:
            process.wait(max(0.0, deadline - time.monotonic()))
            told = process.stdout.read() if process.stdout else b""
        except subprocess.TimeoutExpired:  # the supervisor hangs
            told = b"late"
        finally:
            _release(process)
        log = self._log(setting.name)
        word, _, rest = told.decode("utf-8", "replace").strip().partition(" ")
        status, _, seconds = rest.partition(" ")
        exited = word == End.EXITED.value
        end = next((end for end in End if end.value == word), End.BROKEN_OFF)
        return Ran(
            command=setting.run,
            end=end,
            status=int(status) if exited else 0,
            seconds=float(seconds) if exited else 0.0,
            reason=rest if end is End.UNFOUND else "",
            log=os.path.relpath(log, self._root).replace(os.sep, "/"),
            lines=_first_lines(log),
        )

    def _log(self, name: str) -> Path:
        return self._home / f"{name}.log"


def _release(process: subprocess.Popen[bytes]) -> None:
    """Let go of a supervisor: the end of its input makes it kill its tool and end, too."""
    import subprocess

    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _environment() -> dict[str, str]:
    kept = {name: v for name, v in os.environ.items() if not name.startswith(_NOT_FOR_TOOLS)}
    return {**kept, MARK: "1", "PYTHONIOENCODING": "utf-8"}


def _program(head: str, root: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """Find a program, first beside this Python, where its environment's tools are.

    Gives its path, or "" and why there is none.
    """
    if os.path.dirname(head):
        path = root / head
        if path.is_file():
            return os.fspath(path), ""
        return "", f"{head} does not exist"
    folders = (os.path.dirname(sys.executable), environment.get("PATH", ""))
    places = os.pathsep.join(filter(None, folders))
    found = shutil.which(head, path=places)
    return (found, "") if found else ("", f"there is no program {head} on the path")


def _first_lines(log: Path) -> tuple[str, ...]:
    """Read the first lines that say something."""
    try:
        with log.open("rb") as file:
            text = file.read(_MOST_READ).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(line.strip() for line in text.splitlines() if line.strip())[:_FIRST_LINES]


def run_in_sight(command: tuple[str, ...], *, root: Path, to_stderr: bool) -> str:
    """Run a command to its end on our own terminal; "" when it ran, whatever its exit status.

    Else why it could not be started, as a sentence.
    """
    import subprocess

    try:
        subprocess.run(  # noqa: S603 - what the user asked for
            command, cwd=root, check=False, stdout=sys.stderr if to_stderr else None
        )
    except OSError as error:
        return f"{command[0]} cannot be started: {error.strerror or error}."
    return ""


def why_unfound(head: str, root: Path) -> str:
    """Say why a program could not be started, "" when it could."""
    return _program(head, root, os.environ)[1]
