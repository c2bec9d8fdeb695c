"""What is usual, and what is not: durations against earlier runs, tests that went both ways.

Median and MAD (the median distance from the median) stand for mean and deviation, because one
session on a busy machine must not make the next slow one usual. The factor 1.4826 makes the MAD
of normally distributed values their standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.model import EndedTests, RecordedRun

ENOUGH = 3  # earlier runs, before anything is called usual
LOOKED_AT = 20  # of the earlier runs, the newest: what was usual a year ago is not now
RECENT = 200  # runs among which those of one class of machines are looked for
_SCALE = 1.4826
_DEVIATIONS = 3
TIMED = ("session-duration", "test-duration-total", "test-duration-p95", "slowest-test")
_RELATIVE = 1.2  # a fifth more
_ABSOLUTE = {"session": 1.0, "test": 0.1}  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Slower:
    """A duration that rose: of a metric, or of one test. Seconds."""

    name: str
    seconds: float
    usual: float  # the median of the earlier ones
    spread: float  # their MAD
    n: int  # how many they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaky:
    """A test that both passed and failed on the files of one commit."""

    nodeid: str
    passed: int
    failed: int
    commits: tuple[str, ...]  # on which it did, the newest first


def highest_usual(earlier: Sequence[float], *, kind: str) -> float | None:
    """Give the longest duration that is still usual after the earlier ones, newest first.

    It is their median, and on top of it whatever is most: three deviations, a fifth, or what
    nobody would notice. Each alone calls something slow that is only noise. None when they are
    too few to tell. ``kind`` is "session" or "test".
    """
    looked_at = earlier[:LOOKED_AT]
    if len(looked_at) < ENOUGH:
        return None
    usual = median(looked_at)
    noise = _DEVIATIONS * _SCALE * _spread(looked_at)
    return max(usual + noise, usual + _ABSOLUTE[kind], usual * _RELATIVE)


def _spread(values: Sequence[float]) -> float:
    middle = median(values)
    return median(abs(value - middle) for value in values)


def slower(name: str, seconds: float, earlier: Sequence[float], *, kind: str) -> Slower | None:
    """Hold a duration against the earlier ones, newest first; None where it is not unusual."""
    highest = highest_usual(earlier, kind=kind)
    if highest is None or seconds <= highest:
        return None
    looked_at = earlier[:LOOKED_AT]
    return Slower(
        name=name,
        seconds=seconds,
        usual=median(looked_at),
        spread=_spread(looked_at),
        n=len(looked_at),
    )


def slower_metrics(runs: Sequence[RecordedRun]) -> Iterator[Slower]:
    """Hold the newest session's durations against earlier ones of the same class of machines.

    ``runs`` are whole sessions, newest first.
    """
    if not runs:
        return
    newest, *earlier = runs
    for metric in TIMED:
        own = durations([newest], metric, newest.machine)
        before = durations(earlier, metric, newest.machine)
        if own and (found := slower(metric, own[0], before, kind="session")):
            yield found


def durations(
    runs: Iterable[RecordedRun], metric: str, machine: str, scope: str = ""
) -> list[float]:
    """Give the seconds that runs on a class of machines measured, in their order."""
    verdicts = [run.verdict(metric, scope) for run in runs if run.machine == machine]
    values = [verdict.value for verdict in verdicts if verdict is not None]
    return [float(value) for value in values if value is not None and not isinstance(value, str)]


def slower_tests(tested: Sequence[tuple[RecordedRun, EndedTests]]) -> list[Slower]:
    """Hold the newest session's tests against earlier sessions, the greatest rise first."""
    if not tested:
        return []
    (newest, tests), *rest = tested
    earlier: dict[str, list[float]] = {}
    for run, others in rest:
        if run.machine == newest.machine:
            for test in others:
                if test.ending.is_good:
                    earlier.setdefault(test.nodeid, []).append(test.seconds)
    found = [
        slower(test.nodeid, test.seconds, earlier.get(test.nodeid, ()), kind="test")
        for test in tests
        if test.ending.is_good
    ]
    return sorted(filter(None, found), key=lambda each: each.usual - each.seconds)


def flaky_tests(tested: Iterable[tuple[RecordedRun, EndedTests]]) -> list[Flaky]:
    """Find tests that went both ways on the files of one commit, the most often first."""
    counts: dict[str, dict[str, list[int]]] = {}  # test, commit: passed, failed
    for run, tests in tested:
        if not run.clean or not run.commit:
            continue
        for test in tests:
            if test.ending.is_good or test.ending.is_bad:
                at = counts.setdefault(test.nodeid, {}).setdefault(run.commit, [0, 0])
                at[test.ending.is_bad] += 1
    found = []
    for nodeid, commits in counts.items():
        both = {commit: ways for commit, ways in commits.items() if all(ways)}
        if both:
            passed, failed = (sum(ways[index] for ways in both.values()) for index in (0, 1))
            found.append(Flaky(nodeid=nodeid, passed=passed, failed=failed, commits=tuple(both)))
    return sorted(found, key=lambda each: (-len(each.commits), -each.failed, each.nodeid))


def other_fingerprint(newer: Mapping[str, str], older: Mapping[str, str], metric: str) -> str:
    """Say what was different in how coverage was measured: ``core CTracer, now SysMonitor``.

    "" where nothing was, where nobody knows, or where it does not bear on the metric. The number
    of files is the project's, not the measurement's.
    """
    if not (newer and older and (metric.endswith("-coverage") or metric == "uncovered-lines")):
        return ""
    keys = sorted({*newer, *older} - {"files"})
    return ", ".join(
        f"{key} {older.get(key) or 'none'}, now {newer.get(key) or 'none'}"
        for key in keys
        if newer.get(key) != older.get(key)
    )
