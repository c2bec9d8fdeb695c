"""What the objects of GitLab's REST API mean: rows in, nouns out; nothing is asked here."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
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
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

STATUSES = {
    "success": Conclusion.SUCCESS,
    "failed": Conclusion.FAILURE,
    "canceled": Conclusion.CANCELLED,
    "skipped": Conclusion.SKIPPED,
}
"""The statuses of what is over; everything else still runs, or waits for a person."""
_EARLY = re.compile(
    r"(?<![a-z])(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary)(?![a-z])", re.IGNORECASE
)
_ELSEWHERE = frozenset({"staging", "testing", "development"})  # tiers, as GitLab names them


def builds_of(
    pipeline: Mapping[str, Any], key: str, jobs: Sequence[Mapping[str, Any]] = ()
) -> tuple[Build, ...]:
    """Make the attempts of a pipeline: as it was at first, and as it is when jobs ran again.

    GitLab starts single jobs again, in the same pipeline. So the first attempt is what the first
    of each job's runs came to, and the second what the pipeline is now.
    """
    runs: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for job in sorted(jobs, key=lambda job: int(job["id"])):
        runs[text_of(job, "name")].append(job)
    build = _build(pipeline, key, [each[-1] for each in runs.values()])
    again = [job for each in runs.values() for job in each[1:]]
    if not again or build.completed is None:
        return (build,)
    first = [each[0] for each in runs.values()]
    failed = any(job["status"] == "failed" and not job.get("allow_failure") for job in first)
    listed = _jobs(first)
    restarted = min(needed(job, "started_at", "created_at") for job in again)
    at_first = replace(
        build,
        completed=max(last_end(listed, build.completed) or build.started, build.started),
        conclusion=Conclusion.FAILURE if failed else build.conclusion,
        jobs=listed,
    )
    later = replace(build, attempt=2, started=restarted, completed=max(build.completed, restarted))
    return at_first, later


def _build(pipeline: Mapping[str, Any], key: str, jobs: Iterable[Mapping[str, Any]]) -> Build:
    started = needed(pipeline, "started_at", "created_at")
    conclusion = STATUSES.get(text_of(pipeline, "status"))
    listed = _jobs(jobs)
    end = time_of(pipeline, "finished_at") or last_end(listed, time_of(pipeline, "updated_at"))
    ref = text_of(pipeline, "ref")
    is_branch = not pipeline.get("tag") and not ref.startswith("refs/")
    return Build(
        key=key,
        name=text_of(pipeline, "name"),
        commit=word_of(pipeline, "sha"),
        branch=ref if is_branch else "",
        event=text_of(pipeline, "source"),
        started=started,
        completed=max(end or started, started) if conclusion else None,
        conclusion=conclusion or Conclusion.UNKNOWN,
        jobs=listed if conclusion else (),
    )


def _jobs(jobs: Iterable[Mapping[str, Any]]) -> tuple[Job, ...]:
    """Make jobs of those that ran, or were left out; one that waits for a person is neither."""
    return tuple(job_of(job) for job in jobs if text_of(job, "status") in STATUSES)


def job_of(job: Mapping[str, Any]) -> Job:
    """Make a job; one that may fail has no say when it does."""
    conclusion = STATUSES[text_of(job, "status")]
    if conclusion is Conclusion.FAILURE and job.get("allow_failure"):
        conclusion = Conclusion.NEUTRAL
    queued, started = time_of(job, "created_at"), time_of(job, "started_at")
    waited = job.get("queued_duration")
    if started is not None and isinstance(waited, (int, float)):
        # From when it could run, not from when its pipeline was made.
        queued = started - timedelta(seconds=waited)
    return timed_job(text_of(job, "name"), conclusion, queued, started, time_of(job, "finished_at"))


def deployment_of(row: Mapping[str, Any], key: str, tiers: Mapping[str, str]) -> Deployment | None:
    """Make a deployment, None for one that has not come to an end.

    One made through the API has no job, and its end is when it was last changed.
    """
    status = text_of(row, "status")
    if status not in {"success", "failed"}:
        return None
    environment = text_of(row["environment"], "name")
    tier = tiers.get(environment) or text_of(row["environment"], "tier")
    job = row.get("deployable") or {}
    return Deployment(
        key=key,
        environment=environment,
        commit=word_of(row, "sha"),
        finished=time_of(job, "finished_at") or needed(row, "updated_at", "created_at"),
        succeeded=status == "success",
        production=True if tier == "production" else (False if tier in _ELSEWHERE else None),
        source=Source.DEPLOYMENTS,
    )


def is_early(tag: str) -> bool:
    """Whether a release is a pre-release, which GitLab does not say: its tag's name does."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(tag.rpartition("/")[2]).is_prerelease
    except InvalidVersion:
        return _EARLY.search(tag) is not None


def release_of(row: Mapping[str, Any], key: str) -> Deployment | None:
    """Make a deployment of a release, None for one whose tag is gone."""
    commit = row.get("commit") or {}
    if not commit.get("id"):
        return None
    return Deployment(
        key=key,
        environment="production",
        commit=str(commit["id"]),
        finished=needed(row, "released_at", "created_at"),
        version=text_of(row, "tag_name"),
        production=True,
        source=Source.RELEASES,
    )


def merge_of(row: Mapping[str, Any], key: str, authored: tuple[datetime, ...] = ()) -> Merge:
    """Make a merge of a merged merge request. A fast-forward leaves only its own last commit."""
    return Merge(
        key=key,
        commit=word_of(row, "squash_commit_sha", "merge_commit_sha", "sha"),
        merged=needed(row, "merged_at"),
        authored=authored,
    )
