"""How long the pipeline of the default branch takes, and how often its builds succeed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.delivery.metrics import BUILD_SUCCESS_RATE, CI_PIPELINE_DURATION
from pytest_boss_gates.measure.delivery.windows import median, percentile, seconds, within
from pytest_boss_gates.model import (
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
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pytest_boss_gates.model import Build, Events

SUITES, FEWEST_SUITES = 30, 5
BUILDS, BUILD_DAYS = 100, 30
FEWEST_BUILDS = 21
"""With 20, one failure is 95 %: no share above that could be told from none at all."""

_LADDER = (Source.RUNS, Source.RECORDED, Source.SESSIONS)
_ON_BRANCH = ("push", "")  # a session of ours knows of no event
_QUEUE = "merge_group"
_QUEUE_BRANCH = "gh-readonly-queue/{}/"  # where GitHub's merge queue puts what it tries
FAILED = (Conclusion.FAILURE, Conclusion.TIMED_OUT, Conclusion.STARTUP_FAILURE)
_FINISHED = (Conclusion.SUCCESS, Conclusion.FAILURE, Conclusion.TIMED_OUT, Conclusion.NEUTRAL)
_NO_BRANCH = "Say which it is: `git remote set-head origin --auto`."


def on_branch(events: Events, as_of: datetime) -> tuple[Source | None, list[Build]]:
    """Take the builds of the default branch from the first source that knows of any.

    Pushes and the merge queue count, until ``as_of``, oldest first, every attempt.
    """
    for source in _LADDER:
        found = [
            build
            for build in events.builds
            if build.source is source
            and build.started <= as_of
            and _is_of_branch(build, events.branch)
        ]
        if found:
            return source, sorted(found, key=lambda build: (build.started, build.key))
    return None, []


def _is_of_branch(build: Build, branch: str) -> bool:
    if not branch:
        return False
    if build.event == _QUEUE:
        return build.branch == branch or build.branch.startswith(_QUEUE_BRANCH.format(branch))
    return build.event in _ON_BRANCH and build.branch == branch


def unknown_builds(metric: str, events: Events) -> Measurement:
    """Say that no build of the default branch is known."""
    if events.builds and not events.branch:
        reason = "which branch is the default one is not known"
        return Measurement.unknown(metric, reason, remedy=_NO_BRANCH)
    where = f"of the branch {events.branch}" if events.branch else "of the default branch"
    return Measurement.unknown(metric, f"no build {where} is known")


# -- how long


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suite:
    """All that ran for one commit, at the first attempt."""

    seconds: Fraction
    queued: tuple[Fraction, ...]


def duration(events: Events, as_of: datetime, session: Fraction | None) -> Measurement:
    """Take the median wall time of the last 30 suites; without any, what this session bounds."""
    metric = CI_PIPELINE_DURATION.key
    source, builds = on_branch(events, as_of)
    builds = [build for build in builds if build.timed]
    if source is None or not builds:
        return _bounded(events, session) or unknown_builds(metric, events)
    suites = [suite for each in _by_commit(builds) if (suite := _suite(each, as_of))][-SUITES:]
    if len(suites) < FEWEST_SUITES:
        reason = f"too few complete suites (n={len(suites)}, {FEWEST_SUITES} are needed)"
        return Measurement.unknown(metric, reason)
    values = [suite.seconds for suite in suites]
    notes = [f"p95 {spell(percentile(values, 95), Unit.SECONDS, 0)}"]
    waits = [wait for suite in suites for wait in suite.queued]
    if waits:
        notes.append(f"queue time {spell(median(waits), Unit.SECONDS, 0)}")
    return Measurement(
        metric=metric,
        value=median(values),
        n=len(values),
        notes=tuple(notes),
        window=f"last {plural(len(values), 'suite')}",
        source=source.value,
    )


def _bounded(events: Events, session: Fraction | None) -> Measurement | None:
    """Bound the pipeline from below: it has taken that long before this session is over."""
    if not events.in_ci:
        return None
    metric = CI_PIPELINE_DURATION.key
    if events.ci_started is not None and events.now is not None:
        value, source = seconds(events.ci_started, events.now), "CI's own start time"
    elif session is not None:
        value, source = session, "session wall time"
    else:
        return None
    return Measurement(
        metric=metric,
        value=value,
        bound=Bound.AT_LEAST,
        bound_reason="the pipeline is not over when its tests are",
        n=1,
        window="this run",
        source=source,
    )


def _by_commit(builds: Iterable[Build]) -> list[list[Build]]:
    suites: dict[str, list[Build]] = {}
    for build in builds:
        if build.attempt == 1:
            suites.setdefault(build.commit, []).append(build)
    return list(suites.values())


def _suite(builds: Sequence[Build], as_of: datetime) -> _Suite | None:
    """Time a suite, None for one that does not count.

    One that is not over, or lost a required run to a cancellation, does not; one that failed does
    when all of its jobs came to an end, and none was left out because of the failure.
    """
    counted = [build for build in builds if build.conclusion is not Conclusion.SKIPPED]
    ends = [_end(build) for build in counted]
    last = max((end for end in ends if end is not None), default=None)
    if last is None or None in ends or last > as_of:
        return None
    if any(map(_is_without_answer, counted)):
        return None
    return _Suite(
        seconds=seconds(min(build.started for build in counted), last),
        queued=tuple(wait for build in counted for wait in _waits(build)),
    )


def _is_without_answer(build: Build) -> bool:
    if build.conclusion is Conclusion.CANCELLED:
        return build.required
    lost = build.conclusion in FAILED and not _is_whole(build)
    return lost or build.conclusion is Conclusion.UNKNOWN


def _waits(build: Build) -> Iterator[Fraction]:
    for job in build.jobs:
        if job.queued is not None and job.started is not None and job.queued <= job.started:
            yield seconds(job.queued, job.started)


def _end(build: Build) -> datetime | None:
    """Give the end of a build's last job, its own where jobs are not known."""
    ends = [job.completed for job in build.jobs if job.completed is not None]
    return max(ends, default=build.completed) if build.completed is not None else None


def _is_whole(build: Build) -> bool:
    return bool(build.jobs) and all(
        job.conclusion in _FINISHED and job.completed is not None for job in build.jobs
    )


# -- how often


def success_rate(events: Events, as_of: datetime) -> Measurement:
    """Take the share of first attempts that succeed, over 30 days or 100 builds, what is more."""
    metric = BUILD_SUCCESS_RATE.key
    source, builds = on_branch(events, as_of)
    if source is None:
        return unknown_builds(metric, events)
    runs = _runs(builds)
    recent = [run for run in runs if within(run[0].started, as_of, BUILD_DAYS)]
    window = f"last {BUILD_DAYS} days"
    if len(recent) < BUILDS < len(runs):
        recent, window = runs[-BUILDS:], f"last {BUILDS} runs"
    elif len(recent) < len(runs) <= BUILDS:
        recent, window = runs, f"last {plural(len(runs), 'run')}"
    decided, other = _decided([run[0] for run in recent], builds)
    excluded = sum(other.values())
    listed = ", ".join(f"{count} {name}" for name, count in sorted(other.items()))
    said = f"; {excluded} other: {listed}" if excluded else ""
    if excluded * 2 > len(recent):
        reason = f"most of the runs say nothing ({excluded} of {len(recent)}: {listed})"
        return Measurement.unknown(metric, reason)
    if len(decided) < FEWEST_BUILDS:
        reason = f"too few decided runs (n={len(decided)}, {FEWEST_BUILDS} are needed{said})"
        return Measurement.unknown(metric, reason)
    good = sum(decided)
    flaky = [run[0] for run in recent if _is_flaky(run)]
    notes = [f"{excluded} other: {listed}"] if excluded else []
    excused = sum(run[0].only_delivery for run in recent)
    if excused:
        notes.append(f"{excused} failed for delivery targets alone, not counted as failures")
    if flaky:
        notes.append(f"{len(flaky)} flaky: {', '.join(map(name_of, flaky[-3:]))}")
    return Measurement(
        metric=metric,
        value=Fraction(good, len(decided)),
        n=len(decided),
        numerator=good,
        denominator=len(decided),
        items=tuple(Item(name=name_of(build), value=1, note="failed first") for build in flaky),
        notes=tuple(notes),
        window=window,
        source=source.value,
    )


def _runs(builds: Iterable[Build]) -> list[list[Build]]:
    """Gather the attempts of each run that is over, first attempt first."""
    runs: dict[str, list[Build]] = {}
    for build in builds:
        if build.completed is not None:
            runs.setdefault(build.key, []).append(build)
    ordered = [sorted(run, key=lambda build: build.attempt) for run in runs.values()]
    return sorted(ordered, key=lambda run: run[0].started)


def _decided(firsts: Iterable[Build], builds: Sequence[Build]) -> tuple[list[bool], Counter[str]]:
    """Tell for each first attempt whether it succeeded; count those that say nothing."""
    decided: list[bool] = []
    other: Counter[str] = Counter()
    for build in firsts:
        if build.attempt > 1:  # the provider kept no first attempt, which is the one that counts
            other["rerun"] += 1
        # Without our delivery targets it had succeeded. Were it a failure, or left out, a rate
        # that is too low, or of too few runs, would keep every later run from counting.
        elif build.conclusion is Conclusion.SUCCESS or build.only_delivery:
            decided.append(True)
        elif build.conclusion in FAILED or _is_given_up(build, builds):
            decided.append(False)
        else:
            other[build.conclusion.value] += 1
    return decided, other


def _is_given_up(build: Build, builds: Sequence[Build]) -> bool:
    """Whether it was cancelled, and no other commit's run of the same pipeline followed."""
    return build.conclusion is Conclusion.CANCELLED and not any(
        each.name == build.name and each.commit != build.commit and each.started > build.started
        for each in reversed(builds)
    )


def _is_flaky(run: Sequence[Build]) -> bool:
    first = run[0]
    return (
        first.attempt == 1
        and first.conclusion in FAILED
        and not first.only_delivery
        and any(build.conclusion is Conclusion.SUCCESS for build in run[1:])
    )


def name_of(build: Build) -> str:
    """Name a build by its pipeline and its key."""
    return f"{build.name or 'run'} {build.key}"
