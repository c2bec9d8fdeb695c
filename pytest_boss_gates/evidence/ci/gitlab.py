"""GitLab CI: its file with all that it includes and extends, as one configuration of jobs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.conditions import settled
from pytest_boss_gates.evidence.ci.gitlab_files import Config, expanded
from pytest_boss_gates.evidence.ci.gitlab_rules import SCENARIOS, Answer, Rules, Scenario
from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, asked, combinations
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import (
    TOO_MUCH,
    flag,
    leaves,
    mapping,
    text_of,
    texts,
    variables,
)
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "gitlab-ci"

_FILE = ".gitlab-ci.yml"
_MOST_JOBS = 500
_MOST_COMMANDS = 30_000
_DEEPEST = 3  # child pipelines of child pipelines
_NO_JOBS = frozenset(
    """after_script before_script cache default image include pages:deploy services spec stages
    types variables workflow""".split()
)
_NO_DEPLOYMENT = frozenset({"stop", "prepare", "verify", "access"})
_LENIENT_TEMPLATE = re.compile(
    r"(?:sast|sast-iac|dependency-scanning|secret-detection|container-scanning|code-quality"
    r"|license-scanning|dast|coverage-fuzzing|api-fuzzing)(?:\.latest)?\.gitlab-ci\.yml$"
)
_WORKFLOWS = {  # GitLab's own templates that say when there is a pipeline
    "workflows/mergerequest-pipelines.gitlab-ci.yml": """
rules:
  - if: $CI_MERGE_REQUEST_IID
  - if: $CI_COMMIT_TAG
  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
""",
    "workflows/branch-pipelines.gitlab-ci.yml": """
rules:
  - if: $CI_COMMIT_TAG
  - if: $CI_COMMIT_BRANCH
""",
}


def jobs(reading: Reading) -> Iterator[Job]:
    """Give the jobs of the pipeline and of the child pipelines that it starts."""
    if _FILE in reading.tree:
        left = _Left()
        yield from _Pipeline(reading, _FILE, SCENARIOS, left, depth=0).jobs()
        if min(left.jobs, left.commands) < 0:
            reading.problem(_FILE, TOO_MUCH)


class _Left:
    """What may still be looked at, child pipelines included."""

    def __init__(self) -> None:
        self.jobs = _MOST_JOBS
        self.commands = _MOST_COMMANDS


class _Pipeline:
    def __init__(
        self,
        reading: Reading,
        path: str,
        scenarios: Sequence[Scenario],
        left: _Left,
        *,
        depth: int,
    ) -> None:
        self._reading = reading
        self._depth = depth
        self._left = left
        self._config = Config(reading, path)
        self._globals = variables(self._config.root.get("variables"))
        workflow = mapping(self._config.root.get("workflow"))
        for name in self._config.templates:
            if not workflow and name in _WORKFLOWS:
                workflow = mapping(load_yaml(_WORKFLOWS[name])[0])
        ruled = "rules" in workflow
        self._everywhere = ruled or depth > 0
        rules = self._rules(workflow, expanded(self._globals))
        self._scenarios = [
            scenario
            for scenario in scenarios
            if not ruled or rules.answer(scenario, everywhere=True) is not None
        ]

    def jobs(self) -> Iterator[Job]:
        for step in self._config.elsewhere:
            if isinstance(step, Known) and step.name in _WORKFLOWS:
                continue
            triggers = settled(t for scenario in self._scenarios for t in scenario.triggers)
            soft: tuple[str, ...] = ()
            if isinstance(step, Known) and _LENIENT_TEMPLATE.search(step.name):
                soft = (f"{step.place}: allow_failure: true in the jobs of GitLab's template",)
            if triggers:
                yield self._made(step.place, f"include {step.place.text}", triggers, (step,), soft)
        for name in self._config.root:
            if name.startswith(".") or name in _NO_JOBS:
                continue
            job = self._config.job(name)
            if job is not None:
                yield from self._job(name, job)

    def _rules(self, job: Map, env: Mapping[str, str]) -> Rules:
        rules = self._config.flat(job["rules"]) if "rules" in job else None
        known = None if rules is None else [rule for rule in rules if not isinstance(rule, Dead)]
        return Rules(job, known, env, lambda path: bool(self._reading.tree.match(path)))

    def _made(
        self,
        place: Place,
        name: str,
        triggers: frozenset[Trigger],
        steps: tuple[Step, ...],
        soft: tuple[str, ...],
    ) -> Job:
        title = f"{place.path.rpartition('/')[2]}: {name}"
        return Job(
            system=SYSTEM, name=title, place=place, triggers=triggers, steps=steps, soft=soft
        )

    def _job(self, name: str, job: Map) -> Iterator[Job]:
        self._left.jobs -= 1
        if self._left.jobs < 0:
            return
        place = self._config.place_of_key(self._config.root, name)
        env = self._env(job)
        rules = self._rules(job, expanded(env))
        answers: list[tuple[Scenario, Answer]] = []
        for scenario in self._scenarios:
            answer = rules.answer(scenario, everywhere=self._everywhere)
            if answer is not None:
                answers.append((scenario, answer))
        if not answers:
            return
        soft = self._soft(job, [answer for _, answer in answers])
        if "trigger" in job:
            yield from self._triggered(name, job, place, answers, soft)
            return
        steps = tuple(self._steps(name, job, place, env))
        if not steps:
            return
        made = self._made(place, name, _occasions(answers), steps, soft)
        target = self._environment(job)
        if target is not None:
            made = replace(
                made, environment=str(target), environment_place=self._config.place(target)
            )
        yield made

    # -- what is known of a job

    def _inherits(self, job: Map, what: str, name: str) -> bool:
        value = mapping(job.get("inherit")).get(what)
        if isinstance(value, Items):
            return name in texts(value)
        return text_of(value).lower() != "false"

    def _env(self, job: Map) -> dict[str, str]:
        given = {
            name: value
            for name, value in self._globals.items()
            if self._inherits(job, "variables", name)
        }
        own = self._config.resolved(job.get("variables"))
        return {**given, **variables(own)}

    def _soft(self, job: Map, answers: Sequence[Answer]) -> tuple[str, ...]:
        """Say why its failure would not fail the pipeline, on all occasions it runs on."""
        automatic = [answer for answer in answers if answer.when != "manual"]
        found: list[str] = []
        lenient = [answer.lenient or job.get("allow_failure") for answer in automatic]
        sentences = [self._lenient(value) for value in lenient]
        if sentences and all(sentences):
            found.append(sentences[0])
        if automatic and all(answer.when == "on_failure" for answer in automatic):
            place = self._config.place_of_key(job, "when" if "when" in job else "rules")
            found.append(f"{place}: when: on_failure: it runs only after a failure")
        return tuple(found)

    def _lenient(self, value: Value | None) -> str:
        if isinstance(value, Text) and flag(value):
            return f"{self._config.place(value)}: allow_failure: true"
        if isinstance(value, Map):
            for code in texts(value.get("exit_codes")):
                if code == "1":
                    return f"{self._config.place(code)}: allow_failure: exit_codes: 1"
        return ""

    def _environment(self, job: Map) -> Text | None:
        value = self._config.resolved(job.get("environment"))
        if isinstance(value, Map):
            if text_of(value.get("action")) in _NO_DEPLOYMENT:
                return None
            value = value.get("name")
        return value if isinstance(value, Text) and value else None

    # -- steps

    def _steps(self, name: str, job: Map, place: Place, env: Mapping[str, str]) -> Iterator[Step]:
        script = job.get("script", job.get("run"))
        if script is None:
            missing = self._config.missing(name)
            if missing is not None:
                yield Dead(
                    place=self._config.place(missing),
                    why=f"extends {missing}: it is not defined in this repository",
                )
            return
        combos = list(_matrix(job))
        before = self._common(job, "before_script")
        yield from self._scripts((before, script), env, combos, ())
        after = self._common(job, "after_script")
        if after is not None:
            at = self._config.place(after)
            soft = (f"{at}: after_script: it cannot fail the job",)
            yield from self._scripts((after,), env, combos, soft)
        pages = job.get("pages")
        if (name == "pages" and pages is None) or isinstance(pages, Map) or flag(pages):
            yield Known(kind="service", name="gitlab-pages", place=place)
        if isinstance(release := job.get("release"), Map):
            at = self._config.place_of_key(job, "release")
            yield Known(kind="service", name="gitlab-release", place=at, options=variables(release))

    def _common(self, job: Map, key: str) -> Value | None:
        """Look a script up in the job, in ``default:``, and at the top, where it used to be."""
        if key in job or not self._inherits(job, "default", key):
            return job.get(key)
        return mapping(self._config.root.get("default")).get(key, self._config.root.get(key))

    def _scripts(
        self,
        values: Sequence[Value | None],
        env: Mapping[str, str],
        combos: Sequence[Mapping[str, str]],
        soft: tuple[str, ...],
    ) -> Iterator[Step]:
        """One shell runs all of it; a part from another file is a script of its own."""
        parts: list[tuple[str, list[tuple[int, str]]]] = []
        for item in (item for value in values for item in self._config.flat(value)):
            self._left.commands -= 1
            if self._left.commands < 0:
                break
            command = item.get("script") if isinstance(item, Map) else item  # a step of `run:`
            if isinstance(command, Dead):
                yield command
            elif isinstance(command, Text):
                path = self._config.path_of(command)
                if not parts or parts[-1][0] != path:
                    parts.append((path, []))
                parts[-1][1].extend(self._reading.script(path, command))
            elif isinstance(item, Map) and isinstance(step := item.get("step"), Text):
                yield Dead(place=self._config.place(step), why=f"step: {step}")
        for path, lines in parts:
            for known in self._variants(env, combos, [text for _, text in lines]):
                yield Script(path=path, lines=tuple(lines), env=known, pipefail=True, soft=soft)

    def _variants(
        self, env: Mapping[str, str], combos: Sequence[Mapping[str, str]], lines: Sequence[str]
    ) -> Iterator[Mapping[str, str]]:
        used = asked((*lines, *env.values()))
        seen: list[Mapping[str, str]] = []
        for combo in combos[:MOST_COMBINATIONS]:
            chosen = {name: value for name, value in combo.items() if name in used}
            if chosen not in seen:
                seen.append(chosen)
                self._left.commands -= 1 + len(env) // 20
                if self._left.commands < 0:
                    break
                others = {name: value for name, value in env.items() if name not in combo}
                yield expanded({**others, **chosen})

    # -- child pipelines

    def _triggered(
        self,
        name: str,
        job: Map,
        place: Place,
        answers: Sequence[tuple[Scenario, Answer]],
        soft: tuple[str, ...],
    ) -> Iterator[Job]:
        trigger = self._config.resolved(job["trigger"])
        given = mapping(trigger)
        if text_of(given.get("strategy")) not in ("depend", "mirror"):
            at = self._config.place_of_key(job, "trigger")
            soft = (*soft, f"{at}: trigger without `strategy: depend`: it does not wait")
        dead: list[Step] = []
        for item in leaves(given.get("include")):
            named = item if isinstance(item, Text) else item.get("local")
            # A job that makes the file adds to the one that stands in the tree, if one does.
            local = item.get("artifact") if named is None and isinstance(item, Map) else named
            path = text_of(local).lstrip("/")
            if isinstance(local, Text) and path in self._reading.tree:
                if self._depth < _DEEPEST:
                    yield from self._child(path, self._config.place(local), answers, soft)
            else:
                what = text_of(named) or ", ".join(f"{k}: {v}" for k, v in variables(item).items())
                dead.append(Dead(place=self._config.place(item), why=f"trigger: include: {what}"))
        if "include" not in given:
            project = text_of(trigger) or text_of(given.get("project"))
            dead.append(Dead(place=place, why=f"trigger: the pipeline of {project}"))
        if dead:
            yield self._made(place, name, _occasions(answers), tuple(dead), soft)

    def _child(
        self,
        path: str,
        place: Place,
        answers: Sequence[tuple[Scenario, Answer]],
        soft: tuple[str, ...],
    ) -> Iterator[Job]:
        scenarios = [
            scenario._replace(
                values={**scenario.values, "CI_PIPELINE_SOURCE": "parent_pipeline"},
                triggers=frozenset({Trigger.MANUAL})
                if answer.when == "manual"
                else scenario.triggers,
            )
            for scenario, answer in answers
        ]
        child = _Pipeline(self._reading, path, scenarios, self._left, depth=self._depth + 1)
        for job in child.jobs():
            steps = (Through(place=place, steps=job.steps),)
            yield replace(job, steps=steps, soft=(*soft, *job.soft))


def _occasions(answers: Sequence[tuple[Scenario, Answer]]) -> frozenset[Trigger]:
    found: set[Trigger] = set()
    for scenario, answer in answers:
        found |= {Trigger.MANUAL} if answer.when == "manual" else scenario.triggers
    if Trigger.CHANGE in found:  # a merge train is a change's pipeline, and not every project's
        found.discard(Trigger.QUEUE)
    return settled(found)


def _matrix(job: Map) -> Iterator[Mapping[str, str]]:
    found = False
    for item in leaves(mapping(job.get("parallel")).get("matrix")):
        if isinstance(item, Map):
            axes = {name: [str(text) for text in texts(value)] for name, value in item.items()}
            found = True
            yield from combinations({name: values for name, values in axes.items() if values})
    if not found:
        yield {}
