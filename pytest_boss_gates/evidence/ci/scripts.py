"""What the dialects share beyond plain values: nested lists, variables, and what a matrix gives."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Trigger
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.repository.yaml_lines import Value

TOO_MUCH = "what it repeats unfolds to more than is read; the rest proves nothing"
"""The problem of a file whose aliases, templates or commands multiply without end."""

MOST_COMBINATIONS = 64
"""Combinations of a matrix that are looked at."""

_MOST = 2_000  # items of one list, the lists in it included
_DEEPEST = 12
_MOST_TIMES = 3  # that one list may stand in another
_MOST_VARIABLES = 300
_VARIABLE = re.compile(r"\$(?:\{|env:)?(\w+)|%(\w+)%|\$\(([\w.-]+)\)")
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_IMPLICIT = frozenset({"TOXENV", "TOX_SKIP_ENV", "NOXSESSION", "SKIP"})  # read by tools unasked
_MAY_ASK = re.compile(r"tox|nox|pre-commit|prek|make|just|task|inv|hatch|\./|\.(?:sh|py|ps1|bat)\b")
_HELD = frozenset({Trigger.SCHEDULE, Trigger.MANUAL})


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


def variables(value: Value | None) -> dict[str, str]:
    """Give the variables of a mapping whose values are plain, or ``{value: …}``."""
    found: dict[str, str] = {}
    for name, content in (value if isinstance(value, Map) else {}).items():
        plain = content.get("value") if isinstance(content, Map) else content
        if isinstance(plain, Text) and len(found) < _MOST_VARIABLES:
            found[str(name)] = str(plain)
    return found


def expanded(env: Mapping[str, str]) -> dict[str, str]:
    """Put variables into each other, and drop what stays unknown."""
    known = {name: value for name, value in env.items() if "$" not in value}
    for name, value in env.items():
        if name in known:
            continue
        text = _REFERENCE.sub(lambda match: known.get(match[1] or match[2], match[0]), value)
        if "$" not in text:
            known[name] = text
    return known


def asked(texts: Iterable[str]) -> set[str]:
    """Name the variables that texts use, and those that tools in them may read unasked."""
    found: set[str] = set()
    for text in texts:
        if _MAY_ASK.search(text):
            found |= _IMPLICIT
        found.update(name for match in _VARIABLE.findall(text) for name in match if name)
    return found


def combinations(axes: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Go through the combinations of an axis' values; one empty one without axes."""
    for values in itertools.islice(itertools.product(*axes.values()), MOST_COMBINATIONS):
        yield dict(zip(axes, values, strict=True))


def settled(triggers: Iterable[Trigger]) -> frozenset[Trigger]:
    """Leave out that a job could be scheduled or started by hand when it runs by itself, too."""
    found = frozenset(triggers)
    if found - _HELD:
        return found - _HELD
    return found - {Trigger.MANUAL} or found
