"""Zuul: what a project's pipelines run, as far as it stands here or is tox of the standard jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Dead, Job, Script, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import entries, flag, maps, text_of, texts, variables
from pytest_boss_gates.repository.yaml_lines import Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "zuul"

_HOMES = (("zuul.yaml",), ("zuul.d/**/*.yaml",), (".zuul.yaml",), (".zuul.d/**/*.yaml",))
"""The first that is there is read, as Zuul does it."""
_OCCASIONS = (
    ("check", Trigger.CHANGE),
    ("gate", Trigger.QUEUE),
    ("periodic", Trigger.SCHEDULE),
    ("release", Trigger.TAG),
    ("tag", Trigger.TAG),
    ("post", Trigger.PUSH),
    ("promote", Trigger.PUSH),
)
"""What a pipeline's name says; how it is started stands in another repository."""
_MOST = 300
_DEEPEST = 10  # parents of jobs, and blocks in blocks
_TOX = re.compile(r"(?:openstack-)?tox(?:-(.+))?")
_RUNS = ("shell", "command", "ansible.builtin.shell", "ansible.builtin.command")
_SOURCES = re.compile(r"\{\{\s*(?:ansible_user_dir\s*\}\}/\{\{\s*)?zuul\.project\.src_dir\s*\}\}/?")


def jobs(reading: Reading) -> Iterator[Job]:
    """Give a job for each place where a pipeline of a project names one."""
    for home in _HOMES:
        paths = [path for pattern in home for path in reading.tree.match(pattern)]
        if paths:
            yield from _Config(reading, paths[:_MOST]).jobs()
            return


class _Config:
    def __init__(self, reading: Reading, paths: list[str]) -> None:
        self._reading = reading
        self._projects: list[tuple[str, Map]] = []
        self._jobs: dict[str, tuple[str, Map]] = {}
        self._templates: dict[str, tuple[str, Map]] = {}
        for path in paths:
            for item in maps(reading.yaml(path))[:_MOST]:
                self._keep(path, item)

    def _keep(self, path: str, item: Map) -> None:
        for kind, content in item.items():
            if not isinstance(content, Map):
                continue
            name = text_of(content.get("name"))
            if kind == "project":
                self._projects.append((path, content))
            elif kind == "job":
                self._jobs.setdefault(name, (path, content))
            elif kind == "project-template":
                self._templates.setdefault(name, (path, content))

    def jobs(self) -> Iterator[Job]:
        for path, project in self._projects:
            yield from self._listed(path, project, None)
            for template in texts(project.get("templates"))[:_MOST]:
                place = self._reading.place(path, template.line)
                if template in self._templates:
                    yield from self._listed(*self._templates[template], place)
                else:
                    why = f"template {template}: it is not defined in this repository"
                    triggers = frozenset({Trigger.CHANGE})  # what a project is with Zuul for
                    yield _job(template, place, triggers, (Dead(place=place, why=why),), ())

    def _listed(self, path: str, project: Map, via: Place | None) -> Iterator[Job]:
        for pipeline, content in project.items():
            named = content.get("jobs") if isinstance(content, Map) else None
            for item in entries(named)[:_MOST]:
                settings = Map()
                if isinstance(item, Text):
                    name, line = str(item), item.line
                elif isinstance(item, Map) and item:
                    name, value = next(iter(item.items()))
                    line = item.lines.get(name, item.line)
                    settings = value if isinstance(value, Map) else settings
                else:
                    continue
                place = self._reading.place(path, line)
                steps = tuple(self._steps(name, place, settings))
                if via is not None:
                    steps = (Through(place=via, steps=steps),)
                soft = self._soft(name, place, settings)
                yield _job(f"{pipeline}: {name}", place, _triggers(pipeline), steps, soft)

    def _lineage(self, name: str) -> tuple[list[tuple[str, Map]], str]:
        """Give a job and its parents that stand here, and the name of the one that does not."""
        found: list[tuple[str, Map]] = []
        while name in self._jobs and len(found) < _DEEPEST:
            path, job = self._jobs[name]
            found.append((path, job))
            name = text_of(job.get("parent"))
        return found, name

    def _soft(self, name: str, place: Place, settings: Map) -> tuple[str, ...]:
        lineage, _ = self._lineage(name)
        for part in (settings, *(job for _, job in lineage)):
            if "voting" in part:
                votes = text_of(part["voting"]).lower() not in ("false", "no", "off")
                return () if votes else (f"{place}: voting: false",)
        return ()

    # -- what a job runs

    def _steps(self, name: str, place: Place, settings: Map) -> Iterator[Step]:
        lineage, base = self._lineage(name)
        known: dict[str, str] = {}
        for _, job in reversed(lineage):
            known |= variables(job.get("vars"))
        known |= variables(settings.get("vars"))
        here = self._place_of(lineage[0]) if lineage else place
        for path, job in lineage:
            if "run" in job:
                steps = tuple(self._playbooks(path, job["run"]))
                yield Through(place=place, steps=(Through(place=here, steps=steps),))
                return
        match = _TOX.fullmatch(base)
        if match is None and "tox_envlist" not in known:  # a variable that only tox's role reads
            yield Dead(place=here, why=f"job {name}: its playbook is not in this repository")
            return
        environments = known.get("tox_envlist", match[1] if match else None) or ""
        text = f"tox -e {environments}" if environments not in ("", "ALL") else "tox"
        script = Script(path=here.path, lines=((here.line, text),))
        yield Through(place=place, steps=(script,))

    def _place_of(self, definition: tuple[str, Map]) -> Place:
        path, job = definition
        return self._reading.place(path, job.lines.get("name", job.line))

    def _playbooks(self, path: str, run: Value) -> Iterator[Step]:
        for item in entries(run)[:_MOST]:
            named = item.get("name") if isinstance(item, Map) else item
            if not isinstance(named, Text):
                continue
            file = next(
                (it for it in (named, f"{named}.yaml", f"{named}.yml") if it in self._reading.tree),
                "",
            )
            if not file:
                place = self._reading.place(path, named.line)
                yield Dead(place=place, why=f"there is no playbook {named}")
            for play in maps(self._reading.yaml(file)) if file else ():
                for part in ("pre_tasks", "tasks", "post_tasks"):
                    yield from self._tasks(file, play.get(part), (), 0)

    def _tasks(
        self, path: str, tasks: Value | None, soft: tuple[str, ...], depth: int
    ) -> Iterator[Step]:
        for task in maps(tasks)[:_MOST] if depth < _DEEPEST else ():
            lenient = soft
            for key in ("ignore_errors", "failed_when"):
                if text_of(task.get(key)) and flag(task[key]) == (key == "ignore_errors"):
                    place = self._reading.place(path, task.lines[key])
                    lenient = (*soft, f"{place}: {key}: {text_of(task[key])}")
            yield from self._tasks(path, task.get("block"), lenient, depth + 1)
            for key in _RUNS:
                given = task.get(key)
                own: Mapping[str, Value] = given if isinstance(given, Map) else {}
                text = own.get("cmd") if own else given
                arguments = task.get("args")
                more: Mapping[str, Value] = arguments if isinstance(arguments, Map) else {}
                if isinstance(text, Text):
                    yield Script(
                        path=path,
                        lines=self._reading.script(path, text),
                        directory=_directory(text_of(own.get("chdir", more.get("chdir")))),
                        errexit=False,
                        soft=lenient,
                    )


def _directory(chdir: str) -> str:
    """Give the directory of a task; that of the sources is the root."""
    inside = _SOURCES.sub("", chdir).strip("/")
    return f"${inside}" if "{{" in inside or (chdir.startswith("/")) else inside


def _triggers(pipeline: str) -> frozenset[Trigger]:
    for word, trigger in _OCCASIONS:
        if word in pipeline:
            return frozenset({trigger})
    return frozenset({Trigger.MANUAL})


def _job(
    name: str,
    place: Place,
    triggers: frozenset[Trigger],
    steps: tuple[Step, ...],
    soft: tuple[str, ...],
) -> Job:
    return Job(system=SYSTEM, name=name, place=place, triggers=triggers, steps=steps, soft=soft)
