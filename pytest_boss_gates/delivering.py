"""The corridor's way to the events of delivery: the history's, git's, and CI's word on this run."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.delivery import METRICS
from pytest_boss_gates.model import Build, Conclusion, Outcome, Source
from pytest_boss_gates.repository.ci import detect, main_branch, pipeline_started
from pytest_boss_gates.repository.past import read_past

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.model import Events, Job, RecordedRun

_SESSIONS = 1000
"""How many of our own sessions are looked at; the last 100 builds are among them."""
_SKEW = timedelta(seconds=30)  # between a runner's clock and its provider's
_DELIVERY = frozenset(metric.key for metric in METRICS)


def gather_events(root: Path, folder: Path | None, history: History) -> Events:
    """Give all that is known, up to the commit that is checked out.

    ``folder`` keeps what git has told. Raises HistoryError.
    """
    ci = detect(os.environ)
    branch = main_branch(root, os.environ)
    past = read_past(root, folder, branch=branch)
    ask = branch and (not history.builds or any(map(_has_failed, history.builds)))
    sessions = tuple(_builds(history.runs(branch=branch, limit=_SESSIONS) if ask else ()))
    return replace(
        past,
        builds=(*_excused(history.builds, sessions), *sessions),
        deployments=(*history.deployments, *past.deployments),
        incidents=history.incidents,
        merges=history.merges,
        now=datetime.now(timezone.utc),
        in_ci=bool(ci.name),
        ci_started=pipeline_started(os.environ),
    )


def _builds(sessions: Iterable[RecordedRun]) -> Iterator[Build]:
    """Make builds of the sessions in CI: those of one commit overlap, and reruns come after.

    How long the pipeline took is nothing that a session knows, so they are not timed.
    """
    ends: dict[str, datetime] = {}
    for run in sorted(sessions, key=lambda run: run.started):
        if not run.ci or not run.commit:
            continue
        end = ends.get(run.commit)
        is_rerun = end is not None and run.started > end
        ends[run.commit] = run.ended if end is None or is_rerun else max(end, run.ended)
        passed = run.pytest_exit == 0
        blocking = [verdict.metric for verdict in run.verdicts if verdict.blocking]
        is_good = passed and run.outcome is Outcome.MET
        yield Build(
            key=run.key,
            attempt=2 if is_rerun else 1,
            name="session",
            commit=run.commit,
            branch=run.branch,
            started=run.started,
            timed=False,
            completed=run.ended,
            conclusion=Conclusion.SUCCESS if is_good else Conclusion.FAILURE,
            only_delivery=passed and bool(blocking) and _DELIVERY.issuperset(blocking),
            source=Source.SESSIONS,
        )


def _has_failed(build: Build) -> bool:
    return build.conclusion is Conclusion.FAILURE and build.source is Source.RUNS


def _excused(builds: Iterable[Build], sessions: Iterable[Build]) -> Iterator[Build]:
    """Mark the provider's builds that failed for nothing but our own delivery targets.

    The provider only says that a job failed. It did for them alone when a session of ours in it
    did, and so for each job that failed; a session that failed for anything else denies it.
    """
    of_commit: dict[str, list[Build]] = {}
    for session in sessions:
        if session.conclusion is Conclusion.FAILURE:
            of_commit.setdefault(session.commit, []).append(session)
    for build in builds:
        known = of_commit.get(build.commit, ()) if _has_failed(build) else ()
        inside = [each for each in known if _is_within(each, build)]
        failed = [job for job in build.jobs if job.conclusion is Conclusion.FAILURE]
        is_excused = (
            0 < len(failed) <= len(inside)
            and all(each.only_delivery for each in inside)
            and all(any(_is_within(each, job) for each in inside) for job in failed)
        )
        yield replace(build, only_delivery=True) if is_excused else build


def _is_within(session: Build, whole: Build | Job) -> bool:
    """Whether a session began and ended while a build, or a job of it, was at work."""
    begun, ended = whole.started, whole.completed
    if begun is None or ended is None or session.completed is None:
        return False
    return begun - _SKEW <= session.started and session.completed <= ended + _SKEW
