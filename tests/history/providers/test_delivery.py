"""From a provider's server to the verdicts: what is imported is what the delivery metrics judge."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.cli import main
from tests.history.providers.conftest import (
    GitHub,
    GitLab,
    ago,
    commit_row,
    deployment_row,
    gitlab_job,
    gitlab_time,
    issue_row,
    job_row,
    pipeline_row,
    pull_row,
    run_row,
    status_row,
)

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 29
FAILED = 20  # the day whose run fails at first
TARGETS = """
[tool.boss-gates.targets]
ci-pipeline-duration = "<10 minutes"
build-success-rate = ">95%"
deployment-frequency = "daily"
lead-time-for-changes = "<1 day"
mean-time-to-recovery = "<30 minutes"
change-failure-rate = "<=15%"
"""


@pytest.fixture
def commits(root: Path) -> list[str]:
    """A repository with a commit on each of the last days, each made an hour before noon."""
    (root / "pyproject.toml").write_text(TARGETS, encoding="utf-8")
    (root / ".gitignore").write_text(".boss-gates/\n", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    return [commit(root, day) for day in range(DAYS, 0, -1)]


def commit(root: Path, day: int) -> str:
    moment = ago(day).isoformat()
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    git(root, "commit", "-q", "--allow-empty", "-m", f"Day {day}", **dates)
    return git(root, "rev-parse", "HEAD")


def git(root: Path, *arguments: str, **dates: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **dates},
    )
    return done.stdout.strip()


def measured(root: Path) -> dict[str, Any]:
    """The measurements of the delivery metrics, by key, with their status."""
    main(["check"])
    report = json.loads((root / ".boss-gates" / "report.json").read_text(encoding="utf-8"))
    return {each["metric"]: each for each in report["verdicts"]}


def check(found: dict[str, Any], builds: int) -> None:
    """Six minutes for each suite, one of the builds failed, daily, and 20 minutes down."""
    values = {key: found[key]["measurement"] for key in found}
    assert values["ci-pipeline-duration"]["value"] == 6 * 60
    assert values["ci-pipeline-duration"]["source"] == "provider runs"
    rate = values["build-success-rate"]
    assert (rate["numerator"], rate["denominator"]) == (builds - 1, builds)
    assert values["deployment-frequency"]["value"] == 7
    assert values["deployment-frequency"]["source"] == "provider deployments"
    assert values["mean-time-to-recovery"]["value"] == 20 * 60
    assert values["mean-time-to-recovery"]["source"] == "labelled issues"
    assert values["change-failure-rate"]["numerator"] == 1
    assert found["build-success-rate"]["status"] == "met"


def test_github(root: Path, github: GitHub, commits: list[str]) -> None:
    for number, name in enumerate(commits):
        at = ago(DAYS - number)
        bad = number == FAILED
        run = run_row(number, at, head_sha=name, conclusion="failure" if bad else "success")
        github.runs.append(run)
        github.jobs.append(job_row(run, minutes=6))
        if bad:
            github.runs.append({**run, "run_attempt": 2, "conclusion": "success"})
        deployed = at + timedelta(hours=2)
        github.deployments.append(deployment_row(number, deployed, sha=name))
        states = [status_row("success", deployed), status_row("inactive", deployed)]
        github.states[github.deployments[-1]["id"]] = states
        github.pulls.append(pull_row(number, at, merge_commit_sha=name))
        github.pulled[number] = [commit_row("a", at - timedelta(hours=2))]
    down = ago(5, hours=-3)
    github.issues = [issue_row(1, down, down + timedelta(minutes=20))]

    assert main(["import", "github", "acme/kettle", "--url", github.url]) == 0

    found = measured(root)
    check(found, DAYS)
    lead = found["lead-time-for-changes"]["measurement"]
    assert lead["value"] == 4 * 3600, "from the first commit of the pull request"
    assert found["lead-time-for-changes"]["status"] == "met"


def test_gitlab(root: Path, gitlab: GitLab, commits: list[str]) -> None:
    for number, name in enumerate(commits):
        at = ago(DAYS - number)
        end = gitlab_time(at + timedelta(minutes=6))
        moments = {"started_at": gitlab_time(at), "finished_at": end}
        pipeline = pipeline_row(number, at, sha=name, **moments)
        gitlab.pipelines.append(pipeline)
        job = gitlab_job(2 * number, pipeline, at, **moments)
        if number == FAILED:
            gitlab.jobs.append({**job, "status": "failed"})
            job = {**job, "id": job["id"] + 1}
        gitlab.jobs.append(job)
        deployed = gitlab_time(at + timedelta(hours=2))
        gitlab.lists["deployments"].append(
            {
                "id": number,
                "sha": name,
                "status": "success",
                "created_at": deployed,
                "updated_at": deployed,
                "environment": {"id": 9, "name": "berlin"},
                "deployable": None,
            }
        )
    gitlab.lists["environments"] = [{"id": 9, "name": "berlin", "tier": "production"}]
    down = ago(5, hours=-3)
    gitlab.lists["issues"] = [
        {
            "id": 1,
            "iid": 1,
            "title": "cold",
            "issue_type": "incident",
            "labels": [],
            "created_at": gitlab_time(down),
            "updated_at": gitlab_time(down),
            "closed_at": gitlab_time(down + timedelta(minutes=20)),
        }
    ]

    assert main(["import", "gitlab", "acme/kettle", "--url", gitlab.url]) == 0

    found = measured(root)
    check(found, DAYS - 1)  # the last one began after its commit, where the windows end
    assert 7200 <= found["lead-time-for-changes"]["measurement"]["value"] < 7201
