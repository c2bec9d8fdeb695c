"""What the HTML report says, as plain values: its template only puts them on the page."""

from __future__ import annotations

from datetime import timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.model import (
    Comparator,
    Level,
    Status,
    Unit,
    VerdictStatus,
    first_few,
    spell,
)
from pytest_boss_gates.report.details import ENDINGS
from pytest_boss_gates.report.escape import json_string, visible
from pytest_boss_gates.report.html_charts import Line, trend
from pytest_boss_gates.report.html_details import shown_sources, shown_tests, tallied
from pytest_boss_gates.report.html_rows import by_name
from pytest_boss_gates.report.wording import (
    LOOKS,
    NOT_MET,
    OUTCOMES,
    basis,
    item_value,
    tally,
    ways,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_boss_gates.model import (
        ChangedTest,
        Item,
        Place,
        Row,
        Run,
        Series,
        Table,
        Verdict,
    )


_SUCCESS = "Success Metrics"
_BOUNDS = (Comparator.BELOW, Comparator.AT_MOST, Comparator.ABOVE, Comparator.AT_LEAST)
_JUDGED = (*NOT_MET, VerdictStatus.MET)
_WEIGHT = (*NOT_MET, VerdictStatus.SKIPPED, VerdictStatus.MET, VerdictStatus.OBSERVED)


def view(run: Run) -> dict[str, Any]:
    """Give everything that the page shows."""
    details = run.details
    past = {(each.metric, each.scope): each for each in details.earlier.series}
    judged = any(verdict.status in _JUDGED for verdict in run.verdicts)
    return {
        "who": _who(run),
        "outcome": run.outcome.value if judged else "not judged",
        "sentence": OUTCOMES[run.outcome] if judged else "Not judged: no target was for this run.",
        "tally": tally(run),
        "report_only": run.report_only,
        "gates": [_gate(verdict, past) for verdict in sorted(run.verdicts, key=_by_weight)],
        "gate_counts": tallied((verdict.status for verdict in run.verdicts), _WEIGHT),
        "looks": {status.value: look.symbol for status, look in LOOKS.items()},
        "since": _since(run, past),
        "trends": list(_trends(run, past)),
        "earlier": details.earlier,
        **shown_tests(details),
        **shown_sources(details),
        "reasons": details.reasons,
        "tables": [_table(table) for table in run.tables if table.columns],
        "row_counts": tallied((row.status for row in _tracked(run)), Status),
        "rows_in_all": sum(len(table.rows) for table in run.tables if table.columns),
        "statuses": [{"word": each.value, "meaning": each.meaning} for each in Status],
        "notes": run.notes,
        "problems": run.problems,
        "diff": run.diff,
    }


def _who(run: Run) -> dict[str, Any]:
    identity = run.identity
    started, ended = (each.astimezone(timezone.utc) for each in (identity.started, identity.ended))
    seconds = Fraction(str((identity.ended - identity.started).total_seconds()))
    return {
        "project": identity.project,
        "commit": _short(identity.commit),
        "branch": identity.branch,
        "ci": identity.ci,
        "ended": f"{ended:%Y-%m-%d %H:%M} UTC",
        "started": f"{started:%Y-%m-%d %H:%M:%S} UTC",
        "machine_time": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        "took": spell(seconds, Unit.SECONDS, 1),
        "workers": identity.workers,
        "partial": identity.partial,
        "versions": by_name(identity.versions),
        "fingerprint": by_name(identity.fingerprint),
    }


def _short(commit: str) -> str:
    """Cut the name of a commit as report.json spells it."""
    return json_string(commit)[:12]


def _by_weight(verdict: Verdict) -> tuple[int, bool]:
    return _WEIGHT.index(verdict.status), not verdict.blocking


def _gate(verdict: Verdict, past: Mapping[tuple[str, str], Series]) -> dict[str, Any]:
    target, metric, explanation = verdict.target, verdict.metric, verdict.explanation
    not_met = verdict.status in NOT_MET
    steps = ways(verdict) if not_met else ()
    enforced = target.enforce.value if target else ""
    set_at = str(target.set_at) if target and target.set_at else ""
    facts = [
        ("Reason", verdict.reason if explanation.missing else ""),
        ("Remedy", verdict.remedy),
        ("Measured", ", ".join(basis(verdict))),
        ("Bound", verdict.measurement.bound_reason),
        ("Noted", "; ".join(verdict.measurement.notes)),
        ("Target", ", ".join(filter(None, (set_at, enforced and f"{enforced}s when missed")))),
    ]
    return {
        "status": verdict.status.value,
        "symbol": LOOKS[verdict.status].symbol,
        "warns": not_met and not verdict.blocking,
        "title": metric.title,
        "scope": verdict.scope,
        "shown": verdict.shown,
        "target": target.text if target else "",
        "before": _before(verdict, past),
        "brief": explanation.missing or verdict.reason,
        "first": verdict.remedy or (steps[0] if steps else ""),
        "facts": [(label, text) for label, text in facts if text],
        "where": [_item(verdict, item) for item in explanation.where],
        "more": explanation.more,
        "steps": [step for step in steps if step != metric.fix],
        "why": metric.why,
        "fix": metric.fix,
    }


def _item(verdict: Verdict, item: Item) -> dict[str, str]:
    place = str(item.place) if item.place else ""
    path = item.place.path if item.place else ""
    return {
        "value": item_value(verdict, item),
        "place": place,
        "name": "" if item.name == path else item.name.removeprefix(f"{path}::"),
        "note": first_few(item.note),
    }


def _before(verdict: Verdict, past: Mapping[tuple[str, str], Series]) -> str:
    """Spell what the last run measured; "" when it did not."""
    series = past.get((verdict.metric.key, verdict.scope))
    value = series.values[0] if series and series.values else None
    return "" if value is None else _spelled(value, verdict.metric.unit)


def _spelled(value: float, unit: Unit) -> str:
    return Level(int(value)).label if unit is Unit.LEVEL else spell(value, unit)


def _since(run: Run, past: Mapping[tuple[str, str], Series]) -> dict[str, Any]:
    """Say what is different from the last run: gates, then tests."""
    earlier = run.details.earlier
    gates = []
    for verdict in run.verdicts:
        series = past.get((verdict.metric.key, verdict.scope))
        before = series.statuses[0] if series and series.statuses else None
        shown = _before(verdict, past)
        if before is None or (before is verdict.status and not _moved(verdict, series)):
            continue
        gates.append(
            {
                "title": verdict.metric.title,
                "scope": verdict.scope,
                "was": before.value,
                "was_shown": shown or "-",
                "status": verdict.status.value,
                "symbol": LOOKS[verdict.status].symbol,
                "was_symbol": LOOKS[before].symbol,
                "shown": verdict.shown,
            }
        )
    gates.sort(key=lambda gate: gate["was"] == gate["status"])
    groups: dict[str, list[dict[str, str]]] = {}
    for change in earlier.changed:
        was, now = (ENDINGS[each] if each else "" for each in (change.before, change.now))
        groups.setdefault(_kind(change), []).append({"id": change.nodeid, "was": was, "now": now})
    return {
        "gates": gates,
        "groups": groups,
        "left_out": earlier.changed_left_out,
        "run": _past_run(run) if earlier.runs else None,
    }


def _kind(change: ChangedTest) -> str:
    """Name what became of a test since the last run."""
    before, now = change.before, change.now
    if now is None:
        return "Gone"
    if now.is_bad:
        return "Now failing"
    if before is None:
        return "New"
    return "Mended" if before.is_bad else "Ended otherwise"


def _moved(verdict: Verdict, series: Series | None) -> bool:
    """Whether a value is another one; a duration always is, and so says nothing."""
    value = verdict.measurement.value
    was = series.values[0] if series and series.values else None
    if value is None or isinstance(value, str) or was is None:
        return False
    return verdict.metric.unit is not Unit.SECONDS and float(value) != float(was)


def _past_run(run: Run) -> dict[str, str]:
    last = run.details.earlier.runs[0]
    return {
        "ended": f"{last.ended.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "commit": _short(last.commit),
        "branch": last.branch,
        "outcome": last.outcome.value,
    }


def _trends(run: Run, past: Mapping[tuple[str, str], Series]) -> Iterator[dict[str, Any]]:
    """Draw what moved or has a target, each over the runs that are known."""
    seen = set()
    for verdict in run.verdicts:
        key = (verdict.metric.key, verdict.scope)
        series, value, unit = past.get(key), verdict.measurement.value, verdict.metric.unit
        if key in seen or series is None or unit in (Unit.LEVEL, Unit.VERSION):
            continue
        seen.add(key)
        now = None if value is None or isinstance(value, str) else float(value)
        values = [*reversed(series.values), now]
        label = f"{verdict.metric.title} {verdict.scope}".strip()
        drawn = trend(
            Line(
                values=values,
                spell=_speller(unit),
                wanted=_wanted(verdict),
            ),
            visible(f"{label}: {len(values)} runs, now {verdict.shown}"),
        )
        if drawn:
            yield {
                "title": verdict.metric.title,
                "scope": verdict.scope,
                "shown": verdict.shown,
                "status": verdict.status.value,
                "symbol": LOOKS[verdict.status].symbol,
                "target": verdict.target.text if verdict.target else "",
                "svg": drawn,
            }


def _speller(unit: Unit) -> Callable[[float, int], str]:
    return lambda number, decimals: spell(number, unit, decimals)


def _wanted(verdict: Verdict) -> float | None:
    target = verdict.target
    if target is None or target.wanted.comparator not in _BOUNDS:
        return None
    return float(target.wanted.value)


def _tracked(run: Run) -> Iterator[Row]:
    for table in run.tables:
        if table.title != _SUCCESS:
            yield from table.rows


def _table(table: Table) -> dict[str, Any]:
    proven = any(row.proofs or row.level is not None for row in table.rows)
    return {
        "title": table.title,
        "columns": table.columns,
        "proven": proven,
        "rows": [_row(row, table.columns) for row in table.rows],
    }


def _row(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    cells = ["-" if cell == row.why else cell for cell in row.cells[: len(columns)]]
    cells += ["-"] * (len(columns) - len(cells))
    level = row.level.label if row.level else "" if row.why or row.level is None else "none"
    return {
        "cells": list(zip(columns, cells, strict=True)),
        "status": row.status.value if row.status else "",
        "level": level,
        "why": row.why.removeprefix(level).lstrip(),
        "proofs": [_proof(place) for place in row.proofs],
    }


def _proof(place: Place) -> dict[str, str]:
    return {"place": str(place), "text": place.text}
