"""A makefile's rules and variables, in the order that make reads them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.make_values import Variable, fits
from pytest_boss_gates.evidence.shell_values import ROOT

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.make_values import Variables
    from pytest_boss_gates.evidence.steps import Lines

_DEEPEST = 10  # includes in includes
_MOST_READ = 100  # includes, the same file each time
_MOST_RULES = 20_000
_ASSIGNMENT = re.compile(
    r"((?:(?:override|export|private|unexport)\s+)*)"
    r"([^\s:#=?+!]+(?:\$\([^)]*\)[^\s:#=?+!]*)?)\s*(=|:{1,3}=|\?=|\+=|!=)[ \t]*(.*)",
    re.DOTALL,
)
_DEFINE = re.compile(r"(?:override\s+|export\s+)?define\s+(\S+)\s*(?:[:?+]?=)?\s*$")
_CONDITION = re.compile(r"(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)")
_QUOTED = re.compile(r"""(?:"([^"]*)"|'([^']*)')\s*(?:"([^"]*)"|'([^']*)')""")
_INCLUDE = re.compile(r"(?:-include|sinclude|include)\s+(.*)")
_COMMENT = re.compile(r"(?<!\\)#.*", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class Rule:
    """What make knows of one target, or of one pattern of targets."""

    path: str
    line: int
    needs: list[str] = field(default_factory=list)
    recipe: list[tuple[str, Lines]] = field(default_factory=list)  # (file, one logical line)
    variables: list[tuple[str, str, str]] = field(default_factory=list)  # of this target alone
    is_again: bool = False  # the next line of a recipe starts another one in its place

    def add(self, path: str, lines: Lines) -> None:
        """Add a line to the recipe."""
        if self.is_again:
            self.recipe.clear()
        self.is_again = False
        self.recipe.append((path, lines))


@dataclass(slots=True, kw_only=True)
class _Condition:
    is_taken: bool | None  # None: not known, so that both branches are read
    was_taken: bool = False


class Makefile:
    """The rules of a makefile and of those that it includes."""

    def __init__(self, variables: Variables, directory: str, reading: Reading) -> None:
        self.variables = variables
        self.rules: dict[str, Rule] = {}
        self.patterns: dict[str, Rule] = {}
        self.first = ""
        self._directory = directory
        self._reading = reading
        self._prefix = "\t"
        self._conditions: list[_Condition] = []
        self._open: list[str] = []  # the files that are being read, each included by the last
        self._count = 0

    def read(self, path: str) -> None:
        """Read a file into the rules; what it includes, too."""
        self._count += 1
        if path in self._open or self._count > _MOST_READ:
            return
        lines = self._reading.numbered(path)
        listed = self.variables.own.get("MAKEFILE_LIST", Variable(""))
        self.variables.own["MAKEFILE_LIST"] = Variable(f"{listed.text} {ROOT}{path}".strip())
        self._open.append(path)
        depth = len(self._conditions)
        self._statements(path, lines)
        if len(self._conditions) > depth:
            self._reading.problem(path, "a condition is not closed by endif", len(lines))
            del self._conditions[depth:]
        self._open.pop()

    def _statements(self, path: str, lines: Lines) -> None:
        at = 0
        rules: list[Rule] = []
        while at < len(lines):
            start, text = at, lines[at][1]
            while text.endswith("\\") and at + 1 < len(lines):
                at += 1
                text = f"{text}\n{lines[at][1]}"
            at += 1
            if text.startswith(self._prefix) and rules:
                for rule in rules if self._is_read() else ():
                    rule.add(path, tuple(lines[start:at]))
                continue
            line = re.sub(r"\s*\\\n\s*", " ", _COMMENT.sub("", text)).strip()
            if not line or self._condition(line):
                continue
            if define := _DEFINE.fullmatch(line):
                at = self._define(define[1], lines, at)
            elif self._is_read():
                rules = self._line(line, path, lines[start][0])

    def _line(self, line: str, path: str, number: int) -> list[Rule]:
        if match := _INCLUDE.fullmatch(line):
            self._include(self.variables.expand(match[1]))
        elif match := _ASSIGNMENT.fullmatch(line):
            self._assign(match)
        elif re.match(r"(?:un)?export\b", line):
            self.variables.exported.update(self.variables.expand(line).split()[1:])
        elif ":" in line:
            return self._rule(line, path, number)
        return []

    def _assign(self, match: re.Match[str]) -> None:
        name = self.variables.expand(match[2]).strip()
        if name == ".RECIPEPREFIX":
            self._prefix = match[4].strip()[:1] or "\t"
        self.variables.set(name, match[3], match[4], self.variables.own)
        if "export" in match[1].split():
            self.variables.exported.add(name)

    def _define(self, name: str, lines: Lines, at: int) -> int:
        body: list[str] = []
        while at < len(lines) and lines[at][1].strip().split("#")[0].strip() != "endef":
            body.append(lines[at][1].lstrip("\t"))
            at += 1
        if self._is_read():
            self.variables.set(name, "define", "\n".join(body), self.variables.own)
        return at + 1

    def _include(self, text: str) -> None:
        if len(self._open) > _DEEPEST:
            return
        base = f"{self._directory}/" if self._directory else ""
        for word in text.split()[:50]:
            inner = word.lstrip("/") if word.startswith(ROOT) else base + word
            pattern = posixpath.normpath(inner)
            if "$" not in pattern:
                for path in self._reading.tree.match(pattern)[:50]:
                    self.read(path)

    # -- conditions

    def _is_read(self) -> bool:
        return all(condition.is_taken is not False for condition in self._conditions)

    def _is_open(self) -> bool:
        return any(condition.is_taken is None for condition in self._conditions)

    def _condition(self, line: str) -> bool:
        """Take ``ifeq``, ``else`` or ``endif``; says whether the line was one."""
        if match := _CONDITION.match(line):
            taken = self._holds(match[1], match[2])
            self._conditions.append(_Condition(is_taken=taken, was_taken=taken is True))
            return True
        word, _, rest = line.partition(" ")
        if word not in ("else", "endif"):
            return False
        if not self._conditions:
            return True
        if word == "endif":
            self._conditions.pop()
            return True
        current = self._conditions[-1]
        if current.was_taken:
            current.is_taken = False
        elif match := _CONDITION.match(rest.strip()):
            taken = self._holds(match[1], match[2])
            current.is_taken = None if current.is_taken is None and taken is not False else taken
            current.was_taken = taken is True and current.is_taken is True
        elif current.is_taken is False:
            current.is_taken = True
        return True

    def _holds(self, kind: str, text: str) -> bool | None:
        if not self._is_read():
            return False
        if kind in ("ifdef", "ifndef"):
            value = self.variables.value(self.variables.expand(text).strip())
            return None if value is None else bool(value) == (kind == "ifdef")
        sides = _sides(text)
        if sides is None:
            return None
        if any(self._is_unset(side) for side in sides):
            return None
        left, right = (self.variables.expand(side).strip() for side in sides)
        if "$" in left or "$" in right:
            return None
        return (left == right) == (kind == "ifeq")

    def _is_unset(self, text: str) -> bool:
        """Whether a value may come from an environment that is not known here."""
        names = re.findall(r"\$[({]([\w.-]+)[)}]", text)
        return any(self.variables.value(name) is None for name in names)

    # -- rules

    def _rule(self, line: str, path: str, number: int) -> list[Rule]:
        head, _, inline = line.partition(";")
        targets, colon, rest = _split(head)
        if not colon or len(self.rules) > _MOST_RULES:
            return []
        names = self.variables.expand(targets).split()
        if match := _ASSIGNMENT.fullmatch(rest.strip()):
            self._specific(names, match, path, number)
            return []
        pattern, static, needs = _split(rest)
        stems = pattern if static else ""
        wanted = self.variables.expand(needs if static else rest).replace("|", " ").split()
        rules = [self._target(name, path, number) for name in names]
        for name, rule in zip(names, rules, strict=True):
            stem = _stem(self.variables.expand(stems).strip(), name)
            rule.is_again = bool(rule.recipe) and colon == ":" and not self._is_open()
            rule.needs += [need.replace("%", stem) if stems else need for need in wanted]
            if inline.strip():
                rule.add(path, ((number, inline.strip()),))
            if not self.first and "%" not in name and (name[0] != "." or "/" in name):
                self.first = name
        return rules

    def _target(self, name: str, path: str, number: int) -> Rule:
        table = self.patterns if "%" in name else self.rules
        return table.setdefault(name, Rule(path=path, line=number))

    def _specific(self, names: list[str], match: re.Match[str], path: str, number: int) -> None:
        for name in names:
            rule = self._target(name, path, number)
            rule.variables.append((match[2], match[3], match[4]))
        if "export" in match[1].split():
            self.variables.exported.add(match[2])


def _split(text: str) -> tuple[str, str, str]:
    """Split at the first colon outside references; "" in the middle when there is none."""
    depth = 0
    for at, char in enumerate(text):
        if char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        elif char == ":" and depth <= 0:
            colon = "::" if text.startswith("::", at) else ":"
            return text[:at].rstrip("& \t"), colon, text[at + len(colon) :]
    return text, "", ""


def _sides(text: str) -> tuple[str, str] | None:
    """Split what ``ifeq`` compares: ``(a,b)``, or two texts in quotes."""
    text = text.strip()
    if match := _QUOTED.match(text):
        return match[1] or match[2] or "", match[3] or match[4] or ""
    if not text.startswith("(") or not text.endswith(")"):
        return None
    depth = 0
    for at, char in enumerate(text[1:-1], start=1):
        depth += (char in "({") - (char in ")}")
        if char == "," and depth == 0:
            return text[1:at], text[at + 1 : -1]
    return None


def _stem(pattern: str, name: str) -> str:
    """Give what ``%`` stands for in a target of a static pattern rule."""
    return fits(pattern, name) or "" if pattern else ""
