"""The tracker in a session: derived in every run, a gate like any other, and a document kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from pytest_boss_gates.tracker.rows import load_tracker

if TYPE_CHECKING:
    from tests.conftest import Project

MISSED, UNKNOWN, USAGE = 10, 11, 4
COMMAND = (sys.executable, "-m", "pytest_boss_gates.cli")

TRACKED = """\
[tool.boss-gates.targets]
components-completed = ">=1"
document-drift = "=0"
overdue-components = "=0"

[tool.boss-gates.tracker]
document = "docs/tracker.md"

[tool.boss-gates.tracker.rows."Security Scanning"]
target-completion = 2020-01-31

[tool.boss-gates.tracker.overrides.Staging]
status = "completed"
reason = "run by the platform team"
expires = 2020-01-31
"""
TESTS_IN_CI = """\
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
"""
DOCUMENT = """\
## CI/CD Implementation Status

| Component | Status |
|---|---|
| Automated Unit Testing | 🟢 Completed |
| Type Checking | 🟢 Completed |
"""


def test_a_run_writes_every_table_and_judges_the_tracker(shop: Project) -> None:
    shop.write(
        {
            "pyproject.toml": TRACKED,
            ".github/workflows/ci.yml": TESTS_IN_CI,
            "docs/tracker.md": DOCUMENT,
        }
    )

    result = shop.run()

    assert result.status == MISSED
    assert result.statuses == {
        "components-completed": "met",  # the tests are in CI, and passed here
        "document-drift": "missed",
        "overdue-components": "missed",
        "expired-overrides": "missed",  # nobody set a target, and it is one all the same
    }
    (drift,) = result.verdicts["document-drift"]["details"]["where"]
    assert drift == {
        "name": "Type Checking",
        "value": 1,
        "exact": None,
        "before": None,
        "exact-before": None,
        "path": "docs/tracker.md",
        "line": 6,
        "note": "Status claims Completed; the evidence is Not Started",
    }
    (overdue,) = result.verdicts["overdue-components"]["details"]["where"]
    assert (overdue["name"], overdue["note"]) == ("Security Scanning", "due 2020-01-31")
    assert (shop.root / "docs" / "tracker.md").read_text(encoding="utf-8") == DOCUMENT


def test_the_report_holds_every_table_of_the_tracker(shop: Project) -> None:
    shop.write({"pyproject.toml": TRACKED, ".github/workflows/ci.yml": TESTS_IN_CI})

    shop.run()

    text = (shop.root / ".boss-gates" / "tracker.md").read_text(encoding="utf-8")
    found = tables(text)
    statuses: dict[str, str] = {}
    for layout in load_tracker().tables:
        assert f"## {layout.title}" in text
        if layout.title == "Success Metrics":
            continue  # its rows are verdicts, with columns of theirs
        columns = list(layout.columns)
        header, *rows = next(table for table in found if table[0][: len(columns)] == columns)
        assert header[len(columns) :] == (["Proof"] if layout.rows else [])
        assert {row[0] for row in rows} >= set(layout.rows)
        if columns[:2] == ["Component", "Status"]:
            statuses |= {row[0]: row[1] for row in rows}
    assert statuses["Automated Unit Testing"] == "🟢 Completed"
    assert statuses["CI Pipeline"] == "🟡 In Progress"
    assert statuses["Type Checking"] == "🔴 Not Started"


def tables(markdown: str) -> list[list[list[str]]]:
    """Give each table of a document as rows of plain texts, its header first."""
    found: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and token.level > 2:
            texts = (child.content for child in token.children or () if child.type == "text")
            found[-1][-1].append("".join(texts))
    return found


def test_without_a_document_its_drift_is_unknown(shop: Project) -> None:
    result = shop.targets('document-drift = "=0"').run()

    assert result.status == UNKNOWN
    assert result.verdicts["document-drift"]["reason"] == "no tracker document is configured"


BEFORE = """\
# Ours

## CI/CD Implementation Status

| Component | Status | Notes |
|---|---|---|
| Automated Unit Testing | Not Started | by Ada |
| Type Checking | Completed | by Bob |

## Success Metrics

| Metric | Current | Target | Notes |
|---|---|---|---|
| Code Coverage | - | >90% | |
| Lead Time for Changes | 3 h | <1 day | |
"""
AFTER = (
    BEFORE.replace("| Not Started | by Ada", "| Completed | by Ada")
    .replace("| Completed | by Bob", "| Not Started | by Bob")
    .replace("| Code Coverage | - |", "| Code Coverage | 100 % |")
)


@pytest.fixture
def kept(shop: Project) -> Project:
    """A project with a tracker document that claims too much and too little."""
    return shop.write(
        {
            "pyproject.toml": """\
                [tool.boss-gates.targets]
                code-coverage = ">90%"
                [tool.boss-gates.tracker]
                document = "docs/tracker.md"
                """,
            ".github/workflows/ci.yml": TESTS_IN_CI,
            "docs/tracker.md": BEFORE,
        }
    )


def document_of(project: Project) -> str:
    return (project.root / "docs" / "tracker.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_updates_the_document_with_what_it_saw_and_measured(
    kept: Project, workers: tuple[str, ...]
) -> None:
    result = kept.run("--boss-gates-tracker=update", *workers)

    assert result.status == 0
    assert "docs/tracker.md is updated: 3 cells changed." in result.output
    assert document_of(kept) == AFTER

    again = kept.run("--boss-gates-tracker=update")

    assert "docs/tracker.md says what the evidence says." in again.output
    assert document_of(kept) == AFTER


def test_a_run_that_checks_fails_for_a_claim_with_a_diff_and_a_sentence(kept: Project) -> None:
    result = kept.run("--boss-gates-tracker=check")

    assert result.status == MISSED
    assert document_of(kept) == BEFORE
    assert result.statuses["document-drift"] == "missed"
    (drift,) = result.verdicts["document-drift"]["details"]["where"]
    assert (drift["name"], drift["line"], drift["note"]) == (
        "Type Checking",
        8,
        "Status claims Completed; the evidence is Not Started",
    )
    diff = result.report["tracker"]["diff"]
    assert "-| Type Checking | Completed | by Bob |" in diff
    assert "+| Type Checking | Not Started | by Bob |" in diff
    shown = {line.rstrip() for line in result.output.splitlines()}
    assert {line.rstrip() for line in diff} <= shown


def test_a_run_that_checks_passes_a_document_that_claims_less(kept: Project) -> None:
    kept.write({"docs/tracker.md": AFTER.replace("100 %", "95 %")})

    result = kept.run("--boss-gates-tracker=check")

    assert (result.status, result.statuses["document-drift"]) == (0, "met")


def test_a_coverage_that_the_document_claims_and_the_run_does_not_show_is_drift(
    kept: Project,
) -> None:
    kept.write({"docs/tracker.md": AFTER, "shop/more.py": "a = 1\n"})

    result = kept.run("--boss-gates-tracker=check")

    assert result.status == MISSED
    (drift,) = result.verdicts["document-drift"]["details"]["where"]
    assert (drift["name"], drift["note"]) == (
        "Code Coverage",
        "Current claims 100 %; the measurement is 80 %",
    )


def test_what_a_run_updated_the_command_finds_true_afterwards(kept: Project) -> None:
    kept.run("--boss-gates-tracker=update")

    checked = kept.run_command(*COMMAND, "tracker", "check")

    assert (checked.status, checked.output) == (
        0,
        "docs/tracker.md says what the evidence says.\n",
    )


def test_without_a_session_the_command_leaves_open_what_only_one_can_tell(kept: Project) -> None:
    kept.write({"docs/tracker.md": AFTER})

    checked = kept.run_command(*COMMAND, "tracker", "check")

    assert checked.status == 0
    assert "Automated Unit Testing: Completed cannot be told here" in checked.output


def test_a_partial_run_does_not_update_the_document(kept: Project) -> None:
    result = kept.run("--boss-gates-tracker=update", "-k", "total")

    assert document_of(kept) == BEFORE
    assert "docs/tracker.md is not updated by a partial run" in result.output


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--boss-gates-tracker=check", "No tracker document is named."),
        ("--boss-gates-tracker=chek", 'Did you mean "check"?'),
    ],
)
def test_an_option_for_the_tracker_that_cannot_be_followed_is_a_usage_error(
    shop: Project, option: str, message: str
) -> None:
    result = shop.run(option)

    assert result.status == USAGE
    assert message in result.output


def test_a_document_without_a_row_of_the_tracker_leaves_its_drift_unknown(kept: Project) -> None:
    kept.write({"docs/tracker.md": "# Prose\n"})

    result = kept.run("--boss-gates-tracker=check")

    assert result.status == UNKNOWN
    assert "has no row of the tracker" in result.verdicts["document-drift"]["reason"]
