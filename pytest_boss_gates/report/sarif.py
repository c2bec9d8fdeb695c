"""SARIF 2.1.0, with what GitHub's code scanning needs to show a result."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_boss_gates.report.escape import json_document, json_string, visible
from pytest_boss_gates.report.findings import HOME, findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.model import Metric, Run
    from pytest_boss_gates.report.findings import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_TOP = "%SRCROOT%"
_LONGEST = 1000  # characters of a text; code scanning takes 1024 of a description


def render(run: Run) -> str:
    """Spell the findings as a log of one run; ends with a newline."""
    found = findings(run)
    metrics = {finding.verdict.metric.key: finding.verdict.metric for finding in found}
    order = {key: number for number, key in enumerate(metrics)}
    driver: dict[str, Any] = {
        "name": "boss-gates",
        "rules": [_rule(metric) for metric in metrics.values()],
    }
    if version := run.identity.versions.get("pytest-boss-gates"):
        driver["version"] = json_string(version)
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": "boss-gates/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    _TOP: {"description": {"text": "The top of the repository."}}
                },
                "results": [_result(finding, order) for finding in found],
            }
        ],
    }
    return json_document(json.dumps(log, ensure_ascii=False, indent=2)) + "\n"


def _rule(metric: Metric) -> dict[str, Any]:
    key, title = json_string(metric.key), _text(metric.title, metric.key)
    name = "".join(re.findall(r"\w+", title["text"]))
    named = {"name": name} if name.lower() not in ("", key.lower()) else {}  # SARIF1001
    return {
        "id": key,
        **named,
        "shortDescription": title,
        "fullDescription": _text(metric.why, metric.title),
        "help": _text(metric.fix, metric.why),
        "defaultConfiguration": {"level": "warning"},
        "properties": {"precision": "very-high", "problem.severity": "warning"},
    }


def _text(*texts: str) -> dict[str, str]:
    """Give the first text that says anything: code scanning takes an empty one for missing."""
    said = next(filter(None, map(visible, texts)), "boss-gates")
    return {"text": said[:_LONGEST]}


def _result(finding: Finding, order: Mapping[str, int]) -> dict[str, Any]:
    key = finding.verdict.metric.key
    line = finding.line or 1
    return {
        "ruleId": json_string(key),
        "ruleIndex": order[key],
        "level": "error" if finding.severe else "warning",
        "message": _text(f"{finding.title}: {finding.message}"),
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(finding.path or HOME, safe="/@+,="),
                        "uriBaseId": _TOP,
                    },
                    "region": {
                        "startLine": line,
                        "startColumn": 1,
                        "endLine": line,
                        "endColumn": 2,
                    },
                }
            }
        ],
        "partialFingerprints": {
            "bossGates/v1": finding.fingerprint,
            "primaryLocationLineHash": f"{finding.fingerprint[:16]}:1",  # the one GitHub reads
        },
    }
