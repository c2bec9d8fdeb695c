from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.matrix import (
    MOST_COMBINATIONS,
    asked,
    combinations,
    variants,
)
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def test_a_matrix_is_looked_at_only_so_far() -> None:
    axes = {name: [str(number) for number in range(9)] for name in "abcdefgh"}
    assert len(combinations(axes)) == MOST_COMBINATIONS


def test_a_matrix_without_axes_has_one_empty_combination() -> None:
    assert combinations({}) == [{}]


def test_texts_ask_for_the_variables_in_them_in_every_shell() -> None:
    assert asked(["echo $A ${B} %C% $(D.E) $env:F"]) == {"A", "B", "C", "D.E", "F"}


def test_tools_ask_for_their_own_variables() -> None:
    assert {"TOXENV", "NOXSESSION", "SKIP"} <= asked(["tox"])


def test_rows_are_narrowed_to_what_a_script_and_its_files_read(tmp_path: Path) -> None:
    (tmp_path / "check.sh").write_text('test "$MODE" = lint && flake8\n', encoding="utf-8")
    rows = [{"MODE": mode, "OTHER": str(n)} for mode in ("lint", "test") for n in range(3)]
    reading = Reading(Tree(root=tmp_path))

    assert variants(reading, ((1, "./check.sh"),), rows) == [{"MODE": "lint"}, {"MODE": "test"}]
    assert variants(reading, ((1, "pytest"),), rows) == [{}]
