"""The tracker document: bytes in are bytes out, and only the cells that are asked for change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.tracker.document import (
    Document,
    DocumentError,
    as_markdown,
    parse,
    width_of,
)

if TYPE_CHECKING:
    from pytest_boss_gates.tracker.markdown import Line


def document(text: str) -> Document:
    return parse(text.encode("utf-8"), name="docs/tracker.md")


def rewritten(table: str, cells: dict[tuple[int, int], str]) -> str:
    return document(table).rewritten(cells).text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf| a |\r\n|---|\r\n| b |",
        b"| a |\r|---|\n| b |\r\n\r\n\n\r",
        "| \u2028 | \x85 |\n|---|---|\n| \x0c | \xa0 |\n".encode(),
    ],
)
def test_a_document_gives_back_its_bytes(content: bytes) -> None:
    assert parse(content, name="x").content == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\xef\xbb\xbf# T\r\n\r\r\n\xff",
            "docs/t.md:4: the byte 0xff is no UTF-8, so the file is not touched; save it as UTF-8.",
        ),
        (b"a\n\x00", "docs/t.md:2: there is a null character, so the file is not touched."),
        (b"x" * 5_000_001, "docs/t.md is larger than 5 MB, so it is not touched."),
    ],
)
def test_what_is_no_text_is_refused_with_file_and_line(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as raised:
        parse(content, name="docs/t.md")

    assert str(raised.value) == message


def test_what_is_not_understood_is_named_with_file_and_line() -> None:
    assert document("# T\n\n<table>\n").remarks == (
        "docs/tracker.md:3: a table in HTML is left alone.",
    )


def test_a_column_is_found_in_any_case() -> None:
    (table,) = document("| Name | STATUS |\n|---|---|\n").tables

    assert (table.column("Status"), table.column("x", "name"), table.column("x")) == (1, 0, -1)


# -- cells in their place

HEAD = "| a | Status |\n|---|---|\n"


@pytest.mark.parametrize(
    ("row", "text", "expected"),
    [
        pytest.param("| x | old |", "new text", "| x | new text |", id="with padding"),
        pytest.param("|x|old|", "new", "|x|new|", id="without padding"),
        pytest.param("| x |  \told\t|", "new", "| x |  \tnew\t|", id="with tabs"),
        pytest.param("| x ||", "new", "| x | new |", id="empty"),
        pytest.param("| x | old |", "", "| x | |", id="to be empty"),
        pytest.param("x | old", "new", "x | new", id="no bars at the edges"),
        pytest.param("x | old", "", "x | |", id="last, to be empty, without a bar"),
        pytest.param("| x | old | more |", "new", "| x | new | more |", id="a long row"),
        pytest.param("| x |", "new", "| x | new |", id="a short row"),
        pytest.param("x", "new", "x | new |", id="a short row without bars"),
        pytest.param("| x | old |", "a | b", r"| x | a \| b |", id="a bar"),
        pytest.param("| x | old |", "a\r\nb\x00", "| x | a b |", id="several lines"),
        pytest.param("|x|old|", "a\\", "|x|a\\ |", id="a backslash before the bar"),
        pytest.param("| x | old |", "\ud800", "| x | \ufffd |", id="what UTF-8 cannot hold"),
        pytest.param("| x | old |  \t", "new", "| x | new |  \t", id="blanks at the end"),
    ],
)
def test_a_cell_is_written_in_its_place(row: str, text: str, expected: str) -> None:
    table = f"{HEAD}| other | row, and a long one |\r\n{row}\r\n\r\nend"

    assert rewritten(table, {(4, 1): text}) == (
        f"{HEAD}| other | row, and a long one |\r\n{expected}\r\n\r\nend"
    )


@pytest.mark.parametrize("text", ["", "# no heading", "1. no list", "- no list", "> no quotation"])
def test_a_first_cell_that_would_start_a_block_gets_a_bar(text: str) -> None:
    new = document("a | b\n--|--\nx | y\n").rewritten({(3, 0): text})

    (table,) = new.tables
    assert [cell.text for cell in table.rows[0].cells] == [text, "y"]
    assert new.lines[2].startswith("| ")


def test_the_only_cell_of_a_row_can_be_emptied() -> None:
    (table,) = document("| a |\n|---|\nx\n").rewritten({(3, 0): ""}).tables

    assert [cell.text for cell in table.rows[0].cells] == [""]


def test_several_cells_of_a_row_change_at_once() -> None:
    assert rewritten("|a|b|c|d|\n|-|-|-|-|\n|1|2|\n", {(3, 0): "one", (3, 1): "", (3, 3): "4"}) == (
        "|a|b|c|d|\n|-|-|-|-|\n|one| | | 4 |\n"
    )


def test_a_line_that_is_no_row_is_an_error() -> None:
    with pytest.raises(KeyError):
        document(HEAD).rewritten({(1, 0): "x"})


@pytest.mark.parametrize("mark", ["> ", "- "])
def test_a_table_in_a_list_or_quotation_keeps_its_marks(mark: str) -> None:
    then = mark.replace("-", " ")
    text = f"{mark}| a | b |\n{then}|---|---|\n{then}| x | y |\n"

    assert rewritten(text, {(3, 1): "z"}) == text.replace("y", "z")


@pytest.mark.parametrize(
    ("old", "text", "new"),
    [
        ("| mypy | In Progress |", "Done", "| mypy | Done        |"),
        ("| mypy | In Progress |", "Not Started", "| mypy | Not Started |"),
        ("| mypy | In Progress |", "🟢 Done", "| mypy | 🟢 Done     |"),
        ("| mypy | In Progress |", "longer than it was", "| mypy | longer than it was |"),
    ],
)
def test_an_aligned_column_stays_so_where_the_text_fits(old: str, text: str, new: str) -> None:
    table = "| Tool | Status      |\n|------|-------------|\n{}\n| tox  | x           |\n"

    assert rewritten(table.format(old), {(3, 1): text}) == table.format(new)


def test_a_column_aligned_by_characters_stays_so() -> None:
    table = "| S      |\n|--------|\n| {} |\n| 🟡 On   |\n"

    assert rewritten(table.format("🟢 Done"), {(3, 0): "🔴 No"}) == table.format("🔴 No  ")


def test_an_aligned_column_of_numbers_stays_right() -> None:
    table = "| Current |\n|--------:|\n| {} |\n|       7 |\n"

    assert rewritten(table.format("12345.7"), {(3, 0): "3"}) == table.format("      3")


def test_columns_that_are_not_aligned_keep_their_padding() -> None:
    table = "| Tool | Status |\n|---|---|\n| mypy |  {}  |\n"

    assert rewritten(table.format("In Progress"), {(3, 1): "On"}) == table.format("On")


# -- a row more


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(
            "|m|n|\n|-|-|\n|x|1|\n\nend", "|m|n|\n|-|-|\n|x|1|\n|y|2|\n\nend", id="before words"
        ),
        pytest.param("m | n\r\n--|--\r\nx | 1", "m | n\r\n--|--\r\nx | 1\r\ny | 2", id="no end"),
        pytest.param("| m | n |\n|---|---|\n", "| m | n |\n|---|---|\n| y | 2 |\n", id="no rows"),
        pytest.param(
            "| mon  |  n |\n|------|---:|\n",
            "| mon  |  n |\n|------|---:|\n| y    |  2 |\n",
            id="wide",
        ),
        pytest.param(
            "- | m | n |\n  |---|---|\n", "- | m | n |\n  |---|---|\n  | y | 2 |\n", id="in a list"
        ),
        pytest.param(
            "> | m | n |\n> |---|---|\n>| x | 1 | 3 | 4 |",
            "> | m | n |\n> |---|---|\n>| x | 1 | 3 | 4 |\n>| y | 2 |",
            id="below a long row in a quotation",
        ),
        pytest.param(
            "| m | n |\r|---|---|\r| x |\r", "| m | n |\r|---|---|\r| x |\r| y | 2 |\r", id="short"
        ),
    ],
)
def test_a_row_is_added_in_the_style_of_its_table(table: str, expected: str) -> None:
    old = document(table)

    new = old.with_row(old.tables[0], {0: "y", 1: "2"})

    assert new.text == expected
    assert [cell.text for cell in new.tables[0].rows[-1].cells] == ["y", "2"]


def test_a_line_gets_another_text_and_keeps_its_end() -> None:
    assert document("a\r\nb\r\n").with_line(1, "c").text == "c\r\nb\r\n"


# -- texts


@pytest.mark.parametrize(
    ("text", "width"),
    [("In Progress", 11), ("🔴 x", 4), ("游댮", 4), ("e\u0301", 1), ("⚠\ufe0f", 1), ("ｘ", 2)],  # noqa: RUF001 - a wide letter
)
def test_the_width_of_a_text_is_that_on_a_screen(text: str, width: int) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pytest_asyncio >= 1.0 (a/b)", "pytest_asyncio >= 1.0 (a/b)"),
        ("_a_ *b* `c` ~d~ $e$", "\\_a\\_ \\*b\\* \\`c\\` \\~d\\~ \\$e\\$"),
        ("[a](b) <b> <10 &lt; &#60; R&D", "\\[a](b) \\<b> <10 \\&lt; \\&#60; R&D"),
        ("C:\\temp \\* \\", "C:\\temp \\\\\\* \\\\"),
        ("a\n\tb\x1b[0m", "a b \\[0m"),
    ],
)
def test_plain_text_is_escaped_where_it_would_be_markup(text: str, expected: str) -> None:
    assert as_markdown(text) == expected


# -- whatever the document

ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXTS = st.sampled_from(
    [
        "",
        "x",
        "a \\| b",
        "`p\\|q`",
        "`p|q`",
        "\\",
        "游리 In Progress",
        "🟢 Completed",
        "é\u0301",
        "- c",
    ]
) | st.text("ab |\\`*游🔴\t\xa0", max_size=6)
PROSE = st.sampled_from(
    [
        "",
        "# H",
        "words",
        "```",
        "~~~",
        "<!--",
        "-->",
        "<div>",
        "- item",
        "> said",
        "***",
        "| x | y |",
    ]
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        lines += draw(st.lists(PROSE, max_size=3))
        mark = draw(st.sampled_from(["", "", "", "> ", "  ", "\t"]))
        width = draw(st.integers(1, 3))
        pad = draw(st.sampled_from([0, 0, 12]))
        edge = draw(st.sampled_from(["|", "|", ""]))
        counts = [width, *(draw(st.integers(1, width + 1)) for _ in range(draw(st.integers(0, 3))))]
        rows = [
            edge + "|".join(f" {draw(TEXTS)} ".ljust(pad) for _ in range(count)) + edge
            for count in counts
        ]
        dashes = [edge + "|".join(["---"] * width) + edge] * draw(st.sampled_from([1, 1, 1, 0]))
        lines += [mark + line for line in (rows[0], *dashes, *rows[1:])]
        lines += draw(st.sampled_from([[], [""]]))
    one_end = draw(ENDS)
    ends = [draw(ENDS) for _ in lines] if draw(st.booleans()) else [one_end] * len(lines)
    if draw(st.booleans()):
        ends[-1] = ""
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


@settings(max_examples=100, deadline=None)
@given(contents())
def test_any_document_gives_back_its_bytes(content: bytes) -> None:
    assert parse(content, name="x").content == content


@settings(max_examples=100, deadline=None)
@given(contents())
@example(b"| x |\n|---|\n|  a| |\n|---|\n")  # a column that only seems to be aligned
def test_writing_what_is_there_changes_nothing(content: bytes) -> None:
    old = parse(content, name="x")
    cells = {
        (row.number, column): cell.text
        for table in old.tables
        for row in table.rows
        for column, cell in enumerate(row.cells)
        if cell.text[:1].isalpha()
    }

    assert old.rewritten(cells).content == content


@settings(max_examples=100, deadline=None)
@given(contents(), st.data())
def test_only_the_cells_that_are_asked_for_change(content: bytes, data: st.DataObject) -> None:
    old = parse(content, name="x")
    places = [
        (row.number, column)
        for table in old.tables
        for row in table.rows
        for column in range(len(row.cells))
    ]
    chosen = data.draw(st.lists(st.sampled_from(places), unique=True) if places else st.just([]))
    texts = {place: data.draw(TEXTS | st.text(max_size=8)) for place in chosen}

    new = old.rewritten(texts)

    assert len(new.lines) == len(old.lines)
    assert [len(table.rows) for table in new.tables] == [len(table.rows) for table in old.tables]
    rows = {row.number: row for table in old.tables for row in table.rows}
    after = {row.number: row for table in new.tables for row in table.rows}
    for number, (was, now) in enumerate(zip(old.lines, new.lines, strict=True), 1):
        columns = {column for line, column in texts if line == number}
        if not columns:
            assert now == was
            continue
        assert len(after[number].cells) == len(rows[number].cells)
        for column in range(len(rows[number].cells)):
            if column not in columns:
                assert after[number].text(column) == rows[number].text(column)
        assert _without(now, after[number], columns) == _without(was, rows[number], columns)


def _without(line: str, row: Line, columns: set[int]) -> tuple[str, str, str]:
    """The line with the chosen cells cut out; bars that had to be added at its edges, too."""
    end = line[len(line.rstrip("\r\n")) :]
    rest = line
    for column in sorted(columns, reverse=True):
        rest = rest[: row.cells[column].start] + rest[row.cells[column].end :]
    return line[: row.start], rest[row.start :].strip(" \t|\r\n"), end
