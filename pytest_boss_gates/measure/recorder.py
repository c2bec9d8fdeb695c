"""What a session's reports said, kept small: a few bytes a passed test.

The one thing that runs for every test, so it does as little as it can and keeps only what
the duration and outcome gates need.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_SLOWEST = 50
_LISTED = 200  # skips, expected failures and kinds of warnings that are kept by name


class TestReport(Protocol):
    """The part of pytest's report that is read; xdist says "???" where a worker crashed."""

    nodeid: str
    duration: float

    @property
    def when(self) -> str | None:
        """One of setup, call and teardown."""

    @property
    def outcome(self) -> str:
        """One of passed, failed, skipped and rerun."""


@dataclass(frozen=True, slots=True, order=True)
class TimedTest:
    """One test with its seconds by phase; ordered by its total."""

    total: float
    nodeid: str
    setup: float
    call: float
    teardown: float


class Recorder:
    """Gathers a session's durations and outcomes. ``clock`` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[str, list[float]] = {}  # setup, call, teardown of tests under way
        self._verdicts: dict[str, str] = {}  # only of tests under way that did not just pass
        self._slowest: list[TimedTest] = []
        self.started = clock()
        self.ended: float | None = None
        self.durations = array("d")  # of every finished test, in order
        self.passed = self.failed = self.errors = 0
        self.skipped = self.xfailed = self.xpassed = self.warnings = 0
        self.collection_errors = 0
        self.skips: list[tuple[str, str]] = []  # node id, reason
        self.xfails: list[tuple[str, str]] = []
        self.warning_kinds: dict[tuple[str, str, int], int] = {}  # text, path, line → count

    def start(self) -> None:
        """Set the session's beginning."""
        self.started = self._clock()

    def finish(self) -> None:
        """Set the session's end; tests still under way (a crash, Ctrl-C) are left out."""
        self.ended = self._clock()

    @property
    def session_seconds(self) -> float:
        """Wall time from start to finish, or until now."""
        return (self._clock() if self.ended is None else self.ended) - self.started

    @property
    def run(self) -> int:
        """Tests that ran: all but the skipped ones."""
        return self.passed + self.failed + self.errors + self.xfailed + self.xpassed

    @property
    def slowest(self) -> tuple[TimedTest, ...]:
        """The slowest tests, slowest first, bounded."""
        return tuple(sorted(self._slowest, reverse=True))

    def take(self, report: TestReport) -> None:
        """Take one phase of one test.

        A rerun attempt begins with a new setup, so only the last attempt counts.
        """
        nodeid, when = report.nodeid, report.when
        if when == "setup":
            self._open[nodeid] = [report.duration, 0.0, 0.0]
            self._verdicts.pop(nodeid, None)
        elif when == "call":
            self._open[nodeid][1] = report.duration
        if report.outcome != "passed" or hasattr(report, "wasxfail"):
            self._note(report)
        if when == "teardown":
            self._close(nodeid, report.duration)

    def _note(self, report: TestReport) -> None:
        """Remember what became of a test that did not just pass."""
        nodeid, when, outcome = report.nodeid, report.when, report.outcome
        if when not in ("setup", "call", "teardown"):  # xdist's word for a crashed worker
            self._open.pop(nodeid, None)
            self._verdicts.pop(nodeid, None)
            self.failed += 1
            return
        expected = getattr(report, "wasxfail", None)
        if outcome == "rerun":
            verdict = "rerun"  # this attempt does not count, another follows
        elif outcome == "failed":
            verdict = "failed" if when == "call" else "error"
        elif expected is not None:
            verdict = "xfailed" if outcome == "skipped" else "xpassed"
        else:
            verdict = "skipped"
        before = self._verdicts.get(nodeid)
        if before is None or verdict == "error":
            self._verdicts[nodeid] = verdict
        if verdict == "skipped" and len(self.skips) < _LISTED:
            self.skips.append((nodeid, _skip_reason(report)))
        elif verdict == "xfailed" and len(self.xfails) < _LISTED:
            self.xfails.append((nodeid, str(expected)))

    def _close(self, nodeid: str, teardown: float) -> None:
        phases = self._open.pop(nodeid, None)
        if phases is None:
            return
        verdict = self._verdicts.pop(nodeid, None) if self._verdicts else None
        match verdict:
            case None:
                self.passed += 1
            case "failed":
                self.failed += 1
            case "error":
                self.errors += 1
            case "xfailed":
                self.xfailed += 1
            case "xpassed":
                self.xpassed += 1
            case "rerun":
                return
            case _:
                self.skipped += 1
                return
        setup, call, _ = phases
        total = setup + call + teardown
        self.durations.append(total)
        if len(self._slowest) < _SLOWEST:
            heappush(self._slowest, TimedTest(total, nodeid, setup, call, teardown))
        elif total > self._slowest[0].total:
            heapreplace(self._slowest, TimedTest(total, nodeid, setup, call, teardown))

    def skip_collection(self, nodeid: str, reason: str) -> None:
        """Count a module or class that skipped itself while it was collected."""
        self.skipped += 1
        if len(self.skips) < _LISTED:
            self.skips.append((nodeid, reason))

    def warn(self, text: str, path: str, line: int) -> None:
        """Count a warning, as pytest's own last line does."""
        self.warnings += 1
        key = (text, path, line)
        if key in self.warning_kinds or len(self.warning_kinds) < _LISTED:
            self.warning_kinds[key] = self.warning_kinds.get(key, 0) + 1


def _skip_reason(report: TestReport) -> str:
    longrepr = getattr(report, "longrepr", None)
    reason = longrepr[2] if isinstance(longrepr, tuple) and len(longrepr) == 3 else longrepr
    return str(reason or "").removeprefix("Skipped: ")
