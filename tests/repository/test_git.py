"""Commit and branch, asked of real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.repository.git import Checkout, default_branch, identify

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(
        command, cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    git(root, "checkout", "-q", "-b", "feature/pay-later")
    git(root, "commit", "-q", "--allow-empty", "-m", "First")
    return root


def test_a_checkout_says_its_commit_and_branch(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")

    assert identify(repository) == Checkout(commit=commit, branch="feature/pay-later")


def test_a_directory_below_the_top_belongs_to_the_repository(repository: Path) -> None:
    (repository / "packages" / "a").mkdir(parents=True)

    assert identify(repository / "packages" / "a").branch == "feature/pay-later"


def test_a_tag_of_the_branchs_name_changes_nothing(repository: Path) -> None:
    git(repository, "tag", "feature/pay-later")

    assert identify(repository).branch == "feature/pay-later"


def test_a_detached_head_has_a_commit_and_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    commit = git(repository, "rev-parse", "HEAD")

    assert identify(repository) == Checkout(commit=commit, branch="")


def test_a_repository_without_a_commit_has_a_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "symbolic-ref", "HEAD", "refs/heads/trunk")

    assert identify(tmp_path) == Checkout(commit="", branch="trunk")


def test_a_worktree_is_a_checkout_of_its_own(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))

    assert identify(tmp_path / "other").branch == "other"


def test_a_hook_that_points_git_elsewhere_is_not_obeyed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))

    assert identify(repository).branch == "feature/pay-later"


def test_outside_a_repository_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert identify(tmp_path) == Checkout()
    assert identify(tmp_path / "gone") == Checkout()


def test_a_broken_repository_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: gone", encoding="utf-8")

    assert identify(tmp_path) == Checkout()


def test_without_git_there_is_nothing_to_say(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert identify(repository) == Checkout()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_the_common_path_starts_git_once(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\necho run >> "{log}"\nPATH="{os.environ["PATH"]}" git "$@"\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")

    assert identify(repository).branch == "feature/pay-later"

    assert log.read_text() == "run\n"


def test_the_only_usual_name_is_the_default_branch(repository: Path) -> None:
    assert default_branch(repository) == ""

    git(repository, "branch", "main")
    assert default_branch(repository) == "main"

    git(repository, "branch", "develop")
    assert default_branch(repository) == ""


def test_a_clone_remembers_the_default_branch_of_its_origin(
    repository: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(repository), "clone")

    assert default_branch(tmp_path / "clone") == "feature/pay-later"


def test_without_a_repository_there_is_no_default_branch(tmp_path: Path) -> None:
    assert default_branch(tmp_path) == ""
