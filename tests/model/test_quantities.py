"""Numbers as people read them."""

from __future__ import annotations

import pytest

from pytest_boss_gates.model import line_ranges


@pytest.mark.parametrize(
    ("lines", "spelled"),
    [((), ""), ((4,), "4"), ((1, 2), "1-2"), ((9, 3, 4, 5), "3-5, 9"), ((1, 3, 5), "1, 3, 5")],
)
def test_line_numbers_are_spelled_as_ranges(lines: tuple[int, ...], spelled: str) -> None:
    assert line_ranges(lines) == spelled
