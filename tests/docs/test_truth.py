"""The documentation is true: generated parts, TOML blocks, links and commands."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from pytest_boss_gates.cli import main, parser
from pytest_boss_gates.corridor import settings_schema
from tests.docs.conftest import PAGES, ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OTHERS = {
    "git": {"--color-moved", "--exit-code"},
    "gh and glab": {"--paginate", "--slurp"},
    "scripts of ours": {"--check", "--labels", "--repos", "--workdir"},
    "tools": {"--exit-zero", "--fix", "--header", "--ours"},
}
"""Options that the pages name and that are neither ours nor pytest's."""

OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
MEASURED = {
    "till.py": "RATE = 0.9\n",
    "src/kettle.py": "def boil():\n    return 1\n",
    "tests/unit/test_kettle.py": "def test_it():\n    assert True\n",
    "docs/runbook.md": "\n" * 11 + "Deployed to staging by hand.\n",
}


def test_the_generated_parts_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def toml_blocks() -> Iterator[Any]:
    """Every TOML block of the pages; one without a table is the inside of the targets."""
    for page in PAGES:
        for block in blocks(page):
            if block.language == "toml":
                bare = not re.search(r"^\[", block.text, flags=re.MULTILINE)
                text = f"[tool.boss-gates.targets]\n{block.text}" if bare else block.text
                yield pytest.param(text, id=f"{page.stem}:{block.line}")


@pytest.mark.parametrize("text", list(toml_blocks()))
def test_a_toml_block_is_settings_that_judge(
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, content in {**MEASURED, "pyproject.toml": text}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    status = main(["check", "--root", str(tmp_path), "--no-ci", "--json"])

    judged = capsys.readouterr()
    assert status in {0, 10, 11}, judged.err
    assert json.loads(judged.out)["problems"] == []
    settings = tomllib.loads(text).get("tool", {}).get("boss-gates", {})
    jsonschema.validate(settings, settings_schema())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (path.parent / link).exists(), link


def test_ci_calls_the_commands_that_the_readme_begins_with() -> None:
    calls = re.findall(r"^step (.+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    (first,) = (block for block in blocks(ROOT / "README.md") if "CI calls" in block.left_out)

    shown = [command.text for command in first.commands]

    assert len(shown) == 2
    assert set(shown) <= set(calls)


def test_the_lines_without_make_are_those_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (lines,) = (block for block in blocks(ROOT / "README.md") if "make test" in block.left_out)

    for command in lines.commands[1:]:
        program, arguments = command.text.split(" -m ")
        start = "$(PIP) " if arguments.startswith("pip install ") else "$(BIN)/python -m "
        arguments = arguments.removeprefix("pip install ").removesuffix(" --group test")
        assert program == ".venv/bin/python"
        assert f"\t{start}{arguments}\n" in makefile


def ours(commands: argparse.ArgumentParser) -> Iterator[str]:
    """Every option of a parser and of the commands below it."""
    for action in commands._actions:  # noqa: SLF001 - argparse has no other way to list them
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                yield from ours(command)


def test_every_option_that_the_text_names_exists() -> None:
    command = [sys.executable, "-m", "pytest", "--help"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = {*ours(parser()), *OPTION.findall(told), *chain.from_iterable(OTHERS.values())}

    unknown = [
        f"{page.name}: {option}"
        for page in PAGES
        for span in re.findall(r"`([^`\n]+)`", FENCED.sub("", page.read_text(encoding="utf-8")))
        for option in OPTION.findall(span)
        if option not in known
    ]

    assert not unknown


def test_the_arguments_of_a_script_that_is_not_run_are_its_own() -> None:
    commands = [
        command.text
        for page in PAGES
        for block in blocks(page)
        for command in block.commands
        if command.text.startswith("python ")
    ]

    assert len(commands) >= 7
    for command in commands:
        done = subprocess.run(
            [sys.executable, *shlex.split(command)[1:], "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_every_page_is_in_the_navigation() -> None:
    navigation = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]

    def named(entries: list[dict[str, Any]]) -> Iterator[str]:
        for value in chain.from_iterable(entry.values() for entry in entries):
            yield from named(value) if isinstance(value, list) else [value]

    assert sorted(named(navigation)) == sorted(page.name for page in (ROOT / "docs").glob("*.md"))
