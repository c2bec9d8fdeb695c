"""What our customers owe us, and how we remind them."""

from __future__ import annotations
