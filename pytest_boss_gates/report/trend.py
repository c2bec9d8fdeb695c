"""Past runs for a terminal and for machines: tables, and a line of bars for each number."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.history.trends import other_fingerprint
from pytest_boss_gates.model import (
    Bound,
    Level,
    Outcome,
    Unit,
    VerdictStatus,
    plural,
    spell,
)
from pytest_boss_gates.report.columns import shortened, span, wrapped
from pytest_boss_gates.report.escape import json_string, terminal
from pytest_boss_gates.report.wording import LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.history.trends import Flaky, Slower
    from pytest_boss_gates.model import Number, RecordedRun, RecordedVerdict

FORMAT = 1
"""The version of both JSON documents; it rises when a key goes away or changes its meaning."""

_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-~=+*#"
_GAP = "  "
_LISTED = 10  # slower and flaky tests; --json has all
_HASH = 8
_SIGNS = {Bound.EXACT: "", Bound.AT_LEAST: "≥", Bound.AT_MOST: "≤"}
_PLAIN_SIGNS = {Bound.EXACT: "", Bound.AT_LEAST: ">=", Bound.AT_MOST: "<="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What there is to show of the past; runs are whole ones, newest first."""

    runs: Sequence[RecordedRun]
    slower: Sequence[Slower] = ()
    flaky: Sequence[Flaky] = ()


def sparkline(values: Sequence[Number | None], *, unicode: bool) -> str:
    """Draw numbers, oldest first, from the lowest to the highest; a gap where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    bars = _BARS if unicode else _PLAIN_BARS
    low, high = Fraction(min(known)), Fraction(max(known))
    drawn = ""
    for value in values:
        if value is None:
            drawn += " "
        elif high == low:
            drawn += bars[len(bars) // 2]
        else:
            share = (Fraction(value) - low) / (high - low)
            drawn += bars[min(int(share * len(bars)), len(bars) - 1)]
    return drawn


def overview(found: Overview, *, width: int, unicode: bool) -> Iterator[str]:
    """Give a row for each number of the newest run, then what became slower, then flaky tests."""
    page = _Page(width=max(width, 40), unicode=unicode)
    if not found.runs:
        yield from page.prose("No whole run is in the history. `pytest --boss-gates` keeps each.")
    else:
        yield from page.prose(_span_of(found.runs))
        yield ""
        yield from page.table(("GATE", "OLDEST", "NEWEST", "TARGET", "TREND"), page.rows(found))
    yield from page.listed(
        "Slower than usual",
        [page.slower(each) for each in found.slower],
    )
    yield from page.listed(
        "Flaky: passed and failed on the same files",
        [page.flaky(each) for each in found.flaky],
    )


def trend(
    metric: str, scope: str, runs: Sequence[RecordedRun], *, width: int, unicode: bool
) -> Iterator[str]:
    """Give a row for each run, newest first, below the line of bars.

    Where both a number and how it was measured have changed, that is told.
    """
    page = _Page(width=max(width, 40), unicode=unicode)
    name = f"{metric} {scope}".strip()
    if not runs:
        yield from page.prose(f"No whole run in the history has measured {name}.")
        return
    values = [_number(run.verdict(metric, scope)) for run in reversed(runs)]
    bars = sparkline(values, unicode=unicode)
    yield from page.prose(f"{name}: {bars} {page.extremes(runs, metric, scope)}".rstrip())
    yield ""
    header = ("WHEN (UTC)", "COMMIT", "BRANCH", "MEASURED", "TARGET", "VERDICT")
    rows = [page.run(run, verdict) for run in runs if (verdict := run.verdict(metric, scope))]
    yield from page.table(header, rows, right=3)
    changes = [
        f"{_when(newer)}: {what}"
        for newer, older in itertools.pairwise(runs)
        if _number(newer.verdict(metric, scope)) != _number(older.verdict(metric, scope))
        and (what := other_fingerprint(newer.fingerprint, older.fingerprint, metric))
    ]
    yield from page.listed("Measurement changed", changes)


def _span_of(runs: Sequence[RecordedRun]) -> str:
    newest, oldest = runs[0], runs[-1]
    where = {run.branch for run in runs}
    on = f" on {newest.branch}" if len(where) == 1 and newest.branch else ""
    if len(runs) == 1:
        return f"The last whole run{on}, of {_when(newest)} UTC."
    return f"The last {plural(len(runs), 'whole run')}{on}, {_when(oldest)} to {_when(newest)} UTC."


def _when(run: RecordedRun) -> str:
    return run.started.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M")


def _number(verdict: RecordedVerdict | None) -> Number | None:
    value = verdict.value if verdict is not None else None
    return None if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The space there is to write on."""

    width: int
    unicode: bool

    def rows(self, found: Overview) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for newest in found.runs[0].verdicts:
            history = [run.verdict(newest.metric, newest.scope) for run in reversed(found.runs)]
            oldest = next((each for each in history if each and each.value is not None), None)
            if oldest is None:  # nothing has ever measured it
                continue
            rows.append(
                (
                    f"{newest.metric} {newest.scope}".strip(),
                    self.value(oldest),
                    self.value(newest),
                    newest.target or "-",
                    sparkline([_number(each) for each in history], unicode=self.unicode),
                )
            )
        return rows

    def run(self, run: RecordedRun, verdict: RecordedVerdict) -> tuple[str, ...]:
        look = LOOKS[verdict.status]
        return (
            _when(run),
            run.commit[:_HASH] + ("" if run.clean or not run.commit else "+"),
            run.branch or "-",
            self.value(verdict),
            verdict.target or "-",
            f"{look.symbol if self.unicode else look.plain} {verdict.status.value}",
        )

    def extremes(self, runs: Sequence[RecordedRun], metric: str, scope: str) -> str:
        """Say what the lowest and the highest bar stand for."""
        found = [it for run in runs if (it := run.verdict(metric, scope))]
        known = {number: it for it in found if (number := _number(it)) is not None}
        if not known:
            return ""
        low, high = (self.value(known[end(known)]) for end in (min, max))
        return low if low == high else f"{low} to {high}"

    def value(self, verdict: RecordedVerdict | None) -> str:
        if verdict is None or verdict.value is None:
            return "-"
        if isinstance(verdict.value, str):
            return verdict.value
        if verdict.unit is Unit.LEVEL:
            return Level(int(verdict.value)).label
        sign = (_SIGNS if self.unicode else _PLAIN_SIGNS)[verdict.bound]
        return sign + spell(verdict.value, verdict.unit)

    def slower(self, each: Slower) -> str:
        now, usual = (spell(seconds, Unit.SECONDS) for seconds in (each.seconds, each.usual))
        return f"{each.name}: {now}, usually {usual} (median of {each.n} runs)"

    def flaky(self, each: Flaky) -> str:
        commits = ", ".join(commit[:_HASH] for commit in each.commits[:3])
        more = ", …" if len(each.commits) > 3 and self.unicode else ""
        return f"{each.nodeid}: passed {each.passed}, failed {each.failed} ({commits}{more})"

    def listed(self, title: str, lines: Sequence[str]) -> Iterator[str]:
        if not lines:
            return
        yield ""
        yield from self.prose(f"{title}:")
        for line in lines[:_LISTED]:
            yield from self.prose(line, indent=_GAP)
        if len(lines) > _LISTED:
            yield f"{_GAP}and {len(lines) - _LISTED} more"

    def table(
        self, header: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: int | None = None
    ) -> Iterator[str]:
        """Lay rows out; where they are too wide, the widest column but the last gives way."""
        cells = [[terminal(cell, unicode=self.unicode) for cell in row] for row in (header, *rows)]
        widths = [max(map(span, column)) for column in zip(*cells, strict=True)]
        room = self.width - len(_GAP) * (len(widths) - 1)
        for _ in range(sum(widths) - room):
            widths[widths.index(max(widths[:-1]))] -= 1
        for row in cells:
            fitted = [
                shortened(cell, space, unicode=self.unicode)
                for cell, space in zip(row, widths, strict=True)
            ]
            blanks = [
                " " * (space - span(cell)) for cell, space in zip(fitted, widths, strict=True)
            ]
            yield _GAP.join(
                blank + cell if index == right else cell + blank
                for index, (cell, blank) in enumerate(zip(fitted, blanks, strict=True))
            ).rstrip()

    def prose(self, text: str, *, indent: str = "") -> Iterator[str]:
        for line in wrapped(terminal(text, unicode=self.unicode), self.width - len(indent)):
            yield indent + line


def overview_json(found: Overview) -> dict[str, Any]:
    """Spell the overview for machines: seconds, ratios and counts as plain numbers."""
    return {
        "format": FORMAT,
        "runs": [_run(run) for run in found.runs],
        "slower": [
            {
                "name": json_string(each.name),
                "seconds": each.seconds,
                "usual": each.usual,
                "spread": each.spread,
                "n": each.n,
            }
            for each in found.slower
        ],
        "flaky": [
            {
                "test": json_string(each.nodeid),
                "passed": each.passed,
                "failed": each.failed,
                "commits": [json_string(commit) for commit in each.commits],
            }
            for each in found.flaky
        ],
    }


def trend_json(metric: str, scope: str, runs: Sequence[RecordedRun]) -> dict[str, Any]:
    """Spell the trend of a metric for machines, newest first."""
    return {
        "format": FORMAT,
        "metric": json_string(metric),
        "scope": json_string(scope),
        "runs": [
            {**_of_run(run), **_of_verdict(verdict)}
            for run in runs
            if (verdict := run.verdict(metric, scope))
        ],
    }


def _run(run: RecordedRun) -> dict[str, Any]:
    verdicts = [
        {"metric": json_string(each.metric), "scope": json_string(each.scope), **_of_verdict(each)}
        for each in run.verdicts
    ]
    return {**_of_run(run), "outcome": run.outcome.value, "verdicts": verdicts}


def _of_run(run: RecordedRun) -> dict[str, Any]:
    return {
        "started": run.started.astimezone(timezone.utc).isoformat(timespec="seconds")[:-6] + "Z",
        "commit": json_string(run.commit) or None,
        "clean": run.clean,
        "branch": json_string(run.branch) or None,
        "machine": json_string(run.machine),
    }


def _of_verdict(verdict: RecordedVerdict) -> dict[str, Any]:
    value = verdict.value
    return {
        "value": float(value) if isinstance(value, Fraction) else value,
        "unit": verdict.unit.value,
        "bound": verdict.bound.value,
        "target": json_string(verdict.target) or None,
        "status": verdict.status.value,
    }


def trend_schema() -> dict[str, Any]:
    """Declare the JSON Schema (draft 2020-12) of ``overview_json`` and ``trend_json``."""
    text, number = {"type": "string"}, {"type": "number"}
    maybe_text, count = {"type": ["string", "null"]}, {"type": "integer", "minimum": 0}
    of_run = {
        "started": {"type": "string", "format": "date-time"},
        "commit": maybe_text,
        "clean": {"type": "boolean"},
        "branch": maybe_text,
        "machine": text,
    }
    of_verdict = {
        "value": {"type": ["number", "string", "null"]},
        "unit": {"enum": [unit.value for unit in Unit]},
        "bound": {"enum": [bound.value for bound in Bound]},
        "target": maybe_text,
        "status": {"enum": [status.value for status in VerdictStatus]},
    }
    verdict = _object({"metric": text, "scope": text, **of_verdict})
    outcome = {"enum": [each.value for each in Outcome]}
    whole = _object({**of_run, "outcome": outcome, "verdicts": _list(verdict)})
    slower = {"name": text, "seconds": number, "usual": number, "spread": number, "n": count}
    flaky = {"test": text, "passed": count, "failed": count, "commits": _list(text)}
    form = {"format": {"const": FORMAT}}
    everything = {
        "runs": _list(whole),
        "slower": _list(_object(slower)),
        "flaky": _list(_object(flaky)),
    }
    one = {"metric": text, "scope": text, "runs": _list(_object({**of_run, **of_verdict}))}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pytest-boss-gates:trend:{FORMAT}",
        "title": "What pytest-boss-gates measured before: of everything, or of one metric",
        "anyOf": [_object(form | everything), _object(form | one)],
    }


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}
