"""A tracker where there is none: of the known shape, safe for any text, and true from the start."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_boss_gates.model import Status
from pytest_boss_gates.tracker.create import created
from pytest_boss_gates.tracker.derived import DerivedRow, DerivedTable
from pytest_boss_gates.tracker.document import parse
from pytest_boss_gates.tracker.keep import keep
from pytest_boss_gates.tracker.rows import load_tracker

DAY = date(2026, 11, 22)
TABLES = (
    DerivedTable(
        title="CI/CD Implementation Status",
        columns=("Component", "Status", "Priority"),
        rows=(
            DerivedRow(
                name="Type Checking",
                cells={"Status": "Completed"},
                link="../ci file.yml#L3",
                starts={"Priority": "High"},
            ),
            DerivedRow(name="Monitoring & Logging", cells={"Status": "Not Started"}),
        ),
    ),
    DerivedTable(
        title="Progress Tracking",
        columns=("Month", "Total Completed"),
        rows=(),
        append=DerivedRow(name="November 2026", cells={"Total Completed": "1"}),
    ),
)


def test_a_document_is_of_the_known_shape() -> None:
    text = created(
        TABLES, commit="abc1234", day=DAY, intro="This is *ours*.", closing="*Kept weekly.*"
    )

    assert text == (
        "# CI/CD and DevOps Tracker\n\n"
        "This is *ours*.\n\n"
        "*As of commit `abc1234`, 2026-11-22.*\n\n"
        "## Implementation Status Legend\n\n"
        "- 🔴 **Not Started**: Implementation has not begun\n"
        "- 🟡 **In Progress**: Implementation is underway but not complete\n"
        "- 🟢 **Completed**: Implementation is complete and validated\n\n"
        "## CI/CD Implementation Status\n\n"
        "| Component | Status | Priority |\n"
        "|-----------|--------|----------|\n"
        "| Type Checking | 🟢 [Completed](../ci%20file.yml#L3) | High |\n"
        "| Monitoring & Logging | 🔴 Not Started | - |\n\n"
        "## Progress Tracking\n\n"
        "| Month | Total Completed |\n"
        "|-------|-----------------|\n"
        "| November 2026 | 1 |\n\n"
        "*Kept weekly.*\n"
    )


def test_the_title_and_the_legend_can_be_others() -> None:
    legend = {Status.COMPLETED: "<done>"}

    text = created((), commit="abc", day=DAY, title="C #", legend=legend, closing="")

    assert text.startswith("# C \\#\n\n")
    assert text.endswith("## Implementation Status Legend\n\n- 🟢 **Completed**: \\<done>\n")


def test_all_tables_of_the_tracker_are_made_and_found_again() -> None:
    machine = {"Status": "In Progress", "Automation Level": "Manual", "Current": "12 %"}
    tables = [
        DerivedTable(
            title=layout.title,
            columns=layout.columns,
            rows=tuple(
                DerivedRow(
                    name=name,
                    cells={c: text for c, text in machine.items() if c in layout.columns},
                    link="../pyproject.toml#L1",
                    starts=cells,
                )
                for name, cells in layout.rows.items()
            ),
        )
        for layout in load_tracker().tables
    ]

    document = parse(created(tables, commit="abc", day=DAY).encode(), name="t.md")
    found = keep(document, tables)

    assert [(table.heading, len(table.rows)) for table in document.tables] == [
        (table.title, len(table.rows)) for table in tables
    ]
    assert (found.document, found.changes, found.remarks) == (document, (), ())


HOSTILE = st.text(max_size=10) | st.text("ab[](){}<>!&;#*_`~\\|-+.:$\n\r ", max_size=10)


@settings(max_examples=100, deadline=None)
@given(st.lists(HOSTILE, min_size=4, max_size=4), st.sampled_from(Status))
def test_any_text_stays_text_and_in_its_cell(texts: list[str], status: Status) -> None:
    name, value, priority, link = texts
    derived = DerivedTable(
        title=f"x{value}",
        columns=("Component", "Status", "Current", "Priority"),
        rows=(
            DerivedRow(
                name=f"x{name}",
                cells={"Status": status.value, "Current": value},
                link=link,
                starts={"Priority": f"x{priority}"},
            ),
        ),
    )

    document = parse(created([derived], commit="abc", day=DAY).encode("utf-8"), name="t.md")
    found = keep(document, [derived])

    assert (found.document, found.changes, found.remarks) == (document, (), ())
    assert len(document.tables[0].rows) == 1
    tokens = MarkdownIt("commonmark").enable("table").parse(document.text)
    cells = [token for token in tokens if token.type == "inline" and token.level == 4]
    assert len(cells) == 8
    for shown, said in ((cells[4], f"x{name}"), (cells[7], f"x{priority}")):
        kinds = {child.type for child in shown.children or []}
        assert kinds <= {"text", "text_special"}
        assert "".join(child.content for child in shown.children or ()) == _line(said)


def _line(text: str) -> str:
    """The text as one line without what cannot be seen."""
    plain = "".join(
        " " if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" else c for c in text
    )
    return " ".join(plain.split())
