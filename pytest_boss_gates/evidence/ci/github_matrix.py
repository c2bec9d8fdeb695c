"""GitHub's ``strategy.matrix``: its combinations, and their values for what a step asks."""

from __future__ import annotations

import itertools

from pytest_boss_gates.evidence.yaml_values import maps
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

_MOST_COMBINATIONS = 256
_MOST_VARIANTS = 64


def combinations_of(matrix: Map) -> list[dict[str, str]] | None:
    """Give the matrix's combinations, lower-case names; None when only running could tell."""
    axes = _axes(matrix)
    if axes is None:
        return None
    kept = _kept(_product(axes), maps(matrix.get("exclude"))) if axes else []
    for item in maps(matrix.get("include"))[:_MOST_COMBINATIONS]:
        _include(kept, _flat("matrix", item), set(axes))
    if not kept:
        return [{}] if not matrix else None
    names = {name for each in kept for name in each}
    return [{**dict.fromkeys(names, ""), **each} for each in kept]


def _axes(matrix: Map) -> dict[str, list[dict[str, str]]] | None:
    """Give what each axis has to choose from; None when a part is an expression."""
    axes: dict[str, list[dict[str, str]]] = {}
    for key, value in matrix.items():
        if key in ("include", "exclude"):
            if isinstance(value, Text):
                return None
            continue
        if not isinstance(value, Items):
            return None
        name = f"matrix.{key.lower()}"
        axes[name] = [{name: item} for item in value if isinstance(item, Text)]
        axes[name] += [_flat(name, item) for item in value if isinstance(item, Map)]
    return axes


def _product(axes: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    """Combine the axes, as far as they have something to choose from."""
    combined: list[dict[str, str]] = [{}]
    for options in filter(None, axes.values()):
        product = itertools.product(combined, options)
        combined = [{**a, **b} for a, b in itertools.islice(product, _MOST_COMBINATIONS)]
    return combined


def _kept(combined: list[dict[str, str]], exclude: list[Map]) -> list[dict[str, str]]:
    """Give the combinations that no ``exclude`` agrees with."""
    excluded = [_flat("matrix", item) for item in exclude]
    return [
        each
        for each in combined
        if not any(out and out.items() <= each.items() for out in excluded)
    ]


def _include(kept: list[dict[str, str]], added: dict[str, str], axes: set[str]) -> None:
    """Extend the combinations that an ``include`` agrees with, else add it as one of its own."""
    common = axes & added.keys()
    fitting = [each for each in kept if all(each.get(key) == added[key] for key in common)]
    if fitting and (common or axes) and len(common) < len(added):
        for each in fitting:
            each.update(added)
    elif not fitting or not axes:
        kept.append(dict(added))


def _flat(prefix: str, value: Map) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, inner in value.items():
        if isinstance(inner, Text):
            found[f"{prefix}.{key}".lower()] = inner
        elif isinstance(inner, Map):
            for name, text in inner.items():
                if isinstance(text, Text):
                    found[f"{prefix}.{key}.{name}".lower()] = text
    return found


def projections(
    combinations: list[dict[str, str]] | None, names: frozenset[str]
) -> list[dict[str, str]]:
    """Give the different values of some names over the combinations; one empty one without."""
    if combinations is None or not names:
        return [{}]
    wanted = tuple(f"matrix.{name}" for name in names)
    found: dict[tuple[tuple[str, str], ...], None] = {}
    for each in combinations:
        chosen = tuple(
            (key, value)
            for key, value in each.items()
            if key in wanted or key.startswith(tuple(f"{name}." for name in wanted))
        )
        missing = tuple((name, "") for name in wanted if name not in dict(chosen))
        whole = chosen + missing
        found[whole] = None
        if len(found) >= _MOST_VARIANTS:
            break
    return [dict(chosen) for chosen in found] or [{}]
