"""Every project under ``examples/`` is run as its reader would run it, and says what it should.

The figures are compared with coverage.py, radon and pytest's JUnit file, asked by themselves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LEFT_BEHIND = shutil.ignore_patterns(
    ".boss-gates", ".*cache", ".cov*", ".venv", "__pycache__", "*.egg-info"
)
"""What somebody who tried an example left in its folder."""
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""All that a run inherits: nothing of CI, coverage, xdist, or options for pytest."""

MET = ("met", "block")
WARNED = ("missed", "warn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is expected of a folder: its sources, and (status, enforce) by (metric, scope)."""

    source: tuple[str, ...]
    verdicts: dict[tuple[str, str], tuple[str, str]]


TABLE = {
    "boss": Example(
        source=("src",),
        verdicts={
            ("code-coverage", ""): MET,
            ("session-duration", ""): MET,
            ("slowest-test", ""): MET,
            ("complexity", ""): MET,
            ("document-drift", ""): WARNED,
            ("tool-level", "black"): MET,
            ("tool-level", "flake8"): MET,
            ("tool-level", "isort"): MET,
            ("tool-level", "mypy"): MET,
            ("tool-level", "pytest"): MET,
        },
    ),
    "extension": Example(
        source=("ledger.py",),
        verdicts={
            ("code-coverage", ""): MET,
            ("complexity", ""): MET,
            ("later-comments", ""): MET,
            ("tool-level", "headers"): MET,
            ("tool-level", "pytest"): MET,
        },
    ),
    "minimal": Example(
        source=("roman.py",),
        verdicts={
            ("code-coverage", ""): MET,
            ("slowest-test", ""): MET,
            ("complexity", ""): MET,
        },
    ),
    "monorepo": Example(
        source=("packages/accounts/src", "packages/billing/src"),
        verdicts={
            ("code-coverage", ""): MET,
            ("code-coverage", "packages/billing/**"): MET,
            ("code-coverage", "packages/accounts/**"): MET,
            ("uncovered-lines", "packages/accounts/**"): MET,
            ("complexity", ""): MET,
            ("complexity", "packages/billing/**"): MET,
            ("maintainability", "packages/billing/**"): MET,
            ("tests", ""): MET,
            ("session-duration", ""): MET,
        },
    ),
    "storefront": Example(
        source=("src",),
        verdicts={
            ("code-coverage", ""): MET,
            ("code-coverage", "src/storefront/money.py"): MET,
            ("code-coverage", "src/storefront/payments.py"): MET,
            ("branch-coverage", ""): MET,
            ("file-coverage", ""): MET,
            ("session-duration", ""): MET,
            ("slowest-test", ""): MET,
            ("test-duration-p95", ""): MET,
            ("tests", ""): MET,
            ("skipped-tests", ""): MET,
            ("xfailed-tests", ""): MET,
            ("warnings", ""): MET,
            ("complexity", ""): WARNED,
            ("complexity-average", ""): MET,
            ("maintainability", ""): MET,
            ("tool-level", "mypy"): MET,
            ("tool-level", "ruff"): MET,
            ("tool-level", "pytest"): MET,
            ("tool-version", "pytest"): MET,
        },
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A copy of an example after a run with the flag."""

    expected: Example
    root: Path
    status: int
    output: str
    verdicts: list[dict[str, Any]]
    left_behind: frozenset[str]
    env: dict[str, str] = field(repr=False)

    def measured(self, metric: str) -> dict[str, dict[str, Any]]:
        """The measurements of a metric that have a value, by scope; at least one."""
        found = {
            verdict["scope"]: verdict["measurement"]
            for verdict in self.verdicts
            if verdict["metric"] == metric and verdict["measurement"]["value"] is not None
        }
        assert found, f"nothing was measured for {metric}"
        return found

    def python(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run a module of this interpreter in the copy; it has to succeed."""
        done = run([sys.executable, *arguments], cwd=cwd or self.root, env=self.env)
        assert done.returncode == 0, done.stdout
        return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What coverage.py and pytest say of the same suite when nobody else is there."""

    files: dict[str, dict[str, int]]  # the numbers of coverage.py's JSON report by path
    tests: int
    skipped: int

    def sum(self, scope: str, *keys: str) -> int:
        """Add up numbers of the files in a scope."""
        prefix = scope.removesuffix("**")
        return sum(
            numbers.get(key, 0)
            for path, numbers in self.files.items()
            for key in keys
            if path.startswith(prefix)
        )


def run(command: list[str], *, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command with its two outputs in one."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module", params=sorted(TABLE))
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Copy an example and run its suite with ``--boss-gates``."""
    name: str = request.param
    top = tmp_path_factory.mktemp(name)
    root = top / name
    shutil.copytree(
        EXAMPLES / name,
        root,
        ignore=LEFT_BEHIND,
    )
    before = everything_in(root)
    env = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
    env |= {"HOME": str(top), "USERPROFILE": str(top), "PYTHONIOENCODING": "utf-8"}
    env |= {"PYTHONDONTWRITEBYTECODE": "1"}

    done = run(
        [sys.executable, "-m", "pytest", "--boss-gates", "-p", "no:cacheprovider"],
        cwd=root,
        env=env,
    )

    report = root / ".boss-gates" / "report.json"
    assert report.is_file(), done.stdout
    return Judged(
        expected=TABLE[name],
        root=root,
        status=done.returncode,
        output=done.stdout,
        verdicts=json.loads(report.read_text("utf-8"))["verdicts"],
        left_behind=everything_in(root) - before,
        env=env,
    )


@pytest.fixture(scope="module")
def counted(judged: Judged) -> Counted:
    """Measure the same copy with ``coverage run -m pytest`` and nothing of ours."""
    suite = ["-m", "pytest", "-p", "no:cacheprovider", "-q", "--junitxml=alone.xml"]
    judged.python("-m", "coverage", "run", "--source=.", *suite)
    judged.python("-m", "coverage", "json", "-q", "-o", "alone.json")
    files = json.loads((judged.root / "alone.json").read_text("utf-8"))["files"]
    suites = ET.parse(judged.root / "alone.xml").getroot().iter("testsuite")
    attributes = [suite.attrib for suite in suites]
    return Counted(
        files={
            posix: entry["summary"]
            for path, entry in files.items()
            if (posix := path.replace("\\", "/")).startswith(judged.expected.source)
        },
        tests=sum(int(suite["tests"]) for suite in attributes),
        skipped=sum(int(suite["skipped"]) for suite in attributes),
    )


def everything_in(root: Path) -> frozenset[str]:
    """The names at the top of a folder."""
    return frozenset(path.name for path in root.iterdir())


def test_every_folder_of_examples_is_run() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir() and path.name[0] != "."}

    assert folders == set(TABLE)


def test_the_run_passes(judged: Judged) -> None:
    assert judged.status == 0, judged.output


def test_each_target_gets_the_verdict_it_should(judged: Judged) -> None:
    verdicts = {
        (verdict["metric"], verdict["scope"]): (verdict["status"], verdict["enforce"])
        for verdict in judged.verdicts
        if verdict["target"] is not None
    }

    assert verdicts == judged.expected.verdicts, judged.output


def test_the_run_leaves_its_own_folder_and_nothing_else(judged: Judged) -> None:
    assert judged.left_behind == {".boss-gates"}
    assert (judged.root / ".boss-gates" / "tracker.md").is_file()


def test_code_coverage_is_what_coverage_says_by_itself(judged: Judged, counted: Counted) -> None:
    for scope, measurement in judged.measured("code-coverage").items():
        covered = counted.sum(scope, "covered_lines", "covered_branches")
        total = counted.sum(scope, "num_statements", "num_branches")

        assert (measurement["numerator"], measurement["denominator"]) == (covered, total), scope
        assert measurement["value"] == pytest.approx(covered / total)


def test_the_tracker_shows_that_coverage(judged: Judged, counted: Counted) -> None:
    tracker = (judged.root / ".boss-gates" / "tracker.md").read_text("utf-8")
    exact = Fraction(
        counted.sum("", "covered_lines", "covered_branches"),
        counted.sum("", "num_statements", "num_branches"),
    )

    cell = re.search(r"^\| *Code Coverage *\| *(\d+(?:\.(\d+))?) %", tracker, re.MULTILINE)

    assert cell is not None, tracker
    assert abs(Fraction(cell[1]) - exact * 100) < Fraction(1, 10 ** len(cell[2] or ""))


def test_the_worst_function_is_radons(judged: Judged, tmp_path: Path) -> None:
    # Not in the project's root: radon's command cannot read a pyproject.toml with a % in it.
    paths = [str(judged.root / part) for part in judged.expected.source]
    blocks = json.loads(judged.python("-m", "radon", "cc", "--json", *paths, cwd=tmp_path))
    by_path = {
        Path(path).relative_to(judged.root).as_posix(): [
            block["complexity"] for block in found if block["type"] != "class"
        ]
        for path, found in blocks.items()
    }

    for scope, measurement in judged.measured("complexity").items():
        prefix = scope.removesuffix("**")
        inside = [some for path, some in by_path.items() if path.startswith(prefix)]

        assert measurement["value"] == max(number for some in inside for number in some), scope


@pytest.mark.parametrize("judged", ["storefront"], indirect=True)
def test_the_storefronts_other_figures_are_coverages_and_pytests(
    judged: Judged, counted: Counted
) -> None:
    branches = judged.measured("branch-coverage")[""]
    worst = min(
        Fraction(
            counted.sum(path, "covered_lines", "covered_branches"),
            counted.sum(path, "num_statements", "num_branches"),
        )
        for path in counted.files
    )

    assert branches["numerator"] == counted.sum("", "covered_branches")
    assert branches["denominator"] == counted.sum("", "num_branches")
    assert judged.measured("file-coverage")[""]["value"] == pytest.approx(float(worst))
    assert judged.measured("skipped-tests")[""]["value"] == counted.skipped == 1
    assert judged.measured("tests")[""]["value"] == counted.tests - counted.skipped
    assert judged.measured("xfailed-tests")[""]["value"] == 0


@pytest.mark.parametrize("judged", ["storefront"], indirect=True)
def test_the_storefronts_warning_names_the_function_to_mend(judged: Judged) -> None:
    (warning,) = (verdict for verdict in judged.verdicts if verdict["status"] == "missed")
    worst = warning["details"]["where"][0]

    assert (worst["name"], worst["path"]) == ("quote", "src/storefront/shipping.py")
    assert "quote" in judged.output


@pytest.mark.parametrize("judged", ["monorepo"], indirect=True)
def test_the_monorepos_uncovered_lines_are_those_of_one_package(
    judged: Judged, counted: Counted
) -> None:
    scope = "packages/accounts/**"

    missing = judged.measured("uncovered-lines")[scope]["value"]

    assert missing == counted.sum(scope, "missing_lines") == 5


@pytest.mark.parametrize("judged", ["extension"], indirect=True)
def test_the_extensions_tool_is_proven_through_its_own_dialect_and_runner(judged: Judged) -> None:
    (verdict,) = (v for v in judged.verdicts if v["scope"] == "headers")
    (later,) = (v for v in judged.verdicts if v["metric"] == "later-comments")

    notes = verdict["measurement"]["notes"]
    assert verdict["shown"] == "observed"
    assert notes[0].startswith("gating at house-ci.txt:2 -> Pleasefile:2 ")
    assert any("`python tools/check_headers.py ledger.py` passed here" in note for note in notes)
    assert later["measurement"]["value"] == 1


@pytest.mark.parametrize("judged", ["extension"], indirect=True)
def test_the_extensions_tool_misses_its_target_when_it_finds_problems(judged: Judged) -> None:
    ledger = judged.root / "ledger.py"
    before = ledger.read_text("utf-8")
    ledger.write_text(before.split("\n", 1)[1], "utf-8")

    done = run(
        [sys.executable, "-m", "pytest", "--boss-gates", "-p", "no:cacheprovider"],
        cwd=judged.root,
        env=judged.env,
    )

    ledger.write_text(before, "utf-8")
    assert done.returncode == 10, done.stdout
    assert "ledger.py:1: the first line does not say: Money is counted in cents." in done.stdout
