"""``tracker.md``: the run as a person reads it, in GitHub Flavored Markdown."""

from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Unit, VerdictStatus
from pytest_boss_gates.report.escape import markdown, markdown_block, markdown_code
from pytest_boss_gates.report.wording import (
    NOT_MET,
    OUTCOMES,
    STATUSES,
    item_value,
    tally,
    verdict_words,
    ways,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_boss_gates.model import Item, Place, Row, Run, RunIdentity, Table, Verdict

_SUCCESS_METRICS = {
    "ci-pipeline-duration": "CI Pipeline Duration",
    "code-coverage": "Code Coverage",
    "build-success-rate": "Build Success Rate",
    "deployment-frequency": "Deployment Frequency",
    "lead-time-for-changes": "Lead Time for Changes",
    "mean-time-to-recovery": "Mean Time to Recovery",
}
"""The tracker's success metrics by key, in its order and under its titles."""
_PROOFS_SHOWN = 3
_SUCCESS = "Success Metrics"  # told first, with the verdicts


def render(run: Run) -> str:
    """Spell a run as Markdown; ends with a newline."""
    success = _success_verdicts(run)
    shown_above = {id(verdict) for verdict in success.values()}
    others = [verdict for verdict in run.verdicts if id(verdict) not in shown_above]
    blocks = [
        "# CI/CD and DevOps Tracker Report",
        _opening(run),
        f"## {_SUCCESS}",
        _success_table(success),
        *_gates(others),
        *_not_met(run.verdicts),
        *(block for table in run.tables if table.title != _SUCCESS for block in _table(table)),
        "## How It Was Measured",
        _bullets(_measured(run.identity)),
    ]
    if run.notes:
        blocks += ["## Notes", _bullets(markdown(note) for note in run.notes)]
    if run.problems:
        blocks += ["## Problems", *(markdown_block(problem) for problem in run.problems)]
    return "\n\n".join(blocks) + "\n"


def _opening(run: Run) -> str:
    identity = run.identity
    parts = [f"on {identity.ended.astimezone(timezone.utc):%Y-%m-%d at %H:%M} UTC"]
    if identity.branch:
        parts.insert(0, f"on branch {markdown_code(identity.branch)}")
    if identity.commit:
        parts.insert(0, f"at commit {markdown_code(identity.commit)}")
    return f"**{OUTCOMES[run.outcome]}** Judged {', '.join(parts)}: {tally(run)}."


def _success_verdicts(run: Run) -> dict[str, Verdict]:
    """Find the verdict on each success metric over everything; scoped ones are gates."""
    found: dict[str, Verdict] = {}
    for verdict in run.verdicts:
        if verdict.metric.key in _SUCCESS_METRICS and not verdict.scope:
            found.setdefault(verdict.metric.key, verdict)
    return found


def _success_table(found: Mapping[str, Verdict]) -> str:
    rows = []
    for key, title in _SUCCESS_METRICS.items():
        verdict = found.get(key)
        if verdict is None:
            rows.append((title, "-", "-", "-", "no target"))
            continue
        rows.append(
            (
                title,
                _cell(verdict.shown),
                _target(verdict),
                verdict_words(verdict),
                markdown(_remark(verdict)),
            )
        )
    return _grid(("Metric", "Current", "Target", "Verdict", "Notes"), rows)


def _remark(verdict: Verdict) -> str:
    """Why it is as it is, or what the number rests on."""
    if verdict.reason:
        return verdict.explanation.missing or verdict.reason
    basis = _basis(verdict)
    return "; ".join(basis if verdict.target else [*basis, "no target"])


def _basis(verdict: Verdict) -> list[str]:
    measurement = verdict.measurement
    parts = [*measurement.notes]
    if measurement.numerator is not None and measurement.denominator is not None:
        parts.append(f"{measurement.numerator} of {measurement.denominator}")
    if measurement.n is not None:
        parts.append(f"n={measurement.n}")
    return [*parts, *filter(None, (measurement.window, measurement.source))]


def _target(verdict: Verdict) -> str:
    return markdown(verdict.target.text) if verdict.target else "-"


def _gates(verdicts: Sequence[Verdict]) -> list[str]:
    if not verdicts:
        return []
    rows = [
        (
            markdown(verdict.metric.title),
            markdown_code(verdict.scope),
            _cell(verdict.shown),
            _target(verdict),
            _verdict_cell(verdict),
            verdict.target.enforce.value if verdict.target else "-",
        )
        for verdict in verdicts
    ]
    return ["## Gates", _grid(("Gate", "Scope", "Measured", "Target", "Verdict", "Enforced"), rows)]


def _verdict_cell(verdict: Verdict) -> str:
    skipped = verdict.status is VerdictStatus.SKIPPED and verdict.reason
    return verdict_words(verdict) + (f": {markdown(verdict.reason)}" if skipped else "")


def _not_met(verdicts: Iterable[Verdict]) -> list[str]:
    blocks = [
        block for verdict in verdicts if verdict.status in NOT_MET for block in _section(verdict)
    ]
    return ["## What Is Not Met", *blocks] if blocks else []


def _section(verdict: Verdict) -> list[str]:
    """Explain a missed or unknown verdict: how far it is, where, and what to do."""
    metric, explanation = verdict.metric, verdict.explanation
    scope = f" {markdown_code(verdict.scope)}" if verdict.scope else ""
    measured = "nothing" if verdict.measurement.value is None else markdown(verdict.shown)
    facts = [f"{_target(verdict)} is wanted{_set_at(verdict)}, {measured} was measured."]
    facts += [
        f"**{label}:** {markdown(text)}"
        for label, text in (
            ("Reason", verdict.reason),
            ("Missing", explanation.missing),
            ("Remedy", verdict.measurement.remedy),
            ("Why it matters", metric.why),
            ("How to fix", metric.fix),
        )
        if text
    ]
    if metric.unit is Unit.LEVEL:
        facts += [f"**Seen:** {markdown(note)}" for note in verdict.measurement.notes]
    blocks = [f"### {verdict_words(verdict)}: {markdown(metric.title)}{scope}", _bullets(facts)]
    if explanation.where:
        blocks += ["Where, worst first:", _bullets(_places(verdict))]
    steps = [step for step in ways(verdict) if step != metric.fix]
    if steps:
        numbered = (f"{number}. {markdown(step)}" for number, step in enumerate(steps, 1))
        blocks += ["The cheapest way to the target:", "\n".join(numbered)]
    return blocks


def _set_at(verdict: Verdict) -> str:
    place = verdict.target.set_at if verdict.target else None
    return f" ({markdown_code(str(place))})" if place else " (by default)"


def _places(verdict: Verdict) -> list[str]:
    places = [_item(verdict, item) for item in verdict.explanation.where]
    more = verdict.explanation.more
    return [*places, f"and {more} more"] if more else places


def _item(verdict: Verdict, item: Item) -> str:
    """``5 lines``: `src/cart.py:3` name, note."""
    place = markdown_code(str(item.place)) if item.place else ""
    named = item.place is not None and item.place.path == item.name
    name = "" if named else markdown_code(item.name)
    note = f"({markdown(item.note)})" if item.note else ""
    words = " ".join(filter(None, (place, name, note)))
    return f"{markdown(item_value(verdict, item))}: {words}"


def _table(table: Table) -> list[str]:
    if not table.columns:
        return []
    proven = any(row.proofs or row.level is not None for row in table.rows)
    columns = [markdown(column) for column in table.columns]
    rows = [_row(row, table.columns, proven=proven) for row in table.rows]
    extra = ["Proof"] if proven else []
    return [f"## {markdown(table.title)}", _grid([*columns, *extra], rows)]


def _row(row: Row, columns: Sequence[str], *, proven: bool) -> list[str]:
    cells = [_cell(cell) for cell in row.cells[: len(columns)]]
    cells += ["-"] * (len(columns) - len(cells))
    if row.status is not None and "Status" in columns:
        cells[columns.index("Status")] = STATUSES[row.status]
    return [*cells, _proof(row)] if proven else cells


def _proof(row: Row) -> str:
    """Spell a row's proof: ``declared: `pyproject.toml:41`, `tox.ini:3` and 2 more``."""
    shown = _listed(row.proofs[:_PROOFS_SHOWN])
    left = len(row.proofs) - _PROOFS_SHOWN
    proofs = f"{shown} and {left} more" if left > 0 else shown
    level = row.level.label if row.level is not None else ""
    return ": ".join(filter(None, (level, proofs))) or "-"


def _listed(places: Iterable[Place]) -> str:
    return ", ".join(markdown_code(str(place)) for place in places)


def _measured(identity: RunIdentity) -> Iterable[str]:
    """How the numbers came about: without it two runs cannot be compared."""
    yield f"Whole suite: {f'no, {markdown(identity.partial)}' if identity.partial else 'yes'}"
    yield f"Workers: {identity.workers or 'none, one process'}"
    yield f"CI: {markdown(identity.ci) or 'no'}"
    seconds = (identity.ended - identity.started).total_seconds()
    started = identity.started.astimezone(timezone.utc)
    yield f"Started: {started:%Y-%m-%d %H:%M:%S} UTC, took {seconds:.1f} s"
    for label, entries in (("Versions", identity.versions), ("Fingerprint", identity.fingerprint)):
        if entries:
            pairs = (f"{markdown(key)} {markdown_code(entries[key])}" for key in sorted(entries))
            yield f"{label}: {', '.join(pairs)}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _cell(text: str) -> str:
    return text if text == "-" else markdown(text)  # a lone dash starts no list in a cell


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell or '-' for cell in line)} |" for line in lines)
