"""GitHub's ``${{ }}`` expressions, as far as reading can tell: a value, or None for unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d[\w.]*)|(?P<op>&&|\|\||[=!<>]=|[<>!()\[\],.*])"
    r"|(?P<name>[A-Za-z_][\w-]*))"
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_LONGEST = 2_000  # characters of one expression
_DEEPEST = 30

Known = str | bool
"""What a value can be when it is known; numbers are texts."""


class _NotUnderstoodError(Exception):
    """The expression uses what is not read here."""


def evaluate(expression: str, known: Mapping[str, str]) -> Known | None:
    """Evaluate an expression; ``known`` has contexts by dotted lower-case name (``matrix.os``).

    None when the value is not known or the expression is not understood.
    """
    if len(expression) > _LONGEST:
        return None
    try:
        return _Evaluator(expression, known).value()
    except _NotUnderstoodError:
        return None


def condition(text: str, known: Mapping[str, str]) -> bool | None:
    """Evaluate an ``if:``, with or without ``${{ }}``; None when only running could tell."""
    text = text.strip()
    match = _EXPRESSION.fullmatch(text)
    if match is None and "${{" in text:  # text around the braces makes a text, which is true
        return None
    value = evaluate(match[1] if match else text, known)
    if isinstance(value, str):
        return value not in ("", "false", "0")
    return value


def substitute(text: str, known: Mapping[str, str]) -> str:
    """Put the known values of expressions into a text; the others stay as they are written."""
    if "${{" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        value = evaluate(match[1], known)
        if value is None:
            return match[0]
        return value if isinstance(value, str) else str(value).lower()

    return _EXPRESSION.sub(replaced, text)


def names_in(text: str, context: str) -> set[str]:
    """Name what a text asks of a context: ``matrix.os`` and ``matrix['os']`` give ``os``."""
    found: set[str] = set()
    for match in re.finditer(rf"\b{context}(?:\.([\w-]+)|\[\s*'([^']+)'\s*\])", text):
        found.add((match[1] or match[2]).lower())
    return found


class _Evaluator:
    """Recursive descent; unknown operands make what depends on them unknown, and no more."""

    def __init__(self, text: str, known: Mapping[str, str]) -> None:
        self._known = known
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self._depth = 0
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise _NotUnderstoodError
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0].strip()))
            at = match.end()

    def value(self) -> Known | None:
        found = self._or()
        if self._at < len(self._tokens):
            raise _NotUnderstoodError
        return found

    def _peek(self) -> str:
        at = self._at
        return self._tokens[at][1] if at < len(self._tokens) else ""

    def _take(self, wanted: str) -> bool:
        if self._peek() == wanted and self._tokens[self._at][0] == "op":
            self._at += 1
            return True
        return False

    def _or(self) -> Known | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotUnderstoodError
        left = self._and()
        while self._take("||"):
            right = self._and()
            if _truth(left) is False:
                left = right
            elif left is None and not _truth(right):
                left = None
            elif left is None:
                left = True if right is True else None
        self._depth -= 1
        return left

    def _and(self) -> Known | None:
        left = self._comparison()
        while self._take("&&"):
            right = self._comparison()
            if _truth(left) is True:
                left = right
            elif left is None:
                left = False if _truth(right) is False else None
        return left

    def _comparison(self) -> Known | None:
        left = self._unary()
        for operator in ("==", "!=", "<=", ">=", "<", ">"):
            if self._take(operator):
                right = self._unary()
                if operator not in ("==", "!=") or left is None or right is None:
                    return None
                equal = str(left).lower() == str(right).lower()
                return equal if operator == "==" else not equal
        return left

    def _unary(self) -> Known | None:
        negated, times = self._take("!"), 1
        while negated and self._take("!"):
            times += 1
        if negated:
            truth = _truth(self._unary())
            return None if truth is None else truth == (times % 2 == 0)
        if self._take("("):
            value = self._or()
            if not self._take(")"):
                raise _NotUnderstoodError
            return value
        return self._primary()

    def _primary(self) -> Known | None:
        if self._at >= len(self._tokens):
            raise _NotUnderstoodError
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return text
        if kind != "name":
            raise _NotUnderstoodError
        literals: dict[str, Known] = {"true": True, "false": False, "null": ""}
        if text.lower() in literals:
            return literals[text.lower()]
        return self._call(text) if self._take("(") else self._reference(text)

    def _reference(self, name: str) -> Known | None:
        parts = [name]
        while True:
            if self._take("."):
                if self._at >= len(self._tokens):
                    raise _NotUnderstoodError
                parts.append(self._peek())
                self._at += 1
            elif self._take("["):
                key = self._or()
                if not self._take("]"):
                    raise _NotUnderstoodError
                parts.append("?" if key is None else str(key))
            else:
                break
        return self._known.get(".".join(parts).lower())

    def _call(self, name: str) -> Known | None:
        arguments: list[Known | None] = []
        while not self._take(")"):
            arguments.append(self._or())
            if not self._take(",") and self._peek() != ")":
                raise _NotUnderstoodError
        tests: dict[str, Callable[[str, str], bool]] = {
            "contains": lambda text, part: part in text,
            "startswith": lambda text, part: text.startswith(part),
            "endswith": lambda text, part: text.endswith(part),
        }
        name = name.lower()
        if name in ("always", "success"):
            return True
        if name in tests and len(arguments) == 2:
            text, part = arguments
            if text is None or part is None:
                return None
            return tests[name](str(text).lower(), str(part).lower())
        return None


def _truth(value: Known | None) -> bool | None:
    if isinstance(value, str):
        return value not in ("", "0")
    return value
