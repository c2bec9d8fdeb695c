"""What is proven of a practice, how far, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How far a practice is proven, weakest first (``docs/metrics.md``)."""

    NONE = 0
    MENTIONED = 1
    DECLARED = 2
    WIRED = 3
    GATING = 4
    OBSERVED = 5

    @property
    def label(self) -> str:
        """The word used in settings, reports and schemas."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: a path relative to the root, and a line counted from 1 (0: none)."""

    path: str
    line: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing that shows a practice, and how far it proves it."""

    place: Place  # the declaration, or the line of the CI definition
    hops: tuple[Place, ...] = ()  # the way on from there, to the line that runs the tool
    level: Level
    soft: tuple[str, ...] = ()  # why it is wired and not gating, each with its place
    by: str = ""  # the tool that shows it, when it is another one: "ruff"

    @property
    def places(self) -> tuple[Place, ...]:
        """The whole way, the first place included."""
        return (self.place, *self.hops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the repository or this session shows about one practice or tool."""

    name: str
    title: str
    purpose: str
    area: str
    level: Level
    proofs: tuple[Proof, ...] = ()  # the strongest first
    note: str = ""  # without a proof: what was searched
    unseen: str = ""  # why it may hold all the same: "the clone is shallow"

    @property
    def soft(self) -> tuple[str, ...]:
        """Why the fact is wired and not gating; empty at any other level."""
        return self.proofs[0].soft if self.proofs else ()

    @property
    def by(self) -> str:
        """The tool that shows it, when it is another one."""
        return self.proofs[0].by if self.proofs else ""
