"""What is called slower than usual, and what flaky."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.history.trends import (
    LOOKED_AT,
    Flaky,
    flaky_tests,
    highest_usual,
    other_fingerprint,
    slower,
    slower_metrics,
    slower_tests,
)
from pytest_boss_gates.model import EndedTests, Ending
from tests.history.conftest import COMMIT, endings, run_of, verdict

SECONDS = st.lists(st.floats(min_value=0, max_value=1e5), min_size=3, max_size=30)


@pytest.mark.parametrize(
    ("now", "earlier", "kind", "answer"),
    [
        # too few to tell
        (100.0, [1.0, 1.0], "session", "usual"),
        # a steady suite: a fifth and a second are needed
        (11.9, [10.0] * 5, "session", "usual"),
        (12.1, [10.0] * 5, "session", "slower"),
        (2.9, [2.0] * 5, "session", "usual"),
        (3.1, [2.0] * 5, "session", "slower"),
        # a noisy one: three deviations, too (median 10, MAD 2, so 8.9 s)
        (18.0, [8.0, 12.0, 10.0, 8.0, 12.0], "session", "usual"),
        (19.0, [8.0, 12.0, 10.0, 8.0, 12.0], "session", "slower"),
        # one slow run among the earlier ones makes nothing usual
        (40.0, [10.0, 10.0, 90.0, 10.0, 10.0], "session", "slower"),
        # a test is smaller than a session
        (0.11, [0.02] * 5, "test", "usual"),
        (0.13, [0.02] * 5, "test", "slower"),
        (1.0, [10.0] * 5, "session", "usual"),
    ],
)
def test_slower_takes_a_rise_beyond_noise_a_fifth_and_the_noticeable(
    now: float, earlier: list[float], kind: str, answer: str
) -> None:
    found = slower("x", now, earlier, kind=kind)

    assert ("slower" if found else "usual") == answer


def test_only_the_newest_runs_make_the_usual() -> None:
    assert slower("x", 3.0, [1.0] * LOOKED_AT + [9.0] * 50, kind="session") is not None


@given(earlier=SECONDS)
def test_what_is_not_above_the_median_is_never_slower(earlier: list[float]) -> None:
    highest = highest_usual(earlier, kind="session")

    assert highest is not None
    assert highest > median(earlier[:LOOKED_AT])
    assert slower("x", highest, earlier, kind="session") is None


def test_a_session_is_held_against_the_same_class_of_machines() -> None:
    slow = run_of(9, verdict(value=30.0))
    usual = [run_of(number, verdict(value=10.0)) for number in range(3)]
    elsewhere = [
        run_of(number, verdict(value=10.0), machine="linux x86_64, 64 CPUs") for number in range(9)
    ]

    (found,) = slower_metrics([slow, *usual, *elsewhere])

    assert (found.name, found.seconds, found.usual, found.n) == ("session-duration", 30.0, 10.0, 3)
    assert list(slower_metrics([slow, *usual[:2], *elsewhere])) == []
    assert list(slower_metrics([])) == []


def timed(seconds: float, ending: Ending = Ending.PASSED) -> EndedTests:
    return EndedTests(names=("tests/test_a.py::one",), endings=ending.value, seconds=(seconds,))


def test_a_test_is_held_against_its_own_past_as_far_as_it_passed() -> None:
    usual = [(run_of(number), timed(0.1)) for number in range(3)]
    broken = [(run_of(number), timed(60.0, Ending.FAILED)) for number in range(3)]

    (found,) = slower_tests([(run_of(9), timed(2.0)), *usual, *broken])

    assert (found.name, found.usual, found.n) == ("tests/test_a.py::one", 0.1, 3)
    assert slower_tests([(run_of(9), timed(2.0, Ending.FAILED)), *usual]) == []
    assert slower_tests([(run_of(9), timed(2.0)), *usual[:2]]) == []
    assert slower_tests([]) == []


def test_a_test_that_went_both_ways_on_one_commit_is_flaky() -> None:
    tested = [
        (run_of(0), endings(both="p", good="p", bad="f", error="e", skipped="s")),
        (run_of(1), endings(both="f", good="p", bad="f", error="p", skipped="p")),
        (run_of(2), endings(both="f")),
        (run_of(3, commit="another"), endings(good="f", bad="p")),
    ]

    assert flaky_tests(tested) == [
        Flaky(nodeid="tests/test_a.py::both", passed=1, failed=2, commits=(COMMIT,)),
        Flaky(nodeid="tests/test_a.py::error", passed=1, failed=1, commits=(COMMIT,)),
    ]


def test_files_that_were_changed_say_nothing_of_flakiness() -> None:
    tested = [(run_of(0), endings(one="p")), (run_of(1, clean=False), endings(one="f"))]

    assert flaky_tests(tested) == []
    assert flaky_tests([(run_of(0, commit=""), endings(one=way)) for way in "pf"]) == []


def test_another_way_to_measure_is_told_for_coverage_alone() -> None:
    newer = {"core": "SysMonitor", "branch": "on", "files": "15"}
    older = {"core": "CTracer", "branch": "on", "files": "14", "patches": "subprocess"}

    told = "core CTracer, now SysMonitor, patches subprocess, now none"
    assert other_fingerprint(newer, older, "code-coverage") == told
    assert other_fingerprint(newer, older, "complexity") == ""
    assert other_fingerprint(newer, {}, "code-coverage") == ""
    assert other_fingerprint(newer, newer, "code-coverage") == ""
