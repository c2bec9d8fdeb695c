"""Invoke and Fabric: the tasks of tasks.py, in their collections, as scripts."""

from __future__ import annotations

import ast
import posixpath
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.function_bodies import Bodies
from pytest_boss_gates.evidence.runners.function_modules import DEEPEST
from pytest_boss_gates.evidence.runners.function_values import UNKNOWN, defaults_of
from pytest_boss_gates.evidence.runners.invoke_collections import Collections, dashed
from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    named,
    nearest,
    options_of,
)
from pytest_boss_gates.evidence.steps import Dead, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.function_modules import Module
    from pytest_boss_gates.evidence.runners.invoke_collections import Task
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = ("inv", "invoke", "fab")

_VALUES = frozenset(
    """-c --collection -r --search-root -f --config -T --command-timeout -F --list-format -D
    --list-depth --hide -H --hosts -i --identity -S --ssh-config -t --connect-timeout""".split()
)
_SHOWING = frozenset(
    """-l --list -h --help -V --version -R --dry --complete --print-completion-script
    --write-pyc""".split()
)


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the commands of the tasks that a call of invoke names, or of the default one."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    options, words = options_of(call.words[1:], _VALUES)
    if _SHOWING.intersection(options):
        return ()
    name = named(options, "-c", "--collection")
    name = name or ("fabfile" if call.words[0] == "fab" else "tasks")
    target = named(options, "-r", "--search-root")
    directory = inside(call.directory, target) if target else call.directory
    names = (f"{name}.py", f"{name}/__init__.py")
    path = "" if "$" in directory else nearest(reading, directory, names)
    if not path:
        return dead(call, f"there is no {name}.py")
    root = path.removesuffix("/__init__.py") if path.endswith("/__init__.py") else path
    runner = _Runner(call, reading, posixpath.dirname(root))
    module = runner.module(path)
    if module is None:
        return dead(call, f"{path} is not understood")
    try:
        steps = runner.run(module, list(words))
    except RecursionError:
        return dead(call, f"{path} is nested too deeply")
    if steps and options.keys() & {"-w", "--warn-only"}:
        return (Through(steps=steps, soft=(f"{call.place}: --warn-only",)),)
    return steps


class _Runner(Bodies):
    def __init__(self, call: Call, reading: Reading, root: str) -> None:
        super().__init__(call, reading, root)
        self._collections = Collections(self)
        self._ran: set[tuple[str, int]] = set()

    def run(self, module: Module, words: list[str]) -> tuple[Step, ...]:
        """Run one task after the other, each with the options behind its name."""
        root = self._collections.collection(module)
        if not words and root.default:
            words = [root.default]
        steps: list[Step] = []
        while words:
            name = dashed(words.pop(0))
            if name.startswith("-"):
                continue
            task = root.find(name)
            if task is None:
                elsewhere = name.partition(".")[0] in root.foreign
                why = f"there is no task {name} in {module.path}"
                if elsewhere:
                    why = f"{name} comes from a package that is not in the repository"
                return (*steps, *dead(self.call, why))
            given = _options(task, words)
            steps += self._task(task, given, 0)
        return tuple(steps)

    def _task(self, task: Task, given: dict[str, object], depth: int) -> list[Step]:
        key = (task.module.path, task.function.lineno)
        if depth > DEEPEST or (key in self._ran and not given):
            return []
        self._ran.add(key)
        steps: list[Step] = []
        for node in [*task.before, *_items(task.options.get("pre"))]:
            steps += self._need(task, node, depth)
        steps += self.body(task.module, task.function, given)
        for node in _items(task.options.get("post")):
            steps += self._need(task, node, depth)
        return steps

    def _need(self, task: Task, node: ast.expr, depth: int) -> list[Step]:
        """Run a task that another asks for: ``pre=[lint, call(test, quick=True)]``."""
        given: dict[str, object] = {}
        if isinstance(node, ast.Call) and node.args:
            for keyword in node.keywords:
                if keyword.arg and isinstance(keyword.value, ast.Constant):
                    given[keyword.arg] = keyword.value.value
            node = node.args[0]
        place = self.reading.place(task.module.path, node.lineno)
        wanted = self._collections.task(task.module, node)
        if wanted is None:
            why = f"{task.function.name} needs {ast.unparse(node)[:60]}, which is not known"
            return [Dead(place=place, why=why)]
        steps = tuple(self._task(wanted, given, depth + 1))
        return [Through(place=place, steps=steps)] if steps else []


def _options(task: Task, words: list[str]) -> dict[str, object]:
    """Take the options of a task, and the words that its parameters ask for."""
    defaults = defaults_of(task.function, task.module.values)
    context, *names = list(defaults) or [""]
    given: dict[str, object] = {}
    asked = [name for name in names if defaults[name] is UNKNOWN]
    while words:
        word = words[0]
        if word == "--":
            words.clear()
        elif word.startswith("-") and word != "-":
            taken = _take_option(words, names, defaults, given)
            asked = [item for item in asked if item != taken]
        elif asked:
            given[asked.pop(0)] = words.pop(0)
        else:
            break
    given.pop(context, None)
    return given


def _take_option(
    words: list[str],
    names: Sequence[str],
    defaults: Mapping[str, object],
    given: dict[str, object],
) -> str:
    """Take an option, with its value, off the words; the name of its parameter."""
    name, value = _parameter(words.pop(0), names)
    if name.startswith("no_") and name[3:] in names:
        given[name[3:]] = False
    elif isinstance(defaults.get(name), bool):
        given[name] = True
    elif value is None:
        given[name] = words.pop(0) if words else ""
    else:
        given[name] = value
    return name


def _parameter(word: str, names: Sequence[str]) -> tuple[str, str | None]:
    """Split an option into the parameter that it means, and the value in the same word."""
    flag, mark, value = word.lstrip("-").partition("=")
    name = flag.replace("-", "_")
    if word[1] != "-" and flag and name not in names:
        name = next((item for item in names if item.startswith(flag[0])), name)
        if len(flag) > 1:
            return name, flag[1:]
    return name, value if mark else None


def _items(node: ast.expr | None) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else ()
