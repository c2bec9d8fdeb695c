"""GitLab's code quality report, held against what its parser demands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

from pytest_boss_gates.model import Explanation, Item, Place, VerdictStatus
from pytest_boss_gates.report.gitlab import render

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples

# What GitLab's documentation demands of an entry; its parser's own schema asks for less.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "pattern": r"^[^\n]+$"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def entries(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(run))
    Draft7Validator(SCHEMA).validate(found)
    prints = [entry["fingerprint"] for entry in found]
    assert len(set(prints)) == len(prints)
    return found


def test_each_finding_has_its_place_and_severity(examples: Examples) -> None:
    unknown = examples.verdict(VerdictStatus.UNKNOWN, reason="a worker was lost")
    found = entries(examples.run(examples.missed_coverage(), examples.missed_complexity(), unknown))
    places = [(each["location"]["path"], each["location"]["lines"]["begin"]) for each in found]
    assert [(each["severity"], *place) for each, place in zip(found, places, strict=True)] == [
        ("critical", "pyproject.toml", 12),
        ("major", "pyproject.toml", 12),
        ("critical", "src/shop/cart.py", 3),
        ("critical", "src/shop/store.py", 40),
        ("minor", "pyproject.toml", 12),
        ("minor", "src/shop/pricing.py", 21),
    ]
    assert found[0]["check_name"] == "boss-gates/code-coverage"
    assert found[1]["description"] == "Code Coverage is unknown: a worker was lost"


def test_a_met_run_is_clean(examples: Examples) -> None:
    assert render(examples.run(examples.met())) == "[]\n"


def test_a_fingerprint_stays_when_lines_and_values_move(examples: Examples) -> None:
    before = examples.missed_complexity()
    moved = Item(name="price_of", value=20, place=Place(path="src/shop/pricing.py", line=99))
    after = replace(before, shown="20", explanation=Explanation(where=(moved,)))
    assert [entry["fingerprint"] for entry in entries(examples.run(before))] == [
        entry["fingerprint"] for entry in entries(examples.run(after))
    ]


def test_every_entry_is_valid_whatever_strangers_wrote(examples: Examples) -> None:
    for text in examples.hostile_texts:
        assert entries(examples.written_by_others(text))
