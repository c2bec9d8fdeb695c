"""Every key of ``[tool.boss-gates]``, declared once.

The loader's checks, the JSON Schema and the reference in the docs all come from here. To add
a setting, add its declaration, and read it in ``load``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Enforce, Unit
from pytest_boss_gates.settings.targets import (
    BASE,
    NUMBER,
    RANKS,
    RATES,
    RHYTHMS,
    SECONDS,
    SETTABLE_LEVELS,
    SIGNS,
    allowed_signs,
    target_forms,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pytest_boss_gates.model import Metric

LEVELS = tuple(level.label for level in SETTABLE_LEVELS)
CORES = ("ctrace", "sysmon", "pytrace")
ENFORCEMENTS = tuple(enforce.value for enforce in Enforce)
SCHEMA_ID = "urn:pytest-boss-gates:settings:1"


class Kind(Enum):
    """What a key takes, in the words of an error message."""

    SWITCH = "true or false"
    TEXT = "a string"
    TEXTS = "a list of strings"
    TABLE = "a table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: what it takes, what it means, and one good value as TOML writes it."""

    name: str
    kind: Kind
    doc: str
    example: str
    default: str  # in words
    choices: tuple[str, ...] = ()


KEYS = (
    Key(
        name="targets",
        kind=Kind.TABLE,
        doc="What each metric must reach: a target, a table with one, or a list of those. "
        "An empty table means no targets.",
        example='{ code-coverage = ">90%" }',
        default="the tracker's own success metrics",
    ),
    Key(
        name="tools",
        kind=Kind.TABLE,
        doc="How far each tool must be proven: a level, or a table with one.",
        example='{ ruff = "declared" }',
        default="no tools",
    ),
    Key(
        name="source",
        kind=Kind.TEXTS,
        doc="Where the project's own code stands: directories or files, relative to the root.",
        example='["src"]',
        default="found by looking",
    ),
    Key(
        name="exclude",
        kind=Kind.TEXTS,
        doc="Paths left out of what is measured about the source: patterns with `**`, `*`, `?`.",
        example='["src/vendored/**"]',
        default="nothing",
    ),
    Key(
        name="coverage-core",
        kind=Kind.TEXT,
        doc="How coverage is traced when this plugin measures it.",
        example='"ctrace"',
        default="the cheapest that gives the same answer",
        choices=CORES,
    ),
    Key(
        name="reports",
        kind=Kind.TEXTS,
        doc="Reports to write, each `FORMAT` or `FORMAT:PATH`; the command line adds to them.",
        example='["markdown:build/gates.md"]',
        default="none besides `.boss-gates/`",
    ),
    Key(
        name="strict",
        kind=Kind.SWITCH,
        doc="Whether unknown and skipped targets block as missed ones do.",
        example="true",
        default="false",
    ),
    Key(
        name="report-only",
        kind=Kind.SWITCH,
        doc="Whether to measure, judge and report without ever touching the exit status.",
        example="true",
        default="false",
    ),
)
"""The keys of ``[tool.boss-gates]``."""

TARGET_KEYS = (
    Key(
        name="target",
        kind=Kind.TEXT,
        doc="The target itself.",
        example='">=98%"',
        default="required",
    ),
    Key(
        name="paths",
        kind=Kind.TEXT,
        doc="The files it is about, for metrics that can be limited to paths: a directory, "
        "or a pattern with `**`, `*`, `?`.",
        example='"src/payments/**"',
        default="all files",
    ),
    Key(
        name="enforce",
        kind=Kind.TEXT,
        doc="What a miss does to the run.",
        example='"warn"',
        default='"block"; for delivery metrics on the default branch, elsewhere "warn"',
        choices=ENFORCEMENTS,
    ),
)
"""The keys of a target written as a table."""

TOOL_KEYS = (
    Key(
        name="level",
        kind=Kind.TEXT,
        doc="How far it must be proven.",
        example='"declared"',
        default='"declared"',
        choices=LEVELS,
    ),
    Key(
        name="version",
        kind=Kind.TEXT,
        doc="The versions it may have, by PEP 440.",
        example='">=1.8,<2"',
        default="any",
    ),
)
"""The keys of a tool written as a table."""


def is_target(metric: Metric) -> bool:
    """Whether the metric is a key of ``targets``; a tool's come from ``tools``."""
    return metric.unit not in (Unit.LEVEL, Unit.VERSION)


def mismatch(key: Key, value: object) -> tuple[str, str]:
    """Say what is wrong with a value's type or choice and what to write; "" twice if nothing."""
    match key.kind:
        case Kind.SWITCH:
            fits = isinstance(value, bool)
        case Kind.TEXT:
            fits = isinstance(value, str)
        case Kind.TEXTS:
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        case Kind.TABLE:
            fits = isinstance(value, dict)
    if not fits:
        mixed = key.kind is Kind.TEXTS and isinstance(value, list)
        found = "a list with something else in it" if mixed else _type_name(value)
        message = f"{key.name} takes {key.kind.value}, not {found}."
        return message, f"Write for example {key.name} = {key.example}."
    if key.choices and value not in key.choices:
        return f"{key.name} is {listed(key.choices)}.", ""
    return "", ""


def listed(names: Iterable[str], joint: str = "or") -> str:
    """Spell names in quotes as a list: ``"a", "b" or "c"``."""
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} {joint} {last}" if most else last


def settings_schema(
    metrics: Mapping[str, Metric], tools: Collection[str], *, formats: Collection[str] = ()
) -> dict[str, object]:
    """Give the JSON Schema (draft 2020-12) of ``[tool.boss-gates]``.

    Everything that the loader accepts is valid; paths, versions and duplicates are the
    loader's to check. Without ``formats`` any word is a report format.
    """
    chosen = [metric for metric in metrics.values() if is_target(metric)]
    properties = {key.name: _key_schema(key) for key in KEYS}
    properties["targets"] |= {
        "properties": {metric.key: _metric_schema(metric) for metric in chosen},
        "additionalProperties": False,
    }
    properties["tools"] |= {
        "properties": {name: {"$ref": "#/$defs/tool"} for name in sorted(tools)},
        "additionalProperties": False,
    }
    pattern = rf"^{_one_of(sorted(formats) or ['[a-z]+'])}(?::.+)?$"
    properties["reports"]["items"] = {"type": "string", "pattern": pattern}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "pytest-boss-gates: [tool.boss-gates] of pyproject.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": {
            "tool": {"anyOf": [_key_schema(TOOL_KEYS[0]), _table_schema(TOOL_KEYS)]},
            **{_shape_name(metric): _target_schema(metric) for metric in chosen},
        },
    }


def settings_reference(metrics: Mapping[str, Metric]) -> str:
    """Give the reference of all keys and the targets each metric takes, as Markdown."""
    parts = [
        "### Keys of `[tool.boss-gates]`\n",
        _reference_table(KEYS),
        "### A target as a table\n",
        _reference_table(TARGET_KEYS),
        "### A tool as a table\n",
        _reference_table(TOOL_KEYS),
        "### Metrics and their targets\n",
        "| metric | targets such as | by paths |\n|---|---|---|",
    ]
    for metric in filter(is_target, metrics.values()):
        forms = ", ".join(f'`"{form}"`' for form in target_forms(metric))
        parts.append(f"| `{metric.key}` | {forms} | {'yes' if metric.by_paths else 'no'} |")
    return "\n".join(parts) + "\n"


def target_pattern(metric: Metric) -> str:
    """Give a regular expression (ECMA 262) that every target of the metric matches."""
    usual = allowed_signs(metric)
    signs = _one_of(mark for mark, sign in SIGNS.items() if sign in usual)
    rank_signs = _one_of(mark for mark, sign in SIGNS.items() if sign is usual[0])
    forms = []
    match metric.unit:
        case Unit.RATIO:
            tolerance = rf"{NUMBER}\s*{_any_case('point')}[sS]?"
            forms.append(rf"{signs}\s*0*(?:100(?:\.0+)?|[0-9]{{1,2}}(?:\.[0-9]+)?)\s*%")
        case Unit.SECONDS:
            units = _one_of(_any_case(name) for _, names in SECONDS.values() for name in names)
            tolerance = rf"{NUMBER}\s*{units}"
            forms.append(rf"{signs}\s*{tolerance}")
        case Unit.PER_WEEK:
            units = _one_of(_any_case(rate.removeprefix("/")) for rate in RATES)
            tolerance = rf"{NUMBER}\s*/\s*{units}"
            forms.append(rf"{signs}?\s*{_one_of([tolerance, *map(_any_case, RHYTHMS)])}")
        case Unit.COUNT:
            tolerance = r"[0-9]{1,9}(?:\.0+)?"
            forms.append(rf"{signs}\s*{tolerance}")
        case _:
            tolerance = NUMBER
            forms.append(rf"{signs}\s*{tolerance}")
            if metric.ranked:
                forms.append(rf"{rank_signs}?\s*{_one_of(map(_any_case, RANKS[metric.unit]))}")
    base = _any_case(BASE).replace(" ", r"\s+")
    forms.append(rf"{base}(?:\s+{_any_case('by')}\s+{tolerance})?")
    return rf"^\s*{_one_of(forms)}\s*$"


def _one_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _any_case(text: str) -> str:
    """Match a text in any case; JSON Schema's patterns have no flag for that."""
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in text)


def _shape_name(metric: Metric) -> str:
    """Name the definition that metrics with the same forms of target share."""
    ranked = "-or-rank" if metric.ranked else ""
    return f"{metric.unit.value.replace(' ', '-')}{ranked}-{metric.direction.value}"


def _metric_schema(metric: Metric) -> dict[str, object]:
    text: dict[str, object] = {"$ref": f"#/$defs/{_shape_name(metric)}"}
    keys = [key for key in TARGET_KEYS if key.name != "paths" or metric.by_paths]
    table = _table_schema(keys)
    table["properties"] = {**{key.name: _key_schema(key) for key in keys}, "target": text}
    table["required"] = ["target"]
    one = {"anyOf": [text, table]}
    return {
        "title": metric.title,
        "description": metric.why,
        "anyOf": [text, table, {"type": "array", "items": one, "minItems": 1}],
    }


def _target_schema(metric: Metric) -> dict[str, object]:
    return {
        "type": "string",
        "pattern": target_pattern(metric),
        "examples": list(target_forms(metric)),
    }


def _table_schema(keys: Iterable[Key]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {key.name: _key_schema(key) for key in keys},
        "additionalProperties": False,
    }


def _key_schema(key: Key) -> dict[str, object]:
    schema: dict[str, object] = {"description": f"{key.doc} Default: {key.default}."}
    match key.kind:
        case Kind.SWITCH:
            return schema | {"type": "boolean"}
        case Kind.TEXT if key.choices:
            return schema | {"enum": list(key.choices)}
        case Kind.TEXT:
            return schema | {"type": "string", "minLength": 1}
        case Kind.TEXTS:
            return schema | {"type": "array", "items": {"type": "string", "minLength": 1}}
        case Kind.TABLE:
            return schema | {"type": "object"}


def _reference_table(keys: Iterable[Key]) -> str:
    rows = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key in keys:
        takes = listed(key.choices).replace('"', "`") if key.choices else key.kind.value
        example = f" For example `{key.name} = {key.example}`."
        rows.append(f"| `{key.name}` | {takes} | {key.default} | {key.doc}{example} |")
    return "\n".join(rows) + "\n"


def _type_name(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return "a date or time"
