from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci import circleci
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Through, Trigger
from tests.evidence.ci.conftest import lines, scripts
from tests.evidence.conftest import reading_of

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = ".circleci/config.yml"
BOTH = {Trigger.PUSH, Trigger.CHANGE}
ONE_JOB = """\
jobs:
  test:
    docker: [{image: cimg/python:3.12}]
    steps: [checkout, {run: pytest}]
"""


def jobs_of(tmp_path: Path, text: str) -> list[Job]:
    return list(circleci.jobs(reading_of(tmp_path, {CONFIG: text})))


def triggers_of(tmp_path: Path, workflows: str) -> list[set[Trigger]]:
    return [set(job.triggers) for job in jobs_of(tmp_path, ONE_JOB + workflows)]


def test_version_2_without_workflows_runs_build_and_nothing_else(tmp_path: Path) -> None:
    text = """\
version: 2
jobs:
  build:
    steps:
      - checkout
      - run:
          name: Tests
          command: |
            pip install tox
            tox
  other: {steps: [{run: flake8}]}
"""
    (job,) = jobs_of(tmp_path, text)
    assert (job.name, str(job.place)) == ("config.yml: build", f"{CONFIG}:3")
    assert job.triggers == BOTH
    assert lines(job) == [(9, "pip install tox"), (10, "tox")]
    (script,) = scripts(job)
    assert (script.errexit, script.pipefail) == (True, True)


def test_filters_and_schedules_say_when(tmp_path: Path) -> None:
    workflows = """\
workflows:
  w:
    jobs:
      - test
      - test: {filters: {branches: {only: main}}}
      - test: {filters: {branches: {ignore: main}}}
      - test: {filters: {tags: {only: '/^v.*/'}, branches: {ignore: '/.*/'}}}
      - test: {filters: {tags: {only: '/.*/'}}}
      - test: {filters: {branches: {only: '/pull\\/[0-9]+/'}}}
      - test: {filters: pipeline.git.branch == "main"}
  nightly:
    triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: [main]}}}}]
    jobs: [test]
"""
    assert triggers_of(tmp_path, workflows) == [
        BOTH,
        {Trigger.PUSH},
        BOTH,
        {Trigger.TAG},
        {*BOTH, Trigger.TAG},
        BOTH,
        {Trigger.PUSH},
        {Trigger.SCHEDULE},
    ]


def test_conditions_of_workflows_are_weighed(tmp_path: Path) -> None:
    workflows = """\
parameters:
  deploy: {type: boolean, default: false}
  nightly: {type: boolean, default: false}
  checks: {type: boolean, default: true}
workflows:
  a: {when: << pipeline.parameters.deploy >>, jobs: [test]}
  b: {when: << pipeline.parameters.nightly >>, jobs: [test]}
  c: {when: << pipeline.parameters.checks >>, jobs: [test]}
  d: {when: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}, jobs: [test]}
  e: {unless: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}, jobs: [test]}
  f: {when: {equal: [main, << pipeline.git.branch >>]}, jobs: [test]}
  g: {when: {not: {matches: {pattern: "^main$", value: << pipeline.git.branch >>}}}, jobs: [test]}
  h: {when: {and: [true, {or: [false, {not: true}]}]}, jobs: [test]}
"""
    assert triggers_of(tmp_path, workflows) == [
        {Trigger.MANUAL},
        {Trigger.SCHEDULE},
        BOTH,
        {Trigger.SCHEDULE},
        BOTH,
        {Trigger.PUSH},
        BOTH,
    ]


def test_what_waits_for_an_approval_is_manual(tmp_path: Path) -> None:
    workflows = """\
workflows:
  w:
    jobs:
      - test: {name: first}
      - hold: {type: approval, requires: [first]}
      - test: {name: second, requires: [hold]}
      - test: {name: third, requires: [second]}
"""
    assert triggers_of(tmp_path, workflows) == [BOTH, {Trigger.MANUAL}, {Trigger.MANUAL}]


def test_commands_with_parameters_and_conditions_are_expanded(tmp_path: Path) -> None:
    text = """\
version: 2.1
commands:
  check:
    parameters:
      tool: {type: string}
      args: {type: string, default: "."}
      after: {type: steps, default: []}
    steps:
      - run: << parameters.tool >> << parameters.args >>
      - steps: << parameters.after >>
      - when:
          condition: {equal: [mypy, << parameters.tool >>]}
          steps: [{run: mypy --version}]
jobs:
  lint:
    parameters: {first: {type: string, default: ruff}}
    steps:
      - check: {tool: << parameters.first >>, args: check}
      - check:
          tool: mypy
          after: [{run: coverage xml}]
workflows: {w: {jobs: [lint]}}
"""
    (job,) = jobs_of(tmp_path, text)
    first, second = job.steps
    assert isinstance(first, Through)
    assert isinstance(second, Through)
    assert (str(first.place), str(second.place)) == (f"{CONFIG}:18", f"{CONFIG}:19")
    assert lines(job) == [
        (9, "ruff check"),
        (9, "mypy ."),
        (21, "coverage xml"),
        (13, "mypy --version"),
    ]


def test_a_matrix_gives_the_values_that_are_used(tmp_path: Path) -> None:
    text = """\
version: 2.1
jobs:
  tox:
    parameters: {env: {type: string}, python: {type: string}}
    steps: [{run: tox -e << parameters.env >>}, {run: coverage report}]
workflows:
  w:
    jobs:
      - tox:
          matrix:
            parameters: {env: [lint, types], python: ["3.10", "3.11", "3.12"]}
"""
    (job,) = jobs_of(tmp_path, text)
    assert lines(job) == [(5, "tox -e lint"), (5, "coverage report"), (5, "tox -e types")]


def test_executors_bring_environment_shell_and_directory(tmp_path: Path) -> None:
    text = """\
version: 2.1
executors:
  python:
    parameters: {env: {type: string, default: py}}
    docker: [{image: python}]
    shell: /bin/sh
    working_directory: ~/repo
    environment: {TOXENV: << parameters.env >>, HOME_DIR: $HOME}
jobs:
  test:
    executor: {name: python, env: lint}
    environment: {CI: "1"}
    steps:
      - run: {command: tox, working_directory: ~/repo/sub, environment: {X: "2"}}
      - run: {command: tox, working_directory: /tmp, shell: bash -eo pipefail}
workflows: {w: {jobs: [test]}}
"""
    (job,) = jobs_of(tmp_path, text)
    first, second = scripts(job)
    assert first.env == {"TOXENV": "lint", "CI": "1", "X": "2"}
    assert (first.directory, first.errexit, first.pipefail) == ("sub", False, False)
    assert (second.directory, second.errexit, second.pipefail) == ("$/tmp", True, True)


def test_steps_after_a_failure_or_in_the_background_are_soft(tmp_path: Path) -> None:
    text = """\
version: 2
jobs:
  build:
    steps:
      - run:
          command: cat log
          when: on_fail
      - run:
          command: serve
          background: true
      - run: {command: pytest, when: always}
"""
    (job,) = jobs_of(tmp_path, text)
    assert [script.soft for script in scripts(job)] == [
        (f"{CONFIG}:7: when: on_fail: it runs only after a failure",),
        (f"{CONFIG}:10: background: true: nobody waits for it",),
        (),
    ]


def test_orbs_are_known_by_name_and_inline_ones_followed(tmp_path: Path) -> None:
    text = """\
version: 2.1
orbs:
  py: Circleci/Python@2.1.1
  own:
    commands: {check: {steps: [{run: mypy .}]}}
    jobs: {lint: {steps: [check, {run: ruff check}]}}
jobs:
  test:
    steps:
      - py/install-packages: {pkg-manager: poetry}
      - own/check
      - gone/it
      - nothing
workflows:
  w:
    jobs:
      - test
      - own/lint
      - py/test:
          name: With orb
          pkg-manager: pip
          post-steps: [{run: coverage xml}]
"""
    test, lint, orb = jobs_of(tmp_path, text)
    known, through, dead, unknown = test.steps
    assert isinstance(known, Known)
    assert (known.kind, known.name) == ("orb", "circleci/python/install-packages")
    assert known.options == {"pkg-manager": "poetry"}
    assert isinstance(through, Through)
    assert isinstance(dead, Dead)
    assert dead.why == f"gone/it: it is not defined in {CONFIG}"
    assert isinstance(unknown, Dead)
    assert lines(lint) == [(5, "mypy ."), (6, "ruff check")]
    first = orb.steps[0]
    assert isinstance(first, Known)
    assert (first.name, first.options) == ("circleci/python/test", {"pkg-manager": "pip"})
    assert lines(orb) == [(22, "coverage xml")]


def test_an_unknown_pipeline_value_does_not_start_a_here_document(tmp_path: Path) -> None:
    text = """\
version: 2
jobs:
  build:
    steps:
      - run: |
          echo << pipeline.git.revision >>
          pytest
"""
    (job,) = jobs_of(tmp_path, text)
    assert lines(job) == [(6, "echo ${pipeline_git_revision}"), (7, "pytest")]


def test_a_setup_goes_on_with_the_file_it_names(tmp_path: Path) -> None:
    setup = """\
version: 2.1
setup: true
orbs: {filter: circleci/path-filtering@1}
workflows:
  w:
    jobs:
      - filter/filter:
          config-path: .circleci/more.yml
"""
    more = """\
parameters: {run: {type: boolean, default: false}}
jobs: {test: {steps: [{run: pytest}]}}
workflows: {w: {when: << pipeline.parameters.run >>, jobs: [test]}}
"""
    reading = reading_of(tmp_path, {CONFIG: setup, ".circleci/more.yml": more})
    first, second = circleci.jobs(reading)
    assert isinstance(first.steps[0], Known)
    assert second.triggers == BOTH
    (through,) = second.steps
    assert isinstance(through, Through)
    assert str(through.place) == f"{CONFIG}:8"
    (script,) = through.steps
    assert isinstance(script, Script)
    assert script.path == ".circleci/more.yml"


def test_a_setup_that_makes_its_configuration_is_a_dead_end(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, "setup: true\nversion: 2.1\n")
    (dead,) = job.steps
    assert isinstance(dead, Dead)
    assert dead.why == "setup: the configuration that it goes on with is made when it runs"


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {CONFIG: "jobs:\n  build:\n   - a\n  b\n"})
    assert list(circleci.jobs(reading)) == []
    assert [(problem.path, problem.line) for problem in reading.problems] == [(CONFIG, 5)]


def test_recursion_and_explosion_end(tmp_path: Path) -> None:
    calls = "[" + ", ".join(["again"] * 9) + ", {run: pytest}]"
    text = f"""\
commands: {{again: {{steps: {calls}}}}}
jobs:
  build:
    steps: &steps [again, *steps, << parameters.x >>]
    parameters: {{x: {{default: << parameters.x >>}}}}
"""
    (job,) = jobs_of(tmp_path, text)
    assert job.name == "config.yml: build"


KEYS = st.sampled_from(
    """jobs workflows build steps run command when unless condition equal and not matches parameters
    default matrix executor executors environment orbs filters branches tags only requires type
    w commands setup triggers name""".split()
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.sampled_from(["build", "a/b", "<< parameters.a >>", "/(/", "approval", "true"])
    | st.none()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.dictionaries(KEYS, VALUES, max_size=6))
def test_nothing_that_yaml_can_say_raises(tmp_path: Path, value: dict[str, object]) -> None:
    for job in circleci.jobs(reading_of(tmp_path, {CONFIG: yaml.safe_dump(value)})):
        assert job.triggers
