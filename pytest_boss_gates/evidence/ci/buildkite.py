"""Buildkite: the steps of ``.buildkite/pipeline.yml`` and of the local files that it uploads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.conditions import SOME, triggers_of
from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, Row, combinations, variants
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Trigger
from pytest_boss_gates.evidence.yaml_values import (
    entries,
    env_of,
    flag,
    flat,
    mapping,
    options_of,
    text_of,
)
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Lines, Step
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "buildkite"

_PATHS = (
    "buildkite.yml",
    "buildkite.yaml",
    "buildkite/pipeline.y*ml",
    ".buildkite/pipeline*.y*ml",
)
_MOST_STEPS = 500
_DEEPEST = 4
_USUAL = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})
_ASKED = frozenset({Trigger.MANUAL})
_UPLOAD = re.compile(r"buildkite-agent\s+pipeline\s+upload\b([^\n;&|]*)")
_MATRIX = re.compile(r"\{\{\s*matrix(?:\.([\w-]+))?\s*\}\}")
_PUSH: Mapping[str, str | None] = {
    "build.pull_request.id": "",
    "build.pull_request.number": "",
    "build.pull_request.base_branch": "",
    "build.tag": "",
    "build.source": "webhook",
}
_OCCASIONS: Mapping[Trigger, Mapping[str, str | None]] = {
    Trigger.PUSH: _PUSH,
    Trigger.CHANGE: {
        **_PUSH,
        "build.pull_request.id": SOME,
        "build.pull_request.number": SOME,
        "build.pull_request.base_branch": SOME,
    },
    Trigger.TAG: {**_PUSH, "build.tag": SOME},
    Trigger.SCHEDULE: {**_PUSH, "build.source": "schedule"},
    Trigger.MANUAL: {**_PUSH, "build.source": "ui"},
}


@dataclass(slots=True, kw_only=True)
class _State:
    """What holds for the steps of a file, from one to the next."""

    path: str
    triggers: frozenset[Trigger]
    env: Row
    soft: tuple[str, ...] = ()
    asked: frozenset[Trigger] = frozenset()  # on which a person has been asked before
    waiting: set[str] = field(default_factory=set)  # the keys of the steps that wait for one
    depth: int = 0


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the steps of Buildkite's pipelines."""
    paths = sorted({path for pattern in _PATHS for path in reading.tree.match(pattern)})
    yield from _Pipelines(reading, set(paths)).jobs(paths)


class _Pipelines:
    def __init__(self, reading: Reading, seen: set[str]) -> None:
        self._reading = reading
        self._seen = seen
        self._left = _MOST_STEPS

    def jobs(self, paths: list[str]) -> Iterator[Job]:
        for path in paths:
            yield from self._file(_State(path=path, triggers=_USUAL, env={}))

    def _file(self, state: _State) -> Iterator[Job]:
        root = self._reading.yaml(state.path)
        if isinstance(root, Map):
            state.env = {**state.env, **env_of(root.get("env"))}
            yield from self._steps(root.get("steps"), state)
        elif isinstance(root, Items):
            yield from self._steps(root, state)

    def _steps(self, steps: Value | None, state: _State) -> Iterator[Job]:
        if not isinstance(steps, Items):
            return
        for step in steps[:_MOST_STEPS]:
            self._left -= 1
            if self._left <= 0:
                return
            if isinstance(step, Map):
                yield from self._step(step, state)
            elif step in ("block", "input", "manual"):
                state.asked |= state.triggers

    def _step(self, step: Map, state: _State) -> Iterator[Job]:
        if "skip" in step and text_of(step["skip"]).lower() not in ("", "false"):
            return
        triggers = _narrowed(step, state.triggers)
        for kind in ("block", "input", "manual"):
            if kind in step or text_of(step.get("type")) == kind:
                state.asked |= triggers
                state.waiting.update(_key(step))
                return
        if "group" in step or isinstance(step.get("steps"), Items):
            if state.depth < _DEEPEST:
                inner = replace(state, triggers=triggers, depth=state.depth + 1)
                yield from self._steps(step.get("steps"), inner)
            return
        waits = bool(state.asked)
        if "depends_on" in step:
            names = [
                text_of(it.get("step")) if isinstance(it, Map) else str(it)
                for it in entries(step["depends_on"])
                if isinstance(it, (Map, Text))
            ]
            waits = not state.waiting.isdisjoint(names)
        if waits and triggers:
            state.waiting.update(_key(step))
            triggers = triggers - (state.asked or triggers) or _ASKED
        if triggers:
            yield from self._run(step, triggers, state)

    def _run(self, step: Map, triggers: frozenset[Trigger], state: _State) -> Iterator[Job]:
        inner = step.get("command")
        source = inner if isinstance(inner, Map) else step
        lines = tuple(
            line
            for key in ("command", "commands", "script")
            for text in flat(source.get(key))
            for line in self._reading.script(state.path, text)
        )
        soft = (*state.soft, *self._soft(source, state.path))
        name = next(
            (
                text_of(source[it])
                for it in ("label", "name", "key", "id")
                if text_of(source.get(it))
            ),
            f"step at line {step.line}",
        )
        steps = [*self._plugins(source, state.path), *self._scripts(source, lines, state)]
        if "trigger" in step:
            place = self._reading.place(state.path, step.lines.get("trigger", step.line))
            steps.append(Dead(place=place, why=f"{text_of(step['trigger'])}: another pipeline"))
        if steps:
            yield Job(
                system=SYSTEM,
                name=f"{state.path}: {name}",
                place=self._reading.place(state.path, step.line),
                triggers=triggers,
                steps=tuple(steps),
                soft=soft,
            )
        yield from self._uploaded(lines, replace(state, triggers=triggers, soft=soft))

    def _scripts(self, step: Map, lines: Lines, state: _State) -> Iterator[Step]:
        if not lines:
            return
        env = {**state.env, **env_of(step.get("env"))}
        rows = _rows(step.get("matrix"))
        text = "\n".join(line for _, line in lines)
        used = {match[1] or "" for match in _MATRIX.finditer(text)}
        mentioned = [{key: row[key] for key in row if key in used} for row in rows]
        unique = {tuple(sorted(row.items())): row for row in mentioned} or {(): {}}
        for row in unique.values():
            shown = tuple((number, _filled(line, row).replace("$$", "$")) for number, line in lines)
            filled = {name: _filled(value, row) for name, value in env.items()}
            for variant in variants(self._reading, shown, _env_rows(env, rows)):
                yield Script(path=state.path, lines=shown, env={**filled, **variant}, errexit=True)

    def _soft(self, step: Map, path: str) -> tuple[str, ...]:
        value = step.get("soft_fail")
        if flag(value) or (isinstance(value, Items) and value):
            place = self._reading.place(path, step.lines.get("soft_fail", step.line))
            shown = "true" if isinstance(value, Text) else "for an exit status"
            return (f"{place}: soft_fail: {shown}",)
        return ()

    def _plugins(self, step: Map, path: str) -> Iterator[Step]:
        for entry in entries(step.get("plugins")):
            pairs = entry.items() if isinstance(entry, Map) else [(entry, None)]
            for name, options in list(pairs)[:_MOST_STEPS]:
                if isinstance(name, str) and name:
                    line = (
                        entry.lines.get(name, entry.line) if isinstance(entry, Map) else entry.line
                    )
                    yield Known(
                        kind="plugin",
                        name=_plugin(name),
                        place=self._reading.place(path, line),
                        options=options_of(options),
                    )

    def _uploaded(self, lines: Lines, state: _State) -> Iterator[Job]:
        """Follow ``buildkite-agent pipeline upload FILE``."""
        for number, line in lines:
            for match in _UPLOAD.finditer(line):
                words = [it.strip("\"'") for it in match[1].split() if not it.startswith("-")]
                path = next(iter(words), "").removeprefix("./")
                if path in self._reading.tree:
                    if path not in self._seen and state.depth < _DEEPEST:
                        self._seen.add(path)
                        yield from self._file(
                            replace(state, path=path, depth=state.depth + 1, waiting=set())
                        )
                elif path or "|" in line[: match.start()]:
                    place = self._reading.place(state.path, number)
                    what = path or "its input"
                    dead = Dead(place=place, why=f"pipeline upload: {what} is no file here")
                    yield Job(
                        system=SYSTEM,
                        name=f"{state.path}: pipeline upload",
                        place=place,
                        triggers=state.triggers,
                        steps=(dead,),
                        soft=state.soft,
                    )


def _narrowed(step: Map, triggers: frozenset[Trigger]) -> frozenset[Trigger]:
    condition = step.get("if")
    if not isinstance(condition, Text):
        return triggers
    found = triggers_of(condition, _OCCASIONS)
    return found & triggers or (found if triggers >= _USUAL else frozenset())


def _key(step: Map) -> list[str]:
    return [text_of(step[name]) for name in ("key", "id", "identifier") if name in step]


def _rows(matrix: Value | None) -> list[Row]:
    """Give the combinations of a matrix; the only axis of a plain list has no name."""
    if isinstance(matrix, Items):
        return [{"": str(text)} for text in flat(matrix)][:MOST_COMBINATIONS]
    setup = mapping(matrix).get("setup")
    if isinstance(setup, Items):
        return [{"": str(text)} for text in flat(setup)][:MOST_COMBINATIONS]
    axes = {key: [str(text) for text in flat(value)] for key, value in mapping(setup).items()}
    return combinations({key: values for key, values in axes.items() if values}) if axes else []


def _env_rows(env: Row, rows: list[Row]) -> list[Row]:
    """Give the variables that are made of the matrix, for each combination."""
    made = {name: value for name, value in env.items() if "{{" in value}
    return [{name: _filled(value, row) for name, value in made.items()} for row in rows]


def _filled(text: str, row: Row) -> str:
    return _MATRIX.sub(lambda match: row.get(match[1] or "", match[0]), text)


def _plugin(name: str) -> str:
    """Give a plugin's name with its organisation, without its version."""
    bare = re.sub(r"^(?:https?://github\.com/|ssh://\S*?github\.com/)|\.git$", "", name)
    bare = bare.partition("#")[0].lower().removesuffix("-buildkite-plugin")
    return bare if "/" in bare else f"buildkite-plugins/{bare}"
