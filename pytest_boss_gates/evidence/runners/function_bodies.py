"""The commands that tasks run whose bodies are Python functions (Invoke, duty)."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.function_modules import DEEPEST, Modules
from pytest_boss_gates.evidence.runners.function_values import (
    MOST_ITEMS,
    UNKNOWN,
    defaults_of,
    last_name,
    shown,
    text_of,
    truth_of,
    value_of,
)
from pytest_boss_gates.evidence.runners.task_scripts import (
    inside,
    lines_at,
    lines_from,
    quoted,
)
from pytest_boss_gates.evidence.steps import Dead, Script, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.function_modules import Module
    from pytest_boss_gates.evidence.runners.function_values import Function
    from pytest_boss_gates.evidence.steps import Call, Step

_MOST = 1_000  # steps of one call
_MOST_STATEMENTS = 20_000  # of one call, each counted as often as it is run
_RUNNING = frozenset({"run", "sudo", "local"})
_PROCESSES = frozenset({"run", "call", "check_call", "check_output", "Popen"})


@dataclass(slots=True, kw_only=True)
class Frame:
    """A function that is being followed, and what is known on the way."""

    module: Module
    function: Function
    values: dict[str, object]
    context: str  # the name of the first parameter
    directory: str
    depth: int
    soft: tuple[str, ...] = ()


class Bodies(Modules):
    """Finds the commands that functions run; a subclass may know more kinds of commands."""

    def __init__(self, call: Call, reading: Reading, root: str) -> None:
        super().__init__(reading, root)
        self.call = call
        self._active: list[tuple[str, int]] = []
        self._leaving: dict[int, bool] = {}
        self._made = 0
        self._visited = 0

    def body(
        self,
        module: Module,
        function: Function,
        given: Mapping[str, object],
        *,
        depth: int = 0,
        directory: str | None = None,
        soft: tuple[str, ...] = (),
    ) -> list[Step]:
        """Give the commands of a function whose parameters have these values."""
        key = (module.path, function.lineno)
        if key in self._active or depth > DEEPEST or self._made > _MOST:
            return []
        self._active.append(key)
        parameters = [*function.args.posonlyargs, *function.args.args]
        frame = Frame(
            module=module,
            function=function,
            values={**module.values, **defaults_of(function, module.values), **given},
            context=parameters[0].arg if parameters else "",
            directory=self.call.directory if directory is None else directory,
            depth=depth,
            soft=soft,
        )
        steps = self._block(frame, function.body)
        self._active.pop()
        return steps

    def _block(self, frame: Frame, nodes: Sequence[ast.stmt]) -> list[Step]:
        steps: list[Step] = []
        frame.depth += 1
        if frame.depth <= 4 * DEEPEST:
            for node in nodes:
                steps += self._run(frame, node)
        frame.depth -= 1
        return steps

    def _run(self, frame: Frame, node: ast.stmt) -> list[Step]:
        self._visited += 1
        if self._visited > _MOST_STATEMENTS:
            return []
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return []
            case ast.If():
                return self._if(frame, node)
            case ast.For() | ast.AsyncFor():
                return self._for(frame, node)
            case ast.While():
                return [*self._calls(frame, node.test), *self._block(frame, node.body)]
            case ast.With() | ast.AsyncWith():
                return self._with(frame, node)
            case ast.Try():
                return self._try(frame, node)
        steps = self._calls(frame, node)
        self._remember(frame, node)
        return steps

    def _remember(self, frame: Frame, node: ast.stmt) -> None:
        """Follow what a statement does to the values of names."""
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self._assign(frame, node.targets[0], value_of(node.value, frame.values))
        elif isinstance(node, ast.AnnAssign) and node.value:
            self._assign(frame, node.target, value_of(node.value, frame.values))
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            both = ast.BinOp(left=node.target, op=node.op, right=node.value)
            self._assign(frame, node.target, value_of(both, frame.values))
        elif isinstance(node, ast.Expr):
            _append(frame.values, node.value)

    def _assign(self, frame: Frame, target: ast.expr, value: object) -> None:
        if isinstance(target, ast.Name):
            frame.values[target.id] = value

    def _if(self, frame: Frame, node: ast.If) -> list[Step]:
        """Take the branch that is taken, or both where the condition is not known."""
        steps = self._calls(frame, node.test)
        condition = truth_of(node.test, frame.values)
        if condition is not None:
            return steps + self._block(frame, node.body if condition else node.orelse)
        before = dict(frame.values)
        steps += self._block(frame, node.body)
        if not node.orelse:
            frame.values = {**frame.values, **before}
            return steps
        after = frame.values
        frame.values = before
        steps += self._block(frame, node.orelse)
        frame.values = after
        return steps

    def _for(self, frame: Frame, node: ast.For | ast.AsyncFor) -> list[Step]:
        steps = self._calls(frame, node.iter)
        values = value_of(node.iter, frame.values)
        rounds = values[:MOST_ITEMS] if isinstance(values, list) and values else [UNKNOWN]
        for value in rounds:
            self._assign(frame, node.target, value)
            steps += self._block(frame, node.body)
        return steps

    def _with(self, frame: Frame, node: ast.With | ast.AsyncWith) -> list[Step]:
        before = frame.directory
        steps: list[Step] = []
        for item in node.items:
            target = item.context_expr
            if isinstance(target, ast.Call) and last_name(target.func) in ("cd", "chdir", "pushd"):
                where = text_of(target.args[0], frame.values) if target.args else "${cd}"
                frame.directory = inside(frame.directory, where)
            else:
                steps += self._calls(frame, target)
        steps += self._block(frame, node.body)
        frame.directory = before
        return steps

    def _try(self, frame: Frame, node: ast.Try) -> list[Step]:
        """A failure that every handler swallows is soft."""
        before = frame.soft
        swallows = node.handlers and not any(_leaves(handler) for handler in node.handlers)
        if swallows:
            place = self.reading.place(frame.module.path, node.handlers[0].lineno)
            frame.soft = (*before, f"{place}: `except` goes on after a failure")
        steps = self._block(frame, node.body)
        frame.soft = before
        for handler in node.handlers:
            steps += self._block(frame, handler.body)
        return steps + self._block(frame, [*node.orelse, *node.finalbody])

    def _calls(self, frame: Frame, node: ast.AST) -> list[Step]:
        """Give what the calls in a statement or expression run, inner ones first."""
        steps: list[Step] = []
        for call in _in_order(node):
            if self._made > _MOST:
                break
            steps += self._one(frame, call)
        return steps

    def _one(self, frame: Frame, call: ast.Call) -> list[Step]:
        name = last_name(call.func)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        first = call.args[0] if call.args else keywords.get("command", keywords.get("args"))
        foreign = self.foreign(frame.module, call.func)
        is_context = isinstance(owner, ast.Name) and owner.id == frame.context
        if foreign == "os.system" or (foreign.startswith("subprocess.") and name in _PROCESSES):
            checked = name.startswith("check") or _is_true(keywords.get("check"))
            why = "" if checked or self._leaves(frame.function) else f"`{foreign}` without a check"
            return self._command(frame, call, first, why)
        imported = foreign in ("invoke.run", "fabric.local", "invoke.sudo", "fabric.run")
        if (is_context and name in _RUNNING) or imported:
            return self.ran(frame, call, first, keywords)
        target = self.found(frame.module, call.func)
        if target is not None and target[1] in target[0].functions:
            return self._helper(frame, call, *target)
        return []

    def ran(
        self,
        frame: Frame,
        call: ast.Call,
        first: ast.expr | None,
        keywords: Mapping[str, ast.expr],
    ) -> list[Step]:
        """Give what ``ctx.run(...)`` runs."""
        why = ""
        if _is_true(keywords.get("warn")) and not self._leaves(frame.function):
            why = "warn=True"
        if _is_true(keywords.get("nofail")):
            why = "nofail=True"
        return self._command(frame, call, first, why)

    def command(self, frame: Frame, node: ast.expr) -> str:
        """Give the text of a command; "" when nothing of it is known."""
        values = frame.values
        value = value_of(node, values)
        if isinstance(value, list):
            return quoted([shown(item, "part") for item in value])
        text = value if isinstance(value, str) else text_of(node, values)
        return "" if re.fullmatch(r"\$\{\w+\}", text) else text

    def _command(self, frame: Frame, call: ast.Call, node: ast.expr | None, why: str) -> list[Step]:
        text = self.command(frame, node) if node is not None else ""
        path = frame.module.path
        self._made += 1
        if node is None or not text:
            place = self.reading.place(path, call.lineno)
            return [Dead(place=place, why=f"{frame.function.name} runs what only running tells")]
        line = node.lineno
        lines = lines_at(line, text)
        if isinstance(node, ast.Constant) and "\n" in text:
            lines = lines_from(self.reading, path, line, text)
        soft = frame.soft
        if why:
            soft = (*soft, f"{self.reading.place(path, call.lineno)}: {why}")
        return [
            Script(
                path=path,
                lines=lines,
                directory=frame.directory,
                env=self.call.env,
                errexit=False,
                soft=soft,
            )
        ]

    def _helper(self, frame: Frame, call: ast.Call, module: Module, name: str) -> list[Step]:
        function = module.functions[name]
        parameters = [*function.args.posonlyargs, *function.args.args]
        given: dict[str, object] = {}
        for parameter, argument in zip(parameters, call.args, strict=False):
            given[parameter.arg] = value_of(argument, frame.values)
        for keyword in call.keywords:
            if keyword.arg:
                given[keyword.arg] = value_of(keyword.value, frame.values)
        steps = self.body(
            module,
            function,
            given,
            depth=frame.depth + 1,
            directory=frame.directory,
            soft=frame.soft,
        )
        place = self.reading.place(frame.module.path, call.lineno)
        return [Through(place=place, steps=tuple(steps))] if steps else []

    def _leaves(self, function: Function) -> bool:
        """Whether a function raises or exits somewhere, so that it may look at a result."""
        if id(function) not in self._leaving:
            self._leaving[id(function)] = _leaves(function)
        return self._leaving[id(function)]


def _in_order(node: ast.AST) -> list[ast.Call]:
    calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _leaves(node: ast.AST) -> bool:
    """Whether something in it raises or exits."""
    return any(
        isinstance(inner, ast.Raise)
        or (
            isinstance(inner, ast.Call)
            and last_name(inner.func) in ("exit", "Exit", "abort", "_exit")
        )
        for inner in ast.walk(node)
    )


def _append(values: dict[str, object], node: ast.expr) -> None:
    """Follow ``command.append("-x")`` and ``command.extend([...])`` on a known list."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=way), args=[argument]):
            known, value = values.get(name), value_of(argument, values)
            if isinstance(known, list) and len(known) < MOST_ITEMS:
                if way == "append":
                    values[name] = [*known, value]
                elif way == "extend":
                    values[name] = [*known, *(value if isinstance(value, list) else [UNKNOWN])]
