"""duty: the duties of duties.py, whose commands are texts, lists, and calls of its tools."""

from __future__ import annotations

import ast
import posixpath
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.function_bodies import Bodies
from pytest_boss_gates.evidence.runners.function_modules import DEEPEST
from pytest_boss_gates.evidence.runners.function_values import UNKNOWN, defaults_of, value_of
from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    named,
    options_of,
    quoted,
)
from pytest_boss_gates.evidence.steps import Dead, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.function_bodies import Frame
    from pytest_boss_gates.evidence.runners.function_modules import Module
    from pytest_boss_gates.evidence.runners.function_values import Function
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = ("duty",)

_VALUES = frozenset(
    """-d --duties-file -f --format -o --fmt -t --title -c --capture --number -n
    --stdin""".split()
)
_SHOWING = frozenset("-l --list -h --help -V --version --debug-info --completion".split())
_SOFT = frozenset({"-z", "--zero", "--nofail"})
_ALONE = frozenset("run call main add-args".split())  # methods that are no subcommand
_TOOLS = ("duty.tools", "duty.callables", "duty._internal.tools", "duty._internal.callables")


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the commands of the duties that a call names."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    options, words = options_of(call.words[1:], _VALUES)
    if _SHOWING.intersection(options) or not words:
        return ()
    path = inside(call.directory, named(options, "-d", "--duties-file") or "duties.py")
    if path not in reading.tree:
        return dead(call, f"there is no {path.lstrip('$')}")
    runner = _Runner(call, reading, posixpath.dirname(path))
    module = runner.module(path)
    if module is None:
        return dead(call, f"{path} is not understood")
    try:
        steps = runner.run(module, list(words))
    except RecursionError:
        return dead(call, f"{path} is nested too deeply")
    if steps and _SOFT.intersection(options):
        return (Through(steps=steps, soft=(f"{call.place}: duty {min(_SOFT & set(options))}",)),)
    return steps


class _Runner(Bodies):
    def run(self, module: Module, words: list[str]) -> tuple[Step, ...]:
        """Run one duty after the other, each with the parameters behind its name."""
        duties = {
            name: function
            for key, function in module.functions.items()
            if (options := _options(module, function)) is not None
            for name in _names(key, options)
        }
        steps: list[Step] = []
        while words:
            name = words.pop(0)
            if name not in duties:
                return (*steps, *dead(self.call, f"there is no duty {name} in {module.path}"))
            given: dict[str, object] = {}
            positional = list(defaults_of(duties[name], {}))[1:]
            soft: tuple[str, ...] = ()
            while words and words[0] not in duties:
                word = words.pop(0)
                key, mark, value = word.partition("=")
                if word in _SOFT:
                    soft = (f"{self.call.place}: duty {word}",)
                elif mark and not word.startswith("-"):
                    given[key] = value
                elif positional and not word.startswith("-"):
                    given[positional.pop(0)] = word
            found = self._duty(module, duties, duties[name], given, 0)
            steps += [Through(steps=tuple(found), soft=soft)] if soft and found else found
        return tuple(steps)

    def _duty(
        self,
        module: Module,
        duties: Mapping[str, Function],
        function: Function,
        given: Mapping[str, object],
        depth: int,
    ) -> list[Step]:
        if depth > DEEPEST:
            return []
        options = _options(module, function) or {}
        steps: list[Step] = []
        for way in ("pre", "post"):
            if way == "post":
                steps += self.body(module, function, given)
            listed = options.get(way)
            for node in listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else ():
                name = value_of(node, {})
                wanted = duties.get(name) if isinstance(name, str) else None
                if isinstance(node, ast.Name):
                    wanted = module.functions.get(node.id)
                place = self.reading.place(module.path, node.lineno)
                if wanted is None:
                    why = f"{function.name} needs {ast.unparse(node)[:60]}, which is no duty"
                    steps.append(Dead(place=place, why=why))
                    continue
                inner = self._duty(module, duties, wanted, {}, depth + 1)
                if inner:
                    steps.append(Through(place=place, steps=tuple(inner)))
        if _is_set(options.get("nofail")) and steps:
            place = self.reading.place(module.path, function.lineno)
            return [Through(steps=tuple(steps), soft=(f"{place}: nofail=True",))]
        return steps

    def command(self, frame: Frame, node: ast.expr) -> str:
        """Also understand calls of tools: ``tools.ruff.check("src", fix=True)``."""
        if isinstance(node, (ast.Call, ast.Attribute, ast.Name)):
            words = self._tool(frame.module, node, frame.values)
            if words[:1] == ["build"]:
                words[:1] = ["python", "-m", "build"]
            if words:
                return quoted(words)
        if isinstance(node, ast.Lambda):
            return ""
        return super().command(frame, node)

    def _tool(
        self, module: Module, node: ast.expr, values: Mapping[str, object], depth: int = 0
    ) -> list[str]:
        """Give the words that a call of a tool stands for; empty when it is none."""
        if depth > DEEPEST:
            return []
        if isinstance(node, ast.Call):
            words = self._tool(module, node.func, values, depth + 1)
            return [*words, *_arguments(node, values)] if words else []
        inner, parts = _attributes(node)
        if isinstance(inner, ast.Call):
            words = self._tool(module, inner, values, depth + 1)
            return [*words, *parts] if words else []
        if isinstance(inner, ast.Name):
            return _subcommands(module.foreign.get(inner.id, ""), parts)
        return []


def _attributes(node: ast.expr) -> tuple[ast.expr, list[str]]:
    """Split ``tools.ruff.check`` into what owns the attributes, and their names as words."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < DEEPEST:
        parts.insert(0, node.attr.strip("_").replace("_", "-"))
        node = node.value
    return node, parts


def _subcommands(foreign: str, parts: list[str]) -> list[str]:
    """Give the words of a tool that was imported by this name; empty when it is no tool."""
    prefix = next((name for name in _TOOLS if foreign.startswith(name)), None)
    if prefix is None:
        return []
    words = [part for part in (foreign[len(prefix) :].strip(".").split(".")) if part]
    words = [word.replace("_", "-") for word in words] + parts
    if words and words[0] in ("tools", "callables"):
        del words[0]
    return [word for number, word in enumerate(words) if number == 0 or word not in _ALONE]


def _arguments(node: ast.Call, values: Mapping[str, object]) -> list[str]:
    """Turn a tool's arguments into words: ``fix=True`` is ``--fix``."""
    words: list[str] = []
    for argument in node.args:
        inner = argument.value if isinstance(argument, ast.Starred) else argument
        value = value_of(inner, values)
        if isinstance(value, list):
            words += [item if isinstance(item, str) else "${argument}" for item in value]
        else:
            words.append(value if isinstance(value, str) else "${argument}")
    for keyword in node.keywords:
        value = value_of(keyword.value, values)
        option = "--" + (keyword.arg or "").strip("_").replace("_", "-")
        if keyword.arg == "add_args" and isinstance(value, list):
            words += [item for item in value if isinstance(item, str)]
        elif value is True:
            words.append(option)
        elif isinstance(value, str) and option != "--":
            words.append(f"{option}={value}")
        elif value is UNKNOWN and option != "--":
            words.append(f"{option}=${{value}}")
    return words


def _options(module: Module, function: Function) -> dict[str, ast.expr] | None:
    """Give the options of the decorator that makes a function a duty; None without it."""
    for node in function.decorator_list:
        decorator = node.func if isinstance(node, ast.Call) else node
        name = decorator.attr if isinstance(decorator, ast.Attribute) else ""
        if isinstance(decorator, ast.Name):
            name = module.foreign.get(decorator.id, "").rpartition(".")[2]
        if name == "duty":
            keywords = node.keywords if isinstance(node, ast.Call) else []
            return {item.arg: item.value for item in keywords if item.arg}
    return None


def _names(name: str, options: Mapping[str, ast.expr]) -> Sequence[str]:
    own = value_of(options["name"], {}) if "name" in options else name
    names = [own if isinstance(own, str) else name]
    aliases = options.get("aliases")
    for node in aliases.elts if isinstance(aliases, (ast.List, ast.Tuple, ast.Set)) else ():
        alias = value_of(node, {})
        names += [alias] if isinstance(alias, str) else []
    return [*names, *(item.replace("_", "-") for item in names)]


def _is_set(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
