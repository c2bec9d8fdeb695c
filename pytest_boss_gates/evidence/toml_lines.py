"""On which line of a TOML file a table, key or string stands; parsers do not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'''(?P<newline>\n)
    |(?P<comment>\#[^\n]*)
    |(?P<long>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5})
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<bare>[A-Za-z0-9_+\-]+)
    |(?P<mark>[\[\]{}=.,])
    |(?P<other>.)''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    path: tuple[str, ...]
    line: int
    value: str | None = None  # of a string; None for a table header or a key


class TomlLines:
    """The lines of a text that is known to be valid TOML.

    Anything else gives useless answers but no error; lines count from 1, 0 is "not found".
    """

    def __init__(self, text: str) -> None:
        self._entries = _Scan().read(text)

    def of_key(self, *path: str) -> int:
        """Find where a table or key is opened: its header, its own line, or one below it.

        What stands in an inline table is found where that begins.
        """
        for entry in self._entries:
            if entry.value is None and entry.path[: len(path)] == path:
                return entry.line
        openings = {e.path: e.line for e in reversed(self._entries) if e.value is None}
        enclosing = (openings.get(path[:length]) for length in range(len(path) - 1, 0, -1))
        return next((line for line in enclosing if line), 0)

    def of_string(self, value: str, *path: str) -> int:
        """Find where a string stands below a key: in its value, or in a table under it."""
        for entry in self._entries:
            shared = min(len(entry.path), len(path))
            if entry.value == value and entry.path[:shared] == path[:shared] and shared:
                return entry.line
        return self.of_key(*path)


class _Scan:
    """One walk over the tokens of a text, remembering the table, the key and the brackets."""

    def __init__(self) -> None:
        self.entries: list[_Entry] = []
        self._table: tuple[str, ...] = ()
        self._key: list[str] = []  # the parts read so far of a header or of a key
        self._depth = 0  # of brackets in a value
        self._line = 1
        self._in_value = self._in_header = False

    def read(self, text: str) -> list[_Entry]:
        for token in _TOKEN.finditer(text):
            kind, word = token.lastgroup, token.group()
            if kind == "newline":
                self._end_of_line()
            elif kind in ("string", "long"):
                self._string(_inner(word))
                self._line += word.count("\n")
            elif kind == "bare" and not self._in_value:
                self._key.append(word)
            elif kind == "mark":
                self._mark(word)
        return self.entries

    def _end_of_line(self) -> None:
        self._line += 1
        if not self._depth:
            self._key, self._in_value, self._in_header = [], False, False

    def _string(self, value: str) -> None:
        if self._in_value:
            path = (*self._table, *self._key)
            self.entries.append(_Entry(path=path, line=self._line, value=value))
        else:
            self._key.append(value)

    def _mark(self, mark: str) -> None:
        if self._in_value:
            self._depth += (mark in "[{") - (mark in "]}")
        elif mark == "[":
            self._in_header = True
        elif mark == "]" and self._in_header and self._key:
            self._table, self._key = tuple(self._key), []
            self.entries.append(_Entry(path=self._table, line=self._line))
        elif mark == "=" and self._key:
            self._in_value = True
            self.entries.append(_Entry(path=(*self._table, *self._key), line=self._line))


def _inner(literal: str) -> str:
    """Strip the quotes off; escapes stay as they stand."""
    quotes = 3 if literal[:3] in ('"""', "'''") else 1
    return literal[quotes:-quotes]
