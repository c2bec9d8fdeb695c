"""Each promotion takes off what it says, and never more than the goods cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from storefront.discounts import SEASON, FreePieces, PercentOff, SpendAndSave, discount, voucher
from storefront.errors import VoucherError
from storefront.money import Money

if TYPE_CHECKING:
    from conftest import FillCart


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [(1, "0.00"), (2, "0.00"), (3, "4.20"), (5, "4.20"), (6, "8.40")],
)
def test_three_for_two(fill: FillCart, pieces: int, expected: str) -> None:
    promotion = FreePieces(sku="CANDLE", buy=2, free=1)

    assert promotion.discount(fill(("CANDLE", pieces))) == Money.of(expected)


def test_a_percentage_of_a_category_leaves_the_others_alone(fill: FillCart) -> None:
    promotion = PercentOff(rate=Decimal(10), category="paper")

    assert promotion.discount(fill("NOTE-A5", "TEAPOT")) == Money.of("0.64")


@pytest.mark.parametrize(("teapots", "expected"), [(1, "0.00"), (2, "6.00")])
def test_a_saving_starts_exactly_at_its_threshold(
    fill: FillCart, teapots: int, expected: str
) -> None:
    promotion = SpendAndSave(threshold=Money.of("64.00"), saving=Money.of("6.00"))

    assert promotion.discount(fill(("TEAPOT", teapots))) == Money.of(expected)


def test_a_voucher_comes_on_top_of_the_season(fill: FillCart) -> None:
    cart = fill(("CANDLE", 3), "TEAPOT")

    assert discount(cart, SEASON) == Money.of("4.20")
    assert discount(cart, SEASON, "welcome5") == Money.of("9.20")


def test_a_discount_is_never_more_than_the_goods(fill: FillCart) -> None:
    gift = SpendAndSave(threshold=Money.zero(), saving=Money.of("100.00"))

    assert discount(fill("MUG-RED"), [gift]) == Money.of("8.50")


def test_a_voucher_that_takes_nothing_off_is_not_spent(fill: FillCart) -> None:
    with pytest.raises(VoucherError, match="'WELCOME5' does not apply to this cart"):
        discount(fill("MUG-RED"), SEASON, "WELCOME5")


def test_an_unknown_voucher_is_refused() -> None:
    with pytest.raises(VoucherError, match=r"The voucher 'FREE' is not known\."):
        voucher("FREE")
