"""The corridor: what breaks inside becomes unknown with its traceback, never met or skipped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import radon.metrics

from pytest_boss_gates import pipeline
from pytest_boss_gates.corridor import Corridor, enter
from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure.coverage.reading import Mode, Reading
from pytest_boss_gates.measure.recorder import Recorder
from pytest_boss_gates.model import Outcome, VerdictStatus
from pytest_boss_gates.settings.load import Options

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.measure.coverage.sharing import Measured
    from tests.conftest import Project


class BrokenMeter:
    """A meter whose coverage.py is not what it should be."""

    mode = Mode.OWN

    def start(self) -> None: ...
    def part(self) -> dict[str, Any]: ...  # type: ignore[empty-body]
    def take_part(self, worker: str, part: dict[str, Any] | None) -> None: ...
    def abandon(self) -> None: ...

    def finish(self) -> Reading:
        raise AttributeError("no such method")

    def measured(self) -> Measured:
        raise AttributeError("no such method")


def corridor(root: Path) -> Corridor:
    return enter(root, Options(invocation_dir=root))


def test_a_meter_that_raises_makes_coverage_unknown_and_blocks(shop: Project) -> None:
    shop.targets('code-coverage = ">90%"')
    witnessed = pipeline.Witnessed(recorder=Recorder(time.perf_counter), meter=BrokenMeter())

    run = pipeline.conclude(corridor(shop.root), witnessed)

    verdict = next(v for v in run.verdicts if v.metric.key == "code-coverage")
    assert verdict.status is VerdictStatus.UNKNOWN
    assert "AttributeError: no such method" in verdict.reason
    assert run.outcome is Outcome.UNKNOWN
    assert "Traceback" in run.problems[0]


def test_a_gate_that_raises_is_unknown_for_each_of_its_targets(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken index")

    shop.targets('complexity = "<=5"', 'maintainability = "A"', 'tests = ">=1"')
    entered = corridor(shop.root)
    monkeypatch.setattr(radon.metrics, "mi_compute", broken)

    run = pipeline.conclude(entered, pipeline.Witnessed(recorder=Recorder(time.perf_counter)))

    statuses = {v.metric.key: v.status for v in run.verdicts if v.target}
    assert statuses == {
        "complexity": VerdictStatus.UNKNOWN,
        "maintainability": VerdictStatus.UNKNOWN,
        "tests": VerdictStatus.MISSED,
    }
    assert any("broken index" in problem for problem in run.problems)


def test_every_target_gets_a_verdict(shop: Project) -> None:
    shop.targets(
        'complexity = ["<=5", {paths = "tests/**", target = "<=9"}]', 'code-coverage = ">1%"'
    )

    run = pipeline.conclude(corridor(shop.root), pipeline.Witnessed())

    judged = {(v.metric.key, v.scope): v.status.value for v in run.verdicts if v.target}
    assert judged == {
        ("complexity", ""): "met",
        ("complexity", "tests/**"): "unknown",  # no source stands there
        ("code-coverage", ""): "skipped",
    }


def test_an_absolute_and_a_relative_target_over_one_scope_are_both_judged(shop: Project) -> None:
    shop.targets('tests = [">=2", "no worse than base"]')
    recorder = Recorder(time.perf_counter)

    run = pipeline.conclude(corridor(shop.root), pipeline.Witnessed(recorder=recorder))

    judged = {v.target.text: v.status.value for v in run.verdicts if v.target}
    assert judged == {">=2": "missed", "no worse than base": "unknown"}


def test_wrong_settings_raise_with_every_problem(shop: Project) -> None:
    shop.targets('complexty = "<=5"', 'tests = "many"')

    with pytest.raises(SettingsError) as raised:
        corridor(shop.root)

    assert len(raised.value.problems) == 2
