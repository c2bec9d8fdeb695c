"""What a call of Pipenv runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.pipenv import expand
from pytest_boss_gates.evidence.steps import Call, Step
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


FILES = {
    "Pipfile": "[scripts]\nlint = 'ruff check'\ntests = {cmd = 'pytest'}\n"
    "main = {call = 'a:b'}\nbad = 3\n"
}


def test_a_script_with_its_arguments(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "pipenv run lint src", "app")
    assert (seen(steps), first(steps).directory) == (["Pipfile:2 ruff check src"], "app")
    assert seen(steps_of(reading_of(tmp_path, FILES), "pipenv run tests")) == ["Pipfile:3 pytest"]


def test_another_name_is_a_command_and_other_commands_run_nothing(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "pipenv --quiet run mypy src")) == ["ci.yml:7 mypy src"]
    assert steps_of(reading, "pipenv install --dev") == ()


def test_what_is_not_followed_is_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "pipenv run main")) == [
        "Pipfile:4 DEAD pipenv run main calls a:b in Python"
    ]
    assert seen(steps_of(reading, "pipenv run bad")) == [
        "ci.yml:7 DEAD pipenv run bad: the script bad in Pipfile is not understood"
    ]


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"Pipfile": "[scripts]\na = \n"})
    assert seen(steps_of(reading, "pipenv run a")) == ["ci.yml:7 a"]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("Pipfile", 2)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "cmd", "call", "x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "cmd", "call", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES)
def test_no_value_makes_it_raise(tmp_path: Path, value: object) -> None:
    reading = reading_of(tmp_path, {"Pipfile": "[scripts]\na = " + inline(value)})
    for command in ["pipenv run a b", "pipenv run"]:
        assert isinstance(steps_of(reading, command), tuple)
