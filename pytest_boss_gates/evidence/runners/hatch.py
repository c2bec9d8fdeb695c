"""Hatch: the scripts of its environments, and what ``hatch test``, ``fmt`` and ``check`` run."""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    itself,
    lines_at,
    named,
    nearest,
    options_of,
    quoted,
    table_of,
    texts_of,
    toml_text,
)
from pytest_boss_gates.evidence.steps import Script, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Lines, Step
    from pytest_boss_gates.repository.toml_lines import KeyPath

HEADS = ("hatch",)

_Line: TypeAlias = "tuple[str, int, str]"  # path ("" for a script of Hatch's own), line, text

_VALUES = frozenset(
    """-e --env -p --project --data-dir --cache-dir --config -i --include -x --exclude -f
    --filter""".split()
)
_SHOWING = frozenset("-h --help --version --show".split())
_TEST_VALUES = frozenset(
    """--retries --retry-delay --cover-xml-output -py --python -i --include -x
    --exclude""".split()
)
_OWN: dict[str, dict[str, str]] = {
    "hatch-test": {
        "run": "pytest {args}",
        "run-cov": "coverage run -m pytest {args}",
        "cov-combine": "coverage combine",
        "cov-report": "coverage report",
    },
    "hatch-static-analysis": {
        "format-check": "ruff format --check --diff {args:.}",
        "format-fix": "ruff format {args:.}",
        "lint-check": "ruff check {args:.}",
        "lint-fix": "ruff check --fix {args:.}",
    },
    "hatch-check-code": {
        "lint-check": "ruff check {args:.}",
        "lint-fix": "ruff check --fix {args:.}",
    },
    "hatch-check-fmt": {
        "format-check": "ruff format --check --diff {args:.}",
        "format-fix": "ruff format {args:.}",
    },
    "hatch-check-types": {
        "check": "pyrefly check {args}",
        "check-summarize": "pyrefly check --summarize-errors {args}",
        "coverage": "pyrefly report {args}",
    },
}
_FIELD = re.compile(r"\{(args|env|matrix|root|home|verbosity)(?::([^{}]{0,400}))?\}")
_MATRIX = re.compile(r"\{matrix:(\w[\w-]*)")
_DEEPEST = 20
_MOST_LINES = 500
_MOST_COMBINATIONS = 64


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give what ``hatch run``, ``env run``, ``test``, ``fmt`` and ``check`` run."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    options, words = options_of(call.words[1:], _VALUES)
    if not words or _SHOWING.intersection(options):
        return ()
    envs = _Environments(call, reading)
    default = named(options, "-e", "--env") or call.env.get("HATCH_ENV", "default")
    match words:
        case ("run", *rest):
            return _run(call, envs, rest, default)
        case ("env", "run", *rest):
            more, command = options_of(rest, _VALUES)
            name = named(more, "-e", "--env") or default
            return _command(call, envs, name, command) if command else ()
        case (("test" | "fmt" | "check") as name, *rest):
            return {"test": _test, "fmt": _fmt, "check": _check}[name](envs, rest)
    return ()


def _run(call: Call, envs: _Environments, words: Sequence[str], default: str) -> tuple[Step, ...]:
    rest = list(words)
    while rest and rest[0][:1] in ("+", "-"):  # which of a matrix: `+py=3.12`
        del rest[0]
    if not rest:
        return ()
    name, mark, script = rest[0].rpartition(":")
    if not mark:
        name = default
    elif not name:
        return (itself(call, [script, *rest[1:]]),)  # `:command`, in no environment
    return _command(call, envs, name, [script, *rest[1:]])


def _command(call: Call, envs: _Environments, name: str, words: Sequence[str]) -> tuple[Step, ...]:
    environment = envs.find(name)
    if environment is None:
        return dead(call, f"there is no environment {name} in {envs.where}")
    if words[0] in environment.scripts:
        return envs.scripts(environment, words[0], words[1:])
    return (itself(call, words, environment.env),)


def _test(envs: _Environments, words: Sequence[str]) -> tuple[Step, ...]:
    options, rest = options_of(words, _TEST_VALUES)
    if options.keys() & {"-s", "--show", "-h", "--help"}:
        return ()
    environment = envs.find("hatch-test")
    if environment is None:
        return ()
    flags = "".join(option[1:] for option in options if re.fullmatch(r"-[acprs]+", option))
    covers = "c" in flags or any(option.startswith("--cover") for option in options)
    arguments = list(rest) or environment.default_arguments
    steps = envs.scripts(environment, "run-cov" if covers else "run", arguments)
    if covers:
        steps += envs.scripts(environment, "cov-combine", ())
        if "--cover-quiet" not in options:
            steps += envs.scripts(environment, "cov-report", ())
    return steps


def _fmt(envs: _Environments, words: Sequence[str]) -> tuple[Step, ...]:
    options, rest = options_of(words, ())
    if options.keys() & {"-h", "--help"}:
        return ()
    environment = envs.find("hatch-static-analysis")
    if environment is None:
        return ()
    flags = "".join(option[1:] for option in options if re.fullmatch(r"-[lf]+", option))
    way = "check" if "--check" in options else "fix"
    steps: tuple[Step, ...] = ()
    if "--formatter" not in options and "f" not in flags:
        steps += envs.scripts(environment, f"lint-{way}", rest)
    if "--linter" not in options and "l" not in flags:
        steps += envs.scripts(environment, f"format-{way}", rest)
    return steps


def _check(envs: _Environments, words: Sequence[str]) -> tuple[Step, ...]:
    options, rest = options_of(words, ())
    part = rest[0] if rest[:1] in (("code",), ("fmt",), ("types",)) else ""
    more, arguments = options_of(rest[1:] if part else rest, ())
    way = "fix" if "--fix" in options or "--fix" in more else "check"
    if (options.keys() | more.keys()) & {"-h", "--help"}:
        return ()
    wanted = {
        "code": ("hatch-check-code", f"lint-{way}"),
        "fmt": ("hatch-check-fmt", f"format-{way}"),
        "types": ("hatch-check-types", "check"),
    }
    steps: tuple[Step, ...] = ()
    for key in (part,) if part else tuple(wanted):
        name, script = wanted[key]
        environment = envs.find(name)
        if environment is not None:
            steps += envs.scripts(environment, script, arguments)
    return steps


@dataclass(slots=True, kw_only=True)
class _Environment:
    name: str
    scripts: dict[str, list[_Line]] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    matrix: list[dict[str, list[str]]] = field(default_factory=list)
    default_arguments: list[str] = field(default_factory=lambda: ["tests"])


class _Environments:
    """The environments of a project, from hatch.toml and pyproject.toml."""

    def __init__(self, call: Call, reading: Reading) -> None:
        self._call = call
        self._reading = reading
        self._path = ""
        self._keys: KeyPath = ()
        self._tables: dict[str, object] = {}
        self._visits = 0
        root = nearest(reading, call.directory, ("pyproject.toml", "hatch.toml"))
        self._directory = posixpath.dirname(root) if root else call.directory
        for name, keys in (("hatch.toml", ("envs",)), ("pyproject.toml", _PYPROJECT)):
            path = posixpath.join(self._directory, name)
            tables = table_of(reading.toml(path), *keys)
            if tables:
                self._path, self._keys, self._tables = path, keys, tables
                break

    @property
    def where(self) -> str:
        """The file that defines the environments."""
        return self._path or "pyproject.toml"

    def find(self, name: str) -> _Environment | None:
        """Find an environment; ``test.py3.12`` is one of the matrix of ``test``."""
        for known in (name, name.partition(".")[0]):
            if known in self._tables or known in _OWN or known in ("default", "system"):
                return self._load(known, 0)
        tables = [table_of(table) for table in self._tables.values()]
        if any(table.get("matrix") for table in tables) and re.match(r"py\d|\d", name):
            return self._load("default", 0)  # the matrix of the default one has no name before it
        return None

    def _load(self, name: str, depth: int) -> _Environment:
        table = table_of(self._tables.get(name))
        environment = _Environment(name=name)
        self._inherit(environment, table, depth)
        for script, text in _OWN.get(name, {}).items():
            place = self._call.place
            environment.scripts[script] = [("", place.line, text)]
        for key in ("scripts", "extra-scripts"):
            for script, value in table_of(table, key).items():
                environment.scripts[script] = self._lines((*self._keys, name, key, script), value)
        self._override(environment, table, (*self._keys, name))
        environment.env |= texts_of(table.get("env-vars"))
        arguments = table.get("default-args")
        if isinstance(arguments, list):
            environment.default_arguments = [item for item in arguments if isinstance(item, str)]
        matrix = table.get("matrix")
        if isinstance(matrix, list):
            environment.matrix = [_axes(item) for item in matrix]
        return environment

    def _inherit(self, environment: _Environment, table: dict[str, object], depth: int) -> None:
        """Take over what the template of an environment has."""
        name = environment.name
        template = table.get("template", name if name in _OWN else "default")
        inherits = template != name and not table.get("detached") and depth < _DEEPEST
        if inherits and isinstance(template, str) and template in {**self._tables, **_OWN}:
            parent = self._load(template, depth + 1)
            environment.scripts |= parent.scripts
            environment.env |= parent.env
            environment.default_arguments = parent.default_arguments

    def _override(self, environment: _Environment, table: dict[str, object], at: KeyPath) -> None:
        """Add what a script is for some values of the matrix to what it is for the others."""
        for axis, options in table_of(table, "overrides", "matrix").items():
            given = table_of(options).get("scripts")
            for number, item in enumerate(given if isinstance(given, list) else ()):
                override = table_of(item)
                script = override.get("key")
                keys = (*at, "overrides", "matrix", axis, "scripts", number)
                if isinstance(script, str):
                    lines = self._lines(keys, override.get("value"))
                    environment.scripts[script] = [*environment.scripts.get(script, []), *lines]

    def _lines(self, keys: KeyPath, value: object) -> list[_Line]:
        if isinstance(value, str):
            found = toml_text(self._reading, self._path, keys, value)
            return [(self._path, found[0][0], value)]
        lines: list[_Line] = []
        for number, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, str):
                place = self._reading.toml_place(self._path, (*keys, number))
                lines.append((self._path, place.line, item))
        return lines

    def scripts(
        self, environment: _Environment, name: str, arguments: Sequence[str]
    ) -> tuple[Step, ...]:
        """Give the commands of a script, one by one."""
        steps: list[Step] = []
        for through, (path, line, text), soft in self._flat(environment, name, (), 0):
            for values in _combinations(environment, text):
                filled = _filled(text, arguments, values, {**self._call.env, **environment.env})
                step = self._script(environment, (path, line, filled), soft)
                hops = tuple(self._reading.place(self._path, number) for number in through)
                wrapped: Step = step
                for hop in reversed(hops):
                    wrapped = Through(place=hop, steps=(wrapped,))
                steps.append(wrapped)
        return tuple(steps)

    def _flat(
        self, environment: _Environment, name: str, active: tuple[str, ...], depth: int
    ) -> list[tuple[tuple[int, ...], _Line, tuple[str, ...]]]:
        """Follow the scripts in scripts; a leading ``- `` makes all behind it soft."""
        found: list[tuple[tuple[int, ...], _Line, tuple[str, ...]]] = []
        self._visits += 1
        if name in active or depth > _DEEPEST or self._visits > _MOST_LINES:
            return found
        for path, line, text in environment.scripts.get(name, ()):
            soft: tuple[str, ...] = ()
            bare = text.strip()
            if bare.startswith("- "):
                bare = bare[2:].lstrip()
                soft = (f"{self._reading.place(path, line)}: a leading `-`",)
            head, _, rest = bare.partition(" ")
            if head in environment.scripts and head not in (*active, name):
                inner = self._flat(environment, head, (*active, name), depth + 1)
                for through, (path2, line2, text2), soft2 in inner:
                    whole = f"{text2} {rest}".rstrip()
                    hops = (line, *through) if path else through
                    found.append((hops, (path2, line2, whole), (*soft, *soft2)))
            else:
                found.append(((), (path, line, bare), soft))
            if len(found) > _MOST_LINES:
                break
        return found

    def _script(self, environment: _Environment, line: _Line, soft: tuple[str, ...]) -> Script:
        path, number, text = line
        lines: Lines = lines_at(number, text)
        if path and "\n" in text:
            lines = tuple((number + at, part) for at, part in enumerate(text.split("\n")))
        return Script(
            path=path or self._call.place.path,
            lines=lines,
            directory=self._directory,
            env={**self._call.env, **environment.env},
            errexit=False,
            soft=soft,
        )


_PYPROJECT = ("tool", "hatch", "envs")


def _axes(matrix: object) -> dict[str, list[str]]:
    """Give the texts that each axis of a matrix holds."""
    return {
        key: [text for text in values if isinstance(text, str)]
        for key, values in table_of(matrix).items()
        if isinstance(values, list)
    }


def _combinations(environment: _Environment, text: str) -> list[dict[str, str]]:
    """Give the values of the matrix that a command uses, in all their combinations."""
    used = set(_MATRIX.findall(text))
    if not used:
        return [{}]
    found: list[dict[str, str]] = []
    for matrix in environment.matrix:
        names = [name for name in matrix if name in used]
        for values in itertools.product(*(matrix[name] for name in names)):
            if len(found) >= _MOST_COMBINATIONS:
                return found
            found.append(dict(zip(names, values, strict=True)))
    return found or [{}]


def _filled(
    text: str, arguments: Sequence[str], matrix: Mapping[str, str], env: Mapping[str, str]
) -> str:
    """Put the arguments and the matrix' values where they belong."""

    def known(match: re.Match[str]) -> str:
        kind, rest = match[1], match[2] or ""
        name, _, default = rest.partition(":")
        match kind:
            case "args":
                return quoted(arguments) if arguments else rest
            case "env":
                return env.get(name, default if ":" in rest else f"${{{name}}}")
            case "matrix":
                return matrix.get(name, default or f"${{{name}}}")
            case "root":
                return "."
        return f"${{{kind}}}"

    for _ in range(2):  # a default may hold another field
        text = _FIELD.sub(known, text)
    return text
