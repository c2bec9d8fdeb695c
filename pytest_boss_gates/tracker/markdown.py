"""Which tables a Markdown document has, and where each cell stands, as GitHub sees them.

A pass over the lines that knows the blocks which can hold a table, hide one or end one: lists,
quotations, code, HTML. Where CommonMark's libraries and GitHub differ, GitHub is followed: a line
of dashes below a single line makes a heading, a lone bar ends a table, and so does a lone tag.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BLANK = " \t\v\f"
"""What pads a cell."""

_BAR = re.compile(r"(?<!\\)\|")
_DELIMITER = re.compile(r"\|?[ \t\v\f]*:?-+:?[ \t\v\f]*(?:\|[ \t\v\f]*:?-+:?[ \t\v\f]*)*\|?\s*")
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_HEADING = re.compile(r"#{1,6}(?:[ \t]+(?P<text>.*?))??(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})")
_MARKER = re.compile(r"(?:[-+*]|(?P<number>\d{1,9})[.)])(?=[ \t]|$)")
_BLOCKS = (
    "address article aside base basefont blockquote body caption center col colgroup dd details "
    "dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 "
    "head header hr html iframe legend li link main menu menuitem nav noframes ol optgroup option "
    "p param search section source summary table tbody td tfoot th thead title tr track ul"
)
_ATTRIBUTE = r"""[ \t]+[a-z_:][\w:.-]*(?:[ \t]*=[ \t]*(?:[^ \t"'=<>`]+|'[^']*'|"[^"]*"))?"""
_BLANK_LINE = re.compile(r"^\s*$")
_HTML = tuple(  # how a block of HTML starts, and what its last line has
    (re.compile(start, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for start, end in (
        (r"<(?:script|pre|style|textarea)(?=\s|>|$)", r"</(?:script|pre|style|textarea)>"),
        (r"<!--", r"-->"),
        (r"<\?", r"\?>"),
        (r"<![a-z]", r">"),
        (r"<!\[CDATA\[", r"\]\]>"),
    )
)
_HTML_BLOCK = re.compile(rf"</?(?:{'|'.join(_BLOCKS.split())})(?=\s|/?>|$)", re.IGNORECASE)
_HTML_TAG = re.compile(
    rf"(?:<[a-z][a-z0-9-]*(?:{_ATTRIBUTE})*[ \t]*/?>|</[a-z][a-z0-9-]*[ \t]*>)\s*$", re.IGNORECASE
)
_HTML_TABLE = re.compile(r"<table(?=[\s>]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: where its text with padding stands in the line, and what it says."""

    start: int
    end: int
    text: str  # without padding, bars unescaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a table."""

    number: int  # from 1
    start: int  # where it begins, after the marks of a list or quotation that it stands in
    end: int  # where it ends, before blanks
    cells: tuple[Cell, ...]

    def text(self, column: int) -> str:
        """Give a cell's text, "" where the row is short."""
        return self.cells[column].text if 0 <= column < len(self.cells) else ""

    @property
    def opens(self) -> bool:
        """Whether a bar stands before the first cell."""
        return not self.cells or self.cells[0].start > self.start

    @property
    def closes(self) -> bool:
        """Whether a bar stands after the last cell."""
        return not self.cells or self.cells[-1].end < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownTable:
    """A table: the heading above it, its header, the dashes below that, and its rows."""

    heading: str
    header: Line
    delimiter: Line
    rows: tuple[Line, ...]
    is_quoted: bool = False  # in a block quotation

    def column(self, *names: str) -> int:
        """Find the column of the first name that the header has, in any case; -1 without."""
        titles = [cell.text.casefold() for cell in self.header.cells]
        return next(
            (titles.index(name.casefold()) for name in names if name.casefold() in titles), -1
        )


def find_tables(lines: Sequence[str]) -> tuple[list[MarkdownTable], list[tuple[int, str]]]:
    """Give the tables of lines without ends, and what looks like one and is none, by line."""
    walk = _Walk()
    for number, line in enumerate(lines, 1):
        walk.take(number, line)
    walk.leave()
    return walk.tables, sorted(walk.remarks)


def split(line: str, number: int, start: int = 0) -> Line:
    """Split a row at its bars that no backslash escapes, in code, too, as GitHub does."""
    end = max(start, len(line.rstrip(BLANK)))
    bars = [match.start() for match in _BAR.finditer(line, start, end)]
    edges = bars if bars and bars[0] == start else [start - 1, *bars]
    if not bars or bars[-1] != end - 1:
        edges = [*edges, end]
    cells = tuple(
        Cell(
            start=left + 1,
            end=right,
            text=line[left + 1 : right].strip(BLANK).replace("\\|", "|"),
        )
        for left, right in pairwise(edges)
    )
    return Line(number=number, start=start, end=end, cells=cells)


@dataclass(slots=True)
class _Container:
    width: int = 0  # columns that its content is indented by; 0: a quotation
    is_empty: bool = False  # an item with nothing after its marker, so far


@dataclass(slots=True)
class _Cursor:
    """A place in a line, always before something that is not blank; tabs stop at every fourth."""

    line: str
    at: int = 0
    column: int = 0
    base: int = 0  # the column where the content of the containers begins

    def skip(self, count: int = 0) -> _Cursor:
        """Go over some characters, then over blanks."""
        if count:
            self.at += count
            self.column += count
            self.base = self.column
        while self.at < len(self.line) and self.line[self.at] in " \t":
            self.column += 4 - self.column % 4 if self.line[self.at] == "\t" else 1
            self.at += 1
        return self

    @property
    def indent(self) -> int:
        return self.column - self.base

    @property
    def is_blank(self) -> bool:
        return self.at == len(self.line)

    @property
    def rest(self) -> str:
        return self.line[self.at :]

    def quoted(self) -> bool:
        """Go over the mark of a quotation, if there is one."""
        if self.indent > 3 or self.is_blank or self.line[self.at] != ">":
            return False
        self.skip(1)
        self.base += 1 if self.column > self.base else 0
        return True


@dataclass(slots=True)
class _Walk:
    """What is open while the lines go by."""

    tables: list[MarkdownTable] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    heading: str = ""
    containers: list[_Container] = field(default_factory=list)
    fence: str = ""
    html: re.Pattern[str] | None = None  # what the last line of the open block of HTML has
    paragraph: list[Line] = field(default_factory=list)
    is_refused: bool = False  # dashes did not fit the paragraph: GitHub tries it only once
    table: tuple[Line, Line, list[Line]] | None = None

    def take(self, number: int, line: str) -> None:
        """Look at one more line."""
        cursor = _Cursor(line).skip()
        matched = self._matched(cursor)
        inside = matched == len(self.containers)
        if inside and self.fence:
            bare = cursor.rest.rstrip(" \t")
            if cursor.indent < 4 and len(bare) >= len(self.fence) and set(bare) == {self.fence[0]}:
                self.fence = ""
        elif inside and self.html:
            self._in_html(number, cursor)
        else:
            self._open(number, cursor, matched)

    def leave(self, matched: int = 0) -> None:
        """Close what is open, except the outer containers."""
        if self.table:
            header, delimiter, rows = self.table
            self.tables.append(
                MarkdownTable(
                    heading=self.heading,
                    header=header,
                    delimiter=delimiter,
                    rows=tuple(rows),
                    is_quoted=any(not each.width for each in self.containers),
                )
            )
        barred = [line for line in self.paragraph if line.cells and line.opens and line.closes]
        if len(barred) > 1:
            why = (
                "the lines look like a table, but below the header stands no row of dashes "
                "with as many cells, so they are left alone"
            )
            self.remarks.append((barred[0].number, why))
        self.table, self.paragraph, self.is_refused, self.fence, self.html = (
            None,
            [],
            False,
            "",
            None,
        )
        del self.containers[matched:]

    def _matched(self, cursor: _Cursor) -> int:
        """Go over the marks of the open containers; gives how many of them go on."""
        for count, container in enumerate(self.containers):
            if not container.width:
                if not cursor.quoted():
                    return count
            elif cursor.is_blank:
                if container.is_empty:
                    return count
            elif cursor.indent >= container.width:
                cursor.base += container.width
                container.is_empty = False
            else:
                return count
        return len(self.containers)

    def _in_html(self, number: int, cursor: _Cursor) -> None:
        if _HTML_TABLE.search(cursor.line, cursor.at) and self.html is _BLANK_LINE:
            self.remarks.append((number, "a table in HTML is left alone"))
        if self.html and self.html.search(cursor.rest):
            self.html = None

    def _open(self, number: int, cursor: _Cursor, matched: int) -> None:
        inside = matched == len(self.containers)
        if cursor.is_blank:
            self.leave(matched)
            return
        while cursor.indent < 4:
            again = bool(self.paragraph) and inside
            if cursor.line[cursor.at] == ">":
                self.leave(matched)
                cursor.quoted()
                self.containers.append(_Container())
            elif self._is_leaf(number, cursor, matched, in_paragraph=again):
                return
            elif item := _item(cursor, interrupts=again):
                self.leave(matched)
                self.containers.append(item)
            else:
                break
            matched, inside = len(self.containers), True
            if cursor.is_blank:
                return
        self._text(number, cursor, matched)

    def _is_leaf(self, number: int, cursor: _Cursor, matched: int, *, in_paragraph: bool) -> bool:
        """Open what is neither a container nor text, if it stands here."""
        rest = cursor.rest
        html = _html(rest, in_paragraph=in_paragraph)
        if html:
            self.leave(matched)
            self.html = html
            self._in_html(number, cursor)
        elif match := _FENCE.match(rest):
            self.leave(matched)
            self.fence = match[0]
        elif match := _HEADING.fullmatch(rest):
            self.leave(matched)
            self.heading = match["text"] or ""
        elif in_paragraph and _UNDERLINE.fullmatch(rest):
            heading = " ".join(" | ".join(c.text for c in line.cells) for line in self.paragraph)
            self.paragraph = []
            self.leave(matched)
            self.heading = heading.strip()
        elif _RULE.fullmatch(rest):
            self.leave(matched)
        else:
            return False
        return True

    def _text(self, number: int, cursor: _Cursor, matched: int) -> None:
        """Take a line that opens nothing: of a table, of a paragraph, or of code."""
        inside = matched == len(self.containers)
        line = split(cursor.line, number, cursor.at)
        is_code = cursor.indent > 3
        if self.table and inside and not is_code and line.cells:
            self.table[2].append(line)
        elif self.paragraph and inside and not is_code and self._starts_table(cursor, line):
            header = self.paragraph.pop()
            self.leave(matched)
            self.table = (header, line, [])
        elif self.paragraph:  # goes on, however it is indented and whatever marks are left out
            self.paragraph.append(line)
        else:
            self.leave(matched)
            if not is_code:
                self.paragraph.append(line)

    def _starts_table(self, cursor: _Cursor, line: Line) -> bool:
        if self.is_refused or not _DELIMITER.fullmatch(cursor.rest):
            return False
        self.is_refused = len(self.paragraph[-1].cells) != len(line.cells)
        return not self.is_refused


def _item(cursor: _Cursor, *, interrupts: bool) -> _Container | None:
    """Go over the marker of a list, if there is one that may stand here."""
    match = _MARKER.match(cursor.rest)
    if not match:
        return None
    is_empty = not cursor.rest[match.end() :].strip(" \t")
    if interrupts and (is_empty or int(match["number"] or 1) != 1):
        return None
    indent, mark = cursor.indent, len(match[0])
    cursor.skip(mark)
    gap = 1 if is_empty or cursor.indent > 4 else cursor.indent
    cursor.base += gap
    return _Container(width=indent + mark + gap, is_empty=is_empty)


def _html(rest: str, *, in_paragraph: bool) -> re.Pattern[str] | None:
    """Give what ends the block of HTML that starts here; None where none starts."""
    if not rest.startswith("<"):
        return None
    for start, end in _HTML:
        if start.match(rest):
            return end
    if _HTML_BLOCK.match(rest) or (not in_paragraph and _HTML_TAG.match(rest)):
        return _BLANK_LINE
    return None
