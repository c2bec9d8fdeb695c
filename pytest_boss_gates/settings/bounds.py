"""Bounds from measured values: first ones, stricter ones, and how much slack one may have.

Nothing here compares a value with a bound: these are the candidates, the tightest first, and the
judge says which of them holds.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Comparator, Direction, Slack, Unit, Wanted
from pytest_boss_gates.settings.targets import (
    BASE,
    NUMBER,
    RANKS,
    RATES,
    RHYTHMS,
    SECONDS,
    TargetError,
    parse_wanted,
    spell_wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_boss_gates.model import Metric, Number, Target
    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.settings.page import Page

_KEY = "max-slack"
SHARE = rf"{NUMBER} ?%"
"""What a share is written as: "10%"."""

_MARGIN: dict[Unit, Fraction] = {  # what is the same on every machine needs none
    Unit.RATIO: Fraction(1, 100),
    Unit.SECONDS: Fraction(2),
    Unit.PER_WEEK: Fraction(1, 4),
}
_FLOOR = Fraction(1, 20)  # of a count that shall not sink: tests are merged and deleted, too
_OF_SESSION = ("session-duration", "test-duration-total")
_NOISE = {Unit.SECONDS: Fraction(3)}  # below it machines, and what else runs on them, differ more
_NOISE_OF_SESSION = Fraction(30)
_ROUND = {  # numbers of each unit that a person would write
    "s": (5, 10, 20, 30),
    "minute": (1, 2, 5, 10, 20, 30),
    "hour": (1, 2, 5, 10),
    "day": (1, 2, 5, 10),
    "week": (2, 5, 10, 20, 50),
}


def worsened(value: Number, metric: Metric, margin: Fraction | None = None) -> Fraction:
    """Give a value that is worse by a margin: by points for what is a percentage, else by a share.

    Without one it is what suits the unit: one point, three times a duration and at least what is
    noise, a quarter of a frequency, a twentieth of a count that shall not sink, else nothing.
    """
    exact = Fraction(value)
    higher = metric.direction is Direction.HIGHER
    least = Fraction(0)
    if margin is None:
        usual = _FLOOR if higher and metric.unit is Unit.COUNT else Fraction(0)
        margin = _MARGIN.get(metric.unit, usual)
        least = _NOISE_OF_SESSION if metric.key in _OF_SESSION else _NOISE.get(metric.unit, least)
    worse = margin if metric.unit is Unit.RATIO else exact * margin
    return exact - worse if higher else max(exact + worse, least)


def first_bounds(value: Fraction, metric: Metric) -> Iterator[Wanted]:
    """Give bounds that a person would write for a value, the tightest first."""
    higher = metric.direction is Direction.HIGHER
    comparator = Comparator.AT_LEAST if higher else Comparator.AT_MOST
    match metric.unit:
        case Unit.SECONDS if not higher:
            for unit, numbers in _ROUND.items():
                yield from (_of(Fraction(n), unit, Comparator.BELOW) for n in numbers)
        case Unit.PER_WEEK if higher:
            for word, rate in RHYTHMS.items():
                yield Wanted(comparator=comparator, number=Fraction(0), unit=word, value=rate)
        case Unit.RATIO:
            yield _rounded(value, "%", comparator, Fraction(1))
        case Unit.PER_WEEK:
            yield _rounded(value, "/week", comparator, Fraction(1))
        case Unit.SECONDS:
            yield _rounded(value, "s", comparator, Fraction(1))
        case _:
            yield _rounded(value, "", comparator, Fraction(1))


def stricter_bounds(
    wanted: Wanted, value: Fraction, metric: Metric, *, exact: bool
) -> Iterator[Wanted]:
    """Give bounds of a target's own spelling near a value, the tightest first.

    Ranks stay ranks, minutes minutes, and a number keeps its decimals. Unless ``exact``, a
    duration gets one of the round bounds that a first target has. A target that is no inequality
    has none.
    """
    if wanted.comparator in (Comparator.EQUAL, Comparator.NO_WORSE, Comparator.MATCHES):
        return
    ranks = RANKS.get(metric.unit, {})
    for words in (RHYTHMS, {rank: Fraction(bound) for rank, bound in ranks.items()}):
        if wanted.unit in words:
            for word, bound in words.items():
                yield Wanted(
                    comparator=wanted.comparator, number=Fraction(0), unit=word, value=bound
                )
            return
    step = Fraction(1, 10 ** _decimals(wanted.number))
    if metric.unit is Unit.SECONDS and metric.direction is Direction.LOWER and not exact:
        for usual in first_bounds(value, metric):
            number = usual.value / _scale(wanted.unit)
            if (number / step).denominator == 1:
                yield _of(number, wanted.unit, wanted.comparator)
        return
    near = _rounded(value, wanted.unit, wanted.comparator, step)
    yield near
    away = step if wanted.comparator in (Comparator.BELOW, Comparator.AT_MOST) else -step
    number = near.number + away
    yield _of(number, wanted.unit, wanted.comparator)


def respelled(text: str, wanted: Wanted, metric: Metric) -> str:
    """Spell another bound as a person spelled the first one: ``≥ 80 %`` gives ``≥ 85 %``."""
    canonical = spell_wanted(wanted)
    old = parse_wanted(text, metric)
    if text == spell_wanted(old):
        return canonical
    spelled = spell_wanted(_of(wanted.number, "", Comparator.AT_LEAST)).removeprefix(">=")
    if old.unit in RHYTHMS or old.unit in RANKS.get(metric.unit, {}):
        changed = re.sub(rf"(?i){old.unit}\s*$", wanted.unit, text)
    else:
        changed = re.sub(NUMBER, spelled, text, count=1)
    try:
        same = parse_wanted(changed, metric) == wanted
    except TargetError:
        same = False
    return changed if same else canonical


def parse_share(text: str) -> Fraction | None:
    """Read a share such as "10%"; None when it is none."""
    plain = text.strip()
    if not re.fullmatch(SHARE, plain, re.ASCII):
        return None
    return Fraction(plain.rstrip("% ")) / 100


def parse_slack(text: str, wanted: Wanted, metric: Metric) -> Slack:
    """Read how much better a value may be: a share of the target, or an amount in its unit.

    Raises TargetError.
    """
    plain = " ".join(text.split())
    if wanted.comparator in (Comparator.EQUAL, Comparator.NO_WORSE):
        raise TargetError(
            f'A target such as "{spell_wanted(wanted)}" has no slack.', "Leave it out."
        )
    share = parse_share(plain)
    if share is not None:
        return Slack(value=share * wanted.value, text=plain)
    try:
        return Slack(value=parse_wanted(f"{BASE} by {plain}", metric).value, text=plain)
    except TargetError as error:
        hint = str(error).partition(" is ")[2].rstrip(".")
        raise TargetError(
            f'The max-slack of {metric.key} is a share of the target such as "10%"'
            f"{f', or {hint}' if hint.startswith('a ') else ''}."
        ) from None


def with_own_slack(
    target: Target | None, metric: Metric, given: Mapping[str, object], at: KeyPath, page: Page
) -> Target | None:
    """Give a target the ``max-slack`` of its table; what is wrong with that is told to the page."""
    text = given.get(_KEY)
    if target is None or not isinstance(text, str):
        return target
    try:
        return replace(target, max_slack=parse_slack(text, target.wanted, metric))
    except TargetError as error:
        page.complain((*at, _KEY), str(error), value=text, suggestion=error.suggestion)
        return target


def with_slack(
    targets: Iterable[Target], given: Mapping[str, object], at: KeyPath, page: Page
) -> tuple[Target, ...]:
    """Give the share that holds for all targets to those that have none of their own."""
    text = given.get(_KEY)
    share = parse_share(text) if isinstance(text, str) else None
    if isinstance(text, str) and share is None:
        message, hint = "max-slack is a share of the target.", 'Write for example "10%".'
        page.complain((*at, _KEY), message, value=text, suggestion=hint)
    if share is None:
        return tuple(targets)
    return tuple(
        target
        if target.max_slack
        else replace(target, max_slack=Slack(value=share * target.wanted.value, text=str(text)))
        for target in targets
    )


def _rounded(value: Fraction, unit: str, comparator: Comparator, step: Fraction) -> Wanted:
    """Round to a whole number of steps, away from what would be stricter than the value."""
    steps = value / _scale(unit) / step
    growing = comparator in (Comparator.ABOVE, Comparator.AT_LEAST)
    whole = steps.__floor__() if growing else steps.__ceil__()
    return _of(whole * step, unit, comparator)


def _of(number: Fraction, unit: str, comparator: Comparator) -> Wanted:
    value = number * _scale(unit)
    for one, many in SECONDS:
        if unit in (one, many):
            unit = one if number == 1 else many
    return Wanted(comparator=comparator, number=number, unit=unit, value=value)


def _scale(unit: str) -> Fraction:
    """Give how many base units one of a target's unit is."""
    seconds = next((scale for names, (scale, _) in SECONDS.items() if unit in names), None)
    if seconds is not None:
        return seconds
    return Fraction(1, 100) if unit == "%" else RATES.get(unit, Fraction(1))


def _decimals(number: Fraction) -> int:
    return next(n for n in range(10) if (number * 10**n).denominator == 1)
