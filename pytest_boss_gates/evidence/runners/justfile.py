"""What a justfile with all that it imports says: recipes, variables, settings, modules."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.just_grammar import (
    LONGEST,
    NAME,
    Recipe,
    is_open,
    needs_of,
    parameters_of,
    shown,
    tokens_of,
    unquoted,
)
from pytest_boss_gates.evidence.runners.task_scripts import inside
from pytest_boss_gates.evidence.shell_values import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.just_grammar import Tokens

_DEEPEST = 20
_MOST_FILES = 50
_INTERPOLATION = re.compile(r"\{\{\{\{|\{\{(.{0,400}?)\}\}")
_MODULES = ("{0}.just", "{0}/mod.just", "{0}/justfile", "{0}/Justfile", "{0}/.justfile")


@dataclass(slots=True, kw_only=True)
class Justfile:
    """A justfile with all that it imports."""

    reading: Reading
    path: str
    directory: str
    env: Mapping[str, str]
    overrides: Mapping[str, str]
    recipes: dict[str, Recipe] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Tokens] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    settings: dict[str, Tokens] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    _loaded: dict[str, Justfile] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)

    def first(self) -> str:
        """Name the recipe that runs when none is named; "" without any."""
        marked = [name for name, recipe in self.recipes.items() if "default" in recipe.attributes]
        own = [name for name, recipe in self.recipes.items() if recipe.path == self.path]
        return next(iter([*marked, *own, *self.recipes]), "")

    def find(self, name: str) -> Recipe | None:
        """Find a recipe by its name or an alias."""
        return self.recipes.get(name) or self.recipes.get(self.aliases.get(name, ""))

    def module(self, name: str) -> Justfile | None:
        """Load a module of this justfile."""
        path = self.modules.get(name, "")
        if path and name not in self._loaded:
            if path.count("/") > _DEEPEST:
                return None
            self._loaded[name] = load_justfile(
                self.reading, path, posixpath.dirname(path), env=self.env, overrides={}
            )
        return self._loaded.get(name)

    @property
    def shell(self) -> list[str]:
        """The words of the shell that gets each line."""
        words = [unquoted(word) for word in self.settings.get("shell", ()) if word[0] in "'\""]
        return words or ["sh", "-cu"]

    @property
    def directory_setting(self) -> str:
        """``set working-directory``; "" without one."""
        tokens = self.settings.get("working-directory", ())
        return self.evaluate(tokens, {}) if tokens else ""

    def bound(self, recipe: Recipe, arguments: Sequence[str]) -> dict[str, str]:
        """Give the values of a recipe's parameters."""
        scope: dict[str, str] = {}
        for number, parameter in enumerate(recipe.parameters):
            if parameter.many and arguments[number:]:
                scope[parameter.name] = " ".join(arguments[number:])
            elif number < len(arguments):
                scope[parameter.name] = arguments[number]
            elif parameter.default is not None:
                scope[parameter.name] = self.evaluate(parameter.default, scope)
            else:
                scope[parameter.name] = "" if parameter.many else shown([parameter.name])
        return scope

    def environment(self, recipe: Recipe, scope: Mapping[str, str]) -> dict[str, str]:
        """Give the variables that a recipe's commands see."""
        env = dict(self.env)
        everything = "export" in self.settings
        for name in self.variables if everything else self.exported:
            env[name] = self.value(name)
        for parameter in recipe.parameters:
            if everything or parameter.exported:
                env[parameter.name] = scope[parameter.name]
        return {name: value for name, value in env.items() if "$" not in value}

    def value(self, name: str, depth: int = 0) -> str:
        """Give the value of a variable."""
        if name in self.overrides:
            return self.overrides[name]
        if name not in self.variables or depth > _DEEPEST:
            return shown([name])
        if name not in self._values:
            self._values[name] = shown([name])  # what it stands for in its own definition
            value = _Expression(self, self.variables[name], {}, depth + 1).value()
            self._values[name] = value if "$" not in value else shown([name])
        return self._values[name]

    def evaluate(self, tokens: Tokens, scope: Mapping[str, str]) -> str:
        """Evaluate an expression; what is not known stays as ``${...}``."""
        return _Expression(self, tokens, scope, 0).value()

    def interpolate(self, text: str, scope: Mapping[str, str]) -> str:
        """Put the values of ``{{...}}`` into a line."""

        def known(match: re.Match[str]) -> str:
            if match[1] is None:
                return "{{"
            value = self.evaluate(tokens_of(match[1]), scope)
            return value.replace("\n", " ")

        return _INTERPOLATION.sub(known, text)


class _Expression:
    """Strings, names, a few functions, ``+`` and ``/``; anything else is not known."""

    def __init__(
        self, justfile: Justfile, tokens: Tokens, scope: Mapping[str, str], depth: int
    ) -> None:
        self._justfile = justfile
        self._tokens = tokens
        self._scope = scope
        self._depth = depth
        self._at = 0

    def value(self) -> str:
        if "if" in self._tokens or {"&&", "||"}.intersection(self._tokens):
            return shown(self._tokens)
        value = self._sum()
        return value if self._at >= len(self._tokens) else shown(self._tokens)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _sum(self) -> str:
        value = self._term()
        while self._peek() in ("+", "/") and len(value) < LONGEST:
            operator = self._peek()
            self._at += 1
            value += ("/" if operator == "/" else "") + self._term()
        return value

    def _term(self) -> str:
        word = self._peek()
        self._at += 1
        self._depth += 1
        if self._depth > 10 * _DEEPEST:
            self._at = len(self._tokens)
            return shown(self._tokens)
        if word[:1] in ("'", '"'):
            return unquoted(word)
        if word in ("f", "x") and self._peek()[:1] in ("'", '"'):
            return self._term() if word == "x" else shown(self._tokens)
        if word == "(":
            value = self._sum()
            self._at += 1
            return value
        if not word or NAME.fullmatch(word) is None:
            return shown(self._tokens)
        if self._peek() == "(":
            return self._function(word)
        if word in self._scope:
            return self._scope[word]
        return self._justfile.value(word, self._depth)

    def _function(self, name: str) -> str:
        self._at += 1
        arguments: list[str] = []
        while self._peek() not in (")", ""):
            arguments.append(self._sum())
            if self._peek() == ",":
                self._at += 1
        self._at += 1
        env = self._justfile.env
        match name, arguments:
            case ("env" | "env_var_or_default", [key, default]):
                return env.get(key, default)
            case ("env" | "env_var", [key]):
                return env.get(key, f"${{{key}}}")
            case ("justfile_directory" | "justfile_dir" | "source_directory", []):
                return (ROOT + posixpath.dirname(self._justfile.path)).rstrip("/") or ROOT
            case ("os", []):
                return "linux"
            case ("os_family", []):
                return "unix"
            case ("quote" | "trim" | "absolute_path" | "clean", [text]):
                return text.strip()
        return shown([name, *arguments])


def load_justfile(
    reading: Reading,
    path: str,
    directory: str,
    *,
    env: Mapping[str, str],
    overrides: Mapping[str, str],
) -> Justfile:
    """Read a justfile and what it imports; never raises."""
    justfile = Justfile(
        reading=reading, path=path, directory=directory, env=env, overrides=overrides
    )
    pending, seen = [path], set[str]()
    while pending and len(seen) < _MOST_FILES:
        current = pending.pop(0)
        if current not in seen:
            seen.add(current)
            pending += _Parser(justfile, current).run()
    return justfile


class _Parser:
    """Goes through the lines of one file and adds what they say to a justfile."""

    def __init__(self, justfile: Justfile, path: str) -> None:
        self._justfile = justfile
        self._path = path
        self._attributes: dict[str, str] = {}
        self._recipe: Recipe | None = None
        self._imports: list[str] = []

    def run(self) -> list[str]:
        """Give the files that this one imports."""
        lines = self._justfile.reading.numbered(self._path)
        skip_to = 0
        for at, (number, text) in enumerate(lines):
            if at < skip_to:
                continue
            if text[:1] in (" ", "\t"):
                if self._recipe is not None:
                    self._recipe.body.append((number, text.strip()))
                continue
            if not text.strip() or text.startswith("#"):
                continue
            whole, skip_to = text, at + 1
            while is_open(whole) and skip_to < min(len(lines), at + 30):
                whole += "\n" + lines[skip_to][1]
                skip_to += 1
            self._top(number, tuple(t for t in tokens_of(whole) if t[0] != "#"))
        return self._imports

    def _top(self, number: int, tokens: Tokens) -> None:
        self._recipe = None
        match tokens:
            case ("[", *_):
                self._attribute(tokens)
                return
            case ("set", name, ":=", *value):
                if value != ["false"]:
                    self._justfile.settings[name] = tuple(value)
            case ("set", name):
                self._justfile.settings[name] = ()
            case ("alias", name, ":=", target, *_):
                self._justfile.aliases[name] = target
            case ("export", name, ":=", *value):
                self._justfile.exported.add(name)
                self._justfile.variables.setdefault(name, tuple(value))
            case (name, ":=", *value):
                self._justfile.variables.setdefault(name, tuple(value))
            case ("import", *rest) if rest and rest[-1][0] in "'\"":
                self._imports.append(self._beside(unquoted(rest[-1])))
            case ("mod", "?", name, *rest) | ("mod", name, *rest) if ":" not in tokens:
                self._module(name, rest)
            case _:
                self._header(number, tokens)
        self._attributes = {}

    def _beside(self, target: str) -> str:
        return inside(posixpath.dirname(self._path), target)

    def _module(self, name: str, rest: Sequence[str]) -> None:
        patterns = [unquoted(rest[0])] if rest and rest[0][0] in "'\"" else list(_MODULES)
        for pattern in patterns:
            base = self._beside(pattern.replace("{0}", name))
            for path in (base, f"{base}/mod.just", f"{base}/justfile", f"{base}/.justfile"):
                if path in self._justfile.reading.tree:
                    self._justfile.modules.setdefault(name, path)
                    return

    def _attribute(self, tokens: Tokens) -> None:
        """Remember ``[group('ci'), no-cd]`` for the recipe below."""
        name = ""
        for word in tokens[1:]:
            if NAME.fullmatch(word):
                name = word
                self._attributes.setdefault(name, "")
            elif word[0] in "'\"" and name:
                before = self._attributes[name]
                self._attributes[name] = f"{before} {unquoted(word)}".strip()

    def _header(self, number: int, tokens: Tokens) -> None:
        rest = list(tokens)
        if rest[0] == "@":
            del rest[0]
        if not rest or NAME.fullmatch(rest[0]) is None or ":" not in rest:
            return
        name = rest.pop(0)
        parameters = parameters_of(rest)
        before, after = needs_of(rest, number)
        recipe = Recipe(
            name=name,
            path=self._path,
            line=number,
            parameters=parameters,
            before=before,
            after=after,
            attributes=self._attributes,
        )
        foreign = {"windows", "macos"} & self._attributes.keys()
        if name not in self._justfile.recipes or (not foreign and self._is_own(name)):
            self._justfile.recipes[name] = recipe
        self._recipe = recipe

    def _is_own(self, name: str) -> bool:
        """Whether the recipe that has this name stands in this file, too."""
        return self._justfile.recipes[name].path == self._path
