"""From a reading to measurements: sums, scopes, bounds and what is said beside them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pytest_boss_gates.measure import Context
from pytest_boss_gates.measure.coverage.gate import measure
from pytest_boss_gates.measure.coverage.reading import FileCoverage, Mode, Reading
from pytest_boss_gates.model import Bound, Comparator, Measurement, Settings, Target, Wanted
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree

CART = FileCoverage(
    path="src/shop/cart.py",
    statements=10,
    missing=(3, 4, 5, 9),
    branches=4,
    covered_branches=2,
    missing_branches=((2, 3), (8, -1)),
)
RATES = FileCoverage(path="src/shop/rates.py", statements=3, missing=())
UNUSED = FileCoverage(
    path="src/old/unused.py", statements=7, missing=tuple(range(1, 8)), imported=False
)
EMPTY = FileCoverage(path="src/shop/__init__.py", statements=0, missing=())
READING = Reading(
    mode=Mode.OWN,
    files=(UNUSED, EMPTY, CART, RATES),
    branch=True,
    fingerprint={"coverage": "7.17.3"},
)


def measured(
    reading: Reading | None, metric: str = "code-coverage", scope: str = ""
) -> Measurement:
    wanted = Wanted(
        comparator=Comparator.AT_LEAST, number=Fraction(50), unit="%", value=Fraction(1, 2)
    )
    target = Target(metric=metric, scope=scope, text=">=50%", wanted=wanted)
    root = Path()
    context = Context(
        settings=Settings(root=root, targets=(target,)),
        tree=Tree(root=root),
        source=Source(),
        coverage=reading,
    )
    found = {measurement.scope: measurement for measurement in measure(context)}
    assert set(found) == {"", scope}
    return found[scope]


def changed(**changes: object) -> Reading:
    values = {name: getattr(READING, name) for name in READING.__slots__}
    return Reading(**{**values, **changes})


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator"),
    [("code-coverage", 11, 24), ("line-coverage", 9, 20), ("branch-coverage", 2, 4)],
)
def test_shares_are_sums_of_whole_numbers(metric: str, numerator: int, denominator: int) -> None:
    found = measured(READING, metric)

    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert found.value == Fraction(numerator, denominator)
    assert found.source == "coverage.py 7.17.3, own"
    assert found.bound is Bound.EXACT


def test_a_scope_counts_its_own_files() -> None:
    found = measured(READING, "line-coverage", "src/shop/**")

    assert (found.numerator, found.denominator, found.n) == (9, 13, 3)
    assert found.notes == ()


def test_a_scope_without_a_file_is_unknown_and_says_what_to_do() -> None:
    found = measured(READING, "code-coverage", "lib/**")

    assert found.value is None
    assert found.reason == "'lib/**' matches no measured file"
    assert found.remedy == 'Name the source roots: source = ["src"] in [tool.boss-gates].'


def test_nought_of_nought_is_unknown() -> None:
    assert measured(changed(files=(EMPTY,))).reason == "the measured files hold no statements"
    assert (
        measured(changed(files=(RATES,)), "branch-coverage").reason
        == "the measured files hold no branches"
    )
    assert measured(changed(files=(EMPTY,)), "file-coverage").value is None


def test_branches_that_were_not_measured_are_unknown_and_not_in_the_code() -> None:
    reading = changed(branch=False)

    assert measured(reading, "branch-coverage").reason == "branches were not measured"
    assert measured(reading, "branch-coverage").remedy == (
        "Add branch = true to [tool.coverage.run]."
    )
    assert measured(reading).denominator == 20
    assert measured(reading).item == "line"


def test_the_files_that_could_add_most_come_first() -> None:
    items = measured(READING).items

    assert [(item.name, item.value, item.note) for item in items] == [
        ("src/old/unused.py", 7, "never imported"),
        ("src/shop/cart.py", 6, "lines 3-5, 9; branches 2->3, 8->exit"),
    ]
    assert [str(item.place) for item in items] == ["src/old/unused.py:1", "src/shop/cart.py:3"]


def test_the_worst_file_leads_and_empty_files_have_no_share() -> None:
    found = measured(READING, "file-coverage")

    assert found.value == 0
    assert [(item.name, item.value) for item in found.items] == [
        ("src/old/unused.py", 0),
        ("src/shop/cart.py", Fraction(8, 14)),
        ("src/shop/rates.py", 1),
    ]


def test_uncovered_lines_are_a_count() -> None:
    found = measured(READING, "uncovered-lines")

    assert found.value == 11
    assert [item.value for item in found.items] == [7, 4]


@pytest.mark.parametrize(
    ("metric", "bound"),
    [
        ("code-coverage", Bound.AT_MOST),
        ("line-coverage", Bound.AT_MOST),
        ("branch-coverage", Bound.AT_MOST),
        ("file-coverage", Bound.AT_MOST),
        ("uncovered-lines", Bound.AT_LEAST),
    ],
)
def test_a_file_that_cannot_be_analysed_leaves_a_bound(metric: str, bound: Bound) -> None:
    reading = changed(unreadable={"src/a.py": "not to be parsed", "src/b.py": "likewise"})

    found = measured(reading, metric)

    assert found.bound is bound
    assert found.bound_reason == (
        "2 files could not be analysed: src/a.py: not to be parsed and 1 more"
    )
    assert "src/b.py: likewise" in found.notes


def test_a_file_that_cannot_be_analysed_concerns_only_the_scopes_that_hold_it() -> None:
    reading = changed(unreadable={"lib/broken.py": "not to be parsed"})

    assert measured(reading, "line-coverage", "src/shop/**").bound is Bound.EXACT
    assert measured(reading, "line-coverage", "**/*.py").bound is Bound.AT_MOST
    assert measured(reading, "line-coverage", "lib/**").reason == (
        "1 file could not be analysed: lib/broken.py: not to be parsed"
    )


def test_files_that_nothing_imported_are_counted_in_a_note() -> None:
    unused = [
        FileCoverage(path=f"src/old/{name}.py", statements=1, missing=(1,), imported=False)
        for name in "abcde"
    ]

    found = measured(changed(files=(*unused, RATES), notes=("by the way",)))

    names = "src/old/a.py, src/old/b.py, src/old/c.py and 2 more"
    assert found.notes == ("by the way", f"5 files never imported, counted as 0 %: {names}")


def test_without_numbers_the_reason_and_the_remedy_are_passed_on() -> None:
    unknown = measured(Reading(mode=Mode.OWN, reason="a worker crashed", remedy="Find out why."))
    skipped = measured(Reading(mode=Mode.OFF, reason="--no-cov", not_for_this_run=True))

    assert (unknown.reason, unknown.remedy, unknown.not_for_this_run) == (
        "a worker crashed",
        "Find out why.",
        False,
    )
    assert (skipped.reason, skipped.not_for_this_run) == ("--no-cov", True)
    assert measured(None).reason == "no tests are run by this command"
