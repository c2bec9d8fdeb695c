"""Finding the line of a table, key or element in TOML, however it is written."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.repository.toml_lines import key_lines, layout, line_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
    assert tomllib.loads(TEXT)["tool"]


def test_nothing_inside_strings_and_comments_is_taken_for_a_key() -> None:
    assert ("strict",) not in key_lines(TEXT)
    assert ("tool", "boss-gates", "strict") not in key_lines(TEXT)


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
    tomllib.loads(writer.text)

    assert key_lines(writer.text) == writer.lines


@pytest.mark.parametrize(
    ("path", "line"), [(("a", "b", "c", 7), 2), (("a", "x"), 1), (("z",), 0), ((), 0)]
)
def test_what_has_no_line_stands_where_what_is_around_it_does(
    path: tuple[str | int, ...], line: int
) -> None:
    assert line_of(key_lines("[a]\nb = 1\n\n[c]\n"), path) == line


LAID_OUT = '''\
top = "a" # c
[one] # c
x = ["b", { y = 'c', z = 1 }] # c
# behind

[one.two]
deep.er = """d
e"""
[[three]]
k = 1.5
'''


def test_a_layout_has_each_section_from_its_header_to_its_last_value() -> None:
    found = [
        (section.path, LAID_OUT[section.span.start : section.span.end], list(section.keys))
        for section in layout(LAID_OUT).sections
    ]

    assert found == [
        ((), 'top = "a"', [("top",)]),
        (("one",), "[one] # c\nx = [\"b\", { y = 'c', z = 1 }]", [("one", "x")]),
        (("one", "two"), '[one.two]\ndeep.er = """d\ne"""', [("one", "two", "deep", "er")]),
        (("three", 0), "[[three]]\nk = 1.5", [("three", 0, "k")]),
    ]


def test_a_layout_has_the_span_of_each_string_list_and_inline_table() -> None:
    found = {
        path: LAID_OUT[span.start : span.end] for path, span in layout(LAID_OUT).values.items()
    }

    assert found == {
        ("top",): '"a"',
        ("one", "x"): "[\"b\", { y = 'c', z = 1 }]",
        ("one", "x", 0): '"b"',
        ("one", "x", 1): "{ y = 'c', z = 1 }",
        ("one", "x", 1, "y"): "'c'",
        ("one", "two", "deep", "er"): '"""d\ne"""',
    }


@settings(deadline=None)
@given(st.text(alphabet="[]{}=,.#\"' \na1\r", max_size=30))
def test_a_layout_of_no_toml_is_no_error(text: str) -> None:
    for section in layout(text).sections:
        assert 0 <= section.span.start <= section.span.end <= len(text)
