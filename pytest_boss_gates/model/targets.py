"""What is wanted of a metric, how strictly, and where that was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Collection
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
    scope: str = ""  # "" for everything; what it is limited to, spelled, or a tool's name
    paths: str = ""  # the path pattern of the scope
    changed: bool = False  # the scope is only what the change touches
    marker: str = ""  # the expression of pytest's markers in the scope
    kind: str = ""  # the one of the metric's kinds in the scope
    enforce: Enforce = Enforce.BLOCK
    set_at: Place | None = None  # None: a default of ours
    limit: Wanted | None = None  # of a relative one: what an item may have, whatever it was
    max_slack: Slack | None = None  # None: any


def spell_scope(*, paths: str = "", changed: str = "", marker: str = "", kind: str = "") -> str:
    """Spell what a target is limited to: ``noqa src/**``, ``-m "not slow" tests/unit``.

    ``changed`` is the word for what the change touches.
    """
    quoted = f'"{marker}"' if " " in marker else marker
    return " ".join(filter(None, (changed, kind, f"-m {quoted}" if marker else "", paths)))


def read_marker(expression: str) -> tuple[frozenset[str], Callable[[Collection[str]], bool]]:
    """Read an expression of markers as pytest's ``-m`` takes it: ``slow and not (db or web)``.

    Gives the names in it, and the test of the marks that a test has. Raises ValueError.
    """
    import ast

    try:
        body = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError("it cannot be read") from error
    names: set[str] = set()
    test = _marker_test(body, names)
    return frozenset(names), test


def _marker_test(node: ast.expr, names: set[str]) -> Callable[[Collection[str]], bool]:
    import ast

    match node:
        case ast.Name(id=name):
            names.add(name)
            return lambda marks: name in marks
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _marker_test(operand, names)
            return lambda marks: not inner(marks)
        case ast.BoolOp(op=joint, values=values):
            parts = [_marker_test(value, names) for value in values]
            both = all if isinstance(joint, ast.And) else any
            return lambda marks: both(part(marks) for part in parts)
        case _:
            raise ValueError("it has something else than names, and, or, not")
