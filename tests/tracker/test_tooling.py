"""The table of tools: statuses from the facts, with the system that runs each and the way there."""

from __future__ import annotations

import pytest

from pytest_boss_gates.model import Fact, Level, Place, Proof, Row, Status
from pytest_boss_gates.tracker.tooling import tables

CI = Place(path=".github/workflows/ci.yml", line=33, text="tox")
TOX = Place(path="tox.ini", line=18, text="mypy src")


def fact(level: Level, *proofs: Proof, name: str = "mypy", note: str = "") -> Fact:
    return Fact(
        name=name,
        title=name,
        purpose="Type Checking",
        area="types",
        level=level,
        proofs=proofs,
        note=note,
    )


def rows(*facts: Fact) -> dict[str, Row]:
    (table,) = tables({each.name: each for each in facts})
    return {row.cells[0]: row for row in table.rows}


@pytest.mark.parametrize(
    ("level", "status"),
    [
        (Level.NONE, Status.NOT_STARTED),
        (Level.MENTIONED, Status.NOT_STARTED),
        (Level.DECLARED, Status.IN_PROGRESS),
        (Level.WIRED, Status.IN_PROGRESS),
        (Level.GATING, Status.COMPLETED),
        (Level.OBSERVED, Status.COMPLETED),
    ],
)
def test_the_status_follows_from_the_level(level: Level, status: Status) -> None:
    row = rows(fact(level))["mypy"]

    assert (row.status, row.cells[2], row.level) == (status, status.value, level)


def test_what_gates_names_the_system_and_shows_the_way() -> None:
    row = rows(
        fact(Level.GATING, Proof(place=CI, hops=(TOX,), level=Level.GATING)),
        Fact(
            name="github-actions", title="GitHub Actions", purpose="CI", area="ci", level=Level(4)
        ),
    )["mypy"]

    assert row.cells[3:] == ("GitHub Actions", "gating: .github/workflows/ci.yml:33 -> tox.ini:18")
    assert row.proofs == (CI,)


def test_what_is_wired_says_why_it_does_not_gate_and_by_which_tool() -> None:
    soft = ("tox.ini:18: a leading -",)
    proof = Proof(place=CI, hops=(TOX,), level=Level.WIRED, soft=soft, by="ruff")

    row = rows(fact(Level.WIRED, proof))["mypy"]

    assert row.cells[4] == (
        "wired by ruff: .github/workflows/ci.yml:33 -> tox.ini:18 (tox.ini:18: a leading -)"
    )


def test_what_is_declared_is_integrated_nowhere() -> None:
    row = rows(fact(Level.DECLARED, Proof(place=TOX, level=Level.DECLARED)))["mypy"]

    assert row.cells[3:] == ("-", "declared: tox.ini:18")


def test_nothing_found_says_what_was_searched() -> None:
    row = rows(fact(Level.NONE, note="searched the dependencies"))["mypy"]

    assert row.cells[4] == "not detected: searched the dependencies"


def test_a_system_is_not_integrated_with_itself() -> None:
    proof = Proof(place=CI, level=Level.GATING)

    row = rows(fact(Level.GATING, proof, name="github-actions"))["github-actions"]

    assert row.cells[3] == "-"


def test_the_trackers_own_tools_come_first_and_others_when_they_are_declared() -> None:
    found = rows(
        fact(Level.DECLARED, name="vulture"),
        fact(Level.MENTIONED, name="xenon"),
        fact(Level.NONE, name="grafana"),
        fact(Level.NONE, name="black"),
    )

    assert list(found) == ["black", "grafana", "vulture"]
