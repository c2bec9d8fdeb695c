"""One file's numbers against radon's own: over made-up files, and over the standard library."""

from __future__ import annotations

import ast
import random
import sysconfig
import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from radon.complexity import cc_visit
from radon.metrics import mi_visit
from radon.raw import analyze

from pytest_boss_gates.measure.complexity.analysis import analyse, owned_lines
from pytest_boss_gates.measure.complexity.lines import Lines, counted_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECES = (
    "x = 1",
    "x = 1;",
    "x = 1; y = 2",
    "if x: pass; y = 1",
    "if x: y = 1; z = 2",
    "if x:\n    pass",
    "if x:  # why\n    # deep\n    pass",
    "try: x\nexcept E: y",
    "x = d[1:2]",
    "x = {1: 2,\n\n     3: 4}  # end",
    "def f(a: int = 3) -> int: return a",
    "f = lambda: 0",
    '"""One line."""',
    '"""Many\n\n   lines.\n"""',
    '"""Many\nlines."""  # and a comment',
    "'''a\\\n b'''",
    '"a" "b"',
    "'a\\\n   b'",
    "x = '''\n# no comment\n'''",
    'f"{x:>10}"',
    'y = f"{x!r}:" + f"""{x}\n:\n"""',
    "b'x'",
    "# alone",
    "  # indented",
    "",
    "   ",
    "\f",
    "\f\n\f",
    "\fx = 1",
    "x = 1 + \\\n    2",
    "x = 1 \\\n",
    "\\\nx = 1",
    "x = 1 \\\n# odd",
    "x = (1,\n     # inside\n\n     2)",
    "x = ('a:'\n     'b;')  # ;:",
    "class C: x: int = 1; y: int",
    "assert x, ':'",
    "while x: break",
    "x = [a for a in b if a]",
    "x = '\x85'",
    "x = '\u2028 #'  # \x1c",
    "@d\ndef f(): ...",
    "\u2118 = 1",
    "x = '''a \\\n\nb'''",
    "async def f():\n    async with a as b: pass",
)


def as_radon(text: str) -> Lines:
    raw = analyze(text)
    return Lines(raw.lloc, raw.sloc, raw.comments + raw.multi)


@pytest.mark.parametrize("text", PIECES)
def test_the_lines_of_every_kind_of_statement_are_counted_as_radon_counts_them(text: str) -> None:
    assert_same_lines(text)
    assert_same_lines(f"a = 0\n{text}\n\nb = 0\n")


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("\n".join))
def test_the_lines_of_any_mixture_are_counted_as_radon_counts_them(text: str) -> None:
    assert_same_lines(text)


def assert_same_lines(text: str) -> None:
    try:
        ast.parse(text)
    except SyntaxError:
        return
    try:
        theirs = as_radon(text)
    except SyntaxError:
        with pytest.raises(SyntaxError):
            counted_lines(text)
    else:
        assert counted_lines(text) == theirs


def blocks(text: str) -> dict[tuple[str, int], int]:
    """Every function that radon knows of, by its plain name and line."""
    found: dict[tuple[str, int], int] = {}

    def add(functions: Iterable[Any]) -> None:
        for each in functions:
            found[each.name, each.lineno] = each.complexity
            add(each.closures)

    pending = [block for block in cc_visit(text) if block.letter != "M"]
    while pending:
        block = pending.pop()
        if block.letter == "C":
            add(block.methods)
            pending += block.inner_classes
        else:
            add([block])
    return found


def library() -> Iterator[Path]:
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" not in path.parts:
            yield path


def assert_same(path: Path, *, with_index: bool = True) -> bool:
    """Hold a file against radon; whether it could be parsed."""
    content = path.read_bytes()
    ours = analyse(content, with_index=True)
    if ours.problem:
        with pytest.raises((SyntaxError, ValueError, LookupError, RecursionError)):
            cc_visit(content.decode())  # read by radon's command as UTF-8
        return False
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
    mine = {(f.name.rpartition(".")[2], f.line): f.complexity for f in ours.functions}
    theirs = blocks(text)
    assert mine.items() >= theirs.items(), path
    hidden = mine.keys() - theirs.keys()
    local = {f.line for f in ours.functions if ".<locals>." in f.name}
    assert {line for _, line in hidden} <= local, path
    if with_index and not ours.index_problem:
        assert ours.index == mi_visit(text, multi=True), path
    return True


def sampled(count: int) -> list[Path]:
    """The same files in every run of one interpreter, small ones: radon's lines are slow."""
    small = [path for path in library() if path.stat().st_size < 20_000]
    return random.Random(0).sample(small, count)


def test_some_of_the_standard_library_comes_to_radons_numbers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = sum(assert_same(path) for path in sampled(25))

    assert parsed >= 20


@pytest.mark.slow
def test_a_third_of_the_standard_library_comes_to_radons_numbers() -> None:
    small = set(sampled(100))  # radon's lines of a large file take it minutes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = sum(assert_same(path, with_index=path in small) for path in [*library()][::3])

    assert parsed > 300


NESTED = textwrap.dedent(
    """\
    def outer(a):
        '''Doc.'''
        x = 1

        @decorated
        def inner(b):
            return b

        return inner


    class Shop:
        def price(self):
            return 1
    """
)


def test_functions_carry_their_lines() -> None:
    found = analyse(NESTED.encode(), with_index=False).functions

    assert [(f.name, f.line, f.body, f.end) for f in found] == [
        ("outer", 1, 2, 9),
        ("outer.<locals>.inner", 6, 7, 7),
        ("Shop.price", 13, 14, 14),
    ]


def test_the_lines_of_a_function_are_without_those_of_the_functions_in_it() -> None:
    found = analyse(NESTED.encode(), with_index=False).functions

    assert owned_lines(found) == [[1, 2, 3, 4, 5, 8, 9], [6, 7], [13, 14]]
    assert owned_lines(found, body=True) == [[2, 3, 4, 5, 6, 8, 9], [7], [14]]


def marks(text: str) -> dict[str, str]:
    return {f.name: f.mark for f in analyse(text.encode(), with_index=False).functions}


def test_a_function_is_marked_by_its_own_text() -> None:
    before = marks(NESTED)

    moved = marks(f"import os\n\n{NESTED}")
    deeper = marks(f"if True:\n{textwrap.indent(NESTED, '    ')}")
    inner = marks(NESTED.replace("return b", "return b + 1"))

    assert before == moved == deeper
    assert inner["outer"] == before["outer"]
    assert inner["outer.<locals>.inner"] != before["outer.<locals>.inner"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"def f(:\n", "line 1: "),
        (b"# coding: no-such-codec\n", "no-such-codec"),
        (b"# coding: rot13\nk = 1\n", "rot13"),
        (b"# \xe9\n", "line 1: "),
        (b"x = 1\0\n", "null"),
        (b"x = " + b"-" * 100_000 + b"1\n", ""),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, problem: str) -> None:
    found = analyse(content, with_index=True)

    assert found.problem
    assert problem in found.problem
    assert found.functions == ()
