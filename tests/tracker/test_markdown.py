"""Which tables a document has: those that GitHub shows, wherever they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_boss_gates.tracker.markdown import find_tables, split

HEAD = "| a | b |\n|---|---|"


def tables(text: str) -> list[list[list[str]]]:
    """The cells of all tables, as many as the header has."""
    return [
        [
            [line.text(column) for column in range(len(table.header.cells))]
            for line in (table.header, *table.rows)
        ]
        for table in find_tables(text.split("\n"))[0]
    ]


def remarks(text: str) -> list[tuple[int, str]]:
    return find_tables(text.split("\n"))[1]


def rendered(text: str) -> list[list[list[str]]]:
    """The same by another parser."""
    found: list[list[list[str]]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            found[-1][-1].append(after.content if after else "")
    return found


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("| a | b |", ["a", "b"]),
        ("a | b", ["a", "b"]),
        ("| a | b", ["a", "b"]),
        ("|a||", ["a", ""]),
        ("\t|  a\t|b|  ", ["a", "b"]),
        (r"| a \| b | c |", ["a | b", "c"]),
        (r"| a \\| b | c |", ["a \\| b", "c"]),  # any backslash escapes the bar, as on GitHub
        ("| `a|b` |", ["`a", "b`"]),  # in code, too
        (r"| `a\|b` |", ["`a|b`"]),
        (r"a | b \|", ["a", "b |"]),
        ("|", []),
        ("||", [""]),
    ],
)
def test_a_row_is_split_at_its_bars(line: str, cells: list[str]) -> None:
    found = split(line, 1, len(line) - len(line.lstrip("\t")))

    assert [cell.text for cell in found.cells] == cells
    for cell in found.cells:
        assert line[cell.start : cell.end].strip(" \t").replace("\\|", "|") == cell.text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```\n{HEAD}\n```", id="in a fence"),
        pytest.param(f"~~~~\n```\n{HEAD}\n~~~\n{HEAD}", id="in a fence that is not closed"),
        pytest.param("    | a | b |\n    |---|---|", id="indented"),
        pytest.param(f"<!--\n{HEAD}\n-->", id="in a comment"),
        pytest.param(f"<!--\n\n{HEAD}\n\n-->", id="in a comment with blank lines"),
        pytest.param(f"<div>\n{HEAD}\n</div>", id="in HTML"),
        pytest.param(f"<pre>\n\n{HEAD}\n\n</pre>", id="in preformatted HTML"),
        pytest.param("| a | b |\n|---|", id="too few dashes"),
        pytest.param("| a | b |\n| 1 | 2 |", id="no dashes"),
        pytest.param("| a | b |\n- | -", id="dashes that start a list"),
        pytest.param("> | a | b |\n|---|---|", id="dashes outside of the quotation"),
        pytest.param("- | a | b |\n|---|---|", id="dashes outside of the list"),
        pytest.param("| a | b |\n\n|---|---|", id="a blank line between"),
    ],
)
def test_what_looks_like_a_table_is_none(text: str) -> None:
    assert tables(text) == rendered(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD, id="no rows"),
        pytest.param("a | b\n--|:-:\n1 | 2", id="no bars at the edges"),
        pytest.param(f"words before\n{HEAD}\n| 1 | 2 |", id="below a paragraph"),
        pytest.param(f"{HEAD}\n| 1 |\n| 1 | 2 | 3 |\nwords", id="short rows, long ones, words"),
        pytest.param(f"{HEAD}\n|---|---|\n===", id="dashes again"),
        pytest.param(f"{HEAD}\n2. x", id="ended by a list at two"),
        pytest.param(f"{HEAD}\n-\nx", id="ended by an empty item"),
        pytest.param(f"{HEAD}\n***\nx", id="ended by a rule"),
        pytest.param(f"{HEAD}\n# x\nx", id="ended by a heading"),
        pytest.param(f"{HEAD}\n> x\nx", id="ended by a quotation"),
        pytest.param(f"{HEAD}\n```\nx", id="ended by a fence"),
        pytest.param(f"{HEAD}\n<div>\nx", id="ended by HTML"),
        pytest.param(f"{HEAD}\n<!-- x -->\nx", id="ended by a comment"),
        pytest.param(f"{HEAD}\n    x\nx", id="ended by code"),
        pytest.param(f"{HEAD}\n<b>1</b> | 2\n<https://x.y> | z\n#1 | 2", id="rows with tags"),
        pytest.param("> | a | b |\n> |---|---|\n> | 1 | 2 |\n| 3 | 4 |", id="in a quotation"),
        pytest.param("- | a | b |\n  |---|---|\n  | 1 | 2 |\n| 3 | 4 |", id="in a list"),
        pytest.param(
            "1. x\n\n   - y\n\n     | a | b |\n     |---|---|\n     | 1 | 2 |", id="deeper"
        ),
        pytest.param("-\t| a | b |\n\t|---|---|\n\t| 1 | 2 |", id="in a list with tabs"),
        pytest.param("> - | a | b |\n>   |---|---|\n>   | 1 | 2 |", id="in a list in a quotation"),
        pytest.param("-\n\n  | a | b |\n  |---|---|", id="below an item that is empty"),
        pytest.param("-\n  | a | b |\n  |---|---|\n\n  x", id="in an item that starts empty"),
        pytest.param(f"<details>\n\n{HEAD}\n| 1 | 2 |\n\n</details>", id="between tags"),
        pytest.param(f"- x\n\n{HEAD}\n| 1 | 2 |", id="after a list"),
        pytest.param(f"```\n```\n{HEAD}\n| 1 | 2 |", id="after a fence"),
    ],
)
def test_a_table_is_found_with_its_rows(text: str) -> None:
    assert tables(text) == rendered(text) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("| a |\n---\n| b |", [], id="dashes without bars make a heading"),
        pytest.param("a\n|---|\nb", [[["a"], ["b"]]], id="a header needs no bar"),
        pytest.param(f"{HEAD}\n|\n| 1 | 2 |", [[["a", "b"]]], id="a lone bar ends a table"),
        pytest.param(f"{HEAD}\n<b>\n| 1 | 2 |", [[["a", "b"]]], id="a lone tag ends a table"),
        pytest.param("x\n     | a |\n|---|", [[["a"]]], id="a header may be indented below words"),
        pytest.param("- a | b\n  --|--", [[["a", "b"]]], id="a list comes before a table"),
        pytest.param("> a | b\n--|--", [], id="a quotation comes before a table"),
        pytest.param("| x |\n|-|-|\n|-|-|", [], id="a paragraph is tried once"),
    ],
)
def test_where_parsers_differ_it_is_as_github_shows_it(
    text: str, expected: list[list[list[str]]]
) -> None:
    assert tables(text) == expected != rendered(text)


@pytest.mark.parametrize(
    ("above", "heading"),
    [
        ("# One\n\n### Two ##\n\n", "Two"),
        ("One\ntwo\n===\n\n", "One two"),
        ("One\n---\n", "One"),
        ("# One\n\n```\n# Two\n```\n\n", "One"),
        ("#One\n\n", ""),
        ("# \n\n", ""),
    ],
)
def test_a_table_knows_the_heading_above_it(above: str, heading: str) -> None:
    (table,) = find_tables(f"{above}{HEAD}".split("\n"))[0]

    assert table.heading == heading


def test_a_table_in_a_quotation_is_marked() -> None:
    quoted, free = find_tables(f"> | a |\n> |---|\n\n{HEAD}".split("\n"))[0]

    assert (quoted.is_quoted, free.is_quoted) == (True, False)


def test_a_table_without_dashes_is_named() -> None:
    ((line, sentence),) = remarks("x\n\n| a | b |\n| 1 | 2 |\n| 3 | 4 |\n")

    assert line == 3
    assert sentence == (
        "the lines look like a table, but below the header stands no row of dashes with as many "
        "cells, so they are left alone"
    )


def test_a_table_in_html_is_named_and_one_in_a_comment_is_not() -> None:
    assert remarks("x\n\n<TABLE>\n<tr>\n\n<!--\n<table>\n-->") == [
        (3, "a table in HTML is left alone")
    ]


GOES_ON = {"": "", "> ": "> ", "- ": "  ", "1. ": "   ", "> - ": ">   ", "  ": "  ", "\t": "\t"}
CELLS = st.sampled_from(
    [
        "",
        "x",
        "a \\| b",
        "`p|q`",
        "\\",
        "**b**",
        "[t](u)",
        "游리 In Progress",
        "🟢 Completed",
        "- c",
    ]
)
OTHERS = [
    *(["# H"], ["words"], ["- item"], ["2) item"], ["> said"], ["***"], ["```"]),
    *(["<!--", "-->"], ["<!-- open"], ["</div>"], ["<table>"], ["    code"]),
]
PADS = st.sampled_from(["", " ", "  ", "\t"])


@st.composite
def barred_lines(draw: st.DrawFn) -> list[str]:
    """A table of two or more columns, or what nearly is one."""
    columns = draw(st.integers(2, 4))
    closed = draw(st.booleans())

    def line(texts: list[str]) -> str:
        padded = [f"{draw(PADS)}{text or 'y'}{draw(PADS)} " for text in texts]
        return f"| {'| '.join(padded)}|" if closed else "z" + "| ".join(padded).rstrip()

    dashes = draw(st.sampled_from(["---", ":--", "-:", ":-:"]))
    rows = [
        line([draw(CELLS) for _ in range(columns + draw(st.integers(-1, 1)))])
        for _ in range(draw(st.integers(0, 3)))
    ]
    middle = [f"|{'|'.join([dashes] * columns)}|"] * draw(st.integers(0, 1))
    return [line([draw(CELLS) for _ in range(columns)]), *middle, *rows]


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        block = draw(barred_lines() | st.sampled_from(OTHERS))
        marks = list(GOES_ON) if block[0].startswith("|") else [""]
        before = draw(st.sampled_from(marks))
        after = GOES_ON[before]
        last = draw(st.sampled_from([after, ""]))
        lines += [before + block[0], *(after + line for line in block[1:2])]
        lines += [last + line for line in block[2:]]
        lines += [""] * draw(st.integers(1 if "|" in block[0] else 0, 1))
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(texts())
def test_tables_headers_and_cells_are_those_that_another_parser_finds(text: str) -> None:
    assert tables(text) == rendered(text)
