"""Overrides: what holds today, what has ended, and what the repository no longer shows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pytest_boss_gates.model import Override, Status
from pytest_boss_gates.tracker.claims import claimed

TODAY = date(2026, 3, 15)
LINES = {"docs/runbook.md": ["# Staging", "Restarted by the platform team on Mondays."]}


def line(path: str, number: int) -> str | None:
    lines = LINES.get(path)
    if lines is None or number > len(lines):
        return None
    return lines[number - 1] if number else "\n".join(lines)


def override(evidence: str = "", quoted: str = "", expires: date = TODAY) -> Override:
    return Override(
        row="Staging",
        status=Status.COMPLETED,
        reason="run by the platform team",
        expires=expires,
        evidence=evidence,
        quoted=quoted,
    )


def test_an_override_counts_on_its_last_day() -> None:
    claim = claimed(override(expires=TODAY), TODAY, line)

    assert not claim.void
    assert not claim.expired


def test_an_override_is_over_on_the_day_after() -> None:
    claim = claimed(override(expires=TODAY - timedelta(days=1)), TODAY, line)

    assert claim.void
    assert str(claim) == (
        "the override of 'Staging' expired on 2026-03-14 (run by the platform team)"
    )


def test_what_has_expired_is_not_looked_up_any_more() -> None:
    claim = claimed(override("gone.md", expires=TODAY - timedelta(days=1)), TODAY, line)

    assert claim.expired
    assert not claim.fault


@pytest.mark.parametrize(
    ("evidence", "quoted"),
    [
        ("docs/runbook.md", ""),
        ("docs/runbook.md:2", ""),
        ("docs/runbook.md:2", "platform team"),
        ("docs/runbook.md", "Mondays"),  # anywhere in the file
    ],
)
def test_evidence_that_is_there_holds(evidence: str, quoted: str) -> None:
    assert not claimed(override(evidence, quoted), TODAY, line).void


@pytest.mark.parametrize(
    ("evidence", "quoted", "fault"),
    [
        ("docs/gone.md", "", "there is no docs/gone.md"),
        ("docs/gone.md:3", "", "there is no docs/gone.md:3"),
        ("docs/runbook.md:3", "", "there is no docs/runbook.md:3"),
        ("docs/runbook.md:1", "Mondays", "docs/runbook.md:1 does not hold 'Mondays' any more"),
        ("docs/runbook.md", "Fridays", "docs/runbook.md does not hold 'Fridays' any more"),
    ],
)
def test_evidence_that_is_gone_voids_the_override(evidence: str, quoted: str, fault: str) -> None:
    claim = claimed(override(evidence, quoted), TODAY, line)

    assert claim.void
    assert not claim.expired
    assert str(claim) == f"the override of 'Staging' does not hold: {fault}"


def test_a_path_may_hold_colons() -> None:
    asked: list[tuple[str, int]] = []

    def remember(path: str, number: int) -> str:
        asked.append((path, number))
        return ""

    claimed(override("docs/a:b.md:12"), TODAY, remember)
    claimed(override("docs/a:b.md"), TODAY, remember)

    assert asked == [("docs/a:b.md", 12), ("docs/a:b.md", 0)]
