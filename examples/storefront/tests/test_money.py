"""Amounts stay exact: no float, no lost penny, no mixed currencies."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storefront.errors import MoneyError
from storefront.money import Money, total


def test_ten_times_ten_pence_is_one_pound() -> None:
    assert total([Money.of("0.10")] * 10) == Money.of("1.00")


def test_nothing_at_all_adds_up_to_zero() -> None:
    assert total([], "EUR") == Money.of("0", "EUR")


def test_a_difference_may_be_negative() -> None:
    assert str(Money.of("1.00") - Money.of("2.50")) == "-1.50 GBP"


@pytest.mark.parametrize(
    ("text", "currency", "spelled"),
    [("12.5", "GBP", "12.50 GBP"), (" 3 ", "EUR", "3.00 EUR"), ("1200", "JPY", "1200 JPY")],
)
def test_an_amount_is_spelled_with_its_coins(text: str, currency: str, spelled: str) -> None:
    assert str(Money.of(text, currency)) == spelled


@pytest.mark.parametrize(
    ("text", "currency", "message"),
    [
        ("twelve", "GBP", "'twelve' is not an amount of money."),
        ("NaN", "GBP", "'NaN' is not an amount of money."),
        ("0.005", "GBP", "0.005 GBP cannot be paid in coins."),
        ("0.50", "JPY", "0.50 JPY cannot be paid in coins."),
        ("1.00", "USD", "The shop does not take 'USD', only EUR, GBP, JPY."),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused(text: str, currency: str, message: str) -> None:
    with pytest.raises(MoneyError) as refusal:
        Money.of(text, currency)

    assert str(refusal.value) == message


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(MoneyError, match=r"1\.00 GBP and 1\.00 EUR are not the same currency\."):
        _ = Money.of("1.00") + Money.of("1.00", "EUR")


def test_amounts_of_one_currency_compare_by_size() -> None:
    amounts = [Money.of("9.99"), Money.of("10.00"), Money.of("0.01")]

    assert max(amounts) == Money.of("10.00")


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [("10.00", "12.5", "1.25"), ("0.05", "10", "0.01"), ("0.04", "10", "0.00")],
)
def test_a_percentage_is_rounded_half_up(amount: str, rate: str, expected: str) -> None:
    assert Money.of(amount).percent(Decimal(rate)) == Money.of(expected)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("0.02", [1, 1, 1], ["0.01", "0.01", "0.00"]),
        ("5.00", [0, 3, 1], ["0.00", "3.75", "1.25"]),
    ],
)
def test_the_parts_of_an_amount_add_up_to_it(
    amount: str, weights: list[int], parts: list[str]
) -> None:
    shared = Money.of(amount).split(weights)

    assert shared == [Money.of(part) for part in parts]
    assert total(shared) == Money.of(amount)


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_an_amount_cannot_be_shared_by_weights_below_zero_or_none(weights: list[int]) -> None:
    with pytest.raises(MoneyError, match="weights above zero"):
        Money.of("1.00").split(weights)
