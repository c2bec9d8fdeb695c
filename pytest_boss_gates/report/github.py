"""Annotations for GitHub Actions: workflow commands, within what the runner takes of a step.

Limits: actions/runner, ``ExecutionContext.cs`` and ``ActionCommandManager.cs``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.report.escape import json_string, workflow_message, workflow_property
from pytest_boss_gates.report.findings import findings
from pytest_boss_gates.report.wording import OUTCOMES, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.model import Run
    from pytest_boss_gates.report.findings import Finding

_MOST = 10  # of errors in a step, and of warnings; the runner drops the others without a word
_LONGEST = 1000  # characters of a message; the runner cuts at 4096


def render(run: Run) -> str:
    """Spell the findings as workflow commands, one a line, most important first."""
    found = findings(run)
    lines = [
        *_shown([finding for finding in found if finding.severe], "error"),
        *_shown([finding for finding in found if not finding.severe], "warning"),
        _command("notice", {"title": "boss-gates"}, f"{OUTCOMES[run.outcome]} {tally(run)}."),
    ]
    return "\n".join(lines) + "\n"


def _shown(found: Sequence[Finding], name: str) -> Iterator[str]:
    kept = found if len(found) <= _MOST else found[: _MOST - 1]
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
