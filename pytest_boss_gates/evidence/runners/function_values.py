"""What expressions in a task file (Invoke, duty) are worth, as far as reading can tell."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"

UNKNOWN = object()
"""A value that only running could tell."""

MOST_ITEMS = 64
"""Items of a list that are followed."""

_DEEPEST = 48
_LONGEST = 5_000  # characters of a text


def defaults_of(function: Function, values: Mapping[str, object]) -> dict[str, object]:
    """Give the defaults of a function's parameters; without one a value is not known."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    found: dict[str, object] = {parameter.arg: UNKNOWN for parameter in positional}
    found |= {parameter.arg: UNKNOWN for parameter in arguments.kwonlyargs}
    count = len(arguments.defaults)
    pairs = [
        *zip(positional[len(positional) - count :], arguments.defaults, strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False),
    ]
    for parameter, default in pairs:
        if default is not None:
            found[parameter.arg] = value_of(default, values)
    return found


def truth_of(node: ast.expr, values: Mapping[str, object]) -> bool | None:
    """Tell whether a condition holds; None when it is not known."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            truth = truth_of(inner, values)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=parts):
            truths = [truth_of(part, values) for part in parts]
            decisive = isinstance(op, ast.Or)
            if decisive in truths:
                return decisive
            return None if None in truths else not decisive
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            first, second = value_of(left, values), value_of(right, values)
            if not (_is_known(first) and _is_known(second)):
                return None
            if isinstance(op, (ast.Is, ast.Eq)):
                return first == second
            return first != second if isinstance(op, (ast.IsNot, ast.NotEq)) else None
    value = value_of(node, values)
    return bool(value) if _is_known(value) else None


def _is_known(value: object) -> bool:
    if isinstance(value, list):
        return UNKNOWN not in value
    return value is not UNKNOWN and not (isinstance(value, str) and "${" in value)


def shown(value: object, name: str) -> str:
    """Give a value as text; ``${name}`` when it is not known."""
    if value is UNKNOWN or isinstance(value, list):
        return "${" + (re.sub(r"\W+", "_", name).strip("_")[:40] or "value") + "}"
    return str(value)


def text_of(node: ast.expr, values: Mapping[str, object]) -> str:
    """Give an expression's value as text; what is not known stays as ``${name}``."""
    value = value_of(node, values)
    if value is UNKNOWN or isinstance(value, list):
        return shown(UNKNOWN, ast.unparse(node)[:60] if isinstance(node, _SHORT) else "value")
    return str(value)


_SHORT = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)


def value_of(node: ast.expr, values: Mapping[str, object], depth: int = 0) -> object:
    """Give an expression's value: a plain value, a list, text with ``${x}``, or UNKNOWN."""
    if depth > _DEEPEST:
        return UNKNOWN
    value = _evaluated(node, values, depth + 1)
    return UNKNOWN if isinstance(value, str) and len(value) > _LONGEST else value


def _evaluated(node: ast.expr, values: Mapping[str, object], depth: int) -> object:
    match node:
        case ast.BinOp():
            return _combined(node, values, depth)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return _listed(items, values, depth)
        case ast.Constant(value=value) if isinstance(value, (str, int, float, type(None))):
            return value
        case ast.Name(id=name):
            return values.get(name, UNKNOWN)
        case ast.JoinedStr(values=parts):
            return "".join(_part(part, values, depth) for part in parts)
        case ast.IfExp():
            truth = truth_of(node.test, values)
            taken = node.body if truth else node.orelse
            return UNKNOWN if truth is None else value_of(taken, values, depth)
        case ast.Call():
            return _method(node, values, depth)
    return UNKNOWN


def _listed(items: Sequence[ast.expr], values: Mapping[str, object], depth: int) -> object:
    found: list[object] = []
    for item in items[:MOST_ITEMS]:
        if isinstance(item, ast.Starred):
            inner = value_of(item.value, values, depth)
            found += inner if isinstance(inner, list) else [UNKNOWN]
        else:
            found.append(value_of(item, values, depth))
    return found[:MOST_ITEMS]


def _combined(node: ast.BinOp, values: Mapping[str, object], depth: int) -> object:
    """Follow ``a + b`` and ``"..." % values``."""
    if isinstance(node.op, ast.Add):
        first = value_of(node.left, values, depth)
        second = value_of(node.right, values, depth)
        if isinstance(first, list) and isinstance(second, list):
            return [*first, *second][:MOST_ITEMS]
        if isinstance(first, str) or isinstance(second, str):
            return _named(node.left, first) + _named(node.right, second)
    elif isinstance(node.op, ast.Mod):
        text = value_of(node.left, values, depth)
        if isinstance(text, str):
            parts = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return _placed(re.split(r"%[srd]", text), parts, values, depth)
    return UNKNOWN


def _method(node: ast.Call, values: Mapping[str, object], depth: int) -> object:
    """Follow the methods of texts that put commands together."""
    if not isinstance(node.func, ast.Attribute):
        is_kept = last_name(node.func) in ("str", "Path") and len(node.args) == 1
        return value_of(node.args[0], values, depth) if is_kept else UNKNOWN
    base, way = value_of(node.func.value, values, depth), node.func.attr
    if not isinstance(base, str):
        return UNKNOWN
    if way == "join" and len(node.args) == 1:
        items = value_of(node.args[0], values, depth)
        if isinstance(items, list):
            return base.join(shown(item, "part") for item in items)
    if way in ("strip", "rstrip", "lstrip") and not node.args:
        return base.strip()
    if way == "split" and not node.args and "${" not in base:
        return list(base.split())
    return _formatted(base, node, values, depth) if way == "format" else UNKNOWN


def _formatted(text: str, node: ast.Call, values: Mapping[str, object], depth: int) -> str:
    named = {item.arg: item.value for item in node.keywords if item.arg}
    parts = iter(node.args)

    def known(match: re.Match[str]) -> str:
        key = match[1]
        if key.isdecimal():
            part = node.args[int(key[:3])] if int(key[:3]) < len(node.args) else None
        else:
            part = named.get(key) if key else next(parts, None)
        return _named(part, value_of(part, values, depth)) if part else "${" + key + "}"

    return re.sub(r"\{(\w*)(?:![rsa])?(?::[^{}]*)?\}", known, text)


def _part(part: ast.expr, values: Mapping[str, object], depth: int) -> str:
    if isinstance(part, ast.FormattedValue):
        return _named(part.value, value_of(part.value, values, depth))
    return str(part.value) if isinstance(part, ast.Constant) else ""


def _named(node: ast.expr, value: object) -> str:
    """Give a value as text, and an unknown one under its own name."""
    if value is UNKNOWN or isinstance(value, list):
        return shown(UNKNOWN, ast.unparse(node)[:60] if isinstance(node, _SHORT) else "value")
    return str(value)


def _placed(
    texts: Sequence[str], nodes: Sequence[ast.expr], values: Mapping[str, object], depth: int
) -> str:
    done = texts[0]
    for number, text in enumerate(texts[1:]):
        node = nodes[number] if number < len(nodes) else None
        done += (_named(node, value_of(node, values, depth)) if node else "${value}") + text
    return done


def last_name(node: ast.expr) -> str:
    """Give the last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
