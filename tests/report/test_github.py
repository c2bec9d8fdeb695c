"""Annotations as the runner reads them: its parser's rules, and its limits."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.model import Enforce, Explanation, Item, Place, VerdictStatus
from pytest_boss_gates.report.github import Room, render

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples


def unescaped(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def read(run: Run, room: Room | None = None) -> list[tuple[str, dict[str, str], str]]:
    """Read the commands as the runner does: split at ``,``, then at the first ``=``."""
    found = []
    for line in render(run, room).splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, line
        pairs = (pair.partition("=") for pair in match[2].split(","))
        properties = {key: unescaped(value) for key, _, value in pairs}
        assert set(properties) <= {"file", "line", "title"}
        found.append((match[1], properties, unescaped(match[3])))
    return found


def test_a_missed_gate_stands_at_its_target_and_its_places_at_theirs(examples: Examples) -> None:
    found = read(examples.run(examples.missed_coverage(), examples.missed_complexity()))

    assert [(name, given.get("file"), given.get("line")) for name, given, _ in found] == [
        ("error", "pyproject.toml", "12"),
        ("error", "src/shop/cart.py", "3"),
        ("error", "src/shop/store.py", "40"),
        ("warning", "pyproject.toml", "12"),
        ("warning", "src/shop/pricing.py", "21"),
        ("notice", None, None),
    ]
    assert found[0][1]["title"] == "Code Coverage is 87 %, >90% is wanted"
    assert found[0][2] == (
        "4 more lines or branches\nCover 4 of 5 lines in src/shop/cart.py (lines 3-6, 12)."
    )
    assert found[1][2] == "5 lines or branches (lines 3-6, 12); >90% is wanted"
    assert found[4][2] == "price_of: 14; <=10 is wanted"


def test_places_are_those_of_the_repository(examples: Examples) -> None:
    identity = examples.identity(below="services/shop/")
    found = read(examples.run(examples.missed_coverage(), identity=identity))
    assert [given.get("file") for _, given, _ in found[:2]] == [
        "services/shop/pyproject.toml",
        "services/shop/src/shop/cart.py",
    ]


def test_a_place_outside_is_no_annotation(examples: Examples) -> None:
    where = tuple(
        Item(name=path, value=1, place=Place(path=path)) for path in ("/etc/x", "../x", ".git")
    )
    verdict = examples.verdict(VerdictStatus.MISSED, explanation=Explanation(where=where))
    assert len(read(examples.run(verdict))) == 2  # the gate, and the notice


def test_no_more_than_the_runner_takes_and_the_worst_first(examples: Examples) -> None:
    def crowded(enforce: Enforce) -> Explanation:
        del enforce
        return Explanation(
            where=tuple(
                Item(name=f"f{n}", value=30 - n, place=Place(path=f"f{n}.py")) for n in range(30)
            )
        )

    verdicts = [
        replace(examples.missed_complexity(enforce=enforce), explanation=crowded(enforce))
        for enforce in (Enforce.WARN, Enforce.BLOCK, Enforce.BLOCK)
    ]

    found = read(examples.run(*verdicts))

    assert [name for name, _, _ in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert [given["title"] for _, given, _ in found[:2]] == ["Complexity is 14, <=10 is wanted"] * 2
    assert [given["file"] for _, given, _ in found[2:5]] == ["f0.py", "f0.py", "f1.py"]
    assert found[9][2] == "53 more of this kind are in the step's summary and in the report."


def test_ten_of_a_kind_are_all_shown(examples: Examples) -> None:
    found = read(examples.run(*[examples.verdict(VerdictStatus.UNKNOWN)] * 10))
    assert [given["title"] for _, given, _ in found[:10]] == ["Code Coverage is unknown"] * 10


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (Room(), (10, 10, 1)),
        (Room(job=21), (10, 10, 1)),
        (Room(job=15), (10, 4, 1)),
        (Room(job=11), (10, 0, 1)),
        (Room(job=3), (2, 0, 1)),
        (Room(job=1), (0, 0, 1)),
        (Room(job=0), (0, 0, 0)),
        (Room(job=-3), (0, 0, 0)),
        (Room(errors=4, warnings=0, notices=0), (4, 0, 0)),
    ],
)
def test_what_is_shown_stays_within_the_room_that_is_left(
    room: Room, shown: tuple[int, ...], examples: Examples
) -> None:
    unknown = examples.verdict(VerdictStatus.UNKNOWN)
    warned = examples.verdict(VerdictStatus.UNKNOWN, enforce=Enforce.WARN)

    names = [name for name, _, _ in read(examples.run(*[unknown] * 30, *[warned] * 30), room)]

    assert tuple(map(names.count, ("error", "warning", "notice"))) == shown


def test_a_run_that_only_reports_only_warns(examples: Examples) -> None:
    found = read(examples.run(examples.missed_coverage(), report_only=True))
    assert {name for name, _, _ in found} == {"warning", "notice"}


def test_text_of_strangers_stays_in_its_property(examples: Examples) -> None:
    for text in examples.hostile_texts:
        for _, _, message in read(examples.written_by_others(text)):
            assert len(message) < 1100


def test_a_colon_and_a_comma_in_a_path_are_part_of_it(examples: Examples) -> None:
    place = Place(path="a,line=9:b%2C.py", line=3)
    verdict = examples.verdict(
        VerdictStatus.MISSED, explanation=Explanation(where=(Item(name="x", value=1, place=place),))
    )
    assert read(examples.run(verdict))[1][1]["file"] == "a,line=9:b%2C.py"
