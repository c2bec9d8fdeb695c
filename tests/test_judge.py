"""The judge: exact comparison, five verdicts, bounds that may only fail, and explanations."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.judge import judge, outcome
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import (
    BaseValue,
    Bound,
    Enforce,
    Item,
    Measurement,
    Outcome,
    Place,
    Target,
    Unit,
    Verdict,
    VerdictStatus,
    spell,
)
from pytest_boss_gates.settings.targets import parse_wanted, spell_wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

MET, MISSED = VerdictStatus.MET, VerdictStatus.MISSED
UNKNOWN, SKIPPED = VerdictStatus.UNKNOWN, VerdictStatus.SKIPPED


def target(metric: str, text: str, *, enforce: Enforce = Enforce.BLOCK) -> Target:
    wanted = parse_wanted(text, METRICS[metric])
    return Target(metric=metric, wanted=wanted, text=spell_wanted(wanted), enforce=enforce)


def verdict(
    metric: str,
    text: str,
    measurement: Measurement,
    *,
    partial: str = "",
    strict: bool = False,
    enforce: Enforce = Enforce.BLOCK,
) -> Verdict:
    wanted = target(metric, text, enforce=enforce)
    return judge(METRICS[metric], wanted, measurement, partial=partial, strict=strict)


def share(numerator: int, denominator: int, bound: Bound = Bound.EXACT) -> Measurement:
    return Measurement(
        metric="code-coverage",
        value=Fraction(numerator, denominator),
        bound=bound,
        numerator=numerator,
        denominator=denominator,
    )


@pytest.mark.parametrize(
    ("metric", "text", "value", "status"),
    [
        # the target itself: strict comparators exclude it
        ("code-coverage", ">90%", Fraction(9, 10), MISSED),
        ("code-coverage", ">=90%", Fraction(9, 10), MET),
        ("session-duration", "<10 minutes", 600.0, MISSED),
        ("session-duration", "<=10 minutes", 600, MET),
        # a hair's breadth, which rounding would forgive
        ("code-coverage", ">=90%", Fraction(89_999, 100_000), MISSED),
        ("code-coverage", ">=75%", Fraction(7463, 10_000), MISSED),
        ("code-coverage", ">=100%", Fraction(99_999_999, 100_000_000), MISSED),
        ("code-coverage", ">90%", Fraction(9_000_001, 10_000_000), MET),
        # thirds are not decimals
        ("code-coverage", ">=66.67%", Fraction(2, 3), MISSED),
        ("code-coverage", ">=66.66%", Fraction(2, 3), MET),
        # ranks and counts
        ("complexity", "B", 10, MET),
        ("complexity", "B", 11, MISSED),
        ("skipped-tests", "=0", 0, MET),
        ("skipped-tests", "=0", 1, MISSED),
        ("tests", ">=60", 59, MISSED),
        # the tracker's own spellings
        ("lead-time-for-changes", "<1 day", 86_399, MET),
        ("mean-time-to-recovery", "<30 minutes", 1800, MISSED),
        ("deployment-frequency", "Daily", 5, MET),
        ("build-success-rate", ">95%", Fraction(95, 100), MISSED),
    ],
)
def test_the_comparison_is_exact(
    metric: str, text: str, value: Fraction | float, status: VerdictStatus
) -> None:
    assert verdict(metric, text, Measurement(metric=metric, value=value)).status is status


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.integers(0, 10_000))
def test_a_share_meets_its_target_exactly_when_its_integers_do(
    numerator: int, extra: int, hundredths: int
) -> None:
    denominator = numerator + extra

    judged = verdict("code-coverage", f">={hundredths / 100:.2f}%", share(numerator, denominator))

    assert (judged.status is MET) is (numerator * 10_000 >= hundredths * denominator)


@given(st.integers(0, 400), st.integers(1, 400), st.integers(1, 99), st.sampled_from((">", ">=")))
def test_the_missing_lines_are_as_many_as_it_takes_and_no_more(
    numerator: int, extra: int, percent: int, sign: str
) -> None:
    denominator = numerator + extra
    text = f"{sign}{percent}%"

    judged = verdict("line-coverage", text, share(numerator, denominator))

    if judged.status is MISSED:
        needed = int(judged.explanation.missing.split()[0])
        enough = share(numerator + needed, denominator)
        one_short = share(numerator + needed - 1, denominator)
        assert verdict("line-coverage", text, enough).status is MET
        assert verdict("line-coverage", text, one_short).status is MISSED


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(1, 99))
def test_the_printed_number_never_contradicts_the_verdict(
    numerator: int, extra: int, percent: int
) -> None:
    denominator = numerator + extra

    judged = verdict("code-coverage", f">={percent}%", share(numerator, denominator))

    printed = Fraction(judged.shown.removesuffix(" %"))
    assert (printed >= percent) is (judged.status is MET)


@pytest.mark.parametrize(
    ("metric", "text", "value", "bound", "status"),
    [
        # a lower bound above a < target is a miss; below it, nobody knows
        ("session-duration", "<10 minutes", 700, Bound.AT_LEAST, MISSED),
        ("session-duration", "<10 minutes", 500, Bound.AT_LEAST, UNKNOWN),
        # an upper bound below a > target is a miss; above it, nobody knows
        ("code-coverage", ">90%", Fraction(1, 2), Bound.AT_MOST, MISSED),
        ("code-coverage", ">90%", Fraction(19, 20), Bound.AT_MOST, UNKNOWN),
        # a bound on the good side never meets a target by itself
        ("code-coverage", ">90%", Fraction(19, 20), Bound.AT_LEAST, UNKNOWN),
        ("code-coverage", ">90%", Fraction(1, 2), Bound.AT_LEAST, UNKNOWN),
        ("complexity", "<=10", 3, Bound.AT_MOST, UNKNOWN),
        # equality fails only beyond the bound
        ("warnings", "=0", 2, Bound.AT_LEAST, MISSED),
        ("warnings", "=0", 0, Bound.AT_LEAST, UNKNOWN),
    ],
)
def test_a_bound_may_only_fail(
    metric: str, text: str, value: Fraction | int, bound: Bound, status: VerdictStatus
) -> None:
    measurement = Measurement(metric=metric, value=value, bound=bound, bound_reason="a.py is odd")

    judged = verdict(metric, text, measurement)

    assert judged.status is status
    assert "a.py is odd" in judged.reason


def test_what_was_not_measured_is_unknown_with_its_reason() -> None:
    judged = verdict("complexity", "<=10", Measurement.unknown("complexity", "no source"))

    assert judged.status is UNKNOWN
    assert judged.reason == "no source"
    assert judged.shown == "-"
    assert judged.blocking


def test_what_this_run_is_not_for_is_skipped_and_does_not_block() -> None:
    judged = verdict("code-coverage", ">90%", Measurement.skipped("code-coverage", "--no-cov"))

    assert (judged.status, judged.reason, judged.blocking) == (SKIPPED, "--no-cov", False)


def test_a_partial_run_skips_whole_suite_targets_even_when_they_would_be_missed() -> None:
    judged = verdict("code-coverage", ">90%", share(1, 2), partial="-k")

    assert (judged.status, judged.reason) == (SKIPPED, "partial run: -k")


def test_a_partial_run_still_judges_what_does_not_depend_on_the_tests() -> None:
    judged = verdict("complexity", "<=10", Measurement(metric="complexity", value=11), partial="-k")

    assert judged.status is MISSED


def test_what_was_looked_for_and_did_not_happen_is_observed_and_not_met() -> None:
    none = Measurement(
        metric="mean-time-to-recovery", n=0, reason="none (n=0, 90 days)", is_none=True
    )

    found = verdict("mean-time-to-recovery", "<30 minutes", none)

    assert (found.status, found.shown, found.blocking) == (VerdictStatus.OBSERVED, "none", False)
    assert found.reason == "none (n=0, 90 days)"


@pytest.mark.parametrize(
    ("text", "age", "status"),
    [
        ("<30 minutes", 1_799, MET),
        ("<30 minutes", 1_800, MISSED),
        ("<=30 minutes", 1_800, MET),
        ("<=30 minutes", 1_801, MISSED),
    ],
)
def test_what_is_not_over_misses_alone_when_it_is_beyond_the_target(
    text: str, age: int, status: VerdictStatus
) -> None:
    going_on = Item(name="checkout down", value=age)
    measured = Measurement(metric="mean-time-to-recovery", value=60, n=1, pending=(going_on,))

    assert verdict("mean-time-to-recovery", text, measured).status is status


def test_a_miss_by_what_is_not_over_says_what_it_is_and_not_how_far_the_mean_is_off() -> None:
    going_on = Item(name="checkout down", value=7_200)
    measured = Measurement(metric="mean-time-to-recovery", value=60, n=1, pending=(going_on,))

    found = verdict("mean-time-to-recovery", "<30 minutes", measured)

    assert found.reason == "checkout down is not over after 2 h: not <30 minutes"
    assert found.explanation.missing == ""


def test_without_a_target_a_value_is_only_observed() -> None:
    judged = judge(METRICS["tests"], None, Measurement(metric="tests", value=3))

    assert (judged.status, judged.blocking) == (VerdictStatus.OBSERVED, False)


def since(
    base: float | Fraction, bound: Bound = Bound.EXACT, *, source: str = "main at 1a2b3c4"
) -> BaseValue:
    return BaseValue(value=base, bound=bound, bound_reason="b.py is odd", source=source)


def test_a_relative_target_is_unknown_as_long_as_no_base_is_known() -> None:
    judged = verdict(
        "uncovered-lines", "no worse than base", Measurement(metric="uncovered-lines", value=3)
    )

    assert judged.status is UNKNOWN
    assert judged.reason == "the base's value is not known: no history has it"


def test_a_base_that_cannot_be_reached_says_why_and_what_to_do() -> None:
    base = BaseValue(reason="the clone is shallow", remedy="Set fetch-depth: 0.")
    measurement = Measurement(metric="uncovered-lines", value=3, base=base)

    judged = verdict("uncovered-lines", "no worse than base", measurement)

    assert judged.status is UNKNOWN
    assert judged.reason == "the base's value is not known: the clone is shallow"
    assert judged.remedy == "Set fetch-depth: 0."


@pytest.mark.parametrize(
    ("metric", "text", "base", "value", "status"),
    [
        # the same, better, worse, each in the metric's direction
        ("uncovered-lines", "no worse than base", 3, 3, MET),
        ("uncovered-lines", "no worse than base", 3, 2, MET),
        ("uncovered-lines", "no worse than base", 3, 4, MISSED),
        ("code-coverage", "no worse than base", Fraction(2, 3), Fraction(2, 3), MET),
        ("code-coverage", "no worse than base", Fraction(2, 3), Fraction(3, 4), MET),
        ("code-coverage", "no worse than base", Fraction(2, 3), Fraction(1, 2), MISSED),
        # a hair's breadth, which rounding would forgive
        ("code-coverage", "no worse than base", Fraction(2, 3), Fraction(199_999, 300_000), MISSED),
        # the tolerance itself is allowed, a hair more is not
        (
            "code-coverage",
            "no worse than base by 0.5 points",
            Fraction(9, 10),
            Fraction(895, 1000),
            MET,
        ),
        (
            "code-coverage",
            "no worse than base by 0.5 points",
            Fraction(9, 10),
            Fraction(8_949_999, 10_000_000),
            MISSED,
        ),
        ("uncovered-lines", "no worse than base by 2", 3, 5, MET),
        ("uncovered-lines", "no worse than base by 2", 3, 6, MISSED),
        ("session-duration", "no worse than base by 30 s", 100.0, 130, MET),
        ("session-duration", "no worse than base by 30 s", 100.0, 130.001, MISSED),
    ],
)
def test_a_relative_target_is_compared_exactly_with_the_base(
    metric: str, text: str, base: Fraction | float, value: Fraction | float, status: VerdictStatus
) -> None:
    measurement = Measurement(metric=metric, value=value, base=since(base))

    assert verdict(metric, text, measurement).status is status


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 3000), st.integers(0, 9999))
def test_a_relative_verdict_and_the_numbers_it_prints_agree(
    before: int, now: int, total: int, hundredths: int
) -> None:
    text = f"no worse than base by {hundredths / 100:.2f} points"
    base, value = Fraction(min(before, total), total), Fraction(min(now, total), total)
    measurement = Measurement(metric="line-coverage", value=value, base=since(base))

    judged = verdict("line-coverage", text, measurement)

    assert (judged.status is MET) is (value >= base - Fraction(hundredths, 10_000))
    if judged.status is MISSED:
        shown, limit = re.findall(r"(-?[0-9.]+) %", judged.reason)[:2]
        assert Fraction(shown) < Fraction(limit)


def test_a_relative_miss_names_both_values_and_the_base() -> None:
    measurement = Measurement(
        metric="line-coverage",
        value=Fraction(80, 100),
        numerator=80,
        denominator=100,
        base=since(Fraction(9, 10)),
    )

    judged = verdict("line-coverage", "no worse than base by 5 points", measurement)

    assert judged.reason == "80 % is not >=85 % (base 90 %, main at 1a2b3c4)"
    assert judged.explanation.missing == ("5 more lines, to be >=85 % (base 90 %, main at 1a2b3c4)")


@pytest.mark.parametrize(
    ("metric", "value", "bound", "status"),
    [
        # fewer is better: the base had 3 or more, so 3 is no worse, and 4 may be
        ("uncovered-lines", 3, Bound.AT_LEAST, MET),
        ("uncovered-lines", 4, Bound.AT_LEAST, UNKNOWN),
        ("uncovered-lines", 3, Bound.AT_MOST, UNKNOWN),
        ("uncovered-lines", 4, Bound.AT_MOST, MISSED),
        # more is better
        ("tests", 3, Bound.AT_LEAST, UNKNOWN),
        ("tests", 2, Bound.AT_LEAST, MISSED),
        ("tests", 3, Bound.AT_MOST, MET),
        ("tests", 2, Bound.AT_MOST, UNKNOWN),
    ],
)
def test_a_base_that_is_only_a_bound_decides_no_more_than_it_can(
    metric: str, value: int, bound: Bound, status: VerdictStatus
) -> None:
    measurement = Measurement(metric=metric, value=value, base=since(3, bound))

    judged = verdict(metric, "no worse than base", measurement)

    assert judged.status is status
    assert (status is UNKNOWN) is (
        f"only known to be {bound.value} 3: b.py is odd" in judged.reason
    )


def function(name: str, value: int, before: int | None, path: str = "a.py") -> Item:
    return Item(name=name, value=value, before=before, place=Place(path=path, line=1))


def functions(
    *items: Item, blind: Mapping[str, str] | None = None, bound: Bound = Bound.EXACT
) -> Measurement:
    base = BaseValue(value=20, by_item=True, source="main at 1a2b3c4", blind=blind or {})
    worst = max(int(item.value) for item in items)
    return Measurement(
        metric="complexity",
        value=worst,
        items=items,
        base=base,
        bound=bound,
        bound_reason="b.py is odd",
    )


def by_item(measurement: Measurement, text: str = "no worse than base") -> Verdict:
    wanted = replace(target("complexity", text), limit=parse_wanted("<=10", METRICS["complexity"]))
    return judge(METRICS["complexity"], wanted, measurement)


@pytest.mark.parametrize(
    ("value", "before", "text", "status"),
    [
        # within the limit nothing counts
        (10, None, "no worse than base", MET),
        (10, 1, "no worse than base", MET),
        # over it: as it was, better, worse, new
        (20, 20, "no worse than base", MET),
        (19, 20, "no worse than base", MET),
        (21, 20, "no worse than base", MISSED),
        (11, 10, "no worse than base", MISSED),
        (11, None, "no worse than base", MISSED),
        # the tolerance is for what was there
        (22, 20, "no worse than base by 2", MET),
        (23, 20, "no worse than base by 2", MISSED),
        (11, None, "no worse than base by 2", MISSED),
    ],
)
def test_offenders_may_not_get_worse_and_new_ones_may_not_appear(
    value: int, before: int | None, text: str, status: VerdictStatus
) -> None:
    assert by_item(functions(function("f", value, before)), text).status is status


def test_a_better_worst_function_does_not_hide_a_new_offender() -> None:
    measurement = functions(function("huge", 30, 40), function("new", 12, None))

    assert by_item(measurement).status is MISSED


def test_a_relative_miss_by_item_lists_before_and_after_nearest_first() -> None:
    measurement = functions(
        function("huge", 40, 31), function("kept", 22, 22), function("large", 13, None)
    )

    judged = by_item(measurement)

    assert judged.reason == (
        "1 function got worse, 1 new function not <=10 (base: main at 1a2b3c4)"
    )
    assert [(item.name, item.note) for item in judged.explanation.where] == [
        ("huge", "was 31"),
        ("large", "new"),
    ]
    assert judged.explanation.cheapest == (
        "large (a.py:1): 13, new, needs 3 less.",
        "huge (a.py:1): 40, was 31, needs 9 less.",
    )


def test_what_cannot_be_looked_at_in_the_base_is_unknown_not_new() -> None:
    blind = {"a.py": "line 3: invalid syntax"}

    over = by_item(functions(function("f", 12, None), blind=blind))
    within = by_item(functions(function("f", 9, None), blind=blind))
    elsewhere = by_item(
        functions(function("f", 12, None), function("g", 12, None, "b.py"), blind=blind)
    )

    assert over.status is UNKNOWN
    assert over.reason == "the base's values are not known: a.py: line 3: invalid syntax"
    assert within.status is MET
    assert elsewhere.status is MISSED
    assert [item.name for item in elsewhere.explanation.where] == ["g"]


def test_functions_that_cannot_be_seen_leave_a_relative_verdict_open() -> None:
    unseen = by_item(functions(function("f", 9, None), bound=Bound.AT_LEAST))
    worse = by_item(functions(function("f", 11, 9), bound=Bound.AT_LEAST))

    assert (unseen.status, unseen.reason) == (UNKNOWN, "there may be more: b.py is odd")
    assert worse.status is MISSED


def test_a_target_that_warns_is_told_and_does_not_block() -> None:
    judged = verdict("code-coverage", ">90%", share(1, 2), enforce=Enforce.WARN)

    assert (judged.status, judged.blocking) == (MISSED, False)
    assert outcome([judged]) is Outcome.MET


def test_a_missed_target_outweighs_an_unknown_one() -> None:
    missed = verdict("code-coverage", ">90%", share(1, 2))
    unknown = verdict("complexity", "<=10", Measurement.unknown("complexity", "no source"))
    met = verdict("code-coverage", ">90%", share(1, 1))

    assert outcome([met]) is Outcome.MET
    assert outcome([met, unknown]) is Outcome.UNKNOWN
    assert outcome([met, unknown, missed]) is Outcome.MISSED


def test_strict_makes_unknown_and_skipped_block_as_missed_does() -> None:
    unknown = Measurement.unknown("complexity", "no source")
    skipped = Measurement.skipped("code-coverage", "--no-cov")

    for judged in (
        verdict("complexity", "<=10", unknown, strict=True),
        verdict("code-coverage", ">90%", skipped, strict=True),
    ):
        assert judged.blocking
        assert outcome([judged], strict=True) is Outcome.MISSED


@pytest.mark.parametrize("partial", ["", "-k"])
def test_strict_lets_a_change_pass_in_which_there_is_nothing_to_judge(partial: str) -> None:
    nothing = Measurement.skipped("patch-coverage", "no changed lines since main", is_none=True)

    judged = verdict("patch-coverage", ">=95%", nothing, strict=True, partial=partial)

    assert (judged.status, judged.reason) == (SKIPPED, "no changed lines since main")
    assert outcome([judged], strict=True) is Outcome.MET


def test_strict_leaves_warnings_warnings() -> None:
    unknown = Measurement.unknown("complexity", "no source")

    judged = verdict("complexity", "<=10", unknown, strict=True, enforce=Enforce.WARN)

    assert outcome([judged], strict=True) is Outcome.MET


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.11.2", MET), ("1.7", MISSED), ("2.0.0rc1", MISSED), ("not a version", UNKNOWN)],
)
def test_a_version_is_held_against_its_range(version: str, status: VerdictStatus) -> None:
    measurement = Measurement(metric="tool-version", scope="mypy", value=version)

    assert verdict("tool-version", ">=1.8,<2", measurement).status is status


def test_a_missed_share_names_the_fewest_files_that_reach_the_target() -> None:
    items = (
        Item(name="big.py", value=6, place=Place(path="big.py", line=3), note="lines 3-8"),
        Item(name="small.py", value=2, place=Place(path="small.py", line=1), note="lines 1-2"),
    )
    measurement = Measurement(
        metric="line-coverage", value=Fraction(12, 20), numerator=12, denominator=20, items=items
    )

    explanation = verdict("line-coverage", ">=95%", measurement).explanation

    assert explanation.missing == "7 more lines"
    assert explanation.cheapest == (
        "Cover 6 lines in big.py (lines 3-8).",
        "Cover 1 of 2 lines in small.py (lines 1-2).",
    )


def test_a_step_names_the_first_of_many_places_and_the_item_all_of_them() -> None:
    lines = ", ".join(map(str, range(1, 40, 2)))
    note = f"lines {lines}; branches 50->51, 52->exit"
    item = Item(name="big.py", value=22, place=Place(path="big.py", line=1), note=note)
    measurement = Measurement(
        metric="line-coverage", value=Fraction(3, 25), numerator=3, denominator=25, items=(item,)
    )

    explanation = verdict("line-coverage", ">=12.1%", measurement).explanation

    places = "lines 1, 3, 5, 7, 9, 11, 13, 15 and 12 more; branches 50->51, 52->exit"
    assert explanation.cheapest == (f"Cover 1 of 22 lines in big.py ({places}).",)
    assert explanation.where == (item,)


def test_a_missed_worst_lists_every_offender_nearest_first() -> None:
    items = tuple(
        Item(name=name, value=value, place=Place(path="a.py", line=line))
        for name, value, line in (("huge", 21, 9), ("large", 12, 5), ("fine", 10, 1))
    )
    measurement = Measurement(metric="complexity", value=21, items=items)

    explanation = verdict("complexity", "<=10", measurement).explanation

    assert explanation.missing == "2 functions not <=10; the worst needs 11 less"
    assert [item.name for item in explanation.where] == ["huge", "large"]
    assert explanation.cheapest == (
        "large (a.py:5): 12, needs 2 less.",
        "huge (a.py:9): 21, needs 11 less.",
    )


def test_a_missed_percentile_counts_the_tests_that_are_too_many() -> None:
    items = tuple(Item(name=name, value=value) for name, value in (("c", 3), ("b", 2), ("a", 1)))
    measurement = Measurement(metric="test-duration-p95", value=3, n=22, items=items)

    explanation = verdict("test-duration-p95", "<2 s", measurement).explanation

    assert explanation.missing == "1 s less: 2 tests too many are not <2 s"
    assert [item.name for item in explanation.where] == ["c", "b"]
    assert explanation.cheapest[0] == "b: 2 s, needs a little less."


def test_a_missed_mean_lists_what_lifts_it_and_how_much_is_too_much_in_all() -> None:
    items = tuple(Item(name=name, value=value) for name, value in (("c", 9), ("b", 4), ("a", 1)))
    measurement = Measurement(
        metric="complexity-average",
        value=Fraction(14, 3),
        numerator=14,
        denominator=3,
        items=items,
    )

    explanation = verdict("complexity-average", "<=3", measurement).explanation

    assert explanation.missing == "1.67 less, 5 in all over 3 functions"
    assert [item.name for item in explanation.where] == ["c", "b"]


def test_a_missed_count_says_how_many_fewer() -> None:
    measurement = Measurement(metric="skipped-tests", value=5)

    at_most = verdict("skipped-tests", "<=3", measurement).explanation.missing
    below = verdict("skipped-tests", "<3", measurement).explanation.missing

    assert (at_most, below) == ("2 fewer skipped tests", "3 fewer skipped tests")


@pytest.mark.parametrize(
    ("value", "steps"),
    [
        (7.5, ["2.50 s less in test_a is enough: it takes 4 s."]),
        (9.5, ["4.50 s less in the 2 slowest tests is enough: they take 5 s together."]),
        (
            99.0,
            [
                "The 2 tests that take longest take 5 s together, which is not enough.",
                METRICS["session-duration"].fix,
            ],
        ),
    ],
)
def test_a_missed_duration_says_in_how_few_tests_the_time_can_be_saved(
    value: float, steps: list[str]
) -> None:
    items = (Item(name="test_a", value=4.0, note="call 4 s"), Item(name="test_b", value=1.0))
    measurement = Measurement(metric="session-duration", value=value, items=items)

    explanation = verdict("session-duration", "<5 s", measurement).explanation

    assert explanation.missing == f"{spell(value - 5, Unit.SECONDS)} less"
    assert list(explanation.cheapest) == steps


def test_of_tests_that_ran_side_by_side_nobody_can_say_what_each_would_save() -> None:
    items = (Item(name="test_a", value=4.0), Item(name="test_b", value=4.0))
    measurement = Measurement(metric="session-duration", value=6.0, items=items)

    explanation = verdict("session-duration", "<5 s", measurement).explanation

    assert (explanation.missing, explanation.cheapest) == ("1 s less", ())
    assert explanation.where == items


def test_the_nearest_of_many_offenders_are_the_cheapest() -> None:
    items = tuple(Item(name=f"f{value}", value=value) for value in range(40, 0, -1))
    measurement = Measurement(metric="complexity", value=40, items=items, n=40)

    explanation = verdict("complexity", "<=10", measurement).explanation

    assert explanation.missing == "30 functions not <=10; the worst needs 30 less"
    assert explanation.where[0].name == "f40"
    assert explanation.cheapest[0] == "f11: 11, needs 1 less."
    assert len(explanation.cheapest) == 10


def test_offenders_that_are_not_all_listed_are_at_least_so_many() -> None:
    items = tuple(Item(name=f"t{n}", value=9.0 - n) for n in range(3))
    measurement = Measurement(metric="slowest-test", value=9.0, items=items, n=1000)

    explanation = verdict("slowest-test", "<5 s", measurement).explanation

    assert explanation.missing == "at least 3 tests not <5 s; the worst needs 4 s less"


def test_a_file_and_a_test_are_named_once() -> None:
    items = (
        Item(name="a.py::test", value=9, place=Place(path="a.py")),
        Item(name="deep", value=8, place=Place(path="a.py", line=3)),
    )
    measurement = Measurement(metric="slowest-test", value=9, items=items)

    explanation = verdict("slowest-test", "<5 s", measurement).explanation

    assert [step.partition(":  ")[0].partition(": ")[0] for step in explanation.cheapest] == [
        "deep (a.py:3)",
        "a.py::test",
    ]


def test_of_a_total_that_grew_since_the_base_only_the_growth_is_shown() -> None:
    items = (
        Item(name="old.py", value=9, before=9, note="noqa 1"),
        Item(name="grown.py", value=5, before=3, note="new: noqa 7"),
        Item(name="new.py", value=1, note="noqa 2"),
    )
    measurement = Measurement(
        metric="suppressions", value=15, items=items, base=BaseValue(value=12, source="main")
    )

    relative = verdict("suppressions", "no worse than base", measurement).explanation
    absolute = verdict("suppressions", "<=12", measurement).explanation

    assert [(item.name, item.value, item.note) for item in relative.where] == [
        ("grown.py", 2, "was 3; new: noqa 7"),
        ("new.py", 1, "new; noqa 2"),
    ]
    assert absolute.missing == "3 fewer suppressions"
    assert relative.missing == "3 fewer suppressions, to be <=12 (base, main)"
    assert [item.name for item in absolute.where] == ["old.py", "grown.py", "new.py"]


def test_a_value_exactly_on_a_strict_bound_says_so() -> None:
    judged = verdict("session-duration", "<5 s", Measurement(metric="session-duration", value=5))

    assert judged.explanation.missing == "a little less"
