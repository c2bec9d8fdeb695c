"""PDM: the scripts of ``[tool.pdm.scripts]``, with those that run before and after them."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    itself,
    named,
    nearest,
    options_of,
    quoted,
    table_of,
    texts_of,
    toml_text,
)
from pytest_boss_gates.evidence.steps import Dead, Script, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Lines, Step
    from pytest_boss_gates.repository.toml_lines import KeyPath

HEADS = ("pdm",)

_VALUES = frozenset("-p --project -c --config -k --skip --venv -e -L --lockfile".split())
_SHOWING = frozenset("-l --list -j --json -h --help -V --version".split())
_BUILT_IN = frozenset(
    """add build cache completion config export fix import info init install list lock new
    outdated plugin publish py python remove search self show sync update use venv""".split()
)
_KINDS = ("cmd", "shell", "call", "composite")
_KEYS = ("tool", "pdm", "scripts")
_PLACEHOLDER = re.compile(r"\{args(?::([^{}]{0,400}))?\}")
_DEEPEST = 20
_LONGEST = 5_000  # characters of a command with its arguments
_MOST = 1_000  # steps of one call


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give what ``pdm run NAME`` or ``pdm NAME`` runs, and the hooks of a built-in command."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    options, words = options_of(call.words[1:], _VALUES)
    if not words or _SHOWING.intersection(options):
        return ()
    head, *rest = words
    if head == "run":
        more, words = options_of(rest, _VALUES)
        options |= more
        if not words or _SHOWING.intersection(more):
            return ()
    target = named(options, "-p", "--project")
    directory = inside(call.directory, target) if target else call.directory
    path = "" if "$" in directory else nearest(reading, directory, ("pyproject.toml",))
    scripts = _Scripts(call, reading, path, named(options, "-k", "--skip").split(","))
    if head != "run":
        if head in _BUILT_IN and head not in scripts.names:
            hooks = (f"pre_{head}", f"post_{head}")
            return tuple(step for hook in hooks for step in scripts.hook(hook))
        if head not in scripts.names:
            return dead(call, f"there is no script {head} in {path or 'pyproject.toml'}")
    return tuple(scripts.run(words[0], words[1:], {}, 0))


class _Scripts:
    def __init__(self, call: Call, reading: Reading, path: str, skipped: Sequence[str]) -> None:
        self._call = call
        self._reading = reading
        self._path = path
        self._skipped = frozenset(skipped)
        self._active: list[str] = []
        self._made = 0
        table = reading.toml(path) if path else None
        self.names = table_of(table, *_KEYS)
        self._shared = texts_of(table_of(self.names.get("_")).get("env"))

    def hook(self, name: str, env: Mapping[str, str] | None = None, depth: int = 0) -> list[Step]:
        """Give a script that runs by itself, before or after something else."""
        if name not in self.names or self._skipped & {name, ":all", ":pre", ":post"}:
            return []
        return self._script(name, (), env or {}, depth)

    def run(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], depth: int
    ) -> list[Step]:
        """Give what a name stands for: a script with its hooks, else the command itself."""
        if name not in self.names or name == "_":
            if name.startswith("_") or not name:
                return []
            return [itself(self._call, (name, *arguments), {**self._shared, **env})]
        steps = self.hook(f"pre_{name}", env, depth)
        steps += self._script(name, arguments, env, depth)
        return steps + self.hook(f"post_{name}", env, depth)

    def _script(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], depth: int
    ) -> list[Step]:
        if name in self._active or depth > _DEEPEST or self._made > _MOST:
            return []
        self._active.append(name)
        self._made += 1
        steps = self._steps(name, arguments, env, depth)
        self._active.pop()
        return steps

    def _steps(
        self, name: str, arguments: Sequence[str], given: Mapping[str, str], depth: int
    ) -> list[Step]:
        value = self.names[name]
        options = table_of(value)
        kind = next((key for key in _KINDS if key in options), "cmd")
        content = options.get(kind) if options else value
        keys: KeyPath = (*_KEYS, name, kind) if options else (*_KEYS, name)
        env = {**self._shared, **texts_of(options.get("env")), **given}
        place = self._reading.toml_place(self._path, keys)
        if kind == "composite":
            return self._composite(keys, content, arguments, env, depth)
        if isinstance(content, list) and kind == "cmd":
            words = [item for item in content if isinstance(item, str)]
            content = quoted(words).replace("'{args", "{args").replace("}'", "}")
        if not isinstance(content, str):
            return []
        if kind == "call":
            return [Dead(place=place, why=f"pdm run {name} calls {content[:80]} in Python")]
        lines, extra = self._lines(keys, content, arguments)
        directory = posixpath.dirname(self._path)
        target = options.get("working_dir")
        if isinstance(target, str):
            directory = inside(directory, target)
        return [
            Script(
                path=self._path,
                lines=_one_command(lines, extra) if kind == "cmd" else _appended(lines, extra),
                directory=directory,
                env={**self._call.env, **env},
                errexit=False,
            )
        ]

    def _lines(
        self, keys: KeyPath, content: str, arguments: Sequence[str]
    ) -> tuple[Lines, Sequence[str]]:
        """Give the lines of a text with the arguments in it, or those that come behind it."""
        text, at_its_place = _placed(content, arguments)
        lines = toml_text(self._reading, self._path, keys, content)
        if at_its_place or len(lines) != text.count("\n") + 1:
            numbers = [number for number, _ in lines]
            parts = text.split("\n")
            lines = tuple((numbers[min(at, len(numbers) - 1)], p) for at, p in enumerate(parts))
        return lines, () if at_its_place else arguments

    def _composite(
        self,
        keys: KeyPath,
        content: object,
        arguments: Sequence[str],
        env: Mapping[str, str],
        depth: int,
    ) -> list[Step]:
        items = (
            [item for item in content if isinstance(item, str)]
            if (isinstance(content, list))
            else []
        )
        shares = not any(_PLACEHOLDER.search(item) for item in items)
        steps: list[Step] = []
        for number, item in enumerate(items):
            words = _split(_placed(item, arguments)[0])
            if not words:
                continue
            place = self._reading.toml_place(self._path, (*keys, number))
            words += arguments if shares else ()
            if words[0] in self.names:
                inner = tuple(self.run(words[0], words[1:], env, depth + 1))
                if inner:
                    steps.append(Through(place=place, steps=inner))
            else:
                steps.append(
                    Script(
                        path=self._path,
                        lines=((place.line, quoted(words)),),
                        directory=posixpath.dirname(self._path),
                        env={**self._call.env, **env},
                    )
                )
        return steps


def _placed(text: str, arguments: Sequence[str]) -> tuple[str, bool]:
    """Put the arguments where ``{args:default}`` stands, and say whether it stands anywhere."""
    given = quoted(arguments).replace("\n", " ")
    done, count = _PLACEHOLDER.subn(lambda match: given or match[1] or "", text)
    if len(done) > max(_LONGEST, len(text)):  # arguments that double on every level
        done = _PLACEHOLDER.sub(lambda match: match[1] or "", text)
    return done.replace("{pdm}", "pdm"), count > 0


def _one_command(lines: Lines, extra: Sequence[str]) -> Lines:
    """Join lines to one command, as shlex.split does."""
    kept = [(number, text.rstrip().removesuffix("\\")) for number, text in lines if text.strip()]
    if not kept:
        return lines
    kept[-1] = (kept[-1][0], f"{kept[-1][1]} {quoted(extra)}".rstrip())
    return (*((number, f"{text} \\") for number, text in kept[:-1]), kept[-1])


def _appended(lines: Lines, extra: Sequence[str]) -> Lines:
    if not extra or not lines:
        return lines
    number, text = lines[-1]
    return (*lines[:-1], (number, f"{text} {quoted(extra)}"))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
