"""The command ``storefront``: look at the catalogue, price a cart, order, dispatch, report."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING

from storefront.cart import Cart
from storefront.catalogue import bundled_catalogue
from storefront.errors import StorefrontError
from storefront.orders import Shop, bill
from storefront.payments import Card, InProcessGateway
from storefront.reports import as_table, best_sellers, goods_by_category, revenue_by_month
from storefront.shipping import Destination, Service
from storefront.store import OrderStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storefront.orders import Bill


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="storefront", description=__doc__)
    top.add_argument("--database", default="storefront.db", help="the order book's SQLite file")
    commands = top.add_subparsers(dest="command", required=True)

    listing = commands.add_parser("catalogue", help="list what is on sale")
    listing.add_argument("words", nargs="*", help="words of the product's name")
    listing.add_argument("--category", default="")
    listing.set_defaults(run=run_catalogue)

    pricing = argparse.ArgumentParser(add_help=False)
    pricing.add_argument("items", nargs="+", metavar="SKU[:QUANTITY]")
    pricing.add_argument("--country", default="GB")
    pricing.add_argument("--postcode", default="")
    pricing.add_argument("--express", action="store_true")
    pricing.add_argument("--voucher", default="")
    asking = commands.add_parser("quote", parents=[pricing], help="say what a cart would cost")
    asking.set_defaults(run=run_quote)

    ordering = commands.add_parser("order", parents=[pricing], help="order and pay a cart")
    ordering.add_argument("--customer", required=True)
    ordering.add_argument("--card", required=True)
    ordering.add_argument("--expires", required=True, type=date.fromisoformat)
    ordering.add_argument("--on", required=True, type=date.fromisoformat, help="YYYY-MM-DD")
    ordering.set_defaults(run=run_order)

    sending = commands.add_parser("dispatch", help="hand an order to the carrier")
    sending.add_argument("number", type=int)
    sending.set_defaults(run=run_dispatch)

    reporting = commands.add_parser("report", help="say what was sold and what runs low")
    reporting.add_argument("--low", type=int, default=5, help="pieces below which stock is low")
    reporting.set_defaults(run=run_report)
    return top


def run_catalogue(options: argparse.Namespace) -> str:
    """List the products that match."""
    found = bundled_catalogue().search(text=" ".join(options.words), category=options.category)
    if not found:
        return "Nothing like that is on sale."
    return as_table(("sku", "name", "price"), [(item.sku, item.name, item.price) for item in found])


def run_quote(options: argparse.Namespace) -> str:
    """Price a cart."""
    _, price = priced_cart(options)
    return as_table(
        ("", "amount"),
        [
            ("goods", price.goods),
            ("discount", price.discount),
            ("shipping", price.shipping),
            ("total", price.total),
        ],
    )


def run_order(options: argparse.Namespace) -> str:
    """Order and pay a cart."""
    cart, price = priced_cart(options)
    card = Card(number=options.card, expires=options.expires)
    with OrderStore(options.database) as store:
        shop = open_shop(store)
        order = shop.checkout(cart, price, customer=options.customer, card=card, on=options.on)
    return f"Order {order.number}: {order.total} paid with {card.masked}."


def run_dispatch(options: argparse.Namespace) -> str:
    """Hand an order to the carrier."""
    with OrderStore(options.database) as store:
        order = open_shop(store).dispatch(options.number)
    return f"Order {order.number} for {order.customer} is on its way."


def run_report(options: argparse.Namespace) -> str:
    """Say what was sold and what runs low."""
    with OrderStore(options.database) as store:
        orders = store.orders()
        low = store.stock(bundled_catalogue()).low(options.low)
    tables: list[tuple[tuple[str, str], Iterable[tuple[str, object]]]] = [
        (("month", "revenue"), revenue_by_month(orders).items()),
        (("category", "goods"), goods_by_category(orders).items()),
        (("best seller", "pieces"), best_sellers(orders)),
        (("low stock", "pieces"), low),
    ]
    return "\n\n".join(as_table(headings, rows) for headings, rows in tables)


def priced_cart(options: argparse.Namespace) -> tuple[Cart, Bill]:
    """Fill a cart from ``SKU[:QUANTITY]`` arguments and price it."""
    catalogue = bundled_catalogue()
    cart = Cart()
    for item in options.items:
        sku, _, quantity = item.partition(":")
        if quantity and not quantity.isdecimal():
            raise StorefrontError(f"{item!r} should read SKU or SKU:QUANTITY, as in MUG-RED:2.")
        cart.add(catalogue[sku], int(quantity or 1))
    to = Destination(country=options.country.upper(), postcode=options.postcode)
    service = Service.EXPRESS if options.express else Service.STANDARD
    return cart, bill(cart, to, service, options.voucher)


def open_shop(store: OrderStore) -> Shop:
    """Open the counter on what the order book says is in stock."""
    return Shop(stock=store.stock(bundled_catalogue()), gateway=InProcessGateway(), store=store)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 and a sentence on standard error when the shop refuses."""
    options = parser().parse_args(arguments)
    try:
        print(options.run(options))
    except StorefrontError as error:
        print(f"storefront: {error}", file=sys.stderr)
        return 1
    return 0
