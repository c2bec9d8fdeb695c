"""The collections of Invoke's tasks: which tasks and namespaces a tasks.py gives names to."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.runners.function_modules import Module, Modules
    from pytest_boss_gates.evidence.runners.function_values import Function

_MOST_TASKS = 500


@dataclass(slots=True, kw_only=True)
class Task:
    """A function that is a task, and what its decorator says."""

    module: Module
    function: Function
    options: dict[str, ast.expr]
    before: list[ast.expr]


@dataclass(slots=True, kw_only=True)
class Collection:
    """The tasks and the collections that a namespace has."""

    tasks: dict[str, Task] = field(default_factory=dict)
    inner: dict[str, Collection] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    default: str = ""

    def find(self, name: str) -> Task | None:
        """Find a task by its dotted name; a collection's name is that of its default task."""
        head, mark, rest = name.partition(".")
        if not mark and head in self.tasks:
            return self.tasks[head]
        inner = self.inner.get(head)
        return inner.find(rest or inner.default) if inner and (rest or inner.default) else None

    def add(self, name: str, task: Task) -> None:
        """Add a task under its name and its aliases."""
        own = _text(task.options.get("name")) or name
        self.tasks.setdefault(dashed(own), task)
        aliases = task.options.get("aliases")
        for alias in aliases.elts if isinstance(aliases, (ast.List, ast.Tuple)) else ():
            if _text(alias):
                self.tasks.setdefault(dashed(_text(alias)), task)
        if _holds(task.options.get("default")):
            self.default = dashed(own)

    def put(self, name: str, task: Task) -> str:
        """Add a task under a name that it is given here, or else its own; the name that it gets."""
        name = name or task.function.name
        self.add(name, task)
        if name != task.function.name:
            self.tasks[dashed(name)] = task
        return dashed(_text(task.options.get("name")) or name)


class Collections:
    """The collections that the modules of a repository stand for, each made once."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known: dict[str, Collection] = {}

    def task(self, module: Module, node: ast.expr) -> Task | None:
        """Find the task that an expression names; None when it names none."""
        target = self._modules.found(module, node)
        if target is None or target[1] not in target[0].functions:
            return None
        return _task_of(target[0], target[0].functions[target[1]])

    def collection(self, module: Module) -> Collection:
        """Give the collection that a module stands for: its namespace, else all its tasks."""
        if module.path in self._known:
            return self._known[module.path]
        whole = self._known[module.path] = Collection()
        names = [*module.functions, *module.imports]
        for name in names[:_MOST_TASKS]:
            task = self.task(module, ast.Name(id=name))
            if task is not None:
                whole.add(name, task)
        made: dict[str, Collection] = {}
        for node in module.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                    collection = self._collected(module, value, made)
                    if collection is not None:
                        made[name] = collection
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as value):
                    if name in made:
                        self._extend(module, made[name], value, made)
        chosen = made.get("ns") or made.get("namespace")
        whole.foreign |= set(module.foreign)
        if chosen is not None:
            chosen.foreign |= whole.foreign
            self._known[module.path] = chosen
        return self._known[module.path]

    def _collected(
        self, module: Module, node: ast.Call, made: dict[str, Collection]
    ) -> Collection | None:
        match node.func:
            case ast.Name(id="Collection") | ast.Attribute(attr="Collection"):
                collection = Collection()
                for argument in node.args[:_MOST_TASKS]:
                    self._put(module, collection, "", argument, made)
                for keyword in node.keywords:
                    self._put(module, collection, keyword.arg or "", keyword.value, made)
                return collection
            case ast.Attribute(attr="from_module") if node.args:
                target = self._modules.found(module, node.args[0])
                if target is not None and not target[1]:
                    return self.collection(target[0])
        return None

    def _extend(
        self,
        module: Module,
        collection: Collection,
        node: ast.Call,
        made: dict[str, Collection],
    ) -> None:
        """Follow ``ns.add_task(lint, name="check")`` and ``ns.add_collection(docs)``."""
        keywords = {item.arg: item.value for item in node.keywords if item.arg}
        way = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if way not in ("add_task", "add_collection") or not node.args:
            return
        second = node.args[1] if len(node.args) > 1 else None
        name = _text(keywords.get("name", second))
        added = self._put(module, collection, name, node.args[0], made)
        if _holds(keywords.get("default")) and added:
            collection.default = added

    def _put(
        self,
        module: Module,
        collection: Collection,
        name: str,
        node: ast.expr,
        made: dict[str, Collection],
    ) -> str:
        """Add what an expression stands for; the name that it gets, or ""."""
        task = self.task(module, node)
        if task is not None:
            return collection.put(name, task)
        if isinstance(node, ast.Name) and node.id in made:
            label = dashed(name or node.id)
            collection.inner[label] = made[node.id]
            return label
        target = self._modules.found(module, node)
        if target is not None and not target[1]:
            stem = posixpath.basename(target[0].path.removesuffix("/__init__.py"))
            label = dashed(name or stem.removesuffix(".py"))
            collection.inner[label] = self.collection(target[0])
            return label
        if isinstance(node, ast.Call):
            self._put_call(module, collection, name, node, made)
        elif isinstance(node, ast.Name):
            collection.foreign |= {dashed(name or node.id), dashed(node.id)}
        return ""

    def _put_call(
        self,
        module: Module,
        collection: Collection,
        name: str,
        node: ast.Call,
        made: dict[str, Collection],
    ) -> None:
        """Add a collection that is made in place: ``ns.add_collection(Collection("docs"))``."""
        inner = self._collected(module, node, made)
        first = node.args[0] if node.args else None
        label = name or _text(first) or (first.id if isinstance(first, ast.Name) else "")
        if inner is not None and label:
            collection.inner[dashed(label)] = inner


def _task_of(module: Module, function: Function) -> Task | None:
    """Read the decorator that makes a function a task."""
    for node in function.decorator_list:
        decorator = node.func if isinstance(node, ast.Call) else node
        name = decorator.attr if isinstance(decorator, ast.Attribute) else ""
        if isinstance(decorator, ast.Name):
            name = module.foreign.get(decorator.id, decorator.id).rpartition(".")[2]
        if name == "task":
            call = node if isinstance(node, ast.Call) else None
            keywords = call.keywords if call else []
            return Task(
                module=module,
                function=function,
                options={item.arg: item.value for item in keywords if item.arg},
                before=list(call.args) if call else [],
            )
    return None


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _holds(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def dashed(name: str) -> str:
    """Write a name as the command line has it."""
    return name.replace("_", "-") if not name.startswith("-") else name
