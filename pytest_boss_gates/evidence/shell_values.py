"""What a shell script's variables, arguments and directory are, as far as reading can tell."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.evidence.steps import Script
    from pytest_boss_gates.evidence.words import Word

ROOT = "//"
"""Stands before a path that starts at the root of the repository."""

_LONGEST = 10_000  # characters of one value: `A=$A$A` again and again would be endless
_MOST = 500  # variables

_DIRNAME = re.compile(r"\$\((?:cd )?\"?(?:\$\()?\s*dirname[^)]*\)*(?:\s*&&\s*pwd)?\"?\)*")
_TOPLEVEL = re.compile(r"\$\(\s*git rev-parse --show-toplevel\s*\)")
_WHICH = re.compile(
    r"\$\(\s*(?:command -v|which|type -[pP])\s+([\w.+-]+)"
    r"\s*(?:&?\d?>\s*/dev/null\s*|2>&1\s*)*(?:\|\|[^()]*)?\)"
)
"""Asks where a program is: the program, for whoever calls what comes back."""
_ROOTS = frozenset(
    """GITHUB_WORKSPACE CI_PROJECT_DIR TRAVIS_BUILD_DIR BUILD_SOURCESDIRECTORY CIRRUS_WORKING_DIR
    APPVEYOR_BUILD_FOLDER BITBUCKET_CLONE_DIR WORKSPACE DRONE_WORKSPACE PWD
    BUILDKITE_BUILD_CHECKOUT_PATH SYSTEM_DEFAULTWORKINGDIRECTORY""".split()
)


class Values:
    """The state of a script: changes with what the script runs."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.env = dict(script.env)
        self.arguments = script.arguments
        self.directory = script.directory

    def assign(self, values: Mapping[str, str | None]) -> None:
        """Set variables; None is a value that only running could tell."""
        for name, value in values.items():
            if value is None or len(value) > _LONGEST:
                self.env.pop(name, None)
            elif name in self.env or len(self.env) < _MOST:
                self.env[name] = value

    def inside(self, target: str) -> str:
        """Resolve the directory that ``cd`` leads to."""
        if not target or target == "-":
            return self._script.directory
        if target.startswith(ROOT):
            path = posixpath.normpath(target[len(ROOT) :].lstrip("/") or ".")
        elif target.startswith(("/", "~")):
            return "$" + target  # outside the repository
        else:
            path = posixpath.normpath(posixpath.join(self.directory, target))
        return "" if path == "." else path

    def expanded(self, word: Word) -> list[str]:
        """Put known values in; an unquoted value splits into words, as in the shell."""
        texts = [""]
        only_unquoted = True
        for piece in word.pieces:
            value = self._variable(piece.text) if piece.is_variable else piece.text
            if piece.text in ("@", "*") and piece.is_variable:
                texts[-1] += self.arguments[0] if self.arguments else ""
                texts += self.arguments[1:]
                continue
            if piece.is_variable and not piece.quoted and any(map(str.isspace, value)):
                first, *rest = value.split() or [""]
                texts[-1] += first
                texts += rest
                continue
            only_unquoted = only_unquoted and piece.is_variable and not piece.quoted
            texts[-1] += value
        if only_unquoted and texts == [""]:
            return []
        return [self._located(text[:_LONGEST]) for text in texts]

    def value(self, word: Word, skip: int) -> str | None:
        """Give the value that an assignment sets; None when only running could tell."""
        text = "".join(
            self._variable(piece.text) if piece.is_variable else piece.text for piece in word.pieces
        )
        value = self._located(text[skip:])
        return value if is_plain(value) else None

    def _located(self, text: str) -> str:
        if "$(" not in text:
            return text
        here = ROOT + posixpath.dirname(self._script.path)
        text = _WHICH.sub(r"\1", _TOPLEVEL.sub(ROOT, text))
        return _DIRNAME.sub(lambda _: here, text)

    def _variable(self, name: str) -> str:
        """Give the value of ``$name`` or ``${name:-default}``; unknown: as ``${name}``."""
        plain = re.match(r"\w+|[@*#?$!-]", name)
        key = plain[0] if plain else name
        rest = name[len(key) :]
        if key.isdigit():
            index = int(key)
            if index == 0:
                return ROOT + self._script.path
            if index <= len(self.arguments):
                return self.arguments[index - 1]
            return "" if self.arguments else _default(rest, f"${{{name}}}")
        if key in ("@", "*"):
            return " ".join(self.arguments)
        if key in self.env:
            return self.env[key]
        if key in _ROOTS:
            return ROOT
        if key == "BASH_SOURCE":
            return ROOT + self._script.path
        return _default(rest, f"${{{key}}}")


def _default(rest: str, otherwise: str) -> str:
    match = re.fullmatch(r":?[-=](.*)", rest, re.DOTALL)
    return match[1].strip("\"'") if match else otherwise


def is_plain(value: str) -> bool:
    """Whether a value is all known."""
    return "$" not in value and "`" not in value and bool(value)
