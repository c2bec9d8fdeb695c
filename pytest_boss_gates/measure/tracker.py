"""The tracker itself as a gate: what is completed, overdue, claimed too much, or expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Direction, Measurement, Metric, Shape, Status, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.measure.gate import Context

COMPONENTS_COMPLETED = Metric(
    key="components-completed",
    title="Components Completed",
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    item="component",
    why="A tracker is there to be worked off; a row that falls back should be noticed.",
    fix="`boss-gates evidence ROW` says what a row still needs.",
)
OVERDUE_COMPONENTS = Metric(
    key="overdue-components",
    title="Overdue Components",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="overdue component",
    why="A date that nobody holds anyone to is decoration.",
    fix="Complete the row, or set a date that will be kept.",
)
DOCUMENT_DRIFT = Metric(
    key="document-drift",
    title="Document Drift",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="claim",
    why="A tracker that claims more than the repository shows is worse than none.",
    fix="`boss-gates tracker update` writes what the evidence says.",
)
EXPIRED_OVERRIDES = Metric(
    key="expired-overrides",
    title="Expired Overrides",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="override",
    why="An override is a promise to look again by a date.",
    fix="Look again: remove the override, or renew it with its reason.",
)
METRICS = (COMPONENTS_COMPLETED, OVERDUE_COMPONENTS, DOCUMENT_DRIFT, EXPIRED_OVERRIDES)

_SOURCE = "the tracker, derived from evidence"


def measure(context: Context) -> Iterator[Measurement]:
    """Measure what of the tracker has a target."""
    settings = context.settings
    if not any(settings.wants(metric.key) for metric in METRICS):
        return
    tracked = context.tracked()
    done = sum(status is Status.COMPLETED for _, status in tracked.components)
    left = [name for name, status in tracked.components if status is not Status.COMPLETED]
    yield Measurement(
        metric=COMPONENTS_COMPLETED.key,
        value=done,
        n=len(tracked.components),
        source=_SOURCE,
        notes=(f"not completed: {', '.join(left)}",) if left else (),
    )
    for metric, items in (
        (OVERDUE_COMPONENTS, tracked.overdue),
        (EXPIRED_OVERRIDES, tracked.expired),
    ):
        yield Measurement(metric=metric.key, value=len(items), items=items, source=_SOURCE)
    if tracked.drifts is None:
        yield Measurement.unknown(DOCUMENT_DRIFT.key, tracked.no_document, remedy=tracked.remedy)
    else:
        drifts = tracked.drifts
        yield Measurement(
            metric=DOCUMENT_DRIFT.key, value=len(drifts), items=drifts, source=_SOURCE
        )
