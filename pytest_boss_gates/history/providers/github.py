"""GitHub's REST API (version 2022-11-28) as builds, deployments, releases, merges and incidents."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_boss_gates.errors import ProviderError
from pytest_boss_gates.history.providers import github_rows
from pytest_boss_gates.history.providers.rows import (
    BUILDS,
    DEPLOYMENTS,
    INCIDENTS,
    MERGES,
    RELEASES,
    incident_of,
    needed,
    time_of,
    word_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.history.providers.intake import Intake
    from pytest_boss_gates.model import Merge


_MOST = 1000  # results of a list of runs with a filter; what is behind them is not given
_WEEK = timedelta(days=7)
_SHORTEST = timedelta(minutes=1)  # of a window of runs that is halved
_RERUNS = timedelta(days=30)  # so long may a run be started again
_PENDING = timedelta(days=7)  # so long may a deployment change its mind
_TIMED = frozenset({"push", "merge_group"})  # the events whose jobs a metric asks for


def read(intake: Intake) -> None:
    """Read a repository, what costs least first. Raises ProviderError when nothing can be read."""
    home = f"/repos/{quote(intake.wanted.path)}"
    about = intake.client.get(intake.client.url(home)).body
    if not isinstance(about, dict) or "default_branch" not in about:
        raise ProviderError(f"{intake.client.base} does not speak GitHub's API. Is --url right?")
    branch = intake.wanted.branch or str(about["default_branch"])
    with intake.part(DEPLOYMENTS):
        _deployments(intake, home)
    with intake.part(RELEASES):
        _releases(intake, home)
    if about.get("has_issues", True):
        with intake.part(INCIDENTS):
            _incidents(intake, home)
    with intake.part(MERGES):
        _merges(intake, home, branch)
    with intake.part(BUILDS):
        _runs(intake, home, branch)


# -- runs


def _runs(intake: Intake, home: str, branch: str) -> None:
    """Go from the oldest week to this one, so that the mark may follow."""
    first = intake.start(BUILDS, _RERUNS)
    start = datetime(first.year, first.month, first.day, tzinfo=timezone.utc)
    start -= timedelta(days=start.weekday())  # the same weeks at every import: the same URLs
    while start <= intake.wanted.now:
        for chosen in ({"branch": branch}, {"event": "merge_group"}):
            _window(intake, home, chosen, (start, start + _WEEK))
        start += _WEEK
        intake.come(BUILDS, start)


def _window(
    intake: Intake, home: str, chosen: Mapping[str, str], window: tuple[datetime, datetime]
) -> None:
    """Read the runs of a time, its end excluded; of shorter ones where they are too many."""
    start, end = window
    created = f"{_spelled(start)}..{_spelled(end - timedelta(seconds=1))}"
    parameters = {**chosen, "created": created, "exclude_pull_requests": "true", "per_page": "100"}
    url = intake.client.url(f"{home}/actions/runs", parameters)
    for page in intake.pages(url, rows="workflow_runs", cached=True):
        if page.total >= _MOST and end - start > _SHORTEST:
            middle = start + timedelta(seconds=(end - start).total_seconds() // 2)
            _window(intake, home, chosen, (start, middle))
            _window(intake, home, chosen, (middle, end))
            return
        is_settled = True
        for row in page.rows:
            with intake.found.reading("run", row):
                is_settled &= _run(intake, home, row)
        if is_settled:
            intake.settle(page)


def _spelled(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _run(intake: Intake, home: str, row: dict[str, Any]) -> bool:
    """Keep every attempt of a run; tells whether the latest is over."""
    key, latest = intake.key(row["id"]), int(row.get("run_attempt") or 1)
    for attempt in range(1, latest):
        if not _is_over(intake, key, attempt):
            _earlier_attempt(intake, home, row, attempt)
    if not _is_over(intake, key, latest):
        build = github_rows.build_of(row, key, _jobs(intake, home, row, latest))
        intake.keep(build, BUILDS)
        return build.completed is not None
    return True


def _is_over(intake: Intake, key: str, attempt: int) -> bool:
    known = intake.builds.get((key, attempt))
    return known is not None and known.completed is not None


def _earlier_attempt(intake: Intake, home: str, row: dict[str, Any], attempt: int) -> None:
    """The list shows the latest attempt only. The first one counts, so it alone has its jobs."""
    try:
        url = intake.client.url(f"{home}/actions/runs/{row['id']}/attempts/{attempt}")
        found = intake.client.get(url).body
    except ProviderError as error:
        if error.status not in {404, 410}:
            raise
        which = "first" if attempt == 1 else "later"
        intake.found.left_out[f"{which} attempts that GitHub no longer has"] += 1
        return
    jobs = _jobs(intake, home, found, 1) if attempt == 1 else []
    intake.keep(github_rows.build_of(found, intake.key(row["id"]), jobs), BUILDS)


def _jobs(intake: Intake, home: str, run: dict[str, Any], attempt: int) -> list[dict[str, Any]]:
    if run.get("status") != "completed" or run.get("event") not in _TIMED:
        return []
    path = f"{home}/actions/runs/{run['id']}/attempts/{attempt}/jobs"
    url = intake.client.url(path, {"per_page": 100})
    try:
        return [row for page in intake.pages(url, rows="jobs") for row in page.rows]
    except ProviderError as error:
        if error.status not in {404, 410}:
            raise
        return []  # the run tells its outcome all the same


# -- deployments and releases


def _deployments(intake: Intake, home: str) -> None:
    """Read from the newest on; the list knows no dates."""
    first = intake.start(DEPLOYMENTS, _PENDING)
    url = intake.client.url(f"{home}/deployments", {"per_page": 100})
    for page in intake.pages(url, cached=True):
        is_settled, times = True, []
        for row in page.rows:
            with intake.found.reading("deployment", row):
                times.append(needed(row, "created_at"))
                if times[-1] >= first:
                    is_settled &= _deployment(intake, home, row)
        if intake.is_behind(page, times, first, is_settled=is_settled):
            break
    intake.come(DEPLOYMENTS)


def _deployment(intake: Intake, home: str, row: dict[str, Any]) -> bool:
    """Keep a deployment that came to an end; tells whether nothing more is to be expected."""
    if row.get("transient_environment") is True:
        return True
    key = intake.key(row["id"])
    known = intake.deployments.get(key)
    is_old = needed(row, "created_at") < intake.wanted.now - _PENDING
    if known is not None and (known.succeeded or is_old):
        return True
    path = f"{home}/deployments/{row['id']}/statuses"
    pages = intake.pages(intake.client.url(path, {"per_page": 100}))
    deployment = github_rows.deployment_of(
        row, key, [status for page in pages for status in page.rows]
    )
    if deployment is not None:
        intake.keep(deployment, DEPLOYMENTS)
    return is_old or (deployment is not None and deployment.succeeded)


def _releases(intake: Intake, home: str) -> None:
    first = intake.start(RELEASES, _PENDING)  # a draft has its day, and is published later
    tags: dict[str, str] | None = None
    url = intake.client.url(f"{home}/releases", {"per_page": 100})
    for page in intake.pages(url, cached=True):
        times = []
        for row in page.rows:
            with intake.found.reading("release", row):
                times.append(needed(row, "published_at", "created_at"))
                key = _release_key(intake, row)
                if (
                    times[-1] < first
                    or not github_rows.is_release(row)
                    or key in intake.deployments
                ):
                    continue
                commit = intake.git.tagged(word_of(row, "tag_name"))
                if not commit:
                    tags = _tags(intake, home) if tags is None else tags
                    commit = tags.get(word_of(row, "tag_name"), "")
                if commit:
                    intake.keep(github_rows.release_of(row, key, commit), RELEASES)
                else:
                    intake.found.left_out["releases whose tag is gone"] += 1
        is_whole = not any(row.get("draft") for row in page.rows)
        if intake.is_behind(page, times, first, is_settled=is_whole):
            break
    intake.come(RELEASES)


def _release_key(intake: Intake, row: Mapping[str, Any]) -> str:
    return intake.key(f"release-{row['id']}")


def _tags(intake: Intake, home: str) -> dict[str, str]:
    """Ask for the commits of all tags, a hundred at a time; the clone does not know them."""
    url = intake.client.url(f"{home}/tags", {"per_page": 100})
    return {
        str(row["name"]): str(row["commit"]["sha"])
        for page in intake.pages(url)
        for row in page.rows
    }


# -- merges and incidents


def _merges(intake: Intake, home: str, branch: str) -> None:
    first = intake.start(MERGES)
    chosen = {"state": "closed", "base": branch, "sort": "updated", "direction": "desc"}
    url = intake.client.url(f"{home}/pulls", {**chosen, "per_page": 100})
    for page in intake.pages(url, cached=True):
        times, is_whole = [], True
        for row in page.rows:
            with intake.found.reading("pull request", row):
                times.append(needed(row, "updated_at"))
                key, merged = intake.key(row["id"]), time_of(row, "merged_at")
                if merged is None or key in intake.merges:
                    continue
                if merged >= intake.wanted.since:
                    intake.keep(_merge(intake, home, row, key), MERGES)
                else:  # an earlier --since may want it
                    is_whole = False
        if intake.is_behind(page, times, first, is_settled=is_whole):
            break
    intake.come(MERGES)


def _merge(intake: Intake, home: str, row: dict[str, Any], key: str) -> Merge:
    """Make a merge. Of a merge commit its parents tell; else what was squashed has to be asked."""
    commit = word_of(row, "merge_commit_sha")
    own = intake.git.authored(commit) or _authored(
        intake.client.get(intake.client.url(f"{home}/commits/{commit}")).body
    )
    authored: tuple[datetime, ...] = ()
    if own[1] < 2:
        url = intake.client.url(f"{home}/pulls/{row['number']}/commits", {"per_page": 100})
        listed = [_authored(each) for page in intake.pages(url) for each in page.rows]
        times = [at for at, parents in listed if parents < 2]
        # A rebased commit keeps its author's time, and those before it have their own.
        is_rebased = not times or times[-1] == own[0]
        authored = (own[0],) if is_rebased else tuple(times)
    return github_rows.merge_of(row, key, authored)


def _authored(commit: Mapping[str, Any]) -> tuple[datetime, int]:
    return needed(commit["commit"]["author"], "date"), len(commit.get("parents") or ())


def _incidents(intake: Intake, home: str) -> None:
    first = intake.start(INCIDENTS)
    chosen = {"state": "all", "sort": "updated", "direction": "desc", "since": _spelled(first)}
    for label in intake.wanted.labels:
        url = intake.client.url(f"{home}/issues", {**chosen, "labels": label, "per_page": 100})
        for row in (row for page in intake.pages(url) for row in page.rows):
            with intake.found.reading("issue", row):
                if "pull_request" not in row:
                    key = intake.key(row["id"])
                    intake.keep(incident_of(row, key, intake.incidents.get(key)), INCIDENTS)
    intake.come(INCIDENTS)
