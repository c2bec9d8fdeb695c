"""The gateway holds, takes and gives back, and refuses everything else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from storefront.errors import PaymentError
from storefront.money import Money
from storefront.payments import Card, InProcessGateway, PaymentState, passes_luhn

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 3, 14)


@pytest.mark.parametrize(
    ("number", "good"),
    [("4242424242424242", True), ("4242424242424241", False), ("79927398713", True), ("", False)],
)
def test_the_check_digit_of_a_card_number(number: str, *, good: bool) -> None:
    assert passes_luhn(number) is good


def test_an_authorised_amount_is_held_then_taken(card: Card) -> None:
    gateway = InProcessGateway(default=Money.of("50.00"))

    held = gateway.authorise(card, Money.of("30.00"), TODAY)
    taken = gateway.capture(held.reference)

    assert (held.state, taken.state) == (PaymentState.AUTHORISED, PaymentState.CAPTURED)
    assert gateway.limit(card) == Money.of("20.00")


def test_a_refund_lets_the_card_pay_again(card: Card) -> None:
    gateway = InProcessGateway(limits={card.number: Money.of("30.00")})
    payment = gateway.authorise(card, Money.of("30.00"), TODAY)
    gateway.capture(payment.reference)

    gateway.refund(payment.reference)

    assert gateway.limit(card) == Money.of("30.00")


def test_a_voided_amount_was_never_taken(card: Card) -> None:
    gateway = InProcessGateway(default=Money.of("30.00"))
    payment = gateway.authorise(card, Money.of("12.00"), TODAY)

    assert gateway.void(payment.reference).state is PaymentState.VOIDED
    assert gateway.limit(card) == Money.of("30.00")


@pytest.mark.parametrize(
    ("number", "expires", "amount", "message"),
    [
        ("4242424242424241", date(2027, 1, 31), "1.00", "The card number is not valid."),
        ("4242424242424242", date(2026, 2, 28), "1.00", "The card **** 4242 has expired."),
        ("4242424242424242", date(2027, 1, 31), "50.01", "The card **** 4242 was declined."),
    ],
)
def test_a_bad_card_is_refused(number: str, expires: date, amount: str, message: str) -> None:
    gateway = InProcessGateway(default=Money.of("50.00"))

    with pytest.raises(PaymentError) as refusal:
        gateway.authorise(Card(number=number, expires=expires), Money.of(amount), TODAY)

    assert str(refusal.value) == message


def test_a_card_is_good_to_the_end_of_its_month() -> None:
    card = Card(number="4242424242424242", expires=date(2026, 3, 1))

    assert InProcessGateway().authorise(card, Money.of("1.00"), date(2026, 3, 31))


@pytest.mark.parametrize("step", [InProcessGateway.refund, InProcessGateway.void])
def test_money_is_given_back_once(
    card: Card, step: Callable[[InProcessGateway, str], object]
) -> None:
    gateway = InProcessGateway()
    payment = gateway.authorise(card, Money.of("5.00"), TODAY)
    gateway.capture(payment.reference)
    gateway.refund(payment.reference)

    with pytest.raises(PaymentError, match=r"The payment pay-0001 is refunded\."):
        step(gateway, payment.reference)


def test_a_payment_that_never_was_cannot_be_taken() -> None:
    with pytest.raises(PaymentError, match=r"There is no payment pay-0007\."):
        InProcessGateway().capture("pay-0007")


def test_a_payment_never_prints_its_card_number(card: Card) -> None:
    payment = InProcessGateway().authorise(card, Money.of("5.00"), TODAY)

    assert card.number not in repr(payment)
