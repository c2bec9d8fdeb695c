"""What became of the tests: how many ran, were skipped, were expected to fail, and warned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Direction, Item, Measurement, Metric, Place, Shape, Unit

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
        value=recorder.xfailed,
        source=_SOURCE,
        items=_named(recorder.xfails),
    )
    yield _flaky(recorder)
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


def _flaky(recorder: Recorder) -> Measurement:
    """Count the tests that failed and then passed; what is never repeated cannot show it."""
    if not recorder.reruns and not recorder.flaky:
        return Measurement.unknown(
            FLAKY_TESTS.key,
            "no test is repeated when it fails",
            remedy="Install pytest-rerunfailures and run with `--reruns 1`.",
        )
    return Measurement(
        metric=FLAKY_TESTS.key,
        value=recorder.flaky,
        source=f"{_SOURCE}, with tests repeated by {recorder.reruns or 'a plugin'}",
        items=_named(recorder.flakes),
    )


def both_ways(
    now: Iterable[tuple[str, str]], earlier: Mapping[str, Collection[str]]
) -> list[tuple[str, str]]:
    """Give the tests that passed and failed on the same commit, each with a word on it.

    ``now`` is how each test of this session ended, ``earlier`` how they did in the sessions
    before, on exactly the same files. What was skipped or expected to fail tells nothing.
    """
    found = []
    for nodeid, ending in now:
        endings = [*earlier.get(nodeid, ()), ending]
        failed = sum(each in ("failed", "error") for each in endings)
        passed = endings.count("passed")
        if failed and passed:
            times = f"failed {failed} of {failed + passed} times on this commit"
            found.append((nodeid, times))
    return found


def _tally(recorder: Recorder) -> str:
    return (
        f"{recorder.passed} passed, {recorder.failed} failed, {recorder.errors} errors, "
        f"{recorder.skipped} skipped, {recorder.xfailed} xfailed, {recorder.xpassed} xpassed"
    )


def _named(tests: Sequence[tuple[str, str]]) -> tuple[Item, ...]:
    return tuple(
        Item(name=nodeid, value=1, place=Place(path=nodeid.partition("::")[0]), note=reason)
        for nodeid, reason in tests
    )
