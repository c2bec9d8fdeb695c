"""New lines of the working tree, asked of real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.repository.diff import Difference, changed_lines, renamed

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = "def greet(name):\n    words = ['hello', name]\n    return ' '.join(words)\n"


class Repository:
    """A repository with one commit; ``new`` asks for the new lines since then."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q")

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, **files: str) -> Repository:
        for name, text in files.items():
            self.put(f"{name}.py", text)
        return self

    def put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def commit(self) -> Repository:
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self

    def difference(self, *paths: str, below: str = ".") -> Difference:
        commit = self.git("rev-list", "--max-parents=0", "HEAD")
        found = changed_lines(self.root / below, commit, paths)
        assert found.fault == ""
        return found

    def new(self, *paths: str, below: str = ".") -> dict[str, list[int]]:
        found = self.difference(*paths, below=below)
        return {path: sorted(lines) for path, lines in found.new.items()}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "repository"
    root.mkdir()
    return Repository(root)


def numbered(count: int, start: int = 0) -> str:
    return "".join(f"value_of_{number} = compute({number})\n" for number in range(start, count))


def test_changed_and_added_lines_are_new_and_the_rest_is_not(repository: Repository) -> None:
    repository.write(a="one\ntwo\nthree\n", b="same\n").commit()

    repository.write(a="one\n2\nthree\nfour\n")

    assert repository.new("a.py", "b.py") == {"a.py": [2, 4]}


def test_commits_the_index_the_working_tree_and_unknown_files_are_one_change(
    repository: Repository,
) -> None:
    repository.write(a="one\n").commit()
    repository.write(a="one\ntwo\n").commit()
    repository.write(a="one\ntwo\nthree\n").git("add", ".")
    repository.write(a="zero\none\ntwo\nthree\n", b="new\n")

    assert repository.new("a.py", "b.py") == {"a.py": [1, 3, 4], "b.py": [1]}


def test_asking_changes_nothing_in_the_repository(repository: Repository) -> None:
    repository.write(a="one\n").commit()
    repository.write(b="new\n")
    before = {path: path.stat().st_mtime_ns for path in (repository.root / ".git").rglob("*")}

    assert repository.new("b.py") == {"b.py": [1]}

    assert before == {
        path: path.stat().st_mtime_ns for path in (repository.root / ".git").rglob("*")
    }


def test_an_edit_in_the_second_of_the_commit_is_seen_beside_an_unknown_file(
    repository: Repository,
) -> None:
    """Same size, same time: git tells them apart by the age of its index."""
    second = (1_000_000_000, 1_000_000_000)
    repository.git("config", "core.trustctime", "false")  # this one cannot be set back
    repository.write(a="one\n")
    os.utime(repository.root / "a.py", second)
    repository.commit()
    os.utime(repository.root / ".git" / "index", second)

    repository.write(a="two\n", b="new\n")
    os.utime(repository.root / "a.py", second)

    assert repository.new("a.py", "b.py") == {"a.py": [1], "b.py": [1]}


def test_files_that_git_ignores_and_files_that_nobody_asked_for_are_left_out(
    repository: Repository,
) -> None:
    repository.put(".gitignore", "built.py\n")
    repository.commit().write(built="x\n", a="x\n", b="x\n")

    assert repository.new("a.py", "built.py", "/etc/b.py") == {"a.py": [1]}
    assert repository.new() == {}


def test_lines_that_were_only_deleted_leave_nothing_new(repository: Repository) -> None:
    repository.write(a="one\ntwo\nthree\n", b="x\n").commit()
    repository.write(a="one\nthree\n")
    (repository.root / "b.py").unlink()

    assert repository.new("a.py", "b.py") == {}


@pytest.mark.parametrize("staged", [True, False])
def test_a_renamed_file_is_compared_with_what_it_was(
    repository: Repository, *, staged: bool
) -> None:
    repository.write(a=numbered(20)).commit()
    (repository.root / "a.py").rename(repository.root / "b.py")
    repository.write(b=numbered(20) + "new = 1\n")
    if staged:
        repository.git("add", ".")

    assert repository.new("b.py") == {"b.py": [21]}


def test_a_file_that_was_renamed_to_another_ending_is_compared_too(
    repository: Repository,
) -> None:
    repository.put("bin/tool", "short\nlines\nonly\nx\n" * 4)
    repository.commit()
    repository.git("mv", "bin/tool", "tool.py")
    repository.put("tool.py", "short\nlines\nonly\nx\n" * 4 + "new\n")

    assert repository.new("tool.py") == {"tool.py": [17]}


def test_a_block_that_moved_within_a_file_is_not_new(repository: Repository) -> None:
    repository.write(a=BLOCK + numbered(30)).commit()
    repository.write(a=numbered(30) + BLOCK + "new = 1\n")

    found = repository.difference("a.py")

    assert found.new == {"a.py": frozenset({34})}
    assert found.moved == {"a.py": frozenset({31, 32, 33})}


def test_a_block_that_moved_to_another_file_is_not_new(repository: Repository) -> None:
    repository.write(a=BLOCK + numbered(30), b="x = 1\n").commit()
    repository.write(a=numbered(30), b="x = 1\n" + BLOCK + "y = 2\n", c="z = 3\n")

    assert repository.new("b.py", "c.py") == {"b.py": [5], "c.py": [1]}


def test_of_two_copies_of_what_was_removed_one_is_new(repository: Repository) -> None:
    repository.write(a=BLOCK + numbered(30)).commit()
    repository.write(a=numbered(30), b=BLOCK, c=BLOCK)

    assert repository.new("b.py", "c.py") == {"c.py": [1, 2, 3]}


def test_what_is_copied_is_new(repository: Repository) -> None:
    repository.write(a=BLOCK).commit()
    repository.write(b=BLOCK)

    assert repository.new("b.py") == {"b.py": [1, 2, 3]}


def test_a_few_words_that_went_and_came_are_no_move(repository: Repository) -> None:
    repository.write(a="return None\n" + numbered(30)).commit()
    repository.write(a=numbered(30) + "return None\n")

    assert repository.new("a.py") == {"a.py": [31]}


def test_a_block_with_another_indent_is_new(repository: Repository) -> None:
    repository.write(a=BLOCK + numbered(30)).commit()
    indented = "".join(f"    {line}\n" for line in BLOCK.splitlines())
    repository.write(a=numbered(30) + "class A:\n" + indented)

    assert repository.new("a.py") == {"a.py": [31, 32, 33, 34]}


def test_lines_that_are_all_the_same_do_not_take_for_ever(repository: Repository) -> None:
    repository.write(a="value = [1, 2, 3, 4, 5, 'abcdefgh']\n" * 20_000).commit()
    repository.write(a="x = 1\n", b="value = [1, 2, 3, 4, 5, 'abcdefgh']\n" * 20_000)

    assert repository.new("a.py")["a.py"] == [1]


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("one\r\ntwo\r\n", "one\r\n2\r\n", [2]),
        ("one\r\ntwo\r\n", "one\ntwo\n", []),
        ("one\ntwo\n", "one\r\ntwo\r\nthree\r\n", [3]),
        ("one\ntwo", "one\ntwo\n", []),
        ("one\ntwo\n", "one\ntwo", []),
        ("one\ntwo", "one\ntwo\nthree", [3]),
        ("one\ntwo", "one\n2", [2]),
        ("one\n", "", []),
        ("", "one", [1]),
        ("one\n", "-- one\n++ two\n@@ -1 +1 @@\ndiff --git a/x b/x\n", [1, 2, 3, 4]),
        ("--- a/x\n+++ b/x\n", "x\n--- a/x\n+++ b/x\n", [1]),
        ("one\n", "one\n\x00\xff\n", [2]),
        ("one\x0c\ntwo\n", "one\x0c\nzwei\n", [2]),
    ],
)
def test_ends_of_lines_and_of_files_and_hostile_lines(
    repository: Repository, before: str, after: str, new: list[int]
) -> None:
    repository.write(a=before).commit()
    repository.write(a=after)

    assert repository.new("a.py") == ({"a.py": new} if new else {})


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize(
    "name",
    [
        "with space.py",
        "süß.py",
        "tab\there.py",
        'quote".py',
        "back\\slash.py",
        "new\nline.py",
        "\udcff.py",
        "a/b [x]*.py",
        ":(top)x.py",
        "-n.py",
        "no-ending",
        "b/x.py",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_any_name_of_a_file_is_read(repository: Repository, name: str, *, known: bool) -> None:
    if known:
        repository.put(name, "one\n")
    repository.commit()
    repository.put(name, "one\ntwo\n")

    assert repository.new(name) == {name: [2] if known else [1, 2]}


def test_a_change_of_mode_or_a_symbolic_link_has_no_new_lines(repository: Repository) -> None:
    repository.write(a="one\n").commit()
    (repository.root / "a.py").chmod(0o755)
    (repository.root / "link.py").symlink_to("a.py")

    assert repository.new("a.py", "link.py") == {}


def test_a_submodule_that_moved_on_is_no_change_of_ours(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Repository(tmp_path / "other").write(x="one\n").commit()
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    repository.git(*add, str(other.root), "inner")
    repository.write(a="one\n").commit()
    inner = Repository(repository.root / "inner")
    inner.write(x="two\n").commit()
    repository.write(a="two\n")

    assert repository.new("a.py", "inner/x.py") == {"a.py": [1]}


def test_paths_are_those_below_the_root_and_moves_may_come_from_outside(
    repository: Repository,
) -> None:
    repository.put("packages/a/code.py", BLOCK + numbered(30))
    repository.put("packages/b/code.py", "x = 1\n")
    repository.commit()
    repository.put("packages/a/code.py", numbered(30))
    repository.put("packages/b/code.py", "x = 1\n" + BLOCK + "y = 1\n")

    assert repository.new("code.py", below="packages/b") == {"code.py": [5]}


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_users_own_settings_change_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(a="one\ntwo\nthree\n", old=numbered(20)).commit()
    repository.git("mv", "old.py", "new.py")
    repository.put(".gitattributes", "*.py -diff\n")
    repository.write(a="one\n2\nthree\n", b="x\n")
    program = repository.root / "program"
    program.write_text("#!/bin/sh\necho nothing\n", encoding="utf-8")
    program.chmod(0o755)
    for name, value in {
        "diff.external": str(program),
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.relative": "true",
        "diff.interHunkContext": "9",
        "diff.context": "9",
        "diff.algorithm": "histogram",
        "diff.renames": "false",
        "diff.submodule": "log",
        "diff.colorMoved": "zebra",
        "diff.wsErrorHighlight": "all",
        "diff.suppressBlankEmpty": "true",
        "color.ui": "always",
        "core.quotePath": "false",
        "core.pager": str(program),
        "core.fsmonitor": str(program),
        "status.showUntrackedFiles": "no",
    }.items():
        repository.git("config", name, value)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=7")
    monkeypatch.setenv("GIT_INDEX_FILE", os.devnull)

    assert repository.new("a.py", "b.py", "new.py") == {"a.py": [2], "b.py": [1]}


def test_a_commit_that_is_not_there_is_a_fault_with_gits_words(repository: Repository) -> None:
    repository.write(a="one\n").commit()

    fault = changed_lines(repository.root, "f" * 40, ["a.py"]).fault

    assert fault == f"git could not compare with ffffffffff: fatal: bad object {'f' * 40}"


def test_a_clone_without_what_files_were_names_the_remedy(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write(a="one\n").commit().write(a="two\n").commit()
    repository.git("config", "uploadpack.allowFilter", "true")
    url = repository.root.as_uri()
    repository.git("clone", "-q", "--filter=blob:none", url, str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    repository.root.rename(tmp_path / "gone")

    found = changed_lines(clone.root, clone.git("rev-parse", "HEAD^"), ["a.py"])

    assert found.fault.startswith("git could not compare with ")
    assert ": fatal: " in found.fault
    assert found.remedy.startswith("The clone leaves out what files were before: get a whole one")


def test_outside_a_repository_it_is_a_fault(tmp_path: Path) -> None:
    fault = changed_lines(tmp_path, "f" * 40, ["a.py"]).fault

    assert fault == "the project is not in a git repository"


LINES = st.lists(
    st.sampled_from(["", "x", "-x", "+x", "\\ x", "@@ -1 +1 @@", "--- a", "\r"]), min_size=1
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("fuzzed")).commit()


@settings(max_examples=25, deadline=None)
@given(before=LINES, after=LINES, end=st.sampled_from(["", "\n"]))
def test_without_the_new_lines_a_file_is_a_part_of_what_it_was(
    fuzzed: Repository, before: list[str], after: list[str], end: str
) -> None:
    (fuzzed.root / "a.py").write_bytes("\n".join(before).encode() + b"\n")
    fuzzed.git("add", ".")
    tree = fuzzed.git("write-tree")
    (fuzzed.root / "a.py").write_bytes(("\n".join(after) + end).encode())

    found = changed_lines(fuzzed.root, tree, ["a.py"])

    new = found.new.get("a.py", frozenset())
    kept = [line.rstrip("\r") for at, line in enumerate(after, 1) if at not in new]
    rest = iter(line.rstrip("\r") for line in before)
    assert found.fault == ""
    assert max(new, default=1) <= len(after)
    assert all(line in rest for line in kept if line)


@pytest.mark.parametrize("known", ["staged", "not known to git"])
def test_a_renamed_file_is_named_as_it_was(tmp_path: Path, known: str) -> None:
    repository = Repository(tmp_path).write(cart=BLOCK, other="x = 1\n").commit()
    (tmp_path / "cart.py").unlink()
    repository.write(basket=f"# {known}\n{BLOCK}", new="y = 2\n")
    if known == "staged":
        repository.git("add", ".")
    commit = repository.git("rev-parse", "HEAD")

    assert renamed(tmp_path, commit, ("basket.py", "new.py")) == {"basket.py": "cart.py"}
    assert renamed(tmp_path, commit, ("new.py",)) == {}
    assert renamed(tmp_path, "1" * 40, ("basket.py",)) is None


def test_a_file_from_outside_of_the_project_has_no_former_name(tmp_path: Path) -> None:
    repository = Repository(tmp_path).write(cart=BLOCK).commit()
    commit = repository.git("rev-parse", "HEAD")
    (tmp_path / "inner").mkdir()
    repository.git("mv", "cart.py", "inner/cart.py")

    assert renamed(tmp_path / "inner", commit, ("cart.py",)) == {}
