"""Reading requirements out of each kind of file that writes them down."""

from __future__ import annotations

import sys

import pytest

from pytest_boss_gates.evidence.dependencies import (
    dependencies_of,
    is_toml,
    reader_of,
    required_name,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read(path: str, text: str) -> list[tuple[str, int, str]]:
    table = tomllib.loads(text) if is_toml(path) else {}
    found = dependencies_of(path, text, table)
    for dependency in found:
        line = text.split("\n")[dependency.place.line - 1]
        assert dependency.place.path == path
        assert dependency.place.text in line
    return [(d.name, d.place.line, d.place.text) for d in found]


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("mypy", "mypy"),
        (" mypy>=1.8 ", "mypy"),
        ("mypy ~= 1.8 ; python_version < '3.12'", "mypy"),
        ("mypy[dmypy,reports]==1.*", "mypy"),
        ("mypy (>=1.8)", "mypy"),
        ("mypy@ https://example.org/mypy.whl", "mypy"),
        ("mypy # pinned elsewhere", "mypy"),
        ("mypy==1.8 --hash=sha256:abc", "mypy"),
        ("mypy==1.8 \\", "mypy"),
        ("Flit_Core.Extra", "flit-core-extra"),
        ("git+https://example.org/a.git#egg=my_tool", "my-tool"),
        ("-e git+https://example.org/a.git#egg=my_tool", "my-tool"),
        # no requirements of a distribution
        ("", ""),
        ("-r mypy.txt", ""),
        ("--index-url https://mypy", ""),
        ("-e .[mypy]", ""),
        ("./mypy", ""),
        ("mypy/local", ""),
        ("mypy is a fine tool", ""),
        ("https://example.org/mypy.whl", ""),
        ("git+https://example.org/mypy.git", ""),
        ("{[base]deps}", ""),
        ("$MYPY", ""),
    ],
)
def test_a_requirement_gives_its_normalised_name(requirement: str, name: str) -> None:
    assert required_name(requirement) == name


def test_pyproject_is_read_wherever_a_build_tool_keeps_requirements() -> None:
    text = """\
[build-system]
requires = ["hatchling"]
[project]
dependencies = [
    "rich>=13",
]
[project.optional-dependencies]
docs = ["sphinx"]
[dependency-groups]
lint = ["ruff"]
dev = [{include-group = "lint"}, "tox"]
[tool.poetry.dependencies]
python = "^3.10"
httpx = {version = "*"}
[tool.poetry.dev-dependencies]
pylint = "*"
[tool.poetry.group.test.dependencies]
pytest = "^8"
[tool.pdm.dev-dependencies]
a = ["pyright"]
[tool.uv]
dev-dependencies = ["mypy"]
[tool.hatch.envs.lint]
dependencies = ["black"]
extra-dependencies = ["isort"]
[tool.tox.env_run_base]
deps = ["nose"]
[tool.tox.env.types]
deps = ["ty"]
"""
    assert {(name, line) for name, line, _ in read("pyproject.toml", text)} == {
        ("hatchling", 2),
        ("rich", 5),
        ("sphinx", 8),
        ("ruff", 10),
        ("tox", 11),
        ("python", 13),
        ("httpx", 14),
        ("pylint", 16),
        ("pytest", 18),
        ("pyright", 20),
        ("mypy", 22),
        ("black", 24),
        ("isort", 25),
        ("nose", 27),
        ("ty", 29),
    }


def test_the_quoted_text_is_the_requirement_in_a_list_and_the_line_of_a_key() -> None:
    text = '[project]\ndependencies = ["a>1", "b"]\n[tool.poetry.dependencies]\nc = "^2"  # why\n'

    assert read("pyproject.toml", text) == [
        ("a", 2, "a>1"),
        ("b", 2, "b"),
        ("c", 4, 'c = "^2"  # why'),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "dependency-groups = 3",
        "[dependency-groups]\na = 3\nb = [3, {}]",
        "[project]\ndependencies = {a = 1}\noptional-dependencies = []",
        "tool = []",
        "[tool]\npoetry = 'x'\nuv = 1",
    ],
)
def test_values_of_the_wrong_type_are_passed_over(text: str) -> None:
    assert [name for name, _, _ in read("pyproject.toml", text)] in ([], ["a"])


def test_hatch_and_tox_have_toml_files_of_their_own() -> None:
    assert read("hatch.toml", '[envs.lint]\ndependencies = ["black"]\n') == [("black", 2, "black")]
    assert read("tox.toml", '[env_run_base]\ndeps = ["pytest"]\n') == [("pytest", 2, "pytest")]


def test_a_pipfile_names_packages_by_key() -> None:
    text = (
        '[packages]\nrich = "*"\n[dev-packages]\nmypy = {version = "*"}\n[scripts]\nblack = "x"\n'
    )

    assert read("Pipfile", text) == [
        ("rich", 2, 'rich = "*"'),
        ("mypy", 4, 'mypy = {version = "*"}'),
    ]


def test_setup_cfg_lists_requirements_line_by_line() -> None:
    text = """\
[metadata]
description = mypy
[options]
install_requires =
    rich>=13
    # black
    click; python_version > "3.8"
tests_require = nose
[options.extras_require]
test =
    pytest
[mypy]
plugins = isort
"""
    assert read("setup.cfg", text) == [
        ("rich", 5, "rich>=13"),
        ("click", 7, 'click; python_version > "3.8"'),
        ("nose", 8, "tests_require = nose"),
        ("pytest", 11, "pytest"),
    ]


def test_setup_py_is_read_by_its_syntax_and_never_run() -> None:
    text = '''\
import setuptools
raise SystemExit("ran")
TESTS = ["pytest", "coverage>=7"]
setuptools.setup(
    description="mypy",
    install_requires=["rich"] + TESTS,
    extras_require={"test": TESTS, "docs": ("sphinx",)},
    tests_require="""
        nose
    """,
    python_requires=">=3.10",
)
other(install_requires=["black"])
'''
    assert [(name, line) for name, line, _ in read("setup.py", text)] == [
        ("rich", 6),
        ("pytest", 3),
        ("coverage", 3),
        ("pytest", 3),
        ("coverage", 3),
        ("sphinx", 7),
        ("nose", 9),
    ]


def test_a_noxfile_installs_what_it_names() -> None:
    text = "def s(session):\n    session.install('-r', 'x.txt', 'mypy')\n    session.run('black')\n"

    assert [(name, line) for name, line, _ in read("noxfile.py", text)] == [
        ("x-txt", 2),
        ("mypy", 2),
    ]


def test_tox_ini_gives_the_deps_of_environments_without_their_factors() -> None:
    text = """\
[tox]
requires = tox-uv
[testenv]
deps =
    pytest
    py312,lint: mypy>=1
    -r requirements.txt
commands = black
[testenv:docs]
deps = sphinx
[flake8]
deps = isort
"""
    assert [(name, line) for name, line, _ in read("tox.ini", text)] == [
        ("tox-uv", 2),
        ("pytest", 5),
        ("mypy", 6),
        ("sphinx", 10),
    ]


def test_a_list_of_requirements_is_read_without_options_comments_and_hashes() -> None:
    text = "# mypy\n-r base.txt\nblack==24  # isort\n\nruff==1 \\\n    --hash=sha256:ab\n-e .\n"

    assert [(name, line) for name, line, _ in read("requirements-dev.txt", text)] == [
        ("black", 3),
        ("ruff", 5),
    ]


def test_a_compiled_list_counts_only_what_it_is_there_for() -> None:
    text = """\
# This file is autogenerated by pip-compile with Python 3.12
click==8.1 \\
    --hash=sha256:ab
    # via black
black==24.1
    # via -r requirements.in
isort==5.1  # via -r dev.in
mypy==1.8
    # via
    #   -r requirements.in
    #   other
pluggy==1
    # via
    #   pytest
    #   tox
"""
    assert [name for name, _, _ in read("requirements.txt", text)] == ["black", "isort", "mypy"]


def test_a_conda_environment_lists_packages_below_dependencies() -> None:
    text = """\
name: mypy
channels:
  - black
dependencies:
  - python=3.12
  - conda-forge::ruff>=0.5  # isort
  - pip:
      - mypy==1.8
variables:
  - nose
"""
    assert [(name, line) for name, line, _ in read("environment.yml", text)] == [
        ("python", 5),
        ("ruff", 6),
        ("mypy", 8),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "pyproject.toml",
        "packages/a/pyproject.toml",
        "requirements.txt",
        "Requirements.txt",
        "dev-requirements.txt",
        "requirements_test.in",
        "requirements/dev.txt",
        "docs/requirements.txt",
        "environment-dev.yaml",
    ],
)
def test_files_of_requirements_are_known_by_their_names(path: str) -> None:
    assert reader_of(path) is not None


@pytest.mark.parametrize(
    "path", ["README.md", "requirements.md", "notes.txt", "constraints.txt", "ci/environment.py"]
)
def test_other_files_are_not(path: str) -> None:
    assert reader_of(path) is None
    assert dependencies_of(path, "mypy\n", {}) == []


@pytest.mark.parametrize("path", ["setup.py", "noxfile.py"])
@pytest.mark.parametrize("text", ["setup(", "x = '\0'", "(" * 5_000])
def test_a_file_that_is_not_python_raises_what_is_caught(path: str, text: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        dependencies_of(path, text, {})
