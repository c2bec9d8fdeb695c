"""A tracker is kept true: only machine cells that say something else change, and each is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.model import Direction, Status
from pytest_boss_gates.tracker.cells import as_of
from pytest_boss_gates.tracker.derived import DerivedRow, DerivedTable
from pytest_boss_gates.tracker.document import Document, parse
from pytest_boss_gates.tracker.keep import PERSONS, Change, Kept, diff, keep

COLUMNS = ("Component", "Status", "Notes")
HEAD = "## Components\n\n| Component | Status | Notes |\n|---|---|---|\n"
PROOF = "../ci.yml#L3"


def document(text: str) -> Document:
    return parse(text.encode("utf-8"), name="docs/t.md")


def row(name: str, status: str = "", *, link: str = PROOF, **cells: str) -> DerivedRow:
    known = {"Status": status} if status else {}
    titles = {key.replace("_", " "): text for key, text in cells.items()}
    return DerivedRow(name=name, cells=known | titles, why="gating: ci.yml:3", link=link)


def table(
    *rows: DerivedRow, title: str = "Components", columns: tuple[str, ...] = COLUMNS
) -> DerivedTable:
    return DerivedTable(title=title, columns=columns, rows=rows)


def kept(text: str, *tables: DerivedTable, line: str = "") -> Kept:
    return keep(document(text), tables, as_of=line)


def cell(old: str, status: str, *, link: str = PROOF) -> str:
    """The Status that a cell becomes, beside a row with icons."""
    text = f"{HEAD}| Docs | {old} | - |\n| Lint | 🟢 Completed | - |\n"
    new = kept(text, table(row("Docs", status, link=link), row("Lint", "Completed", link="")))
    return new.document.tables[0].rows[0].text(1)


# -- statuses


@pytest.mark.parametrize(
    "text",
    [
        "🟢 Completed",
        "游릭 Completed",
        "**completed**",
        "Completed (2024)",
        "[Completed](../ci.yml#L3)",
    ],
)
def test_a_status_that_means_the_same_stays(text: str) -> None:
    assert cell(text, "Completed") == text


@pytest.mark.parametrize(
    ("old", "status", "new"),
    [
        ("游릭 Completed", "In Progress", "🟡 In Progress"),
        ("Completed (2024)", "Not Started", "🔴 Not Started"),
        ("**Completed**", "In Progress", "🟡 **In Progress**"),
        ("", "Completed", "🟢 Completed"),
        ("-", "Completed", "🟢 Completed"),
        ("WIP", "Completed", "🟢 Completed"),
        ("🟢 [Completed](../old.yml#L9)", "In Progress", "🟡 [In Progress](../ci.yml#L3)"),
        ("🟢 [Completed](https://x.y/run/1)", "In Progress", "🟡 [In Progress](../ci.yml#L3)"),
    ],
)
def test_a_status_is_rewritten(old: str, status: str, new: str) -> None:
    assert cell(old, status) == new


def test_a_status_without_a_proof_loses_its_link() -> None:
    assert cell("🟢 [Completed](../ci.yml#L3)", "Not Started", link="") == "🔴 Not Started"


def test_the_link_of_a_status_follows_its_proof() -> None:
    found = kept(
        f"{HEAD}| Docs | ✅ [Completed](../ci.yml#L1) (2024) | - |\n",
        table(row("Docs", "Completed")),
    )

    assert found.document.tables[0].rows[0].text(1) == "✅ [Completed](../ci.yml#L3) (2024)"
    assert found.drifts == ()
    assert [str(change) for change in found.changes if not change.claims_more] == [
        (
            "docs/t.md:5: Docs: Status says Completed by ../ci.yml#L1; "
            "the evidence is Completed by ../ci.yml#L3 (gating: ci.yml:3)."
        )
    ]


def test_a_persons_own_link_stays() -> None:
    text = "[Completed](https://x.y/run/1)"

    assert cell(text, "Completed") == text


def test_a_document_of_links_gets_links() -> None:
    found = kept(
        f"{HEAD}| Docs | 🔴 Not Started | - |\n| Lint | 🟢 [Completed](../ci.yml#L3) | - |\n",
        table(row("Docs", "In Progress"), row("Lint", "Completed")),
    )

    assert found.document.tables[0].rows[0].text(1) == "🟡 [In Progress](../ci.yml#L3)"


def test_a_document_with_icons_of_its_own_keeps_them() -> None:
    found = kept(
        f"{HEAD}| Docs | ✅ Completed | - |\n| Lint | 🚧 In Progress | - |\n",
        table(row("Docs", "In Progress"), row("Lint", "Completed")),
    )

    assert [line.text(1) for line in found.document.tables[0].rows] == [
        "🚧 In Progress",
        "✅ Completed",
    ]


def test_a_document_without_icons_gets_none() -> None:
    found = kept(f"{HEAD}| Docs | Completed | - |\n", table(row("Docs", "In Progress")))

    assert found.document.tables[0].rows[0].text(1) == "In Progress"


def test_two_statuses_in_a_cell_are_left_alone_and_told() -> None:
    text = f"{HEAD}| Docs | In Progress / Completed | - |\n"

    found = kept(text, table(row("Docs", "Not Started")))

    assert found.document.text == text
    assert found.changes == ()
    assert found.remarks == (
        (
            "docs/t.md:5: the status of 'Docs' says In Progress and Completed, "
            "so it is left alone; the evidence is Not Started."
        ),
    )


@pytest.mark.parametrize(
    ("old", "status", "is_drift", "sentence"),
    [
        ("Completed", "In Progress", True, "claims Completed; the evidence is In Progress"),
        ("In Progress", "Not Started", True, "claims In Progress; the evidence is Not Started"),
        ("Not Started", "Completed", False, "says Not Started; the evidence is Completed"),
        ("-", "Completed", False, "says nothing; the evidence is Completed"),
        (
            "**Done!**",
            "In Progress",
            False,
            (
                "says 'Done!', which is none of Not Started, In Progress, Completed; "
                "the evidence is In Progress"
            ),
        ),
    ],
)
def test_a_change_is_a_sentence_and_a_drift_where_the_document_claims_more(
    old: str,
    status: str,
    is_drift: bool,  # noqa: FBT001 - an expected value
    sentence: str,
) -> None:
    found = kept(f"{HEAD}| Docs | {old} | - |\n", table(row("Docs", status)))

    (change,) = found.changes
    assert str(change) == f"docs/t.md:5: Docs: Status {sentence} (gating: ci.yml:3)."
    assert found.faults(below=False) == ((change,) if is_drift else ())
    assert found.faults(below=True) == (change,)
    assert change.is_unknown is ("Done" in old)


# -- other cells


def test_values_are_rewritten_and_measurements_compared_by_their_direction() -> None:
    text = (
        "## Metrics\n\n| Metric | Current | Target |\n|---|---|---|\n"
        "| Coverage | 95 % | >90% |\n| Duration | 8 min | <10 min |\n| Rate | 99 % | - |\n"
    )
    rows = (
        DerivedRow(
            name="Coverage", cells={"Current": "93 %"}, better={"Current": Direction.HIGHER}
        ),
        DerivedRow(
            name="Duration", cells={"Current": "9 min"}, better={"Current": Direction.LOWER}
        ),
        DerivedRow(name="Rate", cells={"Current": "-"}),
    )

    found = kept(text, table(*rows, title="Metrics", columns=("Metric", "Current", "Target")))

    assert found.document.text == text.replace("95 %", "93 %").replace("8 min", "9 min").replace(
        "99 %", "-"
    )
    assert [str(change) for change in found.drifts] == [
        "docs/t.md:5: Coverage: Current claims 95 %; the measurement is 93 %.",
        "docs/t.md:6: Duration: Current claims 8 min; the measurement is 9 min.",
        "docs/t.md:7: Rate: Current claims 99 %; the measurement is nothing.",
    ]


def test_tools_and_levels_of_automation_are_rewritten_where_they_are_derived() -> None:
    text = (
        "| Component | Tools | Automation Level |\n|---|---|---|\n"
        "| Docs | mkdocs, Sphinx | semi-automated |\n| Lint | flake8 | Automated |\n"
    )
    rows = (
        row("Docs", Tools="Sphinx, MkDocs", Automation_Level="Semi-Automated"),
        row("Lint", Tools="ruff|x", Automation_Level="Manual"),
    )

    found = kept(text, table(*rows))

    assert found.document.text == text.replace("flake8 | Automated", "ruff\\|x | Manual")
    assert [change.claims_more for change in found.changes] == [True, True]


def test_a_persons_cells_are_never_rewritten() -> None:
    text = f"| Component | {' | '.join(PERSONS)} |\n|{'---|' * 6}\n| Docs | a | b | c | d | e |\n"

    found = kept(text, table(DerivedRow(name="Docs", cells=dict.fromkeys(PERSONS, "x"))))

    assert found.document.text == text


def test_only_the_row_that_is_touched_gets_its_icon_mended() -> None:
    text = (
        "游릭 prose\n\n| Component | Status | Automation Level | Notes |\n|---|---|---|---|\n"
        "| Docs | 游릭 **Completed** (2024) | Manual | 游릭 note |\n"
        "| Lint | 游릭 Completed | Manual | - |\n"
    )
    rows = (
        row("Docs", "Completed", Automation_Level="Automated"),
        row("Lint", "Completed", Automation_Level="Manual"),
    )

    found = kept(text, table(*rows))

    assert found.document.text == text.replace(
        "游릭 **Completed** (2024) | Manual", "🟢 **Completed** (2024) | Automated"
    )
    assert len(found.changes) == 1


def test_a_short_row_gets_the_cell_that_it_lacks() -> None:
    found = kept(f"{HEAD}| Docs |\n", table(row("Docs", "Completed")))

    assert found.document.text == f"{HEAD}| Docs | 🟢 Completed |\n"


def test_a_column_that_is_not_there_is_no_change() -> None:
    found = kept(
        "## Components\n\n| Component |\n|---|\n| Docs |\n", table(row("Docs", "Completed"))
    )

    assert found.changes == ()


def test_a_status_that_is_not_derived_stays() -> None:
    text = f"{HEAD}| Docs | Completed | - |\n"

    assert kept(text, table(row("Docs", "-"))).document.text == text


# -- tables and rows


def test_tables_are_told_apart_by_heading_else_by_their_rows() -> None:
    def lines(heading: str, *names: str) -> str:
        rows = "".join(f"| {name} | - | - |\n" for name in names)
        return HEAD.replace("Components", heading) + rows + "\n"

    first = table(row("Docs", "Completed"), row("Types", "Completed"), title="One")
    second = table(row("Docs", "Not Started"), row("Lint", "Not Started"), title="Two")

    found = kept(lines("Renamed", "Docs", "Types") + lines("🚀 *Two*", "Docs"), first, second)

    assert [change.new for change in found.changes] == ["Completed", "Completed", "Not Started"]


def test_columns_may_be_moved_and_dressed() -> None:
    text = (
        "| # | **Status** | Extra | [Component](x) |\n|---|---|---|---|\n| 1 | - | y | **Docs** |\n"
    )

    assert kept(text, table(row("Docs", "Completed"))).document.text == text.replace(
        "| - |", "| 🟢 Completed |"
    )


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        pytest.param(
            "| Name | Status |\n|---|---|\n| Docs | Completed |\n",
            "docs/t.md:1: the table (Name, Status) is none of the tracker's, so it is left alone.",
            id="other columns",
        ),
        pytest.param(
            "| Component | Status |\n|---|---|\n| Docs | Completed |\n| x | - |\n| y | - |\n",
            "docs/t.md:1: the table (Component, Status) is none of the tracker's, "
            "so it is left alone.",
            id="mostly other rows",
        ),
        pytest.param(
            "> | Component | Status |\n> |---|---|\n> | Docs | Completed |\n",
            "docs/t.md:1: the table (Component, Status) stands in a quotation, "
            "so it is left alone.",
            id="quoted",
        ),
        pytest.param(
            "| Component | Status | status |\n|---|---|---|\n| Docs | Completed | - |\n",
            "docs/t.md:1: the column 'Status' is there twice, so the table is left alone.",
            id="a doubled column",
        ),
        pytest.param(
            "| Component | Status |\n| Docs | Completed |\n",
            "docs/t.md:1: the lines look like a table, but below the header stands no row of "
            "dashes with as many cells, so they are left alone.",
            id="no dashes",
        ),
        pytest.param("# Tracker\n", "docs/t.md: there is no table.", id="no table"),
        pytest.param(
            "<table><tr><td>Docs</td></tr></table>\n",
            "docs/t.md:1: a table in HTML is left alone.",
            id="HTML",
        ),
    ],
)
def test_a_table_that_is_not_understood_is_left_alone_and_named(text: str, remark: str) -> None:
    found = kept(text, table(row("Docs", "Not Started")))

    assert found.document.text == text
    assert remark in found.remarks


def test_a_second_table_of_a_kind_is_left_alone_and_named() -> None:
    text = f"{HEAD}| Docs | Completed | - |\n"

    found = kept(
        f"{text}\n{text.replace('Components', 'As of 2024')}", table(row("Docs", "Completed"))
    )

    assert found.remarks == (
        (
            "docs/t.md:9: the table (Component, Status, Notes) is a second one like 'Components', "
            "so it is left alone."
        ),
    )


def test_a_doubled_column_of_a_persons_does_not_matter() -> None:
    text = "| Component | Status | Notes | Notes |\n|---|---|---|---|\n| Docs | - | a | b |\n"

    assert len(kept(text, table(row("Docs", "Completed", Notes="x"))).changes) == 1


def test_a_row_that_is_not_known_is_left_alone_and_its_near_miss_named() -> None:
    text = f"{HEAD}| Lint | - | - |\n| Type Cheking | Completed | - |\n| | Completed | - |\n"

    found = kept(text, table(row("Type Checking", "Not Started"), row("Lint", "Completed")))

    assert [change.row for change in found.changes] == ["Lint"]
    assert found.remarks == (
        (
            "docs/t.md:6: the row 'Type Cheking' is not known (near to 'Type Checking'), "
            "so it is left alone."
        ),
    )


def test_a_row_that_is_there_twice_is_kept_true_twice() -> None:
    found = kept(
        f"{HEAD}| Docs | - | - |\n| **docs** | Completed | - |\n", table(row("Docs", "Not Started"))
    )

    assert [change.line for change in found.changes] == [5, 6]
    assert found.remarks == ("docs/t.md:6: the row 'Docs' is there twice; both are kept true.",)


# -- progress

MONTHS = "## Progress\n\n| Month | Components Completed | Total Completed |\n|-------|---|---|\n"
PROGRESS = DerivedTable(
    title="Progress",
    columns=("Month", "Components Completed", "Total Completed"),
    rows=(),
    append=DerivedRow(
        name="November 2026",
        cells={"Components Completed": "Docs, Lint", "Total Completed": "4"},
        also=("2026-11",),
        better={"Total Completed": Direction.HIGHER},
    ),
)


def test_the_month_that_is_missing_is_added_below_the_frozen_ones() -> None:
    text = f"{MONTHS}| July 2024 | - | 0 |\n| August 2024 | Types | 9 |\n\nend\n"

    found = kept(text, PROGRESS)

    assert found.document.text == text.replace(
        "| 9 |\n", "| 9 |\n| November 2026 | Docs, Lint | 4 |\n"
    )
    assert [str(change) for change in found.changes if not change.claims_more] == [
        (
            "docs/t.md:6: Progress has no row 'November 2026'; it would say "
            "Components Completed Docs, Lint, Total Completed 4."
        )
    ]
    assert found.remarks == ()
    assert found.drifts == ()


@pytest.mark.parametrize("name", ["November 2026", "**november 2026**", "2026-11"])
def test_the_month_that_is_there_is_rewritten(name: str) -> None:
    text = f"{MONTHS}| July 2024 | - | 0 |\n| {name} | Lint, Docs | 5 |\n"

    found = kept(text, PROGRESS)

    assert found.document.text == text.replace("| 5 |", "| 4 |")
    assert [str(change) for change in found.drifts] == [
        "docs/t.md:6: November 2026: Total Completed claims 5; the evidence is 4."
    ]


def test_the_first_month_goes_below_the_dashes_and_other_columns_get_a_dash() -> None:
    text = "## Progress\r\n\r\n| Month | Notes | Total Completed |\r\n|---|---|---|"

    found = kept(text, PROGRESS)

    assert found.document.text == f"{text}\r\n| November 2026 | - | 4 |"
    assert kept(found.document.text, PROGRESS).changes == ()


def test_a_table_of_months_is_known_by_all_its_columns_below_another_heading() -> None:
    text = f"{MONTHS}| July 2024 | - | 0 |\n".replace("## Progress", "## How far we are")

    assert [change.row for change in kept(text, PROGRESS).changes] == ["November 2026"]


def test_two_tables_get_their_rows_at_once() -> None:
    other = DerivedTable(
        title="Other",
        columns=("Week", "Status"),
        rows=(),
        append=DerivedRow(name="48", cells={"Status": "Completed"}),
    )
    week = "# Other\n\n| Week | Status |\n|-|-|\n| 47 | 游댮 Not Started |\n"
    text = f"{MONTHS}| July 2024 | - | 0 |\n\n{week}"

    found = kept(text, other, PROGRESS)

    assert found.document.text.splitlines()[6] == ""
    assert found.document.text.splitlines()[5] == "| November 2026 | Docs, Lint | 4 |"
    assert found.document.text.endswith("| 47 | 游댮 Not Started |\n| 48 | 🟢 Completed |\n")


def test_months_that_nothing_is_derived_for_are_left_alone_in_silence() -> None:
    text = f"{MONTHS}| July 2024 | - | 0 |\n"

    found = kept(text, table(title="Progress", columns=PROGRESS.columns))

    assert (found.document.text, found.changes, found.remarks) == (text, (), ())


# -- as of


@pytest.mark.parametrize(("status", "shown"), [("Completed", "def"), ("Not Started", "abc")])
def test_the_line_of_the_commit_changes_with_a_cell_alone(status: str, shown: str) -> None:
    from datetime import date

    old, new = as_of("abc", date(2026, 1, 2)), as_of("def", date(2026, 11, 22))
    text = f"{old}\r\n\r\n{HEAD}| Docs | Not Started | - |\n"

    found = kept(text, table(row("Docs", status)), line=new)

    assert found.document.lines[0].startswith(f"*As of commit `{shown}`, 2026-")
    assert found.document.lines[0].endswith(".*\r\n")


def test_a_document_without_such_a_line_gets_none() -> None:
    found = kept(f"{HEAD}| Docs | - | - |\n", table(row("Docs", "Completed")), line="*As of.*")

    assert "As of" not in found.document.text


# -- the diff


def test_the_diff_shows_the_lines_that_change_and_a_missing_end() -> None:
    old = document(f"{HEAD}| Docs | 🟢 Completed | - |".replace("\n", "\r\n"))

    new = keep(old, [table(row("Docs", "Not Started"))]).document

    assert list(diff(old, new)) == [
        "--- docs/t.md",
        "+++ docs/t.md",
        "@@ -2,4 +2,4 @@",
        " ",
        " | Component | Status | Notes |",
        " |---|---|---|",
        "-| Docs | 🟢 Completed | - |",
        "\\ No newline at end of file",
        "+| Docs | 🔴 Not Started | - |",
        "\\ No newline at end of file",
    ]


def test_documents_that_are_the_same_have_no_diff() -> None:
    assert list(diff(document(HEAD), document(HEAD))) == []


def test_a_missing_row_is_no_drift() -> None:
    change = Change(
        document="t.md", line=3, table="T", row="r", column="", old="", new="x", claims_more=False
    )

    assert str(change) == "t.md:3: T has no row 'r'; it would say x."


# -- whatever the document

NAMES = st.sampled_from(["Docs", "**docs**", "Lint", "Types & Co", "Other", "", "a \\| b"])
STATUSES = st.sampled_from(
    [
        *("🟢 Completed", "游릭 Completed", "**In Progress**", "[Completed](../x.yml#L1)", ""),
        *("Done", "In Progress / Completed", "not started", "[in progress](https://x.y)", "-"),
    ]
)
NOTES = st.sampled_from(["", "-", "游릭 note", "a \\| b", "`x`", "Completed"])
TEXTS = st.sampled_from(["-", "93 %", "a|b", "<b>x</b>", "*", "\\", "x" * 30])


@st.composite
def trackers(draw: st.DrawFn) -> str:
    lines = []
    for title in draw(st.lists(st.sampled_from(["One", "Two", "Progress", ""]), max_size=4)):
        lines += [f"## {title}", ""]
        first = "Month" if title == "Progress" else "Component"
        header = draw(st.permutations([first, "Status", "Notes", "Current"]))
        values = {first: NAMES, "Status": STATUSES, "Notes": NOTES, "Current": TEXTS}
        wide = draw(st.sampled_from([0, 0, 20]))
        edge = draw(st.sampled_from(["|", "|", ""]))

        def line(texts: list[str], wide: int = wide, edge: str = edge) -> str:
            return edge + "|".join(f" {text} ".ljust(wide) for text in texts) + edge

        lines += [line(header), line(["---"] * draw(st.sampled_from([4, 4, 4, 3])))]
        for _ in range(draw(st.integers(0, 4))):
            kept_columns = header[: draw(st.sampled_from([4, 4, 4, 2]))]
            lines.append(
                line([draw(values[column]).replace("|", "\\|") for column in kept_columns])
            )
        lines += [""] * draw(st.integers(0, 1))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(lines) + draw(st.sampled_from(["", end]))


@st.composite
def derivations(draw: st.DrawFn) -> list[DerivedTable]:
    def some(name: str) -> DerivedRow:
        cells = {"Status": draw(st.sampled_from(Status)).value, "Current": draw(TEXTS)}
        link = draw(st.sampled_from(["", "../a b.yml#L3"]))
        return DerivedRow(name=name, cells=cells | {"Notes": "never"}, link=link)

    columns = ("Component", "Status", "Notes", "Current")
    names = ["Docs", "Lint", "Types & Co"]
    return [
        *(
            DerivedTable(title=title, columns=columns, rows=tuple(map(some, names)))
            for title in ("One", "Two")
        ),
        DerivedTable(
            title="Progress",
            columns=("Month", *columns[1:]),
            rows=(),
            append=some("November 2026"),
        ),
    ]


@settings(max_examples=100, deadline=None)
@given(trackers(), derivations())
def test_keeping_a_document_twice_changes_nothing_more(
    text: str, tables: list[DerivedTable]
) -> None:
    once = keep(document(text), tables)

    twice = keep(once.document, tables)

    assert twice.changes == ()
    assert twice.document == once.document


@settings(max_examples=100, deadline=None)
@given(trackers(), derivations())
def test_keeping_a_document_leaves_all_but_the_machines_cells(
    text: str, tables: list[DerivedTable]
) -> None:
    old = document(text)

    found = keep(old, tables)

    added = [change for change in found.changes if not change.column]
    touched = {change.line for change in found.changes if change.column}
    assert len(found.document.lines) == len(old.lines) + len(added)
    assert (found.changes == ()) == (found.document.text == text)
    lines = list(found.document.lines)
    for change in sorted(added, key=lambda change: -change.line):
        del lines[change.line]
    for number, (was, now) in enumerate(zip(old.lines, lines, strict=True), 1):
        if number not in touched:
            assert now.rstrip("\r\n") == was.rstrip("\r\n")
    for before, after in zip(old.tables, found.document.tables, strict=True):
        notes = before.column("Notes")
        assert [line.text(notes) for line in before.rows] == [
            line.text(notes) for line in after.rows[: len(before.rows)]
        ]


# -- what is only told


def test_a_status_that_hinges_on_what_was_not_looked_at_is_left_alone() -> None:
    wanted = replace(
        row("Tests", "In Progress"), perhaps=Status.COMPLETED, hinges="no test session was seen"
    )

    found = kept(f"{HEAD}| Tests | Completed | - |\n", table(wanted))

    assert found.changes == ()
    assert found.remarks == (
        "docs/t.md:5: Tests: Completed cannot be told here: no test session was seen.",
    )


def test_below_both_of_its_possible_statuses_it_is_brought_to_the_one_that_is_shown() -> None:
    wanted = replace(row("Tests", "In Progress"), perhaps=Status.COMPLETED, hinges="unseen")

    (change,) = kept(f"{HEAD}| Tests | Not Started | - |\n", table(wanted)).changes

    assert change.new == "In Progress"


@pytest.mark.parametrize(
    ("said", "is_told"), [(">90%", False), ("> 90 %", False), (">80%", True), ("-", False)]
)
def test_a_target_other_than_the_settings_is_told_and_stays(
    said: str,
    is_told: bool,  # noqa: FBT001 - an expected value
) -> None:
    text = f"## T\n\n| Name | Current | Target |\n|---|---|---|\n| Coverage | 91 % | {said} |\n"
    wanted = DerivedRow(name="Coverage", cells={"Current": "91 %"}, told={"Target": ">90%"})
    derived = DerivedTable(title="T", columns=("Name", "Current", "Target"), rows=(wanted,))

    found = keep(parse(text.encode(), name="t.md"), [derived])

    assert found.document.text == text
    assert found.remarks == (
        (
            (
                f"t.md:5: Coverage: Target says {said}, the settings say >90%; "
                "it is yours, so it is left alone."
            ),
        )
        if is_told
        else ()
    )
