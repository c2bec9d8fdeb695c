"""Numbers as people read them."""

from __future__ import annotations

import pytest

from pytest_boss_gates.model import first_few, line_ranges, spell_branches, spell_lines


@pytest.mark.parametrize(
    ("lines", "spelled"),
    [((), ""), ((4,), "4"), ((1, 2), "1-2"), ((9, 3, 4, 5), "3-5, 9"), ((1, 3, 5), "1, 3, 5")],
)
def test_line_numbers_are_spelled_as_ranges(lines: tuple[int, ...], spelled: str) -> None:
    assert line_ranges(lines) == spelled


def test_lines_and_branches_are_spelled_with_their_noun() -> None:
    assert spell_lines({4}) == "line 4"
    assert spell_lines({4, 9}) == "lines 4, 9"
    assert spell_branches([(3, -1)]) == "branch 3->exit"
    assert spell_branches([(3, 5), (7, -6)]) == "branches 3->5, 7->exit"


def test_of_a_long_list_the_first_eight_are_kept_and_the_rest_is_counted() -> None:
    lines = ", ".join(map(str, range(1, 12)))

    assert first_few(f"lines {lines}; branches 4->5") == (
        "lines 1, 2, 3, 4, 5, 6, 7, 8 and 3 more; branches 4->5"
    )
    assert first_few("never imported") == "never imported"
