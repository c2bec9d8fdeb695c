"""The JSON Schema of ``report.json``."""

from __future__ import annotations

from typing import Any

from pytest_boss_gates.model import (
    Bound,
    Comparator,
    Direction,
    Enforce,
    Level,
    Outcome,
    Shape,
    Status,
    Unit,
    VerdictStatus,
)
from pytest_boss_gates.report.json import FORMAT

_TEXT = {"type": "string"}
_MAYBE_DATE = {"type": ["string", "null"], "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
_MAYBE_NUMBER = {"type": ["number", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}
_FLAG = {"type": "boolean"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_MAYBE_COUNT = {"type": ["integer", "null"], "minimum": 0}
_MAYBE_LINE = {"type": ["integer", "null"], "minimum": 1}
_TIME = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT[\d:.]+Z$"}
_TEXT_BY_NAME = {"type": "object", "additionalProperties": _TEXT}


def _object(**members: Any) -> dict[str, Any]:
    """Declare an object with exactly these members; ``_`` in a name stands for ``-``."""
    properties = {name.replace("_", "-"): schema for name, schema in members.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


def _maybe(*words: str) -> dict[str, Any]:
    return {"enum": [*words, None]}


def report_schema() -> dict[str, Any]:
    """Declare the JSON Schema (draft 2020-12) of what ``render`` gives, version 1."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pytest-boss-gates:report:{FORMAT}",
        "title": "A report of pytest-boss-gates",
        **_object(
            format={"const": FORMAT},
            outcome=_one_of(*(outcome.value for outcome in Outcome)),
            failed_only_for_delivery=_FLAG,
            report_only=_FLAG,
            run=_object(
                project=_TEXT,
                commit=_MAYBE_TEXT,
                branch=_MAYBE_TEXT,
                below=_TEXT,
                ci=_MAYBE_TEXT,
                started=_TIME,
                ended=_TIME,
                versions=_TEXT_BY_NAME,
                workers=_COUNT,
                partial=_MAYBE_TEXT,
                fingerprint=_TEXT_BY_NAME,
                pytest_exit={"type": ["integer", "null"]},
                passed=_MAYBE_COUNT,
            ),
            verdicts=_list(_verdict_schema()),
            tracker=_object(tables=_list(_table_schema()), diff=_TEXTS),
            notes=_TEXTS,
            problems=_TEXTS,
        ),
    }


def _verdict_schema() -> dict[str, Any]:
    item = _object(
        name=_TEXT,
        value=_MAYBE_NUMBER,
        exact=_MAYBE_TEXT,
        path=_MAYBE_TEXT,
        line=_MAYBE_LINE,
        note=_TEXT,
        before=_MAYBE_NUMBER,
        exact_before=_MAYBE_TEXT,
    )
    bound = _one_of(*(bound.value for bound in Bound))
    base = _object(value=_MAYBE_NUMBER, exact=_MAYBE_TEXT, bound=bound, source=_TEXT, reason=_TEXT)
    comparator = _one_of(*(comparator.value for comparator in Comparator))
    wanted = _object(comparator=comparator, value=_MAYBE_NUMBER, exact=_MAYBE_TEXT)
    return _object(
        metric=_TEXT,
        title=_TEXT,
        direction=_one_of(*(direction.value for direction in Direction)),
        shape=_one_of(*(shape.value for shape in Shape)),
        delivery=_FLAG,
        scope=_TEXT,
        target=_MAYBE_TEXT,
        wanted={"anyOf": [wanted, {"type": "null"}]},
        enforce=_maybe(*(enforce.value for enforce in Enforce)),
        set_at=_MAYBE_TEXT,
        status=_one_of(*(status.value for status in VerdictStatus)),
        reason=_TEXT,
        blocking=_FLAG,
        shown=_TEXT,
        measurement=_object(
            value={"type": ["number", "string", "null"]},
            exact=_MAYBE_TEXT,
            unit=_one_of(*(unit.value for unit in Unit)),
            item=_TEXT,
            is_none=_FLAG,
            bound=bound,
            bound_reason=_TEXT,
            n=_MAYBE_COUNT,
            numerator=_MAYBE_COUNT,
            denominator=_MAYBE_COUNT,
            window=_TEXT,
            source=_TEXT,
            notes=_TEXTS,
            pending=_list(item),
            base={"anyOf": [base, {"type": "null"}]},
        ),
        details=_object(
            missing=_TEXT,
            where=_list(item),
            more=_COUNT,
            cheapest=_TEXTS,
            why=_TEXT,
            fix=_TEXT,
            remedy=_TEXT,
        ),
    )


def _table_schema() -> dict[str, Any]:
    row = _object(
        cells=_TEXTS,
        status=_maybe(*(status.value for status in Status)),
        level=_maybe(*(level.label for level in Level)),
        proofs=_list(_object(path=_TEXT, line=_MAYBE_LINE, text=_TEXT)),
        why=_TEXT,
        overridden=_FLAG,
        due=_MAYBE_DATE,
        perhaps=_maybe(*(status.value for status in Status)),
        hinges=_TEXT,
    )
    return _object(title=_TEXT, columns=_TEXTS, rows=_list(row))
