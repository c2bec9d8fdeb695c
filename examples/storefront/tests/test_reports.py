"""Reports count what was sold, and their parts add up."""

from __future__ import annotations

from datetime import date

from storefront.money import Money, total
from storefront.orders import Order, OrderLine, OrderState
from storefront.reports import as_table, best_sellers, goods_by_category, revenue_by_month


def order(
    number: int,
    placed: date,
    *lines: tuple[str, str, int, str],
    discount: str = "0.00",
    state: OrderState = OrderState.PAID,
) -> Order:
    """An order with lines of sku, category, quantity and price."""
    return Order(
        number=number,
        customer="Ada",
        placed=placed,
        lines=tuple(
            OrderLine(sku=sku, category=category, quantity=quantity, price=Money.of(price))
            for sku, category, quantity, price in lines
        ),
        discount=Money.of(discount),
        shipping=Money.of("3.20"),
        payment="pay-0001",
        state=state,
    )


ORDERS = [
    order(1, date(2026, 4, 1), ("TEAPOT", "kitchen", 1, "32.00")),
    order(
        2,
        date(2026, 3, 31),
        ("CANDLE", "lighting", 3, "12.60"),
        ("NOTE-A5", "paper", 1, "6.40"),
        ("SPOON-OAK", "kitchen", 1, "5.25"),
        discount="4.84",
    ),
    order(3, date(2026, 3, 2), ("CANDLE", "lighting", 9, "37.80"), state=OrderState.CANCELLED),
]


def test_revenue_goes_to_the_month_of_the_order() -> None:
    assert revenue_by_month(ORDERS) == {
        "2026-03": Money.of("22.61"),
        "2026-04": Money.of("35.20"),
    }
    assert list(revenue_by_month(ORDERS)) == ["2026-03", "2026-04"]


def test_the_categories_add_up_to_the_goods() -> None:
    categories = goods_by_category(ORDERS)

    assert list(categories) == ["kitchen", "lighting", "paper"]
    assert total(categories.values()) == ORDERS[0].goods + ORDERS[1].goods


def test_cancelled_orders_are_no_sales() -> None:
    assert best_sellers(ORDERS) == [("CANDLE", 3), ("NOTE-A5", 1), ("SPOON-OAK", 1), ("TEAPOT", 1)]
    assert best_sellers(ORDERS, limit=1) == [("CANDLE", 3)]


def test_a_table_lines_its_columns_up() -> None:
    table = as_table(("sku", "pieces"), [("TEAPOT", 8), ("APRON", 12)])

    assert table.splitlines() == ["sku     pieces", "TEAPOT       8", "APRON       12"]


def test_a_table_without_rows_is_its_headings() -> None:
    assert as_table(("low stock", "pieces"), []) == "low stock  pieces"
