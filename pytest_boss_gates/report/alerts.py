"""Alert rules for Prometheus over the series that ``prometheus`` writes.

They ask for the verdict, never for a number and a target: there is one judge.
"""

from __future__ import annotations

from typing import Any

from pytest_boss_gates.report.prometheus import BLOCKING, LAST_RUN, PREFIX, VERDICT

_STALE_AFTER = 7 * 24 * 3600  # seconds; a project that nobody works on for a week may mute it
_WHOSE = "{{ $labels.project }}"
_WHAT = "{{ $labels.metric }}{{ with $labels.scope }} ({{ . }}){{ end }}"
_JOB = 'job="boss-gates"'


def render() -> str:
    """Give the file of rules as YAML; ends with a newline."""
    import yaml

    document = {"groups": [{"name": "boss-gates", "rules": _rules()}]}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
    return text


def _rules() -> list[dict[str, Any]]:
    blocks = f"and ignoring(status) {BLOCKING.name} == 1"
    warns = f"unless ignoring(status) {BLOCKING.name} == 1"
    return [
        _rule(
            "BossGateMissed",
            f'{VERDICT.name}{{status="missed"}} == 1 {blocks}',
            "critical",
            f"{_WHOSE}: {_WHAT} misses its target",
            "The target blocks. The run's report says by how much, where, and the cheapest way.",
        ),
        _rule(
            "BossGateMissedWarning",
            f'{VERDICT.name}{{status="missed"}} == 1 {warns}',
            "warning",
            f"{_WHOSE}: {_WHAT} misses its target",
            "The target only warns. The run's report says by how much and where.",
        ),
        _rule(
            "BossGateUnknown",
            f'{VERDICT.name}{{status="unknown"}} == 1 {blocks}',
            "warning",
            f"{_WHOSE}: {_WHAT} could not be judged",
            "What should have been measured was not. The run's report says why, and what to do.",
        ),
        _rule(
            "BossReportStale",
            f"time() - {LAST_RUN.name} > {_STALE_AFTER}",
            "warning",
            f"{_WHOSE}: no whole run for {{{{ $value | humanizeDuration }}}}",
            "What the dashboard shows is old. Look whether CI still runs pytest --boss-gates.",
        ),
        _rule(
            "BossTrackerDrift",
            f"{PREFIX}document_drift > 0",
            "warning",
            f"{_WHOSE}: the tracker makes {{{{ $value }}}} claims that the evidence does not",
            "boss-gates tracker check shows them, boss-gates tracker update mends them.",
        ),
        _rule(
            "BossComponentsOverdue",
            f"{PREFIX}overdue_components > 0",
            "info",
            f"{_WHOSE}: {{{{ $value }}}} components are overdue",
            "Complete them, or set dates that will be kept.",
        ),
        _rule(
            "BossPushFailed",
            f"push_failure_time_seconds{{{_JOB}}} > push_time_seconds{{{_JOB}}}",
            "warning",
            f"{_WHOSE}: the Pushgateway refused the last run",
            "Its log says why: mostly, another group has a metric of the same name and another "
            "type.",
        ),
    ]


def _rule(
    alert: str, expression: str, severity: str, summary: str, description: str
) -> dict[str, Any]:
    return {
        "alert": alert,
        "expr": expression,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }
