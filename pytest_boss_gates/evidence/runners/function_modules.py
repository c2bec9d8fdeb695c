"""The Python files that tasks are functions of (Invoke, duty), by their syntax tree alone."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.function_values import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.function_values import Function

DEEPEST = 12
"""Imports of imports, or calls in calls, that are followed."""

_MOST_MODULES = 60


@dataclass(slots=True, kw_only=True)
class Module:
    """A Python file: what its names mean at its top level."""

    path: str
    tree: ast.Module
    values: dict[str, object] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)  # path, name in it or ""
    foreign: dict[str, str] = field(default_factory=dict)  # name -> "invoke.run"


class Modules:
    """The files of the repository that a task file comes to, each loaded once."""

    def __init__(self, reading: Reading, root: str) -> None:
        self.reading = reading
        self._root = root  # the directory that imports start at
        self._modules: dict[str, Module | None] = {}

    def module(self, path: str) -> Module | None:
        """Load a file of the repository; None when it cannot be read."""
        if path not in self._modules:
            self._modules[path] = None
            tree = self.reading.python(path) if len(self._modules) < _MOST_MODULES else None
            if tree is not None:
                module = Module(path=path, tree=tree)
                self._modules[path] = module
                for node in _top(tree.body):
                    self._statement(module, node)
        return self._modules[path]

    def _statement(self, module: Module, node: ast.stmt) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            module.functions[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(module, node)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                module.values[target.id] = value_of(node.value, module.values)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.values[node.target.id] = value_of(node.value, module.values)

    def _import(self, module: Module, node: ast.Import | ast.ImportFrom) -> None:
        here = posixpath.dirname(module.path)
        if isinstance(node, ast.Import):
            for alias in node.names:
                path = self._file([here, self._root], alias.name)
                bound = alias.asname or alias.name.partition(".")[0]
                if path and (alias.asname or "." not in alias.name):
                    module.imports[bound] = (path, "")
                else:
                    module.foreign[bound] = alias.name if alias.asname else bound
            return
        bases = [here, self._root]
        if node.level:
            bases = [here]
            for _ in range(min(node.level - 1, DEEPEST)):
                bases = [posixpath.dirname(bases[0])]
        for alias in node.names:
            bound = alias.asname or alias.name
            name = node.module or ""
            inner = self._file(bases, f"{name}.{alias.name}".strip("."))
            path = inner or self._file(bases, name)
            if path and path != module.path:
                module.imports[bound] = (path, "" if inner else alias.name)
            else:
                module.foreign[bound] = f"{name}.{alias.name}"

    def _file(self, bases: Sequence[str], name: str) -> str:
        parts = name.replace(".", "/")
        for base in bases:
            for path in (f"{parts}.py", f"{parts}/__init__.py") if parts else ("__init__.py",):
                whole = posixpath.join(base, path)
                if whole in self.reading.tree:
                    return whole
        return ""

    def found(self, module: Module, node: ast.expr, depth: int = 0) -> tuple[Module, str] | None:
        """Resolve a name, or a module's attribute, to the module and name that it stands for.

        The name is "" for a module itself.
        """
        if depth > DEEPEST:
            return None
        if isinstance(node, ast.Name):
            if node.id in module.functions or node.id not in module.imports:
                return (module, node.id)
            path, name = module.imports[node.id]
            other = self.module(path)
            if other is None:
                return None
            if name and name not in other.functions and name in other.imports:
                return self.found(other, ast.Name(id=name), depth + 1)
            return (other, name)
        if isinstance(node, ast.Attribute):
            owner = self.found(module, node.value, depth + 1)
            if owner is not None and not owner[1]:
                return self.found(owner[0], ast.Name(id=node.attr), depth + 1)
        return None

    def foreign(self, module: Module, node: ast.expr) -> str:
        """Name what an imported thing is: ``subprocess.run``."""
        if isinstance(node, ast.Name):
            return module.foreign.get(node.id, "")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = module.foreign.get(node.value.id, "")
            return f"{owner}.{node.attr}" if owner else ""
        return ""


def _top(nodes: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Go through a file's statements, also those in ``if`` and ``try``."""
    for node in nodes:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            yield from (inner for inner in node.body if not isinstance(inner, (ast.If, ast.Try)))
