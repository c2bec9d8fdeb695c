"""The gates fed by the session's reports: durations and outcomes, and delivery without history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.measure import Context, delivery, durations, outcomes
from pytest_boss_gates.measure.recorder import Recorder, parts_of
from pytest_boss_gates.model import Bound, Ending, Measurement, Settings, Target, spell_scope
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_boss_gates.measure import Gate

    Endings = Mapping[str, tuple[Ending, ...]]


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


def test_the_percentile_lists_the_tests_that_must_all_be_quicker(tmp_path: Path) -> None:
    recorder = session(*(float(second) for second in range(1, 41)))

    found = by_metric(durations.measure(context(tmp_path, recorder)))["test-duration-p95"]

    assert found.items[0].value == found.value  # two of forty may be slower
    assert len(found.items) == 38


def test_phases_that_take_next_to_nothing_are_not_worth_a_word(tmp_path: Path) -> None:
    found = by_metric(durations.measure(context(tmp_path, session(100.0))))

    assert found["slowest-test"].items[0].note == "call 1 min 40 s"


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


def limited(marker: str = "", paths: str = "") -> Target:
    return Target(
        metric="slowest-test",
        wanted=parse_wanted("<1 s", durations.SLOWEST_TEST),
        text="<1 s",
        scope=spell_scope(marker=marker, paths=paths),
        marker=marker,
        paths=paths,
    )


def slowest(root: Path, target: Target, *, skipped: int = 0, deselected: int = 0) -> Measurement:
    recorder = Recorder(lambda: 0.0, parts_of([target]))
    for index, when in enumerate(("setup", "call", "teardown")):
        recorder.take(Report("unit/test_a.py::test", when, duration=float(index)))
    part = recorder.parts[target.scope]
    part.skipped, part.deselected = skipped, deselected
    settings = Settings(root=root, targets=(target,))
    limited = Context(settings=settings, tree=Tree(root=root), source=Source(), recorder=recorder)
    (found,) = [each for each in durations.measure(limited) if each.scope]
    return found


def test_a_target_may_take_the_tests_of_some_files(tmp_path: Path) -> None:
    found = slowest(tmp_path, limited(paths="unit/**"))

    assert (found.value, found.n, found.scope) == (3.0, 1, "unit/**")


def test_tests_that_are_not_there_are_unknown_not_nought(tmp_path: Path) -> None:
    found = slowest(tmp_path, limited(marker="slow", paths="unit/**"))

    assert found.reason == 'no test marked "slow" in unit/** ran'
    assert found.remedy
    assert not found.not_for_this_run


def test_tests_that_were_not_to_run_are_skipped(tmp_path: Path) -> None:
    skipped = slowest(tmp_path, limited(marker="slow"), skipped=1)
    deselected = slowest(tmp_path, limited(paths="other/**"), deselected=3)

    assert skipped.reason == 'every test marked "slow" was skipped, 1 test'
    assert deselected.reason == "every test in other/** was deselected, 3 tests"
    assert skipped.not_for_this_run
    assert deselected.not_for_this_run


def flaky(root: Path, recorder: Recorder, endings: Callable[[], Endings] = dict) -> Measurement:
    target = Target(
        metric="flaky-tests", text="=0", wanted=parse_wanted("=0", outcomes.FLAKY_TESTS)
    )
    asked = replace(
        context(root, recorder), settings=Settings(root=root, targets=(target,)), endings=endings
    )
    return by_metric(outcomes.measure(asked))["flaky-tests"]


def test_flaky_tests_are_unknown_where_nothing_is_repeated(tmp_path: Path) -> None:
    found = flaky(tmp_path, session(1.0))

    assert found.reason == (
        "no test is repeated when it fails, and no session before this one ran on exactly these "
        "files"
    )
    assert "--reruns 1" in found.remedy


def test_no_flaky_test_is_nought_where_what_fails_is_repeated(tmp_path: Path) -> None:
    recorder = session(1.0)
    recorder.reruns = "--reruns"

    found = flaky(tmp_path, recorder)

    assert found.value == 0
    assert found.source.endswith("with tests repeated by --reruns")


def test_an_earlier_session_on_the_same_files_is_a_repetition(tmp_path: Path) -> None:
    earlier = {"test_a.py::test_0": (Ending.FAILED,), "test_a.py::test_1": (Ending.PASSED,)}

    found = flaky(tmp_path, session(1.0, 1.0), lambda: earlier)

    assert (found.value, found.bound) == (1, Bound.EXACT)
    assert [(item.name, item.note) for item in found.items] == [
        ("test_a.py::test_0", "failed 1 of 2 times on this commit")
    ]
    assert found.source.endswith("with earlier sessions on this commit")


def test_tests_that_are_new_to_the_commit_leave_a_lower_bound(tmp_path: Path) -> None:
    found = flaky(tmp_path, session(1.0, 1.0), lambda: {"test_a.py::test_0": (Ending.PASSED,)})

    assert (found.value, found.bound) == (0, Bound.AT_LEAST)
    assert found.bound_reason == "1 test ran on this commit for the first time"


def test_earlier_sessions_of_other_tests_alone_tell_nothing(tmp_path: Path) -> None:
    found = flaky(tmp_path, session(1.0), lambda: {"test_b.py::test": (Ending.PASSED,)})

    assert found.value is None


def test_a_test_repeated_here_and_flaky_before_counts_once(tmp_path: Path) -> None:
    recorder = session(1.0)
    recorder.flakes = [("test_a.py::test_0", "failed 1 time, then passed")]

    found = flaky(tmp_path, recorder, lambda: {"test_a.py::test_0": (Ending.FAILED,)})

    assert found.value == 1
    assert found.source.endswith(
        "with tests repeated by a plugin and earlier sessions on this commit"
    )


def test_a_history_that_cannot_be_read_leaves_the_sessions_own_answer(tmp_path: Path) -> None:
    def broken() -> Endings:
        raise HistoryError("The history a.db is damaged.")

    recorder = session(1.0)
    alone = flaky(tmp_path, recorder, broken)
    recorder.reruns = "--reruns"
    repeated = flaky(tmp_path, recorder, broken)

    assert alone.reason == "no test is repeated when it fails, and the history a.db is damaged"
    assert repeated.value == 0
    assert repeated.notes == ("earlier sessions do not count: the history a.db is damaged",)


@pytest.mark.parametrize("gate", [durations, outcomes])
def test_without_a_session_they_are_skipped(tmp_path: Path, gate: Gate) -> None:
    found = list(gate.measure(context(tmp_path, None)))

    assert found
    assert all(measurement.not_for_this_run for measurement in found)


def test_without_a_session_every_scope_is_skipped(tmp_path: Path) -> None:
    targets = (limited(marker="slow"), limited(paths="unit/**"))
    settings = Settings(root=tmp_path, targets=targets)

    found = durations.measure(Context(settings=settings, tree=Tree(root=tmp_path), source=Source()))

    skipped = {each.scope for each in found if each.not_for_this_run}
    assert skipped == {"", "-m slow", "unit/**"}


def test_delivery_is_unknown_and_never_invented(tmp_path: Path) -> None:
    found = by_metric(delivery.measure(context(tmp_path, session(1.0))))

    assert set(found) == {metric.key for metric in delivery.METRICS}
    assert all(measurement.value is None for measurement in found.values())
    assert {each.reason for each in found.values()} == {"nothing is known of deliveries"}


def test_a_test_that_passed_and_failed_on_the_same_commit_is_flaky() -> None:
    now = [
        ("a", Ending.PASSED),
        ("b", Ending.FAILED),
        ("c", Ending.XPASSED),
        ("d", Ending.ERROR),
        ("e", Ending.PASSED),
        ("f", Ending.SKIPPED),
        ("new", Ending.FAILED),
    ]
    earlier = {
        "a": (Ending.FAILED, Ending.PASSED),
        "b": (Ending.PASSED,),
        "c": (Ending.PASSED, Ending.XPASSED),
        "d": (Ending.FAILED,),
        "e": (Ending.SKIPPED, Ending.XFAILED),
        "f": (Ending.PASSED, Ending.ERROR),
    }

    assert outcomes.both_ways(now, earlier) == [
        ("a", "failed 1 of 3 times on this commit"),
        ("b", "failed 1 of 2 times on this commit"),
        ("f", "failed 1 of 2 times on this commit"),
    ]
