"""nox: from a call to what the sessions run, each on its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.nox import expand
from pytest_boss_gates.evidence.steps import Call, Dead, Script
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.steps import Step


def steps(root: Path, files: Mapping[str, str], words: str, **env: str) -> tuple[Step, ...]:
    call = Call(words=tuple(words.split()), place=Place(path="ci.yml", line=7), env=env)
    return expand(call, reading_of(root, files))


NOXFILE = """\
import nox
from pathlib import Path

nox.options.sessions = ["lint", "tests"]
SOURCES = ["src", "tests"]
HERE = Path(__file__).parent
PYTHONS = ["3.12", "3.13"]


def install(session, *groups):
    session.install(*groups)
    session.run("uv", "sync", *groups, external=True)


@nox.session(python=PYTHONS, tags=["ci"])
@nox.parametrize("django", ["4", "5"])
def tests(session, django):
    install(session, "test")
    args = session.posargs or ["tests"]
    session.run("pytest", f"--ds={django}", *args, env={"MODE": "ci"})
    session.notify("report")


@nox.session(tags=["ci", "quick"])
def lint(session: nox.Session) -> None:
    for tool in ("ruff check", "flake8"):
        session.run(*tool.split(), *SOURCES)
    session.run(
        "pylint", "src",
        success_codes=[0, 4],
    )
    with session.chdir("docs"):
        session.run("doc8", ".")
    try:
        session.run("codespell")
    except Exception:
        session.warn("typos")


@nox.session(name="type-check", default=False)
def types(session):
    if session.posargs:
        session.run("mypy", *session.posargs)
    else:
        session.run("mypy", str(HERE / "src"))
    session.run_always("pyright", silent=True)


@nox.session
def report(session):
    session.chdir("out")
    session.run("coverage", "report", "--fail-under=90")
    session.run(print, "hello")


def helper(session):
    session.run("never")
"""

LINT = [
    (27, "ruff check src tests"),
    (27, "flake8 src tests"),
    (29, "pylint src"),
    (33, "doc8 ."),
    (35, "codespell"),
]
TESTS = [
    (12, "uv sync test"),
    (20, "pytest --ds=4 tests"),
    (20, "pytest --ds=5 tests"),
    (52, "coverage report --fail-under=90"),
]


def test_a_bare_call_runs_the_sessions_of_the_options(tmp_path: Path) -> None:
    found = steps(tmp_path, {"noxfile.py": NOXFILE}, "nox")
    assert texts(found) == LINT + TESTS


def test_directories_variables_and_soft_failures_are_kept(tmp_path: Path) -> None:
    found = steps(tmp_path, {"noxfile.py": NOXFILE}, "nox", HOME_OF="x")
    scripts = {step.lines[0][1]: step for step in found if isinstance(step, Script)}
    assert scripts["pylint src"].soft == ("noxfile.py:29: success_codes=[0, 4]",)
    assert scripts["codespell"].soft == ("noxfile.py:36: `except Exception` goes on",)
    assert scripts["doc8 ."].directory == "docs"
    assert scripts["doc8 ."].soft == ()
    assert scripts["pytest --ds=4 tests"].env == {"HOME_OF": "x", "MODE": "ci"}
    assert scripts["coverage report --fail-under=90"].directory == "out"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("nox -s tests-3.12", TESTS),
        ("nox --session=tests-3.12(django='5')", TESTS),
        ("nox -e tests-${PY}", TESTS),
        ("nox -s type-check -- src/a.py", [(43, "mypy src/a.py"), (46, "pyright")]),
        ("nox -s type-check", [(45, "mypy //src"), (46, "pyright")]),
        ("nox -t quick", LINT),
        ("nox -k lint", LINT),
        ("nox -f noxfile.py -s lint report", [*LINT, TESTS[-1]]),
        ("nox -l", []),
        ("nox --install-only", []),
    ],
)
def test_sessions_are_chosen(tmp_path: Path, words: str, expected: list[tuple[int, str]]) -> None:
    assert texts(steps(tmp_path, {"noxfile.py": NOXFILE}, words)) == expected


def test_the_environment_chooses_sessions(tmp_path: Path) -> None:
    assert texts(steps(tmp_path, {"noxfile.py": NOXFILE}, "nox", NOXSESSION="lint")) == LINT


def test_without_options_all_default_sessions_run(tmp_path: Path) -> None:
    text = NOXFILE.replace("nox.options.sessions", "chosen")
    assert texts(steps(tmp_path, {"noxfile.py": text}, "nox")) == [*TESTS[:3], *LINT, TESTS[3]]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("nox -s docs", "nox -s docs: there is no session docs in noxfile.py"),
        (
            "nox -s ${WHICH}",
            "nox -s ${WHICH}: which session that is would only be known in a run",
        ),
        ("nox -f ci/nox.py", "nox -f ci/nox.py: there is no ci/nox.py"),
    ],
)
def test_what_cannot_be_followed_is_an_end(tmp_path: Path, words: str, why: str) -> None:
    (found,) = steps(tmp_path, {"noxfile.py": NOXFILE}, words)
    assert found == Dead(place=Place(path="ci.yml", line=7), why=why)


RETURNS = """\
import os
import nox

FIX = os.environ.get("FIX", "0") == "1"
LOUD = os.environ.get("LOUD")


def lint(*paths):
    command = ["ruff", "check", *(paths or ["."])]
    if FIX:
        command += ["--fix"]
    return command


def either(path):
    if LOUD:
        return ["mypy", path]
    return ["pyright", path]


def same(path):
    if LOUD:
        return ["black", path]
    return ["black", path]


def perhaps():
    if LOUD:
        return ["flake8"]


@nox.session
def a(session):
    session.run(*lint())
    session.run(*lint("src", "tests"))
    session.run(*either("src"))
    session.run(*same("src"))
    session.run(*perhaps())
"""


def test_what_a_function_returns_is_run_when_it_is_sure(tmp_path: Path) -> None:
    assert texts(steps(tmp_path, {"noxfile.py": RETURNS}, "nox")) == [
        (34, "ruff check ."),
        (35, "ruff check src tests"),
        (36, "'${…}'"),
        (37, "black src"),
        (38, "'${perhaps}'"),
    ]


def test_sessions_that_call_each_other_end(tmp_path: Path) -> None:
    text = "import nox\n@nox.session\ndef a(session):\n    a(session)\n    session.notify('a')\n"
    text += "    session.run('x')\n"
    assert texts(steps(tmp_path, {"noxfile.py": text}, "nox")) == [(6, "x")]


def test_a_noxfile_that_is_no_python_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"noxfile.py": "import nox\ndef (:\n"})
    (found,) = expand(Call(words=("nox",), place=Place(path="c", line=1)), reading)
    assert isinstance(found, Dead)
    assert found.why == "nox: noxfile.py could not be read"
    assert [(problem.path, problem.line) for problem in reading.problems] == [("noxfile.py", 2)]


@pytest.mark.parametrize(
    "body",
    [
        "x = []\nx.append(x)\nsession.run(*x, f'{x}')",
        "x = ['a']\nfor i in range(3):\n    x = [x, x]\nsession.run(*x)",
        "x = " + "[" * 90 + "]" * 90 + "\nsession.run(*x, x == x)",
        "x = " + "+".join("a" * 900),
        "x = a" + ".b" * 900 + "()\nsession.run(x)",
        "\n".join("for i in [1, 2, 3, 4, 5]:".rjust(25 + n, "\t") for n in range(12)),
    ],
)
def test_hostile_code_ends(tmp_path: Path, body: str) -> None:
    inner = "\n".join(f"    {line}" for line in body.splitlines())
    files = {"noxfile.py": f"import nox\n@nox.session\ndef a(session):\n{inner}\n    pass\n"}
    assert len(steps(tmp_path, files, "nox")) <= 2_000


PIECES = [
    "nox", "session", ".run(", "(", ")", "[", "]", "'x'", ", ", "*", "=", "\n    ", "if ", ":",
    "for i in ", "1", " + ", "f'{", "}'", "return ", "with ", "try:\n        ", "lambda: ", "{",
]  # fmt: skip


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map("".join))
def test_no_text_makes_it_raise(tmp_path: Path, text: str) -> None:
    whole = f"import nox\n@nox.session({text[:9]})\ndef a(session):\n    pass\n    {text}\n"
    (tmp_path / "noxfile.py").write_text(whole, encoding="utf-8", errors="replace")
    for words in (("nox",), ("nox", "-s", "a"), ("nox", "-k", text), ("nox", text)):
        expand(Call(words=words, place=Place(path="c", line=1)), Reading(Tree(root=tmp_path)))
