"""A walk through Python source that never runs it: plain values, branches, loops, functions."""

from __future__ import annotations

import ast
import itertools
import posixpath
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.shell import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DEEPEST = 8  # calls of functions in functions
_MOST_ROUNDS = 20  # of one loop
_MOST_STEPS = 100_000  # statements and values of one walk
_LONGEST = 10_000  # characters, or items, of one value
_MOST_SEARCHED = 2_000  # nodes of an exception's handler
_SWALLOWED = ("Error", "Exception", "Failed", "Exit")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only running could tell, and how it is written."""

    source: str

    def __str__(self) -> str:
        return f"${{{self.source}}}"


@dataclass(frozen=True, slots=True)
class Handle:
    """An object that a walk knows by name, such as nox's session."""

    name: str


Value: TypeAlias = "str | bool | int | Unknown | Handle | list[Value] | dict[str, Value] | None"


@dataclass(slots=True, kw_only=True)
class Frame:
    """The names of a function, or of the module."""

    names: dict[str, Value] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)


class Walk:
    """Goes through statements in order; what calls mean is for a subclass to say."""

    def __init__(
        self, module: ast.Module, path: str, env: Mapping[str, str], directory: str = ""
    ) -> None:
        self.path = path
        self.env = dict(env)
        self.directory = directory
        self.soft: list[str] = []  # why a failure at this point would not be noticed
        self.top = Frame(names={"__file__": ROOT + path, "__name__": "__main__"})
        self._frames = [self.top]
        self._steps = 0
        for statement in module.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.top.functions[statement.name] = statement

    def called(self, call: ast.Call, name: str, target: Value) -> Value:
        """Say what a call gives: ``name`` as it is written, ``target`` the object of a method."""
        raise NotImplementedError

    # -- statements

    def run(self, statements: Sequence[ast.stmt]) -> bool:
        """Go through statements; says whether they surely leave the function."""
        return any(self._statement(statement) for statement in statements)

    def _statement(self, statement: ast.stmt) -> bool:
        self._steps += 1
        if self._steps > _MOST_STEPS:
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
                self._frames[-1].functions[statement.name] = statement
            case _ if not isinstance(statement, ast.ClassDef):
                self._simple(statement)
        return isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break))

    def _simple(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, self.value(value))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign([target], self.value(value))
            case ast.AugAssign(target=ast.Name(id=name) as target, op=ast.Add(), value=value):
                self._assign([target], _sum(self._named(name), self.value(value), name))
            case _:
                for child in ast.iter_child_nodes(statement):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def _assign(self, targets: Sequence[ast.expr], value: Value) -> None:
        for target in targets:
            match target:
                case ast.Name(id=name):
                    self._frames[-1].names[name] = value
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    known = value if isinstance(value, list) and len(value) == len(parts) else []
                    for part, one in itertools.zip_longest(parts, known):
                        self._assign([part], one if known else Unknown(source_of(part)))
                case ast.Subscript(value=holder, slice=key):
                    held, item = self.value(holder), self.value(key)
                    if isinstance(held, dict) and isinstance(item, str):
                        held[item] = value

    def _if(self, statement: ast.If) -> bool:
        chosen = truth(self.value(statement.test))
        if chosen is not None:
            return self.run(statement.body if chosen else statement.orelse)
        before = dict(self._frames[-1].names)
        first = self.run(statement.body)
        if first or statement.orelse:
            self._frames[-1].names = before
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
        for item in items[:_MOST_ROUNDS]:
            self._assign([statement.target], item)
            self.run(statement.body)
        self.run(statement.orelse)

    def _with(self, statement: ast.With | ast.AsyncWith) -> bool:
        directory, soft = self.directory, list(self.soft)
        for item in statement.items:
            given = self.value(item.context_expr)
            if item.optional_vars is not None:
                self._assign([item.optional_vars], given)
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

    # -- values

    def words(self, nodes: Sequence[ast.expr]) -> list[str]:
        """Give arguments as words, lists with a star spread; what is unknown has a ``$`` in it."""
        return words_of(self.spread(nodes))

    def spread(self, nodes: Sequence[ast.expr]) -> list[Value]:
        """Work several values out, those with a star spread."""
        items: list[Value] = []
        for node in nodes:
            value = self.value(node.value if isinstance(node, ast.Starred) else node)
            spreads = isinstance(node, ast.Starred) and isinstance(value, list)
            items += value if spreads and isinstance(value, list) else [value]
        return items[:_LONGEST]

    def value(self, node: ast.expr) -> Value:
        """Work a value out as far as it is plain; calls in it are told to ``called``."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return Unknown("…")
        known = getattr(self, f"_{type(node).__name__.lower()}_value", None)
        if known is None:
            return Unknown(source_of(node))
        value: Value = known(node)
        return value

    def _constant_value(self, node: ast.Constant) -> Value:
        plain = isinstance(node.value, (str, int)) or node.value is None
        return node.value if plain else Unknown("…")  # type: ignore[return-value]

    def _name_value(self, node: ast.Name) -> Value:
        return self._named(node.id)

    def _list_value(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        return self.spread(node.elts)

    _tuple_value = _set_value = _list_value

    def _joinedstr_value(self, node: ast.JoinedStr) -> Value:
        return "".join(text_of(self.value(part)) for part in node.values)[:_LONGEST]

    def _formattedvalue_value(self, node: ast.FormattedValue) -> Value:
        return self.value(node.value)

    def _binop_value(self, node: ast.BinOp) -> Value:
        first, second = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Div):
            return posixpath.join(text_of(first), text_of(second))
        return _sum(first, second, "+") if isinstance(node.op, ast.Add) else Unknown("…")

    def _boolop_value(self, node: ast.BoolOp) -> Value:
        value: Value = None
        for one in node.values:
            value = self.value(one)
            if truth(value) in (isinstance(node.op, ast.Or), None):
                break
        return value

    def _ifexp_value(self, node: ast.IfExp) -> Value:
        chosen = truth(self.value(node.test))
        return self.value(node.orelse if chosen is False else node.body)

    def _unaryop_value(self, node: ast.UnaryOp) -> Value:
        known = truth(self.value(node.operand))
        return not known if isinstance(node.op, ast.Not) and known is not None else Unknown("not")

    def _compare_value(self, node: ast.Compare) -> Value:
        left, right = self.value(node.left), self.value(node.comparators[0])
        if len(node.ops) > 1 or not isinstance(left, (str, int, type(None))):
            return Unknown("a comparison")
        if isinstance(right, (str, int, type(None))):
            if isinstance(node.ops[0], (ast.Eq, ast.Is)):
                return left == right
            if isinstance(node.ops[0], (ast.NotEq, ast.IsNot)):
                return left != right
        if isinstance(right, (list, dict)) and not any(isinstance(o, Unknown) for o in right):
            if isinstance(node.ops[0], ast.In):
                return left in right
            if isinstance(node.ops[0], ast.NotIn):
                return left not in right
        return Unknown("a comparison")

    def _dict_value(self, node: ast.Dict) -> Value:
        found: dict[str, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item)
            name = self.value(key) if key is not None else None
            if isinstance(name, str):
                found[name] = value
            elif key is None and isinstance(value, dict):
                found.update(value)
        return found

    def _namedexpr_value(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        self._assign([node.target], value)
        return value

    def _await_value(self, node: ast.Await) -> Value:
        return self.value(node.value)

    def _subscript_value(self, node: ast.Subscript) -> Value:
        holder = self.value(node.value)
        if isinstance(node.slice, ast.Slice) and isinstance(holder, list):
            ends = [
                self.value(end) if end else None for end in (node.slice.lower, node.slice.upper)
            ]
            if node.slice.step is None and all(isinstance(end, (int, type(None))) for end in ends):
                return holder[slice(*ends)]
        key = self.value(node.slice)
        if isinstance(holder, dict) and isinstance(key, str) and key in holder:
            return holder[key]
        if isinstance(holder, list) and isinstance(key, int) and -len(holder) <= key < len(holder):
            return holder[key]
        if source_of(node.value) == "os.environ" and isinstance(key, str) and key in self.env:
            return self.env[key]
        return Unknown(source_of(node))

    def _listcomp_value(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        loop = node.generators[0]
        items = self.value(loop.iter)
        made: list[Value] = []
        for item in items[:_MOST_ROUNDS] if isinstance(items, list) else [Unknown("…")]:
            self._assign([loop.target], item)
            if all(truth(self.value(one)) is not False for one in loop.ifs):
                made.append(self.value(node.elt))
        return made if isinstance(items, list) else Unknown(source_of(loop.iter))

    _generatorexp_value = _listcomp_value

    def _attribute_value(self, node: ast.Attribute) -> Value:
        """Give ``x.y``; a subclass knows more of its own objects."""
        text = source_of(node)
        if text in ("sys.executable", "os.sep"):
            return "python" if text == "sys.executable" else "/"
        owner = self.value(node.value)
        if isinstance(owner, Handle):
            return self.part(owner, node.attr)
        if isinstance(owner, str) and node.attr == "parent":
            return ROOT + posixpath.dirname(owner.removeprefix(ROOT))
        return Unknown(text)

    def part(self, owner: Handle, name: str) -> Value:
        """Give an attribute of an object that the subclass knows."""
        return Unknown(f"{owner.name}.{name}")

    def _named(self, name: str) -> Value:
        for frame in (self._frames[-1], self.top):
            if name in frame.names:
                return frame.names[name]
        return Unknown(name)

    # -- calls

    def _call_value(self, node: ast.Call) -> Value:
        name = source_of(node.func)
        target: Value = None
        if isinstance(node.func, ast.Attribute):
            target = self.value(node.func.value)
        function = self._frames[-1].functions.get(name) or self.top.functions.get(name)
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
        """Go through a function of the file with its arguments; what it returns is not known."""
        if len(self._frames) > _DEEPEST:
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
        self._frames.append(Frame(names=values, functions=dict(self._frames[-1].functions)))
        self.run(function.body)
        self._frames.pop()
        return Unknown(function.name)

    def plain_call(self, node: ast.Call, name: str, target: Value) -> Value:
        """Give what the well-known functions of Python give; unknown otherwise."""
        given = self.spread(node.args)
        for keyword in node.keywords:
            self.value(keyword.value)
        last = name.rpartition(".")[2]
        if last in ("get", "getenv") and "env" in name and given and isinstance(given[0], str):
            return self.env.get(given[0], Unknown(given[0]))
        if last in ("cwd", "getcwd"):
            return ROOT + self.directory
        if last in ("append", "extend") and isinstance(target, list) and len(target) < _LONGEST:
            target += given[0] if given and isinstance(given[0], list) else given
            return None
        known = target is not None and not isinstance(target, (Unknown, Handle))
        owner = [target] if known else []
        for accepts, function in _FUNCTIONS.get(last, ()):
            arguments = (
                given if name in (last, f"os.path.{last}", f"shlex.{last}") else [*owner, *given]
            )
            if arguments and all(isinstance(one, (accepts, Unknown)) for one in arguments):
                return function(*arguments)
        return Unknown(name)


def _joined(*parts: Value) -> Value:
    return posixpath.join(*(text_of(part) for part in parts))


def _same(value: Value, *_: Value) -> Value:
    return value


def _spaced(value: Value, *parts: Value) -> Value:
    if parts and isinstance(parts[0], list):
        return text_of(value).join(text_of(part) for part in parts[0])
    return _joined(value, *parts)


def _dirname(value: Value, *_: Value) -> Value:
    return posixpath.dirname(text_of(value)) or "."


def _split(value: Value, *_: Value) -> Value:
    try:
        return list(shlex.split(text_of(value)))
    except ValueError:
        return list(text_of(value).split())


_FUNCTIONS: Mapping[str, tuple[tuple[type | tuple[type, ...], Callable[..., Value]], ...]] = {
    **dict.fromkeys(("Path", "PurePath", "joinpath"), ((str, _joined),)),
    **dict.fromkeys(
        ("str", "fspath", "abspath", "realpath", "resolve", "absolute"), ((str, _same),)
    ),
    **dict.fromkeys(("as_posix", "strip", "expanduser"), ((str, _same),)),
    **dict.fromkeys(("list", "tuple", "sorted", "copy"), ((list, _same),)),
    "dirname": ((str, _dirname),),
    "join": (((str, list), _spaced),),
    "split": ((str, _split),),
}


def truth(value: Value) -> bool | None:
    """Say whether a value counts as true; None when that is not known."""
    return None if isinstance(value, (Unknown, Handle)) else bool(value)


def text_of(value: Value) -> str:
    """Write a plain value as a text; what is none as an unknown one."""
    return str(value) if isinstance(value, (str, int, Unknown)) else str(Unknown("…"))


def words_of(values: Sequence[Value]) -> list[str]:
    """Write values as words; a list within them is spread."""
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [text_of(one) for one in flat[:_LONGEST] if one is not None]


def source_of(node: ast.AST) -> str:
    """Write a name as it stands in the source, and anything else by its beginning."""
    parts: list[str] = []
    for _ in range(10):
        match node:
            case ast.Attribute(value=inner, attr=name):
                parts.append(name)
                node = inner
            case ast.Call(func=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.Name(id=name):
                return ".".join([name, *reversed(parts)])[:100]
            case _:
                break
    return ".".join(["…", *reversed(parts)])[:100] if parts else "…"


def _sum(first: Value, second: Value, name: str) -> Value:
    if isinstance(first, list) or isinstance(second, list):
        left = first if isinstance(first, list) else [first]
        return [*left, *(second if isinstance(second, list) else [second])][:_LONGEST]
    if isinstance(first, str) or isinstance(second, str):
        return (text_of(first) + text_of(second))[:_LONGEST]
    return Unknown(name)


def _fails(body: Sequence[ast.stmt]) -> bool:
    """Whether an exception's handler lets the program fail all the same."""
    nodes = (node for statement in body for node in ast.walk(statement))
    for node in itertools.islice(nodes, _MOST_SEARCHED):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Name) and "fail" in node.id.lower():
            return True  # `failed = True`: it is told at the end
        if isinstance(node, ast.Call):
            ends = source_of(node.func).rpartition(".")[2] in ("exit", "_exit", "error", "abort")
            zero = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if ends and not zero:
                return True
    return False
