"""A place in CircleCI's configuration: its parameters, and where and how steps run there."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.repository.yaml_lines import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.repository.yaml_lines import Map, Value

_LONGEST = 20_000  # characters of a line with its parameters put in
_HOLE = re.compile(r"<<\s*([\w.-]+)\s*>>")


class Scope:
    """What ``<< >>`` stands for, in a file or an orb in the file; it notes what was asked."""

    def __init__(self, home: Map, values: Mapping[str, Value], touched: set[str]) -> None:
        self.home = home
        self.values = values
        self.touched = touched

    def value(self, name: str) -> Value | None:
        """Give what a parameter is; None when that is not known."""
        self.touched.add(name)
        return self.values.get(name)

    def whole(self, value: Value | None) -> Value | None:
        """Give what a scalar that is one ``<< >>`` stands for; else the value itself."""
        match = _HOLE.fullmatch(value.strip()) if isinstance(value, Text) else None
        return (self.value(match[1]) if match else None) or value

    def put(self, text: str) -> str:
        """Put known parameters in; the others become variables that nobody knows."""
        if "<<" not in text:
            return text
        put = _HOLE.sub(self._one, text[:_LONGEST]).replace("\\<<", "<<")
        return put[:_LONGEST]

    def _one(self, match: re.Match[str]) -> str:
        value = self.value(match[1])
        if isinstance(value, Text):
            return str(value)[:_LONGEST]
        return f"${{{re.sub(r'[^A-Za-z0-9]', '_', match[1])}}}"


_USUAL_HOME = re.compile(r"/(?:root|home/circleci)/project(?=/|$)")  # of the images


class At(NamedTuple):
    """How and where steps run, and what their parameters stand for."""

    scope: Scope
    env: Mapping[str, str] = {}
    shell: str = ""
    home: str = "~/project"  # where the repository is checked out to
    depth: int = 0

    def deeper(self, scope: Scope | None = None) -> At:
        """Go into a command, with its own parameters or with the same."""
        return self._replace(scope=scope or self.scope, depth=self.depth + 1)


def inside(directory: str, home: str) -> str:
    """Where a step runs, from the root of the repository; ``home`` is where that stands."""
    directory = directory.strip()
    start = home.rstrip("/")
    if directory == start or directory.startswith(start + "/"):
        directory = directory[len(start) :].lstrip("/")
    elif match := _USUAL_HOME.match(directory):
        directory = directory[match.end() :].lstrip("/")
    if directory.startswith(("/", "~")):
        return "$" + directory
    path = posixpath.normpath(directory or ".")
    return "" if path == "." else path
