"""Facts of version control, from real repositories."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.versioning import git_facts
from pytest_boss_gates.model import Level, Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.model import Fact


def git(root: Path, *arguments: str, text: str = "") -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(
        command, cwd=root, check=True, capture_output=True, text=True, input=text
    ).stdout.strip()


def repository(root: Path, *subjects: str) -> Path:
    """Make a repository with a commit for each subject, the first one oldest."""
    root.mkdir(exist_ok=True)
    git(root, "init", "-q")
    git(root, "symbolic-ref", "HEAD", "refs/heads/main")
    stream = "".join(
        "commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\n"
        f"data {len(subject.encode())}\n{subject}\n"
        for subject in subjects
    )
    git(root, "fast-import", "--quiet", text=stream)
    return root


def shown(fact: Fact) -> tuple[Level, str]:
    [proof] = fact.proofs
    assert proof.level is fact.level
    assert proof.places == (Place(path=".git"),)
    return fact.level, fact.note


def there(facts: Mapping[str, Fact]) -> set[str]:
    return {name for name, fact in facts.items() if fact.level is not Level.NONE}


def test_without_a_repository_every_fact_is_none_and_says_why(tmp_path: Path) -> None:
    facts = git_facts(tmp_path)

    assert list(facts) == [
        "git-repository",
        "git-remote",
        "git-history",
        "git-tags",
        "git-branches",
        "merges-reviewed",
        "issue-references",
    ]
    assert there(facts) == set()
    assert {fact.note for fact in facts.values()} == {"there is no git repository"}
    assert {fact.proofs for fact in facts.values()} == {()}
    assert {(fact.purpose, fact.area) for fact in facts.values()} == {
        ("Version Control", "practice")
    }


def test_an_empty_repository_is_one_and_has_nothing_else(tmp_path: Path) -> None:
    facts = git_facts(repository(tmp_path))

    assert there(facts) == {"git-repository"}
    assert shown(facts["git-repository"]) == (Level.DECLARED, "a git repository")
    assert facts["git-history"].note == "searched the git repository"


def test_a_history_tags_branches_and_a_remote_are_counted(tmp_path: Path) -> None:
    root = repository(tmp_path, "One", "Two")
    git(root, "tag", "v1")
    git(root, "tag", "-a", "-m", "x", "v2")
    git(root, "branch", "feature/pay/later")
    git(root, "remote", "add", "upstream", "https://example.org/a")
    git(root, "remote", "add", "origin", "https://example.org/b")

    facts = git_facts(root)

    assert shown(facts["git-history"]) == (Level.DECLARED, "2 commits")
    assert shown(facts["git-tags"]) == (Level.DECLARED, "2 tags")
    assert shown(facts["git-branches"]) == (Level.DECLARED, "2 branches")
    assert shown(facts["git-remote"]) == (Level.DECLARED, "remote origin")
    assert there(facts) == {*facts} - {"merges-reviewed", "issue-references"}


def test_a_single_branch_is_no_branching(tmp_path: Path) -> None:
    facts = git_facts(repository(tmp_path, "One"))

    assert "git-branches" not in there(facts)
    assert shown(facts["git-history"]) == (Level.DECLARED, "1 commit")


def test_a_single_branch_stays_one_in_a_clone(tmp_path: Path) -> None:
    repository(tmp_path / "a", "One")
    git(tmp_path / "a", "branch", "-m", "feature/pay")
    git(tmp_path, "clone", "-q", "a", "b")

    assert "git-branches" not in there(git_facts(tmp_path / "b"))


def test_a_shallow_clone_is_told(tmp_path: Path) -> None:
    repository(tmp_path / "a", *(f"Change {n} (#{n})" for n in range(5)))
    git(tmp_path, "clone", "-q", "--depth", "2", (tmp_path / "a").as_uri(), "b")

    facts = git_facts(tmp_path / "b")

    assert shown(facts["git-history"]) == (Level.DECLARED, "2 commits, a shallow clone")


def test_a_few_commits_of_a_shallow_clone_do_not_stand_for_the_last_hundred(
    tmp_path: Path,
) -> None:
    repository(tmp_path / "a", *(f"Change {n} (#{n})" for n in range(5)))
    git(tmp_path, "clone", "-q", "--depth", "2", (tmp_path / "a").as_uri(), "b")
    text = "2 of the last 2 commits came through pull requests"

    assert shown(git_facts(tmp_path / "b")["merges-reviewed"]) == (Level.DECLARED, text)


def test_a_hundred_commits_of_a_shallow_clone_are_enough(tmp_path: Path) -> None:
    repository(tmp_path / "a", *(f"Change {n} (#{n})" for n in range(120)))
    git(tmp_path, "clone", "-q", "--depth", "101", (tmp_path / "a").as_uri(), "b")
    text = "100 of the last 100 commits came through pull requests"

    assert shown(git_facts(tmp_path / "b")["merges-reviewed"]) == (Level.WIRED, text)


@pytest.mark.parametrize(
    "subject",
    [
        "Merge pull request #12 from acme/pay-later",
        "Pay later (#12)",
        "Pay later (!12)",
        "Merge branch 'pay-later' into 'main'",
        "Merged in pay-later (pull request #12)",
    ],
)
def test_the_hosts_merges_come_through_a_pull_request_and_name_no_issue(
    tmp_path: Path, subject: str
) -> None:
    facts = git_facts(repository(tmp_path, subject))

    text = "1 of the last 1 commits came through pull requests"
    assert shown(facts["merges-reviewed"]) == (Level.WIRED, text)
    assert "issue-references" not in there(facts)


@pytest.mark.parametrize(
    "subject",
    [
        "Pay later",
        "Merge branch 'main' of example.org",
        "Merge branch 'main' into pay",
        "(#12) Pay",
    ],
)
def test_other_commits_do_not(tmp_path: Path, subject: str) -> None:
    assert "merges-reviewed" not in there(git_facts(repository(tmp_path, subject)))


@pytest.mark.parametrize(("direct", "level"), [(1, Level.WIRED), (2, Level.DECLARED)])
def test_nine_in_ten_is_nearly_all(tmp_path: Path, direct: int, level: Level) -> None:
    merged = [f"Change (#{n})" for n in range(10 - direct)]

    fact = git_facts(repository(tmp_path, *merged, *["Direct"] * direct))["merges-reviewed"]

    assert shown(fact) == (
        level,
        f"{10 - direct} of the last 10 commits came through pull requests",
    )


def test_a_merge_hides_what_it_brings(tmp_path: Path) -> None:
    root = repository(tmp_path, "Start (#1)")
    git(root, "checkout", "-q", "-f", "-b", "pay")
    git(root, "commit", "-q", "--allow-empty", "-m", "Work in progress")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge pull request #2 from acme/pay", "pay")

    facts = git_facts(root)

    text = "2 of the last 2 commits came through pull requests"
    assert shown(facts["merges-reviewed"]) == (Level.WIRED, text)
    assert shown(facts["git-history"]) == (Level.DECLARED, "3 commits")


@pytest.mark.parametrize(
    "subject",
    ["Fix #7", "Pay later (#7) (#12)", "SHOP-7 Pay later", "Closes GH-7: pay", "#7: pay later"],
)
def test_an_issue_is_named(tmp_path: Path, subject: str) -> None:
    fact = git_facts(repository(tmp_path, subject))["issue-references"]

    assert shown(fact) == (Level.WIRED, "1 of the last 1 commits name an issue")


@pytest.mark.parametrize(
    "subject",
    ["Pay later", "Read UTF-8 and SHA-256", "See acme/shop#7", "Follow PEP-8", "Drop py3-10"],
)
def test_what_only_looks_like_an_issue_is_none(tmp_path: Path, subject: str) -> None:
    assert "issue-references" not in there(git_facts(repository(tmp_path, subject)))


@pytest.mark.parametrize(("others", "level"), [(4, Level.WIRED), (5, Level.DECLARED)])
def test_a_fifth_of_the_commits_is_often(tmp_path: Path, others: int, level: Level) -> None:
    facts = git_facts(repository(tmp_path, "Fix #7", *["Pay later"] * others))

    assert shown(facts["issue-references"]) == (
        level,
        f"1 of the last {others + 1} commits name an issue",
    )


def test_a_shallow_clone_leaves_open_what_a_full_one_may_show(tmp_path: Path) -> None:
    whole = repository(tmp_path / "whole", *(f"Change {n} (#{n})" for n in range(120)))
    git(whole, "tag", "v1")
    git(tmp_path, "clone", "-q", "--depth=1", whole.as_uri(), "shallow")

    facts = git_facts(tmp_path / "shallow")

    open_ones = {name for name, fact in facts.items() if fact.unseen}
    assert open_ones == {"git-tags", "git-branches", "merges-reviewed", "issue-references"}
    assert "fetch-depth: 0" in facts["git-tags"].unseen
    assert not any(fact.unseen for fact in git_facts(whole).values())
