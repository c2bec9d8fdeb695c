"""An order from the checkout to the doorstep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from storefront.discounts import SEASON, discount
from storefront.errors import OrderError, PaymentError
from storefront.money import Money
from storefront.shipping import Destination, Service, quote

if TYPE_CHECKING:
    from datetime import date

    from storefront.cart import Cart
    from storefront.payments import Card, PaymentGateway
    from storefront.stock import Stock
    from storefront.store import OrderStore


class OrderState(Enum):
    """How far an order has come."""

    PAID = "paid"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


STEPS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PAID: frozenset({OrderState.DISPATCHED, OrderState.CANCELLED}),
    OrderState.DISPATCHED: frozenset({OrderState.DELIVERED}),
    OrderState.DELIVERED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
"""The states that may follow each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """Some pieces of one product, at the price of the day."""

    sku: str
    category: str
    quantity: int
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a customer bought and paid; prices never change afterwards."""

    number: int
    customer: str
    placed: date
    lines: tuple[OrderLine, ...]
    discount: Money
    shipping: Money
    payment: str
    state: OrderState = OrderState.PAID

    @property
    def goods(self) -> Money:
        """What the goods cost, after the discount."""
        return sum((line.price for line in self.lines), start=Money.zero()) - self.discount

    @property
    def total(self) -> Money:
        """What the customer paid."""
        return self.goods + self.shipping

    def moved(self, state: OrderState) -> Order:
        """The same order one step further, or an error when there is no such step."""
        if state not in STEPS[self.state]:
            raise OrderError(
                f"Order {self.number} is {self.state.value} and cannot be {state.value}."
            )
        return replace(self, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a cart would cost."""

    goods: Money
    discount: Money
    shipping: Money

    @property
    def total(self) -> Money:
        """What the customer would pay."""
        return self.goods - self.discount + self.shipping


def bill(cart: Cart, to: Destination, service: Service = Service.STANDARD, code: str = "") -> Bill:
    """Price a cart with the season's promotions, a voucher and shipping."""
    off = discount(cart, SEASON, code)
    value = cart.subtotal - off
    return Bill(goods=cart.subtotal, discount=off, shipping=quote(cart.grams, to, service, value))


class Shop:
    """The counter: stock, payments and the order book brought together."""

    def __init__(self, *, stock: Stock, gateway: PaymentGateway, store: OrderStore) -> None:
        """Take what the counter works with; the store keeps what the counter decides."""
        self.stock = stock
        self.gateway = gateway
        self.store = store

    def checkout(self, cart: Cart, price: Bill, *, customer: str, card: Card, on: date) -> Order:
        """Turn a cart into a paid order. When the payment fails the stock is as before."""
        if not len(cart):
            raise OrderError("An empty cart cannot be ordered.")
        self.stock.reserve(cart)
        try:
            payment = self.gateway.authorise(card, price.total, on)
        except PaymentError:
            self.stock.put_back((line.product.sku, line.quantity) for line in cart)
            raise
        order = Order(
            number=self.store.next_number(),
            customer=customer,
            placed=on,
            lines=tuple(
                OrderLine(
                    sku=line.product.sku,
                    category=line.product.category,
                    quantity=line.quantity,
                    price=line.price,
                )
                for line in cart
            ),
            discount=price.discount,
            shipping=price.shipping,
            payment=self.gateway.capture(payment.reference).reference,
        )
        self._keep(order)
        return order

    def dispatch(self, number: int) -> Order:
        """Hand an order to the carrier."""
        return self._keep(self.store.load(number).moved(OrderState.DISPATCHED))

    def deliver(self, number: int) -> Order:
        """Note that a dispatched order arrived."""
        return self._keep(self.store.load(number).moved(OrderState.DELIVERED))

    def cancel(self, number: int) -> Order:
        """Refund an order that has not left, and put its goods back on the shelf."""
        order = self.store.load(number).moved(OrderState.CANCELLED)
        self.gateway.refund(order.payment)
        self.stock.put_back((line.sku, line.quantity) for line in order.lines)
        return self._keep(order)

    def _keep(self, order: Order) -> Order:
        self.store.save(order, self.stock)
        return order
