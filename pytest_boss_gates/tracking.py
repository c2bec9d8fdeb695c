"""The corridor's way to the tracker: facts from the files, from git and from the session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.versioning import git_facts
from pytest_boss_gates.model import Fact, Item, Level, Place, Status, Tracked, VerdictStatus
from pytest_boss_gates.tracker.claims import claimed
from pytest_boss_gates.tracker.document import DocumentError, parse
from pytest_boss_gates.tracker.keep import keep
from pytest_boss_gates.tracker.tables import COMPONENTS, Ground, derived, tables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.model import Settings, Table, Verdict
    from pytest_boss_gates.repository.tree import Tree

TESTS_PASSED = "tests-passed"
"""The fact that a test passed in this session."""


def all_facts(tree: Tree, facts: Mapping[str, Fact], *, passed: int = 0) -> Mapping[str, Fact]:
    """Add to the facts of the files those of git and of the session; runs git for reading."""
    return {**facts, **git_facts(tree.root), TESTS_PASSED: _session(passed)}


def _session(passed: int) -> Fact:
    return Fact(
        name=TESTS_PASSED,
        title="Tests Passed",
        purpose="Testing",
        area="practice",
        level=Level.OBSERVED if passed else Level.NONE,
        note=f"{passed} tests passed in this session" if passed else "no test passed in a session",
    )


@dataclass(frozen=True, kw_only=True)  # no slots: the cached property needs a __dict__
class Tracking:
    """One derivation of the tracker; what it rests on is gathered when it is first asked."""

    settings: Settings
    tree: Tree
    evidence: Callable[[], Evidence]
    passed: int = 0  # tests of this session

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """All facts, by name."""
        return all_facts(self.tree, self.evidence().facts, passed=self.passed)

    def tables(self, verdicts: Sequence[Verdict] = ()) -> tuple[Table, ...]:
        """Derive all tables; ``verdicts`` give the success metrics their cells."""
        return tables_of(self._ground(verdicts))

    def _ground(self, verdicts: Sequence[Verdict] = ()) -> Ground:
        return Ground(
            facts=self.facts,
            today=datetime.now(timezone.utc).date(),
            settings=self.settings.tracker,
            measured=_measured(verdicts),
            better={verdict.metric.key: verdict.metric.direction for verdict in verdicts},
            line=self._line,
        )

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

    def standing(self) -> Tracked:
        """Say where the tracker stands, and what its document claims beyond the evidence."""
        ground = self._ground()
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
        drifts = tuple(
            Item(
                name=change.row,
                value=1,
                place=Place(path=name, line=change.line),
                note=f"{change.column} claims {change.old}, the evidence is {change.new}",
            )
            for change in kept.drifts
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


def _measured(verdicts: Iterable[Verdict]) -> Mapping[str, tuple[str, str]]:
    """Give Current and Target of each metric over everything."""
    return {
        verdict.metric.key: (
            verdict.shown if verdict.status is not VerdictStatus.UNKNOWN else "-",
            verdict.target.text if verdict.target else "-",
        )
        for verdict in verdicts
        if not verdict.scope
    }
