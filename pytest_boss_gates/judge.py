"""The one judge: the only place where a measured number meets a wanted one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

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
    Shape,
    Target,
    Unit,
    Verdict,
    VerdictStatus,
    Wanted,
    as_spelled,
    plural,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHOWN_ITEMS = 10
_BOUND_SIGN = {Bound.EXACT: "", Bound.AT_LEAST: "at least ", Bound.AT_MOST: "at most "}
_GROWING = (Comparator.ABOVE, Comparator.AT_LEAST)
_WITHOUT_SLACK = (Comparator.EQUAL, Comparator.NO_WORSE, Comparator.MATCHES)


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
    ``strict`` lets unknown and skipped targets block as missed ones do.
    """
    status, reason = _decide(metric, target, measurement, partial)
    blocks = {VerdictStatus.MISSED, VerdictStatus.UNKNOWN}
    if strict:
        blocks.add(VerdictStatus.SKIPPED)
    missed = status is VerdictStatus.MISSED and target is not None
    return Verdict(
        metric=metric,
        scope=target.scope if target is not None else measurement.scope,
        target=target,
        measurement=measurement,
        status=status,
        reason=reason,
        shown=_shown(metric, target, measurement),
        blocking=target is not None and target.enforce is Enforce.BLOCK and status in blocks,
        explanation=explain(metric, target, measurement) if missed and target else Explanation(),
    )


def outcome(verdicts: Iterable[Verdict], *, strict: bool = False) -> Outcome:
    """Sum up: missed before unknown before met; under ``strict`` unknown counts as missed."""
    blocking = {verdict.status for verdict in verdicts if verdict.blocking}
    if VerdictStatus.MISSED in blocking or (strict and blocking):
        return Outcome.MISSED
    return Outcome.UNKNOWN if blocking else Outcome.MET


def holds(value: Number, wanted: Wanted) -> bool:
    """Compare exactly, as fractions: 89.999 % does not meet ``>=90%``."""
    exact = Fraction(value)
    match wanted.comparator:
        case Comparator.BELOW:
            return exact < wanted.value
        case Comparator.AT_MOST:
            return exact <= wanted.value
        case Comparator.ABOVE:
            return exact > wanted.value
        case Comparator.AT_LEAST:
            return exact >= wanted.value
        case Comparator.EQUAL:
            return exact == wanted.value
        case Comparator.NO_WORSE | Comparator.MATCHES:
            raise ValueError(f"{wanted.comparator.value!r} does not compare two numbers")


def tighter(wanted: Wanted, than: Wanted) -> bool:
    """Whether one bound asks for more than another one of the same kind."""
    if wanted.comparator is not than.comparator:
        return False
    if wanted.comparator in _GROWING:
        return wanted.value > than.value
    return wanted.value < than.value


def slack(value: Number, wanted: Wanted) -> Fraction | None:
    """Give how much better than its bound a value is, in base units; None when it is not.

    Where there is just one good value, and where there is no bound, there is no slack.
    """
    if wanted.comparator in _WITHOUT_SLACK or not holds(value, wanted):
        return None
    return abs(Fraction(value) - wanted.value)


def rust(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Tell, a sentence each, which met targets have more slack than their ``max-slack``."""
    for verdict in verdicts:
        target, value = verdict.target, verdict.measurement.value
        if verdict.status is not VerdictStatus.MET or target is None or target.max_slack is None:
            continue
        if value is None or isinstance(value, str):
            continue
        left = slack(value, target.wanted)
        if left is not None and left > target.max_slack.value:
            scope = f" of {target.scope}" if target.scope else ""
            yield (
                f"{target.metric}{scope} is {verdict.shown}, "
                f"{_spelled_distance(verdict.metric, left)} better than {target.text}: more than "
                f"its max-slack of {target.max_slack.text}. `boss-gates tighten` makes it stricter."
            )


def _decide(
    metric: Metric, target: Target | None, measurement: Measurement, partial: str
) -> tuple[VerdictStatus, str]:
    if target is not None and partial and metric.whole_suite:
        return VerdictStatus.SKIPPED, f"partial run: {partial}"
    if measurement.value is None:
        skipped = measurement.not_for_this_run
        return VerdictStatus.SKIPPED if skipped else VerdictStatus.UNKNOWN, measurement.reason
    if target is None:
        return VerdictStatus.OBSERVED, ""
    wanted = target.wanted
    if wanted.comparator is Comparator.NO_WORSE:
        return VerdictStatus.UNKNOWN, "the base's value is not known: no history is kept yet"
    if isinstance(measurement.value, str):
        return _decide_version(measurement.value, wanted)
    if measurement.bound is not Bound.EXACT:
        return _decide_bound(measurement.value, measurement, target)
    if holds(measurement.value, wanted):
        return VerdictStatus.MET, ""
    return VerdictStatus.MISSED, f"{_shown(metric, target, measurement)} is not {target.text}"


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
    because = f": {measurement.bound_reason}" if measurement.bound_reason else ""
    if hopeless and not holds(value, wanted):
        sign = _BOUND_SIGN[measurement.bound]
        return VerdictStatus.MISSED, f"{sign}the value is not {target.text}{because}"
    return VerdictStatus.UNKNOWN, f"only known to be {measurement.bound.value} this{because}"


def _shown(metric: Metric, target: Target | None, measurement: Measurement) -> str:
    """Spell the value with enough digits that the rounded one gets the same verdict."""
    value = measurement.value
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if metric.unit is Unit.LEVEL:
        return Level(int(value)).label
    sign = _BOUND_SIGN[measurement.bound]
    numeric = target is not None and target.wanted.comparator not in (
        Comparator.NO_WORSE,
        Comparator.MATCHES,
    )
    if target is None or not numeric:
        return sign + spell(value, metric.unit)
    verdict = holds(value, target.wanted)
    for decimals in range(2, 13):
        if holds(as_spelled(value, metric.unit, decimals), target.wanted) is verdict:
            return sign + spell(value, metric.unit, decimals)
    return sign + str(Fraction(value))


def explain(metric: Metric, target: Target, measurement: Measurement) -> Explanation:
    """Say how much is missing in the unit people work in, where, and the cheapest way."""
    value = measurement.value
    if value is None or isinstance(value, str):
        return Explanation()
    noun = measurement.item or metric.item
    match metric.shape:
        case Shape.SHARE:
            return _explain_share(measurement, target.wanted, noun)
        case Shape.WORST:
            return _explain_worst(metric, measurement, target, noun)
        case Shape.TOTAL:
            return _explain_total(metric, value, measurement, target.wanted, noun)
        case Shape.PLAIN:
            return Explanation(missing=_distance(metric, value, target.wanted))


def _explain_share(measurement: Measurement, wanted: Wanted, noun: str) -> Explanation:
    if measurement.numerator is None or not measurement.denominator:
        return Explanation()
    goal = wanted.value * measurement.denominator
    strict = wanted.comparator is Comparator.ABOVE
    needed = (goal.__floor__() + 1 if strict else goal.__ceil__()) - measurement.numerator
    if needed > measurement.denominator - measurement.numerator:
        return Explanation(missing="cannot be reached: the target is above 100 %")
    return Explanation(
        missing=_more(needed, noun),
        where=measurement.items[:_SHOWN_ITEMS],
        more=max(0, len(measurement.items) - _SHOWN_ITEMS),
        cheapest=_fewest(measurement.items, needed, noun),
    )


def _fewest(items: tuple[Item, ...], needed: int, noun: str) -> tuple[str, ...]:
    """Take the items that give most until enough is gathered: the fewest files to touch."""
    steps: list[str] = []
    rest = needed
    for item in items:
        if rest <= 0 or len(steps) == _SHOWN_ITEMS:
            break
        gain = int(item.value)
        share = plural(gain, noun) if gain <= rest else f"{rest} of {plural(gain, noun)}"
        note = f" ({item.note})" if item.note else ""
        steps.append(f"Cover {share} in {item.name}{note}.")
        rest -= gain
    return tuple(steps)


def _explain_worst(
    metric: Metric, measurement: Measurement, target: Target, noun: str
) -> Explanation:
    over = tuple(item for item in measurement.items if not holds(item.value, target.wanted))
    shown = over[:_SHOWN_ITEMS]
    missing = f"{plural(len(over), noun)} not {target.text}" if over else ""
    value = measurement.value
    if value is not None and not isinstance(value, str):
        distance = _distance(metric, value, target.wanted)
        missing = f"{missing}; the worst needs {distance}" if missing else distance
    cheapest = tuple(
        f"{item.name}{f' ({item.place})' if item.place else ''}: "
        f"{spell(item.value, metric.unit)}, needs {_distance(metric, item.value, target.wanted)}."
        for item in reversed(shown)
    )
    return Explanation(missing=missing, where=shown, more=len(over) - len(shown), cheapest=cheapest)


def _explain_total(
    metric: Metric, value: Number, measurement: Measurement, wanted: Wanted, noun: str
) -> Explanation:
    steps: list[str] = []
    gathered = Fraction(0)
    excess = Fraction(value) - wanted.value
    for item in measurement.items:
        if gathered > excess or len(steps) == _SHOWN_ITEMS // 2:
            break
        gathered += Fraction(item.value)
        note = f" ({item.note})" if item.note else ""
        steps.append(f"{item.name}: {spell(item.value, metric.unit)}{note}.")
    missing = _distance(metric, value, wanted)
    if metric.unit is Unit.COUNT:
        missing = _fewer(excess, noun, strict=wanted.comparator is Comparator.BELOW)
    return Explanation(
        missing=missing,
        where=measurement.items[:_SHOWN_ITEMS],
        more=max(0, len(measurement.items) - _SHOWN_ITEMS),
        cheapest=tuple(steps),
    )


def _more(count: int, noun: str) -> str:
    counted = plural(count, noun)
    return counted.replace(str(count), f"{count} more", 1)


def _fewer(excess: Fraction, noun: str, *, strict: bool) -> str:
    count = excess.__floor__() + 1 if strict else excess.__ceil__()
    counted = plural(abs(count), noun)
    return counted.replace(str(abs(count)), f"{abs(count)} {'fewer' if count > 0 else 'more'}", 1)


def _distance(metric: Metric, value: Number, wanted: Wanted) -> str:
    if metric.unit is Unit.LEVEL:
        return f"level {wanted.unit}"
    difference = wanted.value - Fraction(value)
    if not difference:  # exactly on a strict bound
        return "a little more" if wanted.comparator is Comparator.ABOVE else "a little less"
    return f"{_spelled_distance(metric, difference)} {'more' if difference > 0 else 'less'}"


def _spelled_distance(metric: Metric, difference: Fraction) -> str:
    if metric.unit is Unit.RATIO:
        return f"{spell(abs(difference), Unit.RATIO).removesuffix(' %')} points"
    return spell(abs(difference), metric.unit)
