"""tox.toml and ``[tool.tox]``: the environments they define, and the commands of each."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.tox_values import (
    DEEPEST,
    MOST_NAMES,
    MOST_WORK,
    OTHER_NAMES,
    Found,
    builtin,
    substituted,
    tidy,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.tox_values import Environment
    from pytest_boss_gates.repository.toml_lines import KeyPath

_MOST_WORDS = 2_000


class TomlSource:
    """tox.toml, or ``[tool.tox]`` in pyproject.toml."""

    def __init__(
        self,
        path: str,
        table: Mapping[str, object],
        keys: KeyPath,
        root: str,
        reading: Reading,
    ) -> None:
        self.path = path
        self._table = table
        self._keys = keys
        self._root = root
        self._reading = reading
        self._work = 0
        self._generated: dict[str, str] = {}
        for base, value in _mapping(table.get("env_base")).items():
            for name in _product([[base], *_groups(_mapping(value).get("factors"))]):
                self._generated.setdefault(name, base)

    def listed(self, key: str, section: str = "") -> list[str]:
        """Give the names in a setting of the core, or of a table in it."""
        table = _mapping(self._table.get(section)) if section else self._table
        value = table.get(key, table.get("envlist") if key == "env_list" else None)
        names: list[str] = []
        for item in _items(value):
            if isinstance(item, str):
                names.append(item)
            elif isinstance(item, dict):
                excluded = _items(item.get("exclude"))
                groups = _groups(item.get("product", [item]))
                names += [name for name in _product(groups) if name not in excluded]
        return list(dict.fromkeys(names))[:MOST_NAMES]

    def mapping(self, section: str, key: str) -> dict[str, list[str]]:
        """Give the names behind each key of a table."""
        table = _mapping(_mapping(self._table.get(section)).get(key))
        return {
            name: [item for item in _items(value) if isinstance(item, str)]
            for name, value in table.items()
        }

    def labels(self) -> dict[str, list[str]]:
        """Give the environments of each label."""
        table = _mapping(self._table.get("labels"))
        found = {k: [i for i in _items(v) if isinstance(i, str)] for k, v in table.items()}
        for name, value in _mapping(self._table.get("env")).items():
            for label in _items(_mapping(value).get("labels")):
                if isinstance(label, str):
                    found.setdefault(label, []).append(name)
        return found

    def declared(self) -> list[str]:
        """Give the environments that have a table of their own."""
        return [*_mapping(self._table.get("env")), *self._generated]

    def conditions(self) -> set[str]:
        """Give nothing: a TOML file has no conditions that make factors known."""
        return set()

    def _home(self, name: str, key: str) -> tuple[KeyPath, object] | None:
        """Give a setting as an environment has or inherits it, and where it stands."""
        pending: list[KeyPath] = [("env", name)]
        if name in self._generated:
            pending.append(("env_base", self._generated[name]))
        else:
            pending.append(("env_run_base",))
        seen: set[KeyPath] = set()
        while pending:
            keys = pending.pop(0)
            if keys in seen:
                continue
            seen.add(keys)
            table = self._at(keys)
            if not isinstance(table, dict):
                continue
            for spelled in (key, OTHER_NAMES.get(key, key)):
                if spelled in table:
                    return (*keys, spelled), table[spelled]
            bases = _items(table.get("base", ["env_run_base"] if keys != ("env_run_base",) else []))
            if "base" in table and ("env_run_base",) in pending:
                pending.remove(("env_run_base",))
            for base in bases:
                if isinstance(base, str):
                    pending += [tuple(base.split(".")), ("env", base)]
        return None

    def _at(self, keys: KeyPath) -> object:
        value: object = self._table
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def commands(self, environment: Environment, key: str) -> list[Found]:
        """Give the commands of an environment."""
        home = self._home(environment.name, key)
        return [] if home is None else list(self._listed(*home, environment))

    def _listed(
        self, keys: KeyPath, value: object, environment: Environment, depth: int = 0
    ) -> Iterator[Found]:
        for number, item in enumerate(_items(value)):
            if isinstance(item, dict):
                yield from self._referred(item, (*keys, number), environment, depth)
                continue
            if isinstance(item, str):  # a command written as one text
                words = list(words_of(self._answered(item, environment)))
            else:
                words = self._words(item, environment)
            if words:
                line = self._reading.toml_place(self.path, (*self._keys, *keys, number)).line
                yield Found(line, tuple(words))

    def _referred(
        self, item: Mapping[str, object], keys: KeyPath, environment: Environment, depth: int
    ) -> Iterator[Found]:
        """Follow a table in the place of commands."""
        if depth > DEEPEST:
            return
        match item.get("replace"):
            case "ref":
                name, key = item.get("env"), item.get("key")
                if there := self._own(item.get("of")):
                    yield from self._listed(there, self._at(there), environment, depth + 1)
                elif isinstance(name, str) and isinstance(key, str):
                    home = self._home(name, key)
                    if home is not None:
                        yield from self._listed(*home, environment, depth + 1)
            case "if":
                for branch in ("then", "else"):
                    yield from self._listed(
                        (*keys, branch), item.get(branch), environment, depth + 1
                    )
            case "posargs":
                default = item.get("default")
                if environment.posargs is None:
                    yield from self._listed((*keys, "default"), default, environment, depth + 1)

    def _words(self, value: object, environment: Environment, depth: int = 0) -> list[str]:
        words: list[str] = []
        for item in _items(value) if depth <= DEEPEST else ():
            if isinstance(item, str):
                words.append(tidy(self._answered(item, environment)))
            elif isinstance(item, dict):
                posargs = item.get("replace") == "posargs" and environment.posargs
                for inner in [list(posargs)] if posargs else self._replacements(item, environment):
                    words += self._words(inner, environment, depth + 1)
        return words[:_MOST_WORDS]

    def _replacements(self, item: Mapping[str, object], environment: Environment) -> list[object]:
        """Give the lists of words that a table in the place of words can stand for."""
        match item.get("replace"):
            case "posargs":
                return [] if environment.posargs is not None else [item.get("default")]
            case "glob":
                return [[item.get("pattern")]]
            case "env":
                name = str(item.get("name"))
                return [[environment.env.get(name, item.get("default", f"${{{name}}}"))]]
            case "ref":
                return [self._at(self._own(item.get("of")))]
            case "if":
                return [item.get("then"), item.get("else")]
        return []

    def _own(self, of: object) -> KeyPath:
        """Give a path of ``replace = "ref"`` within tox's own table."""
        parts = tuple(part for part in _items(of) if isinstance(part, str))
        return parts[len(self._keys) :] if parts[: len(self._keys)] == self._keys else parts

    def _answered(self, text: str, environment: Environment, depth: int = 0) -> str:
        def answer(inner: str) -> str | None:
            value = builtin(environment, self._root, inner)
            if value is None:
                match = re.fullmatch(r"(?:\[([^\]]+)\])?([\w-]+)(?::(.*))?", inner, re.DOTALL)
                if match is None:
                    return None
                table = self._at(tuple(match[1].split("."))) if match[1] else None
                home = None if match[1] else self._home(environment.name, match[2])
                found = _mapping(table).get(match[2]) if match[1] else home and home[1]
                value = found if isinstance(found, str) else match[3]
            if value is None or depth >= DEEPEST:
                return value
            return self._answered(value, environment, depth + 1)

        self._work += 1
        if self._work > MOST_WORK:
            return text
        return substituted(text, answer, depth)

    def text(self, environment: Environment, key: str) -> str:
        """Give a setting as a text: booleans in lower case."""
        home = self._home(environment.name, key)
        if home is None:
            return ""
        value = home[1]
        return self._answered(value, environment) if isinstance(value, str) else str(value).lower()

    def line(self, environment: Environment, key: str) -> int:
        """Give the line that a setting stands on; 0 when there is none."""
        home = self._home(environment.name, key)
        return self._reading.toml_place(self.path, (*self._keys, *home[0])).line if home else 0

    def variables(self, environment: Environment) -> dict[str, str]:
        """Give ``set_env``."""
        home = self._home(environment.name, "set_env")
        tables = _items(home[1]) if home and isinstance(home[1], list) else [home and home[1]]
        return {
            name: self._answered(value, environment)
            for table in tables
            for name, value in _mapping(table).items()
            if isinstance(value, str)
        }


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _groups(value: object) -> list[list[str]]:
    """Give the choices of each factor: a list, ``{prefix, start, stop}``, or a labelled one."""
    groups: list[list[str]] = []
    plain = [item for item in _items(value) if isinstance(item, str)]
    for item in _items(value):
        if isinstance(item, list):
            groups.append([str(one) for one in item])
        elif isinstance(item, dict) and "prefix" in item:
            start, stop = item.get("start", 11), item.get("stop", 15)
            if isinstance(start, int) and isinstance(stop, int):
                stop = min(stop, start + MOST_NAMES)
                groups.append([f"{item['prefix']}{minor}" for minor in range(start, stop + 1)])
        elif isinstance(item, dict) and len(item) == 1:
            groups += _groups([_mapping(one).get("values", one) for one in item.values()])
    return [*groups, plain] if plain else groups


def _product(groups: Sequence[Sequence[str]]) -> list[str]:
    combinations = itertools.islice(itertools.product(*groups), MOST_NAMES)
    return ["-".join(combination) for combination in combinations if combination]
