"""The tools that are known: rows of ``catalogue.toml`` as values, each checked when loaded."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError

if TYPE_CHECKING:
    from collections.abc import Mapping

AREAS = (
    "lint",
    "format",
    "types",
    "tests",
    "docs",
    "security",
    "performance",
    "packaging",
    "containers",
    "deployment",
    "environments",
    "monitoring",
    "ci",
)
_LISTS = ("distributions", "companions", "sections", "files", "hooks", "actions")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE = Path(__file__).with_name("catalogue.toml")


class CatalogueError(BossGatesError):
    """A row of the catalogue is malformed; the message names the row and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool, and all that shows that a repository has declared it."""

    key: str  # as users write it in settings: "github-actions"
    title: str  # as people write it: "GitHub Actions"
    purpose: str  # the tracker's word: "Code Linting"
    area: str  # one of AREAS
    distributions: tuple[str, ...] = ()  # PyPI names that are the tool
    companions: tuple[str, ...] = ()  # PyPI names that bring or extend it; may end in "*"
    sections: tuple[str, ...] = ()  # "tool.mypy" in pyproject.toml, else ini; may end in "*"
    files: tuple[str, ...] = ()  # patterns of the tool's own files
    marked: Mapping[str, str]  # pattern of files -> what their text must hold (a regex, by lines)
    hooks: tuple[str, ...] = ()  # ids of pre-commit hooks
    actions: tuple[str, ...] = ()  # GitHub actions, lower case: "github/codeql-action"


@lru_cache(maxsize=1)
def load_catalogue() -> tuple[Tool, ...]:
    """Load the catalogue that comes with the package, sorted by key."""
    return parse_catalogue(_FILE.read_text(encoding="utf-8"))


def tool_names() -> tuple[str, ...]:
    """Give the keys of all known tools, sorted: what ``[tool.boss-gates.tools]`` may name."""
    return tuple(tool.key for tool in load_catalogue())


def parse_catalogue(text: str) -> tuple[Tool, ...]:
    """Make tools of a catalogue's text. Raises CatalogueError when a row is malformed."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        rows = tomllib.loads(text)
    except ValueError as error:
        raise CatalogueError(f"The catalogue of tools is not valid TOML: {error}.") from error
    return tuple(_tool(key, row) for key, row in sorted(rows.items()))


def _tool(key: str, row: object) -> Tool:
    if not isinstance(row, dict):
        raise CatalogueError(f"Row {key!r} of the catalogue must be a table.")
    if not _KEY.fullmatch(key):
        raise CatalogueError(f"Row {key!r}: a key is made of a-z, 0-9 and single hyphens.")
    for field in row.keys() - {"title", "purpose", "area", "marked", *_LISTS}:
        raise CatalogueError(f"Row {key!r}: there is no field {field!r}.")
    for field in ("purpose", "area"):
        if not isinstance(row.get(field), str) or not row[field]:
            raise CatalogueError(f"Row {key!r}: {field!r} must be a text.")
    if row["area"] not in AREAS:
        raise CatalogueError(
            f"Row {key!r}: the area {row['area']!r} is none of {', '.join(AREAS)}."
        )
    lists = {field: _texts(key, field, row.get(field, [])) for field in _LISTS}
    marked = _marked(key, row.get("marked", {}))
    if not marked and not any(lists.values()):
        raise CatalogueError(f"Row {key!r}: nothing would ever show this tool.")
    title = row.get("title", key)
    if not isinstance(title, str):
        raise CatalogueError(f"Row {key!r}: 'title' must be a text.")
    return Tool(
        key=key, title=title, purpose=row["purpose"], area=row["area"], marked=marked, **lists
    )


def _texts(key: str, field: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise CatalogueError(f"Row {key!r}: {field!r} must be a list of texts.")
    return tuple(value)


def _marked(key: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise CatalogueError(f"Row {key!r}: 'marked' must be a table of patterns.")
    for pattern, mark in value.items():
        if wrong := _wrong_expression(mark):
            raise CatalogueError(
                f"Row {key!r}: the mark of {pattern!r} is no regular expression: {wrong}."
            )
    return dict(value)


def _wrong_expression(mark: object) -> str:
    try:
        re.compile(str(mark))
    except re.error as error:
        return str(error)
    return "" if isinstance(mark, str) else "it is no text"
