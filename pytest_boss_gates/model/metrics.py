"""What can be measured, and one observed value of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from pytest_boss_gates.model.facts import Place
    from pytest_boss_gates.model.quantities import Number, Unit


class Direction(Enum):
    """Which way a metric gets better."""

    HIGHER = "higher"
    LOWER = "lower"


class Shape(Enum):
    """How a metric's value comes from its items; says how a miss is explained."""

    SHARE = "share"  # numerator / denominator; an item's value is what it could still add
    WORST = "worst"  # the worst item; an item's value is its own
    RANK = "rank"  # the item of one rank, and those that are better; items beyond it may be worse
    TOTAL = "total"  # a sum or count; an item's value is its part
    MEAN = "mean"  # the mean of the items; an item's value is its own
    PLAIN = "plain"  # a number without parts


class Bound(Enum):
    """How sure a value is; a bound may only fail a target, never meet it by itself."""

    EXACT = "exact"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Something that can be measured, and what a reader needs to act on it."""

    key: str
    title: str
    unit: Unit
    direction: Direction
    shape: Shape
    why: str
    fix: str
    item: str = ""  # what one item is, singular: "line", "function", "test"
    whole_suite: bool = False  # meaningless when only a part of the suite ran
    by_paths: bool = False  # a target may be limited to paths
    by_change: bool = False  # a target may be limited to what the change touches
    by_marker: bool = False  # a target may be limited to tests with a marker
    kinds: tuple[str, ...] = ()  # a target may be limited to one of these kinds of items
    ranked: bool = False  # a target may be a rank A to F
    acceptable: str = ""  # target of one item, where a relative one is the only one: "B"
    delivery: bool = False  # comes from history; warns unless configured otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One part of a measurement: a file, function or test, with its value in the metric's unit.

    For a share the value is the number of units (lines, branches) it could still add.
    """

    name: str
    value: Number
    place: Place | None = None
    note: str = ""  # "lines 3-7, 12"; "setup 0.10 s, call 2.31 s"
    before: Number | None = None  # its value at the base; None: it was not there, or not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseValue:
    """What a metric was at the base of the change, or the reason why that is not known.

    ``reason`` is set exactly when it is not known. With ``by_item`` a relative target is judged
    item by item, by the ``before`` of each, and ``value`` is only shown.
    """

    value: Number | None = None
    bound: Bound = Bound.EXACT
    bound_reason: str = ""  # why the value is only a bound
    source: str = ""  # "main at 1a2b3c4", "run 812"
    changed: str = ""  # what was different in how it was measured
    by_item: bool = False
    blind: Mapping[str, str] = field(default_factory=dict)  # path whose items are not known: why
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One observed value of a metric over a scope, or the reason why there is none.

    ``value`` is in the metric's base unit (a string only for versions). ``reason`` is set
    exactly when there is no value; ``not_for_this_run`` tells "skipped" from "unknown", and
    ``is_none`` says that it was looked for and did not happen: there is nothing to judge.
    """

    metric: str
    scope: str = ""
    value: Number | str | None = None
    bound: Bound = Bound.EXACT
    bound_reason: str = ""  # why the value is only a bound
    item: str = ""  # what one item is here, when it is not the metric's own
    n: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    window: str = ""
    source: str = ""
    items: tuple[Item, ...] = ()  # worst first
    pending: tuple[Item, ...] = ()  # not over yet, each at least its value; one alone may miss
    notes: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""
    not_for_this_run: bool = False
    base: BaseValue | None = None  # None: nobody looked
    is_none: bool = False

    @classmethod
    def unknown(cls, metric: str, reason: str, *, scope: str = "", remedy: str = "") -> Self:
        """Should have been measurable: says why it was not, and what to do."""
        return cls(metric=metric, scope=scope, reason=reason, remedy=remedy)

    @classmethod
    def skipped(cls, metric: str, reason: str, *, scope: str = "", is_none: bool = False) -> Self:
        """Not for this run: says why; with ``is_none`` because there is nothing to judge."""
        return cls(
            metric=metric, scope=scope, reason=reason, not_for_this_run=True, is_none=is_none
        )
