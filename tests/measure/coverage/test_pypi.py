"""Our integers against coverage.py's own, on the suites of packages that others wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from venv import EnvBuilder

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project, Result

    Python = Callable[..., Result]

pytestmark = pytest.mark.slow

PYTEST = ("-m", "pytest", "-pno:cacheprovider", "-pno:hypothesispytest")


@dataclass(frozen=True)
class Package:
    """A source distribution with its tests; ``source`` is what there is to measure."""

    requirement: str
    source: str
    measured_by_itself: bool = False  # its own settings switch pytest-cov on

    @property
    def directory(self) -> str:
        return self.requirement.replace("==", "-")


PACKAGES = (
    Package("cachetools==5.5.2", "src/cachetools"),
    Package("h11==0.14.0", "h11"),
    Package("pathspec==0.12.1", "pathspec"),
    Package("semver==3.0.4", "src/semver", measured_by_itself=True),
    Package("toolz==1.0.0", "toolz"),
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All packages, downloaded; with a pip of our own, since not every environment has one."""
    place = tmp_path_factory.mktemp("sources")
    EnvBuilder(with_pip=True).create(place / "venv")
    pip = place / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "pip"
    wanted = [package.requirement for package in PACKAGES]
    done = subprocess.run(
        [pip, "download", "--no-binary=:all:", "--no-deps", f"--dest={place}", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"the package index cannot be reached: {done.stderr.strip().splitlines()[-1]}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return place


@pytest.fixture
def unpacked(sources: Path, project: Project) -> Callable[..., None]:
    """Let the project be a package, with targets."""

    def unpacked(package: Package, *targets: str) -> None:
        with tarfile.open(sources / f"{package.directory}.tar.gz") as file:
            file.extractall(project.root, filter="data")
        project.root = project.root / package.directory
        project.environment["PYTHONPATH"] = str((project.root / package.source).parent)
        settings = project.root / "pyproject.toml"
        text = settings.read_text("utf-8") if settings.exists() else ""
        lines = [text, "[tool.boss-gates.targets]", 'code-coverage = ">1%"', *targets]
        settings.write_text("\n".join(lines), "utf-8")

    return unpacked


def totals(project: Project) -> dict[str, Any]:
    report = json.loads((project.root / "theirs.json").read_text("utf-8"))
    found: dict[str, Any] = report["totals"]
    return found


def assert_equal(result: Result, theirs: dict[str, Any], *, branches: bool) -> None:
    verdicts = result.verdicts
    lines = theirs["covered_lines"], theirs["num_statements"]
    both = lines[0] + theirs.get("covered_branches", 0), lines[1] + theirs.get("num_branches", 0)
    expected = {"line-coverage": lines, "code-coverage": both}
    if branches:
        expected["branch-coverage"] = theirs["covered_branches"], theirs["num_branches"]
    measured = {metric: verdicts[metric]["measurement"] for metric in expected}
    found = {metric: (m["numerator"], m["denominator"]) for metric, m in measured.items()}
    assert found == expected
    assert {m["bound"] for m in measured.values()} == {"exact"}
    missing = verdicts["uncovered-lines"]["measurement"]["value"]
    assert missing == theirs["missing_lines"]
    exactly = Fraction(*both) * 100
    assert float(exactly) == pytest.approx(theirs["percent_covered"], abs=1e-9)


LINES = ('line-coverage = ">1%"', 'uncovered-lines = "<99999"')
BRANCHES = (*LINES, 'branch-coverage = ">1%"')
BY_US = [package for package in PACKAGES if not package.measured_by_itself]


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two workers"])
@pytest.mark.parametrize("branches", [False, True], ids=["lines", "branches"])
@pytest.mark.parametrize("package", BY_US, ids=lambda package: package.requirement)
def test_measured_by_us(
    package: Package,
    unpacked: Callable[..., None],
    project: Project,
    python: Python,
    *,
    branches: bool,
    workers: tuple[str, ...],
) -> None:
    unpacked(package, *(BRANCHES if branches else LINES))
    switch = ("--branch",) if branches else ()
    python("-m", "coverage", "run", *switch, f"--source={package.source}", *PYTEST)
    python("-m", "coverage", "json", "-q", "-o", "theirs.json")

    result = project.run(*workers)

    assert_equal(result, totals(project), branches=branches)
    assert "own" in result.verdicts["code-coverage"]["measurement"]["source"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.requirement)
def test_measured_by_pytest_cov_in_the_same_run(
    package: Package, unpacked: Callable[..., None], project: Project
) -> None:
    unpacked(package, *BRANCHES)
    sources = () if package.measured_by_itself else (f"--cov={package.source}", "--cov-branch")

    result = project.run(*sources, "--cov-report=json:theirs.json")

    assert_equal(result, totals(project), branches=True)
    assert "pytest-cov" in result.verdicts["code-coverage"]["measurement"]["source"]
