"""Pixi: the tasks of a workspace and of its features; any other name is a command of its own."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    itself,
    named,
    nearest,
    options_of,
    quoted,
    table_of,
    texts_of,
    toml_text,
)
from pytest_boss_gates.evidence.steps import Dead, Script, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Step
    from pytest_boss_gates.repository.toml_lines import KeyPath

HEADS = ("pixi",)

_VALUES = frozenset(
    """-e --environment --manifest-path -m --workspace -w --color --auth-file
    --concurrent-downloads --concurrent-solves --pypi-keyring-provider --tls-root-certs -p
    --platform""".split()
)
_SHOWING = frozenset("-h --help -n --dry-run --version -V".split())
_PLATFORMS = ("linux-64", "linux", "unix")
_EXPRESSION = re.compile(r"\{\{\s{0,9}([\w.-]{1,100})?(.{0,300}?)\}\}")
_DEEPEST = 20
_MOST = 1_000  # steps of one call


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    path: str
    keys: KeyPath
    table: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    name: str
    keys: KeyPath
    value: object
    arguments: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give what ``pixi run NAME`` runs; other commands of Pixi run nothing."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    options, words = options_of(call.words[1:], _VALUES)
    if words[:1] not in (("run",), ("r",)):
        return ()
    more, words = options_of(words[1:], _VALUES)
    options |= more
    if not words or _SHOWING.intersection(options):
        return ()
    if len(words) == 1 and " " in words[0]:
        words = tuple(words[0].split())
    manifest = _manifest(call, reading, named(options, "--manifest-path", "-m"))
    if manifest is None or named(options, "-x", "--executable"):
        return (itself(call, words),)
    tasks = _Tasks(call, reading, manifest, named(options, "-e", "--environment"))
    task = tasks.find(words[0], words[1:])
    return (itself(call, words),) if task is None else tuple(tasks.steps(task, 0))


def _manifest(call: Call, reading: Reading, target: str) -> _Manifest | None:
    names: tuple[str, ...] = ("pixi.toml", "pyproject.toml")
    directory = call.directory
    if target:
        path = inside(call.directory, target)
        directory = path if posixpath.splitext(path)[1] != ".toml" else posixpath.dirname(path)
        if path.endswith(".toml"):
            names = (posixpath.basename(path),)
    if "$" in directory:
        return None
    for name in names:
        path = nearest(reading, directory, (name,))
        table = reading.toml(path) if path else None
        if table is None:
            continue
        if posixpath.basename(path) != "pyproject.toml":
            return _Manifest(path=path, keys=(), table=table)
        inner = table_of(table, "tool", "pixi")
        if inner:
            return _Manifest(path=path, keys=("tool", "pixi"), table=inner)
    return None


class _Tasks:
    def __init__(self, call: Call, reading: Reading, manifest: _Manifest, environment: str) -> None:
        self._call = call
        self._reading = reading
        self._manifest = manifest
        self._active: list[KeyPath] = []
        self._made = 0
        self._features = self._ordered(environment)

    def _ordered(self, environment: str) -> list[str]:
        """List the features, those of the named environment first."""
        every = list(table_of(self._manifest.table, "feature"))
        value: object = table_of(self._manifest.table, "environments").get(environment)
        chosen = table_of(value).get("features", value)
        first = [name for name in chosen if name in every] if isinstance(chosen, list) else []
        return [*first, *(name for name in every if name not in first)]

    def find(
        self, name: str, arguments: Sequence[str], given: Mapping[str, str] | None = None
    ) -> _Task | None:
        """Find a task: that of a platform goes before that of all, a feature's before no one's."""
        places: list[KeyPath] = []
        bases: list[KeyPath] = [*(("feature", feature) for feature in self._features), ()]
        for base in bases:
            places += [(*base, "target", platform, "tasks") for platform in _PLATFORMS]
            places.append((*base, "tasks"))
        for keys in places:
            tasks = table_of(self._manifest.table, *(str(key) for key in keys))
            if name in tasks:
                return _Task(
                    name=name,
                    keys=(*self._manifest.keys, *keys, name),
                    value=tasks[name],
                    arguments=tuple(arguments),
                    given=given or {},
                )
        return None

    def steps(self, task: _Task, depth: int) -> list[Step]:
        """Give the steps of a task: first what it depends on."""
        if task.keys in self._active or depth > _DEEPEST or self._made > _MOST:
            return []
        self._active.append(task.keys)
        self._made += 1
        options = table_of(task.value)
        names = self._arguments(task, options)
        steps: list[Step] = []
        key = next((key for key in ("depends-on", "depends_on") if key in options), "")
        needs: object = options.get(key, [])
        keys: KeyPath = (*task.keys, key)
        if isinstance(task.value, list):
            needs, keys = task.value, task.keys
        for number, need in enumerate(needs if isinstance(needs, list) else [needs]):
            steps += self._need(task, (*keys, number), need, names, depth)
        steps += self._script(task, options, names)
        self._active.pop()
        return steps

    def _need(
        self,
        task: _Task,
        keys: KeyPath,
        need: object,
        names: Mapping[str, str],
        depth: int,
    ) -> list[Step]:
        table = table_of(need)
        name = table.get("task", need)
        if not isinstance(name, str):
            return []
        listed = table.get("args")
        given: dict[str, str] = {}
        arguments: list[str] = []
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, str):
                arguments.append(_filled(item, names))
            given |= {key: _filled(text, names) for key, text in texts_of(item).items()}
        place = self._reading.toml_place(self._manifest.path, keys)
        wanted = self.find(name, arguments, given)
        if wanted is None:
            why = f"pixi run {task.name} depends on {name[:80]}, which is no task"
            return [Dead(place=place, why=why)]
        steps = tuple(self.steps(wanted, depth + 1))
        return [Through(place=place, steps=steps)] if steps else []

    def _arguments(self, task: _Task, options: Mapping[str, object]) -> dict[str, str]:
        """Give the values of the task's own arguments."""
        names: dict[str, str] = {"pixi.platform": "linux-64"}
        listed = options.get("args")
        for number, item in enumerate(listed if isinstance(listed, list) else ()):
            table = table_of(item)
            name = table.get("arg", item)
            if not isinstance(name, str):
                continue
            default = table.get("default")
            value = task.arguments[number] if number < len(task.arguments) else default
            names[name] = task.given.get(name, value if isinstance(value, str) else f"${{{name}}}")
        return names

    def _script(
        self, task: _Task, options: Mapping[str, object], names: Mapping[str, str]
    ) -> list[Step]:
        content = options.get("cmd") if options else task.value
        keys: KeyPath = (*task.keys, "cmd") if options else task.keys
        if isinstance(content, list) and options:
            content = quoted([item for item in content if isinstance(item, str)])
        if not isinstance(content, str):
            return []
        path = self._manifest.path
        lines = [
            (number, _filled(text, names))
            for number, text in toml_text(self._reading, path, keys, content)
        ]
        if task.arguments and not options.get("args"):
            number, text = lines[-1]
            lines[-1] = (number, f"{text} {quoted(task.arguments)}")
        directory = posixpath.dirname(path)
        target = options.get("cwd")
        if isinstance(target, str):
            directory = inside(directory, target)
        env = texts_of(table_of(self._manifest.table, "activation", "env"))
        env |= texts_of(options.get("env"))
        return [
            Script(
                path=path,
                lines=tuple(lines),
                directory=directory,
                env={**self._call.env, **env},
                errexit=False,
            )
        ]


def _filled(text: str, names: Mapping[str, str]) -> str:
    """Put the values of ``{{ name }}`` in."""

    def known(match: re.Match[str]) -> str:
        name = match[1] or ""
        if name in names and not match[2].strip():
            return names[name]
        return "${" + (re.sub(r"\W+", "_", name + match[2]).strip("_")[:60] or "unknown") + "}"

    return _EXPRESSION.sub(known, text)
