"""`boss-gates import gitlab` against a server of GitLab's shapes, from the command to the facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.model import Conclusion, Source
from tests.history.providers.conftest import (
    GitLab,
    ago,
    answer,
    gitlab_job,
    gitlab_time,
    pipeline_row,
    refuse,
    sha,
)
from tests.history.providers.test_github import exported, past

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

MET, UNJUDGED = 0, 11
FRACTION = timedelta(milliseconds=123)  # of every time that the server spells


def take(site: GitLab, *more: str) -> int:
    return main(["import", "gitlab", "acme/kettle", "--url", site.url, *more])


def at(days: float, **more: float) -> datetime:
    return ago(days, **more) + FRACTION


def deployment(number: int, moment: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": 5100 + number,
        "iid": number,
        "ref": "main",
        "sha": sha(number),
        "status": "success",
        "created_at": gitlab_time(moment),
        "updated_at": gitlab_time(moment + timedelta(hours=1)),
        "environment": {"id": 9, "name": "berlin", "external_url": None},
        "deployable": {"id": 1, "finished_at": gitlab_time(moment + timedelta(minutes=3))},
        **more,
    }


def environment(name: str, tier: str) -> dict[str, Any]:
    return {"id": 9, "name": name, "slug": name, "external_url": None, "tier": tier}


def merge_request(number: int, moment: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": 65_000 + number,
        "iid": number,
        "state": "merged",
        "target_branch": "main",
        "sha": sha("head"),
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "merged_at": gitlab_time(moment),
        "updated_at": gitlab_time(moment),
        **more,
    }


def commit(moment: datetime, parents: int = 1) -> dict[str, Any]:
    return {
        "id": sha(moment),
        "authored_date": gitlab_time(moment),
        "parent_ids": [sha(number) for number in range(parents)],
    }


def issue(number: int, started: datetime, closed: datetime | None, **more: Any) -> dict[str, Any]:
    return {
        "id": 31_000 + number,
        "iid": number,
        "title": "No hot water",
        "issue_type": "incident",
        "labels": [],
        "created_at": gitlab_time(started),
        "updated_at": gitlab_time(closed or started),
        "closed_at": gitlab_time(closed) if closed else None,
        **more,
    }


# -- pipelines


def test_a_pipeline_becomes_a_build_with_its_jobs(root: Path, gitlab: GitLab) -> None:
    pipeline = pipeline_row(1, ago(2))
    optional = gitlab_job(2, pipeline, ago(2), name="docs", status="failed", allow_failure=True)
    manual = gitlab_job(3, pipeline, ago(2), name="deploy", status="manual", started_at=None)
    gitlab.pipelines = [pipeline]
    gitlab.jobs = [gitlab_job(1, pipeline, ago(2)), optional, manual]

    assert take(gitlab) == MET

    (build,) = past(root).builds
    assert build.key == f"{urlsplit(gitlab.url).netloc}:900001"
    assert (build.commit, build.branch, build.event) == (sha(1), "main", "push")
    assert build.started == at(2) + timedelta(seconds=7)
    assert build.completed == at(2) + timedelta(minutes=5)
    assert build.conclusion is Conclusion.SUCCESS
    assert build.source is Source.RUNS
    tests, docs = sorted(build.jobs, key=lambda job: job.name, reverse=True)
    assert tests.conclusion is Conclusion.SUCCESS
    assert tests.started == at(2) + timedelta(seconds=17)
    assert tests.queued == at(2) + timedelta(seconds=7)
    assert docs.conclusion is Conclusion.NEUTRAL


def test_a_job_that_ran_again_makes_two_attempts(root: Path, gitlab: GitLab) -> None:
    pipeline = pipeline_row(
        1, ago(2), finished_at=gitlab_time(ago(1)), updated_at=gitlab_time(ago(1))
    )
    later = {
        "started_at": gitlab_time(ago(1, minutes=5)),
        "finished_at": gitlab_time(ago(1)),
        "created_at": gitlab_time(ago(1, minutes=6)),
    }
    gitlab.pipelines = [pipeline]
    gitlab.jobs = [
        gitlab_job(3, pipeline, ago(1), **later),
        gitlab_job(1, pipeline, ago(2), status="failed"),
        gitlab_job(2, pipeline, ago(2), name="lint"),
    ]

    take(gitlab)

    second, first = past(root).builds
    assert (first.attempt, first.conclusion) == (1, Conclusion.FAILURE)
    assert first.completed == at(2) + timedelta(minutes=4)
    assert (second.attempt, second.conclusion) == (2, Conclusion.SUCCESS)
    assert (second.started, second.completed) == (at(1, minutes=5), at(1))
    assert first.key == second.key


@pytest.mark.parametrize(
    ("status", "meant", "is_over"),
    [
        ("success", Conclusion.SUCCESS, True),
        ("failed", Conclusion.FAILURE, True),
        ("canceled", Conclusion.CANCELLED, True),
        ("skipped", Conclusion.SKIPPED, True),
        ("running", Conclusion.UNKNOWN, False),
        ("manual", Conclusion.UNKNOWN, False),
        ("canceling", Conclusion.UNKNOWN, False),
        ("a word of next year", Conclusion.UNKNOWN, False),
    ],
)
def test_every_status_has_a_meaning(
    root: Path,
    gitlab: GitLab,
    status: str,
    meant: Conclusion,
    is_over: bool,  # noqa: FBT001
) -> None:
    gitlab.pipelines = [pipeline_row(1, ago(2), status=status)]

    take(gitlab)

    (build,) = past(root).builds
    assert build.conclusion is meant
    assert (build.completed is not None) is is_over


def test_a_tag_is_no_branch(root: Path, gitlab: GitLab) -> None:
    gitlab.pipelines = [pipeline_row(1, ago(2), tag=True)]

    take(gitlab)

    assert past(root).builds[0].branch == ""


def test_a_pipeline_is_asked_about_again_only_when_it_has_changed(
    root: Path, gitlab: GitLab
) -> None:
    rows = [pipeline_row(number, ago(0, minutes=number)) for number in range(3)]
    rows[0]["status"] = "failed"
    gitlab.pipelines = rows
    gitlab.jobs = [gitlab_job(1, rows[0], ago(0), status="failed")]
    take(gitlab)
    take(gitlab)
    before = gitlab.count("/jobs")
    again = gitlab_time(ago(0, hours=-1))
    rows[0] |= {"status": "success", "updated_at": again, "finished_at": again}
    gitlab.jobs.append(gitlab_job(2, rows[0], ago(0, hours=-0.9)))

    take(gitlab)

    assert before == 3
    assert gitlab.count("/jobs") == 4
    attempts = {
        build.attempt: build.conclusion
        for build in past(root).builds
        if build.key.endswith(":900000")
    }
    assert attempts == {1: Conclusion.FAILURE, 2: Conclusion.SUCCESS}


# -- deployments and releases


def test_a_deployment_ends_with_its_job(root: Path, gitlab: GitLab) -> None:
    gitlab.lists["deployments"] = [
        deployment(1, ago(4)),
        deployment(2, ago(3), deployable=None),
        deployment(3, ago(2), status="failed"),
        deployment(4, ago(1), status="running"),
        deployment(5, ago(1), status="blocked"),
        deployment(6, ago(1), status="canceled"),
    ]

    take(gitlab)

    failed, by_api, by_job = past(root).deployments
    assert by_job.finished == at(4) + timedelta(minutes=3)
    assert by_api.finished == at(3) + timedelta(hours=1)
    assert (by_job.succeeded, by_api.succeeded, failed.succeeded) == (True, True, False)
    assert by_job.source is Source.DEPLOYMENTS


@pytest.mark.parametrize(
    ("tier", "production"),
    [("production", True), ("staging", False), ("development", False), ("other", None)],
)
def test_production_is_what_gitlab_calls_so(
    root: Path,
    gitlab: GitLab,
    tier: str,
    production: bool | None,  # noqa: FBT001
) -> None:
    gitlab.lists["deployments"] = [deployment(1, ago(4))]
    gitlab.lists["environments"] = [environment("berlin", tier), environment("kiel", "testing")]

    take(gitlab)

    assert past(root).deployments[0].production is production


def test_releases_that_are_out_and_final(root: Path, gitlab: GitLab) -> None:
    gitlab.lists["releases"] = [
        {"tag_name": name, "released_at": gitlab_time(moment), "commit": commit, **more}
        for name, moment, commit, more in (
            ("v2.0", ago(-3), {"id": sha(4)}, {"upcoming_release": True}),
            ("v1.1.0-rc.1", ago(1), {"id": sha(3)}, {}),
            ("kettle/v1.0b1", ago(2), {"id": sha(3)}, {}),
            ("nightly-build", ago(2), {"id": sha(3)}, {}),
            ("gone", ago(3), None, {}),
            ("v1.0", ago(4), {"id": sha(1)}, {"upcoming_release": False}),
        )
    ]

    assert take(gitlab) == MET

    (release,) = past(root).deployments
    assert (release.version, release.commit, release.finished) == ("v1.0", sha(1), at(4))
    assert release.source is Source.RELEASES


# -- merges and incidents


def test_a_squash_has_the_times_of_what_was_squashed(root: Path, gitlab: GitLab) -> None:
    squashed = {"squash_commit_sha": sha("squash"), "merge_commit_sha": sha("merge")}
    gitlab.lists["merge_requests"] = [merge_request(1, ago(1), **squashed)]
    gitlab.lists["merge_requests/1/commits"] = [commit(ago(2)), commit(ago(3), 2), commit(ago(4))]

    take(gitlab)

    (merge,) = past(root).merges
    assert merge.commit == sha("squash")
    assert merge.authored == (at(4), at(2))


def test_a_merge_commit_hides_nothing(root: Path, gitlab: GitLab) -> None:
    gitlab.lists["merge_requests"] = [merge_request(1, ago(1), merge_commit_sha=sha("merge"))]

    take(gitlab)

    (merge,) = past(root).merges
    assert (merge.commit, merge.authored) == (sha("merge"), ())


def test_a_fast_forward_has_its_last_commits_own_time(root: Path, gitlab: GitLab) -> None:
    gitlab.lists["merge_requests"] = [merge_request(1, ago(1))]
    gitlab.lists["merge_requests/1/commits"] = [commit(ago(2)), commit(ago(4))]

    take(gitlab)

    (merge,) = past(root).merges
    assert (merge.commit, merge.authored) == (sha("head"), (at(2),))


def test_incidents_are_a_kind_of_issue_or_have_a_label(root: Path, gitlab: GitLab) -> None:
    gitlab.lists["issues"] = [
        issue(1, ago(3), ago(2)),
        issue(2, ago(2), None, issue_type="issue", labels=["incident"]),
        issue(3, ago(1), None, issue_type="issue"),
    ]

    take(gitlab)

    labelled, typed = past(root).incidents
    assert (typed.started, typed.recovered, typed.title) == (at(3), at(2), "No hot water")
    assert labelled.recovered is None
    assert {typed.source, labelled.source} == {Source.ISSUES}


# -- the whole


def test_pages_are_followed_and_the_same_import_again_changes_nothing(
    root: Path, gitlab: GitLab, capsys: pytest.CaptureFixture[str]
) -> None:
    gitlab.page_size = 2
    gitlab.pipelines = [pipeline_row(number, ago(number)) for number in range(1, 8)]
    gitlab.jobs = [
        gitlab_job(10 * number + part, pipeline, ago(1), name=f"part {part}")
        for number, pipeline in enumerate(gitlab.pipelines)
        for part in range(3)
    ]
    gitlab.lists["deployments"] = [deployment(number, ago(number)) for number in range(1, 6)]
    gitlab.lists["issues"] = [issue(number, ago(9), ago(8)) for number in range(5)]
    assert take(gitlab) == MET
    first = exported(root, capsys)

    assert take(gitlab) == MET

    assert "0 taken in" in capsys.readouterr().out
    assert exported(root, capsys) == first
    view = past(root)
    assert [len(build.jobs) for build in view.builds] == [3] * 7
    assert (len(view.deployments), len(view.incidents)) == (5, 5)
    assert gitlab.count("/jobs") == 14, "two pages for each pipeline, once"


def test_what_is_switched_off_is_not_asked_for(root: Path, gitlab: GitLab) -> None:
    assert gitlab.about is not None
    gitlab.about["issues_access_level"] = "disabled"
    gitlab.fail("/issues", refuse(403))

    assert take(gitlab) == MET
    assert past(root).incidents == ()


def test_a_jobs_own_token_reads_what_it_may(
    root: Path,
    gitlab: GitLab,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gitlab.token = ("JOB-TOKEN", "job-s3cret")
    gitlab.about = None
    gitlab.lists = {"deployments": [deployment(1, ago(1))], "environments": [], "releases": []}
    gitlab.fail("/pipelines", refuse(401, "401 Unauthorized"))
    monkeypatch.delenv("GITLAB_TOKEN")
    monkeypatch.setenv("CI_JOB_TOKEN", "job-s3cret")
    monkeypatch.setenv("CI_API_V4_URL", f"{gitlab.url}/api/v4")

    assert main(["import", "gitlab", "acme/kettle"]) == UNJUDGED

    said = capsys.readouterr().err
    for part in ("merges", "incidents", "builds"):
        assert f"Not all {part} could be read" in said
    assert said.count("A job's own token may not read this: set GITLAB_TOKEN.") == 3
    assert "job-s3cret" not in said
    assert len(past(root).deployments) == 1


def test_a_jobs_own_token_is_for_its_own_server(
    root: Path, gitlab: GitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append(str(handler.headers))
        answer(handler, 404)

    gitlab.fail("kettle", look)
    monkeypatch.delenv("GITLAB_TOKEN")
    monkeypatch.setenv("CI_JOB_TOKEN", "job-s3cret")
    monkeypatch.setenv("CI_API_V4_URL", "https://gitlab.example.org/api/v4")

    assert take(gitlab) == UNJUDGED

    assert len(seen) == 1
    assert "job-s3cret" not in seen[0]
    assert past(root).builds == ()


def test_a_group_may_be_nested(root: Path, gitlab: GitLab) -> None:
    main(["import", "gitlab", "acme/hot/kettle", "--url", gitlab.url])

    assert gitlab.asked == ["/api/v4/projects/acme/hot/kettle"]
    assert root.exists()
