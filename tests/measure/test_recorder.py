"""The recorder: what the session's reports said, in whatever order they come."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass

import pytest

from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.measure.recorder import (
    FAILED_BEFORE,
    MARKS,
    Finished,
    Outcome,
    Recorder,
    parts_of,
)
from pytest_boss_gates.model import EndedTests, Ending, Target, spell_scope
from pytest_boss_gates.settings.targets import parse_wanted


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
    assert (seen.passed, seen.count(Ending.FAILED)) == (1, 0)


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

    counts = (
        seen.count(Ending.FAILED),
        seen.count(Ending.ERROR),
        seen.skipped,
        seen.count(Ending.XFAILED),
        seen.count(Ending.XPASSED),
        seen.passed,
    )
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

    assert (seen.count(Ending.FAILED), seen.run) == (1, 1)


class SubtestReport(Report):
    context: object = None


class TestReport(SubtestReport):
    """A user's hook may put an attribute of that name on pytest's own reports."""

    __test__ = False


def test_a_subtest_is_a_part_of_its_test_and_never_counted() -> None:
    seen = recorder()
    seen.take(Report("a", "setup"))
    seen.take(SubtestReport("a", "call", "failed", duration=9.0))
    seen.take(TestReport("a", "call", duration=1.0))
    seen.take(Report("a", "teardown"))

    assert (seen.passed, seen.count(Ending.FAILED), list(seen.durations)) == (1, 0, [1.0])


def test_the_slowest_tests_are_kept_whatever_their_order() -> None:
    seen = recorder()

    for index in range(300):
        run_test(seen, f"test {index}", call=float(index * 37 % 300))

    assert [test.total for test in seen.slowest[:3]] == [299, 298, 297]
    assert len(seen.slowest) < 300


def test_a_passed_test_holds_little_more_than_its_duration() -> None:
    seen = recorder()
    names = [f"quick {index}" for index in range(20_000)]  # pytest's own items hold them
    for index in range(2_000):
        run_test(seen, f"warm {index}", call=1e9 - index)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()

    for name in names:
        run_test(seen, name)

    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 20_000 < 40


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


def limited(*, marker: str = "", paths: str = "", metric: str = "slowest-test") -> Target:
    return Target(
        metric=metric,
        wanted=parse_wanted("<1 s", METRICS[metric]),
        text="<1 s",
        scope=spell_scope(marker=marker, paths=paths),
        marker=marker,
        paths=paths,
    )


def run_marked(recorder: Recorder, nodeid: str, seconds: float, *marks: str) -> None:
    recorder.take(Report(nodeid, "setup"))
    recorder.take(Report(nodeid, "call", duration=seconds))
    last = Report(nodeid, "teardown")
    if marks:
        setattr(last, MARKS, list(marks))
    recorder.take(last)


def test_the_tests_of_a_marker_and_of_some_files_are_timed_apart() -> None:
    wanted = [limited(marker="slow"), limited(marker="not slow"), limited(paths="unit/**")]
    seen = Recorder(lambda: 0.0, parts_of(wanted))

    run_marked(seen, "unit/test_a.py::test_1", 1.0)
    run_marked(seen, "test_b.py::test_2[unit/x.py::a]", 2.0, "slow")

    assert {scope: list(part.durations) for scope, part in seen.parts.items()} == {
        "-m slow": [2.0],
        '-m "not slow"': [1.0],
        "unit/**": [1.0],
    }
    assert list(seen.durations) == [1.0, 2.0]


def test_a_part_counts_its_skipped_tests() -> None:
    seen = Recorder(lambda: 0.0, parts_of([limited(paths="a.py")]))

    for nodeid in ("a.py::test_1", "b.py::test_2"):
        seen.take(Report(nodeid, "setup", "skipped", longrepr=("f", 1, "Skipped: x")))
        seen.take(Report(nodeid, "teardown"))

    assert (seen.parts["a.py"].skipped, seen.skipped) == (1, 2)


def test_only_durations_of_tests_have_parts() -> None:
    assert parts_of([limited(paths="src/**", metric="session-duration"), limited()]) == {}


@pytest.mark.parametrize("word", ["rerun", "retried", "whatever"])
def test_a_test_that_failed_and_then_passed_is_flaky(word: str) -> None:
    seen = recorder()
    for _ in range(2):
        seen.take(Report("a", "setup"))
        seen.take(Report("a", "call", word))
        seen.take(Report("a", "teardown"))

    run_test(seen, "a", call=1.0)

    assert (seen.flaky, seen.passed, list(seen.durations)) == (1, 1, [1.0])
    assert seen.flakes == [("a", "failed 2 times, then passed")]


def test_a_setup_that_failed_and_then_passed_is_flaky() -> None:
    seen = recorder()
    seen.take(Report("a", "setup", "rerun"))
    seen.take(Report("a", "teardown"))

    run_test(seen, "a")

    assert (seen.flaky, seen.passed, seen.count(Ending.ERROR)) == (1, 1, 0)


def test_a_test_that_never_passed_is_not_flaky_and_later_ones_start_anew() -> None:
    seen = recorder()
    seen.take(Report("a", "setup"))
    seen.take(Report("a", "call", "rerun"))
    seen.take(Report("a", "teardown"))
    seen.take(Report("a", "setup"))
    seen.take(Report("a", "call", "failed"))
    seen.take(Report("a", "teardown"))

    run_test(seen, "a")  # in another worker's run of the same test, say

    assert (seen.flaky, seen.count(Ending.FAILED), seen.passed) == (0, 1, 1)


def test_the_last_of_two_reports_of_a_call_counts() -> None:
    """pytest-retry repeats the call between one setup and one teardown."""
    seen = recorder()
    for outcome, final in (("retried", "passed"), ("retried", "failed")):
        seen.take(Report("a", "setup", duration=1.0))
        seen.take(Report("a", "call", outcome, duration=9.0))
        seen.take(Report("a", "call", final, duration=2.0))
        seen.take(Report("a", "teardown"))

    assert (seen.passed, seen.count(Ending.FAILED), seen.skipped, seen.flaky) == (1, 1, 0, 1)
    assert list(seen.durations) == [3.0, 3.0]


def test_an_attempt_without_a_call_is_one_that_flaky_kept_to_itself() -> None:
    """The plugin flaky reports of a failed attempt only its setup and teardown."""
    seen = recorder()
    seen.take(Report("a", "setup"))
    seen.take(Report("a", "teardown"))
    seen.take(Report("a", "setup"))
    seen.take(Report("a", "call"))
    last = Report("a", "teardown")
    setattr(last, FAILED_BEFORE, True)
    seen.take(last)

    assert (seen.passed, seen.flaky) == (1, 1)
    assert seen.flakes == [("a", "failed, then passed")]


def test_every_test_is_remembered_with_how_it_ended() -> None:
    seen = recorder()

    run_test(seen, "good", setup=0.5, call=1.0, teardown=0.5)
    for nodeid, when, outcome in (("bad", "call", "failed"), ("skipped", "setup", "skipped")):
        seen.take(Report(nodeid, "setup", outcome if when == "setup" else "passed"))
        if when == "call":
            seen.take(Report(nodeid, "call", outcome, duration=1.5))
        seen.take(Report(nodeid, "teardown"))
    seen.take(Report("again", "setup"))
    seen.take(Report("again", "call", "rerun"))
    seen.take(Report("again", "teardown"))
    run_test(seen, "again", call=0.25)
    seen.take(Report("crashed", "???", "failed"))

    assert seen.tested == EndedTests(
        names=("again", "bad", "crashed", "good", "skipped"),
        endings="pffps",
        seconds=(0.25, 1.5, 0.0, 2.0, 0.0),
        notes={"again": "failed 1 time, then passed"},
    )
    assert list(seen.durations) == [2.0, 1.5, 0.25]


def test_a_recorder_keeps_no_test_by_name_unless_it_is_to_hand_them_over() -> None:
    seen = recorder()

    run_test(seen, "a")

    assert seen.tests is None


def test_what_a_recorder_hands_over_makes_another_one_the_same() -> None:
    seen = Recorder(lambda: 0.0, whole=True)
    run_test(seen, "passed", 1.0, 2.0, 3.0)
    run_test(seen, "again", 9.0)
    for outcome, report in {
        "rerun": Report("again", "call", outcome="rerun"),
        "failed": Report("failed", "call", outcome="failed", duration=2.0),
        "xfailed": ExpectedReport("xfailed", "call", outcome="skipped", wasxfail="later"),
        "xpassed": ExpectedReport("xpassed", "call", duration=1.0, wasxfail="later"),
    }.items():
        seen.take(Report(report.nodeid, "setup"))
        seen.take(report)
        seen.take(Report(report.nodeid, "teardown", duration=float(len(outcome))))
    seen.take(Report("error", "setup", outcome="failed"))
    seen.take(Report("error", "teardown"))
    seen.take(Report("skipped", "setup", outcome="skipped", longrepr=("x.py", 1, "Skipped: no")))
    seen.take(Report("skipped", "teardown"))
    seen.take(Report("crashed", "setup"))
    seen.take(Report("crashed", "???", outcome="failed"))
    other = recorder()

    for test in seen.tests or ():
        other.add(test)

    for name in "passed skipped run skips xfails flakes tested durations slowest".split():
        assert getattr(other, name) == getattr(seen, name), name
    assert (seen.passed, seen.count(Ending.FAILED), seen.count(Ending.ERROR), seen.skipped) == (
        2,
        2,
        1,
        1,
    )
    assert seen.tests is not None
    assert seen.tests[0] == Finished(
        nodeid="passed", outcome=Outcome.PASSED, phases=(1.0, 2.0, 3.0)
    )
    assert seen.tests[-1] == Finished(nodeid="crashed", outcome=Outcome.FAILED)


def test_warnings_before_the_tests_are_told_apart() -> None:
    seen = recorder()

    seen.warn("W: a", "x.py", 1, early=True)
    seen.warn("W: a", "x.py", 1, count=2)

    assert seen.warnings == 3
    assert seen.warning_kinds == {("W: a", "x.py", 1): 3}
    assert seen.early_warnings == {("W: a", "x.py", 1): 1}
