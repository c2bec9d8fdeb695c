"""The events of delivery as the corridor gathers them: git's, with CI's word on the pipeline."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.delivering import gather_events
from pytest_boss_gates.model import Deployment, Events, Source

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
    found = gather_events(root, None)

    assert [each.version for each in found.deployments] == ["v1.0"]
    assert (found.branch, found.in_ci, found.ci_started) == ("main", False, None)
    assert found.now is not None
    assert found.as_of is not None
    assert found.now >= found.as_of


def test_ci_tells_its_branch_and_when_it_began(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_DEFAULT_BRANCH", "trunk")
    monkeypatch.setenv("CI_PIPELINE_CREATED_AT", "2026-11-22T18:30:00Z")

    found = gather_events(root, None)

    assert (found.branch, found.in_ci) == ("trunk", True)
    assert found.ci_started == datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc)


def test_what_a_history_keeps_stands_before_the_tags(root: Path) -> None:
    recorded = Deployment(
        key="1",
        environment="production",
        commit="a" * 40,
        finished=datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc),
        source=Source.RECORDED,
    )

    found = gather_events(root, None, Events(deployments=(recorded,)))

    assert [each.source for each in found.deployments] == [Source.RECORDED, Source.TAGS]


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    found = gather_events(tmp_path, None)

    assert (found.as_of, found.reason) == (None, "this is no git repository")
