"""What a call of Pipenv runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.pipenv import expand
from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.steps import Call, Dead, Script, Step, Through
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def reading_of(root: Path, files: dict[str, str]) -> Reading:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Reading(Tree(root=root))


def steps_of(
    reading: Reading, command: str, directory: str = "", env: dict[str, str] | None = None
) -> tuple[Step, ...]:
    place = Place(path="ci.yml", line=7, text=command)
    words = tuple(command.split())
    return expand(Call(words=words, place=place, directory=directory, env=env or {}), reading)


def seen(steps: tuple[Step, ...], hops: str = "") -> list[str]:
    """Write steps down: ``hops > path:line command``, soft ones with a ``~`` before them."""
    found: list[str] = []
    for step in steps:
        if isinstance(step, Through):
            mark = f"{hops}{step.place} > " if step.place else hops
            found += [("~" if step.soft else "") + text for text in seen(step.steps, mark)]
        elif isinstance(step, Script):
            for command in commands_of(step).commands:
                soft = "~" if step.soft or command.soft else ""
                found.append(f"{soft}{hops}{step.path}:{command.line} {' '.join(command.words)}")
        elif isinstance(step, Dead):
            found.append(f"{hops}{step.place} DEAD {step.why}")
    return found


def first(steps: tuple[Step, ...]) -> Script:
    step = steps[0]
    while isinstance(step, Through):
        step = step.steps[0]
    assert isinstance(step, Script)
    return step


def inline(value: object) -> str:
    """Write a value as TOML, which has no null."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return json.dumps(value or "")


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
