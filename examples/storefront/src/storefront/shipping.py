"""What it costs to send a parcel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from storefront.errors import ShippingError
from storefront.money import Money

HEAVIEST = 30_000
"""Grams: no service takes a heavier parcel."""

FREE_FROM = Money.of("75.00")
EUROPE = frozenset({"AT", "BE", "DE", "ES", "FR", "IE", "IT", "NL", "PT"})
ISLANDS = ("BT", "GY", "HS", "IM", "JE", "KW", "ZE")
"""Beginnings of British postcodes that a ferry or a plane has to reach."""


class Service(Enum):
    """How quickly a parcel travels."""

    STANDARD = "standard"
    EXPRESS = "express"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a parcel goes: an ISO country code and a postcode."""

    country: str = "GB"
    postcode: str = ""


def quote(grams: int, to: Destination, service: Service, value: Money) -> Money:
    """The price of sending a parcel of some grams and some value.

    Its branches are the price list of the carrier, read from top to bottom. That is the warning
    this example shows: the same list as a table of bands would be shorter and just as plain.
    """
    if grams > HEAVIEST:
        raise ShippingError(f"A parcel of {grams / 1000:.1f} kg is too heavy to be sent.")
    if grams == 0:
        return Money.zero()
    if to.country == "GB":
        if service is Service.STANDARD and value >= FREE_FROM:
            return Money.zero()
        price = Money.of("3.20") if grams <= 1000 else Money.of("5.90")
        if grams > 10_000:
            price += Money.of("6.00")
        if to.postcode.upper().startswith(ISLANDS):
            price += Money.of("4.50")
    elif to.country in EUROPE:
        price = Money.of("9.80") if grams <= 2000 else Money.of("18.40")
    else:
        raise ShippingError(f"The shop does not send parcels to {to.country}.")
    if service is Service.EXPRESS:
        price += price.split([1, 1])[0]
    return price
