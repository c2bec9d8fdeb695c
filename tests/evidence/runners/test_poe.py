"""What a call of poe runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.poe import expand
from pytest_boss_gates.evidence.steps import Call, Step, Through
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


PYPROJECT = """\
[tool.poe]
include = ["more.toml", { path = "web/poe.toml", cwd = "web" }]
env = { MODE = "ci" }

[tool.poe.tasks]
lint = "ruff check src"
types.cmd = "mypy src"
types.help = "check types"
all = ["lint", { cmd = "black --check ." }, "types --strict"]
serve = { script = "app.main:run" }
docs = { script = "sphinx.cmd.build:main" }
module = { script = "http.server" }
gone = ["missing"]
loop = ["loop", "lint"]

[tool.poe.tasks.test]
cmd = '''
  pytest
    --cov
  '''
cwd = "tests"
env = { A.default = "1" }

[tool.poe.tasks.soft]
ignore_fail = true
sequence = ["lint", "types"]

[tool.poe.tasks.strict]
ignore_fail = "return_non_zero"
default_item_type = "cmd"
sequence = ["flake8", "isort ."]

[tool.poe.tasks.sh]
shell = '''
mypy src
ruff check
'''

[tool.poe.tasks.pwsh]
shell = "print()"
interpreter = "python"

[tool.poe.tasks.pick]
control = { expr = "1" }
switch = [{ case = "1", cmd = "bandit -r src" }, { ref = "lint" }]

[tool.poe.tasks.named]
cmd = "pytest ${path} -k $key"
args = [{ name = "path", default = "tests", positional = true }, { name = "key", default = "a" }]
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "more.toml": "[tool.poe.tasks]\nlint = 'not this'\nextra = 'codespell'\n",
    "web/poe.toml": "[tool.poe.tasks]\nweb = 'npm test'\n",
}


def test_a_sequence_goes_through_its_items(tmp_path: Path) -> None:
    assert seen(steps_of(reading_of(tmp_path, FILES), "poe all")) == [
        "pyproject.toml:9 > pyproject.toml:6 ruff check src",
        "pyproject.toml:9 black --check .",
        "pyproject.toml:9 > pyproject.toml:7 mypy src --strict",
    ]


def test_lines_of_a_cmd_are_one_command_in_its_directory(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "poe test -x")
    assert seen(steps) == ["pyproject.toml:18 pytest --cov -x"]
    script = first(steps)
    assert (script.directory, script.env) == ("tests", {"MODE": "ci", "A": "1"})


def test_ignored_failures_are_soft_unless_they_are_returned(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    steps = steps_of(reading, "poe soft")
    assert seen(steps) == [
        "~pyproject.toml:26 > pyproject.toml:6 ruff check src",
        "~pyproject.toml:26 > pyproject.toml:7 mypy src",
    ]
    assert isinstance(steps[0], Through)
    assert steps[0].soft == ("pyproject.toml:25: ignore_fail: true",)
    assert seen(steps_of(reading, "poe strict")) == [
        "pyproject.toml:31 flake8",
        "pyproject.toml:31 isort .",
    ]


def test_a_shell_task_stops_at_no_failure(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "poe sh")) == [
        "~pyproject.toml:35 mypy src",
        "pyproject.toml:36 ruff check",
    ]
    assert seen(steps_of(reading, "poe pwsh")) == [
        "pyproject.toml:40 DEAD poe pwsh is a script for python, not for a shell"
    ]


def test_python_is_followed_where_it_is_a_known_module(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "poe docs -b html")) == [
        "pyproject.toml:11 python -m sphinx -b html"
    ]
    assert seen(steps_of(reading, "poe module")) == ["pyproject.toml:12 python -m http.server"]
    assert seen(steps_of(reading, "poe serve")) == [
        "pyproject.toml:10 DEAD poe serve calls app.main:run in Python"
    ]


def test_all_cases_of_a_switch_and_named_arguments(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "poe pick")) == [
        "pyproject.toml:45 bandit -r src",
        "pyproject.toml:45 > pyproject.toml:6 ruff check src",
    ]
    assert seen(steps_of(reading, "poe named unit --key=b")) == [
        "pyproject.toml:48 pytest unit -k b"
    ]


def test_included_files_and_other_directories(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "poe extra")) == ["more.toml:3 codespell"]
    assert first(steps_of(reading, "poe web")).directory == "web"
    assert seen(steps_of(reading, "poe -C .. lint", "src")) == ["pyproject.toml:6 ruff check src"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "poe nothing")) == [
        "ci.yml:7 DEAD poe nothing: there is no task nothing in pyproject.toml"
    ]
    assert seen(steps_of(reading, "poe gone")) == [
        "pyproject.toml:13 DEAD poe gone[0] refers to missing, which is no task"
    ]
    assert seen(steps_of(reading, "poe loop")) == [
        "pyproject.toml:14 > pyproject.toml:6 ruff check src"
    ]


def test_a_file_of_its_own_and_a_malformed_one(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"poe_tasks.yaml": "tasks:\n  lint:\n    cmd: ruff check\n"})
    assert seen(steps_of(reading, "poe lint")) == ["poe_tasks.yaml:3 ruff check"]
    bad = reading_of(tmp_path / "bad", {"pyproject.toml": "[tool.poe.tasks]\na = \n"})
    assert seen(steps_of(bad, "poe a"))[0].startswith("ci.yml:7 DEAD poe a: there are no tasks")
    assert [(problem.path, problem.line) for problem in bad.problems] == [("pyproject.toml", 2)]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [
            "a",
            "cmd",
            "shell",
            "sequence",
            "ref",
            "args",
            "env",
            "deps",
            "switch",
            "parallel",
            "include",
            "path",
            "ignore_fail",
            "cwd",
            "uses",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "cmd",
                    "shell",
                    "sequence",
                    "ref",
                    "args",
                    "env",
                    "deps",
                    "switch",
                    "parallel",
                    "include",
                    "path",
                    "ignore_fail",
                    "cwd",
                    "uses",
                ]
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
            "poe_tasks.yaml": json.dumps(
                {"tasks": {"a": value, "b": [value]}, "include": value, "env": value}
            )
        },
    )
    for command in ["poe a x", "poe b"]:
        assert isinstance(steps_of(reading, command), tuple)
