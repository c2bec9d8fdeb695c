"""Roman numerals."""

from __future__ import annotations

NUMERALS = {
    "M": 1000,
    "CM": 900,
    "D": 500,
    "CD": 400,
    "C": 100,
    "XC": 90,
    "L": 50,
    "XL": 40,
    "X": 10,
    "IX": 9,
    "V": 5,
    "IV": 4,
    "I": 1,
}


def roman(number: int) -> str:
    """Spell a number from 1 to 3999; any other raises ``ValueError``."""
    if not 1 <= number <= 3999:
        raise ValueError(f"The Romans had no numeral for {number}.")
    spelled = ""
    for numeral, value in NUMERALS.items():
        count, number = divmod(number, value)
        spelled += numeral * count
    return spelled
