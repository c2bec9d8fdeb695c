"""What a session's coverage is to be measured over, and what it came to in whole numbers."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.source import Source, find_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.repository.tree import Tree


class Mode(Enum):
    """Who measures; decided once, early, and recorded in the report."""

    OFF = "off"
    PYTEST_COV = "borrow pytest-cov"
    RUNNING = "borrow running"
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to measure; ``source``, ``exclude`` and ``core`` are as configured with us."""

    tree: Tree
    scratch: Path  # a directory of ours, where private ones may be made
    source: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    branch: bool = False
    core: str = ""

    @property
    def root(self) -> Path:
        """The project's root without symbolic links: coverage.py resolves them, too."""
        return Path(os.path.realpath(self.tree.root))

    def private_directory(self) -> Path:
        """Make a directory of one process; the tests may have removed what it stands in."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="coverage-", dir=self.scratch))

    def find_source(self, theirs: tuple[str, ...] = ()) -> Source:
        """Resolve our source setting, else theirs (relative to the root), else find it."""
        return find_source(self.tree, self.source or theirs, self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """One measured file; the path is relative to the root where it lies below it."""

    path: str
    statements: int
    missing: tuple[int, ...]
    branches: int = 0
    covered_branches: int = 0
    missing_branches: tuple[tuple[int, int], ...] = ()  # from line, to line (negative: exit)
    executed: tuple[int, ...] = ()  # statements that ran; docstrings may be among them
    executed_branches: tuple[tuple[int, int], ...] = ()  # of those that count
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
    unreadable: Mapping[str, str] = field(default_factory=dict)  # path of a source file → why
    notes: tuple[str, ...] = ()
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    remedy: str = ""
    not_for_this_run: bool = False
