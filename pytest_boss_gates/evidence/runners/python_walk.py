"""A walk through Python source that never runs it: branches, loops, its own functions."""

from __future__ import annotations

import ast
import itertools
import posixpath
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.python_values import (
    MOST_ROUNDS,
    MOST_STEPS,
    Frame,
    Unknown,
    Values,
    source_of,
    sum_of,
    truth,
)
from pytest_boss_gates.evidence.shell_values import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.runners.python_values import Value

_DEEPEST = 8  # calls of functions in functions
_MOST_SEARCHED = 2_000  # nodes of an exception's handler
_SWALLOWED = ("Error", "Exception", "Failed", "Exit")


class Walk(Values):
    """Goes through statements in order; what calls mean is for a subclass to say."""

    def __init__(
        self, module: ast.Module, path: str, env: Mapping[str, str], directory: str = ""
    ) -> None:
        super().__init__(path, env, directory)
        self.soft: list[str] = []  # why a failure at this point would not be noticed
        for statement in module.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.top.functions[statement.name] = statement

    def called(self, call: ast.Call, name: str, target: Value) -> Value:
        """Say what a call gives: ``name`` as it is written, ``target`` the object of a method."""
        raise NotImplementedError

    def inside(self, target: str) -> str:
        """Resolve a path seen from the current directory; with ``$`` in it when unknown."""
        if target.startswith(ROOT):
            path = posixpath.normpath(target.lstrip("/") or ".")
        elif target.startswith("/") or "$" in target:
            return "$" + target
        else:
            path = posixpath.normpath(posixpath.join(self.directory, target))
        return "" if path == "." else path

    # -- statements

    def run(self, statements: Sequence[ast.stmt]) -> bool:
        """Go through statements; says whether they surely leave the function."""
        return any(self._statement(statement) for statement in statements)

    def _statement(self, statement: ast.stmt) -> bool:
        self.steps_done += 1
        if self.steps_done > MOST_STEPS:
            return True
        match statement:
            case ast.If():
                return self._if(statement)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._loop(statement)
            case ast.With() | ast.AsyncWith():
                return self._with(statement)
            case ast.Try():
                return self._try(statement)
            case ast.Match():
                for case in statement.cases:
                    self.run(case.body)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.frames[-1].functions[statement.name] = statement
            case _ if not isinstance(statement, ast.ClassDef):
                self._simple(statement)
        return isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break))

    def _simple(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                self.assign(targets, self.value(value))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.assign([target], self.value(value))
            case ast.AugAssign(target=ast.Name(id=name) as target, op=ast.Add(), value=value):
                self.assign([target], sum_of(self.named(name), self.value(value), name))
            case ast.Return():
                self._return(statement)
            case _:
                for child in ast.iter_child_nodes(statement):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def _return(self, statement: ast.Return) -> None:
        """Keep what the function gives; two returns that differ leave it to the run."""
        frame = self.frames[-1]
        value = self.value(statement.value) if statement.value else None
        known = not frame.returns or frame.returned == value
        frame.returned = value if known else Unknown("…")
        frame.returns = True

    def _if(self, statement: ast.If) -> bool:
        chosen = truth(self.value(statement.test))
        if chosen is not None:
            return self.run(statement.body if chosen else statement.orelse)
        before = dict(self.frames[-1].names)
        first = self.run(statement.body)
        if first or statement.orelse:
            self.frames[-1].names = before
        return self.run(statement.orelse) and first

    def _loop(self, statement: ast.For | ast.AsyncFor | ast.While) -> None:
        if isinstance(statement, ast.While):
            self.value(statement.test)
            self.run(statement.body)
            return
        items = self.value(statement.iter)
        items = list(items) if isinstance(items, dict) else items
        if not isinstance(items, list):
            items = [Unknown(source_of(statement.target))]
        for item in items[:MOST_ROUNDS]:
            self.assign([statement.target], item)
            self.run(statement.body)
        self.run(statement.orelse)

    def _with(self, statement: ast.With | ast.AsyncWith) -> bool:
        directory, soft = self.directory, list(self.soft)
        for item in statement.items:
            given = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign([item.optional_vars], given)
            if source_of(item.context_expr).endswith("suppress"):
                self.soft.append(f"{self.path}:{item.context_expr.lineno}: `suppress`")
        leaves = self.run(statement.body)
        self.directory, self.soft = directory, soft
        return leaves

    def _try(self, statement: ast.Try) -> bool:
        soft = list(self.soft)
        for handler in statement.handlers:
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            names = [source_of(kind) if kind else "Exception" for kind in kinds[:10]]
            if any(word in name for name in names for word in _SWALLOWED):
                if not _fails(handler.body):
                    shown = ", ".join(names)[:80]
                    self.soft.append(f"{self.path}:{handler.lineno}: `except {shown}` goes on")
                break
        leaves = self.run(statement.body)
        self.soft = soft
        for handler in statement.handlers:
            self.run(handler.body)
        leaves = self.run(statement.orelse) or leaves
        return self.run(statement.finalbody) or (leaves and not statement.handlers)

    # -- calls

    def _call_value(self, node: ast.Call) -> Value:
        name = source_of(node.func)
        target: Value = None
        if isinstance(node.func, ast.Attribute):
            target = self.value(node.func.value)
        function = self.frames[-1].functions.get(name) or self.top.functions.get(name)
        if function is None or name == "…":
            return self.called(node, name, target)
        keywords = {key.arg: self.value(key.value) for key in node.keywords if key.arg}
        return self.enter(function, self.spread(node.args), keywords)

    def enter(
        self,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
        given: Sequence[Value],
        keywords: Mapping[str, Value],
    ) -> Value:
        """Go through a function of the file with its arguments, and give what it returns."""
        if len(self.frames) > _DEEPEST:
            return Unknown(function.name)
        arguments = function.args
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        defaults = [self.value(one) for one in arguments.defaults]
        values: dict[str, Value] = {one: Unknown(one) for one in names}
        values |= dict(zip(names[len(names) - len(defaults) :], defaults, strict=False))
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False):
            values[one.arg] = self.value(default) if default else Unknown(one.arg)
        values |= dict(zip(names, given, strict=False))
        values |= {name: value for name, value in keywords.items() if name in values}
        if arguments.vararg:
            values[arguments.vararg.arg] = list(given[len(names) :])
        self.frames.append(Frame(names=values, functions=dict(self.frames[-1].functions)))
        leaves = self.run(function.body)
        done = self.frames.pop()
        return done.returned if leaves and done.returns else Unknown(function.name)


def _fails(body: Sequence[ast.stmt]) -> bool:
    """Whether an exception's handler lets the program fail all the same."""
    nodes = (node for statement in body for node in ast.walk(statement))
    for node in itertools.islice(nodes, _MOST_SEARCHED):
        if isinstance(node, ast.Raise):
            return True
        if (
            isinstance(node, ast.Return)
            and isinstance(node.value, ast.Constant)
            and node.value.value
        ):
            return True  # `return 1`: a status, most likely
        if isinstance(node, ast.Name) and "fail" in node.id.lower():
            return True  # `failed = True`: it is told at the end
        if isinstance(node, ast.Call):
            ends = source_of(node.func).rpartition(".")[2] in ("exit", "_exit", "error", "abort")
            zero = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if ends and not zero:
                return True
    return False
