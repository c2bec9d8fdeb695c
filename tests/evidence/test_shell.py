"""Which commands a script runs, where, with what, and whether their failure would be noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.evidence.shell import Parsed, commands_of
from pytest_boss_gates.evidence.steps import Script

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.shell_commands import Command

LAST_ONLY = "no `set -e`: only the last command decides"
PIPED = "piped on without `pipefail`"


def parsed(text: str, *, errexit: bool = True, arguments: tuple[str, ...] = ()) -> Parsed:
    lines = tuple(enumerate(text.split("\n"), start=1))
    script = Script(path="ci/run.sh", lines=lines, errexit=errexit, arguments=arguments)
    return commands_of(script)


def words(text: str, *, arguments: tuple[str, ...] = ()) -> list[str]:
    return [" ".join(each.words) for each in parsed(text, arguments=arguments).commands]


def only(text: str, head: str = "mypy", *, errexit: bool = True) -> Command:
    [found] = [each for each in parsed(text, errexit=errexit).commands if each.words[0] == head]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # one after another
        ("mypy src\nruff check", ["mypy src", "ruff check"]),
        ("mypy src; ruff && black || x", ["mypy src", "ruff", "black", "x"]),
        ("mypy | tee log |& cat", ["mypy", "tee log", "cat"]),
        ("mypy;ruff&black", ["mypy", "ruff", "black"]),
        ("mypy &&\n ruff ||\n black |\n cat", ["mypy", "ruff", "black", "cat"]),
        # a line goes on
        ("mypy \\\n  src \\\n  tests", ["mypy src tests"]),
        ("mypy `\n  src ^\n  tests", ["mypy src tests"]),
        ("mypy\r\nruff\r", ["mypy", "ruff"]),
        # comments
        ("# mypy src\nruff # mypy\n  # black", ["ruff"]),
        ("mypy a#b --x=#y", ["mypy a#b --x=#y"]),
        # quoting
        ("\"mypy\" 's r c' a\\ b m\"y\"'p'y", ["mypy s r c a b mypy"]),
        ("mypy 'a\nruff' b", ["mypy a\nruff b"]),
        ('$\'mypy\' "a \\"b\\" c"', ['mypy a "b" c']),
        ("'mypy src'", ["mypy src"]),
        # redirections are no words
        ("mypy > log 2>&1 < in", ["mypy"]),
        ("2>/dev/null mypy &>> log >&2", ["mypy"]),
        ("mypy <<< 'ruff check'", ["mypy"]),
        # here-documents are no commands
        ("cat <<EOF\nmypy src\nEOF\nruff", ["cat", "ruff"]),
        ("cat <<'EOF' > x && black\nmypy\nEOF\nruff", ["cat", "black", "ruff"]),
        ('cat <<-"END"\n\tmypy\n\tEND\nruff', ["cat", "ruff"]),
        ("cat <<A <<B\nmypy\nA\nmypy\nB\nruff", ["cat", "ruff"]),
        # what stands in an array, a substitution or a text runs nothing that is known
        ("tools=(mypy src)\nruff", ["ruff"]),
        ("declare -a tools=(mypy src)\nruff", ["ruff"]),
        ("x=$(mypy src)\nruff", ["ruff"]),
        ("echo 'mypy src'", ["echo mypy src"]),
        ("grep -r 'mypy; ruff' .", ["grep -r mypy; ruff ."]),
        # groups
        ("(mypy; ruff)", ["mypy", "ruff"]),
        ("{ mypy; ruff; }", ["mypy", "ruff"]),
        ("! mypy", ["mypy"]),
        ("time mypy", ["mypy"]),
        # branches and loops: all that may run
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("if a\nthen\n b\nfi\nc", ["a", "b", "c"]),
        ("while a; do b; done\nuntil c; do d; done", ["a", "b", "c", "d"]),
        ("for t in mypy ruff; do $t src; done", ["mypy src", "ruff src"]),
        ("for t in *.py\ndo\n mypy $t\ndone\nruff", ["mypy *.py", "ruff"]),
        ("for t in $(ls); do mypy $t; done", ["mypy ${t}"]),
        ("for ((i=0; i<1; i++)); do mypy; done", ["mypy"]),
        ("case $X in a) mypy;; b|c) ruff;; *) black;; esac", ["mypy", "ruff", "black"]),
        ("X=b\ncase $X in a) mypy;; (b|c) ruff;; *) black;; esac", ["ruff"]),
        ('X=z\ncase "$X" in a) mypy ;;\n *) black\n ruff ;; esac\nx', ["black", "ruff", "x"]),
        # variables
        ("A=1 B=2 mypy src", ["mypy src"]),
        ("X='src tests'\nmypy $X\nmypy \"$X\"", ["mypy src tests", "mypy src tests"]),
        ('X=mypy; $X src; "${X}" tests', ["mypy src", "mypy tests"]),
        ("export X=src; mypy $X", ["mypy src"]),
        ("X=src; unset X; mypy $X", ["mypy ${X}"]),
        ("mypy ${X:-src} ${Y-b} ${Z}", ["mypy src b ${Z}"]),
        ("X=$(date); mypy $X", ["mypy ${X}"]),
        ('X=; mypy $Y "$@"', ["mypy ${Y}"]),
        ("${PREFIX}mypy src", ["${PREFIX}mypy src"]),
        ("mypy ${{ matrix.dir }}", ["mypy ${{ matrix.dir }}"]),
        # a program by where it is
        ("$(command -v uv 2> /dev/null) run mypy", ["uv run mypy"]),
        ("UV=$(which uv 2>/dev/null || true)\n$UV run mypy", ["uv run mypy"]),
        ("$(which $X) mypy", ["$(which $X) mypy"]),
        # PowerShell sets variables
        ('$env:A = "src"\nmypy $A', ["mypy src"]),
        ("$B = 'a' + 'b'\nmypy $B", ["mypy ${B}"]),
        ("mypy $", ["mypy $"]),
        # functions count where they are called
        ("check() { mypy; }\nruff", ["ruff"]),
        ('check() { mypy "$@"; }\ncheck src tests\ncheck', ["mypy src tests", "mypy"]),
        ("function check { mypy $1; }\ncheck a; check b", ["mypy a", "mypy b"]),
        ("function check() {\n mypy\n}\ncheck", ["mypy"]),
        ("check() (\n mypy\n)\ncheck", ["mypy"]),
        ("check()\n{\n { mypy; }\n ruff\n}\ncheck", ["mypy", "ruff"]),
        ("a() { b; }; b() { mypy; }; a", ["mypy"]),
        ("a() { a; mypy; }\na", ["mypy"]),
        ("a() { b; }; b() { a; mypy; }; a", ["mypy"]),
        # what is not understood does no harm
        (")mypy", ["mypy"]),
        ("fi\nmypy", ["fi", "mypy"]),
        ("((i++))\nmypy", ["((i++))", "mypy"]),
        ("mypy;;ruff", ["mypy", "ruff"]),
        ("", []),
        ("\n;\n&\n", []),
    ],
)
def test_the_commands_of_a_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_arguments_of_the_script_are_put_in() -> None:
    assert words('mypy $1 "$2" $3\nruff "$@"', arguments=("src", "a b")) == [
        "mypy src a b",
        "ruff src a b",
    ]


def test_a_quoted_argument_stays_one_word_and_an_unquoted_one_splits() -> None:
    [first, second] = parsed('mypy "$1"\nmypy $1', arguments=("a b",)).commands

    assert first.words == ("mypy", "a b")
    assert second.words == ("mypy", "a", "b")


def test_each_command_has_the_line_it_starts_on() -> None:
    text = "a\n\n# x\nb \\\n  c\nif d; then\n  e\nfi\nf <<X\nno\nX\ng"

    assert [(each.words[0], each.line) for each in parsed(text).commands] == [
        ("a", 1),
        ("b", 4),
        ("d", 6),
        ("e", 7),
        ("f", 9),
        ("g", 12),
    ]


def test_a_command_of_a_function_stands_on_its_own_line() -> None:
    assert only("f() {\n  mypy\n}\n\nf").line == 2


def test_a_command_stands_behind_the_variables_that_it_gets() -> None:
    assert only("A=1 A=2 \\\n  B=3 \\\n  mypy").line == 3


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("mypy", ""),
        ("cd sub\nmypy", "sub"),
        ("cd sub && mypy", "sub"),
        ("cd sub\ncd ..\nmypy", ""),
        ("cd a/b/../c\nmypy", "a/c"),
        ("pushd sub\nmypy\npopd", "sub"),
        ("pushd sub\npopd\nmypy", ""),
        ("(cd sub; ruff)\nmypy", ""),
        ("{ cd sub; }\nmypy", "sub"),
        ("cd sub\ncd -\nmypy", ""),
        ("cd sub || exit 1\nmypy", "sub"),
        ("if cd sub; then mypy; fi", "sub"),
        ('D=sub\ncd "$D"\nmypy', "sub"),
        # the root by its names, and the directory of the script itself
        ("cd sub\ncd $GITHUB_WORKSPACE/a\nmypy", "a"),
        ('cd sub\ncd "$CI_PROJECT_DIR"\nmypy', ""),
        ("cd $(git rev-parse --show-toplevel)\nmypy", ""),
        ('cd "$(dirname "$0")"\nmypy', "ci"),
        ('cd "$(dirname "${BASH_SOURCE[0]}")/.."\nmypy', ""),
        # outside, or known only to the run
        ("cd /opt\nmypy", "$/opt"),
        ("cd ~/x\nmypy", "$~/x"),
        ("cd $X\nmypy", "${X}"),
    ],
)
def test_where_a_command_runs(text: str, directory: str) -> None:
    assert only(text).directory == directory


def test_variables_reach_the_commands_that_they_are_set_for() -> None:
    [first, second, third] = parsed("A=1\nB=2 mypy\nexport C=3\nruff\nA=$(x)\nblack").commands

    assert dict(first.env) == {"A": "1", "B": "2"}
    assert dict(second.env) == {"A": "1", "C": "3"}
    assert dict(third.env) == {"C": "3"}


@pytest.mark.parametrize(
    "text",
    [
        "mypy",
        "mypy && ruff",
        "mypy\necho done",
        "mypy\ntrue",
        "(mypy)",
        "{ mypy; }",
        "(mypy) && echo ok",
        "if x; then mypy; fi",
        "if x; then true; else mypy; fi",
        "for d in a; do mypy $d; done",
        "case $X in a) mypy ;; esac",
        "f() { mypy; }\nf",
        "[ -f x ] && mypy",
        "test -f x || mypy",
        # it is said that it failed
        "mypy || exit 1",
        "mypy || exit",
        "mypy || exit $?",
        "mypy || return 1",
        "mypy || false",
        "mypy || die 'types'",
        "mypy || { echo bad; exit 1; }",
        "mypy || (echo bad && exit 2)",
        "f() { echo bad; exit 1; }\nmypy || f",
        # statuses that are added up
        "mypy || failed=1\nruff || failed=1\nexit $failed",
        "rc=0\nmypy || rc=$?\nexit $rc",
        # a pipe that minds
        "set -o pipefail\nmypy | tee log",
        "set -euo pipefail\nmypy | tee log",
        "set -exo pipefail; mypy 2>&1 | tee log",
        "echo y | mypy",
        # other lines' troubles
        "ruff || true\nmypy",
        "ruff | cat\nmypy",
        "ruff &\nmypy",
        "(set +e; ruff)\nmypy",
        "set +e\nruff\nset -e\nmypy",
        "mypy; ruff || true",
        "mypy; echo a && ruff",
        "mypy # || true",
        "mypy '|| true'",
        "mypy 2>/dev/null",
    ],
)
def test_a_failure_is_noticed(text: str) -> None:
    assert only(text).soft == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mypy || true", "`|| true`"),
        ("mypy||true", "`|| true`"),
        ("mypy ||\n  true", "`|| true`"),
        ("mypy || \\\n  true", "`|| true`"),
        ("mypy 2>/dev/null || true", "`|| true`"),
        ("mypy || :", "`|| :`"),
        ("mypy || echo failed", "`|| echo failed`"),
        ("mypy || >&2 echo failed", "`|| echo failed`"),
        ("mypy || exit 0", "`|| exit 0`"),
        ("mypy || { echo bad; true; }", "`|| true`"),
        ("mypy || (exit 0)", "`|| exit 0`"),
        ("mypy || ruff", "`|| ruff`"),
        ("mypy && ruff || true", "`|| true`"),
        ("mypy && echo ok || echo no", "`|| echo no`"),
        ("echo a && mypy || echo b", "`|| echo b`"),
        ("(mypy) || true", "`|| true`"),
        ("{ mypy; } || true", "`|| true`"),
        ("if true; then mypy; fi || true", "`|| true`"),
        ("for x in a; do mypy; done || true", "`|| true`"),
        ("f() { mypy; }\nf || true", "`|| true`"),
        ("f() { mypy || true; }\nf", "`|| true`"),
        ("f() (\n mypy\n)\nf || true", "`|| true`"),
        ("mypy || failed=1", "its failure is only noted"),
        ("mypy; true", "`; true` follows"),
        ("mypy ; :", "`; :` follows"),
        ("mypy; exit 0", "`; exit 0` follows"),
        ("mypy; echo done", "`; echo done` follows"),
        ("(mypy; true)", "`; true` follows"),
        ("f() { mypy; true; }; f", "`; true` follows"),
        ("set +e\nmypy\nruff", LAST_ONLY),
        ("set +o errexit\nmypy\nruff", LAST_ONLY),
        ("set -x +e\nmypy\nruff", LAST_ONLY),
        ("set +ex\nmypy\nruff", LAST_ONLY),
        ("set +e\nmypy\nset -e\nruff", LAST_ONLY),
        ("f() {\n set +e\n mypy\n ruff\n}\nf", LAST_ONLY),
        ("mypy | tee log", PIPED),
        ("mypy |& tee log", PIPED),
        ("mypy |\n tee log", PIPED),
        ("(mypy) | tee log", PIPED),
        ("{ mypy\n} | tee log", PIPED),
        ("set +o pipefail\nmypy | cat", PIPED),
        ("mypy &", "runs in the background (`&`)"),
        ("mypy & wait", "runs in the background (`&`)"),
        ("(mypy) &", "runs in the background (`&`)"),
        ("if mypy; then x; fi", "a condition of `if`"),
        ("if x; then y; elif mypy; then z; fi", "a condition of `if`"),
        ("f() { mypy; }\nif f; then x; fi", "a condition of `if`"),
        ("while mypy; do x; done", "a condition of a loop"),
        ("until mypy; do x; done", "a condition of a loop"),
        ("! mypy", "negated (`!`)"),
        ("mypy && ruff\nblack", "`set -e` does not see a failure before `&&`"),
        ("if x; then mypy && ruff; y; fi", "`set -e` does not see a failure before `&&`"),
    ],
)
def test_a_failure_would_not_be_noticed(text: str, why: str) -> None:
    assert only(text).soft == (why,)


def test_all_reasons_are_kept() -> None:
    assert only("mypy | cat || true").soft == (PIPED, "`|| true`")


@pytest.mark.parametrize(
    ("text", "soft"),
    [
        ("mypy\nruff", (LAST_ONLY,)),
        ("mypy; ruff", (LAST_ONLY,)),
        ("if x; then mypy; ruff; fi", (LAST_ONLY,)),
        ("mypy", ()),
        ("mypy\n\n# the end\n", ()),
        ("ruff\nmypy", ()),
        ("mypy && ruff", ()),
        ("set -e\nmypy\nruff", ()),
        ("set -eu\nmypy\nruff", ()),
        ("set -o errexit\nmypy\nruff", ()),
        ("#!/bin/sh -e\nmypy\nruff", ()),
        ("#!/bin/bash -ex\nmypy\nruff", ()),
        ("#!/usr/bin/env bash\nmypy\nruff", (LAST_ONLY,)),
        # each minds for itself
        ("mypy || exit 1\nruff", ()),
        ("mypy && x || exit 1\nruff", ()),
        ("mypy || exit 0\nruff", ("`|| exit 0`", LAST_ONLY)),
        ("mypy || rc=1\nruff\nexit $rc", ()),
    ],
)
def test_without_errexit_only_the_last_command_decides(text: str, soft: tuple[str, ...]) -> None:
    assert only(text, errexit=False).soft == soft


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a\nb 'c", 2, "an unclosed quotation mark"),
        ('a\n\nb "c\nd', 3, "an unclosed quotation mark"),
        ("a $(b", 1, "an unclosed $("),
        ("a ${b", 1, "an unclosed ${"),
        ("a `b", 1, "an unclosed backtick"),
        ("(" * 100, 1, "nested too deeply"),
    ],
)
def test_what_is_not_understood_is_told_with_its_line(text: str, line: int, why: str) -> None:
    assert (line, why) in parsed(text).broken


LOOPS = "for a in 1 2 3 4 5 6 7 8 9; do " * 9
CALLS = "\n".join(f"f{n}() {{ {f'f{n + 1};' * 30} }}" for n in range(8)) + "\nf8() { :; }\nf0"


@pytest.mark.parametrize(
    "text",
    [
        LOOPS + "x;" + "done;" * 9,
        LOOPS + "A=1;" + "done;" * 9,
        CALLS,
        "mypy\n" * 50_000,
        "A=1\n" * 50_000,
    ],
    ids=["loops", "empty loops", "functions", "long", "long and empty"],
)
def test_a_script_that_leads_to_too_much_is_cut_off_and_told(text: str) -> None:
    found = parsed(text)

    assert len(found.commands) <= 5_000
    assert found.broken
    assert {why for _, why in found.broken} <= {
        "it runs more than 5000 commands",
        "it leads to more than 20000 statements",
    }


@pytest.mark.parametrize(
    "text",
    [
        "A=xxxxxxxxxx\n" + "A=$A$A\n" * 50 + "mypy $A",
        "A=xxxxxxxxxx\n" + "export A=$A$A\n" * 50 + "mypy $A",
        "".join(f"f{n}() {{ f{n + 1} $@ $@ $@ $@ $@ $@ $@ $@; }}\n" for n in range(8))
        + "f8() { mypy $@; }\nf0 a b c d e f g h",
        "".join(f"f{n}() {{ f{n + 1} $1$1$1$1$1$1$1$1$1$1$1$1; }}\n" for n in range(8))
        + "f8() { mypy $1; }\nf0 xxxxxxxxxxxxxxx",
        "\n".join(f"A{n}=1" for n in range(15_000)) + "\nmypy",
    ],
    ids=["doubled", "doubled and exported", "arguments", "one argument", "many"],
)
def test_values_do_not_grow_without_end(text: str) -> None:
    for command in parsed(text).commands:
        assert len(command.words) <= 1_000
        assert max(map(len, command.words)) <= 10_000
        assert sum(map(len, command.env.values())) <= 10_000 * 500
        assert len(command.env) <= 500


WORDS = r"""mypy src ; & && | || |& ( ) { } < > << <<- <<< >& ! $ $X ${X} ${X:-y} $( ) $@ ` ' " \ #
    = A=1 A=( if then elif else fi for in do done while until case esac ;; ;& function f f() set
    -e +e -o pipefail exit return cd .. export $(( )) [[ ]] time EOF ${{ }} * ? ~ %""".split()
PIECES = st.sampled_from([*WORDS, "\n", " ", "\\\n", "\t", "\x00", "é", "\udc80"])


@given(st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join))
def test_no_text_breaks_it_and_every_command_stands_on_a_line(text: str) -> None:
    last = text.count("\n") + 1

    found = parsed(text, errexit=False, arguments=("a", "b c"))

    assert all(each.words and 1 <= each.line <= last for each in found.commands)
    assert all(0 <= line <= last for line, _ in found.broken)
