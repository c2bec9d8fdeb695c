"""Progress Tracking: a row a month. The current one is computed, those above it are history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.tracker import cells

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from pytest_boss_gates.tracker.document import Document

PROGRESS = "Progress Tracking"
COLUMNS = ("Month", "Components Completed", "Total Completed", "Total Remaining")
_MONTHS = (  # whatever the locale
    """January February March April May June July August September October November
    December"""
).split()
_WHOLE = re.compile(r"\d+")


def month_of(day: date) -> str:
    """Spell a month as the tracker does: ``July 2024``."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def as_number(month: str) -> str:
    """Spell a month in figures, which names the same row: ``2024-07``."""
    name, year = month.split()
    return f"{year}-{_MONTHS.index(name) + 1:02}"


def past_rows(document: Document, today: date) -> tuple[tuple[str, ...], ...]:
    """Give the rows of earlier months as a document has them, by ``COLUMNS``, as plain texts.

    Empty for a document without the table.
    """
    month = month_of(today)
    current = {cells.plain(month), cells.plain(as_number(month))}
    for table in document.tables:
        at = [table.column(column) for column in COLUMNS]
        if table.is_quoted or min(at) < 0:
            continue
        rows = (tuple(cells.shown_text(row.text(n)) for n in at) for row in table.rows)
        return tuple(row for row in rows if cells.plain(row[0]) not in current)
    return ()


def completed_since(
    past: Sequence[Sequence[str]],
    done: Sequence[str],
    before: Collection[str] | None = None,
) -> str:
    """Say which components were completed this month: their names, or how many they are.

    ``done`` are the completed ones now, ``before`` those that were when the month began. Where
    that is not known, they are what the rows of ``past`` name; when their last total counts more
    than they name, only the number of the new ones can be told. ``-`` for none.
    """
    if before is not None:
        return _joined(name for name in done if name not in before)
    named = {name for row in past for part in row[1].split(",") if (name := cells.meaning(part))}
    new = [name for name in done if cells.meaning(name) not in named]
    totals = [int(row[2]) for row in past if _WHOLE.fullmatch(row[2])]
    if not totals or totals[-1] <= len(named):
        return _joined(new)
    return str(len(done) - totals[-1]) if len(done) > totals[-1] else cells.NOTHING


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names) or cells.NOTHING
