"""Prose: a tool that the README or the contributing guide speaks of, and nothing shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.model import Place

_PROSE = (
    "README",
    "README.md",
    "README.rst",
    "README.txt",
    "CONTRIBUTING*",
    ".github/CONTRIBUTING*",
    "docs/contributing.*",
)
_MOST_LINES = 5_000
_LONGEST = 1_000  # characters of a line
_WORD = re.compile(r"[A-Za-z0-9](?:[\w.-]*\w)?")
_EVERYDAY = frozenset(
    """behave black build coverage fly helm heroku hypothesis jest locust nose npm radon requests
    safety sphinx ty unittest ward conda docker statsd sentry""".split()
)
"""Names that are words, or that users of a project meet, too: they count in backticks only."""


def mentioned(reading: Reading, rows: Iterable[Tool]) -> Iterator[tuple[str, Place]]:
    """Find the first line of prose that names a tool, by the tool's key."""
    wanted: dict[str, str] = {}
    for row in rows:
        if row.area != "practice":
            for name in (row.key, row.title.lower(), *row.distributions):
                wanted.setdefault(name.lower(), row.key)
    found: set[str] = set()
    for path in (path for pattern in _PROSE for path in reading.tree.match(pattern)):
        lines = [(n, line[:_LONGEST]) for n, line in reading.numbered(path)[:_MOST_LINES]]
        text = "\n".join(line for _, line in lines).lower()
        for name in wanted.keys() & set(_WORD.findall(text)):
            if wanted[name] not in found and (number := _line_of(name, lines)):
                found.add(wanted[name])
                yield wanted[name], reading.place(path, number)


def _line_of(name: str, lines: Iterable[tuple[int, str]]) -> int:
    """Find the first line that speaks of a tool; 0 without."""
    marked = f"`{name}"
    for number, line in lines:
        lower = line.lower()
        is_word = name in lower and name in _WORD.findall(lower)
        if is_word and (name not in _EVERYDAY or marked in lower):
            return number
    return 0
