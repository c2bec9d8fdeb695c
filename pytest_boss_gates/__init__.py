"""A pytest plugin that turns a test run into a quality gate.

Importing the package costs nothing more: the public nouns come when they are asked for.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__", "errors", "model"]


def __getattr__(name: str) -> object:
    """Import the rooms that are public on first use (PEP 562)."""
    if name in __all__:
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
