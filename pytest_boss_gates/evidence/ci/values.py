"""Asking YAML values for what they should be, and getting something empty when they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from pytest_boss_gates.repository.yaml_lines import Value

_MOST = 2_000


def mapping(value: Value | None) -> Map:
    """Give a mapping, empty when the value is none."""
    return value if isinstance(value, Map) else Map()


def text_of(value: Value | None) -> str:
    """Give a scalar's text, "" when the value is none."""
    return str(value) if isinstance(value, Text) else ""


def texts(value: Value | None) -> list[Text]:
    """Give the scalars of a list, or the only one."""
    if isinstance(value, Text):
        return [value]
    if isinstance(value, Items):
        return [item for item in value[:_MOST] if isinstance(item, Text)]
    return []


def flag(value: Value | None) -> bool:
    """Whether a scalar says yes."""
    return text_of(value).lower() in ("true", "yes", "on")
