"""The definitions of delivery, clause by clause: a folder each, events in and a value out."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_boss_gates.judge import judge
from pytest_boss_gates.measure.delivery import METRICS

CASES = sorted(path.parent for path in Path(__file__).parent.glob("cases/*/*/events.json"))
KNOWN = {metric.key: metric for metric in METRICS}


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_case_comes_to_what_its_folder_says(folder: Path, case: Any) -> None:
    expected = read(folder / "expected.json")
    metric = folder.parent.name
    target = expected.pop("target", None)
    verdict = expected.pop("verdict", None)
    events = case(read(folder / "events.json"), {metric: target} if target else {})

    found = events.measure()[metric]

    measured = {
        "value": found.value,
        "bound": found.bound.value,
        "n": found.n,
        "window": found.window,
        "source": found.source,
        "notes": list(found.notes),
        "reason": found.reason,
    }
    if expected["value"] is not None:
        expected["value"] = Fraction(expected["value"])
    assert {key: measured[key] for key in expected} == expected
    if target:
        (wanted,) = events.settings.targets
        assert judge(KNOWN[metric], wanted, found).status.value == verdict


def test_every_metric_has_its_cases() -> None:
    assert {folder.parent.name for folder in CASES} == set(KNOWN)


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_case_says_what_comes_out(folder: Path) -> None:
    expected = read(folder / "expected.json")

    assert read(folder / "events.json")["case"]
    assert {"value", "n", "window", "source"} <= set(expected)
    assert expected["value"] is None or "bound" in expected
    assert (expected["value"] is None) == ("reason" in expected)
