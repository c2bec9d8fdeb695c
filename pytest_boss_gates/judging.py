"""The gates' part of the corridor: every gate measured, every target judged, nothing dropped."""

from __future__ import annotations

import math
import traceback
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.judge import judge
from pytest_boss_gates.model import Comparator, Measurement, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pytest_boss_gates.measure import Context, Gate
    from pytest_boss_gates.model import Target, Verdict
    from pytest_boss_gates.registry import Additions

_TRACEBACK = "The traceback is in .boss-gates/report.json; please report it."
_T = TypeVar("_T")


def by_scope(targets: Iterable[Target]) -> dict[tuple[str, str], list[Target]]:
    """Sort targets by metric and scope: an absolute and a relative one may be over the same."""
    found: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        found.setdefault((target.metric, target.scope), []).append(target)
    return found


@dataclass(slots=True, kw_only=True)
class Judging:
    """One walk past all gates: first those that measure, then those that look at the others."""

    additions: Additions
    targets: dict[tuple[str, str], list[Target]]  # by metric and scope, those not judged yet
    partial: str
    strict: bool
    problems: list[str] = field(default_factory=list)  # tracebacks
    doing: Callable[[str], AbstractContextManager[object]] = nullcontext  # says what is measured

    def verdicts(self, context: Context, *, last: bool = False) -> Iterator[Verdict]:
        """Measure and judge the gates that are wanted: those marked ``last``, or all others."""
        metrics = self.additions.all_metrics
        for gate in self.additions.all_gates:
            wanted = any(context.settings.wants(metric.key) for metric in gate.metrics)
            if gate.last is not last or not (wanted or gate.always):
                continue
            for measurement in self._measurements(gate, context):
                own = self.targets.pop((measurement.metric, measurement.scope), [])
                if not own and measurement.value is None:
                    continue
                based = self._with_base(measurement, own, context)
                if context.settings.delivery.bands:
                    based = _with_band(based, context.settings.delivery.bands)
                metric = metrics[measurement.metric]
                for each in own or (None,):
                    yield judge(metric, each, based, partial=self.partial, strict=self.strict)

    def left(self) -> Iterator[Verdict]:
        """Judge the targets that no gate measured: nothing asked for is ever dropped silently."""
        for target in chain.from_iterable(self.targets.values()):
            missing = Measurement.unknown(
                target.metric, "the gate gave no measurement", scope=target.scope
            )
            metric = self.additions.all_metrics[target.metric]
            yield judge(metric, target, missing, partial=self.partial)

    def _with_base(
        self, measurement: Measurement, targets: Sequence[Target], context: Context
    ) -> Measurement:
        """Add what history knows of the base, where it is asked for and the gate did not know."""
        relative = any(target.wanted.comparator is Comparator.NO_WORSE for target in targets)
        known = measurement.base is not None and not measurement.base.reason
        if not relative or known:
            return measurement
        kept = guarded(
            lambda: context.at_base(measurement.metric, measurement.scope), self.problems
        )
        if kept is None:
            return measurement
        notes = measurement.notes
        if kept.changed and kept.value != measurement.value:
            notes = (*notes, f"measurement changed since the base: {kept.changed}")
        return replace(measurement, base=kept, notes=notes)

    def _measurements(self, gate: Gate, context: Context) -> list[Measurement]:
        """Measure, or give an unknown for each wanted metric of a gate that raised."""
        remedy = ""
        try:
            with self.doing(f"measuring {gate.key}"):
                return [_checked(gate, each) for each in gate.measure(context)]
        except HistoryError as error:  # the world's fault, and said in a sentence
            reason = str(error).removesuffix(".")
        except Exception:  # noqa: BLE001 - as in `guarded`
            self.problems.append(traceback.format_exc())
            last_line = self.problems[-1].strip().splitlines()[-1]
            reason, remedy = f"the {gate.key} gate failed: {last_line}", _TRACEBACK
        return [
            Measurement.unknown(target.metric, reason, scope=target.scope, remedy=remedy)
            for target in context.settings.targets
            if any(metric.key == target.metric for metric in gate.metrics)
        ]


def _with_band(measurement: Measurement, edition: str) -> Measurement:
    """Say beside the number which of DORA's bands it is in; the verdict does not look at it."""
    from pytest_boss_gates.judge.bands import band

    told = band(measurement, edition)
    return replace(measurement, notes=(*measurement.notes, told)) if told else measurement


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
