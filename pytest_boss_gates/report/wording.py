"""The words, symbols and colours of verdicts and statuses, the same in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Outcome, Shape, Status, Unit, VerdictStatus, plural, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_boss_gates.model import Item, Run, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a verdict's status is shown; ``markup`` is a colour name of pytest's terminal."""

    symbol: str
    plain: str  # the symbol where the terminal has only ASCII
    markup: str


LOOKS: Mapping[VerdictStatus, Look] = {
    VerdictStatus.MET: Look(symbol="✓", plain="v", markup="green"),
    VerdictStatus.MISSED: Look(symbol="✗", plain="x", markup="red"),
    VerdictStatus.UNKNOWN: Look(symbol="?", plain="?", markup="yellow"),
    VerdictStatus.SKIPPED: Look(symbol="–", plain="-", markup="light"),  # noqa: RUF001 - a dash
    VerdictStatus.OBSERVED: Look(symbol="·", plain=".", markup="light"),
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.MET: "Met: no blocking target is missed or unknown.",
    Outcome.MISSED: "Missed: at least one blocking target is not met.",
    Outcome.UNKNOWN: "Unknown: at least one blocking target could not be judged.",
}
STATUSES: Mapping[Status, str] = {status: f"{status.icon} {status.value}" for status in Status}
NOT_MET = (VerdictStatus.MISSED, VerdictStatus.UNKNOWN)
_ORDER = (*NOT_MET, VerdictStatus.MET, VerdictStatus.SKIPPED)


def verdict_words(verdict: Verdict, *, unicode: bool = True) -> str:
    """Spell a verdict: ``✗ missed``; what is not met and does not block adds ``(warn)``."""
    look = LOOKS[verdict.status]
    warn = " (warn)" if verdict.status in NOT_MET and not verdict.blocking else ""
    return f"{look.symbol if unicode else look.plain} {verdict.status.value}{warn}"


def tally(run: Run) -> str:
    """Count the judged verdicts: ``2 gates missed (1 warn), 1 unknown, 5 met``."""
    parts: list[str] = []
    for status in _ORDER:
        found = [verdict for verdict in run.verdicts if verdict.status is status]
        if found:
            count = str(len(found)) if parts else plural(len(found), "gate")
            parts.append(f"{count} {status.value}{_warning_share(found)}")
    return ", ".join(parts) or "no gate was judged"


def _warning_share(found: list[Verdict]) -> str:
    warn = sum(not verdict.blocking for verdict in found)
    if found[0].status not in NOT_MET or not warn:
        return ""
    return " (warn)" if warn == len(found) else f" ({warn} warn)"


def skipped_groups(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Say once for each reason how many gates it skipped: ``6 gates (partial run: -k)``."""
    groups: dict[tuple[str, bool], int] = {}
    for verdict in verdicts:
        if verdict.status is VerdictStatus.SKIPPED:
            group = (verdict.reason, verdict.blocking)
            groups[group] = groups.get(group, 0) + 1
    return tuple(
        f"{plural(count, 'gate')}{' (blocks)' if blocks else ''}{f' ({reason})' if reason else ''}"
        for (reason, blocks), count in groups.items()
    )


def basis(verdict: Verdict) -> tuple[str, ...]:
    """Say what a number rests on: of how many, over which time, whose word it is."""
    measured = verdict.measurement
    parts = []
    if measured.numerator is not None and measured.denominator is not None:
        parts.append(f"{measured.numerator} of {measured.denominator}")
    if measured.n is not None:
        parts.append(f"n={measured.n}")
    return (*parts, *filter(None, (measured.window, measured.source)))


def rests(verdict: Verdict) -> str:
    """Say it of a metric of delivery that was measured, with what stands beside the number."""
    measured = verdict.measurement
    if not verdict.metric.delivery or (measured.value is None and not measured.is_none):
        return ""
    return "; ".join((", ".join(basis(verdict)), *measured.notes))


def item_value(verdict: Verdict, item: Item) -> str:
    """Spell an item's value: ``5 lines`` where it counts something, else in the metric's unit."""
    metric = verdict.metric
    noun = verdict.measurement.item or metric.item
    counts = metric.shape is Shape.SHARE or metric.unit is Unit.COUNT
    if counts and noun and not isinstance(item.value, float) and item.value == int(item.value):
        return plural(int(item.value), noun)
    return spell(item.value, metric.unit)


def ways(verdict: Verdict, listed: Iterable[Item] = ()) -> tuple[str, ...]:
    """Give the steps towards a missed target, cheapest first; at least what helps in general.

    Steps that only repeat one of the items already ``listed`` are left out.
    """
    names = tuple(item.name for item in listed if item.name)
    steps = tuple(
        step for step in verdict.explanation.cheapest if not names or not step.startswith(names)
    )
    general = verdict.remedy or verdict.metric.fix
    return steps or ((general,) if general else ())
