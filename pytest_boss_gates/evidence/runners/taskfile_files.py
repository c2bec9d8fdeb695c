"""The files of go-task: Taskfiles with what they include, their tasks, variables and templates."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import inside
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.yaml_values import mapping, texts
from pytest_boss_gates.repository.yaml_lines import Map, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.repository.yaml_lines import Value

NAMES = tuple(
    f"{name}{part}.{ending}"
    for part in ("", ".dist")
    for ending in ("yml", "yaml")
    for name in ("Taskfile", "taskfile")
)
"""What a Taskfile may be called; the first that exists is the one."""

_DEEPEST = 20
_MOST_INCLUDES = 60
_LONGEST = 5_000  # characters that values may add up to
_TEMPLATE = re.compile(r"\{\{-?(.{0,400}?)-?\}\}")
_VARIABLE = re.compile(
    r"\s*\.(\w+)\s*(?:\|\s*default\s+(?:\"([^\"]*)\"|'([^']*)'|\.(\w+))\s*)?"
    r"|\s*default\s+(?:\"([^\"]*)\"|'([^']*)')\s+\.(\w+)\s*"
)


@dataclass(slots=True, kw_only=True)
class File:
    """A Taskfile, and where it is included: its tasks are called ``prefix:name``."""

    path: str
    directory: str  # where its tasks run
    prefix: tuple[str, ...]
    content: Map
    vars: dict[str, str] = field(default_factory=dict)  # given by the include


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task, under the name that it was found by."""

    file: File
    line: int
    value: Value
    name: str


def file_at(reading: Reading, path: str) -> str:
    """Find a Taskfile by its path or by its directory's."""
    if path in reading.tree:
        return path
    beside = (posixpath.join(path, name) for name in NAMES)
    return next((name for name in beside if name in reading.tree), "")


class Taskfiles:
    """A Taskfile and all that it includes; ``files`` is empty when it is not understood."""

    def __init__(self, reading: Reading, path: str, directory: str) -> None:
        self._reading = reading
        self._aliases: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.files: list[File] = []
        self._include(path, directory, (), {}, 0)

    def _include(
        self,
        path: str,
        directory: str,
        prefix: tuple[str, ...],
        given: Mapping[str, str],
        depth: int,
    ) -> None:
        content = self._reading.yaml(path) if path else None
        if not isinstance(content, Map) or depth > _DEEPEST or len(self.files) > _MOST_INCLUDES:
            return
        file = File(path=path, directory=directory, prefix=prefix, content=content)
        file.vars = dict(given)
        self.files.append(file)
        for name, value in mapping(content.get("includes")).items():
            options = mapping(value)
            target = options.get("taskfile") if options else value
            if not isinstance(target, Text):
                continue
            names = {"ROOT_DIR": ROOT, "TASKFILE_DIR": ROOT + posixpath.dirname(path)}
            found = file_at(self._reading, inside(posixpath.dirname(path), filled(target, names)))
            own = options.get("dir")
            inner = directory
            if isinstance(own, Text):
                inner = inside(posixpath.dirname(path), filled(own, names))
            where = prefix if options.get("flatten") == "true" else (*prefix, name)
            for alias in texts(options.get("aliases")):
                spelled = (*prefix, alias)
                self._aliases[spelled] = where
            self._include(found, inner, where, variables_of(options.get("vars"), {}), depth + 1)

    def find(self, name: str, prefix: tuple[str, ...]) -> Task | None:
        """Find a task by the name that a file with a prefix, or the command line, gives it."""
        if name.startswith(":"):
            name, prefix = name[1:], ()
        *before, last = name.split(":")
        full = (*prefix, *before)
        for length in range(len(full), 0, -1):
            if full[:length] in self._aliases:
                full = (*self._aliases[full[:length]], *full[length:])
                break
        for file in self.files:
            if file.prefix != full[: len(file.prefix)]:
                continue
            inner = ":".join((*full[len(file.prefix) :], last))
            task = _task_of(file, inner)
            if task is not None:
                return task
        if prefix + tuple(name.split(":")) not in self._aliases:
            files = [file for file in self.files if file.prefix == (*full, last)]
            return next((task for file in files if (task := _task_of(file, "default"))), None)
        return None


def _task_of(file: File, name: str) -> Task | None:
    """Find a task in one file: by name, by alias, or by a name with ``*``."""
    tasks = mapping(file.content.get("tasks"))
    if name in tasks:
        return Task(file=file, line=tasks.lines.get(name, 0), value=tasks[name], name=name)
    for key, value in tasks.items():
        aliases = texts(mapping(value).get("aliases"))
        if name in aliases or ("*" in key and _fits(name, key)):
            return Task(file=file, line=tasks.lines.get(key, 0), value=value, name=key)
    return None


def _fits(name: str, pattern: str) -> bool:
    return re.fullmatch(
        ".+".join(re.escape(part) for part in pattern.split("*")[:9]), name
    ) is not (None)


def variables_of(value: Value | None, names: Mapping[str, str]) -> dict[str, str]:
    """Give the values of ``vars:`` or ``env:``; one that is not plain stays as ``${NAME}``."""
    found: dict[str, str] = {}
    known = dict(names)
    for name, item in mapping(value).items():
        text = f"${{{name}}}"
        if isinstance(item, Text):
            text = filled(item, known)
        elif isinstance(item, Map) and isinstance(item.get("ref"), Text):
            text = known.get(str(item["ref"]).strip(". "), text)
        found[name] = known[name] = text
    return found


def filled(text: str, names: Mapping[str, str]) -> str:
    """Put the values of ``{{.NAME}}`` in; what is not known stays as ``${NAME}``."""

    def known(match: re.Match[str]) -> str:
        found = _VARIABLE.fullmatch(match[1])
        if found is None:
            if match[1].strip().split(" ")[0] in ("if", "else", "end", "range", "with", "/*"):
                return ""
            return "${" + (re.sub(r"\W+", "_", match[1]).strip("_")[:60] or "unknown") + "}"
        name = found[1] or found[7]
        default = next((part for part in (found[2], found[3], found[5], found[6]) if part), "")
        if found[4]:
            default = names.get(found[4], f"${{{found[4]}}}")
        value = names.get(name, "")
        if name == "CLI_ARGS" or default:
            return (value or default).replace("\n", " ")
        return names.get(name, f"${{{name}}}").replace("\n", " ")

    whole = _TEMPLATE.sub(known, text)
    return whole if len(whole) <= max(_LONGEST, len(text)) else "${too_long}"
