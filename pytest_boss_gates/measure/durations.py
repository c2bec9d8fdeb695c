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
    from collections.abc import Iterator

    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.measure.recorder import Recorder, TimedTest

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
    why="The work behind the wall clock: what the suite costs however many workers share it.",
    fix="Speed up the slowest tests first; a fixture counts in the setup that asked first.",
)
TEST_DURATION_P95 = Metric(
    key="test-duration-p95",
    title="Test Duration p95",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.WORST,
    item="test",
    whole_suite=True,
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
    why="One slow test sets the floor of every parallel run.",
    fix="Split it, give it a smaller input, or replace a sleep by waiting for the event.",
)
METRICS = (SESSION_DURATION, TEST_DURATION_TOTAL, TEST_DURATION_P95, SLOWEST_TEST)

_SOURCE = "this session's test reports"


def measure(context: Context) -> Iterator[Measurement]:
    """Give the four durations; without a session or a finished test they are not known."""
    recorder = context.recorder
    if recorder is None:
        for metric in METRICS:
            yield Measurement.skipped(metric.key, "no tests are run by this command")
        return
    items = tuple(_item(test) for test in recorder.slowest)
    yield Measurement(
        metric=SESSION_DURATION.key,
        value=recorder.session_seconds,
        n=len(recorder.durations),
        source="wall clock, from the session's start to its finish",
        items=items,
    )
    if not recorder.durations:
        for metric in METRICS[1:]:
            yield Measurement.unknown(metric.key, "no test ran to its end")
        return
    yield from _of_tests(recorder, items)


def _of_tests(recorder: Recorder, items: tuple[Item, ...]) -> Iterator[Measurement]:
    ordered = sorted(recorder.durations)
    n = len(ordered)
    yield Measurement(
        metric=TEST_DURATION_TOTAL.key, value=sum(ordered), n=n, source=_SOURCE, items=items
    )
    rank = -(-95 * n // 100)  # nearest rank: the value of a test that ran
    yield Measurement(
        metric=TEST_DURATION_P95.key, value=ordered[rank - 1], n=n, source=_SOURCE, items=items
    )
    yield Measurement(
        metric=SLOWEST_TEST.key,
        value=ordered[-1],
        n=n,
        source=_SOURCE,
        items=items,
        notes=(f"the slowest of {plural(n, 'test')}: {items[0].name} ({items[0].note})",),
    )


def _item(test: TimedTest) -> Item:
    phases = (("setup", test.setup), ("call", test.call), ("teardown", test.teardown))
    return Item(
        name=test.nodeid,
        value=test.total,
        place=Place(path=test.nodeid.partition("::")[0]),
        note=", ".join(f"{name} {spell(seconds, Unit.SECONDS)}" for name, seconds in phases),
    )
