"""Files read and parsed once; what cannot be is a problem with its line, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.answer import Problem
from pytest_boss_gates.evidence.reading import Ini, Reading
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import SIZE_LIMIT, Tree
from pytest_boss_gates.repository.yaml_lines import Map, Text

if TYPE_CHECKING:
    from pathlib import Path


def reading(root: Path, **files: str | bytes) -> Reading:
    """Files by keyword; ``x_yml`` is ``x.yml``."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (root / name.replace("_", ".")).write_bytes(data)
    return Reading(Tree(root=root))


def test_a_file_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    look = reading(tmp_path)

    assert look.lines("x") is None
    assert look.text("x") is None
    assert look.numbered("x") == ()
    assert look.yaml("x") is None
    assert look.toml("x") is None
    assert look.json("x") is None
    assert look.python("x") is None
    assert list(look.ini("x")) == []
    assert look.place("x", 3) == Place(path="x", line=3, text="")
    assert look.problems == []


def test_a_place_quotes_its_line_shortened_and_without_the_indent(tmp_path: Path) -> None:
    look = reading(tmp_path, x_txt="a\n   b  \n" + "c" * 500)

    assert look.place("x.txt", 2) == Place(path="x.txt", line=2, text="b")
    assert look.place("x.txt", 3).text == "c" * 200
    assert look.place("x.txt", 99).text == ""
    assert look.place("x.txt") == Place(path="x.txt")


def test_a_word_is_found_in_a_range_of_lines(tmp_path: Path) -> None:
    look = reading(tmp_path, x_txt="a\nb\na\nc")

    assert look.find("x.txt", "a") == 1
    assert look.find("x.txt", "a", 2) == 3
    assert look.find("x.txt", "c", 1, 3) == 1
    assert look.find("x.txt", "z", 2) == 2


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("x.yml", "a: 1\nb: [c\n", 3),
        ("x.toml", "a = 1\nb =\n", 2),
        ("x.json", '{"a": 1,\n "b" }', 2),
        ("x.py", "a = 1\n\ndef b(:\n", 3),
        ("x.py", "a = 1\n  b\n", 2),
    ],
)
def test_a_malformed_file_is_told_once_with_its_line(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    (tmp_path / name).write_text(text)
    look = Reading(Tree(root=tmp_path))

    for _ in range(2):
        parsers = {"yml": look.yaml, "toml": look.toml, "json": look.json, "py": look.python}
        assert parsers[name.partition(".")[2]](name) is None

    [problem] = look.problems
    assert (problem.path, problem.line) == (name, line)
    assert str(problem).startswith(
        f"{name}:{line}: it proves nothing, because it could not be read: "
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", "[" * 100_000),
        ("x.py", "(" * 100_000),
        ("x.py", "-" * 100_000 + "1"),
        ("x.toml", "a = " + "[" * 100_000),
        ("x.yml", "[" * 100_000),
        ("x.py", "a\x00b"),
        ("x.py", "a = 1\n" * 100_000),
        ("x.yml", "a: b\n" * 300_000),
    ],
)
def test_what_is_too_deep_or_too_long_is_a_problem_and_no_more(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    look = Reading(Tree(root=tmp_path))

    parsers = {"yml": look.yaml, "toml": look.toml, "json": look.json, "py": look.python}

    assert parsers[name.partition(".")[2]](name) is None
    assert [problem.path for problem in look.problems] == [name]


def test_a_file_of_ten_megabytes_is_told_with_its_size(tmp_path: Path) -> None:
    look = reading(tmp_path, x_yml="a: b\n" * SIZE_LIMIT)

    assert look.yaml("x.yml") is None
    [problem] = look.problems
    assert str(problem) == (
        "x.yml: it proves nothing, because it could not be read: "
        "x.yml is larger than 2 MB, so it is not read."
    )


def test_a_problem_without_a_line_names_the_file_alone() -> None:
    assert str(Problem("a", 0, "b")).startswith("a: it proves nothing")


def test_bad_bytes_and_windows_lines_are_read(tmp_path: Path) -> None:
    look = reading(tmp_path, x_txt=b"a\xff\r\nb\rc")

    assert look.lines("x.txt") == ("a\ufffd", "b", "c")


def test_what_was_looked_into_is_listed(tmp_path: Path) -> None:
    look = reading(tmp_path, b_txt="", a_txt="", c_txt="")
    look.text("b.txt")
    look.lines("a.txt")

    assert look.read == ("a.txt", "b.txt")


def test_an_ini_file_line_by_line(tmp_path: Path) -> None:
    text = "[a]\n# c\nb = 1\n  2\n; x\nd: e\nflag\n\n[f:g] ; h\nk=l=m\n"
    look = reading(tmp_path, x_ini=text)

    assert list(look.ini("x.ini")) == [
        Ini("a", "", 1, ""),
        Ini("a", "b", 3, "1"),
        Ini("a", "b", 4, "2"),
        Ini("a", "d", 6, "e"),
        Ini("a", "flag", 7, ""),
        Ini("f:g", "", 9, ""),
        Ini("f:g", "k", 10, "l=m"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run: mypy src", [(1, "mypy src")]),
        ("run: 'mypy src'", [(1, "mypy src")]),
        (
            "run: |\n  mypy \\\n    src\n\n  ruff\n",
            [(2, "mypy \\"), (3, "  src"), (4, ""), (5, "ruff")],
        ),
        ("# a\nrun: |-\n  mypy\n", [(3, "mypy")]),
        ("run: >\n  mypy\n  src\n", [(2, "mypy \\"), (3, "src")]),
        ("run: >-\n  mypy\n  src\n\n  ruff\n", [(2, "mypy \\"), (3, "src"), (5, "ruff")]),
        ("run: mypy\n  src\n  tests\n", [(1, "mypy \\"), (2, "src \\"), (3, "tests")]),
        ('run: "mypy\n  src"\n', [(1, "mypy \\"), (2, "src")]),
    ],
)
def test_a_script_in_yaml_has_the_lines_of_the_file(
    tmp_path: Path, text: str, expected: list[tuple[int, str]]
) -> None:
    look = reading(tmp_path, x_yml=text)
    top = look.yaml("x.yml")
    assert isinstance(top, Map)
    run = top["run"]
    assert isinstance(run, Text)

    assert [line for line in look.script("x.yml", run) if line[1]] == [
        line for line in expected if line[1]
    ]
