"""Pieces are promised once, and a cart is reserved whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storefront.errors import OutOfStockError
from storefront.stock import Stock

if TYPE_CHECKING:
    from conftest import FillCart

    from storefront.catalogue import Catalogue


def test_the_first_day_starts_with_the_product_list(catalogue: Catalogue) -> None:
    stock = Stock.opening(catalogue)

    assert stock.available("LAMP-FLOOR") == 3
    assert stock.available("SOFA") == 0


def test_a_reserved_cart_is_off_the_shelf(catalogue: Catalogue, fill: FillCart) -> None:
    stock = Stock.opening(catalogue)

    stock.reserve(fill(("LAMP-FLOOR", 2), "TEAPOT"))

    assert (stock.available("LAMP-FLOOR"), stock.available("TEAPOT")) == (1, 7)


def test_everything_missing_is_said_at_once_and_nothing_is_taken(fill: FillCart) -> None:
    stock = Stock({"TEAPOT": 1, "APRON": 0, "CANDLE": 9})

    with pytest.raises(OutOfStockError) as refusal:
        stock.reserve(fill(("TEAPOT", 2), "APRON", "CANDLE"))

    assert str(refusal.value) == (
        "Not enough in stock: Stoneware teapot (1 left), Linen apron (0 left)."
    )
    assert stock.pieces() == {"TEAPOT": 1, "APRON": 0, "CANDLE": 9}


def test_a_delivery_may_bring_a_new_product() -> None:
    stock = Stock({"TEAPOT": 1})

    stock.put_back([("TEAPOT", 4), ("SOFA", 2)])

    assert stock.pieces() == {"TEAPOT": 5, "SOFA": 2}


def test_low_stock_is_listed_fewest_first() -> None:
    stock = Stock({"TEAPOT": 4, "APRON": 0, "CANDLE": 90, "BLANKET": 4, "TOWEL": 5})

    assert stock.low(5) == [("APRON", 0), ("BLANKET", 4), ("TEAPOT", 4)]
