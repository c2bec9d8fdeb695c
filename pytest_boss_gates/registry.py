"""What plugins add: gates, tools, formats, CI dialects and runners, through one hook.

A plugin adds what is measured and never how it is judged. Whatever it adds wrongly is an error of
the configuration that names the plugin; whatever of it raises later loses only itself.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import RegistrationError
from pytest_boss_gates.measure import GATES, METRICS, Gate
from pytest_boss_gates.model import Metric, Unit
from pytest_boss_gates.report import FORMATS, Format

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pytest_boss_gates.evidence.answer import Extensions
    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.chain import Expand
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Job, Step

HOOK = "pytest_boss_gates_register"
GROUP = "boss_gates"
"""The group of entry points whose modules may have the hook, for pytest and the command alike."""

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FORMAT_KEY = re.compile(r"[a-z]+")


def pytest_boss_gates_register(gates: Registry) -> None:
    """Add gates, tools, formats, CI dialects and runners to ``gates``; the hook's specification."""


@dataclass(frozen=True, kw_only=True)  # no slots: the cached properties need a __dict__
class Additions:
    """All that plugins added, checked. Without any, just what comes with the package."""

    gates: tuple[Gate, ...] = ()
    tools: Mapping[str, Tool] = field(default_factory=dict)
    formats: Mapping[str, Format] = field(default_factory=dict)
    dialects: tuple[Callable[[Reading], Iterable[Job]], ...] = ()
    runners: Mapping[str, Expand] = field(default_factory=dict)

    @cached_property
    def all_gates(self) -> tuple[Gate, ...]:
        """Our gates and theirs."""
        return (*GATES, *self.gates)

    @cached_property
    def all_metrics(self) -> Mapping[str, Metric]:
        """Our metrics and theirs, by key."""
        return METRICS | {metric.key: metric for gate in self.gates for metric in gate.metrics}

    @cached_property
    def all_formats(self) -> Mapping[str, Format]:
        """Our formats and theirs, by key."""
        return {**FORMATS, **self.formats}

    def tool_names(self) -> tuple[str, ...]:
        """Give what ``[tool.boss-gates.tools]`` may name."""
        from pytest_boss_gates.evidence.catalogue import tool_names

        return (*tool_names(), *self.tools)

    def tool_titles(self) -> tuple[str, ...]:
        """Give what the tracker calls its rows of tools."""
        from pytest_boss_gates.evidence.catalogue import load_catalogue

        return tuple(tool.title for tool in (*load_catalogue(), *self.tools.values()))

    def rows(self, catalogue: Mapping[str, Mapping[str, object]]) -> Mapping[str, Tool]:
        """Give every row by key: ours, theirs, and those of the settings' ``catalogue``."""
        from pytest_boss_gates.evidence.catalogue import extended, tool_of

        known = {row.key: row for row in _own_rows()} | dict(self.tools)
        for key, row in catalogue.items():
            known[key] = extended(known[key], row) if key in known else tool_of(key, dict(row))
        return known

    def extensions(self, catalogue: Mapping[str, Mapping[str, object]]) -> Extensions:
        """Give what the evidence is found with beside what comes with the package."""
        from pytest_boss_gates.evidence.answer import Extensions

        added = self.tools.keys() | catalogue.keys()
        rows = self.rows(catalogue) if added else {}
        return Extensions(
            tools=tuple(row for key, row in rows.items() if key in added),
            dialects=self.dialects,
            runners=self.runners,
        )


class Registry:
    """What the hook is given; each plugin gets its own view, which knows the plugin's name."""

    def __init__(self, plugin: str, before: Additions) -> None:
        self._plugin = plugin
        self._before = before
        self._gates: list[Gate] = []
        self._tools: dict[str, Tool] = {}
        self._formats: dict[str, Format] = {}
        self._dialects: list[Callable[[Reading], Iterable[Job]]] = []
        self._runners: dict[str, Expand] = {}

    def add_gate(self, gate: Gate) -> None:
        """Add a gate: its metrics become keys of ``[tool.boss-gates.targets]``."""
        if not isinstance(gate, Gate):
            raise self._wrong(f"add_gate takes a Gate, not {gate!r}.")
        keys = [known.key for known in (*self._before.all_gates, *self._gates)]
        self._check_key("gate", gate.key, keys, _KEY)
        if not callable(gate.measure):
            raise self._wrong(f"the gate {gate.key!r} has nothing to call as `measure`.")
        if not gate.metrics:
            raise self._wrong(f"the gate {gate.key!r} has no metrics.")
        metrics = [*self._before.all_metrics]
        metrics += [metric.key for other in self._gates for metric in other.metrics]
        for metric in gate.metrics:
            if not isinstance(metric, Metric):
                raise self._wrong(f"the gate {gate.key!r} has a metric that is none: {metric!r}.")
            self._check_key("metric", metric.key, metrics, _KEY)
            if metric.unit in (Unit.LEVEL, Unit.VERSION):
                raise self._wrong(
                    f"the metric {metric.key!r} is a {metric.unit.value}, which only tools have."
                )
            metrics.append(metric.key)
        self._gates.append(gate)

    def add_tool(self, key: str, row: Mapping[str, object]) -> None:
        """Add a tool: a row with the fields of ``[tool.boss-gates.catalogue]``."""
        from pytest_boss_gates.evidence.catalogue import CatalogueError, tool_of

        known = {own.key for own in _own_rows()} | self._before.tools.keys() | self._tools.keys()
        self._check_key("tool", key, known, _KEY)
        try:
            tool = tool_of(key, dict(row))
        except (CatalogueError, TypeError, ValueError) as error:
            raise self._wrong(f"the tool {key!r} is malformed. {error}") from error
        for member in tool.members:
            if member not in known:
                raise self._wrong(f"the tool {key!r} has a member that is not known: {member!r}.")
        self._tools[key] = tool

    def add_format(self, key: str, format: Format) -> None:  # noqa: A002 - what it is called
        """Add a report format, for ``--boss-gates-report`` and ``reports``."""
        if not isinstance(format, Format) or not callable(format.render):
            raise self._wrong(f"add_format takes a key and a Format, not {format!r}.")
        self._check_key("format", key, {*self._before.all_formats, *self._formats}, _FORMAT_KEY)
        if format.key != key:
            raise self._wrong(f"the format {key!r} calls itself {format.key!r}.")
        if not format.file_name or os.path.basename(format.file_name) != format.file_name:
            raise self._wrong(
                f"the format {key!r} needs the name of a file, not {format.file_name!r}."
            )
        self._formats[key] = format

    def add_dialect(self, jobs: Callable[[Reading], Iterable[Job]]) -> None:
        """Add a CI dialect: a function that turns what a repository holds into jobs."""
        if not callable(jobs):
            raise self._wrong(f"add_dialect takes a function, not {jobs!r}.")
        self._dialects.append(_guarded_dialect(jobs, self._plugin))

    def add_runner(self, heads: Collection[str], expand: Expand) -> None:
        """Add a runner: what expands the commands that begin with one of ``heads``."""
        from pytest_boss_gates.evidence.runners import RUNNERS

        if isinstance(heads, str) or not heads or not all(isinstance(h, str) and h for h in heads):
            raise self._wrong(f"add_runner takes a list of the names of commands, not {heads!r}.")
        if not callable(expand):
            raise self._wrong(f"add_runner takes a function to expand with, not {expand!r}.")
        for head in heads:
            if head in RUNNERS or head in self._before.runners or head in self._runners:
                raise self._wrong(f"there is a runner for {head!r} already.")
            self._runners[head] = _guarded_runner(expand, self._plugin)

    def done(self) -> Additions:
        """Give what there was before with all that was added."""
        before = self._before
        return Additions(
            gates=(*before.gates, *self._gates),
            tools={**before.tools, **self._tools},
            formats={**before.formats, **self._formats},
            dialects=(*before.dialects, *self._dialects),
            runners={**before.runners, **self._runners},
        )

    def _check_key(
        self, noun: str, key: object, taken: Collection[str], pattern: re.Pattern[str]
    ) -> None:
        if not isinstance(key, str) or not pattern.fullmatch(key):
            made_of = "a-z" if pattern is _FORMAT_KEY else "a-z, 0-9 and single hyphens"
            raise self._wrong(f"{key!r} is no key of a {noun}: it is made of {made_of}.")
        if key in taken:
            raise self._wrong(f"there is a {noun} {key!r} already.")

    def _wrong(self, what: str) -> RegistrationError:
        return RegistrationError(f"The plugin {self._plugin!r} cannot be used: {what}")


def gather(plugins: Iterable[tuple[str, Callable[[Registry], object]]]) -> Additions:
    """Let plugins, by name, add what they have. Raises RegistrationError, naming the plugin."""
    added = Additions()
    for name, register in plugins:
        registry = Registry(name, added)
        try:
            register(registry)
        except RegistrationError:
            raise
        except Exception as error:
            raise RegistrationError(
                f"The plugin {name!r} cannot be used: it raised {type(error).__name__}: {error}"
            ) from error
        added = registry.done()
    return added


def installed(
    blocked: Callable[[str], bool] = lambda _: False,
) -> Iterator[tuple[str, object]]:
    """Load the modules of the group ``boss_gates``, by the names of their entry points.

    Raises RegistrationError when one cannot be imported.
    """
    if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        return
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP)):
        if blocked(point.name):
            continue
        try:
            yield point.name, point.load()
        except Exception as error:
            raise RegistrationError(
                f"The plugin {point.name!r} cannot be used: importing {point.value} raised "
                f"{type(error).__name__}: {error}"
            ) from error


def hook_of(plugin: object) -> Callable[[Registry], object] | None:
    """Give a module's hook as something to call; None when it has none."""
    hook = getattr(plugin, HOOK, None)
    return (lambda gates: hook(gates=gates)) if callable(hook) else None


def installed_additions() -> Additions:
    """Gather from what is installed, as the console command does, which imports no conftest."""
    found = ((name, hook_of(plugin)) for name, plugin in installed())
    return gather((name, hook) for name, hook in found if hook is not None)


def _own_rows() -> tuple[Tool, ...]:
    from pytest_boss_gates.evidence.catalogue import load_catalogue, load_practices

    return (*load_catalogue(), *load_practices())


def _guarded_dialect(
    jobs: Callable[[Reading], Iterable[Job]], plugin: str
) -> Callable[[Reading], Iterable[Job]]:
    """Let a dialect that raises lose only itself."""

    def guarded(reading: Reading) -> Iterable[Job]:
        from pytest_boss_gates.evidence.answer import Problem
        from pytest_boss_gates.evidence.steps import Job

        try:
            found = tuple(jobs(reading))
            if wrong := [job for job in found if not isinstance(job, Job)]:
                raise TypeError(f"it gave {wrong[0]!r} for a Job")  # noqa: TRY301 - caught below
        except Exception as error:  # noqa: BLE001 - their code, whatever it does
            text = f"the CI dialect of the plugin {plugin!r} failed ({_spelled(error)})"
            reading.problems.append(Problem(path="CI definitions", line=0, text=text))
            return ()
        return found

    return guarded


def _guarded_runner(expand: Expand, plugin: str) -> Expand:
    """Let a runner that raises give a dead end."""

    def guarded(call: Call, reading: Reading) -> tuple[Step, ...]:
        from pytest_boss_gates.evidence.steps import Dead, Known, Script, Through

        try:
            steps = tuple(expand(call, reading))
            if wrong := [s for s in steps if not isinstance(s, Dead | Known | Script | Through)]:
                raise TypeError(f"it gave {wrong[0]!r} for a step")  # noqa: TRY301 - caught below
        except Exception as error:  # noqa: BLE001 - their code, whatever it does
            why = f"the runner of the plugin {plugin!r} failed ({_spelled(error)})"
            return (Dead(place=call.place, why=f"{call.words[0]}: {why}"),)
        return steps

    return guarded


def _spelled(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
