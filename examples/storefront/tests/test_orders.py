"""An order goes its way, and a failed step leaves money and goods where they were."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from storefront.cart import Cart
from storefront.errors import OrderError, PaymentError
from storefront.money import Money, total
from storefront.orders import Order, OrderState, Shop, bill
from storefront.shipping import Destination, Service

if TYPE_CHECKING:
    from conftest import FillCart

    from storefront.payments import Card

TODAY = date(2026, 3, 14)
HOME = Destination(country="GB", postcode="EC1A 1BB")


def buy(shop: Shop, cart: Cart, card: Card) -> Order:
    """Order a cart for Ada."""
    return shop.checkout(cart, bill(cart, HOME), customer="Ada", card=card, on=TODAY)


def test_a_bill_adds_goods_discount_and_shipping(fill: FillCart) -> None:
    price = bill(fill(("CANDLE", 3), "TEAPOT"), HOME, Service.EXPRESS, "WELCOME5")

    assert (price.goods, price.discount) == (Money.of("44.60"), Money.of("9.20"))
    assert price.shipping == Money.of("8.85")
    assert price.total == Money.of("44.25")


def test_an_order_is_what_the_bill_said(shop: Shop, fill: FillCart, card: Card) -> None:
    cart = fill(("CANDLE", 3), "TEAPOT")

    order = buy(shop, cart, card)

    assert order.number == 1
    assert order.total == bill(cart, HOME).total == Money.of("46.30")
    assert shop.store.load(1) == order


def test_ordered_goods_are_off_the_shelf(shop: Shop, fill: FillCart, card: Card) -> None:
    buy(shop, fill(("LAMP-FLOOR", 2)), card)

    assert shop.stock.available("LAMP-FLOOR") == 1


def test_a_declined_card_leaves_the_stock_alone(shop: Shop, fill: FillCart, card: Card) -> None:
    before = shop.stock.pieces()

    with pytest.raises(PaymentError, match="declined"):
        buy(shop, fill(("BLANKET", 6)), card)

    assert shop.stock.pieces() == before
    assert shop.store.orders() == []


def test_an_empty_cart_cannot_be_ordered(shop: Shop, card: Card) -> None:
    with pytest.raises(OrderError, match=r"An empty cart cannot be ordered\."):
        buy(shop, Cart(), card)


def test_an_order_is_dispatched_then_delivered(shop: Shop, fill: FillCart, card: Card) -> None:
    number = buy(shop, fill("APRON"), card).number

    assert shop.dispatch(number).state is OrderState.DISPATCHED
    assert shop.deliver(number).state is OrderState.DELIVERED
    assert shop.store.load(number).state is OrderState.DELIVERED


def test_a_cancelled_order_returns_money_and_goods(shop: Shop, fill: FillCart, card: Card) -> None:
    before = shop.stock.pieces()
    number = buy(shop, fill(("TOWEL", 4)), card).number

    shop.cancel(number)

    assert shop.stock.pieces() == before
    assert shop.store.load(number).state is OrderState.CANCELLED
    with pytest.raises(PaymentError, match="is refunded"):
        shop.gateway.refund("pay-0001")


def test_a_dispatched_order_cannot_be_cancelled(shop: Shop, fill: FillCart, card: Card) -> None:
    number = buy(shop, fill("APRON"), card).number
    shop.dispatch(number)

    with pytest.raises(OrderError, match=r"Order 1 is dispatched and cannot be cancelled\."):
        shop.cancel(number)


def test_a_season_of_orders_balances_to_the_penny(shop: Shop, fill: FillCart, card: Card) -> None:
    """The slowest test on purpose: three hundred orders, each written and read again."""
    shop.stock.put_back((sku, 10_000) for sku in shop.stock.pieces())
    paid = []
    for day in range(300):
        cart = fill("PENCILS", ("CANDLE", day % 5 + 1), ("SPOON-OAK", day % 3 + 1))
        order = buy(shop, cart, card)
        paid.append(shop.store.load(order.number).total)
        shop.cancel(order.number)

    assert len(shop.store.orders()) == 300
    pencils, candles, spoons = Money.of("2145.00"), Money.of("3024.00"), Money.of("3150.00")
    assert total(paid) == pencils + candles + spoons + Money.of("3.20") * 300
