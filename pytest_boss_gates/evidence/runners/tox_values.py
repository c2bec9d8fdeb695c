"""What values in tox's ini files mean: generative names, conditions on factors, substitutions."""

from __future__ import annotations

import fnmatch
import itertools
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pytest_boss_gates.evidence.steps import Lines

MOST_NAMES = 400
"""Environments of one list; the product of factors grows quickly."""

MOST_WORK = 20_000
"""Texts of one configuration that substitutions are made in."""

DEEPEST = 8
"""Substitutions in substitutions, and references to references."""

_LONGEST = 20_000  # characters of a value with its substitutions
_BRACES = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"(\d*)-(\d*)")
_OLDEST, _NEWEST = 11, 15  # the minor versions of Python that an open range means
_FACTOR = re.compile(r"!?[\w.*?\[\]]+|")
_MARKER = re.compile(r":(?:\s|$)")
_COMMENT = re.compile(r"\s*(?<!\\)#.*")
_PLATFORM = frozenset({"linux", "x86_64"})  # what runs most of CI
_BIN = "\0bin"
OTHER_NAMES = {"change_dir": "changedir", "set_env": "setenv", "env_list": "envlist"}
OTHER_NAMES |= {old: new for new, old in OTHER_NAMES.items()}
"""Settings by the name that tox 3, or tox 4, gave them."""

_PLACES = dict.fromkeys("toxinidir tox_root config_dir setupdir package_root".split(), "{root}")
_PLACES |= dict.fromkeys("toxworkdir work_dir distdir temp_dir".split(), "{root}/.tox")
_PLACES |= dict.fromkeys("envdir env_dir".split(), "{root}/.tox/{name}")
_PLACES |= dict.fromkeys(
    "envtmpdir env_tmp_dir envlogdir env_log_dir".split(), "{root}/.tox/{name}/tmp"
)
_PLACES |= dict.fromkeys("envsitepackagesdir env_site_packages_dir".split(), "{root}/.tox/{name}")
_PLACES |= dict.fromkeys("envbindir env_bin_dir".split(), _BIN)
_PLACES |= dict.fromkeys("envpython env_python basepython base_python".split(), "python")
_PLACES |= {"envname": "{name}", "env_name": "{name}", "/": "/"}


class Found(NamedTuple):
    """A command of an environment, as words, and the line of its start."""

    line: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A tox environment that is asked for, and what the command line gives it."""

    name: str
    posargs: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


# -- names and factors


def names_of(text: str) -> list[str]:
    """Expand ``py{39,310}-{a,b}, lint``; at most ``MOST_NAMES`` names, in order, each once."""
    names = (name for part in _parts(text) for name in _product(part))
    return list(dict.fromkeys(itertools.islice(names, MOST_NAMES)))


def _parts(text: str) -> Iterator[str]:
    """Split at commas and line ends outside braces."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        if char in "{}":
            depth += 1 if char == "{" else -1
        elif char in ",\n" and depth <= 0:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()


def _product(part: str) -> Iterator[str]:
    pieces = _BRACES.split(part)
    if pieces == [""]:
        return
    choices = [
        [piece.strip()] if number % 2 == 0 else list(_choices(piece))
        for number, piece in enumerate(pieces)
    ]
    for combination in itertools.product(*choices):
        if name := "".join(combination).strip("-"):
            yield name


def _choices(piece: str) -> Iterator[str]:
    for choice in map(str.strip, piece.split(",")):
        if (match := _RANGE.fullmatch(choice)) and len(choice) <= 7 and choice != "-":
            first, last = int(match[1] or _OLDEST), int(match[2] or _NEWEST)
            step = 1 if first <= last else -1
            yield from map(str, itertools.islice(range(first, last + step, step), MOST_NAMES))
        else:
            yield choice


def condition_of(line: str) -> tuple[list[str] | None, str]:
    """Split ``py310,lint: cmd`` into the alternatives and the rest; None without a condition."""
    if marker := _MARKER.search(line):
        groups = names_of(line[: marker.start()])
        if groups and all(_FACTOR.fullmatch(one) for name in groups for one in name.split("-")):
            return groups, line[marker.end() :].strip()
    return None, line


def _holds(group: str, factors: frozenset[str]) -> bool:
    return all(
        any(fnmatch.fnmatchcase(own, factor.lstrip("!")) for own in factors)
        != factor.startswith("!")
        for factor in group.split("-")
    )


def uncommented(line: str) -> str:
    """Drop the comment of a line."""
    return _COMMENT.sub("", line).replace("\\#", "#").strip()


def for_environment(lines: Lines, name: str) -> list[tuple[int, str]]:
    """Keep the lines whose condition holds for an environment, comments dropped."""
    factors = frozenset(name.split("-")) | _PLATFORM
    kept: list[tuple[int, str]] = []
    skipping = False  # the line before was left out and went on
    for number, line in lines:
        text = uncommented(line)
        groups, content = condition_of(text)
        goes_on = content.endswith("\\")
        if groups is None:
            if content and not skipping:
                kept.append((number, content))
            skipping = skipping and goes_on
        elif any(_holds(group, factors) for group in groups):
            kept.append((number, content))
            skipping = False
        else:
            skipping = goes_on
    return [(number, text) for number, text in kept if text]


def joined(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Join lines that end in a backslash with the next ones."""
    first, parts = 0, list[str]()
    for number, text in lines:
        first = first if parts else number
        if text.endswith("\\"):
            parts.append(text[:-1])
            continue
        yield first, "".join([*parts, text])
        parts = []
    if parts:
        yield first, "".join(parts)


# -- substitutions


def substituted(text: str, answer: Callable[[str], str | None], depth: int = 0) -> str:
    """Put the answers in the place of ``{…}``; what has none stays as it is."""
    if "{" not in text or depth > DEEPEST:
        return text
    parts: list[str] = []
    at = size = 0
    while at < len(text) and size < _LONGEST:
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in ("{", "}"):
            parts.append(text[at + 1])
            at += 2
            continue
        end = _closing(text, at) if char == "{" else -1
        if end < 0:
            parts.append(char)
            at += 1
        else:
            inner = text[at + 1 : end]
            value = answer(inner)
            if value is None:
                value = "{" + substituted(inner, answer, depth + 1) + "}"
            parts.append(value)
            at = end + 1
        size += len(parts[-1])
    return "".join(parts)


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, min(len(text), start + 4_000)):
        if text[at] in "{}" and text[at - 1 : at] != "\\":
            depth += 1 if text[at] == "{" else -1
            if depth == 0:
                return at
    return -1


def builtin(environment: Environment, root: str, inner: str) -> str | None:
    """Answer the substitutions that need no other setting; ``root`` is tox's own directory.

    The default in ``{posargs:…}`` or ``{env:…:…}`` comes with its own substitutions in it.
    """
    kind, colon, rest = inner.partition(":")
    match kind:
        case "posargs":
            return rest if environment.posargs is None else shlex.join(environment.posargs)
        case "env" if colon:
            key, has_default, default = rest.partition(":")
            return environment.env.get(key, default if has_default else f"${{{key}}}")
        case "tty":
            return rest.partition(":")[2]
        case "glob":
            return rest.partition(":")[0]
        case "" if inner == ":":
            return ":"
    value = _PLACES.get(kind)
    return None if value is None else value.format(root=root, name=environment.name)


def words_of(text: str) -> tuple[str, ...]:
    """Split a command as tox does, without a shell; a path that starts at the root keeps it."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    return tuple(tidy(word) for word in words)


def tidy(word: str) -> str:
    """Drop the directory of the environment's own programs, and doubled slashes at the root."""
    return re.sub(r"(^|=)///+", r"\1//", word.replace(f"{_BIN}/", "").replace(_BIN, ".tox/bin"))
