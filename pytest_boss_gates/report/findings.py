"""What is not met as a list of findings with places, for the formats of code review tools."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from os.path import isabs
from typing import TYPE_CHECKING

from pytest_boss_gates.model import VerdictStatus
from pytest_boss_gates.report.escape import json_string
from pytest_boss_gates.report.wording import NOT_MET, item_value, ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.model import Item, Place, Run, Verdict

HOME = "pyproject.toml"
"""Where a target that nobody has set would be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at: a gate that is not met, or one of the places behind it."""

    verdict: Verdict
    severe: bool  # it keeps the run from being met
    title: str
    message: str  # lines of plain text
    path: str = ""  # from the top of the repository, "" without a place
    line: int = 0  # from 1; 0: the file as a whole
    fingerprint: str  # the same for the same finding in every run, and no other's


def is_severe(verdict: Verdict, run: Run) -> bool:
    """Tell whether a verdict keeps the run from being met."""
    return verdict.blocking and not run.report_only


def findings(run: Run) -> tuple[Finding, ...]:
    """List what is not met, most important first: gates before places, what blocks before all.

    The places follow by turns, the worst of each gate first.
    """
    gates = sorted((v for v in run.verdicts if v.blocking or v.status in NOT_MET), key=_order)
    places = [list(_places(verdict, run)) for verdict in gates]
    turns = chain.from_iterable(zip_longest(*places))
    found = [*(_gate(verdict, run) for verdict in gates), *filter(None, turns)]
    return tuple(_numbered(sorted(found, key=lambda finding: not finding.severe)))


def _order(verdict: Verdict) -> tuple[bool, int]:
    statuses = (*NOT_MET, VerdictStatus.SKIPPED, VerdictStatus.MET, VerdictStatus.OBSERVED)
    return not verdict.blocking, statuses.index(verdict.status)


def subject(verdict: Verdict) -> str:
    """Name a verdict: the metric, and its scope."""
    return " ".join(filter(None, (verdict.metric.title, verdict.scope)))


def headline(verdict: Verdict) -> str:
    """Say a verdict in a line: ``Code Coverage is 87 %, >90% is wanted``."""
    if verdict.status is not VerdictStatus.MISSED:
        return f"{subject(verdict)} is {verdict.status.value}"
    wanted = f", {verdict.target.text} is wanted" if verdict.target else ""
    return f"{subject(verdict)} is {verdict.shown}{wanted}"


def _gate(verdict: Verdict, run: Run) -> Finding:
    steps = ways(verdict) if verdict.status is VerdictStatus.MISSED else (verdict.remedy,)
    lines = (verdict.explanation.missing or verdict.reason, *steps)
    path, line = _located(verdict.target.set_at if verdict.target else None, run)
    return Finding(
        verdict=verdict,
        severe=is_severe(verdict, run),
        title=headline(verdict),
        message="\n".join(filter(None, lines)) or headline(verdict),
        path=path,
        line=line,
        fingerprint=_fingerprint(verdict),
    )


def _places(verdict: Verdict, run: Run) -> Iterator[Finding]:
    for item in verdict.explanation.where:
        path, line = _located(item.place, run)
        if path:
            yield Finding(
                verdict=verdict,
                severe=is_severe(verdict, run),
                title=subject(verdict),
                message=_of_item(verdict, item),
                path=path,
                line=line,
                fingerprint=_fingerprint(verdict, path, item.name),
            )


def _of_item(verdict: Verdict, item: Item) -> str:
    name = "" if item.place and item.name == item.place.path else item.name
    note = f"({item.note})" if item.note else ""
    wanted = f"{verdict.target.text} is wanted" if verdict.target else ""
    value = item_value(verdict, item)
    words = " ".join(filter(None, (f"{name}: {value}" if name else value, note)))
    return "; ".join(filter(None, (words, wanted)))


def _located(place: Place | None, run: Run) -> tuple[str, int]:
    """Give a place from the top of the repository; ``("", 0)`` for one that is not in it."""
    if place is None or isabs(place.path) or place.path.startswith((".git/", "../", "/")):
        return "", 0
    path = json_string(place.path)
    if path in ("", ".git"):
        return "", 0
    return posixpath.join(json_string(run.identity.below), path), place.line


def _fingerprint(verdict: Verdict, *parts: str) -> str:
    words = (verdict.metric.key, verdict.scope, *parts)
    return hashlib.sha256("\0".join(map(json_string, words)).encode()).hexdigest()[:32]


def _numbered(found: list[Finding]) -> Iterator[Finding]:
    """Tell apart what would have the same fingerprint, by its turn."""
    seen: dict[str, int] = {}
    for finding in found:
        turn = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        if turn > 1:
            again = hashlib.sha256(f"{finding.fingerprint}:{turn}".encode()).hexdigest()[:32]
            yield replace(finding, fingerprint=again)
        else:
            yield finding
