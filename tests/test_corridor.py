"""Where every run enters, and what it lets go of when it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.corridor import enter
from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.registry import Additions
from pytest_boss_gates.settings.load import Options

if TYPE_CHECKING:
    from pathlib import Path


def test_leaving_a_project_closes_its_history(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.boss-gates]\n", encoding="utf-8")

    with enter(tmp_path, Options(invocation_dir=tmp_path), Additions()) as corridor:
        store = corridor.keeper.store()
        store.check()

    with pytest.raises(HistoryError, match="history\\.db is closed"):
        store.check()
