"""Past runs on a terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.history.trends import Flaky, Slower
from pytest_boss_gates.model import (
    Bound,
    Outcome,
    RecordedRun,
    RecordedVerdict,
    Unit,
    VerdictStatus,
)
from pytest_boss_gates.report.trend import (
    Overview,
    overview,
    overview_json,
    sparkline,
    trend,
    trend_json,
)

if TYPE_CHECKING:
    from pytest_boss_gates.model import Number

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
COMMIT = "5ca1ab1e" * 5


def coverage(value: Number | None, status: VerdictStatus = VerdictStatus.MET) -> RecordedVerdict:
    return RecordedVerdict(
        metric="code-coverage", value=value, unit=Unit.RATIO, target=">90%", status=status
    )


def run(hours: int, *verdicts: RecordedVerdict, **fields: object) -> RecordedRun:
    made = RecordedRun(
        key=str(hours),
        started=NOON + timedelta(hours=hours),
        ended=NOON + timedelta(hours=hours, seconds=9),
        commit=COMMIT,
        clean=True,
        branch="main",
        outcome=Outcome.MET,
        fingerprint={"core": "CTracer"},
        verdicts=verdicts,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


RUNS = [
    run(2, coverage(Fraction(95, 100)), fingerprint={"core": "SysMonitor"}),
    run(1, coverage(Fraction(88, 100), VerdictStatus.MISSED), clean=False, branch="side"),
    run(0, coverage(Fraction(91, 100))),
]


@pytest.mark.parametrize(
    ("values", "drawn", "plain"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█", "_.-~=+*#"),
        ([Fraction(1, 3), 1e9], "▁█", "_#"),
        ([5, 5, 5], "▅▅▅", "==="),
        ([0, None, 1], "▁ █", "_ #"),
        ([None], "", ""),
        ([], "", ""),
    ],
)
def test_bars_go_from_the_lowest_to_the_highest(
    values: list[Number | None], drawn: str, plain: str
) -> None:
    assert sparkline(values, unicode=True) == drawn
    assert sparkline(values, unicode=False) == plain


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=1))
def test_a_line_has_one_bar_for_each_number(values: list[float | None]) -> None:
    drawn = sparkline(list(values), unicode=True)

    assert len(drawn) in (0, len(values))


def test_a_metric_is_shown_run_by_run_with_what_changed_in_its_measurement() -> None:
    shown = list(trend("code-coverage", "", RUNS, width=80, unicode=True))

    assert shown == [
        "code-coverage: ▄▁█ 88 % to 95 %",
        "",
        "WHEN (UTC)        COMMIT     BRANCH  MEASURED  TARGET  VERDICT",
        "2026-11-27 14:00  5ca1ab1e   main        95 %  >90%    ✓ met",
        "2026-11-27 13:00  5ca1ab1e+  side        88 %  >90%    ✗ missed",
        "2026-11-27 12:00  5ca1ab1e   main        91 %  >90%    ✓ met",
        "",
        "Measurement changed:",
        "  2026-11-27 14:00: core CTracer, now SysMonitor",
    ]


def test_a_metric_that_nothing_has_measured_is_a_sentence() -> None:
    (line,) = trend("code-coverage", "", [], width=80, unicode=True)

    assert line == "No whole run in the history has measured code-coverage."


FOUND = Overview(
    runs=RUNS,
    slower=[Slower(name="session-duration", seconds=14.2, usual=9.8, spread=0.2, n=12)],
    flaky=[Flaky(nodeid="tests/test_a.py::x", passed=3, failed=1, commits=(COMMIT,))],
)


def test_the_overview_tells_every_number_and_what_is_not_usual() -> None:
    shown = list(overview(FOUND, width=80, unicode=True))

    assert shown == [
        "The last 3 whole runs, 2026-11-27 12:00 to 2026-11-27 14:00 UTC.",
        "",
        "GATE           OLDEST  NEWEST  TARGET  TREND",
        "code-coverage  91 %    95 %    >90%    ▄▁█",
        "",
        "Slower than usual:",
        "  session-duration: 14.20 s, usually 9.80 s (median of 12 runs)",
        "",
        "Flaky: passed and failed on the same files:",
        "  tests/test_a.py::x: passed 3, failed 1 (5ca1ab1e)",
    ]


def test_an_empty_history_says_how_it_fills() -> None:
    shown = list(overview(Overview(runs=()), width=80, unicode=True))

    assert shown == [
        "No whole run is in the history. `pytest --boss-gates` keeps each.",
    ]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_nothing_is_wider_than_the_terminal_or_beyond_ascii_where_that_is_all(width: int) -> None:
    long = run(3, *RUNS[0].verdicts, branch="feature/" + "x" * 60)
    lines = [
        *overview(replace(FOUND, runs=[long, *RUNS] * 8), width=width, unicode=False),
        *trend("code-coverage", "", [long, *RUNS], width=width, unicode=False),
    ]

    assert all(line.isascii() for line in lines)
    assert max(map(len, lines)) <= max(width, 72)


def test_bounds_levels_and_versions_are_spelled() -> None:
    verdicts = [
        replace(coverage(Fraction(9, 10)), bound=Bound.AT_MOST),
        replace(coverage(2), metric="tool-level", scope="mypy", unit=Unit.LEVEL),
        RecordedVerdict(
            metric="tool-version", value="1.8", unit=Unit.VERSION, status=VerdictStatus.MET
        ),
        replace(coverage(None, VerdictStatus.UNKNOWN), metric="line-coverage"),
    ]

    text = "\n".join(overview(Overview(runs=[run(0, *verdicts)]), width=80, unicode=True))

    assert "≤90 %" in text
    assert "tool-level mypy  declared" in text
    assert "tool-version     1.8" in text
    assert "line-coverage" not in text  # nothing has ever measured it


def test_hostile_names_stay_in_their_place() -> None:
    nasty = run(0, coverage(1), branch="\x1b[31m::error::\n")
    text = "\n".join(trend("code-coverage", "", [nasty], width=80, unicode=True))
    found = Overview(
        runs=[nasty], flaky=[Flaky(nodeid="\x1b]0;", passed=1, failed=1, commits=(COMMIT,))]
    )
    text += "\n".join(overview(found, width=80, unicode=True))

    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())
    json.dumps(overview_json(found)).encode()


def test_json_has_plain_numbers() -> None:
    shown = json.loads(json.dumps(trend_json("code-coverage", "", RUNS)))
    whole = json.loads(json.dumps(overview_json(FOUND)))

    assert shown["format"] == whole["format"] == 1
    assert [each["value"] for each in shown["runs"]] == [0.95, 0.88, 0.91]
    assert shown["runs"][0]["started"] == "2026-11-27T14:00:00Z"
    assert shown["runs"][1]["clean"] is False
    assert whole["slower"] == [
        {"name": "session-duration", "seconds": 14.2, "usual": 9.8, "spread": 0.2, "n": 12}
    ]
    assert whole["flaky"][0]["commits"] == [COMMIT]
    assert whole["runs"][0]["verdicts"][0]["status"] == "met"
