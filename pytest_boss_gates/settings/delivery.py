"""The table ``delivery``: what counts as production, and the choices that the definitions leave."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Average, Clock, DeliverySettings
from pytest_boss_gates.settings.keys import Key, Kind
from pytest_boss_gates.settings.page import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_boss_gates.model import Target
    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.settings.page import Page
    from pytest_boss_gates.settings.tools import Reading

DAILY = "daily"
_LABELS = "incident-labels"
_USUAL = DeliverySettings()

DELIVERY_KEYS = (
    Key(
        name="production",
        kind=Kind.TEXTS,
        doc="The environments that are production, in any case: names, or patterns with `*`, `?`.",
        example='["production-*", "pypi"]',
        default="what its provider calls production, or a name such as prod, live or pypi",
    ),
    Key(
        name="commit-clock",
        kind=Kind.TEXT,
        doc="Which of a commit's two times a lead time starts at.",
        example='"committer"',
        default=f'"{_USUAL.clock.value}"',
        choices=tuple(clock.value for clock in Clock),
    ),
    Key(
        name=DAILY,
        kind=Kind.DAYS,
        doc="The deployment days a week that the target `daily` asks for.",
        example="3",
        default=str(_USUAL.daily),
    ),
    Key(
        name="time-zone",
        kind=Kind.TEXT,
        doc="The time zone whose days and weeks count, by its IANA name.",
        example='"Europe/Zurich"',
        default=f'"{_USUAL.time_zone}"',
    ),
    Key(
        name="recovery",
        kind=Kind.TEXT,
        doc="How several times to recovery become one.",
        example='"median"',
        default=f'"{_USUAL.recovery.value}"',
        choices=tuple(average.value for average in Average),
    ),
    Key(
        name=_LABELS,
        kind=Kind.TEXTS,
        doc="The labels of issues that `boss-gates import` takes for incidents.",
        example='["outage", "sev-1"]',
        default='`["incident"]`',
    ),
    Key(
        name="dora-bands",
        kind=Kind.TEXT,
        doc="The edition of DORA's report whose bands, elite to low, are told beside the numbers.",
        example='"2023"',
        default="none are told",
        choices=("2021", "2023"),
    ),
)
"""The keys of ``[tool.boss-gates.delivery]``."""


def read_delivery(table: object, at: KeyPath, reading: Reading) -> DeliverySettings:
    """Read the ``delivery`` table; what is wrong with it is told to the page."""
    if not isinstance(table, dict):
        return _USUAL
    given = reading.keys(DELIVERY_KEYS, table, at)
    days, labels = given.get(DAILY), _names(given, _LABELS, "incident", at, reading.page)
    return DeliverySettings(
        production=_names(given, "production", "production", at, reading.page) or (),
        clock=Clock(given.get("commit-clock", _USUAL.clock.value)),
        daily=days if isinstance(days, int) else _USUAL.daily,
        time_zone=_zone(given.get("time-zone"), (*at, "time-zone"), reading.page),
        recovery=Average(given.get("recovery", _USUAL.recovery.value)),
        labels=_USUAL.labels if labels is None else labels,
        bands=str(given.get("dora-bands") or ""),
    )


def _names(
    given: Mapping[str, object], name: str, example: str, at: KeyPath, page: Page
) -> tuple[str, ...] | None:
    """Read a list of names; None without one."""
    listed = given.get(name)
    if not isinstance(listed, list):
        return None
    for index, each in enumerate(listed):
        if not each.strip():
            hint = f'Write for example "{example}".'
            page.complain((*at, name, index), "This names nothing.", value=each, suggestion=hint)
    return tuple(each.strip() for each in listed)


def _zone(name: object, at: KeyPath, page: Page) -> str:
    if not isinstance(name, str) or name == _USUAL.time_zone:
        return _USUAL.time_zone
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        hint = did_you_mean(name, known, 'Write its IANA name, such as "Europe/Zurich".')
        if not known:  # Windows has none of its own
            hint = "This system knows no time zones: install tzdata beside pytest-boss-gates."
        page.complain(at, "There is no such time zone.", value=name, suggestion=hint)
        return _USUAL.time_zone


def with_daily(targets: Iterable[Target], settings: DeliverySettings) -> Iterator[Target]:
    """Give the targets with ``daily`` as it is configured: so many days a week."""
    for target in targets:
        if target.wanted.unit == DAILY:
            wanted = replace(target.wanted, value=Fraction(settings.daily))
            yield replace(target, wanted=wanted)
        else:
            yield target
