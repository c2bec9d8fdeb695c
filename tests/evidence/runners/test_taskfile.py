"""What a call of go-task runs, followed through a Taskfile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.taskfile import expand
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


TASKFILE = """\
version: '3'
vars:
  SRC: src
  SHA: {sh: git rev-parse HEAD}
env: {CI: '1'}
includes:
  docs: ./docs
  lib: {taskfile: lib.yml, dir: library, aliases: [l]}
tasks:
  default:
    deps: [lint, {task: test, vars: {KIND: unit}}]
    cmds:
      - task: docs:build
      - cmd: bandit -r {{.SRC}}
        ignore_error: true
  lint: ruff check {{.SRC}} {{.SHA}}
  test:
    dir: tests
    env: {MODE: fast}
    cmds:
      - |
        pytest {{.KIND | default "all"}} {{.CLI_ARGS}}
        coverage report
      - for: [a, b]
        cmd: echo {{.ITEM}}
  soft:
    ignore_error: true
    cmd: mypy {{.SRC}}
  win:
    platforms: [windows]
    cmds: [flake8]
  loop:
    cmds: [{task: loop}, mypy]
"""
FILES = {
    "Taskfile.yml": TASKFILE,
    "docs/Taskfile.yaml": "tasks:\n  build:\n    - sphinx-build . out\n    - task: :lint\n",
    "lib.yml": "tasks:\n  check:\n    cmds:\n      - task: inner\n  inner: pyright\n",
}


def test_the_default_task_runs_its_needs_and_calls(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    steps = steps_of(reading, "task")
    assert seen(steps) == [
        "Taskfile.yml:11 > Taskfile.yml:16 ruff check src ${SHA}",
        "Taskfile.yml:11 > Taskfile.yml:22 pytest unit",
        "Taskfile.yml:11 > Taskfile.yml:23 coverage report",
        "Taskfile.yml:11 > Taskfile.yml:25 echo a",
        "Taskfile.yml:11 > Taskfile.yml:25 echo b",
        "Taskfile.yml:13 > docs/Taskfile.yaml:3 sphinx-build . out",
        "Taskfile.yml:13 > docs/Taskfile.yaml:4 > Taskfile.yml:16 ruff check src ${SHA}",
        "~Taskfile.yml:14 bandit -r src",
    ]
    assert not reading.problems


def test_ignored_errors_are_soft_and_say_where(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "task soft")
    assert first(steps).soft == ("Taskfile.yml:27: ignore_error: true",)


def test_directory_environment_and_words_behind_two_dashes(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "task test KIND=api -- -x --lf")
    script = first(steps)
    assert seen(steps)[0] == "Taskfile.yml:22 pytest api -x --lf"
    assert (script.directory, script.env) == ("tests", {"CI": "1", "MODE": "fast"})
    assert script.errexit


def test_included_tasks_run_where_the_include_says(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    for command in ("task lib:check", "task l:check"):
        steps = steps_of(reading, command)
        assert seen(steps) == ["lib.yml:4 > lib.yml:5 pyright"]
        assert first(steps).directory == "library"


def test_other_platforms_and_unknown_tasks(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert steps_of(reading, "task win") == ()
    assert steps_of(reading, "task --list") == ()
    assert seen(steps_of(reading, "task nothing")) == [
        "ci.yml:7 DEAD task nothing: there is no task nothing in Taskfile.yml"
    ]
    assert seen(steps_of(reading, "task loop")) == ["Taskfile.yml:33 mypy"]


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"Taskfile.yml": "tasks:\n  a: [\n"})
    assert seen(steps_of(reading, "task a")) == [
        "ci.yml:7 DEAD task a: Taskfile.yml is not understood"
    ]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("Taskfile.yml", 3)]


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    text = "includes: {me: ./Taskfile.yml}\ntasks: {a: mypy}\n"
    reading = reading_of(tmp_path, {"Taskfile.yml": text})
    assert seen(steps_of(reading, "task me:me:a")) == ["Taskfile.yml:2 mypy"]


def test_what_multiplies_itself_ends(tmp_path: Path) -> None:
    values = "".join(f"  v{n}: '{{{{.v{n - 1}}}}}{{{{.v{n - 1}}}}}'\n" for n in range(1, 99))
    tasks = "".join(f"  t{n}: {{deps: [t{n + 1}, t{n + 1}]}}\n" for n in range(99))
    text = f"vars:\n  v0: xxxxxxxx\n{values}tasks:\n  a: echo {{{{.v98}}}}\n{tasks}"
    reading = reading_of(tmp_path, {"Taskfile.yml": text})
    assert "too_long" in seen(steps_of(reading, "task a"))[0]
    assert isinstance(steps_of(reading, "task t0"), tuple)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [
            "a",
            "cmds",
            "cmd",
            "task",
            "deps",
            "for",
            "vars",
            "includes",
            "taskfile",
            "tasks",
            "{{.a}}",
            "defer",
            "ref",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "cmds",
                    "cmd",
                    "task",
                    "deps",
                    "for",
                    "vars",
                    "includes",
                    "taskfile",
                    "tasks",
                    "{{.a}}",
                    "defer",
                    "ref",
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
        {"Taskfile.yml": "tasks: " + json.dumps({"a": value}) + "\nincludes: " + json.dumps(value)},
    )
    for command in ["task a", "task", "task a:a"]:
        assert isinstance(steps_of(reading, command), tuple)
