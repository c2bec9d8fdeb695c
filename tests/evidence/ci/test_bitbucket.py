from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci import bitbucket
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Trigger
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

FILE = "bitbucket-pipelines.yml"
BOTH = {Trigger.PUSH, Trigger.CHANGE}


def reading_of(tmp_path: Path, text: str) -> Reading:
    (tmp_path / FILE).write_text(text)
    return Reading(Tree(root=tmp_path))


def jobs_of(tmp_path: Path, text: str) -> dict[str, Job]:
    found = list(bitbucket.jobs(reading_of(tmp_path, text)))
    return {job.name.partition(": ")[2]: job for job in found}


def test_each_start_condition_has_its_occasions(tmp_path: Path) -> None:
    text = """\
pipelines:
  default: [{step: {script: [a]}}]
  branches:
    main: [{step: {script: [a]}}]
    'feature/*': [{step: {script: [a]}}]
  pull-requests: {'**': [{step: {script: [a]}}]}
  tags: {'v*': [{step: {script: [a]}}]}
  custom:
    nightly: [{step: {script: [a]}}]
    asked: [{step: {script: [a]}}]
triggers:
  pullrequest-push: [{condition: 'true', pipelines: [asked]}]
"""
    assert {name: job.triggers for name, job in jobs_of(tmp_path, text).items()} == {
        "default": BOTH,
        "branches main": {Trigger.PUSH},
        "branches feature/*": BOTH,
        "pull-requests **": {Trigger.CHANGE},
        "tags v*": {Trigger.TAG},
        "custom nightly": {Trigger.MANUAL},
        "custom asked": {Trigger.CHANGE},
    }


def test_a_step_of_an_anchor_keeps_its_lines_and_after_script_cannot_fail(tmp_path: Path) -> None:
    text = """\
definitions:
  steps:
    - step: &lint
        name: Lint
        script:
          - pip install tox
          - tox -e lint
        after-script:
          - coverage report
pipelines:
  default:
    - step: *lint
    - step:
        <<: *lint
        name: Again
"""
    found = jobs_of(tmp_path, text)
    first, after = found["Lint"].steps
    assert isinstance(first, Script)
    assert isinstance(after, Script)
    assert first.lines == ((6, "pip install tox"), (7, "tox -e lint"))
    assert (first.errexit, first.pipefail, first.soft) == (True, False, ())
    assert after.soft == (f"{FILE}:8: after-script: it cannot fail the step",)
    assert str(found["Lint"].place) == f"{FILE}:12"
    assert found["Again"].steps == found["Lint"].steps


def test_everything_behind_a_manual_step_waits_for_a_person(tmp_path: Path) -> None:
    text = """\
pipelines:
  default:
    - parallel:
        steps:
          - step: {name: lint, script: [a]}
          - step: {name: test, script: [a]}
    - parallel: [{step: {name: docs, script: [a]}}]
    - stage:
        name: Staging
        deployment: staging
        steps: [{step: {name: stage, script: [a]}}]
    - step: {name: deploy, script: [a], trigger: manual, deployment: production}
    - step: {name: check, script: [a]}
"""
    found = jobs_of(tmp_path, text)
    assert [name for name, job in found.items() if job.triggers == BOTH] == [
        "lint",
        "test",
        "docs",
        "stage",
    ]
    assert found["deploy"].triggers == found["check"].triggers == {Trigger.MANUAL}
    assert found["stage"].environment == "staging"
    assert found["deploy"].environment == "production"
    assert str(found["deploy"].environment_place) == f"{FILE}:12"


def test_a_pipe_is_known_by_name_in_its_order(tmp_path: Path) -> None:
    text = """\
pipelines:
  default:
    - step:
        script:
          - mkdocs build
          - pipe: Atlassian/aws-s3-deploy:1.1.0
            variables: {LOCAL_PATH: site}
          - pipe: docker://acme/pipe:2
          - curl -f https://example.com
"""
    (job,) = jobs_of(tmp_path, text).values()
    build, deploy, own, check = job.steps
    assert isinstance(build, Script)
    assert isinstance(deploy, Known)
    assert isinstance(own, Known)
    assert isinstance(check, Script)
    assert (deploy.kind, deploy.name) == ("pipe", "atlassian/aws-s3-deploy")
    assert deploy.options == {"LOCAL_PATH": "site"}
    assert str(deploy.place) == f"{FILE}:6"
    assert own.name == "acme/pipe"


def test_an_ignored_failure_is_soft(tmp_path: Path) -> None:
    text = """\
pipelines:
  default:
    - step:
        on-fail:
          strategy: ignore
        script: [flake8]
"""
    (job,) = jobs_of(tmp_path, text).values()
    assert job.soft == (f"{FILE}:5: on-fail: strategy: ignore",)


def test_variables_of_a_custom_pipeline_have_their_defaults(tmp_path: Path) -> None:
    text = """\
pipelines:
  custom:
    run:
      - variables: [{name: TOXENV, default: lint}, {name: OTHER}]
      - step: {script: [tox]}
"""
    (job,) = jobs_of(tmp_path, text).values()
    (script,) = job.steps
    assert isinstance(script, Script)
    assert script.env == {"TOXENV": "lint"}


def test_an_imported_pipeline_is_a_dead_end(tmp_path: Path) -> None:
    text = "pipelines:\n  branches:\n    main:\n      import: shared:main:build\n"
    (job,) = jobs_of(tmp_path, text).values()
    (dead,) = job.steps
    assert isinstance(dead, Dead)
    assert dead.why == "import: shared:main:build stands in another repository"


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, "pipelines:\n  default: [\n    - step:\n")
    assert list(bitbucket.jobs(reading)) == []
    assert [problem.path for problem in reading.problems] == [FILE]
    assert reading.problems[0].line >= 3


def test_recursion_and_explosion_end(tmp_path: Path) -> None:
    text = """\
pipelines:
  default: &all
    - *all
    - parallel: *all
    - stage: &stage {steps: [{stage: *stage}, *all]}
    - step: &step {name: *all, script: *all, after-script: [*step, ls]}
"""
    assert len(list(bitbucket.jobs(reading_of(tmp_path, text)))) <= 1_000


KEYS = st.sampled_from(
    """pipelines default branches custom step parallel stage steps script after-script pipe
    variables name trigger triggers on-fail strategy import deployment condition""".split()
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.sampled_from(["manual", "ignore", "a", "**"]) | st.none() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.dictionaries(KEYS, VALUES, max_size=6))
def test_nothing_that_yaml_can_say_raises(tmp_path: Path, value: dict[str, object]) -> None:
    for job in bitbucket.jobs(reading_of(tmp_path, yaml.safe_dump({"pipelines": value}))):
        assert job.triggers
