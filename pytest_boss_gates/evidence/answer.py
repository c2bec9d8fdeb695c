"""What a look at a repository is given and answers, apart from the looking.

A kept answer is given without importing all that finds one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.chain import Expand
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Job
    from pytest_boss_gates.model import Fact, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """What others add to what is known; a tool of a known key takes its place."""

    tools: tuple[Tool, ...] = ()
    dialects: tuple[Callable[[Reading], Iterable[Job]], ...] = ()
    runners: Mapping[str, Expand] = field(default_factory=dict)


class Problem(NamedTuple):
    """A file, or a part of one, that could not be understood; line 0 stands for all of it."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: it proves nothing, because it could not be read: {self.text}."


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
