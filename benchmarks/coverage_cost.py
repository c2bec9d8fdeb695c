"""What measuring coverage costs real suites: plain, coverage run, pytest-cov, ours, interleaved.

The suites are sdists from the package index. Each runs in every way once a round, so that a busy
machine is busy for all of them alike; what counts is the least processor time (user and system,
children included) over the rounds. All ways read the same ``[tool.coverage.run]``. Afterwards one
more run of ours and one of coverage's C tracer are compared line by line.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tarfile
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import workbench

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench import Spent

_EXAMPLE = (
    "example: python benchmarks/coverage_cost.py --workdir /tmp/bench "
    "--python python3.11 --python python3.13 --suite parso --rounds 5"
)
_OTHERS_SETTINGS = ("pytest.ini", "tox.ini", "setup.cfg", ".coveragerc", "pytest.toml")
_PYPROJECT = """\
[tool.pytest.ini_options]
testpaths = ["{tests}"]
pythonpath = ["{root}"]
[tool.coverage.run]
source = ["{source}"]
branch = {branch}
[tool.boss-gates]
source = ["{source}"]
[tool.boss-gates.targets]
code-coverage = ">=1%"
"""
_PEEK = """\
import json, os, coverage, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    cov = coverage.Coverage.current()
    covered = {}
    for path in sorted(cov.get_data().measured_files()):
        _, statements, _, missing, _ = cov.analysis2(path)
        covered[os.path.relpath(path)] = sorted(set(statements) - set(missing))
    with open(os.environ["PEEK"], "w") as file:
        json.dump({"core": cov._collector.tracer_name(), "covered": covered}, file)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A package whose sdist holds its tests, and what they need."""

    name: str
    source: str
    tests: str
    needs: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The folder that is put on ``sys.path``."""
        return self.source.rpartition("/")[0] or "."


SUITES = (
    Suite(name="boltons", source="boltons", tests="tests"),
    Suite(name="marko", source="marko", tests="tests"),
    Suite(name="more-itertools", source="more_itertools", tests="tests"),
    Suite(name="parso", source="parso", tests="test"),
    Suite(name="pyparsing", source="pyparsing", tests="tests/test_unit.py"),
    Suite(name="tomlkit", source="tomlkit", tests="tests", needs=("PyYAML",)),
)
WAYS = {
    "plain": ("-m", "pytest", "-q"),
    "coverage run": ("-m", "coverage", "run", "-m", "pytest", "-q"),
    "pytest --cov": ("-m", "pytest", "-q", "--cov"),
    "ours": ("-m", "pytest", "-q", "--boss-gates"),
}


class Stage:
    """One interpreter with everything installed, and the projects it runs."""

    def __init__(self, folder: Path, python: str, ours: str) -> None:
        self._folder = folder
        needs = sorted({need for suite in SUITES for need in suite.needs})
        peek = workbench.make_wheel(folder / "wheels", "peek", {"peek.py": _PEEK})
        version = workbench.command([python, "-c", "import sys; print(*sys.version_info[:2])"])
        self.version = version.strip().replace(" ", ".")
        where = folder / f"cost-{self.version}"
        everything = ["pytest", "pytest-cov", str(peek), *needs, ours]
        self.python = workbench.make_venv(where, everything, python=python)
        frozen = workbench.command([self.python, "-m", "pip", "freeze", "-q"]).splitlines()
        named = ("pytest==", "coverage==", "pytest-cov==")
        versions = ", ".join(line for line in frozen if line.startswith(named))
        self.described = f"{workbench.described(self.python)}, {versions}"

    def project(self, suite: Suite, *, branch: bool) -> Path:
        """Unpack an sdist with settings of ours in place of its own."""
        kind = "branches" if branch else "lines"
        project = self._folder / "suites" / f"{suite.name}-{kind}-{self.version}"
        shutil.rmtree(project, ignore_errors=True)
        with tarfile.open(self._sdist(suite)) as archive:
            archive.extractall(project, filter="data")
        (unpacked,) = project.iterdir()
        for name in _OTHERS_SETTINGS:
            (unpacked / name).unlink(missing_ok=True)
        settings = _PYPROJECT.format(
            tests=suite.tests, root=suite.root, source=suite.source, branch=str(branch).lower()
        )
        file = unpacked / "pyproject.toml"
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        file.write_text(f"{_without_tools(before)}\n{settings}", encoding="utf-8")
        return unpacked

    def _sdist(self, suite: Suite) -> Path:
        folder = self._folder / "sdists" / suite.name
        if not folder.is_dir():
            download = ["download", "-q", "--disable-pip-version-check", "--no-deps"]
            only: list[str | Path] = ["--no-binary", suite.name, "-d", folder, suite.name]
            workbench.command([self.python, "-m", "pip", *download, *only])
        return next(folder.glob("*.tar.gz"))

    def run(self, way: str, project: Path) -> Spent:
        """Run a suite in one of the ways; ends the benchmark when it does not pass."""
        words: list[str | Path] = [self.python, *WAYS[way]]
        spent = workbench.spend(words, cwd=project)
        if spent.status:
            sys.exit(f"{way} of {project.name} ended with {spent.status}:\n{spent.output}")
        return spent

    def covered(self, project: Path, way: str, core: str = "") -> tuple[str, dict[str, list[int]]]:
        """Run once more, untimed; give the core's name and the covered statements by file."""
        place = project / "peek.json"
        env = {"PEEK": str(place), **({"COVERAGE_CORE": core} if core else {})}
        words: list[str | Path] = [self.python, *WAYS[way], "-p", "peek"]
        workbench.spend(words, cwd=project, env=env)
        seen = json.loads(place.read_text(encoding="utf-8"))
        return seen["core"], seen["covered"]


def _without_tools(pyproject: str) -> str:
    """Leave out the tables that say how to test and measure; suites read the rest of the file."""
    kept = []
    keep = True
    for line in pyproject.splitlines():
        if line.startswith("["):
            keep = not line.startswith(("[tool.pytest", "[tool.coverage"))
        if keep:
            kept.append(line)
    return "\n".join(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One suite's rounds by way, and whether the covered statements are the C tracer's."""

    name: str
    branch: bool
    spent: dict[str, list[Spent]]
    core: str
    statements: int
    different: int

    def least(self, way: str) -> float:
        """Least processor seconds over the rounds."""
        return min(spent.cpu for spent in self.spent[way])

    def ratio(self, way: str) -> float:
        """Least processor time over plain's."""
        return self.least(way) / self.least("plain")

    def middle(self, way: str) -> float:
        """Median over the rounds of the processor time over plain's of the same round."""
        pairs = zip(self.spent[way], self.spent["plain"], strict=True)
        return median(one.cpu / plain.cpu for one, plain in pairs)

    def wall(self, way: str) -> float:
        """Least wall time over plain's."""
        least = min(spent.wall for spent in self.spent[way])
        return least / min(spent.wall for spent in self.spent["plain"])


def measure(stage: Stage, suite: Suite, *, branch: bool, rounds: int) -> Result:
    """Run a suite in every way, round by round."""
    project = stage.project(suite, branch=branch)
    spent: dict[str, list[Spent]] = {way: [] for way in WAYS}
    stage.run("ours", project)  # writes the .pyc files that every way reads
    for number in range(1, rounds + 1):
        for way, kept in spent.items():
            kept.append(stage.run(way, project))
        seconds = ", ".join(f"{way} {runs[-1].cpu:.2f} s" for way, runs in spent.items())
        print(f"{project.name}, round {number}: {seconds}", file=sys.stderr, flush=True)
    core, ours = stage.covered(project, "ours")
    _, theirs = stage.covered(project, "coverage run", "ctrace")
    mine, other = _pairs(ours), _pairs(theirs)
    return Result(
        name=suite.name,
        branch=branch,
        spent=spent,
        core=core,
        statements=len(other),
        different=len(mine ^ other),
    )


def _pairs(covered: dict[str, list[int]]) -> set[tuple[str, int]]:
    return {(path, line) for path, lines in covered.items() for line in lines}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table an interpreter; 1 when ours costs more than it may."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    workbench.add_common(parser)
    names = [suite.name for suite in SUITES]
    parser.add_argument("--python", action="append", help="an interpreter; repeatable")
    parser.add_argument("--suite", action="append", choices=names, help="only this; repeatable")
    parser.add_argument("--rounds", type=int, default=5, help="how often each way runs (default 5)")
    parser.add_argument("--only", choices=("lines", "branches"), help="measure only these")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.03,
        metavar="SHARE",
        help="what two equal runs may differ by, where ours is held against pytest-cov "
        "(default 0.03)",
    )
    chosen = parser.parse_args(arguments)
    suites = [suite for suite in SUITES if suite.name in (chosen.suite or names)]
    branches = [branch for kind, branch in _KINDS.items() if chosen.only in (None, kind)]
    misses: list[str] = []
    with workbench.workdir(chosen.workdir) as folder:
        for python in chosen.python or [sys.executable]:
            stage = Stage(folder, python, chosen.ours)
            results = [
                measure(stage, suite, branch=branch, rounds=chosen.rounds)
                for branch in branches
                for suite in suites
            ]
            misses += show(stage, results, tolerance=chosen.tolerance)
    print("\n".join(misses) if misses else "every bound is kept")
    return 1 if misses else 0


_KINDS = {"lines": False, "branches": True}


def show(stage: Stage, results: Sequence[Result], *, tolerance: float) -> list[str]:
    """Print one interpreter's table; give what is over its bound, in sentences."""
    print(f"{stage.described}\n")
    others = [way for way in WAYS if way != "plain"]
    head = ("processor time", "plain s", *others, "ours, median", "ours, wall", "core", "lines")
    rows = []
    misses = []
    for result in results:
        kind = "branches" if result.branch else "lines"
        rows.append(
            (
                f"{result.name}, {kind}",
                f"{result.least('plain'):.2f}",
                *(f"{result.ratio(way):.2f}x" for way in others),
                f"{result.middle('ours'):.2f}x",
                f"{result.wall('ours'):.2f}x",
                result.core,
                f"{result.statements} same" if not result.different else f"{result.different} not",
            )
        )
        sysmon = result.core == "SysMonitor"
        bound = 1.15 if sysmon else result.ratio("pytest --cov") * (1 + tolerance)
        if result.ratio("ours") > bound:
            misses.append(
                f"{stage.version}, {result.name}, {kind}: ours costs "
                f"{result.ratio('ours'):.2f}x of plain, more than {bound:.2f}x."
            )
        if result.different:
            misses.append(
                f"{stage.version}, {result.name}, {kind}: {result.different} statements differ "
                "from the C tracer's."
            )
    print(workbench.table(head, rows), end="\n\n")
    return misses


if __name__ == "__main__":
    sys.exit(main())
