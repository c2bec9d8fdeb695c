"""The judge: exact comparison, five verdicts, bounds that may only fail, and explanations."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.judge import judge, outcome, rust, slack, tighter
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import (
    Bound,
    Enforce,
    Item,
    Measurement,
    Outcome,
    Place,
    Slack,
    Target,
    Verdict,
    VerdictStatus,
)
from pytest_boss_gates.settings.targets import parse_wanted, spell_wanted

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


def test_without_a_target_a_value_is_only_observed() -> None:
    judged = judge(METRICS["tests"], None, Measurement(metric="tests", value=3))

    assert (judged.status, judged.blocking) == (VerdictStatus.OBSERVED, False)


def test_a_relative_target_is_unknown_as_long_as_no_base_is_known() -> None:
    judged = verdict(
        "uncovered-lines", "no worse than base", Measurement(metric="uncovered-lines", value=3)
    )

    assert judged.status is UNKNOWN
    assert "history" in judged.reason


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


def test_a_missed_count_says_how_many_fewer() -> None:
    measurement = Measurement(metric="skipped-tests", value=5)

    at_most = verdict("skipped-tests", "<=3", measurement).explanation.missing
    below = verdict("skipped-tests", "<3", measurement).explanation.missing

    assert (at_most, below) == ("2 fewer skipped tests", "3 fewer skipped tests")


def test_a_missed_duration_says_how_many_seconds_and_which_tests_take_them() -> None:
    items = (Item(name="test_a", value=4.0, note="call 4 s"), Item(name="test_b", value=1.0))
    measurement = Measurement(metric="session-duration", value=7.5, items=items)

    explanation = verdict("session-duration", "<5 s", measurement).explanation

    assert explanation.missing == "2.50 s less"
    assert explanation.cheapest == ("test_a: 4 s (call 4 s).",)


def test_a_value_exactly_on_a_strict_bound_says_so() -> None:
    judged = verdict("session-duration", "<5 s", Measurement(metric="session-duration", value=5))

    assert judged.explanation.missing == "a little less"


@pytest.mark.parametrize(
    ("text", "value", "left"),
    [
        (">90%", Fraction(95, 100), Fraction(5, 100)),
        (">90%", Fraction(90, 100), None),  # not met
        (">=90%", Fraction(90, 100), Fraction(0)),
        ("=100%", Fraction(1), None),  # just one good value
        ("no worse than base", Fraction(1), None),
    ],
)
def test_slack_is_the_distance_of_a_met_value(
    text: str, value: Fraction, left: Fraction | None
) -> None:
    assert slack(value, target("code-coverage", text).wanted) == left


@pytest.mark.parametrize(
    ("metric", "stricter", "looser"),
    [
        ("code-coverage", ">95%", ">90%"),
        ("complexity", "<=9", "<=10"),
        ("complexity", "A", "B"),
        ("session-duration", "<1 minute", "<61 s"),
    ],
)
def test_tighter_knows_the_direction(metric: str, stricter: str, looser: str) -> None:
    tight, loose = target(metric, stricter).wanted, target(metric, looser).wanted

    assert tighter(tight, loose)
    assert not tighter(loose, tight)
    assert not tighter(tight, tight)


def test_bounds_of_two_kinds_are_not_compared() -> None:
    assert not tighter(
        target("code-coverage", ">=95%").wanted, target("code-coverage", ">90%").wanted
    )


def rusted(covered: int, *, text: str = ">90%", limit: Fraction = Fraction(5, 100)) -> list[str]:
    wanted = replace(
        target("code-coverage", text), max_slack=Slack(value=limit, text="5 points"), scope="src/**"
    )
    return list(rust([judge(METRICS["code-coverage"], wanted, share(covered, 1000))]))


def test_a_target_that_has_rusted_is_told_with_its_slack() -> None:
    assert rusted(973) == [
        (
            "code-coverage of src/** is 97.30 %, 7.30 points better than >90%: more than its "
            "max-slack of 5 points. `boss-gates tighten` makes it stricter."
        )
    ]


def test_slack_up_to_its_maximum_and_what_is_not_met_are_not_told() -> None:
    assert rusted(950) == []
    assert rusted(951) != []
    assert rusted(899) == []
    assert rusted(1000, text="=100%") == []


def test_a_target_without_a_max_slack_never_rusts() -> None:
    assert list(rust([verdict("code-coverage", ">1%", share(1000, 1000))])) == []
