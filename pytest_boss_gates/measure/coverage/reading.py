"""What a session's coverage came to, file by file, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mode(Enum):
    """Who measures; decided once, early, and recorded in the report."""

    OFF = "off"
    PYTEST_COV = "borrow pytest-cov"
    RUNNING = "borrow running"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """One measured file; the path is relative to the root where it lies below it."""

    path: str
    statements: int
    missing: tuple[int, ...]
    branches: int = 0
    covered_branches: int = 0
    missing_branches: tuple[tuple[int, int], ...] = ()  # from line, to line (negative: exit)
    imported: bool = True

    @property
    def covered_lines(self) -> int:
        """Statements that ran."""
        return self.statements - len(self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The whole of a session's coverage, or the reason why there is none.

    ``reason`` is set exactly when there are no numbers; ``not_for_this_run`` tells a run that
    was not meant to measure from one that should have.
    """

    mode: Mode
    files: tuple[FileCoverage, ...] = ()
    branch: bool = False
    unreadable: tuple[str, ...] = ()  # "path: why", measured but not to be analysed
    notes: tuple[str, ...] = ()
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    remedy: str = ""
    not_for_this_run: bool = False
