"""Exact amounts of money: decimals, one currency at a time, and no penny lost in a division."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import total_ordering
from typing import TYPE_CHECKING

from storefront.errors import MoneyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SMALLEST = {"EUR": Decimal("0.01"), "GBP": Decimal("0.01"), "JPY": Decimal(1)}
"""The smallest amount of each currency that the shop accepts."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in whole pence (or the currency's own smallest coin)."""

    amount: Decimal
    currency: str = "GBP"

    def __post_init__(self) -> None:
        """Refuse unknown currencies and fractions of the smallest coin."""
        smallest = SMALLEST.get(self.currency)
        if smallest is None:
            known = ", ".join(SMALLEST)
            raise MoneyError(f"The shop does not take {self.currency!r}, only {known}.")
        if self.amount % smallest:
            raise MoneyError(f"{self.amount} {self.currency} cannot be paid in coins.")
        object.__setattr__(self, "amount", self.amount.quantize(smallest))

    @classmethod
    def of(cls, text: str, currency: str = "GBP") -> Money:
        """Read an amount such as ``"12.50"``; a float would already have lost the exact value."""
        try:
            amount = Decimal(text.strip())
        except InvalidOperation:
            raise MoneyError(f"{text!r} is not an amount of money.") from None
        if not amount.is_finite():
            raise MoneyError(f"{text!r} is not an amount of money.")
        return cls(amount, currency)

    @classmethod
    def zero(cls, currency: str = "GBP") -> Money:
        """Nothing, in a currency."""
        return cls(Decimal(0), currency)

    def __add__(self, other: Money) -> Money:
        """Add an amount of the same currency."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Take an amount of the same currency away; the result may be negative."""
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        """Multiply by a whole number of pieces; for rates see ``percent``."""
        return Money(self.amount * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare with an amount of the same currency."""
        return self.amount < self._same(other)

    def __str__(self) -> str:
        """Spell as ``12.50 GBP``."""
        return f"{self.amount} {self.currency}"

    def percent(self, rate: Decimal) -> Money:
        """The given percentage, rounded half up to the smallest coin."""
        exact = self.amount * rate / 100
        return Money(exact.quantize(SMALLEST[self.currency], ROUND_HALF_UP), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Share out by weights so that the parts add up to the whole, to the penny.

        The coins that do not divide go to the first parts, one each.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise MoneyError("An amount can only be shared out by weights above zero.")
        smallest = SMALLEST[self.currency]
        coins = int(self.amount / smallest)
        parts = [coins * weight // whole for weight in weights]
        bearing = [index for index, weight in enumerate(weights) if weight]
        for index in bearing[: coins - sum(parts)]:
            parts[index] += 1
        return [Money(part * smallest, self.currency) for part in parts]

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise MoneyError(f"{self} and {other} are not the same currency.")
        return other.amount


def total(amounts: Iterable[Money], currency: str = "GBP") -> Money:
    """Add up any number of amounts; none at all is zero of the currency."""
    return sum(amounts, start=Money.zero(currency))
