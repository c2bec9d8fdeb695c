"""What became of the tests: how many ran, were skipped, were expected to fail, and warned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.model import (
    Bound,
    Direction,
    Ending,
    Item,
    Measurement,
    Metric,
    Place,
    Shape,
    Unit,
    plural,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.measure.recorder import Recorder

TESTS = Metric(
    key="tests",
    title="Tests",
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    item="test",
    whole_suite=True,
    why="A suite that silently shrank still passes; a floor on the number run notices.",
    fix="Look for a renamed file, a collection filter or a deleted module.",
)
SKIPPED_TESTS = Metric(
    key="skipped-tests",
    title="Skipped Tests",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="skipped test",
    whole_suite=True,
    why="A skipped test checks nothing, and skips are seldom looked at again.",
    fix="Make the test run, or delete it.",
)
XFAILED_TESTS = Metric(
    key="xfailed-tests",
    title="Expected Failures",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="expected failure",
    whole_suite=True,
    why="Each is a known fault that the suite has agreed to live with.",
    fix="Mend the fault and remove the mark.",
)
FLAKY_TESTS = Metric(
    key="flaky-tests",
    title="Flaky Tests",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="flaky test",
    whole_suite=True,
    why="A test that fails and then passes has told nothing, and people stop believing the others.",
    fix="Find what it shares or waits for (time, order, network), or delete it; a rerun hides it.",
)
WARNINGS = Metric(
    key="warnings",
    title="Warnings",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="warning",
    whole_suite=True,
    why="Today's deprecation is tomorrow's failed upgrade.",
    fix="Mend the cause, most frequent first; filter only what cannot be mended.",
)
METRICS = (TESTS, SKIPPED_TESTS, XFAILED_TESTS, FLAKY_TESTS, WARNINGS)

_SOURCE = "this session's test reports"
_NO_EARLIER = "no session before this one ran on exactly these files"


def measure(context: Context) -> Iterator[Measurement]:
    """Count the session's tests by what became of them."""
    recorder = context.recorder
    if recorder is None:
        for metric in METRICS:
            yield Measurement.skipped(metric.key, "no tests are run by this command")
        return
    yield Measurement(
        metric=TESTS.key,
        value=recorder.run,
        source=_SOURCE,
        notes=(_tally(recorder),),
    )
    yield Measurement(
        metric=SKIPPED_TESTS.key,
        value=recorder.skipped,
        source=_SOURCE,
        items=_named(recorder.skips),
    )
    yield Measurement(
        metric=XFAILED_TESTS.key,
        value=recorder.count(Ending.XFAILED),
        source=_SOURCE,
        items=_named(recorder.xfails),
    )
    yield _flaky(recorder, context)
    kinds = sorted(recorder.warning_kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    yield Measurement(
        metric=WARNINGS.key,
        value=recorder.warnings,
        source=_SOURCE,
        items=tuple(
            Item(name=text, value=count, place=Place(path=path, line=line))
            for (text, path, line), count in kinds
        ),
    )


def _flaky(recorder: Recorder, context: Context) -> Measurement:
    """Count the tests that failed and passed: one after the other here, or on this commit."""
    key = FLAKY_TESTS.key
    own = dict(recorder.flakes)
    earlier, fault = _earlier(context)
    now = tuple(recorder.tested.pairs()) if earlier else ()  # without earlier ones none tells
    both = [each for each in both_ways(now, earlier) if each[0] not in own]
    repeated = recorder.reruns or ("a plugin" if own else "")
    decided, new = _decided(now, earlier)
    is_new = not earlier or new == decided
    new = 0 if repeated else new
    if not repeated and not both and is_new:
        return Measurement.unknown(
            key,
            f"no test is repeated when it fails, and {fault or _NO_EARLIER}",
            remedy="Install pytest-rerunfailures and run with `--reruns 1`, or run the suite once "
            "more on the same commit.",
        )
    sources = (
        f"tests repeated by {repeated}" if repeated else "",
        "earlier sessions on this commit" if earlier else "",
    )
    return Measurement(
        metric=key,
        value=len(own) + len(both),
        bound=Bound.AT_LEAST if new else Bound.EXACT,
        bound_reason=f"{plural(new, 'test')} ran on this commit for the first time" if new else "",
        source=f"{_SOURCE}, with {' and '.join(filter(None, sources))}",
        items=_named([*own.items(), *both]),
        notes=(f"earlier sessions do not count: {fault}",) if fault else (),
    )


def _decided(
    now: Iterable[tuple[str, Ending]], earlier: Mapping[str, Collection[Ending]]
) -> tuple[int, int]:
    """Count the tests that passed or failed, and those of them that never ran before."""
    decided = [nodeid for nodeid, ending in now if ending.is_good or ending.is_bad]
    return len(decided), sum(nodeid not in earlier for nodeid in decided)


def _earlier(context: Context) -> tuple[Mapping[str, Collection[Ending]], str]:
    """Give how tests ended before on exactly these files, and why that cannot be told."""
    if not context.settings.wants(FLAKY_TESTS.key):  # the history costs time
        return {}, ""
    try:
        return context.endings(), ""
    except HistoryError as error:
        reason = str(error).removesuffix(".")
        return {}, reason[:1].lower() + reason[1:]


def both_ways(
    now: Iterable[tuple[str, Ending]], earlier: Mapping[str, Collection[Ending]]
) -> list[tuple[str, str]]:
    """Give the tests that passed and failed on the same commit, each with a word on it.

    ``now`` is how each test of this session ended, ``earlier`` how they did in the sessions
    before, on exactly the same files. What was skipped or expected to fail tells nothing.
    """
    found = []
    for nodeid, ending in now:
        endings = (*earlier.get(nodeid, ()), ending)
        failed = sum(each.is_bad for each in endings)
        passed = sum(each.is_good for each in endings)
        if failed and passed:
            times = f"failed {failed} of {failed + passed} times on this commit"
            found.append((nodeid, times))
    return found


def _tally(recorder: Recorder) -> str:
    count = recorder.count
    return (
        f"{recorder.passed} passed, {count(Ending.FAILED)} failed, {count(Ending.ERROR)} errors, "
        f"{recorder.skipped} skipped, {count(Ending.XFAILED)} xfailed, "
        f"{count(Ending.XPASSED)} xpassed"
    )


def _named(tests: Sequence[tuple[str, str]]) -> tuple[Item, ...]:
    return tuple(
        Item(name=nodeid, value=1, place=Place(path=nodeid.partition("::")[0]), note=reason)
        for nodeid, reason in tests
    )
