"""What a change did to the claims of a document: raised, lowered, put off, or taken away."""

from __future__ import annotations

import pytest

from pytest_boss_gates.tracker.derived import DerivedRow, DerivedTable
from pytest_boss_gates.tracker.document import parse
from pytest_boss_gates.tracker.keep import Kept, keep
from pytest_boss_gates.tracker.since import since

COLUMNS = ("Component", "Status", "Target Completion")
COMPONENTS = DerivedTable(
    title="Components",
    columns=COLUMNS,
    rows=(
        DerivedRow(name="Docs", cells={"Status": "In Progress"}, why="declared: mkdocs.yml"),
        DerivedRow(name="Lint", cells={"Status": "Completed"}),
    ),
)
METRICS = DerivedTable(
    title="Metrics",
    columns=("Metric", "Current", "Target"),
    rows=(DerivedRow(name="Code Coverage", cells={"Current": "91 %"}),),
)
TABLES = (COMPONENTS, METRICS)
BEFORE = """\
## Components

| Component | Status | Target Completion |
|---|---|---|
| Docs | 🟡 In Progress | 2024-08-15 |
| Lint | 🟢 Completed | - |

## Metrics

| Metric | Current | Target |
|---|---|---|
| Code Coverage | 91 % | >90% |
"""


def compared(*changes: tuple[str, str], before: str = BEFORE) -> Kept:
    """Hold a document after some changes against itself before them."""
    after = BEFORE
    for old, new in changes:
        assert after.count(old) == 1
        after = after.replace(old, new)
    now, then = (parse(text.encode(), name="t.md") for text in (after, before))
    return since(keep(now, TABLES), now, then, TABLES, "origin/main")


def test_what_was_not_changed_is_not_told() -> None:
    found = compared()

    assert (found.changes, found.remarks) == ((), ())


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (BEFORE, "raised from In Progress since origin/main"),
        (BEFORE.replace("🟡 In Progress", "Completed"), "so at origin/main already"),
        (BEFORE.replace("| Docs |", "| Mines |"), "new since origin/main"),
        (BEFORE.replace("🟡 In Progress", "soon"), ""),
    ],
)
def test_a_claim_too_much_says_whether_it_is_this_change_s(before: str, told: str) -> None:
    (drift,) = compared(("🟡 In Progress", "🟢 Completed"), before=before).drifts

    assert drift.since == told
    assert str(drift) == (
        "t.md:5: Docs: Status claims Completed; the evidence is In Progress "
        f"(declared: mkdocs.yml){'; ' if told else ''}{told}."
    )


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        (
            "🟢 Completed",
            "🟡 In Progress",
            "t.md:6: Lint: Status was Completed at origin/main, and says In Progress now.",
        ),
        (
            "2024-08-15",
            "2025-01-01",
            (
                "t.md:5: Docs: Target Completion was 2024-08-15 at origin/main, "
                "and says 2025-01-01 now."
            ),
        ),
        (
            "2024-08-15",
            "-",
            "t.md:5: Docs: Target Completion was 2024-08-15 at origin/main, and says nothing now.",
        ),
        (
            "| >90% |",
            "| >80% |",
            "t.md:12: Code Coverage: Target was >90% at origin/main, and says >80% now.",
        ),
        (
            "| Lint | 🟢 Completed | - |\n",
            "",
            "t.md: the row 'Lint' of Components stood there at origin/main, and is gone.",
        ),
    ],
)
def test_what_was_loosened_is_named_and_fails_nothing(old: str, new: str, remark: str) -> None:
    found = compared((old, new))

    assert found.remarks == (remark,)
    assert found.drifts == ()


def test_a_target_that_reads_the_same_is_the_same() -> None:
    assert compared(("| >90% |", "| **> 90 %** |")).remarks == ()


def test_a_document_without_the_tables_at_the_base_has_nothing_loosened() -> None:
    assert compared(before="# Nothing\n").remarks == ()
