"""Complexity and Halstead's volume by radon's rules, in one pass over a syntax tree.

Radon has a visitor for each, and each asks every node for its name: three times the work of the
parser. The rules are those of radon 6; a test holds every function and file of the standard library
against it.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FunctionNode: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
_Operation: TypeAlias = "tuple[Sequence[ast.AST], Sequence[ast.AST]]"  # operators and operands


def _of_match(node: Any) -> int:
    """A case without a pattern of its own, ``_`` or a name, is the way of none of the others."""
    catches = any(getattr(case.pattern, "pattern", False) is None for case in node.cases)
    return max(0, len(node.cases) - catches)


_DECISIONS: dict[str, Callable[[Any], int]] = {
    "Assert": lambda _: 1,
    "AsyncFor": lambda node: 1 + bool(node.orelse),
    "BoolOp": lambda node: len(node.values) - 1,
    "For": lambda node: 1 + bool(node.orelse),
    "If": lambda _: 1,
    "IfExp": lambda _: 1,
    "Match": _of_match,
    "Try": lambda node: len(node.handlers) + bool(node.orelse),
    "While": lambda node: 1 + bool(node.orelse),
    "comprehension": lambda node: 1 + len(node.ifs),
}
"""How many ways through the code a node adds."""

_OPERATIONS: dict[str, Callable[[Any], _Operation]] = {
    "AugAssign": lambda node: ((node.op,), (node.target, node.value)),
    "BinOp": lambda node: ((node.op,), (node.left, node.right)),
    "BoolOp": lambda node: ((node.op,), node.values),
    "Compare": lambda node: (node.ops, (node.left, *node.comparators)),
    "UnaryOp": lambda node: ((node.op,), (node.operand,)),
}
_OPERANDS = {ast.Attribute: "attr", ast.Constant: "value", ast.Name: "id"}
"""By what an operand is the same as another one; all others differ."""

_LEAVES = ("Constant", "Global", "Import", "ImportFrom", "Name", "Nonlocal", "Pass")
_PLAIN = ("arg", "attr", "ctx", "id", "kind", "op", "ops", "type_comment")  # fields without nodes


@dataclass(slots=True)
class _Scope:
    """A module's, class's or function's own: its decisions, and what stands directly in it."""

    decisions: int = 0
    functions: list[int] = field(default_factory=list)  # their complexities
    classes: list[int] = field(default_factory=list)


class Walk:
    """One pass over a module; ``functions`` have their qualified name, complexity and node."""

    def __init__(self) -> None:
        self.functions: list[tuple[str, int, FunctionNode]] = []
        self._count = 0  # operators and operands
        self._operators: set[str] = set()
        self._operands: set[tuple[str | None, object]] = set()

    @property
    def volume(self) -> float:
        """Halstead's volume of what was walked."""
        known = len(self._operators) + len(self._operands)
        return self._count * math.log(known, 2) if known else 0  # noqa: FURB163 - to the last bit

    def of_module(self, tree: ast.Module) -> int:
        """Walk a module; give its complexity, as the maintainability index has it."""
        own = self._scope(tree.body, "", None)
        inner = (*own.functions, *own.classes)
        return 1 + own.decisions + sum(inner) - len(inner)

    def _scope(self, roots: Iterable[ast.AST], prefix: str, context: str | None) -> _Scope:
        """Walk the nodes of one scope; ``context`` is the name of the function around them."""
        scope = _Scope()
        stack: list[Any] = list(roots)
        while stack:
            node = stack.pop()
            kind = type(node)
            decision, operation, fields = _PLANS.get(kind) or _plan(kind)
            if decision is not None:
                scope.decisions += decision(node)
            if operation is not None:
                self._operate(*operation(node), context)
            if fields is None:
                self._inner(node, scope, prefix, context)
                continue
            for name in fields:
                value = getattr(node, name)
                if type(value) is list:
                    stack += value
                elif value is not None:
                    stack.append(value)
        return scope

    def _inner(self, node: Any, scope: _Scope, prefix: str, context: str | None) -> None:
        """Walk what has a count of its own."""
        if isinstance(node, ast.Assert):  # what it asserts adds no way through the code
            self._scope((node.test, *([node.msg] if node.msg else [])), prefix, context)
        elif isinstance(node, ast.ClassDef):
            around = (*node.bases, *node.keywords, *node.decorator_list)
            self._scope((*around, *getattr(node, "type_params", ())), prefix, context)
            own = self._scope(node.body, f"{prefix}{node.name}.", context)
            scope.classes.append(1 + own.decisions + sum(own.functions))
        else:  # of a function only the body counts
            name = f"{prefix}{node.name}"
            own = self._scope(node.body, f"{name}.<locals>.", node.name)
            scope.functions.append(1 + own.decisions)
            self.functions.append((name, 1 + own.decisions, node))

    def _operate(
        self, operators: Sequence[ast.AST], operands: Sequence[ast.AST], context: str | None
    ) -> None:
        self._count += len(operators) + len(operands)
        for operator in operators:
            self._operators.add(type(operator).__name__)
        for operand in operands:
            name = _OPERANDS.get(type(operand))
            self._operands.add((context, operand if name is None else getattr(operand, name)))


_Plan: TypeAlias = (
    "tuple[Callable[[Any], int] | None, Callable[[Any], _Operation] | None, tuple[str, ...] | None]"
)
_PLANS: dict[type, _Plan] = {}


def _plan(kind: type) -> _Plan:
    """Say what to do with a kind of node, and where its children are; None: see ``_inner``."""
    name = kind.__name__
    fields: tuple[str, ...] | None = tuple(
        each for each in getattr(kind, "_fields", ()) if each not in _PLAIN and name not in _LEAVES
    )
    if kind in (ast.Assert, ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef):
        fields = None
    _PLANS[kind] = plan = (_DECISIONS.get(name), _OPERATIONS.get(name), fields)
    return plan
