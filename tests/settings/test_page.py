"""The settings file as written: lines of keys, and values on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.settings.page import Page, dotted, key_lines, printable, shown

if TYPE_CHECKING:
    from pathlib import Path

TEXT = '''\
# [tool.boss-gates] in a comment is no header
description = """
[tool.boss-gates]
strict = true
"""
literal = \'\'\'
[tool.boss-gates]
\'\'\'
"quoted # = key" = 'a # = b'

[tool . "boss-gates"]  # spaces around the dot
source = [
    "src",  # with a comment, and [brackets]

    "lib", { a = 1, b = [2,
        3] },
]
reports = []
targets.code-coverage = ">90%"
targets.tests = { target = ">=1", "paths" = "a\\"b" }

[[tool.other]]
name = "first"
[[tool.other]]
name = "second"
[tool.other.deeper]
"\\u0041\\t" = 2026-12-15 10:00:00

[tool]
strict = 1.5
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("description",), 2),
        (("literal",), 6),
        (("quoted # = key",), 9),
        (("tool", "boss-gates"), 11),
        (("tool", "boss-gates", "source"), 12),
        (("tool", "boss-gates", "source", 0), 13),
        (("tool", "boss-gates", "source", 1), 15),
        (("tool", "boss-gates", "source", 2), 15),
        (("tool", "boss-gates", "source", 2, "b"), 15),
        (("tool", "boss-gates", "source", 2, "b", 1), 16),
        (("tool", "boss-gates", "reports"), 18),
        (("tool", "boss-gates", "targets"), 19),
        (("tool", "boss-gates", "targets", "code-coverage"), 19),
        (("tool", "boss-gates", "targets", "tests", "target"), 20),
        (("tool", "boss-gates", "targets", "tests", "paths"), 20),
        (("tool", "other", 0), 22),
        (("tool", "other", 0, "name"), 23),
        (("tool", "other", 1, "name"), 25),
        (("tool", "other", 1, "deeper"), 26),
        (("tool", "other", 1, "deeper", "A\t"), 27),
        (("tool",), 29),
        (("tool", "strict"), 30),
    ],
)
def test_every_key_and_element_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert key_lines(TEXT)[path] == line


def test_the_text_of_the_samples_is_toml() -> None:
    page = Page(name="x.toml", text=TEXT)

    assert page.problems == []
    assert page.content["tool"]


def test_nothing_inside_strings_and_comments_is_taken_for_a_key() -> None:
    assert ("strict",) not in key_lines(TEXT)
    assert ("tool", "boss-gates", "strict") not in key_lines(TEXT)


def test_an_unknown_place_is_the_nearest_key_around_it() -> None:
    page = Page(name="x.toml", text="[a]\nb = 1\n\n[c]\n")

    place = page.place(("a", "b", "c", 7))

    assert (place.path, place.line, place.text) == ("x.toml", 2, "b = 1")


def test_carriage_returns_do_not_shift_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"[a]\r\n\r\nb = 1\r\n")

    page = Page.read(path, name="x.toml", required=True)

    assert page.place(("a", "b")).line == 3
    assert page.place(("a", "b")).text == "b = 1"


@given(st.text(alphabet="[]{}=,.'\"\\\n# \tab1\r", max_size=60) | st.text())
def test_the_finder_never_raises_and_stays_in_the_text(text: str) -> None:
    lines = key_lines(text)

    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


NAMES = st.sampled_from(["a", "b-c", "d e", "f.g", "#h", 'i"j', "=", "\t"])
LEAVES = st.sampled_from(["1", "'x # ]'", '"y \\" }"', '"""\n[z]\nq = 1\n"""', "2026-12-15", "1.5"])


class Writer:
    """Writes TOML in many styles, noting the line of every key and element."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[tuple[str | int, ...], int] = {}

    def here(self, path: tuple[str | int, ...]) -> None:
        self.lines[path] = self.text.count("\n") + 1

    def key(self, name: str) -> None:
        bare = name.replace("-", "").isalnum()
        escaped = name.replace('"', '\\"').replace("\t", "\\t")
        self.text += name if bare and self.draw(st.booleans()) else f'"{escaped}"'

    def value(self, path: tuple[str | int, ...], depth: int) -> None:
        kind = self.draw(st.sampled_from(["leaf", "list", "table"] if depth else ["leaf"]))
        if kind == "leaf":
            self.text += self.draw(LEAVES)
        elif kind == "list":
            self.text += "["
            for index in range(self.draw(st.integers(0, 3))):
                self.text += self.draw(st.sampled_from(["", "\n", " # ] x\n  "]))
                self.here((*path, index))
                self.value((*path, index), depth - 1)
                self.text += self.draw(st.sampled_from([",", " ,\n"]))
            self.text += "]"
        else:
            self.text += "{"
            for number, name in enumerate(self.draw(st.lists(NAMES, unique=True, max_size=3))):
                self.text += ", " if number else " "
                self.here((*path, name))
                self.key(name)
                self.text += " = "
                self.value((*path, name), depth - 1)
            self.text += "}"


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    writer = Writer(draw)
    for table in draw(st.lists(NAMES, unique=True, max_size=3)):
        writer.here((table,))
        writer.text += "["
        writer.key(table)
        writer.text += "] # x = 1\n"
        for name in draw(st.lists(NAMES, unique=True, max_size=4)):
            writer.text += draw(st.sampled_from(["", "\n", "# c = [\n"]))
            writer.here((table, name))
            writer.key(name)
            writer.text += draw(st.sampled_from([" = ", "="]))
            writer.value((table, name), 3)
            writer.text += draw(st.sampled_from(["\n", " # [x]\n"]))
    return writer


@given(documents())
def test_generated_documents_have_the_lines_they_were_written_with(writer: Writer) -> None:
    page = Page(name="x.toml", text=writer.text)

    found = key_lines(writer.text)

    assert page.problems == []
    assert found == writer.lines


def test_a_key_path_is_spelled_as_toml_spells_it() -> None:
    assert dotted(("tool", "a b", 1, "c-d", "")) == 'tool."a b"[1].c-d.""'


def test_a_hostile_key_stays_on_its_line() -> None:
    assert dotted(("a\n::error::", "\x1b[31m")) == r'"a\n::error::"."\x1b[31m"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ('a"b\\c\n\udc80', r'"a\"b\\c\n\udc80"'),
        ([1, ["a", [2]]], '[1, ["a", […]]]'),
        ({"a": {"b": {"c": 1}}}, "{ a = { b = { … } } }"),
        ({}, "{}"),
        (1 << 200, "0x1" + "0" * 50),
        ("x" * 99, '"' + "x" * 58 + "…"),
    ],
)
def test_a_value_is_shown_on_one_line_and_shortened(value: object, text: str) -> None:
    assert shown(value) == text


def test_an_integer_too_long_for_python_to_print_is_shown_shortened() -> None:
    assert shown(1 << 99_999) == "0x8" + "0" * 56 + "…"


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert printable("a\x1b[0m\u202eb é") == r"a\x1b[0m\u202eb é"
