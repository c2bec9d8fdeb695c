"""What the coverage tests share: a shop with code that runs, code that does not, and numbers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project, Result

TARGET = """\
[tool.boss-gates.targets]
code-coverage = ">=1%"
"""
SHOP = {
    "pyproject.toml": TARGET,
    "shop/__init__.py": "",
    "shop/cart.py": """\
        def total(prices, discount=0):
            if discount:
                return sum(prices) - discount
            return sum(prices)
        """,
    "shop/rates.py": """\
        import os
        if os.name == "none":
            RATE = 1
        RATE = 2
        """,
    "conftest.py": "from shop import rates\n",
    "tests/test_cart.py": """\
        import coverage
        from shop.cart import total


        def test_total():
            assert total([1, 2]) == 3


        def test_ours_never_measures_beside_another():
            measuring = coverage.Coverage._instances
            ours = [cov for cov in measuring if ".boss-gates" in repr(cov)]
            assert ours in ([], measuring[:1])
            assert not ours or len(measuring) == 1
        """,
}
"""Eight statements, six of them run, of four branches two; rates.py runs only in conftest.py."""


@pytest.fixture
def shop(project: Project) -> Project:
    project.environment["PYTHONPATH"] = str(project.root)
    return project.write(SHOP)


@pytest.fixture
def ours() -> Callable[..., tuple[int, int]]:
    """Give the numerator and the denominator of a metric in our report."""

    def ours(result: Result, metric: str = "code-coverage") -> tuple[int, int]:
        verdicts = result.verdicts
        assert verdicts[metric]["reason"] == "" or "numerator" in verdicts[metric]["measurement"]
        measurement = verdicts[metric]["measurement"]
        return measurement["numerator"], measurement["denominator"]

    return ours


@pytest.fixture
def theirs(project: Project, python: Callable[..., Result]) -> Callable[[], tuple[int, int]]:
    """Give what coverage.py's own JSON report makes of the data file that the run left."""

    def theirs() -> tuple[int, int]:
        python("-m", "coverage", "json", "-q", "-o", "theirs.json")
        report: dict[str, Any] = json.loads((project.root / "theirs.json").read_text("utf-8"))
        totals = report["totals"]
        return (
            totals["covered_lines"] + totals.get("covered_branches", 0),
            totals["num_statements"] + totals.get("num_branches", 0),
        )

    return theirs


@pytest.fixture
def python(project: Project) -> Callable[..., Result]:
    """Run Python in the project."""
    return lambda *arguments: project.run_command(sys.executable, *arguments)
