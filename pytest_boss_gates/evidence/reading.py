"""One look at the repository: each file read and parsed once, and told when it could not be."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.evidence.answer import Problem
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.toml_lines import key_lines, line_of
from pytest_boss_gates.repository.yaml_lines import YamlError, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.steps import Lines
    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.repository.tree import Tree
    from pytest_boss_gates.repository.yaml_lines import Text, Value

_LONGEST = 200  # characters of a line that are quoted
_LONGEST_ALIGNED = 2_000  # characters of a line whose words are looked for one by one
_MOST_YAML = 1_000_000  # characters; no one writes more by hand
_MOST_PYTHON = 500_000


class Ini(NamedTuple):
    """One line of an ini file; ``key`` is "" for a section's header."""

    section: str
    key: str
    line: int
    text: str  # without the key; continuation lines come one by one under their key


class Reading:
    """The files of a tree, as texts and as parsed values; nothing of it raises.

    What cannot be read or parsed gives None and stands in ``problems``, once.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []
        self._lines: dict[str, tuple[str, ...] | None] = {}
        self._yaml: dict[str, list[Value] | None] = {}
        self._json: dict[str, object] = {}
        self._python: dict[str, ast.Module | None] = {}
        self._toml_lines: dict[str, Mapping[KeyPath, int]] = {}

    @property
    def read(self) -> tuple[str, ...]:
        """The paths that were looked into, sorted: what the answer depends on."""
        return tuple(sorted(self._lines))

    def problem(self, path: str, text: str, line: int = 0) -> None:
        """Note what could not be understood."""
        found = Problem(path, line, text)
        if found not in self.problems:
            self.problems.append(found)

    def lines(self, path: str) -> tuple[str, ...] | None:
        """Read a file's lines; None when it is not there (silently) or cannot be read."""
        if path not in self._lines:
            content = None
            if path in self.tree:
                try:
                    content = tuple(self.tree.read(path).split("\n"))
                except OSError as error:
                    self.problem(path, str(error.strerror or error))
            self._lines[path] = content
        return self._lines[path]

    def text(self, path: str) -> str | None:
        r"""Read a file whole, line ends as ``\n``."""
        lines = self.lines(path)
        return None if lines is None else "\n".join(lines)

    def numbered(self, path: str) -> tuple[tuple[int, str], ...]:
        """Read a file as ``steps.Lines``; empty when it cannot be read."""
        return tuple(enumerate(self.lines(path) or (), start=1))

    def place(self, path: str, line: int = 0) -> Place:
        """Quote a line of a file; line 0 is the file as a whole."""
        lines = self.lines(path) or ()
        text = lines[line - 1].strip()[:_LONGEST] if 0 < line <= len(lines) else ""
        return Place(path=path, line=line, text=text)

    def find(self, path: str, word: str, first: int = 1, last: int | None = None) -> int:
        """Find the first line in a range that holds a word; ``first`` when none does."""
        lines = self.lines(path) or ()
        for number in range(max(first, 1), min(last or len(lines), len(lines)) + 1):
            if word in lines[number - 1]:
                return number
        return first

    def script(self, path: str, text: Text) -> Lines:
        """Give the lines of a script that is a YAML scalar, each with its own number.

        A folded text is one command over several lines, so all but its last end in a backslash.
        """
        content = text.split("\n")
        if text.style == "|":
            return tuple((text.line + 1 + offset, line) for offset, line in enumerate(content))
        raw = self.lines(path) or ()
        number = text.line + (text.style == ">")
        if len(raw[number - 1 : number] and raw[number - 1]) > _LONGEST_ALIGNED:
            return tuple((number, line) for line in content)
        lines: list[tuple[int, str]] = []
        for line in content:
            words = line.split(" ") if line.strip() else []
            aligned, number = _aligned(raw, number, words)
            lines += aligned
        return tuple(lines)

    def documents(self, path: str) -> list[Value]:
        """Parse the YAML documents of a file; empty when there is none."""
        if path not in self._yaml:
            self._yaml[path] = None
            text = self.text(path)
            if text is not None:
                self._yaml[path] = self._parsed(path, text)
        return self._yaml[path] or []

    def _parsed(self, path: str, text: str) -> list[Value] | None:
        if len(text) > _MOST_YAML:
            self.problem(path, f"YAML of more than {_MOST_YAML // 1_000_000} MB is not read")
            return None
        try:
            return load_yaml(text)
        except YamlError as error:
            self.problem(path, str(error), error.line)
            return None

    def yaml(self, path: str) -> Value | None:
        """Parse the first YAML document of a file."""
        return next(iter(self.documents(path)), None)

    def toml(self, path: str) -> dict[str, object] | None:
        """Parse a TOML file."""
        if self.lines(path) is None:
            return None
        try:
            return self.tree.read_toml(path)
        except (OSError, ValueError) as error:
            line = re.search(r"\(at line (\d+)", str(error))
            self.problem(path, str(error), int(line[1]) if line else 0)
            return None

    def toml_place(self, path: str, keys: KeyPath) -> Place:
        """Quote the line of a key of a TOML file, or of the nearest table around it."""
        if path not in self._toml_lines:
            self._toml_lines[path] = key_lines(self.text(path) or "")
        return self.place(path, line_of(self._toml_lines[path], keys))

    def ini(self, path: str) -> Iterator[Ini]:
        """Go through an ini file, comments and blank lines left out."""
        section = key = ""
        for number, line in enumerate(self.lines(path) or (), start=1):
            bare = line.strip()
            if not bare or bare.startswith(("#", ";")):
                continue
            if line[0] == "[" and "]" in bare:
                section, key = bare[1 : bare.rindex("]")].strip(), ""
                yield Ini(section, "", number, "")
            elif line[0].isspace():
                yield Ini(section, key, number, bare)
            else:
                name, mark, value = re.sub(r"\s*[=:]\s*", "=", bare, count=1).partition("=")
                key = name.strip() if mark else bare
                yield Ini(section, key, number, value)

    def json(self, path: str) -> object:
        """Parse a JSON file; ``find`` knows the lines."""
        if path not in self._json:
            text = self.text(path)
            self._json[path] = None if text is None else self._decoded(path, text)
        return self._json[path]

    def _decoded(self, path: str, text: str) -> object:
        import json

        try:
            return json.loads(text)
        except ValueError as error:
            self.problem(path, str(error), getattr(error, "lineno", 0))
        except RecursionError:
            self.problem(path, "nested too deeply")
        return None

    def python(self, path: str) -> ast.Module | None:
        """Parse a Python file."""
        if path not in self._python:
            self._python[path] = None
            text = self.text(path)
            if text is not None:
                self._python[path] = self._module(path, text)
        return self._python[path]

    def _module(self, path: str, text: str) -> ast.Module | None:
        if len(text) > _MOST_PYTHON:
            self.problem(path, "a script of more than half a megabyte is not read")
            return None
        try:
            with warnings.catch_warnings():  # a stray backslash in the file is not ours to report
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError as error:
            self.problem(path, error.msg, error.lineno or 0)
        except (RecursionError, MemoryError):
            self.problem(path, "nested too deeply")
        except ValueError as error:  # a null character
            self.problem(path, str(error))
        return None


def _aligned(
    raw: Sequence[str], number: int, words: list[str]
) -> tuple[list[tuple[int, str]], int]:
    """Spread a command over the raw lines that it stands on; and the number of the next one."""
    lines: list[tuple[int, str]] = []
    while words and number <= len(raw) and not raw[number - 1].strip():
        number += 1  # a blank line ends a folded one
    first = number
    while words and number <= len(raw):
        taken = _shared(raw[number - 1], words)
        if not taken and number > first:
            break
        more = 0 < taken < len(words)
        lines.append((number, " ".join(words[: taken or None]) + (" \\" if more else "")))
        words = words[taken:] if taken else []
        number += 1
    if words:
        lines.append((min(number, max(len(raw), 1)), " ".join(words)))
    return lines, number


def _shared(raw: str, words: Sequence[str]) -> int:
    """Count the words that a raw line ends with and the text goes on with."""
    shown = [word for word in raw.split() if word]
    for start in range(len(shown)):
        count = len(shown) - start
        bare = [shown[start].lstrip("\"'"), *shown[start + 1 :]]
        bare[-1] = bare[-1].rstrip("\"'") or bare[-1]
        if list(words[:count]) in (shown[start:], bare):
            return count
    return 0
