"""What a customer is about to buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storefront.errors import CartError
from storefront.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storefront.catalogue import Product

MOST_OF_ONE = 99
"""More than this of one product is a wholesale order, which the shop takes by telephone."""


@dataclass(frozen=True, slots=True)
class CartLine:
    """Some pieces of one product."""

    product: Product
    quantity: int

    @property
    def price(self) -> Money:
        """What the pieces cost before any discount."""
        return self.product.price * self.quantity


class Cart:
    """Lines by product; a product put in twice is one line with both quantities."""

    def __init__(self) -> None:
        """Start empty."""
        self._lines: dict[str, CartLine] = {}

    def __iter__(self) -> Iterator[CartLine]:
        """Walk the lines in the order in which their products were put in."""
        return iter(self._lines.values())

    def __len__(self) -> int:
        """Count the pieces, not the lines."""
        return sum(line.quantity for line in self)

    def add(self, product: Product, quantity: int = 1) -> None:
        """Put pieces of a product in."""
        if quantity < 1:
            raise CartError(f"{quantity} pieces of {product.name} cannot be put into a cart.")
        wanted = self.quantity(product.sku) + quantity
        if wanted > MOST_OF_ONE:
            raise CartError(f"A cart holds at most {MOST_OF_ONE} pieces of {product.name}.")
        self._lines[product.sku] = CartLine(product, wanted)

    def remove(self, sku: str, quantity: int = 1) -> None:
        """Take pieces of a product out; the line goes with its last piece."""
        line = self._lines.get(sku)
        if line is None or quantity > line.quantity:
            raise CartError(f"There are not {quantity} pieces of {sku} in the cart.")
        if quantity == line.quantity:
            del self._lines[sku]
        else:
            self._lines[sku] = CartLine(line.product, line.quantity - quantity)

    def quantity(self, sku: str) -> int:
        """How many pieces of a product are in."""
        line = self._lines.get(sku)
        return line.quantity if line else 0

    @property
    def subtotal(self) -> Money:
        """The price of everything before discounts and shipping."""
        return total(line.price for line in self)

    @property
    def grams(self) -> int:
        """The weight of everything."""
        return sum(line.product.grams * line.quantity for line in self)
