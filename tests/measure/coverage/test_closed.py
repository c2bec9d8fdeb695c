"""Databases that a run opens are closed, whatever way it ends: Python 3.13 warns of those left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

UNKNOWN = 11  # for a file that cannot be parsed
SETTINGS = """\
[tool.boss-gates.targets]
code-coverage = ">=1%"
[tool.coverage.paths]
shop = ["shop", "*/elsewhere"]
"""
COUNTING = """\
import os, sqlite3
from pathlib import Path

import pytest

connect, left = sqlite3.connect, {}


class Counted(sqlite3.Connection):
    def __init__(self, database, *others, **options):
        super().__init__(database, *others, **options)
        left[id(self)] = str(database)

    def close(self):
        left.pop(id(self), None)
        super().close()


def pytest_configure():
    sqlite3.connect = lambda *others, **options: connect(*others, factory=Counted, **options)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    Path(os.environ["LEFT"], f"left-{os.getpid()}").write_text(repr(sorted(left.values())))
"""
ENDS = {
    "tests/test_ends.py": """\
        import pytest


        @pytest.mark.parametrize("number", range(4))
        def test_ends(number, request):
            if number == 2 and request.config.getoption("maxfail"):
                assert False
            if number == 2 and request.config.getoption("keyword") == "ends":
                raise KeyboardInterrupt
        """
}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), UNKNOWN),
        (("-x",), 1),
        (("-k", "ends"), 2),
        pytest.param(("-n2",), UNKNOWN, marks=pytest.mark.slow),
        (("--boss-gates-shard=1/2",), 0),
    ],
    ids=["plain", "first failure", "interrupted", "two workers", "a shard"],
)
def test_no_database_of_ours_is_left_open(
    shop: Project, options: tuple[str, ...], status: int
) -> None:
    shop.write({"pyproject.toml": SETTINGS, "counting.py": COUNTING, **ENDS})
    shop.write({"shop/unused.py": "A = 1\n", "shop/broken.py": "A = (\n"})
    shop.environment["LEFT"] = str(shop.root)

    result = shop.run("-p", "counting", *options)

    assert result.status == status, result.output
    found = [path.read_text(encoding="utf-8") for path in shop.root.glob("left-*")]
    assert len(found) == (3 if "-n2" in options else 1)
    assert set(found) == {"[]"}


def test_a_run_that_raises_every_warning_raises_none_of_ours(shop: Project) -> None:
    shop.write({"pyproject.toml": SETTINGS, "shop/unused.py": "A = 1\n"})

    result = shop.run("-W", "error")

    assert result.status == 0, result.output
    assert "unclosed" not in result.output
