"""What a session's reports said, kept small: about a hundred bytes a test.

The one thing that runs for every test, so it does as little as it can and keeps only what
the duration and outcome gates need.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING, Protocol

from pytest_boss_gates.model import plural, read_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pytest_boss_gates.model import Target

MARKS = "boss_gates_marks"
"""The attribute of a teardown's report that holds the markers of its test, where one is wanted."""

FAILED_BEFORE = "boss_gates_failed_before"
"""The attribute of a teardown's report whose test failed in an attempt that nobody reported."""

TIMED_APART = ("test-duration-total", "test-duration-p95", "slowest-test")
"""The metrics whose targets may be limited to a part of the tests."""

_SLOWEST = 50
_LISTED = 200  # skips, expected failures and kinds of warnings that are kept by name
_OUTCOMES = ("passed", "failed", "skipped")  # another one is a plugin's for a repeated attempt


class TestReport(Protocol):
    """The part of pytest's report that is read; xdist says "???" where a worker crashed."""

    nodeid: str
    duration: float

    @property
    def when(self) -> str | None:
        """One of setup, call and teardown."""

    @property
    def outcome(self) -> str:
        """One of passed, failed, skipped, and what a plugin calls an attempt that is repeated."""


@dataclass(frozen=True, slots=True, order=True)
class TimedTest:
    """One test with its seconds by phase; ordered by its total."""

    total: float
    nodeid: str
    setup: float
    call: float
    teardown: float


class Timings:
    """How long tests took."""

    def __init__(self) -> None:
        self.durations = array("d")  # of every finished test, in order
        self._slowest: list[TimedTest] = []

    @property
    def slowest(self) -> tuple[TimedTest, ...]:
        """The slowest tests, slowest first, bounded."""
        return tuple(sorted(self._slowest, reverse=True))

    def time(self, nodeid: str, phases: Sequence[float]) -> None:
        """Take the duration of a test, and its name as long as it is among the slowest."""
        total = sum(phases)
        self.durations.append(total)
        if len(self._slowest) < _SLOWEST:
            heappush(self._slowest, TimedTest(total, nodeid, *phases))
        elif total > self._slowest[0].total:
            heapreplace(self._slowest, TimedTest(total, nodeid, *phases))


class Part(Timings):
    """The tests that a target is limited to: those of some files, or with some markers."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        from pytest_boss_gates.repository.globs import matcher

        self.paths, self.marker = target.paths, target.marker
        self.skipped = 0
        self.deselected = 0
        self.markers: frozenset[str] = frozenset()
        self._marked: Callable[[Collection[str]], bool] = lambda _: True
        if target.marker:
            self.markers, self._marked = read_marker(target.marker)
        self._inside = cache(matcher(target.paths))

    def has(self, nodeid: str, marks: Collection[str]) -> bool:
        """Whether a test is one of them."""
        return self._inside(nodeid.partition("::")[0]) and self._marked(marks)


def parts_of(targets: Iterable[Target]) -> dict[str, Part]:
    """Give the parts of the suite that targets are limited to, by their scopes."""
    limited = [target for target in targets if target.metric in TIMED_APART]
    return {each.scope: Part(each) for each in limited if each.paths or each.marker}


def markers(parts: Mapping[str, Part]) -> frozenset[str]:
    """Give the names of all markers that the parts ask for."""
    return frozenset(name for part in parts.values() for name in part.markers)


class Recorder(Timings):
    """Gathers a session's durations and outcomes. ``clock`` gives seconds, monotonic.

    The tests of each of the ``parts``, by scope, are timed apart, too.
    """

    def __init__(self, clock: Callable[[], float], parts: Mapping[str, Part] | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._open: dict[str, list[float]] = {}  # setup, call, teardown of tests under way
        self._verdicts: dict[str, str] = {}  # only of tests under way that did not just pass
        self._repeated: dict[str, int] = {}  # tests under way → how often they have failed
        self.parts = parts or {}
        self.started = clock()
        self.ended: float | None = None
        self.tested: list[tuple[str, str, float]] = []  # node id, how it ended, seconds
        self.passed = self.failed = self.errors = 0
        self.skipped = self.xfailed = self.xpassed = self.warnings = 0
        self.collection_errors = 0
        self.skips: list[tuple[str, str]] = []  # node id, reason
        self.xfails: list[tuple[str, str]] = []
        self.reruns = ""  # what repeats tests that fail, "" when nothing does
        self.flaky = 0
        self.flakes: list[tuple[str, str]] = []
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

    def take(self, report: TestReport) -> None:
        """Take one phase of one test.

        Only the last attempt of a repeated test counts; mostly it begins with a new setup.
        """
        nodeid, when = report.nodeid, report.when
        if when == "setup":
            self._open[nodeid] = [report.duration]
            self._verdicts.pop(nodeid, None)
        elif when == "call":  # pytest-retry reports the attempt that failed, then the last one
            self._open[nodeid][1:] = [report.duration]
            self._verdicts.pop(nodeid, None)
        if report.outcome != "passed" or hasattr(report, "wasxfail"):
            self._note(report)
        if when == "teardown":
            self._close(report)

    def _note(self, report: TestReport) -> None:
        """Remember what became of a test that did not just pass."""
        nodeid, when, outcome = report.nodeid, report.when, report.outcome
        if when not in ("setup", "call", "teardown"):  # xdist's word for a crashed worker
            self._open.pop(nodeid, None)
            self._verdicts.pop(nodeid, None)
            self.failed += 1
            self.tested.append((nodeid, "failed", 0.0))
            return
        expected = getattr(report, "wasxfail", None)
        if outcome not in _OUTCOMES:
            verdict = "rerun"  # this attempt does not count, another follows
            self._repeated[nodeid] = self._repeated.get(nodeid, 0) + 1
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

    def _close(self, report: TestReport) -> None:
        nodeid = report.nodeid
        phases = self._open.pop(nodeid, None)
        verdict = self._verdicts.pop(nodeid, "passed") if self._verdicts else "passed"
        if phases is None or verdict == "rerun":
            return
        if verdict == "passed" and len(phases) == 1:  # an attempt that flaky keeps to itself
            return
        failures = self._repeated.pop(nodeid, 0)
        if verdict == "passed" and (failures or hasattr(report, FAILED_BEFORE)):
            self._note_flaky(nodeid, failures)
        self._count(verdict)
        setup, call = phases if len(phases) > 1 else (*phases, 0.0)
        self.tested.append((nodeid, verdict, setup + call + report.duration))
        parts = [part for part in self.parts.values() if part.has(nodeid, _marks(report))]
        if verdict == "skipped":
            for part in parts:
                part.skipped += 1
            return
        for timings in (self, *parts):
            timings.time(nodeid, (setup, call, report.duration))

    def _count(self, verdict: str) -> None:
        match verdict:
            case "passed":
                self.passed += 1
            case "failed":
                self.failed += 1
            case "error":
                self.errors += 1
            case "xfailed":
                self.xfailed += 1
            case "xpassed":
                self.xpassed += 1
            case _:
                self.skipped += 1

    def _note_flaky(self, nodeid: str, failures: int) -> None:
        """Remember a test that passed at last; how often it failed is 0 where nobody told."""
        self.flaky += 1
        if len(self.flakes) < _LISTED:
            times = f"failed {plural(failures, 'time')}, then passed"
            self.flakes.append((nodeid, times if failures else "failed, then passed"))

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


def _marks(report: TestReport) -> Collection[str]:
    marks: Collection[str] = getattr(report, MARKS, ())
    return marks


def _skip_reason(report: TestReport) -> str:
    longrepr = getattr(report, "longrepr", None)
    reason = longrepr[2] if isinstance(longrepr, tuple) and len(longrepr) == 3 else longrepr
    return str(reason or "").removeprefix("Skipped: ")
