"""Invoices add up to the penny, and only members who may pay can pay them."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.members import AccountError, Role, opened
from billing.invoices import BillingError, Invoice, Line, issued

ACCOUNT = (
    opened("Loom & Sons", "ada@example.org")
    .invited("bo@example.org", Role.BOOKKEEPER)
    .invited("cy@example.org", Role.READER)
)


def an_invoice() -> Invoice:
    """An invoice over 120.00 and 5.25."""
    hosting = Line(text="Hosting", net=100_00)
    book = Line(text="Handbook", net=500, tax=50)
    return issued(7, ACCOUNT, date(2026, 1, 1), hosting, book)


@pytest.mark.parametrize(
    ("net", "tax", "gross"), [(100_00, 200, 120_00), (99, 200, 119), (10, 50, 11), (9, 50, 9)]
)
def test_tax_is_rounded_half_up_by_line(net: int, tax: int, gross: int) -> None:
    assert Line(text="Hosting", net=net, tax=tax).gross == gross


def test_a_total_is_the_sum_of_its_lines() -> None:
    assert an_invoice().total == 125_25


def test_an_invoice_may_be_paid_in_parts() -> None:
    invoice = an_invoice().settled(100_00, "bo@example.org").settled(25_25, "ada@example.org")

    assert invoice.open == 0


@pytest.mark.parametrize("pence", [0, -1, 125_26])
def test_no_more_and_no_less_than_something_owed_is_paid(pence: int) -> None:
    with pytest.raises(BillingError, match=f"Invoice 7 has 12525 pence open, not {pence}"):
        an_invoice().settled(pence, "ada@example.org")


def test_a_reader_may_not_pay() -> None:
    with pytest.raises(BillingError, match=r"cy@example\.org may not pay for Loom & Sons"):
        an_invoice().settled(100, "cy@example.org")


def test_a_stranger_may_not_pay() -> None:
    with pytest.raises(AccountError, match="not a member"):
        an_invoice().settled(100, "eve@example.org")


def test_an_invoice_has_lines() -> None:
    with pytest.raises(BillingError, match="Invoice 8 has no lines"):
        issued(8, ACCOUNT, date(2026, 1, 1))
