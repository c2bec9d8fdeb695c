"""GitLab's REST API (version 4) as builds, deployments, releases, merges and incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_boss_gates.errors import ProviderError
from pytest_boss_gates.history.providers import gitlab_rows
from pytest_boss_gates.history.providers.rows import (
    BUILDS,
    DEPLOYMENTS,
    INCIDENTS,
    MERGES,
    RELEASES,
    incident_of,
    needed,
    text_of,
    time_of,
    word_of,
)
from pytest_boss_gates.history.records import spell_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pytest_boss_gates.history.providers.intake import Intake


_TOUCHED = timedelta(seconds=10)  # after its end a pipeline is changed once more


def read(intake: Intake) -> None:
    """Read a project, what costs least first. Raises ProviderError when nothing can be read."""
    home = f"/projects/{quote(intake.wanted.path, safe='')}"
    about = _about(intake, home)
    branch = intake.wanted.branch or text_of(about, "default_branch")
    for what, feature, function in (
        (DEPLOYMENTS, "environments", _deployments),
        (RELEASES, "releases", _releases),
        (INCIDENTS, "issues", _incidents),
        (MERGES, "merge_requests", _merges),
        (BUILDS, "builds", _pipelines),
    ):
        if about.get(f"{feature}_access_level") != "disabled":
            with intake.part(what):
                function(intake, home, branch)


def _about(intake: Intake, home: str) -> dict[str, Any]:
    """Ask about the project; a job's token may not, and reads some of the rest all the same."""
    token = intake.client.token
    try:
        about = intake.client.get(intake.client.url(home)).body
    except ProviderError as error:
        if token is None or token[0] != "JOB-TOKEN" or error.status not in {401, 403, 404}:
            raise
        return {}
    if not isinstance(about, dict) or "path_with_namespace" not in about:
        raise ProviderError(f"{intake.client.base} does not speak GitLab's API. Is --url right?")
    return about


def _ordered(first: datetime) -> dict[str, str | int]:
    return {
        "updated_after": spell_time(first),
        "order_by": "updated_at",
        "sort": "desc",
        "per_page": 100,
    }


# -- pipelines


def _pipelines(intake: Intake, home: str, branch: str) -> None:
    chosen = {"ref": branch} if branch else {}
    parameters = {**chosen, **_ordered(intake.start(BUILDS))}
    for page in intake.pages(intake.client.url(f"{home}/pipelines", parameters)):
        for row in page.rows:
            with intake.found.reading("pipeline", row):
                if not _is_known(intake, row):
                    _pipeline(intake, home, row)
    intake.come(BUILDS)


def _is_known(intake: Intake, row: Mapping[str, Any]) -> bool:
    """Whether it was over when it was read, and nobody has started a job again since."""
    attempts = (intake.builds.get((intake.key(row["id"]), number)) for number in (1, 2))
    ends = [each.completed for each in attempts if each is not None and each.completed]
    return bool(ends) and needed(row, "updated_at") <= max(ends) + _TOUCHED


def _pipeline(intake: Intake, home: str, row: Mapping[str, Any]) -> None:
    place = f"{home}/pipelines/{row['id']}"
    pipeline = intake.client.get(intake.client.url(place)).body
    jobs: list[dict[str, Any]] = []
    if text_of(pipeline, "status") in gitlab_rows.STATUSES:
        url = intake.client.url(f"{place}/jobs", {"include_retried": "true", "per_page": 100})
        jobs = [job for page in intake.pages(url) for job in page.rows]
    for build in gitlab_rows.builds_of(pipeline, intake.key(row["id"]), jobs):
        intake.keep(build, BUILDS)


# -- deployments and releases


def _deployments(intake: Intake, home: str, _branch: str) -> None:
    tiers = _tiers(intake, home)
    url = intake.client.url(f"{home}/deployments", _ordered(intake.start(DEPLOYMENTS)))
    for page in intake.pages(url):
        for row in page.rows:
            with intake.found.reading("deployment", row):
                key = intake.key(row["id"])
                deployment = gitlab_rows.deployment_of(row, key, tiers)
                if deployment is not None:
                    intake.keep(deployment, DEPLOYMENTS)
    intake.come(DEPLOYMENTS)


def _tiers(intake: Intake, home: str) -> dict[str, str]:
    """Ask what each environment is for; without an answer its name has to tell."""
    try:
        url = intake.client.url(f"{home}/environments", {"per_page": 100})
        rows = [row for page in intake.pages(url) for row in page.rows]
    except ProviderError as error:
        if error.status not in {403, 404}:
            raise
        return {}
    return {str(row["name"]): str(row.get("tier") or "") for row in rows if "name" in row}


def _releases(intake: Intake, home: str, _branch: str) -> None:
    first = intake.start(RELEASES)
    url = intake.client.url(f"{home}/releases", {"per_page": 100})
    for page in intake.pages(url, cached=True):
        times, is_whole = [], True
        for row in page.rows:
            with intake.found.reading("release", row):
                times.append(needed(row, "released_at", "created_at"))
                if row.get("upcoming_release") or times[-1] > intake.wanted.now:
                    is_whole = False
                elif times[-1] >= first and not gitlab_rows.is_early(word_of(row, "tag_name")):
                    _release(intake, row)
        if intake.is_behind(page, times, first, is_settled=is_whole):
            break
    intake.come(RELEASES)


def _release(intake: Intake, row: Mapping[str, Any]) -> None:
    release = gitlab_rows.release_of(
        row, intake.key(f"release-{intake.wanted.path}@{row['tag_name']}")
    )
    if release is None:
        intake.found.left_out["releases whose tag is gone"] += 1
    else:
        intake.keep(release, RELEASES)


# -- merges and incidents


def _merges(intake: Intake, home: str, branch: str) -> None:
    chosen = {"state": "merged", **({"target_branch": branch} if branch else {})}
    url = intake.client.url(f"{home}/merge_requests", {**chosen, **_ordered(intake.start(MERGES))})
    for page in intake.pages(url):
        for row in page.rows:
            with intake.found.reading("merge request", row):
                key, merged = intake.key(row["id"]), time_of(row, "merged_at")
                if merged and merged >= intake.wanted.since and key not in intake.merges:
                    intake.keep(
                        gitlab_rows.merge_of(row, key, _authored(intake, home, row)), MERGES
                    )
    intake.come(MERGES)


def _authored(intake: Intake, home: str, row: Mapping[str, Any]) -> tuple[datetime, ...]:
    """Ask for what was squashed; nothing hides in a merge commit, nor in a fast-forward's last."""
    if row.get("merge_commit_sha") and not row.get("squash_commit_sha"):
        return ()
    url = intake.client.url(f"{home}/merge_requests/{row['iid']}/commits", {"per_page": 100})
    listed = [each for page in intake.pages(url) for each in page.rows]  # the newest first
    if not row.get("squash_commit_sha"):
        listed = listed[:1]
    return tuple(
        needed(each, "authored_date", "created_at")
        for each in reversed(listed)
        if len(each.get("parent_ids") or ()) < 2
    )


def _incidents(intake: Intake, home: str, _branch: str) -> None:
    """Read issues of GitLab's own kind for incidents, and labelled ones."""
    ordered = _ordered(intake.start(INCIDENTS))
    kinds: list[dict[str, str]] = [{"issue_type": "incident"}]
    kinds += [{"labels": label} for label in intake.wanted.labels]
    for kind in kinds:
        url = intake.client.url(f"{home}/issues", {**kind, **ordered, "state": "all"})
        for row in (row for page in intake.pages(url) for row in page.rows):
            with intake.found.reading("issue", row):
                key = intake.key(row["id"])
                intake.keep(incident_of(row, key, intake.incidents.get(key)), INCIDENTS)
    intake.come(INCIDENTS)
