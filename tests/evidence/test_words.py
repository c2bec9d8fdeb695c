"""Shell text as words and operators, with the line of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.evidence.words import Token, Word, tokens_of


def tokens(text: str) -> list[Token]:
    return tokens_of(tuple(enumerate(text.split("\n"), start=1)))[0]


def shown(text: str) -> list[str]:
    return [token.word.source if token.word else token.operator for token in tokens(text)]


def word(text: str) -> Word:
    [token] = tokens(text)
    assert token.word is not None
    return token.word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b\tc", ["a", "b", "c"]),
        ("a;b&&c||d|e|&f&g", "a ; b && c || d | e |& f & g".split()),
        ("a\nb", ["a", "\n", "b"]),
        (
            "case x in a) b;; c) d;& e) f;;& esac",
            "case x in a ) b ;; c ) d ;& e ) f ;;& esac".split(),
        ),
        ("(a)", ["(", "a", ")"]),
        ("a # b\nc", ["a", "\n", "c"]),
        ("a#b", ["a#b"]),
        ("a \\\n b", ["a", "b"]),
        ("a\\\nb", ["ab"]),
        ("a > b 2>&1 >> c < d &> e f", ["a", "f"]),
        ("a <<< b c", ["a", "c"]),
        ("a <<X b\nno\nX\nc", ["a", "b", "\n", "c"]),
        ("a <<-X\n\tno\n\tX\nc", ["a", "\n", "c"]),
        ("a <<X\nnever closed", ["a", "\n"]),
        ("'a b'\"c d\"e", ["a bc de"]),
        ("$a ${b} $1 $@ $?", ["${a}", "${b}", "${1}", "${@}", "${?}"]),
        ("${a:-b c} d", ["${a:-b c}", "d"]),
        ("$(a; b 'c)') d", ["$(a; b 'c)')", "d"]),
        ("$(a $(b)) ${c:-${d}}", ["$(a $(b))", "${c:-${d}}"]),
        ("${{ a.b && 'c' }}x", ["${{ a.b && 'c' }}x"]),
        ("`a b` c", ["`a b`", "c"]),
        ("'' a", ["", "a"]),
    ],
)
def test_text_is_split_where_the_shell_splits_it(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_a_quoted_variable_is_told_from_a_plain_one_and_from_text() -> None:
    [plain] = word("$a").pieces
    [quoted] = word('"$a"').pieces
    [text] = word("'$a'").pieces

    assert (plain.is_variable, plain.quoted) == (True, False)
    assert (quoted.is_variable, quoted.quoted) == (True, True)
    assert (text.text, text.is_variable, text.quoted) == ("$a", False, True)


@pytest.mark.parametrize(
    ("text", "bare"),
    [("if", "if"), ("'if'", ""), ("$if", ""), ("i$f", ""), ("(", "("), ("\\if", "")],
)
def test_a_keyword_is_one_only_when_it_is_not_quoted(text: str, bare: str) -> None:
    assert tokens(text)[0].bare == bare


def test_lines_are_those_of_the_file_also_behind_continuations_and_quotes() -> None:
    lines = ((10, "a \\"), (11, "b 'c"), (12, "d' e"), (20, "f"))

    found, _ = tokens_of(lines)

    assert [(token.line, token.word.source) for token in found if token.word] == [
        (10, "a"),
        (11, "b"),
        (11, "c\nd"),
        (12, "e"),
        (20, "f"),
    ]


def test_many_unclosed_marks_are_not_each_looked_for_to_the_end() -> None:
    _, broken = tokens_of(((1, "${" * 20_000),))

    assert 0 < len(broken) < 100


@given(st.text(alphabet="ab \n\t'\"`$\\{}()<>|&;#^=-é\x00", max_size=80))
def test_no_text_breaks_it_and_lines_never_go_back(text: str) -> None:
    found, broken = tokens_of(tuple(enumerate(text.split("\n"), start=1)))

    lines = [token.line for token in found]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines + [line for line, _ in broken])
