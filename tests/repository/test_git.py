"""Commit and branch, asked of real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.repository.git import (
    Checkout,
    Edit,
    Kept,
    authored,
    changed_files,
    default_branch,
    edits,
    identify,
    is_kept,
    kept,
    resolve,
    tagged,
)

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


def test_a_repository_keeps_its_commits_newest_first(repository: Path) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "Second\n\nWith a body")

    assert kept(repository) == Kept(commits=2, branches=1, subjects=("Second", "First"))


def test_an_empty_repository_keeps_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    assert kept(tmp_path) == Kept()


def test_without_a_repository_nothing_is_kept(tmp_path: Path) -> None:
    assert kept(tmp_path) is None
    assert kept(tmp_path / "gone") is None


def test_without_git_only_the_repository_is_known(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert kept(repository) == Kept()


def test_remotes_and_tags_are_kept_origin_first(repository: Path) -> None:
    for name in ("zeta", "alpha", "origin"):
        git(repository, "remote", "add", name, "https://example.org/a")
    git(repository, "tag", "v1")
    git(repository, "tag", "-a", "-m", "x", "release/v2")

    found = kept(repository)

    assert found is not None
    assert (found.remotes, found.tags) == (("origin", "alpha", "zeta"), 2)


def test_a_branch_of_the_clone_and_of_its_remote_is_one(repository: Path, tmp_path: Path) -> None:
    git(repository, "branch", "main")
    git(tmp_path, "clone", "-q", str(repository), "clone")
    git(tmp_path / "clone", "branch", "mine/own")

    assert [
        found.branches for root in (repository, tmp_path / "clone") if (found := kept(root))
    ] == [
        2,
        3,
    ]


def test_a_shallow_clone_says_so(repository: Path, tmp_path: Path) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "Second")
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "clone")

    found = kept(tmp_path / "clone")

    assert found is not None
    assert (found.is_shallow, found.commits, found.subjects) == (True, 1, ("Second",))


def test_a_detached_head_and_a_worktree_keep_the_same(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    whole = kept(repository)

    git(repository, "checkout", "-q", "--detach")

    assert whole is not None
    assert whole.commits == 1
    assert kept(repository) == kept(tmp_path / "other") == whole


def test_the_subjects_are_those_of_the_branch_itself_at_most_a_hundred(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side")
    git(repository, "commit", "-q", "--allow-empty", "-m", "Aside")
    git(repository, "checkout", "-q", "feature/pay-later")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    tip = git(repository, "rev-parse", "HEAD")
    lines = [
        f"refs/heads/long\ncommitter A <a@example.org> {n} +0000\ndata 1\nx\n" for n in range(120)
    ]
    stream = "".join(f"commit {line}" for line in [lines[0] + f"from {tip}\n", *lines[1:]])
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=repository, check=True, input=stream, text=True
    )

    found = kept(repository)
    git(repository, "symbolic-ref", "HEAD", "refs/heads/long")
    long = kept(repository)

    assert found is not None
    assert long is not None
    assert (found.commits, found.subjects) == (3, ("Merge side", "First"))
    assert (long.commits, long.subjects) == (123, ("x",) * 100)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_settings_that_show_more_of_a_commit_do_not_change_the_subjects(
    repository: Path, tmp_path: Path
) -> None:
    program = tmp_path / "gpg"
    program.write_text(
        "#!/bin/sh\ncat > /dev/null\necho '[GNUPG:] SIG_CREATED x' >&2\n"
        "echo '-----BEGIN PGP SIGNATURE-----'\necho x\necho '-----END PGP SIGNATURE-----'\n"
        "echo 'gpg: Good signature' >&2\n"
    )
    program.chmod(0o755)
    git(repository, "config", "gpg.program", str(program))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "commit", "-q", "--allow-empty", "-S", "-m", "Signed")
    shown = git(repository, "log", "-1", "--format=%s")

    found = kept(repository)

    assert shown != "Signed"  # else there would be nothing to pass over
    assert found is not None
    assert found.subjects == ("Signed", "First")


def test_changed_files_are_those_that_a_commit_would_not_keep(repository: Path) -> None:
    inside = repository / "in"
    inside.mkdir()
    for name in ("kept.py", "edited.py", "staged.py", "removed.py"):
        (inside / name).write_text("1\n")
    (repository / ".gitignore").write_text("ignored.py\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "Files")
    (inside / "edited.py").write_text("2\n")
    (inside / "staged.py").write_text("2\n")
    git(repository, "add", "in/staged.py")
    (inside / "removed.py").unlink()
    (inside / "new.py").write_text("1\n")
    (inside / "ignored.py").write_text("1\n")
    (repository / "outside.py").write_text("1\n")

    assert sorted(changed_files(inside) or ()) == ["edited.py", "new.py", "removed.py", "staged.py"]
    assert sorted(changed_files(repository) or ()) == [
        "in/edited.py",
        "in/new.py",
        "in/removed.py",
        "in/staged.py",
        "outside.py",
    ]


def test_without_a_commit_nothing_can_be_said_of_changes(tmp_path: Path) -> None:
    assert changed_files(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert changed_files(tmp_path) is None


def test_what_git_keeps_is_told_from_what_only_lies_there(repository: Path) -> None:
    (repository / "a").mkdir()
    (repository / "a" / "file").write_text("")
    assert not is_kept(repository, "a")

    git(repository, "add", "a")

    assert is_kept(repository, "a")
    assert not is_kept(repository / "a", "a")
    assert is_kept(repository / "a", "file")


def test_edits_are_what_differs_from_the_commit(repository: Path) -> None:
    for name in ("kept.py", "gone.py", "old name.py", "same.py"):
        (repository / name).write_text(f"{name}\n" * 9, encoding="utf-8")
    (repository / ".gitignore").write_text("*.log\n", encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Second")
    assert edits(repository) == ()

    (repository / "kept.py").write_text("changed\n", encoding="utf-8")
    (repository / "gone.py").unlink()
    git(repository, "mv", "old name.py", "new näme.py")
    (repository / "noise.log").touch()
    (repository / "new").mkdir()
    (repository / "new" / "inner.py").touch()

    found = edits(repository)

    assert found is not None
    assert set(found) == {
        Edit(path="kept.py", is_tracked=True),
        Edit(path="gone.py", is_tracked=True),
        Edit(path="new näme.py", is_tracked=True),
        Edit(path="new/", is_tracked=False),
    }


def test_edits_are_told_from_the_directory_that_was_asked_about(repository: Path) -> None:
    for name in ("packages/a/x.py", "packages/b/y.py"):
        path = repository / name
        path.parent.mkdir(parents=True)
        path.touch()
    git(repository, "add", "packages")

    found = edits(repository / "packages" / "a")

    assert found is not None
    assert {edit.path for edit in found} == {"x.py", "../b/y.py"}


def test_without_a_repository_or_git_no_edits_are_known(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edits(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert edits(repository) is None


def test_a_version_is_found_among_the_tags(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "v1.4.0")
    git(repository, "tag", "-a", "1.5", "-m", "annotated")

    assert tagged(repository, "1.4.0") == tagged(repository, "v1.4.0") == commit
    assert tagged(repository, "1.5") == commit
    assert tagged(repository, "1.6") == tagged(repository, "--all") == ""


def test_a_commit_has_many_names_and_options_are_none(repository: Path, tmp_path: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")

    for name in ("HEAD", commit[:8], commit, "feature/pay-later"):
        assert resolve(repository, name) == commit
    assert resolve(repository, "nothing") == resolve(repository, "--all") == ""
    assert resolve(tmp_path, "HEAD") == tagged(tmp_path, "1.4.0") == ""


def test_a_commit_tells_when_it_was_written_and_how_many_parents_it_has(
    repository: Path, tmp_path: Path
) -> None:
    git(repository, "checkout", "-q", "-b", "side")
    git(repository, "commit", "-q", "--allow-empty", "-m", "x", "--date=2026-11-01T10:00:00+01:00")
    git(repository, "checkout", "-q", "feature/pay-later")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    merge = authored(repository, git(repository, "rev-parse", "HEAD"))

    assert merge is not None
    assert merge[1] == 2
    assert authored(repository, "side") == (datetime(2026, 11, 1, 9, tzinfo=timezone.utc), 1)
    assert authored(repository, "0" * 40) is None
    assert authored(repository, "--all") is None
    assert authored(tmp_path, "HEAD") is None
