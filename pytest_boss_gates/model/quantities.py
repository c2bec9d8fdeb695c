"""Numbers and the units they are kept and spelled in."""

from __future__ import annotations

import math
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Number: TypeAlias = int | float | Fraction
"""A measured or wanted number in its metric's base unit; compared exactly, as a fraction."""


class Unit(Enum):
    """The base unit of a metric: what the plain numbers of ``report.json`` are in."""

    RATIO = "ratio"  # 0 to 1, spelled as a percentage
    SECONDS = "seconds"
    COUNT = "count"
    COMPLEXITY = "complexity"  # cyclomatic complexity by radon's rules
    INDEX = "index"  # radon's maintainability index, 0 to 100
    PER_WEEK = "per week"
    LEVEL = "level"  # the ordinal of a Level
    VERSION = "version"  # a version string, matched against a specifier


_LISTED = 8
_SCALES = ((86_400, "d"), (3_600, "h"), (60, "min"))


def _fixed(value: Number, decimals: int) -> str:
    """Spell exactly, rounded half to even on the fraction, never on a binary float."""
    scaled = round(Fraction(value) * 10**decimals)
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**decimals)
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"


def as_spelled(value: Number, unit: Unit, decimals: int = 2) -> Fraction:
    """Give the number that ``spell`` prints: the value after its rounding, in base units."""
    exact = Fraction(value)
    scale = Fraction(10**decimals)
    if unit is Unit.RATIO:
        scale *= 100
    elif unit is Unit.SECONDS and abs(exact) < 1:
        scale *= 1000
    return Fraction(round(exact * scale)) / scale


def spell(value: Number, unit: Unit, decimals: int = 2) -> str:
    """Spell a number of base units for people: ``87.31 %``, ``1 min 12.30 s``, ``4``.

    Whole numbers stay whole; ``decimals`` bounds the digits of everything else.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    exact = as_spelled(value, unit, decimals)
    match unit:
        case Unit.RATIO:
            return f"{_trimmed(exact * 100, Fraction(value) * 100, decimals)} %"
        case Unit.PER_WEEK:
            return f"{_trimmed(exact, Fraction(value), decimals)}/week"
        case Unit.SECONDS:
            return _spell_seconds(exact, Fraction(value), decimals)
        case _:
            return _trimmed(exact, Fraction(value), decimals)


def _trimmed(rounded: Fraction, exact: Fraction, decimals: int) -> str:
    """Drop the decimals of a number that is whole before it is rounded, never after."""
    return _fixed(rounded, 0 if exact.denominator == 1 else decimals)


def _spell_seconds(rounded: Fraction, exact: Fraction, decimals: int) -> str:
    if 0 < abs(exact) < 1:
        return f"{_trimmed(rounded * 1000, exact * 1000, decimals)} ms"
    parts = []
    rest = abs(rounded)
    for seconds, name in _SCALES:
        if rest >= seconds:
            whole, rest = divmod(rest, seconds)
            parts.append(f"{whole} {name}")
    if rest or not parts:
        parts.append(f"{_trimmed(rest, exact, decimals)} s")
    return ("-" if exact < 0 else "") + " ".join(parts)


def plural(count: int, noun: str) -> str:
    """Spell a count with its noun: ``1 line``, ``3 lines or branches``."""
    if count == 1:
        return f"1 {noun}"
    words = (
        f"{word}es" if word.endswith(("ch", "sh", "s", "x")) else f"{word}s"
        for word in noun.split(" or ")
    )
    return f"{count} {' or '.join(words)}"


def first_few(note: str) -> str:
    """Keep the first eight of each list in a note: ``lines 1, 3, ... and 9 more``."""
    parts = []
    for part in note.split("; "):
        listed = part.split(", ")
        rest = len(listed) - _LISTED
        more = f" and {rest} more" if rest > 0 else ""
        parts.append(", ".join(listed[:_LISTED]) + more)
    return "; ".join(parts)


def spell_lines(lines: Collection[int]) -> str:
    """Spell line numbers with their noun: ``line 4``, ``lines 3-7, 12``."""
    return f"{'line' if len(lines) == 1 else 'lines'} {line_ranges(lines)}"


def spell_branches(arcs: Collection[tuple[int, int]]) -> str:
    """Spell branches with their noun, by the lines at both ends: ``branches 3->5, 7->exit``."""
    spelled = ", ".join(f"{start}->{'exit' if end < 0 else end}" for start, end in arcs)
    return f"{'branch' if len(arcs) == 1 else 'branches'} {spelled}"


def line_ranges(lines: Iterable[int]) -> str:
    """Spell line numbers as ranges: ``3-7, 12``."""
    ranges: list[tuple[int, int]] = []
    for line in sorted(lines):
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
