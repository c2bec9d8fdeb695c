"""The tools and practices that are known: rows of data as values, each checked when loaded."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
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
    "practice",
)
OCCASIONS = ("schedule", "release")
_LISTS = (
    "distributions",
    "companions",
    "sections",
    "files",
    "hooks",
    "actions",
    "workflows",
    "commands",
    "idle",
    "known",
    "members",
    "occasions",
    "problems",
)
_SHOW_NOTHING = ("idle", "occasions", "problems")
_OPTIONS = ("checks", "lenient")
_STATUSES = re.compile(r"[0-9]{1,3}(-[0-9]{1,3})?")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE = Path(__file__).with_name("catalogue.toml")
_PRACTICES = Path(__file__).with_name("practices.toml")


class CatalogueError(BossGatesError):
    """A row of the catalogue is malformed; the message names the row and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool or practice: all that shows that a repository declares it, and that CI runs it."""

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
    actions: tuple[str, ...] = ()  # GitHub actions, lower case; those below one count, too
    workflows: tuple[str, ...] = ()  # reusable workflows of other repositories
    commands: tuple[str, ...] = ()  # first words of the commands that run it: "ruff check"
    idle: tuple[str, ...] = ()  # commands that look like it and check nothing
    known: tuple[str, ...] = ()  # other ends by kind and name: "orb:circleci/python/test"
    members: tuple[str, ...] = ()  # of a practice: other rows, or "area:lint"
    occasions: tuple[str, ...] = ()  # beside pushes and changes: of OCCASIONS
    checks: Mapping[str, tuple[str, ...]]  # command -> options; without one it cannot fail
    lenient: Mapping[str, tuple[str, ...]]  # command -> options that keep it from failing
    ends: Mapping[str, str]  # action, or "kind:name" -> what it runs, as shell text over its inputs
    problems: tuple[str, ...] = ()  # exit statuses that tell of findings: "1", "4-7"; (): 1

    def tells_of_problems(self, status: int) -> bool:
        """Whether the tool ends with this status when it found something to complain about."""
        for text in self.problems or ("1",):
            first, _, last = text.partition("-")
            if int(first) <= status <= int(last or first):
                return True
        return False


@lru_cache(maxsize=1)
def load_catalogue() -> tuple[Tool, ...]:
    """Load the catalogue that comes with the package, sorted by key."""
    return parse_catalogue(_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def load_practices() -> tuple[Tool, ...]:
    """Load the practices that come with the package, in their order: members come first."""
    return parse_catalogue(_PRACTICES.read_text(encoding="utf-8"), ordered=False)


def tool_names() -> tuple[str, ...]:
    """Give the keys of all known tools, sorted: what ``[tool.boss-gates.tools]`` may name."""
    return tuple(tool.key for tool in load_catalogue())


def parse_catalogue(text: str, *, ordered: bool = True) -> tuple[Tool, ...]:
    """Make tools of a catalogue's text, sorted by key, or as they stand there.

    Raises CatalogueError when a row is malformed.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        rows = tomllib.loads(text)
    except ValueError as error:
        raise CatalogueError(f"The catalogue of tools is not valid TOML: {error}.") from error
    named = sorted(rows.items()) if ordered else rows.items()
    return tuple(tool_of(key, row) for key, row in named)


def tool_of(key: str, row: object) -> Tool:
    """Make a tool of one row. Raises CatalogueError, which names the row and the field."""
    if not isinstance(row, dict):
        raise CatalogueError(f"Row {key!r} of the catalogue must be a table.")
    if not _KEY.fullmatch(key):
        raise CatalogueError(f"Row {key!r}: a key is made of a-z, 0-9 and single hyphens.")
    for field in row.keys() - {"title", "purpose", "area", "marked", "ends", *_LISTS, *_OPTIONS}:
        raise CatalogueError(f"Row {key!r}: there is no field {field!r}.")
    lists = {field: _texts(key, field, row.get(field, [])) for field in _LISTS}
    for occasion in lists["occasions"]:
        _one_of(key, "occasion", occasion, OCCASIONS)
    for status in lists["problems"]:
        if not _STATUSES.fullmatch(status):
            raise CatalogueError(f"Row {key!r}: {status!r} is no exit status or range of them.")
    marked = _marked(key, row.get("marked", {}))
    if not marked and not any(lists[field] for field in _LISTS if field not in _SHOW_NOTHING):
        raise CatalogueError(f"Row {key!r}: nothing would ever show this tool.")
    return Tool(
        key=key,
        title=_text(key, "title", row.get("title", key)),
        purpose=_text(key, "purpose", row.get("purpose")),
        area=_one_of(key, "area", _text(key, "area", row.get("area")), AREAS),
        marked=marked,
        ends=_ends(key, row.get("ends", {})),
        checks=_options(key, "checks", row.get("checks", {})),
        lenient=_options(key, "lenient", row.get("lenient", {})),
        **lists,
    )


def _text(key: str, field: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise CatalogueError(f"Row {key!r}: {field!r} must be a text.")
    return value


def _one_of(key: str, field: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise CatalogueError(f"Row {key!r}: the {field} {value!r} is none of {', '.join(known)}.")
    return value


def _ends(key: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise CatalogueError(f"Row {key!r}: 'ends' must be a table of texts.")
    return dict(value)


def extended(tool: Tool, row: Mapping[str, object]) -> Tool:
    """Add a row's fields to a tool: lists and tables grow, a text takes the other's place.

    Raises CatalogueError.
    """
    fields: dict[str, object] = {}
    for name in (item.name for item in dataclass_fields(tool) if item.name != "key"):
        own, more = getattr(tool, name), row.get(name)
        if isinstance(own, tuple):
            grown = name != "problems"
            fields[name] = [*(own if grown or more is None else ()), *_sequence(more)]
        elif isinstance(own, str):
            fields[name] = own if more is None else more
        else:
            kept = {key: list(v) if isinstance(v, tuple) else v for key, v in own.items()}
            fields[name] = {**kept, **more} if isinstance(more, dict) else kept
    return tool_of(tool.key, fields)


def _sequence(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _options(key: str, field: str, value: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise CatalogueError(f"Row {key!r}: {field!r} must be a table of lists.")
    return {command: _texts(key, f"{field}.{command}", words) for command, words in value.items()}


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
