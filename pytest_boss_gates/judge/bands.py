"""DORA's bands, elite to low: told beside a number where they are asked for, and never a verdict.

The editions are those of the Accelerate State of DevOps Reports. Their tables overlap and leave
gaps; the bounds between two bands are those that Apache DevLake reads out of them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Bound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.model import Measurement

_HOUR = 3600
_DAY = 24 * _HOUR
_MONTH = 30 * _DAY
_A_MONTH, _A_HALF_YEAR = Fraction(12, 52), Fraction(2, 52)  # once in it, in deployment days a week
_NAMES = ("elite", "high", "medium", "low")
_FREQUENCY = "deployment-frequency"
_RECOVERY = (_HOUR, _DAY, 7 * _DAY)
_SHARE = "change-failure-rate"
_BOUNDS: Mapping[str, Mapping[str, tuple[Fraction | int, ...]]] = {
    "2021": {
        _FREQUENCY: (7, _A_MONTH, _A_HALF_YEAR),
        "lead-time-for-changes": (_HOUR, 7 * _DAY, 6 * _MONTH),
        "mean-time-to-recovery": _RECOVERY,
        _SHARE: (Fraction(15, 100), Fraction(20, 100), Fraction(30, 100)),
    },
    "2023": {
        _FREQUENCY: (7, 1, _A_MONTH),
        "lead-time-for-changes": (_DAY, 7 * _DAY, _MONTH),
        "mean-time-to-recovery": _RECOVERY,
        _SHARE: (Fraction(5, 100), Fraction(10, 100), Fraction(15, 100)),
    },
}
"""What is still elite, high and medium: at least so often, less than so long, at most a share."""


def band(measurement: Measurement, edition: str) -> str:
    """Name the band of a measurement, "" where it has none.

    A lower bound leaves the worse bands open. So does a week without a deployment, as long as
    nobody counted by the month.
    """
    bounds, value = _BOUNDS[edition].get(measurement.metric), measurement.value
    if bounds is None or value is None or isinstance(value, str):
        return ""
    place = sum(not _is_inside(measurement.metric, value, bound) for bound in bounds)
    if measurement.metric == _FREQUENCY and not value and "week" in measurement.window:
        place = sum(bound >= 1 for bound in bounds)
        return f"DORA {edition}: below {_NAMES[place - 1]}"
    open_end = {Bound.EXACT: "", Bound.AT_LEAST: " or worse", Bound.AT_MOST: " or better"}
    is_last = place == (0 if measurement.bound is Bound.AT_MOST else len(_NAMES) - 1)
    return f"DORA {edition}: {_NAMES[place]}{'' if is_last else open_end[measurement.bound]}"


def _is_inside(metric: str, value: Fraction | float, bound: Fraction | int) -> bool:
    if metric == _FREQUENCY:
        return value >= bound
    return value <= bound if metric == _SHARE else value < bound
