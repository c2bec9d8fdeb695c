"""The settings file as written: its tables, the line of every key, and what is wrong with it.

TOML parsers give no lines, so a second, forgiving look at the text finds them.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.model import Place, SettingsProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

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


class Page:
    """A settings file: its parsed content, places in it, and the problems found so far.

    Without a file the content is empty; a file that cannot be read or parsed is a problem
    and empty, too.
    """

    def __init__(self, *, name: str, text: str = "") -> None:
        self.name = name
        self.problems: list[SettingsProblem] = []
        self._lines = text.split("\n")
        self._places: dict[KeyPath, int] | None = None
        self._text = text
        self.content: dict[str, object] = self._parsed()

    @classmethod
    def read(cls, path: Path, *, name: str, required: bool) -> Page:
        """Read a file; only a ``required`` one has to be there."""
        reason, line = "", 0
        try:
            raw = path.read_bytes()
            return cls(name=name, text=raw.decode("utf-8-sig").replace("\r\n", "\n"))
        except UnicodeDecodeError as error:
            reason, line = "is not UTF-8 text", error.object.count(b"\n", 0, error.start) + 1
        except FileNotFoundError:
            if path.is_symlink():
                reason = "is a link to a file that does not exist"
            elif required:
                reason = "does not exist"
            else:
                return cls(name=name)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            reason = "is a directory" if os.path.isdir(path) else f"cannot be read ({why})"
        page = cls(name=name)
        page.problems.append(
            SettingsProblem(file=name, line=line, key="", message=f"The settings file {reason}.")
        )
        return page

    def place(self, path: KeyPath) -> Place:
        """Where a key stands, or the nearest key around it."""
        if self._places is None:
            self._places = key_lines(self._text)
        line = next(
            (
                self._places[path[:end]]
                for end in range(len(path), 0, -1)
                if path[:end] in self._places
            ),
            1,
        )
        line = min(line, len(self._lines))
        return Place(path=self.name, line=line, text=self._lines[line - 1].strip())

    def complain(
        self, path: KeyPath, message: str, *, value: object = None, suggestion: str = ""
    ) -> None:
        """Note a problem with a key; ``value`` is shown as TOML writes it, shortened."""
        self.problems.append(
            SettingsProblem(
                file=self.name,
                line=self.place(path).line,
                key=dotted(path),
                message=message,
                value="" if value is None else shown(value),
                suggestion=suggestion,
            )
        )

    def in_order(self) -> list[SettingsProblem]:
        """Give the problems in file order, those of the command line last."""
        return sorted(self.problems, key=lambda problem: (problem.file != self.name, problem.line))

    def _parsed(self) -> dict[str, object]:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            reason, line = str(error), self._line_of(error)
        except RecursionError:
            reason, line = "its values are nested too deeply", 0
        except ValueError as error:  # an integer of thousands of digits, for one
            reason, line = str(error), 0
        self.problems.append(
            SettingsProblem(
                file=self.name,
                line=line,
                key="",
                message=f"The file is not valid TOML: {printable(reason).rstrip('.')}.",
            )
        )
        return {}

    def _line_of(self, error: ValueError) -> int:
        """Find the line in the parser's message; the end of the document is its last line."""
        match = re.search(r"\(at line ([0-9]+), column [0-9]+\)$", str(error))
        last = max(1, len(self._lines) - (not self._lines[-1]))
        return min(int(match[1]), last) if match else last


def key_lines(text: str) -> dict[KeyPath, int]:
    """Find the line, counted from 1, of every key and list element of a TOML text.

    Never raises: what is not TOML gives fewer or odd entries.
    """
    return _Finder(pieces=_pieces(text)).find()


def dotted(path: KeyPath) -> str:
    """Spell a key path as TOML does, with list indexes from 0: ``a."b c".d[1]``."""
    spelled = ""
    for part in path:
        if isinstance(part, int):
            spelled += f"[{part}]"
            continue
        bare = re.fullmatch("[A-Za-z0-9_-]+", part) is not None
        spelled += ("." if spelled else "") + (part if bare else shown(part))
    return spelled


def shown(value: object, *, limit: int = 60) -> str:
    """Spell a value on one line, about as TOML writes it, shortened to ``limit`` characters."""
    text = _spelled(value, depth=2)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def did_you_mean(name: str, valid: Iterable[str], otherwise: str) -> str:
    """Suggest the valid name that is most like a misspelled one."""
    from difflib import get_close_matches

    plain = name[:80].lower().replace("_", "-").replace(" ", "-")
    near = get_close_matches(plain, list(valid), 1)
    return f"Did you mean {shown(near[0])}?" if near else otherwise


def printable(text: str) -> str:
    """Replace what a terminal would obey, and halves of surrogate pairs, by escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _spelled(value: object, *, depth: int) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            escaped = value[:200].replace("\\", "\\\\").replace('"', '\\"')
            return f'"{printable(escaped)}"'
        case int() if abs(value) > 10**18:  # str() refuses thousands of digits
            return f"{value:#x}"[:80]
        case list():
            inner = "…" if not depth else ", ".join(_spelled(v, depth=depth - 1) for v in value[:9])
            return f"[{inner}]"
        case dict():
            pairs = list(value.items())[:9]
            inner = ", ".join(f"{dotted((k,))} = {_spelled(v, depth=depth - 1)}" for k, v in pairs)
            return f"{{ {inner if depth else '…'} }}" if pairs else "{}"
        case _:
            return str(value)


def _pieces(text: str) -> list[tuple[str, int]]:
    """Split into strings, marks, words and line ends, each with its line; comments dropped."""
    found, line = [], 1
    for match in re.finditer(_PIECE, text, re.DOTALL):
        piece = match[0]
        if piece[0] != "#":
            found.append((piece, line))
        line += piece.count("\n")
    return found


@dataclass(slots=True, kw_only=True)
class _Frame:
    """An open list or inline table."""

    path: KeyPath
    is_list: bool
    index: int = 0
    awaiting: bool = True  # the next piece starts an element or a key
    inner: KeyPath = ()  # the path of the element or key that has started


@dataclass(slots=True, kw_only=True)
class _Finder:
    """A walk over pieces that remembers where each key path was first seen."""

    pieces: Sequence[tuple[str, int]]
    at: int = 0
    lines: dict[KeyPath, int] = field(default_factory=dict)
    elements: dict[KeyPath, int] = field(default_factory=dict)  # arrays of tables: how many

    def find(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.at < len(self.pieces):
            piece, line = self.pieces[self.at]
            if piece == "[":
                table = self._header(line)
            elif piece != "\n":
                path = self._key(table, line)
                if self._peek() == "=":
                    self.at += 1
                    self._value(path)
            while self.at < len(self.pieces) and self._peek() != "\n":
                self.at += 1
            self.at += 1
        return self.lines

    def _peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.pieces[at][0] if at < len(self.pieces) else "\n"

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
        """Read a value, noting the keys and elements in it; stops at its end or behind it."""
        if self._peek() not in ("[", "{"):
            return
        frames = [_Frame(path=path, is_list=self._peek() == "[")]
        self.at += 1
        while frames and self.at < len(self.pieces):
            piece, line = self.pieces[self.at]
            frame = frames[-1]
            if piece in ("]", "}"):
                frames.pop()
            elif piece == ",":
                frame.index += 1
                frame.awaiting = True
            elif piece != "\n":
                if frame.awaiting:
                    self._start(frame, line)
                if self._peek() in ("[", "{"):
                    frames.append(_Frame(path=frame.inner, is_list=self._peek() == "["))
            self.at += 1

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
