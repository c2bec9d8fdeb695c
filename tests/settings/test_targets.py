"""The target language, both ways."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.measure import complexity, delivery, durations, outcomes, tools
from pytest_boss_gates.measure.coverage import metrics as coverage
from pytest_boss_gates.model import Comparator, Direction, Metric, Unit, Wanted
from pytest_boss_gates.settings.targets import (
    TargetError,
    parse_wanted,
    spell_wanted,
    suggest_for_number,
    target_forms,
)

METRICS: dict[str, Metric] = {
    metric.key: metric
    for room in (coverage, durations, outcomes, complexity, delivery, tools)
    for metric in room.METRICS
}
HIGHER = [">", ">=", "≥", "="]
LOWER = ["<", "<=", "≤", "="]
UNITS = {
    Unit.RATIO: ["%"],
    Unit.SECONDS: (
        "ms millisecond milliseconds s sec secs second seconds min mins minute minutes "
        "h hr hrs hour hours d day days week weeks"
    ).split(),
    Unit.COUNT: [""],
    Unit.COMPLEXITY: [""],
    Unit.INDEX: [""],
    Unit.PER_WEEK: ["/day", "/week", "/month"],
}
TOLERANCES = {**UNITS, Unit.RATIO: ["point", "points"]}
HIGHEST = {Unit.RATIO: 99, Unit.INDEX: 99}


@st.composite
def amounts(draw: st.DrawFn, unit: Unit) -> str:
    whole = draw(st.integers(2, HIGHEST.get(unit, 10**6)))
    decimals = "" if unit is Unit.COUNT else draw(st.from_regex(r"(\.[0-9]{1,4})?", fullmatch=True))
    return f"{whole}{decimals}"


@st.composite
def spellings(draw: st.DrawFn) -> tuple[Metric, str]:
    """Every form of target that the language has, in any case and with any spacing."""
    metric = draw(st.sampled_from(list(METRICS.values())))
    unit, space = metric.unit, st.sampled_from(["", " ", "  ", "\t", "\N{NO-BREAK SPACE}"])
    if unit is Unit.LEVEL:
        return metric, draw(st.sampled_from(["declared", "wired", "gating", "observed"]))
    if unit is Unit.VERSION:
        return metric, draw(st.sampled_from([">=1.8,<2", "~= 1.4.2", "==1.*", "!=2, <3 ,>1"]))
    forms = [f"no{draw(space)} worse than base"]
    tolerance = f"{draw(amounts(unit))}{draw(space)}{draw(st.sampled_from(TOLERANCES[unit]))}"
    forms.append(f"no worse than base by {tolerance}")
    signs = HIGHER if metric.direction is Direction.HIGHER else LOWER
    sign, number = draw(st.sampled_from(signs)), draw(amounts(unit))
    forms.append(f"{sign}{draw(space)}{number}{draw(space)}{draw(st.sampled_from(UNITS[unit]))}")
    if metric.ranked:
        forms.append(draw(st.sampled_from("AB" if unit is Unit.INDEX else "ABCDE")))
    if unit is Unit.PER_WEEK:
        forms.append(draw(st.sampled_from(["daily", "weekly", "monthly", ">daily", "= weekly"])))
        forms.append(number + draw(st.sampled_from(UNITS[unit])))
    text = draw(st.sampled_from(forms).filter(lambda form: not form.startswith("no worse")))
    text = draw(st.sampled_from([text, forms[1], "no worse than base"]))
    return metric, draw(st.sampled_from([text, text.upper(), text.title(), f" {text}\n"]))


@given(spellings())
def test_what_is_printed_parses_to_the_same(spelling: tuple[Metric, str]) -> None:
    metric, text = spelling

    wanted = parse_wanted(text, metric)
    printed = spell_wanted(wanted)

    assert parse_wanted(printed, metric) == wanted
    assert spell_wanted(parse_wanted(printed, metric)) == printed


def refusal(text: str, metric: Metric) -> TargetError | None:
    """The error of a text that is no target; nothing when it parses, both ways alike."""
    try:
        wanted = parse_wanted(text, metric)
    except TargetError as error:
        return error
    assert parse_wanted(spell_wanted(wanted), metric) == wanted
    return None


ALMOST = st.text(alphabet="<>=≤≥ 0123456789.%/abcdefmnoprswyABF,", max_size=20)


@given(st.sampled_from(list(METRICS.values())), st.text() | ALMOST)
def test_any_other_text_is_a_target_error_with_sentences(metric: Metric, text: str) -> None:
    error = refusal(text, metric)

    assert error is None or str(error).endswith(".")
    assert error is None or error.suggestion == "" or error.suggestion.endswith(".")


@pytest.mark.parametrize(
    ("key", "text", "comparator", "value", "printed"),
    [
        # the tracker's own spellings
        ("session-duration", "<10 minutes", Comparator.BELOW, 600, "<10 minutes"),
        ("code-coverage", ">90%", Comparator.ABOVE, Fraction(9, 10), ">90%"),
        ("build-success-rate", ">95%", Comparator.ABOVE, Fraction(19, 20), ">95%"),
        ("deployment-frequency", "Daily", Comparator.AT_LEAST, 5, "daily"),
        ("lead-time-for-changes", "<1 day", Comparator.BELOW, 86_400, "<1 day"),
        ("mean-time-to-recovery", "<30 minutes", Comparator.BELOW, 1_800, "<30 minutes"),
        # comparators and white space
        ("code-coverage", "≥ 90 %", Comparator.AT_LEAST, Fraction(9, 10), ">=90%"),
        ("complexity", " ≤10 ", Comparator.AT_MOST, 10, "<=10"),
        ("skipped-tests", "=0", Comparator.EQUAL, 0, "=0"),
        ("code-coverage", ">=100%", Comparator.AT_LEAST, 1, ">=100%"),
        # decimals stay exact
        ("slowest-test", "<0.1 s", Comparator.BELOW, Fraction(1, 10), "<0.1 s"),
        ("slowest-test", "<1.50s", Comparator.BELOW, Fraction(3, 2), "<1.5 s"),
        ("code-coverage", ">=74.625%", Comparator.AT_LEAST, Fraction(597, 800), ">=74.625%"),
        # units of time
        ("slowest-test", "<500ms", Comparator.BELOW, Fraction(1, 2), "<500 ms"),
        ("slowest-test", "<5 Seconds", Comparator.BELOW, 5, "<5 s"),
        ("session-duration", "<1 min", Comparator.BELOW, 60, "<1 minute"),
        ("session-duration", "<=2h", Comparator.AT_MOST, 7_200, "<=2 hours"),
        ("lead-time-for-changes", "<2 weeks", Comparator.BELOW, 1_209_600, "<2 weeks"),
        # frequencies: a rhythm knows weekends, a rate is of the calendar
        ("deployment-frequency", "weekly", Comparator.AT_LEAST, 1, "weekly"),
        ("deployment-frequency", "monthly", Comparator.AT_LEAST, Fraction(3, 13), "monthly"),
        ("deployment-frequency", "1/day", Comparator.AT_LEAST, 7, "1/day"),
        ("deployment-frequency", ">=3 / week", Comparator.AT_LEAST, 3, "3/week"),
        ("deployment-frequency", ">2/month", Comparator.ABOVE, Fraction(6, 13), ">2/month"),
        # ranks: this one or better, by radon's bounds
        ("complexity", "A", Comparator.AT_MOST, 5, "A"),
        ("complexity", "<=b", Comparator.AT_MOST, 10, "B"),
        ("complexity-average", "C", Comparator.AT_MOST, 20, "C"),
        ("complexity", "D", Comparator.AT_MOST, 30, "D"),
        ("complexity", "E", Comparator.AT_MOST, 40, "E"),
        ("maintainability", "A", Comparator.ABOVE, 19, "A"),
        ("maintainability", ">= B", Comparator.ABOVE, 9, "B"),
        # relative
        ("code-coverage", "No worse than base", Comparator.NO_WORSE, 0, "no worse than base"),
        (
            "code-coverage",
            "no worse than base by 0.5 points",
            Comparator.NO_WORSE,
            Fraction(1, 200),
            "no worse than base by 0.5 points",
        ),
        (
            "session-duration",
            "no worse than base by 1.5 min",
            Comparator.NO_WORSE,
            90,
            "no worse than base by 1.5 minutes",
        ),
        ("tests", "no worse than base by 0", Comparator.NO_WORSE, 0, "no worse than base"),
        ("warnings", "no worse than base by 3", Comparator.NO_WORSE, 3, "no worse than base by 3"),
        # tools
        ("tool-level", "gating", Comparator.AT_LEAST, 4, "gating"),
        ("tool-version", ">= 1.8, <2", Comparator.MATCHES, 0, ">=1.8,<2"),
    ],
)
def test_a_target_is_read_and_printed(
    key: str, text: str, comparator: Comparator, value: Fraction, printed: str
) -> None:
    wanted = parse_wanted(text, METRICS[key])

    assert (wanted.comparator, wanted.value) == (comparator, value)
    assert spell_wanted(wanted) == printed


def test_number_and_unit_are_kept_as_spelled() -> None:
    assert parse_wanted("<10 min", METRICS["session-duration"]) == Wanted(
        comparator=Comparator.BELOW, number=Fraction(10), unit="minutes", value=Fraction(600)
    )


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("code-coverage", " ", 'A target cannot be empty. Write a percentage such as ">=90%".'),
        ("code-coverage", "90%", 'A target says how to compare. Write ">=90%".'),
        ("session-duration", "10 min", 'A target says how to compare. Write "<=10 minutes".'),
        ("skipped-tests", "3", 'A target says how to compare. Write "<=3".'),
        (
            "code-coverage",
            ">=90",
            (
                'A target of code-coverage is a percentage such as ">=90%"; a plain number does '
                'not fit. Write ">=90%".'
            ),
        ),
        (
            "code-coverage",
            ">0.9",
            (
                'A target of code-coverage is a percentage such as ">=90%"; a plain number does '
                'not fit. Write ">90%".'
            ),
        ),
        (
            "code-coverage",
            "<10 minutes",
            'A target of code-coverage is a percentage such as ">=90%"; "minutes" does not fit.',
        ),
        (
            "session-duration",
            "<10 minuts",
            (
                'A target of session-duration is a duration such as "<=10 minutes"; "minuts" does '
                "not fit. The units are ms, s, minutes, hours, days and weeks."
            ),
        ),
        (
            "session-duration",
            "<600",
            (
                'A target of session-duration is a duration such as "<=10 minutes"; a plain number '
                'does not fit. Write "<600 s".'
            ),
        ),
        (
            "deployment-frequency",
            "3",
            (
                'A target of deployment-frequency is a frequency such as "daily"; a plain number '
                'does not fit. Write "3/week".'
            ),
        ),
        (
            "tests",
            ">=90%",
            'A target of tests is a whole number such as ">=10"; "%" does not fit.',
        ),
        ("tests", ">=1.5", "tests is counted in whole numbers."),
        (
            "complexity",
            "simple",
            'A target of complexity is a number such as "<=10", or a rank A, B, C, D or E.',
        ),
        (
            "maintainability",
            "<>20",
            'A target of maintainability is a number such as ">=20", or a rank A or B.',
        ),
        (
            "code-coverage",
            "<90%",
            (
                'code-coverage is better the higher it is, so its targets use ">=" or ">". '
                'Write ">90%".'
            ),
        ),
        (
            "complexity",
            ">= 10",
            'complexity is better the lower it is, so its targets use "<=" or "<". Write "<=10".',
        ),
        (
            "code-coverage",
            ">100%",
            (
                "code-coverage is never >100%: it goes from 0% to 100%. "
                'Write a percentage such as ">=90%".'
            ),
        ),
        (
            "code-coverage",
            ">=101%",
            (
                "code-coverage is never >=101%: it goes from 0% to 100%. "
                'Write a percentage such as ">=90%".'
            ),
        ),
        (
            "skipped-tests",
            "<0",
            'skipped-tests is never <0: it starts at 0. Write a whole number such as "<=10".',
        ),
        (
            "complexity",
            "<1",
            (
                "complexity is never <1: it starts at 1. "
                'Write a number such as "<=10", or a rank A, B, C, D or E.'
            ),
        ),
        (
            "maintainability",
            "=101",
            (
                "maintainability is never =101: it goes from 0 to 100. "
                'Write a number such as ">=20", or a rank A or B.'
            ),
        ),
        (
            "complexity",
            "F",
            (
                "F is the worst rank of complexity: everything has it or better. "
                "Write A, B, C, D or E."
            ),
        ),
        (
            "maintainability",
            "C",
            "C is the worst rank of maintainability: everything has it or better. Write A or B.",
        ),
        ("maintainability", "D", "maintainability has the ranks A, B and C. Write A or B."),
        ("complexity", ">=B", 'A rank as a target means this rank or better. Write "B".'),
        ("complexity", "=B", 'A rank as a target means this rank or better. Write "B".'),
        ("tests", ">=B", 'A target of tests is a whole number such as ">=10".'),
        (
            "code-coverage",
            "no worse than main",
            (
                'A relative target reads "no worse than base", and may go on with "by" and a '
                'tolerance. Write "no worse than base".'
            ),
        ),
        (
            "code-coverage",
            "no worse than base by 0.5%",
            (
                'The tolerance of code-coverage is a number of points such as "0.5 points". '
                'Write for example "no worse than base".'
            ),
        ),
        (
            "session-duration",
            "no worse than base by 30",
            (
                'The tolerance of session-duration is a duration such as "30 s". '
                'Write for example "no worse than base".'
            ),
        ),
        (
            "code-coverage",
            "no worse than base by 101 points",
            "Two percentages are never more than 100 points apart.",
        ),
        ("tool-level", "green", "The level of a tool is declared, wired, gating or observed."),
        ("tool-version", "", "A version cannot be empty. Leave it out to allow any version."),
        ("tool-version", "1.8", 'This is not a version range by PEP 440. Write ">=1.8".'),
        (
            "tool-version",
            "latest",
            'This is not a version range by PEP 440. Write a range such as ">=1.8,<2".',
        ),
    ],
)
def test_what_is_no_target_says_why_and_what_to_write(key: str, text: str, message: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_wanted(text, METRICS[key])

    assert f"{caught.value} {caught.value.suggestion}".rstrip() == message


@pytest.mark.parametrize("key", METRICS)
def test_every_example_form_is_a_target_in_canonical_spelling(key: str) -> None:
    forms = target_forms(METRICS[key])

    assert forms
    assert [spell_wanted(parse_wanted(form, METRICS[key])) for form in forms] == list(forms)


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("complexity", 10, 'Write "<=10".'),
        ("code-coverage", 90, 'Write ">=90%".'),
        ("code-coverage", 0.9, 'Write ">=90%".'),
        ("session-duration", 1, 'Write "<=1 s".'),
        ("deployment-frequency", 3, 'Write "3/week".'),
        ("code-coverage", 900, ""),
        ("complexity", -1, ""),
        ("complexity", float("nan"), ""),
        ("complexity", True, ""),
        ("complexity", "10", ""),
    ],
)
def test_a_bare_number_is_told_what_to_write(key: str, value: object, hint: str) -> None:
    assert suggest_for_number(value, METRICS[key]) == hint


def test_a_third_has_no_exact_spelling() -> None:
    wanted = Wanted(
        comparator=Comparator.AT_MOST, number=Fraction(1, 3), unit="", value=Fraction(1, 3)
    )

    with pytest.raises(ValueError, match="1/3 has no exact decimal spelling"):
        spell_wanted(wanted)
