"""go-task: the tasks of a Taskfile, with their dependencies, calls and includes, as scripts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    named,
    nearest,
    options_of,
    quoted,
)
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script, Through
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Step
    from pytest_boss_gates.repository.yaml_lines import Value

HEADS = ("task", "go-task")

_NAMES = tuple(
    f"{name}{part}.{ending}"
    for part in ("", ".dist")
    for ending in ("yml", "yaml")
    for name in ("Taskfile", "taskfile")
)
_VALUES = frozenset(
    """-t --taskfile -d --dir -o --output -C --concurrency -I --interval --sort --timeout
    --output-group-begin --output-group-end --cacert --cert --cert-key --expiry""".split()
)
_SHOWING = frozenset(
    """-l --list -a --list-all -i --init --version --summary --status -n --dry -h --help
    --completion -j --json""".split()
)
_DEEPEST = 20
_MOST = 2_000  # steps of one call
_MOST_INCLUDES = 60
_MOST_LOOPS = 64
_LONGEST = 5_000  # characters that values may add up to
_TEMPLATE = re.compile(r"\{\{-?(.{0,400}?)-?\}\}")
_VARIABLE = re.compile(
    r"\s*\.(\w+)\s*(?:\|\s*default\s+(?:\"([^\"]*)\"|'([^']*)'|\.(\w+))\s*)?"
    r"|\s*default\s+(?:\"([^\"]*)\"|'([^']*)')\s+\.(\w+)\s*"
)


@dataclass(slots=True, kw_only=True)
class _File:
    """A Taskfile, and where it is included: its tasks are called ``prefix:name``."""

    path: str
    directory: str  # where its tasks run
    prefix: tuple[str, ...]
    content: Map
    vars: dict[str, str] = field(default_factory=dict)  # given by the include


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    file: _File
    line: int
    value: Value
    name: str


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the commands of the tasks that a call of go-task names, or of ``default``."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    words, _, extra = _cut(call.words[1:])
    options: dict[str, str] = {}
    names: list[str] = []
    while words:
        more, rest = options_of(words, _VALUES)
        options |= more
        names += rest[:1]
        words = list(rest[1:])
    if _SHOWING.intersection(options):
        return ()
    path = _taskfile(call, reading, options)
    if not path:
        return dead(call, "there is no Taskfile")
    directory = posixpath.dirname(path)
    if named(options, "-t", "--taskfile") and (target := named(options, "-d", "--dir")):
        directory = inside(call.directory, target)
    settings = dict(name.split("=", 1) for name in names if "=" in name)
    wanted = [name for name in names if "=" not in name] or ["default"]
    runner = _Runner(call, reading, path, directory)
    if not runner.files:
        return dead(call, f"{path} is not understood")
    steps: list[Step] = []
    for name in wanted:
        task = runner.find(name, ())
        if task is None:
            steps += dead(call, f"there is no task {name} in {path}")
        else:
            steps += runner.task(task, {"CLI_ARGS": quoted(extra), **settings}, 0)
    return tuple(steps)


def _cut(words: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """Divide at ``--``: what follows is passed on as CLI_ARGS."""
    if "--" not in words:
        return list(words), "", []
    at = list(words).index("--")
    return list(words[:at]), "--", list(words[at + 1 :])


def _taskfile(call: Call, reading: Reading, options: Mapping[str, str]) -> str:
    if target := named(options, "-t", "--taskfile"):
        return _file_at(reading, inside(call.directory, target))
    target = named(options, "-d", "--dir")
    directory = inside(call.directory, target) if target else call.directory
    return "" if "$" in directory else nearest(reading, directory, _NAMES)


def _file_at(reading: Reading, path: str) -> str:
    """Find a Taskfile by its path or by its directory's."""
    if path in reading.tree:
        return path
    beside = (posixpath.join(path, name) for name in _NAMES)
    return next((name for name in beside if name in reading.tree), "")


class _Runner:
    def __init__(self, call: Call, reading: Reading, path: str, directory: str) -> None:
        self._call = call
        self._reading = reading
        self._root = path
        self._active: list[tuple[str, str]] = []
        self._made = 0
        self.files: list[_File] = []
        self._aliases: dict[tuple[str, ...], tuple[str, ...]] = {}
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
        file = _File(path=path, directory=directory, prefix=prefix, content=content)
        file.vars = dict(given)
        self.files.append(file)
        includes = content.get("includes")
        for name, value in includes.items() if isinstance(includes, Map) else ():
            options = value if isinstance(value, Map) else Map()
            target = options.get("taskfile") if options else value
            if not isinstance(target, Text):
                continue
            names = {"ROOT_DIR": ROOT, "TASKFILE_DIR": ROOT + posixpath.dirname(path)}
            found = _file_at(self._reading, inside(posixpath.dirname(path), _filled(target, names)))
            own = options.get("dir")
            inner = directory
            if isinstance(own, Text):
                inner = inside(posixpath.dirname(path), _filled(own, names))
            where = prefix if options.get("flatten") == "true" else (*prefix, name)
            for alias in _texts(options.get("aliases")):
                spelled = (*prefix, alias)
                self._aliases[spelled] = where
            self._include(found, inner, where, self._vars(options.get("vars"), {}), depth + 1)

    def find(self, name: str, prefix: tuple[str, ...]) -> _Task | None:
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

    def task(self, task: _Task, given: Mapping[str, str], depth: int) -> list[Step]:
        """Give a task's dependencies and then its commands."""
        key = (task.file.path, task.name)
        if key in self._active or depth > _DEEPEST or self._made > _MOST:
            return []
        self._active.append(key)
        self._made += 1
        steps: list[Step] = []
        value = task.value
        content = value if isinstance(value, Map) else Map()
        if not isinstance(value, Map):
            content["cmds"] = value
        if not _runs_here(content):
            self._active.pop()
            return []
        names = self._names(task, content, given)
        for need in _listed(content.get("deps")):
            steps += self._command(task, content, need, names, depth, is_need=True)
        for command in [*_listed(content.get("cmds")), *_listed(content.get("cmd"))]:
            steps += self._command(task, content, command, names, depth, is_need=False)
        self._active.pop()
        return steps

    def _names(self, task: _Task, content: Map, given: Mapping[str, str]) -> dict[str, str]:
        names = {
            **self._call.env,
            "ROOT_DIR": ROOT,
            "TASKFILE_DIR": ROOT + posixpath.dirname(task.file.path),
            "TASK": task.name,
        }
        names |= self._vars(self.files[0].content.get("vars"), names)
        if task.file is not self.files[0]:
            names |= self._vars(task.file.content.get("vars"), names)
        names |= task.file.vars
        names |= given
        own = self._vars(content.get("vars"), names)
        return {**names, **own}

    def _vars(self, value: Value | None, names: Mapping[str, str]) -> dict[str, str]:
        """Give the variables whose value is plain; the others are not known."""
        found: dict[str, str] = {}
        known = dict(names)
        for name, item in value.items() if isinstance(value, Map) else ():
            text = f"${{{name}}}"
            if isinstance(item, Text):
                text = _filled(item, known)
            elif isinstance(item, Map) and isinstance(item.get("ref"), Text):
                text = known.get(str(item["ref"]).strip(". "), text)
            found[name] = known[name] = text
        return found

    def _command(
        self,
        task: _Task,
        content: Map,
        value: Value,
        names: Mapping[str, str],
        depth: int,
        *,
        is_need: bool,
    ) -> list[Step]:
        options = value if isinstance(value, Map) else Map()
        deferred = options.get("defer")
        if isinstance(deferred, Map):
            options = deferred
        command = value if isinstance(value, Text) else options.get("cmd", deferred)
        call = value if is_need and isinstance(value, Text) else options.get("task")
        if not _runs_here(options):
            return []
        steps: list[Step] = []
        for scope in self._loops(options.get("for"), names):
            if isinstance(call, Text):
                steps += self._called(task, call, scope, depth, (content, options))
            elif isinstance(command, Text):
                steps += self._script(task, command, scope, (content, options))
        return steps

    def _loops(self, value: Value | None, names: Mapping[str, str]) -> list[dict[str, str]]:
        """Give the variables of each round of a ``for``."""
        if value is None:
            return [dict(names)]
        if isinstance(value, Items):
            items = [_filled(item, names) for item in value if isinstance(item, Text)]
            return [{**names, "ITEM": item} for item in items[:_MOST_LOOPS]]
        name = "ITEM"
        items = ["${ITEM}"]
        if isinstance(value, Map):
            name = str(value.get("as", "ITEM"))
            known = names.get(str(value.get("var", "")), "")
            if known and "$" not in known:
                split = value.get("split")
                items = (
                    known.split(str(split))
                    if isinstance(split, Text) and split
                    else (known.split())
                )
        return [{**names, name: item} for item in items[:_MOST_LOOPS]]

    def _called(
        self,
        task: _Task,
        name: Text,
        names: Mapping[str, str],
        depth: int,
        settings: tuple[Map, Map],
    ) -> list[Step]:
        """Give the steps of a task that another calls or needs."""
        place = self._reading.place(task.file.path, name.line)
        wanted = self.find(_filled(name, names), task.file.prefix)
        if wanted is None and task.file.prefix:
            wanted = self.find(_filled(name, names), ())
        if wanted is None:
            why = f"task {task.name} calls {name}, which is no task in {self._root}"
            return [Dead(place=place, why=why)]
        given = self._vars(settings[1].get("vars"), names)
        steps = tuple(self.task(wanted, given, depth + 1))
        soft = self._soft(task, *settings)
        return [Through(place=place, steps=steps, soft=soft)] if steps else []

    def _soft(self, task: _Task, *values: Map) -> tuple[str, ...]:
        path = task.file.path
        return tuple(
            f"{self._reading.place(path, value.lines['ignore_error'])}: ignore_error: true"
            for value in values
            if value.get("ignore_error") == "true" and "ignore_error" in value.lines
        )

    def _script(
        self,
        task: _Task,
        command: Text,
        names: Mapping[str, str],
        settings: tuple[Map, Map],
    ) -> list[Step]:
        content = settings[0]
        directory = task.file.directory
        target = content.get("dir")
        if isinstance(target, Text):
            directory = inside(directory, _filled(target, names))
        env = dict(self._call.env)
        for source in (self.files[0].content, task.file.content, content):
            env |= self._vars(source.get("env"), {**names, **env})
        set_options = {
            option
            for source in (self.files[0].content, task.file.content, *settings)
            for option in _texts(source.get("set"))
        }
        lines = self._reading.script(task.file.path, command)
        return [
            Script(
                path=task.file.path,
                lines=tuple((number, _filled(text, names)) for number, text in lines),
                directory=directory,
                env={name: text for name, text in env.items() if "$" not in text},
                pipefail="pipefail" in set_options,
                soft=self._soft(task, *settings),
            )
        ]


def _task_of(file: _File, name: str) -> _Task | None:
    """Find a task in one file: by name, by alias, or by a name with ``*``."""
    tasks = file.content.get("tasks")
    if not isinstance(tasks, Map):
        return None
    if name in tasks:
        return _Task(file=file, line=tasks.lines.get(name, 0), value=tasks[name], name=name)
    for key, value in tasks.items():
        aliases = _texts(value.get("aliases")) if isinstance(value, Map) else []
        if name in aliases or ("*" in key and _fits(name, key)):
            return _Task(file=file, line=tasks.lines.get(key, 0), value=value, name=key)
    return None


def _fits(name: str, pattern: str) -> bool:
    return re.fullmatch(
        ".+".join(re.escape(part) for part in pattern.split("*")[:9]), name
    ) is not (None)


def _listed(value: Value | None) -> list[Value]:
    if isinstance(value, Items):
        return list(value)
    return [] if value is None else [value]


def _texts(value: Value | None) -> list[str]:
    if isinstance(value, Text):
        return [value]
    return [item for item in value if isinstance(item, Text)] if isinstance(value, Items) else []


def _runs_here(value: Map) -> bool:
    """Whether ``platforms`` leaves out what CI mostly runs on: Linux."""
    platforms = _texts(value.get("platforms"))
    return not platforms or any(re.match(r"linux|amd64|\{\{", item) for item in platforms)


def _filled(text: str, names: Mapping[str, str]) -> str:
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

    filled = _TEMPLATE.sub(known, text)
    return filled if len(filled) <= max(_LONGEST, len(text)) else "${too_long}"
