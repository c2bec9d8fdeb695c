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
from pytest_boss_gates.report.details import details_schema
from pytest_boss_gates.report.json import FORMAT
from pytest_boss_gates.report.shapes import (
    COUNT,
    FLAG,
    MAYBE_COUNT,
    MAYBE_DATE,
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
            report_only=FLAG,
            run=record(
                project=TEXT,
                commit=MAYBE_TEXT,
                branch=MAYBE_TEXT,
                below=TEXT,
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
        exact=MAYBE_TEXT,
        path=MAYBE_TEXT,
        line=MAYBE_LINE,
        note=TEXT,
        before=MAYBE_NUMBER,
        exact_before=MAYBE_TEXT,
    )
    bound = one_of(*(bound.value for bound in Bound))
    base = record(value=MAYBE_NUMBER, exact=MAYBE_TEXT, bound=bound, source=TEXT, reason=TEXT)
    comparator = one_of(*(comparator.value for comparator in Comparator))
    wanted = record(comparator=comparator, value=MAYBE_NUMBER, exact=MAYBE_TEXT)
    return record(
        metric=TEXT,
        title=TEXT,
        direction=one_of(*(direction.value for direction in Direction)),
        shape=one_of(*(shape.value for shape in Shape)),
        delivery=FLAG,
        scope=TEXT,
        target=MAYBE_TEXT,
        wanted={"anyOf": [wanted, {"type": "null"}]},
        enforce=maybe(*(enforce.value for enforce in Enforce)),
        set_at=MAYBE_TEXT,
        status=one_of(*(status.value for status in VerdictStatus)),
        reason=TEXT,
        blocking=FLAG,
        shown=TEXT,
        measurement=record(
            value={"type": ["number", "string", "null"]},
            exact=MAYBE_TEXT,
            unit=one_of(*(unit.value for unit in Unit)),
            item=TEXT,
            is_none=FLAG,
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
        why=TEXT,
        overridden=FLAG,
        due=MAYBE_DATE,
        perhaps=maybe(*(status.value for status in Status)),
        hinges=TEXT,
    )
    return record(title=TEXT, columns=TEXTS, rows=list_of(row))
