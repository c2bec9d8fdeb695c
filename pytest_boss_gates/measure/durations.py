"""How long the session and its tests took, from pytest's own reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import (
    Direction,
    Item,
    Measurement,
    Metric,
    Place,
    Shape,
    Unit,
    plural,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.measure.recorder import Recorder, TimedTest, Timings

SESSION_DURATION = Metric(
    key="session-duration",
    title="Session Duration",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="test",
    whole_suite=True,
    why="A suite that takes minutes is run less often, and feedback comes later.",
    fix="Speed up the slowest tests first, share costly fixtures, or run with pytest-xdist (-n2).",
)
TEST_DURATION_TOTAL = Metric(
    key="test-duration-total",
    title="Total Test Duration",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="test",
    whole_suite=True,
    by_paths=True,
    by_marker=True,
    why="The work behind the wall clock: what the suite costs however many workers share it.",
    fix="Speed up the slowest tests first; a fixture counts in the setup that asked first.",
)
TEST_DURATION_P95 = Metric(
    key="test-duration-p95",
    title="Test Duration p95",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.RANK,
    item="test",
    whole_suite=True,
    by_paths=True,
    by_marker=True,
    why="Nineteen of twenty tests are at least this quick; it moves when the suite gets slower.",
    fix="Look for a fixture or an import that many tests share.",
)
SLOWEST_TEST = Metric(
    key="slowest-test",
    title="Slowest Test",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.WORST,
    item="test",
    whole_suite=True,
    by_paths=True,
    by_marker=True,
    why="One slow test sets the floor of every parallel run.",
    fix="Split it, give it a smaller input, or replace a sleep by waiting for the event.",
)
METRICS = (SESSION_DURATION, TEST_DURATION_TOTAL, TEST_DURATION_P95, SLOWEST_TEST)

_SOURCE = "this session's test reports"
_TELLING = 20  # a phase that takes less than this part of its test is not worth a word


def measure(context: Context) -> Iterator[Measurement]:
    """Give the four durations; without a session or a finished test they are not known."""
    recorder = context.recorder
    if recorder is None:
        for metric in METRICS:
            for scope in context.settings.scopes(metric.key):
                reason = "no tests are run by this command"
                yield Measurement.skipped(metric.key, reason, scope=scope)
        return
    timed: dict[str, Timings] = {"": recorder, **recorder.parts}
    ordered = {scope: sorted(each.durations) for scope, each in timed.items()}
    yield Measurement(
        metric=SESSION_DURATION.key,
        value=recorder.session_seconds,
        n=len(ordered[""]),
        source=recorder.clocked,
        items=_items(recorder),
    )
    for metric, give in (
        (TEST_DURATION_TOTAL, _total),
        (TEST_DURATION_P95, _p95),
        (SLOWEST_TEST, _slowest),
    ):
        for scope in context.settings.scopes(metric.key):
            if ordered[scope]:
                yield give(timed[scope], ordered[scope], scope)
            else:
                yield _nothing(metric.key, scope, recorder)


def _total(timings: Timings, ordered: Sequence[float], scope: str) -> Measurement:
    return Measurement(
        metric=TEST_DURATION_TOTAL.key,
        scope=scope,
        value=sum(ordered),
        n=len(ordered),
        source=_SOURCE,
        items=_items(timings),
    )


def _p95(timings: Timings, ordered: Sequence[float], scope: str) -> Measurement:
    rank = -(-95 * len(ordered) // 100)  # nearest rank: the value of a test that ran
    return Measurement(
        metric=TEST_DURATION_P95.key,
        scope=scope,
        value=ordered[rank - 1],
        n=len(ordered),
        source=_SOURCE,
        items=_items(timings)[len(ordered) - rank :],  # all of these at least must be quicker
    )


def _slowest(timings: Timings, ordered: Sequence[float], scope: str) -> Measurement:
    items, n = _items(timings), len(ordered)
    return Measurement(
        metric=SLOWEST_TEST.key,
        scope=scope,
        value=ordered[-1],
        n=n,
        source=_SOURCE,
        items=items,
        notes=(f"the slowest of {plural(n, 'test')}: {items[0].name} ({items[0].note})",),
    )


def _nothing(metric: str, scope: str, recorder: Recorder) -> Measurement:
    """Say why no test of a scope was timed: there is none, or none was to run this time."""
    if not scope:
        return Measurement.unknown(metric, "no test ran to its end")
    part = recorder.parts[scope]
    which = f'marked "{part.marker}"' if part.marker else ""
    which += f"{' ' if which else ''}in {part.paths}" if part.paths else ""
    for count, what in ((part.skipped, "skipped"), (part.deselected, "deselected")):
        if count:
            reason = f"every test {which} was {what}, {plural(count, 'test')}"
            return Measurement.skipped(metric, reason, scope=scope)
    remedy = "Correct the target, or mark the tests that it is about."
    return Measurement.unknown(metric, f"no test {which} ran", scope=scope, remedy=remedy)


def _items(timings: Timings) -> tuple[Item, ...]:
    return tuple(_item(test) for test in timings.slowest)


def _item(test: TimedTest) -> Item:
    phases = (("setup", test.setup), ("call", test.call), ("teardown", test.teardown))
    telling = [phase for phase in phases if phase[1] * _TELLING >= test.total] or phases
    return Item(
        name=test.nodeid,
        value=test.total,
        place=Place(path=test.nodeid.partition("::")[0]),
        note=", ".join(f"{name} {spell(seconds, Unit.SECONDS)}" for name, seconds in telling),
    )
