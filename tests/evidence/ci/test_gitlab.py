from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci import gitlab
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Step, Through, Trigger
from tests.evidence.conftest import reading_of

if TYPE_CHECKING:
    from pathlib import Path

BOTH = {Trigger.PUSH, Trigger.CHANGE}


def jobs_of(tmp_path: Path, text: str, **more: str) -> dict[str, Job]:
    files = {".gitlab-ci.yml": text, **{name.replace("__", "/"): t for name, t in more.items()}}
    return {job.name.partition(": ")[2]: job for job in gitlab.jobs(reading_of(tmp_path, files))}


def scripts(job: Job) -> list[Script]:
    return [step for step in job.steps if isinstance(step, Script)]


def texts(step: Step) -> list[str]:
    assert isinstance(step, Script)
    return [text for _, text in step.lines]


def test_a_plain_job_runs_on_pushes_and_changes_with_its_lines(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path, "stages: [test]\n\ntest:\n  stage: test\n  script:\n    - tox -e py\n"
    )
    job = found["test"]
    assert str(job.place) == ".gitlab-ci.yml:3"
    assert job.triggers >= BOTH
    (script,) = scripts(job)
    assert script.lines == ((6, "tox -e py"),)
    assert (script.errexit, script.pipefail, job.soft) == (True, True, ())


def test_before_script_and_script_share_a_shell_and_after_script_cannot_fail(
    tmp_path: Path,
) -> None:
    text = """\
default:
  before_script:
    - cd src
  after_script: [coverage report]
test:
  script: [pytest]
own:
  before_script: []
  after_script: []
  script: [mypy .]
none:
  inherit: {default: false}
  script: [ruff check]
"""
    found = jobs_of(tmp_path, text)
    first, after = scripts(found["test"])
    assert first.lines == ((3, "cd src"), (6, "pytest"))
    assert after.soft == (".gitlab-ci.yml:4: after_script: it cannot fail the job",)
    assert [texts(step) for step in found["own"].steps] == [["mypy ."]]
    assert [texts(step) for step in found["none"].steps] == [["ruff check"]]


def test_hidden_jobs_and_never_do_not_run_and_manual_waits_for_a_person(tmp_path: Path) -> None:
    text = """\
.lint: {script: [flake8]}
never: {script: [flake8], when: never}
ruled: {script: [flake8], rules: [{when: never}]}
person: {script: [flake8], when: manual}
deploy: {script: [twine upload], rules: [{if: $CI_COMMIT_TAG, when: manual}]}
#old: {script: [flake8]}
"""
    found = jobs_of(tmp_path, text)
    assert {name: job.triggers for name, job in found.items()} == {
        "person": {Trigger.MANUAL},
        "deploy": {Trigger.MANUAL},
    }


def test_extends_merges_deeply_over_included_files_and_keeps_each_line(tmp_path: Path) -> None:
    text = """\
include:
  - local: /ci/base.yml
lint:
  extends: [.python, .strict]
  variables: {B: "2"}
"""
    base = """\
.python:
  variables: {A: "1", B: "1"}
  script: [ruff check]
.strict:
  allow_failure: true
"""
    job = jobs_of(tmp_path, text, **{"ci__base.yml": base})["lint"]
    (script,) = scripts(job)
    assert (script.path, script.lines) == ("ci/base.yml", ((3, "ruff check"),))
    assert script.env == {"A": "1", "B": "2"}
    assert job.soft == ("ci/base.yml:5: allow_failure: true",)
    assert str(job.place) == ".gitlab-ci.yml:3"


def test_references_are_followed_into_other_jobs_and_dead_ones_told(tmp_path: Path) -> None:
    text = """\
.setup:
  script:
    - pip install tox
test:
  script:
    - !reference [.setup, script]
    - tox
    - !reference [.gone, script]
"""
    dead, script = jobs_of(tmp_path, text)["test"].steps
    assert texts(script) == ["pip install tox", "tox"]
    assert isinstance(dead, Dead)
    assert dead.why == "!reference [.gone, script]: it is not defined here"
    assert str(dead.place) == ".gitlab-ci.yml:8"


def test_a_matrix_gives_a_script_per_value_that_is_used(tmp_path: Path) -> None:
    text = """\
variables: {TOX: "env-$NAME"}
tests:
  parallel:
    matrix:
      - NAME: [lint, types]
        PYTHON: ["3.10", "3.11"]
  script: [tox -e $TOX]
implicit:
  parallel: {matrix: [{TOXENV: [docs, py]}]}
  script: [tox]
"""
    found = jobs_of(tmp_path, text)
    assert [script.env["TOX"] for script in scripts(found["tests"])] == ["env-lint", "env-types"]
    assert [script.env["TOXENV"] for script in scripts(found["implicit"])] == ["docs", "py"]


def test_rules_are_tried_on_the_usual_pipelines(tmp_path: Path) -> None:
    text = """\
change: {script: [a], rules: [{if: '$CI_PIPELINE_SOURCE == "merge_request_event"'}]}
main: {script: [a], rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]}
develop: {script: [a], rules: [{if: '$CI_COMMIT_BRANCH == "develop"'}]}
tagged: {script: [a], rules: [{if: '$CI_COMMIT_TAG =~ /^v\\d+/'}]}
nightly: {script: [a], rules: [{if: '$CI_PIPELINE_SOURCE == "schedule"'}]}
asked: {script: [a], rules: [{if: '$NIGHTLY == "yes"'}]}
unless: {script: [a], rules: [{if: '$SKIP == "yes"', when: never}, {when: on_success}]}
here: {script: [a], rules: [{exists: [Dockerfile]}]}
changed: {script: [a], rules: [{changes: [src/**]}]}
both:
  script: [a]
  rules: [{if: '($CI_COMMIT_TAG || $CI_MERGE_REQUEST_IID) && $CI_COMMIT_TAG == null'}]
"""
    found = {name: job.triggers for name, job in jobs_of(tmp_path, text).items()}
    assert found["change"] == {Trigger.CHANGE}
    assert found["main"] == {Trigger.PUSH}
    assert found["develop"] == {Trigger.PUSH}
    assert found["tagged"] == {Trigger.TAG}
    assert found["nightly"] == {Trigger.SCHEDULE}
    assert not found["asked"] & BOTH
    assert found["unless"] >= BOTH
    assert "here" not in found
    assert found["changed"] >= BOTH
    assert found["both"] == {Trigger.CHANGE}


def test_only_and_except_speak_of_refs_and_names(tmp_path: Path) -> None:
    text = """\
main: {script: [a], only: [main]}
tags: {script: [a], only: [tags], except: [branches]}
requests: {script: [a], only: [merge_requests]}
nightly: {script: [a], only: {refs: [schedules]}}
versions: {script: [a], only: ['/^v[0-9]/'], except: [branches]}
not_main: {script: [a], except: [main, tags]}
"""
    found = {name: job.triggers for name, job in jobs_of(tmp_path, text).items()}
    assert found["main"] == {Trigger.PUSH}
    assert found["tags"] == {Trigger.TAG}
    assert found["requests"] == {Trigger.CHANGE}
    assert found["nightly"] == {Trigger.SCHEDULE}
    assert found["versions"] == {Trigger.TAG}
    assert found["not_main"] == BOTH


def test_workflow_rules_decide_on_pipelines(tmp_path: Path) -> None:
    text = """\
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
test: {script: [pytest]}
tagged: {script: [twine upload], rules: [{if: $CI_COMMIT_TAG}]}
"""
    found = jobs_of(tmp_path, text)
    assert {name: job.triggers for name, job in found.items()} == {"test": {Trigger.CHANGE}}


def test_allow_failure_counts_by_rule_and_by_exit_code(tmp_path: Path) -> None:
    text = """\
any: {script: [a], allow_failure: {exit_codes: [1, 2]}}
special: {script: [a], allow_failure: {exit_codes: 137}}
rule: {script: [a], rules: [{if: $CI_COMMIT_BRANCH, allow_failure: true}]}
strict: {script: [a], allow_failure: true, rules: [{if: $CI_COMMIT_BRANCH, allow_failure: false}]}
after: {script: [a], when: on_failure}
"""
    found = {name: job.soft for name, job in jobs_of(tmp_path, text).items()}
    assert found == {
        "any": (".gitlab-ci.yml:1: allow_failure: exit_codes: 1",),
        "special": (),
        "rule": (".gitlab-ci.yml:3: allow_failure: true",),
        "strict": (),
        "after": (".gitlab-ci.yml:5: when: on_failure: it runs only after a failure",),
    }


def test_a_child_pipeline_is_followed_and_soft_when_nobody_waits(tmp_path: Path) -> None:
    text = """\
lazy:
  trigger: {include: ci/child.yml}
strict:
  trigger:
    include: [{local: ci/child.yml}]
    strategy: depend
away:
  trigger: group/project
"""
    child = """\
lint:
  script: [ruff check]
gone:
  script: [a]
  rules: [{if: '$CI_PIPELINE_SOURCE == "push"'}]
"""
    files = {".gitlab-ci.yml": text, "ci/child.yml": child}
    lazy, strict, away = gitlab.jobs(reading_of(tmp_path, files))
    assert str(lazy.place) == "ci/child.yml:1"
    assert lazy.triggers >= BOTH
    assert lazy.soft == (".gitlab-ci.yml:2: trigger without `strategy: depend`: it does not wait",)
    assert strict.soft == ()
    (through,) = strict.steps
    assert isinstance(through, Through)
    assert str(through.place) == ".gitlab-ci.yml:5"
    assert texts(through.steps[0]) == ["ruff check"]
    (dead,) = away.steps
    assert isinstance(dead, Dead)
    assert dead.why == "trigger: the pipeline of group/project"


def test_a_child_pipeline_that_a_job_completes_is_the_one_of_the_tree(tmp_path: Path) -> None:
    text = """\
there:
  trigger: {strategy: depend, include: [{artifact: ci/child.yml, job: make}]}
made:
  trigger: {strategy: depend, include: [{artifact: made.yml, job: make}]}
"""
    files = {".gitlab-ci.yml": text, "ci/child.yml": "lint:\n  script: [ruff check]\n"}
    there, made = gitlab.jobs(reading_of(tmp_path, files))
    (through,) = there.steps
    assert isinstance(through, Through)
    assert texts(through.steps[0]) == ["ruff check"]
    (dead,) = made.steps
    assert isinstance(dead, Dead)
    assert dead.why == "trigger: include: artifact: made.yml, job: make"


def test_what_is_included_from_elsewhere_is_known_or_dead(tmp_path: Path) -> None:
    text = """\
include:
  - template: Jobs/SAST.gitlab-ci.yml
  - component: $CI_SERVER_FQDN/components/opentofu/validate@2.0
    inputs: {version: "1"}
  - remote: https://example.com/ci.yml
  - local: gone.yml
sast:
  stage: test
ours: {extends: .remote}
"""
    found = list(gitlab.jobs(reading_of(tmp_path, {".gitlab-ci.yml": text})))
    steps = [job.steps[0] for job in found]
    known = [(step.kind, step.name) for step in steps if isinstance(step, Known)]
    assert known == [
        ("template", "jobs/sast.gitlab-ci.yml"),
        ("component", "components/opentofu/validate"),
    ]
    assert found[0].soft == (
        ".gitlab-ci.yml:2: allow_failure: true in the jobs of GitLab's template",
    )
    assert [step.why for step in steps if isinstance(step, Dead)] == [
        "include: remote: https://example.com/ci.yml: it is not in this repository",
        "include: there is no gone.yml",
        "extends .remote: it is not defined in this repository",
    ]


def test_inputs_of_an_included_file_are_put_in(tmp_path: Path) -> None:
    text = "include: [{local: part.yml, inputs: {env: lint}}]\n"
    part = """\
spec:
  inputs:
    env:
    args: {default: "-q"}
---
"check-$[[ inputs.env ]]":
  script:
    - tox -e $[[ inputs.env ]] $[[ inputs.args ]]
"""
    job = jobs_of(tmp_path, text, **{"part.yml": part})["check-lint"]
    (script,) = scripts(job)
    assert script.path == "part.yml"
    assert script.lines == ((8, "tox -e lint -q"),)


def test_pages_releases_and_environments_are_deployments(tmp_path: Path) -> None:
    text = """\
pages: {script: [mkdocs build]}
release:
  script: [echo]
  release: {tag_name: $CI_COMMIT_TAG}
deploy:
  script: [kubectl apply -f k8s]
  environment:
    name: production
stop: {script: [a], environment: {name: production, action: stop}}
"""
    found = jobs_of(tmp_path, text)
    services = [s.name for job in found.values() for s in job.steps if isinstance(s, Known)]
    assert services == ["gitlab-pages", "gitlab-release"]
    assert found["deploy"].environment == "production"
    assert str(found["deploy"].environment_place) == ".gitlab-ci.yml:8"
    assert found["stop"].environment == ""


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        {".gitlab-ci.yml": "include: [a.yml]\nok: {script: [pytest]}\n", "a.yml": "a:\n  - b\n c"},
    )
    assert [job.name for job in gitlab.jobs(reading)] == [".gitlab-ci.yml: ok"]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("a.yml", 3)]


def test_recursion_ends(tmp_path: Path) -> None:
    text = """\
include: [.gitlab-ci.yml, b.yml]
.a: {extends: .b}
.b: {extends: .a, script: !reference [.b, script]}
loop: {extends: .a, trigger: {include: .gitlab-ci.yml}}
again: &again
  script: [&list [*list, pytest], !reference [again, script]]
  variables: *again
"""
    found = list(gitlab.jobs(reading_of(tmp_path, {".gitlab-ci.yml": text, "b.yml": text})))
    assert any(job.name.endswith("again") for job in found)


KEYS = st.sampled_from(
    """include local extends script before_script rules if when only except parallel matrix trigger
    environment allow_failure workflow default variables spec inputs pages job .a""".split()
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.sampled_from(["a", ".a", "$X == 'b'", "/(/", "true", "job", "$[[ inputs.a ]]"])
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
    for job in gitlab.jobs(reading_of(tmp_path, {".gitlab-ci.yml": yaml.safe_dump(value)})):
        assert job.triggers


def test_aliases_that_explode_cost_little_and_are_told(tmp_path: Path) -> None:
    layers = ["&l0 [pytest]"]
    layers += [f"&l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    text = "".join(f".x{n}: {layer}\n" for n, layer in enumerate(layers))
    text += "".join(f"j{n}: {{script: *l8, before_script: *l8}}\n" for n in range(400))
    reading = reading_of(tmp_path, {".gitlab-ci.yml": text})
    found = list(gitlab.jobs(reading))
    assert found[0].name == ".gitlab-ci.yml: j0"
    assert [problem.text for problem in reading.problems] == [
        "what it repeats unfolds to more than is read; the rest proves nothing"
    ]
