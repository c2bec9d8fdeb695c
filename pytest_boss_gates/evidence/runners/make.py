"""make: which targets a call builds, in which order, and the commands of their recipes."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.make_values import Variable, Variables, fits
from pytest_boss_gates.evidence.runners.makefile import Makefile, Rule
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Lines, Step

HEADS = ("make", "gmake", "mingw32-make")

_DEEPEST = 60  # prerequisites of prerequisites
_MOST_STEPS = 2_000
_GIVEN = re.compile(r"([A-Za-z_][\w.-]*)\s*(?::{0,3}|\?|\+)=(.*)", re.DOTALL)
_IDLE = frozenset(
    """-n --just-print --dry-run --recon -q --question -t --touch -v --version -h --help -p
    --print-data-base""".split()
)
_VALUED = {
    "-C": "-C",
    "--directory": "-C",
    "-f": "-f",
    "--file": "-f",
    "--makefile": "-f",
    **dict.fromkeys("-I --include-dir -o --old-file -W --what-if --new-file --eval".split(), ""),
}
_NUMBERED = frozenset("-j --jobs -l --load-average --max-load".split())
_MARKS = re.compile(r"[\s@+-]*")
_SHELLS = frozenset("sh bash dash zsh ksh ash busybox env".split())


@dataclass(slots=True, kw_only=True)
class _Options:
    """What a command line asks for."""

    directory: str
    files: list[str] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    soft: bool = False  # -i
    always: bool = False  # -B
    idle: bool = False


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Follow a call of make to the recipes of its targets, prerequisites first."""
    options = _options(call)
    shown = " ".join(call.words)[:100]
    if options.idle:
        return ()
    if "$" in options.directory or any("$" in path for path in options.files):
        return (Dead(place=call.place, why=f"{shown}: the directory is not known"),)
    paths = _files(options, reading)
    if not paths:
        where = options.files[0] if options.files else options.directory or "the root"
        why = "there is no makefile in" if not options.files else "there is no"
        return (Dead(place=call.place, why=f"{shown}: {why} {where}"),)
    env = {name: value for name, value in call.env.items() if name != "MAKEFLAGS"}
    variables = Variables(options.given, env, options.directory, reading.tree)
    makefile = Makefile(variables, options.directory, reading)
    for path in paths:
        makefile.read(path)
    build = _Build(makefile, options, call, reading)
    for goal in options.goals or [build.default()]:
        build.goal(goal, shown)
    return tuple(build.steps[:_MOST_STEPS])


# -- the command line


def _options(call: Call) -> _Options:
    options = _Options(directory=call.directory)
    for word in call.env.get("MAKEFLAGS", "").split():  # what an outer make was given
        if match := _GIVEN.fullmatch(word):
            options.given[match[1]] = match[2]
    words = list(call.words[1:])
    while words:
        word = words.pop(0)
        if match := _GIVEN.fullmatch(word):
            options.given[match[1]] = match[2]
        elif not word.startswith("-"):
            options.goals.append(word)
        elif word.startswith("--"):
            name, glued, value = word.partition("=")
            _set(options, name, value if glued else "", words, is_glued=bool(glued))
        else:
            _letters(options, word, words)
    return options


def _letters(options: _Options, word: str, words: list[str]) -> None:
    """Take ``-sC docs`` and ``-j4``: letters, of which one may have a value behind it."""
    for at, letter in enumerate(word[1:], start=2):
        rest = word[at:]
        if f"-{letter}" in _VALUED or f"-{letter}" in _NUMBERED or letter == "O":
            if letter != "O":
                _set(options, f"-{letter}", rest, words, is_glued=bool(rest))
            return
        _set(options, f"-{letter}", "", words, is_glued=False)


def _set(options: _Options, name: str, value: str, words: list[str], *, is_glued: bool) -> None:
    if name in _NUMBERED:
        if not is_glued and words and re.fullmatch(r"[\d.]+|.*[$`].*", words[0]):
            words.pop(0)
    elif name in _VALUED:
        value = value if is_glued else (words.pop(0) if words else "")
        if _VALUED[name] == "-C":
            options.directory = _inside(options.directory, value)
        elif _VALUED[name] == "-f":
            options.files.append(value)
    options.idle = options.idle or name in _IDLE
    options.soft = options.soft or name in ("-i", "--ignore-errors")
    options.always = options.always or name in ("-B", "--always-make")


def _inside(directory: str, target: str) -> str:
    if target.startswith(ROOT):
        path = posixpath.normpath(target.lstrip("/") or ".")
    elif target.startswith(("/", "~")):
        return "$" + target  # outside the repository
    else:
        path = posixpath.normpath(posixpath.join(directory, target))
    return "" if path == "." else path


def _files(options: _Options, reading: Reading) -> list[str]:
    wanted = options.files or ["GNUmakefile", "makefile", "Makefile"]
    paths = [_inside(options.directory, name) for name in wanted]
    found = [path for path in paths if path in reading.tree]
    return found if options.files else found[:1]


# -- the targets


class _Build:
    """Goes from goals through prerequisites to recipes, each target once."""

    def __init__(self, makefile: Makefile, options: _Options, call: Call, reading: Reading) -> None:
        self.steps: list[Step] = []
        self._makefile = makefile
        self._variables = makefile.variables
        self._options = options
        self._call = call
        self._tree = reading.tree
        self._done: set[str] = set()
        self._variables.own["MAKECMDGOALS"] = Variable(" ".join(options.goals), is_simple=True)
        self._phony = self._special(".PHONY")
        self._ignored = self._special(".IGNORE")
        flags = self._variables.value(".SHELLFLAGS") or ""
        self._errexit = bool(re.search(r"(?:^|\s)-[a-z]*e", flags)) or ".POSIX" in makefile.rules
        self._pipefail = "pipefail" in flags

    def _special(self, name: str) -> set[str] | None:
        rule = self._makefile.rules.get(name)
        return None if rule is None else set(rule.needs)

    def default(self) -> str:
        """Give the target that a bare ``make`` builds; "" when there is none."""
        named = self._variables.value(".DEFAULT_GOAL")
        return (named or "").strip() or self._makefile.first

    def goal(self, name: str, shown: str) -> None:
        """Build a target of the command line; one that is not there is an end."""
        if self._rule(name) is None:
            path = next(iter(self._files()), "the makefile")
            why = (
                f"there is no target {name} in {path}" if name else f"there is no target in {path}"
            )
            if "$" in name or "`" in name:
                why = f"which target {name} is would only be known in a run"
            self.steps.append(Dead(place=self._call.place, why=f"{shown}: {why}"))
            return
        self._build(name, 0)

    def _files(self) -> Iterator[str]:
        value = self._variables.value("MAKEFILE_LIST") or ""
        return (path.removeprefix(ROOT) for path in value.split())

    def _rule(self, name: str) -> tuple[Rule, str] | None:
        """Find what makes a target, and the stem of a pattern that does; None when nothing."""
        explicit = self._makefile.rules.get(name)
        if explicit is not None and (explicit.recipe or name in (self._phony or ())):
            return explicit, ""
        best: tuple[Rule, str] | None = None
        for pattern, rule in self._makefile.patterns.items():
            stem = fits(pattern, name)
            shortest = best is None or (stem is not None and len(stem) < len(best[1]))
            if stem and rule.recipe and shortest:
                best = rule, stem
        if best is None:
            return None if explicit is None else (explicit, "")
        if explicit is not None:
            merged = Rule(path=best[0].path, line=best[0].line, recipe=best[0].recipe)
            merged.needs = [*explicit.needs, *best[0].needs]
            merged.variables = [*best[0].variables, *explicit.variables]
            return merged, best[1]
        return best

    def _build(self, name: str, depth: int) -> None:
        if name in self._done or depth > _DEEPEST or len(self.steps) > _MOST_STEPS:
            return
        self._done.add(name)
        found = self._rule(name)
        path = _inside(self._options.directory, name)
        if found is None or (depth and name not in self._makefile.rules and path in self._tree):
            return  # a source; that it is older than what it would be made of is likely
        rule, stem = found
        layer: dict[str, Variable] = {}
        self._variables.layers.append(layer)
        for variable, operator, text in rule.variables:
            self._variables.set(variable, operator, text, layer)
        needs = [need.replace("%", stem, 1) if stem else need for need in rule.needs]
        for need in needs:
            self._build(need, depth + 1)
        if self._is_there(name, needs):
            why = f"make {name}: there is a file {name} and nothing that it depends on"
            self.steps.append(Dead(place=self._call.place, why=f"{why}, so make does nothing"))
        else:
            self._variables.layers.append(_automatic(name, needs, stem))
            self._recipe(name, rule)
            self._variables.layers.pop()
        self._variables.layers.pop()

    def _is_there(self, name: str, needs: Sequence[str]) -> bool:
        """Whether make finds a target up to date, as a directory's name without .PHONY is."""
        if needs or self._options.always or name in (self._phony or ()):
            return False
        path = _inside(self._options.directory, name)
        return bool(path) and bool(path in self._tree or self._tree.match(f"{path}/**"))

    # -- recipes

    def _recipe(self, name: str, rule: Rule) -> None:
        shell = posixpath.basename((self._variables.value("SHELL") or "sh").split(" ")[0])
        if rule.recipe and shell.removesuffix(".exe") not in _SHELLS and "$" not in shell:
            why = f"make {name}: its shell is {shell}"
            self.steps.append(Dead(place=self._call.place, why=why))
            return
        whole: list[tuple[int, str]] = []
        marked = False
        for path, lines in rule.recipe:
            expanded = self._expanded(lines)
            first = _MARKS.match(expanded[0][1])
            marks = first[0] if first else ""
            expanded[0] = (expanded[0][0], expanded[0][1][len(marks) :])
            if ".ONESHELL" in self._makefile.rules:
                marked = marked or (not whole and "-" in marks)
                whole += expanded
            else:
                self._script(name, path, tuple(expanded), is_soft="-" in marks)
        if whole:
            self._script(name, rule.recipe[0][0], tuple(whole), is_soft=marked)

    def _expanded(self, lines: Lines) -> list[tuple[int, str]]:
        """Expand a logical line of a recipe, each part of it on its own line if that is sure."""
        texts = [text[1:] if text[:1] == "\t" else text for _, text in lines]
        expanded = self._variables.expand("\n".join(texts)).split("\n")
        numbers = [number for number, _ in lines]
        return [(numbers[min(at, len(numbers) - 1)], text) for at, text in enumerate(expanded)]

    def _script(self, name: str, path: str, lines: Lines, *, is_soft: bool) -> None:
        if not any(text.strip() for _, text in lines):
            return
        soft: list[str] = []
        if is_soft:
            soft.append(f"{path}:{lines[0][0]}: a leading `-` ignores the failure")
        if self._ignored is not None and (not self._ignored or name in self._ignored):
            line = self._makefile.rules[".IGNORE"].line
            soft.append(f"{path}:{line}: .IGNORE")
        if self._options.soft:
            soft.append(f"{self._call.place}: make ignores errors (`-i`)")
        self.steps.append(
            Script(
                path=path,
                lines=lines,
                directory=self._options.directory,
                env=self._variables.environment(),
                errexit=self._errexit,
                pipefail=self._pipefail,
                soft=tuple(soft),
            )
        )


def _automatic(name: str, needs: Sequence[str], stem: str) -> dict[str, Variable]:
    """Give ``$@`` and its like."""
    every = " ".join(dict.fromkeys(needs))
    values = {
        "@": name,
        "<": needs[0] if needs else "",
        "^": every,
        "?": every,
        "+": " ".join(needs),
        "*": stem or posixpath.splitext(name)[0],
        "@D": posixpath.dirname(name) or ".",
        "@F": posixpath.basename(name),
        "<F": posixpath.basename(needs[0]) if needs else "",
        "<D": posixpath.dirname(needs[0]) or "." if needs else "",
    }
    return {key: Variable(value, is_simple=True) for key, value in values.items()}
