"""The badge: what the endpoint of shields takes, and a picture that stands alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pytest_boss_gates.model import Outcome, VerdictStatus
from pytest_boss_gates.report.badge import render, width_of

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples


def runs(examples: Examples) -> list[Run]:
    missed, unknown = examples.missed_coverage(), examples.verdict(VerdictStatus.UNKNOWN)
    return [
        examples.run(examples.met()),
        examples.run(missed, unknown, outcome=Outcome.MISSED),
        examples.run(unknown, unknown, outcome=Outcome.UNKNOWN),
        examples.run(examples.skipped(), outcome=Outcome.MISSED),
        examples.run(examples.skipped(), examples.observed()),
    ]


def test_the_endpoint_gets_what_it_knows_and_no_more(examples: Examples) -> None:
    found = [json.loads(render(run)) for run in runs(examples)]
    assert [(each["message"], each["color"]) for each in found] == [
        ("1 met", "brightgreen"),
        ("1 missed", "red"),
        ("2 unknown", "yellow"),
        ("missed", "red"),
        ("nothing judged", "lightgrey"),
    ]
    for each in found:
        assert set(each) == {"schemaVersion", "label", "message", "color"}
        assert (each["schemaVersion"], each["label"]) == (1, "boss gates")


def test_a_path_in_svg_makes_the_picture(examples: Examples) -> None:
    for run in runs(examples):
        picture = ET.fromstring(render(replace(run, at="build/badge.SVG")))
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
        message = json.loads(render(run))["message"]
        assert picture.attrib["aria-label"] == f"boss gates: {message}"
        texts = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
        assert texts == ["boss gates"] * 2 + [message] * 2
        widths = width_of("boss gates") + width_of(message) + 20
        assert picture.attrib["width"] == str(widths)


@pytest.mark.parametrize(
    ("text", "pixels"), [("", 1), ("build", 27), ("passing", 41), ("coverage", 51), ("日", 11)]
)
def test_a_text_is_as_wide_as_in_the_pictures_of_shields(text: str, pixels: int) -> None:
    assert width_of(text) == pixels
