"""What the tests of the documentation share: the blocks of a page, and how its commands are run.

A block with a title is a file, one whose title begins with ``>>`` goes on with that file. A line
that begins with ``$`` is a command for bash, and the lines below it are what it prints, where
``...`` stands for anything and every duration for every other. A block that shows no output at
all is a list of commands: each has to succeed.

Above a block may stand, in a comment that no reader of the page sees,

    <!-- in: NAME -->     from here on the commands run in a new project of that name
    <!-- not run: WHY --> this block alone is left out
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Project

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

COMMIT = "git init -q -b main && git add . && git commit -q -m Start"
KETTLE = {
    "pyproject.toml": """\
        [project]
        name = "kettle"
        version = "1.4.0"

        [tool.setuptools]
        py-modules = ["kettle"]

        [tool.boss-gates.targets]
        code-coverage = ">=98%"
        complexity = "<=12"
        session-duration = "<1 minute"
        """,
    "kettle.py": """\
        def boil(litres, watts):
            if litres <= 0:
                raise ValueError("there is nothing to boil")
            return litres * 4186 * 80 / watts
        """,
    "test_kettle.py": """\
        import pytest

        from kettle import boil


        def test_a_litre_takes_minutes():
            assert 120 < boil(1, 2000) < 180


        def test_nothing_does_not_boil():
            with pytest.raises(ValueError):
                boil(0, 2000)


        def test_a_weak_kettle_takes_longer():
            assert boil(1, 500) > 600
        """,
}

_FENCE = re.compile(
    r"^(?:<!-- (?P<word>in|not run): (?P<mark>[^\n]+) -->\n\n)?"
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
_DURATION = re.compile(r"(?<![<>=.\d])\d+(?:\.\d+)? ?m?s\b")  # not one that a target names
_NO_PLUGINS = " ".join(
    f"-p no:{name}" for name in ("asyncio", "flaky", "hypothesispytest", "pytest-retry")
)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command with what the page shows of its output."""

    text: str
    output: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of code, with the line of the page that it begins at."""

    language: str
    text: str
    line: int = 0
    title: str = ""
    project: str = ""  # of ``in``
    left_out: str = ""  # of ``not run``

    @property
    def commands(self) -> list[Command]:
        found: list[Command] = []
        goes_on = False
        for line in self.text.splitlines():
            if goes_on:
                found[-1] = Command(text=f"{found[-1].text}\n{line}")
            elif line.startswith("$ "):
                found.append(Command(text=line[2:]))
            elif found:
                last = found[-1]
                found[-1] = Command(text=last.text, output=f"{last.output}{line}\n")
            goes_on = bool(found) and not found[-1].output and line.endswith("\\")
        return found

    @property
    def shows_output(self) -> bool:
        return any(command.output for command in self.commands)


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            language=found["language"],
            text=found["text"],
            line=text.count("\n", 0, found.start("language")) + 1,
            title=found["title"] or "",
            project=found["mark"] if found["word"] == "in" else "",
            left_out=found["mark"] if found["word"] == "not run" else "",
        )
        for found in _FENCE.finditer(text)
    ]


@dataclass(kw_only=True)
class Story:
    """The blocks of a page that follow one another in one project."""

    page: Path
    project: str = ""
    blocks: list[Block] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.page.stem}:{self.blocks[0].line}"


def stories(page: Path) -> list[Story]:
    found = [Story(page=page)]
    for block in blocks(page):
        if block.project:
            found.append(Story(page=page, project=block.project))
        if block.commands or block.title:
            found[-1].blocks.append(block)
    return [
        story
        for story in found
        if any(block.commands and not block.left_out for block in story.blocks)
    ]


def write(root: Path, block: Block) -> None:
    """Write the file that a block is."""
    path = root / block.title.removeprefix(">> ")
    before = path.read_text(encoding="utf-8") if block.title.startswith(">> ") else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + block.text, encoding="utf-8")


def environment(home: Path) -> dict[str, str]:
    """A clean environment with our own commands first on the path, and a person's name in git."""
    return {
        **clean_environment(home),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PYTEST_ADDOPTS": _NO_PLUGINS,
        "LC_ALL": "C.UTF-8",
        **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
    }


def bash(script: str, cwd: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script],
        cwd=cwd,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )


def with_wheels(project: Project) -> None:
    """Give a project a virtual environment of its own, in which pip finds this version of us.

    Everything else is where pip always finds it.
    """
    wheels, own = project.root.parent / "wheels", project.root.parent / "own"
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels), "."]
    subprocess.run(command, cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(own)], check=True)
    project.environment |= {
        "PATH": f"{own / 'bin'}{os.pathsep}{project.environment['PATH']}",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def follow(
    story: Story, root: Path, variables: Mapping[str, str], put: Mapping[str, str]
) -> list[str]:
    """Run a story's commands, and give what was not as the page says.

    One bash runs them all, so that variables, directories and ``$?`` last. ``put`` has the texts
    of the page that something of here stands in for, such as a server.
    """
    beside = root.parent / "story"
    script = []
    shown: list[tuple[Block, Command]] = []
    for number, block in enumerate(block for block in story.blocks if not block.left_out):
        if block.title:
            write(beside / str(number), replace(block, title="file"))
            into = ">>" if block.title.startswith(">> ") else ">"
            name = shlex.quote(block.title.removeprefix(">> "))
            script.append(f"mkdir -p $(dirname {name}); cat {beside}/{number}/file {into} {name}")
        for command in block.commands:
            text = command.text
            for there, here in put.items():
                text = text.replace(there, here)
            place = f"{beside}/{len(shown)}"
            script.append(f"{{ {text}\n}} > {place}.txt 2>&1; told=$?; echo $told > {place}.status")
            script.append("(exit $told)")
            shown.append((block, command))
    beside.mkdir(exist_ok=True)
    bash("\n".join(script), root, variables)
    return [
        f"{story.page.name}: $ {command.text}\n{text}"
        for number, (block, command) in enumerate(shown)
        if (text := _unlike(block, command, beside / str(number)))
    ]


def _unlike(block: Block, command: Command, kept: Path) -> str:
    """Give what a command did when it is not what its block says, else nothing."""
    printed = kept.with_suffix(".txt").read_text(encoding="utf-8")
    if block.shows_output:
        return "" if _agree(command.output, printed) else printed
    status = kept.with_suffix(".status").read_text(encoding="utf-8").strip()
    return "" if status == "0" else f"{printed}exit status {status}"


def _agree(wanted: str, got: str) -> bool:
    def plain(text: str) -> str:
        return re.sub(r"={2,}", "==", _DURATION.sub("0 s", text))

    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(plain(wanted), plain(got), flags)
