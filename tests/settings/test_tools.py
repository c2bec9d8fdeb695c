"""The tables ``tools`` and ``catalogue``: what is read, and what each mistake is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.evidence.catalogue import Tool, extended, tool_of
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Level, Settings
from pytest_boss_gates.settings import Options, load
from pytest_boss_gates.settings.keys import CATALOGUE_KEYS

if TYPE_CHECKING:
    from pathlib import Path

NEW = 'catalogue.our-lint = { purpose = "Linting", area = "lint", commands = ["our-lint"] }'


def read(root: Path, lines: str) -> Settings:
    text = f"[tool.boss-gates]\ntargets = {{}}\n{lines}\n"
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return load(
        root,
        Options(invocation_dir=root),
        metrics=METRICS,
        formats=("json",),
        tools=lambda: ("mypy", "ruff"),
        practices=lambda: ("type-checking",),
        files=tuple,
    )


def wrong(root: Path, lines: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(root, lines)
    return [
        " ".join(str(problem).split())
        .removeprefix("pyproject.toml:")
        .replace("tool.boss-gates.", "", 1)
        for problem in caught.value.problems
    ]


def test_a_command_is_split_as_a_shell_would_and_makes_observed_the_wanted_level(
    tmp_path: Path,
) -> None:
    (tool,) = read(tmp_path, """tools.mypy = { run = "mypy 'my src' --strict" }""").tools

    assert tool.run == ("mypy", "my src", "--strict")
    assert tool.level is Level.OBSERVED
    assert tool.timeout == 600


def test_a_level_and_a_time_limit_may_be_set(tmp_path: Path) -> None:
    line = 'tools.mypy = { level = "declared", run = "mypy", timeout = "1.5 Min" }'

    (tool,) = read(tmp_path, line).tools

    assert (tool.level, tool.timeout) == (Level.DECLARED, 90)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'tools.mypy.run = " "',
            '3: tools.mypy.run = " " This names no command. Write for example "mypy src".',
        ),
        (
            """tools.mypy.run = "mypy 'src" """,
            """3: tools.mypy.run = "mypy 'src" This is no command: no closing quotation.""",
        ),
        (
            'tools.mypy.run = "cd src && mypy ."',
            (
                '3: tools.mypy.run = "cd src && mypy ." A command is run without a shell, which '
                'alone knows "&&". Put what needs a shell into a script, and run that.'
            ),
        ),
        (
            'tools.mypy = { run = "mypy", timeout = "10" }',
            (
                '3: tools.mypy.timeout = "10" A time limit is a duration such as "10 minutes". '
                "The units are ms, s, minutes, hours, days and weeks."
            ),
        ),
        (
            'tools.mypy = { run = "mypy", timeout = "0 s" }',
            (
                '3: tools.mypy.timeout = "0 s" Nothing is done in no time. '
                'Write for example "10 minutes".'
            ),
        ),
        (
            'tools.mypy.timeout = "10 minutes"',
            (
                "3: tools.mypy.timeout There is nothing to limit: this tool is not run. "
                'Add for example run = "mypy", or leave timeout out.'
            ),
        ),
        (
            "catalogue.ruff = 3",
            (
                "3: catalogue.ruff = 3 A tool of the catalogue is a table. "
                "Write [tool.boss-gates.catalogue.ruff] above what shows it."
            ),
        ),
        (
            "catalogue.Our_Lint = {}",
            (
                "3: catalogue.Our_Lint A tool's key is made of a-z, 0-9 and single hyphens. "
                'Write "our-lint".'
            ),
        ),
        (
            'catalogue.ruff.command = ["ruff"]',
            '3: catalogue.ruff.command There is no such key. Did you mean "commands"?',
        ),
        (
            'catalogue.ruff.commands = "ruff"',
            (
                '3: catalogue.ruff.commands = "ruff" commands takes a list of strings, not a '
                'string. Write for example commands = ["our-lint"].'
            ),
        ),
        (
            'catalogue.ruff.commands = [""]',
            '3: catalogue.ruff.commands = [""] commands cannot be empty.',
        ),
        (
            'catalogue.ruff.occasions = ["schedul"]',
            (
                '3: catalogue.ruff.occasions = ["schedul"] occasions is "schedule" or '
                '"release". Did you mean "schedule"?'
            ),
        ),
        (
            'catalogue.type-checking.members = ["mypi"]',
            (
                '3: catalogue.type-checking.members[0] = "mypi" There is no such tool in the '
                'catalogue. Did you mean "mypy"?'
            ),
        ),
        (
            'catalogue.ruff.problems = ["many"]',
            (
                '3: catalogue.ruff.problems[0] = "many" An exit status is a number, or a range '
                'of them. Write for example "1" or "4-7".'
            ),
        ),
        (
            'catalogue.ruff.marked = { "*.cfg" = "(" }',
            (
                '3: catalogue.ruff.marked."*.cfg" = "(" This is no regular expression: missing '
                "), unterminated subpattern at position 0."
            ),
        ),
        (
            'catalogue.ruff.marked = { "*.cfg" = 3 }',
            (
                '3: catalogue.ruff.marked = { "*.cfg" = 3 } marked takes a table of strings, not '
                "a table with something else in it. Write for example marked = "
                """{ "*.cfg" = '^our-lint' }."""
            ),
        ),
        (
            'catalogue.ruff.checks = { ruff = [""] }',
            '3: catalogue.ruff.checks.ruff = [""] What stands in checks cannot be empty.',
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_write(
    tmp_path: Path, line: str, message: str
) -> None:
    assert wrong(tmp_path, line) == [message]


def test_a_new_tool_must_say_what_it_is_and_what_shows_it(tmp_path: Path) -> None:
    assert wrong(tmp_path, "catalogue.our-lint = { idle = ['our-lint init'] }") == [
        (
            "3: catalogue.our-lint This tool is new, and its table has no purpose. "
            'Add for example purpose = "Code Linting".'
        ),
        (
            "3: catalogue.our-lint This tool is new, and its table has no area. "
            'Add for example area = "lint".'
        ),
        (
            "3: catalogue.our-lint Nothing would ever show this tool. "
            'Add for example commands = ["our-lint"].'
        ),
    ]


def test_a_new_tool_may_be_wanted_and_be_a_member(tmp_path: Path) -> None:
    lines = f"{NEW}\ncatalogue.type-checking.members = ['our-lint']\ntools.our-lint = 'gating'"

    settings = read(tmp_path, lines)

    assert [tool.name for tool in settings.tools] == ["our-lint"]
    assert settings.catalogue["our-lint"]["commands"] == ["our-lint"]


def test_only_names_that_a_plugin_may_add_are_left_open(tmp_path: Path) -> None:
    lines = 'tools.theirs = "gating"\ntools.mypy = "gatin"'

    with pytest.raises(SettingsError) as caught:
        read(tmp_path, lines)

    assert [problem.addable for problem in caught.value.problems] == [True, False]
    assert caught.value.settings is not None


def test_the_keys_are_the_fields_of_the_catalogue_that_is_shipped() -> None:
    fields = set(Tool.__dataclass_fields__) - {"key"}

    assert {key.name for key in CATALOGUE_KEYS} == fields


def test_a_known_tool_grows_by_lists_and_tables_and_takes_other_texts() -> None:
    row = {"purpose": "Linting", "area": "lint", "commands": ["a"], "checks": {"a": ["-c"]}}
    tool = tool_of("a", {**row, "problems": ["2"]})

    more = {"title": "A", "commands": ["b"], "checks": {"b": ["-d"]}, "problems": ["4-5"]}
    grown = extended(tool, more)

    assert (grown.title, grown.area, grown.commands) == ("A", "lint", ("a", "b"))
    assert grown.checks == {"a": ("-c",), "b": ("-d",)}
    assert [status for status in range(9) if grown.tells_of_problems(status)] == [4, 5]
    assert extended(tool, {}) == tool


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    lines = 'tools.mypi = "gating"\ntools.mypy.run = ""\ncatalogue.ruff.area = "linting"'

    assert len(wrong(tmp_path, lines)) == 3
