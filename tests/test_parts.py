"""Tests of single markers and files timed apart, and flaky tests, in sessions of real plugins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Result

MARKED = {
    "tests/slow/test_other.py": """\
        import time


        def test_in_a_directory_that_is_called_like_the_marker():
            time.sleep(0.05)
        """,
    "tests/test_marked.py": """\
        import time

        import pytest

        pytestmark = pytest.mark.suite


        @pytest.mark.slow
        def test_marked():
            time.sleep(0.2)


        def test_marked_by_a_fixture(request):
            request.node.add_marker(pytest.mark.late)
        """,
    "pytest.ini": """\
        [pytest]
        markers =
            slow: takes long
            late: added while it ran
            suite: of its module
        """,
}
LIMITED = (
    'slowest-test = ["<1 minute", { marker = "slow", target = "<1 minute" }, '
    '{ marker = "not slow", target = "<1 minute" }, { marker = "late", target = "<1 minute" }, '
    '{ marker = "suite", target = "<1 minute" }, '
    '{ paths = "tests/slow/**", target = "<1 minute" }]'
)


def numbers(result: Result) -> dict[str, int]:
    """How many tests each target of slowest-test is about."""
    return {
        name.removeprefix("slowest-test").strip(): verdict["measurement"]["n"]
        for name, verdict in result.verdicts.items()
        if name.startswith("slowest-test")
    }


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_a_target_takes_the_tests_with_its_marker_and_in_its_files(
    project: Project, options: tuple[str, ...]
) -> None:
    result = project.write(MARKED).targets(LIMITED).run(*options)

    assert numbers(result) == {
        "": 3,
        "-m slow": 1,
        '-m "not slow"': 2,
        "-m late": 1,
        "-m suite": 2,
        "tests/slow/**": 1,
    }
    assert set(result.statuses.values()) == {"met"}


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_tests_that_the_project_deselects_are_not_for_this_run(
    project: Project, options: tuple[str, ...]
) -> None:
    narrowed = MARKED["pytest.ini"] + 'addopts = -m "not slow"\n'
    project.write({**MARKED, "pytest.ini": narrowed})
    project.targets('slowest-test = { marker = "slow", target = "<1 minute" }')

    verdict = project.run(*options).verdicts["slowest-test -m slow"]

    assert verdict["status"] == "skipped"
    assert verdict["reason"] == 'every test marked "slow" was deselected, 1 test'


def test_a_marker_that_no_test_has_is_unknown_with_a_remedy(project: Project) -> None:
    project.write(MARKED).targets('slowest-test = { marker = "slwo", target = "<1 minute" }')

    result = project.run()

    assert result.status == 11
    assert 'no test marked "slwo" ran' in result.output


FLAKY = {
    "test_flaky.py": """\
        import pathlib

        import pytest


        def fail_once(name):
            seen = pathlib.Path(name)
            if not seen.exists():
                seen.touch()
                raise AssertionError(name)


        {mark}
        def test_flaky():
            fail_once("call")


        {mark}
        def test_steady():
            pass


        def test_without_a_mark():
            pass
        """
}
REPEATING = {
    "rerunfailures": ("--reruns=2", "@pytest.mark.flaky(reruns=2)"),
    "pytest-retry": ("--retries=2", "@pytest.mark.flaky(retries=2)"),
    "flaky": ("--force-flaky", "@pytest.mark.flaky(max_runs=3, min_passes=2)"),
}
"""Plugins that repeat what fails: the option for all tests, and the mark of one."""


def run_with(project: Project, plugin: str, mark: str, *options: str) -> Result:
    text = FLAKY["test_flaky.py"].replace("{mark}", mark)
    project.write({"test_flaky.py": text}).targets('flaky-tests = "=0"', 'tests = "=3"')
    others = [f"-pno:{other}" for other in REPEATING if other != plugin]
    command = (sys.executable, "-m", "pytest", "-pno:cacheprovider", "--boss-gates", *others)
    return project.run_command(*command, *options)


@pytest.mark.slow
@pytest.mark.parametrize("plugin", REPEATING)
@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_a_test_that_passes_when_it_is_repeated_is_flaky(
    project: Project, plugin: str, options: tuple[str, ...]
) -> None:
    result = run_with(project, plugin, "", REPEATING[plugin][0], *options)

    verdict = result.verdicts["flaky-tests"]
    assert (verdict["status"], verdict["measurement"]["value"]) == ("missed", 1)
    assert verdict["details"]["where"][0]["name"] == "test_flaky.py::test_flaky"
    assert result.statuses["tests"] == "met"


@pytest.mark.slow
@pytest.mark.parametrize("plugin", REPEATING)
@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_a_mark_is_enough_to_tell_and_passing_twice_is_not_flaky(
    project: Project, plugin: str, options: tuple[str, ...]
) -> None:
    (project.root / "call").touch()  # nothing fails

    result = run_with(project, plugin, REPEATING[plugin][1], *options)

    assert result.statuses == {"flaky-tests": "met", "tests": "met"}


@pytest.mark.parametrize("plugin", REPEATING)
def test_a_plugin_that_repeats_nothing_leaves_it_unknown(project: Project, plugin: str) -> None:
    (project.root / "call").touch()

    result = run_with(project, plugin, "")

    assert result.statuses["flaky-tests"] == "unknown"
