"""From the gates to the judge: what is asked of history about the base, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.judging import Judging, by_scope
from pytest_boss_gates.measure import Context, Gate
from pytest_boss_gates.model import (
    BaseValue,
    Direction,
    Measurement,
    Metric,
    Settings,
    Shape,
    Target,
    Unit,
    Verdict,
    VerdictStatus,
)
from pytest_boss_gates.registry import Additions
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted, spell_wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOMS = Metric(
    key="rooms",
    title="Rooms",
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    why="One needs room.",
    fix="Build on.",
)
RELATIVE = "no worse than base"


class History:
    """What was kept, and what was asked for."""

    def __init__(self, kept: BaseValue | None) -> None:
        self.kept = kept
        self.asked: list[tuple[str, str]] = []

    def __call__(self, metric: str, scope: str) -> BaseValue | None:
        self.asked.append((metric, scope))
        return self.kept


def judged(
    root: Path,
    at_base: Callable[[str, str], BaseValue | None],
    *,
    text: str = RELATIVE,
    base: BaseValue | None = None,
    problems: list[str] | None = None,
) -> Verdict:
    """Judge a house of 4 rooms."""
    wanted = parse_wanted(text, ROOMS)
    target = Target(metric="rooms", wanted=wanted, text=spell_wanted(wanted))
    measurement = Measurement(metric="rooms", value=4, base=base)
    context = Context(
        settings=Settings(root=root, targets=(target,)),
        tree=Tree(root=root),
        source=Source(),
        at_base=at_base,
    )
    house = Gate(key="house", metrics=(ROOMS,), measure=lambda _: [measurement])
    judging = Judging(
        additions=Additions(gates=(house,)),
        targets=by_scope(context.settings.targets),
        partial="",
        strict=False,
        problems=[] if problems is None else problems,
    )
    return next(each for each in judging.verdicts(context) if each.metric is ROOMS)


def test_what_history_keeps_of_the_base_is_compared_with(tmp_path: Path) -> None:
    history = History(BaseValue(value=5, source="run 812"))

    verdict = judged(tmp_path, history)

    assert history.asked == [("rooms", "")]
    assert verdict.status is VerdictStatus.MISSED
    assert verdict.reason == "4 is not >=5 (base, run 812)"


@pytest.mark.parametrize(
    ("text", "base"), [(">=4", None), (RELATIVE, BaseValue(value=4, source="main at 1a2b3c4"))]
)
def test_history_is_not_asked_for_what_is_known_or_not_wanted(
    tmp_path: Path, text: str, base: BaseValue | None
) -> None:
    history = History(BaseValue(value=5))

    verdict = judged(tmp_path, history, text=text, base=base)

    assert history.asked == []
    assert verdict.status is VerdictStatus.MET


def test_history_helps_where_the_gate_could_not_reach_the_base(tmp_path: Path) -> None:
    unreached = BaseValue(reason="the clone is shallow", remedy="Set fetch-depth: 0.")

    with_history = judged(tmp_path, History(BaseValue(value=4)), base=unreached)
    without = judged(tmp_path, History(None), base=unreached)

    assert with_history.status is VerdictStatus.MET
    assert (without.status, without.remedy) == (VerdictStatus.UNKNOWN, "Set fetch-depth: 0.")


def test_a_history_that_raises_leaves_an_unknown_and_its_traceback(tmp_path: Path) -> None:
    def broken(metric: str, scope: str) -> BaseValue | None:
        raise OSError(f"no history of {metric}{scope}")

    problems: list[str] = []

    verdict = judged(tmp_path, broken, problems=problems)

    assert verdict.status is VerdictStatus.UNKNOWN
    assert "no history of rooms" in problems[0]


def test_where_the_measurement_changed_with_the_number_that_is_told(tmp_path: Path) -> None:
    changed = "core CTracer, now SysMonitor"

    moved = judged(tmp_path, History(BaseValue(value=5, changed=changed)))
    same = judged(tmp_path, History(BaseValue(value=4, changed=changed)))

    assert moved.measurement.notes == (f"measurement changed since the base: {changed}",)
    assert same.measurement.notes == ()


def test_a_history_that_cannot_be_read_is_a_reason_and_no_fault_of_the_gate(
    tmp_path: Path,
) -> None:
    def measure(context: Context) -> list[Measurement]:
        raise HistoryError(f"The history of {context.tree.root.name} is damaged.")

    wanted = parse_wanted(">=4", ROOMS)
    target = Target(metric="rooms", wanted=wanted, text=spell_wanted(wanted))
    judging = Judging(
        additions=Additions(gates=(Gate(key="house", metrics=(ROOMS,), measure=measure),)),
        targets=by_scope([target]),
        partial="",
        strict=False,
    )
    settings = Settings(root=tmp_path, targets=(target,))
    context = Context(settings=settings, tree=Tree(root=tmp_path), source=Source())

    (verdict,) = (each for each in judging.verdicts(context) if each.metric is ROOMS)

    assert verdict.status is VerdictStatus.UNKNOWN
    assert verdict.reason == f"The history of {tmp_path.name} is damaged"
    assert judging.problems == []
