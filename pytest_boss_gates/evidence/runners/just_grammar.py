"""The words of a justfile: tokens, texts, and what a recipe's header says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Tokens: TypeAlias = "tuple[str, ...]"

NAME = re.compile(r"[A-Za-z_][\w:-]*")
"""What a recipe, a variable or a module of a justfile may be called."""

LONGEST = 10_000
"""Characters of a value that are followed."""

_TOKEN = re.compile(
    r"'''(?:.|\n)*?'''"
    r'|"""(?:.|\n)*?"""'
    r"|'[^'\n]*'"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|`[^`\n]*`"
    r"|#.*"
    r"|[A-Za-z_][\w-]*(?:::[A-Za-z_][\w-]*)*"
    r"|:=|&&|\|\||==|!=|=~|!~"
    r"|\S"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A dependency of a recipe."""

    name: str
    line: int
    arguments: tuple[Tokens, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter; ``many`` takes all words that are left."""

    name: str
    default: Tokens | None = None
    many: bool = False
    exported: bool = False


@dataclass(slots=True, kw_only=True)
class Recipe:
    """A recipe; the body's lines have lost their indentation."""

    name: str
    path: str
    line: int
    parameters: tuple[Parameter, ...]
    before: tuple[Need, ...]
    after: tuple[Need, ...]
    attributes: dict[str, str]
    body: list[tuple[int, str]] = field(default_factory=list)

    @property
    def takes_any(self) -> bool:
        """Whether the last parameter takes all words that are left."""
        return any(parameter.many for parameter in self.parameters)


def tokens_of(text: str) -> Tokens:
    """Take a text apart: names, texts with their quotes, operators, comments."""
    return tuple(_TOKEN.findall(text))


def shown(tokens: Sequence[str]) -> str:
    """Stand for a value that only running could tell."""
    return "${" + (re.sub(r"\W+", "_", " ".join(tokens)).strip("_")[:60] or "unknown") + "}"


def unquoted(word: str) -> str:
    """Give the text between the quotes of a token; a token without any as it is."""
    for mark in ("'''", '"""', "'", '"'):
        if word.startswith(mark) and word.endswith(mark) and len(word) >= 2 * len(mark):
            text = word[len(mark) : -len(mark)]
            if mark[0] == "'":
                return text
            return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)
    return word


def is_open(text: str) -> bool:
    """Whether a value goes on in the next line: a bracket or a long string is not closed."""
    if text.endswith("\\"):
        return True
    if text.count("'''") % 2 or text.count('"""') % 2:
        return True
    if len(text) > LONGEST:
        return False
    tokens = [word for word in _TOKEN.findall(text) if word[0] not in "'\"#`"]
    count = sum((word in "([{") - (word in ")]}") for word in tokens if len(word) == 1)
    return count > 0


def parameters_of(rest: list[str]) -> tuple[Parameter, ...]:
    """Take the parameters off the front, and the colon behind them."""
    found: list[Parameter] = []
    many = exported = False
    while rest:
        word = rest.pop(0)
        if word == ":":
            break
        if word in ("+", "*"):
            many = True
        elif word == "$":
            exported = True
        elif NAME.fullmatch(word):
            default: Tokens | None = None
            if rest[:1] == ["="]:
                del rest[0]
                default = _one_value(rest)
            found.append(Parameter(name=word, default=default, many=many, exported=exported))
            many = exported = False
    return tuple(found)


def _one_value(rest: list[str]) -> Tokens:
    """Take one value off the front: a word, a call, or all in parentheses."""
    taken: list[str] = []
    depth = 0
    while rest:
        taken.append(rest.pop(0))
        depth += (taken[-1] == "(") - (taken[-1] == ")")
        if depth <= 0 and rest[:1] != ["("] and rest[:1] not in (["+"], ["/"]):
            break
        if depth <= 0 and rest[:1] in (["+"], ["/"]) and taken[0] != "(":
            break  # `a="x" +rest`: the plus belongs to the next parameter
    return tuple(taken)


def needs_of(rest: list[str], line: int) -> tuple[tuple[Need, ...], tuple[Need, ...]]:
    """Read the dependencies: those before the recipe, and behind ``&&`` those after it."""
    groups: tuple[list[Need], list[Need]] = ([], [])
    after = False
    while rest:
        word = rest.pop(0)
        if word == "&&":
            after = True
        elif word == "(" and rest:
            name = rest.pop(0)
            arguments: list[Tokens] = []
            while rest and rest[0] != ")":
                arguments.append(_one_value(rest))
            groups[after].append(Need(name=name, line=line, arguments=tuple(arguments)))
        elif NAME.fullmatch(word):
            groups[after].append(Need(name=word, line=line))
    return tuple(groups[0]), tuple(groups[1])
