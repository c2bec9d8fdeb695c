"""pre-commit: from a call, or a service's setting, to the hooks that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.pre_commit import expand, pre_commit_ci
from pytest_boss_gates.evidence.steps import Call, Dead, Known, Script, Trigger
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.steps import Step


def steps(root: Path, files: Mapping[str, str], words: str, **env: str) -> tuple[Step, ...]:
    call = Call(words=tuple(words.split()), place=Place(path="ci.yml", line=7), env=env)
    return expand(call, reading_of(root, files))


CONFIG = """\
ci:
  skip: [mypy]
default_stages: [commit, manual]
repos:
  - repo: meta
    hooks:
      - id: check-hooks-apply
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v1
    hooks:
      - id: Ruff
        args: [--fix, "--select=E W"]
      - id: ruff-format
        alias: fmt
        stages: [pre-push]
  - repo: https://github.com/pre-commit/mirrors-mypy
    rev: v1
    hooks:
      - id: mypy
        entry: mypy --strict
        args: --exit-zero
      - id: never
        exclude: .*
  - repo: local
    hooks:
      - id: lint
        entry: >-
          pylint
          src
        language: system
        args: ["-j", "2"]
      - id: own
        entry: check.sh
        language: script
      - id: image
        entry: hadolint/hadolint hadolint
        language: docker_image
        stages: [manual]
      - id: words
        entry: TODO
        language: pygrep
  - repo: 7
  - hooks: x
"""
FILES = {".pre-commit-config.yaml": CONFIG}


def names(found: tuple[Step, ...]) -> list[str]:
    return [
        step.name if isinstance(step, Known) else step.lines[0][1]
        for step in found
        if isinstance(step, (Known, Script))
    ]


def test_all_hooks_of_the_stage_run_each_on_its_line(tmp_path: Path) -> None:
    found = steps(tmp_path, FILES, "pre-commit run --all-files", A="1")
    assert names(found) == ["ruff", "mypy", "pylint src -j 2", "./check.sh", "words"]
    ruff, mypy, lint = found[:3]
    assert isinstance(ruff, Known)
    assert isinstance(mypy, Known)
    assert isinstance(lint, Script)
    assert (ruff.kind, str(ruff.place), ruff.soft) == ("hook", ".pre-commit-config.yaml:11", ())
    assert ruff.place.text == "- id: Ruff"
    repo = "https://github.com/astral-sh/ruff-pre-commit"
    assert ruff.options == {"repo": repo, "args": "--fix '--select=E W'"}
    assert (mypy.options["entry"], mypy.options["args"]) == ("mypy --strict", "--exit-zero")
    assert (lint.lines[0][0], lint.env) == (27, {"A": "1"})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pre-commit run -a --hook-stage pre-push", ["ruff-format"]),
        ("pre-commit run --hook-stage push fmt --files x", ["ruff-format"]),
        ("prek run lint --all-files", ["pylint src -j 2"]),
        ("pre-commit run mypy -a --show-diff-on-failure --color always", ["mypy"]),
        ("pre-commit run -a --hook-stage manual image", ["docker run hadolint/hadolint hadolint"]),
        ("prek -a --skip lint --skip own mypy", ["mypy"]),
        ("pre-commit install", []),
        ("pre-commit autoupdate", []),
        ("pre-commit install-hooks -c x.yaml", []),
        ("pre-commit --version", []),
    ],
)
def test_hooks_are_chosen(tmp_path: Path, words: str, expected: list[str]) -> None:
    found = steps(tmp_path, FILES, words)
    assert names(found) == expected
    assert not any(isinstance(step, Dead) for step in found)


def test_the_environment_skips_hooks(tmp_path: Path) -> None:
    found = steps(tmp_path, FILES, "pre-commit run -a", SKIP="ruff,lint, own")
    assert names(found) == ["ruff", "mypy", "words"]  # ids are compared as they are written


def test_without_files_only_what_is_staged_is_looked_at(tmp_path: Path) -> None:
    soft = ("ci.yml:7: without --all-files it looks only at what is staged",)
    for words in ("pre-commit", "pre-commit run", "prek run mypy"):
        found = steps(tmp_path, FILES, words)
        assert {step.soft for step in found if isinstance(step, (Known, Script))} == {soft}
    for words in ("pre-commit run --from-ref a --to-ref b", "prek run --last-commit"):
        found = steps(tmp_path, FILES, words)
        assert {step.soft for step in found if isinstance(step, (Known, Script))} == {()}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("run nope -a", "there is no hook nope for pre-commit in .pre-commit-config.yaml"),
        ("run fmt -a", "there is no hook fmt for pre-commit in .pre-commit-config.yaml"),
        ("run -c ci/x.yaml", "there is no ci/x.yaml"),
    ],
)
def test_what_cannot_be_followed_is_an_end(tmp_path: Path, words: str, why: str) -> None:
    (found,) = steps(tmp_path, FILES, f"pre-commit {words}")
    place = Place(path="ci.yml", line=7)
    assert found == Dead(place=place, why=f"pre-commit {words}: {why}")


def test_another_file_is_read_when_it_is_named(tmp_path: Path) -> None:
    files = {"ci/hooks.yaml": "repos:\n- repo: x\n  hooks:\n  - id: black\n"}
    (found,) = steps(tmp_path, files, "pre-commit run -a --config=ci/hooks.yaml")
    assert isinstance(found, Known)
    assert (found.name, str(found.place)) == ("black", "ci/hooks.yaml:4")


def test_prek_has_a_toml_file_too(tmp_path: Path) -> None:
    text = '[[repos]]\nrepo = "local"\nhooks = [\n  { id = "a", entry = "tox" },\n]\n'
    assert texts(steps(tmp_path, {"prek.toml": text}, "prek run --all-files")) == [(4, "tox")]


def test_the_service_runs_what_its_setting_does_not_skip(tmp_path: Path) -> None:
    (job,) = pre_commit_ci(reading_of(tmp_path, FILES))
    assert (job.system, job.name) == ("pre-commit-ci", ".pre-commit-config.yaml: pre-commit.ci")
    assert (str(job.place), job.place.text) == (".pre-commit-config.yaml:1", "ci:")
    assert job.triggers == {Trigger.PUSH, Trigger.CHANGE}
    assert names(job.steps) == ["ruff", "pylint src -j 2", "./check.sh", "words"]


def test_without_a_setting_there_is_no_service(tmp_path: Path) -> None:
    assert list(pre_commit_ci(reading_of(tmp_path, {}))) == []
    text = CONFIG.replace("ci:\n  skip: [mypy]\n", "")
    assert list(pre_commit_ci(reading_of(tmp_path, {".pre-commit-config.yaml": text}))) == []


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {".pre-commit-config.yaml": "repos:\n  - a: b\n c: [\n"})
    call = Call(words=("pre-commit", "run", "-a"), place=Place(path="c", line=1))
    assert expand(call, reading) == ()
    assert [problem.line for problem in reading.problems] == [3]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["repo", "hooks", "id", "args", "stages", "entry", "skip", "ci"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES, hook=VALUES)
def test_no_value_makes_it_raise(tmp_path: Path, value: object, hook: object) -> None:
    import json

    repos = [{"repo": "local", "hooks": [hook, {"id": "x", "entry": hook, "args": value}]}, value]
    config = {"ci": value, "default_stages": value, "repos": repos}
    (tmp_path / ".pre-commit-config.yaml").write_text(json.dumps(config), encoding="utf-8")
    reading = Reading(Tree(root=tmp_path))
    for words in (("pre-commit",), ("prek", "run", "x", "-a"), ("pre-commit", "run", "-c", "x")):
        expand(Call(words=words, place=Place(path="c", line=1)), reading)
    list(pre_commit_ci(reading))
