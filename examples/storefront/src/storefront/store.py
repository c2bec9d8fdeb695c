"""The order book and the stock in one SQLite file; amounts and dates are kept as text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from storefront.errors import OrderError
from storefront.money import Money
from storefront.orders import Order, OrderLine, OrderState
from storefront.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from storefront.catalogue import Catalogue

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY, customer TEXT NOT NULL, placed TEXT NOT NULL,
    discount TEXT NOT NULL, shipping TEXT NOT NULL, payment TEXT NOT NULL, state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS order_lines (
    number INTEGER NOT NULL REFERENCES orders, position INTEGER NOT NULL,
    sku TEXT NOT NULL, category TEXT NOT NULL, quantity INTEGER NOT NULL, price TEXT NOT NULL,
    PRIMARY KEY (number, position)
);
CREATE TABLE IF NOT EXISTS stock (
    sku TEXT PRIMARY KEY, pieces INTEGER NOT NULL CHECK (pieces >= 0)
);
"""


class OrderStore:
    """An open order book; use it in a ``with`` block, or close it."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or make it; ``":memory:"`` keeps nothing."""
        self._connection = sqlite3.connect(path)
        self._connection.executescript(SCHEMA)

    def __enter__(self) -> OrderStore:
        """Give the open store."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close, whatever happened inside."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def next_number(self) -> int:
        """The number of the next order, counted from 1."""
        last = self._connection.execute("SELECT MAX(number) FROM orders").fetchone()
        return (last[0] or 0) + 1

    def save(self, order: Order, stock: Stock) -> None:
        """Keep an order and the stock that goes with it, both or neither."""
        with self._connection as connection:
            connection.execute(
                "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    order.number,
                    order.customer,
                    order.placed.isoformat(),
                    str(order.discount.amount),
                    str(order.shipping.amount),
                    order.payment,
                    order.state.value,
                ),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO order_lines VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        order.number,
                        at,
                        line.sku,
                        line.category,
                        line.quantity,
                        str(line.price.amount),
                    )
                    for at, line in enumerate(order.lines)
                ),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO stock VALUES (?, ?)", stock.pieces().items()
            )

    def load(self, number: int) -> Order:
        """Read one order."""
        row = self._connection.execute(
            "SELECT * FROM orders WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise OrderError(f"There is no order {number}.")
        return self._order(*row)

    def orders(self) -> list[Order]:
        """Read every order, oldest first."""
        rows = self._connection.execute("SELECT * FROM orders ORDER BY number").fetchall()
        return [self._order(*row) for row in rows]

    def stock(self, catalogue: Catalogue) -> Stock:
        """Read the stock; before the first order it is the opening stock."""
        pieces = Stock.opening(catalogue).pieces()
        with closing(self._connection.execute("SELECT sku, pieces FROM stock")) as rows:
            pieces.update(dict(rows))
        return Stock(pieces)

    def _order(
        self,
        number: int,
        customer: str,
        placed: str,
        discount: str,
        shipping: str,
        payment: str,
        state: str,
    ) -> Order:
        return Order(
            number=number,
            customer=customer,
            placed=date.fromisoformat(placed),
            lines=tuple(self._lines(number)),
            discount=Money.of(discount),
            shipping=Money.of(shipping),
            payment=payment,
            state=OrderState(state),
        )

    def _lines(self, number: int) -> Iterator[OrderLine]:
        query = (
            "SELECT sku, category, quantity, price FROM order_lines"
            " WHERE number = ? ORDER BY position"
        )
        for sku, category, quantity, price in self._connection.execute(query, (number,)):
            yield OrderLine(sku=sku, category=category, quantity=quantity, price=Money.of(price))
