"""The tracker document: its Markdown tables with positions, and cells rewritten in their place.

Nothing but the cells that are asked for changes: not the padding, the line ends, the byte order
mark, the order of anything. ``parse(content).content == content`` for every document.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.tracker.markdown import BLANK, find_tables, split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_boss_gates.tracker.markdown import Line, MarkdownTable

_BOM = b"\xef\xbb\xbf"
_MOST_BYTES = 5_000_000
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$")
_ENDS = "\r\n"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BREAKS = re.compile(r"[\x00\r\n]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKUP = re.compile(  # what would be no text; an underscore within a word is text
    r"[*`\[~$]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=[A-Za-z][A-Za-z0-9]*;|#)"
    r"|\\(?=[!-/:-@\[-`{-~]|$)"
)


class DocumentError(BossGatesError):
    """A document cannot be read as what it is; the message names the file and the line."""


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
        """Give the document with new texts for cells, by line number and column from 0.

        A text is what ``Cell.text`` gives back: Markdown with no bar escaped. A cell keeps its
        padding; where the bars of its column stand below each other (by width on a screen, or by
        count of characters), the padding makes up for the difference as far as it can. How wide
        an emoji is depends on the screen: two columns are assumed. A row that is too short gets
        the cells that it lacks. Raises KeyError for a line that is no row of a table.
        """
        if not cells:
            return self
        rows = {row.number: (row, table) for table in self.tables for row in table.rows}
        lines = list(self.lines)
        measures: dict[tuple[int, int], Callable[[str], int] | None] = {}
        wanted: dict[int, dict[int, str]] = {}
        for (number, column), text in cells.items():
            wanted.setdefault(number, {})[column] = text
        for number, texts in wanted.items():
            row, table = rows[number]
            for column in texts:
                key = (table.header.number, column)
                if key not in measures:
                    measures[key] = self._measure(table, column)
            by_column = {c: measures[table.header.number, c] for c in texts}
            lines[number - 1] = _with(lines[number - 1], row, texts, table, by_column)
        return self._of(lines)

    def with_row(self, table: MarkdownTable, texts: Mapping[int, str]) -> Document:
        """Give the document with one more row below the last one of a table, in its style.

        ``texts`` are by column from 0; cells that are not given are empty.
        """
        width = len(table.header.cells)
        model = table.rows[-1] if table.rows else table.header
        last = table.rows[-1] if table.rows else table.delimiter
        source = self.lines[model.number - 1].rstrip(_ENDS)
        cut = model.cells[width - 1].end if len(model.cells) > width else len(source)
        before = self.lines[last.number - 1]
        row = before[: last.start] + source[model.start : cut]
        if cut < len(source) and model.closes:
            row += "|"
        new = _with(
            row,
            split(row, model.number, last.start),
            {column: texts.get(column, "") for column in range(width)},
            table,
            {column: self._measure(table, column) for column in range(width)},
        ).rstrip(BLANK)
        end = before[len(before.rstrip(_ENDS)) :]
        lines = list(self.lines)
        if not end:  # the document ends here, without an end of the line; it goes on so
            above = self.lines[last.number - 2]
            lines[last.number - 1] = before + above[len(above.rstrip(_ENDS)) :]
        lines.insert(last.number, new + end)
        return self._of(lines)

    def with_line(self, number: int, text: str) -> Document:
        """Give the document with another text in a line, which keeps its end."""
        lines = list(self.lines)
        old = lines[number - 1]
        lines[number - 1] = text + old[len(old.rstrip(_ENDS)) :]
        return self._of(lines)

    def _of(self, lines: list[str]) -> Document:
        text = "".join(lines).encode("utf-8")
        return _parsed(text, name=self.name, has_bom=self.has_bom)

    def _measure(self, table: MarkdownTable, column: int) -> Callable[[str], int] | None:
        """Give the measure by which the bars of a column stand below each other, if they do."""
        raw = [
            self.lines[row.number - 1][row.cells[column].start : row.cells[column].end]
            for row in (table.header, *(table.rows or (table.delimiter,)))
            if column < len(row.cells)
        ]
        if len(raw) < 2 or any("\t" in text for text in raw):
            return None
        measures: tuple[Callable[[str], int], ...] = (width_of, len)
        return next((each for each in measures if len(set(map(each, raw))) == 1), None)


def parse(content: bytes, *, name: str) -> Document:
    """Find the tables of a document. Raises DocumentError for what is no UTF-8 text."""
    if len(content) > _MOST_BYTES:
        raise DocumentError(
            f"{name} is larger than {_MOST_BYTES // 1_000_000} MB, so it is not touched."
        )
    has_bom = content.startswith(_BOM)
    return _parsed(content.removeprefix(_BOM), name=name, has_bom=has_bom)


def _parsed(content: bytes, *, name: str, has_bom: bool) -> Document:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{name}:{_line_of(content[: error.start])}: the byte 0x{content[error.start]:02x} "
            "is no UTF-8, so the file is not touched; save it as UTF-8."
        ) from error
    if "\x00" in text:
        line = _line_of(content[: content.index(b"\x00")])
        raise DocumentError(
            f"{name}:{line}: there is a null character, so the file is not touched."
        )
    lines = tuple(_LINE.findall(text))
    tables, remarks = find_tables([line.rstrip(_ENDS) for line in lines])
    return Document(
        name=name,
        lines=lines,
        tables=tuple(tables),
        has_bom=has_bom,
        remarks=tuple(f"{name}:{number}: {remark}." for number, remark in remarks),
    )


def _line_of(before: bytes) -> int:
    return len(re.findall(rb"\r\n|\n|\r", before)) + 1


def as_markdown(text: str) -> str:
    """Make plain text stand in a cell or a heading as it is: marks escaped, on one line."""
    return _MARKUP.sub(r"\\\g<0>", one_line(text))


def one_line(text: str) -> str:
    """Bring a text to one line that UTF-8 can hold; spaces of any kind become one."""
    return _SURROGATE.sub("\ufffd", " ".join(_UNSAFE.sub(" ", text).split()))


def width_of(text: str) -> int:
    """Give how many columns a text takes on a screen; an emoji two, a combining mark none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def in_cell(text: str) -> str:
    """Make Markdown fit for a cell: one line, and no bar that would end it."""
    text = _SURROGATE.sub("\ufffd", _BREAKS.sub(" ", text))
    return text.strip(BLANK).replace("|", "\\|")


# -- writing


def _with(
    line: str,
    row: Line,
    texts: Mapping[int, str],
    table: MarkdownTable,
    measures: Mapping[int, Callable[[str], int] | None],
) -> str:
    """Write texts into cells of a line, from its end to its start, so that positions hold."""
    lacking = [column for column in texts if column >= len(row.cells)]
    if lacking:
        more = [in_cell(texts.get(at, "")) for at in range(len(row.cells), max(lacking) + 1)]
        line = line[: row.end] + _appended(row, more) + line[row.end :]
    for column in sorted(set(texts) - set(lacking), reverse=True):
        cell = row.cells[column]
        text = in_cell(texts[column])
        is_last = column == len(row.cells) - 1
        dashes = table.delimiter.text(column)
        is_right = dashes.endswith(":") and not dashes.startswith(":")
        new = _padded(line[cell.start : cell.end], text, measures[column], is_right=is_right)
        if new.endswith("\\") and line[cell.end : cell.end + 1] == "|":
            new += " "  # else it would escape the bar
        if is_last and not row.closes and not text and not lacking:
            new += "|"  # else the cell would be gone
        if column == 0 and not row.opens and not text[:1].isalpha():
            new = f"| {new.lstrip(BLANK)}"  # else it could be a list, a heading or nothing
        line = line[: cell.start] + new + line[cell.end :]
    return line


def _appended(row: Line, texts: list[str]) -> str:
    """Give the cells that a short row lacks, closed by a bar."""
    more = "".join(f" {text} |" if text else " |" for text in texts)
    return more if row.closes else f" |{more}"


def _padded(raw: str, text: str, measure: Callable[[str], int] | None, *, is_right: bool) -> str:
    """Put a text in a cell's place, with its padding."""
    bare = raw.strip(BLANK)
    if text and text == bare:
        return raw
    start = raw.index(bare) if bare else 0
    left, right = (raw[:start], raw[start + len(bare) :]) if bare else (" ", " ")
    if measure is None:
        return f"{left}{text}{right}" if text else left or " "
    room = measure(raw) - measure(text)
    if is_right:
        right = right[: max(room - 1, 1)]
        return " " * max(room - len(right), min(len(left), 1)) + text + right
    left = left[: max(room - 1, 1)]
    return left + text + " " * max(room - len(left), min(len(right), 1))
