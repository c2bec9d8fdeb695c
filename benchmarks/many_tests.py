"""What a plugin that is on costs a test, in user instructions and bytes, with no coverage target.

Instructions: the slope between a run of 100 and one of 1,100 tests that do nothing, counted by
valgrind's cachegrind; once as it is, and once with the garbage collector off. Its passes, and the
growth of Python's own tables, fall differently each time and move the slope by some 10,000.
Bytes: the slope between 2,000 and 22,000 of them as tracemalloc sees it, held when the last test
is through, and at the run's peak.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import workbench
from workbench import MILLION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_EXAMPLE = "example: python benchmarks/many_tests.py --workdir /tmp/bench --only ours"
_PYPROJECT = """\
[tool.pytest.ini_options]
testpaths = ["."]
[tool.boss-gates.targets]
session-duration = "<10 minutes"
"""
_DURATIONS = """\
from array import array

durations = array("d")

def pytest_runtest_logreport(report):
    durations.append(report.duration)
"""
_NO_GC = "import gc, sys, pytest; gc.disable(); raise SystemExit(pytest.main(sys.argv[1:]))"
_MEMORY = """\
import gc, sys, tracemalloc
import pytest

class Scales:
    held = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self):
        gc.collect()
        self.held = tracemalloc.get_traced_memory()[0]

tracemalloc.start()
scales = Scales()
status = pytest.main(sys.argv[1:], plugins=[scales])
print("bytes", scales.held, tracemalloc.get_traced_memory()[1])
raise SystemExit(status)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A way to run: what to install for it, and its options."""

    title: str
    source: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one test costs in all: instructions (with gc, without), bytes held, at the peak."""

    title: str
    instructions: float
    without_gc: float
    held: float
    peak: float


def contenders(folder: Path, ours: str) -> list[Contender]:
    """Give everything that is compared: plain pytest first, ours last."""
    wheel = workbench.make_wheel(folder, "durationsonly", {"durationsonly.py": _DURATIONS})
    rows = (
        ("plain", "", ""),
        ("durations only", str(wheel), "-p durationsonly"),
        ("--junitxml", "", "--junitxml=out.xml"),
        ("pytest-reportlog", "pytest-reportlog", "--report-log=out.jsonl"),
        ("pytest-json-report", "pytest-json-report", "--json-report --json-report-file=out.json"),
        ("ours", ours, "--boss-gates"),
    )
    return [
        Contender(title=title, source=source, options=tuple(options.split()))
        for title, source, options in rows
    ]


class Bench:
    """The projects, and one environment for each contender."""

    def __init__(self, folder: Path, python: str, memory: tuple[int, int]) -> None:
        self._folder = folder
        self._python = python
        self._memory = memory
        self._warm: set[int] = set()
        plain = self._venv("plain", "")
        frozen = workbench.command([plain, "-m", "pip", "freeze", "-q"]).splitlines()
        self._pytest = next(line for line in frozen if line.startswith("pytest=="))
        self.described = f"{workbench.described(plain)}, {self._pytest}"

    def cost(self, contender: Contender) -> Cost:
        """Measure one contender."""
        python = self._venv(contender.title, contender.source)
        options = ["-q", *contender.options]
        low, high = self._memory
        light, heavy = (self._weigh(python, options, count) for count in self._memory)
        return Cost(
            title=contender.title,
            instructions=self._slope([python, "-m", "pytest", *options]),
            without_gc=self._slope([python, "-c", _NO_GC, *options]),
            held=(heavy[0] - light[0]) / (high - low),
            peak=(heavy[1] - light[1]) / (high - low),
        )

    def _slope(self, words: Sequence[str | Path]) -> float:
        few, many = (
            workbench.instructions(words, cwd=self._project(count)) for count in (100, 1_100)
        )
        return (many - few) / 1_000

    def _venv(self, title: str, source: str) -> Path:
        pin = getattr(self, "_pytest", "pytest")
        where = self._folder / f"many-{title.strip('-').replace(' ', '-')}"
        return workbench.make_venv(where, [pin, *filter(None, [source])], python=self._python)

    def _project(self, count: int) -> Path:
        project = self._folder / f"tests-{count}"
        project.mkdir(exist_ok=True)
        (project / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
        tests = "".join(f"def test_{number}():\n    pass\n\n" for number in range(count))
        place = project / "test_many.py"
        if not place.is_file():
            place.write_text(tests, encoding="utf-8")
        for kept in (".boss-gates", ".pytest_cache"):  # else the first contender finds less to read
            shutil.rmtree(project / kept, ignore_errors=True)
        return project

    def _weigh(self, python: Path, options: Sequence[str], count: int) -> tuple[int, int]:
        if count not in self._warm:  # a module that was just compiled is another size in memory
            self._warm.add(count)
            workbench.command([python, "-m", "pytest", "--co", "-q"], cwd=self._project(count))
        words: list[str | Path] = [python, "-c", _MEMORY, *options]
        output = workbench.command(words, cwd=self._project(count))
        found = re.search(r"^bytes (\d+) (\d+)$", output, re.MULTILINE)
        if found is None:
            sys.exit(f"no bytes in the output of {' '.join(map(str, words))}:\n{output}")
        return int(found[1]), int(found[2])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; 1 when ours is over a budget."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    workbench.add_common(parser)
    parser.add_argument("--python", default=sys.executable, help="the interpreter to measure")
    parser.add_argument("--only", action="append", metavar="TITLE", help="only this; repeatable")
    parser.add_argument(
        "--memory-tests",
        type=int,
        nargs=2,
        default=(2_000, 22_000),
        metavar="N",
        help="the two suites for the bytes (default: 2000 22000)",
    )
    chosen = parser.parse_args(arguments)
    with workbench.workdir(chosen.workdir) as folder:
        every = contenders(folder / "wheels", chosen.ours)
        asked = [one for one in every if not chosen.only or one.title in {"plain", *chosen.only}]
        low, high = chosen.memory_tests
        bench = Bench(folder, chosen.python, (low, high))
        costs = [bench.cost(contender) for contender in asked]
    print(f"{bench.described}\n")
    return show(costs)


def show(costs: Sequence[Cost]) -> int:
    """Print the table; plain in full, the others over plain."""
    plain = costs[0]
    head = ("a test, over plain", "instructions", "gc off", "bytes held", "bytes at peak")
    rows = []
    for cost in costs:
        off = (
            Cost(title="", instructions=0, without_gc=0, held=0, peak=0) if cost is plain else plain
        )
        rows.append(
            (
                "plain (in full)" if cost is plain else cost.title,
                f"{cost.instructions - off.instructions:,.0f}",
                f"{cost.without_gc - off.without_gc:,.0f}",
                f"{cost.held - off.held:.0f}",
                f"{cost.peak - off.peak:.0f}",
            )
        )
    print(workbench.table(head, rows))
    ours = next((cost for cost in costs if cost.title == "ours"), None)
    if ours is None:
        return 0
    spent, held = ours.instructions - plain.instructions, ours.held - plain.held
    kept = spent <= 40_000, held < 200
    print(f"\nours: {spent:,.0f} of at most 40,000 instructions a test ({_word(kept[0])})")
    print(f"ours: {held:.0f} of less than 200 bytes a passed test ({_word(kept[1])})")
    print(f"plain: {plain.instructions / MILLION:.2f} million instructions a test")
    return 0 if all(kept) else 1


def _word(met: object) -> str:
    return "met" if met else "missed"


if __name__ == "__main__":
    sys.exit(main())
