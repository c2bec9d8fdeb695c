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
from pytest_boss_gates.report.details import details_schema, document, spelled
from pytest_boss_gates.report.escape import json_document, json_string
from pytest_boss_gates.report.shapes import (
    COUNT,
    FLAG,
    MAYBE_COUNT,
    MAYBE_LINE,
    MAYBE_NUMBER,
    MAYBE_TEXT,
    TEXT,
    TEXT_BY_NAME,
    TEXTS,
    TIME,
    list_of,
    maybe,
    one_of,
    record,
)

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
    details = document(spelled(run.details), "  ")
    return json_document(f'{text[:-2]},\n  "details": {details}\n}}') + "\n"


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


def report_schema() -> dict[str, Any]:
    """Declare the JSON Schema (draft 2020-12) of what ``render`` gives, version 1."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pytest-boss-gates:report:{FORMAT}",
        "title": "A report of pytest-boss-gates",
        **record(
            format={"const": FORMAT},
            outcome=one_of(*(outcome.value for outcome in Outcome)),
            failed_only_for_delivery=FLAG,
            run=record(
                project=TEXT,
                commit=MAYBE_TEXT,
                branch=MAYBE_TEXT,
                ci=MAYBE_TEXT,
                started=TIME,
                ended=TIME,
                versions=TEXT_BY_NAME,
                workers=COUNT,
                partial=MAYBE_TEXT,
                fingerprint=TEXT_BY_NAME,
                pytest_exit={"type": ["integer", "null"]},
                passed=MAYBE_COUNT,
            ),
            verdicts=list_of(_verdict_schema()),
            tracker=record(tables=list_of(_table_schema()), diff=TEXTS),
            notes=TEXTS,
            problems=TEXTS,
            details=details_schema(),
        ),
    }


def _verdict_schema() -> dict[str, Any]:
    item = record(
        name=TEXT,
        value=MAYBE_NUMBER,
        path=MAYBE_TEXT,
        line=MAYBE_LINE,
        note=TEXT,
        before=MAYBE_NUMBER,
    )
    bound = one_of(*(bound.value for bound in Bound))
    base = record(value=MAYBE_NUMBER, bound=bound, source=TEXT, reason=TEXT)
    return record(
        metric=TEXT,
        title=TEXT,
        scope=TEXT,
        target=MAYBE_TEXT,
        enforce=maybe(*(enforce.value for enforce in Enforce)),
        set_at=MAYBE_TEXT,
        status=one_of(*(status.value for status in VerdictStatus)),
        reason=TEXT,
        blocking=FLAG,
        shown=TEXT,
        measurement=record(
            value={"type": ["number", "string", "null"]},
            unit=one_of(*(unit.value for unit in Unit)),
            bound=bound,
            bound_reason=TEXT,
            n=MAYBE_COUNT,
            numerator=MAYBE_COUNT,
            denominator=MAYBE_COUNT,
            window=TEXT,
            source=TEXT,
            notes=TEXTS,
            pending=list_of(item),
            base={"anyOf": [base, {"type": "null"}]},
        ),
        details=record(
            missing=TEXT,
            where=list_of(item),
            more=COUNT,
            cheapest=TEXTS,
            why=TEXT,
            fix=TEXT,
            remedy=TEXT,
        ),
    )


def _table_schema() -> dict[str, Any]:
    row = record(
        cells=TEXTS,
        status=maybe(*(status.value for status in Status)),
        level=maybe(*(level.label for level in Level)),
        proofs=list_of(record(path=TEXT, line=MAYBE_LINE, text=TEXT)),
    )
    return record(title=TEXT, columns=TEXTS, rows=list_of(row))
