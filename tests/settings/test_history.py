"""Where the history is kept, as settings say it, and who is not to read the password in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Enforce, Settings
from pytest_boss_gates.settings import Options, load

if TYPE_CHECKING:
    from pathlib import Path


def read(root: Path, text: str) -> Settings:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return load(
        root,
        Options(invocation_dir=root),
        metrics=METRICS,
        formats=(),
        tools=tuple,
        files=tuple,
    )


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("", ".boss-gates/history.db"),
        ("history = false", ""),
        ('history = "off"', ""),
        ('history = "build/past.db"', "build/past.db"),
        ('history = "postgresql://db/gates"', "postgresql://db/gates"),
        ('history = "postgres://db/gates"', "postgres://db/gates"),
    ],
)
def test_the_history_is_a_file_a_database_or_nowhere(line: str, place: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"[tool.boss-gates]\n{line}\n").history == place


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[project]\nname = 'shop'\n[tool.boss-gates]\nproject = 'payments'\n", "payments"),
        ("[project]\nname = 'shop'\n", "shop"),
        ("[project]\nname = 3\n", "root"),
        ("project = 3\n", "root"),
        ("", "root"),
    ],
)
def test_a_project_is_called_as_it_says_as_it_is_packaged_or_as_its_directory(
    text: str, name: str, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()

    assert read(root, text).project == name


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("history = true", "history takes a string or false, not true or false."),
        ("history = 3", "history takes a string or false, not a number."),
        ('history = " "', "history takes a string or false"),
        ('history = "mysql://db/gates"', 'starts with "postgresql://"'),
        ('history = "host=db dbname=gates"', "only a postgresql:// URL is read"),
        ('history = "a\\u0000b"', "holds a NUL character"),
        ('project = ""', "A name cannot be empty."),
    ],
)
def test_what_is_no_place_is_told(line: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, f"[tool.boss-gates]\n{line}\n")

    assert complaint in " ".join(str(caught.value).split())


@pytest.mark.parametrize(
    "line",
    [
        'history = "mysql://ann:s3cret@db/gates"',
        'history = "host=db password=s3cret dbname=gates"',
        'history = ["postgresql://ann:s3cret@db/gates"]',
        f'history = {{ url = "postgresql://{"a" * 80}:s3cret@db/gates" }}',
        f'strict = "postgresql://ann:s3cret{"x" * 300}@db/gates"',
        'base = ["postgresql://db/gates?password=s3cret"]',
    ],
)
def test_no_complaint_shows_a_password(line: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, f"[tool.boss-gates]\n{line}\n")

    assert "s3cret" not in str(caught.value)


def test_settings_do_not_show_a_password_when_they_are_printed(tmp_path: Path) -> None:
    line = 'history = "postgresql://ann:s3cret@db/gates"'
    settings = read(tmp_path, f"[tool.boss-gates]\n{line}\n")

    assert "s3cret" in settings.history
    assert "s3cret" not in repr(settings)


def test_a_duration_against_the_base_warns_unless_it_is_told_to_block(tmp_path: Path) -> None:
    lines = [
        '[tool.boss-gates.targets]\nsession-duration = "no worse than base"',
        'slowest-test = {target = "no worse than base", enforce = "block"}',
        'test-duration-total = "<9 s"',
        'code-coverage = "no worse than base"',
    ]

    found = {each.metric: each.enforce for each in read(tmp_path, "\n".join(lines)).targets}

    assert found == {
        "session-duration": Enforce.WARN,
        "slowest-test": Enforce.BLOCK,
        "test-duration-total": Enforce.BLOCK,
        "code-coverage": Enforce.BLOCK,
    }
