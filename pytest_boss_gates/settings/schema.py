"""The JSON Schema and the reference of ``[tool.boss-gates]``, and what fits a key.

All of it comes from the declarations in ``keys``, as the loader's checks do.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Unit
from pytest_boss_gates.settings.bounds import SHARE
from pytest_boss_gates.settings.delivery import DELIVERY_KEYS
from pytest_boss_gates.settings.keys import (
    CATALOGUE_KEYS,
    KEYS,
    LEVELS,
    TARGET_KEYS,
    TOOL_KEYS,
    Key,
    Kind,
    listed,
)
from pytest_boss_gates.settings.scopes import LIMITS
from pytest_boss_gates.settings.targets import (
    BASE,
    NUMBER,
    RANKS,
    RATES,
    RHYTHMS,
    SECONDS,
    SIGNS,
    allowed_signs,
    target_forms,
)
from pytest_boss_gates.settings.tracker_keys import (
    OVERRIDE_KEYS,
    ROW_KEYS,
    TABLE_KEYS,
    TRACKER_KEYS,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pytest_boss_gates.model import Metric

SCHEMA_ID = "urn:pytest-boss-gates:settings:1"
TOOL_NAME = "[a-z0-9]+(?:-[a-z0-9]+)*"
EXIT_STATUSES = r"[0-9]{1,3}(?:-[0-9]{1,3})?"
"""One status, or a range of them; also read by ``catalogue``."""
_FACT = rf"{TOOL_NAME}(?:@(?:{'|'.join(LEVELS)}))?"
_FACTS = rf"{_FACT}(?: *\| *{_FACT})*"
_NEED = rf"(?:[1-9][0-9]? +of +)?{_FACTS}(?: +or +{_FACTS})?"
_DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
KEPT_COLUMNS = ("Status", "Automation Level", "Current")
"""The columns that the machine keeps true: a table without any has no use."""


def is_target(metric: Metric) -> bool:
    """Whether the metric is a key of ``targets``; a tool's come from ``tools``."""
    return metric.unit not in (Unit.LEVEL, Unit.VERSION)


def mismatch(key: Key, value: object) -> tuple[str, str]:
    """Say what is wrong with a value's type or choice and what to write; "" twice if nothing."""
    if not _fits(key.kind, value):
        found = _type_name(value)
        if found in key.kind.value[:7]:  # the same container
            found += " with something else in it"
        message = f"{key.name} takes {key.kind.value}, not {found}."
        if key.kind in _WHOLE and found == "a number":
            message = f"{key.name} takes {key.kind.value}, and this is none."
        if key.kind is Kind.DATE and isinstance(value, str):
            message = f"{key.name} takes a date, and this is none."
        return message, f"Write for example {key.name} = {key.example}."
    chosen = value if isinstance(value, list) else [value]
    if key.choices and not all(item in key.choices for item in chosen):
        return f"{key.name} is {listed(key.choices)}.", ""
    return "", ""


_WHOLE = {Kind.COUNT: range(2**63), Kind.DAYS: range(1, 8)}  # TOML's integers have 64 bits


def _fits(kind: Kind, value: object) -> bool:
    match kind:
        case Kind.SWITCH:
            return isinstance(value, bool)
        case Kind.COUNT | Kind.DAYS:
            return type(value) is int and value in _WHOLE[kind]
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.TEXT_OR_OFF:
            return value is False or (isinstance(value, str) and bool(value.strip()))
        case Kind.TEXTS:
            return _is_texts(value)
        case Kind.DATE:
            return _is_date(value)
        case Kind.TABLE:
            return isinstance(value, dict)
        case Kind.TEXT_BY_NAME | Kind.TEXTS_BY_NAME:
            fits = _is_texts if kind is Kind.TEXTS_BY_NAME else _is_text
            return isinstance(value, dict) and all(map(fits, value.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_date(value: object) -> bool:
    """Whether this is a date of TOML, or a string that spells one: YYYY-MM-DD."""
    if not isinstance(value, str):
        return isinstance(value, date) and not isinstance(value, datetime)
    try:
        return bool(re.fullmatch(_DATE, value) and date.fromisoformat(value))
    except ValueError:
        return False


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


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
    properties["tools"]["additionalProperties"] = {"$ref": "#/$defs/tool"}
    properties["catalogue"] |= {
        "propertyNames": {"pattern": f"^{TOOL_NAME}$"},
        "additionalProperties": _table_schema(CATALOGUE_KEYS),
    }
    properties["tracker"] |= _tracker_schema()
    properties["delivery"] |= _table_schema(DELIVERY_KEYS)
    pattern = rf"^{_one_of(sorted(formats) or ['[a-z]+'])}(?::.+)?$"
    properties["max-slack"]["pattern"] = rf"^\s*{SHARE}\s*$"
    properties["reports"]["items"] = {"type": "string", "pattern": pattern}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "pytest-boss-gates: [tool.boss-gates] of pyproject.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        # A catalogue of one's own adds names; without one they are all known.
        "if": {"not": {"required": ["catalogue"]}},
        "then": {"properties": {"tools": {"propertyNames": {"enum": sorted(tools)}}}},
        "$defs": {
            "tool": {"anyOf": [_key_schema(TOOL_KEYS[0]), _tool_schema()]},
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
        "### A tool of `catalogue`\n",
        _reference_table(CATALOGUE_KEYS),
        "### Keys of `tracker`\n",
        _reference_table(TRACKER_KEYS),
        "### A row of `tracker.rows`\n",
        _reference_table(ROW_KEYS),
        "### A table of `tracker.tables`\n",
        _reference_table(TABLE_KEYS),
        "### An override of `tracker.overrides`\n",
        _reference_table(OVERRIDE_KEYS),
        "### Keys of `delivery`\n",
        _reference_table(DELIVERY_KEYS),
        "### Metrics and their targets\n",
        "| metric | targets such as | can be limited to |\n|---|---|---|",
    ]
    for metric in filter(is_target, metrics.values()):
        forms = ", ".join(f'`"{form}"`' for form in target_forms(metric))
        parts.append(f"| `{metric.key}` | {forms} | {_limited(metric)} |")
    return "\n".join(parts) + "\n"


def _limited(metric: Metric) -> str:
    kinds = [f"`{kind}`" for kind in metric.kinds]
    limits = [f"`{name}`" for name, allowed in LIMITS.items() if allowed(metric)]
    return ", ".join(limits) + (f" ({', '.join(kinds)})" if kinds else "") or "-"


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
    keys = [key for key in TARGET_KEYS if key.name not in LIMITS or LIMITS[key.name](metric)]
    properties = {key.name: _key_schema(key) for key in keys} | {"target": text}
    if metric.kinds:
        properties["kind"] = {**properties["kind"], "enum": list(metric.kinds)}
    table = _table_schema(keys) | {"properties": properties}
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


def _tool_schema() -> dict[str, object]:
    table = _table_schema(TOOL_KEYS)
    properties = {key.name: _key_schema(key) for key in TOOL_KEYS}
    properties["run"]["pattern"] = r"\S"
    properties["timeout"]["pattern"] = duration_pattern()
    return table | {"properties": properties, "dependentRequired": {"timeout": ["run"]}}


def _tracker_schema() -> dict[str, object]:
    row, own, override = map(_table_schema, (ROW_KEYS, TABLE_KEYS, OVERRIDE_KEYS))
    own |= {"required": ["columns"]}
    override |= {
        "required": ["status", "reason", "expires"],
        "dependentRequired": {"quoted": ["evidence"]},
    }
    table = _table_schema(TRACKER_KEYS)
    properties = {key.name: _key_schema(key) for key in TRACKER_KEYS}
    properties["document"]["pattern"] = r"\.[mM][dD]$"
    for name, entry in (("rows", row), ("tables", own), ("overrides", override)):
        properties[name]["additionalProperties"] = entry
    return table | {"properties": properties}


def duration_pattern() -> str:
    """Give a regular expression (ECMA 262) that every time limit matches."""
    units = _one_of(_any_case(name) for _, names in SECONDS.values() for name in names)
    return rf"^\s*{NUMBER}\s*{units}\s*$"


_PLAIN: dict[Kind, dict[str, object]] = {
    Kind.SWITCH: {"type": "boolean"},
    Kind.COUNT: {"type": "integer", "minimum": 0},
    Kind.DAYS: {"type": "integer", "minimum": 1, "maximum": 7},
    Kind.TABLE: {"type": "object"},
}


def _key_schema(key: Key) -> dict[str, object]:
    schema: dict[str, object] = {"description": f"{key.doc} Default: {key.default}."}
    match key.kind:
        case Kind.SWITCH | Kind.COUNT | Kind.DAYS | Kind.TABLE:
            return schema | _PLAIN[key.kind]
        case Kind.TEXT if key.choices:
            return schema | {"enum": list(key.choices)}
        case Kind.TEXT:
            return schema | {"type": "string", "minLength": 1}
        case Kind.TEXT_OR_OFF:
            return schema | {"anyOf": [{"const": False}, {"type": "string", "pattern": r"\S"}]}
        case Kind.TEXTS:
            return schema | _texts_schema(key)
        case Kind.DATE:  # a string for what knows JSON alone, but not for what reads TOML
            others = ["array", "boolean", "null", "number", "object"]
            pattern = f"^{_DATE}$"
            return schema | {"not": {"type": others}, "format": "date", "pattern": pattern}
        case Kind.TEXT_BY_NAME | Kind.TEXTS_BY_NAME:
            item = _texts_schema(key) if key.kind is Kind.TEXTS_BY_NAME else {"type": "string"}
            return schema | {"type": "object", "additionalProperties": item}


def _texts_schema(key: Key) -> dict[str, object]:
    item: dict[str, object] = {"type": "string", "minLength": 1}
    if key.choices:
        item = {"enum": list(key.choices)}
    schema: dict[str, object] = {"type": "array", "items": item}
    match key.name:
        case "problems":
            item["pattern"] = f"^{EXIT_STATUSES}$"
        case "started":
            item["pattern"] = f"^ *{_FACT} *$"
            schema["minItems"] = 1
        case "completed":
            item["pattern"] = f"^ *{_NEED} *$"
            schema["minItems"] = 1
        case "columns":
            schema |= {"minItems": 2, "uniqueItems": True}
            schema["contains"] = {"enum": list(KEPT_COLUMNS)}
    return schema


def _reference_table(keys: Iterable[Key]) -> str:
    rows = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key in keys:
        takes = listed(key.choices).replace('"', "`") if key.choices else key.kind.value
        example = f" For example `{key.name} = {key.example}`."
        cells = (f"`{key.name}`", takes, key.default, key.doc + example)
        row = " | ".join(cell.replace("|", "\\|") for cell in cells)
        rows.append(f"| {row} |")
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
        case datetime():
            return "a date with a time"
        case time():
            return "a time"
        case _:
            return "a date"
