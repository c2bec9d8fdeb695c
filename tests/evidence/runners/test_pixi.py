"""What a call of Pixi runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.pixi import expand
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


PIXI = """\
[tasks]
lint = "ruff check"
all = { depends-on = ["lint", { task = "test", args = ["unit"] }], cmd = "echo done" }
test = { cmd = "pytest {{ kind }}", cwd = "app", env.A = "1", args = [{arg="kind", default="all"}] }
both = [{ task = "lint" }, { task = "gone" }]
loop = { depends-on = "loop", cmd = "mypy" }

[target.win-64.tasks]
lint = "flake8"

[feature.docs.tasks.docs]
cmd = "sphinx-build . out"
"""
FILES = {"pixi.toml": PIXI}


def test_a_task_runs_what_it_depends_on_first(tmp_path: Path) -> None:
    assert seen(steps_of(reading_of(tmp_path, FILES), "pixi run all")) == [
        "pixi.toml:3 > pixi.toml:2 ruff check",
        "pixi.toml:3 > pixi.toml:4 pytest unit",
        "pixi.toml:3 echo done",
    ]


def test_arguments_directories_and_features(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    steps = steps_of(reading, "pixi run -e docs test", "app/inner")
    assert seen(steps) == ["pixi.toml:4 pytest all"]
    assert (first(steps).directory, first(steps).env) == ("app", {"A": "1"})
    assert seen(steps_of(reading, "pixi run lint src")) == ["pixi.toml:2 ruff check src"]
    assert seen(steps_of(reading, "pixi run --locked docs")) == ["pixi.toml:12 sphinx-build . out"]


def test_another_name_is_a_command(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "pixi run mypy src")) == ["ci.yml:7 mypy src"]
    assert steps_of(reading, "pixi install") == ()


def test_missing_and_circular_tasks_end(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "pixi run both")) == [
        "pixi.toml:5 > pixi.toml:2 ruff check",
        "pixi.toml:5 DEAD pixi run both depends on gone, which is no task",
    ]
    assert seen(steps_of(reading, "pixi run loop")) == ["pixi.toml:6 mypy"]


def test_it_may_stand_in_pyproject(tmp_path: Path) -> None:
    text = "[tool.pixi.tasks]\nlint = 'ruff check'\n"
    reading = reading_of(tmp_path, {"pyproject.toml": text})
    assert seen(steps_of(reading, "pixi run lint")) == ["pyproject.toml:2 ruff check"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["a", "cmd", "depends-on", "task", "args", "arg", "env", "cwd", "{{ a }}"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["a", "cmd", "depends-on", "task", "args", "arg", "env", "cwd", "{{ a }}"]
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
        tmp_path, {"pixi.toml": "feature = " + inline(value) + "\n[tasks]\na = " + inline(value)}
    )
    for command in ["pixi run a b", "pixi run -e x a"]:
        assert isinstance(steps_of(reading, command), tuple)
