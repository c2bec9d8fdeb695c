"""Why a target is missed: by how much, where, and the cheapest way to it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pytest_boss_gates.judge.compare import allowed, counted, holds, items_over
from pytest_boss_gates.model import (
    Comparator,
    Explanation,
    Item,
    Measurement,
    Metric,
    Number,
    Shape,
    Target,
    Unit,
    Wanted,
    first_few,
    plural,
    spell,
)

_SHOWN_ITEMS = 10
_SLACK = Fraction(101, 100)


def explain(metric: Metric, target: Target, measurement: Measurement) -> Explanation:
    """Say how much is missing in the unit people work in, where, and the cheapest way."""
    value = measurement.value
    if value is None or isinstance(value, str):
        return Explanation()
    noun = measurement.item or metric.item
    if target.wanted.comparator is Comparator.NO_WORSE:
        return _explain_items(metric, measurement, target)
    match metric.shape:
        case Shape.SHARE:
            return _explain_share(measurement, target.wanted, noun)
        case Shape.WORST:
            return _explain_worst(metric, measurement, target, noun)
        case Shape.RANK:
            return _explain_rank(metric, measurement, target, noun)
        case Shape.TOTAL:
            return _explain_total(metric, value, measurement, target.wanted, noun)
        case Shape.MEAN:
            return _explain_mean(metric, value, measurement, target)
        case Shape.PLAIN:
            missed = not holds(value, target.wanted)  # else something that is not over does
            return Explanation(missing=_distance(metric, value, target.wanted) if missed else "")


def since_base(metric: Metric, measurement: Measurement) -> Measurement:
    """Leave of a total's items what came to them since the base, the most first."""
    items = measurement.items
    if metric.shape is not Shape.TOTAL or all(item.before is None for item in items):
        return measurement
    grown = [
        replace(item, value=item.value - (item.before or 0), note=_history(metric, item))
        for item in items
        if item.value > (item.before or 0)
    ]
    grown.sort(key=lambda item: -item.value)
    return replace(measurement, items=tuple(grown))


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
        note = f" ({first_few(item.note)})" if item.note else ""
        steps.append(f"Cover {share} in {item.name}{note}.")
        rest -= gain
    return tuple(steps)


def _explain_worst(
    metric: Metric, measurement: Measurement, target: Target, noun: str
) -> Explanation:
    over = tuple(item for item in measurement.items if not holds(item.value, target.wanted))
    shown = over[:_SHOWN_ITEMS]
    unlisted = len(over) == len(measurement.items) < (measurement.n or 0)
    sign = "at least " if unlisted else ""
    missing = f"{sign}{plural(len(over), noun)} not {target.text}" if over else ""
    value = measurement.value
    if value is not None and not isinstance(value, str):
        distance = _distance(metric, value, target.wanted)
        missing = f"{missing}; the worst needs {distance}" if missing else distance
    cheapest = tuple(
        f"{_named(item)}: {spell(item.value, metric.unit)}, "
        f"needs {_distance(metric, item.value, target.wanted)}."
        for item in over[: -_SHOWN_ITEMS - 1 : -1]  # the nearest to the target
    )
    return Explanation(missing=missing, where=shown, more=len(over) - len(shown), cheapest=cheapest)


def _explain_rank(
    metric: Metric, measurement: Measurement, target: Target, noun: str
) -> Explanation:
    """Count the items that would have to be better; as many beyond the rank may stay worse."""
    worst = _explain_worst(metric, measurement, target, noun)
    count = len(worst.where) + worst.more
    if not count or measurement.value is None or isinstance(measurement.value, str):
        return worst
    distance = _distance(metric, measurement.value, target.wanted)
    verb = "is" if count == 1 else "are"
    sign = "at least " if worst.missing.startswith("at least") else ""
    missing = f"{distance}: {sign}{plural(count, noun)} too many {verb} not {target.text}"
    return replace(worst, missing=missing)


def _explain_mean(
    metric: Metric, value: Number, measurement: Measurement, target: Target
) -> Explanation:
    """Say what is too much of all items together, and which of them lift the mean."""
    noun = measurement.item or metric.item
    missing = _distance(metric, value, target.wanted)
    if measurement.numerator is not None and measurement.denominator:
        excess = measurement.numerator - target.wanted.value * measurement.denominator
        strict = target.wanted.comparator is Comparator.BELOW
        less = excess.__floor__() + 1 if strict else excess.__ceil__()
        missing += f", {less} in all over {plural(measurement.denominator, noun)}"
    over = [item for item in measurement.items if not holds(item.value, target.wanted)]
    shown = tuple(over[:_SHOWN_ITEMS])
    return Explanation(missing=missing, where=shown, more=len(over) - len(shown))


def _explain_items(metric: Metric, measurement: Measurement, target: Target) -> Explanation:
    """Say what each item was, and how much less would do; the easiest to mend first."""
    over, _ = items_over(metric, target, measurement)
    bounds = [(item, wanted) for item in over if (wanted := allowed(metric, target, item))]
    bounds.sort(key=lambda pair: abs(pair[1].value - Fraction(pair[0].value)))
    return Explanation(
        missing=counted(metric, target, over, measurement),
        where=tuple(replace(item, note=_history(metric, item)) for item in over[:_SHOWN_ITEMS]),
        more=max(0, len(over) - _SHOWN_ITEMS),
        cheapest=tuple(
            f"{_named(item)}: {spell(item.value, metric.unit)}, {_history(metric, item)}, "
            f"needs {_distance(metric, item.value, wanted)}."
            for item, wanted in bounds[:_SHOWN_ITEMS]
        ),
    )


def _history(metric: Metric, item: Item) -> str:
    was = "new" if item.before is None else f"was {spell(item.before, metric.unit)}"
    return f"{was}; {item.note}" if item.note else was


def _named(item: Item) -> str:
    """Name an item and its place, unless the name begins with it: a file, a test."""
    plain = item.place is None or item.name.startswith(item.place.path)
    return item.name if plain else f"{item.name} ({item.place})"


def _explain_total(
    metric: Metric, value: Number, measurement: Measurement, wanted: Wanted, noun: str
) -> Explanation:
    excess = Fraction(value) - wanted.value
    if metric.unit is Unit.SECONDS:
        missing, steps = _distance(metric, value, wanted), _quicker(metric, measurement, excess)
    else:
        missing = _fewer(excess, noun, strict=wanted.comparator is Comparator.BELOW)
        steps = _largest(metric, measurement, excess)
    return Explanation(
        missing=missing,
        where=measurement.items[:_SHOWN_ITEMS],
        more=max(0, len(measurement.items) - _SHOWN_ITEMS),
        cheapest=steps,
    )


def _largest(metric: Metric, measurement: Measurement, excess: Fraction) -> tuple[str, ...]:
    """Name the largest items, as many as hold what is too much."""
    steps: list[str] = []
    gathered = Fraction(0)
    for item in measurement.items:
        if gathered > excess or len(steps) == _SHOWN_ITEMS // 2:
            break
        gathered += Fraction(item.value)
        note = f" ({item.note})" if item.note else ""
        steps.append(f"{item.name}: {spell(item.value, metric.unit)}{note}.")
    return tuple(steps)


def _quicker(metric: Metric, measurement: Measurement, excess: Fraction) -> tuple[str, ...]:
    """Say in how few of the slowest tests the time that is too much can be saved.

    Gives nothing for tests that ran side by side (together they took longer than the session): what
    each would save is not known. A sum of floats may be a little off.
    """
    together = sum(Fraction(item.value) for item in measurement.items)
    if isinstance(measurement.value, str) or together > Fraction(measurement.value or 0) * _SLACK:
        return ()
    gathered = Fraction(0)
    less = f"{spell(excess, metric.unit)} less" if excess else "A little less"
    for count, item in enumerate(measurement.items, 1):
        gathered += Fraction(item.value)
        if gathered > excess:
            where = f"the {count} slowest tests" if count > 1 else item.name
            they = "they take" if count > 1 else "it takes"
            taken = spell(gathered, metric.unit) + (" together" if count > 1 else "")
            return (f"{less} in {where} is enough: {they} {taken}.",)
    if not measurement.items:
        return ()
    slowest = plural(len(measurement.items), "test")
    taken = spell(gathered, metric.unit)
    rest = f"The {slowest} that take longest take {taken} together, which is not enough."
    return rest, metric.fix


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
