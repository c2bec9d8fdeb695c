"""What a call of just runs, followed through a justfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.just import expand
from pytest_boss_gates.evidence.steps import Call, Script, Step
from pytest_boss_gates.model import Place
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import first, seen

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.evidence.reading import Reading


def steps_of(
    reading: Reading, command: str, directory: str = "", env: dict[str, str] | None = None
) -> tuple[Step, ...]:
    place = Place(path="ci.yml", line=7, text=command)
    words = tuple(command.split())
    return expand(Call(words=words, place=place, directory=directory, env=env or {}), reading)


JUSTFILE = """\
set shell := ["bash", "-euo", "pipefail", "-c"]
src := "src"
export COVERAGE := "yes"
flags := `git describe`

alias t := test

# what runs without a name
[group('ci')]
ci: lint (test "unit" "-x") && report

@lint path=src:
    ruff check {{path}}
    -mypy {{ path }} {{flags}}

test kind *options:
    cd tests && pytest tests/{{kind}} {{options}} \\
        --cov
    @-codecov upload

_quiet:
report:
    coverage report | tee out.txt

[script('bash')]
all:
    set +e
    bandit -r src
    true

py:
    #!/usr/bin/env python3
    print("pytest")

[windows]
win:
    flake8
"""


def test_the_first_recipe_runs_what_it_depends_on_before_and_after(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, {"justfile": JUSTFILE}), "just")
    assert seen(steps) == [
        "justfile:10 > justfile:13 ruff check src",
        "~justfile:10 > justfile:14 mypy src ${flags}",
        "justfile:10 > justfile:17 cd tests",
        "justfile:10 > justfile:17 pytest tests/unit -x --cov",
        "~justfile:10 > justfile:19 codecov upload",
        "justfile:10 > justfile:23 coverage report",
        "justfile:10 > justfile:23 tee out.txt",
    ]
    script = first(steps)
    assert (script.errexit, script.pipefail, script.env) == (True, True, {"COVERAGE": "yes"})


def test_a_leading_dash_is_soft_and_says_where(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, {"justfile": JUSTFILE}), "just lint app")
    assert [step.soft for step in steps if isinstance(step, Script)] == [
        (),
        ("justfile:14: a leading `-`",),
    ]
    assert seen(steps)[0] == "justfile:13 ruff check app"


def test_aliases_and_overrides_and_settings_on_the_command_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"justfile": JUSTFILE})
    assert seen(steps_of(reading, "just t api"))[1] == "justfile:17 pytest tests/api --cov"
    assert seen(steps_of(reading, "just src=lib lint")) == [
        "justfile:13 ruff check lib",
        "~justfile:14 mypy lib ${flags}",
    ]
    assert seen(steps_of(reading, "just --set src lib lint"))[0] == "justfile:13 ruff check lib"


def test_a_script_recipe_is_one_script_and_only_set_e_makes_it_stop(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, {"justfile": JUSTFILE}), "just all")
    assert seen(steps)[1] == "~justfile:28 bandit -r src"


def test_a_python_recipe_is_a_dead_end_and_a_windows_one_runs_nothing(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"justfile": JUSTFILE})
    assert seen(steps_of(reading, "just py")) == [
        "justfile:32 DEAD py is a script for /usr/bin/env python3, not for a shell"
    ]
    assert steps_of(reading, "just win") == ()


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"justfile": "a: b\n"})
    assert seen(steps_of(reading, "just lint")) == [
        "ci.yml:7 DEAD just lint: there is no recipe lint in justfile"
    ]
    assert seen(steps_of(reading, "just a")) == [
        "justfile:1 DEAD a needs b, which is no recipe in justfile"
    ]
    assert steps_of(reading, "just --list") == ()
    empty = reading_of(tmp_path / "none", {"a.txt": ""})
    assert seen(steps_of(empty, "just")) == ["ci.yml:7 DEAD just: there is no justfile"]


def test_imports_run_at_home_and_modules_in_their_directory(tmp_path: Path) -> None:
    files = {
        "justfile": "import 'ci/lint.just'\nmod docs\nmod? gone\nall: lint docs::build\n",
        "ci/lint.just": "lint:\n  ruff check\n",
        "docs/mod.just": "build:\n  sphinx-build . out\n",
    }
    reading = reading_of(tmp_path, files)
    steps = steps_of(reading, "just all")
    assert seen(steps) == [
        "justfile:4 > ci/lint.just:2 ruff check",
        "justfile:4 > docs/mod.just:2 sphinx-build . out",
    ]
    assert first(steps).directory == ""
    for command in ("just docs build", "just docs::build", "just docs"):
        steps = steps_of(reading, command)
        assert seen(steps) == ["docs/mod.just:2 sphinx-build . out"]
        assert first(steps).directory == "docs"


def test_it_is_found_above_and_by_its_options(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"Justfile": "a:\n\tmypy\n", "x/y.just": "b:\n\truff check\n"})
    assert first(steps_of(reading, "just a", "src/app")).directory == ""
    steps = steps_of(reading, "just -f x/y.just -d . b")
    assert (seen(steps), first(steps).directory) == (["x/y.just:2 ruff check"], "")


def test_a_recipe_that_needs_itself_ends(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path, {"justfile": "a: b\n  mypy\nb: a\n  ruff check\nimport 'justfile'"}
    )
    assert seen(steps_of(reading, "just a")) == [
        "justfile:1 > justfile:4 ruff check",
        "justfile:2 mypy",
    ]


def test_a_shebang_without_e_lets_only_the_last_command_decide(tmp_path: Path) -> None:
    text = "a:\n  #!/bin/sh\n  mypy\n  ruff check\nb:\n  #!/bin/bash -e\n  mypy\n  ruff check\n"
    reading = reading_of(tmp_path, {"justfile": text})
    assert seen(steps_of(reading, "just a")) == ["~justfile:3 mypy", "justfile:4 ruff check"]
    assert seen(steps_of(reading, "just b")) == ["justfile:7 mypy", "justfile:8 ruff check"]


def test_what_multiplies_itself_ends(tmp_path: Path) -> None:
    many = "\n".join(f"r{n}: (r{n + 1} 'a') (r{n + 1} 'b')" for n in range(500))
    many += "\na:\n" + "  echo {{\n" * 5000
    reading = reading_of(tmp_path, {"justfile": many})
    assert len(steps_of(reading, "just")) < 1000
    assert len(steps_of(reading, "just a")) == 5000


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet="ab:=(){}[]'\"`+*$@-&# \n\tif/,", max_size=200))
def test_no_text_makes_it_raise(tmp_path: Path, text: str) -> None:
    reading = reading_of(tmp_path, {"justfile": "a: b\n" + text})
    for command in ["just", "just a b", "just b::a"]:
        assert isinstance(steps_of(reading, command), tuple)
