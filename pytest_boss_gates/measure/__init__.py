"""One file a gate: facts in, measurements out. ``GATES`` is the table of them all."""

from __future__ import annotations

from pytest_boss_gates.measure import (
    complexity,
    delivery,
    durations,
    loosened,
    outcomes,
    patch,
    suppressions,
    tools,
    tracker,
)
from pytest_boss_gates.measure.coverage import gate as coverage
from pytest_boss_gates.measure.coverage.metrics import BRANCH_COVERAGE
from pytest_boss_gates.measure.gate import Context, Gate

GATES: tuple[Gate, ...] = (
    Gate(key="complexity", metrics=complexity.METRICS, measure=complexity.measure),
    Gate(key="coverage", metrics=coverage.METRICS, measure=coverage.measure),
    Gate(key="delivery", metrics=delivery.METRICS, measure=delivery.measure),
    Gate(key="durations", metrics=durations.METRICS, measure=durations.measure, always=True),
    Gate(key="loosened", metrics=loosened.METRICS, measure=loosened.measure),
    Gate(key="outcomes", metrics=outcomes.METRICS, measure=outcomes.measure, always=True),
    Gate(key="patch", metrics=patch.METRICS, measure=patch.measure),
    Gate(key="suppressions", metrics=suppressions.METRICS, measure=suppressions.measure),
    Gate(key="tools", metrics=tools.METRICS, measure=tools.measure),
    Gate(key="tracker", metrics=tracker.METRICS, measure=tracker.measure, last=True),
)

METRICS = {metric.key: metric for gate in GATES for metric in gate.metrics}
"""Every metric by its key."""

BRANCHES = (BRANCH_COVERAGE.key, patch.PATCH_BRANCH_COVERAGE.key)
"""The metrics that need branches to be measured."""

COVERED = tuple(metric.key for metric in (*coverage.METRICS, *patch.METRICS, complexity.RISK))
"""The metrics that need coverage to be measured."""

__all__ = ["BRANCHES", "COVERED", "GATES", "METRICS", "Context", "Gate"]
