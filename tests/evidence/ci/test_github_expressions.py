"""GitHub's expressions: values where reading can tell, and unknown where only running could."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.github_expressions import (
    condition,
    evaluate,
    names_in,
    substitute,
)

KNOWN = {
    "github.event_name": "push",
    "github.ref": "refs/heads/main",
    "matrix.os": "linux",
    "matrix.python-version": "3.12",
    "matrix.none": "",
    "matrix.on": "true",
    "inputs.flag": "false",
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a'", "a"),
        ("'it''s'", "it's"),
        ("3.12", "3.12"),
        ("-1", "-1"),
        ("true", True),
        ("FALSE", False),
        ("null", ""),
        ("matrix.os", "linux"),
        ("Matrix.OS", "linux"),
        ("matrix['python-version']", "3.12"),
        ("matrix.python-version", "3.12"),
        ("matrix.os == 'LINUX'", True),
        ("matrix.os != 'linux'", False),
        ("matrix.os == 'a' || matrix.os == 'linux'", True),
        ("matrix.os == 'a' && secrets.X", False),
        ("matrix.os == 'linux' && 'yes' || 'no'", "yes"),
        ("matrix.os == 'a' && 'yes' || 'no'", "no"),
        ("matrix.none || 'other'", "other"),
        ("!(matrix.os == 'a')", True),
        ("!!matrix.os", True),
        ("((matrix.os))", "linux"),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("endsWith(github.ref, 'MAIN')", True),
        ("contains(github.ref, 'tags')", False),
        ("always()", True),
        ("success() && matrix.os == 'a'", False),
        # only running could tell
        ("secrets.X", None),
        ("secrets.X == 'a'", None),
        ("secrets.X && true", None),
        ("secrets.X || false", None),
        ("!secrets.X", None),
        ("failure()", None),
        ("cancelled()", None),
        ("hashFiles('**/x')", None),
        ("contains(secrets.X, 'a')", None),
        ("matrix.count > 3", None),
        ("needs.a.outputs.b", None),
        ("needs.*.result", None),
        ("matrix[secrets.X]", None),
        # but not what follows from the rest
        ("secrets.X && false", False),
        ("secrets.X || true", True),
        # not understood
        ("", None),
        ("'a", None),
        ("a b", None),
        ("(a", None),
        ("a ==", None),
        ("f(a", None),
        ("f(,)", None),
        ("a.", None),
        ("$", None),
        ("(" * 500 + "a" + ")" * 500, None),
        ("!" * 1_500 + "true", True),
        ("a || " * 390 + "true", True),
        ("'" + "a" * 5_000 + "'", None),
    ],
)
def test_the_value_of_an_expression(expression: str, *, value: str | bool | None) -> None:
    found = evaluate(expression, KNOWN)

    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("true", True),
        ("${{ true }}", True),
        ("false", False),
        ("${{ false }}", False),
        ("'false'", False),
        ("0", False),
        ("''", False),
        ("'x'", True),
        ("matrix.os == 'linux'", True),
        ("${{ matrix.os == 'a' }}", False),
        ("inputs.flag", False),
        ("matrix.on", True),
        ("secrets.X", None),
        ("${{ secrets.X }} == 'a'", None),
        ("not understood", None),
    ],
)
def test_whether_a_condition_holds(text: str, *, holds: bool | None) -> None:
    assert condition(text, KNOWN) is holds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no expression", "no expression"),
        ("a ${{ matrix.os }} b", "a linux b"),
        ("${{matrix.os}}${{ matrix.os }}", "linuxlinux"),
        ("${{ matrix.os == 'linux' }}", "true"),
        ("${{ matrix.none }}x", "x"),
        ("${{ secrets.X }} ${{ matrix.os }}", "${{ secrets.X }} linux"),
        ("${{ matrix.os", "${{ matrix.os"),
        ("${{\n  matrix.os\n}}", "linux"),
        ("${{ 'a }} b' }}", "${{ 'a }} b' }}"),
    ],
)
def test_known_values_are_put_into_a_text(text: str, expected: str) -> None:
    assert substitute(text, KNOWN) == expected


def test_what_a_text_asks_of_a_context() -> None:
    text = "${{ matrix.os }} ${{ matrix['Python-Version'] && matrix.a.b }} ${{ mymatrix.x }}"

    assert names_in(text, "matrix") == {"os", "python-version", "a"}


WORDS = """' '' a b.c matrix.os [ ] ( ) . , * && || ! == != < > <= >= true null 1 1.5 - ${{ }}
    contains( startsWith( always() $ " é""".split()
PIECES = st.sampled_from([*WORDS, " ", "\n"])


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    evaluate(text, KNOWN)
    condition(text, KNOWN)
    substitute(text, KNOWN)
    names_in(text, "matrix")
