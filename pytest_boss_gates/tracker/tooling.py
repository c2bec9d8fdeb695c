"""The table "DevOps Tooling Status": which tools the repository declares, with the proof.

The other tables need the CI definitions to be read; nothing is claimed of them until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Fact, Level, Row, Status, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLE = "DevOps Tooling Status"
COLUMNS = ("Tool", "Purpose", "Status", "Integration", "Notes")

_ALWAYS = (  # the tracker's own rows, in its order; declared tools beyond them follow
    "poetry",
    "github-actions",
    "flake8",
    "black",
    "isort",
    "mypy",
    "pytest",
    "sphinx",
    "docker",
    "prometheus",
    "grafana",
)


def tables(facts: Mapping[str, Fact]) -> tuple[Table, ...]:
    """Give the tables that declarations alone can fill, from facts by tool name."""
    named = [name for name in _ALWAYS if name in facts]
    others = sorted(
        name for name, fact in facts.items() if name not in _ALWAYS and fact.level > Level.NONE
    )
    rows = tuple(_row(facts[name]) for name in [*named, *others])
    return (Table(title=TITLE, columns=COLUMNS, rows=rows),)


def _row(fact: Fact) -> Row:
    if fact.level is Level.NONE:
        status = Status.NOT_STARTED
        note = fact.note
    else:
        status = Status.IN_PROGRESS
        note = f"{fact.level.label} at {fact.proofs[0]}" if fact.proofs else fact.level.label
    return Row(
        cells=(fact.title, fact.purpose, status.value, "-", note),
        status=status,
        level=fact.level,
        proofs=fact.proofs,
    )
