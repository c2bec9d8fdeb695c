"""Who our customers are, and what each of their people may do."""

from __future__ import annotations
