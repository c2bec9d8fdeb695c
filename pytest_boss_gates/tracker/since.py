"""A tracker document held against an earlier state of itself: what was raised, and loosened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.model import Status
from pytest_boss_gates.tracker import cells
from pytest_boss_gates.tracker.derived import assigned, columns_of, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.tracker.derived import DerivedTable
    from pytest_boss_gates.tracker.document import Document
    from pytest_boss_gates.tracker.keep import Kept
    from pytest_boss_gates.tracker.markdown import Line, MarkdownTable

    _Row: TypeAlias = tuple[MarkdownTable, Line]

_PROMISES = ("Target", "Target Completion")
"""A person's cells that say what is to be reached, and by when."""

_ORDER = {status: number for number, status in enumerate(Status)}


def since(
    kept: Kept, document: Document, old: Document, tables: Sequence[DerivedTable], ref: str
) -> Kept:
    """Say of each drift whether the document claimed it at ``ref``, and name what was loosened.

    ``document`` is what was held against the evidence, ``old`` the same as it was at ``ref``. A
    status that was lowered, a promise that was changed and a row that is gone are remarks: they
    are told and fail nothing.
    """
    before, now = _rows(old, tables), _rows(document, tables)
    at_line = {line.number: key for key, (_, line) in now.items()}
    changes = tuple(
        replace(change, since=_raised(change.old, before.get(at_line[change.line]), ref))
        if change.claims_more and change.column == "Status" and change.line in at_line
        else change
        for change in kept.changes
    )
    loosened = tuple(
        f"{document.name}:{row[1].number}: {sentence}."
        for key, row in now.items()
        if key in before
        for sentence in _loosened(key[1], before[key], row, ref)
    )
    gone = tuple(
        f"{document.name}: the row {name!r} of {title} stood there at {ref}, and is gone."
        for title, name in before
        if (title, name) not in now
    )
    return replace(kept, changes=changes, remarks=(*kept.remarks, *loosened, *gone))


def _rows(document: Document, tables: Sequence[DerivedTable]) -> Mapping[tuple[str, str], _Row]:
    """Give the rows that are known, by the tracker's title and name; of doubled ones the first."""
    known = assigned(document, tables)
    found: dict[tuple[str, str], _Row] = {}
    for table in document.tables:
        derived = known.get(table.header.number)
        if derived is None:
            continue
        key = columns_of(table)[cells.plain(derived.columns[0])]
        names = {cells.plain(name): row.name for row in derived.rows for name in names_of(row)}
        for line in table.rows:
            name = names.get(cells.plain(line.text(key)))
            if name is not None:
                found.setdefault((derived.title, name), (table, line))
    return found


def _text(row: _Row, column: str) -> str:
    table, line = row
    return line.text(columns_of(table).get(cells.plain(column), -1))


def _raised(claim: str, before: _Row | None, ref: str) -> str:
    if before is None:
        return f"new since {ref}"
    said = cells.read_status(_text(before, "Status")).status
    if said is None or said.value == claim:
        return f"so at {ref} already" if said else ""
    return f"raised from {said.value} since {ref}"


def _loosened(name: str, before: _Row, now: _Row, ref: str) -> Iterator[str]:
    was, is_ = (cells.read_status(_text(row, "Status")).status for row in (before, now))
    if was is not None and is_ is not None and _ORDER[is_] < _ORDER[was]:
        yield f"{name}: Status was {was.value} at {ref}, and says {is_.value} now"
    for column in _PROMISES:
        old, new = _text(before, column), _text(now, column)
        if cells.meaning(old) and not cells.is_same(column, old, new):
            shown = cells.shown_text(new) if cells.meaning(new) else "nothing"
            yield f"{name}: {column} was {cells.shown_text(old)} at {ref}, and says {shown} now"
