"""make: from a call to the recipes of its targets, each line on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.make import expand
from pytest_boss_gates.evidence.steps import Call, Dead, Script
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.steps import Step


def steps(root: Path, files: Mapping[str, str], words: str, **env: str) -> tuple[Step, ...]:
    call = Call(words=tuple(words.split()), place=Place(path="ci.yml", line=7), env=env)
    return expand(call, reading_of(root, files))


MAKEFILE = """\
# the main one
SHELL := /bin/bash
SRC = src $(TESTS)
TESTS := tests
PYTEST ?= pytest
FLAGS += -q
Q = @
export MODE = ci
include mk/*.mk
-include missing.mk

.PHONY: all lint test docs

all: lint test

lint: | format
\t$(Q)ruff check $(SRC)
\t-mypy $(SRC) \\
\t  --strict
\t@echo done; flake8 $(SRC)

format: ; black --check $(SRC)

test: FLAGS += -x
test:
\tcd sub && $(PYTEST) $(FLAGS) $(if $(K),-k $(K))
\t+$(MAKE) -C docs html

docs:
\t@$(foreach d,a b,echo $(d) && sphinx-build $(d);)

test-%: lint-%
\t$(PYTEST) -k $* $@

lint-one lint-two: lint-%: %.py
\tpylint $<

build: clean
\tpython -m build
ifeq ($(OS),Windows_NT)
\tdel x
else
\trm x
endif
ifdef UNKNOWN_HERE
\ttwine check
endif

tests:
\tpytest

define checks
isort --check .
$(1) .
endef

many:
\t$(call checks,bandit -r)

loop: loop2
\techo loop
loop2: loop
\techo $(SELF)$$HOME $(shell git x)
SELF = $(SELF)
"""
FILES = {
    "Makefile": MAKEFILE,
    "mk/more.mk": "extra:\n\tvulture $(SRC)\n",
    "src/a.py": "",
    "tests/a.py": "",
}


def test_the_first_target_runs_with_its_prerequisites(tmp_path: Path) -> None:
    found = steps(tmp_path, {"Makefile": MAKEFILE}, "make")
    assert texts(found) == [
        (22, "black --check src tests"),
        (17, "ruff check src tests"),
        (18, "mypy src tests \\"),
        (20, "echo done; flake8 src tests"),
        (26, "cd sub && pytest -q -x "),
        (27, "make -C docs html"),
    ]
    mypy = found[2]
    assert isinstance(mypy, Script)
    assert mypy.lines[1] == (19, "  --strict")
    assert mypy.soft == ("Makefile:18: a leading `-` ignores the failure",)
    assert (mypy.errexit, mypy.pipefail, mypy.env["MODE"]) == (False, False, "ci")


def test_a_target_of_an_included_file(tmp_path: Path) -> None:
    (found,) = steps(tmp_path, FILES, "make extra")
    assert isinstance(found, Script)
    assert (found.path, found.lines) == ("mk/more.mk", ((2, "vulture src tests"),))
    assert texts(steps(tmp_path, {}, "make")) == [(2, "vulture src tests")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("make test K=slow PYTEST=py.test", [(26, "cd sub && py.test -q -x -k slow")]),
        ("make docs", [(30, "echo a && sphinx-build a; echo b && sphinx-build b;")]),
        ("make -j4 test-one", [(36, "pylint one.py"), (33, "pytest -k one test-one")]),
        ("make build", [(39, "python -m build"), (43, "rm x"), (46, "twine check")]),
        ("make --directory=. many", [(58, "isort --check .")]),
        ("make loop", [(63, "echo $HOME $(git x)"), (61, "echo loop")]),
        ("make -n lint", []),
        ("make --version", []),
    ],
)
def test_values_and_patterns_are_expanded(
    tmp_path: Path, words: str, expected: list[tuple[int, str]]
) -> None:
    found = [one for one in texts(steps(tmp_path, {"Makefile": MAKEFILE}, words)) if one[0] != 27]
    assert found == expected


def test_a_canned_recipe_gives_each_of_its_lines(tmp_path: Path) -> None:
    (found,) = steps(tmp_path, {"Makefile": MAKEFILE}, "make many")
    assert isinstance(found, Script)
    assert found.lines == ((58, "isort --check ."), (58, "bandit -r ."))


def test_variables_of_the_command_line_reach_an_inner_make(tmp_path: Path) -> None:
    found = steps(tmp_path, {"Makefile": MAKEFILE}, "make test PYTEST=nose")
    inner = found[-1]
    assert isinstance(inner, Script)
    assert inner.env["MAKEFLAGS"] == "PYTEST=nose"
    again = steps(tmp_path, {}, "make test", MAKEFLAGS="PYTEST=nose")
    assert texts(again)[0] == (26, "cd sub && nose -q -x ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("make nothing", "make nothing: there is no target nothing in Makefile"),
        ("make ${T}", "make ${T}: which target ${T} is would only be known in a run"),
        ("make -C ui lint", "make -C ui lint: there is no makefile in ui"),
        ("make -f x.mk", "make -f x.mk: there is no x.mk"),
        (
            "make tests",
            (
                "make tests: there is a file tests and nothing that it depends on,"
                " so make does nothing"
            ),
        ),
    ],
)
def test_what_cannot_be_followed_is_an_end(tmp_path: Path, words: str, why: str) -> None:
    (found,) = steps(tmp_path, {**FILES, "mk/more.mk": ""}, words)
    assert found == Dead(place=Place(path="ci.yml", line=7), why=why)


def test_a_directory_and_another_file_are_chosen(tmp_path: Path) -> None:
    files = {"docs/Makefile": "%: Makefile\n\t@sphinx-build -M $@ .\n", "ci.mk": "x:\n\ttox\n"}
    (found,) = steps(tmp_path, files, "make -sC docs html")
    assert isinstance(found, Script)
    assert (found.directory, found.lines) == ("docs", ((2, "sphinx-build -M html ."),))
    assert texts(steps(tmp_path, {}, "make -f ci.mk")) == [(2, "tox")]


def test_shell_flags_one_shell_and_ignored_failures(tmp_path: Path) -> None:
    text = "SHELL = bash\n.SHELLFLAGS = -eu -o pipefail -c\n.ONESHELL:\n.IGNORE: b\n"
    text += ".DEFAULT_GOAL := b\na:\n\t@one\n\ttwo\nb:\n\tthree\n"
    (found,) = steps(tmp_path, {"Makefile": text}, "make a")
    assert isinstance(found, Script)
    assert found.lines == ((7, "one"), (8, "two"))
    assert (found.errexit, found.pipefail, found.soft) == (True, True, ())
    (other,) = steps(tmp_path, {}, "make")
    assert isinstance(other, Script)
    assert other.soft == ("Makefile:4: .IGNORE",)
    (flagged,) = steps(tmp_path, {}, "make -i a")
    assert isinstance(flagged, Script)
    assert flagged.soft == ("ci.yml:7: make ignores errors (`-i`)",)


def test_a_later_recipe_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    text = "a:\n\tone\na:\n\ttwo\nb::\n\tthree\nb::\n\tfour\n"
    assert texts(steps(tmp_path, {"Makefile": text}, "make a b")) == [
        (4, "two"),
        (6, "three"),
        (8, "four"),
    ]


def test_an_open_condition_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"Makefile": "ifdef X\na:\n\tone"})
    found = expand(Call(words=("make",), place=Place(path="c", line=1)), reading)
    assert texts(found) == [(3, "one")]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("Makefile", 3)]


def test_variables_that_grow_without_end_are_cut_off(tmp_path: Path) -> None:
    text = "".join(f"v{n} = $(v{n + 1})$(v{n + 1})x\n" for n in range(60))
    text += "".join(f"w{n} := $(w{n - 1})$(w{n - 1})xx\n" for n in range(1, 60))
    text += "a:\n\techo $(v0) $(w59)\ninclude Makefile\n"
    (found,) = steps(tmp_path, {"Makefile": text}, "make")
    assert isinstance(found, Script)
    assert len(found.lines[0][1]) <= 40_000


PIECES = [
    "a", "%", ":", "::", "=", ":=", "+=", "$(a)", "$(call a,", "$(foreach x,", ")", "\n\t", "\n",
    "ifeq (", "else\n", "endif\n", "define a\n", "endef\n", "include ", "Makefile", "\\\n", ",",
    "$(patsubst %,", "$(subst ", "$(if ", "${", "}", "export ", ".PHONY: ", "|", ";", "$",
]  # fmt: skip


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=40).map("".join))
def test_no_text_makes_it_raise(tmp_path: Path, text: str) -> None:
    (tmp_path / "Makefile").write_text(text, encoding="utf-8", errors="replace")
    for words in (("make",), ("make", "a", "-k"), ("make", "a=1", text), ("make", "-C", text)):
        expand(Call(words=words, place=Place(path="c", line=1)), Reading(Tree(root=tmp_path)))
