"""A lock that is written out as requirements asks for nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.catalogue import load_catalogue
from pytest_boss_gates.evidence.declared import declared
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TOOLS = [tool for tool in load_catalogue() if tool.key == "mypy"]
MANY = "mypy==1.11 \\\n    --hash=sha256:a\n" + "".join(
    f"package{number}==1.{number}\n    # via x\n" for number in range(39)
)


def is_declared(root: Path, files: Mapping[str, str]) -> bool:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return bool(declared(Reading(Tree(root=root)), TOOLS)["mypy"].places)


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"])
def test_a_long_pinned_list_beside_a_lock_is_its_export(tmp_path: Path, lock: str) -> None:
    assert not is_declared(tmp_path, {"requirements.txt": MANY, lock: ""})


def test_a_project_of_a_monorepo_has_its_own_lock(tmp_path: Path) -> None:
    assert not is_declared(tmp_path, {"a/requirements.txt": MANY, "a/uv.lock": ""})


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": MANY},
        {"requirements.txt": MANY, "a/uv.lock": ""},
        {"a/requirements.txt": MANY, "uv.lock": ""},
        {"requirements.txt": MANY.replace("package7==1.7", "package7>=1.7"), "uv.lock": ""},
        {"requirements.txt": MANY.replace("package7==1.7\n", ""), "uv.lock": ""},
        {"requirements.txt": "mypy==1.11\n", "uv.lock": ""},
        {"requirements.in": MANY, "uv.lock": "", "requirements-dev.txt": "mypy\n"},
    ],
    ids=["no lock", "lock below", "lock above", "one open", "39", "short", "another list"],
)
def test_any_other_list_is_meant(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert is_declared(tmp_path, files)


def test_an_export_does_not_hide_what_is_asked_for_elsewhere(tmp_path: Path) -> None:
    project = '[dependency-groups]\ndev = ["mypy"]\n'

    assert is_declared(
        tmp_path, {"requirements.txt": MANY, "uv.lock": "", "pyproject.toml": project}
    )
