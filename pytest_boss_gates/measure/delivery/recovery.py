"""What went wrong in production: how long it took to recover, and how often a change is the cause.

One source tells of the failures, the first who knows of any, whenever it was: recorded incidents,
labelled issues, deployments that failed or were rolled back, or reverts that were deployed.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.delivery.builds import (
    FAILED,
    name_of,
    on_branch,
    unknown_builds,
)
from pytest_boss_gates.measure.delivery.deployments import Kind, unknown_way
from pytest_boss_gates.measure.delivery.metrics import (
    CHANGE_FAILURE_RATE,
    CI_RECOVERY_TIME,
    MEAN_TIME_TO_RECOVERY,
)
from pytest_boss_gates.measure.delivery.windows import (
    DAYS,
    FARTHEST,
    median,
    seconds,
    within,
)
from pytest_boss_gates.model import (
    Average,
    Bound,
    Conclusion,
    Item,
    Measurement,
    Source,
    Unit,
    plural,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pytest_boss_gates.measure.delivery.deployments import Step, Walk, Way
    from pytest_boss_gates.model import Build, Commit, DeliverySettings, Deployment, Events

_BLAMED = timedelta(hours=24)
_FAILED = "failed deployments"
_REVERTS = "deployed reverts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Something that did not work; ``cause`` is the deployment that is blamed for it."""

    name: str
    started: datetime
    recovered: datetime | None = None
    cause: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outages:
    """All that one source tells, oldest first; "" when nobody can tell."""

    source: str
    all: tuple[Outage, ...] = ()


def find_outages(way: Way, events: Events, as_of: datetime) -> Outages:
    """Take the first source that knows of a failure until ``as_of``."""
    for source in (Source.RECORDED, Source.ISSUES):
        told = [
            Outage(
                name=each.title or each.key,
                started=each.started,
                recovered=each.recovered,
                cause=_blamed(each.deployment, each.started, way),
            )
            for each in events.incidents
            if each.source is source and each.started <= as_of
        ]
        if told:
            named = "recorded incidents" if source is Source.RECORDED else source.value
            return Outages(source=named, all=_in_order(told))
    failed = list(_failed(way))
    if failed:
        return Outages(source=f"{_FAILED} of {way.named}", all=_in_order(failed))
    recent = way.steps and way.steps[-1].deployment.finished > as_of - FARTHEST
    unseen = recent and not way.walked["known"]
    if way.source is None or events.is_shallow or unseen:
        return Outages(source="")
    return Outages(source=f"{_REVERTS} of {way.named}", all=_in_order(_reverted(way)))


def _in_order(outages: Iterable[Outage]) -> tuple[Outage, ...]:
    return tuple(sorted(outages, key=lambda outage: (outage.started, outage.name)))


def _blamed(commit: str, started: datetime, way: Way) -> Step | None:
    """Find the deployment that an incident names, or the last one, when that is not a day ago."""
    if commit:
        named = (step for step in way.forward if step.deployment.commit == commit)
        return next(named, None)
    before = [step for step in way.forward if step.deployment.finished <= started]
    if before and started - before[-1].deployment.finished <= _BLAMED:
        return before[-1]
    return None


def _failed(way: Way) -> Iterator[Outage]:
    """Go from each failure to the next success there, and from a rolled back one to its rollback.

    Tags cannot fail, and one on an older commit is a late name and no rollback.
    """
    if way.source is Source.TAGS:
        return
    down: dict[str, Deployment] = {}
    for each in way.attempts:
        if not each.succeeded:
            down.setdefault(each.environment, each)
        elif first := down.pop(each.environment, None):
            yield Outage(name=first.key, started=first.finished, recovered=each.finished)
    for first in down.values():
        yield Outage(name=first.key, started=first.finished)
    running: dict[str, Step] = {}
    for step in way.steps:
        now = step.deployment
        if step.kind is Kind.BACK and (bad := running.get(now.environment)):
            yield Outage(
                name=bad.deployment.version or bad.deployment.commit[:10],
                started=bad.deployment.finished,
                recovered=now.finished,
                cause=bad,
            )
        if step.kind is not Kind.AGAIN:
            running[now.environment] = step


def find_reverts(walk: Walk) -> list[tuple[str, int, int]]:
    """Find the reverts that were deployed: a name, and the successes that broke and mended it.

    Both in one deployment were never wrong in production; to take back a revert is no recovery.
    """
    arrived = {
        commit.key: index for index, commits in enumerate(walk.commits) for commit in commits
    }
    requests: dict[str, list[Commit]] = {}
    for commit in sorted(walk.graph.commits.values(), key=lambda it: (it.committed, it.key)):
        requests.setdefault(f"#{commit.request}", []).append(commit)
    found = []
    for index, commits in enumerate(walk.commits):
        for commit in commits:
            # One commit may name what it takes back by its request, and again by its hash.
            for reverted in {it.key: it for it in _taken_back(commit, walk, requests)}.values():
                cause = arrived.get(reverted.key, index)
                if cause < index and not reverted.reverts:
                    name = f"{reverted.key[:10]}, reverted by {commit.key[:10]}"
                    found.append((name, cause, index))
    return found


def _reverted(way: Way) -> Iterator[Outage]:
    for name, cause, mended in way.walked.get("reverts", ()):
        yield Outage(
            name=name,
            started=way.steps[cause].deployment.finished,
            recovered=way.steps[mended].deployment.finished,
            cause=way.steps[cause],
        )


def _taken_back(
    revert: Commit, walk: Walk, requests: Mapping[str, Sequence[Commit]]
) -> Iterator[Commit]:
    """Find what a commit takes back; hashes may be shortened, numbers are those of requests."""
    commits = walk.graph.commits
    for key in revert.reverts:
        if key in commits:
            yield commits[key]
        elif key in requests:
            at = bisect([each.committed for each in requests[key]], revert.committed)
            yield from requests[key][max(at - 1, 0) : at]
        elif len(key) < 40:
            found = [commit for name, commit in commits.items() if name.startswith(key)]
            yield from found if len(found) == 1 else ()


def find_reds(events: Events, as_of: datetime) -> Outages:
    """Find when each pipeline of the default branch turned red, and when it was green again.

    A green run of what began before the red one says nothing of it.
    """
    source, builds = on_branch(events, as_of)
    over = [(each.completed, each) for each in builds if each.completed and each.completed <= as_of]
    red: dict[str, tuple[datetime, Build]] = {}
    found = []
    for end, build in sorted(over, key=lambda row: (row[0], row[1].key, row[1].attempt)):
        is_good = build.conclusion is Conclusion.SUCCESS or build.only_delivery
        if is_good and build.name in red and build.started >= red[build.name][1].started:
            start, first = red.pop(build.name)
            found.append(Outage(name=name_of(first), started=start, recovered=end))
        elif build.conclusion in FAILED and not is_good:
            red.setdefault(build.name, (end, build))
    found += [Outage(name=name_of(first), started=start) for start, first in red.values()]
    return Outages(source=source.value if source else "", all=_in_order(found))


def recovery(
    outages: Outages, events: Events, settings: DeliverySettings, as_of: datetime
) -> Measurement:
    """Take the mean (or median) of the last 90 days; one that is not over may miss by itself."""
    metric = MEAN_TIME_TO_RECOVERY.key
    if not outages.source:
        return _untold(metric, events)
    return _recovery(metric, outages, events, settings, as_of)


def ci_recovery(events: Events, settings: DeliverySettings, as_of: datetime) -> Measurement:
    """Do the same for the pipelines of the default branch: from red to green."""
    metric, reds = CI_RECOVERY_TIME.key, find_reds(events, as_of)
    if not reds.source:
        return unknown_builds(metric, events)
    return _recovery(metric, reds, events, settings, as_of)


def _recovery(
    metric: str, outages: Outages, events: Events, settings: DeliverySettings, as_of: datetime
) -> Measurement:
    now = events.now or as_of
    open_ones = tuple(
        Item(name=each.name, value=seconds(each.started, now), note=f"since {each.started.date()}")
        for each in outages.all
        if each.recovered is None
    )
    times = _times(outages, as_of)
    window = f"last {DAYS} days"
    if not times and not open_ones:
        return Measurement(
            metric=metric,
            n=0,
            window=window,
            source=outages.source,
            reason=f"none (n=0, {DAYS} days)",
            is_none=True,
        )
    ages = [Fraction(item.value) for item in open_ones]
    noun = "red run" if metric == CI_RECOVERY_TIME.key else "incident"
    middle = median(times or ages)
    mean = sum(times or ages, Fraction(0)) / len(times or ages)
    is_mean = settings.recovery is Average.MEAN
    other = f"median {_spelled(middle)}" if is_mean else f"mean {_spelled(mean)}"
    return Measurement(
        metric=metric,
        value=mean if is_mean else middle,
        bound=Bound.EXACT if times else Bound.AT_LEAST,
        bound_reason="" if times else f"{plural(len(ages), noun)} not over yet",
        n=len(times),
        pending=open_ones,
        notes=(other, *([f"{len(open_ones)} open"] if open_ones else [])),
        window=window,
        source=outages.source,
    )


def _times(outages: Outages, as_of: datetime) -> list[Fraction]:
    """Give how long each outage of the window took that is over."""
    return [
        seconds(each.started, each.recovered)
        for each in outages.all
        if each.recovered is not None and within(each.started, as_of, DAYS)
    ]


def _spelled(value: Fraction) -> str:
    return spell(value, Unit.SECONDS, 0)


def failure_rate(way: Way, outages: Outages, events: Events, as_of: datetime) -> Measurement:
    """Take the share of the last 90 days' deployments that something went wrong after."""
    metric = CHANGE_FAILURE_RATE.key
    if way.source is None:
        return unknown_way(metric, events)
    if not outages.source:
        return _untold(metric, events)
    recent = [step for step in way.forward if within(step.deployment.finished, as_of, DAYS)]
    if not recent:
        reason = f"nothing was deployed in the last {DAYS} days (n=0, {way.named})"
        return Measurement.unknown(metric, reason)
    blamed = [outage.cause for outage in (*outages.all, *_failed(way), *_reverted(way))]
    failed = [step for step in recent if any(step is each for each in blamed)]
    return Measurement(
        metric=metric,
        value=Fraction(len(failed), len(recent)),
        n=len(recent),
        numerator=len(failed),
        denominator=len(recent),
        items=tuple(
            Item(name=step.deployment.version or step.deployment.commit[:10], value=1)
            for step in failed
        ),
        window=f"last {DAYS} days",
        source=way.named if way.named in outages.source else f"{way.named}, {outages.source}",
    )


def _untold(metric: str, events: Events) -> Measurement:
    why = f": {events.reason}" if events.reason else ""
    return Measurement.unknown(metric, f"nobody tells of failures{why}", remedy=events.remedy)
