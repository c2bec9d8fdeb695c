"""The one judge: the only place where a measured number meets a wanted one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.judge.compare import (
    counted,
    holds,
    items_over,
    no_worse,
    path_of,
    spelled,
    spelled_bound,
    stands,
    telling_decimals,
)
from pytest_boss_gates.judge.explain import explain, since_base
from pytest_boss_gates.model import (
    Bound,
    Comparator,
    Enforce,
    Explanation,
    Item,
    Level,
    Measurement,
    Metric,
    Number,
    Outcome,
    Target,
    Unit,
    Verdict,
    VerdictStatus,
    Wanted,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_BOUND_SIGN = {Bound.EXACT: "", Bound.AT_LEAST: "at least ", Bound.AT_MOST: "at most "}
_GROWING = (Comparator.ABOVE, Comparator.AT_LEAST)


def judge(
    metric: Metric,
    target: Target | None,
    measurement: Measurement,
    *,
    partial: str = "",
    strict: bool = False,
) -> Verdict:
    """Hold a measurement against its target.

    ``partial`` is why only a part of the suite ran: whole-suite metrics are then skipped.
    ``strict`` lets unknown and skipped targets block as missed ones do, unless they were skipped
    because the change holds nothing to judge.
    """
    absolute = _absolute(metric, target, measurement) if target is not None else None
    status, reason = _decide(metric, absolute, measurement, partial)
    if absolute is not target:
        status, reason = _unsure(metric, measurement, status) or (status, reason)
    blocks = {VerdictStatus.MISSED, VerdictStatus.UNKNOWN}
    if strict and not measurement.is_none:
        blocks.add(VerdictStatus.SKIPPED)
    explanation = Explanation()
    if status is VerdictStatus.MISSED and absolute is not None:
        since = since_base(metric, measurement) if absolute is not target else measurement
        explanation = explain(metric, absolute, since)
        if absolute is not target and absolute.text not in explanation.missing:
            missing = f"{explanation.missing}, to be {absolute.text}"
            explanation = replace(explanation, missing=missing)
    return Verdict(
        metric=metric,
        scope=target.scope if target is not None else measurement.scope,
        target=target,
        measurement=measurement,
        status=status,
        reason=reason,
        shown=_shown(metric, absolute, measurement),
        blocking=target is not None and target.enforce is Enforce.BLOCK and status in blocks,
        explanation=explanation,
    )


def outcome(verdicts: Iterable[Verdict], *, strict: bool = False) -> Outcome:
    """Sum up: missed before unknown before met; under ``strict`` unknown counts as missed."""
    blocking = {verdict.status for verdict in verdicts if verdict.blocking}
    if VerdictStatus.MISSED in blocking or (strict and blocking):
        return Outcome.MISSED
    return Outcome.UNKNOWN if blocking else Outcome.MET


def _decide(
    metric: Metric, target: Target | None, measurement: Measurement, partial: str
) -> tuple[VerdictStatus, str]:
    if measurement.is_none:
        skipped = measurement.not_for_this_run
        return VerdictStatus.SKIPPED if skipped else VerdictStatus.OBSERVED, measurement.reason
    if target is not None and partial and metric.whole_suite:
        return VerdictStatus.SKIPPED, f"partial run: {partial}"
    if measurement.value is None:
        skipped = measurement.not_for_this_run
        return VerdictStatus.SKIPPED if skipped else VerdictStatus.UNKNOWN, measurement.reason
    if target is None:
        return VerdictStatus.OBSERVED, ""
    if isinstance(measurement.value, str):
        return _decide_version(measurement.value, target.wanted)
    if target.wanted.comparator is Comparator.NO_WORSE:
        return _decide_items(metric, target, measurement)
    return _decide_number(metric, target, measurement, measurement.value)


def _decide_number(
    metric: Metric, target: Target, measurement: Measurement, value: Number
) -> tuple[VerdictStatus, str]:
    if late := _late(measurement, target.wanted):
        lasted = spell(late.value, metric.unit, 0)
        return VerdictStatus.MISSED, f"{late.name} is not over after {lasted}: not {target.text}"
    if measurement.bound is not Bound.EXACT:
        return _decide_bound(value, measurement, target)
    if holds(value, target.wanted):
        return VerdictStatus.MET, ""
    return VerdictStatus.MISSED, f"{_shown(metric, target, measurement)} is not {target.text}"


def _late(measurement: Measurement, wanted: Wanted) -> Item | None:
    """Find what is not over yet and misses the target whenever it will be."""
    if wanted.comparator in _GROWING:
        return None
    return next((item for item in measurement.pending if not holds(item.value, wanted)), None)


def _absolute(metric: Metric, target: Target, measurement: Measurement) -> Target:
    """Make a relative target the absolute one that it comes to, where the base's value is known."""
    base, value = measurement.base, measurement.value
    if target.wanted.comparator is not Comparator.NO_WORSE or base is None or base.by_item:
        return target
    if base.value is None or value is None or isinstance(value, str):
        return target
    wanted = no_worse(metric, base.value, target.wanted.value)
    decimals = telling_decimals(value, metric.unit, wanted)
    was = f" {spelled(base.value, metric.unit, decimals)}" if target.wanted.value else ""
    where = f"base{was}{f', {base.source}' if base.source else ''}"
    return replace(
        target, wanted=wanted, text=f"{spelled_bound(metric, wanted, decimals)} ({where})"
    )


def _unsure(
    metric: Metric, measurement: Measurement, status: VerdictStatus
) -> tuple[VerdictStatus, str] | None:
    """Take back a verdict that another value of the base would change; None where it stands."""
    base = measurement.base
    judged = status in (VerdictStatus.MET, VerdictStatus.MISSED)
    if base is None or not judged or stands(metric, base, met=status is VerdictStatus.MET):
        return None
    known = f"{base.bound.value} {spell(base.value or 0, metric.unit)}"
    reason = f"the base's value is only known to be {known}{_because(base.bound_reason)}"
    return VerdictStatus.UNKNOWN, reason


def _decide_items(
    metric: Metric, target: Target, measurement: Measurement
) -> tuple[VerdictStatus, str]:
    """Judge item by item: none may be over the limit that is new there, or worse than it was."""
    base = measurement.base
    if base is None or not base.by_item or base.reason:
        why = base.reason if base is not None else "no history has it"
        return VerdictStatus.UNKNOWN, f"the base's value is not known: {why}"
    over, doubtful = items_over(metric, target, measurement)
    if over:
        return VerdictStatus.MISSED, counted(metric, target, over, measurement)
    if doubtful:
        path = path_of(doubtful[0])
        return VerdictStatus.UNKNOWN, f"the base's values are not known: {path}: {base.blind[path]}"
    if measurement.bound is not Bound.EXACT:
        return VerdictStatus.UNKNOWN, f"there may be more{_because(measurement.bound_reason)}"
    return VerdictStatus.MET, ""


def _decide_version(version: str, wanted: Wanted) -> tuple[VerdictStatus, str]:
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        matches = SpecifierSet(wanted.unit).contains(Version(version), prereleases=True)
    except InvalidVersion:
        return VerdictStatus.UNKNOWN, f"{version!r} is not a version that can be compared"
    if matches:
        return VerdictStatus.MET, ""
    return VerdictStatus.MISSED, f"version {version} is not in {wanted.unit}"


def _decide_bound(
    value: Number, measurement: Measurement, target: Target
) -> tuple[VerdictStatus, str]:
    """A bound may only fail: where every value beyond it fails, too."""
    exact, wanted = Fraction(value), target.wanted
    equal = wanted.comparator is Comparator.EQUAL
    if measurement.bound is Bound.AT_LEAST:
        hopeless = exact > wanted.value if equal else wanted.comparator not in _GROWING
    else:
        hopeless = exact < wanted.value if equal else wanted.comparator in _GROWING
    because = _because(measurement.bound_reason)
    if hopeless and not holds(value, wanted):
        sign = _BOUND_SIGN[measurement.bound]
        return VerdictStatus.MISSED, f"{sign}the value is not {target.text}{because}"
    return VerdictStatus.UNKNOWN, f"only known to be {measurement.bound.value} this{because}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _shown(metric: Metric, target: Target | None, measurement: Measurement) -> str:
    """Spell the value with enough digits that the rounded one gets the same verdict."""
    value = measurement.value
    if value is None:
        return "none" if measurement.is_none else "-"
    if isinstance(value, str):
        return value
    if metric.unit is Unit.LEVEL:
        return Level(int(value)).label
    sign = _BOUND_SIGN[measurement.bound]
    if target is None or target.wanted.comparator in (Comparator.NO_WORSE, Comparator.MATCHES):
        return sign + spell(value, metric.unit)
    return sign + spelled(value, metric.unit, telling_decimals(value, metric.unit, target.wanted))
