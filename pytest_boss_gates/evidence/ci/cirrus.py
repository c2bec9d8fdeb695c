"""Cirrus CI: the tasks of ``.cirrus.yml``, where ``task:`` and ``matrix:`` may stand repeatedly."""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.conditions import SOME, holds, triggers_of
from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, variants
from pytest_boss_gates.evidence.ci.shells import from_windows
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Trigger
from pytest_boss_gates.evidence.yaml_values import entries, env_of, flat, mapping, maps, text_of
from pytest_boss_gates.repository.yaml_lines import Map, Text, YamlError, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.evidence.ci.matrix import Row
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "cirrus"

_PATHS = (".cirrus.yml", ".cirrus.yaml")
_STARLARK = ".cirrus.star"
_MOST_TEXT = 500_000
_MOST_TASKS = 300
_DEEPEST = 6
_REPEATED = re.compile(
    r"^([ ]*(?:- +)?)(task|matrix|pipe|docker_builder)(?=\s*:(?:\s|$))", re.MULTILINE
)
_TASK = re.compile(r"(?:(\w+)_)?(?:task|pipe|docker_builder)(?:__\d+)?")
_MATRIX = re.compile(r"matrix__\d+")
_USUAL = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})
_NO = {"CIRRUS_PR": "", "CIRRUS_TAG": "", "CIRRUS_CRON": "", "CIRRUS_RELEASE": ""}
_OCCASIONS: Mapping[Trigger, Mapping[str, str | None]] = {
    Trigger.PUSH: _NO,
    Trigger.CHANGE: {**_NO, "CIRRUS_PR": SOME, "CIRRUS_BRANCH": "pull/0"},
    Trigger.TAG: {**_NO, "CIRRUS_TAG": SOME, "CIRRUS_RELEASE": None},
    Trigger.SCHEDULE: {**_NO, "CIRRUS_CRON": SOME},
    Trigger.MANUAL: {**_NO, "CIRRUS_BUILD_SOURCE": "api"},
}


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the tasks of Cirrus CI."""
    if _STARLARK in reading.tree:
        place = reading.place(_STARLARK)
        dead = Dead(place=place, why="a program in Starlark makes the tasks")
        yield Job(system=SYSTEM, name=_STARLARK, place=place, triggers=_USUAL, steps=(dead,))
    for path in _PATHS:
        root = _loaded(reading, path)
        if root is not None:
            yield from _File(reading, path, root).jobs()


def _loaded(reading: Reading, path: str) -> Map | None:
    """Parse the file with a number behind each key that may be repeated."""
    text = reading.text(path)
    if text is None:
        return None
    if len(text) > _MOST_TEXT:
        reading.problem(path, "YAML of more than half a megabyte is not read")
        return None
    at = iter(range(1, len(text) + 2))
    try:
        documents = load_yaml(_REPEATED.sub(lambda it: f"{it[1]}{it[2]}__{next(at)}", text))
    except YamlError as error:
        reading.problem(path, str(error), error.line)
        return None
    root = documents[0] if documents else None
    return root if isinstance(root, Map) else None


class _File:
    def __init__(self, reading: Reading, path: str, root: Map) -> None:
        self._reading = reading
        self._path = path
        self._root = root
        self._env = _env(root.get("env"))

    def jobs(self) -> Iterator[Job]:
        tasks = list(self._tasks())[:_MOST_TASKS]
        asked = {name for name, task in tasks if text_of(task.get("trigger_type")) == "manual"}
        for _ in range(_DEEPEST):  # what depends on a task that waits for a person waits as well
            asked |= {
                name
                for name, task in tasks
                if any(str(it) in asked for it in flat(task.get("depends_on")))
            }
        for name, task in tasks:
            triggers = self._triggers(task)
            if triggers and name in asked:
                triggers = frozenset({Trigger.MANUAL})
            steps = tuple(self._steps(task))
            if triggers and steps:
                yield Job(
                    system=SYSTEM,
                    name=f"{self._path}: {name}",
                    place=self._reading.place(self._path, task.line - 1 or task.line),
                    triggers=triggers,
                    steps=steps,
                    soft=self._soft(task),
                )

    def _tasks(self) -> Iterator[tuple[str, Map]]:
        """Go through the tasks, once for each combination of their matrices."""
        for key, value in self._root.items():
            match = _TASK.fullmatch(key)
            if match is None:
                continue
            for task in entries(value):
                if isinstance(task, Map):
                    for variant in _combined(task):
                        yield text_of(variant.get("name")) or match[1] or "main", variant

    def _triggers(self, task: Map) -> frozenset[Trigger]:
        found = frozenset(Trigger)
        for source in (self._root, task):
            condition = source.get("only_if")
            if isinstance(condition, Text):
                found &= triggers_of(condition, _OCCASIONS)
        condition = task.get("skip")
        if isinstance(condition, Text):
            found -= {it for it in found if holds(condition, _OCCASIONS.get(it, {})) is True}
        found &= frozenset(_OCCASIONS)  # a set of keys would make a mutable one
        return found & _USUAL or found

    def _soft(self, task: Map) -> tuple[str, ...]:
        allowed = text_of(task.get("allow_failures"))
        if not allowed or holds(allowed, {}) is not True:
            return ()
        place = self._reading.place(self._path, task.lines.get("allow_failures", task.line))
        return (f"{place}: allow_failures: {allowed}",)

    def _steps(self, task: Map) -> Iterator[Step]:
        for key in ("container", "arm_container"):
            machine = mapping(task.get(key, self._root.get(key)))
            if "dockerfile" in machine:
                place = self._reading.place(self._path, machine.lines.get("dockerfile", 0))
                yield Known(kind="step", name="cirrus/dockerfile", place=place)
        for step in entries(task.get("steps")):  # of a pipe
            if isinstance(step, Map):
                yield from self._instructions(step, task, 0)
        yield from self._instructions(task, task, 0)

    def _instructions(self, source: Map, task: Map, depth: int) -> Iterator[Step]:
        rows, env = _rows(task)
        windows = "windows_container" in task
        for key, value in source.items():
            if key.endswith("_cache") or key == "always":
                if isinstance(value, Map) and depth < _DEEPEST:
                    yield from self._instructions(value, task, depth + 1)
                continue
            if key != "script" and not key.endswith("_script"):
                continue
            lines = tuple(
                line for text in flat(value) for line in self._reading.script(self._path, text)
            )
            if not lines or key == "fingerprint_script":
                continue
            soft: tuple[str, ...] = ()
            if key.endswith("background_script"):
                place = self._reading.place(self._path, source.lines.get(key, lines[0][0]))
                soft = (f"{place}: a background script cannot fail the task",)
            if windows:
                lines = tuple((number, from_windows(text)) for number, text in lines)
            for row in variants(self._reading, lines, rows):
                yield Script(
                    path=self._path,
                    lines=lines,
                    env={**self._env, **env, **row},
                    errexit=True,
                    soft=soft,
                )


def _combined(task: Map) -> Iterator[Map]:
    """Put each combination of a task's matrices in place."""
    matrices = [maps(value) for key, value in task.items() if _MATRIX.fullmatch(key)]
    # repeated keys without a list are the values of one matrix
    single = [it for values in matrices if len(values) == 1 for it in values]
    axes = [values for values in matrices if len(values) > 1] + ([single] if single else [])
    for combination in islice(product(*axes), MOST_COMBINATIONS):
        merged = Map(task.line, task.tag)
        for source in (task, *combination):
            for key, value in source.items():
                if _MATRIX.fullmatch(key):
                    continue
                merged[key] = _joined(merged.get(key), value) if key == "env" else value
                merged.lines[key] = source.lines.get(key, source.line)
        yield merged


def _joined(own: Value | None, added: Value) -> Value:
    """Put two environments together; the one that is added wins."""
    if not isinstance(own, Map) or not isinstance(added, Map):
        return added
    joined = Map(added.line)
    joined.update({**own, **added})
    return joined


def _env(value: Value | None) -> Row:
    return {name: text for name, text in env_of(value).items() if "ENCRYPTED[" not in text}


def _rows(task: Map) -> tuple[list[Row], Row]:
    """Give the rows of a matrix inside ``env:``, and the variables beside it."""
    env = task.get("env")
    if not isinstance(env, Map):
        return [], {}
    matrices = [value for key, value in env.items() if _MATRIX.fullmatch(key)]
    rows = [_env(entry) for value in matrices for entry in entries(value)]
    return rows[:MOST_COMBINATIONS], _env(env)
