"""The order book outlives the process that wrote it."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

import pytest

from storefront.errors import OrderError
from storefront.money import Money
from storefront.orders import Order, OrderLine
from storefront.stock import Stock
from storefront.store import OrderStore

if TYPE_CHECKING:
    from pathlib import Path

    from storefront.catalogue import Catalogue


def an_order(number: int) -> Order:
    """Two mugs for Grace."""
    line = OrderLine(sku="MUG-RED", category="kitchen", quantity=2, price=Money.of("17.00"))
    return Order(
        number=number,
        customer="Grace 'the admiral'; DROP TABLE orders",
        placed=date(2026, 3, 14),
        lines=(line,),
        discount=Money.of("1.70"),
        shipping=Money.of("3.20"),
        payment="pay-0001",
    )


def test_an_order_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    with OrderStore(tmp_path / "shop.db") as store:
        store.save(an_order(1), Stock({}))

    with OrderStore(tmp_path / "shop.db") as store:
        assert store.load(1) == an_order(1)
        assert store.next_number() == 2


def test_the_stock_is_kept_with_the_orders(tmp_path: Path, catalogue: Catalogue) -> None:
    with OrderStore(tmp_path / "shop.db") as store:
        store.save(an_order(1), Stock({"MUG-RED": 23}))
        stock = store.stock(catalogue)

    assert stock.available("MUG-RED") == 23
    assert stock.available("TEAPOT") == 8


def test_an_order_that_is_not_there(tmp_path: Path) -> None:
    with (
        OrderStore(tmp_path / "shop.db") as store,
        pytest.raises(OrderError, match=r"There is no order 4\."),
    ):
        store.load(4)


def test_a_failed_save_keeps_neither_order_nor_stock(catalogue: Catalogue) -> None:
    with OrderStore(":memory:") as store:
        with pytest.raises(sqlite3.IntegrityError):
            store.save(an_order(1), Stock({"MUG-RED": -1}))

        assert store.orders() == []
        assert store.stock(catalogue).pieces() == Stock.opening(catalogue).pieces()
