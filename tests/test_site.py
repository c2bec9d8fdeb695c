"""The pages that are followed step by step do what they say, on files of their own.

A code block with a title is a file, one whose title begins with ``>>`` goes on with that file; a
``console`` block is run by bash, and its output compared, where ``...`` stands for anything.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[1] / "docs"
NEEDS_BASH = pytest.mark.skipif(shutil.which("bash") is None, reason="the pages speak bash")
NO_PLUGINS = "-p no:asyncio -p no:flaky -p no:pytest-retry -p no:hypothesispytest"


@dataclass
class Block:
    """A code block of a page; ``console`` ones hold commands with what they print."""

    language: str
    title: str
    text: str
    commands: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.language == "console":
            for line in self.text.splitlines():
                if line.startswith("$ "):
                    self.commands.append((line[2:], ""))
                else:
                    command, output = self.commands[-1]
                    self.commands[-1] = (command, f"{output}{line}\n")


def blocks(page: str) -> Iterator[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    fence = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.DOTALL | re.MULTILINE)
    for found in fence.finditer(text):
        yield Block(language=found[1], title=found[2] or "", text=found[3])


def write(root: Path, block: Block) -> None:
    path = root / block.title.removeprefix(">> ")
    before = path.read_text(encoding="utf-8") if block.title.startswith(">> ") else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + block.text, encoding="utf-8")


def followed(page: str, tmp_path: Path) -> list[tuple[str, str, str]]:
    """Follow a page to its end; gives each command with what it should print, and what it did."""
    root = tmp_path / "project"
    root.mkdir()
    wanted: list[tuple[str, str]] = []
    script = ["cd project"]
    for number, block in enumerate(blocks(page)):
        if block.title:
            source = tmp_path / "files" / str(number)
            write(source, Block(block.language, block.title.removeprefix(">> "), block.text))
            name = shlex.quote(block.title.removeprefix(">> "))
            into = ">>" if block.title.startswith(">> ") else ">"
            script.append(f"cat ../files/{number}/{name} {into} {name}")
        for command, output in block.commands:
            script.append(f"{{ {command}\n}} > ../{len(wanted)}.txt 2>&1")
            wanted.append((command, output))
    environment = clean_environment(tmp_path)
    environment.update(
        PATH=os.pathsep.join((os.path.dirname(sys.executable), environment["PATH"])),
        PYTEST_ADDOPTS=NO_PLUGINS,
        LC_ALL="C.UTF-8",
        **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
    )
    subprocess.run(["bash", "-c", "\n".join(script)], cwd=tmp_path, env=environment, check=False)
    return [
        (command, output, (tmp_path / f"{number}.txt").read_text(encoding="utf-8"))
        for number, (command, output) in enumerate(wanted)
    ]


@NEEDS_BASH
@pytest.mark.parametrize("page", ["getting-started.md", "adoption.md"])
def test_a_page_that_is_followed_prints_what_it_shows(page: str, tmp_path: Path) -> None:
    found = followed(page, tmp_path)

    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert len(found) >= 8
    for command, wanted, got in found:
        assert doctest.OutputChecker().check_output(wanted, got, flags), f"$ {command}\n{got}"


def recipes() -> dict[str, list[Block]]:
    """Give the files of each recipe by its heading."""
    text = (DOCS / "recipes.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    parts = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    found = {}
    for title, part in zip(titles, parts, strict=True):
        fence = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```', re.DOTALL | re.MULTILINE)
        found[title] = [Block(it[1], it[2], it[3]) for it in fence.finditer(part)]
    return found


@pytest.mark.parametrize("title", ["GitHub Actions", "GitLab CI", "tox", "nox"])
def test_with_a_recipe_the_evidence_finds_pytest_gating(title: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\nversion = '1'\n")
    for block in recipes()[title]:
        write(tmp_path, block)
    tree = Tree(root=tmp_path)

    fact = find_evidence(tree).facts["pytest"]

    assert fact.level is Level.GATING


def test_every_recipe_with_files_is_tried() -> None:
    tried = {"GitHub Actions", "GitLab CI", "tox", "nox", "Monorepo", "pre-commit"}
    assert {title for title, files in recipes().items() if files} == tried


def test_the_hook_of_the_recipe_judges(tmp_path: Path) -> None:
    (block,) = recipes()["pre-commit"]
    (hook,) = yaml.safe_load(block.text)["repos"][0]["hooks"]
    (targets,) = recipes()["Monorepo"]
    write(tmp_path, targets)
    (tmp_path / "a.py").write_text("def f():\n    return 1\n", encoding="utf-8")
    name, *arguments = shlex.split(hook["entry"])

    done = subprocess.run(
        [sys.executable, "-m", "pytest_boss_gates.cli", *arguments],
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert name == "boss-gates"
    assert "complexity" in done.stdout, done.stderr
    assert "met" in done.stdout


def test_every_page_is_in_the_navigation() -> None:
    pages = {path.name for path in DOCS.glob("*.md")}
    navigation = yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]

    def named(entries: list[object]) -> Iterator[str]:
        for entry in entries:
            assert isinstance(entry, dict)
            for value in entry.values():
                yield from named(value) if isinstance(value, list) else [value]

    listed = list(named(navigation))
    assert set(listed) == pages
    assert len(listed) == len(pages)
