"""The events of delivery as the corridor gathers them: git's, with CI's word on the pipeline."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.delivering import gather_events
from pytest_boss_gates.history.records import record
from pytest_boss_gates.history.sqlite import SqliteStore
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import (
    Build,
    Conclusion,
    Deployment,
    Job,
    Outcome,
    RecordedRun,
    RecordedVerdict,
    Source,
    Unit,
    VerdictStatus,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (("init", "-q", "-b", "main"), ("commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    subprocess.run([*git, "tag", "v1.0"], cwd=tmp_path, check=True)
    return tmp_path


def test_on_a_laptop_git_alone_tells(root: Path) -> None:
    found = gather_events(root, None, History())

    assert [each.version for each in found.deployments] == ["v1.0"]
    assert (found.branch, found.in_ci, found.ci_started) == ("main", False, None)
    assert found.now is not None
    assert found.as_of is not None
    assert found.now >= found.as_of


def test_ci_tells_its_branch_and_when_it_began(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_DEFAULT_BRANCH", "trunk")
    monkeypatch.setenv("CI_PIPELINE_CREATED_AT", "2026-11-22T18:30:00Z")

    found = gather_events(root, None, History())

    assert (found.branch, found.in_ci) == ("trunk", True)
    assert found.ci_started == datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc)


def session(key: str, hour: int, **given: object) -> RecordedRun:
    started = datetime(2026, 11, 22, hour, tzinfo=timezone.utc)
    plain: dict[str, object] = {
        "key": key,
        "started": started,
        "ended": started + timedelta(minutes=9),
        "commit": "a" * 40,
        "branch": "main",
        "ci": "GitHub Actions",
        "pytest_exit": 0,
        "outcome": Outcome.MET,
    }
    return RecordedRun(**{**plain, **given})  # type: ignore[arg-type]


def missed(metric: str) -> RecordedVerdict:
    return RecordedVerdict(
        metric=metric, unit=Unit.SECONDS, status=VerdictStatus.MISSED, blocking=True
    )


def test_what_a_history_keeps_stands_before_what_git_tells(root: Path, tmp_path: Path) -> None:
    recorded = Deployment(
        key="1",
        environment="production",
        commit="a" * 40,
        finished=datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc),
        source=Source.RECORDED,
    )
    lead, slow = missed("lead-time-for-changes"), missed("session-duration")
    runs = (
        session("first", 8),
        session("rerun", 9),
        session("late", 10, commit="b" * 40, outcome=Outcome.MISSED, verdicts=(lead,)),
        session("slow", 11, commit="c" * 40, outcome=Outcome.MISSED, verdicts=(lead, slow)),
        session("broken", 12, commit="d" * 40, pytest_exit=1),
        session("laptop", 13, ci=""),
        session("other", 14, branch="feature"),
    )
    with SqliteStore(tmp_path / "history.db", tmp_path) as store:
        store.add([record(recorded), *map(record, runs)])

        found = gather_events(root, None, History(store=lambda: store))

    assert [each.source for each in found.deployments] == [Source.RECORDED, Source.TAGS]
    assert [(each.key, each.attempt, each.conclusion.value) for each in found.builds] == [
        ("first", 1, "success"),
        ("rerun", 2, "success"),
        ("late", 1, "failure"),
        ("slow", 1, "failure"),
        ("broken", 1, "failure"),
    ]
    assert [each.key for each in found.builds if each.only_delivery] == ["late"]


def provided(key: str, hour: int, *failed: str, commit: str = "a" * 40) -> Build:
    """A build that a session of that hour stands in, with two jobs: ``tests`` and ``lint``."""
    started = datetime(2026, 11, 22, hour, tzinfo=timezone.utc) - timedelta(minutes=1)
    ended = started + timedelta(minutes=11)
    return Build(
        key=key,
        commit=commit,
        branch="main",
        event="push",
        started=started,
        completed=ended,
        conclusion=Conclusion.FAILURE if failed else Conclusion.SUCCESS,
        jobs=tuple(
            Job(
                name=name,
                conclusion=Conclusion.FAILURE if name in failed else Conclusion.SUCCESS,
                started=started,
                completed=ended,
            )
            for name in ("tests", "lint")
        ),
    )


def test_a_providers_build_is_excused_when_our_sessions_say_so(root: Path, tmp_path: Path) -> None:
    late = {"outcome": Outcome.MISSED, "verdicts": (missed("lead-time-for-changes"),)}
    slow = {"outcome": Outcome.MISSED, "verdicts": (missed("session-duration"),)}
    builds = (
        provided("late", 8, "tests"),
        provided("late, and a linter", 9, "tests", "lint", commit="b" * 40),
        provided("slow", 10, "tests", commit="c" * 40),
        provided("late and slow", 11, "tests", commit="d" * 40),
        provided("late at another hour", 12, "tests", commit="e" * 40),
        provided("green", 13, commit="f" * 40),
        provided("without a session", 14, "tests", commit="0" * 40),
    )
    runs = (
        session("1", 8, **late),
        session("2", 9, commit="b" * 40, **late),
        session("3", 10, commit="c" * 40, **slow),
        session("4", 11, commit="d" * 40, **late),
        session("5", 11, commit="d" * 40, **slow),
        session("6", 20, commit="e" * 40, **late),
    )
    with SqliteStore(tmp_path / "history.db", tmp_path) as store:
        store.add([*map(record, builds), *map(record, runs)])

        found = gather_events(root, None, History(store=lambda: store))

    ours = [each for each in found.builds if each.source is Source.RUNS]
    assert len(ours) == len(builds)
    assert [each.key for each in ours if each.only_delivery] == ["late"]


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    found = gather_events(tmp_path, None, History())

    assert (found.as_of, found.reason) == (None, "this is no git repository")
