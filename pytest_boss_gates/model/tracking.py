"""What a project says of its tracker: the document, rows of its own, overrides."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.model.facts import Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from pytest_boss_gates.model.facts import Place
    from pytest_boss_gates.model.metrics import Item
    from pytest_boss_gates.model.verdicts import Status


class TrackerAction(Enum):
    """What a run does with the tracker document (``--boss-gates-tracker``)."""

    UPDATE = "update"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSetting:
    """One entry of ``[tool.boss-gates.tracker.rows]``: a row that is known, or one more."""

    name: str
    table: str = ""  # the title of the table it stands in; "" for where it is known
    rename: str = ""  # what the document calls it
    hidden: bool = False
    started: tuple[str, ...] = ()  # needs, as rows.toml writes them; () for those that are known
    completed: tuple[str, ...] = ()
    metric: str = ""  # it is measured, and no matter of evidence
    cells: Mapping[str, str] = field(default_factory=dict)  # a person's: "Priority", "Notes" …
    target_completion: date | None = None
    set_at: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One entry of ``[tool.boss-gates.tracker.overrides]``: a claim with a reason and an end."""

    row: str
    status: Status
    reason: str
    expires: date
    evidence: str = ""  # "docs/runbook.md:12", what a person vouches for
    quoted: str = ""  # what that line must hold
    set_at: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSetting:
    """One entry of ``[tool.boss-gates.tracker.tables]``: a table of the project's own."""

    title: str
    columns: tuple[str, ...]
    set_at: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """``[tool.boss-gates.tracker]``."""

    document: Path | None = None
    action: TrackerAction | None = None  # what this run does with it
    needs: Level = Level.GATING  # "completed-needs"
    writes_tools: bool = False  # the column Tools is the machine's, too
    fails_below: bool = False  # a claim below the evidence fails the check, too
    rows: tuple[RowSetting, ...] = ()
    overrides: tuple[Override, ...] = ()
    tables: tuple[TableSetting, ...] = ()
    equivalents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # flake8: ruff


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a run did with the tracker document, or what it would have changed."""

    sentences: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()  # unified, by lines without ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """Where the tracker stands today, as its own gate measures it."""

    components: tuple[tuple[str, Status], ...] = ()  # the rows of its first table
    overdue: tuple[Item, ...] = ()
    expired: tuple[Item, ...] = ()  # overrides that have ended, or whose line is gone
    drifts: tuple[Item, ...] | None = None  # claims of the document; None without one
    no_document: str = "no tracker document is configured"
    remedy: str = 'Set `document = "docs/tracker.md"` in [tool.boss-gates.tracker].'
