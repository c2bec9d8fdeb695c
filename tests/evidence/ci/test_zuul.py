from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.ci.zuul import jobs
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.evidence.steps import Dead, Job, Trigger
from pytest_boss_gates.repository.tree import Tree
from tests.evidence.ci.conftest import lines, scripts, texts
from tests.evidence.conftest import reading_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH = ".zuul.yaml"
TEXT = """\
- job:
    name: shop-lint
    parent: shop-base
    vars:
      tox_envlist: lint,types
- job:
    name: shop-base
    parent: tox
    voting: false
    vars:
      tox_envlist: all
- job:
    name: shop-e2e
    run: playbooks/e2e.yaml
- project-template:
    name: shop-jobs
    gate:
      jobs:
        - tox-py312
- project:
    templates: [shop-jobs, elsewhere]
    queue: shop
    check:
      jobs:
        - openstack-tox-pep8
        - shop-lint
        - shop-base:
            voting: true
        - shop-e2e
        - noop
    third-party-ring:
      jobs: [tox]
"""
PLAYBOOK = """\
- hosts: all
  tasks:
    - name: test
      shell: |
        make test
      args:
        chdir: "{{ zuul.project.src_dir }}/app"
    - block:
        - command: {cmd: mypy, chdir: "{{ zuul.project.src_dir }}"}
      ignore_errors: true
    - ansible.builtin.command: ruff check
      failed_when: false
    - shell: ls
      args: {chdir: /opt}
    - copy: {src: a, dest: b}
"""
FILES = {PATH: TEXT, "playbooks/e2e.yaml": PLAYBOOK}


def jobs_of(root: Path, files: Mapping[str, str]) -> dict[str, Job]:
    return {job.name: job for job in jobs(reading_of(root, files))}


def test_tox_of_the_standard_jobs_is_run_with_the_environment_of_name_or_variable(
    tmp_path: Path,
) -> None:
    found = jobs_of(tmp_path, FILES)

    assert {name: lines(job) for name, job in found.items() if "e2e" not in name} == {
        "check: openstack-tox-pep8": [(25, "tox -e pep8")],
        "check: shop-lint": [(2, "tox -e lint,types")],
        "check: shop-base": [(7, "tox -e all")],
        "check: noop": [],
        "third-party-ring: tox": [(32, "tox")],
        "gate: tox-py312": [(19, "tox -e py312")],
        "elsewhere": [],
    }


def test_occasions_are_those_of_the_pipelines_names(tmp_path: Path) -> None:
    found = jobs_of(tmp_path, FILES)

    assert found["check: noop"].triggers == {Trigger.CHANGE}
    assert found["gate: tox-py312"].triggers == {Trigger.QUEUE}
    assert found["third-party-ring: tox"].triggers == {Trigger.MANUAL}


def test_a_job_without_a_vote_fails_nothing_unless_it_gets_one(tmp_path: Path) -> None:
    found = jobs_of(tmp_path, FILES)

    assert found["check: shop-lint"].soft == (f"{PATH}:26: voting: false",)
    assert found["check: shop-base"].soft == ()


def test_playbooks_of_the_repository_are_read(tmp_path: Path) -> None:
    job = jobs_of(tmp_path, FILES)["check: shop-e2e"]

    assert [text for text in texts(job) if text] == ["make test", "mypy", "ruff check", "ls"]
    assert [script.directory for script in scripts(job)] == ["app", "", "", "$opt"]
    assert [script.soft for script in scripts(job)] == [
        (),
        ("playbooks/e2e.yaml:10: ignore_errors: true",),
        ("playbooks/e2e.yaml:12: failed_when: false",),
        (),
    ]


def test_a_job_from_elsewhere_that_gets_environments_of_tox_runs_them(tmp_path: Path) -> None:
    text = "- project:\n    check:\n      jobs:\n        - devstack: {vars: {tox_envlist: slow}}\n"

    (job,) = jobs_of(tmp_path, {PATH: text}).values()

    assert lines(job) == [(4, "tox -e slow")]


def test_what_stands_elsewhere_is_an_end(tmp_path: Path) -> None:
    found = jobs_of(tmp_path, {PATH: TEXT})

    ends = [end for name in ("check: noop", "elsewhere") for end in found[name].steps]
    assert [end.why for end in ends if isinstance(end, Dead)] == [
        "job noop: its playbook is not in this repository",
        "template elsewhere: it is not defined in this repository",
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["zuul.yaml", "zuul.d/a.yaml", PATH], "zuul.yaml"),
        (["zuul.d/a.yaml", PATH], "zuul.d/a.yaml"),
        ([".zuul.d/a.yaml", PATH], PATH),
        ([".zuul.d/sub/a.yaml"], ".zuul.d/sub/a.yaml"),
    ],
)
def test_the_first_of_its_places_is_read(tmp_path: Path, files: list[str], expected: str) -> None:
    text = "- project: {check: {jobs: [tox-docs]}}\n"

    (job,) = jobs_of(tmp_path, dict.fromkeys(files, text)).values()

    assert job.place.path == expected


def test_a_chain_goes_from_the_pipeline_through_the_job_to_the_tool(tmp_path: Path) -> None:
    reading_of(tmp_path, {**FILES, "tox.ini": "[testenv:types]\ncommands = mypy src\n"})

    facts = find_evidence(Tree(root=tmp_path)).facts

    proof = facts["mypy"].proofs[0]
    assert [str(place) for place in proof.places] == [f"{PATH}:26", f"{PATH}:2", "tox.ini:2"]
    assert (facts["ci-pipeline"].level.label, facts["zuul"].level.label) == ("gating", "gating")


@pytest.mark.parametrize(
    "text",
    [
        "- job: {name: a, parent: a}\n- project: {check: {jobs: [a]}}\n",
        "- project: [x]\n- job: x\n- {}\n",
        "- project: {check: {jobs: [[x], {}]}}\n",
        "x: [",
    ],
)
def test_no_shape_makes_it_raise(tmp_path: Path, text: str) -> None:
    assert all(not scripts(job) for job in jobs(reading_of(tmp_path, {PATH: text})))
