"""What a plan says is written whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import WriteError
from pytest_boss_gates.ratchet import Plan, diff, read_settings, write_plan

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_is_written_with_the_line_ends_and_the_mark_that_were_there(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    before = read_settings(tmp_path)

    assert write_plan(Plan(before=before, after=before + "b = 2\r\n"), tmp_path)

    assert (tmp_path / "pyproject.toml").read_bytes() == b"\xef\xbb\xbfa = 1\r\nb = 2\r\n"


def test_a_plan_makes_the_file_where_there_is_none(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == ""
    assert write_plan(Plan(before="", after="a = 1\n"), tmp_path)
    assert read_settings(tmp_path) == "a = 1\n"


def test_what_stays_is_not_written(tmp_path: Path) -> None:
    assert not write_plan(Plan(before="", after=""), tmp_path)
    assert not (tmp_path / "pyproject.toml").exists()


def test_what_somebody_else_wrote_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("theirs = 1\n")

    with pytest.raises(WriteError, match="was changed by somebody else in the meantime"):
        write_plan(Plan(before="a = 1\n", after="a = 2\n"), tmp_path)

    assert read_settings(tmp_path) == "theirs = 1\n"


def test_a_diff_names_the_file() -> None:
    plan = Plan(before="a = 1\n", after="a = 2\n")

    assert list(diff(plan))[:2] == ["--- pyproject.toml", "+++ pyproject.toml"]
    assert list(diff(Plan(before="a\n", after="a\n"))) == []
