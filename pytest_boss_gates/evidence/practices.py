"""Rules that a row of data cannot say: each looks at what was found and adds to some facts."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.declared import is_elsewhere
from pytest_boss_gates.evidence.delivery import RULES as DELIVERY
from pytest_boss_gates.evidence.dependencies import required_name
from pytest_boss_gates.evidence.matching import Seen, by_tool, seen_at
from pytest_boss_gates.evidence.steps import Trigger
from pytest_boss_gates.evidence.tool_settings import (
    any_ruff_selection,
    pytest_option,
    pytest_start,
    ruff_selection,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.evidence.chain import Reached
    from pytest_boss_gates.evidence.matching import Found, Rule
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.model import Place

_PYTEST = ("pytest", "py.test", "pytest-3")
_CI_SYSTEMS = (
    """appveyor azure-pipelines bitbucket-pipelines buildkite circleci cirrus drone
    github-actions gitlab-ci jenkins travis woodpecker zuul"""
).split()
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$")
_TEST_DIRECTORY = re.compile(r"(?:^|/)tests?/(?:[^/]+/)*[^/]*\.py$")
_RUN_TESTS = re.compile(r"(?:^|/)(?:run_?)?(?:all_?)?tests?(?:_?suite|_?runner)?\.py$")
_HAS_TESTS = re.compile(
    r"^\s*(?:async )?def test|^\s*class \w*Test|\b(?:unittest|pytest|doctest)\b", re.MULTILINE
)
_FIRST_TESTS = 3
_IMPORTS = re.compile(r"I(?:0|00|001)?$|ALL$"), {"I", "I0", "I00", "I001"}
_SECURITY = re.compile(r"S(?:\d+)?$|ALL$"), {"S"}
"""What selects such rules of ruff, and what switches them off altogether."""
_TAKES_BENCHMARK = re.compile(r"\s*(?:async )?def test\w*\([^)]*\bbenchmark\b")
_REVIEW = re.compile(
    r"(?:must|should|need(?:s)? to|has to|have to|will|requires?|at least|before)\b[^.\n]{0,60}"
    r"\b(?:be(?:en)? (?:code[- ])?reviewed|be(?:en)? approved|approv(?:al|ed|ing review)|"
    r"review(?:ed)? (?:and|or) (?:approved?|merged?)|code review|LGTM|"
    r"review(?:er)?s? (?:from|by))\b"
    r"|\brequires? (?:a )?(?:code )?review\b|\b(?:accept|approve) or \w+ (?:a|the) pull request"
    r"|\breviews? of pull requests|\bpull requests? (?:is|are|get|will be) reviewed"
    r"|\bcode reviews?\b|\breviewed by (?:at least|a |one|two|another)|\bLGTMs?\b",
    re.IGNORECASE,
)
_MERGE_RULE = re.compile(
    r"approved-reviews-by|#review|required_approving_review_count", re.IGNORECASE
)


def _continuous_integration(found: Found) -> Iterator[tuple[str, Seen]]:
    for job in found.jobs:
        if job.system in _CI_SYSTEMS:
            way = (job.place,)
            yield "ci-pipeline", Seen(way=way, triggers=job.triggers, soft=job.soft, by=job.system)
    for system in _CI_SYSTEMS:
        for place in found.declared[system].places if system in found.declared else ():
            yield "ci-pipeline", Seen(way=(place,), by=system)


def _hosted(found: Found) -> Iterator[tuple[str, Seen]]:
    """pre-commit.ci runs the hooks whenever its settings are there."""
    for job in found.jobs:
        if job.system == "pre-commit-ci":
            yield "pre-commit", Seen(way=(job.place,), triggers=job.triggers, soft=job.soft)


def _tests(found: Found) -> Iterator[tuple[str, Seen]]:
    """Tests that exist, and test programs that CI starts by their own name."""
    paths = [
        path
        for path in found.reading.tree.match("**/*.py")
        if (_TEST_FILE.search(path) or _TEST_DIRECTORY.search(path))
        and not path.endswith(("__init__.py", "conftest.py"))
        and not is_elsewhere(path, "tests/test/testing")
    ]
    for path in paths[:_FIRST_TESTS]:
        lines = found.reading.numbered(path)
        number = next(
            (n for n, line in lines if re.match(r"\s*(?:async )?def test|class \w*Test", line)), 0
        )
        if number:
            yield "unit-testing", Seen(way=(found.reading.place(path, number),))
    for reached in found.reached:
        if reached.file.endswith(".py") and _starts_tests(found.reading, reached.file):
            yield "unit-testing", seen_at(reached)


def _starts_tests(reading: Reading, path: str) -> bool:
    """Whether a program runs tests: by its name, or by its place and what it holds.

    What lies among the tests may also make their data.
    """
    if _RUN_TESTS.search(path):
        return True
    placed = _TEST_FILE.search(path) or _TEST_DIRECTORY.search(path)
    return bool(placed and _HAS_TESTS.search(reading.text(path) or ""))


def _coverage_by_pytest(found: Found) -> Iterator[tuple[str, Seen]]:
    """``pytest --cov``, on the command line or always, by the settings; and ours."""
    for reached in _pytest_runs(found):
        words = (*reached.words[1:], *reached.env.get("PYTEST_ADDOPTS", "").split())
        if any(word == "--boss-gates" or _is_coverage(word) for word in words):
            yield "coverage", seen_at(reached)
        elif "--no-cov" not in words and not any(word.startswith("addopts=") for word in words):
            always = _always(found.reading, reached, "--cov")
            if always:
                yield "coverage", seen_at(reached, always)


def _pytest_runs(found: Found) -> Iterator[Reached]:
    for reached in found.reached:
        if reached.kind == "command" and reached.words[0] in _PYTEST:
            yield reached


def _is_coverage(word: str) -> bool:
    return word.startswith("--cov") and "--cov-fail" not in word


def _always(reading: Reading, reached: Reached, option: str) -> Place | None:
    """Find the line of ``addopts`` that gives an option to a call of pytest."""
    start = pytest_start(reading, reached.words[1:], reached.directory)
    found = pytest_option(reading, start, "addopts")
    if found is None or option not in found.text:
        return None
    return reading.place(found.path, reading.find(found.path, option, found.line))


def _benchmarks_by_pytest(found: Found) -> Iterator[tuple[str, Seen]]:
    """Tests that take pytest-benchmark's fixture run with all others, unless that is off."""
    if not found.declared["pytest-benchmark"].places:
        return
    runs = list(_pytest_runs(found))
    use = _benchmark(found.reading, runs)
    for reached in runs if use else ():
        off = {"--benchmark-disable", "--benchmark-skip"} & set(reached.words)
        if use and not off and not _always(found.reading, reached, "--benchmark-disable"):
            yield "performance-testing", seen_at(reached, use)


def _benchmark(reading: Reading, runs: Iterable[Reached]) -> Place | None:
    """Find a test with the fixture in a file that pytest collects: by its name, or when asked."""
    patterns = pytest_option(reading, "", "python_files")
    names = patterns.text.split() if patterns else ["test_*.py", "*_test.py"]
    asked = {
        posixpath.normpath(posixpath.join(run.directory, word.partition("::")[0]))
        for run in runs
        for word in run.words[1:]
        if ".py" in word
    }
    for path in reading.tree.match("**/*.py"):
        name = posixpath.basename(path)
        if path in asked or any(fnmatchcase(name, pattern) for pattern in names):
            for number, line in reading.numbered(path):
                if _TAKES_BENCHMARK.match(line):
                    return reading.place(path, number)
    return None


# -- security rules inside linters


def _security_by_linters(found: Found) -> Iterator[tuple[str, Seen]]:
    """Ruff's S rules where they are selected, flake8's where flake8-bandit is required."""
    ruff = any_ruff_selection(found.reading, *_SECURITY)
    flake8 = next(
        (
            place
            for place in found.declared["flake8"].places
            if required_name(place.text) == "flake8-bandit" or "flake8-bandit" in place.text
        ),
        None,
    )
    if ruff:
        yield "bandit", Seen(way=(ruff,), by="ruff")
    if flake8:
        yield "bandit", Seen(way=(flake8,), by="flake8")
    for reached in found.reached:
        if _is_ruff_check(reached):
            asked = _asked_on_command_line(reached)
            place = ruff_selection(found.reading, reached.directory, *_SECURITY)
            if asked or (place and asked is None):
                more = (place,) if place and not asked else ()
                yield "bandit", by_tool(seen_at(reached, *more), "ruff")
        elif flake8 and reached.words[0] == "flake8" and reached.kind in ("command", "hook"):
            yield "bandit", by_tool(seen_at(reached, flake8), "flake8")


def _is_ruff_check(reached: Reached) -> bool:
    if reached.kind == "hook":
        return reached.words[0] in ("ruff", "ruff-check")
    words = reached.words
    return reached.kind == "command" and words[0] == "ruff" and words[1:2] != ("format",)


def _asked_on_command_line(reached: Reached) -> bool | None:
    """Whether ``--select`` names the security rules; None without the option."""
    words = reached.words
    for number, word in enumerate(words):
        name, mark, value = word.partition("=")
        if name == "--select":
            value = value if mark else next(iter(words[number + 1 : number + 2]), "")
            return any(_SECURITY[0].match(rule.strip()) for rule in value.split(","))
    return None


def _import_sorting_by_ruff(found: Found) -> Iterator[tuple[str, Seen]]:
    """Ruff's I rules where they are selected."""
    declared = any_ruff_selection(found.reading, *_IMPORTS)
    if declared is None:
        return
    yield "imports", Seen(way=(declared,), by="ruff")
    for reached in found.reached:
        if _is_ruff_check(reached) and (
            place := ruff_selection(found.reading, reached.directory, *_IMPORTS)
        ):
            yield "imports", by_tool(seen_at(reached, place), "ruff")


def _reviews(found: Found) -> Iterator[tuple[str, Seen]]:
    """A written rule that changes are reviewed, and bots that enforce it."""
    reading = found.reading
    for pattern in (
        "CONTRIBUTING*",
        ".github/CONTRIBUTING*",
        "docs/CONTRIBUTING*",
        "docs/contributing*",
    ):
        for path in reading.tree.match(pattern):
            for number, line in reading.numbered(path):
                if _REVIEW.search(line):
                    yield "code-review", Seen(way=(reading.place(path, number),))
                    break
    for pattern in (
        ".mergify.y*ml",
        ".github/mergify.y*ml",
        ".github/settings.y*ml",
        ".policy.yml",
    ):
        for path in reading.tree.match(pattern):
            for number, line in reading.numbered(path):
                if _MERGE_RULE.search(line):
                    triggers = frozenset({Trigger.CHANGE})
                    yield "code-review", Seen(way=(reading.place(path, number),), triggers=triggers)
                    break


RULES: tuple[Rule, ...] = (
    *DELIVERY,
    _continuous_integration,
    _hosted,
    _tests,
    _coverage_by_pytest,
    _benchmarks_by_pytest,
    _security_by_linters,
    _import_sorting_by_ruff,
    _reviews,
)
"""Each gives facts' names with what was seen for them."""
