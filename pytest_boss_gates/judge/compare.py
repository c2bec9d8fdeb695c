"""One number against another: the comparators, and the bound that a relative target comes to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.model import (
    Bound,
    Comparator,
    Direction,
    Wanted,
    as_spelled,
    plural,
    spell,
)

if TYPE_CHECKING:
    from pytest_boss_gates.model import (
        BaseValue,
        Item,
        Measurement,
        Metric,
        Number,
        Target,
        Unit,
    )


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


def no_worse(metric: Metric, than: Number, tolerance: Fraction) -> Wanted:
    """Give the bound that is no worse than a number, by more than the tolerance."""
    lower = metric.direction is Direction.LOWER
    value = Fraction(than) + (tolerance if lower else -tolerance)
    comparator = Comparator.AT_MOST if lower else Comparator.AT_LEAST
    return Wanted(comparator=comparator, number=Fraction(0), unit="", value=value)


def stands(metric: Metric, base: BaseValue, *, met: bool) -> bool:
    """Whether a verdict would be the same for every value that the base may have had."""
    if base.bound is Bound.EXACT:
        return True
    lower = metric.direction is Direction.LOWER
    maybe_better = base.bound is (Bound.AT_MOST if lower else Bound.AT_LEAST)
    return not met if maybe_better else met


def allowed(metric: Metric, target: Target, item: Item) -> Wanted | None:
    """Give the bound of one item under a relative target, None when it may be anything.

    That is what it was at the base or the target's limit, whichever is easier to meet: what
    keeps within the limit may get worse, and what is over it may stay as it was.
    """
    bounds = [target.limit] if target.limit is not None else []
    if item.before is not None:
        bounds.append(no_worse(metric, item.before, target.wanted.value))
    if metric.direction is Direction.LOWER:
        return max(bounds, key=lambda wanted: wanted.value, default=None)
    return min(bounds, key=lambda wanted: wanted.value, default=None)


def items_over(
    metric: Metric, target: Target, measurement: Measurement
) -> tuple[list[Item], list[Item]]:
    """Give the items that are over what they are allowed: those that are known to be, the others.

    The others stand in files of which nobody knows what was in them at the base.
    """
    over: list[Item] = []
    doubtful: list[Item] = []
    blind = measurement.base.blind if measurement.base else {}
    for item in measurement.items:
        wanted = allowed(metric, target, item)
        if wanted is not None and not holds(item.value, wanted):
            (doubtful if path_of(item) in blind else over).append(item)
    return over, doubtful


def path_of(item: Item) -> str:
    """Give the file of an item, "" without one."""
    return item.place.path if item.place else ""


def counted(metric: Metric, target: Target, over: list[Item], measurement: Measurement) -> str:
    """Count what got worse and what is new: ``1 function got worse, 2 new functions not <=10``."""
    noun = measurement.item or metric.item
    base = measurement.base
    worse = [item for item in over if item.before is not None]
    parts = [f"{plural(len(worse), noun)} got worse"] if worse else []
    if len(worse) < len(over):
        new = plural(len(over) - len(worse), f"new {noun}")
        limit = f" not {spelled_bound(metric, target.limit, 2)}" if target.limit else ""
        parts.append(f"{new}{limit}")
    where = f" (base: {base.source})" if base is not None and base.source else ""
    return ", ".join(parts) + where


def telling_decimals(value: Number, unit: Unit, wanted: Wanted) -> int | None:
    """Find how many decimals show the same verdict as the exact numbers do; None: no number."""
    verdict = holds(value, wanted)
    for decimals in range(2, 13):
        rounded = as_spelled(value, unit, decimals)
        limit = replace(wanted, value=as_spelled(wanted.value, unit, decimals))
        if holds(rounded, wanted) is verdict and holds(rounded, limit) is verdict:
            return decimals
    return None


def spelled(value: Number, unit: Unit, decimals: int | None) -> str:
    """Spell a number with as many decimals as ``telling_decimals`` found."""
    return str(Fraction(value)) if decimals is None else spell(value, unit, decimals)


def spelled_bound(metric: Metric, wanted: Wanted, decimals: int | None) -> str:
    """Spell a bound as targets are written: ``>=87.30 %``."""
    return f"{wanted.comparator.value}{spelled(wanted.value, metric.unit, decimals)}"
