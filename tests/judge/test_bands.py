"""DORA's bands: an edition, a number, and the name beside it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_boss_gates.judge.bands import band
from pytest_boss_gates.model import Bound, Measurement

HOUR, DAY = 3600, 86_400
FREQUENCY, LEAD = "deployment-frequency", "lead-time-for-changes"
RECOVERY, FAILURES = "mean-time-to-recovery", "change-failure-rate"


@pytest.mark.parametrize(
    ("metric", "value", "edition", "told"),
    [
        # Deployment days a week; every day is on demand.
        (FREQUENCY, Fraction(7), "2023", "elite"),
        (FREQUENCY, Fraction(13, 2), "2023", "high"),
        (FREQUENCY, Fraction(1), "2023", "high"),
        (FREQUENCY, Fraction(1, 2), "2023", "medium"),
        (FREQUENCY, Fraction(1, 2), "2021", "high"),
        (FREQUENCY, Fraction(0), "2023", "below high"),
        (FREQUENCY, Fraction(0), "2021", "below elite"),
        # Just inside, and on the bound.
        (LEAD, Fraction(DAY) - Fraction(1, 10), "2023", "elite"),
        (LEAD, Fraction(DAY), "2023", "high"),
        (LEAD, Fraction(7 * DAY), "2023", "medium"),
        (LEAD, Fraction(30 * DAY), "2023", "low"),
        (LEAD, Fraction(HOUR), "2021", "high"),
        (LEAD, Fraction(180 * DAY), "2021", "low"),
        (RECOVERY, Fraction(HOUR), "2021", "high"),
        (RECOVERY, Fraction(HOUR), "2023", "high"),
        (RECOVERY, Fraction(7 * DAY), "2023", "low"),
        # The failure rate belongs to its bound.
        (FAILURES, Fraction(0), "2023", "elite"),
        (FAILURES, Fraction(5, 100), "2023", "elite"),
        (FAILURES, Fraction(51, 1000), "2023", "high"),
        (FAILURES, Fraction(15, 100), "2021", "elite"),
        (FAILURES, Fraction(31, 100), "2021", "low"),
    ],
)
def test_a_number_has_the_band_of_its_edition(
    metric: str, value: Fraction, edition: str, told: str
) -> None:
    found = Measurement(metric=metric, value=value, window="last 13 complete weeks")

    assert band(found, edition) == f"DORA {edition}: {told}"


def test_a_median_month_without_a_deployment_is_low() -> None:
    found = Measurement(metric=FREQUENCY, value=Fraction(0), window="last 3 complete months")

    assert band(found, "2023") == "DORA 2023: low"


@pytest.mark.parametrize(
    ("value", "bound", "told"),
    [
        (Fraction(HOUR), Bound.AT_LEAST, "elite or worse"),
        (Fraction(31 * DAY), Bound.AT_LEAST, "low"),
        (Fraction(2 * DAY), Bound.AT_MOST, "high or better"),
        (Fraction(HOUR), Bound.AT_MOST, "elite"),
    ],
)
def test_a_bound_leaves_the_bands_beyond_it_open(value: Fraction, bound: Bound, told: str) -> None:
    found = Measurement(metric=LEAD, value=value, bound=bound, bound_reason="x")

    assert band(found, "2023") == f"DORA 2023: {told}"


def test_what_dora_does_not_measure_and_what_is_unknown_have_no_band() -> None:
    assert band(Measurement(metric="ci-pipeline-duration", value=Fraction(5)), "2023") == ""
    assert band(Measurement.unknown(LEAD, "nobody knows"), "2023") == ""
