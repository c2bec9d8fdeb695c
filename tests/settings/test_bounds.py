"""First and stricter bounds from measured values, in a person's own spelling; and slack."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.judge.compare import holds
from pytest_boss_gates.judge.slack import tighter
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Direction, Metric
from pytest_boss_gates.settings.bounds import (
    first_bounds,
    parse_share,
    parse_slack,
    respelled,
    stricter_bounds,
    worsened,
)
from pytest_boss_gates.settings.load import Options, load
from pytest_boss_gates.settings.schema import is_target
from pytest_boss_gates.settings.targets import (
    RANGE,
    TargetError,
    parse_wanted,
    spell_wanted,
    target_forms,
)

if TYPE_CHECKING:
    from pathlib import Path

SETTABLE = [metric for metric in METRICS.values() if is_target(metric)]


def within(value: Fraction, metric: Metric) -> Fraction:
    """Bring a number into the range of a metric."""
    lowest, highest, _ = RANGE[metric.unit]
    if highest is not None:
        return lowest + value / 10**6 * (highest - lowest)
    return lowest + value


def first(key: str, value: Fraction | float) -> str:
    metric = METRICS[key]
    padded = worsened(value, metric)
    return next(spell_wanted(b) for b in first_bounds(padded, metric) if holds(padded, b))


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("code-coverage", Fraction(9943, 10_000), ">=98%"),
        ("code-coverage", Fraction(1), ">=99%"),
        ("complexity", 12, "<=12"),
        ("complexity-average", Fraction(7, 2), "<=4"),
        ("maintainability", 38.84, ">=38"),
        ("session-duration", 0.03, "<1 minute"),
        ("session-duration", 150.0, "<10 minutes"),
        ("slowest-test", 0.5, "<5 s"),
        ("slowest-test", 1.9, "<10 s"),
        ("slowest-test", 40.0, "<5 minutes"),
        ("lead-time-for-changes", 200_000.0, "<10 days"),
        ("tests", 107, ">=101"),
        ("skipped-tests", 0, "<=0"),
        ("deployment-frequency", 7, "daily"),
        ("deployment-frequency", 2, "weekly"),
        ("deployment-frequency", Fraction(1, 2), "monthly"),
    ],
)
def test_a_first_bound_leaves_room_and_is_what_a_person_would_write(
    key: str, value: Fraction | float, text: str
) -> None:
    assert first(key, value) == text


def stricter(key: str, text: str, value: Fraction | float, margin: Fraction | None) -> str:
    metric = METRICS[key]
    old = parse_wanted(text, metric)
    padded = worsened(value, metric, margin)
    found = (
        respelled(text, bound, metric)
        for bound in stricter_bounds(old, padded, metric, exact=margin is not None)
        if holds(padded, bound) and tighter(bound, old)
    )
    return next(found, text)


NONE = Fraction(0)


@pytest.mark.parametrize(
    ("key", "before", "value", "margin", "after"),
    [
        ("code-coverage", ">90%", Fraction(973, 1000), NONE, ">97%"),
        ("code-coverage", ">90%", Fraction(97, 100), NONE, ">96%"),  # strict
        ("code-coverage", ">=90%", Fraction(97, 100), NONE, ">=97%"),
        ("code-coverage", ">= 90.5 %", Fraction(9737, 10_000), NONE, ">= 97.3 %"),
        ("code-coverage", ">90%", Fraction(973, 1000), None, ">96%"),
        ("code-coverage", ">90%", Fraction(973, 1000), Fraction(5, 100), ">92%"),
        ("code-coverage", ">90%", Fraction(905, 1000), None, ">90%"),
        ("session-duration", "<10 minutes", 100.0, NONE, "<2 minutes"),
        ("session-duration", "<10 minutes", 120.0, NONE, "<3 minutes"),  # strict
        ("session-duration", "< 10 min", 100.0, NONE, "< 2 min"),
        ("session-duration", "<10 minutes", 30.0, NONE, "<1 minute"),
        ("session-duration", "<10 minutes", 1.0, None, "<1 minute"),  # less is noise
        ("slowest-test", "<500 ms", 0.01, None, "<500 ms"),  # less is noise
        ("slowest-test", "<20 s", 2.5, None, "<10 s"),  # as a first one would be
        ("slowest-test", "<20 s", 2.5, Fraction(1), "<6 s"),
        ("slowest-test", "<= 90000 ms", 2.5, None, "<= 10000 ms"),
        ("session-duration", "<2 hours", 100.0, None, "<1 hour"),
        ("session-duration", "<120 minutes", 100.0, None, "<10 minutes"),
        ("complexity", "<=10", 7, None, "<=7"),
        ("complexity", "<10", 7, None, "<8"),
        ("complexity", "C", 9, None, "B"),
        ("complexity", "<= c", 4, None, "<= A"),
        ("complexity", "A", 1, None, "A"),
        ("maintainability", "B", 40.0, None, "A"),
        ("tests", ">=60", 200, None, ">=190"),
        ("deployment-frequency", "monthly", 7, None, "daily"),
        ("deployment-frequency", "2/week", 7, NONE, "7/week"),
        ("warnings", "=0", 0, NONE, "=0"),
        ("uncovered-lines", "no worse than base", 3, NONE, "no worse than base"),
    ],
)
def test_a_stricter_bound_keeps_the_spelling(
    key: str, before: str, value: Fraction | float, margin: Fraction | None, after: str
) -> None:
    assert stricter(key, before, value, margin) == after


@settings(deadline=None)
@given(st.sampled_from(SETTABLE), st.fractions(0, 10**6, max_denominator=10**4))
def test_what_a_first_target_leaves_is_no_slack(metric: Metric, value: Fraction) -> None:
    value = within(value, metric)
    padded = worsened(value, metric)
    bounds = (each for each in first_bounds(padded, metric) if holds(padded, each))
    for bound in islice(bounds, 1):
        assume(bound.value >= RANGE[metric.unit][0])  # else there is none
        text = spell_wanted(bound)
        assert stricter(metric.key, text, value, None) == text


@settings(deadline=None)
@given(
    st.sampled_from(SETTABLE),
    st.integers(0, 2),
    st.fractions(0, 10**6, max_denominator=10**4),
    st.sampled_from([None, NONE, Fraction(1, 10)]),
)
def test_what_is_stricter_still_holds_and_can_be_read(
    metric: Metric, form: int, value: Fraction, margin: Fraction | None
) -> None:
    forms = target_forms(metric)
    before = forms[form % len(forms)]
    value = within(value, metric)
    after = stricter(metric.key, before, value, margin)

    wanted = parse_wanted(after, metric)
    if after != before:
        assert holds(value, wanted)
        assert tighter(wanted, parse_wanted(before, metric))
        again = stricter(metric.key, after, value, margin)
        assert again == after


@settings(deadline=None)
@given(st.sampled_from(SETTABLE), st.fractions(0, 10**6, max_denominator=10**4))
def test_a_first_bound_holds_for_the_value_that_it_comes_from(
    metric: Metric, value: Fraction
) -> None:
    value = within(value, metric)
    padded = worsened(value, metric)
    found = [bound for bound in first_bounds(padded, metric) if holds(padded, bound)]
    assume(found)

    assert holds(value, found[0])
    if metric.direction is Direction.LOWER or found[0].value > 0:
        assert parse_wanted(spell_wanted(found[0]), metric) == found[0]


@pytest.mark.parametrize(
    ("text", "share"),
    [("10%", Fraction(1, 10)), (" 2.5 % ", Fraction(1, 40)), ("10", None), ("%", None), ("", None)],
)
def test_a_share_is_a_percentage(text: str, share: Fraction | None) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize(
    ("key", "target", "text", "value"),
    [
        ("code-coverage", ">90%", "10%", Fraction(9, 100)),
        ("code-coverage", ">90%", "5 points", Fraction(5, 100)),
        ("session-duration", "<10 minutes", "50%", Fraction(300)),
        ("session-duration", "<10 minutes", "2  minutes", Fraction(120)),
        ("complexity", "B", "3", Fraction(3)),
        ("deployment-frequency", "weekly", "1/week", Fraction(1)),
    ],
)
def test_slack_is_a_share_of_the_target_or_an_amount(
    key: str, target: str, text: str, value: Fraction
) -> None:
    slack = parse_slack(text, parse_wanted(target, METRICS[key]), METRICS[key])

    assert slack.value == value
    assert slack.text == " ".join(text.split())


@pytest.mark.parametrize(
    ("key", "target", "text", "message"),
    [
        (
            "code-coverage",
            ">90%",
            "5",
            (
                'The max-slack of code-coverage is a share of the target such as "10%", or a '
                'number of points such as "0.5 points".'
            ),
        ),
        (
            "session-duration",
            "<1 hour",
            "soon",
            (
                'The max-slack of session-duration is a share of the target such as "10%", or a '
                'duration such as "30 s".'
            ),
        ),
        ("warnings", "=0", "10%", 'A target such as "=0" has no slack.'),
    ],
)
def test_slack_that_cannot_be_read_says_what_could(
    key: str, target: str, text: str, message: str
) -> None:
    with pytest.raises(TargetError) as told:
        parse_slack(text, parse_wanted(target, METRICS[key]), METRICS[key])

    assert str(told.value) == message


def slacks(root: Path, text: str) -> dict[str, tuple[Fraction, str] | None]:
    """Give the max-slack of each target that a settings file leads to."""
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    settings = load(
        root,
        Options(invocation_dir=root),
        metrics=METRICS,
        formats=(),
        tools=lambda: ("ruff",),
        files=tuple,
    )
    return {
        target.metric: (target.max_slack.value, target.max_slack.text) if target.max_slack else None
        for target in settings.targets
    }


def test_max_slack_holds_for_all_targets_that_have_none_of_their_own(tmp_path: Path) -> None:
    found = slacks(
        tmp_path,
        """\
[tool.boss-gates]
max-slack = "10%"
tools = { ruff = "declared" }
[tool.boss-gates.targets]
code-coverage = { target = ">90%", max-slack = "5 points" }
complexity = "<=10"
""",
    )

    assert found == {
        "code-coverage": (Fraction(5, 100), "5 points"),
        "complexity": (Fraction(1), "10%"),
        "tool-level": None,
    }


def test_without_max_slack_there_is_none(tmp_path: Path) -> None:
    assert slacks(tmp_path, '[tool.boss-gates.targets]\ntests = ">=1"\n') == {"tests": None}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            'max-slack = "5 points"',
            (
                'pyproject.toml:2: tool.boss-gates.max-slack = "5 points" max-slack is a share of '
                'the target. Write for example "10%".'
            ),
        ),
        (
            "max-slack = 5",
            (
                "pyproject.toml:2: tool.boss-gates.max-slack = 5 max-slack takes a string, not a "
                'number. Write for example max-slack = "10%".'
            ),
        ),
        (
            '[tool.boss-gates.targets]\nwarnings = { target = "=0", max-slack = "1" }',
            (
                'pyproject.toml:3: tool.boss-gates.targets.warnings.max-slack = "1" A target such '
                'as "=0" has no slack. Leave it out.'
            ),
        ),
    ],
)
def test_a_max_slack_that_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, lines: str, problem: str
) -> None:
    with pytest.raises(SettingsError) as told:
        slacks(tmp_path, f"[tool.boss-gates]\n{lines}\n")

    assert [" ".join(str(each).split()) for each in told.value.problems] == [problem]
