"""``report.json`` against its own schema, and what its values are."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from pytest_boss_gates.model import (
    BaseValue,
    Bound,
    Explanation,
    Item,
    Place,
    Row,
    Table,
    VerdictStatus,
)
from pytest_boss_gates.report.json import render
from pytest_boss_gates.report.json_schema import report_schema

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run, Verdict
    from tests.report.conftest import Examples

VALIDATOR = Draft202012Validator(report_schema())


def strict_loads(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def rendered(run: Run) -> Any:
    report = strict_loads(render(run))
    VALIDATOR.validate(report)
    return report


def test_the_schema_is_a_schema_of_draft_2020_12() -> None:
    Draft202012Validator.check_schema(report_schema())
    assert report_schema()["$id"] == "urn:pytest-boss-gates:report:1"


def test_every_object_of_the_schema_is_closed_or_maps_names_to_text() -> None:
    def objects(schema: Any) -> list[dict[str, Any]]:
        if isinstance(schema, dict):
            own = [schema] if schema.get("type") == "object" else []
            return own + [found for part in schema.values() for found in objects(part)]
        return []

    extras = [found["additionalProperties"] for found in objects(report_schema())]
    assert extras
    assert all(extra is False or extra == {"type": "string"} for extra in extras)


def test_the_schema_refuses_an_unknown_key_and_a_missing_one(examples: Examples) -> None:
    report = rendered(examples.full())
    with pytest.raises(ValidationError, match="'extra' was unexpected"):
        VALIDATOR.validate({**report, "extra": 1})
    del report["verdicts"][0]["shown"]
    with pytest.raises(ValidationError, match="'shown' is a required property"):
        VALIDATOR.validate(report)


def test_the_keys_are_in_the_order_of_the_product(examples: Examples) -> None:
    report = rendered(examples.full())
    assert list(report) == [
        "format", "outcome", "failed-only-for-delivery", "report-only", "run", "verdicts",
        "tracker", "notes", "problems", "details",
    ]  # fmt: skip
    assert list(report["run"]) == [
        "project", "commit", "branch", "below", "ci", "started", "ended", "versions", "workers",
        "partial", "fingerprint", "pytest-exit", "passed",
    ]  # fmt: skip
    assert list(report["verdicts"][0]) == [
        "metric", "title", "direction", "shape", "delivery", "scope", "target", "wanted", "enforce",
        "set-at", "status", "reason", "blocking", "shown", "measurement", "details",
    ]  # fmt: skip


def test_the_base_of_a_relative_verdict_is_told(examples: Examples) -> None:
    base = BaseValue(value=Fraction(1, 2), source="main at 1a2b3c4")
    known = examples.verdict(
        VerdictStatus.MISSED,
        value=Fraction(1, 4),
        base=base,
        explanation=Explanation(where=(Item(name="f", value=12, before=11),)),
    )
    unreached = examples.verdict(
        VerdictStatus.UNKNOWN, value=1, base=BaseValue(reason="it is shallow", remedy="Deepen it.")
    )

    told = rendered(examples.run(known, unreached))["verdicts"]

    assert told[0]["measurement"]["base"] == {
        "value": 0.5, "exact": None, "bound": "exact", "source": "main at 1a2b3c4", "reason": "",
    }  # fmt: skip
    assert told[0]["details"]["where"][0]["before"] == 11
    assert told[1]["measurement"]["base"]["reason"] == "it is shallow"
    assert told[1]["details"]["remedy"] == "Deepen it."


def test_a_missed_verdict_is_told_in_full(examples: Examples) -> None:
    report = rendered(examples.run(examples.missed_coverage()))
    assert report["verdicts"] == [
        {
            "metric": "code-coverage",
            "title": "Code Coverage",
            "direction": "higher",
            "shape": "share",
            "delivery": False,
            "scope": "",
            "target": ">90%",
            "wanted": {"comparator": ">", "value": 0.9, "exact": "9/10"},
            "enforce": "block",
            "set-at": "pyproject.toml:12",
            "status": "missed",
            "reason": "87 % is not >90%",
            "blocking": True,
            "shown": "87 %",
            "measurement": {
                "value": 0.87,
                "exact": "87/100",
                "unit": "ratio",
                "item": "line or branch",
                "is-none": False,
                "bound": "exact",
                "bound-reason": "",
                "n": None,
                "numerator": 87,
                "denominator": 100,
                "window": "",
                "source": "",
                "notes": [],
                "pending": [],
                "base": None,
            },
            "details": {
                "missing": "4 more lines or branches",
                "where": [
                    {
                        "name": "src/shop/cart.py",
                        "value": 5,
                        "exact": None,
                        "path": "src/shop/cart.py",
                        "line": 3,
                        "note": "lines 3-6, 12",
                        "before": None,
                        "exact-before": None,
                    },
                    {
                        "name": "src/shop/store.py",
                        "value": 1,
                        "exact": None,
                        "path": "src/shop/store.py",
                        "line": 40,
                        "note": "",
                        "before": None,
                        "exact-before": None,
                    },
                ],
                "more": 7,
                "cheapest": ["Cover 4 of 5 lines in src/shop/cart.py (lines 3-6, 12)."],
                "why": "Code that no test runs can break without anyone noticing.",
                "fix": examples.missed_coverage().metric.fix,
                "remedy": "",
            },
        }
    ]


def test_the_tracker_carries_status_level_and_proofs(examples: Examples) -> None:
    nothing_else = {"why": "", "overridden": False, "due": None, "perhaps": None, "hinges": ""}
    assert rendered(examples.full())["tracker"] == {
        "tables": [
            {
                "title": "DevOps Tooling Status",
                "columns": ["Tool", "Status", "Notes"],
                "rows": [
                    {
                        "cells": ["mypy", "In Progress", "strict"],
                        "status": "In Progress",
                        "level": "declared",
                        "proofs": [{"path": "pyproject.toml", "line": 41, "text": "[tool.mypy]"}],
                        **nothing_else,
                    },
                    {
                        "cells": ["Sphinx", "", "-"],
                        "status": "Not Started",
                        "level": "none",
                        "proofs": [],
                        **nothing_else,
                    },
                ],
            }
        ],
        "diff": [],
    }


def test_a_place_without_a_line_has_none(examples: Examples) -> None:
    place = Place(path="tox.ini")
    where = (Item(name="tox.ini", value=1, place=place), Item(name="f", value=2))
    verdict = examples.verdict(VerdictStatus.MISSED, explanation=Explanation(where=where))
    table = Table(title="T", columns=("A",), rows=(Row(cells=("a",), proofs=(place,)),))
    report = rendered(examples.run(verdict, tables=(table,)))
    assert report["tracker"]["tables"][0]["rows"][0]["proofs"][0]["line"] is None
    found = report["verdicts"][0]["details"]["where"]
    assert [(item["path"], item["line"]) for item in found] == [("tox.ini", None), (None, None)]


def test_times_are_rfc_3339_in_utc(examples: Examples) -> None:
    paris = timezone(timedelta(hours=1))
    started = datetime(2026, 11, 22, 19, 30, 0, 120_000, tzinfo=paris)
    identity = examples.identity(started=started)
    run = rendered(examples.run(identity=identity))["run"]
    assert run["started"] == "2026-11-22T18:30:00.120Z"
    assert run["ended"] == "2026-11-22T18:30:12.250Z"


def test_what_is_not_known_is_null(examples: Examples) -> None:
    identity = examples.identity(commit="", branch="", pytest_exit=None)
    run = rendered(examples.run(identity=identity))["run"]
    assert [run[key] for key in ("commit", "branch", "ci", "partial", "pytest-exit")] == [None] * 5


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (7, 7),
        (1.5, 1.5),
        (Fraction(1, 3), 1 / 3),
        (Fraction(4, 2), 2),
        (float("nan"), None),
        (float("-inf"), None),
        (Fraction(10**400), None),
        pytest.param(10**5000, None, id="more digits than Python spells"),
        ("1.13.0", "1.13.0"),
        (None, None),
    ],
)
def test_values_are_plain_numbers(examples: Examples, value: Any, written: Any) -> None:
    verdict = examples.verdict(VerdictStatus.OBSERVED, value=value)
    report = rendered(examples.run(verdict))
    assert report["verdicts"][0]["measurement"]["value"] == written


def test_a_hostile_name_is_still_itself(examples: Examples) -> None:
    for text in examples.hostile_texts:
        report = rendered(examples.written_by_others(text))
        expected = text.encode("utf-8", "backslashreplace").decode()
        assert report["notes"] == [expected]
        assert report["verdicts"][0]["reason"] == expected


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_run_fits_the_schema(data: st.DataObject, examples: Examples) -> None:
    rendered(data.draw(examples.any_run()))


def test_a_bound_says_why_it_is_one_and_what_is_not_over(examples: Examples) -> None:
    bound = examples.lead_time(
        VerdictStatus.UNKNOWN,
        bound=Bound.AT_LEAST,
        bound_reason="squash-merged",
        pending=(Item(name="checkout down", value=60, note="since 2026-11-20"),),
    )

    measured = rendered(examples.run(bound))["verdicts"][0]["measurement"]

    assert (measured["bound"], measured["bound-reason"]) == ("at-least", "squash-merged")
    assert [item["name"] for item in measured["pending"]] == ["checkout down"]


def test_a_run_that_fails_for_delivery_alone_says_so(examples: Examples) -> None:
    late = examples.lead_time(VerdictStatus.MISSED)
    warned = examples.missed_complexity()
    tests_failed = examples.identity(pytest_exit=1)

    def told(*verdicts: Verdict, **given: Any) -> object:
        return rendered(examples.run(*verdicts, **given))["failed-only-for-delivery"]

    assert told(late, warned) is True
    assert told(late, examples.missed_coverage()) is False
    assert told(late, identity=tests_failed) is False
    assert told(late, report_only=True) is False
    assert told(examples.met()) is False
