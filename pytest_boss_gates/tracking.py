"""The corridor's way to the tracker: facts from the files, from git and from the session."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.versioning import git_facts
from pytest_boss_gates.model import (
    Comparator,
    Fact,
    Item,
    Level,
    Place,
    Status,
    Tracked,
    Unit,
    VerdictStatus,
)
from pytest_boss_gates.report.wording import basis
from pytest_boss_gates.tracker.claims import claimed
from pytest_boss_gates.tracker.document import DocumentError, parse
from pytest_boss_gates.tracker.keep import keep
from pytest_boss_gates.tracker.progress import past_rows
from pytest_boss_gates.tracker.tables import COMPONENTS, Ground, derived, tables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.model import Settings, Table, Verdict
    from pytest_boss_gates.repository.tree import Tree

TESTS_PASSED = "tests-passed"
"""The fact that a test passed in this session."""

_MEASURED = {VerdictStatus.MET, VerdictStatus.MISSED, VerdictStatus.OBSERVED}


def all_facts(
    tree: Tree, facts: Mapping[str, Fact], *, passed: int | None = None, when: str = "this session"
) -> Mapping[str, Fact]:
    """Add to the facts of the files those of git and of a session; runs git for reading.

    ``passed`` is how many tests passed in the session, None where none was seen.
    """
    tests = facts.get("unit-testing")
    has_tests = tests is not None and tests.level >= Level.DECLARED
    unseen = "no test session was seen" if passed is None and has_tests else ""
    return {**facts, **git_facts(tree.root), TESTS_PASSED: _session(passed, when, unseen)}


def _session(passed: int | None, when: str, unseen: str) -> Fact:
    return Fact(
        name=TESTS_PASSED,
        title="Tests Passed",
        purpose="Testing",
        area="practice",
        level=Level.OBSERVED if passed else Level.NONE,
        note=f"{passed} tests passed in {when}" if passed else "no test passed in a session",
        unseen=unseen,
    )


@dataclass(frozen=True, kw_only=True)  # no slots: the cached property needs a __dict__
class Tracking:
    """One derivation of the tracker; what it rests on is gathered when it is first asked."""

    settings: Settings
    tree: Tree
    evidence: Callable[[], Evidence]
    passed: int | None = None  # tests of a session; None: none was seen
    when: str = "this session"  # or which one it was
    document: Path | None = None  # that is held against it; None: the one of the settings
    completed_before: Callable[[date], frozenset[str] | None] = lambda _day: None  # of components

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """All facts, by name."""
        facts = self.evidence().facts
        return all_facts(self.tree, facts, passed=self.passed, when=self.when)

    def tables(self, verdicts: Sequence[Verdict] = ()) -> tuple[Table, ...]:
        """Derive all tables; ``verdicts`` give the success metrics their cells."""
        return tables_of(self._ground(verdicts))

    def _ground(self, verdicts: Sequence[Verdict] = ()) -> Ground:
        settings, today = self.settings, datetime.now(timezone.utc).date()
        wanted = {
            target.metric: ("-", target.text) for target in settings.targets if not target.scope
        }
        return Ground(
            facts=self.facts,
            today=today,
            settings=settings.tracker,
            measured={**wanted, **_measured(verdicts)},
            better={
                verdict.metric.key: verdict.metric.direction
                for verdict in verdicts
                if _is_claim(verdict)
            },
            line=self._line,
            past=self._past(today),
            completed_before=self.completed_before(today.replace(day=1)),
        )

    def _past(self, today: date) -> tuple[tuple[str, ...], ...]:
        """Give the earlier months of the document; none where it cannot be read."""
        path = self.document or self.settings.tracker.document
        if path is None:
            return ()
        with suppress(OSError, DocumentError):
            return past_rows(parse(path.read_bytes(), name=path.name), today)
        return ()

    def _line(self, path: str, number: int) -> str | None:
        if path not in self.tree:
            return None
        try:
            text = self.tree.read(path)
        except OSError:
            return None
        lines = text.removesuffix("\n").split("\n")
        if not number:
            return text
        return lines[number - 1] if number <= len(lines) else None

    def standing(self, verdicts: Sequence[Verdict] = ()) -> Tracked:
        """Say where the tracker stands, and what its document claims beyond the evidence.

        ``verdicts`` are those judged so far; what they measured is held against the document, too.
        """
        ground = self._ground(verdicts)
        tables = tables_of(ground)
        tracked = Tracked(
            components=tuple(
                (row.cells[0], row.status)
                for table in tables
                if table.title == COMPONENTS
                for row in table.rows
                if row.status
            ),
            overdue=tuple(_overdue(tables, ground)),
            expired=tuple(_expired(ground)),
        )
        return self._with_drifts(tracked, tables)

    def _with_drifts(self, tracked: Tracked, tables: Sequence[Table]) -> Tracked:
        document = self.settings.tracker.document
        if document is None:
            return tracked
        name = spelled(document, self.settings)
        try:
            parsed = parse(document.read_bytes(), name=name)
        except OSError as error:
            reason = f"{name} cannot be read: {error.strerror or error}"
            is_missing = isinstance(error, FileNotFoundError)
            remedy = "`boss-gates tracker update` makes one." if is_missing else ""
            return replace(tracked, no_document=reason, remedy=remedy)
        except DocumentError as error:
            return replace(tracked, no_document=str(error).removesuffix("."), remedy="")
        kept = keep(parsed, derived(tables, self.settings.tracker, at=name))
        if kept.is_empty:
            remedy = "`boss-gates tracker update NEW.md` writes a document with all tables."
            reason = f"{name} has no row of the tracker"
            return replace(tracked, no_document=reason, remedy=remedy)
        faults = kept.faults(below=self.settings.tracker.fails_below)
        drifts = tuple(
            Item(
                name=change.row,
                value=1,
                place=Place(path=name, line=change.line),
                note=change.summary,
            )
            for change in faults
        )
        return replace(tracked, drifts=drifts)


def _overdue(tables: Sequence[Table], ground: Ground) -> Iterator[Item]:
    due = {
        row.cells[0]: row.due
        for table in tables
        for row in table.rows
        if row.due and row.due < ground.today and row.status is not Status.COMPLETED
    }
    for name, day in sorted(due.items()):
        yield Item(name=name, value=1, note=f"due {day}")


def _expired(ground: Ground) -> Iterator[Item]:
    for override in ground.settings.overrides:
        claim = claimed(override, ground.today, ground.line)
        if claim.void:
            yield Item(name=override.row, value=1, place=override.set_at, note=str(claim))


def spelled(document: Path, settings: Settings) -> str:
    """Spell a document's path as people do: from the root where it stands below it."""
    if document.is_relative_to(settings.root):
        return document.relative_to(settings.root).as_posix()
    return str(document)


def _is_claim(verdict: Verdict) -> bool:
    """Whether a document's Current claims something: what only the code and its tests decide.

    Durations and delivery move by themselves, so an older figure is old, and no claim too much.
    """
    metric = verdict.metric
    return not metric.delivery and metric.unit is not Unit.SECONDS


def _current(verdict: Verdict) -> str:
    """Spell a value, and of a metric of delivery what it rests on."""
    if not verdict.metric.delivery:
        return verdict.shown if verdict.status in _MEASURED else "-"
    if verdict.measurement.value is None and not verdict.measurement.is_none:
        return "-"
    return f"{verdict.shown} ({', '.join(basis(verdict))})"


def _measured(verdicts: Iterable[Verdict]) -> Mapping[str, tuple[str, str]]:
    """Give Current and Target of each metric over everything; an absolute target goes first."""
    overall = [verdict for verdict in verdicts if not verdict.scope]
    overall.sort(key=lambda verdict: not _is_relative(verdict))
    return {
        verdict.metric.key: (
            _current(verdict),
            verdict.target.text if verdict.target else "-",
        )
        for verdict in overall
    }


def _is_relative(verdict: Verdict) -> bool:
    target = verdict.target
    return target is not None and target.wanted.comparator is Comparator.NO_WORSE
