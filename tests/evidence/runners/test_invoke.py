"""What a call of Invoke runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.invoke import expand
from pytest_boss_gates.evidence.steps import Call, Script, Step
from pytest_boss_gates.model import Place
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import first, seen

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.evidence.reading import Reading


def steps_of(
    reading: Reading, command: str, directory: str = "", env: dict[str, str] | None = None
) -> tuple[Step, ...]:
    place = Place(path="ci.yml", line=7, text=command)
    words = tuple(command.split())
    return expand(Call(words=words, place=place, directory=directory, env=env or {}), reading)


TASKS = """\
import subprocess
from invoke import Collection, call, run, task
from tools import docs as documentation
from elsewhere import ns as other

SRC = "src"


@task
def clean(c):
    c.run("rm -rf build")


@task(pre=[clean, call(clean)], aliases=["check"], default=True)
def lint_all(c, fix=False, path=SRC):
    command = f"ruff check {path}"
    if fix:
        command += " --fix"
    c.run(command, pty=True)
    c.run("mypy {}".format(path), warn=True)


@task(clean, name="tests", post=[lint_all])
def run_tests(c, kind, k=None):
    args = ["pytest", f"tests/{kind}"]
    if k is not None:
        args.append("-k " + k)
    with c.cd("app"):
        c.run(" ".join(args))
    _report(c, "html")
    for name in ("a", "b"):
        run(f"echo {name}")


def _report(c, how):
    c.run("coverage %s" % how)
    subprocess.run(["codecov", "upload"])
    subprocess.check_call(["twine", "check"])


@task
def guarded(c):
    try:
        c.run('''
            bandit -r src
        ''')
    except Exception:
        print("no")
    c.run(unknown())


@task
def everything(c):
    lint_all(c, fix=True)
    everything(c)


ns = Collection(lint_all, run_tests, everything, guarded)
ns.add_collection(documentation, name="docs")
ns.add_collection(other, "release")
"""
DOCS = """\
from invoke import task


@task(default=True)
def build(c):
    c.run("sphinx-build docs out")
"""
FILES = {"tasks.py": TASKS, "tools/docs.py": DOCS}


def test_a_task_runs_after_its_needs_with_its_options(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "inv lint-all")) == [
        "tasks.py:14 > tasks.py:11 rm -rf build",
        "tasks.py:19 ruff check src",
        "~tasks.py:20 mypy src",
    ]
    for command in ("inv check --fix --path=lib", "invoke -e lint_all -f -p lib"):
        assert seen(steps_of(reading, command))[1] == "tasks.py:19 ruff check lib --fix"
    assert seen(steps_of(reading, "inv")) == seen(steps_of(reading, "inv lint-all"))


def test_a_warning_is_soft_and_says_where(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    steps = steps_of(reading, "inv lint-all")
    assert isinstance(steps[-1], Script)
    assert steps[-1].soft == ("tasks.py:20: warn=True",)
    assert all(text.startswith("~") for text in seen(steps_of(reading, "inv -w lint-all")))


def test_directories_helpers_loops_and_processes(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "inv tests unit -k fast")
    assert seen(steps)[1:8] == [
        "tasks.py:29 pytest tests/unit -k fast",
        "tasks.py:30 > tasks.py:36 coverage html",
        "~tasks.py:30 > tasks.py:37 codecov upload",
        "tasks.py:30 > tasks.py:38 twine check",
        "tasks.py:32 echo a",
        "tasks.py:32 echo b",
        "tasks.py:23 > tasks.py:19 ruff check src",
    ]
    assert first(steps[1:]).directory == "app"


def test_what_an_except_swallows_is_soft_and_the_unknown_is_told(tmp_path: Path) -> None:
    steps = steps_of(reading_of(tmp_path, FILES), "inv guarded")
    assert seen(steps) == [
        "~tasks.py:45 bandit -r src",
        "tasks.py:49 DEAD guarded runs what only running tells",
    ]
    assert first(steps).soft == ("tasks.py:47: `except` goes on after a failure",)


def test_tasks_called_as_functions_and_recursion(tmp_path: Path) -> None:
    assert seen(steps_of(reading_of(tmp_path, FILES), "inv everything")) == [
        "tasks.py:54 > tasks.py:19 ruff check src --fix",
        "~tasks.py:54 > tasks.py:20 mypy src",
    ]


def test_collections_are_followed_into_local_modules_only(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    for command in ("inv docs.build", "inv docs"):
        assert seen(steps_of(reading, command)) == ["tools/docs.py:6 sphinx-build docs out"]
    (told,) = seen(steps_of(reading, "inv release.build"))
    assert told.startswith("ci.yml:7 DEAD inv release.build: release.build comes from a package")
    assert told.endswith("that is not in the repository")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "inv gone")) == [
        "ci.yml:7 DEAD inv gone: there is no task gone in tasks.py"
    ]
    assert seen(steps_of(reading, "fab deploy")) == [
        "ci.yml:7 DEAD fab deploy: there is no fabfile.py"
    ]
    assert steps_of(reading, "inv --list") == ()


def test_a_package_of_tasks_and_another_root(tmp_path: Path) -> None:
    files = {
        "ci/tasks/__init__.py": "from .check import lint\nfrom invoke import task\n",
        "ci/tasks/check.py": "from invoke import task\n@task\ndef lint(c):\n    c.run('mypy')\n",
    }
    reading = reading_of(tmp_path, files)
    steps = steps_of(reading, "inv -r ci lint")
    assert (seen(steps), first(steps).directory) == (["ci/tasks/check.py:4 mypy"], "")


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"tasks.py": "a = 1\ndef x(:\n"})
    assert seen(steps_of(reading, "inv x")) == ["ci.yml:7 DEAD inv x: tasks.py is not understood"]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("tasks.py", 2)]


def test_deep_nesting_ends(tmp_path: Path) -> None:
    deep = "from invoke import task\n@task\ndef x(c):\n    c.run(" + "'a' + " * 900 + "'b')\n"
    deep += "    if " + "not " * 150 + "c:\n        c.run('mypy')\n"
    reading = reading_of(tmp_path, {"tasks.py": deep})
    assert isinstance(steps_of(reading, "inv x"), tuple)


def test_what_multiplies_itself_ends(tmp_path: Path) -> None:
    text = "from invoke import task\n@task\ndef x(c):\n"
    for depth in range(1, 16):
        text += " " * depth + f"for a{depth} in [1, 2, 3, 4, 5, 6, 7, 8]:\n"
    reading = reading_of(tmp_path, {"tasks.py": text + " " * 16 + "c.run('mypy')\n"})
    assert 0 < len(steps_of(reading, "inv x")) < 2000


PIECES = [
    "c.run('a')",
    "x = [c, 'a', *x]",
    "c.run(' '.join(x))",
    "c.run(f'{x} {c.y[0]}'.format(x, y=1))",
    "c.run('%s %s' % (x, 1))",
    "task_a(c, *x, **y)",
    "if x is None or not y: c.run(x)",
    "for i in x: c.run(i)",
    "with c.cd(x): c.run(x or 'b')",
    "x += 'z' if y else ['q']",
    "import tasks; from . import tasks",
]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_no_body_makes_it_raise(tmp_path: Path, pieces: list[str]) -> None:
    body = "".join(f"    {piece}\n" for piece in pieces)
    text = f"from invoke import task\n@task(*x, pre=[y])\ndef task_a(c, x=None, *y):\n{body}"
    reading = reading_of(tmp_path, {"tasks.py": text})
    assert isinstance(steps_of(reading, "inv task-a --x 1 task-a"), tuple)
