"""What history keeps of a test session, and what it says of the past.

Times are aware and in UTC. What happened on the way to production is ``delivery``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.model.metrics import Bound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pytest_boss_gates.model.quantities import Number, Unit
    from pytest_boss_gates.model.targets import Enforce
    from pytest_boss_gates.model.verdicts import Outcome, VerdictStatus


class Ending(Enum):
    """How a test ended; the value is the letter that history keeps."""

    PASSED = "p"
    FAILED = "f"
    ERROR = "e"
    SKIPPED = "s"
    XFAILED = "x"
    XPASSED = "X"

    @property
    def is_good(self) -> bool:
        """Whether the test ran to its end and found no fault."""
        return self in (Ending.PASSED, Ending.XPASSED)

    @property
    def is_bad(self) -> bool:
        """Whether the test found a fault, or broke."""
        return self in (Ending.FAILED, Ending.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTest:
    """One test of one session: how it ended, and the seconds of all its phases."""

    nodeid: str
    ending: Ending
    seconds: float
    note: str = ""  # why it was skipped or expected to fail; history does not keep it


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedTests:
    """The tests of one session by node id, in columns: an object for each would cost too much."""

    names: tuple[str, ...] = ()  # node ids, in order
    endings: str = ""  # a letter for each
    seconds: tuple[float, ...] = ()  # of all phases, to a tenth of a millisecond
    notes: Mapping[str, str] = field(default_factory=dict)  # those that are not "", by node id

    @classmethod
    def by_name(
        cls,
        names: Sequence[str],
        letters: Sequence[str],
        seconds: Sequence[float],
        notes: Mapping[str, str] | None = None,
    ) -> EndedTests:
        """Put columns in order: the names, endings (by letter) and seconds of the same tests."""
        order = sorted(range(len(names)), key=names.__getitem__)
        return cls(
            names=tuple(map(names.__getitem__, order)),
            endings="".join(map(letters.__getitem__, order)),
            seconds=tuple([round(seconds[number] * 10_000) / 10_000 for number in order]),
            notes=notes or {},
        )

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[EndedTest]:
        rows = zip(self.names, self.endings, self.seconds, strict=True)
        for nodeid, letter, seconds in rows:
            note = self.notes.get(nodeid, "")
            yield EndedTest(nodeid=nodeid, ending=Ending(letter), seconds=seconds, note=note)

    def pairs(self) -> Iterator[tuple[str, Ending]]:
        """Give each test's node id, and how it ended."""
        endings = {ending.value: ending for ending in Ending}
        return zip(self.names, map(endings.__getitem__, self.endings), strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVerdict:
    """A verdict in short: what was measured, what was wanted, and the answer."""

    metric: str
    scope: str = ""
    value: Number | str | None = None  # exact, in the metric's base unit
    bound: Bound = Bound.EXACT
    unit: Unit
    target: str = ""  # as spelled; "" without one
    enforce: Enforce | None = None
    status: VerdictStatus
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """One session as history keeps it; its tests are kept apart, and not for ever."""

    key: str  # random, since two sessions are never one; that of shards comes from their bundles
    started: datetime
    ended: datetime
    commit: str = ""
    clean: bool = False  # the files were those of the commit
    branch: str = ""
    ci: str = ""
    machine: str = ""  # durations are compared within one class of machines
    workers: int = 0
    partial: str = ""  # why it was only a part of the suite
    pytest_exit: int | None = None
    outcome: Outcome
    versions: Mapping[str, str] = field(default_factory=dict)
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    verdicts: tuple[RecordedVerdict, ...] = ()
    components: tuple[str, ...] | None = None  # of the tracker, the completed ones; None: unknown

    def verdict(self, metric: str, scope: str = "") -> RecordedVerdict | None:
        """Find what was measured of a metric over a scope."""
        for each in self.verdicts:
            if each.metric == metric and each.scope == scope:
                return each
        return None
