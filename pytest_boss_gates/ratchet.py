"""Targets from what was measured: the first ones, and stricter ones where there is slack.

Both give the text of the settings file as it would be; whoever asked writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError, WriteError
from pytest_boss_gates.judge import judge
from pytest_boss_gates.judge.compare import holds
from pytest_boss_gates.judge.slack import tighter
from pytest_boss_gates.lastrun import LastRunError, read_last_run, why_no_base
from pytest_boss_gates.model import (
    Bound,
    Direction,
    Enforce,
    Level,
    Measurement,
    Target,
    VerdictStatus,
    spell,
)
from pytest_boss_gates.pipeline import Witnessed, conclude
from pytest_boss_gates.report.write import write_whole
from pytest_boss_gates.settings.bounds import (
    first_bounds,
    respelled,
    stricter_bounds,
    worsened,
)
from pytest_boss_gates.settings.edit import added, changed, written_targets
from pytest_boss_gates.settings.targets import spell_wanted, worst_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction
    from pathlib import Path

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.lastrun import LastRun
    from pytest_boss_gates.model import Metric, Number, Wanted
    from pytest_boss_gates.repository.toml_lines import KeyPath

FILE = "pyproject.toml"
FIRST = (
    "code-coverage",
    "complexity",
    "maintainability",
    "suppressions",
    "session-duration",
    "slowest-test",
    "tests",
    "ci-pipeline-duration",
    "build-success-rate",
    "deployment-frequency",
    "lead-time-for-changes",
    "mean-time-to-recovery",
)
"""What the first targets are set on, as far as it is measured; numbers that a team can keep."""

_CHECKING = {  # areas of tools that look at code, and from which level on one is worth holding
    "format": Level.DECLARED,
    "imports": Level.DECLARED,
    "lint": Level.DECLARED,
    "security": Level.DECLARED,
    "tests": Level.WIRED,  # what is only declared there is mostly a library
    "types": Level.DECLARED,
}
_TABLE = ("tool", "boss-gates")
_NOT_RUN = "no run has measured it"


class NoBaseError(BossGatesError):
    """There is no run whose values targets may be set by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A target that becomes stricter."""

    metric: str
    scope: str
    before: str  # both as spelled in the file
    after: str
    shown: str  # the measured value
    path: KeyPath
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A target on what had none."""

    metric: str
    text: str
    shown: str  # the measured value


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A metric whose target stays as it is, or that gets none, and why."""

    metric: str
    scope: str = ""
    target: str = ""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A settings file as it is and as it would be."""

    before: str
    after: str
    moved: tuple[Moved, ...] = ()
    first: tuple[First, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)  # new ones by name: their level
    left: tuple[Left, ...] = ()
    base: LastRun | None = None  # which run the values are of
    no_base: str = ""  # why there is none

    @property
    def lacks_run(self) -> bool:
        """Whether a target was left out for want of a run."""
        return any(each.reason == _NOT_RUN for each in self.left)


def plan_stricter(corridor: Corridor, margin: Fraction | None) -> Plan:
    """Plan to raise every target that has slack to the last run's value, less a margin.

    Raises LastRunError, NoBaseError and EditError.
    """
    settings = corridor.settings
    text = read_settings(settings.root)
    last = read_last_run(settings.root)
    if why := why_no_base(last, settings.root, corridor.tree):
        raise NoBaseError(f"The last run is no base for targets: {why}. Run the whole suite again.")
    moved: list[Moved] = []
    left: list[Left] = []
    metrics = corridor.additions.all_metrics
    for target, (path, spelled) in zip(settings.targets, written_targets(text), strict=False):
        found = _stricter(target, metrics[target.metric], last, margin)
        if isinstance(found, str):
            left.append(
                Left(metric=target.metric, scope=target.scope, target=spelled, reason=found)
            )
            continue
        wanted, shown = found
        moved.append(
            Moved(
                metric=target.metric,
                scope=target.scope,
                before=spelled,
                after=respelled(spelled, wanted, metrics[target.metric]),
                shown=shown,
                path=path,
                line=target.set_at.line if target.set_at else 0,
            )
        )
    after = changed(text, {each.path: each.after for each in moved})
    return Plan(before=text, after=after, moved=tuple(moved), left=tuple(left), base=last)


def plan_first(corridor: Corridor, document: str) -> Plan:
    """Plan to set today's values as targets, and today's levels of the tools.

    What is set already is left alone. ``document`` is the tracker's to be, relative to the root,
    "" for none. Raises EditError.
    """
    settings = corridor.settings
    text = read_settings(settings.root)
    last, no_base = _base(corridor)
    set_already = set() if settings.defaults else {target.metric for target in settings.targets}
    wanted = [key for key in FIRST if key in corridor.additions.all_metrics]
    found: list[First] = []
    left: list[Left] = []
    missing = [key for key in wanted if key not in set_already]
    values = _values(corridor, missing, last)
    for key in wanted:
        if key in set_already:
            left.append(Left(metric=key, reason="it has a target already"))
            continue
        target = _first(corridor.additions.all_metrics[key], values[key])
        if isinstance(target, First):
            found.append(target)
        else:
            left.append(Left(metric=key, reason=target))
    tools = _tools(corridor)
    after = added(text, (*_TABLE, "targets"), {first.metric: first.text for first in found})
    after = added(after, (*_TABLE, "tools"), tools)
    if document:
        after = added(after, (*_TABLE, "tracker"), {"document": document})
    return Plan(
        before=text,
        after=after,
        first=tuple(found),
        tools=tools,
        left=tuple(left),
        base=last,
        no_base=no_base,
    )


def read_settings(root: Path) -> str:
    """Read the settings file with its line ends and its byte order mark; "" without one."""
    try:
        return (root / FILE).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""


def write_plan(plan: Plan, root: Path) -> bool:
    """Write the settings file as planned; whether there was anything to write. Raises WriteError.

    What somebody else has written there in the meantime is not overwritten.
    """
    if plan.before == plan.after:
        return False
    if read_settings(root) != plan.before:
        raise WriteError(f"{FILE} was changed by somebody else in the meantime; do it again.")
    write_whole(root / FILE, plan.after)
    return True


def _base(corridor: Corridor) -> tuple[LastRun | None, str]:
    """Give the last run when its values are today's, else why there is none."""
    root = corridor.settings.root
    try:
        last = read_last_run(root)
    except LastRunError as error:
        return None, str(error).partition(". ")[0]
    if last.identity.pytest_exit is None:
        return None, "The last run was without tests"
    if why := why_no_base(last, root, corridor.tree):
        return None, f"The last run is no base for targets: {why}"
    return last, ""


def _stricter(
    target: Target, metric: Metric, last: LastRun, margin: Fraction | None
) -> tuple[Wanted, str] | str:
    """Give a stricter bound and the value as shown, or why there is none."""
    seen = last.verdicts.get((target.metric, target.scope))
    if seen is None:
        return "the last run did not measure it"
    measured = last.measured(metric, target.scope)
    if measured is None:
        return f"{seen.status.value}: {seen.measurement.reason}".rstrip(": ")
    verdict, value = judge(metric, target, measured), measured.value
    if verdict.status is not VerdictStatus.MET or value is None or isinstance(value, str):
        return f"{verdict.status.value}: {verdict.reason}".rstrip(": ")
    padded = worsened(value, metric, margin)
    for wanted in stricter_bounds(target.wanted, padded, metric, exact=margin is not None):
        if holds(padded, wanted) and tighter(wanted, target.wanted):
            return wanted, verdict.shown
    return f"{verdict.shown} leaves no slack beyond the margin"


def _values(corridor: Corridor, keys: list[str], last: LastRun | None) -> Mapping[str, Measurement]:
    """Measure now what needs no tests, and take the rest from the last run."""
    metrics = corridor.additions.all_metrics
    asked = tuple(_any(metrics[key]) for key in keys)
    settings = replace(corridor.settings, targets=asked, tools=())
    run = conclude(replace(corridor, settings=settings), Witnessed())
    now = {verdict.metric.key: verdict.measurement for verdict in run.verdicts if not verdict.scope}
    found: dict[str, Measurement] = {}
    for key in keys:
        measured = now.get(key) or Measurement.skipped(key, "it is not measured")
        before = last.measured(metrics[key], "") if last else None
        if measured.value is None and before is not None:
            measured = before
        elif measured.not_for_this_run:
            reason = _NOT_RUN if last is None else "the last run did not measure it"
            measured = replace(measured, reason=reason)
        found[key] = measured
    return found


def _any(metric: Metric) -> Target:
    """Give a target that has the metric measured, whatever the value."""
    wanted = next(first_bounds(worst_value(metric), metric))
    return Target(metric=metric.key, wanted=wanted, text="any", enforce=Enforce.WARN)


def _first(metric: Metric, measured: Measurement) -> First | str:
    """Give a first bound that today's value meets with some slack, or why there is none."""
    value = measured.value
    if value is None or isinstance(value, str):
        return measured.reason
    if measured.bound is not Bound.EXACT:
        return f"only known to be {measured.bound.value} {spell(value, metric.unit)}"
    padded = worsened(value, metric)
    for wanted in first_bounds(padded, metric):
        if holds(padded, wanted):
            if holds(_worst(metric, value), wanted):
                return f"{spell(value, metric.unit)} is too little to hold on to"
            shown = spell(value, metric.unit)
            return First(metric=metric.key, text=spell_wanted(wanted), shown=shown)
    return f"{spell(value, metric.unit)} is more than a target says"


def _worst(metric: Metric, value: Number) -> Fraction:
    """Give the worst value of the metric, or one that is bad enough where there is no worst."""
    worst = worst_value(metric)
    if metric.direction is Direction.HIGHER or worst:
        return worst
    return 1000 * (worsened(value, metric) + 1)


def _tools(corridor: Corridor) -> Mapping[str, str]:
    """Give the checking tools that the repository shows by themselves, each at its level."""
    named = {tool.name for tool in corridor.settings.tools}
    facts = corridor.evidence.facts
    return {
        key: min(fact.level, Level.GATING).label
        for key in sorted(corridor.tools)
        if key not in named
        and (fact := facts.get(key)) is not None
        and fact.area in _CHECKING
        and fact.level >= _CHECKING[fact.area]
        and not fact.by
    }


def diff(plan: Plan) -> Iterator[str]:
    """Give the lines of a plan's unified diff; none when nothing changes."""
    from difflib import unified_diff

    before, after = plan.before.splitlines(), plan.after.splitlines()
    yield from unified_diff(before, after, FILE, FILE, lineterm="")
