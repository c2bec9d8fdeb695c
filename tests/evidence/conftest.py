"""What the tests of the evidence share: a repository made of literals, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def reading_of(root: Path, files: Mapping[str, str]) -> Reading:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Reading(Tree(root=root))
