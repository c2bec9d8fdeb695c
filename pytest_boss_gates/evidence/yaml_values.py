"""Asking YAML values for what they should be, and getting something empty when they are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from pytest_boss_gates.repository.yaml_lines import Value

TOO_MUCH = "what it repeats unfolds to more than is read; the rest proves nothing"
"""The problem of a file whose aliases, templates or commands multiply without end."""

_MOST = 2_000  # items of one list, the lists in it included
_DEEPEST = 12
_MOST_TIMES = 12  # that one list may stand in another
_MOST_VARIABLES = 300  # of one mapping
_ASSIGNMENT = re.compile(r"""([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)""")


def mapping(value: Value | None) -> Map:
    """Give a mapping, empty when the value is none."""
    return value if isinstance(value, Map) else Map()


def text_of(value: Value | None) -> str:
    """Give a scalar's text, "" when the value is none."""
    return str(value) if isinstance(value, Text) else ""


def flag(value: Value | None) -> bool:
    """Whether a scalar says yes."""
    return text_of(value).lower() in ("true", "yes", "on")


def entries(value: Value | None) -> list[Value]:
    """Give what a list holds, or the only value."""
    if value is None:
        return []
    return list(value[:_MOST]) if isinstance(value, Items) else [value]


def texts(value: Value | None) -> list[Text]:
    """Give the scalars of a list, or the only one."""
    return [item for item in entries(value) if isinstance(item, Text)]


def maps(value: Value | None) -> list[Map]:
    """Give the mappings of a list, or the only one."""
    return [item for item in entries(value) if isinstance(item, Map)]


def leaves(value: Value | None) -> list[Text | Map]:
    """Flatten lists in lists, as the providers do with shared commands; bounded.

    A list that stands in itself is not followed for ever.
    """
    opened: dict[int, int] = {}
    found: list[Text | Map] = []
    pending: list[tuple[Value, int]] = [] if value is None else [(value, 0)]
    seen = 0
    while pending and seen < _MOST:
        item, depth = pending.pop()
        seen += 1
        if not isinstance(item, Items):
            found.append(item)
        elif depth < _DEEPEST and opened.setdefault(id(item), 0) < _MOST_TIMES:
            opened[id(item)] += 1
            pending += [
                (inner, depth + 1) for inner in reversed(item[: max(_MOST - len(pending), 0)])
            ]
    return found


def flat(value: Value | None) -> list[Text]:
    """Give the scalars of a value, lists in lists and all, in order."""
    return [leaf for leaf in leaves(value) if isinstance(leaf, Text)]


def variables(value: Value | None) -> dict[str, str]:
    """Give the variables of a mapping whose values are plain, or ``{value: …}``."""
    found: dict[str, str] = {}
    for name, content in mapping(value).items():
        plain = content.get("value") if isinstance(content, Map) else content
        if isinstance(plain, Text) and len(found) < _MOST_VARIABLES:
            found[str(name)] = str(plain)
    return found


def env_of(value: Value | None) -> dict[str, str]:
    """Give the plain variables of a map, of ``A=b C='d e'``, or of a list of these."""
    found: dict[str, str] = {}
    for entry in entries(value):
        if isinstance(entry, Map):
            plain = variables(entry)
            plain.pop("secure", None)  # what is encrypted, not a name
            found |= plain
        elif isinstance(entry, Text):
            for match in _ASSIGNMENT.finditer(entry):
                found[match[1]] = match[2].strip("\"'")
    return found


def options_of(value: Value | None) -> dict[str, str]:
    """Give the options of something that is known by name; lists become words."""
    found: dict[str, str] = {}
    for key, inner in mapping(value).items():
        words = flat(inner)
        found[key] = " ".join(words) if words else "…" if inner else ""
    return found
