"""Promotions: each kind is a small value that says how much it takes off a cart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from storefront.errors import VoucherError
from storefront.money import Money, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storefront.cart import Cart


class Promotion(Protocol):
    """A reason to pay less."""

    def discount(self, cart: Cart) -> Money:
        """How much this takes off; zero when the cart does not qualify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOff:
    """A percentage off one category, or off everything."""

    rate: Decimal
    category: str = ""

    def discount(self, cart: Cart) -> Money:
        """The percentage of the lines in the category, rounded once."""
        lines = (line for line in cart if self.category in ("", line.product.category))
        return total(line.price for line in lines).percent(self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreePieces:
    """Buy some pieces of a product and get more of it free: three for two is buy 2, free 1."""

    sku: str
    buy: int
    free: int

    def discount(self, cart: Cart) -> Money:
        """The price of the free pieces of every full group, and of a part of the last one."""
        for line in cart:
            if line.product.sku == self.sku:
                groups, rest = divmod(line.quantity, self.buy + self.free)
                pieces = groups * self.free + max(0, rest - self.buy)
                return line.product.price * pieces
        return Money.zero()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendAndSave:
    """A fixed amount off from a certain subtotal on."""

    threshold: Money
    saving: Money

    def discount(self, cart: Cart) -> Money:
        """The saving, from the threshold on."""
        return self.saving if cart.subtotal >= self.threshold else Money.zero()


SEASON: tuple[Promotion, ...] = (
    FreePieces(sku="CANDLE", buy=2, free=1),
    PercentOff(rate=Decimal(10), category="paper"),
)
"""What every customer gets."""

VOUCHERS: Mapping[str, Promotion] = {
    "WELCOME5": SpendAndSave(threshold=Money.of("40.00"), saving=Money.of("5.00")),
    "FRIENDS": PercentOff(rate=Decimal("12.5")),
}
"""What a customer gets for a code, beside the season's promotions."""


def voucher(code: str) -> Promotion:
    """Find the promotion behind a voucher's code, in any spelling of case."""
    promotion = VOUCHERS.get(code.strip().upper())
    if promotion is None:
        raise VoucherError(f"The voucher {code!r} is not known.")
    return promotion


def discount(cart: Cart, promotions: Iterable[Promotion], code: str = "") -> Money:
    """Everything that comes off a cart, at most its subtotal.

    A voucher that takes nothing off is an error: its owner would want to keep it.
    """
    taken = [promotion.discount(cart) for promotion in promotions]
    if code:
        extra = voucher(code).discount(cart)
        if not extra.amount:
            raise VoucherError(f"The voucher {code!r} does not apply to this cart.")
        taken.append(extra)
    return min(total(taken), cart.subtotal)
