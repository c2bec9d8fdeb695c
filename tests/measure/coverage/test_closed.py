"""Databases that a run opens are closed, whatever way it ends: Python 3.13 warns of those left."""

from __future__ import annotations

import sys
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


@pytest.mark.slow
def test_a_worker_that_crashed_leaves_no_database_of_the_others_open(shop: Project) -> None:
    crash = {"tests/test_crash.py": "import os\n\n\ndef test_crash(): os._exit(3)\n"}
    shop.write({"pyproject.toml": SETTINGS, "counting.py": COUNTING, **crash})
    shop.environment["LEFT"] = str(shop.root)

    result = shop.run("-p", "counting", "-n2", "--max-worker-restart=0")

    found = [path.read_text(encoding="utf-8") for path in shop.root.glob("left-*")]
    assert result.verdicts["code-coverage"]["status"] == "unknown"
    assert len(found) == 2  # the one that crashed had no time to say
    assert set(found) == {"[]"}


def test_workers_whose_data_does_not_fit_together_leave_no_database_open(shop: Project) -> None:
    shop.write({"pyproject.toml": SETTINGS})
    script = """
        import sqlite3
        from pathlib import Path

        import counting
        from coverage import CoverageData

        counting.pytest_configure()
        from pytest_boss_gates.corridor import enter
        from pytest_boss_gates.measure.coverage.engine import OwnMeter
        from pytest_boss_gates.settings.load import Options

        path = str(Path("shop/cart.py").resolve())
        lines, arcs = CoverageData(no_disk=True), CoverageData(no_disk=True)
        lines.add_lines({path: [1]})
        arcs.add_arcs({path: [(1, 2)]})
        data = [each.dumps() for each in (lines, arcs)]
        for each in (lines, arcs):
            each.close(force=True)

        meter = OwnMeter(enter(Path.cwd(), Options(invocation_dir=Path.cwd())).plan)
        how = {"root": ".", "homes": {}, "core": "", "early": [], "killed": 0}
        meter.take_part("gw0", {"data": data, **how})
        print(meter.finish().reason)
        print(sorted(counting.left.values()))
        """
    shop.write({"counting.py": COUNTING, "unite.py": script})

    told, left = shop.run_command(sys.executable, "unite.py").output.splitlines()[-2:]

    assert told.startswith("coverage.py: Can't combine")
    assert left == "[]"
    assert list((shop.root / ".boss-gates" / "cache").glob("coverage-*")) == []


def test_a_run_that_raises_every_warning_raises_none_of_ours(shop: Project) -> None:
    shop.write({"pyproject.toml": SETTINGS, "shop/unused.py": "A = 1\n"})

    result = shop.run("-W", "error")

    assert result.status == 0, result.output
    assert "unclosed" not in result.output
