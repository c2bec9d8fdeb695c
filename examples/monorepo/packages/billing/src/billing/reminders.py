"""Which reminder an overdue invoice is due: a table, so that the sales team can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from billing.invoices import Invoice

LADDER = (
    (60, "final notice"),
    (30, "second reminder"),
    (7, "first reminder"),
)
"""Days overdue and what is sent from then on, latest first."""


def reminder(invoice: Invoice, on: date) -> str:
    """What is sent for an invoice on a day; nothing is an empty string."""
    overdue = invoice.days_overdue(on)
    for days, text in LADDER:
        if overdue >= days:
            return text
    return ""


def due(invoices: Iterable[Invoice], on: date) -> list[tuple[int, str]]:
    """Invoice numbers with their reminders on a day, the most overdue first."""
    ranked = sorted(invoices, key=lambda invoice: -invoice.days_overdue(on))
    return [(invoice.number, text) for invoice in ranked if (text := reminder(invoice, on))]
