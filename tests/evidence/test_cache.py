"""The kept answer: given again while nothing changed, and never believed when something did."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.answer import Extensions
from pytest_boss_gates.evidence.cache import FILE, recall
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence

WORKFLOW = """\
on: push
jobs:
  types:
    steps:
      - run: mypy src
      - run: tox -e lint
      - run: inv what
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW)
    (root / "tox.ini").write_text("[testenv:lint]\ncommands = - flake8\n")
    (root / "setup.cfg").write_text("[mypy]\n")
    (root / "pyproject.toml").write_text("[broken\n")
    (root / "poetry.lock").write_text("# generated\npackage = 1\n")
    return root


def look(root: Path, folder: Path | None) -> Evidence:
    return recall(Tree(root=root), folder)


def level(evidence: Evidence, name: str) -> Level:
    return evidence.facts[name].level


def test_a_kept_answer_is_the_answer(root: Path, tmp_path: Path) -> None:
    found = find_evidence(Tree(root=root))

    first, second = look(root, tmp_path / "cache"), look(root, tmp_path / "cache")

    assert first == second == found
    assert second.problems
    assert second.unresolved
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [FILE]


def test_a_kept_answer_needs_neither_chain_nor_yaml(root: Path, tmp_path: Path) -> None:
    look(root, tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from pytest_boss_gates.evidence.cache import recall\n"
        "from pytest_boss_gates.repository.tree import Tree\n"
        f"found = recall(Tree(root=Path({os.fspath(root)!r})), Path({os.fspath(tmp_path)!r}))\n"
        "assert found.facts['mypy'].level\n"
        "print(*sys.modules)\n"
    )
    # In the same place: the folder's name is a part of the key.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert "pytest_boss_gates.evidence.cache" in loaded
    heavy = ("chain", "ci", "runners", "facts", "catalogue")
    assert not loaded & {"yaml", *(f"pytest_boss_gates.evidence.{name}" for name in heavy)}


def test_a_changed_file_is_looked_at_again(root: Path, tmp_path: Path) -> None:
    assert level(look(root, tmp_path), "mypy") is Level.GATING

    (root / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW.replace("src", "src || true"))

    assert level(look(root, tmp_path), "mypy") is Level.WIRED


def test_a_change_of_a_file_that_is_only_quoted_is_seen(root: Path, tmp_path: Path) -> None:
    look(root, tmp_path)

    (root / "poetry.lock").write_text("# generated\npackage = 2\n")

    assert look(root, tmp_path) == find_evidence(Tree(root=root))


def test_a_new_file_and_a_missing_one_are_seen(root: Path, tmp_path: Path) -> None:
    assert level(look(root, tmp_path), "docker") is Level.NONE

    (root / "Dockerfile").write_text("FROM scratch\n")
    assert level(look(root, tmp_path), "docker") is Level.DECLARED

    (root / "Dockerfile").unlink()
    assert level(look(root, tmp_path), "docker") is Level.NONE


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="permission bits")
def test_a_file_that_can_no_longer_be_read_is_seen(root: Path, tmp_path: Path) -> None:
    look(root, tmp_path)
    (root / "tox.ini").unlink()
    (root / "tox.ini").symlink_to("tox.ini.bak")
    (root / "tox.ini.bak").write_text("[testenv:lint]\ncommands = - flake8\n")

    assert look(root, tmp_path) == find_evidence(Tree(root=root))


def test_another_project_has_another_answer(root: Path, tmp_path: Path) -> None:
    look(root, tmp_path)
    other = tmp_path / "other"
    other.mkdir()

    assert level(look(other, tmp_path), "mypy") is Level.NONE


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"mypy", b"mypi"),
        lambda _: b"\x00" * 100,
        lambda _: b"{}\n{}",
        lambda content: b"\xff\n" + content,
    ],
    ids=["empty", "cut", "changed", "zeros", "other", "not-ascii"],
)
def test_a_damaged_cache_is_no_cache(
    root: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    found = look(root, tmp_path)
    kept = tmp_path / FILE
    whole = kept.read_bytes()

    kept.write_bytes(damage(whole))

    assert look(root, tmp_path) == found
    assert kept.read_bytes() == whole


def test_an_answer_that_comes_with_the_repository_is_not_believed(
    root: Path, tmp_path: Path
) -> None:
    look(root, tmp_path / "mine")
    kept = (tmp_path / "mine" / FILE).read_bytes()

    (tmp_path / "yours").mkdir()
    (tmp_path / "yours" / FILE).write_bytes(kept)
    look(root, tmp_path / "yours")

    assert (tmp_path / "yours" / FILE).read_bytes() != kept


def test_without_a_folder_nothing_is_kept(root: Path) -> None:
    before = sorted(root.rglob("*"))

    look(root, None)

    assert sorted(root.rglob("*")) == before


def test_a_folder_that_cannot_be_made_is_no_obstacle(root: Path) -> None:
    found = look(root, root / "setup.cfg" / "cache")

    assert level(found, "mypy") is Level.GATING


def test_a_folder_in_the_place_of_the_file_is_no_obstacle(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache" / FILE).mkdir(parents=True)

    assert level(look(root, tmp_path / "cache"), "mypy") is Level.GATING
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [FILE]


def test_with_the_code_of_others_nothing_is_kept(root: Path, tmp_path: Path) -> None:
    extensions = Extensions(dialects=(lambda _: (),))

    recall(Tree(root=root), tmp_path / "cache", extensions)

    assert not (tmp_path / "cache").exists()
