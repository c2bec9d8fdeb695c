"""Travis CI: ``.travis.yml`` with its phases, matrix, included jobs, stages and deployments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.conditions import SOME, triggers_of
from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, Row, combinations
from pytest_boss_gates.evidence.ci.shells import one_by_one
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import (
    entries,
    env_of,
    flag,
    flat,
    mapping,
    maps,
    options_of,
    text_of,
)
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Lines, Script, Step
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "travis"

_PATH = ".travis.yml"
_MOST_JOBS = 200
_PHASES = ("before_install", "install", "before_script", "script")
_AFTER = ("after_success", "after_script")  # their failures are not looked at
_AXES = ("python", "os", "arch", "dist", "node_js", "rvm", "jdk", "go", "php", "compiler")
_VARIABLES = {
    "python": "TRAVIS_PYTHON_VERSION",
    "os": "TRAVIS_OS_NAME",
    "arch": "TRAVIS_CPU_ARCH",
    "dist": "TRAVIS_DIST",
    "node_js": "TRAVIS_NODE_VERSION",
}
_ADDONS = ("coverity_scan", "sonarcloud", "sonarqube", "code_climate")
_UNKNOWN = dict.fromkeys(
    """branch commit_message sender repo fork head_repo head_branch os dist group sudo language
    python""".split()
)
_OCCASIONS: Mapping[Trigger, Mapping[str, str | None]] = {
    Trigger.PUSH: {**_UNKNOWN, "type": "push", "tag": ""},
    Trigger.CHANGE: {**_UNKNOWN, "type": "pull_request", "tag": "", "head_branch": SOME},
    Trigger.TAG: {**_UNKNOWN, "type": "push", "tag": SOME, "branch": SOME},
    Trigger.SCHEDULE: {**_UNKNOWN, "type": "cron", "tag": ""},
    Trigger.MANUAL: {**_UNKNOWN, "type": "api", "tag": ""},
}
_USUAL = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """One row of the matrix: what it is matched by, and the variables that it sets."""

    keys: Row
    env: Row = field(default_factory=dict)

    @property
    def variables(self) -> Row:
        named = {_VARIABLES[key]: it for key, it in self.keys.items() if key in _VARIABLES}
        return {**named, **self.env}

    def fits(self, pattern: Map) -> bool:
        """Whether an entry of ``allow_failures`` or ``exclude`` means this row."""
        wanted = [key for key in pattern if key not in ("if", "env")]
        if "env" in pattern and not env_of(pattern["env"]).items() <= self.env.items():
            return False
        named = all(self.keys.get(key, "") == text_of(pattern[key]) for key in wanted)
        return named and bool(wanted or "env" in pattern)


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the jobs of Travis CI."""
    root = reading.yaml(_PATH)
    if isinstance(root, Map):
        yield from _File(reading, root).jobs()


class _File:
    def __init__(self, reading: Reading, root: Map) -> None:
        self._reading = reading
        self._root = root
        self._matrix = mapping(root.get("jobs", root.get("matrix")))
        env = root.get("env")
        self._env = env_of(env.get("global")) if isinstance(env, Map) else {}

    def _maps(self, key: str) -> list[Map]:
        return maps(self._matrix.get(key))[:_MOST_JOBS]

    def jobs(self) -> Iterator[Job]:
        included = self._maps("include")
        builds = self._expanded()
        if len(builds) <= 1 and included:  # Travis takes a single one for a duplicate
            builds = []
        excluded = self._maps("exclude")
        builds = [it for it in builds if not any(it.fits(pattern) for pattern in excluded)]
        yield from self._yielded(self._root, builds, "test", _PATH)
        stage = "test"
        for number, entry in enumerate(included, start=1):
            stage = text_of(entry.get("stage")) or stage
            build = self._included(entry, stage)
            shown = text_of(entry.get("name")) or (
                stage if "stage" in entry else " ".join([*build.env.values()]) or f"job {number}"
            )
            yield from self._yielded(entry, [build], stage, f"{_PATH}: {shown}")

    def _env_axis(self) -> list[Value]:
        env = self._root.get("env")
        if isinstance(env, Map) and not {"global", "jobs", "matrix"}.isdisjoint(env):
            env = env.get("jobs", env.get("matrix"))
        return [it for it in entries(env) if isinstance(it, (Text, Map))]

    def _expanded(self) -> list[_Build]:
        axes: dict[str, Sequence[str]] = {}
        for key in _AXES:
            texts = [str(text) for text in flat(self._root.get(key))]
            if texts:
                axes[key] = texts
        envs = [env_of(entry) for entry in self._env_axis()] or [{}]
        rows = combinations(axes)
        pairs = [_Build(keys=row, env=env) for env in envs for row in rows]
        if len(pairs) > MOST_COMBINATIONS:  # each variable is seen, if not with each version
            pairs = [_Build(keys=rows[0], env=env) for env in envs]
            pairs += [_Build(keys=row, env=envs[0]) for row in rows]
        return pairs[: 2 * MOST_COMBINATIONS]

    def _included(self, entry: Map, stage: str) -> _Build:
        """Make the row of an included job, which takes the first of what it does not name."""
        keys = {"stage": stage}
        for key in (*_AXES, "name"):
            texts = flat(entry.get(key)) or flat(self._root.get(key))[:1]
            if texts:
                keys[key] = str(texts[0])
        own = entry.get("env")
        if own is None:
            return _Build(keys=keys, env=env_of(next(iter(self._env_axis()), None)))
        return _Build(keys=keys, env=env_of(own))

    def _triggers(self, source: Map, stage: str) -> frozenset[Trigger]:
        conditions = [self._root.get("if"), source.get("if") if source is not self._root else None]
        conditions += [
            entry.get("if")
            for entry in entries(self._root.get("stages"))
            if isinstance(entry, Map) and text_of(entry.get("name")).lower() == stage.lower()
        ]
        found = frozenset(Trigger)
        for condition in conditions:
            if isinstance(condition, Text):
                found &= triggers_of(condition, _OCCASIONS)
        found &= frozenset(_OCCASIONS)
        return found & _USUAL or found

    def _yielded(self, source: Map, builds: list[_Build], stage: str, name: str) -> Iterator[Job]:
        triggers = self._triggers(source, stage)
        if not builds or not triggers:
            return
        reading = self._reading
        line = source.line
        if source is self._root:
            line = source.lines.get("script", source.lines.get("deploy", source.line))
        allowed: dict[str, list[_Build]] = {}
        for build in builds:
            fitting = (it for it in self._maps("allow_failures") if build.fits(it))
            pattern = next(fitting, None)
            why = ""
            if pattern is not None:
                shown = ", ".join(f"{key}: {' '.join(flat(pattern[key]))}" for key in pattern)
                why = f"{reading.place(_PATH, pattern.line)}: allow_failures: {shown}"
            allowed.setdefault(why, []).append(build)
        for why, rows in allowed.items():
            yield Job(
                system=SYSTEM,
                name=f"{name} (allowed to fail)" if why else name,
                place=reading.place(_PATH, line),
                triggers=triggers,
                steps=self._steps(source, rows),
                soft=(why,) if why else (),
            )

    def _get(self, source: Map, key: str) -> Value | None:
        return source.get(key, self._root.get(key))

    def _steps(self, source: Map, builds: Sequence[_Build]) -> tuple[Step, ...]:
        deploys = maps(self._get(source, "deploy"))[:_MOST_JOBS]
        items: list[tuple[Lines, tuple[str, ...]]] = []
        marks: list[str] = []
        for phase in (*_PHASES, "before_deploy", "deploy", "after_deploy", *_AFTER):
            for lines in self._lines(source, phase, deploys):
                soft: tuple[str, ...] = ()
                if phase in _AFTER:
                    place = self._reading.place(_PATH, lines[0][0])
                    soft = (f"{place}: {phase} cannot fail the job",)
                items.append((lines, soft))
                marks.append(phase)
        steps: list[Step] = []
        if "import" in self._root:
            place = self._reading.place(_PATH, self._root.lines.get("import", 0))
            steps.append(Dead(place=place, why="an imported configuration is not followed"))
        steps += self._addons(source)
        on_deploy = frozenset(trigger for it in deploys for trigger in _deploy_triggers(it))
        rows = [build.variables for build in builds]
        for number, script in one_by_one(
            self._reading, path=_PATH, items=items, env=self._env, rows=rows
        ):
            if marks[number] in _PHASES or marks[number] in _AFTER:
                steps.append(script)
            elif on_deploy:
                steps.append(self._deployed(script, marks[number], deploys, on_deploy))
        for deploy in deploys:
            provider = text_of(deploy.get("provider")).lower()
            if provider and provider != "script":
                known = Known(
                    kind="deploy",
                    name=f"travis/{provider}",
                    place=self._reading.place(_PATH, deploy.lines.get("provider", deploy.line)),
                    options=options_of(deploy),
                )
                steps.append(Through(steps=(known,), only=_deploy_triggers(deploy)))
        return tuple(steps)

    def _lines(self, source: Map, phase: str, deploys: Sequence[Map]) -> Iterator[Lines]:
        values: list[Value | None] = [self._get(source, phase)]
        if phase == "deploy":
            values = [it.get("script") for it in deploys if text_of(it.get("provider")) == "script"]
        for value in values:
            for text in flat(value):
                lines = self._reading.script(_PATH, text)
                if text.strip() not in ("", "skip", "ignore") and lines:
                    yield lines

    def _deployed(
        self, script: Script, phase: str, deploys: Sequence[Map], usual: frozenset[Trigger]
    ) -> Step:
        only = usual
        if phase == "deploy":
            line = script.lines[0][0]
            own = [it for it in deploys if any(t.line <= line for t in flat(it.get("script")))]
            only = _deploy_triggers(own[-1]) if own else usual
        return Through(steps=(script,), only=only)

    def _addons(self, source: Map) -> list[Step]:
        addons = mapping(self._get(source, "addons"))
        return [
            Known(
                kind="addon",
                name=f"travis/{name}",
                place=self._reading.place(_PATH, addons.lines.get(name, addons.line)),
            )
            for name in _ADDONS
            if name in addons and text_of(addons[name]).lower() != "false"
        ]


def _deploy_triggers(deploy: Map) -> frozenset[Trigger]:
    """Tell when a deployment happens: never for a pull request."""
    conditions = deploy.get("on", deploy.get("true"))
    if isinstance(conditions, Items):
        conditions = conditions[0] if conditions else None
    on = mapping(conditions)
    if flag(on.get("tags")):
        return frozenset({Trigger.TAG})
    if flag(on.get("all_branches")):
        return frozenset({Trigger.PUSH, Trigger.TAG})
    return frozenset({Trigger.PUSH})
