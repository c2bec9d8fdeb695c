"""`--from`: what `gh` and `glab` have fetched, in every way that they write it."""

from __future__ import annotations

import io
import json
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.cli import main
from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.providers.fetched import Fetched, rows_of
from pytest_boss_gates.model import Conclusion, Source
from tests.history.providers.conftest import (
    ago,
    deployment_row,
    gitlab_job,
    gitlab_time,
    issue_row,
    job_row,
    pipeline_row,
    pull_row,
    release_row,
    run_row,
    sha,
    stamp,
    status_row,
)
from tests.history.providers.test_github import exported, past

if TYPE_CHECKING:
    from pathlib import Path

MET, USAGE, UNJUDGED = 0, 2, 11
ROWS = [{"id": 1}, {"id": 2}, {"id": 3}]


def take(root: Path, *documents: object, provider: str = "github") -> int:
    text = "\n".join(json.dumps(document, indent=1) for document in documents)
    (root / "fetched.json").write_text(text, encoding="utf-8")
    return main(["import", provider, "acme/kettle", "--from", "fetched.json"])


def gh_run(**more: Any) -> dict[str, Any]:
    """A run as `gh run list --json` has it."""
    return {
        "attempt": 1,
        "conclusion": "success",
        "createdAt": stamp(ago(2)),
        "databaseId": 17_300_000_001,
        "event": "push",
        "headBranch": "main",
        "headSha": sha(1),
        "name": "ci",
        "startedAt": stamp(ago(2)),
        "status": "completed",
        "updatedAt": stamp(ago(2, minutes=-9)),
        "workflowName": "ci",
        **more,
    }


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}, {"id": 2}, {"id": 3}]',
        '[{"id": 1}, {"id": 2}][{"id": 3}]',
        '[{"id": 1}]\n\n[{"id": 2}]\n[{"id": 3}]\n',
        '[[{"id": 1}, {"id": 2}], [{"id": 3}]]',
        '{"id": 1}\n{"id": 2}\n{"id": 3}\n',
        '{"total_count": 3, "workflow_runs": [{"id": 1}, {"id": 2}]}{"jobs": [{"id": 3}]}',
        '[{"total_count": 3, "workflow_runs": [{"id": 1}]}, {"jobs": [{"id": 2}, {"id": 3}]}]',
    ],
)
def test_rows_are_found_however_pages_were_put_together(text: str) -> None:
    assert list(rows_of(text, "x.json")) == ROWS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"id": 1}]\n[{"id": 2', "x.json:2 is cut off or is not JSON. Nothing was taken in."),
        ("HTTP 404", "x.json:1 is cut off or is not JSON"),
        ("[" * 100_000, "x.json:1 is cut off or is not JSON"),
        ("[1]", "x.json holds 1 where objects are expected"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(HistoryError) as caught:
        list(rows_of(text, "x.json"))

    assert said in str(caught.value)


def test_an_empty_file_has_no_rows() -> None:
    assert list(rows_of(" \n", "x.json")) == []


def test_runs_and_jobs_of_gh_api_are_joined(root: Path) -> None:
    first = run_row(1, ago(2), conclusion="failure")
    second = run_row(1, ago(2), run_attempt=2, run_started_at=stamp(ago(1)))
    pages = {"total_count": 2, "workflow_runs": [second]}, {"workflow_runs": [first]}
    jobs = {"total_count": 1, "jobs": [job_row(first, minutes=7)]}

    assert take(root, *pages, jobs) == MET

    again, at_first = past(root).builds
    assert at_first.key == again.key == "github:17300000001"
    assert at_first.conclusion is Conclusion.FAILURE
    assert at_first.completed == ago(2) + timedelta(minutes=7)
    assert (again.attempt, again.jobs) == (2, ())


def test_gh_run_list_names_fields_in_its_own_way(root: Path) -> None:
    running = gh_run(databaseId=17_300_000_002, status="in_progress", conclusion="")

    assert take(root, [gh_run(), running]) == MET

    builds = {build.key: build for build in past(root).builds}
    over = builds["github:17300000001"]
    assert (over.name, over.commit, over.branch, over.event) == ("ci", sha(1), "main", "push")
    assert (over.started, over.completed) == (ago(2), ago(2) + timedelta(minutes=9))
    assert over.conclusion is Conclusion.SUCCESS
    assert builds["github:17300000002"].completed is None


def test_gh_run_list_with_too_few_fields_says_which(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take(root, [{"databaseId": 1, "conclusion": "success"}]) == USAGE

    said = capsys.readouterr().err
    assert "The runs have no headSha, status, event, createdAt, updatedAt." in said
    assert "gh run list --limit 1000 --json attempt,workflowName,headBranch,databaseId," in said


def test_deployments_need_their_statuses(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = "https://api.github.com/repos/acme/kettle/deployments/"
    told = {**status_row("success", ago(2)), "deployment_url": f"{place}2900000001"}

    assert take(root, [deployment_row(1, ago(3)), deployment_row(2, ago(3))], [told]) == MET

    (deployment,) = past(root).deployments
    assert (deployment.key, deployment.finished) == ("github:2900000001", ago(2))
    assert "Left out: deployments without their statuses (1)." in capsys.readouterr().out


def test_releases_need_their_tag_in_the_clone(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"], ["tag", "v1.0"]):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *words], cwd=root, check=True)
    early = release_row("v1.1rc1", ago(1), prerelease=True)

    assert take(root, [release_row("v1.0", ago(3)), release_row("v2.0", ago(2)), early]) == MET

    assert [each.version for each in past(root).deployments] == ["v1.0"]
    assert "Left out: releases whose tag is not in the clone (1)." in capsys.readouterr().out


def test_merges_and_incidents_of_gh_api(root: Path) -> None:
    pulls = [pull_row(1, ago(1)), pull_row(2, ago(1), merged_at=None)]
    issues = [
        issue_row(1, ago(3), ago(2)),
        issue_row(2, ago(3), ago(2), labels=[{"name": "bug"}]),
        issue_row(3, ago(3), ago(2), pull_request={"url": "x"}),
    ]

    assert take(root, pulls, issues) == MET

    view = past(root)
    assert [merge.commit for merge in view.merges] == [sha("pull 1")]
    (incident,) = view.incidents
    assert (incident.started, incident.recovered) == (ago(3), ago(2))
    assert incident.source is Source.ISSUES


def test_everything_of_glab_api(root: Path) -> None:
    pipeline = pipeline_row(1, ago(2))
    in_list = {key: pipeline[key] for key in pipeline if key not in {"finished_at", "started_at"}}
    environments = [
        {"id": 9, "name": "berlin", "slug": "berlin", "external_url": None, "tier": "production"}
    ]
    deployment = {
        "id": 5101,
        "sha": sha(1),
        "status": "success",
        "updated_at": gitlab_time(ago(1)),
        "environment": {"id": 9, "name": "berlin"},
        "deployable": None,
    }
    tag = {"tag_name": "v1.0", "released_at": gitlab_time(ago(1)), "commit": {"id": sha(1)}}
    merge = {
        "id": 65_001,
        "target_branch": "main",
        "merged_at": gitlab_time(ago(3)),
        "merge_commit_sha": sha("merge"),
    }
    issue = {
        "id": 31_001,
        "iid": 1,
        "labels": ["incident"],
        "title": "cold",
        "created_at": gitlab_time(ago(3)),
        "closed_at": None,
    }
    documents = ([in_list], pipeline, [gitlab_job(1, pipeline, ago(2))], environments)

    assert take(root, *documents, [deployment], [tag], [merge], [issue], provider="gitlab") == MET

    view = past(root)
    (build,) = view.builds
    assert (build.key, len(build.jobs)) == ("gitlab:900001", 1)
    assert build.completed == ago(2) + timedelta(minutes=5, milliseconds=123)
    assert {each.source for each in view.deployments} == {Source.DEPLOYMENTS, Source.RELEASES}
    assert all(each.production for each in view.deployments)
    assert (len(view.merges), len(view.incidents)) == (1, 1)


def test_the_same_file_again_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(root, [gh_run()])
    first = exported(root, capsys)

    assert take(root, [gh_run()]) == MET

    assert "0 taken in, 1 known already." in capsys.readouterr().out
    assert exported(root, capsys) == first


def test_files_are_read_from_standard_input(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps([gh_run()]).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))

    assert main(["import", "github", "acme/kettle", "--from", "-"]) == MET
    assert len(past(root).builds) == 1


def test_what_nobody_asked_for_is_counted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert take(root, [{"login": "mira"}, gh_run()]) == MET

    assert "Left out: objects of another kind (1)." in capsys.readouterr().out


def test_a_file_of_something_else_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert take(root, [{"login": "mira"}, {"login": "noor"}]) == UNJUDGED

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Nothing of it is a run, a job, a deployment, a release" in shown.err


def test_a_row_that_cannot_be_read_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert take(root, [gh_run(createdAt="yesterday", startedAt="yesterday"), gh_run()]) == UNJUDGED

    assert "The run 17300000001 cannot be read: 'yesterday' is not a time" in (
        capsys.readouterr().err
    )
    assert len(past(root).builds) == 1


_RUN, _PIPELINE = run_row(1, ago(2)), pipeline_row(1, ago(2))
_GITHUB = (
    _RUN,
    job_row(_RUN),
    deployment_row(1, ago(2)),
    {**status_row("success", ago(2)), "deployment_url": "x/2900000001"},
    release_row("v1", ago(2)),
    pull_row(1, ago(2)),
    issue_row(1, ago(2), None),
)
_GITLAB = (
    _PIPELINE,
    gitlab_job(1, _PIPELINE, ago(2)),
    {"id": 1, "sha": sha(1), "status": "success", "environment": {}, "updated_at": "", "name": ""},
    {"tag_name": "v1", "released_at": "", "commit": None},
    {"id": 1, "merge_commit_sha": "", "target_branch": "", "merged_at": stamp(ago(2))},
    {"name": "x", "slug": "x", "external_url": None, "tier": None},
    issue_row(1, ago(2), None, iid=1),
)
_JUNK: list[Any] = [None, True, 5, -1e300, "", "x", [], [1], [{}], {}, {"id": []}, {"name": 1}]


@pytest.mark.parametrize(("provider", "whole"), [("github", _GITHUB), ("gitlab", _GITLAB)])
@given(data=st.data())
def test_whatever_a_row_holds_it_loses_only_itself(
    provider: str, whole: tuple[dict[str, Any], ...], data: st.DataObject
) -> None:
    rows = []
    for row in data.draw(st.lists(st.sampled_from(whole), max_size=4)):
        spoilt = data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3))
        rows.append({**row, **{name: data.draw(st.sampled_from(_JUNK)) for name in spoilt}})
    fetched = Fetched(server=provider, labels=["incident"], tagged=lambda _tag: sha(1))

    if provider == "github":
        fetched.github([*rows, run_row(7, ago(1))])
    else:
        fetched.gitlab([*rows, pipeline_row(7, ago(1))], "acme/kettle")

    assert fetched.found.read["builds"] >= 1
