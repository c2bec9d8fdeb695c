"""``report.json``: the whole run for machines, in a versioned format with its own schema."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.report.details import document
from pytest_boss_gates.report.escape import json_document, json_string

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.model import (
        BaseValue,
        Item,
        Measurement,
        Metric,
        Number,
        Place,
        Row,
        Run,
        RunIdentity,
        Verdict,
        Wanted,
    )

FORMAT = 1
"""The version of the format; it rises when a key goes away or changes its meaning."""
_LONG = 10_000  # bits; from about 14,000 on Python spells no integer in decimal digits


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
        "report-only": run.report_only,
        "run": _identity(run.identity),
        "verdicts": [_verdict(verdict) for verdict in run.verdicts],
        "tracker": {"tables": tables, "diff": list(run.diff)},
        "notes": list(run.notes),
        "problems": list(run.problems),
    }
    text = json.dumps(_encodable(report), ensure_ascii=False, allow_nan=False, indent=2)
    details = document(run.details, "  ")
    return json_document(f'{text[:-2]},\n  "details": {details}\n}}') + "\n"


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
        "below": identity.below,
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
    return {key: entries[key] for key in sorted(entries, key=json_string)}


def _time(moment: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond, or to the microsecond where there are some."""
    digits = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.astimezone(timezone.utc).isoformat(timespec=digits)[:-6] + "Z"


def _verdict(verdict: Verdict) -> dict[str, Any]:
    metric, target, explanation = verdict.metric, verdict.target, verdict.explanation
    return {
        "metric": metric.key,
        "title": metric.title,
        "direction": metric.direction.value,
        "shape": metric.shape.value,
        "delivery": metric.delivery,
        "scope": verdict.scope,
        "target": target.text if target else None,
        "wanted": _wanted(target.wanted) if target else None,
        "enforce": target.enforce.value if target else None,
        "set-at": str(target.set_at) if target and target.set_at else None,
        "status": verdict.status.value,
        "reason": verdict.reason,
        "blocking": verdict.blocking,
        "shown": verdict.shown,
        "measurement": _measurement(verdict.measurement, metric),
        "details": {
            "missing": explanation.missing,
            "where": [_item(item) for item in explanation.where],
            "more": explanation.more,
            "cheapest": list(explanation.cheapest),
            "why": metric.why,
            "fix": metric.fix,
            "remedy": verdict.remedy,
        },
    }


def _wanted(wanted: Wanted) -> dict[str, Any]:
    return {
        "comparator": wanted.comparator.value,
        "value": _number(wanted.value),
        "exact": _exact(wanted.value),
    }


def _measurement(measurement: Measurement, metric: Metric) -> dict[str, Any]:
    value = measurement.value
    number = None if isinstance(value, str) else value
    return {
        "value": value if number is None else _number(number),
        "exact": None if number is None else _exact(number),
        "unit": metric.unit.value,
        "item": measurement.item or metric.item,
        "is-none": measurement.is_none,
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
        "exact": None if base.value is None else _exact(base.value),
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


def _exact(value: Number) -> str | None:
    """Spell what a plain number cannot hold (``1/3``, ``nan``); None when it holds the value."""
    plain = _number(value)
    if plain is not None and plain == value:
        return None
    if isinstance(value, float):
        return str(value)
    top, bottom = (
        str(part) if part.bit_length() < _LONG else hex(part)  # Python limits the digits
        for part in value.as_integer_ratio()
    )
    return f"{top}/{bottom}"


def _item(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "value": _number(item.value),
        "exact": _exact(item.value),
        "path": item.place.path if item.place else None,
        "line": (item.place.line or None) if item.place else None,
        "note": item.note,
        "before": None if item.before is None else _number(item.before),
        "exact-before": None if item.before is None else _exact(item.before),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "cells": list(row.cells),
        "status": row.status.value if row.status else None,
        "level": row.level.label if row.level is not None else None,
        "proofs": [_proof(proof) for proof in row.proofs],
        "why": row.why,
        "overridden": row.overridden,
        "due": row.due.isoformat() if row.due else None,
        "perhaps": row.perhaps.value if row.perhaps else None,
        "hinges": row.hinges,
    }


def _proof(proof: Place) -> dict[str, Any]:
    return {"path": proof.path, "line": proof.line or None, "text": proof.text}
