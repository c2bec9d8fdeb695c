"""The text format, read by Prometheus' own library for Python."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.measure.complexity import COMPLEXITY
from pytest_boss_gates.measure.coverage.metrics import CODE_COVERAGE
from pytest_boss_gates.measure.delivery.metrics import CI_PIPELINE_DURATION
from pytest_boss_gates.measure.durations import SESSION_DURATION
from pytest_boss_gates.measure.outcomes import TESTS
from pytest_boss_gates.measure.tools import TOOL_VERSION
from pytest_boss_gates.model import Bound, Comparator, Unit, VerdictStatus
from pytest_boss_gates.report.escape import visible
from pytest_boss_gates.report.prometheus import FAMILIES, render, target_family, value_family

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run, Verdict
    from tests.report.conftest import Examples


def series(run: Run) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every series of a run: its name and labels, the project left out, with its value."""
    return {
        (sample.name, frozenset(sample.labels.items() - {("project", "shop")})): sample.value
        for family in text_string_to_metric_families(render(run))
        for sample in family.samples
    }


def value(run: Run, name: str, **labels: str) -> float | None:
    return series(run).get((name, frozenset(labels.items())))


def names(run: Run) -> set[str]:
    return {name for name, _ in series(run)}


@pytest.mark.parametrize(
    ("metric", "measured", "name", "expected"),
    [
        (CODE_COVERAGE, Fraction(87, 100), "boss_gates_code_coverage_ratio", 0.87),
        (SESSION_DURATION, 12.25, "boss_gates_session_duration_seconds", 12.25),
        (CI_PIPELINE_DURATION, 540, "boss_gates_cicd_pipeline_run_duration_seconds", 540),
        (COMPLEXITY, 14, "boss_gates_complexity", 14),
        (TESTS, 10**20, "boss_gates_tests", 1e20),
    ],
)
def test_a_value_is_told_in_base_units_under_a_name_that_says_the_unit(
    metric: object, measured: Fraction | float, name: str, expected: float, examples: Examples
) -> None:
    verdict = examples.verdict(VerdictStatus.MET, metric=metric, value=measured)  # type: ignore[arg-type] # a table of several kinds

    assert value(examples.run(verdict), name) == expected


def test_a_scope_is_a_label_and_everything_has_none(examples: Examples) -> None:
    run = examples.run(examples.missed_coverage(), examples.met("src/pay/**"))

    assert value(run, "boss_gates_code_coverage_ratio") == 0.87
    assert value(run, "boss_gates_code_coverage_ratio", scope="src/pay/**") == 0.99


def test_a_verdict_is_one_series_for_each_status(examples: Examples) -> None:
    run = examples.run(examples.missed_coverage())

    told = {
        status.value: value(
            run, "boss_gates_verdict_status", metric="code-coverage", status=status.value
        )
        for status in VerdictStatus
    }
    assert told == {"met": 0, "missed": 1, "unknown": 0, "skipped": 0, "observed": 0}
    assert value(run, "boss_gates_verdict_blocking", metric="code-coverage") == 1


@pytest.mark.parametrize("status", [VerdictStatus.UNKNOWN, VerdictStatus.SKIPPED])
def test_what_is_not_known_has_a_status_and_no_value(
    status: VerdictStatus, examples: Examples
) -> None:
    run = examples.run(examples.verdict(status, value=0.5, reason="a worker was lost"))

    assert "boss_gates_code_coverage_ratio" not in names(run)
    assert "boss_gates_measurement_bound" not in names(run)
    told = value(run, "boss_gates_verdict_status", metric="code-coverage", status=status.value)
    assert told == 1


def test_what_did_not_happen_is_no_zero(examples: Examples) -> None:
    run = examples.run(examples.no_recovery())

    assert "boss_gates_mean_time_to_recovery_seconds" not in names(run)
    assert value(run, "boss_gates_measurement_samples", metric="mean-time-to-recovery") == 0


def test_a_part_of_the_suite_observes_nothing_of_the_whole(examples: Examples) -> None:
    partial = examples.identity(partial="-k cart")
    run = examples.run(examples.observed(), examples.missed_complexity(), identity=partial)

    assert "boss_gates_tests" not in names(run)
    assert value(run, "boss_gates_complexity") == 14
    assert value(run, "boss_gates_run_partial") == 1


def test_a_target_is_a_number_of_the_same_unit_and_a_text(examples: Examples) -> None:
    run = examples.run(examples.missed_coverage())

    assert value(run, "boss_gates_code_coverage_target_ratio") == 0.9
    labels = {"metric": "code-coverage", "target": ">90%", "enforce": "block"}
    assert value(run, "boss_gates_target_info", **labels) == 1


def relative(verdict: Verdict) -> Verdict:
    assert verdict.target is not None
    wanted = replace(verdict.target.wanted, comparator=Comparator.NO_WORSE)
    return replace(verdict, target=replace(verdict.target, wanted=wanted))


def test_a_relative_target_is_no_number(examples: Examples) -> None:
    run = examples.run(relative(examples.missed_coverage()))

    assert "boss_gates_code_coverage_target_ratio" not in names(run)
    assert "boss_gates_target_info" in names(run)


def test_a_bound_is_told_beside_its_value(examples: Examples) -> None:
    verdict = examples.verdict(VerdictStatus.MISSED, value=0.5, bound=Bound.AT_MOST)
    run = examples.run(verdict)

    told = {
        bound.value: value(
            run, "boss_gates_measurement_bound", metric="code-coverage", bound=bound.value
        )
        for bound in Bound
    }
    assert told == {"exact": 0, "at-least": 0, "at-most": 1}


def test_a_version_is_a_label_of_an_info(examples: Examples) -> None:
    tool = examples.verdict(VerdictStatus.MET, metric=TOOL_VERSION, scope="mypy", value="1.13.0")
    run = examples.run(tool)

    labels = {"scope": "mypy", "version": "1.13.0"}
    assert value(run, "boss_gates_tool_version_info", **labels) == 1
    assert not [name for name in names(run) if "version_target" in name]


def test_the_commit_is_a_label_of_the_run_alone(examples: Examples) -> None:
    told = series(examples.full())

    held = {name for name, labels in told if "0c1d2e3" in dict(labels).values()}
    assert held == {"boss_gates_run_info"}
    assert value(examples.full(), "boss_gates_last_run_timestamp_seconds") == 1795372212


def test_the_tracker_is_counted_by_table_and_status(examples: Examples) -> None:
    run = examples.full()

    def told(status: str) -> float | None:
        table = "DevOps Tooling Status"
        return value(run, "boss_gates_tracker_rows", table=table, status=status)

    counts = [told("Not Started"), told("In Progress"), told("Completed")]
    assert counts == [1, 1, 0]


def test_a_number_that_is_none_has_no_series(examples: Examples) -> None:
    for measured in (float("nan"), float("inf"), 10**400, "61"):
        run = examples.run(examples.verdict(VerdictStatus.MET, metric=TESTS, value=measured))

        assert "boss_gates_tests" not in names(run)


def test_nothing_is_said_twice(examples: Examples) -> None:
    run = examples.run(examples.missed_coverage(), examples.missed_coverage())

    lines = render(run).splitlines()
    heads = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert len(heads) == len(set(heads))


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_text_of_strangers_arrives_as_it_can_be_seen(
    data: st.DataObject, examples: Examples
) -> None:
    text = data.draw(examples.any_text())
    run = examples.run(identity=examples.identity(branch=text))

    (labels,) = [dict(labels) for name, labels in series(run) if name == "boss_gates_run_info"]
    shown = re.sub(r"##(\w*)\[", r"##\1\\[", visible(text))
    assert labels.get("vcs_ref_head_name", "") == re.sub(r"^::", r"\\::", shown)


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_any_run_is_read_whole_by_the_library(data: st.DataObject, examples: Examples) -> None:
    run = data.draw(examples.any_run())

    lines = [line for line in render(run).splitlines() if not line.startswith("#")]
    found = text_string_to_metric_families(render(run))
    assert sum(len(family.samples) for family in found) == len(lines)


def test_every_metric_has_names_of_its_own_that_follow_the_conventions() -> None:
    made = [make(metric) for metric in METRICS.values() for make in (value_family, target_family)]
    told = [family.name for family in (*made, *FAMILIES)]

    assert len(told) == len(set(told))
    for name in told:
        assert re.fullmatch("boss_gates(_[a-z0-9]+)+", name)
        assert not name.endswith("_total"), "only counters end so"
    for metric in METRICS.values():
        name = value_family(metric).name
        assert name.endswith("_seconds") is (metric.unit is Unit.SECONDS)
        assert name.endswith("_ratio") is (metric.unit is Unit.RATIO)
