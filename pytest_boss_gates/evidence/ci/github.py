"""GitHub Actions (and Gitea's and Forgejo's): workflows, reusable ones, and local actions."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.github_events import (
    event_of,
    events_of,
    settled_refs,
    triggers_of,
)
from pytest_boss_gates.evidence.ci.github_expressions import condition, names_in, substitute
from pytest_boss_gates.evidence.ci.github_matrix import combinations_of, projections
from pytest_boss_gates.evidence.ci.github_steps import (
    first_checkout,
    foreign_checkout,
    is_minded,
    plain_name,
    scalars_of,
    tox_environments,
)
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import flag, mapping, text_of, texts
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place

SYSTEM = "github-actions"

_HOMES = ((".github", SYSTEM), (".gitea", "gitea-actions"), (".forgejo", "forgejo-actions"))
_DEEPEST = 6  # reusable workflows and composite actions within each other
_RUN_INPUTS = frozenset({"run", "command", "commands", "cmd", "script"})
_ELSEWHERE = re.compile(r"github-script|ssh|scp|/script")  # another language, another machine
_BASH = re.compile(r"^bash\b")
_SHELLS = re.compile(r"^(?:bash|sh|zsh)\b")
_LINE_SHELLS = re.compile(r"^(?:pwsh|powershell|cmd)\b")


def jobs(reading: Reading) -> Iterator[Job]:
    """Give the jobs of all workflows; reusable ones appear where they are called."""
    for home, system in _HOMES:
        for path in reading.tree.match(f"{home}/workflows/*.y*ml"):
            workflow = reading.yaml(path)
            if isinstance(workflow, Map):
                triggers = triggers_of(reading, workflow, ())
                if triggers:
                    at = _At(reading=reading, path=path, system=system, triggers=triggers)
                    yield from at.with_events(workflow).workflow(workflow)


@dataclass(frozen=True, kw_only=True)
class _At:
    """Where we stand: a file, on which occasions, and which contexts are known."""

    reading: Reading
    path: str
    system: str
    triggers: frozenset[Trigger]
    known: Mapping[str, str] = field(default_factory=dict)
    tag_event: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""
    shell: str = ""
    through: tuple[Place, ...] = ()
    soft: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()

    def with_events(self, workflow: Map) -> _At:
        """Remember which event a tag gives, where only one can."""
        events = events_of(workflow)
        names = set(texts(events)) if not isinstance(events, Map) else set(events)
        either = [name for name in ("push", "release") if name in names]
        return replace(
            self,
            tag_event=either[0] if len(either) == 1 else "",
            known={**self.known, "github.workspace": "//"},
        )

    # -- workflows

    def workflow(self, workflow: Map) -> Iterator[Job]:
        at = self._entering(workflow)
        for name, job in mapping(workflow.get("jobs")).items():
            if isinstance(job, Map):
                line = mapping(workflow.get("jobs")).lines.get(name, job.line)
                yield from at.job(name, job, line)

    def _entering(self, part: Map) -> _At:
        run = mapping(mapping(part.get("defaults")).get("run"))
        directory = text_of(run.get("working-directory"))
        return replace(
            self,
            env=self._env(part),
            directory=self._inside(directory) if directory else self.directory,
            shell=text_of(run.get("shell")) or self.shell,
        )

    def _env(self, part: Map) -> Mapping[str, str]:
        given = {
            key: str(value)
            for key, value in mapping(part.get("env")).items()
            if isinstance(value, Text)
        }
        return {**self.env, **given}

    def _inside(self, directory: str) -> str:
        directory = substitute(directory, self.known).removeprefix("//")
        path = posixpath.normpath(posixpath.join(self.directory, directory.lstrip("/") or "."))
        return "" if path == "." else path

    def job(self, name: str, job: Map, line: int) -> Iterator[Job]:
        triggers = self._left(text_of(job.get("if")), self.triggers, self.known)
        if not triggers:
            return
        at = replace(self._entering(job), triggers=triggers, soft=self._softened(job, self.known))
        place = self.reading.place(self.path, line)
        if isinstance(uses := job.get("uses"), Text):
            yield from at.called(uses, job, place)
            return
        environment = _environment(job)
        steps = at.steps(job)
        for hop in reversed(self.through):
            steps = (Through(place=hop, steps=steps),)
        yield Job(
            system=self.system,
            name=f"{self.path.rpartition('/')[2]}: {name}",
            place=place,
            triggers=triggers,
            steps=steps,
            soft=at.soft,
            environment=substitute(environment, self.known) if environment else "",
            environment_place=self.reading.place(self.path, environment.line)
            if environment
            else None,
        )

    def called(self, uses: Text, job: Map, place: Place) -> Iterator[Job]:
        """A reusable workflow: its jobs, on our occasions, reached through our line."""
        here = self.reading.place(self.path, uses.line)
        path = _local(uses)
        called = self.reading.yaml(path) if path else None
        if isinstance(called, Map) and path not in self.seen and len(self.seen) < _DEEPEST:
            yield from replace(
                self,
                path=path,
                known=self._inputs(called, job),
                through=(*self.through, here),
                seen=(*self.seen, path),
                env={},
                directory="",
                shell="",
            ).workflow(called)
            return
        steps: tuple[Step, ...]
        if path:
            why = "calls itself" if path in self.seen else "there is no such workflow"
            steps = (Dead(place=here, why=f"{uses}: {why}"),)
        else:
            name = plain_name(uses)
            known = Known(kind="workflow", name=name, place=here, options=self._with(job))
            steps = (known, *tox_environments(self.path, name, mapping(job.get("with"))))
        for hop in reversed(self.through):
            steps = (Through(place=hop, steps=steps),)
        yield Job(
            system=self.system,
            name=f"{self.path.rpartition('/')[2]}: {uses}",
            place=place,
            triggers=self.triggers,
            steps=steps,
            soft=self.soft,
        )

    def _with(self, part: Map) -> Mapping[str, str]:
        """Give what an action or a workflow is called with, known values put in."""
        given = mapping(part.get("with"))
        return {key: substitute(text_of(value), self.known) for key, value in given.items()}

    def _inputs(self, called: Map, given: Map) -> Mapping[str, str]:
        """Bind ``inputs.*`` of what is called: what is given, else the defaults."""
        events = mapping(called.get("on"))
        declared = mapping(mapping(events.get("workflow_call")).get("inputs")) or mapping(
            called.get("inputs")
        )
        values = {key: value for key, value in self.known.items() if key.startswith("github.")}
        passed = mapping(given.get("with"))
        for key, options in declared.items():
            value = passed.get(key, mapping(options).get("default"))
            text = substitute(text_of(value), self.known)
            if "${{" not in text:
                values[f"inputs.{key}".lower()] = text
        return values

    # -- conditions

    def _left(
        self, text: str, triggers: frozenset[Trigger], known: Mapping[str, str]
    ) -> frozenset[Trigger]:
        """Leave the occasions on which an ``if:`` is not surely false."""
        if not text:
            return triggers
        return frozenset(
            trigger
            for trigger in triggers
            if condition(
                settled_refs(text, trigger), {**known, **event_of(trigger, self.tag_event)}
            )
            is not False
        )

    def _softened(self, part: Map, known: Mapping[str, str]) -> tuple[str, ...]:
        value = part.get("continue-on-error")
        text = text_of(value)
        if not text or (condition(text, known) if "${{" in text else flag(value)) is not True:
            return self.soft
        place = self.reading.place(self.path, part.lines["continue-on-error"])
        return (*self.soft, f"{place}: continue-on-error: {text}")

    # -- steps

    def steps(self, job: Map) -> tuple[Step, ...]:
        strategy = job.get("strategy")
        matrix = mapping(strategy).get("matrix")
        told_in_a_run = isinstance(strategy, Text) or isinstance(matrix, Text)
        combinations = None if told_in_a_run else combinations_of(mapping(matrix))
        items = job.get("steps")
        steps = (
            [item for item in items if isinstance(item, Map)] if isinstance(items, Items) else []
        )
        foreign = foreign_checkout(self.reading, steps)
        found: list[Step] = []
        for number, step in enumerate(steps):
            if foreign == "" and number > first_checkout(steps):
                break  # the tree that is worked on is another repository's
            asked = self._asked(step)
            for values in projections(combinations, asked):
                at = replace(self, known={**self.known, **values})
                found += at.step(step, steps, foreign)
        return tuple(found)

    def _asked(self, step: Map) -> frozenset[str]:
        """Which matrix values a step depends on, its environment included."""
        names: set[str] = set()
        for value in (*scalars_of(step), *self.env.values()):
            names |= names_in(value, "matrix")
        return frozenset(names)

    def step(self, step: Map, steps: list[Map], foreign: str | None) -> Iterable[Step]:
        triggers = self._left(text_of(step.get("if")), self.triggers, self.known)
        if not triggers:
            return
        soft = () if is_minded(step, steps) else self._softened(step, self.known)[len(self.soft) :]
        inner = tuple(self._inner(step, foreign))
        if triggers == self.triggers and not soft:
            yield from inner
        elif inner:
            only = None if triggers == self.triggers else triggers
            yield Through(steps=inner, only=only, soft=soft)

    def _inner(self, step: Map, foreign: str | None) -> Iterator[Step]:
        if isinstance(run := step.get("run"), Text):
            directory = text_of(step.get("working-directory"))
            at = self._inside(directory) if directory else self.directory
            if foreign and (at == foreign or at.startswith(foreign + "/")):
                return
            shell = text_of(step.get("shell")) or self.shell
            if not shell or _SHELLS.match(shell) or _LINE_SHELLS.match(shell):
                yield self._script(run, self._env(step), at, shell)
        elif isinstance(uses := step.get("uses"), Text):
            yield from self._uses(uses, step)

    def _script(self, run: Text, env: Mapping[str, str], directory: str, shell: str) -> Script:
        values = {name: substitute(value, self.known) for name, value in env.items()}
        known = {**self.known, **{f"env.{name}".lower(): value for name, value in values.items()}}
        lines = self.reading.script(self.path, run)
        return Script(
            path=self.path,
            lines=tuple((number, substitute(line, known)) for number, line in lines),
            directory=directory,
            env={name: value for name, value in values.items() if "${{" not in value},
            errexit=not _LINE_SHELLS.match(shell),
            pipefail=bool(_BASH.match(shell)) and ("{0}" not in shell or "pipefail" in shell),
        )

    def _uses(self, uses: Text, step: Map) -> Iterator[Step]:
        place = self.reading.place(self.path, uses.line)
        path = _local(uses)
        if not path and not uses.startswith(("./", "$/")):
            options = self._with(step)
            kind = "image" if uses.startswith("docker://") else "action"
            name = plain_name(uses)
            yield Known(kind=kind, name=name, place=place, options=options)
            if not _ELSEWHERE.search(name):
                yield from self._given(mapping(step.get("with")), step)
            return
        home = uses[2:].strip("/")
        file = next(
            (
                name
                for name in (
                    f"{home}/action.yml",
                    f"{home}/action.yaml",
                    "action.yml",
                    "action.yaml",
                )
                if name in self.reading.tree and (home or "/" not in name)
            ),
            "",
        )
        action = self.reading.yaml(file) if file and file not in self.seen else None
        if not isinstance(action, Map) or len(self.seen) >= _DEEPEST:
            why = "uses itself" if file in self.seen else "there is no such action"
            yield Dead(place=place, why=f"{uses}: {why}")
            return
        inside = replace(
            self,
            path=file,
            known={**self._inputs(action, step), "github.action_path": f"//{home}"},
            seen=(*self.seen, file),
            env={
                **{name: substitute(value, self.known) for name, value in self._env(step).items()},
                "GITHUB_ACTION_PATH": f"//{home}",
            },
            shell="",
        )
        steps = inside.composite(mapping(action.get("runs")))
        if steps:
            yield Through(place=place, steps=steps)

    def _given(self, inputs: Map, step: Map) -> Iterator[Step]:
        """What an action is told to run: the inputs that are named for it."""
        for key in _RUN_INPUTS & inputs.keys():
            if isinstance(text := inputs[key], Text):
                yield self._script(text, self._env(step), self.directory, "")

    def composite(self, runs: Map) -> tuple[Step, ...]:
        items = runs.get("steps")
        steps = (
            [item for item in items if isinstance(item, Map)] if isinstance(items, Items) else []
        )
        return tuple(found for step in steps for found in self.step(step, steps, None))


def _environment(job: Map) -> Text | None:
    value = job.get("environment")
    if isinstance(value, Map):
        if text_of(value.get("deployment")) == "false":
            return None
        value = value.get("name")
    return value if isinstance(value, Text) and value else None


def _local(uses: str) -> str:
    """Give the path of a workflow of this repository, "" for anything else."""
    if uses.startswith(("./", "$/")) and uses.endswith((".yml", ".yaml")):
        return uses[2:]
    return ""
