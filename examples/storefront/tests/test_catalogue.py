"""Products are found, and a broken product list says where it is broken."""

from __future__ import annotations

import pytest

from storefront.catalogue import Catalogue, read_products
from storefront.errors import CatalogueError
from storefront.money import Money

HEADING = "sku,name,category,price,grams,stock"


def test_the_bundled_list_has_every_category(catalogue: Catalogue) -> None:
    assert len(catalogue) == 18
    assert catalogue.categories == ["kitchen", "lighting", "paper", "textiles", "vouchers"]


def test_a_product_is_found_in_any_case(catalogue: Catalogue) -> None:
    assert catalogue["teapot"].price == Money.of("32.00")


def test_a_near_miss_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match=r"no product 'TEAPOTT'\. Did you mean TEAPOT\?"):
        _ = catalogue["TEAPOTT"]


@pytest.mark.parametrize(
    ("text", "category", "expected"),
    [
        ("mug", "", ["MUG-BLUE", "MUG-RED"]),
        ("linen", "textiles", ["CUSHION"]),
        ("lamp desk", "", ["LAMP-DESK"]),
        ("lamp", "paper", []),
    ],
)
def test_a_search_needs_every_word_and_the_category(
    catalogue: Catalogue, text: str, category: str, expected: list[str]
) -> None:
    found = catalogue.search(text=text, category=category)

    assert [product.sku for product in found] == expected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("CUP,Cup,kitchen,four,200,3", "'four' is not an amount of money."),
        ("CUP,Cup,kitchen,4.00,light,3", "invalid literal"),
    ],
)
def test_a_broken_row_is_reported_with_its_line(row: str, reason: str) -> None:
    with pytest.raises(CatalogueError, match=f"Line 3 of the product list: .*{reason}"):
        list(read_products([HEADING, "JUG,Jug,kitchen,9.00,800,2", row]))


def test_a_product_may_not_be_listed_twice() -> None:
    rows = [HEADING, "JUG,Jug,kitchen,9.00,800,2", "JUG,Big jug,kitchen,12.00,990,2"]

    with pytest.raises(CatalogueError, match=r"JUG is in the product list twice\."):
        Catalogue(read_products(rows))
