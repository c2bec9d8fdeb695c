"""The target language: what a person writes in a tracker, to a bound and back.

A target is a comparator and an amount (``<10 minutes``, ``>90%``, ``<=10``), a rhythm or a
rate (``daily``, ``3/week``), a rank (``B``), or relative (``no worse than base by 0.5
points``). It is strict: an amount without a comparator is refused, and so is a comparator
against the metric's direction.

- ``daily`` is at least 5 days a week, ``weekly`` 1, ``monthly`` 12/52: the rhythm of people
  with weekends. A rate is of the calendar: ``1/day`` is 7 a week, ``1/month`` 12/52.
- A rank means "this rank or better", by radon's ranks. For complexity A is up to 5, B 10,
  C 20, D 30, E 40; for maintainability A is above 19, B above 9. The worst rank (F, and C
  for maintainability) is no target, since everything has it or better.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Comparator, Direction, Level, Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_boss_gates.model import Metric

SETTABLE_LEVELS = (Level.DECLARED, Level.WIRED, Level.GATING, Level.OBSERVED)
"""The levels that may be wanted of a tool."""

SIGNS = {
    "<=": Comparator.AT_MOST,
    "≤": Comparator.AT_MOST,
    "<": Comparator.BELOW,
    ">=": Comparator.AT_LEAST,
    "≥": Comparator.AT_LEAST,
    ">": Comparator.ABOVE,
    "=": Comparator.EQUAL,
}
_OPPOSITE = {
    Comparator.BELOW: Comparator.ABOVE,
    Comparator.AT_MOST: Comparator.AT_LEAST,
    Comparator.ABOVE: Comparator.BELOW,
    Comparator.AT_LEAST: Comparator.AT_MOST,
}
SECONDS = {  # canonical singular and plural: seconds, all spellings
    ("ms", "ms"): (Fraction(1, 1000), ("ms", "millisecond", "milliseconds")),
    ("s", "s"): (Fraction(1), ("s", "sec", "secs", "second", "seconds")),
    ("minute", "minutes"): (Fraction(60), ("min", "mins", "minute", "minutes")),
    ("hour", "hours"): (Fraction(3_600), ("h", "hr", "hrs", "hour", "hours")),
    ("day", "days"): (Fraction(86_400), ("d", "day", "days")),
    ("week", "weeks"): (Fraction(604_800), ("week", "weeks")),
}
RATES = {"/day": Fraction(7), "/week": Fraction(1), "/month": Fraction(12, 52)}
RHYTHMS = {"daily": Fraction(5), "weekly": Fraction(1), "monthly": Fraction(12, 52)}
RANKS: Mapping[Unit, Mapping[str, int]] = {
    Unit.COMPLEXITY: {"A": 5, "B": 10, "C": 20, "D": 30, "E": 40},
    Unit.INDEX: {"A": 19, "B": 9},
}
_WORST_RANK = {Unit.COMPLEXITY: "F", Unit.INDEX: "C"}
RANGE: Mapping[Unit, tuple[int, int | None, str]] = {
    Unit.RATIO: (0, 1, "it goes from 0% to 100%"),
    Unit.SECONDS: (0, None, "it starts at 0"),
    Unit.COUNT: (0, None, "it starts at 0"),
    Unit.COMPLEXITY: (1, None, "it starts at 1"),
    Unit.INDEX: (0, 100, "it goes from 0 to 100"),
    Unit.PER_WEEK: (0, None, "it starts at 0"),
}
_NOUN = {
    Unit.RATIO: "a percentage",
    Unit.SECONDS: "a duration",
    Unit.COUNT: "a whole number",
    Unit.COMPLEXITY: "a number",
    Unit.INDEX: "a number",
    Unit.PER_WEEK: "a frequency",
    Unit.LEVEL: "a level",
    Unit.VERSION: "a version range",
}
_TOLERANCE = {
    Unit.RATIO: 'a number of points such as "0.5 points"',
    Unit.SECONDS: 'a duration such as "30 s"',
    Unit.COUNT: 'a whole number such as "2"',
    Unit.COMPLEXITY: 'a number such as "0.5"',
    Unit.INDEX: 'a number such as "0.5"',
    Unit.PER_WEEK: 'a rate such as "1/week"',
}
BASE = "no worse than base"
NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"


class TargetError(ValueError):
    """The text is no target for the metric; ``suggestion`` says what would be one."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def parse_wanted(text: str, metric: Metric) -> Wanted:
    """Read a target of the metric; words in any case, white space where one likes.

    Raises TargetError, whose message is a full sentence.
    """
    words = " ".join(text.split())
    if metric.unit is Unit.VERSION:
        return parse_version(words)
    if not words:
        raise TargetError("A target cannot be empty.", f"Write {_fitting(metric)}.")
    if metric.unit is Unit.LEVEL:
        return parse_level(words)
    if words.lower().startswith("no worse"):
        return _relative(words, metric)
    mark = next((mark for mark in SIGNS if words.startswith(mark)), "")
    sign, rest = SIGNS.get(mark), words[len(mark) :].lstrip()
    if metric.ranked and re.fullmatch("[A-Za-z]", rest):
        return _rank(sign, rest.upper(), metric)
    if metric.unit is Unit.PER_WEEK and rest.lower() in RHYTHMS:
        word = rest.lower()
        return _pointed(sign, Fraction(0), word, RHYTHMS[word], metric)
    number, unit = _amount(rest, metric)
    try:
        unit, value = _in_base_units(number, unit, metric)
    except TargetError as error:
        if unit:
            raise
        raise TargetError(str(error), _likely(sign, number, metric)) from None
    return _pointed(sign, number, unit, value, metric)


def spell_wanted(wanted: Wanted) -> str:
    """Spell a target in its canonical form, which parses to an equal one.

    Raises ValueError for a number without an exact decimal spelling; parsing gives none.
    """
    if wanted.comparator is Comparator.NO_WORSE:
        if not wanted.number:
            return BASE
        return f"{BASE} by {_amount_spelled(wanted.number, wanted.unit)}"
    if wanted.comparator is Comparator.MATCHES or _is_rank_or_level(wanted.unit):
        return wanted.unit
    frequency = wanted.unit in RHYTHMS or wanted.unit in RATES
    bare = frequency and wanted.comparator is Comparator.AT_LEAST
    sign: str = "" if bare else wanted.comparator.value
    if wanted.unit in RHYTHMS:
        return sign + wanted.unit
    return sign + _amount_spelled(wanted.number, wanted.unit)


def suggest_for_number(value: object, metric: Metric) -> str:
    """Say what to write in place of a bare number of TOML; "" when nothing comes to mind."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**9:
        return ""
    return _likely(None, Fraction(repr(round(value, 6))), metric)


def target_forms(metric: Metric) -> tuple[str, ...]:
    """Give example targets of the metric, canonically spelled, the plainest first."""
    sign = allowed_signs(metric)[0].value
    higher = metric.direction is Direction.HIGHER
    match metric.unit:
        case Unit.RATIO:
            return (f"{sign}{90 if higher else 5}%", f"{BASE} by 0.5 points")
        case Unit.SECONDS:
            return (f"{sign}10 minutes", f"{BASE} by 30 s")
        case Unit.PER_WEEK:
            return ("daily", "3/week") if higher else (f"{sign}3/week",)
        case Unit.LEVEL:
            return tuple(level.label for level in SETTABLE_LEVELS)
        case Unit.VERSION:
            return (">=1.8,<2",)
        case _:
            plain = f"{sign}{20 if metric.unit is Unit.INDEX else 10}"
            return (plain, "B", BASE) if metric.ranked else (plain, BASE)


def allowed_signs(metric: Metric) -> tuple[Comparator, ...]:
    """Give the comparators that point in the metric's direction, the usual one first."""
    if metric.direction is Direction.HIGHER:
        return (Comparator.AT_LEAST, Comparator.ABOVE, Comparator.EQUAL)
    return (Comparator.AT_MOST, Comparator.BELOW, Comparator.EQUAL)


def worst_value(metric: Metric) -> Fraction:
    """Give the worst value that a metric can have; 0 where there is no end to the bad."""
    lowest, highest, _ = RANGE[metric.unit]
    return Fraction(lowest if metric.direction is Direction.HIGHER else highest or 0)


def _fitting(metric: Metric) -> str:
    """Say what a target of the metric looks like, as the end of a sentence."""
    ranks = f", or a rank {_listed(RANKS[metric.unit])}" if metric.ranked else ""
    return f'{_NOUN[metric.unit]} such as "{target_forms(metric)[0]}"{ranks}'


def parse_version(text: str) -> Wanted:
    """Read a version specifier of PEP 440, kept in its order, without spaces.

    Raises TargetError.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    specifier = ",".join("".join(part.split()) for part in text.split(",") if part.strip())
    if not specifier:
        raise TargetError("A version cannot be empty.", "Leave it out to allow any version.")
    try:
        SpecifierSet(specifier)
    except InvalidSpecifier:
        try:
            suggestion = f'Write ">={Version(specifier).base_version}".'
        except InvalidVersion:
            suggestion = 'Write a range such as ">=1.8,<2".'
        raise TargetError("This is not a version range by PEP 440.", suggestion) from None
    return Wanted(
        comparator=Comparator.MATCHES, number=Fraction(0), unit=specifier, value=Fraction(0)
    )


def parse_level(text: str) -> Wanted:
    """Read the level wanted of a tool; raises TargetError."""
    for level in SETTABLE_LEVELS:
        if level.label == text.lower():
            return Wanted(
                comparator=Comparator.AT_LEAST,
                number=Fraction(0),
                unit=level.label,
                value=Fraction(int(level)),
            )
    names = _listed(level.label for level in SETTABLE_LEVELS)
    raise TargetError(f"The level of a tool is {names}.")


def _relative(words: str, metric: Metric) -> Wanted:
    match = re.fullmatch(rf"{BASE}(?: by (.+))?", words, re.IGNORECASE | re.ASCII)
    if match is None:
        raise TargetError(
            f'A relative target reads "{BASE}", and may go on with "by" and a tolerance.',
            f'Write "{BASE}".',
        )
    number, unit, value = Fraction(0), "", Fraction(0)
    if match[1] is not None:
        try:
            number, unit = _amount(match[1], metric)
            unit, value = _tolerance(number, unit, metric)
        except TargetError:
            raise TargetError(
                f"The tolerance of {metric.key} is {_TOLERANCE[metric.unit]}.",
                f'Write for example "{BASE}".',
            ) from None
    if metric.unit is Unit.RATIO and value > 1:
        raise TargetError("Two percentages are never more than 100 points apart.")
    return Wanted(
        comparator=Comparator.NO_WORSE, number=number, unit=unit if number else "", value=value
    )


def _tolerance(number: Fraction, unit: str, metric: Metric) -> tuple[str, Fraction]:
    if metric.unit is not Unit.RATIO:
        return _in_base_units(number, unit, metric)
    if unit not in ("point", "points"):
        raise TargetError("The tolerance between two percentages is in points.")
    return "point" if number == 1 else "points", number / 100


def _rank(sign: Comparator | None, rank: str, metric: Metric) -> Wanted:
    ranks, worst = RANKS[metric.unit], _WORST_RANK[metric.unit]
    if rank not in ranks:
        known = _listed(ranks)
        if rank == worst:
            message = f"{rank} is the worst rank of {metric.key}: everything has it or better."
        else:
            message = f"{metric.key} has the ranks {_listed([*ranks, worst], 'and')}."
        raise TargetError(message, f"Write {known}.")
    if sign not in (None, allowed_signs(metric)[0]):
        raise TargetError("A rank as a target means this rank or better.", f'Write "{rank}".')
    lower = metric.direction is Direction.LOWER
    return Wanted(
        comparator=Comparator.AT_MOST if lower else Comparator.ABOVE,
        number=Fraction(0),
        unit=rank,
        value=Fraction(ranks[rank]),
    )


def _amount(rest: str, metric: Metric) -> tuple[Fraction, str]:
    """Split into number and unit as written; the unit in small letters, without spaces."""
    match = re.fullmatch(rf"({NUMBER}) ?((?:%|/ ?)?[a-z]*)", rest, re.IGNORECASE | re.ASCII)
    if match is None:
        raise TargetError(f"A target of {metric.key} is {_fitting(metric)}.")
    return Fraction(match[1]), match[2].lower().replace(" ", "")


def _in_base_units(number: Fraction, unit: str, metric: Metric) -> tuple[str, Fraction]:
    """Give the unit as it is spelled canonically, and the number in the metric's base unit."""
    match metric.unit:
        case Unit.RATIO if unit == "%":
            return unit, number / 100
        case Unit.SECONDS:
            for (one, many), (seconds, names) in SECONDS.items():
                if unit in names:
                    return one if number == 1 else many, number * seconds
        case Unit.PER_WEEK if unit in RATES:
            return unit, number * RATES[unit]
        case Unit.COMPLEXITY | Unit.INDEX if not unit:
            return "", number
        case Unit.COUNT if not unit:
            if number.denominator != 1:
                raise TargetError(f"{metric.key} is counted in whole numbers.")
            return "", number
    does_not_fit = f'"{unit}" does not fit' if unit else "a plain number does not fit"
    units = "The units are ms, s, minutes, hours, days and weeks."
    raise TargetError(
        f"A target of {metric.key} is {_fitting(metric)}; {does_not_fit}.",
        units if metric.unit is Unit.SECONDS else "",
    )


def _likely(sign: Comparator | None, number: Fraction, metric: Metric) -> str:
    """Say what a number without a unit was probably meant to be."""
    unit = {Unit.RATIO: "%", Unit.SECONDS: "s", Unit.PER_WEEK: "/week"}.get(metric.unit, "")
    if metric.unit is Unit.RATIO and number <= 1:
        number *= 100
    usual = allowed_signs(metric)
    better = sign if sign in usual else _OPPOSITE.get(sign) if sign else None
    try:
        unit, value = _in_base_units(number, unit, metric)
        wanted = _pointed(better or usual[0], number, unit, value, metric)
    except TargetError:
        return ""
    return f'Write "{spell_wanted(wanted)}".'


def _pointed(
    sign: Comparator | None, number: Fraction, unit: str, value: Fraction, metric: Metric
) -> Wanted:
    """Put the comparator to an amount; refuse what points the wrong way or out of range."""
    usual = allowed_signs(metric)
    comparator = sign or usual[0]
    if comparator not in usual:
        comparator = _OPPOSITE[comparator]
    wanted = Wanted(comparator=comparator, number=number, unit=unit, value=value)
    if not _reachable(wanted, metric):
        raise TargetError(
            f"{metric.key} is never {spell_wanted(wanted)}: {RANGE[metric.unit][2]}.",
            f"Write {_fitting(metric)}.",
        )
    write = f'Write "{spell_wanted(wanted)}".'
    if sign is None and metric.unit is not Unit.PER_WEEK:
        raise TargetError("A target says how to compare.", write)
    if sign not in (None, comparator):
        raise TargetError(
            f"{metric.key} is better the {metric.direction.value} it is, so its targets use "
            f'"{usual[0].value}" or "{usual[1].value}".',
            write,
        )
    return wanted


def _reachable(wanted: Wanted, metric: Metric) -> bool:
    """Whether any value of the metric could meet the target."""
    lowest, highest, _ = RANGE[metric.unit]
    match wanted.comparator:
        case Comparator.BELOW:
            return wanted.value > lowest
        case Comparator.AT_MOST:
            return wanted.value >= lowest
        case Comparator.ABOVE:
            return highest is None or wanted.value < highest
        case Comparator.AT_LEAST:
            return highest is None or wanted.value <= highest
        case _:
            return lowest <= wanted.value and (highest is None or wanted.value <= highest)


def _amount_spelled(number: Fraction, unit: str) -> str:
    return _decimal(number) + (unit if unit in ("", "%", *RATES) else f" {unit}")


def _decimal(number: Fraction) -> str:
    """Spell exactly, as a decimal number."""
    rest, places = number.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest //= 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        places += 1
    if rest != 1:
        raise ValueError(f"{number} has no exact decimal spelling")
    whole, decimals = divmod(number.numerator * 10**places // number.denominator, 10**places)
    return f"{whole}.{decimals:0{places}d}" if places else str(whole)


def _is_rank_or_level(unit: str) -> bool:
    return unit in RANKS[Unit.COMPLEXITY] or any(unit == level.label for level in SETTABLE_LEVELS)


def _listed(names: Iterable[str], joint: str = "or") -> str:
    *most, last = names
    return f"{', '.join(most)} {joint} {last}" if most else last
