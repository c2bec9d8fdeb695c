"""Which deployments count, and how often there is one.

A deployment is the first success with which a commit came to a production environment. The same
commit again is a redeploy, and an older one a rollback: neither says how often code is delivered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatch
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.measure.delivery.metrics import DEPLOYMENT_FREQUENCY
from pytest_boss_gates.measure.delivery.windows import (
    FARTHEST,
    MONTHS,
    WEEKS,
    counts,
    first_of_month,
    median,
    monday,
    months_before,
    weeks_before,
    zone,
)
from pytest_boss_gates.model import Graph, Measurement, Source, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from pytest_boss_gates.model import Commit, DeliverySettings, Deployment, Events

LADDER = (Source.RECORDED, Source.DEPLOYMENTS, Source.RELEASES, Source.TAGS)
"""Who is asked for deployments: the first who knows of one is the only one."""

_PRODUCTION = {"production", "prod", "live", "pypi", "release"}
_ELSEWHERE = {
    *("staging", "stage", "uat", "preview", "testing", "test", "testpypi", "qa", "dev", "sandbox"),
    *(
        "development",
        "demo",
        "canary",
        "pre",
        "preprod",
        "preproduction",
        "nonprod",
        "non",
        "pages",
    ),
}


class Kind(Enum):
    """What a success changed."""

    FORWARD = "forward"  # a commit came to the environment for the first time
    AGAIN = "again"  # what was there already
    BACK = "back"  # an older commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A deployment that succeeded, and what it changed."""

    deployment: Deployment
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to production as one source tells it, in the order of time."""

    source: Source | None = None  # None: nobody knows of a deployment
    attempts: tuple[Deployment, ...] = ()  # failed ones, too
    steps: tuple[Step, ...] = ()
    walked: Mapping[str, Any] = field(default_factory=dict)  # what ``walk`` and its guests found

    @property
    def forward(self) -> tuple[Step, ...]:
        """The steps that are deployments as they are counted."""
        return tuple(step for step in self.steps if step.kind is Kind.FORWARD)

    @property
    def named(self) -> str:
        """The source's name."""
        return self.source.value if self.source else ""

    @property
    def successes(self) -> list[Deployment]:
        """The attempts that succeeded."""
        return [each for each in self.attempts if each.succeeded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The successes again, each with what it changed and the commits that it brought first."""

    deployments: Sequence[Deployment]
    kinds: Sequence[Kind]
    commits: Sequence[Sequence[Commit]]
    graph: Graph


def is_production(deployment: Deployment, patterns: Sequence[str]) -> bool:
    """Whether it went to production: as configured, as its source says, or by its name's words."""
    name = deployment.environment.casefold()
    if patterns:
        return any(fnmatch(name, pattern.casefold()) for pattern in patterns)
    if deployment.production is not None:
        return deployment.production
    words = set(re.split(r"[\W_]+", name))
    return bool(words & _PRODUCTION) and not words & _ELSEWHERE


def find_way(events: Events, settings: DeliverySettings, as_of: datetime) -> Way:
    """Take the first source that knows of a production deployment until ``as_of``; no steps yet."""
    for source in LADDER:
        attempts = sorted(
            (
                each
                for each in events.deployments
                if each.source is source
                and each.finished <= as_of
                and is_production(each, settings.production)
            ),
            key=lambda each: (each.finished, each.environment, each.key),
        )
        if attempts:
            return Way(source=source, attempts=_once_a_version(attempts))
    return Way()


def _once_a_version(attempts: Sequence[Deployment]) -> tuple[Deployment, ...]:
    """Leave out what uploads a version to an environment once more."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for each in attempts:
        key = (each.environment, each.version)
        if each.version and each.succeeded and key in seen:
            continue
        if each.succeeded:
            seen.add(key)
        kept.append(each)
    return tuple(kept)


def walk(way: Way, events: Events, as_of: datetime) -> Walk:
    """Tell the steps apart, and give each the commits that came to any production with it first."""
    successes = way.successes
    recent = [each for each in successes if each.finished > as_of - FARTHEST]
    earlier = [each for each in successes if each.finished <= as_of - FARTHEST]
    graph = Graph()
    if recent and not events.is_shallow:
        graph = events.graph([each.commit for each in recent], [each.commit for each in earlier])
    running: dict[str, str] = {}  # the commit of each environment
    everywhere: set[str] = set()
    is_one = len({each.environment for each in successes}) == 1
    come: dict[str, set[str]] = {}  # what has come to each
    kinds, commits = [], []
    for each in successes:
        own = come.setdefault(each.environment, everywhere if is_one else set())
        kind = Kind.FORWARD
        if running.get(each.environment) == each.commit:
            kind = Kind.AGAIN
        elif each.rolled_back or each.commit in own or (own and _is_behind(each, graph, earlier)):
            kind = Kind.BACK
        kinds.append(kind)
        commits.append(_new(each.commit, graph, everywhere))
        if not is_one:
            _new(each.commit, graph, own)
        running[each.environment] = each.commit
        own.add(each.commit)
    return Walk(deployments=successes, kinds=kinds, commits=commits, graph=graph)


def _is_behind(deployment: Deployment, graph: Graph, earlier: Sequence[Deployment]) -> bool:
    """Whether a commit was already behind what this environment had before the graph begins."""
    return (
        deployment.commit in graph.known
        and deployment.commit not in graph.commits
        and bool(earlier)
        and {each.environment for each in earlier} == {deployment.environment}
    )


def _new(tip: str, graph: Graph, seen: set[str]) -> list[Commit]:
    """Give the commits behind a tip that were not seen yet, and note them as seen."""
    found, waiting = [], [tip]
    while waiting:
        key = waiting.pop()
        commit = graph.commits.get(key)
        if commit is None or key in seen:
            continue
        seen.add(key)
        waiting.extend(commit.parents)
        found.append(commit)
    return found


def frequency(
    way: Way, events: Events, settings: DeliverySettings, as_of: datetime, *, monthly: bool
) -> Measurement:
    """Count the days with a deployment: the median over complete weeks, or over months."""
    metric = DEPLOYMENT_FREQUENCY.key
    if way.source is None:
        return unknown_way(metric, events)
    here = zone(settings.time_zone)
    days = [step.deployment.finished.astimezone(here).date() for step in way.forward]
    if not days:
        return Measurement.unknown(metric, f"no deployment has succeeded yet ({way.named})")
    today = as_of.astimezone(here).date()
    first = min(days)
    start = first_of_month(first) if monthly else monday(first)
    whole = months_before(today) if monthly else weeks_before(today)
    starts = [each for each in whole if each >= start]
    noun = "month" if monthly else "week"
    if not starts:
        reason = f"no {noun} is complete since the first deployment on {first} (n=0)"
        return Measurement.unknown(metric, reason)
    typical = median(counts(days, starts, monthly=monthly))
    end = first_of_month(today) if monthly else monday(today)
    inside = [step for step in way.forward if starts[-1] <= _day(step, settings) < end]
    notes = [f"{plural(len(inside), 'deployment')}"]
    if events.stray_tags and way.source is Source.TAGS:
        notes.append(f"{plural(events.stray_tags, 'tag')} off the branch left out")
    span = f"last {plural(len(starts), f'complete {noun}')}"
    if len(starts) < (MONTHS if monthly else WEEKS):
        span += f" (since {first})"
    return Measurement(
        metric=metric,
        value=typical * Fraction(12, 52) if monthly else typical,
        n=len(starts),
        notes=tuple(notes),
        window=span,
        source=way.named,
    )


def _day(step: Step, settings: DeliverySettings) -> date:
    return step.deployment.finished.astimezone(zone(settings.time_zone)).date()


def unknown_way(metric: str, events: Events) -> Measurement:
    """Say that nobody knows of a deployment, and why git does not."""
    why = f"no deployment is known: {events.reason}" if events.reason else "no deployment is known"
    return Measurement.unknown(metric, why, remedy=events.remedy)
