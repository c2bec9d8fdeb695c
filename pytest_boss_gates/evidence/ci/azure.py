"""Azure Pipelines: stages, jobs and steps, with templates, expressions and matrices expanded."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.azure_scope import Left, Scope
from pytest_boss_gates.evidence.ci.azure_steps import Runs, steps_of
from pytest_boss_gates.evidence.ci.conditions import settled
from pytest_boss_gates.evidence.steps import Dead, Job, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import TOO_MUCH, leaves, mapping, text_of, texts
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.ci.azure_scope import Found
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "azure-pipelines"

_MOST_JOBS = 500
_DEEPEST = 10  # templates within templates
_MOST_TEMPLATES = 500
# Which file it is stands in the project's settings. Any name will do in the directories that are
# for nothing else; elsewhere only the usual name tells.
_ROOT = ("azure-pipelines*.y*ml", ".azure-pipelines*.y*ml", ".vsts-ci.y*ml")
_HOMES = (".azure-pipelines", ".azure_pipelines", ".azuredevops", ".ado", "azure-pipelines")
_SHARED = (".azure", ".ci", "ci", ".pipelines", "pipelines", "build", ".build", "devops", "eng")
_TEMPLATE = re.compile(r"\btemplate:\s*['\"]?([^\s'\"#@]+)")
_STARTS = ("trigger", "pr", "schedules")
_PARTS = ("stages", "jobs", "steps", "extends")
_HOOKS = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")


def jobs(reading: Reading) -> Iterator[Job]:
    """Give the jobs of all pipelines; templates appear where they are used."""
    paths = list(_candidates(reading))
    used = {name for path in paths for name in _used(reading, path)}
    for path in paths:
        root = reading.yaml(path)
        if path in used or not isinstance(root, Map) or not any(part in root for part in _PARTS):
            continue
        usual = posixpath.basename(path).lstrip(".").startswith(("azure-pipelines", "vsts-ci"))
        if usual or any(start in root for start in _STARTS):
            yield from _Pipeline(reading, path).jobs(root)


def _candidates(reading: Reading) -> Iterator[str]:
    patterns = [*_ROOT]
    patterns += [f"{home}/**/*.y*ml" for home in _HOMES]
    patterns += [f"{home}/**/azure-pipelines*.y*ml" for home in _SHARED]
    seen: set[str] = set()
    for pattern in patterns:
        for path in reading.tree.match(pattern):
            if path not in seen and path.endswith((".yml", ".yaml")):
                seen.add(path)
                yield path


def _used(reading: Reading, path: str) -> Iterator[str]:
    for line in reading.lines(path) or ():
        if match := _TEMPLATE.search(line):
            yield _beside(path, match[1])


def _beside(path: str, name: str) -> str:
    """Give the path of a template: beside the file that names it, or from the root."""
    if name.startswith("/"):
        return posixpath.normpath(name.lstrip("/") or ".")
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def _occasions(root: Map) -> frozenset[Trigger]:
    found: set[Trigger] = set()
    pushed = root.get("trigger")
    if text_of(pushed) != "none":
        given = mapping(pushed)
        branches = given.get("branches")
        named = texts(mapping(branches).get("include") if isinstance(branches, Map) else branches)
        named += texts(pushed)
        tags = [name for name in named if name.startswith("refs/tags/")]
        if "tags" in given or tags:
            found.add(Trigger.TAG)
        only_tags = ("tags" in given and "branches" not in given) or (tags and tags == named)
        if not only_tags and "*" not in texts(mapping(branches).get("exclude")):
            found.add(Trigger.PUSH)
    changed = root.get("pr")
    excluded = texts(mapping(mapping(changed).get("branches")).get("exclude"))
    if text_of(changed) != "none" and "*" not in excluded:
        found.add(Trigger.CHANGE)
    if leaves(root.get("schedules")):
        found.add(Trigger.SCHEDULE)
    return settled(found) or frozenset({Trigger.MANUAL})


@dataclass(frozen=True, kw_only=True)
class _At:
    """Where in a pipeline we are: the names that are known, the occasions, and the way here."""

    scope: Scope
    only: frozenset[Trigger]
    via: tuple[Place, ...] = ()
    seen: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()


class _Pipeline:
    def __init__(self, reading: Reading, path: str) -> None:
        self._reading = reading
        self._path = path
        self._jobs_left = _MOST_JOBS
        self._templates_left = _MOST_TEMPLATES

    def jobs(self, root: Map) -> Iterator[Job]:
        scope = Scope(path=self._path, left=Left())
        scope = replace(scope, parameters=_parameters(root, Map(), scope, scope))
        at = _At(scope=scope, only=_occasions(root), seen=(self._path,))
        yield from self._part(root, at)
        if min(scope.left.items, self._jobs_left, self._templates_left) < 0:
            self._reading.problem(self._path, TOO_MUCH)

    def _part(self, root: Map, at: _At, *, in_stage: bool = False) -> Iterator[Job]:
        """Go through a file, or a stage: whichever of the levels it has."""
        at = self._with_variables(root, at)
        root = at.scope.fields(root)
        if "extends" in root and not in_stage:
            yield from self._template(at.scope.fields(root["extends"]), at)
        for level, take in (("stages", self._stage), ("jobs", self._job)):
            if level == "stages" and in_stage:
                continue
            for item, scope, only in at.scope.items(root.get(level), at.only):
                given = scope.fields(item)
                inner = replace(at, scope=replace(scope, variables=at.scope.variables), only=only)
                if "template" in given:
                    yield from self._template(given, inner)
                elif given:
                    yield from take(given, inner)
        if "steps" in root and not in_stage:
            yield from self._job(root, at)

    def _with_variables(self, root: Map, at: _At) -> _At:
        scope, templates = at.scope.with_variables(root.get("variables"))
        for given, where in templates[:20]:
            path = _beside(where.path, where.text(mapping(given).get("template")))
            file = self._reading.yaml(path)
            if isinstance(file, Map) and path not in at.seen:
                inner = Scope(path=path, left=scope.left, variables=scope.variables)
                inner = replace(inner, parameters=_parameters(file, mapping(given), inner, where))
                known, _ = inner.with_variables(file.get("variables"))
                scope = replace(scope, variables=known.variables)
        return replace(at, scope=scope)

    def _template(self, given: Map, at: _At) -> Iterator[Job]:
        named = given.get("template")
        place = self._place(at, named if named is not None else given)
        found = self._entered(given, at)
        if found is None:
            dead = Dead(place=place, why=self._why(given, at))
            yield from self._made("template", (dead,), at, place)
            return
        root, inner = found
        yield from self._part(root, inner)

    def _entered(self, given: Map, at: _At) -> tuple[Map, _At] | None:
        """Open a template with its parameters bound; None when it is not to be had."""
        name = at.scope.text(given.get("template"))
        plain, mark, alias = name.partition("@")
        path = _beside(at.scope.path, plain)
        self._templates_left -= 1
        if (mark and alias != "self") or path in at.seen or len(at.seen) > _DEEPEST:
            return None
        root = self._reading.yaml(path) if self._templates_left >= 0 else None
        if not isinstance(root, Map):
            return None
        place = self._place(at, given.get("template", given))
        scope = Scope(path=path, left=at.scope.left, variables=at.scope.variables)
        scope = replace(scope, parameters=_parameters(root, given, scope, at.scope))
        return root, replace(at, scope=scope, via=(*at.via, place), seen=(*at.seen, path))

    def _why(self, given: Map, at: _At) -> str:
        name = at.scope.text(given.get("template"))
        plain, mark, alias = name.partition("@")
        if mark and alias != "self":
            return f"template: {name} stands in another repository"
        if _beside(at.scope.path, plain) in at.seen:
            return f"template: {name} uses itself"
        return f"template: there is no {name}"

    def _narrowed(self, given: Map, at: _At) -> _At | None:
        """Apply ``condition`` and ``continueOnError``; None when it can never run."""
        only, soft = at.only, at.soft
        text = at.scope.text(given.get("condition"))
        if text:
            only = frozenset(one for one in only if at.scope.holds(text, one) is not False)
            if re.match(r"\s*(?:and\(\s*)?failed\(", text):
                place = self._place(at, given["condition"])
                soft = (*soft, f"{place}: condition: failed(): it runs only after a failure")
        lenient = given.get("continueOnError")
        if at.scope.text(lenient).lower() == "true" and lenient is not None:
            soft = (*soft, f"{self._place(at, lenient)}: continueOnError: true")
        return replace(at, only=only, soft=soft) if only else None

    def _stage(self, stage: Map, at: _At) -> Iterator[Job]:
        inner = self._narrowed(stage, at)
        if inner is None:
            return
        if text_of(stage.get("trigger")) == "manual":
            inner = replace(inner, only=frozenset({Trigger.MANUAL}))
        yield from self._part(stage, inner, in_stage=True)

    def _job(self, job: Map, at: _At) -> Iterator[Job]:
        inner = self._narrowed(job, at)
        if inner is None:
            return
        inner = self._with_variables(job, inner) if "job" in job or "deployment" in job else inner
        strategy = inner.scope.fields(job.get("strategy"))
        runs = Runs(
            reading=self._reading,
            only=inner.only,
            combinations=_matrix(strategy, inner.scope),
            opened=lambda given, scope: self._opened(given, replace(inner, scope=scope)),
        )
        steps: list[Step] = []
        for value, soft in _step_lists(job, strategy, inner.scope):
            after: tuple[str, ...] = ()
            if soft is not None:
                place = self._place(inner, soft)
                after = (f"{place}: on: failure: it runs only after a failure",)
            found = tuple(steps_of(value, inner.scope, runs))
            steps += [Through(steps=found, soft=after)] if found and after else found
        key = next((key for key in ("job", "deployment") if key in job), "steps")
        line = job.lines.get(key, job.line)
        place = self._reading.place(inner.scope.path, line)
        name = inner.scope.text(job.get(key)) if key != "steps" else "steps"
        target = job.get("environment")
        if isinstance(target, Map):
            target = inner.scope.fields(target).get("name")
        if steps:
            yield from self._made(name or key, tuple(steps), inner, place, target)

    def _opened(self, given: Map, at: _At) -> tuple[Value, Scope, Place] | Dead:
        """Open a template of steps."""
        found = self._entered(given, at)
        place = self._place(at, given.get("template", given))
        if found is None:
            return Dead(place=place, why=self._why(given, at))
        root, inner = found
        return inner.scope.fields(root).get("steps") or Items(), inner.scope, place

    def _made(
        self,
        name: str,
        steps: tuple[Step, ...],
        at: _At,
        place: Place,
        environment: Value | None = None,
    ) -> Iterator[Job]:
        self._jobs_left -= 1
        if self._jobs_left < 0:
            return
        for hop in reversed(at.via):
            steps = (Through(place=hop, steps=steps),)
        target = at.scope.text(environment)
        yield Job(
            system=SYSTEM,
            name=f"{posixpath.basename(self._path)}: {name}",
            place=place,
            triggers=at.only,
            steps=steps,
            soft=at.soft,
            environment=target.partition(".")[0],
            environment_place=self._place(at, environment) if target and environment else None,
        )

    def _place(self, at: _At, value: Value) -> Place:
        return self._reading.place(at.scope.path, value.line)


def _parameters(root: Map, given: Map, own: Scope, outer: Scope) -> Mapping[str, Found]:
    """Bind a template's parameters: what is given, else the defaults."""
    found: dict[str, Found] = {}
    declared = root.get("parameters")
    if isinstance(declared, Map):  # the old form: name and default
        found = {name: (value, own) for name, value in declared.items()}
    for item in leaves(declared) if isinstance(declared, Items) else ():
        one = mapping(item)
        if "default" in one:
            found[text_of(one.get("name"))] = (one["default"], own)
    deeper = replace(outer, depth=outer.depth + 1)
    for name, value in outer.fields(given.get("parameters")).items():
        found[name] = (value, deeper)
    return found


def _matrix(strategy: Map, scope: Scope) -> Sequence[Mapping[str, str]]:
    value, where = scope.whole(strategy.get("matrix"))
    combinations: list[Mapping[str, str]] = []
    for variables in where.fields(value).values():
        given = where.fields(variables)
        combinations.append(
            {name: where.text(text) for name, text in given.items() if isinstance(text, Text)}
        )
    return combinations


def _step_lists(job: Map, strategy: Map, scope: Scope) -> Iterator[tuple[Value, Value | None]]:
    """Give a job's lists of steps; those of ``on: failure`` with the place that says so."""
    if "steps" in job:
        yield job["steps"], None
    for kind in ("runOnce", "rolling", "canary"):
        given = scope.fields(strategy.get(kind))
        on = scope.fields(given.get("on"))
        for hook in _HOOKS:
            if (steps := scope.fields(given.get(hook)).get("steps")) is not None:
                yield steps, None
        for outcome in ("success", "failure"):
            part = scope.fields(on.get(outcome))
            if (steps := part.get("steps")) is not None:
                yield steps, part if outcome == "failure" else None
