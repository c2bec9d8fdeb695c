"""The pieces that a JSON Schema is made of."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
MAYBE_DATE = {"type": ["string", "null"], "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
MAYBE_NUMBER = {"type": ["number", "null"]}
TEXTS = {"type": "array", "items": TEXT}
FLAG = {"type": "boolean"}
MAYBE_TEXT = {"type": ["string", "null"]}
COUNT = {"type": "integer", "minimum": 0}
MAYBE_COUNT = {"type": ["integer", "null"], "minimum": 0}
MAYBE_LINE = {"type": ["integer", "null"], "minimum": 1}
SECONDS = {"type": "number", "minimum": 0}
TIME = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT[\d:.]+Z$"}
TEXT_BY_NAME = {"type": "object", "additionalProperties": TEXT}


def record(**members: Any) -> dict[str, Any]:
    """Declare an object with exactly these members; ``_`` in a name stands for ``-``."""
    properties = {name.replace("_", "-"): schema for name, schema in members.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Declare a list of any length."""
    return {"type": "array", "items": schema}


def one_of(*words: str) -> dict[str, Any]:
    """Declare one of some words."""
    return {"enum": list(words)}


def maybe(*words: str) -> dict[str, Any]:
    """Declare one of some words, or null."""
    return {"enum": [*words, None]}
