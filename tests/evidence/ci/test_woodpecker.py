from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.woodpecker import jobs
from pytest_boss_gates.evidence.steps import Job, Known, Script, Through, Trigger
from tests.evidence.ci.conftest import scripts, texts
from tests.evidence.conftest import reading_of

if TYPE_CHECKING:
    from pathlib import Path

PATH = ".woodpecker.yml"

BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, files: dict[str, str] | str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {PATH: files} if isinstance(files, str) else files)))


def test_the_directory_goes_before_the_file(tmp_path: Path) -> None:
    step = "steps:\n  lint:\n    image: a\n    commands:\n      - flake8\n"
    assert [it.name for it in jobs_of(tmp_path, {PATH: step})] == [PATH]
    found = jobs_of(
        tmp_path,
        {
            ".woodpecker/a.yml": step,
            ".woodpecker/b.yaml": step,
            ".woodpecker/more/c.yml": step,
            PATH: step,
        },
    )
    assert [it.name for it in found] == [".woodpecker/a.yml", ".woodpecker/b.yaml"]
    assert found[0].system == "woodpecker"
    assert found[0].triggers == BOTH
    assert [it.lines for it in scripts(found[0])] == [((5, "flake8"),)]


def test_steps_may_be_a_list_and_the_old_key_counts(tmp_path: Path) -> None:
    listed = "steps:\n  - name: x\n    image: a\n    commands: pytest\n"
    old = "pipeline:\n  x:\n    image: a\n    commands: pytest\n"
    for text in (listed, old):
        (job,) = jobs_of(tmp_path, text)
        assert texts(job) == ["pytest"]


def test_alternatives_of_when_are_joined_for_the_file_and_for_the_step(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "when:\n  - event: push\n    branch: main\n  - event: pull_request\n  - event: manual\n"
        "steps:\n  a:\n    image: i\n    commands: a\n"
        "  b:\n    image: i\n    commands: b\n    when:\n      - event: push\n"
        "  c:\n    image: i\n    commands: c\n    when:\n      - event: tag\n"
        "  d:\n    image: i\n    commands: d\n    when:\n      branch: main\n",
    )
    assert job.triggers == frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.MANUAL})
    assert texts(job) == ["a", "b", "d"]
    assert [type(it) for it in job.steps] == [Script, Through, Script]


def test_the_matrix_is_put_into_the_commands(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "matrix:\n  PY: ['38', '39']\n"
        "steps:\n  a:\n    image: python:${PY}\n    failure: ignore\n"
        "    commands:\n      - tox -e py${PY}\n",
    )
    assert texts(job) == ["tox -e py38", "tox -e py39"]
    assert {it.soft for it in scripts(job)} == {(".woodpecker.yml:6: failure: ignore",)}


def test_a_plugin_is_known_by_its_image(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "steps:\n  publish:\n    image: woodpeckerci/plugin-docker-buildx:2\n"
        "    settings:\n      repo: a/b\n",
    )
    (known,) = job.steps
    assert isinstance(known, Known)
    assert (known.name, known.options) == ("woodpeckerci/plugin-docker-buildx", {"repo": "a/b"})


def test_a_malformed_file_loses_only_itself(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        {
            ".woodpecker/a.yml": "steps: [\n",
            ".woodpecker/b.yml": "steps: {x: {image: a, commands: y}}\n",
        },
    )
    assert [it.name for it in jobs(reading)] == [".woodpecker/b.yml"]
    assert [it.path for it in reading.problems] == [".woodpecker/a.yml"]
