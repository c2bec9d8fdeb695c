"""The house rules that import-linter cannot hold: tables, budgets, modules that stand alone."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_boss_gates
from pytest_boss_gates import model
from pytest_boss_gates.evidence.ci import DIALECTS
from pytest_boss_gates.evidence.runners import RUNNERS
from pytest_boss_gates.measure import GATES, METRICS
from pytest_boss_gates.report import FORMATS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = Path(pytest_boss_gates.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(
    module.name for module in pkgutil.walk_packages([str(PACKAGE)], "pytest_boss_gates.")
)
CI = "pytest_boss_gates.evidence.ci"
ROOM_OF_RUNNERS = "pytest_boss_gates.evidence.runners"


def defining(package: str, name: str) -> list[str]:
    """The modules right under a package that define a name themselves."""
    modules = [importlib.import_module(it) for it in MODULES if it.rpartition(".")[0] == package]
    return [
        module.__name__
        for module in modules
        if getattr(getattr(module, name, None), "__module__", module.__name__) == module.__name__
        and hasattr(module, name)
    ]


def contract(name: str) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = project["tool"]["importlinter"]["contracts"]
    (modules,) = [row["modules"] for row in rows if row["name"] == name]
    return list(modules)


def python(code: str) -> str:
    unmeasured = {key: text for key, text in os.environ.items() if not key.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # a loaded machine takes ten times its own seconds
        env=unmeasured,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_can_be_imported_alone() -> None:
    code = (
        "import importlib, sys\n"
        f"for name in {MODULES!r}:\n"
        "    for loaded in [m for m in sys.modules if m.startswith('pytest_boss_gates')]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )

    python(code)


def test_off_imports_only_the_package_and_the_plugin_module() -> None:
    loaded = python(
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import pytest_boss_gates.plugin\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )

    assert loaded.split() == ["pytest_boss_gates", "pytest_boss_gates.plugin"]


def test_what_plugins_add_is_told_without_importing_what_looks_for_evidence() -> None:
    loaded = python(
        "import sys\nfrom pytest_boss_gates.registry import Additions\n"
        "Additions().extensions({})\nprint(*sys.modules)"
    )

    assert "pytest_boss_gates.evidence.answer" in loaded.split()
    assert "pytest_boss_gates.evidence.facts" not in loaded.split()


@pytest.mark.parametrize("heavy", ["coverage", "radon", "packaging.specifiers", "difflib"])
def test_the_corridor_imports_nothing_heavy_before_it_is_needed(heavy: str) -> None:
    loaded = python("import sys, pytest_boss_gates.pipeline\nprint(*sys.modules)")

    assert heavy not in loaded.split()


def test_the_table_of_gates_is_the_folder() -> None:
    keys = [gate.key for gate in GATES]
    files = {path.stem for path in (PACKAGE / "measure").glob("[!_]*.py")} - {"gate", "recorder"}
    folders = {path.parent.name for path in (PACKAGE / "measure").glob("*/__init__.py")}

    assert keys == sorted(set(keys))
    assert set(keys) == files | folders


def test_the_table_of_dialects_is_the_folder() -> None:
    *own, hosted = [f"pytest_boss_gates.evidence.{dialect.module}" for dialect in DIALECTS]
    systems = [importlib.import_module(name).SYSTEM for name in own]

    assert own == defining(CI, "jobs")
    assert len(systems) == len(set(systems))
    assert hosted.endswith("runners.pre_commit"), "pre-commit.ci, which is a runner's, comes last"
    assert hasattr(importlib.import_module(hosted), DIALECTS[-1].function)


def test_the_table_of_runners_is_the_folder() -> None:
    files = list(dict.fromkeys(f"{ROOM_OF_RUNNERS}.{each.module}" for each in RUNNERS.values()))
    heads = [head for name in files for head in importlib.import_module(name).HEADS]

    assert files == defining(ROOM_OF_RUNNERS, "HEADS")
    assert heads == list(RUNNERS)


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("Dialects are independent of each other", defining(CI, "jobs")),
        ("Runners are independent of each other", defining(ROOM_OF_RUNNERS, "HEADS")),
    ],
)
def test_a_contract_of_independence_names_the_whole_table(name: str, modules: list[str]) -> None:
    assert contract(name) == modules


def test_only_the_transport_uses_more_of_urllib_than_its_parser() -> None:
    used = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.startswith("urllib") and name != "urllib.parse"
    }

    assert used == {"pytest_boss_gates.history.providers.transport"}


def imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom) or node.level:
        return []
    package = node.module == "urllib"  # `from urllib import request`
    return [f"urllib.{alias.name}" for alias in node.names] if package else [node.module or ""]


def test_the_table_of_formats_is_sorted_and_unique() -> None:
    assert list(FORMATS) == sorted(FORMATS)
    assert all(key == row.key for key, row in FORMATS.items())


def test_the_nouns_that_are_imported_late_are_those_that_type_checkers_see() -> None:
    tree = ast.parse((PACKAGE / "model" / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.name: (node.module or "").rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "model." in (node.module or "")
        for alias in node.names
    }

    assert seen == model._HOMES  # noqa: SLF001 - the table behind `__getattr__`
    assert sorted(seen) == sorted(model.__all__)
    assert all(getattr(model, name) is not None for name in seen)


def test_every_metric_says_why_it_matters_and_how_to_mend_it() -> None:
    keys = [metric.key for gate in GATES for metric in gate.metrics]

    assert len(keys) == len(set(keys)) == len(METRICS)
    for metric in METRICS.values():
        assert metric.why.endswith("."), metric.key
        assert metric.fix.endswith("."), metric.key


def test_every_required_dependency_has_its_reason_in_the_architecture() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    for requirement in project["dependencies"]:
        name = requirement.partition(">")[0]
        assert f"| {name} " in reasons


def test_no_file_outgrows_its_room() -> None:
    long = {
        path.name: count
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }

    assert long == {}
