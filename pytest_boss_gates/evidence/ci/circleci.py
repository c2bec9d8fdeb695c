"""CircleCI: the jobs of workflows, with commands, executors and parameters put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.circleci_rules import (
    behind_approval,
    call_of,
    names_of,
    occasions,
    truth,
)
from pytest_boss_gates.evidence.ci.circleci_scope import At, Scope, inside
from pytest_boss_gates.evidence.ci.conditions import settled
from pytest_boss_gates.evidence.ci.matrix import combinations
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
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "circleci"

_FILE = ".circleci/config.yml"
_CONTINUED = ".circleci/continue_config.yml"  # what the path-filtering orb goes on with
_MOST_JOBS = 500
_MOST_STEPS = 20_000
_DEEPEST = 10  # commands within commands
_ROUNDS = 3
_MOST_WORKFLOWS = 100
_BUILT_IN = frozenset(
    """add_ssh_keys attach_workspace checkout persist_to_workspace restore_cache save_cache
    setup_remote_docker store_artifacts store_test_results""".split()
)
_OF_CALL = frozenset(
    """branches context filters matrix max_auto_reruns name override-with post-steps pre-steps
    requires serial-group type""".split()
)
_ALL = frozenset({Trigger.PUSH, Trigger.CHANGE})


def jobs(reading: Reading) -> Iterator[Job]:
    """Give the jobs of the workflows, and those of a configuration that a setup goes on with."""
    root = reading.yaml(_FILE)
    if not isinstance(root, Map):
        return
    first = _File(reading, _FILE, root)
    yield from first.jobs()
    if flag(root.get("setup")):
        yield from _continued(reading, first)


def _continued(reading: Reading, setup: _File) -> Iterator[Job]:
    found = False
    lines = reading.lines(_FILE) or ()
    for number, line in enumerate(lines, start=1):
        for path in dict.fromkeys(re.findall(r"[\w./-]+\.ya?ml", line.partition(" #")[0])):
            plain = path.removeprefix("./")
            root = reading.yaml(plain) if plain != _FILE and plain in reading.tree else None
            if isinstance(root, Map) and "workflows" in root:
                found = True
                yield from _File(reading, plain, root, via=reading.place(_FILE, number)).jobs()
    root = None if found else reading.yaml(_CONTINUED)
    at = reading.place(_FILE, setup.root.lines.get("setup", 1))
    if isinstance(root, Map):
        yield from _File(reading, _CONTINUED, root, via=at).jobs()
    elif not found:
        why = "setup: the configuration that it goes on with is made when it runs"
        yield Job(
            system=SYSTEM,
            name="config.yml: setup",
            place=at,
            triggers=_ALL,
            steps=(Dead(place=at, why=why),),
        )


class _File:
    def __init__(self, reading: Reading, path: str, root: Map, via: Place | None = None) -> None:
        self._reading = reading
        self._path = path
        self.root = root
        self._via = via
        self._left = _MOST_STEPS
        self._jobs_left = _MOST_JOBS
        self._pipeline: dict[str, Value] = {}
        for name, options in mapping(root.get("parameters")).items():
            default = mapping(options).get("default")
            if default is not None and via is None:  # a setup may set them all
                self._pipeline[f"pipeline.parameters.{name}"] = default

    def _place(self, line: int) -> Place:
        return self._reading.place(self._path, line)

    # -- workflows

    def jobs(self) -> Iterator[Job]:
        yield from self._workflows()
        if min(self._left, self._jobs_left) < 0:
            self._reading.problem(self._path, TOO_MUCH)

    def _workflows(self) -> Iterator[Job]:
        workflows = mapping(self.root.get("workflows"))
        named = [value for value in workflows.values() if isinstance(value, Map)]
        if not named and "build" in mapping(self.root.get("jobs")):
            yield from self._called("build", Map(), 0, _ALL, ())
        for workflow in named[:_MOST_WORKFLOWS]:
            scheduled = any(
                isinstance(item, Map) and "schedule" in item
                for item in leaves(workflow.get("triggers"))
            )
            held = behind_approval(workflow)
            for item in leaves(workflow.get("jobs")):
                name, call, line = call_of(item)
                if self._jobs_left < 0:
                    return
                if not name or text_of(call.get("type")) == "approval":
                    continue
                if scheduled:
                    triggers = frozenset({Trigger.SCHEDULE})
                else:
                    triggers = settled(occasions(workflow, call, self._pipeline))
                if triggers and names_of(name, call) & held:
                    triggers = frozenset({Trigger.MANUAL})
                if triggers:
                    yield from self._called(name, call, line, triggers, self._soft(call))

    def _soft(self, call: Map) -> tuple[str, ...]:
        """``requires: - test: failed`` runs a job only after a failure."""
        for item in leaves(call.get("requires")):
            for name, wanted in item.items() if isinstance(item, Map) else ():
                if "success" not in texts(wanted) and "failed" in texts(wanted):
                    return (f"{self._place(item.line)}: requires: {name}: failed",)
        return ()

    def _called(
        self, name: str, call: Map, line: int, triggers: frozenset[Trigger], soft: tuple[str, ...]
    ) -> Iterator[Job]:
        self._jobs_left -= 1
        if self._jobs_left < 0:
            return
        home, job, at = self._defined(self.root, "jobs", name)
        if job is None:
            steps: tuple[Step, ...] = tuple(self._foreign(name, call, line, At(self._scope({}))))
            at = line
        else:
            steps = self._variants(home, job, call)
        if not steps:
            return
        if self._via is not None:
            steps = (Through(place=self._via, steps=steps),)
        yield Job(
            system=SYSTEM,
            name=f"{self._path.rpartition('/')[2]}: {name}",
            place=self._place(at),
            triggers=triggers,
            steps=steps,
            soft=soft,
        )

    def _scope(
        self, values: Mapping[str, Value], home: Map | None = None, touched: set[str] | None = None
    ) -> Scope:
        known = {**self._pipeline, **values}
        return Scope(home or self.root, known, set() if touched is None else touched)

    def _defined(self, home: Map, kind: str, name: str) -> tuple[Map, Map | None, int]:
        """Find a job, command or executor here or in an orb that is written out here."""
        for _ in range(_DEEPEST):
            defined = mapping(home.get(kind))
            if isinstance(found := defined.get(name), Map):
                return home, found, defined.lines.get(name, found.line)
            orb, slash, rest = name.partition("/")
            inner = mapping(home.get("orbs")).get(orb)
            if not slash or not isinstance(inner, Map):
                break
            home, name = inner, rest
        return home, None, 0

    # -- parameters

    def _variants(self, home: Map, job: Map, call: Map) -> tuple[Step, ...]:
        """Expand a job for each combination of the matrix values that its steps ask for."""
        axes = {
            f"parameters.{name}": leaves(values)
            for name, values in mapping(mapping(call.get("matrix")).get("parameters")).items()
        }
        touched: set[str] = set()
        found: dict[str, Step] = {}  # by all that it says: most values change nothing
        for _ in range(_ROUNDS):  # what one value leads to may ask for another
            before = len(touched)
            used = {name: values for name, values in axes.items() if name in touched and values}
            fixed = {name: values[0] for name, values in axes.items() if values}
            found = {}
            for chosen in combinations(
                {name: [*map(str, range(len(v)))] for name, v in used.items()}
            ):
                picked = {name: used[name][int(number)] for name, number in chosen.items()}
                values = {**self._bound(job, call, self._scope({})), **fixed, **picked}
                scope = self._scope(values, home, touched)
                for step in self._job(job, call, scope):
                    found.setdefault(repr(step), step)
            if not set(axes) & touched - set(used) or len(touched) == before:
                break
        return tuple(found.values())

    def _bound(self, declared: Map, given: Map, outer: Scope) -> dict[str, Value]:
        """Bind ``parameters.*`` of a job or a command: what is given, else the defaults."""
        values: dict[str, Value] = {}
        for name, options in mapping(declared.get("parameters")).items():
            value = given.get(name, mapping(options).get("default"))
            value = outer.whole(value)
            if isinstance(value, Text) and "<<" in value:
                put = Text(outer.put(value))
                put.line, put.style, put.tag = value.line, value.style, value.tag
                value = put
            if value is not None:
                values[f"parameters.{name}"] = value
        return values

    def _job(self, job: Map, call: Map, scope: Scope) -> Iterator[Step]:
        executor = scope.whole(job.get("executor"))
        name = text_of(executor.get("name")) if isinstance(executor, Map) else text_of(executor)
        home, given, _ = self._defined(scope.home, "executors", scope.put(name))
        given = given or Map()
        inner = self._scope(self._bound(given, mapping(executor), scope), home, scope.touched)
        env = {k: inner.put(v) for k, v in variables(given.get("environment")).items()}
        env |= {k: scope.put(v) for k, v in variables(job.get("environment")).items()}
        at = At(
            scope,
            env,
            text_of(job.get("shell")) or text_of(given.get("shell")),
            scope.put(text_of(job.get("working_directory")))
            or inner.put(text_of(given.get("working_directory")))
            or "~/project",
        )
        for part in (call.get("pre-steps"), job.get("steps"), call.get("post-steps")):
            yield from self._steps(part, at)

    # -- steps

    def _steps(self, value: Value | None, at: At) -> Iterator[Step]:
        scope = at.scope
        if at.depth > _DEEPEST or self._left < 0:
            return
        items = leaves(value)
        self._left -= 1 + len(items)
        for item in items if self._left > 0 else ():
            whole = scope.whole(item)
            if whole is not item:
                yield from self._steps(whole, at.deeper())
                continue
            name, options, line = call_of(item)
            content = item.get(name) if isinstance(item, Map) else None
            if name in ("run", "deploy"):
                yield from self._run(content, at)
            elif name in ("when", "unless"):
                holds = truth(options.get("condition"), scope.values, scope.touched)
                if holds is None or holds == (name == "when"):
                    yield from self._steps(options.get("steps"), at.deeper())
            elif name == "steps":
                yield from self._steps(scope.whole(content), at.deeper())
            elif name and name not in _BUILT_IN:
                yield from self._command(name, options, line, at)

    def _command(self, name: str, given: Map, line: int, at: At) -> Iterator[Step]:
        home, command, _ = self._defined(at.scope.home, "commands", name)
        if command is None:
            yield from self._foreign(name, given, line, at)
            return
        bound = self._bound(command, given, at.scope)
        inner = self._scope(bound, home, at.scope.touched)
        steps = tuple(self._steps(command.get("steps"), at.deeper(inner)))
        if steps:
            yield Through(place=self._place(line), steps=steps)

    def _foreign(self, name: str, given: Map, line: int, at: At) -> Iterator[Step]:
        """What an orb brings: known by its name; steps that it is given run all the same."""
        place = self._place(line)
        orb, slash, rest = name.partition("/")
        source = text_of(mapping(at.scope.home.get("orbs")).get(orb))
        nested = [value for value in given.values() if _is_steps(value)]
        if slash and source:
            options = {
                key: at.scope.put(value)
                for key, value in variables(given).items()
                if key not in _OF_CALL
            }
            full = f"{source.partition('@')[0]}/{rest}".lower()
            yield Known(kind="orb", name=full, place=place, options=options)
        else:
            yield Dead(place=place, why=f"{name}: it is not defined in {self._path}")
        for value in nested:
            yield from self._steps(value, at.deeper())

    def _run(self, value: Value | None, at: At) -> Iterator[Step]:
        scope = at.scope
        options = mapping(value)
        command = options.get("command") if isinstance(value, Map) else value
        if not isinstance(command, Text):
            return
        when = scope.put(text_of(options.get("when")))
        place = self._place(options.lines.get("when", command.line))
        soft: list[str] = []
        if when == "on_fail":
            soft.append(f"{place}: when: on_fail: it runs only after a failure")
        if flag(scope.whole(options.get("background"))):
            place = self._place(options.lines["background"])
            soft.append(f"{place}: background: true: nobody waits for it")
        shell = scope.put(text_of(options.get("shell")) or at.shell)
        env = {**at.env}
        for name, text in variables(options.get("environment")).items():
            env[name] = scope.put(text)
        lines = self._reading.script(self._path, command)
        yield Script(
            path=self._path,
            lines=tuple(
                (number, part) for number, line in lines for part in scope.put(line).split("\n")
            ),
            directory=inside(scope.put(text_of(options.get("working_directory"))), at.home),
            env={name: text for name, text in env.items() if "$" not in text},
            errexit=not shell or re.search(r"\s-\w*e", shell) is not None,
            pipefail=not shell or "pipefail" in shell,
            soft=tuple(soft),
        )


def _is_steps(value: Value) -> bool:
    return isinstance(value, Items) and any(
        isinstance(item, Map) and "run" in item for item in leaves(value)
    )
