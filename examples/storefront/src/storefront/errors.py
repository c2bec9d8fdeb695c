"""What can go wrong in the shop, in words that may be shown to a customer."""

from __future__ import annotations


class StorefrontError(Exception):
    """Everything the shop raises on purpose; its text is a full sentence."""


class MoneyError(StorefrontError):
    """An amount that cannot exist, or two currencies in one sum."""


class CatalogueError(StorefrontError):
    """A product list that cannot be read, or a product that is not on it."""


class CartError(StorefrontError):
    """A quantity that cannot be put into a cart or taken out of it."""


class VoucherError(StorefrontError):
    """A voucher that is not known or does not apply."""


class OutOfStockError(StorefrontError):
    """More was asked for than is on the shelf."""


class ShippingError(StorefrontError):
    """A parcel that no service carries."""


class PaymentError(StorefrontError):
    """A card or a payment that the gateway refuses."""


class OrderError(StorefrontError):
    """A step that an order in this state cannot take, or an order that is not there."""
