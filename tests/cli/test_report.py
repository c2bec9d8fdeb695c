"""``boss-gates report``: any format of an earlier run, from its ``report.json``."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.report import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project

UNDECODABLE = b"caf\xe9.py"


@pytest.fixture
def judged(shop: Project) -> Project:
    """A project whose last run wrote every format into its usual place."""
    shop.write(
        {
            "pyproject.toml": f"""
                [tool.boss-gates]
                reports = {sorted(FORMATS)}
                [tool.boss-gates.targets]
                complexity = {{ target = "<=1", enforce = "warn" }}
                code-coverage = ">90%"
                """
        }
    )
    (shop.root / "shop" / os.fsdecode(UNDECODABLE)).write_text(
        "def worst(x):\n    return [y for y in x if y if x] or x\n", encoding="utf-8"
    )
    main(["check", "--root", str(shop.root)])
    return shop


def report(project: Project, *arguments: str) -> int:
    return main(["report", "--root", str(project.root), *arguments])


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_standard_output_is_the_file_that_the_run_has_written(
    key: str, judged: Project, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    capfdbinary.readouterr()

    assert report(judged, key) == 0

    written = (judged.root / ".boss-gates" / FORMATS[key].file_name).read_bytes()
    assert capfdbinary.readouterr().out == written


def test_a_report_is_written_where_it_is_wanted_with_links_from_there(
    judged: Project, tmp_path: Path
) -> None:
    shutil.copy(judged.root / ".boss-gates" / "report.json", tmp_path / "kept.json")
    output = judged.root / "build" / "gates.md"

    status = report(
        judged, "markdown", "--from", str(tmp_path / "kept.json"), "--output", str(output)
    )

    assert status == 0
    assert "](../shop/" in output.read_text(encoding="utf-8")


def test_a_dash_is_standard_output(
    judged: Project, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    report(judged, "junit")
    printed = capfdbinary.readouterr().out

    assert report(judged, "junit", "--output", "-") == 0

    assert capfdbinary.readouterr().out == printed


def test_missing_directories_are_made(judged: Project) -> None:
    output = judged.root / "build" / "reports" / "gates.xml"

    assert report(judged, "junit", "--output", str(output)) == 0

    assert output.read_bytes() == (judged.root / ".boss-gates" / "junit.xml").read_bytes()


def test_an_unknown_format_is_wrong_usage(
    judged: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(judged, "docx") == 2
    assert capsys.readouterr().err == (
        f"boss-gates: there is no format 'docx'; the formats are {', '.join(FORMATS)}\n"
    )


def test_without_a_report_there_is_nothing_to_make_it_of(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(project, "markdown") == 11
    assert "report.json cannot be read: No such file or directory." in capsys.readouterr().err


def test_what_cannot_be_written_is_named(
    judged: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(judged, "json", "--output", str(judged.root)) == 11
    assert "could not be written: it is a directory" in capsys.readouterr().err


def test_a_root_that_is_no_directory_is_wrong_usage(project: Project) -> None:
    assert main(["report", "json", "--root", str(project.root / "none")]) == 2
