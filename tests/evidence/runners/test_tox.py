"""tox: from a call to the commands of the environments, each on its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.tox import expand
from pytest_boss_gates.evidence.runners.tox_values import names_of
from pytest_boss_gates.evidence.steps import Call, Dead, Script
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.steps import Step


def steps(
    root: Path, files: Mapping[str, str], words: str, path: str = "ci.yml", **env: str
) -> tuple[Step, ...]:
    place = Place(path=path, line=7)
    call = Call(words=tuple(words.split()), place=place, env=env)
    return expand(call, reading_of(root, files))


INI = """\
[tox]
envlist = py{39,310}-{a,b}, lint
labels =
    static = lint, types

[testenv]
commands_pre = python -m pip list
commands =
    a: pytest -m a {posargs:tests}  # the short ones
    b,!py39: pytest \\
        -m b
    !a: coverage report
setenv =
    MODE = fast
    a: LETTER = a

[testenv:lint]
commands_pre =
change_dir = src
ignore_outcome = true
commands =
    ruff check .
    - black --check {toxinidir}
    ! grep FIXME

[testenv:types]
commands = {[testenv:lint]commands} {env:FLAGS:--strict}
    mypy {env:WHERE:{envname}} {envbindir}/x {posargs}

[base]
command = flake8
    isort --check .

[testenv:{old,older}]
base = testenv:lint
commands =
    {[base]command}
commands_post = {envbindir}/coverage xml
"""


def test_an_environment_runs_its_lines_with_the_conditions_that_hold(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox -e py39-a")
    assert texts(found) == [(7, "python -m pip list"), (9, "pytest -m a tests")]
    script = found[1]
    assert isinstance(script, Script)
    assert (script.path, script.directory, script.soft) == ("tox.ini", "", ())
    assert script.env == {"MODE": "fast", "LETTER": "a"}


def test_a_negated_condition_and_a_continued_line(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox run -e py310-b")
    assert texts(found)[1:] == [(10, "pytest -m b"), (12, "coverage report")]


def test_posargs_take_the_place_of_their_default(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox -e py39-a -- -k slow")
    assert texts(found)[1] == (9, "pytest -m a -k slow")


def test_marks_and_ignored_outcomes_are_soft(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox -e lint")
    outcome = "tox.ini:20: ignore_outcome: true"
    assert [step.soft for step in found if isinstance(step, Script)] == [
        (outcome,),
        (outcome, "tox.ini:23: a leading `-` ignores the failure"),
        (outcome, "tox.ini:24: negated (`!`)"),
    ]
    assert texts(found) == [(22, "ruff check ."), (23, "black --check //"), (24, "grep FIXME")]
    assert {step.directory for step in found if isinstance(step, Script)} == {"src"}


def test_references_bring_the_commands_of_other_sections(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox -e older")
    assert texts(found) == [(31, "flake8"), (32, "isort --check ."), (38, "coverage xml")]
    assert isinstance(found[0], Script)
    assert found[0].directory == "src"


def test_substitutions_have_defaults_in_defaults(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox -e types", WHERE="lib")
    assert texts(found)[-1] == (28, "mypy lib x")
    assert texts(steps(tmp_path, {}, "tox -e types"))[-1] == (28, "mypy types x")


def test_a_command_sees_the_variables_that_its_environment_sets(tmp_path: Path) -> None:
    text = (
        "[testenv]\ncommands = {env:CMD:pytest} -q\nset_env =\n  x: CMD = coverage run -m pytest\n"
    )
    text += "[testenv:x]\n"
    assert texts(steps(tmp_path, {"tox.ini": text}, "tox -e py,x")) == [
        (2, "pytest -q"),
        (2, "coverage run -m pytest -q"),
    ]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("tox", {7, 9, 10, 12, 22, 23, 24}),
        ("tox p -m static", {7, 22, 27, 28}),
        ("tox -f lint", {22, 23, 24}),
        ("tox -e py39-a,lint", {7, 9, 22, 23, 24}),
        ("tox -e py39-a -e lint", {7, 9, 22, 23, 24}),
        ("tox -vve lint", {22, 23, 24}),
        ("tox -e py --skip-env p.", set()),
    ],
)
def test_environments_are_chosen(tmp_path: Path, words: str, lines: set[int]) -> None:
    found = {line for line, _ in texts(steps(tmp_path, {"tox.ini": INI}, words))}
    assert lines <= found
    assert lines or not found


@pytest.mark.parametrize("words", ["tox -l", "tox devenv -e lint", "tox config", "tox --notest"])
def test_some_calls_run_nothing(tmp_path: Path, words: str) -> None:
    assert steps(tmp_path, {"tox.ini": INI}, words) == ()


def test_exec_runs_what_is_behind_the_dashes(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox exec -e lint -- mypy src")
    assert texts(found) == [(7, "mypy src")]


def test_toxenv_chooses_and_the_command_line_wins(tmp_path: Path) -> None:
    assert texts(steps(tmp_path, {"tox.ini": INI}, "tox", TOXENV="lint"))[0][0] == 22
    assert texts(steps(tmp_path, {}, "tox -e py39-a", TOXENV="lint"))[0][0] == 7


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("tox -e docs", "tox -e docs: there is no environment docs in tox.ini"),
        (
            "tox -e ${WHICH}",
            "tox -e ${WHICH}: which environment that is would only be known in a run",
        ),
        ("tox -c other.ini", "tox -c other.ini: there is no tox configuration in other.ini"),
    ],
)
def test_what_cannot_be_followed_is_an_end(tmp_path: Path, words: str, why: str) -> None:
    (found,) = steps(tmp_path, {"tox.ini": INI}, words)
    assert found == Dead(place=Place(path="ci.yml", line=7), why=why)


def test_an_unknown_version_stands_for_the_environments_it_can_mean(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.ini": INI}, "tox -e py${PY}-a")
    assert [line for line, _ in texts(found)] == [7, 9, 7, 9, 10]


def test_github_runs_the_environments_that_are_mapped(tmp_path: Path) -> None:
    text = "[tox]\nenvlist = py39,py310,docs\n[gh-actions]\npython =\n  3.9: py39\n"
    text += "[testenv]\ncommands =\n  pytest\n  docs: sphinx-build docs out\n"
    files = {"tox.ini": text}
    assert texts(steps(tmp_path, files, "tox", path=".github/workflows/ci.yml")) == [(8, "pytest")]
    assert len(texts(steps(tmp_path, {}, "tox"))) == 4


def test_setup_cfg_and_the_legacy_text_have_their_own_lines(tmp_path: Path) -> None:
    cfg = "[metadata]\nname = x\n[tox:tox]\nenvlist = py\n[testenv]\ncommands = pytest\n"
    assert texts(steps(tmp_path / "a", {"setup.cfg": cfg}, "tox")) == [(6, "pytest")]
    legacy = '[tool.tox]\nlegacy_tox_ini = """\n[tox]\nenvlist = py\n\n[testenv]\ncommands =\n'
    legacy += '    pytest\n    mypy\n"""\n'
    found = steps(tmp_path / "b", {"pyproject.toml": legacy}, "tox")
    assert texts(found) == [(8, "pytest"), (9, "mypy")]


TOML = """\
env_list = ["lint", { product = [{ prefix = "3.", start = 12, stop = 13 }, ["x", "y"]] }]

[env_run_base]
change_dir = "src"
commands = [
    ["pytest", { replace = "posargs", default = ["tests"], extend = true }],
    ["-", "coverage", "xml"],
]

[env.lint]
ignore_outcome = true
set_env = { A = "1", B = "{env:HOME}" }
commands = [
    ["ruff", "check", { replace = "env", name = "ARGS", default = "." }],
    { replace = "ref", of = ["env", "types", "commands"], extend = true },
]

[env.types]
base = []
commands = [["mypy", "-p", "{env_name}"]]

[env_base.min]
factors = ["a", "b"]
commands = [["pytest", "--min"]]
"""


def test_a_toml_file_has_commands_as_lists(tmp_path: Path) -> None:
    found = steps(tmp_path, {"tox.toml": TOML}, "tox")
    assert texts(found) == [
        (14, "ruff check ."),
        (20, "mypy -p lint"),
        *[(6, "pytest tests"), (7, "coverage xml")] * 4,
    ]
    lint, last = found[0], found[-1]
    assert isinstance(lint, Script)
    assert isinstance(last, Script)
    assert (lint.env, lint.directory) == ({"A": "1"}, "src")
    assert lint.soft == ("tox.toml:11: ignore_outcome: true",)
    assert last.soft == ("tox.toml:7: a leading `-` ignores the failure",)
    assert texts(steps(tmp_path, {}, "tox -e min-b")) == [(24, "pytest --min")]


def test_pyproject_has_the_same_below_its_table(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.tox]\nenv_list = ["py"]\n[tool.tox.env_run_base]\n'
    text += 'commands = [["pytest", "-q"]]\n'
    assert texts(steps(tmp_path, {"pyproject.toml": text}, "tox")) == [(6, "pytest -q")]


def test_the_nearest_configuration_above_counts(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"tox.ini": INI, "sub/x.py": ""})
    call = Call(words=("tox", "-e", "lint"), place=Place(path="ci.yml", line=1), directory="sub")
    assert texts(expand(call, reading))[0] == (22, "ruff check .")


def test_a_file_that_is_no_ini_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"tox.ini": "# x\nhello\n[testenv]\ncommands = pytest\n"})
    call = Call(words=("tox", "-e", "py"), place=Place(path="ci.yml", line=1))
    assert texts(expand(call, reading)) == [(4, "pytest")]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("tox.ini", 2)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("py{39,310}-{a,b}, lint", ["py39-a", "py39-b", "py310-a", "py310-b", "lint"]),
        ("py3{10-12}", ["py310", "py311", "py312"]),
        ("{py38, py39}-x\n  docs", ["py38-x", "py39-x", "docs"]),
        ("py{,3}", ["py", "py3"]),
    ],
)
def test_names_are_generated(text: str, names: list[str]) -> None:
    assert names_of(text) == names


def test_settings_that_grow_without_end_are_cut_off(tmp_path: Path) -> None:
    digits = ",".join(map(str, range(100)))
    names = "-".join(f"{{{digits}}}" for _ in range(6))
    text = (
        f"[tox]\nenvlist = {names}\n[testenv]\ncommands = {{commands}} {{a}}{{a}}\na = {{a}}{{a}}"
    )
    assert len(steps(tmp_path, {"tox.ini": text}, "tox")) <= 400


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.lists(
        st.sampled_from(
            ["[tox]\n", "[testenv]\n", "[testenv:x]\n", "commands=", "env_list=", "{", "}", "\\\n"]
        )
        | st.sampled_from(["{posargs:", "{[testenv]commands}", ":", "py{1,2}", "\n  ", "a: ", "!"])
        | st.text(max_size=8),
        max_size=40,
    ).map("".join)
)
def test_no_text_makes_it_raise(tmp_path: Path, text: str) -> None:
    (tmp_path / "tox.ini").write_text(text, encoding="utf-8", errors="replace")
    for words in (("tox",), ("tox", "-e", "x,py1"), ("tox", text)):
        expand(Call(words=words, place=Place(path="c", line=1)), Reading(Tree(root=tmp_path)))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["replace", "of", "default", "product", "prefix", "start", "base", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES, key=st.sampled_from(["env_list", "env", "env_run_base", "env_base", "labels"]))
def test_no_toml_value_makes_it_raise(tmp_path: Path, value: object, key: str) -> None:
    import json

    def toml(part: object) -> str:
        if isinstance(part, dict):
            pairs = ", ".join(f"{name} = {toml(inner)}" for name, inner in part.items())
            return f"{{ {pairs} }}"
        if isinstance(part, list):
            return f"[{', '.join(map(toml, part))}]"
        return json.dumps(part if part is not None else "").replace("\\u007f", "")

    text = f"x = {toml(value)}\n{key} = {toml(value)}\n"
    text += f"[env.y]\ncommands = {toml(value)}\n" if key != "env" else ""
    (tmp_path / "tox.toml").write_text(text, encoding="utf-8", errors="replace")
    for words in (("tox",), ("tox", "-e", "y,x"), ("tox", "-m", "x")):
        expand(Call(words=words, place=Place(path="c", line=1)), Reading(Tree(root=tmp_path)))
