"""How long a change is under way: from its commit to its first deployment to production."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.delivery.deployments import Kind, unknown_way
from pytest_boss_gates.measure.delivery.metrics import LEAD_TIME_FOR_CHANGES
from pytest_boss_gates.measure.delivery.windows import (
    DAYS,
    median,
    microseconds,
    percentile,
    within,
)
from pytest_boss_gates.model import Bound, Clock, Measurement, Unit, plural, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pytest_boss_gates.measure.delivery.deployments import Walk, Way
    from pytest_boss_gates.model import Commit, Deployment, Events, Merge
    from pytest_boss_gates.model.delivery import Walked

_MICROSECONDS = 1_000_000  # of a second
_NO_MERGES = (
    "squash-merged commits hide when the work on them began; the provider's pull requests tell it"
)


def weigh(walk: Walk, merges: Iterable[Merge], clock: Clock, as_of: datetime) -> Walked:
    """Sum up the lead times of the last 90 days, in microseconds, so that they can be kept.

    The first deployment has none before it that tells what is new with it.
    """
    merged = {merge.commit: merge for merge in merges}
    forward = [index for index, kind in enumerate(walk.kinds) if kind is Kind.FORWARD]
    recent = [each for each in forward[1:] if within(walk.deployments[each].finished, as_of, DAYS)]
    found = sorted(
        sample
        for each in recent
        for commit in walk.commits[each]
        if len(commit.parents) <= 1
        for sample in _samples(commit, merged.get(commit.key), walk.deployments[each], clock)
    )
    kept = [sample for sample in found if sample[0] >= 0]
    told: Walked = {"recent": len(recent), "commits": bool(walk.graph.commits), "n": len(kept)}
    if not kept:
        return told
    values = [sample[0] for sample in kept]
    middle = median(values)
    return told | {
        "median": [middle.numerator, middle.denominator],
        "p90": int(percentile(values, 90)),
        # A bound above the middle may grow as it likes, and the middle stays where it is.
        "is-bound": any(sample[1] for sample in kept[: len(kept) // 2 + 1]),
        "negative": len(found) - len(kept),
        "squashed": sum(sample[1] for sample in kept),
    }


def _samples(
    commit: Commit, merge: Merge | None, deployment: Deployment, clock: Clock
) -> Iterator[tuple[int, bool]]:
    """Give the time that a commit was under way, and whether it is only a lower bound."""
    end = deployment.finished
    if clock is Clock.COMMITTER:
        yield microseconds(commit.committed, end), False
    elif merge is not None and merge.authored:  # what was squashed away, commit by commit
        for authored in merge.authored:
            yield microseconds(authored, end), False
    else:
        yield microseconds(commit.authored, end), commit.squashed or merge is not None


def lead_time(way: Way, events: Events) -> Measurement:
    """Take the median over the commits that came to production first in the last 90 days."""
    metric = LEAD_TIME_FOR_CHANGES.key
    if events.is_shallow:  # whatever was recorded, the commits behind it are not all here
        reason = f"a lead time needs every commit, and {events.reason}"
        return Measurement.unknown(metric, reason, remedy=events.remedy)
    if way.source is None:
        return unknown_way(metric, events)
    if len(way.forward) < 2:
        reason = f"a first deployment has none before it to tell what is new ({way.named})"
        return Measurement.unknown(metric, reason)
    told = way.walked["lead"]
    if not told["n"]:
        reason = f"no commit came to production in the last {DAYS} days (n=0, {way.named})"
        if told["recent"] and not told["commits"]:
            reason = f"git does not know the commits that were deployed ({way.named})"
        return Measurement.unknown(metric, reason)
    notes = [f"p90 {spell(Fraction(told['p90'], _MICROSECONDS), Unit.SECONDS, 0)}"]
    if told["negative"]:
        notes.append(f"{plural(told['negative'], 'negative one')} left out")
    if told["squashed"]:
        notes.append(f"{told['squashed']} squash-merged")
    return Measurement(
        metric=metric,
        value=Fraction(*told["median"]) / _MICROSECONDS,
        bound=Bound.AT_LEAST if told["is-bound"] else Bound.EXACT,
        bound_reason=_NO_MERGES if told["is-bound"] else "",
        n=told["n"],
        notes=tuple(notes),
        window=f"last {DAYS} days",
        source=way.named,
    )
