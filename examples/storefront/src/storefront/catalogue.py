"""What the shop sells, read from a product list that comes with the package."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from typing import TYPE_CHECKING

from storefront.errors import CatalogueError, MoneyError
from storefront.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing on sale; the weight is in grams, packaging included."""

    sku: str
    name: str
    category: str
    price: Money
    grams: int
    opening_stock: int = 0


class Catalogue:
    """Products by their stock keeping unit, in the order of the product list."""

    def __init__(self, products: Iterable[Product]) -> None:
        """Take the products; two with one sku are an error."""
        self._products: dict[str, Product] = {}
        for product in products:
            if product.sku in self._products:
                raise CatalogueError(f"{product.sku} is in the product list twice.")
            self._products[product.sku] = product

    def __getitem__(self, sku: str) -> Product:
        """Find a product, in any spelling of case; a near miss is named in the error."""
        product = self._products.get(sku.upper())
        if product is None:
            near = get_close_matches(sku.upper(), self._products, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise CatalogueError(f"There is no product {sku!r}.{hint}")
        return product

    def __iter__(self) -> Iterator[Product]:
        """Walk the products in the order of the list."""
        return iter(self._products.values())

    def __len__(self) -> int:
        """Count the products."""
        return len(self._products)

    @property
    def categories(self) -> list[str]:
        """The categories in the order in which they first appear."""
        return list(dict.fromkeys(product.category for product in self))

    def search(self, *, text: str = "", category: str = "") -> list[Product]:
        """Products whose name contains every word of the text, in one category or in all."""
        words = text.lower().split()
        return [
            product
            for product in self
            if category in ("", product.category)
            and all(word in product.name.lower() for word in words)
        ]


def read_products(lines: Iterable[str]) -> Iterator[Product]:
    """Read a product list in CSV; an error names the line of the list."""
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            yield Product(
                sku=row["sku"],
                name=row["name"],
                category=row["category"],
                price=Money.of(row["price"]),
                grams=int(row["grams"]),
                opening_stock=int(row["stock"]),
            )
        except (KeyError, ValueError, MoneyError) as error:
            raise CatalogueError(f"Line {number} of the product list: {error}") from error


def bundled_catalogue() -> Catalogue:
    """The shop's own product list."""
    text = resources.files("storefront").joinpath("data/products.csv").read_text("utf-8")
    return Catalogue(read_products(text.splitlines()))
