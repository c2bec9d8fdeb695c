"""Coverage of what runs in other processes: workers, children, and those that die."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project

    Ours = Callable[..., tuple[int, int]]

UNKNOWN = 11
CHILD = {
    "shop/child.py": """\
        def work(number):
            if number:
                return number * 2
            return 0
        """,
    "conftest.py": """\
        import os
        from shop import rates


        def pytest_unconfigure(config):
            left = [name for name in os.environ if name.startswith("COVERAGE_")]
            print("left in the environment:", left)
        """,
}
SUBPROCESS = {
    **CHILD,
    "tests/test_child.py": """\
        import subprocess, sys


        def test_child(tmp_path):
            code = "from shop.child import work; work(1)"
            done = subprocess.run([sys.executable, "-Werror", "-c", code], cwd=tmp_path,
                                  capture_output=True, check=True)
            assert not done.stderr
        """,
}
MULTIPROCESSING = {
    **CHILD,
    "tests/test_child.py": """\
        import multiprocessing, sys
        from shop.child import work


        def test_child():
            for method in ("fork", "spawn"):
                process = multiprocessing.get_context(method).Process(target=work, args=(1,))
                process.start()
                process.join()
                assert process.exitcode == 0
        """,
}


def settings(run: str, *targets: str) -> dict[str, str]:
    lines = ["[tool.boss-gates.targets]", 'code-coverage = ">=1%"', *targets]
    return {"pyproject.toml": "\n".join([*lines, "[tool.coverage.run]", run])}


def left_behind(project: Project) -> list[str]:
    return [path.name for path in project.root.rglob("*") if path.name.startswith(".coverage")]


@pytest.mark.parametrize(
    ("workers", "branch"),
    [
        ((), False),
        pytest.param((), True, marks=pytest.mark.slow),
        pytest.param(("-n2",), False, marks=pytest.mark.slow),
    ],
)
def test_what_subprocesses_run_counts(
    shop: Project, ours: Ours, workers: tuple[str, ...], *, branch: bool
) -> None:
    targets = ['branch-coverage = ">=1%"'] if branch else []
    shop.write({**SUBPROCESS, **settings('patch = ["subprocess"]', *targets)})

    result = shop.run("-s", *workers)

    assert ours(result) == ((12, 18) if branch else (9, 12))
    assert result.report["run"]["fingerprint"]["patches"] == "subprocess"
    assert "left in the environment: []" in result.output
    assert not left_behind(shop)
    assert result.status == 0


def test_what_a_killed_child_left_half_written_is_told_and_costs_nothing_else(
    shop: Project, ours: Ours
) -> None:
    killed = """\
        from pathlib import Path


        def test_killed():
            (private,) = Path(".boss-gates/cache").glob("coverage-*")
            (private / "data.host.pid1.half").write_bytes(b"SQLite form")
        """
    shop.write({**SUBPROCESS, "tests/test_killed.py": killed})
    shop.write(settings('patch = ["subprocess"]'))

    result = shop.run()

    assert ours(result) == (9, 12)
    notes = result.verdicts["code-coverage"]["measurement"]["notes"]
    assert "1 child process killed before its data was written: not counted" in notes


@pytest.mark.parametrize("workers", [(), pytest.param(("-n2",), marks=pytest.mark.slow)])
@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_what_multiprocessing_runs_counts(
    shop: Project, ours: Ours, workers: tuple[str, ...]
) -> None:
    shop.write({**MULTIPROCESSING, **settings('concurrency = ["thread", "multiprocessing"]')})

    result = shop.run("-s", *workers)

    assert ours(result) == (9, 12)
    assert result.report["run"]["fingerprint"]["core"] == "CTracer"
    assert "left in the environment: []" in result.output
    assert not left_behind(shop)
    assert result.status == 0


def test_processes_that_cannot_be_told_of_a_branch_target_make_it_unknown(shop: Project) -> None:
    shop.write(
        {
            **MULTIPROCESSING,
            **settings('concurrency = ["multiprocessing"]', 'branch-coverage = ">=1%"'),
        }
    )

    result = shop.run()

    verdict = result.verdicts["branch-coverage"]
    assert result.status == UNKNOWN
    assert "Can't combine" in verdict["reason"]
    assert "Add branch = true to [tool.coverage.run]" in verdict["details"]["remedy"]
    assert not left_behind(shop)


def test_a_crashed_worker_makes_coverage_unknown_not_low(shop: Project) -> None:
    shop.write({"tests/test_crash.py": "import os\n\n\ndef test_crash(): os._exit(3)\n"})

    result = shop.run("-n2")

    verdict = result.verdicts["code-coverage"]
    assert result.status == 1
    assert verdict["status"] == "unknown"
    assert "1 worker ended without handing over its data: gw" in verdict["reason"]
    assert "crashed" in verdict["details"]["remedy"]
    assert not left_behind(shop)


def test_a_child_that_goes_on_as_pytest_does_not_take_the_data_away(
    shop: Project, ours: Ours
) -> None:
    shop.write(
        {
            "tests/test_fork.py": """\
                import os
                import pytest


                @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
                @pytest.mark.filterwarnings("ignore")
                def test_fork():
                    child = os.fork()
                    if not child:
                        pytest.exit("the child unwinds")
                    os.waitpid(child, 0)
                """,
        }
    )

    result = shop.run("-q")

    assert ours(result) == (6, 8)
    assert result.status == 0
