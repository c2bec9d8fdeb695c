"""What counts as declared, what does not, and that no file can break the look."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.catalogue import load_catalogue
from pytest_boss_gates.evidence.declared import Declared, declared, searched
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import SIZE_LIMIT, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Problem

TOOLS = {tool.key: tool for tool in load_catalogue()}


class Look(NamedTuple):
    """What is declared, and what could not be read."""

    tools: Mapping[str, Declared]
    problems: list[Problem]


def look(root: Path, files: Mapping[str, str]) -> Look:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    reading = Reading(Tree(root=root))
    return Look(declared(reading, TOOLS.values()), reading.problems)


def names(found: Look) -> set[str]:
    return {key for key, tool in found.tools.items() if tool.places}


def test_every_tool_asked_for_has_an_answer(tmp_path: Path) -> None:
    found = look(tmp_path, {})

    assert found.tools.keys() == TOOLS.keys()
    assert all(tool.note.startswith("searched ") for tool in found.tools.values())


def test_proofs_stand_strongest_first_each_with_its_line(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {
            "pyproject.toml": '[dependency-groups]\ndev = [\n  "mypy>=1.8",\n]\n\n[tool.mypy]\n',
            "setup.cfg": "[mypy-yaml.*]\nignore_missing_imports = True\n",
            ".pre-commit-config.yaml": "repos:\n  - hooks:\n    - id: 'mypy'  # types\n",
            "mypy.ini": "\n[mypy]\n",
        },
    )

    assert found.tools["mypy"].places == (
        Place(path="pyproject.toml", line=3, text="mypy>=1.8"),
        Place(path="pyproject.toml", line=6, text="[tool.mypy]"),
        Place(path="setup.cfg", line=1, text="[mypy-yaml.*]"),
        Place(path=".pre-commit-config.yaml", line=3, text="- id: 'mypy'  # types"),
        Place(path="mypy.ini", line=2, text="[mypy]"),
    )


def test_what_is_not_found_says_where_it_was_looked_for(tmp_path: Path) -> None:
    found = look(tmp_path, {}).tools["mypy"]

    assert found.note == (
        "searched the dependencies, [tool.mypy], [mypy], [mypy-*], the pre-commit hooks, "
        + "".join(f"the action {action}, " for action in TOOLS["mypy"].actions)
        + "mypy.ini, .mypy.ini, the commands of CI"
    )


def test_what_is_searched_is_named_for_tools_without_a_distribution() -> None:
    assert searched(TOOLS["codeql"]) == (
        "the action github/codeql-action/init, the action github/codeql-action/analyze, "
        ".github/codeql/**"
    )


@pytest.mark.parametrize(
    "folder",
    [
        "tests",
        "tests/fixtures/a",
        "examples/a",
        "src/shop/templates",
        "cookiecutter-shop",
        "{{cookiecutter.name}}",
        "vendor/lib",
        "src/_vendor/lib",
        "build/lib",
        "Examples",
    ],
)
def test_files_that_are_not_about_the_project_itself_prove_nothing(
    tmp_path: Path, folder: str
) -> None:
    found = look(
        tmp_path,
        {
            f"{folder}/pyproject.toml": '[project]\ndependencies = ["mypy"]\n[tool.black]\n',
            f"{folder}/requirements.txt": "ruff\n",
            f"{folder}/tox.ini": "[tox]\n",
            f"{folder}/Dockerfile": "FROM python\n",
            f"{folder}/.github/workflows/ci.yml": "on: push\n",
            f"{folder}/docs/conf.py": "extensions = []\n",
        },
    )

    assert names(found) == set()


def test_a_project_of_a_monorepo_declares_for_the_whole(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {
            "packages/a/pyproject.toml": "[tool.mypy]\n",
            "packages/b/setup.cfg": "[flake8]\n",
            "docs/requirements.txt": "sphinx\n",
        },
    )

    assert names(found) == {"mypy", "flake8", "sphinx"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nname = "Black"\n[tool.black]\n'),
        ("setup.cfg", "[metadata]\nname = black\n"),
        ("setup.py", "from setuptools import setup\nsetup(name='black')\n"),
    ],
)
def test_a_tools_own_repository_does_not_prove_that_it_uses_itself(
    tmp_path: Path, path: str, text: str
) -> None:
    found = look(tmp_path, {path: text, "requirements.txt": "black\nmypy\n"})

    assert found.tools["black"].places == ()
    assert found.tools["black"].note == (
        "this project is the tool itself: only running it on its own source would count"
    )
    assert found.tools["mypy"].places


def test_an_own_extra_is_no_requirement_of_a_tool(tmp_path: Path) -> None:
    text = '[project]\nname = "pytest-shop"\n[dependency-groups]\ndev = ["pytest-shop[all]"]\n'

    assert names(look(tmp_path, {"pyproject.toml": text})) == set()


def test_a_plugin_brings_its_tool(tmp_path: Path) -> None:
    found = look(tmp_path, {"requirements.txt": "pytest-cov\nflake8-bugbear\n"})

    assert names(found) == {"pytest", "pytest-cov", "coverage", "flake8"}


def test_an_inline_config_table_is_found_on_its_line(tmp_path: Path) -> None:
    found = look(tmp_path, {"pyproject.toml": "[tool]\nx = 1\nmypy = {strict = true}\n"})

    assert found.tools["mypy"].places == (
        Place(path="pyproject.toml", line=3, text="mypy = {strict = true}"),
    )


def test_an_empty_file_of_a_tool_counts_without_a_line(tmp_path: Path) -> None:
    assert look(tmp_path, {".flake8": ""}).tools["flake8"].places == (Place(path=".flake8"),)


def test_the_quoted_line_of_a_tools_own_file_is_no_comment(tmp_path: Path) -> None:
    found = look(tmp_path, {"Dockerfile": "\n# syntax\nFROM python\n", ".flake8": "# nothing\n"})

    assert found.tools["docker"].places == (Place(path="Dockerfile", line=3, text="FROM python"),)
    assert found.tools["flake8"].places == (Place(path=".flake8", line=1, text="# nothing"),)


def test_windows_line_ends_do_not_move_the_lines(tmp_path: Path) -> None:
    found = look(tmp_path, {"pyproject.toml": "[project]\r\nx = 1\r\n[tool.mypy]\r\n"})

    assert found.tools["mypy"].places[0].line == 3


def test_proofs_are_bounded_in_a_large_monorepo(tmp_path: Path) -> None:
    found = look(tmp_path, {f"p{n}/requirements.txt": "mypy\n" for n in range(30)})

    assert len(found.tools["mypy"].places) == 20


def test_one_bad_file_is_named_and_loses_only_itself(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {
            "pyproject.toml": "[tool.mypy\n",
            "setup.py": "\nsetup(\n",
            "requirements.txt": "black\n",
        },
    )

    assert names(found) == {"black"}
    assert len(found.problems) == 2
    assert str(found.problems[0]).startswith(
        "pyproject.toml:1: it proves nothing, because it could not be read: "
    )
    assert str(found.problems[1]).startswith(
        "setup.py:2: it proves nothing, because it could not be read: "
    )


def test_a_file_that_is_too_large_is_named(tmp_path: Path) -> None:
    found = look(tmp_path, {"requirements.txt": "mypy\n" + "#" * SIZE_LIMIT})

    assert [str(problem) for problem in found.problems] == [
        (
            "requirements.txt: it proves nothing, because it could not be read: "
            "requirements.txt is larger than 2 MB, so it is not read."
        ),
    ]


def test_a_lock_that_is_too_large_to_read_still_is_there(tmp_path: Path) -> None:
    found = look(tmp_path, {"uv.lock": "# made by\nversion = 1\n" + "#" * (SIZE_LIMIT + 1)})

    assert found.tools["uv"].places == (Place(path="uv.lock", line=2, text="version = 1"),)
    assert found.problems == []


def test_deeply_nested_python_loses_only_its_file(tmp_path: Path) -> None:
    text = "setup(install_requires=" + "+".join(["['mypy']"] * 20_000) + ")\n"

    found = look(tmp_path, {"setup.py": text, "requirements.txt": "black\n"})

    assert "black" in names(found)
    assert found.problems or "mypy" in names(found)


PIECES = st.sampled_from(
    [
        "[",
        "]",
        "tool",
        "mypy",
        "=",
        '"',
        "'",
        "\n",
        " ",
        "{",
        "}",
        ",",
        "deps",
        "#",
        "\\",
        "(",
        ")",
        "[project]",
        "dependencies",
        "setup(install_requires=",
        "\x00",
        "\ufeff",
        "é",
        "-",
        ":",
        "\t",
    ]
)
NAMES = ["pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "tox.ini", "Pipfile"]
NAMES += ["environment.yml", "noxfile.py", ".pre-commit-config.yaml", "hatch.toml"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(NAMES),
    content=st.one_of(
        st.lists(PIECES, max_size=25).map("".join).map(str.encode), st.binary(max_size=80)
    ),
)
def test_no_content_of_a_file_makes_it_raise_and_every_proof_can_be_read_again(
    tmp_path: Path, name: str, content: bytes
) -> None:
    for other in NAMES:
        (tmp_path / other).unlink(missing_ok=True)
    (tmp_path / name).write_bytes(content)
    tree = Tree(root=tmp_path)

    found = declared(Reading(tree), TOOLS.values())

    for tool in found.values():
        for proof in tool.places:
            lines = tree.read(proof.path).split("\n")
            assert proof.line == 0 or proof.text in lines[proof.line - 1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    table=st.recursive(
        st.one_of(st.integers(), st.just("mypy"), st.booleans()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2),
            st.dictionaries(
                st.sampled_from(
                    ["tool", "project", "poetry", "dependencies", "mypy", "group", "dev", "name"]
                ),
                inner,
                max_size=3,
            ),
        ),
        max_leaves=12,
    )
)
def test_no_shape_of_a_valid_pyproject_makes_it_raise(tmp_path: Path, table: object) -> None:
    def spell(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k} = {spell(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(spell, value)) + "]"
        return (
            {True: "true", False: "false"}.get(value, repr(value))
            if isinstance(value, bool)
            else repr(value)
        )

    top = table if isinstance(table, dict) else {"x": table}
    text = "\n".join(f"{key} = {spell(value)}" for key, value in top.items())
    found = look(tmp_path, {"pyproject.toml": text})

    assert found.problems == []
    for proof in found.tools["mypy"].places:
        assert proof.text in text.split("\n")[proof.line - 1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in a name")
def test_names_that_are_not_utf8_and_link_loops_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    (tmp_path / os.fsdecode(b"caf\xe9") / "requirements.txt").write_text("mypy\n")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "requirements" / "up").symlink_to("..", target_is_directory=True)

    found = look(tmp_path, {})

    assert found.tools["mypy"].places == (
        Place(path="caf\udce9/requirements.txt", line=1, text="mypy"),
    )
