"""Files that a shell reads in: their functions, variables and settings, each line with its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.chain import Chain, Followed
from pytest_boss_gates.evidence.ci import github
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners import RUNNERS
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CI = ".github/workflows/ci.yml"


def follow(root: Path, run: str, files: Mapping[str, str]) -> Followed:
    workflow = f"on: push\njobs:\n  a:\n    steps:\n      - run: {run}\n"
    for path, text in {CI: workflow, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    reading = Reading(Tree(root=root))
    return Chain(reading, RUNNERS, {}).follow(github.jobs(reading))


def ways(found: Followed, head: str) -> list[str]:
    return [
        " ".join(map(str, each.way)) + " | " + " ".join(each.words)
        for each in found.reached
        if each.words[0] == head
    ]


@pytest.mark.parametrize("word", ["source", "."])
def test_a_function_of_a_file_that_was_read_in_is_called(tmp_path: Path, word: str) -> None:
    found = follow(
        tmp_path,
        "bash ci/run.sh",
        {
            "ci/run.sh": f"set -e\n{word} ci/lib.sh\ntypes src\n",
            "ci/lib.sh": '# shared\ntypes() {\n  mypy --strict "$@"\n}\nunused() { black .; }\n',
        },
    )

    assert ways(found, "mypy") == [f"{CI}:5 ci/run.sh:3 ci/lib.sh:3 | mypy --strict src"]
    assert ways(found, "black") == []
    assert [each.soft for each in found.reached if each.words[0] == "mypy"] == [()]


def test_the_file_is_found_from_where_the_script_stands(tmp_path: Path) -> None:
    found = follow(
        tmp_path,
        "cd ops && source lib.sh && types",
        {"ops/lib.sh": "types() { mypy; }\n", "lib.sh": "types() { black; }\n"},
    )

    assert ways(found, "mypy") == [f"{CI}:5 ops/lib.sh:1 | mypy"]
    assert ways(found, "black") == []


def test_what_the_file_runs_itself_comes_with_its_own_line(tmp_path: Path) -> None:
    found = follow(tmp_path, "source lib.sh", {"lib.sh": "\nmypy\n"})

    assert ways(found, "mypy") == [f"{CI}:5 lib.sh:2 | mypy"]


def test_variables_of_the_file_are_known_afterwards(tmp_path: Path) -> None:
    found = follow(
        tmp_path, "bash run.sh", {"run.sh": ". lib.sh\nmypy $SOURCES\n", "lib.sh": "SOURCES=src\n"}
    )

    assert ways(found, "mypy") == [f"{CI}:5 run.sh:2 | mypy src"]


def test_errexit_of_the_file_holds_afterwards(tmp_path: Path) -> None:
    files = {"run.sh": ". lib.sh\nmypy\nruff check\n", "lib.sh": "set -e\n"}

    found = follow(tmp_path, "bash run.sh", files)

    assert [each.soft for each in found.reached if each.words[0] == "mypy"] == [()]


def test_a_function_that_softens_does_so_where_it_is_called(tmp_path: Path) -> None:
    files = {"run.sh": "set -e\n. lib.sh\ntypes\n", "lib.sh": "types() { mypy || true; }\n"}

    found = follow(tmp_path, "bash run.sh", files)

    assert [each.soft for each in found.reached if each.words[0] == "mypy"] == [
        ("lib.sh:1: `|| true`",)
    ]


def test_a_file_read_in_by_another_counts(tmp_path: Path) -> None:
    files = {"a.sh": "black\n. b.sh\n", "b.sh": ". c.sh\nruff\n", "c.sh": "types() { mypy; }\n"}

    found = follow(tmp_path, ". a.sh; types", files)

    assert ways(found, "black") == [f"{CI}:5 a.sh:1 | black"]
    assert ways(found, "ruff") == [f"{CI}:5 a.sh:2 b.sh:2 | ruff"]
    assert ways(found, "mypy") == [f"{CI}:5 c.sh:1 | mypy"]


def test_a_function_of_the_scripts_own_adds_no_line_to_the_way(tmp_path: Path) -> None:
    found = follow(tmp_path, "bash a.sh", {"a.sh": "types() {\n  mypy\n}\ntypes\n"})

    assert ways(found, "mypy") == [f"{CI}:5 a.sh:2 | mypy"]


def test_files_that_read_each_other_in_come_to_an_end(tmp_path: Path) -> None:
    files = {"a.sh": ". b.sh\nmypy\n", "b.sh": ". a.sh\n. b.sh\ntypes() { types; ruff; }\n"}

    found = follow(tmp_path, ". a.sh; types", files)

    assert ways(found, "mypy")
    assert ways(found, "ruff")
    assert len(found.reached) < 50


def test_a_function_of_a_file_that_is_not_there_stays_a_command(tmp_path: Path) -> None:
    found = follow(tmp_path, ". nowhere.sh; types", {})

    assert ways(found, "types") == [f"{CI}:5 | types"]
    assert ways(found, "mypy") == []
