"""Where in a TOML text a table, key, value or list element stands.

Parsers give no places, so a second, forgiving look at the text finds them.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands: the keys from the top of the file, and the indexes of lists."""

_DEEPEST = 12
"""Longest key path that is remembered; ours are half as long."""

_PIECE = (
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|\n"
    r"|[\[\]{}=,.]"
    r"""|[^\s\[\]{}=,.#"']+"""
    r"""|["']"""
)
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def key_lines(text: str) -> dict[KeyPath, int]:
    """Find the line, counted from 1, of every key and list element of a TOML text.

    Never raises: what is not TOML gives fewer or odd entries.
    """
    return _looked(text).lines


class Span(NamedTuple):
    """A stretch of a text, in characters from its start; ``end`` is the first behind it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table that a header opens, ``()`` for what stands above the first header."""

    path: KeyPath
    span: Span  # from the header to the last value, comments behind that left out
    keys: Sequence[KeyPath]  # whole paths of what is set in it, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the sections and values of a TOML text stand."""

    sections: Sequence[Section]
    values: Mapping[KeyPath, Span]  # of strings, lists and inline tables, and of those in them


def layout(text: str) -> Layout:
    """Find the sections of a TOML text and the spans of the values that can be edited.

    Never raises: what is not TOML gives fewer or odd entries.
    """
    found = _looked(text)
    return Layout(sections=found.sections, values=found.values)


def _looked(text: str) -> _Finder:
    finder = _Finder(pieces=_pieces(text))
    finder.find()
    return finder


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """Give the line of a path, else of the nearest thing around it; 0 when nothing is."""
    enclosing = (path[:length] for length in range(len(path), 0, -1))
    return next((lines[part] for part in enclosing if part in lines), 0)


class _Piece(NamedTuple):
    text: str
    line: int
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def _pieces(text: str) -> list[_Piece]:
    """Split into strings, marks, words and line ends, each with its place; comments dropped."""
    found, line = [], 1
    for match in re.finditer(_PIECE, text, re.DOTALL):
        piece = match[0]
        if piece[0] != "#":
            found.append(_Piece(piece, line, match.start()))
        line += piece.count("\n")
    return found


@dataclass(slots=True, kw_only=True)
class _Frame:
    """An open list or inline table."""

    path: KeyPath
    is_list: bool
    start: int
    index: int = 0
    awaiting: bool = True  # the next piece starts an element or a key
    inner: KeyPath = ()  # the path of the element or key that has started


@dataclass(slots=True, kw_only=True)
class _Finder:
    """A walk over pieces that remembers where each key path was first seen."""

    pieces: Sequence[_Piece]
    at: int = 0
    lines: dict[KeyPath, int] = field(default_factory=dict)
    values: dict[KeyPath, Span] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    elements: dict[KeyPath, int] = field(default_factory=dict)  # arrays of tables: how many

    def find(self) -> None:
        table: KeyPath = ()
        keys: list[KeyPath] = []
        start = end = 0
        while self.at < len(self.pieces):
            piece, line, place = self.pieces[self.at]
            if piece == "[":
                self.sections.append(Section(path=table, span=Span(start, end), keys=keys))
                table, keys, start = self._header(line), [], place
            elif piece != "\n":
                path = self._key(table, line)
                if self._peek() == "=":
                    keys.append(path)
                    self.at += 1
                    self._set(path)
            while self.at < len(self.pieces) and self._peek() != "\n":
                self.at += 1
            if piece != "\n":
                end = self.pieces[self.at - 1].end
            self.at += 1
        self.sections.append(Section(path=table, span=Span(start, end), keys=keys))

    def _set(self, path: KeyPath) -> None:
        """Read the value of a line."""
        if self._peek() in ("[", "{"):
            self._value(path)
        else:
            self._string(path)

    def _string(self, path: KeyPath) -> None:
        if self._peek()[0] in "\"'":
            value = self.pieces[self.at]
            self._remember_value(path, Span(value.start, value.end))

    def _peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.pieces[at].text if at < len(self.pieces) else "\n"

    def _header(self, line: int) -> KeyPath:
        is_array = self._peek(1) == "["
        self.at += 2 if is_array else 1
        path: KeyPath = ()
        parts = self._parts()
        for number, part in enumerate(parts, start=1):
            path = (*path, part)
            self._remember(path, line)
            if number < len(parts) and path in self.elements:
                path = (*path, self.elements[path] - 1)
        if is_array:
            count = self.elements.get(path, 0)
            self.elements[path] = count + 1
            path = (*path, count)
        self.lines[path] = line  # the header itself says more than a longer one above it
        return path

    def _key(self, base: KeyPath, line: int) -> KeyPath:
        path = base
        for part in self._parts():
            path = (*path, part)
            self._remember(path, line)
        return path

    def _parts(self) -> list[str]:
        """Read a dotted key; stops at the mark behind it."""
        parts: list[str] = []
        while self._peek() not in ("=", "\n", "[", "]", "{", "}", ","):
            if self._peek() != "." and len(parts) < _DEEPEST:
                parts.append(_unquoted(self._peek()))
            self.at += 1
        return parts

    def _value(self, path: KeyPath) -> None:
        """Read a list or an inline table, noting what is in it; stops behind its end."""
        frames = [self._frame(path)]
        self.at += 1
        while frames and self.at < len(self.pieces):
            piece, line, place = self.pieces[self.at]
            frame = frames[-1]
            if piece in ("]", "}"):
                frames.pop()
                self._remember_value(frame.path, Span(frame.start, place + 1))
            elif piece == ",":
                frame.index += 1
                frame.awaiting = True
            elif piece != "\n":
                if frame.awaiting:
                    self._start(frame, line)
                if self._peek() in ("[", "{"):
                    frames.append(self._frame(frame.inner))
                elif self._peek() in ("]", "}", ",", "\n"):  # no value where one should be
                    continue
                else:
                    self._string(frame.inner)
            self.at += 1

    def _frame(self, path: KeyPath) -> _Frame:
        start = self.pieces[self.at].start
        return _Frame(path=path, is_list=self._peek() == "[", start=start)

    def _start(self, frame: _Frame, line: int) -> None:
        frame.awaiting = False
        if frame.is_list:
            frame.inner = (*frame.path, frame.index)
            self._remember(frame.inner, line)
            return
        frame.inner = self._key(frame.path, line)
        if self._peek() == "=":
            self.at += 1

    def _remember(self, path: KeyPath, line: int) -> None:
        if len(path) <= _DEEPEST:
            self.lines.setdefault(path, line)

    def _remember_value(self, path: KeyPath, span: Span) -> None:
        if len(path) <= _DEEPEST:
            self.values.setdefault(path, span)


def _unquoted(piece: str) -> str:
    if piece[0] == "'":
        return piece[1:-1]
    if piece[0] == '"':
        return re.sub(
            r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))",
            _unescaped,
            piece[1:-1],
        )
    return piece


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits is None:
        return _ESCAPES.get(match[4], match[4])
    code = int(digits, 16)
    return chr(code) if code <= sys.maxunicode else match[0]
