"""Reminders start a week after the term, and stop with the payment."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.members import opened
from billing.invoices import Line, issued
from billing.reminders import due, reminder

ACCOUNT = opened("Loom & Sons", "ada@example.org")
HOSTING = Line(text="Hosting", net=100_00)


@pytest.mark.parametrize(
    ("on", "text"),
    [
        (date(2026, 1, 31), ""),
        (date(2026, 2, 6), ""),
        (date(2026, 2, 7), "first reminder"),
        (date(2026, 3, 2), "second reminder"),
        (date(2026, 4, 1), "final notice"),
    ],
)
def test_reminders_climb_the_ladder(on: date, text: str) -> None:
    assert reminder(issued(1, ACCOUNT, date(2026, 1, 1), HOSTING), on) == text


def test_a_paid_invoice_is_never_overdue() -> None:
    invoice = issued(1, ACCOUNT, date(2026, 1, 1), HOSTING).settled(120_00, "ada@example.org")

    assert reminder(invoice, date(2026, 12, 31)) == ""


def test_the_most_overdue_comes_first() -> None:
    invoices = [
        issued(number, ACCOUNT, date(2026, month, 1), HOSTING)
        for number, month in [(1, 3), (2, 1), (3, 5)]
    ]

    assert due(invoices, date(2026, 5, 15)) == [(2, "final notice"), (1, "second reminder")]
