"""Would the run go red? Each target's measurement, put just across its bound, before the judge.

The judge, the outcome and the exit status are those of every run; only the number is made up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.judge import judge, outcome
from pytest_boss_gates.judge.compare import no_worse
from pytest_boss_gates.lastrun import LastRunError, read_last_run
from pytest_boss_gates.model import (
    BaseValue,
    Bound,
    Comparator,
    Direction,
    Enforce,
    Measurement,
    Shape,
    Unit,
    VerdictStatus,
)
from pytest_boss_gates.pipeline import exit_status
from pytest_boss_gates.settings.targets import RANGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.lastrun import LastRun
    from pytest_boss_gates.model import Metric, Number, Target, Verdict

_STEP: Mapping[Unit, Fraction] = {
    Unit.RATIO: Fraction(1, 10_000),
    Unit.SECONDS: Fraction(1, 1000),
    Unit.INDEX: Fraction(1, 100),
    Unit.PER_WEEK: Fraction(1, 52),
}
"""The smallest step that is worth showing, in base units; for all other units it is 1."""

_STEPS = (0, 1, 2)
_VERSIONS = ("0", "99999")  # hardly a range holds both


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One made-up measurement before the judge, and what became of the run."""

    verdict: Verdict
    exit_status: int

    @property
    def red(self) -> bool:
        """Whether a run with this alone would not be green."""
        return self.exit_status != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a target does when its measurement is just not good enough, and when there is none."""

    target: Target
    metric: Metric
    today: str  # the last run's value as shown; "-" without one
    worse: Trial | None  # None: no value of the metric is bad enough
    lost: Trial

    @property
    def finding(self) -> str:
        """Why this target holds nothing, "" when it does what it says."""
        if self.worse is None:
            return "it can never be missed"
        blocks = self.target.enforce is Enforce.BLOCK
        if blocks and not (self.worse.red and self.lost.red):
            return "it blocks, but the run stays green"
        return ""


def prove(corridor: Corridor) -> tuple[Proof, ...]:
    """Try every target of the settings."""
    settings = corridor.settings
    try:
        last = read_last_run(settings.root)
    except LastRunError:
        last = None  # the bound alone says enough
    return tuple(_proof(target, last, corridor) for target in settings.targets)


def _proof(target: Target, last: LastRun | None, corridor: Corridor) -> Proof:
    metric = corridor.additions.all_metrics[target.metric]
    today = last.measured(metric, target.scope) if last else None
    base = today or Measurement(metric=metric.key, scope=target.scope)
    lost = Measurement.unknown(metric.key, "nothing was measured", scope=target.scope)
    trials = (_tried(target, metric, each, corridor) for each in _worse(target, metric, base))
    bad = (VerdictStatus.MISSED, VerdictStatus.UNKNOWN)
    return Proof(
        target=target,
        metric=metric,
        today=judge(metric, target, today).shown if today else "-",
        worse=next((trial for trial in trials if trial.verdict.status in bad), None),
        lost=_tried(target, metric, lost, corridor),
    )


def _tried(target: Target, metric: Metric, measurement: Measurement, corridor: Corridor) -> Trial:
    settings = corridor.settings
    verdict = judge(metric, target, measurement, strict=settings.strict)
    found = outcome((verdict,), strict=settings.strict)
    status = exit_status(found, report_only=settings.report_only)
    return Trial(verdict=verdict, exit_status=status)


def _worse(target: Target, metric: Metric, base: Measurement) -> Iterator[Measurement]:
    """Give measurements around the bound, each a step worse than the one before."""
    wanted = target.wanted
    whole = replace(
        base,
        reason="",
        remedy="",
        items=(),
        notes=(),
        bound=Bound.EXACT,
        pending=(),
    )
    if wanted.comparator is Comparator.MATCHES:
        for version in _VERSIONS:
            yield replace(whole, value=version)
        return
    exact = metric.unit is Unit.RATIO and base.denominator and base.numerator is not None
    step = Fraction(1, base.denominator or 1) if exact else _step(metric)
    start = wanted.value
    if wanted.comparator is Comparator.NO_WORSE:  # than today, or than some value
        start = Fraction(RANGE[metric.unit][0]) + wanted.value + len(_STEPS) * step
        if isinstance(base.value, int | float | Fraction):
            start = Fraction(base.value)
        whole = replace(whole, base=BaseValue(value=start, source="today"))
        start = no_worse(metric, start, wanted.value).value
    higher = metric.direction is Direction.HIGHER
    for away in _STEPS:
        value = _stepped(start, step, -away if higher else away, higher=higher)
        if not _possible(value, metric):
            return
        counted = int(value / step) if exact else None
        yield replace(
            whole,
            value=_plain(value, metric),
            numerator=counted,
            denominator=base.denominator if exact else None,
        )


def _step(metric: Metric) -> Fraction:
    if metric.unit is Unit.COMPLEXITY and metric.shape is not Shape.WORST:
        return Fraction(1, 100)  # an average
    return _STEP.get(metric.unit, Fraction(1))


def _stepped(start: Fraction, step: Fraction, away: int, *, higher: bool) -> Fraction:
    """Go some steps from the whole step nearest to a bound, on its better side."""
    near = (start / step).__ceil__() if higher else (start / step).__floor__()
    return (near + away) * step


def _possible(value: Fraction, metric: Metric) -> bool:
    """Whether a metric can have a value at all."""
    lowest, highest, _ = RANGE.get(metric.unit, (0, None, ""))
    return value >= lowest and (highest is None or value <= highest)


def _plain(value: Fraction, metric: Metric) -> Number:
    whole = metric.unit in (Unit.COUNT, Unit.LEVEL) and value.denominator == 1
    return int(value) if whole else value
