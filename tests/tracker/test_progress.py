"""Progress Tracking: what was completed this month, and which rows are history."""

from __future__ import annotations

from datetime import date

import pytest

from pytest_boss_gates.tracker.document import parse
from pytest_boss_gates.tracker.progress import as_number, completed_since, month_of, past_rows

TODAY = date(2024, 9, 3)
DOCUMENT = """\
## Progress Tracking

| Month | Components Completed | Total Completed | Total Remaining |
|-------|----------------------|-----------------|-----------------|
| July 2024 | - | 0 | 10 |
| 2024-08 | [Type Checking](ci.yml), **Docs** | 2 | 8 |
| September 2024 | Security Scanning | 3 | 7 |
"""


def rows(text: str) -> tuple[tuple[str, ...], ...]:
    return past_rows(parse(text.encode(), name="tracker.md"), TODAY)


def test_a_month_is_spelled_in_english_and_in_figures() -> None:
    assert month_of(TODAY) == "September 2024"
    assert as_number("September 2024") == "2024-09"


@pytest.mark.parametrize("month", ["September 2024", "september 2024", "2024-09"])
def test_the_rows_of_earlier_months_are_history_as_they_read(month: str) -> None:
    assert rows(DOCUMENT.replace("September 2024", month)) == (
        ("July 2024", "-", "0", "10"),
        ("2024-08", "Type Checking, Docs", "2", "8"),
    )


def test_without_the_table_there_is_no_history() -> None:
    assert rows("| Month | Notes |\n|---|---|\n| July 2024 | - |\n") == ()
    assert rows("> " + DOCUMENT.replace("\n", "\n> ")) == ()  # quoted from elsewhere


@pytest.mark.parametrize(
    ("past", "done", "shown"),
    [
        # nothing before this month: all that is completed is new
        ([], ["A", "B"], "A, B"),
        ([], [], "-"),
        ([("July 2024", "-", "0", "10")], ["A"], "A"),
        # what earlier months name is not new, however it is spelled
        ([("July 2024", "A", "1", "9")], ["A", "B"], "B"),
        ([("July 2024", "*a*,  C", "2", "8")], ["A", "B"], "B"),  # and C fell back
        ([("July 2024", "A", "1", "9"), ("August 2024", "B", "2", "8")], ["A", "B"], "-"),
        # an earlier total that counts components nobody named: only the number is known
        ([("July 2024", "-", "3", "7")], ["A", "B", "C", "D", "E"], "2"),
        ([("July 2024", "3", "3", "7")], ["A", "B", "C"], "-"),
        ([("July 2024", "-", "3", "7")], ["A"], "-"),
        # a total that is no number says nothing
        ([("July 2024", "A", "some", "?")], ["A", "B"], "B"),
    ],
)
def test_what_was_completed_this_month_is_named_or_counted(
    past: list[tuple[str, ...]], done: list[str], shown: str
) -> None:
    assert completed_since(past, done) == shown


def test_a_history_that_knows_goes_before_the_document() -> None:
    past = [("July 2024", "-", "3", "7")]

    assert completed_since(past, ["A", "B", "C"], frozenset({"A"})) == "B, C"
    assert completed_since(past, ["A"], frozenset({"A", "B"})) == "-"
