"""What the shop sold, for people who count it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from storefront.money import Money
from storefront.orders import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storefront.orders import Order


def sold(orders: Iterable[Order]) -> list[Order]:
    """The orders that count as sales."""
    return [order for order in orders if order.state is not OrderState.CANCELLED]


def revenue_by_month(orders: Iterable[Order]) -> dict[str, Money]:
    """What customers paid in each month (``2026-03``), oldest month first."""
    months: defaultdict[str, Money] = defaultdict(Money.zero)
    for order in sold(orders):
        months[f"{order.placed:%Y-%m}"] += order.total
    return dict(sorted(months.items()))


def goods_by_category(orders: Iterable[Order]) -> dict[str, Money]:
    """What the goods of each category brought in, best first.

    An order's discount is shared out over its lines by their price, so that the categories add
    up to the goods of all orders, to the penny.
    """
    categories: defaultdict[str, Money] = defaultdict(Money.zero)
    for order in sold(orders):
        pence = [int(line.price.amount * 100) for line in order.lines]
        for line, share in zip(order.lines, order.discount.split(pence), strict=True):
            categories[line.category] += line.price - share
    return dict(sorted(categories.items(), key=lambda row: (-row[1].amount, row[0])))


def best_sellers(orders: Iterable[Order], limit: int = 5) -> list[tuple[str, int]]:
    """The products with the most pieces sold; equal ones by sku."""
    pieces: Counter[str] = Counter()
    for order in sold(orders):
        for line in order.lines:
            pieces[line.sku] += line.quantity
    return sorted(pieces.items(), key=lambda row: (-row[1], row[0]))[:limit]


def as_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay rows out in columns under their headings; the last column is set to the right."""
    cells = [list(headings), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        *left, right = zip(row, widths, strict=True)
        spelled = [cell.ljust(width) for cell, width in left]
        lines.append("  ".join([*spelled, right[0].rjust(right[1])]))
    return "\n".join(lines)
