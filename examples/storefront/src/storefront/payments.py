"""Taking money: what the shop asks of a payment gateway, and a gateway that runs in-process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from storefront.errors import PaymentError
from storefront.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A payment card; it is good until the end of its month of expiry."""

    number: str
    expires: date

    @property
    def masked(self) -> str:
        """The only spelling that may be stored or printed."""
        return f"**** {self.number[-4:]}"


class PaymentState(Enum):
    """What became of an authorised amount."""

    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """An amount that a gateway holds, or held, for the shop."""

    reference: str
    card: str = field(repr=False)
    amount: Money
    state: PaymentState = PaymentState.AUTHORISED


class PaymentGateway(Protocol):
    """What the shop asks of whoever moves the money; each refusal is a ``PaymentError``."""

    def authorise(self, card: Card, amount: Money, on: date) -> Payment:
        """Hold an amount on the card."""

    def capture(self, reference: str) -> Payment:
        """Take an amount that is held."""

    def void(self, reference: str) -> Payment:
        """Let go of an amount that is held."""

    def refund(self, reference: str) -> Payment:
        """Give an amount back that was taken."""


def passes_luhn(number: str) -> bool:
    """Whether a card number carries the right check digit (ISO/IEC 7812-1, annex B)."""
    if not number.isdecimal():
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


class InProcessGateway:
    """A gateway with its own accounts: real rules and real state, and no network.

    ``limits`` gives what a card can still pay; a card that is not named can pay ``default``.
    """

    def __init__(
        self, limits: Mapping[str, Money] | None = None, default: Money | None = None
    ) -> None:
        """Open the accounts."""
        self._limits = dict(limits or {})
        self._default = default or Money.of("1000.00")
        self._payments: dict[str, Payment] = {}

    def authorise(self, card: Card, amount: Money, on: date) -> Payment:
        """Hold an amount, after the card's number, expiry and limit were looked at."""
        if not passes_luhn(card.number):
            raise PaymentError("The card number is not valid.")
        if (card.expires.year, card.expires.month) < (on.year, on.month):
            raise PaymentError(f"The card {card.masked} has expired.")
        if amount > self.limit(card):
            raise PaymentError(f"The card {card.masked} was declined.")
        self._limits[card.number] = self.limit(card) - amount
        reference = f"pay-{len(self._payments) + 1:04}"
        return self._keep(Payment(reference=reference, card=card.number, amount=amount))

    def capture(self, reference: str) -> Payment:
        """Take an amount that is held."""
        return self._move(reference, PaymentState.AUTHORISED, PaymentState.CAPTURED)

    def void(self, reference: str) -> Payment:
        """Let go of an amount that is held; the card can pay it again."""
        return self._give_back(self._move(reference, PaymentState.AUTHORISED, PaymentState.VOIDED))

    def refund(self, reference: str) -> Payment:
        """Give an amount back that was taken; the card can pay it again."""
        return self._give_back(self._move(reference, PaymentState.CAPTURED, PaymentState.REFUNDED))

    def limit(self, card: Card) -> Money:
        """What a card can still pay."""
        return self._limits.get(card.number, self._default)

    def _move(self, reference: str, old: PaymentState, new: PaymentState) -> Payment:
        payment = self._payments.get(reference)
        if payment is None:
            raise PaymentError(f"There is no payment {reference}.")
        if payment.state is not old:
            raise PaymentError(f"The payment {reference} is {payment.state.value}.")
        return self._keep(replace(payment, state=new))

    def _give_back(self, payment: Payment) -> Payment:
        self._limits[payment.card] += payment.amount
        return payment

    def _keep(self, payment: Payment) -> Payment:
        self._payments[payment.reference] = payment
        return payment
