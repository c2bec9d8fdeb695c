"""tox: which environments a call runs, and the commands of each."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import divided
from pytest_boss_gates.evidence.runners.tox_files import find_source, inside
from pytest_boss_gates.evidence.runners.tox_values import MOST_NAMES, Environment, names_of
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.tox_files import Source
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = ("tox",)

_MOST_COMMANDS = 2_000
_MOST_PARTS = 4  # of a name, around what is unknown of it
_RUNS = frozenset("run r run-parallel p legacy le".split())
_OTHERS = frozenset(
    "depends de list l devenv d config c quickstart q exec e schema man help".split()
)
_VALUED = frozenset(
    """--workdir --work-dir --root --result-json --skip-env --runner --discover --hashseed
    --index-url -i --force-dep --installpkg --install-pkg -x --override --colored --stderr-color
    --exit-and-dump-after --python-executable --default-runner --conf --config""".split()
)
_IDLE = frozenset(
    """-l --listenvs -a --listenvs-all --showconfig --notest -n --sdistonly --pkg-only -b --help
    -h --version --help-ini --hi --devenv""".split()
)
_OPTIONAL = frozenset("-p --parallel -s --skip-missing-interpreters".split())
_OPTION_VALUE = re.compile(r"auto|all|\d+|true|false|config")
_UNKNOWN = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\w+|\$\([^)]*\)|\{\{.*?\}\}")
_PYTHON = re.compile(r"(?:pypy|py|cpython|jython|graalpy|rustpython|ironpython)?[\d.]*t?d?")
_SIMPLE = re.compile(r"[\w.|^$-]*(?:\.\*[\w.|^$-]*){0,2}")  # a pattern that cannot run away
_TRUE = frozenset("true 1 yes on".split())


@dataclass(slots=True, kw_only=True)
class _Options:
    """What a command line asks for."""

    subcommand: str = ""
    config: str = ""
    names: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    factors: list[list[str]] = field(default_factory=list)  # alternatives of conjunctions
    skip: str = ""
    idle: bool = False
    posargs: tuple[str, ...] | None = None


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Follow a call of tox to the commands of the environments that it selects."""
    options = _options(call)
    if options.idle or options.subcommand in _OTHERS:
        return _executed(options, call)
    shown = " ".join(call.words)[:100]
    if "$" in call.directory or "$" in options.config:
        return (Dead(place=call.place, why=f"{shown}: the directory is not known"),)
    source = find_source(call.directory, options.config, reading)
    if source is None:
        where = options.config or call.directory or "the root"
        return (Dead(place=call.place, why=f"{shown}: there is no tox configuration in {where}"),)
    steps: list[Step] = []
    names = _Names.of(source)
    for name in _selected(options, source, names, call):
        if not names.has(name):
            why = f"tox -e {name}: there is no environment {name} in {source.path}"
            if _UNKNOWN.search(name):
                why = f"tox -e {name}: which environment that is would only be known in a run"
            steps.append(Dead(place=call.place, why=why))
            continue
        environment = Environment(name=name, posargs=options.posargs, env=call.env)
        steps += _scripts(environment, source)
        if len(steps) > _MOST_COMMANDS:
            break
    return tuple(steps)


def _executed(options: _Options, call: Call) -> tuple[Step, ...]:
    """``tox exec -e py -- cmd`` runs what is behind the dashes, and nothing else runs anything."""
    if options.subcommand not in ("exec", "e") or not options.posargs:
        return ()
    return (
        Script(
            path=call.place.path,
            lines=((call.place.line, shlex.join(options.posargs)),),
            directory=call.directory,
            env=call.env,
        ),
    )


# -- the command line


def _options(call: Call) -> _Options:
    words, passed = divided(call.words[1:])
    options = _Options(posargs=passed)
    while words:
        word = words.pop(0)
        cluster = re.fullmatch(r"-[vqra]*([ecmfx])(.*)", word, re.DOTALL)
        if cluster:
            _lettered(options, cluster[1], cluster[2].removeprefix("="), words)
        elif word.startswith("-"):
            _named(options, word, words)
        elif not options.subcommand and word in _RUNS | _OTHERS:
            options.subcommand = word
        else:  # tox 3 takes what it does not know for arguments of the commands
            options.posargs = (*(options.posargs or ()), word)
    return options


def _named(options: _Options, word: str, words: list[str]) -> None:
    name, glued, value = word.partition("=")
    if name in _IDLE:
        options.idle = True
    elif name in _VALUED:
        value = value if glued else _taken(words)
        if name in ("--conf", "--config"):
            options.config = value
        elif name == "--skip-env":
            options.skip = value
    elif words and name in _OPTIONAL and _OPTION_VALUE.fullmatch(words[0]):
        words.pop(0)


def _lettered(options: _Options, letter: str, value: str, words: list[str]) -> None:
    """Take ``-e``, ``-c``, ``-m``, ``-f`` or ``-x``, its value glued to it or not."""
    if letter in "mf":
        values = [value] if value else []
        while words and not words[0].startswith("-"):
            values.append(words.pop(0))
        if letter == "m":
            options.labels += values
        else:
            options.factors.append(values)
        return
    value = value or _taken(words)
    if letter == "e":
        options.names += _split(value)
    elif letter == "c":
        options.config = value


def _taken(words: list[str]) -> str:
    return words.pop(0) if words else ""


def _split(value: str) -> list[str]:
    """Split names at commas; one that holds an unknown value keeps its braces."""
    if _UNKNOWN.search(value):
        hidden = _UNKNOWN.findall(value)
        names = names_of(_UNKNOWN.sub("\0", value))
        shown = iter(hidden)
        return [re.sub("\0", lambda _: next(shown, "$"), name) for name in names]
    return names_of(value)


# -- the environments


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The environments that a configuration knows, and the factors that others are made of."""

    listed: tuple[str, ...]
    declared: tuple[str, ...]
    factors: frozenset[str]

    @classmethod
    def of(cls, source: Source) -> _Names:
        listed, declared = source.listed("env_list"), source.declared()
        factors = source.conditions().union(declared, *(one.split("-") for one in listed))
        return cls(listed=tuple(listed), declared=tuple(declared), factors=frozenset(factors))

    @property
    def every(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.listed, *self.declared]))

    def has(self, name: str) -> bool:
        """Whether tox would accept a name."""
        return name in self.listed or all(
            factor in self.factors or _PYTHON.fullmatch(factor)
            for factor in ([name] if name in self.factors else name.split("-"))
        )


def _selected(options: _Options, source: Source, known: _Names, call: Call) -> list[str]:
    names = _asked(options, known, call)
    labels = source.labels() if options.labels else {}
    names += [name for label in options.labels for name in labels.get(label, ())]
    for wanted in options.factors:
        names += [name for name in known.every if set(wanted) <= set(name.split("-"))]
    if not names and not options.labels and not options.factors:
        names = _default(source, list(known.listed), call) or ["py"]
    kept = _unskipped(names, options.skip or call.env.get("TOX_SKIP_ENV", ""))
    return list(dict.fromkeys(kept))[:MOST_NAMES]


def _asked(options: _Options, known: _Names, call: Call) -> list[str]:
    """Give the environments that the command line names, or else a variable."""
    names = options.names
    if not names and not options.labels and not options.factors:
        names = _split(call.env.get("TOXENV", "")) or _split(call.env.get("TOX_ENV", ""))
    if "ALL" in names:
        return list(known.every)
    return [one for name in names for one in _matching(name, known)]


def _unskipped(names: list[str], pattern: str) -> list[str]:
    if not pattern or len(pattern) > 100 or not _SIMPLE.fullmatch(pattern):
        return names
    return [name for name in names if not re.match(pattern, name)]


def _matching(name: str, known: _Names) -> list[str]:
    """Give the environments that a name with an unknown part, such as a version, can mean."""
    if not _UNKNOWN.search(name):
        return [name]
    plain = _UNKNOWN.sub("", name).strip("-.")
    parts = [part for part in _UNKNOWN.split(name) if part]
    if not re.search(r"[A-Za-z0-9]", plain) or len(parts) > _MOST_PARTS:
        return [name]
    pattern = re.sub(r"\0+", "[^-]*", "\0".join(map(re.escape, _UNKNOWN.split(name))))
    found = [one for one in known.every if re.fullmatch(pattern, one)]
    return found or ([plain] if known.has(plain) else [name])


def _default(source: Source, names: list[str], call: Call) -> list[str]:
    """Give what a bare ``tox`` runs; plugins choose from it by the Python that runs it."""
    if not call.place.path.startswith((".github/", ".forgejo/", ".gitea/")):
        return names
    if listed := source.mapping("gh", "python"):
        return [name for group in listed.values() for name in group]
    mapped = [set(n.split("-")) for g in source.mapping("gh-actions", "python").values() for n in g]
    chosen = [name for name in names if any(wanted <= set(name.split("-")) for wanted in mapped)]
    return chosen or names


def _scripts(environment: Environment, source: Source) -> Iterator[Step]:
    base = posixpath.dirname(source.path)
    change = source.text(environment, "change_dir").strip()
    directory = (
        inside(base, change) if not change.startswith("/") or change.startswith(ROOT) else "$"
    )
    own = {name: value for name, value in source.variables(environment).items() if _plain(value)}
    soft: tuple[str, ...] = ()
    if source.text(environment, "ignore_outcome").strip().lower() in _TRUE:
        line = source.line(environment, "ignore_outcome")
        soft = (f"{source.path}:{line}: ignore_outcome: true",)
    environment = replace(environment, env={**environment.env, **own})
    for key in ("commands_pre", "commands", "commands_post"):
        for line, marked in source.commands(environment, key):
            words, marks = _unmarked(marked)
            if words:
                yield Script(
                    path=source.path,
                    lines=((line, shlex.join(words)),),
                    directory=directory,
                    env=environment.env,
                    soft=(*soft, *(f"{source.path}:{line}: {mark}" for mark in marks)),
                )


def _unmarked(words: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """Take off the marks before a command, and say what each does."""
    marks: list[str] = []
    while words and words[0][:1] in ("-", "!"):
        ignored = words[0][0] == "-"
        marks.append("a leading `-` ignores the failure" if ignored else "negated (`!`)")
        words = (words[0][1:], *words[1:]) if len(words[0]) > 1 else words[1:]
    return words, marks


def _plain(value: str) -> bool:
    return bool(value) and "$" not in value and "{" not in value
