"""Read the Docs: what its configuration builds and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.ci import readthedocs
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.steps import Job, Known, Script, Trigger
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH = ".readthedocs.yaml"


def jobs(root: Path, files: Mapping[str, str]) -> list[Job]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(readthedocs.jobs(Reading(Tree(root=root))))


def shown(job: Job) -> list[str]:
    return [
        f"{step.kind} {step.name}:{step.place.line}"
        if isinstance(step, Known)
        else " ".join(f"{line}:{number}" for number, line in step.lines)
        for step in job.steps
        if isinstance(step, Known | Script)
    ]


def test_it_builds_on_pushes_and_pull_requests(tmp_path: Path) -> None:
    [job] = jobs(tmp_path, {PATH: "version: 2\n"})

    assert (job.system, job.name, str(job.place)) == ("readthedocs", PATH, f"{PATH}:1")
    assert {Trigger.PUSH, Trigger.CHANGE} <= job.triggers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 2\nsphinx:\n  configuration: docs/conf.py\n", ["builder sphinx:2"]),
        ("version: 2\nmkdocs: {configuration: mkdocs.yml}\n", ["builder mkdocs:2"]),
        ("build:\n  commands:\n  - pip install\n  - make html\n", ["pip install:3", "make html:4"]),
        (
            "build:\n  jobs:\n    post_install: [pip i]\n    pre_build:\n    - m\nsphinx: {}",
            ["pip i:3", "m:5", "builder sphinx:6"],
        ),
        ("build:\n  jobs:\n    build:\n      html: [make html]\nsphinx: {}\n", ["make html:4"]),
        ("version: 2\n", []),
        ("build: []\nsphinx: x\n", ["builder sphinx:2"]),
    ],
)  # fmt: skip
def test_what_it_runs(tmp_path: Path, text: str, expected: list[str]) -> None:
    [job] = jobs(tmp_path, {PATH: text})

    assert shown(job) == expected


def test_without_a_builder_it_is_sphinx_where_there_is_something_to_build(tmp_path: Path) -> None:
    [job] = jobs(tmp_path, {PATH: "version: 2\nbuild: {os: x}\n", "docs/conf.py": ""})

    assert shown(job) == ["builder sphinx:2"]


@pytest.mark.parametrize("name", [".readthedocs.yml", "readthedocs.yml", "docs/.readthedocs.yaml"])
def test_where_the_configuration_may_stand(tmp_path: Path, name: str) -> None:
    [job] = jobs(tmp_path, {name: "sphinx: {}\n"})

    assert job.place.path == name


@pytest.mark.parametrize("text", ["", "[]", "a", "[", "build: {commands: {}, jobs: []}"])
def test_a_malformed_configuration_runs_nothing(tmp_path: Path, text: str) -> None:
    assert [shown(job) for job in jobs(tmp_path, {PATH: text})] in ([], [[]])
