"""make's variables: how a makefile's text becomes what the shell or the rules get."""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.evidence.shell_values import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_boss_gates.repository.tree import Tree

_DEEPEST = 30
_MOST_WORK = 10_000  # expansions of one makefile
_LONGEST = 20_000  # characters of one expansion
_MOST_WORDS = 200  # of a foreach, or of a wildcard
_FUNCTION = re.compile(r"([a-z-]+)[ \t]+(.*)", re.DOTALL)
_SUBSTITUTION = re.compile(r"([^:]+):([^=]*)=(.*)", re.DOTALL)
_BUILT_IN = {
    "MAKE": "make",
    "RM": "rm -f",
    "CC": "cc",
    "SHELL": "/bin/sh",
    "OS": "",
    "MAKEFLAGS": "",
}


class Variable(NamedTuple):
    """A variable's text; a simple one was expanded when it was set."""

    text: str
    is_simple: bool = False


class Variables:
    """The variables of one call of make, in layers: the command line's win over the file's."""

    def __init__(
        self, given: Mapping[str, str], env: Mapping[str, str], directory: str, tree: Tree
    ) -> None:
        self.given = given
        self.env = env
        self.own: dict[str, Variable] = {}
        self.layers: list[dict[str, Variable]] = []  # of targets, and automatic ones
        self.exported: set[str] = set()
        self._directory = directory
        self._tree = tree
        self._work = 0
        self._open: list[str] = []

    def set(self, name: str, operator: str, text: str, layer: dict[str, Variable]) -> None:
        """Carry out an assignment into a layer."""
        old = layer.get(name) or self.own.get(name)
        match operator:
            case "?=":
                if old is not None or name in self.env or name in self.given:
                    return
                layer[name] = Variable(text)
            case "+=":
                before = old or (Variable(self.env[name]) if name in self.env else None)
                if before is None:
                    layer[name] = Variable(text)
                    return
                more = self.expand(text) if before.is_simple else text
                layer[name] = Variable(f"{before.text} {more}"[:_LONGEST], before.is_simple)
            case "!=":
                layer[name] = Variable(f"$({text})".replace("$", "$$"))
            case "=" | "define":
                layer[name] = Variable(text)
            case _:
                layer[name] = Variable(self.expand(text), is_simple=True)

    def value(self, name: str) -> str | None:
        """Give a variable's expanded value; None when nothing sets it."""
        if name in self.given:
            return self.given[name]
        for layer in (*reversed(self.layers), self.own):
            if name in layer:
                found = layer[name]
                return found.text if found.is_simple else self._inner(name, found.text)
        if name in self.env:
            return self.env[name]
        if name == "CURDIR":
            return ROOT + self._directory
        return _BUILT_IN.get(name)

    def _inner(self, name: str, text: str) -> str:
        if name in self._open:  # make would stop here: it refers to itself
            return ""
        self._open.append(name)
        value = self.expand(text)
        self._open.pop()
        return value

    def environment(self) -> dict[str, str]:
        """Give the variables that the commands of a recipe see, where they are known."""
        names = {*self.own, *itertools.chain(*self.layers)}
        found = dict(self.env)
        for name in sorted(names):
            if name in self.exported or name in self.env:
                value = self.value(name) or ""
                if value and "$" not in value:
                    found[name] = value
        found.update(self.given)
        if self.given:
            found["MAKEFLAGS"] = " ".join(f"{name}={value}" for name, value in self.given.items())
        return found

    def expand(self, text: str) -> str:
        """Put the values of variables and functions in."""
        if "$" not in text:
            return text
        self._work += 1
        if self._work > _MOST_WORK or len(self._open) > _DEEPEST:
            return ""
        parts: list[str] = []
        at = size = 0
        while at < len(text) and size < _LONGEST:
            dollar = text.find("$", at)
            if dollar < 0:
                parts.append(text[at:])
                break
            parts.append(text[at:dollar])
            opener = text[dollar + 1 : dollar + 2]
            end = _closing(text, dollar + 1) if opener in ("(", "{") else dollar + 1
            if end < 0:
                parts.append(text[dollar:])
                break
            if opener == "$":
                parts.append("$")
            elif opener in ("(", "{"):
                parts.append(self._reference(text[dollar + 2 : end]))
            else:
                parts.append(self.value(opener) or "")
            size += len(parts[-1])
            at = end + 1
        return "".join(parts)[:_LONGEST]

    def _reference(self, inner: str) -> str:
        match = _FUNCTION.fullmatch(inner)
        if match and (match[1] in _LAZY or match[1] in _PLAIN or match[1] in _SILENT):
            return self._function(match[1], match[2])
        if match and match[1] == "shell":
            return f"$({self.expand(match[2])})"
        if (match := _SUBSTITUTION.fullmatch(inner)) and "$" not in match[1]:
            old, new = self.expand(match[2]), self.expand(match[3])
            old, new = (old, new) if "%" in old else (f"%{old}", f"%{new}")
            return _patsubst([old, new, self.value(match[1]) or ""])
        name = self.expand(inner).strip()
        value = self.value(name)
        return value if value is not None else ""

    def _function(self, name: str, text: str) -> str:
        self._open.append(f"${name}")
        arguments = _arguments(text, 3 if name != "call" else 20)
        if name in _SILENT:
            value = ""
        elif name == "wildcard":
            value = self._wildcard(self.expand(text))
        elif name in _LAZY:
            value = self._lazy(name, arguments)
        else:
            known = [self.expand(argument) for argument in arguments]
            value = _PLAIN[name](known) if len(known) >= _NEEDED.get(name, 1) else ""
        self._open.pop()
        return value

    def _lazy(self, name: str, arguments: Sequence[str]) -> str:
        match name:
            case "if":
                chosen = arguments[1:2] if self.expand(arguments[0]).strip() else arguments[2:3]
                return self.expand(chosen[0]) if chosen else ""
            case "or" | "and":
                value = ""
                for argument in arguments:
                    value = self.expand(argument.strip())
                    if bool(value) == (name == "or"):
                        break
                return value
            case "foreach" if len(arguments) == 3:
                variable = self.expand(arguments[0]).strip()
                made: list[str] = []
                for word in self.expand(arguments[1]).split()[:_MOST_WORDS]:
                    self.layers.append({variable: Variable(word, is_simple=True)})
                    made.append(self.expand(arguments[2]))
                    self.layers.pop()
                return " ".join(made)[:_LONGEST]
            case "call":
                return self._called([self.expand(argument) for argument in arguments])
        return ""

    def _called(self, arguments: Sequence[str]) -> str:
        layer = {str(n): Variable(text, is_simple=True) for n, text in enumerate(arguments)}
        self.layers.append(layer)
        value = self.value(arguments[0].strip())
        self.layers.pop()
        return value or ""

    def _wildcard(self, text: str) -> str:
        found: list[str] = []
        for pattern in text.split()[:10]:
            base = f"{self._directory}/" if self._directory else ""
            paths = self._tree.match(base + pattern.removeprefix("./"))
            found += [path.removeprefix(base) for path in paths]
        return " ".join(found[:_MOST_WORDS])


def _closing(text: str, start: int) -> int:
    opener = text[start]
    closer = ")" if opener == "(" else "}"
    depth = 0
    for at in range(start, min(len(text), start + _LONGEST)):
        if text[at] == opener:
            depth += 1
        elif text[at] == closer:
            depth -= 1
            if depth == 0:
                return at
    return -1


def _arguments(text: str, most: int) -> list[str]:
    """Split at commas outside parentheses."""
    parts, depth = [""], 0
    for char in text[:_LONGEST]:
        depth += (char in "({") - (char in ")}")
        if char == "," and depth == 0 and len(parts) < most:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def fits(pattern: str, word: str) -> str | None:
    """Match a word against a pattern with one ``%``; gives what stands for it."""
    before, mark, after = pattern.partition("%")
    if not mark:
        return "" if pattern == word else None
    long_enough = len(word) >= len(before) + len(after)
    if long_enough and word.startswith(before) and word.endswith(after):
        return word[len(before) : len(word) - len(after)]
    return None


def _patsubst(arguments: Sequence[str]) -> str:
    pattern, new, text = arguments[:3]
    made: list[str] = []
    for word in text.split():
        stem = fits(pattern.strip(), word)
        made.append(word if stem is None else new.strip().replace("%", stem, 1))
    return " ".join(made)


def _filtered(arguments: Sequence[str], *, keep: bool) -> str:
    patterns = arguments[0].split()[:_MOST_WORDS]
    words = arguments[1].split()[:_MOST_WORDS]
    return " ".join(
        word for word in words if any(fits(p, word) is not None for p in patterns) == keep
    )


def _each(change: Callable[[str], str]) -> Callable[[Sequence[str]], str]:
    return lambda arguments: " ".join(change(word) for word in ",".join(arguments).split())


_LAZY = frozenset("if or and foreach call wildcard".split())
_SILENT = frozenset("info warning error eval file origin flavor".split())
_NEEDED = {"subst": 3, "patsubst": 3, "filter": 2, "filter-out": 2, "addprefix": 2, "addsuffix": 2}
_PLAIN: Mapping[str, Callable[[Sequence[str]], str]] = {
    "subst": lambda a: a[2].replace(a[0], a[1])[:_LONGEST] if a[0] else a[2],
    "patsubst": _patsubst,
    "strip": _each(str),
    "sort": lambda a: " ".join(sorted(set(a[0].split()))),
    "filter": lambda a: _filtered(a, keep=True),
    "filter-out": lambda a: _filtered(a, keep=False),
    "findstring": lambda a: a[0] if len(a) > 1 and a[0] in a[1] else "",
    "firstword": lambda a: " ".join(a[0].split()[:1]),
    "lastword": lambda a: " ".join(a[0].split()[-1:]),
    "words": lambda a: str(len(a[0].split())),
    "addprefix": lambda a: " ".join(a[0] + word for word in a[1].split())[:_LONGEST],
    "addsuffix": lambda a: " ".join(word + a[0] for word in a[1].split())[:_LONGEST],
    "dir": _each(lambda word: f"{posixpath.dirname(word) or '.'}/"),
    "notdir": _each(posixpath.basename),
    "basename": _each(lambda word: posixpath.splitext(word)[0]),
    "suffix": _each(lambda word: posixpath.splitext(word)[1]),
    "abspath": _each(str),
    "realpath": _each(str),
}
