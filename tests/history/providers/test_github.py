"""`boss-gates import github` against a server of GitHub's shapes, from the command to the facts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.history.store import open_store
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import Conclusion, Source
from tests.history.providers.conftest import (
    GitHub,
    ago,
    answer,
    commit_row,
    deployment_row,
    issue_row,
    job_row,
    pull_row,
    refuse,
    release_row,
    run_row,
    sha,
    stamp,
    status_row,
)

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.history.conftest import Server

MET, USAGE, UNJUDGED = 0, 2, 11
HISTORY = ".boss-gates/history.db"


def take(site: GitHub, *more: str, root: str = ".") -> int:
    return main(["import", "github", "acme/kettle", "--url", site.url, "--root", root, *more])


def past(root: Path) -> History:
    store = open_store(HISTORY, root=root, project="")
    view = History(store=lambda: store)
    _ = (view.builds, view.deployments, view.incidents, view.merges)
    store.close()
    return view


def exported(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["history", "export", "--root", str(root)]) == MET
    return capsys.readouterr().out


def fill(site: GitHub, count: int = 12) -> None:
    """A world with some of everything."""
    for number in range(count):
        row = run_row(number, ago(count - number))
        site.runs.append(row)
        site.jobs.append(job_row(row))
        at = ago(count - number, hours=-2)
        site.deployments.append(deployment_row(number, at))
        site.states[site.deployments[-1]["id"]] = [status_row("success", at)]
        site.pulls.append(pull_row(number, at))
        site.commits[sha(f"pull {number}")] = commit_row(f"pull {number}", at)
        site.pulled[number] = [commit_row("a", at - timedelta(days=1))]
        site.releases.append(release_row(f"v1.{number}", at))
        site.tags.append({"name": f"v1.{number}", "commit": {"sha": sha(number)}})
        site.issues.append(issue_row(number, at, at + timedelta(minutes=20)))


# -- runs


def test_a_run_becomes_a_build_that_ends_with_its_last_job(root: Path, github: GitHub) -> None:
    row = run_row(1, ago(2))
    github.runs = [row]
    skipped = job_row(row, name="deploy", conclusion="skipped", completed_at=stamp(ago(3)))
    github.jobs = [job_row(row), job_row(row, minutes=7, name="docs"), skipped]

    assert take(github) == MET

    (build,) = past(root).builds
    host = urlsplit(github.url).netloc
    assert build.key == f"{host}:17300000001"
    assert (build.name, build.commit, build.branch, build.event) == ("ci", sha(1), "main", "push")
    assert (build.started, build.completed) == (ago(2), ago(2) + timedelta(minutes=7))
    assert build.conclusion is Conclusion.SUCCESS
    assert build.source is Source.RUNS
    deploy, docs, tests = sorted(build.jobs, key=lambda job: job.name)
    assert (deploy.conclusion, deploy.started, deploy.completed) == (Conclusion.SKIPPED, None, None)
    assert docs.completed == ago(2) + timedelta(minutes=7)
    assert tests.queued == ago(2)
    assert tests.started == ago(2) + timedelta(seconds=10)


def test_every_attempt_is_asked_for_where_the_list_shows_the_last(
    root: Path, github: GitHub
) -> None:
    first = run_row(1, ago(2), conclusion="failure")
    second = run_row(1, ago(2), run_attempt=2, run_started_at=stamp(ago(1)), conclusion="cancelled")
    third = run_row(1, ago(2), run_attempt=3, run_started_at=stamp(ago(0, hours=3)))
    github.runs = [first, second, third]
    github.jobs = [job_row(first), job_row(third)]

    assert take(github) == MET

    last, between, before = past(root).builds
    assert (before.attempt, before.conclusion) == (1, Conclusion.FAILURE)
    assert (between.attempt, between.conclusion) == (2, Conclusion.CANCELLED)
    assert (last.attempt, last.conclusion) == (3, Conclusion.SUCCESS)
    assert last.key == before.key
    assert last.started == ago(0, hours=3)


def test_a_first_attempt_that_is_gone_is_told(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    github.runs = [run_row(1, ago(2), run_attempt=2)]

    assert take(github) == MET

    assert "Left out: first attempts that GitHub no longer has (1)." in capsys.readouterr().out
    assert [build.attempt for build in past(root).builds] == [2]


@pytest.mark.parametrize(
    ("conclusion", "meant"),
    [
        ("success", Conclusion.SUCCESS),
        ("failure", Conclusion.FAILURE),
        ("timed_out", Conclusion.TIMED_OUT),
        ("startup_failure", Conclusion.STARTUP_FAILURE),
        ("cancelled", Conclusion.CANCELLED),
        ("stale", Conclusion.CANCELLED),
        ("skipped", Conclusion.SKIPPED),
        ("neutral", Conclusion.NEUTRAL),
        ("a word of next year", Conclusion.UNKNOWN),
    ],
)
def test_every_conclusion_has_a_meaning(
    root: Path, github: GitHub, conclusion: str, meant: Conclusion
) -> None:
    github.runs = [run_row(1, ago(2), conclusion=conclusion)]

    take(github)

    (build,) = past(root).builds
    assert build.conclusion is meant
    assert build.completed == ago(2) + timedelta(minutes=9), "without jobs, when it was changed"


def test_a_run_that_is_not_over_is_completed_by_the_next_import(root: Path, github: GitHub) -> None:
    github.runs = [run_row(1, ago(0, hours=2), status="in_progress", conclusion=None)]
    take(github)
    (running,) = past(root).builds

    github.runs = [run_row(1, ago(0, hours=2))]
    take(github)

    (over,) = past(root).builds
    assert running.completed is None
    assert over.conclusion is Conclusion.SUCCESS
    assert over.completed is not None


def test_a_run_that_waits_for_an_approval_is_not_over(root: Path, github: GitHub) -> None:
    github.runs = [run_row(1, ago(2), conclusion="action_required")]
    take(github)
    (waiting,) = past(root).builds

    github.runs = [run_row(1, ago(2))]
    take(github)

    assert waiting.completed is None
    assert [build.conclusion for build in past(root).builds] == [Conclusion.SUCCESS]


def test_other_branches_and_pull_requests_are_left_to_others(root: Path, github: GitHub) -> None:
    queued = run_row(3, ago(1), event="merge_group", head_branch="gh-readonly-queue/main/pr-7")
    github.runs = [run_row(1, ago(2)), run_row(2, ago(2), head_branch="side"), queued]

    take(github)

    assert [build.event for build in past(root).builds] == ["merge_group", "push"]


def test_another_branch_can_be_asked_for(root: Path, github: GitHub) -> None:
    github.runs = [run_row(1, ago(2)), run_row(2, ago(2), head_branch="side")]

    take(github, "--branch", "side")

    assert [build.branch for build in past(root).builds] == ["side"]


def test_jobs_are_only_asked_for_where_a_metric_wants_them(github: GitHub, root: Path) -> None:
    github.runs = [run_row(1, ago(2), event="schedule")]

    take(github)

    assert len(past(root).builds) == 1
    assert github.count("/jobs") == 0


def test_more_runs_than_a_list_gives_are_read_in_halves(root: Path, github: GitHub) -> None:
    busy = ago(8)
    github.runs = [
        run_row(number, busy + timedelta(seconds=3 * number), event="schedule")
        for number in range(1100)
    ]

    assert take(github, "--since", stamp(ago(9))) == MET

    assert len(past(root).builds) == 1100


def test_a_row_that_cannot_be_read_loses_only_itself(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = run_row(2, ago(1))
    del bad["head_sha"]
    worse = run_row(3, ago(1), run_started_at=5)
    github.runs = [run_row(1, ago(2)), {**bad, "head_sha": None, "id": True}, worse, bad]

    assert take(github) == UNJUDGED

    assert len(past(root).builds) == 1
    said = capsys.readouterr().err
    assert "The run True cannot be read: its id is True." in said
    assert "The run 17300000003 cannot be read: its run_started_at is 5, not a time." in said
    assert "The run 17300000002 cannot be read: it has no 'head_sha'." in said


# -- deployments and releases


def test_a_deployment_is_at_its_first_success(root: Path, github: GitHub) -> None:
    github.deployments = [deployment_row(1, ago(3), production_environment=True)]
    github.states[2_900_000_001] = [
        status_row("inactive", ago(1)),
        status_row("success", ago(2)),
        status_row("success", ago(2.5)),
        status_row("in_progress", ago(2.9)),
    ]

    assert take(github) == MET

    (deployment,) = past(root).deployments
    assert deployment.succeeded
    assert deployment.finished == ago(2.5)
    assert deployment.commit == sha(1)
    assert deployment.environment == "production"
    assert deployment.production is True
    assert deployment.source is Source.DEPLOYMENTS


@pytest.mark.parametrize(
    ("states", "succeeded"),
    [
        ([], None),
        (["inactive"], None),
        (["queued", "in_progress"], None),
        (["success", "pending"], None),
        (["in_progress", "failure"], False),
        (["in_progress", "error"], False),
        (["failure", "success"], True),
        (["success", "failure", "inactive"], False),
    ],
)
def test_the_outcome_is_the_newest_state_that_is_not_inactive(
    root: Path,
    github: GitHub,
    states: list[str],
    succeeded: bool | None,  # noqa: FBT001
) -> None:
    github.deployments = [deployment_row(1, ago(3))]
    github.states[2_900_000_001] = [
        status_row(state, ago(2, hours=-number)) for number, state in enumerate(states)
    ]

    take(github)

    assert [each.succeeded for each in past(root).deployments] == (
        [] if succeeded is None else [succeeded]
    )


def test_previews_are_not_asked_about(root: Path, github: GitHub) -> None:
    github.deployments = [deployment_row(1, ago(3), "pr-7", transient_environment=True)]

    take(github)

    assert past(root).deployments == ()
    assert github.count("/statuses") == 0


def test_a_rollback_says_so_by_its_task(root: Path, github: GitHub) -> None:
    github.deployments = [deployment_row(1, ago(3), task="deploy:rollback")]
    github.states[2_900_000_001] = [status_row("success", ago(3))]

    take(github)

    assert past(root).deployments[0].rolled_back


def test_a_deployment_that_had_no_end_yet_is_asked_about_again(root: Path, github: GitHub) -> None:
    github.deployments = [deployment_row(1, ago(0, hours=2))]
    github.states[2_900_000_001] = [status_row("in_progress", ago(0, hours=2))]
    take(github)

    github.states[2_900_000_001].append(status_row("success", ago(0, hours=1)))
    take(github)
    take(github)

    assert [each.finished for each in past(root).deployments] == [ago(0, hours=1)]
    assert github.count("/statuses") == 2, "what has succeeded is not asked about again"


def test_releases_are_those_that_are_out(root: Path, github: GitHub) -> None:
    github.releases = [
        release_row("v1.0", ago(3)),
        release_row("v1.1rc1", ago(2), prerelease=True),
        release_row("v1.1", ago(1), draft=True, published_at=None),
        release_row("gone", ago(1)),
    ]
    github.tags = [{"name": "v1.0", "commit": {"sha": sha("tagged")}}]

    assert take(github) == MET

    (release,) = past(root).deployments
    assert (release.version, release.commit) == ("v1.0", sha("tagged"))
    assert release.finished == ago(3)
    assert release.production is True
    assert release.source is Source.RELEASES


def test_a_tag_that_the_clone_knows_is_not_asked_for(root: Path, github: GitHub) -> None:
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    git(root, "tag", "v1.0")
    github.releases = [release_row("v1.0", ago(3))]

    take(github)

    assert past(root).deployments[0].commit == git(root, "rev-parse", "HEAD")
    assert github.count("/tags") == 0


def git(root: Path, *arguments: str, **more: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **more},
    )
    return done.stdout.strip()


# -- merges and incidents


def test_a_squash_merge_has_the_times_of_what_was_squashed(root: Path, github: GitHub) -> None:
    github.pulls = [pull_row(1, ago(1))]
    github.commits[sha("pull 1")] = commit_row("pull 1", ago(1))
    github.pulled[1] = [
        commit_row("a", ago(5)),
        commit_row("main merged in", ago(4), parents=2),
        commit_row("b", ago(3)),
    ]

    take(github)

    (merge,) = past(root).merges
    assert (merge.commit, merge.merged) == (sha("pull 1"), ago(1))
    assert merge.authored == (ago(5), ago(3))


def test_a_rebased_commit_has_its_own_time(root: Path, github: GitHub) -> None:
    github.pulls = [pull_row(1, ago(1))]
    github.commits[sha("pull 1")] = commit_row("pull 1", ago(3))
    github.pulled[1] = [commit_row("a", ago(5)), commit_row("b", ago(3))]

    take(github)

    assert past(root).merges[0].authored == (ago(3),)


def test_a_merge_commit_hides_nothing(root: Path, github: GitHub) -> None:
    github.pulls = [pull_row(1, ago(1))]
    github.commits[sha("pull 1")] = commit_row("pull 1", ago(1), parents=2)

    take(github)

    assert past(root).merges[0].authored == ()
    assert github.count("/pulls/1/commits") == 0


def test_a_merge_that_the_clone_knows_is_not_asked_for(root: Path, github: GitHub) -> None:
    git(root, "init", "-q", "-b", "main")
    date = {"GIT_AUTHOR_DATE": "2026-11-01T10:00:00Z", "GIT_COMMITTER_DATE": "2026-11-01T10:00:00Z"}
    git(root, "commit", "-q", "--allow-empty", "-m", "x", **date)
    commit = git(root, "rev-parse", "HEAD")
    github.pulls = [pull_row(1, ago(1), merge_commit_sha=commit)]
    github.pulled[1] = [commit_row("a", ago(5))]

    take(github)

    assert past(root).merges[0].authored == (ago(5),)
    assert github.count("/commits/") == 0


def test_only_what_was_merged_to_the_branch_is_a_merge(root: Path, github: GitHub) -> None:
    github.pulls = [
        pull_row(1, ago(1), merged_at=None),
        pull_row(2, ago(1), base={"ref": "side", "sha": sha("x")}),
    ]

    take(github)

    assert past(root).merges == ()


def test_labelled_issues_are_incidents(root: Path, github: GitHub) -> None:
    github.issues = [
        issue_row(1, ago(3), ago(2)),
        issue_row(2, ago(1), None),
        issue_row(3, ago(1), ago(0), labels=[{"name": "bug"}]),
        issue_row(4, ago(1), ago(0), pull_request={"url": "x"}),
    ]

    take(github)

    unsolved, solved = past(root).incidents
    assert (solved.started, solved.recovered) == (ago(3), ago(2))
    assert solved.title == "Kettle 1 is cold"
    assert solved.source is Source.ISSUES
    assert unsolved.recovered is None


def test_other_labels_can_be_asked_for(root: Path, github: GitHub) -> None:
    github.issues = [
        issue_row(1, ago(3), None, labels=[{"name": "outage"}]),
        issue_row(2, ago(2), None, labels=[{"name": "sev 1"}, {"name": "outage"}]),
        issue_row(3, ago(1), None),
    ]

    take(github, "--incident-label", "outage", "--incident-label", "sev 1")

    assert len(past(root).incidents) == 2


def test_an_issue_may_be_closed_opened_again_and_closed_for_good(
    root: Path, github: GitHub
) -> None:
    found = []
    for day, closed, updated in (
        (20, ago(5), ago(5)),
        (21, None, ago(4)),
        (22, None, ago(3)),
        (23, ago(2), ago(2)),
    ):
        github.issues = [issue_row(1, ago(6), closed, updated_at=stamp(updated))]
        take(github, "--since", stamp(ago(day)))
        (incident,) = past(root).incidents
        found.append((incident.started, incident.recovered))

    assert found == [(ago(6), ago(5)), (ago(6), None), (ago(6), None), (ago(6), ago(2))]


@pytest.mark.usefixtures("root")
def test_a_repository_without_issues_has_no_incidents(github: GitHub) -> None:
    github.about["has_issues"] = False
    github.fail("/issues", refuse(410, "Issues are disabled for this repo"))

    assert take(github) == MET


# -- how far it has come


def test_the_same_import_again_changes_nothing_and_asks_little(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github)
    github.page_size = 5
    assert take(github) == MET
    first = exported(root, capsys)
    asked = len(github.asked)
    github.statuses.clear()

    assert take(github) == MET

    assert "0 taken in" in capsys.readouterr().out
    assert exported(root, capsys) == first
    assert len(github.asked) - asked < asked / 2
    assert github.statuses.count(304) >= 5
    assert github.count("/attempts/1/jobs") == 12, "each once"


@pytest.mark.postgres
@pytest.mark.usefixtures("root")
def test_a_teams_database_knows_how_far_an_import_came(
    github: GitHub,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BOSS_GATES_HISTORY", server.url("imported"))
    fill(github, 3)

    assert take(github) == MET
    assert "15 taken in, 0 known already." in capsys.readouterr().out
    jobs = github.count("/jobs")
    assert take(github) == MET

    assert "0 taken in, 0 known already." in capsys.readouterr().out
    assert github.count("/jobs") == jobs
    assert 304 in github.statuses


@pytest.mark.usefixtures("root")
def test_what_is_new_is_all_that_comes_later(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github)
    take(github)
    capsys.readouterr()
    row = run_row(99, ago(0, hours=1))
    github.runs.append(row)
    github.jobs.append(job_row(row))

    take(github, "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["new"] == 1
    assert told["read"]["builds"] == 1


def test_an_earlier_since_goes_back_behind_what_was_read(root: Path, github: GitHub) -> None:
    fill(github, 30)
    take(github, "--since", stamp(ago(8)))
    few = len(past(root).deployments)

    take(github, "--since", stamp(ago(40)))

    view = past(root)
    assert few < 20
    assert len(view.deployments) == 60
    assert len(view.builds) == 30
    assert len(view.merges) == 30


def test_what_was_merged_before_since_is_read_when_an_earlier_one_wants_it(
    root: Path, github: GitHub
) -> None:
    github.pulls = [pull_row(1, ago(20), updated_at=stamp(ago(1)))]
    github.commits[sha("pull 1")] = commit_row("pull 1", ago(20), parents=2)
    take(github, "--since", stamp(ago(10)))
    before = past(root).merges

    take(github, "--since", stamp(ago(30)))

    assert before == ()
    assert len(past(root).merges) == 1


@pytest.mark.parametrize("body", ["nonsense", "[]", '{"from": 5}', '{"from": "x", "through": "y"}'])
def test_a_mark_that_is_damaged_is_as_good_as_none(root: Path, github: GitHub, body: str) -> None:
    fill(github, 3)
    take(github)
    with open_store(HISTORY, root=root, project="") as store:
        store.add((), dict.fromkeys(store.marks(), body))

    assert take(github) == MET
    assert len(past(root).builds) == 3


def test_a_mark_that_leads_to_another_server_is_not_followed(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github, 3)
    take(github)
    with open_store(HISTORY, root=root, project="") as store:
        bent = {
            name: json.dumps({**json.loads(body), "next": "http://127.0.0.1:9/x", "oldest": ""})
            for name, body in store.marks().items()
            if "/deployments" in name
        }
        store.add((), bent)

    assert bent
    assert take(github) == UNJUDGED
    assert "http://127.0.0.1:9/x is not on the server that is to be asked." in (
        capsys.readouterr().err
    )


def test_every_page_is_read_and_none_is_asked_for_twice(root: Path, github: GitHub) -> None:
    fill(github, 25)
    github.page_size = 2

    take(github)

    assert len(past(root).builds) == 25
    assert len(past(root).merges) == 25
    assert len(github.asked) == len(set(github.asked))


def killed(site: GitHub, folder: Path, part: str) -> None:
    """Import, and kill the process as it asks for something, without a chance to clean up."""
    reached, done = threading.Event(), threading.Event()

    def wait(handler: BaseHTTPRequestHandler) -> None:
        reached.set()
        done.wait(60)
        handler.close_connection = True

    site.fail(part, wait)
    code = "import sys; from pytest_boss_gates.cli import main; sys.exit(main(sys.argv[1:]))"
    command = ["import", "github", "acme/kettle", "--url", site.url, "--root", str(folder)]
    process = subprocess.Popen([sys.executable, "-c", code, *command])
    try:
        assert reached.wait(60)
    finally:
        process.kill()
        process.wait()
        done.set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    ["deployments/2900000004/statuses", "runs/17300000006/attempts/1/jobs", "/pulls/5/commits"],
)
def test_an_import_that_is_killed_goes_on_and_ends_with_the_same_facts(
    root: Path, github: GitHub, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github)
    github.page_size = 5
    (root / "killed").mkdir()
    (root / "whole").mkdir()

    killed(github, root / "killed", part)
    assert take(github, root="killed") == MET
    details = [each for each in github.asked if "/jobs" in each or "/statuses" in each]
    assert take(github, root="whole") == MET

    twice = {each.partition("?")[0] for each in details if details.count(each) > 1}
    assert all(part in each for each in twice), "what was kept is not asked for again"
    assert exported(root / "killed", capsys) == exported(root / "whole", capsys)


# -- what goes wrong


def test_what_may_not_be_read_keeps_nothing_else_from_it(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github, 3)
    github.fail("/deployments", refuse(403, "Resource not accessible by integration"))

    assert take(github) == UNJUDGED

    said = capsys.readouterr()
    assert "Not all deployments could be read:" in said.err
    assert "The token may not read this." in said.err
    assert "3 builds" in said.out
    assert len(past(root).builds) == 3


def test_a_list_that_only_fails_keeps_no_other_from_it(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_boss_gates.history.providers.client.TRIES", 1)
    fill(github, 3)
    github.fail("/deployments", refuse(500))

    assert take(github) == UNJUDGED

    assert "Not all deployments could be read:" in capsys.readouterr().err
    assert len(past(root).builds) == 3


def test_what_is_gone_since_the_list_had_it_loses_only_itself(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github, 3)
    github.fail("deployments/2900000001/statuses", refuse(404))
    github.fail("17300000001/attempts/1/jobs", refuse(404))
    github.fail("/pulls/1/commits", refuse(404))
    github.fail(sha("pull 2"), refuse(422, "No commit found for SHA"))

    assert take(github) == MET

    assert (
        "Left out: deployments that are gone in part (1), pull requests that are gone in part (2)."
        in capsys.readouterr().out
    )
    view = past(root)
    assert sorted(len(build.jobs) for build in view.builds) == [0, 1, 1]
    assert len(view.merges) == 1
    assert len(view.deployments) == 2 + 3


def test_what_was_read_before_a_failure_is_kept(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(github, 3)
    spent = refuse(403, "API rate limit exceeded", x_ratelimit_remaining="0",
                   x_ratelimit_reset="9999999999")  # fmt: skip
    github.fail("/actions/runs", spent)

    assert take(github) == UNJUDGED

    said = capsys.readouterr()
    assert "What was read is kept: run the same command after" in said.err
    assert "3 deployments" in said.out
    assert take(github) == MET
    assert len(past(root).builds) == 3


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("hunter2", "The token is wrong or has expired."),
        ("hunter2\nx", "The token in the environment has blanks"),
    ],
)
@pytest.mark.usefixtures("root")
def test_a_wrong_token_is_told_and_not_shown(
    github: GitHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    token: str,
    said: str,
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)

    assert take(github) in {USAGE, UNJUDGED}

    shown = capsys.readouterr().err
    assert said in shown
    assert "hunter2" not in shown


def test_a_server_of_another_kind_is_told(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    github.about = {"hello": "world"}

    assert take(github) == UNJUDGED

    assert "does not speak GitHub's API. Is --url right?" in capsys.readouterr().err
    assert past(root).builds == ()


@pytest.mark.usefixtures("root")
def test_an_object_where_a_list_belongs_is_told(
    github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    github.fail("/releases", lambda handler: answer(handler, 200, b'{"id": 1}'))

    assert take(github) == UNJUDGED

    assert "answered with something else than a list" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kettle"], "'kettle' is not the path of a repository. Write OWNER/NAME"),
        (["acme/../x"], "is not the path of a repository"),
        (["acme/.."], "is not the path of a repository"),
        (["acme/kettle", "--url", "git.example.org"], "is not the address of a server"),
        (["acme/kettle", "--since", "yesterday"], "'yesterday' is neither a day"),
        (["acme/kettle", "--wait", "a bit"], "'a bit' is not a number of seconds"),
    ],
)
@pytest.mark.usefixtures("root")
def test_wrong_usage_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    try:
        status = main(["import", "github", *arguments])
    except SystemExit as error:
        status = int(str(error.code))

    assert status == USAGE
    assert said in capsys.readouterr().err


def test_labels_come_from_the_settings_and_what_else_is_wrong_there_does_not_matter(
    root: Path, github: GitHub
) -> None:
    (root / "pyproject.toml").write_text(
        '[tool.boss-gates]\nsource = 5\n[tool.boss-gates.delivery]\nincident-labels = ["outage"]\n'
    )
    github.issues = [issue_row(1, ago(3), None, labels=[{"name": "outage"}])]
    github.issues.append(issue_row(2, ago(3), None))

    assert take(github) == MET

    assert [incident.title for incident in past(root).incidents] == ["Kettle 1 is cold"]


def test_labels_that_are_none_are_told(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[tool.boss-gates.delivery]\nincident-labels = [" "]\n'
    (root / "pyproject.toml").write_text(text)

    assert take(github) == USAGE

    said = capsys.readouterr().err
    assert "incident-labels" in said
    assert 'This names nothing. Write for example "incident".' in said
    assert github.asked == []


def test_troubles_without_end_are_cut_short(
    root: Path, github: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    github.runs = [run_row(number, ago(2), head_sha=None) for number in range(30)]
    take(github)
    shown = capsys.readouterr().err

    assert len(shown.splitlines()) == 11
    assert "boss-gates: and 20 more; --json has them all" in shown
    assert past(root).builds == ()


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["import", "github", "--help"])

    assert "boss-gates import github acme/kettle" in capsys.readouterr().out
