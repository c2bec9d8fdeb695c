"""Plain values of Python expressions, worked out without running anything."""

from __future__ import annotations

import ast
import itertools
import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.shell_values import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_ROUNDS = 20  # of one loop
MOST_STEPS = 100_000  # statements and values of one walk
_LONGEST = 10_000  # characters, or items, of one value


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
    returns: bool = False  # whether a `return` was come to
    returned: Value = None


class Values:
    """Works expressions out; what calls mean, and which names there are, a subclass says."""

    def __init__(self, path: str, env: Mapping[str, str], directory: str) -> None:
        self.path = path
        self.env = dict(env)
        self.directory = directory
        self.top = Frame(names={"__file__": ROOT + path, "__name__": "__main__"})
        self.frames = [self.top]
        self.steps_done = 0

    def assign(self, targets: Sequence[ast.expr], value: Value) -> None:
        """Bind names to a value."""
        for target in targets:
            match target:
                case ast.Name(id=name):
                    self.frames[-1].names[name] = value
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    known = value if isinstance(value, list) and len(value) == len(parts) else []
                    for part, one in itertools.zip_longest(parts, known):
                        self.assign([part], one if known else Unknown(source_of(part)))
                case ast.Subscript(value=holder, slice=key):
                    held, item = self.value(holder), self.value(key)
                    if isinstance(held, dict) and isinstance(item, str):
                        held[item] = value

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
        self.steps_done += 1
        if self.steps_done > MOST_STEPS:
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
        return self.named(node.id)

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
        if isinstance(node.op, ast.Mod) and isinstance(first, str):
            return _formatted(first, *(second if isinstance(second, list) else [second]))
        return sum_of(first, second, "+") if isinstance(node.op, ast.Add) else Unknown("…")

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
        self.assign([node.target], value)
        return value

    def _await_value(self, node: ast.Await) -> Value:
        return self.value(node.value)

    def _subscript_value(self, node: ast.Subscript) -> Value:
        holder = self.value(node.value)
        if isinstance(node.slice, ast.Slice) and isinstance(holder, list):
            first = self.value(node.slice.lower) if node.slice.lower else None
            last = self.value(node.slice.upper) if node.slice.upper else None
            if (first is None or isinstance(first, int)) and (
                last is None or isinstance(last, int)
            ):
                return holder[first:last]
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
        for item in items[:MOST_ROUNDS] if isinstance(items, list) else [Unknown("…")]:
            self.assign([loop.target], item)
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

    def named(self, name: str) -> Value:
        """Give what a name stands for here."""
        for frame in (self.frames[-1], self.top):
            if name in frame.names:
                return frame.names[name]
        return Unknown(name)

    def plain_call(self, node: ast.Call, name: str, target: Value) -> Value:
        """Give what the well-known functions of Python give; unknown otherwise."""
        given = self.spread(node.args)
        for keyword in node.keywords:
            self.value(keyword.value)
        last = name.rpartition(".")[2]
        if last in ("get", "getenv") and "env" in name and given and isinstance(given[0], str):
            return self.env.get(given[0], given[1] if len(given) > 1 else Unknown(given[0]))
        if last in ("cwd", "getcwd"):
            return ROOT + self.directory
        if last in ("append", "extend") and isinstance(target, list) and len(target) < _LONGEST:
            target += given[0] if given and isinstance(given[0], list) else given
            return None
        return _applied(name, target, given)


def _applied(name: str, target: Value, given: list[Value]) -> Value:
    """Apply a function of texts or lists; unknown when there is none for such arguments."""
    last = name.rpartition(".")[2]
    known = target is not None and not isinstance(target, (Unknown, Handle))
    owner = [target] if known else []
    is_function = name in (last, f"os.path.{last}", f"shlex.{last}")
    arguments = given if is_function else [*owner, *given]
    for accepts, function in _FUNCTIONS.get(last, ()):
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


def _formatted(value: Value, *parts: Value) -> Value:
    """Fill the gaps of a format in order; what cannot be told stays unknown."""
    fill = iter([text_of(part) for part in parts])
    return re.sub(r"\{[^{}]{0,40}\}|%[sdr]", lambda _: next(fill, "${…}"), text_of(value))


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
    "format": ((str, _formatted),),
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


def sum_of(first: Value, second: Value, name: str) -> Value:
    """Add texts or lists; ``name`` stands for any other sum."""
    if isinstance(first, list) or isinstance(second, list):
        left = first if isinstance(first, list) else [first]
        return [*left, *(second if isinstance(second, list) else [second])][:_LONGEST]
    if isinstance(first, str) or isinstance(second, str):
        return (text_of(first) + text_of(second))[:_LONGEST]
    return Unknown(name)
