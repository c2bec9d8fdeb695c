"""Suppressions in one file: what each tool takes for its own, and nothing that only looks so."""

from __future__ import annotations

import sysconfig
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.measure.suppressions import comments
from pytest_boss_gates.measure.suppressions.comments import KINDS, suppressions


def kinds(text: str) -> list[str]:
    return [kind for _, kind in suppressions(textwrap.dedent(text).encode())]


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        # flake8 and ruff
        ("# noqa", "noqa"),
        ("#noqa:E501", "noqa"),
        ("# NOQA: E501, F401", "noqa"),
        ("# why not # noqa", "noqa"),
        ("# flake8: noqa", "noqa"),
        ("# FLAKE8: NoQA", "noqa"),
        ("# ruff: noqa: F401", "noqa"),
        ("# ruff: ignore[unused-import]", "noqa"),
        ("# ruff: file-ignore[F401]", "noqa"),
        ("# ruff: disable[F401]", "noqa"),
        # type checkers
        ("# type: ignore", "type-ignore"),
        ("# type:ignore[attr-defined]", "type-ignore"),
        ("# type: int # type: ignore", "type-ignore"),
        ("# pyright: ignore[reportFoo]", "type-ignore"),
        ("# pyright: reportFoo=false", "type-ignore"),
        ("# mypy: ignore-errors", "type-ignore"),
        ('# mypy: disable-error-code="misc"', "type-ignore"),
        ("# ty: ignore[unresolved-import]", "type-ignore"),
        ("# pyrefly: ignore", "type-ignore"),
        ("# pytype: disable=attribute-error", "type-ignore"),
        ("# pyre-fixme[6]", "type-ignore"),
        # coverage.py
        ("# pragma: no cover", "no-cover"),
        ("#pragma:NO COVER", "no-cover"),
        ("# pragma: no branch", "no-cover"),
        # bandit and pylint
        ("# nosec", "nosec"),
        ("#nosec B101", "nosec"),
        ("# pylint: disable=invalid-name", "pylint-disable"),
        ("# pylint: disable-next=all", "pylint-disable"),
        ("# pylint: skip-file", "pylint-disable"),
        ("# so be it, pylint: disable=c0103", "pylint-disable"),
    ],
)
def test_a_comment_that_a_tool_obeys_is_one(comment: str, kind: str) -> None:
    assert kinds(f"x = 1  {comment}\n") == [kind]


@pytest.mark.parametrize(
    "comment",
    [
        "# noqable",
        "# the noqa above",
        "# type: ignored",
        "# type: int",
        "# pylint: enable=invalid-name",
        "# pyright: strict",
        "# mypy: ignore-errors=False",
        "# ruff: enable[F401]",
        "# no cover",
        "# nosecret",
        "# fmt: off",
    ],
)
def test_a_comment_that_no_tool_obeys_is_none(comment: str) -> None:
    assert kinds(f"x = 1  {comment}\n# type: ignore\n") == ["type-ignore"]


def test_several_on_one_line_count_each_and_know_their_line() -> None:
    text = "import os  # type: ignore[x]  # noqa: F401  # pragma: no cover\n\ny = 1  # nosec\n"

    assert suppressions(text.encode()) == (
        (1, "no-cover"),
        (1, "noqa"),
        (1, "type-ignore"),
        (3, "nosec"),
    )


def test_strings_and_docstrings_do_not_count() -> None:
    text = '''
        """Write `# noqa` at the end.

        # type: ignore
        """
        a = "# noqa"
        b = r'\\\\'  # noqa
        c = f"{a}# nosec" + "it's # noqa"
        d = \'\'\'
        # pylint: disable=all
        @pytest.mark.skip
        \'\'\'
        '''

    assert kinds(text) == ["noqa"]


def test_quotes_inside_the_braces_of_an_f_string_are_left_to_the_tokenizer() -> None:
    text = 'x = f"{\'a\' if y else "b"}"  # noqa\n'

    assert kinds(text) == ["noqa"]


@pytest.mark.parametrize(
    "code",
    [
        "@pytest.mark.skip\ndef test(): ...",
        "@pytest.mark.skip()\ndef test(): ...",
        "@pytest.mark.skip(reason='')\ndef test(): ...",
        "@mark.skip\ndef test(): ...",
        "@pt . mark . skip\ndef test(): ...",
        "pytestmark = pytest.mark.skip\n",
        "pytestmark = [pytest.mark.skip, other]\n",
        "x = [pytest.param(1, marks=pytest.mark.skip)]",
        "x = pytest.param(\n    1,\n    marks=pytest.mark.skip\n)",
        "slow = pytest.mark.skip()\n",
    ],
)
def test_a_skip_mark_without_a_reason_is_one(code: str) -> None:
    assert kinds(f"import pytest\n{code}\n") == ["skip"]


@pytest.mark.parametrize(
    "code",
    [
        "@pytest.mark.xfail\ndef test(): ...",
        "@pytest.mark.xfail(strict=True)\ndef test(): ...",
        "@pytest.mark.xfail(\n    raises=(KeyError, ValueError),\n)\ndef test(): ...",
        "@pytest.mark.xfail(raises=E, reason=None)\ndef test(): ...",
        "request.applymarker(pytest.mark.xfail)\n",
    ],
)
def test_an_xfail_mark_without_a_reason_is_one(code: str) -> None:
    assert kinds(f"import pytest\n{code}\n") == ["xfail"]


@pytest.mark.parametrize(
    "code",
    [
        "@pytest.mark.skip('no database')",
        "@pytest.mark.skip(reason='no database')",
        "@pytest.mark.skip(\n    # why\n    reason=(\n        'no '\n        'database'\n    ),\n)",
        "@pytest.mark.xfail(sys.platform == 'win32', reason='x')",
        "@pytest.mark.xfail('sys.platform == \"win32\"')",  # pytest makes a reason of it
        "@pytest.mark.skipif(True, reason='x')",
        "@pytest.mark.skipping",
        "@pytest.mark.xfail(**known)",
        "known = pytest.mark.xfail",
        "known = partial(pytest.mark.xfail, reason='x')",
        "pytest.skip('later')",
        "# @pytest.mark.skip",
        "'pytest.mark.skip'",
    ],
)
def test_a_mark_with_a_reason_or_another_call_is_none(code: str) -> None:
    assert kinds(f"import pytest\n{code}\n@pytest.mark.skip\ndef test(): ...\n") == ["skip"]


def test_line_ends_of_every_kind_count_lines_alike() -> None:
    lines = ["a = '''", "'''", "b = 1  # noqa", "@pytest.mark.skip", "def c(): ...", ""]

    for end in ("\n", "\r\n", "\r"):
        found = suppressions(end.join(lines).encode())
        assert found == ((3, "noqa"), (4, "skip"))


def test_a_file_in_its_own_encoding_is_read() -> None:
    content = "# coding: latin-1\ncaf\xe9 = 1  # noqa\n".encode("latin-1")

    assert suppressions(content) == ((2, "noqa"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = 1  # noqa\ny = '''\n", "multi-line string|triple-quoted"),
        (b"# coding: no-such-codec\n# noqa\n", "no-such-codec|encoding"),
        (b"x = 1 # noqa \xe9\n", "encoding"),
    ],
)
def test_a_file_that_cannot_be_taken_apart_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        suppressions(content)


PIECES = st.sampled_from(
    [
        *("'", '"', "'''", '"""', "\\", "\n", "#", "{", "}", "(", ")", "f'", 'rb"', " ", "x"),
        *("# noqa", "# type: ignore", "pytest.mark.skip", "(reason='x')", "\n    "),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = suppressions(text.encode())
    except ValueError:
        return

    assert {kind for _, kind in found} <= set(KINDS)
    assert all(1 <= line <= text.count("\n") + 1 for line, _ in found)


def test_the_quick_way_gives_what_pythons_tokenizer_gives() -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    compared = 0

    for path in (*library.glob("*.py"), *library.glob("unittest/*.py")):
        text = comments._decoded(path.read_bytes())  # noqa: SLF001 - two ways to one answer
        if len(text) > 40_000:
            continue
        try:
            quick = comments._apart_quickly(text)  # noqa: SLF001
        except ValueError:
            continue
        surely = comments._apart_surely(text)  # noqa: SLF001
        assert quick[0] == surely[0], path
        assert list(comments._marks(quick[1])) == list(comments._marks(surely[1])), path  # noqa: SLF001
        compared += 1

    assert compared > 100
