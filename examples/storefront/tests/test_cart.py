"""A cart adds up, and refuses quantities that make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storefront.cart import Cart
from storefront.errors import CartError
from storefront.money import Money

if TYPE_CHECKING:
    from conftest import FillCart


def test_a_product_put_in_twice_is_one_line(fill: FillCart) -> None:
    cart = fill("MUG-RED", "TEAPOT", ("MUG-RED", 2))

    assert [(line.product.sku, line.quantity) for line in cart] == [("MUG-RED", 3), ("TEAPOT", 1)]
    assert len(cart) == 4


def test_the_subtotal_and_weight_count_every_piece(fill: FillCart) -> None:
    cart = fill(("MUG-RED", 2), "TEAPOT")

    assert cart.subtotal == Money.of("49.00")
    assert cart.grams == 1930


def test_an_empty_cart_costs_nothing() -> None:
    assert Cart().subtotal == Money.zero()


def test_taking_the_last_piece_out_takes_the_line_out(fill: FillCart) -> None:
    cart = fill(("CANDLE", 3))

    cart.remove("CANDLE")
    assert cart.quantity("CANDLE") == 2
    cart.remove("CANDLE", 2)
    assert list(cart) == []


@pytest.mark.parametrize("quantity", [0, -1])
def test_less_than_one_piece_cannot_be_put_in(fill: FillCart, quantity: int) -> None:
    with pytest.raises(CartError, match="pieces of Red mug cannot be put into a cart"):
        fill(("MUG-RED", quantity))


def test_a_wholesale_quantity_is_refused(fill: FillCart) -> None:
    with pytest.raises(CartError, match="at most 99 pieces of Beeswax candle"):
        fill(("CANDLE", 60), ("CANDLE", 40))


def test_more_than_is_in_cannot_be_taken_out(fill: FillCart) -> None:
    with pytest.raises(CartError, match="not 2 pieces of TEAPOT"):
        fill("TEAPOT").remove("TEAPOT", 2)
