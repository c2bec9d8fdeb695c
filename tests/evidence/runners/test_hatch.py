"""What a call of Hatch runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.hatch import expand
from pytest_boss_gates.evidence.steps import Call, Step, Through
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
[tool.hatch.envs.default.scripts]
test = "pytest {args:tests}"
cov = ["test --cov", "- coverage report"]

[tool.hatch.envs.lint]
detached = true
env-vars = { MODE = "ci" }
[tool.hatch.envs.lint.scripts]
style = "ruff check {args:.}"
types = "mypy {args:src}"
all = ["style", "- types"]

[tool.hatch.envs.py]
template = "lint"
extra-scripts = { more = "tox -e {matrix:v}" }
[[tool.hatch.envs.py.matrix]]
v = ["a", "b"]
python = ["3.12"]
"""
FILES = {"pyproject.toml": PYPROJECT}


def test_a_script_of_the_default_environment(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "hatch run test")) == ["pyproject.toml:2 pytest tests"]
    assert seen(steps_of(reading, "hatch run test -x")) == ["pyproject.toml:2 pytest -x"]
    assert seen(steps_of(reading, "hatch run cov")) == [
        "pyproject.toml:3 > pyproject.toml:2 pytest tests --cov",
        "~pyproject.toml:3 coverage report",
    ]


def test_an_environment_by_name_or_by_its_matrix(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    expected = ["pyproject.toml:9 ruff check .", "~pyproject.toml:10 mypy src"]
    hops = "pyproject.toml:11 > "
    expected = [hops + expected[0], "~" + hops + expected[1][1:]]
    for command in ("lint:all", "py.3.12:all", "+py=3.12 py:all"):
        steps = steps_of(reading, f"hatch run {command}")
        assert seen(steps) == expected
    assert first(steps).env == {"MODE": "ci"}
    assert seen(steps_of(reading, "hatch env run -e lint -- style src")) == [
        "pyproject.toml:9 ruff check src"
    ]
    assert seen(steps_of(reading, "hatch -e lint run style")) == ["pyproject.toml:9 ruff check ."]


def test_a_soft_script_says_where(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "hatch run lint:all")
    assert isinstance(steps[1], Through)
    assert first(steps[1:]).soft == ("pyproject.toml:11: a leading `-`",)


def test_values_of_the_matrix_are_put_in(tmp_path: Path) -> None:
    assert seen(steps_of(reading_of(tmp_path, FILES), "hatch run py:more")) == [
        "pyproject.toml:15 tox -e a",
        "pyproject.toml:15 tox -e b",
    ]


def test_a_detached_environment_inherits_nothing(tmp_path: Path) -> None:
    assert seen(steps_of(reading_of(tmp_path, FILES), "hatch run lint:test")) == ["ci.yml:7 test"]


def test_hatch_test_is_pytest_and_with_coverage(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"pyproject.toml": ""})
    assert seen(steps_of(reading, "hatch test -a")) == ["ci.yml:7 pytest tests"]
    assert seen(steps_of(reading, "hatch test --cover -py 3.12 tests/unit")) == [
        "ci.yml:7 coverage run -m pytest tests/unit",
        "ci.yml:7 coverage combine",
        "ci.yml:7 coverage report",
    ]
    assert steps_of(reading, "hatch test --show") == ()


def test_hatch_fmt_and_check_are_ruff_unless_replaced(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"pyproject.toml": ""})
    assert seen(steps_of(reading, "hatch fmt --check")) == [
        "ci.yml:7 ruff check .",
        "ci.yml:7 ruff format --check --diff .",
    ]
    assert seen(steps_of(reading, "hatch fmt -l")) == ["ci.yml:7 ruff check --fix ."]
    assert seen(steps_of(reading, "hatch check"))[-1] == "ci.yml:7 pyrefly check"
    assert seen(steps_of(reading, "hatch check code --fix")) == ["ci.yml:7 ruff check --fix ."]
    text = "[envs.hatch-static-analysis.scripts]\nformat-check = 'black --check .'\n"
    other = reading_of(tmp_path / "b", {"hatch.toml": text})
    assert seen(steps_of(other, "hatch fmt --check -f")) == ["hatch.toml:2 black --check ."]


def test_commands_and_unknown_environments(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "hatch run mypy src")) == ["ci.yml:7 mypy src"]
    assert steps_of(reading, "hatch build") == ()
    assert seen(steps_of(reading, "hatch run gone:x")) == [
        "ci.yml:7 DEAD hatch run gone:x: there is no environment gone in pyproject.toml"
    ]


def test_scripts_that_call_each_other_end(tmp_path: Path) -> None:
    text = "[tool.hatch.envs.default.scripts]\na = ['b', 'mypy']\nb = 'a'\n"
    reading = reading_of(tmp_path, {"pyproject.toml": text})
    assert seen(steps_of(reading, "hatch run a"))[-1] == "pyproject.toml:2 mypy"


def test_what_multiplies_itself_ends(tmp_path: Path) -> None:
    text = "[envs.default.scripts]\n"
    text += "".join(f"t{n} = ['t{n + 1} a', 't{n + 1} b']\n" for n in range(99))
    reading = reading_of(tmp_path, {"hatch.toml": text})
    assert len(steps_of(reading, "hatch run t0")) < 1000


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [
            "a",
            "scripts",
            "matrix",
            "template",
            "detached",
            "{args:x}",
            "- a",
            "{matrix:a}",
            "env-vars",
            "default-args",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "scripts",
                    "matrix",
                    "template",
                    "detached",
                    "{args:x}",
                    "- a",
                    "{matrix:a}",
                    "env-vars",
                    "default-args",
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
        tmp_path, {"hatch.toml": "[envs]\na = " + inline(value) + "\nhatch-test = " + inline(value)}
    )
    for command in ["hatch run a:a b", "hatch test -c", "hatch run a"]:
        assert isinstance(steps_of(reading, command), tuple)


OVERRIDDEN = """\
[tool.hatch.envs.default.scripts]
lint = "ruff check"

[tool.hatch.envs.test]
[tool.hatch.envs.test.scripts]
run = "pytest"
[[tool.hatch.envs.test.matrix]]
cover = ["no", "yes"]
[tool.hatch.envs.test.overrides]
matrix.cover.scripts = [
  {key = "run", value = "coverage run -m pytest", if = ["yes"]},
  {key = "more", value = ["mypy", "lint"]},
]

[tool.hatch.envs.docs]
template = "test"
"""


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "hatch run test:run",
            ["pyproject.toml:6 pytest", "pyproject.toml:11 coverage run -m pytest"],
        ),
        (
            "hatch run test:more",
            ["pyproject.toml:12 mypy", "pyproject.toml:12 > pyproject.toml:2 ruff check"],
        ),
        ("hatch run lint", ["pyproject.toml:2 ruff check"]),
    ],
)
def test_a_script_that_the_matrix_overrides_is_all_that_it_can_be(
    tmp_path: Path, command: str, expected: list[str]
) -> None:
    reading = reading_of(tmp_path, {"pyproject.toml": OVERRIDDEN})

    assert seen(steps_of(reading, command)) == expected


def test_an_override_leaves_the_scripts_that_it_was_taken_from_alone(tmp_path: Path) -> None:
    text = OVERRIDDEN.replace('key = "run"', 'key = "lint"')
    reading = reading_of(tmp_path, {"pyproject.toml": text})

    assert seen(steps_of(reading, "hatch run lint")) == ["pyproject.toml:2 ruff check"]
    assert seen(steps_of(reading, "hatch run test:lint")) == [
        "pyproject.toml:2 ruff check",
        "pyproject.toml:11 coverage run -m pytest",
    ]


@pytest.mark.parametrize(
    "overrides",
    [
        "matrix = 1",
        "matrix.a = 1",
        "matrix.a.scripts = 1",
        "matrix.a.scripts = [1, {}, {key = 1, value = 'x'}, {key = 'run'}]",
        "matrix.a.scripts = [{key = 'run', value = {a = 1}}]",
        "matrix.a.scripts = [{key = 'run', value = [1]}]",
        "platform.linux.scripts = [{key = 'run', value = 'x'}]",
    ],
)
def test_overrides_of_another_shape_change_nothing(tmp_path: Path, overrides: str) -> None:
    text = f"[envs.test.scripts]\nrun = 'pytest'\n[envs.test.overrides]\n{overrides}\n"
    reading = reading_of(tmp_path, {"hatch.toml": text})

    assert seen(steps_of(reading, "hatch run test:run")) == ["hatch.toml:2 pytest"]
