"""What a call of a JavaScript package manager runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.npm import expand
from pytest_boss_gates.evidence.steps import Call, Step
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


PACKAGE = """\
{
  "name": "app",
  "workspaces": ["packages/*"],
  "scripts": {
    "prelint": "echo first",
    "lint": "eslint . && prettier --check .",
    "test": "jest",
    "lint:py": "ruff check",
    "lint:js": "eslint .",
    "all": "run-s lint:*",
    "prepare": "husky"
  },
  "lint": "no script"
}
"""
FILES = {
    "package.json": PACKAGE,
    "packages/ui/package.json": '{"name": "@x/ui", "scripts": {"build": "vite build"}}',
}


def test_a_script_runs_between_its_hooks(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    expected = [
        "package.json:5 echo first",
        "package.json:6 eslint .",
        "package.json:6 prettier --check .",
    ]
    for command in ("npm run lint", "yarn lint", "yarn run lint", "pnpm lint", "bun run lint"):
        assert seen(steps_of(reading, command)) == expected


def test_tests_have_short_names_and_arguments(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    for command in (
        "npm test -- --ci",
        "npm t -- --ci",
        "yarn test --ci",
        "npm run -s test -- --ci",
    ):
        assert seen(steps_of(reading, command)) == ["package.json:7 jest --ci"]


def test_directories_and_workspaces(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    for command in (
        "npm --prefix packages/ui run build",
        "npm run build --workspace=@x/ui",
        "npm run build -w packages/ui",
        "pnpm -C packages/ui build",
        "pnpm --filter @x/ui run build",
        "pnpm -r build",
        "yarn workspace @x/ui build",
        "yarn workspaces run build",
        "yarn --cwd packages/ui build",
    ):
        steps = steps_of(reading, command)
        assert seen(steps) == ["packages/ui/package.json:1 vite build"], command
        assert first(steps).directory == "packages/ui"


def test_several_scripts_by_a_pattern(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    expected = ["package.json:8 ruff check", "package.json:9 eslint ."]
    for command in ("run-s lint:*", "npm-run-all --parallel lint:*", "concurrently npm:lint:*"):
        assert seen(steps_of(reading, command)) == expected
    assert seen(steps_of(reading, "concurrently -n a,b mypy")) == ["ci.yml:7 mypy"]
    assert seen(steps_of(reading, "concurrently --success first mypy")) == ["~ci.yml:7 mypy"]


def test_an_installation_runs_its_own_scripts(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "npm ci")) == ["package.json:11 husky"]
    assert steps_of(reading, "npm ci --ignore-scripts") == ()
    assert steps_of(reading, "npm audit") == ()


def test_what_is_no_script(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "npm run gone")) == [
        "ci.yml:7 DEAD npm run gone: there is no script gone in package.json"
    ]
    assert steps_of(reading, "npm run gone --if-present") == ()
    assert seen(steps_of(reading, "yarn eslint src")) == ["ci.yml:7 eslint src"]
    assert seen(steps_of(reading, "pnpm exec eslint src")) == ["ci.yml:7 eslint src"]


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"package.json": '{\n"scripts": {,}\n}'})
    assert seen(steps_of(reading, "npm run a"))[0].startswith("ci.yml:7 DEAD")
    assert [(problem.path, problem.line) for problem in reading.problems] == [("package.json", 2)]


def test_a_file_is_parsed_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    steps_of(reading, "npm run gone")
    assert isinstance(reading.json("package.json"), dict)
    assert reading.json("package.json") is reading.json("package.json")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["a", "scripts", "workspaces", "packages", "name", "*", "**/x", "prea"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["a", "scripts", "workspaces", "packages", "name", "*", "**/x", "prea"]
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
        {
            "package.json": json.dumps(
                value if isinstance(value, dict) else {"scripts": value, "workspaces": value}
            )
        },
    )
    for command in ["npm run a", "npm run a -w x", "run-s a*", "pnpm -r a"]:
        assert isinstance(steps_of(reading, command), tuple)
