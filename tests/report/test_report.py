"""The table of formats, and what holds for every format in it and for the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates import report
from pytest_boss_gates.report import FORMATS
from pytest_boss_gates.report.terminal import lines

if TYPE_CHECKING:
    from tests.report.conftest import Examples

NOT_FORMATS = {
    "__init__",
    "alerts",
    "columns",
    "details",
    "html_charts",
    "html_details",
    "html_view",
    "html_rows",
    "shapes",
    "escape",
    "evidence",
    "evidence_advice",
    "evidence_text",
    "findings",
    "grafana",
    "json_part",
    "json_schema",
    "progress",
    "reading",
    "summary",
    "terminal",
    "trend",
    "wording",
    "write",
}


def test_the_table_is_sorted_and_its_keys_and_file_names_are_unique() -> None:
    assert list(FORMATS) == sorted(FORMATS)
    assert [row.key for row in FORMATS.values()] == list(FORMATS)
    assert len({row.file_name for row in FORMATS.values()}) == len(FORMATS)


def test_the_folder_and_the_table_name_the_same_formats() -> None:
    folder = Path(report.__file__ or "").parent
    assert {path.stem for path in folder.glob("*.py")} - NOT_FORMATS == set(FORMATS)


def test_importing_the_table_imports_no_format() -> None:
    code = (
        "import sys, pytest_boss_gates.report\n"
        "found = [name for name in sys.modules if name.startswith('pytest_boss_gates.report.')]\n"
        "print(found, 'json' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(Path(report.__file__ or "").parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[] False"


def assert_harmless(text: str) -> None:
    """Nothing in the text is obeyed by a terminal or by a CI log."""
    text.encode("utf-8")
    unseen = {char for char in text if not char.isprintable() and char != "\n"}
    assert not unseen
    for line in text.split("\n"):
        assert not line.lstrip().startswith(("::error file=x::pwned", "::error ::"))
        assert "##[error]pwned" not in line
        assert "##vso[task" not in line


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_text_of_strangers_harms_no_reader_of_a_format(key: str, examples: Examples) -> None:
    for text in examples.hostile_texts:
        rendered = FORMATS[key].render(examples.written_by_others(text))
        assert_harmless(rendered)
        assert rendered.endswith("\n")


@pytest.mark.parametrize("key", sorted(FORMATS))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_run_renders_in_a_format_and_always_the_same(
    data: st.DataObject, key: str, examples: Examples
) -> None:
    run = data.draw(examples.any_run())
    rendered = FORMATS[key].render(run)
    assert_harmless(rendered)
    assert FORMATS[key].render(run) == rendered


@pytest.mark.parametrize("unicode", [True, False])
def test_text_of_strangers_harms_no_terminal(examples: Examples, *, unicode: bool) -> None:
    for text in examples.hostile_texts:
        run = examples.written_by_others(text)
        for line in lines(run, width=80, quiet=False, unicode=unicode, written=(text,)):
            shown = "".join(segment.text for segment in line)
            assert_harmless(shown)
            assert not shown.lstrip().startswith("::")
            assert "\n" not in shown
            assert unicode or shown.isascii()
