"""What is wanted of a metric, how strictly, and where that was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from pytest_boss_gates.model.facts import Place


class Comparator(Enum):
    """The relation a measured value must have to the wanted one."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    EQUAL = "="
    NO_WORSE = "no worse than base"  # relative; the wanted value is the tolerance
    MATCHES = "matches"  # a version specifier


class Enforce(Enum):
    """What a missed target does to the run."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A parsed target: printing it and parsing that again gives an equal one.

    ``number`` and ``unit`` are as spelled (10, "minutes"); ``value`` is the same in the
    metric's base unit (600 seconds). A rank is spelled in ``unit`` with the number left 0,
    and ``value`` is the worst number of that rank. For NO_WORSE ``value`` is the tolerance.
    A version specifier is spelled in ``unit``.
    """

    comparator: Comparator
    number: Fraction
    unit: str
    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """How much better than its target a value may be before that is told."""

    value: Fraction  # in the metric's base unit
    text: str  # as written: "10%", "5 points", "2 minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The wanted bound for a metric and scope, its enforcement, and where it was set."""

    metric: str
    wanted: Wanted
    text: str  # canonical spelling of ``wanted``
    scope: str = ""  # "" for everything; a path pattern, or a tool's name
    enforce: Enforce = Enforce.BLOCK
    set_at: Place | None = None  # None: a default of ours
    max_slack: Slack | None = None  # None: any
