"""Which tools a repository declares: as a requirement, a config section, a hook or a file.

Declared is not run: whether CI reaches a tool is another question than the one asked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.dependencies import (
    Dependency,
    dependencies_of,
    ini_entries,
    is_toml,
    normalised,
    quoted,
    reader_of,
    setup_name,
)
from pytest_boss_gates.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.reading import Reading

_MOST_PROOFS = 20  # of a tool; a monorepo would repeat one for each of its projects
_MOST_MARKED = 200  # files looked into for a mark of one tool
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
_FEWEST_EXPORTED = 40  # requirements; nobody pins so many by hand beside a lock
_INI_FILES = ("setup.cfg", "tox.ini")
_COMMENTS = ("#", ";", "//")
_NO_CONTENT = ("/.gitkeep", "/.keep", "/.gitignore")  # they hold the place of nothing
_ACTION = re.compile(r"\s*-?\s*uses:\s*[\"']?([\w.-]+/[\w./-]+)")
_ACTION_FILES = (".github/workflows/*.y*ml", ".github/actions/**/action.y*ml")
_HOOK = re.compile(r"\s*-?\s*id:\s*[\"']?([\w.-]+)[\"']?\s*(?:#.*)?$")

# Directories whose files say nothing about how the project itself is kept.
_ELSEWHERE = frozenset(
    """build cookiecutter demo demos dist example examples extern external fixture fixtures sample
    samples template templates test test-data test_data testdata testing tests third-party
    third_party vendor vendored _vendor _vendored""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Where a tool is declared, the strongest kind first; none with a note of what was searched."""

    places: tuple[Place, ...]
    note: str = ""


def declared(reading: Reading, tools: Iterable[Tool]) -> Mapping[str, Declared]:
    """Look for every tool in the files of the repository; the answers by its key.

    Tests, fixtures, examples, templates, build results and vendored code prove nothing, nor
    does a tool's own repository prove that it uses itself. A file that cannot be read is named
    in the reading's problems and loses only itself.
    """
    look = _Look(reading)
    return {tool.key: _declared(look, tool) for tool in tools}


def searched(tool: Tool) -> str:
    """Where a tool is looked for, for people: ``the dependencies, [tool.mypy], mypy.ini``."""
    places = ["the dependencies"] if tool.distributions or tool.companions else []
    places += [f"[{section}]" for section in tool.sections]
    places += ["the pre-commit hooks"] if tool.hooks else []
    places += [f"the action {action}" for action in tool.actions]
    places += [*tool.files, *tool.marked]
    places += [f"what shows {member}" for member in tool.members]
    if tool.commands or tool.known:
        places.append("the commands of CI")
    return ", ".join(places)


def is_elsewhere(path: str, pattern: str = "") -> bool:
    """Whether a path stands in tests, fixtures, examples and the like, where it proves nothing.

    A directory that the pattern itself names does not count against it.
    """
    *directories, _ = path.lower().split("/")
    named = pattern.lower().split("/")
    return any(
        (part in _ELSEWHERE and part not in named)
        or "{{" in part
        or part.startswith("cookiecutter")
        for part in directories
    )


def _declared(look: _Look, tool: Tool) -> Declared:
    if look.own_names & {tool.key, *map(normalised, tool.distributions)}:
        note = "this project is the tool itself: only running it on its own source would count"
        return Declared(places=(), note=note)
    found = tuple(dict.fromkeys(look.proofs(tool)))[:_MOST_PROOFS]
    return Declared(places=found, note="" if found else f"searched {searched(tool)}")


class _Look:
    """What the files say, for all tools: read once, asked often."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._tree = reading.tree
        self._required: dict[str, list[Place]] = {}
        self._hooks: dict[str, Place] | None = None
        self._actions: dict[str, list[Place]] | None = None
        self._sections: list[tuple[str, Place]] | None = None
        self.own_names: set[str] = set()
        self._dependencies()

    def _dependencies(self) -> None:
        """Read every requirement, and the names of the projects that stand here."""
        reading = self._reading
        found: list[Dependency] = []
        ours: set[str] = set()
        for path in self._tree.files:
            if reader_of(path) is None or is_elsewhere(path) or self._is_export(path):
                continue
            text, table = reading.text(path), reading.toml(path) if is_toml(path) else {}
            if text is None or table is None:
                continue
            try:
                name = normalised(_name_in(path, text, table))
                found += dependencies_of(path, text, table)
            except SyntaxError as error:
                reading.problem(path, error.msg, error.lineno or 0)
                continue
            except (ValueError, RecursionError) as error:
                reading.problem(path, str(error))
                continue
            if name:
                ours.add(name)
                if "/" not in path:
                    self.own_names.add(name)
        for dependency in found:
            if dependency.name not in ours:
                self._required.setdefault(dependency.name, []).append(dependency.place)

    def _is_export(self, path: str) -> bool:
        """Whether a list of requirements is a lock written out: all pinned, beside that lock."""
        home, _, name = path.rpartition("/")
        home = f"{home}/" if home else ""
        if not name.endswith(".txt") or not any(home + lock in self._tree for lock in _LOCKS):
            return False
        lines = [line for _, line in self._reading.numbered(path)]
        asked = [line for line in lines if re.match(r"[A-Za-z0-9]", line)]
        return len(asked) >= _FEWEST_EXPORTED and all("==" in line for line in asked)

    def proofs(self, tool: Tool) -> Iterator[Place]:
        """Find the places that declare a tool, the strongest kind first."""
        for name in (*tool.distributions, *tool.companions):
            yield from self._requirements(normalised(name))
        for section in tool.sections:
            yield from self._section(section)
        for hook in tool.hooks:
            if hook in self._all_hooks():
                yield self._all_hooks()[hook]
        for name, places in self._all_actions().items() if tool.actions else ():
            if any(name == action or name.startswith(action + "/") for action in tool.actions):
                yield from places
        for pattern in tool.files:
            yield from map(self._first_line, self._own(pattern)[:_MOST_PROOFS])
        for pattern, mark in tool.marked.items():
            yield from self._marked(pattern, re.compile(mark))

    def _requirements(self, wanted: str) -> Iterator[Place]:
        if not wanted.endswith("*"):
            yield from self._required.get(wanted, ())
            return
        for name in sorted(self._required):
            if name.startswith(wanted[:-1]):
                yield from self._required[name]

    def _section(self, wanted: str) -> Iterator[Place]:
        if wanted.startswith("tool."):
            keys = tuple(wanted.split("."))
            for path in self._tree.match("**/pyproject.toml"):
                table = None if is_elsewhere(path) else self._reading.toml(path)
                if table and _has(table, keys):
                    yield self._reading.toml_place(path, keys)
            return
        start, any_end = wanted.removesuffix("*"), wanted.endswith("*")
        for section, place in self._ini_sections():
            if section == wanted or (any_end and section.startswith(start)):
                yield place

    def _ini_sections(self) -> list[tuple[str, Place]]:
        if self._sections is None:
            self._sections = [
                (entry.section, self._reading.place(path, entry.line))
                for name in _INI_FILES
                for path in self._own(f"**/{name}")
                for entry in self._reading.ini(path)
                if not entry.key and entry.section
            ]
        return self._sections

    def _all_hooks(self) -> dict[str, Place]:
        if self._hooks is None:
            self._hooks = {}
            path = ".pre-commit-config.yaml"
            for number, line in self._reading.numbered(path):
                if match := _HOOK.fullmatch(line):
                    self._hooks.setdefault(match[1], self._reading.place(path, number))
        return self._hooks

    def _all_actions(self) -> dict[str, list[Place]]:
        if self._actions is None:
            self._actions = {}
            for path in (path for pattern in _ACTION_FILES for path in self._own(pattern)):
                for number, line in self._reading.numbered(path):
                    if match := _ACTION.match(line):
                        place = self._reading.place(path, number)
                        self._actions.setdefault(match[1].lower(), []).append(place)
        return self._actions

    def _own(self, pattern: str) -> list[str]:
        """List the files of a pattern outside of tests and the like, unless it names these."""
        paths = self._tree.match(pattern)
        return [p for p in paths if not is_elsewhere(p, pattern) and not p.endswith(_NO_CONTENT)]

    def _first_line(self, path: str) -> Place:
        """Quote the first line of a tool's own file that is no comment, if there is any."""
        try:
            lines = self._tree.read_head(path).split("\n")
        except OSError:  # that it is there is enough
            return Place(path=path)
        filled = [n for n, line in enumerate(lines, start=1) if line.strip()]
        said = (n for n in filled if not lines[n - 1].lstrip().startswith(_COMMENTS))
        number = next(said, filled[0] if filled else 0)
        return Place(path=path, line=number, text=quoted(lines, number))

    def _marked(self, pattern: str, mark: re.Pattern[str]) -> Iterator[Place]:
        found = 0
        for path in self._own(pattern)[:_MOST_MARKED]:
            for number, line in self._reading.numbered(path):
                if mark.search(line):
                    yield self._reading.place(path, number)
                    found += 1
                    break
            if found == _MOST_PROOFS:
                return


def _name_in(path: str, text: str, table: Mapping[str, object]) -> str:
    """Read what a file says that the project is called, "" when it does not."""
    match path.rpartition("/")[2]:
        case "pyproject.toml":
            return _text(table, "project", "name") or _text(table, "tool", "poetry", "name")
        case "setup.cfg":
            entries = ini_entries(text)
            return next((e[3] for e in entries if e[:2] == ("metadata", "name")), "")
        case "setup.py":
            return setup_name(text)
        case _:
            return ""


def _has(table: object, keys: Iterable[str]) -> bool:
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return False
        table = table[key]
    return True


def _text(table: object, *keys: str) -> str:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, str) else ""
