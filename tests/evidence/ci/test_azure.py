from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci import azure
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Through, Trigger
from tests.evidence.ci.conftest import lines, scripts
from tests.evidence.conftest import reading_of

if TYPE_CHECKING:
    from pathlib import Path

FILE = "azure-pipelines.yml"
BOTH = {Trigger.PUSH, Trigger.CHANGE}


def jobs_of(tmp_path: Path, text: str, more: dict[str, str] | None = None) -> list[Job]:
    return list(azure.jobs(reading_of(tmp_path, {FILE: text, **(more or {})})))


def test_steps_alone_are_one_job_and_the_last_command_decides(tmp_path: Path) -> None:
    text = """\
trigger: [main]
steps:
  - task: UsePythonVersion@0
    inputs: {versionSpec: '3.12'}
  - script: |
      pip install tox
      tox
    displayName: Test
    workingDirectory: $(Build.SourcesDirectory)/src
  - bash: mypy .
    continueOnError: true
"""
    (job,) = jobs_of(tmp_path, text)
    assert (job.name, str(job.place), job.triggers) == (
        f"{FILE}: steps",
        f"{FILE}:2",
        frozenset(BOTH),
    )
    known, script, soft = job.steps
    assert isinstance(known, Known)
    assert (known.kind, known.name) == ("task", "usepythonversion")
    assert known.options == {"versionSpec": "3.12"}
    assert isinstance(script, Script)
    assert script.lines[:2] == ((6, "pip install tox"), (7, "tox"))
    assert (script.directory, script.errexit, script.pipefail) == ("src", False, False)
    assert isinstance(soft, Through)
    assert soft.soft == (f"{FILE}:11: continueOnError: true",)


def triggers_of(tmp_path: Path, head: str) -> set[Trigger]:
    (job,) = jobs_of(tmp_path, head + "\nsteps: [{script: tox}]\n")
    return set(job.triggers)


def test_the_head_of_the_file_says_when(tmp_path: Path) -> None:
    heads = {
        "pool: x": BOTH,
        "trigger: none": {Trigger.CHANGE},
        "pr: none": {Trigger.PUSH},
        "trigger: none\npr: none": {Trigger.MANUAL},
        "trigger: none\npr: none\nschedules: [{cron: '0 0 * * *'}]": {Trigger.SCHEDULE},
        "trigger: {tags: {include: [v*]}}\npr: none": {Trigger.TAG},
        "trigger: {branches: {include: [refs/tags/v*]}}\npr: none": {Trigger.TAG},
        "trigger: {branches: {include: [main]}, tags: {include: [v*]}}": {*BOTH, Trigger.TAG},
        "trigger: {branches: {exclude: ['*']}}\npr: none": {Trigger.MANUAL},
    }
    assert {head: triggers_of(tmp_path, head) for head in heads} == heads


def test_conditions_narrow_stages_jobs_and_steps(tmp_path: Path) -> None:
    text = """\
trigger: {branches: {include: [main]}, tags: {include: [v*]}}
variables: {publish: 'no'}
stages:
  - stage: Never
    condition: false
    jobs: [{job: a, steps: [{script: a}]}]
  - stage: Test
    jobs:
      - job: change
        condition: and(succeeded(), eq(variables['Build.Reason'], 'PullRequest'))
        steps: [{script: a}]
      - job: tagged
        condition: startsWith(variables['Build.SourceBranch'], 'refs/tags/')
        steps: [{script: a}]
      - job: main
        condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))
        steps: [{script: a}]
      - job: no
        condition: eq(variables.publish, 'yes')
        steps: [{script: a}]
      - job: unknown
        condition: eq(variables.asked, 'yes')
        steps:
          - script: a
          - {script: b, enabled: false}
          - {script: c, condition: "ne(variables['Build.Reason'], 'PullRequest')"}
          - {script: d, condition: failed()}
          - {script: e, condition: always()}
  - stage: Held
    trigger: manual
    jobs: [{job: held, continueOnError: true, steps: [{script: a}]}]
"""
    found = {job.name.partition(": ")[2]: job for job in jobs_of(tmp_path, text)}
    assert {name: job.triggers for name, job in found.items()} == {
        "change": {Trigger.CHANGE},
        "tagged": {Trigger.TAG},
        "main": {Trigger.PUSH},
        "unknown": {*BOTH, Trigger.TAG},
        "held": {Trigger.MANUAL},
    }
    first, narrowed, failed, last = found["unknown"].steps
    assert isinstance(first, Script)
    assert isinstance(last, Script)
    assert isinstance(narrowed, Through)
    assert narrowed.only == frozenset({Trigger.PUSH, Trigger.TAG})
    assert isinstance(failed, Through)
    assert failed.soft == (f"{FILE}:27: condition: failed(): it runs only after a failure",)
    assert found["held"].soft == (f"{FILE}:31: continueOnError: true",)


def test_a_matrix_reaches_each_value_that_a_step_uses(tmp_path: Path) -> None:
    text = """\
jobs:
  - job: tox
    strategy:
      matrix:
        lint: {toxenv: lint, python.version: '3.12'}
        types: {toxenv: types, python.version: '3.12'}
    variables: [{name: ARGS, value: '-q'}, {group: secrets}]
    steps:
      - script: pip install tox
        env: {TOXENV: x}
      - script: tox -e $(toxenv) $(ARGS)
      - script: tox
      - script: python$(python.version) -m build
"""
    (job,) = jobs_of(tmp_path, text)
    found = scripts(job)
    assert (11, "tox -e lint -q") in lines(job)
    assert (11, "tox -e types -q") in lines(job)
    assert [s.env["TOXENV"] for s in found if s.lines == ((12, "tox"),)] == ["lint", "types"]
    assert {text for number, text in lines(job) if number == 13} == {"python3.12 -m build"}


def test_templates_with_parameters_are_followed_hop_by_hop(tmp_path: Path) -> None:
    text = """\
stages:
  - template: ci/stages.yml
    parameters:
      tools: [ruff check, mypy .]
      docs: false
"""
    stages = """\
parameters:
  - {name: tools, type: object, default: []}
  - {name: docs, type: boolean, default: true}
  - {name: before, type: stepList, default: [{script: pip install .}]}
stages:
  - stage: Lint
    jobs:
      - job: lint
        steps:
          - ${{ parameters.before }}
          - ${{ each tool in parameters.tools }}:
            - template: steps.yml
              parameters: {command: "${{ tool }}"}
          - ${{ if eq(parameters.docs, true) }}:
            - script: mkdocs build
          - ${{ else }}:
            - script: echo no docs
      - template: /gone.yml
"""
    steps = "parameters: {command: ''}\nsteps:\n  - script: ${{ parameters.command }}\n"
    lint, gone = jobs_of(tmp_path, text, {"ci/stages.yml": stages, "ci/steps.yml": steps})
    assert str(lint.place) == "ci/stages.yml:8"
    assert lines(lint) == [
        (4, "pip install ."),
        (3, "ruff check"),
        (3, "mypy ."),
        (17, "echo no docs"),
    ]
    (through,) = lint.steps
    assert isinstance(through, Through)
    assert str(through.place) == f"{FILE}:2"
    inner = through.steps[1]
    assert isinstance(inner, Through)
    assert str(inner.place) == "ci/stages.yml:12"
    (hop,) = gone.steps
    assert isinstance(hop, Through)
    (dead,) = hop.steps
    assert isinstance(dead, Dead)
    assert dead.why == "template: there is no /gone.yml"


def test_an_extended_template_gets_the_steps_it_is_given(tmp_path: Path) -> None:
    text = """\
extends:
  template: base.yml
  parameters:
    buildSteps:
      - bash: tox -e lint
"""
    base = """\
parameters: [{name: buildSteps, type: stepList, default: []}]
jobs:
  - job: build
    steps:
      - ${{ parameters.buildSteps }}
"""
    (job,) = jobs_of(tmp_path, text, {"base.yml": base})
    (script,) = scripts(job)
    assert (script.path, script.lines) == (FILE, ((5, "tox -e lint"),))


def test_a_template_of_another_repository_is_a_dead_end(tmp_path: Path) -> None:
    text = "jobs:\n  - template: jobs/test.yml@shared\n"
    (job,) = jobs_of(tmp_path, text)
    (dead,) = job.steps
    assert isinstance(dead, Dead)
    assert str(dead.place) == f"{FILE}:2"
    assert dead.why == "template: jobs/test.yml@shared stands in another repository"


def test_template_conditions_on_the_occasion_narrow_what_they_bring(tmp_path: Path) -> None:
    text = """\
jobs:
  - ${{ if eq(variables['Build.Reason'], 'PullRequest') }}:
    - job: change
      steps: [{script: a}]
  - ${{ else }}:
    - job: push
      steps: [{script: b}]
"""
    change, push = jobs_of(tmp_path, text)
    assert change.triggers == {Trigger.CHANGE}
    assert push.triggers == {Trigger.PUSH}


def test_tasks_run_their_scripts_and_are_known_by_name(tmp_path: Path) -> None:
    text = """\
steps:
  - task: Bash@3
    inputs:
      targetType: inline
      script: |
        ruff check
  - task: Bash@3
    inputs: {filePath: ci/test.sh, arguments: -v}
  - task: PythonScript@0
    inputs: {scriptSource: filePath, scriptPath: ci/run.py}
  - task: Docker@2
    inputs: {command: buildAndPush, repository: app}
"""
    (job,) = jobs_of(tmp_path, text)
    assert lines(job) == [(6, "ruff check"), (8, "bash ci/test.sh -v"), (10, "python ci/run.py")]
    known = [step for step in job.steps if isinstance(step, Known)]
    assert [step.name for step in known] == ["bash", "bash", "pythonscript", "docker"]
    assert known[-1].options["command"] == "buildAndPush"


def test_a_deployment_names_its_environment_and_its_hooks_run(tmp_path: Path) -> None:
    text = """\
jobs:
  - deployment: ship
    environment:
      name: production.web
    strategy:
      runOnce:
        deploy: {steps: [{script: kubectl apply -f k8s}]}
        on:
          failure: {steps: [{script: kubectl rollout undo}]}
"""
    (job,) = jobs_of(tmp_path, text)
    assert (job.environment, str(job.environment_place)) == ("production", f"{FILE}:4")
    deploy, rollback = job.steps
    assert isinstance(deploy, Script)
    assert isinstance(rollback, Through)
    assert rollback.soft == (f"{FILE}:9: on: failure: it runs only after a failure",)


def test_only_pipelines_are_looked_at_and_templates_are_none(tmp_path: Path) -> None:
    pipeline = "trigger: [main]\njobs:\n  - template: templates/azure-pipelines-job.yml\n"
    job = "jobs: [{job: test, steps: [{script: tox}]}]\n"
    files = {
        ".azure-pipelines/ci.yml": pipeline,
        ".azure-pipelines/templates/azure-pipelines-job.yml": job,
        ".azure-pipelines/unused.yml": job,
        "tests/azure-pipelines.yml": job,
    }
    (found,) = azure.jobs(reading_of(tmp_path, files))
    assert found.name == "ci.yml: test"
    assert found.place.path == ".azure-pipelines/templates/azure-pipelines-job.yml"


def test_variable_templates_are_read(tmp_path: Path) -> None:
    text = """\
variables:
  - template: vars.yml
  - ${{ if eq(1, 1) }}:
    - {name: where, value: src}
steps: [{script: "$(tool) $(where)"}]
"""
    (job,) = jobs_of(tmp_path, text, {"vars.yml": "variables: {tool: mypy}\n"})
    assert lines(job) == [(5, "mypy src")]


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    files = {FILE: "steps: [{script: tox}]\n", "azure-pipelines-2.yml": "steps:\n  - a: b: c\n"}
    reading = reading_of(tmp_path, files)
    assert [job.name for job in azure.jobs(reading)] == [f"{FILE}: steps"]
    found = [(problem.path, problem.line) for problem in reading.problems]
    assert found == [("azure-pipelines-2.yml", 2)]


def test_recursion_and_explosion_end(tmp_path: Path) -> None:
    text = """\
parameters:
  - {name: a, default: "${{ parameters.b }}${{ parameters.b }}"}
  - {name: b, default: "${{ parameters.a }}${{ parameters.a }}"}
variables: &v {"${{ insert }}": *v, "${{ if true }}": *v, x: "$(x)$(x)"}
stages: &s
  - stage: one
    stages: *s
    jobs: [template: azure-pipelines.yml, {job: a, steps: *s}, *s]
  - "${{ each i in parameters.a }}": *s
    "${{ insert }}": *s
steps:
  - script: ${{ parameters.a }}
  - template: steps.yml
"""
    steps = "steps: [{template: steps.yml}, {script: tox}]\n"
    reading = reading_of(tmp_path, {FILE: text, "steps.yml": steps})
    assert len(list(azure.jobs(reading))) <= 500
    assert [problem.text for problem in reading.problems] == [
        "what it repeats unfolds to more than is read; the rest proves nothing"
    ]


KEYS = st.sampled_from(
    [
        *"""trigger pr stages stage jobs job steps script task inputs template parameters name
        default variables value strategy matrix runOnce deploy environment condition extends
        branches continueOnError env workingDirectory""".split(),
        "${{ if eq(parameters.a, 'b') }}",
        "${{ else }}",
        "${{ each x in parameters.a }}",
    ]
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.sampled_from(["a", "${{ parameters.a }}", "and(", "$(x)", "none", FILE, "Bash@3"])
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
    for job in azure.jobs(reading_of(tmp_path, {FILE: yaml.safe_dump(value)})):
        assert job.triggers
