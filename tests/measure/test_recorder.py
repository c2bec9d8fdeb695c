"""The recorder: what the session's reports said, in whatever order they come."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from pytest_boss_gates.measure.recorder import Recorder


@dataclass
class Report:
    nodeid: str
    when: str | None
    outcome: str = "passed"
    duration: float = 0.0
    longrepr: object = None


@dataclass
class ExpectedReport(Report):
    wasxfail: str = ""


def recorder() -> Recorder:
    ticks = iter(range(100))
    return Recorder(lambda: float(next(ticks)))


def run_test(
    recorder: Recorder, nodeid: str, setup: float = 0.0, call: float = 0.0, teardown: float = 0.0
) -> None:
    recorder.take(Report(nodeid, "setup", duration=setup))
    recorder.take(Report(nodeid, "call", duration=call))
    recorder.take(Report(nodeid, "teardown", duration=teardown))


def test_a_test_takes_the_sum_of_its_phases() -> None:
    seen = recorder()

    run_test(seen, "a", setup=1.0, call=2.0, teardown=0.5)

    assert list(seen.durations) == [3.5]
    assert (seen.slowest[0].setup, seen.slowest[0].call, seen.slowest[0].teardown) == (1, 2, 0.5)


def test_reports_of_several_workers_may_be_interleaved() -> None:
    seen = recorder()

    for when in ("setup", "call", "teardown"):
        for nodeid, seconds in (("a", 1.0), ("b", 2.0)):
            seen.take(Report(nodeid, when, duration=seconds))

    assert sorted(seen.durations) == [3.0, 6.0]
    assert seen.passed == 2


def test_of_a_rerun_test_only_the_last_attempt_counts() -> None:
    seen = recorder()
    seen.take(Report("a", "setup", duration=1.0))
    seen.take(Report("a", "call", "rerun", duration=5.0))
    seen.take(Report("a", "teardown"))

    run_test(seen, "a", setup=0.5, call=1.0)

    assert list(seen.durations) == [1.5]
    assert (seen.passed, seen.failed) == (1, 0)


def test_each_outcome_is_counted_once() -> None:
    seen = recorder()
    for nodeid, when, outcome in (
        ("failed", "call", "failed"),
        ("broken setup", "setup", "failed"),
        ("broken teardown", "teardown", "failed"),
        ("skipped", "setup", "skipped"),
    ):
        for phase in ("setup", "call", "teardown"):
            if when == "setup" and phase == "call":
                continue
            seen.take(Report(nodeid, phase, outcome if phase == when else "passed"))
    for nodeid, outcome in (("xfailed", "skipped"), ("xpassed", "passed")):
        seen.take(Report(nodeid, "setup"))
        seen.take(ExpectedReport(nodeid, "call", outcome, wasxfail="known"))
        seen.take(Report(nodeid, "teardown"))

    counts = (seen.failed, seen.errors, seen.skipped, seen.xfailed, seen.xpassed, seen.passed)
    assert counts == (1, 2, 1, 1, 1, 0)
    assert seen.run == 5
    assert seen.xfails == [("xfailed", "known")]


def test_a_skip_keeps_its_reason_and_has_no_duration() -> None:
    seen = recorder()

    seen.take(Report("a", "setup", "skipped", longrepr=("f.py", 3, "Skipped: no database")))
    seen.take(Report("a", "teardown"))

    assert seen.skips == [("a", "no database")]
    assert len(seen.durations) == 0


def test_a_crashed_worker_counts_as_a_failed_test() -> None:
    seen = recorder()
    seen.take(Report("a", "setup"))

    seen.take(Report("a", "???", "failed"))

    assert (seen.failed, seen.run) == (1, 1)


def test_the_slowest_tests_are_kept_whatever_their_order() -> None:
    seen = recorder()

    for index in range(300):
        run_test(seen, f"test {index}", call=float(index * 37 % 300))

    assert [test.total for test in seen.slowest[:3]] == [299, 298, 297]
    assert len(seen.slowest) < 300


def test_a_passed_test_costs_no_more_than_its_duration() -> None:
    seen = recorder()
    for index in range(2_000):
        run_test(seen, f"warm {index}", call=1e9 - index)
    before = sum(map(sys.getsizeof, vars(seen).values()))

    for index in range(20_000):
        run_test(seen, f"quick {index}")

    after = sum(map(sys.getsizeof, vars(seen).values()))
    assert (after - before) / 20_000 < 20


def test_the_session_lasts_from_start_to_finish() -> None:
    seen = recorder()
    seen.start()  # tick 1
    seen.finish()  # tick 2

    assert seen.session_seconds == 1.0


def test_warnings_are_counted_all_and_listed_by_kind() -> None:
    seen = recorder()

    for _ in range(3):
        seen.warn("DeprecationWarning: old", "a.py", 4)
    seen.warn("UserWarning: hm", "b.py", 1)

    assert seen.warnings == 4
    assert seen.warning_kinds == {
        ("DeprecationWarning: old", "a.py", 4): 3,
        ("UserWarning: hm", "b.py", 1): 1,
    }
