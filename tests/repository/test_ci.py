"""Recognising CI systems, in the order that keeps them apart."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.repository.ci import CI, Change, change_of, detect, pipeline_started

if TYPE_CHECKING:
    from pathlib import Path

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"CI": "woodpecker", "CI_COMMIT_SHA": SHA, "CI_COMMIT_BRANCH": "main"},
            CI(name="Woodpecker", branch="main", commit=SHA),
        ),
        (
            {"CI": "woodpecker", "CI_COMMIT_SOURCE_BRANCH": "fix", "CI_COMMIT_BRANCH": "main"},
            CI(name="Woodpecker", branch="fix"),
        ),
        (
            {"GITLAB_CI": "true", "CI_COMMIT_SHA": SHA, "CI_COMMIT_BRANCH": "main"},
            CI(name="GitLab CI", branch="main", commit=SHA),
        ),
        (
            {"GITLAB_CI": "true", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "fix"},
            CI(name="GitLab CI", branch="fix"),
        ),
        (
            {"GITHUB_ACTIONS": "true", "GITHUB_SHA": SHA, "GITHUB_REF_NAME": "main"},
            CI(name="GitHub Actions", branch="main", commit=SHA),
        ),
        (
            {"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "fix"},
            CI(name="GitHub Actions", branch="fix"),
        ),
        (
            {"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag"},
            CI(name="GitHub Actions"),
        ),
        (
            {"CIRCLECI": "true", "CIRCLE_SHA1": SHA, "CIRCLE_BRANCH": "main"},
            CI(name="CircleCI", branch="main", commit=SHA),
        ),
        (
            {
                "TF_BUILD": "True",
                "BUILD_SOURCEVERSION": SHA,
                "BUILD_SOURCEBRANCH": "refs/heads/release/1",
            },
            CI(name="Azure Pipelines", branch="release/1", commit=SHA),
        ),
        (
            {"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/tags/v1"},
            CI(name="Azure Pipelines"),
        ),
        (
            {"BITBUCKET_BUILD_NUMBER": "3", "BITBUCKET_COMMIT": SHA, "BITBUCKET_BRANCH": "main"},
            CI(name="Bitbucket Pipelines", branch="main", commit=SHA),
        ),
        (
            {"BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_BRANCH": "main"},
            CI(name="Buildkite", branch="main"),
        ),
        (
            {"TRAVIS": "true", "TRAVIS_COMMIT": SHA, "TRAVIS_BRANCH": "main"},
            CI(name="Travis CI", branch="main", commit=SHA),
        ),
        (
            {"TRAVIS": "true", "TRAVIS_BRANCH": "v1", "TRAVIS_TAG": "v1"},
            CI(name="Travis CI"),
        ),
        (
            {"DRONE": "true", "DRONE_COMMIT_SHA": SHA, "DRONE_BRANCH": "main"},
            CI(name="Drone", branch="main", commit=SHA),
        ),
        (
            {"DRONE": "true", "DRONE_BRANCH": "main", "DRONE_TAG": "v1"},
            CI(name="Drone"),
        ),
        (
            {"APPVEYOR": "True", "APPVEYOR_REPO_COMMIT": SHA, "APPVEYOR_REPO_BRANCH": "main"},
            CI(name="AppVeyor", branch="main", commit=SHA),
        ),
        (
            {
                "APPVEYOR": "true",
                "APPVEYOR_PULL_REQUEST_NUMBER": "4",
                "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH": "fix",
                "APPVEYOR_REPO_BRANCH": "main",
            },
            CI(name="AppVeyor", branch="fix", pull_request=True),
        ),
        (
            {"APPVEYOR": "True", "APPVEYOR_REPO_BRANCH": "main", "APPVEYOR_REPO_TAG": "true"},
            CI(name="AppVeyor"),
        ),
        (
            {"CIRRUS_CI": "true", "CIRRUS_CHANGE_IN_REPO": SHA, "CIRRUS_BRANCH": "main"},
            CI(name="Cirrus CI", branch="main", commit=SHA),
        ),
        (
            {"JENKINS_URL": "http://j", "BUILD_ID": "1", "GIT_BRANCH": "origin/main"},
            CI(name="Jenkins", branch="main"),
        ),
        (
            {
                "JENKINS_URL": "http://j",
                "BUILD_ID": "1",
                "CHANGE_BRANCH": "fix",
                "BRANCH_NAME": "PR-1",
            },
            CI(name="Jenkins", branch="fix"),
        ),
    ],
)
def test_each_system_says_its_branch_and_commit(environ: dict[str, str], expected: CI) -> None:
    assert detect(environ) == expected


@pytest.mark.parametrize("system", ["Gitea", "Forgejo"])
def test_gitea_and_its_fork_are_told_from_github_whose_variables_they_set(system: str) -> None:
    environ = {f"{system.upper()}_ACTIONS": "true", "GITHUB_ACTIONS": "true", "GITHUB_SHA": SHA}

    assert detect(environ) == CI(name=f"{system} Actions", commit=SHA)


def test_woodpecker_is_not_taken_for_gitlab_whose_names_it_shares() -> None:
    assert detect({"CI": "woodpecker", "GITLAB_CI": "true"}).name == "Woodpecker"


def test_jenkins_is_asked_last_since_its_variables_leak() -> None:
    environ = {"JENKINS_URL": "http://j", "BUILD_ID": "1", "CIRCLECI": "true"}

    assert detect(environ).name == "CircleCI"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"CI": "true"},
        {"CI": "1", "BUILD_NUMBER": "3"},
        {"GITHUB_ACTIONS": ""},
        {"GITHUB_ACTIONS": "false"},
        {"JENKINS_URL": "http://j"},
        {"CI": "false", "GITHUB_ACTIONS": "true"},
        {"CI": "FALSE", "GITLAB_CI": "true"},
    ],
)
def test_without_a_systems_own_mark_or_with_ci_switched_off_there_is_none(
    environ: dict[str, str],
) -> None:
    assert detect(environ) == CI()


def test_an_empty_variable_counts_as_absent() -> None:
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "main"}

    assert detect(environ).branch == "main"


def test_hostile_values_pass_through_as_they_are() -> None:
    name = "a|b\n::error::<script>\x1b[31m\udcff"

    assert detect({"CIRCLECI": "1", "CIRCLE_BRANCH": name}).branch == name


@pytest.mark.parametrize(
    ("environment", "pull_request"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}, True),
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": ""}, False),
        ({"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "4"}, True),
        ({"GITLAB_CI": "true"}, False),
        ({"TRAVIS": "true", "TRAVIS_PULL_REQUEST": "false"}, False),
        ({"TRAVIS": "true", "TRAVIS_PULL_REQUEST": "12"}, True),
        ({"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST": "false"}, False),
        ({"JENKINS_URL": "u", "BUILD_ID": "1", "CHANGE_ID": "3"}, True),
        ({}, False),
    ],
)
def test_a_pull_request_is_told_from_a_push(
    environment: dict[str, str], *, pull_request: bool
) -> None:
    assert detect(environment).pull_request is pull_request


def test_gitlab_names_the_default_branch() -> None:
    assert detect({"GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "trunk"}).default_branch == "trunk"


@pytest.mark.parametrize(
    ("event", "branch"),
    [
        ('{"repository": {"default_branch": "trunk"}}', "trunk"),
        ('{"repository": null}', ""),
        ("[]", ""),
        ("{", ""),
    ],
)
def test_github_names_the_default_branch_in_its_event_file(
    tmp_path: Path, event: str, branch: str
) -> None:
    path = tmp_path / "event.json"
    path.write_text(event, encoding="utf-8")

    found = detect({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)})

    assert found.default_branch == branch


def test_what_a_pull_request_goes_to_is_told_best_first() -> None:
    environ = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_IID": "4",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": SHA,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
    }

    assert change_of(environ) == Change(
        targets=(
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", SHA),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ),
        deepen="Set the variable `GIT_DEPTH: 0` for the job.",
    )


@pytest.mark.parametrize("pull_request", [True, False])
def test_variables_of_pull_requests_that_are_always_set_count_only_for_one(
    *, pull_request: bool
) -> None:
    environ = {
        "TRAVIS": "true",
        "TRAVIS_BRANCH": "main",
        "TRAVIS_COMMIT": SHA,
        "TRAVIS_COMMIT_RANGE": "abc123...def456",
        "TRAVIS_PULL_REQUEST": "7" if pull_request else "false",
    }

    found = change_of(environ)

    assert found.targets == ((("TRAVIS_BRANCH", "main"),) if pull_request else ())
    assert found.before == (() if pull_request else (("TRAVIS_COMMIT_RANGE", "abc123"),))
    assert found.merged == (SHA if pull_request else "")


@pytest.mark.parametrize("before", ["0" * 40, ""])
def test_only_noughts_say_that_there_was_nothing_before(before: str) -> None:
    environ = {"GITLAB_CI": "true", "CI_COMMIT_BEFORE_SHA": before}

    assert change_of(environ).before == ()


def test_outside_ci_nothing_is_told_of_the_change() -> None:
    assert change_of({"GITHUB_BASE_REF": "main", "CI": "true"}) == Change()


@pytest.mark.parametrize("event", ['{"before": 3}', '{"before": {}}', "[" * 100_000, "null"])
def test_an_event_of_another_shape_tells_nothing(tmp_path: Path, event: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(event, encoding="utf-8")

    found = change_of({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)})

    assert (found.targets, found.before) == ((), ())


@pytest.mark.parametrize(
    ("environ", "began"),
    [
        ({"GITLAB_CI": "true", "CI_PIPELINE_CREATED_AT": "2026-11-22T18:30:00Z"}, True),
        ({"TF_BUILD": "True", "SYSTEM_PIPELINESTARTTIME": "2026-11-22 18:30:00+00:00"}, True),
        ({"CI": "woodpecker", "CI_PIPELINE_STARTED": "1795372200"}, True),
        ({"GITLAB_CI": "true", "CI_PIPELINE_CREATED_AT": "2026-11-22T18:30:00"}, False),
        ({"GITLAB_CI": "true", "CI_PIPELINE_CREATED_AT": "yesterday"}, False),
        ({"CI": "woodpecker", "CI_PIPELINE_STARTED": "9" * 30}, False),
        ({"GITLAB_CI": "true"}, False),
        ({"GITHUB_ACTIONS": "true", "CI_PIPELINE_CREATED_AT": "2026-11-22T18:30:00Z"}, False),
        ({"CI_PIPELINE_CREATED_AT": "2026-11-22T18:30:00Z"}, False),
    ],
)
def test_a_pipeline_began_when_its_system_says_so(
    environ: dict[str, str],
    began: bool,  # noqa: FBT001 - a column of the table
) -> None:
    expected = datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc) if began else None

    assert pipeline_started(environ) == expected
