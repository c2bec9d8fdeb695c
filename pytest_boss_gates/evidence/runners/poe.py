"""Poe the Poet: the tasks of ``[tool.poe.tasks]`` and of the files it includes, as scripts."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    lines_at,
    named,
    options_of,
    quoted,
    table_of,
    texts_of,
    toml_text,
)
from pytest_boss_gates.evidence.steps import Dead, Script, Through
from pytest_boss_gates.repository.yaml_lines import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Lines, Step
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.toml_lines import KeyPath

HEADS = ("poe", "poethepoet")

_VALUES = frozenset("-C --directory --root -e --executor -X --executor-opt".split())
_SHOWING = frozenset("-h --help --version -d --dry-run --help-json".split())
_NAMES = ("pyproject.toml", "poe_tasks.toml", "poe_tasks.yaml", "poe_tasks.json")
_KINDS = ("cmd", "shell", "script", "expr", "ref", "sequence", "parallel", "switch")
_SHELLS = frozenset({"posix", "sh", "bash", "zsh", "fish", "pwsh", "powershell"})
_DEEPEST = 20
_MOST = 1_000  # steps of one call
_MOST_INCLUDES = 50
_KNOWN_MODULES = frozenset(
    """bandit black build coverage flake8 isort mkdocs mypy pip_audit pylint pyright pytest ruff
    sphinx twine unittest""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file with tasks."""

    path: str
    keys: KeyPath  # where its table of poe stands
    table: dict[str, object]
    directory: str  # where its tasks run


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    source: _Source
    keys: KeyPath
    value: object
    name: str
    arguments: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    default: str = "cmd"  # the kind of a plain text


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the commands of the task that a call of poe names."""
    options, words = options_of(call.words[1:], _VALUES)
    if _SHOWING.intersection(options) or not words:
        return ()
    target = named(options, "-C", "--directory", "--root")
    directory = inside(call.directory, target) if target else call.directory
    if "$" in directory:
        return dead(call, "the directory it runs in is not known")
    root = _source(reading, directory)
    if root is None:
        return dead(call, "there are no tasks of poe in pyproject.toml or poe_tasks.toml")
    runner = _Runner(call, reading, root)
    task = runner.find(words[0], words[1:])
    if task is None:
        return dead(call, f"there is no task {words[0]} in {root.path}")
    return tuple(runner.steps(task, 0))


def _source(reading: Reading, directory: str) -> _Source | None:
    while True:
        for name in _NAMES:
            path = posixpath.join(directory, name)
            source = _loaded(reading, path, directory)
            if source is not None:
                return source
        if not directory:
            return None
        directory = posixpath.dirname(directory)


def _loaded(reading: Reading, path: str, directory: str) -> _Source | None:
    """Read a file's table of poe, which may stand at the top where the file is poe's own."""
    if path not in reading.tree:
        return None
    value: object = reading.toml(path) if path.endswith(".toml") else reading.yaml(path)
    tables: list[KeyPath] = [("tool", "poe")]
    if posixpath.basename(path) != "pyproject.toml":
        tables.append(())
    for keys in tables:
        table = table_of(value, *(str(key) for key in keys))
        if {"tasks", "include", "groups"}.intersection(table):
            return _Source(path=path, keys=keys, table=table, directory=directory)
    return None


class _Runner:
    def __init__(self, call: Call, reading: Reading, root: _Source) -> None:
        self._call = call
        self._reading = reading
        self._root = root
        self._made = 0
        self._active: list[tuple[str, KeyPath]] = []
        self._sources = [root]
        self._include(root)

    def _include(self, source: _Source) -> None:
        included = source.table.get("include")
        for item in included if isinstance(included, list) else [included]:
            table = table_of(item)
            target = table.get("path", item)
            if not isinstance(target, str) or len(self._sources) > _MOST_INCLUDES:
                continue
            cwd = table.get("cwd")
            directory = (
                inside(self._root.directory, cwd)
                if isinstance(cwd, str)
                else (self._root.directory)
            )
            path = inside(self._root.directory, target)
            found = _loaded(self._reading, path, directory)
            if found is not None and all(known.path != path for known in self._sources):
                self._sources.append(found)
                if table.get("recursive") in (True, "true"):
                    self._include(found)

    def find(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str] | None = None
    ) -> _Task | None:
        """Find a task by its name; the file that includes goes before the included."""
        for source in self._sources:
            groups = table_of(source.table, "groups")
            places: list[KeyPath] = [("tasks",), *(("groups", key, "tasks") for key in groups)]
            for keys in places:
                tasks = table_of(source.table, *(str(key) for key in keys))
                if name in tasks:
                    return _Task(
                        source=source,
                        keys=(*source.keys, *keys, name),
                        value=tasks[name],
                        name=name,
                        arguments=tuple(arguments),
                        env=env or {},
                        default=str(self._root.table.get("default_task_type", "cmd")),
                    )
        return None

    def steps(self, task: _Task, depth: int) -> list[Step]:
        """Give the steps of a task."""
        key = (task.source.path, task.keys)
        if key in self._active or depth > _DEEPEST or self._made > _MOST:
            return []
        self._active.append(key)
        self._made += 1
        steps = self._task(task, depth)
        self._active.pop()
        return steps

    def _task(self, task: _Task, depth: int) -> list[Step]:
        options = table_of(task.value)
        kind = next((name for name in _KINDS if name in options), "")
        content: object = options.get(kind)
        keys = (*task.keys, kind)
        if isinstance(task.value, str):
            kind, content, keys = task.default, task.value, task.keys
        elif isinstance(task.value, list):
            kind = str(self._root.table.get("default_array_task_type", "sequence"))
            content, keys = task.value, task.keys
        steps: list[Step] = []
        for number, name in enumerate(_names(options.get("deps"))):
            steps += self._reference(task, (*task.keys, "deps", number), name, options, depth)
        for key, name in texts_of(options.get("uses")).items():
            steps += self._reference(task, (*task.keys, "uses", key), name, options, depth)
        if isinstance(content, str):
            if kind == "ref":
                return steps + self._reference(task, keys, content, options, depth)
            if kind != "expr":
                steps.append(self._script(task, keys, kind, content, options))
        elif isinstance(content, list) and kind in ("sequence", "parallel", "switch"):
            steps += self._items(task, keys, content, options, depth)
        return steps

    def _items(
        self,
        task: _Task,
        keys: KeyPath,
        content: Sequence[object],
        options: Mapping[str, object],
        depth: int,
    ) -> list[Step]:
        default = options.get("default_item_type")
        if not isinstance(default, str):
            default = str(self._root.table.get("default_array_item_task_type", "ref"))
        is_switch = "switch" in options
        steps: list[Step] = []
        for number, item in enumerate(content):
            inner = _Task(
                source=task.source,
                keys=(*keys, number),
                value={"parallel": item} if isinstance(item, list) and not is_switch else item,
                name=f"{task.name}[{number}]",
                env=self._env(task, options),
                default="cmd" if is_switch else default,
            )
            steps += self.steps(inner, depth + 1)
        soft = self._soft(task, options)
        if soft and steps:
            return [Through(steps=tuple(steps), soft=soft)]
        return steps

    def _reference(
        self,
        task: _Task,
        keys: KeyPath,
        text: str,
        options: Mapping[str, object],
        depth: int,
    ) -> list[Step]:
        words = _split(text)
        env = self._env(task, options)
        arguments = [
            word for word in words[1:] for word in (task.arguments if word in _EXTRA else (word,))
        ]
        target = self.find(words[0], arguments, env) if words else None
        place = self._place(task, keys, text)
        if target is None:
            why = f"poe {task.name} refers to {text[:80]}, which is no task"
            return [Dead(place=place, why=why)]
        steps = tuple(self.steps(target, depth + 1))
        soft = self._soft(task, options)
        return [Through(place=place, steps=steps, soft=soft)] if steps else []

    def _place(self, task: _Task, keys: KeyPath, text: object = "") -> Place:
        if task.source.path.endswith(".toml"):
            return self._reading.toml_place(task.source.path, keys)
        line = text.line if isinstance(text, Text) else 0
        return self._reading.place(task.source.path, line)

    def _soft(self, task: _Task, options: Mapping[str, object]) -> tuple[str, ...]:
        value = options.get("ignore_fail")
        if value in (True, "true", "return_zero") or (isinstance(value, list) and value):
            shown = "true" if value is True else value
            place = self._place(task, (*task.keys, "ignore_fail"), value)
            return (f"{place}: ignore_fail: {shown}",)
        return ()

    def _env(self, task: _Task, options: Mapping[str, object]) -> dict[str, str]:
        env = dict(self._call.env)
        for value in (self._root.table.get("env"), task.source.table.get("env")):
            env = _env(value, env)
        env = _env(options.get("env"), {**env, **task.env})
        return {name: value for name, value in env.items() if "$" not in value}

    def _script(
        self, task: _Task, keys: KeyPath, kind: str, text: str, options: Mapping[str, object]
    ) -> Step:
        interpreter = options.get("interpreter", self._root.table.get("shell_interpreter", "sh"))
        first = next(iter(_names(interpreter)), "sh")
        if kind == "shell" and first not in _SHELLS:
            why = f"poe {task.name} is a script for {first}, not for a shell"
            return Dead(place=self._place(task, keys, text), why=why)
        env = self._env(task, options)
        arguments = task.arguments
        if options.get("args"):
            env |= _arguments(options["args"], task.arguments)
            arguments = ()
        cwd = options.get("cwd")
        directory = task.source.directory
        if isinstance(cwd, str):
            directory = inside(directory, cwd)
        lines = self._lines(task, keys, text)
        if kind == "script":
            module = _module(text)
            if not module:
                why = f"poe {task.name} calls {text.strip()[:80]} in Python"
                return Dead(place=self._place(task, keys, text), why=why)
            lines = lines_at(lines[0][0], " ".join(["python -m", module, quoted(arguments)]))
        elif kind == "cmd":
            lines = _joined(lines, arguments)
        return Script(
            path=task.source.path,
            lines=lines,
            directory=directory,
            env=env,
            errexit=False,
            soft=self._soft(task, options),
        )

    def _lines(self, task: _Task, keys: KeyPath, text: str) -> Lines:
        if isinstance(text, Text):
            return self._reading.script(task.source.path, text)
        return toml_text(self._reading, task.source.path, keys, text)


_EXTRA = frozenset({"$POE_EXTRA_ARGS", "${POE_EXTRA_ARGS}"})


def _joined(lines: Lines, arguments: Sequence[str]) -> Lines:
    """Make one command of all lines, as poe does, with the arguments at its end or its mark."""
    kept = [(number, text.rstrip().removesuffix("\\")) for number, text in lines]
    kept = [(number, text) for number, text in kept if text.strip()[:1] not in ("", "#")]
    if not kept:
        return lines
    extra = quoted(arguments)
    if any("POE_EXTRA_ARGS" in text for _, text in kept):
        pattern = re.compile(r"\$POE_EXTRA_ARGS\b|\$\{POE_EXTRA_ARGS\}")
        kept = [(number, pattern.sub(lambda _: extra, text)) for number, text in kept]
    elif extra:
        kept[-1] = (kept[-1][0], f"{kept[-1][1]} {extra}")
    return (*((number, f"{text} \\") for number, text in kept[:-1]), kept[-1])


def _module(text: str) -> str:
    """Name the module that a script task runs, when running it is all that the task does."""
    module, mark, function = text.strip().partition(":")
    if not mark and re.fullmatch(r"[\w.]+", module):
        return module
    package = module.partition(".")[0]
    known = package in _KNOWN_MODULES and re.match(r"(?:console_)?main\b|patched_main\b", function)
    return package if known else ""


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _env(value: object, known: Mapping[str, str]) -> dict[str, str]:
    """Add an ``env`` table; a value ``{default = "..."}`` gives way to what is known."""
    table = table_of(value)
    given = {key: item for key, item in table.items() if not isinstance(item, dict)}
    defaults = {key: table_of(item).get("default") for key, item in table.items()}
    return {**texts_of(defaults), **known, **texts_of(given)}


def _arguments(value: object, words: Sequence[str]) -> dict[str, str]:
    """Give the named arguments of a task their defaults and the words of the call."""
    items: list[tuple[str, dict[str, object]]] = []
    if isinstance(value, dict):
        items = [(str(key), table_of(item)) for key, item in value.items()]
    elif isinstance(value, list):
        for item in value:
            table = table_of(item)
            name = table.get("name", item)
            if isinstance(name, str):
                items.append((name, table))
    env: dict[str, str] = {}
    rest = list(words)
    positional: list[str] = []
    flags: dict[str, str] = {}
    for name, table in items:
        default = table.get("default")
        env |= texts_of({name: "" if default is None else default})
        names = _names(table.get("options")) or [f"--{name}"]
        flags |= dict.fromkeys(names, name)
        if table.get("positional"):
            positional.append(name)
    while rest:
        flag, mark, given = rest.pop(0).partition("=")
        if flag in flags:
            env[flags[flag]] = given if mark else (rest.pop(0) if rest else "")
        elif positional:
            env[positional.pop(0)] = flag + mark + given
    return {name.replace("-", "_"): text for name, text in env.items()}
