"""Where the tracker stands: facts of files, git and session, dates, overrides, the document."""

from __future__ import annotations

import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.answer import Evidence
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.measure.coverage.metrics import CODE_COVERAGE
from pytest_boss_gates.model import (
    Fact,
    Level,
    Measurement,
    Override,
    Place,
    Proof,
    RowSetting,
    Settings,
    Status,
    TrackerSettings,
    Verdict,
    VerdictStatus,
)
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.tracking import Tracking, all_facts, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONG_AGO, FAR_OFF = date(2020, 1, 1), date(2999, 12, 31)
DOCUMENT = """\
# Tracker

## CI/CD Implementation Status

| Component | Status |
|---|---|
| Type Checking | 🟢 Completed |
| Security Scanning | 🔴 Not Started |
| Code Quality Checks | 🟡 In Progress |
"""


def gating(name: str, title: str) -> Mapping[str, Fact]:
    proof = Proof(place=Place(path="ci.yml", line=3), level=Level.GATING)
    found = Fact(
        name=name, title=title, purpose="", area="practice", level=Level.GATING, proofs=(proof,)
    )
    return {name: found}


def tracking(root: Path, facts: Mapping[str, Fact] | None = None, /, **tracker: object) -> Tracking:
    settings = TrackerSettings(**tracker)  # type: ignore[arg-type]
    return Tracking(
        settings=Settings(root=root, targets=(), tracker=settings),
        tree=Tree(root=root),
        evidence=lambda: Evidence(facts=facts or {}),
    )


def override(evidence: str = "", expires: date = FAR_OFF) -> Override:
    return Override(
        row="Staging",
        status=Status.COMPLETED,
        reason="run by the platform team",
        expires=expires,
        evidence=evidence,
        quoted="Mondays" if evidence else "",
        set_at=Place(path="pyproject.toml", line=12),
    )


# -- the facts


def test_to_the_facts_of_the_files_come_those_of_git_and_of_the_session(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)

    facts = all_facts(Tree(root=tmp_path), gating("mypy", "mypy"), passed=3)

    assert facts["mypy"].level is Level.GATING
    assert facts["git-repository"].level is Level.DECLARED
    assert facts["git-remote"].level is Level.NONE
    assert facts["tests-passed"].level is Level.OBSERVED
    assert facts["tests-passed"].note == "3 tests passed in this session"


def test_where_there_is_neither_git_nor_a_session_the_facts_say_so(tmp_path: Path) -> None:
    facts = all_facts(Tree(root=tmp_path), {})

    assert (facts["git-repository"].level, facts["git-repository"].note) == (
        Level.NONE,
        "there is no git repository",
    )
    assert (facts["tests-passed"].level, facts["tests-passed"].note) == (
        Level.NONE,
        "no test passed in a session",
    )


def test_the_evidence_is_looked_for_once_and_only_when_it_is_asked_for(tmp_path: Path) -> None:
    looks: list[str] = []

    def look() -> Evidence:
        looks.append("a look")
        return Evidence(facts={})

    found = Tracking(
        settings=Settings(root=tmp_path, targets=()), tree=Tree(root=tmp_path), evidence=look
    )
    assert looks == []

    found.tables()
    found.standing()

    assert looks == ["a look"]


def test_the_files_of_a_project_become_its_tables(tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n", encoding="utf-8")
    tree = Tree(root=tmp_path)
    settings = Settings(root=tmp_path, targets=())

    tables = Tracking(settings=settings, tree=tree, evidence=lambda: find_evidence(tree)).tables()

    types = next(row for row in tables[0].rows if row.cells[0] == "Type Checking")
    assert types.status is Status.IN_PROGRESS
    assert types.proofs == (Place(path="mypy.ini", line=1, text="[mypy]"),)


def verdict(scope: str, shown: str, status: VerdictStatus) -> Verdict:
    return Verdict(
        metric=CODE_COVERAGE,
        scope=scope,
        target=None,
        measurement=Measurement(metric=CODE_COVERAGE.key, value=1),
        status=status,
        reason="",
        shown=shown,
        blocking=False,
    )


@pytest.mark.parametrize(
    ("status", "current"), [(VerdictStatus.MET, "93.1 %"), (VerdictStatus.UNKNOWN, "-")]
)
def test_verdicts_over_everything_are_the_success_metrics(
    tmp_path: Path, status: VerdictStatus, current: str
) -> None:
    verdicts = [
        verdict("", "93.1 %", status),
        verdict("src/pay/**", "12.0 %", VerdictStatus.MISSED),
    ]

    *_, metrics = tracking(tmp_path).tables(verdicts)

    coverage = next(row for row in metrics.rows if row.cells[0] == "Code Coverage")
    assert coverage.cells[1:3] == (current, "-")


# -- the standing


def test_the_components_are_the_rows_of_the_first_table(tmp_path: Path) -> None:
    tracked = tracking(tmp_path, gating("type-checking", "Type Checking")).standing()

    assert len(tracked.components) == 10
    assert tracked.components[2] == ("Type Checking", Status.COMPLETED)
    assert sum(status is Status.COMPLETED for _, status in tracked.components) == 1


def test_without_a_document_nothing_can_drift(tmp_path: Path) -> None:
    tracked = tracking(tmp_path).standing()

    assert tracked.drifts is None
    assert tracked.no_document == "no tracker document is configured"
    assert "document =" in tracked.remedy


def test_what_is_due_and_not_completed_is_overdue_once(tmp_path: Path) -> None:
    rows = (
        RowSetting(name="Security Scanning", target_completion=LONG_AGO),  # in two tables
        RowSetting(name="Type Checking", target_completion=LONG_AGO),  # it is completed
        RowSetting(name="Container Building", target_completion=FAR_OFF),
        RowSetting(name="Staging", target_completion=LONG_AGO, hidden=True),
    )
    facts = gating("type-checking", "Type Checking")

    (item,) = tracking(tmp_path, facts, rows=rows).standing().overdue

    assert (item.name, item.value, item.note) == ("Security Scanning", 1, "due 2020-01-01")


def test_an_override_that_has_expired_is_told_with_its_line(tmp_path: Path) -> None:
    (item,) = tracking(tmp_path, overrides=(override(expires=LONG_AGO),)).standing().expired

    assert item.name == "Staging"
    assert item.place == Place(path="pyproject.toml", line=12)
    assert item.note == (
        "the override of 'Staging' expired on 2020-01-01 (run by the platform team)"
    )


def test_an_override_that_still_counts_is_not_told(tmp_path: Path) -> None:
    assert tracking(tmp_path, overrides=(override(),)).standing().expired == ()


@pytest.mark.parametrize(
    ("text", "evidence", "fault"),
    [
        (None, "runbook.md:2", "there is no runbook.md:2"),
        ("# Staging\nMondays\n", "runbook.md:2", ""),
        ("# Staging\nMondays\n", "runbook.md", ""),
        ("# Staging\nFridays\n", "runbook.md:2", "runbook.md:2 does not hold 'Mondays' any more"),
        ("# Staging\nFridays\n", "runbook.md", "runbook.md does not hold 'Mondays' any more"),
        ("Mondays\n", "runbook.md:2", "there is no runbook.md:2"),
        ("Mondays\n", "../outside.md:1", "there is no ../outside.md:1"),
    ],
)
def test_the_line_of_an_override_is_looked_up_in_the_tree(
    tmp_path: Path, text: str | None, evidence: str, fault: str
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "outside.md").write_text("Mondays", encoding="utf-8")
    if text is not None:
        (root / "runbook.md").write_text(text, encoding="utf-8")

    expired = tracking(root, overrides=(override(evidence),)).standing().expired

    expected = [f"the override of 'Staging' does not hold: {fault}"] if fault else []
    assert [item.note for item in expired] == expected


# -- the document


def test_only_what_the_document_claims_beyond_the_evidence_is_drift(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "tracker.md"
    path.parent.mkdir()
    path.write_text(DOCUMENT, encoding="utf-8")
    scanning = {**gating("code-scanning", "A"), **gating("dependency-scanning", "B")}

    tracked = tracking(tmp_path, scanning, document=path).standing()

    assert tracked.drifts is not None
    assert [(item.name, item.value, item.place, item.note) for item in tracked.drifts] == [
        (
            name,
            1,
            Place(path="docs/tracker.md", line=line),
            f"Status claims {claim}; the evidence is Not Started",
        )
        for name, line, claim in (
            ("Type Checking", 7, "Completed"),
            ("Code Quality Checks", 9, "In Progress"),
        )
    ]


def test_a_document_that_says_what_is_shown_does_not_drift(tmp_path: Path) -> None:
    path = tmp_path / "tracker.md"
    path.write_text(DOCUMENT.replace("🟡 In Progress", "Not Started"), encoding="utf-8")

    tracked = tracking(tmp_path, gating("type-checking", "A"), document=path).standing()

    assert tracked.drifts == ()


def test_a_value_that_this_run_did_not_measure_is_no_drift(tmp_path: Path) -> None:
    path = tmp_path / "tracker.md"
    metrics = "## Success Metrics\n\n| Metric | Current |\n|---|---|\n| Code Coverage | 93.1 % |\n"
    path.write_text(metrics, encoding="utf-8")

    assert tracking(tmp_path, document=path).standing().drifts == ()


def test_a_document_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    tracked = tracking(tmp_path, document=tmp_path / "docs" / "tracker.md").standing()

    assert tracked.drifts is None
    assert tracked.no_document == "docs/tracker.md cannot be read: No such file or directory"
    assert tracked.remedy == "`boss-gates tracker update` makes one."


def test_a_document_that_is_a_directory_cannot_be_read(tmp_path: Path) -> None:
    tracked = tracking(tmp_path, document=tmp_path).standing()

    assert tracked.drifts is None
    assert tracked.no_document == ". cannot be read: Is a directory"
    assert not tracked.remedy


def test_a_document_that_is_no_utf_8_names_the_line_once(tmp_path: Path) -> None:
    path = tmp_path / "tracker.md"
    path.write_bytes(b"# Tracker\n\n\xff\n")

    tracked = tracking(tmp_path, document=path).standing()

    assert tracked.drifts is None
    assert tracked.no_document == (
        "tracker.md:3: the byte 0xff is no UTF-8, so the file is not touched; save it as UTF-8"
    )
    assert not tracked.remedy


def test_a_path_is_spelled_from_the_root_where_it_stands_below_it(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path / "project", targets=())

    inside = spelled(tmp_path / "project" / "docs" / "tracker.md", settings)

    assert inside == "docs/tracker.md"
    assert spelled(tmp_path / "tracker.md", settings) == str(tmp_path / "tracker.md")
