"""What a look at a repository answers; apart from the looking, so that a kept answer is quick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.evidence.reading import Problem
    from pytest_boss_gates.model import Fact, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """An end that could not be followed."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a repository shows, by fact name, and what could not be read or followed."""

    facts: Mapping[str, Fact]
    unresolved: tuple[Unresolved, ...] = ()
    problems: tuple[Problem, ...] = ()
    read: tuple[str, ...] = ()  # the files that were looked into
