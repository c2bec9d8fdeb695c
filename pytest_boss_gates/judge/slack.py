"""How much better than its target a value is: two bounds compared, and targets that rust."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.judge.compare import holds
from pytest_boss_gates.model import Comparator, Unit, VerdictStatus, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.model import Metric, Number, Verdict, Wanted

_GROWING = (Comparator.ABOVE, Comparator.AT_LEAST)
_WITHOUT_SLACK = (Comparator.EQUAL, Comparator.NO_WORSE, Comparator.MATCHES)


def tighter(wanted: Wanted, than: Wanted) -> bool:
    """Whether one bound asks for more than another one of the same kind."""
    if wanted.comparator is not than.comparator:
        return False
    if wanted.comparator in _GROWING:
        return wanted.value > than.value
    return wanted.value < than.value


def slack(value: Number, wanted: Wanted) -> Fraction | None:
    """Give how much better than its bound a value is, in base units; None when it is not.

    Where there is just one good value, and where there is no bound, there is no slack.
    """
    if wanted.comparator in _WITHOUT_SLACK or not holds(value, wanted):
        return None
    return abs(Fraction(value) - wanted.value)


def rust(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Tell, a sentence each, which met targets have more slack than their ``max-slack``."""
    for verdict in verdicts:
        target, value = verdict.target, verdict.measurement.value
        if verdict.status is not VerdictStatus.MET or target is None or target.max_slack is None:
            continue
        if value is None or isinstance(value, str):
            continue
        left = slack(value, target.wanted)
        if left is not None and left > target.max_slack.value:
            scope = f" of {target.scope}" if target.scope else ""
            yield (
                f"{target.metric}{scope} is {verdict.shown}, "
                f"{_distance(verdict.metric, left)} better than {target.text}: more than "
                f"its max-slack of {target.max_slack.text}. `boss-gates tighten` makes it "
                "stricter; its --margin says how far."
            )


def _distance(metric: Metric, left: Fraction) -> str:
    if metric.unit is Unit.RATIO:
        return f"{spell(left, Unit.RATIO).removesuffix(' %')} points"
    return spell(left, metric.unit)
