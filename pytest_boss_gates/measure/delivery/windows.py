"""Windows of time and what is typical in them, exactly: no binary floats, no half weeks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

WEEKS, MONTHS = 13, 3
"""Complete weeks and months that a frequency looks back: a quarter of a year."""

DAYS = 90
"""Days that lead times, recoveries and failures look back."""

FARTHEST = timedelta(days=125)
"""Longer than every window, the part of a week or month at its end included."""


def median(values: Iterable[Fraction | int]) -> Fraction:
    """Give the middle, or what lies half way between the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[half])
    return Fraction(ordered[half - 1] + ordered[half]) / 2


def percentile(values: Iterable[Fraction | int], percent: int) -> Fraction:
    """Give the nearest-rank percentile, the value of one that was there."""
    ordered = sorted(values)
    return Fraction(ordered[-(-len(ordered) * percent // 100) - 1])


def microseconds(start: datetime, end: datetime) -> int:
    """Give the time between two times, exactly."""
    return (end - start) // timedelta(microseconds=1)


def seconds(start: datetime, end: datetime) -> Fraction:
    """Give the seconds between two times, exactly."""
    return Fraction(microseconds(start, end), 1_000_000)


def within(moment: datetime, end: datetime, days: int) -> bool:
    """Whether a moment is in the window of so many days that ends at ``end``."""
    return end - timedelta(days=days) < moment <= end


def zone(name: str) -> tzinfo:
    """Give the time zone of that name; the settings have checked it."""
    if name == "UTC":
        return timezone.utc
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def monday(day: date) -> date:
    """Give the first day of a day's ISO week."""
    return day - timedelta(days=day.weekday())


def weeks_before(day: date) -> tuple[date, ...]:
    """Give the Mondays of the last complete weeks before a day's own, newest first."""
    this = monday(day)
    return tuple(this - timedelta(weeks=number) for number in range(1, WEEKS + 1))


def first_of_month(day: date) -> date:
    """Give the first day of a day's month."""
    return day.replace(day=1)


def months_before(day: date) -> tuple[date, ...]:
    """Give the first days of the last complete months before a day's own, newest first."""
    found = [first_of_month(day)]
    for _ in range(MONTHS):
        found.append(first_of_month(found[-1] - timedelta(days=1)))
    return tuple(found[1:])


def counts(days: Iterable[date], starts: Sequence[date], *, monthly: bool) -> list[Fraction]:
    """Count the distinct days that fall into each week or month."""
    start_of = first_of_month if monthly else monday
    found = dict.fromkeys(starts, 0)
    for day in set(days):
        if (start := start_of(day)) in found:
            found[start] += 1
    return [Fraction(count) for count in found.values()]
