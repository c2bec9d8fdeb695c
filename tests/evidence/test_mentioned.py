"""Prose that names a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.catalogue import load_catalogue, load_practices
from pytest_boss_gates.evidence.mentioned import mentioned
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (*load_catalogue(), *load_practices())


def found(root: Path, text: str, path: str = "README.md") -> dict[str, Place]:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return dict(mentioned(Reading(Tree(root=root)), ROWS))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("We use mypy.", {"mypy"}),
        ("Types: MyPy, [flake8](https://x).", {"mypy", "flake8"}),
        ("Run `black .` first.", {"black"}),
        ("See `pytest`, `requests`.", {"pytest"}),
        # words inside words, and everyday words
        ("copyright uvicorn hotel mypyc pre-commitment", set()),
        ("a black box, the build, safety first, ward off", set()),
        ("mypy_plugin and mypy-extensions", set()),
    ],
)
def test_tools_are_found_by_their_names(tmp_path: Path, text: str, keys: set[str]) -> None:
    assert found(tmp_path, text).keys() == keys


def test_the_first_line_is_the_proof(tmp_path: Path) -> None:
    assert found(tmp_path, "# X\n\n- mypy here\n- mypy there\n")["mypy"] == Place(
        path="README.md", line=3, text="- mypy here"
    )


@pytest.mark.parametrize("path", ["README", "CONTRIBUTING.rst", "docs/contributing.md"])
def test_where_prose_is_looked_for(tmp_path: Path, path: str) -> None:
    assert "mypy" in found(tmp_path, "mypy", path)


@pytest.mark.parametrize("path", ["CHANGELOG.md", "docs/index.md", "sub/README.md"])
def test_other_texts_mention_nothing(tmp_path: Path, path: str) -> None:
    assert found(tmp_path, "mypy", path) == {}
