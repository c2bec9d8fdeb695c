"""The tracker document: its Markdown tables with positions, and cells rewritten in their place.

Nothing but the cells that are asked for changes: not the padding, the line ends, the byte order
mark, the order of anything. ``parse(content).content == content`` for every document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BOM = b"\xef\xbb\xbf"
_MOST_BYTES = 5_000_000
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(?P<text>.*?))?(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_BREAK = re.compile(
    r"[ \t]*$| {0,3}(?:#{1,6}(?:\s|$)|>|```|~~~|[-*+][ \t]+\S|1[.)][ \t]+\S|<!--|</?[a-zA-Z])"
    r"| {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$"
)
_HTML_TABLE = re.compile(r" {0,3}<table\b", re.IGNORECASE)
_COMMENT = re.compile(r" {0,3}<!--")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


class DocumentError(BossGatesError):
    """A document cannot be read as what it is; the message names the file and the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: where its text with padding stands in the line, and what it says."""

    start: int
    end: int
    text: str  # without padding, pipes unescaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table."""

    number: int  # from 1
    cells: tuple[Cell, ...]

    def text(self, column: int) -> str:
        """Give a cell's text, "" where the row is short."""
        return self.cells[column].text if 0 <= column < len(self.cells) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownTable:
    """A table: the heading above it, its header and its rows."""

    heading: str
    header: Line
    rows: tuple[Line, ...]

    def column(self, *names: str) -> int:
        """Find the column of the first name that the header has, in any case; -1 without."""
        titles = [cell.text.casefold() for cell in self.header.cells]
        return next(
            (titles.index(name.casefold()) for name in names if name.casefold() in titles), -1
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A Markdown document as lines that keep their ends, and the tables in it."""

    name: str  # for messages
    lines: tuple[str, ...]  # with their ends
    tables: tuple[MarkdownTable, ...]
    has_bom: bool = False
    remarks: tuple[str, ...] = ()  # tables that were not understood, with their line

    @property
    def text(self) -> str:
        """The document without its byte order mark."""
        return "".join(self.lines)

    @property
    def content(self) -> bytes:
        """The document's bytes."""
        return (_BOM if self.has_bom else b"") + self.text.encode("utf-8")

    def rewritten(self, cells: Mapping[tuple[int, int], str]) -> Document:
        """Give the document with new texts for cells, by line number and column.

        A cell keeps its padding; where its column is aligned, the padding makes up for the
        difference in length as far as it can.
        """
        if not cells:
            return self
        aligned = {row.number: table for table in self.tables for row in table.rows}
        lines = list(self.lines)
        for number in {line for line, _ in cells}:
            table = aligned[number]
            row = next(row for row in table.rows if row.number == number)
            wanted = {column: text for (line, column), text in cells.items() if line == number}
            lines[number - 1] = _with(lines[number - 1], row, wanted, table)
        return parse(
            (_BOM if self.has_bom else b"") + "".join(lines).encode("utf-8"), name=self.name
        )


def parse(content: bytes, *, name: str) -> Document:
    """Find the tables of a document. Raises DocumentError for what is no UTF-8 text."""
    if len(content) > _MOST_BYTES:
        raise DocumentError(f"{name} is larger than {_MOST_BYTES // 1_000_000} MB: not touched.")
    has_bom = content.startswith(_BOM)
    try:
        text = content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start + (len(_BOM) if has_bom else 0)) + 1
        raise DocumentError(
            f"{name}:{line}: there is a byte that is no UTF-8 "
            f"(0x{content.removeprefix(_BOM)[error.start]:02x}): not touched."
        ) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise DocumentError(f"{name}:{line}: there is a null character: not touched.")
    lines = tuple(match[0] for match in _LINE.finditer(text) if match[0])
    tables, remarks = _tables(name, [line.rstrip("\r\n") for line in lines])
    return Document(
        name=name, lines=lines, tables=tuple(tables), has_bom=has_bom, remarks=tuple(remarks)
    )


def escaped(text: str) -> str:
    """Make a text fit for a cell: one line, no pipe that would end it."""
    text = _UNSAFE.sub(" ", text).strip()
    return re.sub(r"(?<!\\)((?:\\\\)*)\|", r"\1\\|", text)


# -- reading


def _tables(name: str, lines: Sequence[str]) -> tuple[list[MarkdownTable], list[str]]:
    tables: list[MarkdownTable] = []
    remarks: list[str] = []
    heading, fence, at = "", "", 0
    while at < len(lines):
        line = lines[at]
        if fence:
            fence = "" if _closes(line, fence) else fence
        elif match := _FENCE.match(line):
            fence = match["mark"]
        elif _COMMENT.match(line):
            at = _after_comment(lines, at)
            continue
        elif match := _HEADING.fullmatch(line):
            heading = match["text"] or ""
        elif _HTML_TABLE.match(line):
            remarks.append(f"{name}:{at + 1}: a table in HTML is left alone.")
        elif _starts_table(lines, at):
            table, at = _table(lines, at, heading)
            tables.append(table)
            continue
        elif at + 1 < len(lines) and line.strip() and _UNDERLINE.fullmatch(lines[at + 1]):
            heading = line.strip()
        at += 1
    return tables, remarks


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]} and not line.startswith("    ")


def _after_comment(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and "-->" not in lines[at]:
        at += 1
    return at + 1


def _starts_table(lines: Sequence[str], at: int) -> bool:
    """Whether a header stands here: a line with cells, and a delimiter row of as many below."""
    if at + 1 >= len(lines) or "|" not in lines[at] or lines[at].startswith("    "):
        return False
    below = lines[at + 1]
    if not _DELIMITER.fullmatch(below) or "-" not in below:
        return False
    return len(_cells(lines[at])) == len(_cells(below))


def _table(lines: Sequence[str], at: int, heading: str) -> tuple[MarkdownTable, int]:
    header = Line(number=at + 1, cells=_cells(lines[at]))
    rows: list[Line] = []
    at += 2
    while at < len(lines) and not _BREAK.match(lines[at]):
        rows.append(Line(number=at + 1, cells=_cells(lines[at])))
        at += 1
    return MarkdownTable(heading=heading, header=header, rows=tuple(rows)), at


def _cells(line: str) -> tuple[Cell, ...]:
    """Split a row at the pipes that are not escaped, in code spans, too, as GitHub does."""
    bars = [match.end() - 1 for match in re.finditer(r"(?:\\\\|\\.|[^\\|]|\\$)*\|", line)]
    start = len(line) - len(line.lstrip(" \t"))
    edges = bars if bars and bars[0] == start else [start - 1, *bars]
    if not bars or line[bars[-1] + 1 :].strip(" \t"):
        edges = [*edges, len(line)]
    return tuple(
        Cell(
            start=left + 1,
            end=right,
            text=line[left + 1 : right].strip(" \t").replace("\\|", "|"),
        )
        for left, right in zip(edges, edges[1:], strict=False)
    )


# -- writing


def _with(line: str, row: Line, wanted: Mapping[int, str], table: MarkdownTable) -> str:
    for column in sorted(wanted, reverse=True):
        cell = row.cells[column]
        raw = line[cell.start : cell.end]
        text = escaped(wanted[column])
        line = (
            line[: cell.start]
            + _padded(raw, text, aligned=_is_aligned(table, column))
            + line[cell.end :]
        )
    return line


def _padded(raw: str, text: str, *, aligned: bool) -> str:
    bare = raw.strip(" \t")
    if not bare:
        return (
            f" {text} "
            if len(raw) < 2
            else f" {text}".ljust(len(raw) if aligned else 0)
            + ("" if aligned and len(text) + 1 < len(raw) else " ")
        )
    left = raw[: raw.index(bare)]
    right = raw[raw.index(bare) + len(bare) :]
    if aligned:
        right = " " * max(len(bare) + len(right) - len(text), min(len(right), 1))
    return left + text + right


def _is_aligned(table: MarkdownTable, column: int) -> bool:
    """Whether the bars of a column stand below each other in all rows."""
    ends = {
        row.cells[column].end - row.cells[column].start
        for row in (table.header, *table.rows)
        if column < len(row.cells)
    }
    return len(ends) == 1 and len(table.rows) > 1
