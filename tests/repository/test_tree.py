"""Listing and reading the tree: what is left out, and what cannot break it."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.repository.globs import matcher
from pytest_boss_gates.repository.tree import SIZE_LIMIT, Tree

if TYPE_CHECKING:
    from pathlib import Path


def plant(root: Path, *paths: str) -> Tree:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("", encoding="utf-8")
    return Tree(root=root)


def test_files_are_relative_posix_paths_in_order(tmp_path: Path) -> None:
    tree = plant(tmp_path, "src/shop/cart.py", "pyproject.toml", "src/a.py", ".github/ci.yml")

    assert tree.files == (".github/ci.yml", "pyproject.toml", "src/a.py", "src/shop/cart.py")


@pytest.mark.parametrize(
    "left_out",
    [
        ".git/config",
        ".hg/store",
        ".tox/py/lib/a.py",
        ".nox/tests/a.py",
        ".venv/a.py",
        "venv/a.py",
        "src/__pycache__/a.pyc",
        "web/node_modules/x/index.js",
        ".mypy_cache/a.json",
        "shop.egg-info/requires.txt",
        "lib/python3.11/site-packages/six.py",
        ".boss-gates/report.json",
    ],
)
def test_what_is_not_the_projects_own_is_left_out(tmp_path: Path, left_out: str) -> None:
    assert plant(tmp_path, "a.py", left_out).files == ("a.py",)


def test_a_virtual_environment_is_known_by_its_mark_whatever_it_is_called(tmp_path: Path) -> None:
    tree = plant(tmp_path, "a.py", "my-env/pyvenv.cfg", "my-env/lib/b.py")

    assert tree.files == ("a.py",)


def test_an_environment_made_in_the_root_itself_does_not_hide_the_project(tmp_path: Path) -> None:
    assert plant(tmp_path, "pyvenv.cfg", "a.py").files == ("a.py", "pyvenv.cfg")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_to_directories_are_not_followed_so_a_loop_ends(tmp_path: Path) -> None:
    tree = plant(tmp_path, "src/a.py")
    (tmp_path / "src" / "again").symlink_to(tmp_path, target_is_directory=True)

    assert tree.files == ("src/a.py",)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_to_a_file_counts_only_inside_the_root(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("", encoding="utf-8")
    tree = plant(tmp_path / "root", "real.txt")
    (tree.root / "inside.txt").symlink_to("real.txt")
    (tree.root / "outside.txt").symlink_to(outside)
    (tree.root / "dangling.txt").symlink_to("gone.txt")
    (tree.root / "self.txt").symlink_to("self.txt")

    assert tree.files == ("inside.txt", "real.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_no_file(tmp_path: Path) -> None:
    tree = plant(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe")

    assert tree.files == ("a.py",)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in a name")
def test_a_name_that_is_not_utf8_is_listed_and_can_be_read(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("hello", encoding="utf-8")
    tree = Tree(root=tmp_path)

    assert tree.files == (name,)
    assert tree.read(name) == "hello"


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is closed to the administrator"
)
def test_a_directory_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    tree = plant(tmp_path, "a.py", "closed/b.py")
    (tmp_path / "closed").chmod(0)
    try:
        assert tree.files == ("a.py",)
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_root_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert Tree(root=tmp_path / "gone").files == ()


def test_text_is_read_with_plain_line_ends_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\xff\n")

    assert Tree(root=tmp_path).read("a.txt") == "one\ntwo\nthree\N{REPLACEMENT CHARACTER}\n"


def test_utf16_as_windows_shells_write_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("mypy==1.8\r\n".encode("utf-16"))

    assert Tree(root=tmp_path).read("requirements.txt") == "mypy==1.8\n"


def test_a_file_that_is_too_large_is_refused_in_a_sentence_and_not_taken_for_empty(
    tmp_path: Path,
) -> None:
    (tmp_path / "big.py").write_bytes(b"#" * (SIZE_LIMIT + 1))

    with pytest.raises(OSError, match=r"^big\.py is larger than 2 MB, so it is not read$"):
        Tree(root=tmp_path).read("big.py")


def test_a_file_of_just_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "big.py").write_bytes(b"#" * SIZE_LIMIT)

    assert len(Tree(root=tmp_path).read("big.py")) == SIZE_LIMIT


def test_membership_is_asked_by_relative_path(tmp_path: Path) -> None:
    tree = plant(tmp_path, "src/a.py")

    assert "src/a.py" in tree
    assert "a.py" not in tree


def test_ten_thousand_files_are_listed_in_a_moment(tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / str(folder)).mkdir()
        for name in range(100):
            (tmp_path / str(folder) / f"{name}.py").touch()
    started = time.process_time()

    assert len(Tree(root=tmp_path).files) == 10_000

    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("Dockerfile", ["Dockerfile"]),
        ("**/Dockerfile", ["Dockerfile", "api/Dockerfile"]),
        ("**/*.tf", ["infra/main.tf", "infra/net/vpc.tf"]),
        ("infra/*.tf", ["infra/main.tf"]),
        ("infra", ["infra/main.tf", "infra/net/vpc.tf"]),
        ("infra/net/", ["infra/net/vpc.tf"]),
        ("*file", ["Dockerfile"]),
        ("**/*.dash*.json", ["a.dashboard.json"]),
        ("*.d.json", []),
        ("gone/**", []),
        (
            "**/",
            [
                "Dockerfile",
                "a.dashboard.json",
                "api/Dockerfile",
                "infra-old/main.py",
                "infra/main.tf",
                "infra/net/vpc.tf",
            ],
        ),
    ],
)
def test_files_are_found_by_pattern(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    tree = plant(
        tmp_path,
        *("Dockerfile", "api/Dockerfile", "infra/main.tf", "infra/net/vpc.tf"),
        *("infra-old/main.py", "a.dashboard.json"),
    )

    assert list(tree.match(pattern)) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet="ab./*?[]!-", max_size=10))
def test_a_pattern_finds_just_what_its_matcher_says_of_each_file(
    tmp_path: Path, pattern: str
) -> None:
    paths = ["a", "b.a", "ab/a.b", "ab/b/a.a.b", "b/a/b", "b/ab", "b/.a", "b-a/b.b"]
    tree = Tree(root=tmp_path) if (tmp_path / "a").exists() else plant(tmp_path, *paths)

    assert tree.match(pattern) == tuple(filter(matcher(pattern), tree.files))


def test_toml_is_parsed_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("x = 1", encoding="utf-8")
    tree = Tree(root=tmp_path)

    assert tree.read_toml("a.toml") == {"x": 1}
    (tmp_path / "a.toml").unlink()
    assert tree.read_toml("a.toml") == {"x": 1}


@pytest.mark.parametrize("text", ["x =", "x = " + "[" * 100_000])
def test_what_is_not_toml_is_a_value_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=r".+"):
        Tree(root=tmp_path).read_toml("a.toml")


def test_the_head_of_a_file_ends_with_a_whole_line(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_bytes(b"one\r\ntwo\r\nthree")
    tree = Tree(root=tmp_path)

    assert tree.read_head("a.lock", 8) == "one\n"
    assert tree.read_head("a.lock", 100) == "one\ntwo\nthree"
    assert tree.read_head("a.lock", 2) == "on"


def test_the_head_of_a_file_that_is_too_large_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_bytes(b"one\n" * (SIZE_LIMIT // 2))

    assert Tree(root=tmp_path).read_head("a.lock", 9) == "one\none\n"


def test_what_was_read_is_remembered_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    tree = Tree(root=tmp_path)
    tree.read("a")
    tree.read_head("a", 10)
    with pytest.raises(OSError, match="none"):
        tree.read("none")

    later = Tree(root=tmp_path)
    assert {key: later.digest(*key) for key in tree.seen} == tree.seen
    assert tree.seen["none", SIZE_LIMIT + 1] == ""

    (tmp_path / "a").write_text("2")
    assert later.digest("a", 10) != tree.seen["a", 10]
