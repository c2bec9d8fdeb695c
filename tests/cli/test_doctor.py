"""``boss-gates doctor``: each broken prerequisite with its fix, and no alarm without a fire."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.doctor import CHECKS, Found, State, examine
from pytest_boss_gates.history.lines import put_aside
from pytest_boss_gates.history.records import record
from pytest_boss_gates.history.store import VERSIONS, open_store
from pytest_boss_gates.keeping import SPOOL
from tests.history.conftest import lock, run_of  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_boss_gates.history.store import Store
    from tests.conftest import Project

ROOT = Path(__file__).parents[2]
HISTORY = ".boss-gates/history.db"
COVERAGE = '[tool.boss-gates.targets]\ncode-coverage = ">50%"\n'


def found(project: Project, check: str, **environment: str) -> Found:
    environ = {"PATH": os.environ["PATH"], **environment}
    return dict(examine(project.root, environ))[check]


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
        cwd=root,
        check=True,
        capture_output=True,
    )


def settings(project: Project, text: str) -> Project:
    return project.write({"pyproject.toml": text})


def test_a_healthy_project_has_nothing_broken(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(shop, COVERAGE)

    assert main(["doctor", "--root", str(shop.root)]) == 0

    shown = capsys.readouterr().out
    assert "✗" not in shown
    assert shown.endswith("\nNothing is broken.\n")
    assert max(map(len, shown.splitlines())) <= 80
    assert not (shop.root / ".boss-gates").exists(), "it changes nothing"


@pytest.mark.parametrize(
    "root",
    [ROOT, *sorted(path.parent for path in (ROOT / "examples").glob("*/pyproject.toml"))],
    ids=lambda path: path.name,
)
def test_our_own_projects_have_nothing_broken(root: Path) -> None:
    of_the_checkout = ("git", "history", "base")  # they say nothing of the project
    found = examine(root, {"PATH": os.environ["PATH"]})

    assert [
        (name, each.text)
        for name, each in found
        if each.state is State.BROKEN and name not in of_the_checkout
    ] == []


def test_what_is_broken_is_named_with_its_fix(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(shop, '[tool.boss-gates]\nsource = ["nowhere"]\n')

    assert main(["doctor", "--root", str(shop.root)]) == 10

    shown = capsys.readouterr().out
    assert "✗ broken" in shown
    assert "→ Mend each of them; `boss-gates schema` has every key." in " ".join(shown.split())
    assert shown.endswith("\n2 prerequisites broken.\n")


def test_the_facts_have_stable_keys(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    settings(shop, COVERAGE)

    main(["doctor", "--root", str(shop.root), "--json"])

    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [each["check"] for each in checks] == [name for name, _ in CHECKS]
    assert {tuple(each) for each in checks} == {("check", "state", "found", "fix")}
    assert {each["state"] for each in checks} <= {state.value for state in State}


BROKEN = {
    "a key that is none": (
        "settings",
        "[tool.boss-gates]\nstrikt = true\n",
        {},
        'pyproject.toml:2: tool.boss-gates.strikt There is no such key. Did you mean "strict"?',
    ),
    "a run of what failed last": (
        "whole suite",
        '[tool.pytest.ini_options]\naddopts = "--lf"\n',
        {},
        "--lf in addopts of pyproject.toml runs what failed last, and it counts as the whole suite",
    ),
    "a run that only collects": (
        "whole suite",
        '[tool.pytest.ini_options]\naddopts = ["--collect-only"]\n',
        {},
        "--collect-only in addopts of pyproject.toml runs no test",
    ),
    "a plugin that is kept out": (
        "plugin",
        '[tool.pytest.ini_options]\naddopts = "-p no:boss_gates"\n',
        {},
        "-p no:boss_gates in addopts of pyproject.toml keeps the plugin out",
    ),
    "gates that are switched off": (
        "plugin",
        "",
        {"pytest.ini": "[pytest]\naddopts = -q --no-boss-gates\n"},
        "--no-boss-gates in addopts of pytest.ini switches the gates off",
    ),
    "plugins that are not loaded by themselves": (
        "plugin",
        "",
        {"tox.ini": "[pytest]\naddopts = --disable-plugin-autoload\n"},
        "--disable-plugin-autoload in addopts of tox.ini keeps the plugin out",
    ),
    "coverage that is switched off": (
        "pytest-cov",
        f'{COVERAGE}[tool.pytest.ini_options]\naddopts = "--no-cov"\n',
        {},
        "--no-cov in addopts of pyproject.toml switches coverage off, targets or not",
    ),
    "two judges of coverage": (
        "pytest-cov",
        f'{COVERAGE}[tool.pytest.ini_options]\naddopts = "--cov=shop --cov-fail-under=80"\n',
        {},
        (
            "both judge: --cov-fail-under=80 rounds before it compares, and code-coverage has a "
            "target, too"
        ),
    ),
    "a limit in coverage.py's settings": (
        "pytest-cov",
        f"{COVERAGE}[tool.coverage.report]\nfail_under = 80\n",
        {"setup.cfg": "[tool:pytest]\naddopts = --cov\n"},
        "both judge: fail_under = 80 rounds before it compares, and code-coverage",
    ),
    "branches that pytest-cov does not measure": (
        "branches",
        (
            '[tool.boss-gates.targets]\nbranch-coverage = ">50%"\n'
            '[tool.pytest.ini_options]\naddopts = "--cov"\n'
        ),
        {},
        "branch-coverage has a target, and pytest-cov measures no branches",
    ),
    "branches that child processes do not measure": (
        "branches",
        '[tool.boss-gates.targets]\nbranch-coverage = ">50%"\n',
        {".coveragerc": "[run]\npatch = subprocess\n"},
        "branch-coverage has a target, and child processes measure no branches",
    ),
    "settings that coverage.py cannot read": (
        "coverage settings",
        "",
        {".coveragerc": "[run]\nbranch = perhaps\n"},
        "Not a boolean: perhaps",
    ),
    "a child process of the project": (
        "child processes",
        COVERAGE,
        {
            "tests/test_cli.py": """\
                import subprocess, sys

                def test_it():
                    subprocess.run([sys.executable, "-m", "shop.cli"])
                """
        },
        "tests/test_cli.py:4 runs -m shop.cli, which is not measured",
    ),
    "switches that are not followed": (
        "concurrency",
        COVERAGE,
        {"shop/green.py": "import os\nfrom gevent import monkey\n"},
        "shop/green.py:2 imports gevent, whose switches are not followed",
    ),
    "a tool that is not installed": (
        "tools",
        '[tool.boss-gates.tools]\nmypy = { run = "no-such-program-here src" }\n',
        {},
        "mypy: there is no program no-such-program-here on the path",
    ),
    "a file in the place of the reports": (
        "cache",
        "",
        {".boss-gates": "x"},
        ".boss-gates is a file, where the directory of reports would be",
    ),
    "history without a repository": (
        "git",
        '[tool.boss-gates.targets]\nlead-time-for-changes = "<1 day"\n',
        {},
        "this is no git repository, and lead-time-for-changes needs one",
    ),
    "a base that is not there": (
        "base",
        '[tool.boss-gates.targets]\nuncovered-lines = "no worse than base"\n',
        {},
        "uncovered-lines needs a base, and the project is not in a git repository",
    ),
}


@pytest.mark.parametrize(("check", "toml", "files", "text"), BROKEN.values(), ids=BROKEN)
def test_a_broken_prerequisite_is_found(
    shop: Project, check: str, toml: str, files: dict[str, str], text: str
) -> None:
    settings(shop, toml).write(files)

    each = found(shop, check)

    assert each.state is State.BROKEN
    assert text in each.text
    assert each.fix.endswith((".", ").")), each.fix


HEALTHY = {
    "children that are measured": (
        "child processes",
        f'{COVERAGE}[tool.coverage.run]\npatch = ["subprocess"]\n',
        {"tests/test_a.py": 'import subprocess, sys\nsubprocess.run([sys.executable, "shop"])\n'},
        State.OK,
    ),
    "a child that is none of ours": (
        "child processes",
        COVERAGE,
        {"tests/test_a.py": 'import subprocess\nsubprocess.run(["git", "log"])\n'},
        State.INAPPLICABLE,
    ),
    "a child of which nothing is known": (
        "child processes",
        COVERAGE,
        {"tests/test_a.py": "import subprocess, sys\nsubprocess.run([sys.executable, x])\n"},
        State.NOTE,
    ),
    "a child where nobody asks for coverage": (
        "child processes",
        '[tool.boss-gates.targets]\ntests = ">=1"\n',
        {"tests/test_a.py": 'import subprocess, sys\nsubprocess.run([sys.executable, "shop"])\n'},
        State.INAPPLICABLE,
    ),
    "pytest-cov that measures": (
        "pytest-cov",
        f'{COVERAGE}[tool.pytest.ini_options]\naddopts = "--cov=shop"\n',
        {},
        State.OK,
    ),
    "a limit that nobody applies": (
        "pytest-cov",
        f"{COVERAGE}[tool.coverage.report]\nfail_under = 80\n",
        {},
        State.OK,
    ),
    "branches of our own": (
        "branches",
        '[tool.boss-gates.targets]\nbranch-coverage = ">50%"\n',
        {},
        State.OK,
    ),
    "branches of pytest-cov": (
        "branches",
        (
            '[tool.boss-gates.targets]\nbranch-coverage = ">50%"\n'
            '[tool.pytest.ini_options]\naddopts = "--cov --cov-branch"\n'
        ),
        {},
        State.OK,
    ),
    "greenlets that are followed": (
        "concurrency",
        f'{COVERAGE}[tool.coverage.run]\nconcurrency = ["thread", "gevent"]\n',
        {"shop/green.py": "import gevent\n"},
        State.OK,
    ),
    "processes that are not followed": (
        "concurrency",
        COVERAGE,
        {"shop/many.py": "import multiprocessing\n"},
        State.NOTE,
    ),
    "what the project selects": (
        "whole suite",
        "[tool.pytest.ini_options]\naddopts = \"-m 'not slow'\"\n",
        {},
        State.NOTE,
    ),
    "options with a k or an m in them": (
        "whole suite",
        '[tool.pytest.ini_options]\naddopts = "--strict-markers --import-mode=importlib -p x"\n',
        {},
        State.OK,
    ),
    "a tool that is installed": (
        "tools",
        '[tool.boss-gates.tools]\npytest = { run = "python --version" }\n',
        {},
        State.OK,
    ),
    "no targets": ("settings", "", {}, State.NOTE),
    "a name that a conftest may add": (
        "settings",
        '[tool.boss-gates.targets]\nour-own-metric = "<=1"\n',
        {},
        State.NOTE,
    ),
    "no git": ("history", "", {}, State.INAPPLICABLE),
}


@pytest.mark.parametrize(("check", "toml", "files", "state"), HEALTHY.values(), ids=HEALTHY)
def test_what_works_is_no_alarm(
    shop: Project, check: str, toml: str, files: dict[str, str], state: State
) -> None:
    settings(shop, toml).write(files)

    assert found(shop, check).state is state


def test_a_project_without_source_is_told(project: Project) -> None:
    each = found(project, "source")

    assert each.state is State.BROKEN
    assert each.text == "no source was found"
    assert each.fix == 'Name it: `source = ["src"]` in [tool.boss-gates].'


@pytest.mark.parametrize(
    ("check", "environment", "text"),
    [
        (
            "plugin",
            {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD keeps the plugin out",
        ),
        (
            "plugin",
            {"PYTEST_ADDOPTS": "-p no:boss_gates"},
            "-p no:boss_gates in PYTEST_ADDOPTS keeps the plugin out",
        ),
        (
            "whole suite",
            {"PYTEST_ADDOPTS": "-k 'not slow'"},
            "-k in PYTEST_ADDOPTS makes every run partial, so its targets are skipped",
        ),
    ],
)
def test_the_environment_counts(
    shop: Project, check: str, environment: dict[str, str], text: str
) -> None:
    each = found(shop, check, **environment)

    assert each.state is State.BROKEN
    assert each.text == text


def test_a_plugin_that_is_named_needs_no_autoload(shop: Project) -> None:
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "boss_gates"}

    assert found(shop, "plugin", **environment).state is State.OK


def test_a_shallow_clone_is_broken_where_a_target_needs_history(
    shop: Project, tmp_path: Path
) -> None:
    settings(shop, COVERAGE)
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "1")):
        git(shop.root, *words)
    git(shop.root, "commit", "-q", "--allow-empty", "-m", "2")
    assert found(shop, "history").state is State.OK
    git(tmp_path, "clone", "-q", "--depth", "1", shop.root.as_uri(), "clone")
    shop.root = tmp_path / "clone"

    assert found(shop, "history").state is State.NOTE

    settings(shop, '[tool.boss-gates.targets]\nlead-time-for-changes = "<1 day"\n')
    each = found(shop, "history")
    assert each.state is State.BROKEN
    assert each.text == "this clone is shallow, and lead-time-for-changes needs history"
    assert "fetch-depth: 0" in each.fix


def test_reports_that_are_committed_are_told(shop: Project) -> None:
    shop.write({".boss-gates/report.json": "{}"})
    git(shop.root, "init", "-q")
    assert found(shop, "git").state is State.OK

    git(shop.root, "add", "-f", ".boss-gates/report.json")

    each = found(shop, "git")
    assert each.state is State.BROKEN
    assert each.fix.startswith("`git rm -r --cached .boss-gates`")


def test_git_that_is_missing_is_told_where_there_is_a_repository(
    shop: Project, tmp_path: Path
) -> None:
    assert found(shop, "git", PATH=str(tmp_path)).state is State.INAPPLICABLE

    git(shop.root, "init", "-q")

    assert found(shop, "git", PATH=str(tmp_path)).state is State.BROKEN


def test_what_a_killed_run_left_is_noted(shop: Project) -> None:
    left = shop.root / ".boss-gates" / "cache" / "coverage-abc"
    left.mkdir(parents=True)
    assert found(shop, "cache").state is State.OK

    before = time.time() - 2 * 86_400
    os.utime(left, (before, before))

    assert found(shop, "cache").state is State.NOTE


def test_a_stale_run_is_noted(shop: Project) -> None:
    assert found(shop, "last run").state is State.INAPPLICABLE
    settings(shop, COVERAGE)
    shop.run("-q")
    assert found(shop, "last run").state is State.OK

    shop.run("-q", "-k", "total")

    each = found(shop, "last run")
    assert each.state is State.NOTE
    assert each.text.endswith(" is stale: it was partial (-k)")


def kept(project: Project, place: str = HISTORY) -> Store:
    return open_store(place, root=project.root, project=project.root.name)


def test_a_history_that_is_whole_is_counted(shop: Project) -> None:
    assert found(shop, "earlier runs").text == "none yet"
    assert not (shop.root / ".boss-gates").exists()

    with kept(shop) as store:
        store.add([record(run_of(0)), record(run_of(1))])

    each = found(shop, "earlier runs")
    assert (each.state, each.text) == (State.OK, f"{HISTORY}: 2 facts")
    off = found(shop, "earlier runs", BOSS_GATES_HISTORY="off")
    assert off.state is State.INAPPLICABLE
    assert off.text == "no history is kept: it is switched off by BOSS_GATES_HISTORY"


def damage(shop: Project) -> None:
    (shop.root / HISTORY).write_text("my holiday plans\n" * 100, encoding="utf-8")


def damage_a_fact(shop: Project) -> None:
    with kept(shop) as store, store._writing() as cursor:  # noqa: SLF001 - damage
        cursor.execute("UPDATE boss_gates_records SET body = replace(body, 'met', 'mat')")


def make_newer(shop: Project) -> None:
    with kept(shop) as store, store._writing() as cursor:  # noqa: SLF001 - damage
        cursor.execute(f"INSERT INTO {VERSIONS} (version) VALUES (99)")


def make_anothers(shop: Project) -> None:
    (shop.root / HISTORY).unlink()
    with sqlite3.connect(shop.root / HISTORY) as other:
        other.execute("CREATE TABLE users (name TEXT)")
    other.close()


def make_a_directory(shop: Project) -> None:
    (shop.root / HISTORY).unlink()
    (shop.root / HISTORY).mkdir()


@pytest.mark.parametrize(
    ("spoil", "text", "fix"),
    [
        (damage, "is damaged: file is not a database. Nothing was changed.", "Move it away, and"),
        (damage_a_fact, "is not what was written. Nothing was changed.", "Move it away, and"),
        (make_newer, "has version 99, and this", "Install a newer pytest-boss-gates, or keep"),
        (make_anothers, "is a database of another program. Nothing", "Set `history` in [tool.boss"),
        (make_a_directory, "is a directory.", "Name a file in it: `history` in [tool.boss-gates]"),
    ],
)
def test_a_history_that_cannot_be_used_is_named_with_the_fix_and_left_alone(
    shop: Project, spoil: Callable[[Project], None], text: str, fix: str
) -> None:
    with kept(shop) as store:
        store.add([record(run_of())])
    spoil(shop)
    path = shop.root / HISTORY
    before = path.read_bytes() if path.is_file() else b""

    each = found(shop, "earlier runs")

    assert each.state is State.BROKEN
    assert each.text.startswith(f"The history {HISTORY} ")
    assert text in each.text
    assert each.fix.startswith(fix)
    assert before == (path.read_bytes() if path.is_file() else b"")
    assert [each.name for each in path.parent.iterdir()] == ["history.db"]


def test_a_server_that_is_away_is_named_without_its_password(shop: Project) -> None:
    away = "postgresql://ann:s3cret@127.0.0.1:1/gates"

    each = found(shop, "earlier runs", BOSS_GATES_HISTORY=away)

    assert each.state is State.BROKEN
    assert each.text.startswith("The history postgresql://ann:***@127.0.0.1:1/gates cannot be used")
    assert each.fix.startswith("Look at `history` in [tool.boss-gates], at BOSS_GATES_HISTORY")


@pytest.mark.parametrize("begun", [True, False])
def test_a_history_that_may_not_be_written_is_broken(
    shop: Project,
    lock: Callable[[Path], None],  # noqa: F811 - the fixture
    *,
    begun: bool,
) -> None:
    folder = shop.root / "kept"
    folder.mkdir()
    if begun:
        kept(shop, "kept/history.db").close()
    lock(folder)

    each = found(shop, "earlier runs", BOSS_GATES_HISTORY="kept/history.db")

    assert each.state is State.BROKEN
    why = "it may not be written; look at its permissions" if begun else "its directory may not be"
    assert each.text.startswith(f"no run is kept in the history kept/history.db: {why}")


def test_what_waits_for_a_history_is_noted(shop: Project) -> None:
    put_aside(shop.root / SPOOL, [record(run_of())])

    each = found(shop, "earlier runs")

    assert each.state is State.NOTE
    assert each.text == f"1 fact waits in {SPOOL}/ for a history that was out of reach"
    assert len(list((shop.root / SPOOL).iterdir())) == 1
    assert not (shop.root / HISTORY).exists()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="sysmon is there from 3.12 on")
def test_a_core_that_is_not_there_is_told(shop: Project) -> None:
    settings(shop, f'[tool.boss-gates]\ncoverage-core = "sysmon"\n{COVERAGE}')

    each = found(shop, "coverage core")

    assert each.state is State.BROKEN
    assert each.text == 'coverage-core = "sysmon" is not there on this Python'


@pytest.mark.parametrize("name", ["pytest.ini", "tox.ini", "setup.cfg", ".coveragerc"])
@pytest.mark.parametrize("text", ["[", "no section", "\x00", "[a]\n[a]\nb\n", "[run]\na = %(x)s\n"])
def test_files_that_cannot_be_read_are_no_error(shop: Project, name: str, text: str) -> None:
    settings(shop, COVERAGE).write({name: text})

    assert len(examine(shop.root, {"PATH": os.environ["PATH"]})) == len(CHECKS)


def test_below_no_directory_is_wrong_usage(project: Project) -> None:
    assert main(["doctor", "--root", str(project.root / "nowhere")]) == 2
