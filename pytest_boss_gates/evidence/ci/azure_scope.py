"""Azure's template expressions and conditions, and what their names stand for at a place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.steps import Trigger
from pytest_boss_gates.evidence.yaml_values import text_of
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.repository.yaml_lines import Value

    Found: TypeAlias = "tuple[Value, Scope]"  # a value, and where its own names are looked up

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_DIRECTIVE = re.compile(r"\$\{\{\s*(if|elseif|else|each|insert)\b\s*(.*?)\s*\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d[\w.]*)|(?P<op>[()\[\],.*])"
    r"|(?P<name>[A-Za-z_][\w-]*))"
)
_EACH = re.compile(r"(\w+)\s+in\s+(.+)", re.DOTALL)
_LONGEST = 2_000  # characters of one expression
_DEEPEST = 20
_MOST = 50_000  # items and expressions of one pipeline, however often templates repeat them
_MOST_VARIABLES = 300
_LONGEST_TEXT = 20_000  # characters with expressions put in
_ANY = "\0"  # any name: what it is compared with may be it

_REASONS = {
    Trigger.PUSH: ("IndividualCI", "refs/heads/" + _ANY, _ANY),
    Trigger.CHANGE: ("PullRequest", "refs/pull/1/merge", "merge"),
    Trigger.TAG: ("IndividualCI", "refs/tags/" + _ANY, _ANY),
    Trigger.SCHEDULE: ("Schedule", "refs/heads/" + _ANY, _ANY),
    Trigger.MANUAL: ("Manual", "refs/heads/" + _ANY, _ANY),
}


def _predefined(trigger: Trigger | None) -> Mapping[str, str]:
    if trigger is None or trigger not in _REASONS:
        return {}
    reason, branch, name = _REASONS[trigger]
    return {
        "build.reason": reason,
        "build.sourcebranch": branch,
        "build.sourcebranchname": name,
        "system.pullrequest.pullrequestid": "1" if trigger is Trigger.CHANGE else "",
    }


class Left:
    """How many items the expressions of one pipeline may still make."""

    def __init__(self) -> None:
        self.items = _MOST


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A place in a pipeline: its file, and the parameters and variables that are known there."""

    path: str
    left: Left
    parameters: Mapping[str, Found] = field(default_factory=dict)
    names: Mapping[str, Found] = field(default_factory=dict)  # of `${{ each name in … }}`
    variables: Mapping[str, str] = field(default_factory=dict)  # by lower-case name
    depth: int = 0

    # -- values

    def text(self, value: Value | None) -> str:
        """Give a scalar's text with known expressions put in."""
        text = text_of(value)
        if "${{" not in text or self.depth > _DEEPEST:
            return text

        def put(match: re.Match[str]) -> str:
            found = self.evaluate(match[1])
            return found if isinstance(found, str) else match[0]

        return _EXPRESSION.sub(put, text[:_LONGEST_TEXT])[:_LONGEST_TEXT]

    def whole(self, value: Value | None) -> Found:
        """Give what a scalar that is one expression stands for; else the value itself."""
        if isinstance(value, Text) and self.depth <= _DEEPEST:
            match = _EXPRESSION.fullmatch(value.strip())
            found = self.evaluate(match[1]) if match else None
            if isinstance(found, tuple):
                return found
            if match and isinstance(found, str):
                return text_at(value.line, found), self
        return (text_at(0, "") if value is None else value), self

    def with_variables(self, value: Value | None) -> tuple[Scope, list[Found]]:
        """Learn the variables of a mapping or list; templates among them are given back."""
        known = dict(self.variables)
        templates: list[Found] = []
        for item, scope, _ in self.items(value, frozenset(Trigger)):
            given = scope.fields(item)
            if "name" in given and "value" in given:
                known[scope.text(given["name"]).lower()] = scope.text(given["value"])
            elif "template" in given:
                templates.append((given, scope))
            elif isinstance(value, Map):
                for name, content in given.items():
                    if isinstance(content, Text):
                        known[name.lower()] = scope.text(content)
        known = dict([*known.items()][:_MOST_VARIABLES])
        return replace(self, variables=known), templates

    # -- lists and mappings with directives in them

    def items(
        self, value: Value | None, only: frozenset[Trigger], depth: int = 0
    ) -> Iterator[tuple[Value, Scope, frozenset[Trigger]]]:
        """Go through a list as it is after expansion: each item, its scope and its occasions."""
        found, scope = self.whole(value)
        if depth > _DEEPEST or value is None:
            return
        if not isinstance(found, Items):
            if self.left.items > 0:
                self.left.items -= 1
                yield found, scope, only
            return
        rest = only
        for item in found:
            if self.left.items <= 0:
                return
            self.left.items -= 1
            directive = _directive(item)
            if directive is None or not isinstance(item, Map):
                inner, where = scope.whole(item)
                if isinstance(inner, Items):
                    yield from where.items(inner, only, depth + 1)
                else:
                    yield inner, where, only
                continue
            for key, content in item.items():
                chosen, rest = scope.chosen(key, only, rest)
                for inner_scope, triggers in chosen:
                    yield from inner_scope.items(content, triggers, depth + 1)

    def chosen(
        self, key: str, only: frozenset[Trigger], rest: frozenset[Trigger]
    ) -> tuple[list[tuple[Scope, frozenset[Trigger]]], frozenset[Trigger]]:
        """Say in which scopes and when a directive's content counts, and what an `else` has."""
        match = _DIRECTIVE.fullmatch(key.strip())
        if match is None or match[1] == "insert":
            return [(self, only)], only
        if match[1] == "each":
            each = _EACH.fullmatch(match[2])
            found = self.evaluate(each[2]) if each else None
            if each is None or not isinstance(found, tuple):
                return [], only
            inner = replace(self, depth=self.depth + 1)
            members = _members(found)[: max(self.left.items, 0)]
            return [
                (replace(inner, names={**self.names, each[1]: member}), only) for member in members
            ], only
        if match[1] == "if":
            rest = only
        test = match[2] if match[1] != "else" else "true"
        answers = {trigger: self.holds(test, trigger) for trigger in rest}
        taken = frozenset(trigger for trigger, holds in answers.items() if holds is not False)
        left = frozenset(trigger for trigger, holds in answers.items() if holds is not True)
        return ([(self, taken)] if taken else []), left

    def fields(self, value: Value | None) -> Map:
        """Give a mapping with the directives among its keys expanded; empty for anything else."""
        found, scope = self.whole(value)
        if not isinstance(found, Map):
            return Map()
        if _directive(found) is None:
            return found
        self.left.items -= 1 + len(found)
        if self.depth > _DEEPEST or self.left.items < 0:
            return Map()
        flat = Map(found.line, found.tag)
        every = rest = frozenset(Trigger)
        for key, content in found.items():
            if _DIRECTIVE.fullmatch(key.strip()) is None:
                flat[key] = content
                flat.lines[key] = found.lines.get(key, found.line)
                continue
            chosen, rest = scope.chosen(key, every, rest)
            for inner_scope, _ in chosen:
                inner = replace(inner_scope, depth=self.depth + 1).fields(content)
                for name, part in inner.items():
                    plain = inner_scope.text(text_at(0, name))
                    flat.setdefault(plain, part)
                    flat.lines.setdefault(plain, inner.lines.get(name, inner.line))
        return flat

    # -- expressions

    def holds(self, text: str, trigger: Trigger | None = None) -> bool | None:
        """Evaluate a condition; None when only running could tell."""
        match = _EXPRESSION.fullmatch(text.strip())
        value = self.evaluate(match[1] if match else text, trigger)
        return value.lower() not in ("false", "", "0") if isinstance(value, str) else None

    def evaluate(self, text: str, trigger: Trigger | None = None) -> str | Found | None:
        """Evaluate an expression to a text or a collection; None when it is not known."""
        self.left.items -= 1
        if len(text) > _LONGEST or self.depth > _DEEPEST or self.left.items < 0:
            return None
        tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                return None
            tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            at = match.end()
        parser = _Parser(tokens, self, trigger)
        value = parser.value(0)
        return value if parser.at >= len(tokens) else None

    def named(self, parts: list[str], trigger: Trigger | None) -> str | Found | None:
        """Look up ``parameters.x.y``, ``variables.x`` or the name of an ``each``."""
        if parts[0] == "variables":
            name = ".".join(parts[1:]).lower()
            return {**self.variables, **_predefined(trigger)}.get(name)
        if parts[0] == "parameters":
            if len(parts) < 2:
                return None
            found, parts = self.parameters.get(parts[1]), parts[2:]
            if found is None:
                return ""
        else:
            found, parts = self.names.get(parts[0]), parts[1:]
        for part in parts:
            if found is None or not isinstance(found[0], Map):
                return None
            inner = found[0].get(part)
            found = None if inner is None else (inner, found[1])
        if found is None:
            return None
        value, scope = found
        if isinstance(value, Text):
            deeper = replace(scope, depth=max(scope.depth, self.depth) + 1)
            inner_value, inner_scope = deeper.whole(value)
            if isinstance(inner_value, Text):
                text = deeper.text(inner_value)
                return None if "${{" in text else text
            return inner_value, inner_scope
        return found


def _directive(value: Value) -> str | None:
    """Give the first key of a mapping that is a directive."""
    if isinstance(value, Map):
        return next((key for key in value if _DIRECTIVE.fullmatch(key.strip())), None)
    return None


def _members(found: Found) -> list[Found]:
    value, scope = found
    if isinstance(value, Items):
        return [(item, scope) for item in value]
    members: list[Found] = []
    for key, content in value.items() if isinstance(value, Map) else ():
        pair = Map(content.line)
        pair["key"], pair["value"] = text_at(content.line, key), content
        members.append((pair, scope))
    return members


class _Parser:
    def __init__(
        self, tokens: list[tuple[str, str]], scope: Scope, trigger: Trigger | None
    ) -> None:
        self._tokens = tokens
        self._scope = scope
        self._trigger = trigger
        self.at = 0

    def _take(self, wanted: str) -> bool:
        if self.at < len(self._tokens) and self._tokens[self.at] == ("op", wanted):
            self.at += 1
            return True
        return False

    def value(self, depth: int) -> str | Found | None:
        if self.at >= len(self._tokens) or depth > _DEEPEST:
            self.at = len(self._tokens) + 1
            return None
        kind, text = self._tokens[self.at]
        self.at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind != "name":
            return text if kind == "number" else None
        if self._take("("):
            return self._call(text.lower(), depth)
        if text.lower() in ("true", "false"):
            return text.lower()
        if text.lower() == "null":
            return ""
        parts = [text]
        while True:
            if self._take(".") and self.at < len(self._tokens):
                parts.append(self._tokens[self.at][1])
                self.at += 1
            elif self._take("["):
                key = self.value(depth + 1)
                self._take("]")
                parts.append(key if isinstance(key, str) else "?")
            else:
                return self._scope.named(parts, self._trigger)

    def _call(self, name: str, depth: int) -> str | Found | None:
        given: list[str | Found | None] = []
        while self.at < len(self._tokens) and not self._take(")"):
            given.append(self.value(depth + 1))
            self._take(",")
        if name in ("always", "succeeded", "succeededorfailed"):
            return "true"
        if name in ("and", "or", "not", "xor"):
            return _said(_logic(name, [_truth(value) for value in given]))
        if name == "coalesce":
            return next((value for value in given if value != ""), "")
        words = [value if isinstance(value, str) else None for value in given]
        return _said(_compared(name, words))


def _said(value: bool | None) -> str | None:  # noqa: FBT001 - a truth value is what it is about
    return None if value is None else str(value).lower()


def _truth(value: str | Found | None) -> bool | None:
    if isinstance(value, str):
        return value.lower() not in ("false", "", "0")
    return None if value is None else True


def _logic(name: str, parts: list[bool | None]) -> bool | None:
    if name == "xor":
        return None
    if name == "not":
        return not parts[0] if parts and parts[0] is not None else None
    decisive = name == "or"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compared(name: str, words: list[str | None]) -> bool | None:
    """Evaluate a function that compares texts; None when it is not known."""
    if name in ("in", "notin") and words:
        inside = _logic("or", [_same(words[0], word) for word in words[1:]])
        return inside if name == "in" else _logic("not", [inside])
    if len(words) != 2:
        return None
    if name in ("eq", "ne"):
        same = _same(words[0], words[1])
        return same if name == "eq" else _logic("not", [same])
    if name in ("contains", "startswith", "endswith"):
        return _part(name, words[0], words[1])
    return None


def _same(one: str | None, other: str | None) -> bool | None:
    if one is None or other is None:
        return None
    if _ANY in one + other:
        one, other = (one, other) if _ANY in one else (other, one)
        return None if other.lower().startswith(one.partition(_ANY)[0]) else False
    return one.lower() == other.lower()


def _part(name: str, text: str | None, part: str | None) -> bool | None:
    if text is None or part is None:
        return None
    text, part = text.lower(), part.lower()
    known, some, _ = text.partition(_ANY)
    if not some:
        tests = {"contains": part in text, "startswith": text.startswith(part)}
        return tests.get(name, text.endswith(part))
    if name == "startswith" or part.startswith("refs/"):
        return True if known.startswith(part) else None if part.startswith(known) else False
    return None
