"""What stands behind the verdicts, put together of what was measured, recorded and kept."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates import detailing
from pytest_boss_gates.detailing import details
from pytest_boss_gates.history.records import record, record_of_tests
from pytest_boss_gates.history.store import open_store
from pytest_boss_gates.history.view import History
from pytest_boss_gates.measure.complexity import COMPLEXITY
from pytest_boss_gates.measure.coverage.reading import FileCoverage, Mode, Reading
from pytest_boss_gates.measure.durations import SESSION_DURATION
from pytest_boss_gates.measure.gate import Context
from pytest_boss_gates.measure.recorder import Finished, Outcome, Recorder
from pytest_boss_gates.measure.suppressions import SUPPRESSIONS
from pytest_boss_gates.model import (
    Details,
    Ending,
    Item,
    Place,
    Settings,
    SourceFile,
    VerdictStatus,
)
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree
from tests.history.conftest import endings, run_of, verdict
from tests.report.conftest import Examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.model import Earlier, Run, Verdict

EXAMPLES = Examples()
CART = FileCoverage(path="shop/cart.py", statements=4, missing=(3,), branches=2, covered_branches=1)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        settings=Settings(root=tmp_path, targets=()), tree=Tree(root=tmp_path), source=Source()
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("history.db", root=tmp_path, project="shop")
    yield opened
    opened.close()


def recorder(*tests: Finished) -> Recorder:
    found = Recorder(lambda: 0.0)
    for test in tests:
        found.add(test)
    return found


def ended(name: str, outcome: Outcome = Outcome.PASSED, seconds: float = 0.1) -> Finished:
    phases = (0.0, seconds, 0.0)
    return Finished(nodeid=f"tests/test_a.py::{name}", outcome=outcome, phases=phases, reason="why")


def found(context: Context, *verdicts: Verdict, every_file: bool = False) -> Details:
    return details(EXAMPLES.run(*verdicts), context, every_file=every_file)


def test_each_test_has_its_ending_its_seconds_and_its_reason(context: Context) -> None:
    tests = (ended("b", seconds=0.25), ended("a", Outcome.SKIPPED), ended("c", Outcome.FAILED))

    kept = found(replace(context, recorder=recorder(*tests)))

    assert [(each.nodeid[-1], each.ending, each.seconds, each.note) for each in kept.tests] == [
        ("a", Ending.SKIPPED, 0.1, "why"),
        ("b", Ending.PASSED, 0.25, ""),
        ("c", Ending.FAILED, 0.1, ""),
    ]
    assert "tests" not in kept.reasons


def test_of_too_many_tests_those_that_did_not_pass_are_kept_and_the_slowest(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detailing, "TESTS", 2)
    tests = (ended("a"), ended("b", seconds=9), ended("c", Outcome.FAILED, 0.01), ended("d"))

    kept = found(replace(context, recorder=recorder(*tests)))

    assert [each.nodeid[-1] for each in kept.tests] == ["b", "c"]
    assert kept.tests_left_out == 2


def test_without_tests_and_targets_each_part_says_why_it_is_empty(context: Context) -> None:
    kept = found(context)

    assert (len(kept.tests), kept.files, kept.suppressions) == (0, (), ())
    assert kept.reasons == {
        "tests": "no tests are run by this command",
        "coverage": "no target and no report of this run asked for it",
        "complexity": "no target and no report of this run asked for it",
        "suppressions": "no target and no report of this run asked for it",
    }


def test_coverage_that_failed_says_why(context: Context) -> None:
    lost = Reading(mode=Mode.OWN, reason="a worker was lost")

    assert found(replace(context, coverage=lost)).reasons["coverage"] == "a worker was lost"


def test_a_file_has_its_coverage_and_its_worst_function(context: Context) -> None:
    def function(name: str, value: int, path: str) -> Item:
        return Item(name=name, value=value, place=Place(path=path, line=value))

    complexity = EXAMPLES.verdict(
        VerdictStatus.OBSERVED,
        metric=COMPLEXITY,
        target="",
        value=9,
        items=(
            function("worst", 9, "shop/cart.py"),
            function("other", 7, "shop/new.py"),
            function("lesser", 2, "shop/cart.py"),
        ),
    )
    of_a_part = replace(complexity, scope="shop/new.py", measurement=EXAMPLES.met().measurement)
    reading = Reading(mode=Mode.OWN, files=(CART,), branch=True)

    kept = found(replace(context, coverage=reading), of_a_part, complexity)

    nothing = {"statements": None, "missing": None, "branches": None, "missing_branches": None}
    cart = SourceFile(
        path="shop/cart.py",
        statements=4,
        missing=1,
        branches=2,
        missing_branches=1,
        complexity=9,
        function="worst",
        line=9,
        risk=None,
    )
    assert kept.files == (
        cart,
        replace(cart, path="shop/new.py", complexity=7, function="other", line=7, **nothing),
    )
    assert kept.reasons.keys() == {"tests", "suppressions"}


def test_suppressions_name_their_lines_apart_from_what_is_new(context: Context) -> None:
    items = (
        Item(name="a.py", value=3, place=Place(path="a.py", line=2), note="new: 2; all: 2, 5, 9"),
        Item(name="b.py", value=1, place=Place(path="b.py", line=4), note="4"),
    )
    counted = EXAMPLES.verdict(
        VerdictStatus.MET, metric=SUPPRESSIONS, target="<=9", value=4, items=items
    )

    kept = found(context, counted).suppressions

    assert [(each.path, each.count, each.lines, each.line) for each in kept] == [
        ("a.py", 3, "2, 5, 9", 2),
        ("b.py", 1, "4", 4),
    ]


def test_a_report_that_shows_every_file_has_the_sources_looked_at(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_text(
        "def total(x):\n    return x or 1  # noqa: E501\n", encoding="utf-8"
    )
    tree = Tree(root=tmp_path)
    context = Context(
        settings=Settings(root=tmp_path, targets=()), tree=tree, source=Source(modules=("cart.py",))
    )

    kept = found(context, every_file=True)

    (file,) = kept.files
    assert (file.path, file.function, file.complexity, file.statements) == (
        "cart.py",
        "total",
        2,
        None,
    )
    assert [(each.path, each.count) for each in kept.suppressions] == [("cart.py", 1)]
    assert found(context).files == ()


def before(run: Run, context: Context, store: Store | None, absent: str = "") -> Earlier:
    past = History(store=(lambda: store) if store else None, absent=absent)
    return details(run, replace(context, history=lambda: past), every_file=False).earlier


def test_a_past_that_is_not_there_says_why(context: Context, store: Store) -> None:
    run = EXAMPLES.run()

    empty = replace(context, history=lambda: History(store=lambda: None))
    assert found(empty).earlier.reason == "there is no history yet"
    assert before(run, context, None, "it is switched off").reason == "it is switched off"
    assert before(run, context, store).reason == "the history has no whole run on main yet"


def test_a_past_that_cannot_be_read_is_the_reason(context: Context, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database" * 500)
    past = History(store=lambda: open_store("bad.db", root=tmp_path, project="shop"))

    looking = replace(context, history=lambda: past)
    earlier = details(EXAMPLES.run(), looking, every_file=False).earlier

    assert "bad.db" in earlier.reason
    assert not earlier.reason.endswith(".")


def test_each_number_has_what_it_was_newest_first_and_once(context: Context, store: Store) -> None:
    store.add([record(run_of(0, verdict(value=1.5))), record(run_of(1, verdict("tests", 3)))])
    session = EXAMPLES.verdict(VerdictStatus.MET, metric=SESSION_DURATION, value=Fraction(1, 2))

    earlier = before(EXAMPLES.run(session, session), context, store)

    assert [past.ended for past in earlier.runs] == [run_of(1).ended, run_of(0).ended]
    (series,) = earlier.series
    assert (series.metric, series.values) == ("session-duration", (None, 1.5))
    assert series.statuses == (None, VerdictStatus.MET)


def test_what_changed_since_the_last_run_comes_worst_first(context: Context, store: Store) -> None:
    last = record(run_of(0))
    was = endings(fails="p", mended="f", skipped="p", same="p", gone="p")
    store.add([last, record_of_tests(last, was)])
    now = recorder(
        ended("new"),
        ended("mended"),
        ended("skipped", Outcome.SKIPPED),
        ended("same"),
        ended("fails", Outcome.FAILED),
    )

    earlier = before(EXAMPLES.run(), replace(context, recorder=now), store)

    assert [each.nodeid.partition("::")[2] for each in earlier.changed] == [
        *("fails", "mended", "skipped", "gone", "new")
    ]
    assert (earlier.changed[3].before, earlier.changed[3].now) == (Ending.PASSED, None)
    assert earlier.tests_reason == ""


def test_of_a_part_of_the_suite_nothing_is_gone(context: Context, store: Store) -> None:
    last = record(run_of(0))
    store.add([last, record_of_tests(last, endings(one="p", two="p"))])
    part = EXAMPLES.run(identity=EXAMPLES.identity(partial="-k"))

    earlier = before(part, replace(context, recorder=recorder(ended("one"))), store)

    assert earlier.changed == ()


def test_more_changes_than_fit_are_counted(
    context: Context, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detailing, "CHANGES", 1)
    last = record(run_of(0))
    store.add([last, record_of_tests(last, endings(one="p", two="p"))])

    earlier = before(EXAMPLES.run(), replace(context, recorder=recorder()), store)

    assert (len(earlier.changed), earlier.changed_left_out) == (1, 1)


def test_why_tests_are_not_compared_is_said(context: Context, store: Store) -> None:
    store.add([record(run_of(0))])
    run = EXAMPLES.run()

    assert before(run, context, store).tests_reason == "no tests are run by this command"
    assert before(run, replace(context, recorder=recorder()), store).tests_reason == (
        "the history does not keep the tests of the last run any more"
    )
