"""What a document should say, table by table, and which of its own tables is which of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.tracker import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.model import Direction, Status
    from pytest_boss_gates.tracker.document import Document
    from pytest_boss_gates.tracker.markdown import MarkdownTable


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedRow:
    """What a row's machine cells should say, by column title, as plain texts."""

    name: str
    cells: Mapping[str, str]  # "Status": "Completed", "Current": "93.1 %"
    why: str = ""  # where the status rests: "gating: ci.yml:33 → tox.ini:18"
    link: str = ""  # "../ci.yml#L33", for documents whose statuses are links
    also: tuple[str, ...] = ()  # other names of it: "2026-11"
    better: Mapping[str, Direction] = field(default_factory=dict)  # by column, for numbers
    starts: Mapping[str, str] = field(default_factory=dict)  # a person's cells in a new document
    perhaps: Status | None = None  # its status if what could not be looked at holds
    hinges: str = ""  # what that is: "no test session was seen"
    told: Mapping[str, str] = field(default_factory=dict)  # a person's cells that should agree


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedTable:
    """A table as the evidence and the measurements have it; the first column names the rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[DerivedRow, ...]
    append: DerivedRow | None = None  # must be there, below all others, which are frozen: a month


def assigned(document: Document, tables: Sequence[DerivedTable]) -> Mapping[int, DerivedTable]:
    """Find which of the tracker's tables each table is, by its header's line; best fit first."""
    scores = [
        (-score, table.header.number, number)
        for table in document.tables
        if not table.is_quoted
        for number, derived in enumerate(tables)
        if (score := likeness(table, derived))
    ]
    found: dict[int, DerivedTable] = {}
    taken: set[int] = set()
    for _, line, number in sorted(scores):
        if line not in found and number not in taken:
            found[line] = tables[number]
            taken.add(number)
    return found


def likeness(table: MarkdownTable, derived: DerivedTable) -> int:
    """Tell by the heading, the rows and the columns; 0: it is another table."""
    titles = columns_of(table)
    key = titles.get(cells.plain(derived.columns[0]))
    if key is None:
        return 0
    names = {name for row in table.rows if (name := cells.plain(row.text(key)))}
    shared = len(titles.keys() & set(map(cells.plain, derived.columns)))
    known = len(names & {cells.plain(name) for row in derived.rows for name in names_of(row)})
    if cells.plain(derived.title) == cells.plain(table.heading):
        return 1_000_000 + 100 * known + shared
    if derived.append is not None and shared == len(derived.columns):
        return shared
    return 100 * known + shared if known and 2 * known >= len(names) else 0


def names_of(row: DerivedRow) -> tuple[str, ...]:
    """Give all names of a row, the one that is written first."""
    return (row.name, *row.also)


def columns_of(table: MarkdownTable) -> dict[str, int]:
    """Give the columns by their titles, the first of those that are there twice."""
    titles = [cells.plain(cell.text) for cell in table.header.cells]
    return {title: titles.index(title) for title in titles if title}
