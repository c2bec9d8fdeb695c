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
        self._entries = _scan(text)

    def of_key(self, *path: str) -> int:
        """Where a table or key is opened: its header, its own line, one below it, or, when it
        stands in an inline table, where that begins.
        """
        for entry in self._entries:
            if entry.value is None and entry.path[: len(path)] == path:
                return entry.line
        openings = {e.path: e.line for e in reversed(self._entries) if e.value is None}
        enclosing = (openings.get(path[:length]) for length in range(len(path) - 1, 0, -1))
        return next((line for line in enclosing if line), 0)

    def of_string(self, value: str, *path: str) -> int:
        """Where a string stands below a key: in its value, or in a table under it."""
        for entry in self._entries:
            shared = min(len(entry.path), len(path))
            if entry.value == value and entry.path[:shared] == path[:shared] and shared:
                return entry.line
        return self.of_key(*path)


def _scan(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    table: tuple[str, ...] = ()
    key: list[str] = []  # the parts read so far of a header or of a key
    depth = 0  # of brackets in a value
    line, in_value, in_header = 1, False, False
    for token in _TOKEN.finditer(text):
        kind, word = token.lastgroup, token.group()
        if kind == "newline":
            line += 1
            if not depth:
                key, in_value, in_header = [], False, False
        elif kind in ("string", "long"):
            if in_value:
                entries.append(_Entry(path=(*table, *key), line=line, value=_inner(word)))
            else:
                key.append(_inner(word))
            line += word.count("\n")
        elif in_value:
            depth += (word in "[{") - (word in "]}") if kind == "mark" else 0
        elif kind == "bare":
            key.append(word)
        elif word == "[":
            in_header = True
        elif word == "]" and in_header and key:
            table, key = tuple(key), []
            entries.append(_Entry(path=table, line=line))
        elif word == "=" and key:
            in_value = True
            entries.append(_Entry(path=(*table, *key), line=line))
    return entries


def _inner(literal: str) -> str:
    """The text between the quotes, escapes as they stand."""
    quotes = 3 if literal[:3] in ('"""', "'''") else 1
    return literal[quotes:-quotes]
