"""What a call of PDM runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.pdm import expand
from pytest_boss_gates.evidence.steps import Call, Script, Step
from pytest_boss_gates.model import Place
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import first, inline, seen

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.evidence.reading import Reading


def steps_of(
    reading: Reading, command: str, directory: str = "", env: dict[str, str] | None = None
) -> tuple[Step, ...]:
    place = Place(path="ci.yml", line=7, text=command)
    words = tuple(command.split())
    return expand(Call(words=words, place=place, directory=directory, env=env or {}), reading)


PYPROJECT = """\
[tool.pdm.scripts]
_.env = { CI = "1" }
lint = "ruff check {args:src}"
pre_test = "echo before"
test = { cmd = ["pytest", "--cov"], env = { A = "b" }, working_dir = "app" }
post_test.shell = "coverage report || true"
all = { composite = ["lint", "mypy src", "test -x"], keep_going = true }
main = { call = "app.main:run" }
loop = { composite = ["loop", "lint"] }
post_build = "twine check dist/*"
"""
FILES = {"pyproject.toml": PYPROJECT}


def test_a_script_runs_between_its_hooks(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "pdm run test -x")
    assert seen(steps) == [
        "pyproject.toml:4 echo before",
        "pyproject.toml:5 pytest --cov -x",
        "~pyproject.toml:6 coverage report",
        "pyproject.toml:6 true",
    ]
    assert isinstance(steps[1], Script)
    assert (steps[1].directory, steps[1].env) == ("app", {"CI": "1", "A": "b"})


def test_arguments_go_to_their_mark(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "pdm lint")) == ["pyproject.toml:3 ruff check src"]
    assert seen(steps_of(reading, "pdm run lint a b")) == ["pyproject.toml:3 ruff check a b"]


def test_a_composite_mixes_scripts_and_commands_and_still_fails(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "pdm run -s all")
    assert seen(steps) == [
        "pyproject.toml:7 > pyproject.toml:3 ruff check src",
        "pyproject.toml:7 mypy src",
        "pyproject.toml:7 > pyproject.toml:4 echo before",
        "pyproject.toml:7 > pyproject.toml:5 pytest --cov -x",
        "~pyproject.toml:7 > pyproject.toml:6 coverage report",
        "pyproject.toml:7 > pyproject.toml:6 true",
    ]


def test_another_name_is_a_command(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "pdm run -v mypy src", "lib")
    assert seen(steps) == ["ci.yml:7 mypy src"]
    assert (first(steps).directory, first(steps).env) == ("lib", {"CI": "1"})
    empty = reading_of(tmp_path / "none", {"a.txt": ""})
    assert seen(steps_of(empty, "pdm run pytest")) == ["ci.yml:7 pytest"]


def test_built_in_commands_run_only_their_hooks(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert steps_of(reading, "pdm install") == ()
    assert seen(steps_of(reading, "pdm build")) == [
        "pyproject.toml:10 twine check 'dist/*'".replace("'", "")
    ]
    assert seen(steps_of(reading, "pdm nothing")) == [
        "ci.yml:7 DEAD pdm nothing: there is no script nothing in pyproject.toml"
    ]


def test_python_and_recursion_end(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "pdm run main")) == [
        "pyproject.toml:8 DEAD pdm run main calls app.main:run in Python"
    ]
    assert seen(steps_of(reading, "pdm run loop")) == [
        "pyproject.toml:9 > pyproject.toml:3 ruff check src"
    ]


def test_what_multiplies_itself_ends(tmp_path: Path) -> None:
    text = "[tool.pdm.scripts]\n"
    for n in range(99):
        text += f"t{n} = {{ composite = ['t{n + 1} {{args}} {{args}}', 't{n + 1}'] }}\n"
    reading = reading_of(tmp_path, {"pyproject.toml": text})
    assert isinstance(steps_of(reading, "pdm run t0 a b"), tuple)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        ["a", "cmd", "shell", "composite", "call", "env", "_", "pre_a", 'x \\" y', "{args}"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["a", "cmd", "shell", "composite", "call", "env", "_", "pre_a", 'x \\" y', "{args}"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES)
def test_no_value_makes_it_raise(tmp_path: Path, value: object) -> None:
    reading = reading_of(
        tmp_path,
        {"pyproject.toml": "[tool.pdm.scripts]\na = " + inline(value) + "\n_ = " + inline(value)},
    )
    for command in ["pdm run a b", "pdm a", "pdm run _"]:
        assert isinstance(steps_of(reading, command), tuple)
