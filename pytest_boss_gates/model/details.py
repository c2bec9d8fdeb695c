"""What a run holds beside its verdicts: each test, each source file, and the runs before it.

All of it is plain numbers and text, rounded as a report spells it: what is read back from a report
is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.model.history import EndedTests

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pytest_boss_gates.model.history import Ending
    from pytest_boss_gates.model.verdicts import Outcome, VerdictStatus


_PARTS = ("tests", "coverage", "complexity", "suppressions")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One source file: how much of it ran, and its most complex function; None: not known."""

    path: str
    statements: int | None = None
    missing: int | None = None  # statements that did not run
    branches: int | None = None
    missing_branches: int | None = None
    complexity: int | None = None  # of its most complex function
    function: str = ""  # which one that is
    line: int = 0  # where it stands
    risk: float | None = None  # of its riskiest function


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """What is suppressed in one file: how often, and on which lines, each kind by itself."""

    path: str
    count: int
    lines: str  # "noqa 3, 12; nosec 7"
    line: int = 0  # the first of them


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """An earlier whole session, in short. The time is aware and in UTC."""

    ended: datetime
    commit: str
    branch: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What earlier runs said of a metric over a scope, in their order; None: nothing."""

    metric: str
    scope: str
    values: tuple[float | int | None, ...]
    statuses: tuple[VerdictStatus | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTest:
    """A test that ended otherwise than in the run before; None: it was not there."""

    nodeid: str
    before: Ending | None
    now: Ending | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The whole runs before this one, newest first, and how its tests differ from the last one's.

    ``reason`` says why there are none, ``tests_reason`` why the tests were not compared.
    """

    runs: tuple[PastRun, ...] = ()
    series: tuple[Series, ...] = ()
    changed: tuple[ChangedTest, ...] = ()
    changed_left_out: int = 0
    reason: str = ""
    tests_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The parts behind the verdicts, bounded: what did not fit is counted.

    ``reasons`` says of a part ("tests", "coverage", "complexity", "suppressions") why it is empty.
    """

    tests: EndedTests = field(default_factory=EndedTests)
    tests_left_out: int = 0
    files: tuple[SourceFile, ...] = ()  # by path
    files_left_out: int = 0
    suppressions: tuple[Silenced, ...] = ()  # most first
    suppressions_left_out: int = 0
    earlier: Earlier = field(default_factory=Earlier)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def unknown(cls, reason: str) -> Details:
        """Give details of which nothing is known, for one reason."""
        return cls(reasons=dict.fromkeys(_PARTS, reason), earlier=Earlier(reason=reason))
