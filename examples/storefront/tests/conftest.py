"""What most tests start from: the shop's own catalogue, a good card, and an open counter."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from storefront.cart import Cart
from storefront.catalogue import Catalogue, bundled_catalogue
from storefront.money import Money
from storefront.orders import Shop
from storefront.payments import Card, InProcessGateway
from storefront.stock import Stock
from storefront.store import OrderStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    FillCart = Callable[..., Cart]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Read the shop's product list once; a catalogue does not change."""
    return bundled_catalogue()


@pytest.fixture
def fill(catalogue: Catalogue) -> FillCart:
    """Give a function that fills a cart: ``fill("TEAPOT", ("CANDLE", 3))``."""

    def filled(*items: str | tuple[str, int]) -> Cart:
        cart = Cart()
        for item in items:
            sku, quantity = (item, 1) if isinstance(item, str) else item
            cart.add(catalogue[sku], quantity)
        return cart

    return filled


@pytest.fixture
def card() -> Card:
    """Give a card with a right check digit, good until the end of 2027."""
    return Card(number="4242424242424242", expires=date(2027, 12, 31))


@pytest.fixture
def shop(catalogue: Catalogue) -> Iterator[Shop]:
    """Open a counter with the opening stock and an order book in memory."""
    with OrderStore(":memory:") as store:
        gateway = InProcessGateway(default=Money.of("500.00"))
        yield Shop(stock=Stock.opening(catalogue), gateway=gateway, store=store)
