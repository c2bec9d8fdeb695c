"""A small shop: a catalogue, carts, discounts, stock, payments, shipping, orders and reports."""

from __future__ import annotations

__version__ = "1.0.0"
