"""Each grammar's escaper, on the texts that grammar would obey."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_boss_gates.report.escape import (
    json_document,
    json_string,
    markdown,
    markdown_block,
    markdown_code,
    markdown_prose,
    markdown_target,
    terminal,
    terminal_verbatim,
    visible,
)

ANY_TEXT = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("one\ntwo\r\n\tthree ", "one two three"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202elive", "\\u202elive"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\udc80", "\\udc80"),
        ("naïve 日本語 ✓", "naïve 日本語 ✓"),
    ],
)
def test_every_character_of_a_line_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::pwned", "\\::error::pwned"),
        ("  \n::set-output", "\\::set-output"),
        ("##[error]pwned", "##\\[error]pwned"),
        ("say ##vso[task.x]", "say ##vso\\[task.x]"),
        ("tests/test_a.py::test_b", "tests/test_a.py::test_b"),
    ],
)
def test_a_ci_log_finds_no_command_on_the_terminal(text: str, shown: str) -> None:
    assert terminal(text) == shown


def test_a_line_of_a_diff_keeps_its_spaces_and_commands_nothing() -> None:
    assert terminal_verbatim("-|  a\tb |  ") == "-|  a    b |  "
    assert terminal_verbatim("::error::x\x1b[31m") == "\\::error::x\\x1b[31m"
    assert terminal_verbatim("+ naïve ", unicode=False) == "+ na\\xefve "


def test_an_ascii_terminal_gets_other_characters_spelled() -> None:
    assert terminal("naïve 日", unicode=False) == "na\\xefve \\u65e5"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a|b", "a&#124;b"),
        ("<script>", "&lt;script&gt;"),
        ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
        ("[a](b)", "\\[a\\](b)"),
        ("1. first", "1\\. first"),
        ("12.25 s", "12.25 s"),
        ("- item", "\\- item"),
        ("# head", "\\# head"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_markdown_text_is_escaped_and_no_more_than_needed(text: str, source: str) -> None:
    assert markdown(text) == source


@given(ANY_TEXT)
def test_markdown_text_renders_as_itself_in_a_list_item(text: str) -> None:
    tokens = (
        MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(f"- {markdown(text)}x")
    )
    assert [token.type for token in tokens] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
        "paragraph_close",
        "list_item_close",
        "bullet_list_close",
    ]
    children = tokens[3].children or []
    assert {child.type for child in children} == {"text"}
    assert "".join(child.content for child in children) == f"{visible(text)}x"


@pytest.mark.parametrize("text", ["a|b", "`tick`", "a\\|b", "``", "_x_ <b>"])
def test_markdown_code_shows_bars_and_backticks_in_a_table_cell(text: str) -> None:
    html = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(f"| a | b |\n| --- | --- |\n| {markdown_code(text)} | second |\n")
    )
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"<td><code>{escaped}</code></td>\n<td>second</td>" in html


def test_markdown_code_of_nothing_is_nothing() -> None:
    assert markdown_code(" \n") == ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`a b` writes, `c` <reads>.", "<code>a b</code> writes, <code>c</code> &lt;reads&gt;."),
        ("see `x|y` here", "see <code>x|y</code> here"),
        ("no mark, * nor _x_", "no mark, * nor _x_"),
        ("one ` alone", "one ` alone"),
    ],
)
def test_prose_of_the_house_marks_code_with_backticks(text: str, html: str) -> None:
    assert MarkdownIt().render(markdown_prose(text)) == f"<p>{html}</p>\n"


@pytest.mark.parametrize(
    ("path", "line", "target"),
    [
        ("src/a.py", 3, "src/a.py#L3"),
        ("tox.ini", 0, "tox.ini"),
        (".github/workflows/ci file (1).yml", 2, ".github/workflows/ci%20file%20%281%29.yml#L2"),
        ("javascript:alert(1)", 0, "javascript%3Aalert%281%29"),
        ("é#1%", 1, "%C3%A9%231%25#L1"),
    ],
)
def test_the_target_of_a_link_is_a_path_and_a_line(path: str, line: int, target: str) -> None:
    assert markdown_target(path, line) == target


@given(ANY_TEXT)
def test_the_target_of_a_link_stays_one_for_any_path(path: str) -> None:
    html = MarkdownIt().render(f"[x](../{markdown_target(path, 1)})")
    assert html.startswith('<p><a href="../')
    assert html.endswith("</a></p>\n")


def test_a_markdown_block_has_a_fence_that_its_text_does_not_contain() -> None:
    block = markdown_block("Traceback:\n  ````\n::error::x\n\x1b[1m")
    tokens = MarkdownIt().parse(block)
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "Traceback:\n  ````\n\\::error::x\n\\x1b[1m\n"


def test_json_strings_lose_only_what_utf_8_cannot_hold() -> None:
    assert json_string("a\udc80é\x1b") == "a\\udc80é\x1b"


@given(ANY_TEXT.map(lambda text: f"##[{text}##vso[\x7f\u202e###["))
def test_a_json_document_is_spelled_safely_and_means_the_same(text: str) -> None:
    value = {json_string(text): [json_string(text)]}
    document = json_document(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(document) == value
    assert all(char.isprintable() or char == "\n" for char in document)
    assert "##[" not in document
    assert "##vso[" not in document
