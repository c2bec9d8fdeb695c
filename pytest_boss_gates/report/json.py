"""``report.json``: the whole run for machines, in a versioned format with its own schema."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.model import (
    Bound,
    Enforce,
    Level,
    Outcome,
    Status,
    Unit,
    VerdictStatus,
)
from pytest_boss_gates.report.escape import json_document, json_string

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.model import (
        BaseValue,
        Item,
        Measurement,
        Number,
        Place,
        Row,
        Run,
        RunIdentity,
        Verdict,
    )

FORMAT = 1
"""The version of the format; it rises when a key goes away or changes its meaning."""


def render(run: Run) -> str:
    """Spell a run as JSON that ``report_schema()`` accepts; ends with a newline."""
    tables = [
        {
            "title": table.title,
            "columns": list(table.columns),
            "rows": [_row(row) for row in table.rows],
        }
        for table in run.tables
    ]
    report = {
        "format": FORMAT,
        "outcome": run.outcome.value,
        "failed-only-for-delivery": run.failed_only_for_delivery,
        "run": _identity(run.identity),
        "verdicts": [_verdict(verdict) for verdict in run.verdicts],
        "tracker": {"tables": tables, "diff": list(run.diff)},
        "notes": list(run.notes),
        "problems": list(run.problems),
    }
    text = json.dumps(_encodable(report), ensure_ascii=False, allow_nan=False, indent=2)
    return json_document(text) + "\n"


def session_of(text: str) -> tuple[datetime, str, int] | None:
    """Read from a ``report.json`` when its session ended, its commit, and how many tests passed.

    None for a report without a session, of another format, or for what is no report at all.
    """
    try:
        report = json.loads(text)
        run = report["run"]
        if report["format"] != FORMAT or run["passed"] is None:
            return None
        ended = datetime.fromisoformat(run["ended"].replace("Z", "+00:00"))
        return ended, run["commit"] or "", int(run["passed"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _encodable(value: Any) -> Any:
    """Replace what UTF-8 cannot hold, in keys and in values."""
    if isinstance(value, str):
        return json_string(value)
    if isinstance(value, dict):
        return {json_string(key): _encodable(entry) for key, entry in value.items()}
    return [_encodable(entry) for entry in value] if isinstance(value, list) else value


def _identity(identity: RunIdentity) -> dict[str, Any]:
    return {
        "project": identity.project,
        "commit": identity.commit or None,
        "branch": identity.branch or None,
        "ci": identity.ci or None,
        "started": _time(identity.started),
        "ended": _time(identity.ended),
        "versions": _sorted(identity.versions),
        "workers": identity.workers,
        "partial": identity.partial or None,
        "fingerprint": _sorted(identity.fingerprint),
        "pytest-exit": identity.pytest_exit,
        "passed": identity.passed,
    }


def _sorted(entries: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(entries.items()))


def _time(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    target, explanation = verdict.target, verdict.explanation
    return {
        "metric": verdict.metric.key,
        "title": verdict.metric.title,
        "scope": verdict.scope,
        "target": target.text if target else None,
        "enforce": target.enforce.value if target else None,
        "set-at": str(target.set_at) if target and target.set_at else None,
        "status": verdict.status.value,
        "reason": verdict.reason,
        "blocking": verdict.blocking,
        "shown": verdict.shown,
        "measurement": _measurement(verdict.measurement, verdict.metric.unit),
        "details": {
            "missing": explanation.missing,
            "where": [_item(item) for item in explanation.where],
            "more": explanation.more,
            "cheapest": list(explanation.cheapest),
            "why": verdict.metric.why,
            "fix": verdict.metric.fix,
            "remedy": verdict.remedy,
        },
    }


def _measurement(measurement: Measurement, unit: Unit) -> dict[str, Any]:
    value = measurement.value
    return {
        "value": value if value is None or isinstance(value, str) else _number(value),
        "unit": unit.value,
        "bound": measurement.bound.value,
        "bound-reason": measurement.bound_reason,
        "n": measurement.n,
        "numerator": measurement.numerator,
        "denominator": measurement.denominator,
        "window": measurement.window,
        "source": measurement.source,
        "notes": list(measurement.notes),
        "pending": [_item(item) for item in measurement.pending],
        "base": _base(measurement.base) if measurement.base else None,
    }


def _base(base: BaseValue) -> dict[str, Any]:
    return {
        "value": None if base.value is None else _number(base.value),
        "bound": base.bound.value,
        "source": base.source,
        "reason": base.reason,
    }


def _number(value: Number) -> int | float | None:
    """Make a plain number: whole ones without a point, null for what JSON has no number for."""
    try:
        plain = float(value)
    except OverflowError:
        return None
    if not math.isfinite(plain):
        return None
    return int(value) if value == int(value) and not isinstance(value, float) else plain


def _item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "value": _number(item.value),
        "path": item.place.path if item.place else None,
        "line": (item.place.line or None) if item.place else None,
        "note": item.note,
        "before": None if item.before is None else _number(item.before),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "cells": list(row.cells),
        "status": row.status.value if row.status else None,
        "level": row.level.label if row.level is not None else None,
        "proofs": [_proof(proof) for proof in row.proofs],
    }


def _proof(proof: Place) -> dict[str, Any]:
    return {"path": proof.path, "line": proof.line or None, "text": proof.text}


_TEXT = {"type": "string"}
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
            run=_object(
                project=_TEXT,
                commit=_MAYBE_TEXT,
                branch=_MAYBE_TEXT,
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
        path=_MAYBE_TEXT,
        line=_MAYBE_LINE,
        note=_TEXT,
        before=_MAYBE_NUMBER,
    )
    bound = _one_of(*(bound.value for bound in Bound))
    base = _object(value=_MAYBE_NUMBER, bound=bound, source=_TEXT, reason=_TEXT)
    return _object(
        metric=_TEXT,
        title=_TEXT,
        scope=_TEXT,
        target=_MAYBE_TEXT,
        enforce=_maybe(*(enforce.value for enforce in Enforce)),
        set_at=_MAYBE_TEXT,
        status=_one_of(*(status.value for status in VerdictStatus)),
        reason=_TEXT,
        blocking=_FLAG,
        shown=_TEXT,
        measurement=_object(
            value={"type": ["number", "string", "null"]},
            unit=_one_of(*(unit.value for unit in Unit)),
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
    )
    return _object(title=_TEXT, columns=_TEXTS, rows=_list(row))
