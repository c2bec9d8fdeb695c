"""What lets CI run the gates: a few lines for each provider, kept as data."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_boss_gates.repository.tree import Tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A row of ``snippets.toml``."""

    key: str
    name: str
    file: str  # where the lines go
    where: str  # how they get there
    text: str
    found: tuple[str, ...] = ()  # patterns of files that show the provider; none: the last resort


@cache
def load_snippets() -> tuple[Snippet, ...]:
    """Read every row, in the order in which they are looked for."""
    from importlib.resources import files

    text = files("pytest_boss_gates.settings").joinpath("snippets.toml").read_text("utf-8")
    return tuple(
        Snippet(
            key=key,
            name=row["name"],
            file=row["file"],
            where=row["where"],
            text=row["text"],
            found=tuple(row.get("found", ())),
        )
        for key, row in tomllib.loads(text).items()
    )


def snippets_for(tree: Tree) -> tuple[Snippet, ...]:
    """Give the snippet of each provider that the tree shows, else the one for all others."""
    rows = load_snippets()
    shown = tuple(row for row in rows if any(tree.match(pattern) for pattern in row.found))
    return shown or tuple(row for row in rows if not row.found)
