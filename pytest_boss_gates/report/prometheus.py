"""The run in Prometheus' text format, for the textfile collector and for a Pushgateway.

Names and units follow Prometheus' conventions, and OpenTelemetry's names where it has them. What
is not known has no series: a status says so, never a 0 or NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Bound, Comparator, Outcome, Status, Unit, VerdictStatus
from pytest_boss_gates.report.escape import prometheus_help, prometheus_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.model import Metric, Number, Run, Verdict

PREFIX = "boss_gates_"
BRANCH = "vcs_ref_head_name"
"""The label that holds a branch, as OpenTelemetry calls it."""

_SUFFIXES = {
    Unit.RATIO: "_ratio",
    Unit.SECONDS: "_seconds",
    Unit.PER_WEEK: "_per_week",
    Unit.VERSION: "_info",
}
# OpenTelemetry's cicd.pipeline.run.duration is a histogram of runs, ours a median of them: the
# same name behind a prefix of our own, so that the two never meet under one name.
_CONVENTIONAL = {"ci-pipeline-duration": "cicd_pipeline_run_duration"}
_NO_NUMBER = (Comparator.NO_WORSE, Comparator.MATCHES)
_KNOWN = (VerdictStatus.MET, VerdictStatus.MISSED, VerdictStatus.OBSERVED)
_LARGEST_WHOLE = 2**53  # up to here a float holds every whole number


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A name of which there is always the same to say, and the labels its series have."""

    name: str
    labels: tuple[str, ...]
    help: str


RUN_INFO = Family(
    name="boss_gates_run_info",
    labels=("project", BRANCH, "vcs_ref_head_revision", "ci", "python", "version"),
    help="Which run the other numbers are from, always 1.",
)
LAST_RUN = Family(
    name="boss_gates_last_run_timestamp_seconds",
    labels=("project",),
    help="When the last run ended, in seconds since 1970.",
)
PARTIAL = Family(
    name="boss_gates_run_partial",
    labels=("project",),
    help="Whether the run was only a part of the suite.",
)
OUTCOME = Family(
    name="boss_gates_run_outcome",
    labels=("project", "outcome"),
    help="The run's blocking targets summed up: 1 for the outcome that it had, 0 for the others.",
)
VERDICT = Family(
    name="boss_gates_verdict_status",
    labels=("project", "metric", "scope", "status"),
    help="The verdict on a metric: 1 for the status that it has, 0 for the others.",
)
BLOCKING = Family(
    name="boss_gates_verdict_blocking",
    labels=("project", "metric", "scope"),
    help="Whether the verdict, as it is, keeps the run from being met.",
)
TARGET_INFO = Family(
    name="boss_gates_target_info",
    labels=("project", "metric", "scope", "target", "enforce"),
    help="What is wanted of a metric, as written, always 1.",
)
BOUND = Family(
    name="boss_gates_measurement_bound",
    labels=("project", "metric", "scope", "bound"),
    help="How sure the measured value is: 1 for what it is, 0 for the others.",
)
SAMPLES = Family(
    name="boss_gates_measurement_samples",
    labels=("project", "metric", "scope"),
    help="How many samples the measured value rests on.",
)
TRACKER = Family(
    name="boss_gates_tracker_rows",
    labels=("project", "table", "status"),
    help="How many rows of a table of the tracker have a status.",
)
FAMILIES = (
    RUN_INFO,
    LAST_RUN,
    PARTIAL,
    OUTCOME,
    VERDICT,
    BLOCKING,
    TARGET_INFO,
    BOUND,
    SAMPLES,
    TRACKER,
)
"""Every name beside those of the metrics."""


def value_family(metric: Metric) -> Family:
    """Give the name that a metric's value has: ``boss_gates_code_coverage_ratio``."""
    labels = ("project", "scope", *(("version",) if metric.unit is Unit.VERSION else ()))
    return Family(name=_name(metric), labels=labels, help=f"{metric.title}: {metric.why}")


def target_family(metric: Metric) -> Family:
    """Give the name that a metric's target has: ``boss_gates_code_coverage_target_ratio``."""
    text = f"The target of {metric.title}."
    return Family(name=_name(metric, "_target"), labels=("project", "scope"), help=text)


def _name(metric: Metric, what: str = "") -> str:
    stem = _CONVENTIONAL.get(metric.key, metric.key.replace("-", "_"))
    return f"{PREFIX}{stem}{what}{_SUFFIXES.get(metric.unit, '')}"


def render(run: Run) -> str:
    """Spell a run in the text format 0.0.4; ends with a newline."""
    page = _Page(project=run.identity.project)
    page.run(run)
    for verdict in run.verdicts:
        page.verdict(verdict, partial=bool(run.identity.partial))
    page.tracker(run)
    return "\n".join([*page.lines(), ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The series by family. One that is there already stays: a doubled one spoils the whole."""

    project: str
    families: dict[str, Family] = field(default_factory=dict)
    series: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, family: Family, value: Number | str | None, **labels: str) -> None:
        """Add a series, unless the value is no number."""
        number = _number(value)
        if number is None:
            return
        given = {"project": self.project, **labels}
        pairs = ((name, prometheus_label(given.get(name, ""))) for name in family.labels)
        spelled = ",".join(f'{name}="{text}"' for name, text in pairs if text)
        self.families.setdefault(family.name, family)
        self.series.setdefault(family.name, {}).setdefault(spelled, number)

    def states(self, family: Family, label: str, states: Mapping[str, bool], **labels: str) -> None:
        """Add one series a state, 1 where it is so."""
        for state, holds in states.items():
            self.add(family, int(holds), **labels, **{label: state})

    def run(self, run: Run) -> None:
        """Add what is said of the run itself."""
        who = run.identity
        self.add(
            RUN_INFO,
            1,
            vcs_ref_head_name=who.branch,
            vcs_ref_head_revision=who.commit,
            ci=who.ci,
            python=who.versions.get("python", ""),
            version=who.versions.get("pytest-boss-gates", ""),
        )
        self.add(LAST_RUN, int(who.ended.timestamp()))
        self.add(PARTIAL, int(bool(who.partial)))
        self.states(OUTCOME, "outcome", {each.value: each is run.outcome for each in Outcome})

    def verdict(self, verdict: Verdict, *, partial: bool) -> None:
        """Add a verdict, its target, and the value where it stands for the whole suite."""
        metric, measurement = verdict.metric, verdict.measurement
        of = {"metric": metric.key, "scope": verdict.scope}
        statuses = {each.value: each is verdict.status for each in VerdictStatus}
        self.states(VERDICT, "status", statuses, **of)
        self.add(BLOCKING, int(verdict.blocking), **of)
        self.target(verdict)
        self.add(SAMPLES, measurement.n, **of)
        value = measurement.value
        seen = verdict.status in _KNOWN and value is not None
        if not seen or (partial and verdict.status is VerdictStatus.OBSERVED):
            return
        self.states(BOUND, "bound", {each.value: each is measurement.bound for each in Bound}, **of)
        if metric.unit is Unit.VERSION:
            self.add(value_family(metric), 1, scope=verdict.scope, version=str(value))
        else:
            self.add(value_family(metric), value, scope=verdict.scope)

    def target(self, verdict: Verdict) -> None:
        """Add what is wanted; as a number only where the target is one."""
        target, metric = verdict.target, verdict.metric
        if target is None:
            return
        self.add(
            TARGET_INFO,
            1,
            metric=metric.key,
            scope=verdict.scope,
            target=target.text,
            enforce=target.enforce.value,
        )
        if target.wanted.comparator not in _NO_NUMBER and metric.unit is not Unit.VERSION:
            self.add(target_family(metric), target.wanted.value, scope=verdict.scope)

    def tracker(self, run: Run) -> None:
        """Add how far each table is; rows without a status are no matter of evidence."""
        for table in run.tables:
            found = [row.status for row in table.rows if row.status is not None]
            for status in Status if found else ():
                count = found.count(status)
                self.add(TRACKER, count, table=table.title, status=status.value)

    def lines(self) -> Iterator[str]:
        """Give the lines, a family after the other, sorted by name."""
        for name, family in sorted(self.families.items()):
            yield f"# HELP {name} {prometheus_help(family.help)}"
            yield f"# TYPE {name} gauge"
            yield from (f"{name}{{{it}}} {value}" for it, value in self.series[name].items())


def _number(value: Number | str | None) -> str | None:
    """Spell a number as Go reads it; None for what is none."""
    if value is None or isinstance(value, str):
        return None
    try:
        plain = float(value)
    except OverflowError:
        return None
    if not math.isfinite(plain):
        return None
    return str(int(plain)) if plain.is_integer() and abs(plain) < _LARGEST_WHOLE else repr(plain)
