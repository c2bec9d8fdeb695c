"""go-task: the tasks of a Taskfile, with their dependencies, calls and includes, as scripts."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    divided,
    inside,
    named,
    nearest,
    options_of,
    quoted,
)
from pytest_boss_gates.evidence.runners.taskfile_files import (
    NAMES,
    Taskfiles,
    file_at,
    filled,
    variables_of,
)
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script, Through
from pytest_boss_gates.evidence.yaml_values import entries, mapping, texts
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.taskfile_files import Task
    from pytest_boss_gates.evidence.steps import Call, Step
    from pytest_boss_gates.repository.yaml_lines import Value

HEADS = ("task", "go-task")

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
_MOST_LOOPS = 64


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the commands of the tasks that a call of go-task names, or of ``default``."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    words, passed = divided(call.words[1:])
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
    taskfiles = Taskfiles(reading, path, directory)
    if not taskfiles.files:
        return dead(call, f"{path} is not understood")
    runner = _Runner(call, reading, taskfiles)
    steps: list[Step] = []
    for name in wanted:
        task = taskfiles.find(name, ())
        if task is None:
            steps += dead(call, f"there is no task {name} in {path}")
        else:
            steps += runner.task(task, {"CLI_ARGS": quoted(passed or ()), **settings}, 0)
    return tuple(steps)


def _taskfile(call: Call, reading: Reading, options: Mapping[str, str]) -> str:
    if target := named(options, "-t", "--taskfile"):
        return file_at(reading, inside(call.directory, target))
    target = named(options, "-d", "--dir")
    directory = inside(call.directory, target) if target else call.directory
    return "" if "$" in directory else nearest(reading, directory, NAMES)


class _Runner:
    def __init__(self, call: Call, reading: Reading, taskfiles: Taskfiles) -> None:
        self._call = call
        self._reading = reading
        self._taskfiles = taskfiles
        self._root = taskfiles.files[0]
        self._active: list[tuple[str, str]] = []
        self._made = 0

    def task(self, task: Task, given: Mapping[str, str], depth: int) -> list[Step]:
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
        for need in entries(content.get("deps")):
            steps += self._command(task, content, need, names, depth, is_need=True)
        for command in [*entries(content.get("cmds")), *entries(content.get("cmd"))]:
            steps += self._command(task, content, command, names, depth, is_need=False)
        self._active.pop()
        return steps

    def _names(self, task: Task, content: Map, given: Mapping[str, str]) -> dict[str, str]:
        names = {
            **self._call.env,
            "ROOT_DIR": ROOT,
            "TASKFILE_DIR": ROOT + posixpath.dirname(task.file.path),
            "TASK": task.name,
        }
        names |= variables_of(self._root.content.get("vars"), names)
        if task.file is not self._root:
            names |= variables_of(task.file.content.get("vars"), names)
        names |= task.file.vars
        names |= given
        own = variables_of(content.get("vars"), names)
        return {**names, **own}

    def _command(
        self,
        task: Task,
        content: Map,
        value: Value,
        names: Mapping[str, str],
        depth: int,
        *,
        is_need: bool,
    ) -> list[Step]:
        options = mapping(value)
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
            items = [filled(item, names) for item in value if isinstance(item, Text)]
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
        task: Task,
        name: Text,
        names: Mapping[str, str],
        depth: int,
        settings: tuple[Map, Map],
    ) -> list[Step]:
        """Give the steps of a task that another calls or needs."""
        place = self._reading.place(task.file.path, name.line)
        wanted = self._taskfiles.find(filled(name, names), task.file.prefix)
        if wanted is None and task.file.prefix:
            wanted = self._taskfiles.find(filled(name, names), ())
        if wanted is None:
            why = f"task {task.name} calls {name}, which is no task in {self._root.path}"
            return [Dead(place=place, why=why)]
        given = variables_of(settings[1].get("vars"), names)
        steps = tuple(self.task(wanted, given, depth + 1))
        soft = self._soft(task, *settings)
        return [Through(place=place, steps=steps, soft=soft)] if steps else []

    def _soft(self, task: Task, *values: Map) -> tuple[str, ...]:
        path = task.file.path
        return tuple(
            f"{self._reading.place(path, value.lines['ignore_error'])}: ignore_error: true"
            for value in values
            if value.get("ignore_error") == "true" and "ignore_error" in value.lines
        )

    def _script(
        self,
        task: Task,
        command: Text,
        names: Mapping[str, str],
        settings: tuple[Map, Map],
    ) -> list[Step]:
        content = settings[0]
        directory = task.file.directory
        target = content.get("dir")
        if isinstance(target, Text):
            directory = inside(directory, filled(target, names))
        env = dict(self._call.env)
        for source in (self._root.content, task.file.content, content):
            env |= variables_of(source.get("env"), {**names, **env})
        set_options = {
            option
            for source in (self._root.content, task.file.content, *settings)
            for option in texts(source.get("set"))
        }
        lines = self._reading.script(task.file.path, command)
        return [
            Script(
                path=task.file.path,
                lines=tuple((number, filled(text, names)) for number, text in lines),
                directory=directory,
                env={name: text for name, text in env.items() if "$" not in text},
                pipefail="pipefail" in set_options,
                soft=self._soft(task, *settings),
            )
        ]


def _runs_here(value: Map) -> bool:
    """Whether ``platforms`` leaves out what CI mostly runs on: Linux."""
    platforms = texts(value.get("platforms"))
    return not platforms or any(re.match(r"linux|amd64|\{\{", item) for item in platforms)
