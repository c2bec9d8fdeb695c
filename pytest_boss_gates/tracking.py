"""The corridor's way to the tracker: facts from the files, from git and from the session."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.versioning import git_facts
from pytest_boss_gates.model import Fact, Level, VerdictStatus
from pytest_boss_gates.tracker.tables import Ground, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def tables_for(
    settings: Settings,
    tree: Tree,
    facts: Mapping[str, Fact],
    verdicts: Iterable[Verdict] = (),
) -> tuple[Table, ...]:
    """Derive all tables of the tracker; ``verdicts`` give the success metrics their cells."""

    def line(path: str, number: int) -> str | None:
        if path not in tree:
            return None
        try:
            text = tree.read(path)
        except OSError:
            return None
        lines = text.split("\n")
        if not number:
            return text
        return lines[number - 1] if number <= len(lines) else None

    return tables_of(
        Ground(
            facts=facts,
            today=datetime.now(timezone.utc).date(),
            settings=settings.tracker,
            measured=_measured(verdicts),
            line=line,
        )
    )


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
