"""How many pieces of each product are on the shelf, and which of them are promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storefront.errors import OutOfStockError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storefront.cart import Cart
    from storefront.catalogue import Catalogue


class Stock:
    """Pieces by sku. A cart is reserved whole or not at all."""

    def __init__(self, pieces: Mapping[str, int]) -> None:
        """Start from counted pieces."""
        self._pieces = dict(pieces)

    @classmethod
    def opening(cls, catalogue: Catalogue) -> Stock:
        """The stock of the first day, as the product list has it."""
        return cls({product.sku: product.opening_stock for product in catalogue})

    def available(self, sku: str) -> int:
        """Pieces that can be sold; none of a product that was never counted."""
        return self._pieces.get(sku, 0)

    def reserve(self, cart: Cart) -> None:
        """Take a cart's pieces off the shelf, or say everything that is missing."""
        short = [
            f"{line.product.name} ({self.available(line.product.sku)} left)"
            for line in cart
            if line.quantity > self.available(line.product.sku)
        ]
        if short:
            raise OutOfStockError(f"Not enough in stock: {', '.join(short)}.")
        for line in cart:
            self._pieces[line.product.sku] -= line.quantity

    def put_back(self, pieces: Iterable[tuple[str, int]]) -> None:
        """Return pieces to the shelf, from a cancelled order or a new delivery."""
        for sku, quantity in pieces:
            self._pieces[sku] = self.available(sku) + quantity

    def low(self, threshold: int) -> list[tuple[str, int]]:
        """Products with fewer pieces than the threshold, fewest first, then by sku."""
        found = [(sku, left) for sku, left in self._pieces.items() if left < threshold]
        return sorted(found, key=lambda row: (row[1], row[0]))

    def pieces(self) -> dict[str, int]:
        """A copy of the counted pieces, to be stored."""
        return dict(self._pieces)
