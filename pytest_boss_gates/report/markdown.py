"""``tracker.md``: the run as a person reads it, in GitHub Flavored Markdown."""

from __future__ import annotations

import posixpath
from datetime import timezone
from os.path import isabs
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Status, Unit, VerdictStatus
from pytest_boss_gates.report.escape import (
    json_string,
    markdown,
    markdown_block,
    markdown_code,
    markdown_part,
    markdown_prose,
    markdown_target,
)
from pytest_boss_gates.report.wording import (
    NOT_MET,
    OUTCOMES,
    basis,
    item_value,
    rests,
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
_BESIDE = {"change-failure-rate": "Change Failure Rate"}
"""What DORA measures beside them: told with them when it was asked for."""
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
        *_not_met(run),
        *_tracker(run),
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
        asked = verdict.metric.key in _SUCCESS_METRICS or (
            verdict.metric.key in _BESIDE and verdict.target is not None
        )
        if asked and not verdict.scope:
            found.setdefault(verdict.metric.key, verdict)
    return found


def _success_table(found: Mapping[str, Verdict]) -> str:
    rows = []
    beside = {key: title for key, title in _BESIDE.items() if key in found}
    for key, title in (_SUCCESS_METRICS | beside).items():
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
    """Why it is as it is, and what the number rests on."""
    why = verdict.explanation.missing or verdict.reason
    if verdict.metric.delivery:
        parts = [why, rests(verdict)]
    else:
        parts = [why] if why else [*verdict.measurement.notes, *basis(verdict)]
    return "; ".join(filter(None, parts if verdict.target else [*parts, "no target"]))


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


def _not_met(run: Run) -> list[str]:
    blocks = [
        block
        for verdict in run.verdicts
        if verdict.status in NOT_MET
        for block in _section(verdict, run.at)
    ]
    return ["## What Is Not Met", *blocks] if blocks else []


def _section(verdict: Verdict, at: str) -> list[str]:
    """Explain a missed or unknown verdict: how far it is, where, and what to do."""
    metric, explanation = verdict.metric, verdict.explanation
    scope = f" {markdown_code(verdict.scope)}" if verdict.scope else ""
    measured = "nothing" if verdict.measurement.value is None else markdown(verdict.shown)
    facts = [f"{_target(verdict)} is wanted{_set_at(verdict, at)}, {measured} was measured."]
    facts += [
        f"**{label}:** {text}"
        for label, text in (
            ("Reason", markdown(verdict.reason)),
            ("Missing", markdown(explanation.missing)),
            ("Measured", markdown(rests(verdict))),
            ("Remedy", markdown(verdict.remedy)),
            ("Why it matters", markdown_prose(metric.why)),
            ("How to fix", "" if verdict.remedy else markdown_prose(metric.fix)),
        )
        if text
    ]
    if metric.unit is Unit.LEVEL:
        facts += [f"**Seen:** {markdown(note)}" for note in verdict.measurement.notes]
    blocks = [f"### {verdict_words(verdict)}: {markdown(metric.title)}{scope}", _bullets(facts)]
    if explanation.where:
        blocks += ["Where, worst first:", _bullets(_places(verdict, at))]
    steps = [step for step in ways(verdict) if step not in (metric.fix, verdict.remedy)]
    if steps:
        numbered = (f"{number}. {markdown(step)}" for number, step in enumerate(steps, 1))
        blocks += ["The cheapest way to the target:", "\n".join(numbered)]
    return blocks


def _set_at(verdict: Verdict, at: str) -> str:
    place = verdict.target.set_at if verdict.target else None
    return f" ({_place(place, at)})" if place else " (by default)"


def _places(verdict: Verdict, at: str) -> list[str]:
    places = [_item(verdict, item, at) for item in verdict.explanation.where]
    more = verdict.explanation.more
    return [*places, f"and {more} more"] if more else places


def _item(verdict: Verdict, item: Item, at: str) -> str:
    """``5 lines``: `src/cart.py:3` name, note."""
    place = _place(item.place, at) if item.place else ""
    named = item.place is not None and item.place.path == item.name
    name = "" if named else markdown_code(item.name)
    note = f"({markdown(item.note)})" if item.note else ""
    words = " ".join(filter(None, (place, name, note)))
    return f"{markdown(item_value(verdict, item))}: {words}"


def _tracker(run: Run) -> list[str]:
    """Spell the tracker's tables, and before them what their statuses mean."""
    tables = [table for table in run.tables if table.title != _SUCCESS and table.columns]
    if not tables:
        return []
    legend = (f"{status.icon} **{status.value}**: {status.meaning}" for status in Status)
    blocks = [block for table in tables for block in _table(table, run.at)]
    return ["## Implementation Status Legend", _bullets(legend), *blocks]


def _table(table: Table, at: str) -> list[str]:
    proven = any(row.proofs or row.level is not None for row in table.rows)
    columns = [markdown(column) for column in table.columns]
    rows = [_row(row, table.columns, at, proven=proven) for row in table.rows]
    extra = ["Proof"] if proven else []
    return [f"## {markdown(table.title)}", _grid([*columns, *extra], rows)]


def _row(row: Row, columns: Sequence[str], at: str, *, proven: bool) -> list[str]:
    cells = ["-" if cell == row.why else _cell(cell) for cell in row.cells[: len(columns)]]
    cells += ["-"] * (len(columns) - len(cells))
    if row.status is not None and "Status" in columns:
        cells[columns.index("Status")] = _status(row.status, row.proofs, at)
    return [*cells, _proof(row, at)] if proven else cells


def _status(status: Status, proofs: Sequence[Place], at: str) -> str:
    """Spell a status: its icon, and its word, which leads to the first proof of what has begun."""
    target = _link(proofs[0], at) if proofs and status is not Status.NOT_STARTED else ""
    word = f"[{status.value}]({target})" if target else status.value
    return f"{status.icon} {word}"


def _proof(row: Row, at: str) -> str:
    """Spell where a status rests, and what else there is: ``declared: `tox.ini:3` and 2 more``."""
    level = row.level.label if row.level is not None else ""
    if not row.why:
        return ": ".join(filter(None, (level, _listed(row.proofs, at)))) or "-"
    text, others = markdown(row.why), row.proofs
    if others:
        before, first, after = row.why.partition(str(others[0]))
        if first and not after[:1].isdigit():
            text = markdown_part(before) + _place(others[0], at) + markdown_part(after)
            others = others[1:]
    also = _listed([other for other in others if other.path != ".git"], at)
    return f"{text}. Also {also}" if also else text


def _listed(places: Sequence[Place], at: str) -> str:
    shown = ", ".join(_place(place, at) for place in places[:_PROOFS_SHOWN])
    left = len(places) - _PROOFS_SHOWN
    return f"{shown} and {left} more" if left > 0 else shown


def _place(place: Place, at: str) -> str:
    """Spell a place, as a link where there is something to follow; its text is code either way."""
    target = _link(place, at)
    shown = markdown_code(str(place))
    return f"[{shown}]({target})" if target and shown else shown


def _link(place: Place, at: str) -> str:
    """Give the target of a link from a report to a place of the tree; "" for none."""
    home = posixpath.normpath(at) if at and not isabs(at) else "../"
    is_outside = home.startswith("../") or place.path.startswith(("/", "../"))
    if is_outside or place.path.split("/")[0] in {"", ".git"}:
        return ""
    return "../" * home.count("/") + markdown_target(place.path, place.line)


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
            pairs = (
                f"{markdown(key)} {markdown_code(entries[key]) or 'none'}"
                for key in sorted(entries, key=json_string)
            )
            yield f"{label}: {', '.join(pairs)}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _cell(text: str) -> str:
    return text if text == "-" else markdown(text)  # a lone dash starts no list in a cell


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cell or '-' for cell in line)} |" for line in lines)
