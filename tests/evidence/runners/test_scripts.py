"""Scripts of the repository: which programs they start, each on its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.scripts import script_at
from pytest_boss_gates.evidence.steps import Dead, Script
from pytest_boss_gates.repository.tree import Tree
from tests.evidence.conftest import reading_of

if TYPE_CHECKING:
    from pathlib import Path


def scripts(root: Path, path: str, text: str, *arguments: str) -> list[Script]:
    found = script_at(path, arguments, reading_of(root, {path: text}), "where", {"A": "1"})
    assert all(isinstance(step, Script) for step in found)
    return [step for step in found if isinstance(step, Script)]


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("x.sh", "echo"),
        ("scripts/lint", "#!/bin/sh -e"),
        ("tool", "#!/usr/bin/env bash"),
        ("x.txt", "#! /usr/bin/zsh"),
        ("check.ps1", "echo"),
    ],
)
def test_a_shell_script_comes_whole(tmp_path: Path, path: str, first: str) -> None:
    (script,) = scripts(tmp_path, path, f"{first}\nmypy src\n", "a", "b")
    assert script.path == path
    assert script.lines[:2] == ((1, first), (2, "mypy src"))
    assert (script.arguments, script.directory, script.env) == (("a", "b"), "where", {"A": "1"})
    assert (script.errexit, script.soft) == (False, ())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.rb", "puts 1"),
        ("tool", "#!/usr/bin/env node\nrun()"),
        ("data.csv", "a,b"),
        ("none.sh", ""),
        ("bin", "\0\0"),
        ("x.py", "def ("),
    ],
)
def test_what_is_no_script_gives_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert scripts(tmp_path, path, text) == []


def test_a_batch_file_is_written_in_the_words_of_the_shell(tmp_path: Path) -> None:
    text = "@echo off\nREM x\n@call tox -e %ENV% & flake8 %1\nif errorlevel 1 exit /b 1\n"
    (script,) = scripts(tmp_path, "build.bat", text)
    assert script.lines[:4] == ((1, ""), (2, ""), (3, "tox -e ${ENV} ; flake8 $1"), (4, ""))
    assert script.errexit


PYTHON = """\
#!/usr/bin/env python3
import os, subprocess, sys
import subprocess as sp
from subprocess import check_call as cc, run

ROOT = os.path.dirname(os.path.abspath(__file__))
PATHS = ["src", "tests"]


def sh(*words):
    print(words)
    subprocess.run(words, check=True, cwd=os.path.join(ROOT, "docs"))


def main():
    cc([sys.executable, "-m", "mypy", *PATHS])
    os.system("flake8 src && isort .")
    sp.run("black --check .", shell=True, check=False)
    done = run(["pylint"])
    if done.returncode:
        sys.exit(1)
    out = sp.run(["git", "log"], capture_output=True).stdout
    sys.exit(subprocess.call(["pytest", *sys.argv[1:]], env={"B": "2"}))


if __name__ == "__main__":
    sh("make", "html")
    try:
        subprocess.check_output(["bandit", "-r", "src"])
    except subprocess.CalledProcessError:
        print("well")
    try:
        cc("vulture {}".format("src"), shell=True)
    except subprocess.CalledProcessError:
        sys.exit(1)
    main()
"""


def test_a_python_script_gives_the_programs_that_it_starts(tmp_path: Path) -> None:
    found = scripts(tmp_path, "tools/check.py", PYTHON, "-q", "t")
    assert [(script.lines[0], script.directory, script.soft) for script in found] == [
        ((12, "make html"), "tools/docs", ()),
        (
            (29, "bandit -r src"),
            "where",
            ("tools/check.py:30: `except subprocess.CalledProcessError` goes on",),
        ),
        ((33, "vulture src"), "where", ()),
        ((16, "python -m mypy src tests"), "where", ()),
        (
            (17, "flake8 src && isort ."),
            "where",
            ("tools/check.py:17: `os.system` without a check",),
        ),
        ((18, "black --check ."), "where", ("tools/check.py:18: `sp.run` without a check",)),
        ((19, "pylint"), "where", ()),
        ((22, "git log"), "where", ("tools/check.py:22: `sp.run` without a check",)),
        ((23, "pytest -q t"), "where", ()),
    ]
    assert found[-1].env == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("text", "command", "soft"),
    [
        ("import unittest\nunittest.main()", (2, "python -m unittest"), ()),
        ("import pytest, sys\nsys.exit(pytest.main())", (2, "pytest -q"), ()),
        ("import pytest\nraise SystemExit(pytest.main(['-x']))", (2, "pytest -x"), ()),
        (
            "import pytest\npytest.main(['-x'])",
            (2, "pytest -x"),
            ("run.py:2: what `pytest.main` returns is not looked at",),
        ),
        ("r = get_runner(s)()\nbad = r.run_tests(['t'])", (2, "python -m unittest"), ()),
        ("import unittest as u\nu.main()", (2, "python -m unittest"), ()),
    ],
)
def test_a_test_runner_called_by_its_library_is_its_command(
    tmp_path: Path, text: str, command: tuple[int, str], soft: tuple[str, ...]
) -> None:
    (script,) = scripts(tmp_path, "run.py", text, "-q")
    assert (script.lines[0], script.soft) == (command, soft)


def test_what_only_running_could_tell_stays_open(tmp_path: Path) -> None:
    found = scripts(tmp_path, "x.py", "import os\nos.system(build(1))\nos.system(cmd)\n")
    assert [script.lines[0][1] for script in found] == ["${build}", "${cmd}"]


def test_a_script_that_is_no_python_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"x.py": "import os\n\ndef (\n"})
    assert script_at("x.py", (), reading) == ()
    assert [(problem.path, problem.line) for problem in reading.problems] == [("x.py", 3)]


def test_deep_and_recursive_code_ends(tmp_path: Path) -> None:
    deep = "x = " + "f(" * 90 + "1" + ")" * 90
    again = "def a():\n    b()\n    b()\ndef b():\n    a()\n    a()\na()\n"
    assert scripts(tmp_path, "a.py", deep) == scripts(tmp_path, "b.py", again) == []
    reading = reading_of(tmp_path, {"c.py": "x = " + "+".join("a" * 3_000)})
    ends = script_at("c.py", (), reading)
    told = [end.why for end in ends if isinstance(end, Dead)]  # by us, else already by the parser
    assert ["nested too deeply" in text for text in told or map(str, reading.problems)] == [True]


# -- what a framework calls

CLICK = """\
import subprocess
import click

@click.group()
def cli():
    pass

@cli.command()
def lint():
    subprocess.check_call(["ruff"])

@cli.command("types")
@click.option("--strict")
def check_types(strict):
    subprocess.check_call(["mypy"])

@cli.command(name="all-docs")
def docs():
    subprocess.check_call(["sphinx-build"])

@cli.command()
def run_tests():
    subprocess.check_call(["pytest"])

@helper("lint")
def other():
    subprocess.check_call(["black"])

if __name__ == "__main__":
    cli()
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("lint",), ["ruff"]),
        (("-v", "lint", "src"), ["ruff"]),
        (("types",), ["mypy"]),
        (("all-docs",), ["sphinx-build"]),
        (("run-tests",), ["pytest"]),
        (("check_types",), []),
        (("docs",), []),
        (("run_tests",), []),
        (("other",), []),
        ((), []),
    ],
)
@pytest.mark.parametrize("library", ["click", "typer"])
def test_a_framework_calls_the_command_that_is_asked_for(
    tmp_path: Path, library: str, arguments: tuple[str, ...], expected: list[str]
) -> None:
    text = CLICK
    if library == "typer":
        text = CLICK.replace("import click", "import typer\n\ncli = typer.Typer()")
        text = text.replace("@click.group()\ndef cli():\n    pass\n", "")
    found = scripts(tmp_path, "x.py", text, *arguments)

    assert [script.lines[0][1] for script in found] == expected


@pytest.mark.parametrize(
    "decorator", ["@click.command()", "@click.command", "@rich_click.command('a')"]
)
@pytest.mark.parametrize("arguments", [(), ("src",), ("--strict",)])
def test_a_program_of_one_command_needs_no_name(
    tmp_path: Path, decorator: str, arguments: tuple[str, ...]
) -> None:
    text = f"import os, click\n{decorator}\ndef main(path='x'):\n    os.system('mypy')\n"

    (script,) = scripts(tmp_path, "x.py", text, *arguments)

    assert script.lines[0] == (4, "mypy")


SETUP = """\
import sys
from setuptools import setup
from setuptools.command.test import test as TestCommand

class PyTest(TestCommand):
    def finalize_options(self):
        import subprocess
        subprocess.check_call(["black"])

    def run(self):
        import pytest
        sys.exit(pytest.main(self.pytest_args))

class Lint(TestCommand):
    def run(self):
        import subprocess
        subprocess.check_call(["ruff"])

class Bare:
    def run(self):
        import subprocess
        subprocess.check_call(["mypy"])

setup(name="shop", cmdclass={"test": PyTest, "lint": Lint, "bare": Bare, **more})
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("test",), [(12, "pytest")]),
        (("-q", "test"), [(12, "pytest")]),
        (("lint",), [(17, "ruff")]),
        (("bare",), []),
        (("install",), []),
        ((), []),
    ],
)
def test_setuptools_hands_its_argument_to_a_class(
    tmp_path: Path, arguments: tuple[str, ...], expected: list[tuple[int, str]]
) -> None:
    found = scripts(tmp_path, "setup.py", SETUP, *arguments)

    assert [script.lines[0] for script in found] == expected
    assert [script.soft for script in found] == [()] * len(expected)


def test_a_class_that_nobody_registers_is_not_run(tmp_path: Path) -> None:
    text = SETUP.replace('"lint": Lint, ', "")

    assert scripts(tmp_path, "setup.py", text, "lint") == []


PIECES = [
    "subprocess.run(", "[", "]", "'x'", ", ", "*", "=", "\n", "if x: ", "os.system(", ")", "x",
    "for x in ", ": ", "def f(x): ", "f(", "sys.argv", "return ", "{", "}", "'a' % ", ".format(",
]  # fmt: skip


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join),
    path=st.sampled_from(["x.py", "x.sh", "x.bat", "x.ps1", "x"]),
)
def test_no_text_makes_it_raise(tmp_path: Path, text: str, path: str) -> None:
    (tmp_path / path).write_text(text, encoding="utf-8", errors="replace")
    script_at(path, (text,), Reading(Tree(root=tmp_path)), text, {})
