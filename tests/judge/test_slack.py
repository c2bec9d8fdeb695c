"""Slack: two bounds compared, the distance of a met value, and targets that rust."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_boss_gates.judge import judge
from pytest_boss_gates.judge.slack import rust, slack, tighter
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Measurement, Slack, Target
from pytest_boss_gates.settings.targets import parse_wanted, spell_wanted


def target(metric: str, text: str) -> Target:
    wanted = parse_wanted(text, METRICS[metric])
    return Target(metric=metric, wanted=wanted, text=spell_wanted(wanted))


def share(numerator: int, denominator: int) -> Measurement:
    return Measurement(metric="code-coverage", value=Fraction(numerator, denominator))


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
            "max-slack of 5 points. `boss-gates tighten` makes it "
            "stricter; its --margin says how far."
        )
    ]


def test_slack_up_to_its_maximum_and_what_is_not_met_are_not_told() -> None:
    assert rusted(950) == []
    assert rusted(951) != []
    assert rusted(899) == []
    assert rusted(1000, text="=100%") == []


def test_a_target_without_a_max_slack_never_rusts() -> None:
    assert (
        list(rust([judge(METRICS["code-coverage"], target("code-coverage", ">1%"), share(1, 1))]))
        == []
    )
