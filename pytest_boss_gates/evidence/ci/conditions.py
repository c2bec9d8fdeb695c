"""What started a build, and conditions on it: yes, no, or only running tells.

One small language holds the conditions of Travis, Cirrus and Buildkite: comparisons of variables
with texts, joined by ``&&``, ``AND``, ``||``, ``OR``, ``!``, ``NOT`` and parentheses. What is not
understood is unknown, which excludes nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Occasions = Mapping[Trigger, Mapping[str, str | None]]

SOME = "\0some"
"""The value of a variable that is set, to what only running tells."""

_HELD = frozenset({Trigger.SCHEDULE, Trigger.MANUAL})
_LONGEST = 2_000  # characters of one condition
_DEEPEST = 30
_TOKEN = re.compile(
    r"""\s*(?: (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<op>&&|\|\||[!=]=~?|[=!]~|=|!|\(|\)|\[|\]|,)
    | (?P<regex>/(?:[^/\\\n]|\\.)*/[a-z]*|\^[^\s()]+)
    | (?P<name>\$?\{?[A-Za-z_][\w.]*\}?|\d[\w.]*) )""",
    re.VERBOSE,
)


class _NotUnderstoodError(Exception):
    """The condition uses what is not read here."""


def triggers_of(condition: str, occasions: Occasions) -> frozenset[Trigger]:
    """Give the occasions, of those asked about, on which a condition may hold.

    ``occasions`` has what the variables are on each, None for the unknown ones. A name that is
    not there is unknown when it looks like a variable (``$X``, ``a.b``), and else a text.
    """
    return frozenset(
        trigger for trigger, known in occasions.items() if holds(condition, known) is not False
    )


def settled(triggers: Iterable[Trigger]) -> frozenset[Trigger]:
    """Leave out that a job could be scheduled or started by hand when it runs by itself, too."""
    found = frozenset(triggers)
    if found - _HELD:
        return found - _HELD
    return found - {Trigger.MANUAL} or found


def holds(condition: str, known: Mapping[str, str | None]) -> bool | None:
    """Evaluate a condition; None when only running could tell, or when it is not understood."""
    if len(condition) > _LONGEST:
        return None
    try:
        return _Evaluator(condition, known).result()
    except _NotUnderstoodError:
        return None


def both(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - an operator
    """Join two answers by "and"."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - an operator
    """Join two answers by "or"."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def opposite(value: bool | None) -> bool | None:  # noqa: FBT001 - an operator
    """Negate an answer."""
    return None if value is None else not value


class _Evaluator:
    def __init__(self, text: str, known: Mapping[str, str | None]) -> None:
        self._known = known
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self._depth = 0
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise _NotUnderstoodError
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind]))
            at = match.end()

    def result(self) -> bool | None:
        value = self._or()
        if self._at < len(self._tokens):
            raise _NotUnderstoodError
        return value

    def _peek(self) -> str:
        """Give the next token, words in capitals; "" for texts, which are never operators."""
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text.upper() if kind in ("op", "name") else ""

    def _take(self, *wanted: str) -> bool:
        if self._peek() and self._peek() in wanted:
            self._at += 1
            return True
        return False

    def _or(self) -> bool | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotUnderstoodError
        value = self._and()
        while self._take("||", "OR"):
            value = either(value, self._and())
        self._depth -= 1
        return value

    def _and(self) -> bool | None:
        value = self._not()
        while self._take("&&", "AND"):
            value = both(value, self._not())
        return value

    def _not(self) -> bool | None:
        negated = False
        while self._take("!", "NOT"):
            negated = not negated
        if self._take("("):
            value = self._or()
            self._closed()
        else:
            value = self._comparison()
        return opposite(value) if negated else value

    def _closed(self) -> None:
        if not self._take(")"):
            raise _NotUnderstoodError

    def _comparison(self) -> bool | None:
        left = self._operand()
        if self._take("IS"):
            negated = self._take("NOT")
            blank = self._take("BLANK")
            if not blank and not self._take("PRESENT"):
                raise _NotUnderstoodError
            value = None if left is None else (left == "") is blank
            return opposite(value) if negated else value
        if self._take("NOT"):
            return opposite(self._in(left))
        if self._peek() == "IN":
            return self._in(left)
        for operator in ("==", "=", "!=", "=~", "!~", "!=~"):
            if self._take(operator):
                return _compare(operator, left, self._operand())
        if left is None or left == SOME:
            return True if left == SOME else None
        return left not in ("", "false", "0")

    def _in(self, left: str | None) -> bool | None:
        if not self._take("IN") or not self._take("("):
            raise _NotUnderstoodError
        value: bool | None = False
        while not self._take(")"):
            value = either(value, _compare("==", left, self._operand()))
            if not self._take(",") and self._peek() != ")":
                raise _NotUnderstoodError
        return value

    def _operand(self) -> str | None:
        """Give a text, a pattern (as text), or a variable's value; None when it is unknown."""
        if self._at >= len(self._tokens):
            raise _NotUnderstoodError
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "op":
            raise _NotUnderstoodError
        if kind == "text":
            return text[1:-1]
        if kind == "regex":
            return text
        if self._take("("):
            self._skip_call()
            return None
        name = text.strip("${}")
        if name in self._known:
            return self._known[name]
        if text.startswith("$") or ("." in name and not name[0].isdigit()):
            return None
        return "" if name in ("null", "nil") else text  # a bare word stands for itself

    def _skip_call(self) -> None:
        depth = 1
        while depth:
            if self._at >= len(self._tokens):
                raise _NotUnderstoodError
            kind, text = self._tokens[self._at]
            if kind == "op":
                depth += (text == "(") - (text == ")")
            self._at += 1


def _compare(operator: str, left: str | None, right: str | None) -> bool | None:
    if left is None or right is None:
        return None
    negated = operator.startswith("!")
    value: bool | None
    if "~" in operator:
        value = _matches(left, right)
    elif SOME in (left, right):
        value = False if "" in (left, right) else None
    else:
        value = left == right
    return opposite(value) if negated else value


def _matches(value: str, pattern: str) -> bool | None:
    """Tell whether a value fits a pattern; only the sure answers, since dialects differ."""
    if value == "":
        bare = re.sub(r"^/|/[a-z]*$", "", pattern)
        return bare in ("", ".*", "^$", "^.*$")
    return None
