"""What git alone knows of deliveries, asked of real repositories."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.repository.past import TAGS, WALK, read_past

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.model import Events


def git(root: Path, *arguments: str, at: str = "2026-11-01T09:00:00Z") -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    clock = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    return subprocess.run(
        command,
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **clock},
    ).stdout.strip()


def commit(root: Path, day: int, message: str = "Work") -> str:
    at = f"2026-11-{day:02}T09:00:00Z"
    git(root, "commit", "-q", "--allow-empty", "-m", message, at=at)
    return git(root, "rev-parse", "HEAD")


def noon(day: int) -> datetime:
    return datetime(2026, 11, day, 12, tzinfo=timezone.utc)


def nine(day: int) -> datetime:
    return datetime(2026, 11, day, 9, tzinfo=timezone.utc)


def tags(events: Events) -> dict[str, datetime]:
    return {each.version: each.finished for each in events.deployments}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, 1)
    return root


def test_windows_end_at_the_commit_that_is_checked_out(root: Path) -> None:
    commit(root, 5)

    assert read_past(root, None, branch="main").as_of == nine(5)

    git(root, "checkout", "-q", "HEAD~1")
    assert read_past(root, None, branch="main").as_of == nine(1)


def test_a_light_tag_has_the_time_of_its_commit_and_an_annotated_one_its_own(root: Path) -> None:
    git(root, "tag", "v1.0", at="2026-11-20T12:00:00Z")
    git(root, "tag", "-a", "-m", "x", "v1.1", at="2026-11-03T12:00:00Z")

    assert tags(read_past(root, None, branch="main")) == {"v1.0": nine(1), "v1.1": noon(3)}


def test_pre_releases_and_other_tags_are_none(root: Path) -> None:
    for name in ("v1.0rc1", "v1.0-beta.2", "nightly", "build-7", "v1.0"):
        git(root, "tag", name)

    assert list(tags(read_past(root, None, branch="main"))) == ["v1.0"]


def test_a_tag_on_something_else_than_a_commit_is_none(root: Path) -> None:
    git(root, "tag", "v2.0", "HEAD^{tree}")

    found = read_past(root, None, branch="main")

    assert (found.deployments, found.reason) == ((), "there are no version tags")


def test_tags_off_the_default_branch_are_counted_and_left_out(root: Path) -> None:
    git(root, "tag", "v1.0")
    git(root, "checkout", "-q", "-b", "release")
    commit(root, 2)
    git(root, "tag", "v1.0.1")
    git(root, "checkout", "-q", "main")

    found = read_past(root, None, branch="main")

    assert (list(tags(found)), found.stray_tags) == (["v1.0"], 1)


def test_when_all_tags_are_off_the_branch_it_says_so(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "release")
    commit(root, 2)
    git(root, "tag", "v1.0.1")

    found = read_past(root, None, branch="main")

    assert found.deployments == ()
    assert found.reason == "none of the 1 version tags is reached from the branch main"


def test_the_branch_of_the_remote_counts_where_the_local_one_is_behind(
    root: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(root), "clone")
    commit(root, 2)
    git(root, "tag", "v1.0")
    clone = tmp_path / "clone"
    git(clone, "fetch", "-q", "--tags")

    assert list(tags(read_past(clone, None, branch="main"))) == ["v1.0"]


def test_a_detached_checkout_without_the_branch_counts_what_is_behind_it(
    root: Path, tmp_path: Path
) -> None:
    git(root, "tag", "v1.0")
    git(tmp_path, "clone", "-q", str(root), "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "--detach")
    git(clone, "branch", "-q", "-D", "main")
    git(clone, "update-ref", "-d", "refs/remotes/origin/main")

    assert list(tags(read_past(clone, None, branch="main"))) == ["v1.0"]
    assert list(tags(read_past(clone, None, branch=""))) == ["v1.0"]


def test_a_shallow_clone_says_how_to_deepen_it(root: Path, tmp_path: Path) -> None:
    commit(root, 2)
    git(root, "tag", "v1.0")
    git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), "clone")

    found = read_past(tmp_path / "clone", None, branch="main")

    assert found.is_shallow
    assert (found.deployments, found.reason) == ((), "the clone is shallow")
    assert "fetch-depth: 0" in found.remedy
    assert found.as_of == nine(2)


def test_missing_tags_say_how_to_fetch_them(root: Path, tmp_path: Path) -> None:
    git(root, "tag", "v1.0")
    git(tmp_path, "clone", "-q", "--no-tags", root.as_uri(), "clone")

    found = read_past(tmp_path / "clone", None, branch="main")

    assert found.reason == "there are no version tags"
    assert "git fetch --tags" in found.remedy


def test_outside_a_repository_the_reason_is_told(tmp_path: Path) -> None:
    found = read_past(tmp_path, None, branch="main")

    assert (found.as_of, found.reason) == (None, "this is no git repository")


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    found = read_past(tmp_path, None, branch="main")

    assert found.as_of is None
    assert found.reason.startswith("git shows no commit: ")


def test_without_git_the_reason_is_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert read_past(root, None, branch="main").reason == (
        "git shows no commit: git is not installed"
    )


# -- the graph


def test_the_graph_is_what_is_behind_the_tips_and_not_behind_the_others(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    second, third, fourth = (commit(root, day) for day in (2, 3, 4))

    found = read_past(root, None, branch="main").graph([third], [first])

    assert set(found.commits) == {second, third}
    assert found.commits[third].parents == (second,)
    assert found.known == {third}
    assert fourth not in found.commits


def test_a_commit_has_its_two_times(root: Path) -> None:
    at = {"GIT_AUTHOR_DATE": "2026-11-02T12:00:00+02:00"}
    subprocess.run(
        [
            "git",
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit",
            "-q",
            "--allow-empty",
            "-mx",
        ],
        cwd=root,
        check=True,
        env={**os.environ, **at, "GIT_COMMITTER_DATE": "2026-11-03T12:00:00Z"},
    )
    tip = git(root, "rev-parse", "HEAD")

    found = read_past(root, None, branch="main").graph([tip], []).commits[tip]

    assert found.authored == datetime(2026, 11, 2, 10, tzinfo=timezone.utc)
    assert found.committed == noon(3)


def test_hashes_that_are_not_here_and_words_that_are_no_hash_are_left_out(root: Path) -> None:
    tip = git(root, "rev-parse", "HEAD")
    graph = read_past(root, None, branch="main").graph

    found = graph([tip, "0" * 40, "main", "--all", ""], ["1" * 40, "--not"])

    assert found.known == {tip}
    assert set(found.commits) == {tip}
    assert graph(["0" * 40], []).known == frozenset()


def test_a_revert_says_what_it_takes_back(root: Path) -> None:
    bad = commit(root, 2, "Break it")
    tip = commit(root, 3, f'Revert "Break it"\n\nThis reverts commit {bad}.\n\nIt was broken.')

    found = read_past(root, None, branch="main").graph([tip], [])

    assert found.commits[tip].reverts == (bad,)
    assert found.commits[bad].reverts == ()


@pytest.mark.parametrize(
    ("message", "reverts", "request_"),
    [
        ('Revert "Break it (#12)" (#13)\n\nReverts acme/kettle#12\n', ("#12",), "13"),
        ("Merge pull request #13 from acme/back\n\nTake it back", (), "13"),
        ("Merged PR 13: Take it back\n\nReverts !12", ("#12",), "13"),
        (
            "Merge 'back'\n\nThis reverts merge request !12\n\nSee merge request acme/kettle!13",
            ("#12",),
            "13",
        ),
        ("Say what the kettle reverts\n\nIt reverts acme/kettle#12 if asked.", (), ""),
        ("Reverts are told\n\nReverts acme/kettle#12, and more", (), ""),
    ],
)
def test_a_revert_may_name_a_request_as_providers_do(
    root: Path, message: str, reverts: tuple[str, ...], request_: str
) -> None:
    tip = commit(root, 2, message)

    found = read_past(root, None, branch="main").graph([tip], []).commits[tip]

    assert (found.reverts, found.request) == (reverts, request_)


@pytest.mark.parametrize(
    ("message", "squashed"),
    [
        ("Add a cart (#12)", True),
        ("Add a cart (!12)\n\nbody", True),
        ("Merged PR 12: Add a cart", True),
        ("Merged in cart (pull request #12)", True),
        ("Add a cart\n\n* one\n* two\n\nSee merge request shop/cart!12", True),
        ("Add a cart", False),
        ("Fix #12: add a cart", False),
        ("Add a cart (see #12 there)", False),
        ("Add a cart\n\nAs asked in (#12)", False),
    ],
)
def test_a_squash_merge_is_known_by_what_providers_write(
    root: Path,
    message: str,
    squashed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    tip = commit(root, 2, message)

    assert read_past(root, None, branch="main").graph([tip], []).commits[tip].squashed is squashed


def test_a_merge_commit_is_no_squash(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "cart")
    commit(root, 2)
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merged in cart (pull request #12)", "cart")
    tip = git(root, "rev-parse", "HEAD")

    found = read_past(root, None, branch="main").graph([tip], []).commits[tip]

    assert (len(found.parents), found.squashed) == (2, False)


def test_messages_in_any_encoding_are_read(root: Path) -> None:
    message = root / "message"
    message.write_bytes("Größe (#3)".encode("latin-1"))
    git(root, "-c", "i18n.commitEncoding=latin-1", "commit", "-q", "--allow-empty", "-F", "message")
    tip = git(root, "rev-parse", "HEAD")

    assert read_past(root, None, branch="main").graph([tip], []).commits[tip].squashed


# -- what is kept


def test_a_kept_answer_is_the_same_answer(root: Path, tmp_path: Path) -> None:
    git(root, "tag", "v1.0")
    folder = tmp_path / "cache"
    first = read_past(root, folder, branch="main")

    again = read_past(root, folder, branch="main")

    assert again.deployments == first.deployments
    assert [path.name for path in folder.iterdir()] == [TAGS]


def test_a_walk_is_not_taken_again_for_the_same_key(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    read_past(root, folder, branch="main").recall(["key"], lambda: {"found": [1, 2]})

    again = read_past(root, folder, branch="main").recall

    assert again(["key"], lambda: {"found": "anew"}) == {"found": [1, 2]}
    assert again(["another"], lambda: {"found": "anew"}) == {"found": "anew"}
    assert {path.name for path in folder.iterdir()} == {TAGS, WALK}


def test_a_new_tag_is_seen_at_once(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    git(root, "tag", "v1.0")
    read_past(root, folder, branch="main")

    commit(root, 2)
    git(root, "tag", "v1.1")

    assert list(tags(read_past(root, folder, branch="main"))) == ["v1.0", "v1.1"]


def test_a_tag_that_the_branch_reaches_later_is_seen(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    git(root, "checkout", "-q", "-b", "release")
    commit(root, 2)
    git(root, "tag", "v1.0.1")
    assert tags(read_past(root, folder, branch="main")) == {}

    git(root, "branch", "-f", "main", "release")

    assert list(tags(read_past(root, folder, branch="main"))) == ["v1.0.1"]


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff\xfe\n{}", b'{"tags": []}'])
def test_damage_means_that_git_is_asked_anew(root: Path, tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "cache"
    git(root, "tag", "v1.0")
    read_past(root, folder, branch="main")

    (folder / TAGS).write_bytes(damage)

    assert list(tags(read_past(root, folder, branch="main"))) == ["v1.0"]


def test_a_kept_answer_that_was_copied_from_elsewhere_is_not_believed(
    root: Path, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    read_past(root, here, branch="main")
    there.mkdir()
    (there / TAGS).write_bytes((here / TAGS).read_bytes())
    before = (there / TAGS).read_bytes()

    read_past(root, there, branch="main")

    assert (there / TAGS).read_bytes() != before


def test_a_folder_that_cannot_be_written_keeps_nothing(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    git(root, "tag", "v1.0")

    assert list(tags(read_past(root, tmp_path / "cache", branch="main"))) == ["v1.0"]
