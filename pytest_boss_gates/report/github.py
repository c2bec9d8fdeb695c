"""Annotations for GitHub Actions: workflow commands, within what the runner takes of a step.

Limits: actions/runner, ``ExecutionContext.cs`` and ``ActionCommandManager.cs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.report.escape import json_string, workflow_message, workflow_property
from pytest_boss_gates.report.findings import findings
from pytest_boss_gates.report.wording import OUTCOMES, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.model import Run
    from pytest_boss_gates.report.findings import Finding

_LONGEST = 1000  # characters of a message; the runner cuts at 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many annotations are still shown; the runner drops the others without a word."""

    errors: int = 10  # in a step
    warnings: int = 10  # in a step
    notices: int = 10  # in a step
    job: int = 50  # in all steps of a job together


def render(run: Run, room: Room | None = None) -> str:
    """Spell the findings as workflow commands, one a line, most important first.

    Without a ``room`` it is that of a job's first step. The last line is the run in short: it is
    kept in the last of the room.
    """
    room = room or Room()
    found = findings(run)
    left = room.job - 1
    lines = list(_shown([f for f in found if f.severe], "error", min(room.errors, left)))
    left -= len(lines)
    lines += _shown([f for f in found if not f.severe], "warning", min(room.warnings, left))
    if room.notices > 0 and room.job > 0:
        short = f"{OUTCOMES[run.outcome]} {tally(run)}."
        lines.append(_command("notice", {"title": "boss-gates"}, short))
    return "".join(f"{line}\n" for line in lines)


def _shown(found: Sequence[Finding], name: str, most: int) -> Iterator[str]:
    if most <= 0:
        return
    kept = found if len(found) <= most else found[: most - 1]
    for finding in kept:
        line = str(finding.line) if finding.line else ""
        place = {"file": finding.path, "line": line, "title": finding.title}
        yield _command(name, place, finding.message)
    left = len(found) - len(kept)
    if left:
        more = f"{left} more of this kind are in the step's summary and in the report."
        yield _command(name, {"title": "boss-gates"}, more)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = [f"{key}={workflow_property(text)}" for key, text in properties.items() if text]
    message = json_string(message)
    cut = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    return f"::{name} {','.join(given)}::{workflow_message(cut)}"
