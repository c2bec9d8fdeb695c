"""What a person sees at the end of a run, line by line."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.measure.durations import SLOWEST_TEST
from pytest_boss_gates.model import (
    Enforce,
    Explanation,
    Item,
    Outcome,
    Place,
    VerdictStatus,
)
from pytest_boss_gates.report.terminal import Line, headline, lines, speaks_unicode

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples

TRACKER = (".boss-gates/tracker.md",)


def texts(found: list[Line]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in found]


def page(run: Run, *, width: int = 80, quiet: bool = False, unicode: bool = True) -> list[str]:
    return texts(lines(run, width=width, quiet=quiet, unicode=unicode, written=TRACKER))


def markup(run: Run) -> dict[str, tuple[str, ...]]:
    found = lines(run, width=80, quiet=False, unicode=True, written=TRACKER)
    return {segment.text.strip(): segment.markup for line in found for segment in line}


def columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in ("F", "W"))
        for char in text
    )


def test_a_full_run_reads_like_this(examples: Examples) -> None:
    assert page(examples.full()) == [
        "GATE                                MEASURED  TARGET       VERDICT",
        "code-coverage                           87 %  >90%         ✗ missed",
        "    4 more lines or branches",
        "    5 lines or branches  src/shop/cart.py:3  lines 3-6, 12",
        "       1 line or branch  src/shop/store.py:40",
        "    and 7 more",
        "    → Cover 4 of 5 lines in src/shop/cart.py (lines 3-6, 12).",
        "code-coverage src/shop/payments/**      99 %  >=98%        ✓ met",
        "session-duration                     12.25 s  <10 minutes  ✓ met",
        "complexity                                14  <=10         ✗ missed (warn)",
        "    1 function not <=10; the worst needs 4 less",
        "    14  src/shop/pricing.py:21  price_of",
        "    → Split the function where its branches part, or turn the branches into a",
        "      table.",
        "ci-pipeline-duration                       -  <10 minutes  ? unknown (warn)",
        "build-success-rate                         -  >95%         ? unknown (warn)",
        "deployment-frequency                       -  daily        ? unknown (warn)",
        "lead-time-for-changes                      -  <1 day       ? unknown (warn)",
        "mean-time-to-recovery                      -  <30 minutes  ? unknown (warn)",
        "    no deployment is known: there are no version tags",
        "    → Leave the target out.",
        "tool-level mypy                     declared  declared     ✓ met",
        "tool-version mypy                     1.13.0  >=1.5        ✓ met",
        "skipped: 1 gate (partial run: -k)",
        "no target: tests 61",
        "No [tool.boss-gates] table: see `boss-gates init`.",
        "2 gates missed (1 warn), 5 unknown (warn), 4 met, 1 skipped; tracker report:",
        ".boss-gates/tracker.md",
    ]


def test_a_metric_of_delivery_says_what_it_rests_on(examples: Examples) -> None:
    bound = examples.lead_time(
        VerdictStatus.UNKNOWN,
        shown="at least 1 h",
        reason="only known to be at-least this: squash-merged commits",
    )
    missed = examples.lead_time(
        VerdictStatus.MISSED,
        shown="2 d",
        explanation=Explanation(missing="1 d less", cheapest=("Release.",)),
    )

    assert page(examples.run(examples.lead_time(), bound, missed, examples.no_recovery())) == [
        "GATE                       MEASURED  TARGET       VERDICT",
        "lead-time-for-changes           1 h  <1 day       ✓ met",
        "    n=39, last 90 days, version tags; p90 5 h",
        "lead-time-for-changes  at least 1 h  <1 day       ? unknown",
        "    only known to be at-least this: squash-merged commits",
        "    n=39, last 90 days, version tags; p90 5 h",
        "lead-time-for-changes           2 d  <1 day       ✗ missed",
        "    1 d less",
        "    n=39, last 90 days, version tags; p90 5 h",
        "    → Release.",
        "mean-time-to-recovery          none  <30 minutes  · observed",
        "    n=0, last 90 days, deployed reverts",
        "1 gate missed, 1 unknown, 1 met; tracker report: .boss-gates/tracker.md",
    ]


def test_quiet_shows_only_what_is_not_met(examples: Examples) -> None:
    run = examples.run(
        examples.met(), examples.missed_complexity(), examples.skipped(), examples.observed()
    )
    assert page(run, quiet=True) == [
        "GATE        MEASURED  TARGET  VERDICT",
        "complexity        14  <=10    ✗ missed (warn)",
        "    1 function not <=10; the worst needs 4 less",
        "    14  src/shop/pricing.py:21  price_of",
        "    → Split the function where its branches part, or turn the branches into a",
        "      table.",
        "skipped: 1 gate (partial run: -k)",
    ]


def test_quiet_says_nothing_when_all_is_met(examples: Examples) -> None:
    assert page(examples.run(examples.met(), examples.observed()), quiet=True) == []


def test_quiet_tells_what_went_wrong(examples: Examples) -> None:
    run = examples.run(examples.met(), notes=("a note",), problems=("The disk is full.",))

    assert page(run, quiet=True) == ["problem: The disk is full."]


def test_a_met_run_ends_with_the_tracker_report(examples: Examples) -> None:
    assert page(examples.run(examples.met()))[-1] == (
        "1 gate met; tracker report: .boss-gates/tracker.md"
    )


def test_a_run_without_verdicts_says_so(examples: Examples) -> None:
    assert page(examples.run(), width=120) == [
        "no gate was judged; tracker report: .boss-gates/tracker.md"
    ]


def test_without_a_report_no_path_is_named(examples: Examples) -> None:
    run = examples.run(examples.met())
    assert texts(lines(run, width=80, quiet=False, unicode=True))[-1] == "1 gate met"


def test_reports_beside_the_tracker_are_not_listed_and_others_are(examples: Examples) -> None:
    paths = (".boss-gates/tracker.md", ".boss-gates/report.json", "build/gates.json")
    found = lines(examples.run(examples.met()), width=120, quiet=False, unicode=True, written=paths)
    assert texts(found)[-1] == (
        "1 gate met; tracker report: .boss-gates/tracker.md; also written: build/gates.json"
    )


def test_without_a_tracker_report_the_others_are_not_called_one(examples: Examples) -> None:
    run = examples.run(examples.met())
    found = lines(run, width=80, quiet=False, unicode=True, written=("report.json",))
    assert texts(found)[-1] == "1 gate met; written: report.json"


@pytest.mark.parametrize(
    ("encoding", "answer"),
    [("utf-8", True), ("latin-1", False), ("cp1252", False), ("nonsense", False), (None, False)],
)
def test_only_an_encoding_of_everything_speaks_unicode(
    encoding: str | None, *, answer: bool
) -> None:
    assert speaks_unicode(encoding) is answer


def test_a_problem_is_told_by_its_first_line(examples: Examples) -> None:
    run = examples.run(problems=("coverage failed: boom\nTraceback (most recent call last):",))
    assert "problem: coverage failed: boom" in page(run)


def test_neighbours_with_different_reasons_are_each_explained(examples: Examples) -> None:
    first, second = (
        examples.verdict(VerdictStatus.UNKNOWN, reason=reason, remedy="Mend it.")
        for reason in ("a worker was lost", "no data file")
    )
    assert page(examples.run(first, second), quiet=True)[2:] == [
        "    a worker was lost",
        "    → Mend it.",
        "code-coverage         -  >90%    ? unknown",
        "    no data file",
        "    → Mend it.",
    ]


def test_a_long_scope_gives_its_middle_before_the_table_grows(examples: Examples) -> None:
    row = page(examples.run(examples.met("src/" + "deep/" * 30 + "leaf.py")))[1]
    assert re.fullmatch(r"code-coverage src/[\w/]+…[\w/]+leaf\.py +99 %  >=98%   ✓ met", row)
    assert columns(row) <= 80


def test_an_item_is_named_once_and_keeps_its_line(examples: Examples) -> None:
    item = Item(
        name="tests/test_shop.py::test_slow",
        value=7.5,
        place=Place(path="tests/test_shop.py", line=9),
        note="call 7.5 s",
    )
    verdict = examples.verdict(
        VerdictStatus.MISSED,
        metric=SLOWEST_TEST,
        reason="7.50 s is not <5 s",
        explanation=Explanation(where=(item,)),
    )
    shown = page(examples.run(verdict))
    assert "    7.50 s  tests/test_shop.py:9  test_slow  call 7.5 s" in shown
    assert "    7.50 s is not <5 s" in shown


def test_a_name_takes_the_room_that_a_short_note_leaves(examples: Examples) -> None:
    name = "test_a_parcel_is_on_its_way_to_its_address"
    item = Item(name=f"a.py::{name}", value=7.5, place=Place(path="a.py"), note="call 7.5 s")
    verdict = examples.verdict(
        VerdictStatus.MISSED, metric=SLOWEST_TEST, explanation=Explanation(where=(item,))
    )

    assert f"    7.50 s  a.py  {name}  call 7.5 s" in page(examples.run(verdict))


def test_a_note_that_has_no_room_beside_its_place_stands_below_it(examples: Examples) -> None:
    item = Item(
        name="Type Checking",
        value=7.5,
        place=Place(path="docs/tracker.md", line=17),
        note="Status claims Completed; the evidence is In Progress",
    )
    verdict = examples.verdict(
        VerdictStatus.MISSED, metric=SLOWEST_TEST, explanation=Explanation(where=(item,))
    )

    shown = page(examples.run(verdict))

    at = shown.index("    7.50 s  docs/tracker.md:17  Type Checking")
    assert shown[at + 1] == "            Status claims Completed; the evidence is In Progress"


def test_an_ascii_terminal_gets_ascii(examples: Examples) -> None:
    shown = page(examples.full(), unicode=False)
    assert all(line.isascii() for line in shown)
    assert "code-coverage                           87 %  >90%         x missed" in shown
    assert "    > Cover 4 of 5 lines in src/shop/cart.py (lines 3-6, 12)." in shown


def test_colours_say_what_the_words_say(examples: Examples) -> None:
    found = markup(examples.full())
    assert found["✗ missed"] == ("red",)
    assert found["✗ missed (warn)"] == ("yellow",)
    assert found["? unknown (warn)"] == ("yellow",)
    assert found["✓ met"] == ("green",)
    assert found["no target: tests 61"] == ("light",)
    assert found[".boss-gates/tracker.md"] == ("red", "bold")


def test_every_markup_is_one_that_pytest_knows(examples: Examples) -> None:
    known = {"red", "green", "yellow", "bold", "light"}
    assert {name for names in markup(examples.full()).values() for name in names} <= known


@given(data=st.data(), width=st.integers(40, 160))
@settings(max_examples=150, deadline=None)
def test_no_line_is_wider_than_the_terminal(
    data: st.DataObject, width: int, examples: Examples
) -> None:
    run = data.draw(examples.any_run())
    path = data.draw(examples.any_text())
    for unicode in (True, False):
        for quiet in (True, False):
            found = lines(run, width=width, quiet=quiet, unicode=unicode, written=(path,))
            assert max((columns(text) for text in texts(found)), default=0) <= width


@pytest.mark.parametrize("start", ["", "word ", "##[x] "])
def test_no_line_begins_with_a_workflow_command_wherever_it_is_broken(
    start: str, examples: Examples
) -> None:
    for length in range(90):
        text = f"{start}{'x' * length}::error::pwned"
        spaced = f"{start}{'x' * length} ::error::pwned"
        run = examples.run(notes=(text, spaced), problems=(text,))
        found = texts(lines(run, width=60, quiet=False, unicode=True, written=(text,)))
        assert not [line for line in found if line.lstrip().startswith("::")]
        assert not [line for line in found if re.search(r"##\w*\[", line)]


def test_the_headline_counts_what_blocks(examples: Examples) -> None:
    unknown = examples.verdict(VerdictStatus.UNKNOWN, reason="no data")
    missed = examples.missed_coverage()
    run = examples.run(
        missed, missed, unknown, examples.missed_complexity(), outcome=Outcome.MISSED
    )
    assert headline(run) == (("gates missed", 2), ("gate unknown", 1))


def test_the_headline_is_empty_when_nothing_blocks(examples: Examples) -> None:
    assert headline(examples.run(examples.met(), examples.missed_complexity())) == ()


def test_the_headline_is_empty_when_the_run_only_reports(examples: Examples) -> None:
    missed = examples.missed_complexity(enforce=Enforce.BLOCK)
    assert headline(examples.run(missed, report_only=True)) == ()
    assert headline(examples.run(missed)) == (("gate missed", 1),)
