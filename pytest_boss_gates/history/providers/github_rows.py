"""What the objects of GitHub's REST API mean: rows in, nouns out; nothing is asked here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_boss_gates.history.providers.rows import (
    last_end,
    needed,
    text_of,
    time_of,
    timed_job,
    word_of,
)
from pytest_boss_gates.model import Build, Conclusion, Deployment, Job, Merge, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

_CONCLUSIONS = {
    "success": Conclusion.SUCCESS,
    "failure": Conclusion.FAILURE,
    "timed_out": Conclusion.TIMED_OUT,
    "startup_failure": Conclusion.STARTUP_FAILURE,
    "cancelled": Conclusion.CANCELLED,
    "stale": Conclusion.CANCELLED,
    "skipped": Conclusion.SKIPPED,
    "neutral": Conclusion.NEUTRAL,
}
_FAILED = frozenset({"failure", "error"})


def build_of(run: Mapping[str, Any], key: str, jobs: Iterable[Mapping[str, Any]] = ()) -> Build:
    """Make a build of an attempt of a run, and its jobs.

    A run has no end of its own: it is its last job's, else when it was last changed.
    """
    attempt = int(run.get("run_attempt") or 1)
    begun = ("created_at",) if attempt == 1 else ()
    started = needed(run, "run_started_at", *begun, "updated_at", "created_at")
    listed = tuple(job_of(job) for job in jobs)
    waits = run.get("conclusion") == "action_required"  # for an approval, and then it runs
    is_over = run.get("status") == "completed" and not waits
    end = last_end(listed, time_of(run, "updated_at")) if is_over else None
    return Build(
        key=key,
        attempt=attempt,
        name=text_of(run, "name", "path"),
        commit=word_of(run, "head_sha"),
        branch=text_of(run, "head_branch"),
        event=text_of(run, "event"),
        started=started,
        completed=max(end or started, started) if is_over else None,
        conclusion=_conclusion(run) if is_over else Conclusion.UNKNOWN,
        jobs=listed if is_over else (),
    )


def _conclusion(row: Mapping[str, Any]) -> Conclusion:
    return _CONCLUSIONS.get(text_of(row, "conclusion"), Conclusion.UNKNOWN)


def job_of(job: Mapping[str, Any]) -> Job:
    """Make a job. The times of one that was skipped may be in any order, and say nothing."""
    conclusion = _conclusion(job)
    started = None if conclusion is Conclusion.SKIPPED else time_of(job, "started_at")
    completed = time_of(job, "completed_at")
    return timed_job(
        text_of(job, "name"), conclusion, time_of(job, "created_at"), started, completed
    )


def deployment_of(
    row: Mapping[str, Any], key: str, statuses: Iterable[Mapping[str, Any]]
) -> Deployment | None:
    """Make a deployment of its statuses, None for one that has not come to an end.

    The newest state is mostly `inactive`, which says that another one followed; the outcome is
    the newest of the others, and of a success the first one's time counts.
    """
    told = [(needed(each, "created_at"), text_of(each, "state")) for each in statuses]
    told = sorted(each for each in told if each[1] != "inactive")
    if not told or told[-1][1] not in {"success", *_FAILED}:
        return None
    succeeded = told[-1][1] == "success"
    return Deployment(
        key=key,
        environment=text_of(row, "environment", "original_environment"),
        commit=word_of(row, "sha"),
        finished=next(at for at, state in told if state == "success") if succeeded else told[-1][0],
        succeeded=succeeded,
        rolled_back="rollback" in text_of(row, "task").lower(),
        # Deployments of a workflow's `environment:` say false of production, too.
        production=True if row.get("production_environment") is True else None,
        source=Source.DEPLOYMENTS,
    )


def is_release(row: Mapping[str, Any]) -> bool:
    """Whether it is out, and no pre-release."""
    return not row.get("draft") and not row.get("prerelease") and bool(row.get("published_at"))


def release_of(row: Mapping[str, Any], key: str, commit: str) -> Deployment:
    """Make a deployment of a release."""
    return Deployment(
        key=key,
        environment="production",
        commit=commit,
        finished=needed(row, "published_at"),
        version=text_of(row, "tag_name"),
        production=True,
        source=Source.RELEASES,
    )


def merge_of(row: Mapping[str, Any], key: str, authored: tuple[datetime, ...] = ()) -> Merge:
    """Make a merge of a merged pull request."""
    return Merge(
        key=key,
        commit=word_of(row, "merge_commit_sha"),
        merged=needed(row, "merged_at"),
        authored=authored,
    )
