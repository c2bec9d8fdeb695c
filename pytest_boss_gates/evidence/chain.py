"""CI job → … → tool: follows what each job runs, hop by hop, until a command stands for itself.

Every command and every known end that is reached is kept with its way; which of them are tools
is for ``facts`` to say. An end that cannot be followed is kept as unresolved, never guessed.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.answer import Unresolved
from pytest_boss_gates.evidence.launchers import base_name, unwrap
from pytest_boss_gates.evidence.matching import end_of
from pytest_boss_gates.evidence.runners.scripts import script_at
from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Call, Dead, Known, Script, Through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.shell_commands import Command
    from pytest_boss_gates.evidence.steps import Job, Lines, Step, Trigger
    from pytest_boss_gates.model import Place


Expand: TypeAlias = "Callable[[Call, Reading], tuple[Step, ...]]"
"""A runner: gives the steps that a command stands for."""

_DEEPEST = 25  # hops of one chain
_MOST_SEEN = 60  # scripts, files and runners' calls of one chain
_MOST_REACHED = 5_000  # of one job
_MOST_RUN = 500  # calls of runners of one job
_MOST_EXPANDED = 1_000  # different ones, of all jobs
_MOST_FOLLOWED = 2_000  # scripts of one job
_SILENT = frozenset("echo printf : true false cd pushd popd export set unset alias trap".split())
_OPEN = re.compile(r"^\$[({]")
_INSTALLED = re.compile(r"(?:^|/)(?:\.?v?env[\w.-]*|\.tox|node_modules|bin|Scripts)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A command or a known end that a CI job comes to, and the way there."""

    kind: str  # "command", else the kind of the known end: "action", "hook"
    words: tuple[str, ...]  # the command without its launchers, or the end's name alone
    way: tuple[Place, ...]  # from the CI definition's line to the line that runs it
    job: Job
    order: int  # in which order the job comes to it
    triggers: frozenset[Trigger]
    soft: tuple[str, ...] = ()  # why its failure would not fail the job
    options: Mapping[str, str] = field(default_factory=dict)  # of a known end
    file: str = ""  # the file of the repository that the command is
    directory: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """All that CI comes to."""

    reached: tuple[Reached, ...]
    unresolved: tuple[Unresolved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where a chain stands."""

    job: Job
    triggers: frozenset[Trigger]
    hops: tuple[Place, ...] = ()
    soft: tuple[str, ...] = ()
    seen: frozenset[tuple[object, ...]] = frozenset()

    @property
    def is_deep(self) -> bool:
        """Whether it is time to stop: what calls itself with ever new arguments adds no hop."""
        return len(self.hops) >= _DEEPEST or len(self.seen) >= _MOST_SEEN

    def through(self, place: Place) -> _Way:
        if self.hops and (self.hops[-1].path, self.hops[-1].line) == (place.path, place.line):
            return self
        return replace(self, hops=(*self.hops, place))

    def softer(self, soft: Iterable[str]) -> _Way:
        added = [why for why in soft if why not in self.soft]
        return replace(self, soft=(*self.soft, *added)) if added else self


class Chain:
    """Follows jobs; ``runners`` by the names they answer to, ``ends`` as shell text by end."""

    def __init__(
        self,
        reading: Reading,
        runners: Mapping[str, Expand],
        ends: Mapping[str, str],
    ) -> None:
        self._reading = reading
        self._runners = runners
        self._ends = ends
        self._reached: list[Reached] = []
        self._unresolved: dict[tuple[str, int, str], Unresolved] = {}
        self._expanded: dict[tuple[object, ...], tuple[Step, ...]] = {}  # of all jobs
        # Of the job: the variants of a matrix mostly run the same.
        self._followed: set[tuple[object, ...]] = set()
        self._ran: set[tuple[object, ...]] = set()
        self._known_ends: set[tuple[object, ...]] = set()
        self._order = 0

    def follow(self, jobs: Iterable[Job]) -> Followed:
        """Follow every job to its ends."""
        for job in jobs:
            self._order = 0
            self._followed.clear()
            self._ran.clear()
            self._known_ends.clear()
            way = _Way(job=job, triggers=frozenset(job.triggers), soft=job.soft)
            for step in job.steps:
                self._step(step, way)
        return Followed(reached=tuple(self._reached), unresolved=tuple(self._unresolved.values()))

    def _step(self, step: Step, way: _Way) -> None:
        match step:
            case Script():
                self._script(step, way)
            case Known():
                self._known(step, way)
            case Dead():
                self._dead(step.place, step.why)
            case Through():
                inner = way.through(step.place) if step.place else way
                if step.only is not None:
                    inner = replace(inner, triggers=inner.triggers & step.only)
                reachable = step.only is None or bool(inner.triggers)
                if reachable and len(inner.hops) < _DEEPEST:
                    for each in step.steps:
                        self._step(each, inner.softer(step.soft))

    def _dead(self, place: Place, why: str) -> None:
        found = Unresolved(place=place, why=why)
        self._unresolved.setdefault((place.path, place.line, why), found)

    def _known(self, known: Known, way: _Way) -> None:
        way = way.through(known.place).softer(known.soft)
        self._reach(known.kind, (known.name,), way, options=known.options)
        text = self._ends.get(end_of(known.kind, known.name))
        if text is not None:
            options = {
                re.sub(r"\W", "_", name): value
                for name, value in known.options.items()
                if value and "${{" not in value
            }
            line = ((known.place.line, text),)
            script = Script(path=known.place.path, lines=line, env=options)
            self._script(script, way, key=("end", known.name, tuple(sorted(options.items()))))

    def _script(self, script: Script, way: _Way, key: tuple[object, ...] = ()) -> None:
        key = key or (script.path, script.lines, script.directory, script.arguments)
        variant = (key, tuple(sorted(script.env.items())), way.hops, way.soft, way.triggers)
        if key in way.seen or variant in self._followed:
            return
        if way.is_deep:
            self._dead(way.job.place, "it leads to a chain that is too long to follow")
            return
        self._followed.add(variant)
        if len(self._followed) > _MOST_FOLLOWED:
            self._dead(way.job.place, f"it leads to more than {_MOST_FOLLOWED} scripts")
            return
        way = replace(way, seen=way.seen | {key}).softer(script.soft)
        parsed = commands_of(script, self._source)
        for line, why in parsed.broken:
            self._dead(self._reading.place(script.path, line), why)
        for command in parsed.commands:
            self._command(command, way)

    def _command(self, command: Command, way: _Way) -> None:
        if command.words[0] in _SILENT:
            return
        for path, line in command.through:
            way = way.through(self._reading.place(path, line))
        place = self._reading.place(command.path, command.line)
        way = way.through(place).softer(f"{place}: {why}" for why in command.soft)
        call = Call(words=command.words, place=place, directory=command.directory, env=command.env)
        self._call(call, way)

    def _call(self, call: Call, way: _Way) -> None:
        """Take a command's launchers off, one by one, until it stands for itself."""
        errexit = False  # of the shell that the last launcher was
        for _ in range(_DEEPEST):
            if file := self._own_file(call.words[0], call.directory):
                self._file(file, call, way, errexit=errexit)
                return
            written, head = call.words[0], base_name(call.words[0])
            call = replace(call, words=(head, *call.words[1:]))
            self._reach("command", call.words, way, call=call)
            if (expand := self._runners.get(head)) is not None:
                self._run(expand, call, way)
                return
            inner = unwrap(call.words)
            if inner is None:
                self._open_end(call, written)
                return
            call = replace(
                call,
                env={**call.env, **inner.env},
                directory=_joined(call.directory, inner.directory),
            )
            if inner.text:
                line = ((call.place.line, inner.text),)
                script = Script(
                    path=call.place.path,
                    lines=line,
                    directory=call.directory,
                    env=call.env,
                    errexit=inner.errexit,
                )
                self._script(script, way, key=("text", inner.text, call.directory))
                return
            errexit = inner.errexit
            if inner.file:
                path = self._path(inner.file, call.directory)
                if path in self._reading.tree:
                    call = replace(call, words=("", *inner.words))
                    self._file(path, call, way, errexit=errexit)
                elif call.words[0] not in (".", "source"):  # an environment's, mostly
                    self._missing(inner.file, replace(call, words=("", *inner.words)), way)
                return
            if inner.module and (file := self._own_module(inner.module, call.directory)):
                self._file(file, replace(call, words=inner.words), way, errexit=errexit)
            call = replace(call, words=inner.words)

    def _reach(
        self,
        kind: str,
        words: tuple[str, ...],
        way: _Way,
        *,
        call: Call | None = None,
        file: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        given = tuple(sorted(options.items())) if options else ()
        known = (kind, words, file, way.hops, way.soft, way.triggers, given)
        if known in self._known_ends:
            return
        self._known_ends.add(known)
        self._order += 1
        if self._order > _MOST_REACHED:
            self._dead(way.job.place, f"it runs more than {_MOST_REACHED} commands")
            return
        self._reached.append(
            Reached(
                kind=kind,
                words=words,
                way=way.hops,
                job=way.job,
                order=self._order,
                triggers=way.triggers,
                soft=way.soft,
                options=options or {},
                file=file,
                directory=call.directory if call else "",
                env=call.env if call else {},
            )
        )

    def _run(self, expand: Expand, call: Call, way: _Way) -> None:
        known = tuple(sorted(call.env.items()))
        key = ("run", call.words, call.directory, known)
        variant = (key, way.hops, way.soft, way.triggers)
        if key in way.seen or way.is_deep or variant in self._ran:
            return
        self._ran.add(variant)
        if len(self._ran) > _MOST_RUN:
            self._dead(way.job.place, f"it calls task runners more than {_MOST_RUN} times")
            return
        way = replace(way, seen=way.seen | {key})
        whole = (call.place, key)
        if whole not in self._expanded:
            if len(self._expanded) >= _MOST_EXPANDED:
                self._dead(call.place, f"{_MOST_EXPANDED} calls of task runners were followed")
                return
            self._expanded[whole] = expand(call, self._reading)
        for step in self._expanded[whole]:
            self._step(step, way)

    # -- files of the repository

    def _missing(self, file: str, call: Call, way: _Way) -> None:
        """``python x.py`` where there is no such file: an end, told unless it is installed."""
        self._reach("command", (base_name(file), *call.words[1:]), way, call=call)
        if "$" in file:
            self._dead(call.place, f"only running could tell which file {file} is")
        elif not _INSTALLED.search(file) and not file.startswith(("/", "~")):
            self._dead(call.place, f"there is no file {file}")

    def _file(self, path: str, call: Call, way: _Way, *, errexit: bool) -> None:
        name = posixpath.basename(path)
        self._reach("command", (name, *call.words[1:]), way, call=call, file=path)
        arguments = call.words[1:]
        key = ("file", path, arguments, call.directory)
        if key in way.seen or way.is_deep:
            return
        way = replace(way, seen=way.seen | {key})
        steps = script_at(path, arguments, self._reading, call.directory, call.env)
        for step in steps:
            if errexit and isinstance(step, Script):
                step = replace(step, errexit=True)  # noqa: PLW2901 - as `sh -e file` asks
            self._step(step, way)

    def _own_file(self, word: str, directory: str) -> str:
        """Give the path of the repository's file that a command is, "" when it is none."""
        if "/" not in word and not word.endswith((".py", ".sh", ".bat", ".cmd", ".ps1")):
            return ""
        path = self._path(word, directory)
        return path if path in self._reading.tree else ""

    def _source(self, file: str, directory: str) -> tuple[str, Lines] | None:
        """Give the lines of a file that a shell reads in."""
        path = self._path(file, directory)
        return (path, self._reading.numbered(path)) if path in self._reading.tree else None

    def _own_module(self, module: str, directory: str) -> str:
        stem = module.replace(".", "/")
        for start in (directory, _joined(directory, "src")):
            for name in (f"{stem}.py", f"{stem}/__main__.py"):
                path = _joined(start, name)
                if path in self._reading.tree:
                    return path
        return ""

    def _path(self, file: str, directory: str) -> str:
        file = file.replace("\\", "/")
        if file.startswith(ROOT):
            path = posixpath.normpath(file[len(ROOT) :].lstrip("/"))
        else:
            path = posixpath.normpath(posixpath.join(directory, file))
        return path

    def _open_end(self, call: Call, word: str) -> None:
        if _OPEN.match(call.words[0]):
            self._dead(call.place, f"only running could tell what {call.words[0][:60]} is")
        elif word.startswith("./") and not _INSTALLED.search(word):
            self._dead(call.place, f"there is no file {word}")


def _joined(directory: str, inner: str) -> str:
    if not inner:
        return directory
    if inner.startswith(ROOT):
        path = posixpath.normpath(inner[len(ROOT) :] or ".")
    else:
        path = posixpath.normpath(posixpath.join(directory, inner))
    return "" if path == "." else path
