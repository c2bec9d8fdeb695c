"""The files that configure tox: where they are, and what the ini ones define."""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.runners.tox_toml import TomlSource
from pytest_boss_gates.evidence.runners.tox_values import (
    DEEPEST,
    MOST_WORK,
    OTHER_NAMES,
    Found,
    builtin,
    condition_of,
    for_environment,
    joined,
    names_of,
    substituted,
    uncommented,
    words_of,
)
from pytest_boss_gates.evidence.shell_values import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.tox_values import Environment
    from pytest_boss_gates.evidence.steps import Lines

_REFERENCE = re.compile(r"\[([^\]]+)\]([\w-]+)(?::(.*))?", re.DOTALL)
_KEY = re.compile(r"([\w-]+)(?::(.*))?", re.DOTALL)


class IniSource:
    """The sections of a tox.ini, a setup.cfg, or the text of ``legacy_tox_ini``."""

    def __init__(self, path: str, lines: Lines, root: str, core: str = "tox") -> None:
        self.path = path
        self._root = root
        self._core = core
        self._sections: dict[str, dict[str, list[tuple[int, str]]]] = {}
        self._work = 0
        self.stray = 0  # the line of text before any section
        section: dict[str, list[tuple[int, str]]] | None = None
        values: list[tuple[int, str]] = []
        for number, line in lines:
            bare = line.strip()
            if not bare or bare.startswith(("#", ";")):
                continue
            if line[0] == "[" and "]" in bare:
                name = bare[1 : bare.rindex("]")].strip()
                section = self._sections.setdefault(name, {})
                values = []
            elif line[0].isspace():
                values.append((number, bare))
            elif section is None:
                self.stray = self.stray or number
            else:
                key, _, value = re.sub(r"\s*[=:]\s*", "=", bare, count=1).partition("=")
                values = section.setdefault(key.strip(), [])
                values.append((number, value))
        self._homes: dict[str, str] = {}
        for name in self._sections:
            if name.startswith("testenv:"):
                for one in names_of(name[len("testenv:") :]):
                    self._homes.setdefault(one, name)

    def has(self, section: str) -> bool:
        """Whether a section of this name is there."""
        return section in self._sections

    def _plain(self, section: str, key: str) -> Lines:
        found = self._sections.get(section, {})
        return tuple(found.get(key) or found.get(OTHER_NAMES.get(key, "")) or ())

    def listed(self, key: str, section: str = "") -> list[str]:
        """Give the names in a setting of the core section, or of another one."""
        lines = self._plain(section or self._core, key)
        text = "\n".join(uncommented(line) for _, line in lines)
        answer = self._core_answer
        return names_of(substituted(text, answer))

    def _core_answer(self, inner: str) -> str | None:
        if match := _REFERENCE.fullmatch(inner):
            return "\n".join(line for _, line in self._plain(match[1], match[2]))
        return None

    def mapping(self, section: str, key: str) -> dict[str, list[str]]:
        """Give the names behind each ``label = a, b`` or ``3.12: a, b`` of a setting."""
        found: dict[str, list[str]] = {}
        for _, line in self._plain(section, key):
            name, mark, value = re.sub(r"\s*[=:]\s*", "=", line, count=1).partition("=")
            if mark:
                found[name] = names_of(uncommented(value))
        return found

    def labels(self) -> dict[str, list[str]]:
        """Give the environments of each label."""
        found = self.mapping(self._core, "labels")
        for name, home in self._homes.items():
            for label in names_of("\n".join(text for _, text in self._plain(home, "labels"))):
                found.setdefault(label, []).append(name)
        return found

    def declared(self) -> list[str]:
        """Give the environments that have a section of their own."""
        return list(self._homes)

    def conditions(self) -> set[str]:
        """Give the factors that conditions ask for."""
        factors: set[str] = set()
        for name, section in self._sections.items():
            if name.startswith("testenv"):
                for _, line in itertools.chain.from_iterable(section.values()):
                    groups, _ = condition_of(line)
                    factors.update(f.lstrip("!") for g in groups or () for f in g.split("-"))
        return factors

    def _home(self, name: str, key: str) -> Lines | None:
        """Give a setting as an environment has or inherits it."""
        pending, seen = [self._homes.get(name, f"testenv:{name}")], set[str]()
        while pending:
            section = pending.pop(0)
            if section in seen:
                continue
            seen.add(section)
            found = self._sections.get(section)
            if found is not None and (key in found or OTHER_NAMES.get(key) in found):
                return self._plain(section, key)
            if found is not None and "base" in found:
                for base in names_of("\n".join(text for _, text in found["base"])):
                    pending += [base, self._homes.get(base, f"testenv:{base}")]
            elif section.startswith("testenv:"):
                pending.append("testenv")
        return None

    def commands(self, environment: Environment, key: str) -> list[Found]:
        """Give the commands of an environment, those of another section with their own lines."""
        lines = self._home(environment.name, key) or ()
        return [Found(line, words_of(text)) for line, text in self._expanded(lines, environment)]

    def _expanded(
        self, lines: Lines, environment: Environment, depth: int = 0
    ) -> Iterator[tuple[int, str]]:
        for number, text in joined(for_environment(lines, environment.name)):
            whole = re.fullmatch(r"\{\[([^\]{}]+)\]([\w-]+)\}", text.strip())
            if whole and depth <= DEEPEST and (there := self._plain(whole[1], whole[2])):
                yield from self._expanded(there, environment, depth + 1)
            else:
                for line in self._answered(text, environment).splitlines():
                    yield number, line

    def text(self, environment: Environment, key: str) -> str:
        """Give a setting with its substitutions made, line by line."""
        lines = self._home(environment.name, key) or ()
        return "\n".join(text for _, text in self._expanded(lines, environment))

    def line(self, environment: Environment, key: str) -> int:
        """Give the line that a setting stands on; 0 when there is none."""
        return next((line for line, _ in self._home(environment.name, key) or ()), 0)

    def variables(self, environment: Environment) -> dict[str, str]:
        """Give ``set_env``."""
        pairs = (line.partition("=") for line in self.text(environment, "set_env").splitlines())
        return {name.strip(): value.strip() for name, mark, value in pairs if mark}

    def _answered(self, text: str, environment: Environment, depth: int = 0) -> str:
        def answer(inner: str) -> str | None:
            if match := _REFERENCE.fullmatch(inner):
                value = self._raw(self._plain(match[1], match[2]), environment)
            else:
                value = builtin(environment, self._root, inner)
            if value is None and (match := _KEY.fullmatch(inner)):
                home = self._home(environment.name, match[1])
                value = self._raw(home or self._plain(self._core, match[1]), environment)
                value = match[2] if value is None else value
            elif value is None and match:
                value = match[3]
            if value is None:
                return None
            return self._answered(value, environment, depth + 1) if depth < DEEPEST else value

        self._work += 1
        if self._work > MOST_WORK:
            return text
        return substituted(text, answer, depth)

    def _raw(self, lines: Lines, environment: Environment) -> str | None:
        kept = joined(for_environment(lines, environment.name))
        return " ".join(text for _, text in kept) if lines else None


Source: TypeAlias = "IniSource | TomlSource"


def inside(directory: str, target: str) -> str:
    """Resolve a path of a command line; "" is the root of the repository."""
    if target.startswith(ROOT):
        target, directory = target.lstrip("/"), ""
    path = posixpath.normpath(posixpath.join(directory, target or "."))
    return "" if path == "." else path


def find_source(directory: str, config: str, reading: Reading) -> Source | None:
    """Find the configuration as tox does: here, or in the nearest directory above."""
    if config:
        path = inside(directory, config)
        if path in reading.tree:
            return _loaded(path, reading)
        return _in_directory(path, reading)
    base = directory
    while True:
        if found := _in_directory(base, reading):
            return found
        above = posixpath.dirname(base)
        if above == base:
            return None
        base = above


def _in_directory(base: str, reading: Reading) -> Source | None:
    for name in ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml"):
        if found := _loaded(posixpath.join(base, name), reading):
            return found
    return None


def _loaded(path: str, reading: Reading) -> Source | None:
    root = ROOT + posixpath.dirname(path)
    if not path.endswith(".toml"):
        return (
            ini_source(path, reading.numbered(path), root, reading)
            if path in reading.tree
            else None
        )
    content = reading.toml(path)
    if content is None:
        return None
    if path.rpartition("/")[2] != "pyproject.toml":
        return TomlSource(path, content, (), root, reading)
    tool = content.get("tool")
    table = tool.get("tox") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        return None
    text = table.get("legacy_tox_ini")
    if isinstance(text, str) and len(table) == 1:
        return ini_source(path, _embedded(path, text, reading), root, reading)
    return TomlSource(path, table, ("tool", "tox"), root, reading)


def _embedded(path: str, text: str, reading: Reading) -> Lines:
    """Number the lines of ``legacy_tox_ini`` as they stand in pyproject.toml."""
    lines: list[tuple[int, str]] = []
    number = reading.toml_place(path, ("tool", "tox", "legacy_tox_ini")).line
    last = len(reading.lines(path) or ())
    for line in text.split("\n"):
        found = reading.find(path, line.strip(), number, min(number + 50, last))
        number = found if line.strip() else number
        lines.append((number, line))
        number = min(number + 1, last) if line.strip() else number
    return tuple(lines)


def ini_source(path: str, lines: Lines, root: str, reading: Reading) -> IniSource | None:
    """Read an ini text as tox does; None when there is nothing of tox in it."""
    is_setup = path.rpartition("/")[2] == "setup.cfg"
    source = IniSource(path, lines, root, "tox:tox" if is_setup else "tox")
    if source.stray:
        reading.problem(path, "there is text before the first section", source.stray)
    if is_setup and not source.has("tox:tox"):
        return None
    return source
