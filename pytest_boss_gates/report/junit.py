"""The gates as a JUnit suite of their own, one case each, as Jenkins' strict schema wants it.

What only warns is a skipped case: consumers fail a build for a failed one.
"""

from __future__ import annotations

from datetime import timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pytest_boss_gates.model import VerdictStatus
from pytest_boss_gates.report.escape import terminal, terminal_verbatim
from pytest_boss_gates.report.findings import headline, is_severe
from pytest_boss_gates.report.wording import ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.model import Run, Verdict

_SUITE = "boss-gates"
_FINE = VerdictStatus.MET


def render(run: Run) -> str:
    """Spell the verdicts on targets; ends with a newline."""
    cases = list(_cases(run))
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in _COUNTED}
    ended = run.identity.ended.astimezone(timezone.utc)
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        name=_SUITE,
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time="0.000",
        timestamp=f"{ended:%Y-%m-%dT%H:%M:%S}",
    )
    properties = ET.SubElement(suite, "properties")
    facts = {
        "outcome": run.outcome.value,
        "commit": run.identity.commit,
        "branch": run.identity.branch,
    }
    for name, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=name, value=terminal(value))
    suite.extend(cases)
    ET.indent(suites)
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


_COUNTED = ("failure", "error", "skipped")


def _cases(run: Run) -> Iterator[ET.Element]:
    seen: dict[tuple[str, str], int] = {}
    for verdict in run.verdicts:
        if verdict.target is None:
            continue
        key = terminal(verdict.metric.key)
        name = terminal(verdict.scope) or "everything"
        turn = seen[key, name] = seen.get((key, name), 0) + 1
        if turn > 1:  # of cases with one name GitLab keeps one
            name = f"{name} ({turn})"
        case = ET.Element("testcase", classname=f"boss_gates.{key}", name=name, time="0.000")
        tag = _tag(verdict, run)
        if tag:
            message = terminal(verdict.reason) or terminal(headline(verdict))
            inner = ET.SubElement(case, tag, message=message)
            if tag != "skipped":
                inner.set("type", verdict.status.value)
                inner.text = "\n".join(map(terminal_verbatim, _details(verdict)))
        yield case


def _tag(verdict: Verdict, run: Run) -> str:
    """Say what a case holds: nothing when the gate is met."""
    if verdict.status is _FINE:
        return ""
    if not is_severe(verdict, run):
        return "skipped"
    return "failure" if verdict.status is VerdictStatus.MISSED else "error"


def _details(verdict: Verdict) -> Iterator[str]:
    yield headline(verdict)
    yield from filter(None, (verdict.explanation.missing, verdict.reason))
    for item in verdict.explanation.where:
        yield " ".join(filter(None, (str(item.place or ""), item.name, item.note)))
    missed = verdict.status is VerdictStatus.MISSED
    yield from filter(None, ways(verdict) if missed else (verdict.remedy,))
