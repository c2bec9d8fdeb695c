"""What a change is compared with, asked of real repositories in every state they come in."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.repository.base import (
    Base,
    blob_id,
    blobs,
    files_at,
    find_base,
    ignored_by_git,
    is_listed,
    read_at,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Repository:
    """A repository of literals; commits are made by name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        settings = ("user.name=A", "user.email=a@example.org", "protocol.file.allow=always")
        command = ["git", *(word for each in settings for word in ("-c", each)), *arguments]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, name: str) -> str:
        (self.root / f"{name}.py").write_text(f"{name} = 1\n", encoding="utf-8")
        self.git("add", ".")
        self.git("commit", "-q", "-m", name)
        return self.hash("HEAD")

    def hash(self, name: str) -> str:
        return self.git("rev-parse", name)

    def clone(self, place: Path, *options: str) -> Repository:
        self.git("clone", "-q", *options, self.root.as_uri(), str(place))
        return Repository(place)


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """``main`` with first and second, and ``feature`` from first with work."""
    root = tmp_path / "origin"
    root.mkdir()
    repository = Repository(root)
    repository.git("init", "-q")
    repository.git("checkout", "-q", "-b", "main")
    repository.commit("first")
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit("work")
    repository.git("checkout", "-q", "main")
    repository.commit("second")
    return repository


@pytest.fixture
def clone(origin: Repository, tmp_path: Path) -> Repository:
    """A clone with ``feature`` checked out."""
    clone = origin.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "feature")
    return clone


def event(tmp_path: Path, content: Mapping[str, object]) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)}


def test_a_branch_is_compared_with_where_it_left_the_remotes_default_branch(
    clone: Repository,
) -> None:
    base = find_base(clone.root, {})

    assert base == Base(
        commit=clone.hash("main~1"),
        ref="origin/main",
        how="the remote's default branch",
        head=clone.hash("feature"),
        branch="main",
    )


def test_without_a_remote_it_is_the_local_default_branch(origin: Repository) -> None:
    origin.git("checkout", "-q", "feature")

    base = find_base(origin.root, {})

    assert (base.commit, base.ref) == (origin.hash("main~1"), "main")
    assert base.how == "the default branch"


def test_a_remote_of_another_name_is_asked_when_it_is_the_only_one(clone: Repository) -> None:
    clone.git("remote", "rename", "origin", "upstream")

    assert find_base(clone.root, {}).ref == "upstream/main"


def test_the_configured_branch_goes_before_the_default_one(clone: Repository) -> None:
    clone.git("branch", "develop", "origin/feature")
    clone.commit("more")

    base = find_base(clone.root, {}, configured="develop")

    assert (base.commit, base.ref) == (clone.hash("origin/feature"), "develop")
    assert base.how == "base in [tool.boss-gates]"


@pytest.mark.parametrize("asked", ["main", "origin/main", "v1"])
def test_the_option_goes_before_everything(clone: Repository, asked: str) -> None:
    clone.git("tag", "v1", "origin/main")
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "feature"}

    base = find_base(clone.root, environ, asked, configured="feature")

    assert (base.commit, base.how) == (clone.hash("origin/main~1"), "--boss-gates-base")
    assert base.branch == asked.removeprefix("origin/")


def test_a_branch_that_only_the_remote_has_can_be_asked_for(clone: Repository) -> None:
    clone.git("checkout", "-q", "--detach")
    clone.git("branch", "-D", "main", "feature")

    assert find_base(clone.root, {}, "main").ref == "origin/main"


@pytest.mark.parametrize("asked", ["gone", "--help", "a..b", "two words", "main:first.py"])
def test_what_is_no_commit_is_refused_with_a_remedy(clone: Repository, asked: str) -> None:
    base = find_base(clone.root, {}, asked)

    assert (base.commit, base.head) == ("", clone.hash("HEAD"))
    assert base.reason == f"{asked} (--boss-gates-base) is no branch, tag or commit of this clone"
    assert base.remedy.startswith(f"Fetch it before the tests: `git fetch origin {asked}:")


def test_a_base_that_is_ahead_leaves_only_what_is_not_committed(clone: Repository) -> None:
    clone.git("checkout", "-q", "-b", "behind", "origin/main~1")

    base = find_base(clone.root, {})

    assert base.commit == base.head == clone.hash("behind")


def test_a_base_that_is_head_leaves_only_what_is_not_committed(clone: Repository) -> None:
    base = find_base(clone.root, {}, "HEAD")

    assert base.commit == base.head == clone.hash("HEAD")


def test_a_detached_head_is_compared_like_a_branch(clone: Repository) -> None:
    clone.git("checkout", "-q", "--detach")

    assert find_base(clone.root, {}).commit == clone.hash("origin/main~1")


def test_a_worktree_is_a_checkout_of_its_own(clone: Repository, tmp_path: Path) -> None:
    clone.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"), "origin/main")
    other = Repository(tmp_path / "tree")
    other.commit("third")

    assert find_base(other.root, {}).commit == clone.hash("origin/main")


def test_in_a_submodule_the_ci_system_speaks_of_another_repository(
    origin: Repository, tmp_path: Path
) -> None:
    outer = Repository(tmp_path / "outer")
    outer.root.mkdir()
    outer.git("init", "-q")
    outer.git("submodule", "--quiet", "add", origin.root.as_uri(), "inner")
    inner = Repository(outer.root / "inner")
    inner.git("checkout", "-q", "feature")

    base = find_base(inner.root, {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "develop"})

    assert (base.commit, base.ref) == (inner.hash("origin/main~1"), "origin/main")


def test_unpushed_commits_on_the_default_branch_are_the_change(clone: Repository) -> None:
    clone.git("checkout", "-q", "main")
    clone.commit("third")

    assert find_base(clone.root, {}).commit == clone.hash("origin/main")


def test_on_the_default_branch_itself_the_last_commit_is_the_change(clone: Repository) -> None:
    clone.git("checkout", "-q", "main")

    base = find_base(clone.root, {})

    assert (base.commit, base.ref) == (clone.hash("main~1"), "HEAD^")
    assert base.how == "the first parent, since HEAD is on origin/main"


@pytest.mark.parametrize("name", ["second.py", "new.py"])
def test_work_on_top_of_the_default_branch_is_the_change(clone: Repository, name: str) -> None:
    clone.git("checkout", "-q", "main")
    (clone.root / name).write_text("x = 2\n", encoding="utf-8")

    base = find_base(clone.root, {})

    assert base.commit == base.head == clone.hash("main")


def test_what_a_build_leaves_behind_is_no_work(clone: Repository) -> None:
    clone.git("checkout", "-q", "main")
    (clone.root / ".coverage").write_text("x", encoding="utf-8")

    assert find_base(clone.root, {}).commit == clone.hash("main~1")


def test_before_the_first_commits_nothing_can_be_compared(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q")

    assert find_base(tmp_path, {}).reason == "the repository has no commit yet"

    repository.git("checkout", "-q", "-b", "main")
    repository.commit("first")
    base = find_base(tmp_path, {})
    assert base.commit == base.head == repository.hash("HEAD")
    assert base.how == "HEAD is the first commit"


def test_outside_a_repository_there_is_no_base(tmp_path: Path) -> None:
    assert find_base(tmp_path, {}).reason == "the project is not in a git repository"


def test_a_broken_repository_says_what_git_says(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: gone", encoding="utf-8")

    base = find_base(tmp_path, {})

    assert base.reason.startswith("git cannot read the repository: fatal: not a git repository")
    assert "git status" in base.remedy


def test_without_git_there_is_no_base(
    origin: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    base = find_base(origin.root, {})

    assert base.reason == "git is not installed"
    assert base.remedy.startswith("Install git")


def test_histories_with_nothing_in_common_are_told(clone: Repository) -> None:
    clone.git("checkout", "-q", "--orphan", "alone")
    clone.commit("other")

    base = find_base(clone.root, {})

    assert base.commit == ""
    assert base.reason == (
        "origin/main (the remote's default branch) and HEAD have no commit in common"
    )
    assert "--boss-gates-base=REF" in base.remedy


def test_the_branch_of_a_repository_without_a_remote_is_not_called_the_remotes(
    origin: Repository,
) -> None:
    origin.git("checkout", "-q", "--orphan", "alone")
    origin.commit("other")

    reason = find_base(origin.root, {}).reason

    assert reason == "main (the default branch) and HEAD have no commit in common"


def test_a_repository_that_does_not_tell_its_default_branch_asks_for_one(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q")
    repository.git("checkout", "-q", "-b", "work")
    repository.commit("first")

    base = find_base(tmp_path, {})

    assert base.reason == "nothing tells which branch this change goes to"
    assert "--boss-gates-base=REF" in base.remedy


@pytest.mark.parametrize("options", [["--single-branch"], ["--depth", "1"]])
def test_a_clone_of_one_branch_says_how_to_get_the_others(
    origin: Repository, tmp_path: Path, options: list[str]
) -> None:
    clone = origin.clone(tmp_path / "clone", *options, "--branch", "feature")

    base = find_base(clone.root, {})

    assert base.reason == (
        "nothing tells which branch this change goes to: the clone has no other branch"
    )
    for command in base.remedy.split("`")[1::2]:
        clone.git(*shlex.split(command)[1:])
    assert find_base(clone.root, {}).commit == clone.hash("origin/main~1")


@pytest.mark.parametrize(
    ("environ", "how"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "release"}, "GITHUB_BASE_REF"),
        (
            {
                "GITLAB_CI": "true",
                "CI_MERGE_REQUEST_IID": "1",
                "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release",
            },
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        ),
        (
            {
                "TF_BUILD": "True",
                "SYSTEM_PULLREQUEST_PULLREQUESTID": "1",
                "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/release",
            },
            "SYSTEM_PULLREQUEST_TARGETBRANCH",
        ),
        (
            {
                "BITBUCKET_BUILD_NUMBER": "1",
                "BITBUCKET_PR_ID": "1",
                "BITBUCKET_PR_DESTINATION_BRANCH": "release",
            },
            "BITBUCKET_PR_DESTINATION_BRANCH",
        ),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_PULL_REQUEST": "7",
                "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "release",
            },
            "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
        ),
        (
            {"TRAVIS": "true", "TRAVIS_PULL_REQUEST": "7", "TRAVIS_BRANCH": "release"},
            "TRAVIS_BRANCH",
        ),
        (
            {"JENKINS_URL": "u", "BUILD_ID": "1", "CHANGE_ID": "3", "CHANGE_TARGET": "release"},
            "CHANGE_TARGET",
        ),
        (
            {
                "CI": "woodpecker",
                "CI_COMMIT_PULL_REQUEST": "1",
                "CI_COMMIT_TARGET_BRANCH": "release",
            },
            "CI_COMMIT_TARGET_BRANCH",
        ),
        (
            {"DRONE": "true", "DRONE_PULL_REQUEST": "1", "DRONE_TARGET_BRANCH": "release"},
            "DRONE_TARGET_BRANCH",
        ),
        (
            {
                "APPVEYOR": "True",
                "APPVEYOR_PULL_REQUEST_NUMBER": "1",
                "APPVEYOR_REPO_BRANCH": "release",
            },
            "APPVEYOR_REPO_BRANCH",
        ),
        (
            {"CIRRUS_CI": "true", "CIRRUS_PR": "1", "CIRRUS_BASE_BRANCH": "release"},
            "CIRRUS_BASE_BRANCH",
        ),
    ],
)
def test_a_pull_request_is_compared_with_the_branch_that_the_ci_system_names(
    origin: Repository, tmp_path: Path, environ: dict[str, str], how: str
) -> None:
    origin.git("branch", "release", "main")
    clone = origin.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "--detach", "origin/feature")

    base = find_base(clone.root, environ)

    assert (base.commit, base.ref, base.how) == (
        clone.hash("origin/main~1"),
        "origin/release",
        how,
    )


def test_gitlab_names_the_merge_base_where_the_clone_has_no_branch(clone: Repository) -> None:
    merge_base = clone.hash("origin/main~1")
    clone.git("remote", "remove", "origin")
    environ = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_IID": "1",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": merge_base,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release",
    }

    base = find_base(clone.root, environ)

    assert (base.commit, base.how) == (merge_base, "CI_MERGE_REQUEST_DIFF_BASE_SHA")
    assert base.ref == merge_base[:10]


def test_a_merge_made_for_the_test_is_compared_with_its_first_parent(
    origin: Repository, tmp_path: Path
) -> None:
    origin.git("checkout", "-q", "-b", "merge", "main")
    origin.git("merge", "-q", "--no-ff", "-m", "Merge", "feature")
    clone = origin.clone(tmp_path / "clone", "--depth", "2", "--branch", "merge")
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_BASE_REF": "main",
        "GITHUB_SHA": clone.hash("HEAD"),
    }

    base = find_base(clone.root, environ)

    assert base.commit == origin.hash("main")
    assert base.how == "the first parent of the merge that is tested"


@pytest.mark.parametrize(
    ("environ", "remedy"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}, "`fetch-depth: 0`"),
        (
            {
                "GITLAB_CI": "true",
                "CI_MERGE_REQUEST_IID": "1",
                "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            },
            "`GIT_DEPTH: 0`",
        ),
        ({}, "`git fetch --unshallow`"),
    ],
)
def test_a_shallow_clone_says_how_to_get_the_rest(
    origin: Repository, tmp_path: Path, environ: dict[str, str], remedy: str
) -> None:
    clone = origin.clone(tmp_path / "clone", "--depth", "1", "--branch", "feature")

    base = find_base(clone.root, environ, "" if environ else "main")

    assert (base.commit, base.head) == ("", clone.hash("HEAD"))
    assert base.reason.startswith("the clone is shallow and does not hold main (")
    assert remedy in base.remedy


def test_a_shallow_clone_with_both_ends_is_still_too_shallow(
    origin: Repository, tmp_path: Path
) -> None:
    options = ("--depth", "1", "--no-single-branch", "--branch", "feature")
    clone = origin.clone(tmp_path / "clone", *options)

    base = find_base(clone.root, {})

    assert base.reason == (
        "the clone is shallow: it does not reach back to where this left origin/main"
    )


def test_a_push_is_compared_with_where_the_branch_stood(origin: Repository, tmp_path: Path) -> None:
    before = origin.hash("HEAD")
    origin.commit("third")
    origin.commit("fourth")
    clone = origin.clone(tmp_path / "clone")
    content = {"before": before, "repository": {"default_branch": "main"}}
    environ = {**event(tmp_path, content), "GITHUB_REF_NAME": "main"}

    base = find_base(clone.root, environ)

    assert (base.commit, base.how) == (before, "event before")


@pytest.mark.parametrize("before", ["0" * 40, "1" * 40, ""])
def test_a_first_or_forced_push_is_compared_with_the_first_parent(
    origin: Repository, tmp_path: Path, before: str
) -> None:
    clone = origin.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "--detach")
    (clone.root / "built.py").write_text("x = 1\n", encoding="utf-8")  # no person's work in CI
    environ = {
        "GITLAB_CI": "true",
        "CI_COMMIT_BRANCH": "main",
        "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_BEFORE_SHA": before,
    }

    assert find_base(clone.root, environ).commit == clone.hash("HEAD^")


def test_a_push_that_a_shallow_clone_cuts_is_told(origin: Repository, tmp_path: Path) -> None:
    before = origin.hash("HEAD")
    origin.commit("third")
    origin.commit("fourth")
    clone = origin.clone(tmp_path / "clone", "--depth", "2")
    content = {"before": before, "repository": {"default_branch": "main"}}
    environ = {**event(tmp_path, content), "GITHUB_REF_NAME": "main"}

    base = find_base(clone.root, environ)

    assert base.commit == ""
    assert base.reason.startswith("the clone is shallow and does not hold ")
    assert base.remedy == "Set `fetch-depth: 0` for actions/checkout."


def test_a_push_to_another_branch_is_compared_with_the_default_one(clone: Repository) -> None:
    environ = {
        "GITLAB_CI": "true",
        "CI_COMMIT_BRANCH": "feature",
        "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_BEFORE_SHA": clone.hash("HEAD"),
    }

    assert find_base(clone.root, environ).commit == clone.hash("origin/main~1")


def test_a_merge_queue_names_what_it_merges_onto(origin: Repository, tmp_path: Path) -> None:
    clone = origin.clone(tmp_path / "clone")
    content = {"merge_group": {"base_sha": clone.hash("HEAD~1")}}

    base = find_base(clone.root, event(tmp_path, content))

    assert (base.commit, base.how) == (clone.hash("HEAD~1"), "event merge_group.base_sha")


def test_a_base_is_spelled_for_people() -> None:
    base = Base(commit="0123456789abcdef", ref="origin/main", how="GITHUB_BASE_REF")

    assert str(base) == "origin/main at 0123456789 (GITHUB_BASE_REF)"


def test_a_file_is_read_as_it_was(origin: Repository) -> None:
    first = origin.hash("main~1")
    (origin.root / "first.py").write_text("changed\n", encoding="utf-8")

    assert read_at(origin.root, first, "first.py") == b"first = 1\n"
    assert read_at(origin.root, first, "second.py") is None
    assert read_at(origin.root, "", "first.py") is None
    assert read_at(origin.root.parent, first, "first.py") is None


def test_bytes_are_given_as_they_are(origin: Repository) -> None:
    content = b"\r\n\x00\xff no end\n\n "
    (origin.root / "raw.py").write_bytes(content)
    origin.commit("third")

    assert read_at(origin.root, "HEAD", "raw.py") == content


def test_files_below_a_folder_are_told_without_it(origin: Repository) -> None:
    folder = origin.root / "packages" / "a"
    folder.mkdir(parents=True)
    (folder / "süß [x].py").write_text("y = 1\n", encoding="utf-8")
    (folder / "link.py").symlink_to("x.py")
    origin.commit("third")

    files = dict(files_at(folder, "HEAD"))

    assert files == {"süß [x].py": origin.hash("HEAD:packages/a/süß [x].py")}
    assert read_at(folder, "HEAD", "süß [x].py") == b"y = 1\n"
    assert set(dict(files_at(origin.root, "HEAD"))) >= {"first.py", "packages/a/süß [x].py"}


def test_there_are_no_files_where_there_is_no_commit(origin: Repository, tmp_path: Path) -> None:
    assert files_at(origin.root, "") == ()
    assert files_at(origin.root, "gone") == ()
    assert files_at(tmp_path, "HEAD") == ()


def test_many_blobs_are_read_at_once_and_missing_ones_left_out(origin: Repository) -> None:
    (origin.root / "odd.py").write_bytes(b"\n\n\xe9 missing\n")
    (origin.root / "none.py").write_bytes(b"")
    origin.commit("third")
    ids = dict(files_at(origin.root, origin.hash("HEAD")))

    found = blobs(origin.root, ["0" * 40, *ids.values(), ids["odd.py"]])

    assert {path: found[blob] for path, blob in ids.items()} == {
        "first.py": b"first = 1\n",
        "none.py": b"",
        "odd.py": b"\n\n\xe9 missing\n",
        "second.py": b"second = 1\n",
        "third.py": b"third = 1\n",
    }
    assert len(found) == 5
    assert blobs(origin.root, []) == {}


def test_blobs_of_no_repository_are_not_there(tmp_path: Path) -> None:
    assert blobs(tmp_path, ["0" * 40]) == {}


def test_a_blob_has_the_id_that_git_gives_it(origin: Repository) -> None:
    commit = origin.hash("HEAD")

    assert blob_id(b"first = 1\n", like=commit) == dict(files_at(origin.root, commit))["first.py"]


def test_a_repository_of_longer_ids_has_blobs_of_longer_ids(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q", "--object-format=sha256")
    commit = repository.commit("first")

    (blob,) = dict(files_at(tmp_path, commit)).values()

    assert len(commit) == 64
    assert blob_id(b"first = 1\n", like=commit) == blob
    assert blobs(tmp_path, [blob]) == {blob: b"first = 1\n"}


def test_what_git_ignores_is_told_below_the_root_of_a_project(origin: Repository) -> None:
    project = origin.root / "projects" / "shop"
    for path in ("build/lib/a.py", "src/b.py", "src/c_gen.py", "kept/build.py"):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).touch()
    (origin.root / ".gitignore").write_text("build/\n*_gen.py\n", encoding="utf-8")
    origin.git("add", "-f", "projects/shop/src/c_gen.py")  # what is tracked is not ignored

    ignored = ignored_by_git(project)

    assert ignored("build/lib/a.py")
    assert not any(map(ignored, ("src/b.py", "src/c_gen.py", "kept/build.py")))


def test_without_a_repository_nothing_is_ignored(tmp_path: Path) -> None:
    assert not ignored_by_git(tmp_path)("build/a.py")


def test_a_content_has_the_id_that_git_gives_it(origin: Repository) -> None:
    (origin.root / "odd.py").write_bytes(b"x = 1\r\n\xff")

    own = origin.git("hash-object", "--no-filters", "odd.py")

    assert blob_id(b"x = 1\r\n\xff") == blob_id(b"x = 1\r\n\xff", like=own) == own


def test_a_commit_that_the_clone_holds_can_be_listed(origin: Repository) -> None:
    assert is_listed(origin.root, origin.hash("HEAD"))
    assert not is_listed(origin.root, "1" * 40)
    assert not is_listed(origin.root.parent, origin.hash("HEAD"))
