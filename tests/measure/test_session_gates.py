"""The gates fed by the session's reports: durations and outcomes, and delivery without history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure import Context, delivery, durations, outcomes
from pytest_boss_gates.measure.recorder import Recorder
from pytest_boss_gates.model import Measurement, Settings
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.measure import Gate


@dataclass
class Report:
    nodeid: str
    when: str | None
    outcome: str = "passed"
    duration: float = 0.0
    longrepr: object = None


def context(root: Path, recorder: Recorder | None) -> Context:
    settings = Settings(root=root, targets=())
    return Context(settings=settings, tree=Tree(root=root), source=Source(), recorder=recorder)


def session(*calls: float) -> Recorder:
    ticks = iter((0.0, 10.0, 100.0))
    recorder = Recorder(lambda: next(ticks))
    recorder.start()
    for index, seconds in enumerate(calls):
        for when, duration in (("setup", 0.25), ("call", seconds), ("teardown", 0.5)):
            recorder.take(Report(f"test_a.py::test_{index}", when, duration=duration))
    recorder.finish()
    return recorder


def by_metric(measurements: object) -> dict[str, Measurement]:
    assert hasattr(measurements, "__iter__")
    return {measurement.metric: measurement for measurement in measurements}


def test_the_session_and_its_tests_are_timed_apart(tmp_path: Path) -> None:
    found = by_metric(durations.measure(context(tmp_path, session(1.0, 2.0))))

    assert found["session-duration"].value == 90.0
    assert found["test-duration-total"].value == 4.5
    assert found["slowest-test"].value == 2.75


def test_the_slowest_test_shows_its_phases(tmp_path: Path) -> None:
    found = by_metric(durations.measure(context(tmp_path, session(1.0, 2.0))))

    slowest = found["slowest-test"].items[0]
    assert slowest.name == "test_a.py::test_1"
    assert slowest.note == "setup 250 ms, call 2 s, teardown 500 ms"


@pytest.mark.parametrize(
    ("count", "rank"), [(1, 1), (2, 2), (19, 19), (20, 19), (21, 20), (100, 95), (101, 96)]
)
def test_the_95th_percentile_is_the_nearest_rank(tmp_path: Path, count: int, rank: int) -> None:
    recorder = session(*(float(second) for second in range(1, count + 1)))

    found = by_metric(durations.measure(context(tmp_path, recorder)))

    assert found["test-duration-p95"].value == rank + 0.75


def test_durations_of_no_test_are_unknown_not_nought(tmp_path: Path) -> None:
    found = by_metric(durations.measure(context(tmp_path, session())))

    for key in ("test-duration-total", "test-duration-p95", "slowest-test"):
        assert (found[key].value, found[key].reason) == (None, "no test ran to its end")


def test_outcomes_are_counts_with_the_tests_named(tmp_path: Path) -> None:
    recorder = session(1.0)
    recorder.take(Report("test_a.py::test_s", "setup", "skipped", longrepr=("f", 1, "Skipped: x")))
    recorder.take(Report("test_a.py::test_s", "teardown"))
    recorder.warn("UserWarning: hm", "a.py", 3)
    recorder.warn("UserWarning: hm", "a.py", 3)

    found = by_metric(outcomes.measure(context(tmp_path, recorder)))

    assert (found["tests"].value, found["skipped-tests"].value) == (1, 1)
    assert found["skipped-tests"].items[0].note == "x"
    assert found["warnings"].value == 2
    assert [(str(item.place), item.value) for item in found["warnings"].items] == [("a.py:3", 2)]


@pytest.mark.parametrize("gate", [durations, outcomes])
def test_without_a_session_they_are_skipped(tmp_path: Path, gate: Gate) -> None:
    found = list(gate.measure(context(tmp_path, None)))

    assert found
    assert all(measurement.not_for_this_run for measurement in found)


def test_delivery_is_unknown_with_a_remedy_and_never_invented(tmp_path: Path) -> None:
    found = by_metric(delivery.measure(context(tmp_path, session(1.0))))

    assert set(found) == {metric.key for metric in delivery.METRICS}
    assert all(measurement.value is None for measurement in found.values())
    assert all("history" in measurement.reason for measurement in found.values())
    assert all(measurement.remedy for measurement in found.values())
