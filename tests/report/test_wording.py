"""The words and counts that every format shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure.complexity import COMPLEXITY
from pytest_boss_gates.model import Enforce, Item, Outcome, Status, VerdictStatus
from pytest_boss_gates.report.wording import (
    LOOKS,
    OUTCOMES,
    STATUSES,
    item_value,
    skipped_groups,
    tally,
    verdict_words,
    ways,
)

if TYPE_CHECKING:
    from tests.report.conftest import Examples


def test_every_verdict_outcome_and_status_has_its_words() -> None:
    assert set(LOOKS) == set(VerdictStatus)
    assert set(OUTCOMES) == set(Outcome)
    assert set(STATUSES) == set(Status)


def test_symbols_are_different_and_have_an_ascii_twin() -> None:
    looks = LOOKS.values()
    assert [look.symbol for look in looks] == ["✓", "✗", "?", "–", "·"]  # noqa: RUF001
    assert [look.plain for look in looks] == ["v", "x", "?", "-", "."]


def test_the_trackers_statuses_carry_its_icons() -> None:
    assert list(STATUSES.values()) == ["🔴 Not Started", "🟡 In Progress", "🟢 Completed"]


@pytest.mark.parametrize(
    ("status", "enforce", "words"),
    [
        (VerdictStatus.MET, Enforce.WARN, "✓ met"),
        (VerdictStatus.MISSED, Enforce.BLOCK, "✗ missed"),
        (VerdictStatus.MISSED, Enforce.WARN, "✗ missed (warn)"),
        (VerdictStatus.UNKNOWN, Enforce.WARN, "? unknown (warn)"),
        (VerdictStatus.SKIPPED, Enforce.BLOCK, "– skipped"),  # noqa: RUF001
    ],
)
def test_a_verdict_that_only_warns_says_so(
    examples: Examples, status: VerdictStatus, enforce: Enforce, words: str
) -> None:
    assert verdict_words(examples.verdict(status, enforce=enforce)) == words


def test_the_tally_counts_in_the_order_of_weight(examples: Examples) -> None:
    assert tally(examples.full()) == ("2 gates missed (1 warn), 5 unknown (warn), 4 met, 1 skipped")


def test_the_tally_of_one_is_singular_and_of_none_says_so(examples: Examples) -> None:
    assert tally(examples.run(examples.met())) == "1 gate met"
    assert tally(examples.run(examples.observed())) == "no gate was judged"


def test_skipped_gates_are_grouped_by_their_reason(examples: Examples) -> None:
    verdicts = [examples.skipped(), examples.skipped("no changed lines"), examples.skipped()]
    assert skipped_groups(verdicts) == ("2 gates (partial run: -k)", "1 gate (no changed lines)")


def test_an_items_value_is_counted_where_it_counts_something(examples: Examples) -> None:
    verdict = examples.missed_coverage()
    assert item_value(verdict, Item(name="a.py", value=5)) == "5 lines or branches"


def test_what_one_item_is_here_comes_from_the_measurement(examples: Examples) -> None:
    verdict = examples.verdict(VerdictStatus.MISSED, item="line")
    assert item_value(verdict, Item(name="a.py", value=5)) == "5 lines"


def test_an_items_value_is_spelled_in_the_metrics_unit_elsewhere(examples: Examples) -> None:
    verdict = examples.missed_complexity()
    assert item_value(verdict, Item(name="f", value=14)) == "14"


def test_steps_that_repeat_a_listed_item_give_way_to_the_general_fix(examples: Examples) -> None:
    verdict = examples.missed_complexity()
    assert ways(verdict, verdict.explanation.where) == (COMPLEXITY.fix,)
    assert ways(verdict) == verdict.explanation.cheapest
