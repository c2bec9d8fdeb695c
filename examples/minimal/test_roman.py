"""Tests of the Roman numerals."""

from __future__ import annotations

import pytest

from roman import roman


@pytest.mark.parametrize(
    ("number", "spelled"), [(1, "I"), (4, "IV"), (1994, "MCMXCIV"), (3999, "MMMCMXCIX")]
)
def test_a_number_is_spelled_from_its_largest_part(number: int, spelled: str) -> None:
    assert roman(number) == spelled


@pytest.mark.parametrize("number", [0, 4000])
def test_a_number_without_a_numeral_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"no numeral for {number}"):
        roman(number)
