"""The gates' part of the corridor: every gate measured, every target judged, nothing dropped."""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pytest_boss_gates.judge import judge
from pytest_boss_gates.model import Measurement, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_boss_gates.measure import Context, Gate
    from pytest_boss_gates.model import Target, Verdict
    from pytest_boss_gates.registry import Additions

_TRACEBACK = "The traceback is in .boss-gates/report.json; please report it."
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Judging:
    """One walk past all gates: first those that measure, then those that look at the others."""

    additions: Additions
    targets: dict[tuple[str, str], Target]  # by metric and scope, those not judged yet
    partial: str
    strict: bool
    problems: list[str] = field(default_factory=list)  # tracebacks

    def verdicts(self, context: Context, *, last: bool = False) -> Iterator[Verdict]:
        """Measure and judge the gates that are wanted: those marked ``last``, or all others."""
        metrics = self.additions.all_metrics
        for gate in self.additions.all_gates:
            wanted = any(context.settings.wants(metric.key) for metric in gate.metrics)
            if gate.last is not last or not (wanted or gate.always):
                continue
            for measurement in self._measurements(gate, context):
                target = self.targets.pop((measurement.metric, measurement.scope), None)
                if target is None and measurement.value is None:
                    continue
                yield judge(
                    metrics[measurement.metric],
                    target,
                    measurement,
                    partial=self.partial,
                    strict=self.strict,
                )

    def left(self) -> Iterator[Verdict]:
        """Judge the targets that no gate measured: nothing asked for is ever dropped silently."""
        for target in self.targets.values():
            missing = Measurement.unknown(
                target.metric, "the gate gave no measurement", scope=target.scope
            )
            metric = self.additions.all_metrics[target.metric]
            yield judge(metric, target, missing, partial=self.partial)

    def _measurements(self, gate: Gate, context: Context) -> list[Measurement]:
        """Measure, or give an unknown for each wanted metric of a gate that raised."""
        found = guarded(
            lambda: [_checked(gate, each) for each in gate.measure(context)], self.problems
        )
        if found is not None:
            return found
        last_line = self.problems[-1].strip().splitlines()[-1]
        reason = f"the {gate.key} gate failed: {last_line}"
        return [
            Measurement.unknown(target.metric, reason, scope=target.scope, remedy=_TRACEBACK)
            for target in context.settings.targets
            if any(metric.key == target.metric for metric in gate.metrics)
        ]


def _checked(gate: Gate, measurement: Measurement) -> Measurement:
    """Refuse what a gate has no business to measure: another gate's metric, or no number."""
    if not isinstance(measurement, Measurement):
        raise TypeError(f"it gave {measurement!r} for a Measurement")
    metric = next((metric for metric in gate.metrics if metric.key == measurement.metric), None)
    if metric is None:
        raise ValueError(f"it measured {measurement.metric!r}, which is not its own")
    value = measurement.value
    textual = metric.unit is Unit.VERSION
    if value is not None and (isinstance(value, str) is not textual):
        raise TypeError(f"it gave {value!r} as {metric.key!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"it gave {value!r} as {metric.key!r}")
    return measurement


def guarded(work: Callable[[], _T], problems: list[str]) -> _T | None:
    """Do some work; None when it raised, and the traceback is added to the problems."""
    try:
        return work()
    except Exception:  # noqa: BLE001 - a fault of ours must not become one of the user's run
        problems.append(traceback.format_exc())
        return None
