"""The carrier's price list, line by line."""

from __future__ import annotations

import pytest

from storefront.errors import ShippingError
from storefront.money import Money
from storefront.shipping import Destination, Service, quote

VALUE = Money.of("20.00")


@pytest.mark.parametrize(
    ("grams", "country", "postcode", "expected"),
    [
        (0, "GB", "", "0.00"),
        (1000, "GB", "EC1A 1BB", "3.20"),
        (1001, "GB", "EC1A 1BB", "5.90"),
        (10_001, "GB", "EC1A 1BB", "11.90"),
        (500, "GB", "je2 3ab", "7.70"),
        (2000, "FR", "75001", "9.80"),
        (2001, "FR", "75001", "18.40"),
    ],
)
def test_the_price_by_weight_and_place(
    grams: int, country: str, postcode: str, expected: str
) -> None:
    to = Destination(country=country, postcode=postcode)

    assert quote(grams, to, Service.STANDARD, VALUE) == Money.of(expected)


def test_a_valuable_parcel_is_free_at_home() -> None:
    assert quote(900, Destination(), Service.STANDARD, Money.of("75.00")) == Money.zero()


def test_express_costs_half_as_much_again_and_is_never_free() -> None:
    assert quote(900, Destination(), Service.EXPRESS, Money.of("75.00")) == Money.of("4.80")


@pytest.mark.parametrize(
    ("grams", "country", "message"),
    [
        (30_001, "GB", "A parcel of 30.0 kg is too heavy to be sent."),
        (500, "US", "The shop does not send parcels to US."),
    ],
)
def test_a_parcel_that_nobody_carries(grams: int, country: str, message: str) -> None:
    with pytest.raises(ShippingError) as refusal:
        quote(grams, Destination(country=country), Service.STANDARD, VALUE)

    assert str(refusal.value) == message


@pytest.mark.skip(reason="the carrier's prices for Norway are not agreed yet")
def test_norway_is_served() -> None:
    assert quote(500, Destination(country="NO"), Service.STANDARD, VALUE) == Money.of("14.60")
