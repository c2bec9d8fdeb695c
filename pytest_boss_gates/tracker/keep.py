"""Keeping a tracker document true: which machine cells say something else than the evidence.

Only cells whose meaning changed are rewritten. A person's cells, prose, order, extra columns and
extra tables stay as they are; a table that is not recognised is left alone and named.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.tracker.document import Document, Line, MarkdownTable

ICONS = {Status.NOT_STARTED: "🔴", Status.IN_PROGRESS: "🟡", Status.COMPLETED: "🟢"}

_STATUS_COLUMNS = ("status",)
_WORDS = {status.value.casefold(): status for status in Status}
_STATUS_WORD = re.compile("|".join(map(re.escape, _WORDS)), re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_MARKS = re.compile(r"[*_`~]+")
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "tbd", "?"})
_ORDER = {status: number for number, status in enumerate(Status)}
_LEVELS = ("not automated", "manual", "semi-automated", "automated")


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedRow:
    """What a row's machine cells should say, by column title."""

    name: str
    cells: Mapping[str, str]  # "Status": "Completed", "Current": "93.1 %"
    why: str = ""  # where the status rests: "gating: ci.yml:33 → tox.ini:18"
    link: str = ""  # "../ci.yml#L33", for documents whose statuses are links


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedTable:
    """A table as the evidence and the measurements have it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[DerivedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A machine cell of the document that says something else."""

    line: int
    table: str
    row: str
    column: str
    old: str
    new: str
    claims_more: bool  # the document says more than the evidence: drift
    why: str = ""

    def __str__(self) -> str:
        verb = "claims" if self.claims_more else "says"
        shown = self.old or "nothing"
        reason = f" ({self.why})" if self.why else ""
        return (
            f"line {self.line}, {self.row}: {self.column} {verb} {shown}; "
            f"the evidence is {self.new or 'nothing'}{reason}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The document as it should be, and what differed."""

    document: Document
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def drifts(self) -> tuple[Change, ...]:
        """The changes where the document claims more than the evidence."""
        return tuple(change for change in self.changes if change.claims_more)


@dataclass(slots=True, kw_only=True)
class _Keeping:
    document: Document
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def keep(document: Document, tables: Sequence[DerivedTable]) -> Kept:
    """Bring a document up to what is derived; the same document where nothing changed."""
    keeping = _Keeping(document=document, remarks=list(document.remarks))
    taken: set[str] = set()
    for table in document.tables:
        derived = recognised(table, [each for each in tables if each.title not in taken])
        if derived is None:
            titles = ", ".join(cell.text for cell in table.header.cells)
            keeping.remarks.append(
                f"{document.name}:{table.header.number}: the table ({titles}) is none of the "
                "tracker's, so it is left alone."
            )
            continue
        taken.add(derived.title)
        _table(keeping, table, derived)
    return Kept(
        document=document.rewritten(keeping.cells),
        changes=tuple(keeping.changes),
        remarks=tuple(keeping.remarks),
    )


def recognised(table: MarkdownTable, tables: Sequence[DerivedTable]) -> DerivedTable | None:
    """Find which of the tracker's tables a table is: by its first column, rows and heading."""
    first = table.header.text(0).casefold()
    headers = {cell.text.casefold() for cell in table.header.cells}
    names = {plain(row.text(0)) for row in table.rows}
    best: tuple[int, DerivedTable | None] = (0, None)
    for derived in tables:
        if derived.columns[0].casefold() != first:
            continue
        known = {plain(row.name) for row in derived.rows}
        same_heading = plain(derived.title) == plain(table.heading)
        shared = len(headers & {column.casefold() for column in derived.columns})
        score = 4 * len(names & known) + 40 * same_heading + shared
        if (names & known or same_heading or not known) and score > best[0]:
            best = (score, derived)
    return best[1]


def plain(text: str) -> str:
    """Spell a cell or heading for comparing: no links, marks, icons, nor case."""
    text = _MARKS.sub("", _LINK.sub(r"\1", text))
    text = "".join(c for c in text if unicodedata.category(c)[0] not in "SC" or c in "+&/-")
    return " ".join(text.split()).casefold()


def status_in(text: str) -> Status | None:
    """Read the status that a cell says, whatever its icon was turned into; None for none."""
    match = _STATUS_WORD.search(_LINK.sub(r"\1", text))
    return _WORDS[match[0].casefold()] if match else None


def _table(keeping: _Keeping, table: MarkdownTable, derived: DerivedTable) -> None:
    by_name = {plain(row.name): row for row in derived.rows}
    titles = [cell.text.casefold() for cell in table.header.cells]
    doubled = {title for title in titles if title and titles.count(title) > 1}
    if doubled:
        keeping.remarks.append(
            f"{keeping.document.name}:{table.header.number}: the column "
            f"{sorted(doubled)[0]!r} is there twice, so the table is left alone."
        )
        return
    seen: set[str] = set()
    for row in table.rows:
        name = plain(row.text(0))
        wanted = by_name.get(name)
        if wanted is None or name in seen:
            if name:
                why = "is there twice" if wanted else "is no row that is known"
                keeping.remarks.append(
                    f"{keeping.document.name}:{row.number}: {row.text(0)!r} {why}, so it is left alone."
                )
            continue
        seen.add(name)
        _row(keeping, table, row, wanted)


def _row(keeping: _Keeping, table: MarkdownTable, row: Line, wanted: DerivedRow) -> None:
    touched = False
    for column, text in wanted.cells.items():
        at = table.column(column)
        if not 0 <= at < len(row.cells):
            continue
        old = row.text(at)
        if column.casefold() in _STATUS_COLUMNS:
            new, more = _status(old, text, wanted.link)
        else:
            new, more = _value(column, old, text)
        if new == old:
            continue
        touched = True
        keeping.cells[row.number, at] = new
        keeping.changes.append(
            Change(
                line=row.number,
                table=table.heading,
                row=wanted.name,
                column=table.header.text(at),
                old=_said(old),
                new=text,
                claims_more=more,
                why=wanted.why,
            )
        )
    if touched:
        _mend_icons(keeping, table, row)


def _status(old: str, text: str, link: str) -> tuple[str, bool]:
    """Give the cell for a status; the old one when it means the same."""
    wanted = Status(text)
    said = status_in(old)
    target = match[2] if (match := _LINK.search(old)) else ""
    if said is wanted and (not target or target == link):
        return old, False
    word = f"[{wanted.value}]({link})" if target and link else wanted.value
    return f"{ICONS[wanted]} {word}", said is not None and _ORDER[said] > _ORDER[wanted]


def _value(column: str, old: str, text: str) -> tuple[str, bool]:
    said, wanted = _said(old), text.strip()
    if said.casefold() == wanted.casefold() or ({said.casefold(), wanted.casefold()} <= _NOTHING):
        return old, False
    more = False
    if column.casefold() == "automation level" and said.casefold() in _LEVELS:
        more = _LEVELS.index(said.casefold()) > _LEVELS.index(wanted.casefold())
    elif wanted in _NOTHING:
        more = True  # a value that nothing measured
    return wanted or "-", more


def _said(text: str) -> str:
    status = status_in(text)
    return status.value if status else _LINK.sub(r"\1", text).strip()


def _mend_icons(keeping: _Keeping, table: MarkdownTable, row: Line) -> None:
    """Give the statuses of a row that is touched anyway the icon that was mangled."""
    for at, cell in enumerate(row.cells):
        if (row.number, at) in keeping.cells or not _is_status_column(table, at):
            continue
        status = status_in(cell.text)
        if status is not None and not cell.text.startswith(ICONS[status]):
            match = _STATUS_WORD.search(cell.text)
            start = cell.text.index("[") if "[" in cell.text else match.start() if match else 0
            keeping.cells[row.number, at] = f"{ICONS[status]} {cell.text[start:]}"


def _is_status_column(table: MarkdownTable, at: int) -> bool:
    return table.header.text(at).casefold() in _STATUS_COLUMNS


def diff(old: Document, new: Document) -> Iterator[str]:
    """Give the unified diff between two states of a document, line by line."""
    import difflib

    yield from difflib.unified_diff(
        old.text.splitlines(),
        new.text.splitlines(),
        fromfile=old.name,
        tofile=old.name,
        lineterm="",
    )
