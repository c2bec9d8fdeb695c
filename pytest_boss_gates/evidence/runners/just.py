"""just: the recipes of a justfile, with their parameters and dependencies, as scripts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.justfile import load_justfile
from pytest_boss_gates.evidence.runners.task_scripts import dead, inside, named, nearest, options_of
from pytest_boss_gates.evidence.steps import Dead, Script, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.just_grammar import Need, Recipe
    from pytest_boss_gates.evidence.runners.justfile import Justfile
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = ("just",)

_VALUES = frozenset(
    """-f --justfile -d --working-directory --shell --shell-arg --dotenv-path -E
    --dotenv-filename --color --command-color --dump-format --list-heading --list-prefix
    --chooser --cygpath --tempdir --timestamp-format --alias-style""".split()
)
_SHOWING = frozenset(
    """-l --list --summary --fmt --dump --evaluate --choose --show -s --init -e --edit
    --variables --completions --changelog --groups --man -V --version -h --help -n --dry-run
    --usage""".split()
)
_NAMES = ("justfile", "Justfile", "JUSTFILE", ".justfile", ".Justfile")
_DEEPEST = 30
_MOST = 2_000  # steps of one call
_SHELLS = re.compile(r"(?:ba|da|z|k|a)?sh|fish|nu|pwsh|powershell|busybox|cmd")
_ELSEWHERE = frozenset({"windows", "macos", "openbsd", "freebsd", "netbsd", "dragonfly"})


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the commands of the recipes that a call of just names, or of the first one."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    words, overrides = _without_settings(call.words[1:])
    options, rest = options_of(words, _VALUES)
    if _SHOWING.intersection(options):
        return ()
    path = _justfile(call, reading, options)
    if not path and rest and "/" in rest[0] and not rest[0].startswith("-"):
        path, rest = _elsewhere(call, reading, rest)
    if not path:
        return dead(call, "there is no justfile")
    directory = posixpath.dirname(path)
    if target := named(options, "-d", "--working-directory"):
        directory = inside(call.directory, target)
    while rest and (match := re.fullmatch(r"([A-Za-z_][\w-]*)=(.*)", rest[0], re.DOTALL)):
        overrides[match[1]] = match[2]
        rest = rest[1:]
    justfile = load_justfile(reading, path, directory, env=call.env, overrides=overrides)
    return _Runner(call, reading).run(justfile, rest)


def _without_settings(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Take ``--set NAME VALUE`` out, the one option with two values."""
    kept, overrides = list(words), dict[str, str]()
    while "--set" in kept:
        at = kept.index("--set")
        if len(kept) > at + 2:
            overrides[kept[at + 1]] = kept[at + 2]
        del kept[at : at + 3]
    return kept, overrides


def _justfile(call: Call, reading: Reading, options: Mapping[str, str]) -> str:
    if target := named(options, "-f", "--justfile"):
        path = inside(call.directory, target)
        return path if path in reading.tree else ""
    target = named(options, "-d", "--working-directory")
    directory = inside(call.directory, target) if target else call.directory
    return "" if "$" in directory else nearest(reading, directory, _NAMES)


def _elsewhere(call: Call, reading: Reading, words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Understand ``just docs/build``: the recipe build of the justfile in docs."""
    folder, _, recipe = words[0].rpartition("/")
    directory = inside(call.directory, folder)
    path = "" if "$" in directory else nearest(reading, directory, _NAMES)
    return path, tuple(word for word in (recipe, *words[1:]) if word)


class _Runner:
    def __init__(self, call: Call, reading: Reading) -> None:
        self._call = call
        self._reading = reading
        self._ran: set[tuple[str, str, tuple[str, ...]]] = set()
        self._made = 0

    def run(self, root: Justfile, words: Sequence[str]) -> tuple[Step, ...]:
        """Run one recipe after the other, each taking as many words as it has parameters."""
        rest = list(words)
        if not rest:
            first = root.first()
            if not first:
                return dead(self._call, f"there is no recipe in {root.path}")
            rest = [first]
        steps: list[Step] = []
        while rest:
            name = rest.pop(0)
            justfile: Justfile | None = root
            while justfile is not None and "::" in name:
                head, _, name = name.partition("::")
                justfile = justfile.module(head)
            while justfile is not None and justfile.find(name) is None and name in justfile.modules:
                justfile = justfile.module(name)
                if justfile is not None:
                    name = rest.pop(0) if rest else justfile.first()
            recipe = justfile.find(name) if justfile else None
            if justfile is None or recipe is None:
                why = f"there is no recipe {name} in {(justfile or root).path}"
                return (*steps, *dead(self._call, why))
            count = len(rest) if recipe.takes_any else len(recipe.parameters)
            steps += self._recipe(justfile, recipe, tuple(rest[:count]), 0)
            del rest[:count]
        return tuple(steps)

    def _recipe(
        self, justfile: Justfile, recipe: Recipe, arguments: tuple[str, ...], depth: int
    ) -> list[Step]:
        key = (recipe.path, recipe.name, arguments)
        if key in self._ran or depth > _DEEPEST or self._made > _MOST:
            return []
        self._ran.add(key)
        scope = justfile.bound(recipe, arguments)
        steps: list[Step] = []
        for need in recipe.before:
            steps += self._need(justfile, recipe, need, scope, depth)
        body = self._body(justfile, recipe, scope, arguments)
        self._made += len(body)
        steps += body
        for need in recipe.after:
            steps += self._need(justfile, recipe, need, scope, depth)
        return steps

    def _need(
        self,
        justfile: Justfile,
        recipe: Recipe,
        need: Need,
        scope: Mapping[str, str],
        depth: int,
    ) -> list[Step]:
        place = self._reading.place(recipe.path, need.line)
        owner: Justfile | None = justfile
        *modules, name = need.name.split("::")
        for module in modules:
            owner = owner.module(module) if owner else None
        wanted = owner.find(name) if owner else None
        if owner is None or wanted is None:
            why = f"{recipe.name} needs {need.name}, which is no recipe in {justfile.path}"
            return [Dead(place=place, why=why)]
        arguments = tuple(justfile.evaluate(argument, scope) for argument in need.arguments)
        steps = tuple(self._recipe(owner, wanted, arguments, depth + 1))
        return [Through(place=place, steps=steps)] if steps else []

    def _body(
        self,
        justfile: Justfile,
        recipe: Recipe,
        scope: Mapping[str, str],
        arguments: tuple[str, ...],
    ) -> list[Step]:
        elsewhere = _ELSEWHERE & recipe.attributes.keys()
        if not recipe.body or (elsewhere and not {"linux", "unix"} & recipe.attributes.keys()):
            return []
        lines = [(number, justfile.interpolate(text, scope)) for number, text in recipe.body]
        passes = "positional-arguments" in {*justfile.settings, *recipe.attributes}
        script = Script(
            path=recipe.path,
            lines=tuple(lines),
            directory=self._directory(justfile, recipe, scope),
            env=justfile.environment(recipe, scope),
            arguments=arguments if passes else (),
        )
        if lines[0][1].startswith("#!") or "script" in recipe.attributes:
            return [self._whole(recipe, script)]
        shell = justfile.shell
        if not any(_SHELLS.fullmatch(posixpath.basename(word)) for word in shell[:3]):
            place = self._reading.place(recipe.path, recipe.line)
            return [Dead(place=place, why=f"{recipe.name} runs in {shell[0]}, which is no shell")]
        flags = "".join(word[1:] for word in shell[1:] if re.fullmatch(r"-\w+", word))
        steps: list[Step] = []
        for logical in _logical(lines):
            number, text = logical[0]
            bare = text.lstrip("@-?")
            marks = text[: len(text) - len(bare)]
            soft: tuple[str, ...] = ()
            if "-" in marks:
                soft = (f"{self._reading.place(recipe.path, number)}: a leading `-`",)
            steps.append(
                replace(
                    script,
                    lines=((number, bare), *logical[1:]),
                    errexit="e" in flags,
                    pipefail="pipefail" in shell,
                    soft=soft,
                )
            )
        return steps

    def _whole(self, recipe: Recipe, script: Script) -> Step:
        """Give a recipe that one interpreter gets as a whole."""
        number, first = script.lines[0]
        if first.startswith("#!"):
            interpreter = first[2:].split()
        else:
            interpreter = recipe.attributes["script"].split() or ["sh", "-eu"]
        if not any(_SHELLS.fullmatch(posixpath.basename(word)) for word in interpreter[:3]):
            place = self._reading.place(recipe.path, number)
            name = " ".join(interpreter) or "nothing"
            return Dead(place=place, why=f"{recipe.name} is a script for {name}, not for a shell")
        flags = "".join(word for word in interpreter if re.fullmatch(r"-\w+", word))
        return replace(script, errexit="e" in flags, pipefail="pipefail" in interpreter)

    def _directory(self, justfile: Justfile, recipe: Recipe, scope: Mapping[str, str]) -> str:
        if "no-cd" in recipe.attributes or "no-cd" in justfile.settings:
            return self._call.directory
        target = recipe.attributes.get("working-directory") or justfile.directory_setting
        if target:
            return inside(justfile.directory, justfile.interpolate(target, scope))
        return justfile.directory


def _logical(lines: Sequence[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Join what a backslash continues; each result is run on its own."""
    found: list[list[tuple[int, str]]] = []
    continues = False
    for number, text in lines:
        if continues:
            found[-1].append((number, text))
        elif text.strip():
            found.append([(number, text)])
        continues = text.endswith("\\") and bool(found)
    return found
