"""Invoke and Fabric: the tasks of tasks.py, in their collections, as scripts."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.function_bodies import Bodies
from pytest_boss_gates.evidence.runners.function_modules import DEEPEST
from pytest_boss_gates.evidence.runners.function_values import UNKNOWN, defaults_of
from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    named,
    nearest,
    options_of,
)
from pytest_boss_gates.evidence.steps import Dead, Through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.function_modules import Module
    from pytest_boss_gates.evidence.runners.function_values import Function
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
_MOST_TASKS = 500


@dataclass(slots=True, kw_only=True)
class _Task:
    module: Module
    function: Function
    options: dict[str, ast.expr]
    before: list[ast.expr]


@dataclass(slots=True, kw_only=True)
class _Collection:
    tasks: dict[str, _Task] = field(default_factory=dict)
    inner: dict[str, _Collection] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    default: str = ""

    def find(self, name: str) -> _Task | None:
        """Find a task by its dotted name; a collection's name is that of its default task."""
        head, mark, rest = name.partition(".")
        if not mark and head in self.tasks:
            return self.tasks[head]
        inner = self.inner.get(head)
        return inner.find(rest or inner.default) if inner and (rest or inner.default) else None

    def add(self, name: str, task: _Task) -> None:
        """Add a task under its name and its aliases."""
        own = _text(task.options.get("name")) or name
        self.tasks.setdefault(_dashed(own), task)
        aliases = task.options.get("aliases")
        for alias in aliases.elts if isinstance(aliases, (ast.List, ast.Tuple)) else ():
            if _text(alias):
                self.tasks.setdefault(_dashed(_text(alias)), task)
        if _holds(task.options.get("default")):
            self.default = _dashed(own)


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
        self._collections: dict[str, _Collection] = {}
        self._ran: set[tuple[str, int]] = set()

    def run(self, module: Module, words: list[str]) -> tuple[Step, ...]:
        """Run one task after the other, each with the options behind its name."""
        root = self._collection(module)
        if not words and root.default:
            words = [root.default]
        steps: list[Step] = []
        while words:
            name = _dashed(words.pop(0))
            if name.startswith("-"):
                continue
            task = root.find(name)
            if task is None:
                elsewhere = name.partition(".")[0] in root.foreign
                why = f"there is no task {name} in {module.path}"
                if elsewhere:
                    why = f"{name} comes from a package that is not in the repository"
                return (*steps, *dead(self.call, why))
            given = self._options(task, words)
            steps += self._task(task, given, 0)
        return tuple(steps)

    def _options(self, task: _Task, words: list[str]) -> dict[str, object]:
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
                del words[0]
                flag, mark, value = word.lstrip("-").partition("=")
                name = flag.replace("-", "_")
                if word[1] != "-" and len(flag) >= 1 and name not in names:
                    name = next((item for item in names if item.startswith(flag[0])), name)
                    value, mark = (flag[1:], "=") if len(flag) > 1 else (value, mark)
                if name.startswith("no_") and name[3:] in names:
                    given[name[3:]] = False
                elif isinstance(defaults.get(name), bool):
                    given[name] = True
                else:
                    given[name] = value if mark or not words else words.pop(0)
                asked = [item for item in asked if item != name]
            elif asked:
                given[asked.pop(0)] = words.pop(0)
            else:
                break
        given.pop(context, None)
        return given

    def _task(self, task: _Task, given: dict[str, object], depth: int) -> list[Step]:
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

    def _need(self, task: _Task, node: ast.expr, depth: int) -> list[Step]:
        """Run a task that another asks for: ``pre=[lint, call(test, quick=True)]``."""
        given: dict[str, object] = {}
        if isinstance(node, ast.Call) and node.args:
            for keyword in node.keywords:
                if keyword.arg and isinstance(keyword.value, ast.Constant):
                    given[keyword.arg] = keyword.value.value
            node = node.args[0]
        place = self.reading.place(task.module.path, node.lineno)
        wanted = self._named(task.module, node)
        if wanted is None:
            why = f"{task.function.name} needs {ast.unparse(node)[:60]}, which is not known"
            return [Dead(place=place, why=why)]
        steps = tuple(self._task(wanted, given, depth + 1))
        return [Through(place=place, steps=steps)] if steps else []

    def _named(self, module: Module, node: ast.expr) -> _Task | None:
        target = self.found(module, node)
        if target is None or target[1] not in target[0].functions:
            return None
        return _task_of(target[0], target[0].functions[target[1]])

    # -- collections

    def _collection(self, module: Module) -> _Collection:
        """Give the collection that a module stands for: its namespace, else all its tasks."""
        if module.path in self._collections:
            return self._collections[module.path]
        whole = self._collections[module.path] = _Collection()
        names = [*module.functions, *module.imports]
        for name in names[:_MOST_TASKS]:
            task = self._named(module, ast.Name(id=name))
            if task is not None:
                whole.add(name, task)
        made: dict[str, _Collection] = {}
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
            self._collections[module.path] = chosen
        return self._collections[module.path]

    def _collected(
        self, module: Module, node: ast.Call, made: dict[str, _Collection]
    ) -> _Collection | None:
        match node.func:
            case ast.Name(id="Collection") | ast.Attribute(attr="Collection"):
                collection = _Collection()
                for argument in node.args[:_MOST_TASKS]:
                    self._put(module, collection, "", argument, made)
                for keyword in node.keywords:
                    self._put(module, collection, keyword.arg or "", keyword.value, made)
                return collection
            case ast.Attribute(attr="from_module") if node.args:
                target = self.found(module, node.args[0])
                if target is not None and not target[1]:
                    return self._collection(target[0])
        return None

    def _extend(
        self,
        module: Module,
        collection: _Collection,
        node: ast.Call,
        made: dict[str, _Collection],
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
        collection: _Collection,
        name: str,
        node: ast.expr,
        made: dict[str, _Collection],
    ) -> str:
        """Add what an expression stands for; the name that it gets, or ""."""
        task = self._named(module, node)
        if task is not None:
            name = name or task.function.name
            collection.add(name, task)
            if name != task.function.name:
                collection.tasks[_dashed(name)] = task
            return _dashed(_text(task.options.get("name")) or name)
        if isinstance(node, ast.Name) and node.id in made:
            collection.inner[_dashed(name or node.id)] = made[node.id]
            return _dashed(name or node.id)
        target = self.found(module, node)
        if target is not None and not target[1]:
            stem = posixpath.basename(target[0].path.removesuffix("/__init__.py"))
            label = _dashed(name or stem.removesuffix(".py"))
            collection.inner[label] = self._collection(target[0])
            return label
        if isinstance(node, ast.Call):
            inner = self._collected(module, node, made)
            first = _text(node.args[0]) if node.args else ""
            stem = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
            if inner is not None and (name or first or stem):
                collection.inner[_dashed(name or first or stem)] = inner
        elif isinstance(node, ast.Name):
            collection.foreign |= {_dashed(name or node.id), _dashed(node.id)}
        return ""


def _task_of(module: Module, function: Function) -> _Task | None:
    """Read the decorator that makes a function a task."""
    for node in function.decorator_list:
        decorator = node.func if isinstance(node, ast.Call) else node
        name = decorator.attr if isinstance(decorator, ast.Attribute) else ""
        if isinstance(decorator, ast.Name):
            name = module.foreign.get(decorator.id, decorator.id).rpartition(".")[2]
        if name == "task":
            call = node if isinstance(node, ast.Call) else None
            keywords = call.keywords if call else []
            return _Task(
                module=module,
                function=function,
                options={item.arg: item.value for item in keywords if item.arg},
                before=list(call.args) if call else [],
            )
    return None


def _items(node: ast.expr | None) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else ()


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _holds(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _dashed(name: str) -> str:
    return name.replace("_", "-") if not name.startswith("-") else name
