"""Finding the line of a table, key or string in TOML, however it is written."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.evidence.toml_lines import TomlLines

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = '''\
# [tool.mypy]
[project]
name = "mypy"  # "rich"
description = """
[tool.mypy]
"rich"
"""
dependencies = [
    # "rich"
    "rich",
    'click>=8; python_version > "3"', "rich",
]

[project.optional-dependencies]
test = ["pytest", "rich"]
"docs.all" = [
    "sphinx",
]

[tool]
black.line-length = 100
ruff = { lint = { select = ["E"] } }

[tool."mypy"]
strict = true

[[tool.uv.index]]
name = "a"

[tool.poetry.dependencies]
"six" = "*"
'''
PATHS = [
    (("project",), 2),
    (("project", "name"), 3),
    (("project", "dependencies"), 8),
    (("project", "optional-dependencies"), 14),
    (("project", "optional-dependencies", "docs.all"), 16),
    (("tool", "black"), 21),
    (("tool", "black", "line-length"), 21),
    (("tool", "ruff"), 22),
    (("tool", "ruff", "lint"), 22),
    (("tool", "mypy"), 24),
    (("tool", "uv"), 27),
    (("tool", "poetry", "dependencies", "six"), 31),
]


@pytest.mark.parametrize(("path", "line"), PATHS)
def test_a_table_or_key_is_found_where_it_is_opened(path: tuple[str, ...], line: int) -> None:
    tomllib.loads(TEXT)

    assert TomlLines(TEXT).of_key(*path) == line


@pytest.mark.parametrize(
    ("value", "path", "line"),
    [
        ("rich", ("project", "dependencies"), 10),
        ("rich", ("project", "optional-dependencies", "test"), 15),
        ("sphinx", ("project", "optional-dependencies", "docs.all"), 17),
        ("mypy", ("project", "name"), 3),
        ("E", ("tool", "ruff", "lint", "select"), 22),
    ],
)
def test_a_string_is_found_in_the_value_of_its_key(
    value: str, path: tuple[str, ...], line: int
) -> None:
    assert TomlLines(TEXT).of_string(value, *path) == line


def test_a_string_in_an_inline_table_is_found_there() -> None:
    text = '[project]\noptional-dependencies = { a = ["x"], b = [\n  "mypy",\n] }\n'

    assert TomlLines(text).of_string("mypy", "project", "optional-dependencies", "b") == 3


def test_a_string_that_is_written_with_escapes_is_found_at_its_key() -> None:
    text = '[project]\n\ndependencies = ["my\\u0070y"]\n'

    assert TomlLines(text).of_string("mypy", "project", "dependencies") == 3


def test_what_is_not_there_has_no_line() -> None:
    assert TomlLines(TEXT).of_key("build-system") == 0
    assert TomlLines("").of_key("tool", "mypy") == 0


def test_a_neighbouring_table_is_not_taken_for_the_wanted_one() -> None:
    assert TomlLines("[tool.black]\nx = 1\n").of_key("tool", "mypy") == 0


@given(st.text(alphabet="ab[]{}=.,\"'#\n \\", max_size=60))
def test_text_that_is_not_toml_gives_lines_of_the_text_or_none(text: str) -> None:
    lines = TomlLines(text)

    assert 0 <= lines.of_key("a") <= text.count("\n") + 1
    assert 0 <= lines.of_string("b", "a") <= text.count("\n") + 1
