"""What was judged, what the tracker says of it, and the whole of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.model.details import Details

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    from pytest_boss_gates.model.facts import Fact, Level, Place
    from pytest_boss_gates.model.metrics import Direction, Item, Measurement, Metric
    from pytest_boss_gates.model.targets import Target


class VerdictStatus(Enum):
    """The five answers to "is the target met?"."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    OBSERVED = "observed"


class Outcome(Enum):
    """The answer for the whole run, from its blocking targets."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a target is missed: by how much, where, and the cheapest way to it."""

    missing: str = ""  # "3 more lines"
    where: tuple[Item, ...] = ()  # worst first, bounded
    more: int = 0  # how many items were left out of ``where``
    cheapest: tuple[str, ...] = ()  # sentences, in the order to do them


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A metric over a scope, held against its target by the one judge."""

    metric: Metric
    scope: str
    target: Target | None
    measurement: Measurement
    status: VerdictStatus
    reason: str  # a sentence; empty for met and observed
    shown: str  # the value with enough digits not to contradict the status; "-" without one
    blocking: bool  # this verdict, as it is, keeps the run from being met
    explanation: Explanation = field(default_factory=Explanation)

    @property
    def remedy(self) -> str:
        """What to do about an unknown: about the measurement, else about the base's value."""
        base, unknown = self.measurement.base, self.status is VerdictStatus.UNKNOWN
        return self.measurement.remedy or (base.remedy if base and unknown else "")


class Status(Enum):
    """The tracker's status words."""

    NOT_STARTED = "Not Started"
    IN_PROGRESS = "In Progress"
    COMPLETED = "Completed"

    @property
    def icon(self) -> str:
        """The circle before the word."""
        return _LEGEND[self][0]

    @property
    def meaning(self) -> str:
        """What the legend says of it."""
        return _LEGEND[self][1]


_LEGEND = {
    Status.NOT_STARTED: ("🔴", "Implementation has not begun"),
    Status.IN_PROGRESS: ("🟡", "Implementation is underway but not complete"),
    Status.COMPLETED: ("🟢", "Implementation is complete and validated"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A tracker line: its cells by column, and for a status the level and proofs behind it."""

    cells: tuple[str, ...]
    status: Status | None = None
    level: Level | None = None
    proofs: tuple[Place, ...] = ()
    why: str = ""  # where the status rests, hop by hop, and what is missing
    overridden: bool = False  # a person claims it, with a reason and an end
    due: date | None = None  # when a person wants it completed
    better: Direction | None = None  # of a measured row's Current that claims something
    perhaps: Status | None = None  # its status if what could not be looked at holds
    hinges: str = ""  # what that is, in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that a row still needs for its next status: some of these facts, so far proven."""

    facts: Mapping[str, Level]  # by name, the level that would do; "or" is between them
    wanted: Mapping[str, str]  # by name, what to add where nothing shows it: "a type checker"
    count: int = 1  # how many of them are still needed
    instead: Mapping[str, Level] = field(default_factory=dict)  # any of these alone would do


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a row of the tracker stands, and on which facts."""

    name: str
    status: Status
    level: Level  # the weakest that a completed row rests on, else the strongest that it shows
    facts: tuple[Fact, ...] = ()  # what shows it, in the order of its needs
    lacks: tuple[Lack, ...] = ()  # all of them are needed for the next status


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the tracker."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """Which session this was, and how it was measured. Times are aware and in UTC."""

    root: Path
    started: datetime
    ended: datetime
    project: str = ""  # its name, as set, as packaged, or its directory's
    commit: str = ""
    branch: str = ""
    ci: str = ""  # the provider's name, "" outside CI
    versions: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0  # xdist workers; 0: none
    partial: str = ""  # why this was only a part of the suite
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    pytest_exit: int | None = None  # None: no test session (the console command)
    passed: int | None = None  # tests; None without a session
    key: str = ""  # what the history knows the session by
    below: str = ""  # where the root stands in its repository: "services/shop/", "" at its top


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The value that walked the whole corridor; every report is a view of it."""

    identity: RunIdentity
    outcome: Outcome
    verdicts: tuple[Verdict, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()  # sentences for the reader: defaults used, report-only …
    problems: tuple[str, ...] = ()  # what went wrong inside, tracebacks included
    diff: tuple[str, ...] = ()  # what an update of the tracker document would change, by lines
    report_only: bool = False
    details: Details = field(default_factory=Details)
    at: str = ""  # where the report that is rendered will stand, from the root if below it

    @property
    def failed_only_for_delivery(self) -> bool:
        """Whether only delivery targets keep it from being met: then it is no failed build.

        A success rate that counted such a run would keep itself down.
        """
        blocking = [verdict for verdict in self.verdicts if verdict.blocking]
        passed = self.identity.pytest_exit in (None, 0) and not self.report_only
        return passed and bool(blocking) and all(verdict.metric.delivery for verdict in blocking)

    def count(self, *statuses: VerdictStatus) -> int:
        """How many verdicts have one of the statuses."""
        return sum(verdict.status in statuses for verdict in self.verdicts)
