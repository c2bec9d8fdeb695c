"""The gate of delivery: events from every source in, the metrics out.

Windows end at the time of the commit that is judged, so that a look at an old commit gives the
same answer again; only what is not over yet is measured by the clock on the wall.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.delivery.builds import duration, success_rate
from pytest_boss_gates.measure.delivery.changes import lead_time, weigh
from pytest_boss_gates.measure.delivery.deployments import Kind, Step, find_way, frequency, walk
from pytest_boss_gates.measure.delivery.metrics import (
    CI_RECOVERY_TIME,
    DEPLOYMENT_FREQUENCY,
    METRICS,
)
from pytest_boss_gates.measure.delivery.recovery import (
    ci_recovery,
    failure_rate,
    find_outages,
    find_reverts,
    recovery,
)
from pytest_boss_gates.model import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pytest_boss_gates.measure.delivery.deployments import Way
    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.model import DeliverySettings, Events, Settings
    from pytest_boss_gates.model.delivery import Walked

__all__ = ["METRICS", "measure", "measure_events"]


def measure(context: Context) -> Iterator[Measurement]:
    """Measure all; ``events`` are gathered when it is called."""
    recorder = context.recorder
    session = Fraction(recorder.session_seconds) if recorder else None
    yield from measure_events(context.events(), context.settings, session)


def measure_events(
    events: Events, settings: Settings, session: Fraction | None = None
) -> Iterator[Measurement]:
    """Measure them from what is known; ``session`` is this one's wall time in seconds.

    How long CI stays red is no recovery of what users have: it is told where a target asks for it.
    """
    asked = any(target.metric == CI_RECOVERY_TIME.key for target in settings.targets)
    as_of = events.as_of or events.now
    if as_of is None:
        for metric in METRICS:
            yield Measurement.unknown(metric.key, events.reason or "nothing is known of deliveries")
        return
    delivery = settings.delivery
    way = _walked(find_way(events, delivery, as_of), events, delivery, as_of)
    outages = find_outages(way, events, as_of)
    yield duration(events, as_of, session)
    yield success_rate(events, as_of)
    yield frequency(way, events, delivery, as_of, monthly=_is_monthly(settings))
    yield lead_time(way, events)
    yield recovery(outages, events, delivery, as_of)
    yield failure_rate(way, outages, events, as_of)
    if asked:
        yield ci_recovery(events, delivery, as_of)


def _walked(way: Way, events: Events, settings: DeliverySettings, as_of: datetime) -> Way:
    """Walk the way over the graph of commits, or take what the last walk came to."""
    if way.source is None:
        return way

    def look() -> Walked:
        found = walk(way, events, as_of)
        return {
            "kinds": [kind.value for kind in found.kinds],
            "known": bool(found.graph.known),
            "lead": weigh(found, events.merges, settings.clock, as_of),
            "reverts": find_reverts(found),
        }

    ends = [(each.environment, each.commit, each.finished.isoformat()) for each in way.successes]
    merged = [
        (merge.commit, [moment.isoformat() for moment in merge.authored]) for merge in events.merges
    ]
    key = [ends, merged, settings.clock.value, as_of.isoformat(), events.is_shallow]
    told = events.recall(key, look)
    steps = (
        Step(deployment=each, kind=Kind(kind))
        for each, kind in zip(way.successes, told["kinds"], strict=True)
    )
    return replace(way, steps=tuple(steps), walked=told)


def _is_monthly(settings: Settings) -> bool:
    """Whether the frequency is wanted by the month, which weeks cannot tell."""
    return any(
        target.metric == DEPLOYMENT_FREQUENCY.key and target.wanted.unit in ("monthly", "/month")
        for target in settings.targets
    )
