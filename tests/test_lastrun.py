"""The last run: read back as it was judged, and told when it is no base for targets."""

from __future__ import annotations

import json
import os
import subprocess
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.lastrun import LastRunError, read_last_run, why_no_base
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import VerdictStatus
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project


def why(project: Project) -> str:
    return why_no_base(read_last_run(project.root), project.root, Tree(root=project.root))


def rewrite(project: Project, **changes: Any) -> None:
    """Change what the report says of its run."""
    path = project.root / ".boss-gates" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["run"] |= {name.replace("_", "-"): value for name, value in changes.items()}
    path.write_text(json.dumps(report), encoding="utf-8")


def commit(project: Project) -> None:
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Files")):
        git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        subprocess.run(git, cwd=project.root, check=True)


@pytest.fixture
def ran(shop: Project) -> Project:
    """A project that has been committed and run."""
    shop.targets('code-coverage = ">=50%"', 'complexity = "<=9"', 'tests = ">=1"')
    shop.write({".gitignore": "__pycache__/\n"})
    commit(shop)
    assert shop.run("-q").status == 0
    return shop


def test_the_last_run_is_read_back_exactly(ran: Project) -> None:
    last = read_last_run(ran.root)

    coverage = last.verdicts["code-coverage", ""]
    assert coverage.status is VerdictStatus.MET
    assert coverage.target
    assert coverage.target.text == ">=50%"
    assert coverage.measurement.value == Fraction(
        coverage.measurement.numerator or 0, coverage.measurement.denominator or 1
    )
    assert last.verdicts["complexity", ""].measurement.value == 2
    assert last.identity.pytest_exit == 0
    assert str(last).startswith("the run of 20")
    assert f"at commit {last.identity.commit[:12]}" in str(last)


def test_a_run_of_the_whole_suite_at_this_commit_is_a_base(ran: Project) -> None:
    assert why(ran) == ""


def test_a_partial_run_is_none(ran: Project) -> None:
    ran.run("-q", "-k", "total")

    assert why(ran) == "it was partial (-k)"


def test_a_run_whose_tests_failed_is_none(ran: Project) -> None:
    ran.write({"tests/test_bad.py": "def test_bad():\n    assert False\n"})
    ran.run("-q")

    assert why(ran) == "its tests did not all pass (pytest's exit status was 1)"


def test_a_run_of_another_commit_is_none(ran: Project) -> None:
    before = read_last_run(ran.root).identity.commit
    ran.write({"shop/more.py": ""})
    commit(ran)

    assert why(ran).startswith(f"it is of commit {before[:12]}, and this is ")


def later(path: Path) -> None:
    moment = time.time() + 60
    os.utime(path, (moment, moment))


def test_a_python_file_that_changed_since_makes_a_run_stale(ran: Project) -> None:
    ran.write({"shop/cart.py": "def total(prices, discount=0):\n    return 3\n"})
    later(ran.root / "shop" / "cart.py")

    assert why(ran) == "shop/cart.py has changed since"


def test_a_file_that_came_with_the_time_it_had_elsewhere_makes_a_run_stale(ran: Project) -> None:
    path = ran.root / "shop" / "cart.py"
    old = path.with_name("cart.old")
    old.write_text("x = 1\n", encoding="utf-8")
    os.utime(old, (0, 0))
    old.replace(path)

    assert why(ran) == "shop/cart.py has changed since"


def test_a_file_that_was_removed_since_makes_a_run_stale(ran: Project) -> None:
    (ran.root / "shop" / "cart.py").unlink()
    later(ran.root / "shop")

    assert why(ran) == "shop/cart.py was removed since"


def test_a_fresh_checkout_of_the_same_commit_does_not(ran: Project) -> None:
    later(ran.root / "shop" / "cart.py")  # its content is what was committed

    assert why(ran) == ""


def test_the_settings_file_may_have_changed(ran: Project) -> None:
    ran.targets('code-coverage = ">=60%"')
    later(ran.root / "pyproject.toml")

    assert why(ran) == ""


def test_without_git_the_times_of_files_tell(shop: Project) -> None:
    shop.targets('tests = ">=1"')
    shop.run("-q")
    assert why(shop) == ""

    later(shop.root / "tests" / "test_cart.py")

    assert why(shop) == "tests/test_cart.py has changed since"


def test_no_run_is_told_with_what_to_do(project: Project) -> None:
    with pytest.raises(LastRunError) as told:
        read_last_run(project.root)

    assert str(told.value) == (
        "There is no .boss-gates/report.json. Run `pytest --boss-gates` first."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{",
            r"report\.json is no report\.json: it is no JSON .*\. Run `pytest --boss-gates` first",
        ),
        ("[]", r"report\.json is no report\.json, which"),
        ('{"format": 99, "verdicts": []}', "report.json has format 99"),
    ],
)
def test_what_is_no_report_is_told(project: Project, text: str, message: str) -> None:
    project.write({".boss-gates/report.json": text})

    with pytest.raises(LastRunError, match=message):
        read_last_run(project.root)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("started", "yesterday"),
        ("started", None),
        ("pytest_exit", "zero"),
        ("pytest_exit", []),
    ],
)
def test_a_report_that_was_tampered_with_is_no_report(
    ran: Project, name: str, value: object
) -> None:
    rewrite(ran, **{name: value})

    with pytest.raises(LastRunError, match=f"is damaged: run.{name.replace('_', '-')} is "):
        read_last_run(ran.root)


def test_a_value_of_another_kind_is_no_value(ran: Project) -> None:
    path = ran.root / ".boss-gates" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    for verdict in report["verdicts"]:
        verdict["measurement"]["value"] = "1.0"
    path.write_text(json.dumps(report), encoding="utf-8")

    last = read_last_run(ran.root)

    assert last.measured(METRICS["complexity"], "") is None
    assert last.measured(METRICS["complexity"], "shop/**") is None
    assert main(["prove", "--root", str(ran.root)]) == 0
    assert main(["tighten", "--root", str(ran.root)]) == 0


def test_a_value_that_is_no_number_is_no_value(ran: Project) -> None:
    path = ran.root / ".boss-gates" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    for verdict in report["verdicts"]:
        verdict["measurement"] |= {"value": None, "exact": "nan"}
    path.write_text(json.dumps(report), encoding="utf-8")

    last = read_last_run(ran.root)

    assert last.verdicts
    assert not any(last.measured(METRICS[key], scope) for key, scope in last.verdicts)
