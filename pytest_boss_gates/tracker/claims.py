"""Overrides: what a person claims beyond the evidence, with a reason, an end, and often a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from pytest_boss_gates.model import Override

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<line>\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An override as it stands today; ``fault`` says why it does not count."""

    override: Override
    expired: bool = False
    fault: str = ""

    @property
    def void(self) -> bool:
        """Whether the override counts for nothing."""
        return self.expired or bool(self.fault)

    def __str__(self) -> str:
        override = self.override
        if self.expired:
            return (
                f"the override of {override.row!r} expired on {override.expires} "
                f"({override.reason})"
            )
        return f"the override of {override.row!r} does not hold: {self.fault}"


def claimed(override: Override, today: date, line: Callable[[str, int], str | None]) -> Claim:
    """Hold an override against the day, and against the line that it names.

    ``line`` gives a line of a file of the tree, all of it for line 0, None when it is not there.
    """
    if override.expires < today:
        return Claim(override=override, expired=True)
    if not override.evidence:
        return Claim(override=override)
    match = _PLACE.fullmatch(override.evidence)
    path, number = (match["path"], int(match["line"] or 0)) if match else (override.evidence, 0)
    text = line(path, number)
    if text is None:
        return Claim(override=override, fault=f"there is no {override.evidence}")
    if override.quoted and override.quoted not in text:
        return Claim(
            override=override,
            fault=f"{override.evidence} does not hold {override.quoted!r} any more",
        )
    return Claim(override=override)
