"""Keeping a tracker document true: which machine cells say something else than the evidence.

Only cells whose meaning changed are rewritten. A person's cells, prose, order, extra columns and
extra tables stay as they are; a table that is not recognised is left alone and named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Status, plural
from pytest_boss_gates.tracker import cells
from pytest_boss_gates.tracker.derived import assigned, columns_of, likeness, names_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.tracker.cells import Said
    from pytest_boss_gates.tracker.derived import DerivedRow, DerivedTable
    from pytest_boss_gates.tracker.document import Document
    from pytest_boss_gates.tracker.markdown import Line, MarkdownTable

PERSONS = ("Priority", "Assigned To", "Target Completion", "Notes", "Purpose")
"""The columns that a person owns: never rewritten, whatever is derived for them."""

_PERSONS = frozenset(map(cells.plain, PERSONS))
_STATUS = "status"
_NAMED = 10  # rows of a table that are not known; more are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A machine cell of the document that says something else, or a row that it lacks."""

    document: str  # its name
    line: int
    table: str
    row: str
    column: str  # "": the whole row is missing
    old: str  # "": nothing
    new: str
    claims_more: bool  # the document says more than the evidence: drift
    why: str = ""
    is_unknown: bool = False  # the old text is no status, so it cannot be compared
    since: str = ""  # "raised from In Progress since origin/main"

    def __str__(self) -> str:
        place = f"{self.document}:{self.line}: "
        reason = f" ({self.why})" if self.why else ""
        named = f"{self.row}: " if self.column else ""
        since = f"; {self.since}" if self.since else ""
        return f"{place}{named}{self.summary}{reason}{since}."

    @property
    def summary(self) -> str:
        """Say what the document says and what the evidence is, without place, row and reason."""
        if not self.column:
            return f"{self.table} has no row {self.row!r}; it would say {self.new}"
        said = f"{'claims' if self.claims_more else 'says'} {self.old or 'nothing'}"
        if self.is_unknown:
            said = f"says {self.old!r}, which is none of {', '.join(s.value for s in Status)}"
        ground = "measurement" if self.column.casefold() == "current" else "evidence"
        return f"{self.column} {said}; the {ground} is {self.new or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The document as it should be, and what differed."""

    document: Document
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()  # what was left alone, with its line, in sentences
    is_empty: bool = False  # no row of the document is the tracker's

    @property
    def drifts(self) -> tuple[Change, ...]:
        """The changes where the document claims more than the evidence."""
        return tuple(change for change in self.changes if change.claims_more)

    def faults(self, *, below: bool) -> tuple[Change, ...]:
        """The changes that fail a check: drifts, and with ``below`` all others, too."""
        return self.changes if below else self.drifts


@dataclass(slots=True, kw_only=True)
class _Keeping:
    document: Document
    icons: Mapping[Status, str]
    links: bool  # the document's statuses are links to proofs
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: list[tuple[MarkdownTable, dict[int, str]]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    known: int = 0  # rows that are the tracker's

    def remark(self, line: Line, sentence: str) -> None:
        self.remarks.append(f"{self.document.name}:{line.number}: {sentence}.")


def keep(document: Document, tables: Sequence[DerivedTable], *, as_of: str = "") -> Kept:
    """Bring a document up to what is derived; the same document where nothing changed.

    ``as_of`` is the line of ``cells.as_of`` that a document which has one gets with a change.
    """
    known = assigned(document, tables)
    said = [
        cells.read_status(row.text(at))
        for table in document.tables
        if table.header.number in known and (at := columns_of(table).get(_STATUS, -1)) >= 0
        for row in table.rows
    ]
    keeping = _Keeping(
        document=document,
        icons=cells.icons_of(said),
        links=_links(said),
        remarks=list(document.remarks),
    )
    if not document.tables:
        keeping.remarks.append(f"{document.name}: there is no table.")
    for table in document.tables:
        derived = known.get(table.header.number)
        if derived is None:
            _leave(keeping, table, tables)
        else:
            _table(keeping, table, derived)
    return Kept(
        document=_kept(keeping, as_of),
        changes=tuple(keeping.changes),
        remarks=tuple(keeping.remarks),
        is_empty=not keeping.known,
    )


def _kept(keeping: _Keeping, as_of: str) -> Document:
    document = keeping.document.rewritten(keeping.cells)
    for table, texts in reversed(keeping.rows):  # from below, so that the lines above hold
        now = next(t for t in document.tables if t.header.number == table.header.number)
        document = document.with_row(now, texts)
    if as_of and keeping.changes:
        for number, line in enumerate(document.lines, 1):
            if cells.is_as_of(line.rstrip()):
                return document.with_line(number, as_of)
    return document


def _links(said: Iterable[Said]) -> bool:
    """Whether most of the statuses that have something to show are links to it."""
    begun = [each for each in said if each.status not in {None, Status.NOT_STARTED}]
    return 2 * sum(cells.is_proof(each.target) for each in begun) > len(begun)


# -- a table that is none of the tracker's


def _leave(keeping: _Keeping, table: MarkdownTable, tables: Sequence[DerivedTable]) -> None:
    titles = ", ".join(cells.shown_text(cell.text) for cell in table.header.cells)
    twin = next((each for each in tables if likeness(table, each)), None)
    if table.is_quoted:
        why = "stands in a quotation"
    elif twin is not None:
        why = f"is a second one like {twin.title!r}"
    else:
        why = "is none of the tracker's"
    keeping.remark(table.header, f"the table ({titles}) {why}, so it is left alone")


# -- a table that is known


def _table(keeping: _Keeping, table: MarkdownTable, derived: DerivedTable) -> None:
    columns = columns_of(table)
    key = columns[cells.plain(derived.columns[0])]
    rows = [*derived.rows, *([derived.append] if derived.append else [])]
    by_name = {cells.plain(name): row for row in reversed(rows) for name in names_of(row)}
    asked = {cells.plain(derived.columns[0]), *(cells.plain(c) for row in rows for c in row.cells)}
    twice = _doubled(table, asked - _PERSONS)
    if twice is not None:
        keeping.remark(
            table.header, f"the column {twice!r} is there twice, so the table is left alone"
        )
        return
    seen: set[str] = set()
    unknown: list[Line] = []
    for row in table.rows:
        name = cells.plain(row.text(key))
        wanted = by_name.get(name)
        if wanted is None:
            unknown += [row] if name and derived.rows else []
            continue
        keeping.known += 1
        if wanted.name in seen:
            keeping.remark(row, f"the row {wanted.name!r} is there twice; both are kept true")
        seen.add(wanted.name)
        _row(keeping, table, columns, row, wanted)
    for row in unknown[:_NAMED]:
        _unknown(keeping, row, row.text(key), by_name)
    if unknown[_NAMED:]:
        left = plural(len(unknown) - _NAMED, "more row")
        keeping.remark(table.header, f"{left} of this table are not known, and are left alone")
    if derived.append is not None and derived.append.name not in seen:
        keeping.known += 1
        _missing(keeping, table, derived.append, key)


def _doubled(table: MarkdownTable, asked: Collection[str]) -> str | None:
    """Find the first of the columns asked for that is there twice."""
    titles = [cells.plain(cell.text) for cell in table.header.cells]
    doubled = (
        cell.text
        for cell, title in zip(table.header.cells, titles, strict=True)
        if title in asked and titles.count(title) > 1
    )
    return next(doubled, None)


def _unknown(keeping: _Keeping, row: Line, name: str, known: Mapping[str, DerivedRow]) -> None:
    from difflib import get_close_matches

    near = get_close_matches(cells.plain(name), known, n=1)
    hint = f" (near to {known[near[0]].name!r})" if near else ""
    keeping.remark(
        row, f"the row {cells.shown_text(name)!r} is not known{hint}, so it is left alone"
    )


def _missing(keeping: _Keeping, table: MarkdownTable, wanted: DerivedRow, key: int) -> None:
    columns = columns_of(table)
    texts = dict.fromkeys(range(len(table.header.cells)), cells.NOTHING)
    texts[key] = cells.write_value(wanted.name)
    for column, text in {**wanted.starts, **wanted.cells}.items():
        at = columns.get(cells.plain(column), -1)
        if at >= 0 and at != key:
            texts[at] = _written(keeping, column, text, wanted)
    keeping.rows.append((table, texts))
    keeping.changes.append(
        Change(
            document=keeping.document.name,
            line=(table.rows[-1] if table.rows else table.delimiter).number,
            table=table.heading,
            row=wanted.name,
            column="",
            old="",
            new=", ".join(f"{column} {text}" for column, text in wanted.cells.items()),
            claims_more=False,
            why=wanted.why,
        )
    )


def _written(keeping: _Keeping, column: str, text: str, wanted: DerivedRow) -> str:
    status = cells.status_named(text)
    if status and cells.plain(column) == _STATUS:
        link = wanted.link if keeping.links else ""
        return cells.write_status(status, keeping.icons, link=link)
    return cells.write_value(text)


def _row(
    keeping: _Keeping,
    table: MarkdownTable,
    columns: Mapping[str, int],
    row: Line,
    wanted: DerivedRow,
) -> None:
    is_touched = False
    for column, text in wanted.cells.items():
        title = cells.plain(column)
        at = columns.get(title, -1)
        if at < 0 or title in _PERSONS:
            continue
        found: cells.Difference | None = None
        if title != _STATUS:
            found = cells.compare_value(column, row.text(at), text, wanted.better.get(column))
        elif status := cells.status_named(text):
            found = _status(keeping, row, row.text(at), wanted, status)
        if found is None:
            continue
        is_touched = True
        keeping.cells[row.number, at] = found.text
        keeping.changes.append(
            Change(
                document=keeping.document.name,
                line=row.number,
                table=table.heading,
                row=wanted.name,
                column=table.header.text(at),
                old=found.old,
                new=found.new,
                claims_more=found.claims_more,
                why=wanted.why,
                is_unknown=found.is_unknown,
            )
        )
    if is_touched:
        _mend_icon(keeping, row, columns.get(_STATUS, -1))
    for column, text in wanted.told.items():
        said = row.text(columns.get(cells.plain(column), -1))
        if cells.meaning(said) and not cells.is_same(column, said, text):
            keeping.remark(
                row,
                f"{wanted.name}: {column} says {cells.shown_text(said)}, the settings say {text}; "
                "it is yours, so it is left alone",
            )


def _status(
    keeping: _Keeping, row: Line, text: str, wanted: DerivedRow, status: Status
) -> cells.Difference | None:
    said = cells.read_status(text)
    if len(said.statuses) > 1:
        both = " and ".join(each.value for each in said.statuses)
        keeping.remark(
            row,
            f"the status of {wanted.name!r} says {both}, so it is left alone; "
            f"the evidence is {status.value}",
        )
        return None
    if said.status is status:
        return cells.compare_link(text, wanted.link)
    if said.status is not None and said.status is wanted.perhaps:
        keeping.remark(
            row, f"{wanted.name}: {said.status.value} cannot be told here: {wanted.hinges}"
        )
        return None
    link = wanted.link if said.target or keeping.links else ""
    new = cells.write_status(status, keeping.icons, link=link, marks=said.marks)
    return cells.compare_status(said, status, new)


def _mend_icon(keeping: _Keeping, row: Line, at: int) -> None:
    """Give the status of a row that is touched anyway the icon that was mangled."""
    if not 0 <= at < len(row.cells) or (row.number, at) in keeping.cells:
        return
    text = row.text(at)
    said = cells.read_status(text)
    if said.status is not None and cells.is_mangled(said.icon):
        keeping.cells[row.number, at] = text.replace(said.icon, keeping.icons[said.status], 1)


def diff(old: Document, new: Document) -> Iterator[str]:
    """Give the unified diff between two states of a document, by lines without their ends."""
    import difflib

    for line in difflib.unified_diff(old.lines, new.lines, fromfile=old.name, tofile=new.name):
        yield line.rstrip("\r\n")
        if not line.endswith(("\r", "\n")):
            yield "\\ No newline at end of file"
