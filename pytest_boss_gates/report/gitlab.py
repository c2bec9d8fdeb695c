"""GitLab's code quality report: one JSON array of findings.

Its parser stops at the first entry that it does not like, and keeps one of equal fingerprints.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.model import VerdictStatus
from pytest_boss_gates.report.escape import json_document, json_string, visible
from pytest_boss_gates.report.findings import HOME, findings

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from pytest_boss_gates.report.findings import Finding

_LONGEST = 500  # characters of a description, which is one line of a table


def render(run: Run) -> str:
    """Spell the findings; ``[]`` says that there are none. Ends with a newline."""
    entries = [_entry(finding) for finding in findings(run)]
    return json_document(json.dumps(entries, ensure_ascii=False, indent=2)) + "\n"


def _entry(finding: Finding) -> dict[str, Any]:
    words = f"{finding.title}: {finding.message}"
    description = visible(words)
    return {
        "description": description[:_LONGEST],
        "check_name": f"boss-gates/{json_string(finding.verdict.metric.key)}",
        "fingerprint": finding.fingerprint,
        "severity": _severity(finding),
        "location": {"path": finding.path or HOME, "lines": {"begin": finding.line or 1}},
    }


def _severity(finding: Finding) -> str:
    if not finding.severe:
        return "minor"
    return "critical" if finding.verdict.status is VerdictStatus.MISSED else "major"
