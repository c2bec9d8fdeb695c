"""nox: which sessions a call runs, and what each of them runs, read from the noxfile's source."""

from __future__ import annotations

import ast
import itertools
import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.python_values import (
    Handle,
    Unknown,
    source_of,
    text_of,
    words_of,
)
from pytest_boss_gates.evidence.runners.python_walk import Walk
from pytest_boss_gates.evidence.runners.task_scripts import divided
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.python_values import Value
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = ("nox",)

_MOST_SESSIONS = 100
_MOST_COMBINATIONS = 16  # of one session's parameters
_MOST_STEPS = 2_000
_IDLE = frozenset("-l --list --list-sessions -h --help --version --install-only --usage".split())
_MANY = frozenset(
    """-s -e --session --sessions -t --tags -p --python --pythons -P --extra-python
    --extra-pythons --force-python --force-pythons -fp""".split()
)
_VALUED = frozenset(
    """-f --noxfile -k --keywords --report --envdir -db --default-venv-backend -fb
    --force-venv-backend --reuse-venv -j --parallel""".split()
)
_RUNS = frozenset("run run_always run_install run_unused".split())
_UNKNOWN = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\w+|\$\([^)]*\)|\{\{.*?\}\}")


@dataclass(slots=True, kw_only=True)
class _Options:
    """What a command line asks for; None: nothing was asked."""

    noxfile: str = "noxfile.py"
    names: list[str] | None = None
    tags: list[str] = field(default_factory=list)
    keywords: str = ""
    idle: bool = False
    posargs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """A session as its decorators declare it."""

    name: str
    function: ast.FunctionDef | ast.AsyncFunctionDef
    tags: tuple[str, ...] = ()
    default: bool = True
    python: str = ""  # when there is exactly one
    parameters: tuple[dict[str, Value], ...] = ({},)  # each combination of them


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Follow a call of nox to the commands of the sessions that it selects."""
    shown = " ".join(call.words)[:100]
    options = _options(call)
    if options.idle:
        return ()
    path = options.noxfile
    if path.startswith(ROOT):
        path = posixpath.normpath(path.lstrip("/"))
    else:
        path = posixpath.normpath(posixpath.join(call.directory, path))
    if "$" in path:
        return (Dead(place=call.place, why=f"{shown}: the directory is not known"),)
    module = reading.python(path)
    if module is None:
        missing = path not in reading.tree
        why = f"there is no {path}" if missing else f"{path} could not be read"
        return (Dead(place=call.place, why=f"{shown}: {why}"),)
    try:
        return tuple(_steps(module, path, options, call))[:_MOST_STEPS]
    except RecursionError:
        reading.problem(path, "nested too deeply")
        return (Dead(place=call.place, why=f"{shown}: {path} is nested too deeply"),)


# -- the command line


def _options(call: Call) -> _Options:
    words, passed = divided(call.words[1:])
    options = _Options(posargs=passed or ())
    while words:
        name, glued, value = words.pop(0).partition("=")
        if (
            not name.startswith("--")
            and len(name) > 2
            and name[:2] in ("-s", "-e", "-t", "-f", "-k")
        ):
            name, glued, value = name[:2], "=", name[2:] + glued + value
        values = [value] if glued else []
        while words and not glued and name in _MANY and not words[0].startswith("-"):
            values.append(words.pop(0))
        if not glued and name in _VALUED and words:
            values = [words.pop(0)]
        options.idle = options.idle or name in _IDLE
        _set(options, name, values)
    return options


def _set(options: _Options, name: str, values: list[str]) -> None:
    first = values[0] if values else ""
    match name:
        case "-s" | "-e" | "--session" | "--sessions":
            options.names = [*(options.names or []), *values]
        case "-t" | "--tags":
            options.tags += values
        case "-k" | "--keywords":
            options.keywords = first
        case "-f" | "--noxfile":
            options.noxfile = first or options.noxfile


# -- the noxfile


class _NoxWalk(Walk):
    """Collects the sessions of a module, then what a session runs."""

    def __init__(self, module: ast.Module, path: str, call: Call, posargs: tuple[str, ...]) -> None:
        env = {"CI": "true", **call.env}
        super().__init__(module, path, env, posixpath.dirname(path))
        self.given: Mapping[str, str] = call.env
        self.posargs = posargs
        self.python = ""
        self.sessions: dict[str, _Session] = {}
        self.notified: list[str] = []
        self.steps: list[Step] = []
        self.options: dict[str, Value] = {}
        self.top.names["nox"] = Handle("nox")
        self._collecting = True
        for statement in _within(module.body):
            self._declare(statement)
            if isinstance(statement, ast.Assign) and isinstance(
                statement.targets[0], ast.Attribute
            ):
                name = source_of(statement.targets[0])
                if ".options." in name or name.startswith("options."):
                    self.options[name.rpartition(".")[2]] = self.value(statement.value)
            self.run([statement])
        self._collecting = False

    def _declare(self, statement: ast.stmt) -> None:
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        combinations: list[dict[str, Value]] = [{}]
        settings: dict[str, Value] | None = None
        for decorator in statement.decorator_list:
            name = source_of(decorator).rpartition(".")[2]
            call = decorator if isinstance(decorator, ast.Call) else None
            if name == "parametrize" and call is not None:
                combinations = self._parameters(call, combinations)
            elif name.endswith("session"):
                keywords = call.keywords if call else []
                settings = {key.arg: self.value(key.value) for key in keywords if key.arg}
        if settings is None:
            return
        name = text_of(settings.get("name") or statement.name)
        tags, python = settings.get("tags"), settings.get("python")
        if isinstance(python, list) and len(python) == 1:
            python = python[0]
        self.sessions[name] = _Session(
            name=name,
            function=statement,
            tags=tuple(words_of(tags)) if isinstance(tags, list) else (),
            default=settings.get("default", True) is not False,
            python=python if isinstance(python, str) else "",
            parameters=tuple(combinations),
        )

    def _parameters(
        self, call: ast.Call, combinations: list[dict[str, Value]]
    ) -> list[dict[str, Value]]:
        given = self.spread(call.args)
        if len(given) < 2 or not isinstance(given[1], list):
            return combinations
        names = [name.strip() for name in words_of(given[:1])[0].split(",")] if given[0] else []
        if isinstance(given[0], list):
            names = words_of(given[0])
        rows = [row if isinstance(row, list) and len(names) > 1 else [row] for row in given[1]]
        made = (
            {**old, **dict(zip(names, row, strict=False))}
            for row, old in itertools.product(rows, combinations)
        )
        return list(itertools.islice(made, _MOST_COMBINATIONS)) or combinations

    def perform(self, session: _Session) -> None:
        """Go through what a session does, once for each combination of its parameters."""
        home = posixpath.dirname(self.path)
        for parameters in session.parameters:
            self.directory, self.soft = home, []
            self.python = session.python
            self.enter(session.function, [Handle("session")], parameters)

    def part(self, owner: Handle, name: str) -> Value:
        """Give an attribute of the session."""
        if owner.name == "session" and name == "posargs":
            return list(self.posargs)
        if owner.name == "session" and name == "python" and self.python:
            return self.python
        if owner.name == "session" and name == "interactive":
            return False
        return Handle(f"{owner.name}.{name}")

    def called(self, call: ast.Call, name: str, target: Value) -> Value:
        """Note what a session runs, notifies, and where it changes to."""
        last = name.rpartition(".")[2]
        if name in ("nox.param", "param"):
            given = self.spread(call.args)
            return given[0] if len(given) == 1 else given
        if not isinstance(target, Handle) or target.name != "session" or self._collecting:
            return self.plain_call(call, name, target)
        if last in _RUNS:
            self._ran(call)
        elif last == "notify" and call.args:
            self.notified += [text_of(self.value(call.args[0]))]
        elif last in ("chdir", "cd") and call.args:
            self.directory = self.inside(text_of(self.value(call.args[0])))
        elif last == "create_tmp":
            return ROOT + ".nox/tmp"
        else:
            self.spread(call.args)
        return Unknown(name)

    def _ran(self, call: ast.Call) -> None:
        words = self.words(call.args)
        settings = {key.arg: self.value(key.value) for key in call.keywords if key.arg}
        if not words:
            return
        first = call.args[0]
        line = first.value.lineno if isinstance(first, ast.Starred) else first.lineno
        head = self.value(first) if not isinstance(first, ast.Starred) else words[0]
        if not isinstance(head, str):
            if source_of(first).partition(".")[0] in self.top.functions:
                self.enter(self.top.functions[source_of(first)], self.spread(call.args[1:]), {})
            return
        soft = list(self.soft)
        codes = settings.get("success_codes")
        if isinstance(codes, (list, Unknown)) and codes != [0]:
            allowed = words_of(codes) if isinstance(codes, list) else [text_of(codes)]
            soft.append(f"{self.path}:{line}: success_codes=[{', '.join(allowed)}]")
        env = settings.get("env")
        known = env if isinstance(env, dict) else {}
        own = {k: v for k, v in known.items() if isinstance(v, str) and "$" not in v}
        self.steps.append(
            Script(
                path=self.path,
                lines=((line, shlex.join(words)),),
                directory=self.directory,
                env={**self.given, **own},
                soft=tuple(soft),
            )
        )


def _within(statements: Sequence[ast.stmt], depth: int = 0) -> Iterator[ast.stmt]:
    """Give the statements of a module, those in a condition among them."""
    for statement in statements:
        if isinstance(statement, (ast.If, ast.Try, ast.With)) and depth < 5:
            yield from _within(statement.body, depth + 1)
            if not isinstance(statement, ast.With):
                yield from _within(statement.orelse, depth + 1)
        else:
            yield statement


# -- the sessions


def _steps(module: ast.Module, path: str, options: _Options, call: Call) -> Iterator[Step]:
    walk = _NoxWalk(module, path, call, options.posargs)
    pending, done = _selected(options, walk, call), set[str]()
    while pending and len(done) < _MOST_SESSIONS and len(walk.steps) < _MOST_STEPS:
        name = pending.pop(0)
        session = _found(name, walk.sessions)
        if session is None:
            why = f"nox -s {name}: there is no session {name} in {path}"
            if _UNKNOWN.search(name):
                why = f"nox -s {name}: which session that is would only be known in a run"
            walk.steps.append(Dead(place=call.place, why=why))
        elif session.name not in done:
            done.add(session.name)
            walk.perform(session)
            pending += walk.notified
            walk.notified = []
    seen: set[tuple[object, ...]] = set()
    for step in walk.steps:
        key = (step.lines, step.directory, step.soft) if isinstance(step, Script) else (step,)
        if key not in seen:  # the same for another Python, or another parameter
            seen.add(key)
            yield step


def _found(name: str, sessions: Mapping[str, _Session]) -> _Session | None:
    """Find the session of ``tests-3.12(django='5')``, whose Python may be unknown."""
    bare = name.partition("(")[0].strip()
    if match := _UNKNOWN.search(bare):
        bare = bare[: match.start()].rstrip("-")
    for end in range(len(bare), 0, -1):
        is_end = end == len(bare) or bare[end] == "-"
        if is_end and bare[:end] in sessions:
            return sessions[bare[:end]]
    plain = {one.replace("_", "-"): session for one, session in sessions.items()}
    return plain.get(bare.replace("_", "-"))


def _selected(options: _Options, walk: _NoxWalk, call: Call) -> list[str]:
    if options.names is not None:
        return options.names
    if named := call.env.get("NOXSESSION"):
        return [name.strip() for name in named.split(",")]
    tags, keywords = options.tags, options.keywords
    if not tags and not keywords:
        chosen = walk.options.get("sessions")
        if isinstance(chosen, list):
            return words_of(chosen)
        if isinstance(chosen, Unknown):
            return [str(chosen)]
        tags, keywords = _filters(walk.options)
    return [one.name for one in walk.sessions.values() if _fits(one, tags, keywords)]


def _filters(options: Mapping[str, Value]) -> tuple[list[str], str]:
    """Give the tags and the keywords that ``nox.options`` selects by."""
    tags, keywords = options.get("tags"), options.get("keywords")
    return (
        words_of(tags) if isinstance(tags, list) else [],
        keywords if isinstance(keywords, str) else "",
    )


def _fits(session: _Session, tags: Sequence[str], keywords: str) -> bool:
    if not tags and not keywords:
        return session.default
    if tags and not set(tags) & set(session.tags):
        return False
    return not keywords or _matches(keywords, (session.name, *session.tags))


def _matches(expression: str, words: Sequence[str]) -> bool:
    """Evaluate ``-k "tests and not slow"``; a part that is no such expression matches nothing."""
    try:
        tree = ast.parse(expression[:200].strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return False

    def holds(node: ast.expr) -> bool:
        match node:
            case ast.BoolOp(op=op, values=values):
                return (any if isinstance(op, ast.Or) else all)(holds(one) for one in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not holds(operand)
            case ast.Name(id=name):
                return any(name in word for word in words)
        return False

    return holds(tree)
