"""What a session's reports said, kept small: some thirty bytes a test.

The one thing that runs for every test, so it does as little as it can, keeps columns instead of an
object for each test, and counts when it is asked.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING, Protocol

from pytest_boss_gates.model import EndedTests, Ending, plural, read_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

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
_PASSED, _SKIPPED = Ending.PASSED.value, Ending.SKIPPED.value
_RERUN = ""  # in the place of an ending: another attempt follows


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


@dataclass(frozen=True, slots=True)
class TimedTest:
    """One test with its seconds by phase."""

    total: float
    nodeid: str
    setup: float
    call: float
    teardown: float


class Outcome(Enum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of one test, for a session that hands its tests over."""

    nodeid: str
    outcome: Outcome
    phases: tuple[float, float, float] | None = None  # seconds of setup, call, teardown
    reason: str = ""  # of a skip or an expected failure
    marks: tuple[str, ...] = ()  # those that a target asks for
    failures: int = 0  # attempts before this one
    flaky: bool = False  # it failed in an attempt before this one


class _Replayed:
    """The last report of a test that another recorder took."""

    when, outcome = "teardown", "passed"

    def __init__(self, test: Finished, duration: float) -> None:
        self.nodeid = test.nodeid
        self.duration = duration
        setattr(self, MARKS, test.marks)
        if test.flaky:
            setattr(self, FAILED_BEFORE, True)


class Timings:
    """How long tests took."""

    def __init__(self) -> None:
        self.durations = array("d")  # of every test that was not skipped, in order
        self._slowest: list[tuple[float, str, float, float, float]] = []  # a heap
        self._bar = -1.0  # what takes longer is among the slowest

    @property
    def slowest(self) -> tuple[TimedTest, ...]:
        """The slowest tests, slowest first, bounded."""
        return tuple(TimedTest(*each) for each in sorted(self._slowest, reverse=True))

    def time(self, nodeid: str, setup: float, call: float, teardown: float) -> None:
        """Take the duration of a test, and its name as long as it is among the slowest."""
        total = setup + call + teardown
        self.durations.append(total)
        if total > self._bar:
            test = (total, nodeid, setup, call, teardown)
            if len(self._slowest) < _SLOWEST:
                heappush(self._slowest, test)
            else:
                heapreplace(self._slowest, test)
            if len(self._slowest) == _SLOWEST:
                self._bar = self._slowest[0][0]


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

    The tests of each of the ``parts``, by scope, are timed apart, too. With ``whole`` every test
    is kept by name, to be handed over to another recorder.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        parts: Mapping[str, Part] | None = None,
        *,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._listed = sys.maxsize if whole else _LISTED
        self._reasons: dict[str, str] = {}  # only of tests under way, when whole
        self._setups: dict[str, float] = {}  # the seconds of tests under way
        self._calls: dict[str, float] = {}
        self._endings: dict[str, str] = {}  # only of tests under way that did not just pass
        self._repeated: dict[str, int] = {}  # tests under way → how often they have failed
        self.parts = parts or {}
        self.started = clock()
        self.ended: float | None = None
        self._names: list[str] = []  # of the tests that ended, in order; what follows is theirs
        self._seconds = array("d")
        self._letters: list[str] = []  # how each ended
        self.clocked = "wall clock, from the session's start to its finish"
        self.warnings = 0
        self.collection_errors = 0
        self.skips: list[tuple[str, str]] = []  # node id, reason
        self.xfails: list[tuple[str, str]] = []
        self.reruns = ""  # what repeats tests that fail, "" when nothing does
        self.flaky = 0
        self.flakes: list[tuple[str, str]] = []
        self.warning_kinds: dict[tuple[str, str, int], int] = {}  # text, path, line → count
        self.tests: list[Finished] | None = [] if whole else None
        self.skipped_files: list[tuple[str, str]] = []  # while collected: node id, reason
        self.early_warnings: dict[tuple[str, str, int], int] = {}  # those before the tests

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

    @cached_property
    def tested(self) -> EndedTests:
        """Every test that ended; asked for when the session is over."""
        notes = dict((*self.flakes, *self.xfails, *self.skips))
        return EndedTests.by_name(
            self._names,
            self._letters,
            self._seconds,
            notes={nodeid: note for nodeid, note in notes.items() if note},
        )

    def count(self, ending: Ending) -> int:
        """Count the tests that ended so; one that crashed its worker failed."""
        return self._letters.count(ending.value)

    @property
    def passed(self) -> int:
        """Tests that passed."""
        return self.count(Ending.PASSED)

    @property
    def skipped(self) -> int:
        """Tests that were skipped, and files and classes that skipped themselves."""
        return self.count(Ending.SKIPPED) + len(self.skipped_files)

    @property
    def run(self) -> int:
        """Tests that ran: all but the skipped ones."""
        return len(self._letters) - self.count(Ending.SKIPPED)

    def take(self, report: TestReport) -> None:
        """Take one phase of one test; subtests are part of their parent's call.

        Only the last attempt of a repeated test counts; mostly it begins with a new setup.
        """
        nodeid, when = report.nodeid, report.when  # of pytest 9.2 each look costs calls
        if when == "setup":
            if nodeid in self._setups:  # an attempt that never came to its end
                self._forget(nodeid)
            self._setups[nodeid] = report.duration
        elif when == "call":
            if hasattr(report, "context") and type(report).__name__ != "TestReport":
                return
            if self._endings:  # pytest-retry reports the attempt that failed, then the last one
                self._endings.pop(nodeid, None)
            self._calls[nodeid] = report.duration
        if report.outcome != "passed" or (when == "call" and hasattr(report, "wasxfail")):
            self._note(report)
        if when == "teardown":
            self._close(nodeid, report)

    def _forget(self, nodeid: str) -> None:
        self._setups.pop(nodeid, None)
        self._calls.pop(nodeid, None)
        self._endings.pop(nodeid, None)

    def _note(self, report: TestReport) -> None:
        """Remember what became of a test that did not just pass."""
        nodeid, when, outcome = report.nodeid, report.when, report.outcome
        if when not in ("setup", "call", "teardown"):  # xdist's word for a crashed worker
            self._forget(nodeid)
            self._crashed(nodeid)
            return
        expected = getattr(report, "wasxfail", None)
        if outcome not in _OUTCOMES:
            letter = _RERUN  # this attempt does not count
            self._repeated[nodeid] = self._repeated.get(nodeid, 0) + 1
        elif outcome == "failed":
            letter = (Ending.FAILED if when == "call" else Ending.ERROR).value
        elif expected is not None:
            letter = (Ending.XFAILED if outcome == "skipped" else Ending.XPASSED).value
        else:
            letter = _SKIPPED
        if nodeid not in self._endings or letter == Ending.ERROR.value:
            self._endings[nodeid] = letter
        if letter == _SKIPPED:
            self._list(self.skips, nodeid, _skip_reason(report))
        elif letter == Ending.XFAILED.value:
            self._list(self.xfails, nodeid, str(expected))

    def _list(self, named: list[tuple[str, str]], nodeid: str, reason: str) -> None:
        if len(named) < self._listed:
            named.append((nodeid, reason))
        if self.tests is not None:
            self._reasons[nodeid] = reason

    def _crashed(self, nodeid: str) -> None:
        self._names.append(nodeid)
        self._letters.append(Ending.FAILED.value)
        self._seconds.append(0.0)
        if self.tests is not None:
            self.tests.append(Finished(nodeid=nodeid, outcome=Outcome.FAILED))

    def _close(self, nodeid: str, report: TestReport) -> None:
        teardown = report.duration
        setup, call = self._setups.pop(nodeid, None), self._calls.pop(nodeid, None)
        letter = self._endings.pop(nodeid, _PASSED) if self._endings else _PASSED
        if setup is None or letter == _RERUN:
            return
        if call is None:
            if letter == _PASSED:  # an attempt that flaky keeps to itself
                return
            call = 0.0
        failures = self._repeated.pop(nodeid, 0) if self._repeated else 0
        flaky = letter == _PASSED and bool(failures or hasattr(report, FAILED_BEFORE))
        if flaky:
            self._note_flaky(nodeid, failures)
        if self.tests is not None:
            test = Finished(
                nodeid=nodeid,
                outcome=Outcome[Ending(letter).name],
                phases=(setup, call, teardown),
                reason=self._reasons.pop(nodeid, ""),
                marks=tuple(sorted(_marks(report))),
                failures=failures,
                flaky=flaky,
            )
            self.tests.append(test)
        self._names.append(nodeid)
        self._letters.append(letter)
        self._seconds.append(setup + call + teardown)
        if letter != _SKIPPED:
            self.time(nodeid, setup, call, teardown)
        for part in self.parts.values() if self.parts else ():
            if not part.has(nodeid, _marks(report)):
                continue
            if letter == _SKIPPED:
                part.skipped += 1
            else:
                part.time(nodeid, setup, call, teardown)

    def _note_flaky(self, nodeid: str, failures: int) -> None:
        """Remember a test that passed at last; how often it failed is 0 where nobody told."""
        self.flaky += 1
        times = f"failed {plural(failures, 'time')}, then passed"
        self.flakes.append((nodeid, times if failures else "failed, then passed"))

    def skip_collection(self, nodeid: str, reason: str) -> None:
        """Count a module or class that skipped itself while it was collected."""
        self.skipped_files.append((nodeid, reason))
        if len(self.skips) < self._listed:
            self.skips.append((nodeid, reason))

    def warn(self, text: str, path: str, line: int, *, early: bool = False, count: int = 1) -> None:
        """Count a warning, as pytest's own last line does; ``early``: before the tests ran."""
        self.warnings += count
        key = (text, path, line)
        for kinds in (self.warning_kinds, self.early_warnings) if early else (self.warning_kinds,):
            if key in kinds or len(kinds) < self._listed:
                kinds[key] = kinds.get(key, 0) + count

    def add(self, test: Finished) -> None:
        """Take a test that another recorder kept."""
        if test.phases is None:  # a crash left none
            self._crashed(test.nodeid)
            return
        setup, call, teardown = test.phases
        self._setups[test.nodeid], self._calls[test.nodeid] = setup, call
        if test.failures:
            self._repeated[test.nodeid] = test.failures
        if test.outcome is not Outcome.PASSED:
            self._endings[test.nodeid] = Ending[test.outcome.name].value
        if test.outcome is Outcome.SKIPPED:
            self._list(self.skips, test.nodeid, test.reason)
        elif test.outcome is Outcome.XFAILED:
            self._list(self.xfails, test.nodeid, test.reason)
        self._close(test.nodeid, _Replayed(test, teardown))


def _marks(report: TestReport) -> Collection[str]:
    marks: Collection[str] = getattr(report, MARKS, ())
    return marks


def _skip_reason(report: TestReport) -> str:
    longrepr = getattr(report, "longrepr", None)
    reason = longrepr[2] if isinstance(longrepr, tuple) and len(longrepr) == 3 else longrepr
    return str(reason or "").removeprefix("Skipped: ")
