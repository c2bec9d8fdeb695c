"""The suite of gates as JUnit's consumers read it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from junitparser import JUnitXml

from pytest_boss_gates.model import Enforce, VerdictStatus
from pytest_boss_gates.report.junit import render

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples

# Jenkins' strict schema (junit-10.xsd of its xUnit plugin): what it allows, and what it demands.
ALLOWED = {
    "testsuites": set(),
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "time", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
}  # fmt: skip


def cases(run: Run) -> list[tuple[str, str, str]]:
    root = ET.fromstring(render(run))
    for element in root.iter():
        assert set(element.attrib) <= ALLOWED[element.tag]
    (suite,) = root
    assert {"name", "tests", "failures", "errors"} <= set(suite.attrib)
    found = suite.findall("testcase")
    names = [(case.attrib["classname"], case.attrib["name"]) for case in found]
    assert len(set(names)) == len(names)
    tags = [case[0].tag if len(case) else "passed" for case in found]
    return [(*name, tag) for name, tag in zip(names, tags, strict=True)]


def test_each_target_is_a_case(examples: Examples) -> None:
    lost = examples.verdict(VerdictStatus.UNKNOWN, scope="src/**", reason="a worker was lost")
    run = examples.run(
        examples.missed_coverage(),
        lost,
        examples.met(),
        examples.met(),
        examples.missed_complexity(),
        examples.skipped(),
        examples.observed(),
        examples.no_recovery(),
    )
    assert cases(run) == [
        ("boss_gates.code-coverage", "everything", "failure"),
        ("boss_gates.code-coverage", "src/**", "error"),
        ("boss_gates.code-coverage", "src/shop/payments/**", "passed"),
        ("boss_gates.code-coverage", "src/shop/payments/** (2)", "passed"),
        ("boss_gates.complexity", "everything", "skipped"),
        ("boss_gates.slowest-test", "everything", "skipped"),
        ("boss_gates.mean-time-to-recovery", "everything", "skipped"),
    ]


def test_a_consumer_counts_and_reads_the_same(examples: Examples, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(render(examples.full()), encoding="utf-8")

    (suite,) = JUnitXml.fromfile(str(path))

    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("boss-gates", 12, 1, 0)
    (failure,) = next(case for case in suite if case.name == "everything").result
    assert failure.message == "87 % is not >90%"
    assert failure.text.splitlines()[:2] == [
        "Code Coverage is 87 %, >90% is wanted",
        "4 more lines or branches",
    ]


def test_a_run_that_only_reports_fails_no_build(examples: Examples) -> None:
    missed = (examples.missed_coverage(), examples.missed_complexity(enforce=Enforce.BLOCK))
    assert {tag for *_, tag in cases(examples.run(*missed, report_only=True))} == {"skipped"}


def test_what_xml_cannot_hold_is_spelled_out(examples: Examples) -> None:
    for text in examples.hostile_texts:
        assert cases(examples.written_by_others(text))
