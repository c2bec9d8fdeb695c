"""What people can run by hand: found, followed, and triggered by nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.evidence.local import local_jobs
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.steps import Script
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def written(root: Path, files: Mapping[str, str]) -> Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Tree(root=root)


def calls(root: Path, files: Mapping[str, str]) -> list[str]:
    """Write the steps down: where each stands, and the first line of what it runs."""
    found: list[str] = []
    for job in local_jobs(Reading(written(root, files))):
        assert (job.system, job.triggers) == ("", frozenset())
        for step in job.steps:
            assert isinstance(step, Script)
            number, text = step.lines[0]
            found.append(f"{step.path}:{number} {text}")
    return found


def test_every_target_of_a_makefile_can_be_made(tmp_path: Path) -> None:
    text = ".PHONY: lint\nX := a\nY ::= b\nlint : x\n\tmypy\ntest.unit:: ; tox\nlint: y\n"

    assert calls(tmp_path, {"Makefile": text}) == [
        "Makefile:4 make -C . lint",
        "Makefile:6 make -C . test.unit",
    ]


def test_makefiles_stand_where_they_stand_and_not_in_examples(tmp_path: Path) -> None:
    files = {"my docs/makefile": "html:\n", "examples/Makefile": "a:\n", "GNUmakefile": "all:\n"}

    assert calls(tmp_path, files) == [
        "my docs/makefile:1 make -C 'my docs' html",
        "GNUmakefile:1 make -C . all",
    ]


def test_environments_and_images_can_be_made(tmp_path: Path) -> None:
    files = {
        "tox.ini": "[tox]\n",
        "noxfile.py": "import nox\n",
        "Dockerfile": "FROM a\n",
        "ops/web/Dockerfile": "FROM a\n",
        "tests/Dockerfile": "FROM a\n",
    }

    assert calls(tmp_path, files) == [
        "tox.ini:1 tox -e ALL",
        "noxfile.py:1 nox",
        "Dockerfile:1 docker build -f Dockerfile .",
        "ops/web/Dockerfile:1 docker build -f ops/web/Dockerfile ops/web",
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("lint.sh", "mypy\n"),
        ("scripts/lint", "#!/usr/bin/env bash\nmypy\n"),
        ("script/lint", "#!/bin/sh -e\nmypy\n"),
        ("ci/lint.bash", "mypy\n"),
        ("tools/lint.sh", "#!/usr/bin/zsh\nmypy\n"),
        ("hack/lint", "#!/bin/dash\nmypy\n"),
    ],
)
def test_a_script_of_the_shell_can_be_run(tmp_path: Path, path: str, text: str) -> None:
    assert calls(tmp_path, {path: text}) == [f"{path}:1 {text.splitlines()[0]}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("scripts/lint", "mypy\n"),
        ("scripts/publish", "#!/usr/bin/env python3\nmypy\n"),
        ("bin/refresh", "mypy\n"),
        ("scripts/fishy", "#!/usr/bin/fish\nmypy\n"),
        ("scripts/lint.txt", "#!/bin/sh\nmypy\n"),
        ("scripts/deep/lint.sh", "mypy\n"),
        ("src/lint.sh", "mypy\n"),
        ("tests/tools/lint.sh", "mypy\n"),
        ("scripts/lint.sh", ""),
        ("scripts/lint.sh", "mypy\n" * 601),
    ],
)
def test_what_is_no_script_for_people_is_not_run(tmp_path: Path, path: str, text: str) -> None:
    found = [call for call in calls(tmp_path, {path: text}) if "mypy" in call or "#!" in call]

    assert found == []


def test_the_jobs_are_bounded(tmp_path: Path) -> None:
    makefile = "".join(f"t{number}:\n" for number in range(100))
    files = {f"d{number:02}/Makefile": makefile for number in range(20)}
    files |= {f"scripts/s{number:02}.sh": "x\n" for number in range(100)}

    assert len(calls(tmp_path, files)) == 10 * 60 + 60


def test_what_can_be_run_by_hand_is_declared_with_the_way_to_it(tmp_path: Path) -> None:
    tree = written(tmp_path, {"Makefile": "lint: types\ntypes:\n\tbash ci/types.sh\n",
                              "ci/types.sh": "set -e\nmypy src\n"})  # fmt: skip

    fact = find_evidence(tree).facts["mypy"]

    assert fact.level is Level.DECLARED
    assert [str(place) for place in fact.proofs[0].places] == ["ci/types.sh:2"]
    assert ["Makefile:1", "Makefile:3", "ci/types.sh:2"] in [
        [str(place) for place in proof.places] for proof in fact.proofs
    ]


def test_what_ci_runs_counts_more_than_what_can_be_run_by_hand(tmp_path: Path) -> None:
    tree = written(
        tmp_path,
        {
            "Makefile": "types:\n\tmypy src\n",
            ".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{run: make types}]}}\n",
        },
    )

    fact = find_evidence(tree).facts["mypy"]

    assert (fact.level, fact.proofs[0].place.path) == (Level.GATING, ".github/workflows/ci.yml")


def test_an_end_that_only_people_come_to_is_not_told(tmp_path: Path) -> None:
    tree = written(tmp_path, {"Makefile": "lint:\n\tbash nowhere.sh\n\tmypy\n"})

    evidence = find_evidence(tree)

    assert (evidence.unresolved, evidence.problems) == ((), ())
    assert evidence.facts["mypy"].level is Level.DECLARED
