"""Prose: a tool that the README or the contributing guide speaks of, and nothing shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.model import Place

_PROSE = ("README*", "CONTRIBUTING*", ".github/CONTRIBUTING*", "docs/contributing.*")
_MOST_LINES = 5_000
_WORD = re.compile(r"[A-Za-z0-9][\w.-]*")
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
        for number, line in reading.numbered(path)[:_MOST_LINES]:
            for match in _WORD.finditer(line[:1_000]):
                name = match[0].lower().rstrip(".")
                key = wanted.get(name)
                if key is None or key in found:
                    continue
                if name in _EVERYDAY and f"`{match[0]}" not in line:
                    continue
                found.add(key)
                yield key, reading.place(path, number)
