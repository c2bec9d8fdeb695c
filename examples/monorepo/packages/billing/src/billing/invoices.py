"""Invoices in pence, with value added tax by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.members import Account

TERM = timedelta(days=30)


class BillingError(Exception):
    """A payment or an invoice that is not right; its text is a full sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something to be paid for: a net price in pence, and the tax on it in per mille."""

    text: str
    net: int
    tax: int = 200

    @property
    def gross(self) -> int:
        """Pence with the tax, rounded half up."""
        return self.net + (self.net * self.tax + 500) // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What an account owes from a day on; ``paid`` is in pence, too."""

    number: int
    account: Account
    issued: date
    lines: tuple[Line, ...]
    paid: int = 0

    @property
    def total(self) -> int:
        """Pence with all taxes."""
        return sum(line.gross for line in self.lines)

    @property
    def open(self) -> int:
        """Pence that are still owed."""
        return self.total - self.paid

    def days_overdue(self, on: date) -> int:
        """Days since the term ran out; 0 while it runs, and once nothing is owed."""
        if not self.open:
            return 0
        return max(0, (on - self.issued - TERM).days)

    def settled(self, pence: int, by: str) -> Invoice:
        """The invoice after a payment by a member who may pay."""
        if not self.account.member(by).may_pay:
            raise BillingError(f"{by} may not pay for {self.account.name}.")
        if not 0 < pence <= self.open:
            raise BillingError(f"Invoice {self.number} has {self.open} pence open, not {pence}.")
        return replace(self, paid=self.paid + pence)


def issued(number: int, account: Account, on: date, *lines: Line) -> Invoice:
    """A new invoice; one without lines is an error."""
    if not lines:
        raise BillingError(f"Invoice {number} has no lines.")
    return Invoice(number=number, account=account, issued=on, lines=lines)
