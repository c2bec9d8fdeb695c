"""Bitbucket Pipelines: the steps of each start condition, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Trigger
from pytest_boss_gates.evidence.yaml_values import (
    TOO_MUCH,
    leaves,
    mapping,
    text_of,
    texts,
    variables,
)
from pytest_boss_gates.repository.yaml_lines import Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "bitbucket-pipelines"

_FILE = "bitbucket-pipelines.yml"
_MOST_JOBS = 500
_MOST_ITEMS = 10_000  # of all lists, however often an alias repeats them
_DEEPEST = 4  # stages and parallel groups within each other
_BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE})
_PUSH = frozenset({Trigger.PUSH})
_CHANGE = frozenset({Trigger.CHANGE})
_TAG = frozenset({Trigger.TAG})
_MANUAL = frozenset({Trigger.MANUAL})


def jobs(reading: Reading) -> Iterator[Job]:
    """Give each step of each pipeline as a job."""
    root = reading.yaml(_FILE)
    if isinstance(root, Map):
        file = _File(reading, root)
        yield from file.jobs()
        if file.left < 0:
            reading.problem(_FILE, TOO_MUCH)


class _File:
    def __init__(self, reading: Reading, root: Map) -> None:
        self._reading = reading
        self._root = root
        self._left = _MOST_JOBS
        self._items_left = _MOST_ITEMS
        self._made: dict[tuple[int, int], tuple[Step, ...]] = {}  # a shared step is read once

    def jobs(self) -> Iterator[Job]:
        started = self._started()
        for section, value in mapping(self._root.get("pipelines")).items():
            if section == "default":
                yield from self._pipeline(value, section, _BOTH)
            for name, pipeline in mapping(value).items() if section != "default" else ():
                triggers = _triggers(section, name)
                if section == "custom":
                    triggers = started.get(name, _MANUAL)
                if triggers:
                    yield from self._pipeline(pipeline, f"{section} {name}", triggers)

    @property
    def left(self) -> int:
        """What may still be read; below zero when something was left out."""
        return min(self._left, self._items_left)

    def _items(self, value: Value | None) -> list[Text | Map]:
        found = leaves(value)[: max(self._items_left, 0)] if self._items_left > 0 else []
        self._items_left -= 1 + len(found)
        return found

    def _started(self) -> Mapping[str, frozenset[Trigger]]:
        """Which custom pipelines start by themselves, by the file's ``triggers:``."""
        found: dict[str, frozenset[Trigger]] = {}
        for event, value in mapping(self._root.get("triggers")).items():
            for item in self._items(value):
                condition = text_of(mapping(item).get("condition"))
                for name in texts(mapping(item).get("pipelines")):
                    found[name] = found.get(name, frozenset()) | _on(event, condition)
        return found

    def _pipeline(self, value: Value, name: str, triggers: frozenset[Trigger]) -> Iterator[Job]:
        env: Mapping[str, str] = {}
        for item in self._items(value):
            for given in self._items(mapping(item).get("variables")):
                default = mapping(given).get("default")
                if isinstance(default, Text):
                    env = {**env, text_of(mapping(given).get("name")): str(default)}
        walk = _Walk(name, triggers, env)
        for item in self._items(value):
            yield from self._item(item, walk, "", 0)

    def _item(self, item: Text | Map, walk: _Walk, deployment: str, depth: int) -> Iterator[Job]:
        if not isinstance(item, Map) or depth > _DEEPEST:
            return
        if isinstance(step := item.get("step"), Map):
            yield from self._step(step, item.lines.get("step", step.line), walk, deployment)
        if "parallel" in item:
            group = item["parallel"]
            parts = self._items(group.get("steps") if isinstance(group, Map) else group)
            held = walk.held
            after = held
            for part in parts:
                walk.held = held  # they start together
                yield from self._item(part, walk, deployment, depth + 1)
                after = after or walk.held
            walk.held = after
        if isinstance(stage := item.get("stage"), Map):
            walk.held = walk.held or text_of(stage.get("trigger")) == "manual"
            target = text_of(stage.get("deployment")) or deployment
            for part in self._items(stage.get("steps")):
                yield from self._item(part, walk, target, depth + 1)
        if isinstance(source := item.get("import"), Text):
            place = self._place(source.line)
            dead = Dead(place=place, why=f"import: {source} stands in another repository")
            yield from self._job(walk, place, str(source), (dead,))

    def _step(self, step: Map, line: int, walk: _Walk, deployment: str) -> Iterator[Job]:
        walk.held = walk.held or text_of(step.get("trigger")) == "manual"
        soft: tuple[str, ...] = ()
        failing = mapping(step.get("on-fail"))
        if text_of(failing.get("strategy")) == "ignore":
            soft = (f"{self._place(failing.lines['strategy'])}: on-fail: strategy: ignore",)
        target = step.get("deployment")
        name = text_of(step.get("name")) or walk.name
        steps = self._steps(step, walk.env)
        yield from self._job(
            walk,
            self._place(line),
            name,
            steps,
            soft=soft,
            environment=target if isinstance(target, Text) else deployment,
        )

    def _job(
        self,
        walk: _Walk,
        place: Place,
        name: str,
        steps: tuple[Step, ...],
        *,
        soft: tuple[str, ...] = (),
        environment: str = "",
    ) -> Iterator[Job]:
        self._left -= 1
        if self._left < 0:
            return
        at = environment.line if isinstance(environment, Text) else place.line
        yield Job(
            system=SYSTEM,
            name=f"{_FILE}: {name}",
            place=place,
            triggers=_MANUAL if walk.held else walk.triggers,
            steps=steps,
            soft=soft,
            environment=str(environment),
            environment_place=self._place(at) if environment else None,
        )

    def _steps(self, step: Map, env: Mapping[str, str]) -> tuple[Step, ...]:
        script, after = step.get("script"), step.get("after-script")
        key = id(script), id(after)
        if key not in self._made or env:
            found = list(self._script(script, env, ()))
            if after is not None:
                place = self._place(step.lines["after-script"])
                found += self._script(
                    after, env, (f"{place}: after-script: it cannot fail the step",)
                )
            self._made[key] = tuple(found)
        return self._made[key]

    def _script(
        self, value: Value | None, env: Mapping[str, str], soft: tuple[str, ...]
    ) -> Iterator[Step]:
        """One shell runs all lines; a pipe among them is a container of its own."""
        lines: list[tuple[int, str]] = []
        for item in self._items(value):
            if isinstance(item, Text):
                lines += self._reading.script(_FILE, item)
            elif isinstance(pipe := item.get("pipe"), Text):
                if lines:
                    yield self._shell(lines, env, soft)
                    lines = []
                yield Known(
                    kind="pipe",
                    name=_plain(pipe),
                    place=self._place(pipe.line),
                    options=variables(item.get("variables")),
                    soft=soft,
                )
        if lines:
            yield self._shell(lines, env, soft)

    def _shell(
        self, lines: list[tuple[int, str]], env: Mapping[str, str], soft: tuple[str, ...]
    ) -> Script:
        return Script(path=_FILE, lines=tuple(lines), env=env, soft=soft)

    def _place(self, line: int) -> Place:
        return self._reading.place(_FILE, line)


class _Walk:
    """A pipeline that is gone through; ``held`` once a person has to let it go on."""

    def __init__(self, name: str, triggers: frozenset[Trigger], env: Mapping[str, str]) -> None:
        self.name = name
        self.triggers = triggers
        self.env = env
        self.held = False


def _triggers(section: str, pattern: str) -> frozenset[Trigger]:
    match section:
        case "branches" | "bookmarks":
            # A pattern over many branches also meets those that pull requests come from.
            many = "*" in pattern and not pattern.startswith("release")
            return _BOTH if many else _PUSH
        case "pull-requests":
            return _CHANGE
        case "tags":
            return _TAG
    return frozenset()


def _on(event: str, condition: str) -> frozenset[Trigger]:
    if event.startswith("pullrequest"):
        return _CHANGE
    if event != "repository-push":
        return _MANUAL
    if "BITBUCKET_TAG" in condition and "BITBUCKET_BRANCH" not in condition:
        return _TAG
    return _PUSH if "BITBUCKET_BRANCH ==" in condition else _BOTH


def _plain(pipe: str) -> str:
    """Give a pipe's name: lower case, no registry's scheme, no version."""
    return pipe.removeprefix("docker://").partition("@")[0].partition(":")[0].lower()
