"""Coverage that we measure by ourselves, in real sessions of small projects."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project, Result

    Ours = Callable[..., tuple[int, int]]
    Python = Callable[..., Result]

UNKNOWN = 11
UNUSED = {"shop/unused.py": "A = 1\nB = 2\n", "shop/extras/more.py": "C = 1\n"}  # no __init__.py


def config(coverage: str = "", gates: str = "", *targets: str) -> dict[str, str]:
    """A pyproject.toml with coverage settings, ours, and a target on code coverage."""
    lines = ['code-coverage = ">=1%"', *targets]
    parts = ["[tool.boss-gates]", gates, "[tool.boss-gates.targets]", *lines, coverage]
    return {"pyproject.toml": "\n".join(parts)}


def measurement(result: Result, metric: str = "code-coverage") -> dict[str, Any]:
    found: dict[str, Any] = result.verdicts[metric]["measurement"]
    return found


def left_behind(project: Project) -> list[str]:
    """Data files outside, and directories left inside, of our own directory."""
    return [
        path.relative_to(project.root).as_posix()
        for path in project.root.rglob("*")
        if path.name.startswith((".coverage", "coverage-"))
    ]


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two workers"])
def test_what_runs_in_conftest_counts_and_what_nothing_imports_counts_as_missed(
    shop: Project, ours: Ours, workers: tuple[str, ...]
) -> None:
    result = shop.write(UNUSED).run(*workers)

    assert ours(result) == (6, 8 + 3)
    assert measurement(result)["n"] == 5
    assert measurement(result)["notes"] == [
        "2 files never imported, counted as 0 %: shop/extras/more.py, shop/unused.py"
    ]
    fingerprint = result.report["run"]["fingerprint"]
    assert fingerprint["source"] == "shop"
    assert fingerprint["workers"] == str(2 * len(workers))
    assert result.status == 0
    assert not left_behind(shop)


def test_a_branch_target_switches_branches_on(shop: Project, ours: Ours) -> None:
    result = shop.write(config("", "", 'branch-coverage = ">=60%"', 'line-coverage = ">1%"')).run()

    assert ours(result, "branch-coverage") == (2, 4)
    assert ours(result, "line-coverage") == (6, 8)
    assert ours(result) == (8, 12)
    where = result.verdicts["branch-coverage"]["details"]["where"]
    assert [item["note"] for item in where] == ["branch 2->3", "branch 2->3"]


def test_a_project_of_one_module(project: Project, ours: Ours) -> None:
    project.write(
        {
            **config(),
            "one.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
            "test_one.py": "from one import one\n\n\ndef test_one():\n    assert one() == 1\n",
        }
    )

    assert ours(project.run()) == (3, 4)


@pytest.mark.parametrize("edited", [False, True])
def test_an_installed_copy_counts_as_the_source_as_long_as_it_is_the_same(
    shop: Project, ours: Ours, tmp_path: Path, *, edited: bool
) -> None:
    site = tmp_path / "site-packages"
    shutil.copytree(shop.root / "shop", site / "shop")
    (shop.root / "src").mkdir()
    (shop.root / "shop").rename(shop.root / "src" / "shop")
    shop.environment["PYTHONPATH"] = str(site)
    if edited:
        with (shop.root / "src" / "shop" / "cart.py").open("a") as file:
            file.write("NEW = 1\n")

    result = shop.run()

    assert ours(result) == ((6, 8 + 5) if edited else (6, 8))
    notes = " ".join(measurement(result)["notes"])
    assert (f"1 measured file outside the project's source: {site}" in notes) is edited
    assert ("1 file never imported, counted as 0 %: src/shop/cart.py" in notes) is edited


def test_a_root_behind_a_symbolic_link(shop: Project, ours: Ours, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(shop.root, target_is_directory=True)
    shop.root = link
    shop.environment["PYTHONPATH"] = str(link)

    result = shop.write(UNUSED).run("--rootdir", str(link))

    assert ours(result) == (6, 11)
    assert measurement(result)["notes"] == [
        "2 files never imported, counted as 0 %: shop/extras/more.py, shop/unused.py"
    ]


def test_tests_that_wander_off_and_raise_every_warning(shop: Project, ours: Ours) -> None:
    shop.write(UNUSED)
    shop.write(
        {
            "shop/broken.py": "def (:\n",
            "tests/test_wander.py": """\
                import os


                def test_elsewhere(tmp_path):
                    os.chdir(tmp_path)


                def test_nowhere(tmp_path):
                    (tmp_path / "gone").mkdir()
                    os.chdir(tmp_path / "gone")
                    os.rmdir(tmp_path / "gone")
                """,
        }
    )

    result = shop.run("-Werror")

    assert ours(result) == (6, 11)
    assert "4 passed" in result.last_line
    assert "Warning" not in result.output
    assert measurement(result)["bound"] == "at-most"
    verdict = result.verdicts["code-coverage"]
    assert verdict["status"] == "unknown"
    assert "1 file could not be analysed: shop/broken.py: Couldn't parse it" in verdict["reason"]
    assert result.status == UNKNOWN


def test_a_broken_file_that_is_omitted_or_excluded_is_nobodys_business(
    shop: Project, ours: Ours
) -> None:
    settings = '[tool.coverage.run]\nomit = ["*/broken.py"]'
    shop.write(config(settings, 'exclude = ["shop/vendored/**"]'))
    shop.write({"shop/broken.py": "def (:\n", "shop/vendored/old.py": "print 1\n"})

    result = shop.run()

    assert ours(result) == (6, 8)
    assert measurement(result)["bound"] == "exact"


@pytest.mark.parametrize("option", ["--pdb", pytest.param("--trace", marks=pytest.mark.slow)])
def test_a_debugger_and_coverage_do_not_mix(shop: Project, option: str) -> None:
    shop.write({"tests/test_cart.py": ""})

    result = shop.run(option)

    assert result.verdicts["code-coverage"]["status"] == "skipped"
    assert result.verdicts["code-coverage"]["reason"].startswith(f"{option}: a debugger")


def test_under_another_tracer_coverage_is_skipped(shop: Project, python: Python) -> None:
    script = (
        "import sys, pytest; sys.settrace(lambda *_: None); "
        "sys.exit(pytest.main(['--boss-gates', '-pno:cacheprovider', '-pno:hypothesispytest']))"
    )
    shop.write({"tests/test_cart.py": "def test_nothing(): pass\n"})

    result = python("-c", script)

    assert "another tracer is at work" in result.output
    assert result.status == 0


TRACES = """\
    import sys


    def test_a_tracer_that_puts_back_what_was_there():
        before = sys.gettrace()
        sys.settrace(lambda *_: None)
        sys.settrace(before)
    """


def test_a_test_that_traces_and_tidies_up_does_no_harm(shop: Project, ours: Ours) -> None:
    shop.write(config("", 'coverage-core = "ctrace"')).write({"tests/test_a.py": TRACES})

    assert ours(shop.run()) == (6, 8)


def test_a_test_that_takes_the_tracer_away_makes_coverage_unknown(shop: Project) -> None:
    shop.write(config("", 'coverage-core = "ctrace"'))
    shop.write({"tests/test_a.py": "import sys\n\n\ndef test_off(): sys.settrace(None)\n"})

    result = shop.run()

    verdict = result.verdicts["code-coverage"]
    assert verdict["status"] == "unknown"
    assert "a test called sys.settrace and did not restore what was there" in verdict["reason"]
    assert "restore" in verdict["details"]["remedy"]
    assert result.status == UNKNOWN


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_without_a_trace_function_nobody_can_take_it_away(shop: Project, ours: Ours) -> None:
    left = "import sys\n\n\ndef test_left(): sys.settrace(lambda *_: None)\n"

    assert ours(shop.write({"tests/test_a.py": left}).run()) == (6, 8)


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
def test_a_suite_that_measures_coverage_itself(shop: Project, ours: Ours, core: str) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring came with 3.12")
    shop.write(config("", f'coverage-core = "{core}"'))
    shop.write(
        {
            "tests/test_a.py": """\
                from coverage import Coverage
                from shop import cart


                def test_nested(tmp_path):
                    cov = Coverage(data_file=None, source=[str(tmp_path)], messages=False)
                    with cov.collect():
                        cart.total([])
                    cart.total([1], 1)
                """,
        }
    )

    assert ours(shop.run("-Wignore")) == (7, 8)


def test_a_measurement_that_a_test_leaves_running_makes_ours_unknown(shop: Project) -> None:
    shop.write(
        {
            "tests/test_z.py": "import coverage\n\n\ndef test_left():\n"
            "    coverage.Coverage(data_file=None).start()\n"
        }
    )

    result = shop.run("-Wignore")

    assert result.status == UNKNOWN
    reason = result.verdicts["code-coverage"]["reason"]
    assert "a test started a coverage measurement and did not stop it" in reason


@pytest.mark.parametrize(
    ("settings", "said", "workers"),
    [
        ('[tool.coverage.run]\nbranch = "maybe"', "branch", ()),
        ('[tool.coverage.run]\nplugins = ["nowhere"]', "nowhere", ()),
        pytest.param(
            '[tool.coverage.run]\nplugins = ["nowhere"]',
            "nowhere",
            ("-n2",),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            '[tool.coverage.report]\nexclude_lines = ["("]',
            "exclude_lines",
            (),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_broken_coverage_settings_make_it_unknown(
    shop: Project, settings: str, said: str, workers: tuple[str, ...]
) -> None:
    shop.write(config(settings))
    shop.write({"tests/test_cart.py": "def test_nothing(): pass\n"})

    result = shop.run(*workers)

    verdict = result.verdicts["code-coverage"]
    assert result.status == UNKNOWN
    assert verdict["reason"].startswith("coverage.py could not start: ")
    assert said in verdict["reason"]
    assert "[tool.coverage]" in verdict["details"]["remedy"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('[tool.coverage.run]\nomit = ["shop/cart.py"]', (3, 4 + 3)),
        ('[tool.coverage.run]\ninclude = ["shop/*.py"]', (6, 8 + 2)),
        ('[tool.coverage.run]\nsource = ["shop"]\nomit = ["*/unused.py"]', (6, 8 + 1)),
        ('[tool.coverage.report]\nomit = ["*/unused.py", "*/more.py"]', (6, 8)),
        ('[tool.coverage.report]\ninclude = ["shop/cart.py"]', (3, 4)),
        ('[tool.coverage.report]\nexclude_also = ["B = "]\ncontexts = ["x"]', (6, 8 + 2)),
    ],
    ids=["run omit", "run include", "run source", "omit", "include", "exclude_also"],
)
def test_the_projects_coverage_settings_hold(
    shop: Project, ours: Ours, settings: str, expected: tuple[int, int]
) -> None:
    assert ours(shop.write({**UNUSED, **config(settings)}).run()) == expected


def test_our_own_source_setting_comes_first(shop: Project, ours: Ours) -> None:
    shop.write({"lib/extra.py": "A = 1\n", "tests/test_b.py": "import lib.extra\n"})
    shop.write(config('[tool.coverage.run]\nsource = ["shop"]', 'source = ["lib"]'))

    assert ours(shop.run()) == (1, 1)


def test_no_source_at_all_is_unknown(project: Project) -> None:
    project.write({**config(), "tests/test_a.py": "def test_a(): pass\n"})

    result = project.run()

    assert result.status == UNKNOWN
    assert result.verdicts["code-coverage"]["reason"] == "no file was measured"


WIPES = {"tests/test_z.py": "import shutil\n\n\ndef test_z(): shutil.rmtree('.boss-gates')\n"}


def test_a_test_that_wipes_our_directory_makes_coverage_unknown(shop: Project) -> None:
    result = shop.write(WIPES).run()

    assert result.status == UNKNOWN
    verdict = result.verdicts["code-coverage"]
    assert verdict["status"] == "unknown"
    assert verdict["reason"].startswith("coverage.py: Couldn't use data file")


def test_a_package_that_a_plugin_imports_first_is_told(shop: Project, ours: Ours) -> None:
    result = shop.run("-pshop.rates")

    assert ours(result) == (3, 8)
    notes = " ".join(measurement(result)["notes"])
    assert "shop: imported before measuring could start" in notes
    assert "`coverage run -m pytest --boss-gates` starts earlier" in notes


CORES = """
import json, os, sys
from pathlib import Path
from pytest_boss_gates.measure.coverage.borrow import Plan, choose
from pytest_boss_gates.repository.tree import Tree

def core(settings, branch=False, core="", environment={}):
    Path("pyproject.toml").write_text(settings)
    os.environ.update(environment)
    plan = Plan(tree=Tree(root=Path.cwd()), scratch=Path.cwd(), branch=branch, core=core)
    meter = choose(plan, start=Path.cwd(), off="", pytest_cov=None)
    meter.start()
    from shop import cart
    del sys.modules["shop.cart"], sys.modules["shop"]
    reading = meter.finish()
    [os.environ.pop(name) for name in environment]
    return reading.reason or [
        reading.fingerprint["core"], sum(file.covered_lines for file in reading.files)
    ]

run = "[tool.coverage.run]\\n"
print(json.dumps({
    "plain": core(""),
    "branch target": core("", branch=True),
    "branch setting": core(run + "branch = true"),
    "core setting": core(run + "core = 'ctrace'"),
    "environment": core("", environment={"COVERAGE_CORE": "ctrace"}),
    "timid": core(run + "timid = true"),
    "plugins": core(run + "plugins = ['noop']"),
    "concurrency": core(run + "concurrency = ['thread', 'multiprocessing']"),
    "ours": core("", core="ctrace"),
    "ours against theirs": core(run + "core = 'sysmon'", core="pytrace"),
}))
"""


def test_the_cheapest_core_that_gives_the_same_answer_is_taken(
    shop: Project, python: Python
) -> None:
    shop.write({"noop.py": "def coverage_init(reg, options): pass\n"})

    result = python("-W", "error", "-c", CORES)

    cheapest = "SysMonitor" if sys.version_info >= (3, 12) else "CTracer"
    with_branches = "SysMonitor" if sys.version_info >= (3, 14) else "CTracer"
    assert json.loads(result.output) == {
        "plain": [cheapest, 1],
        "branch target": [with_branches, 1],
        "branch setting": [with_branches, 1],
        "core setting": ["CTracer", 1],
        "environment": ["CTracer", 1],
        "timid": ["PyTracer", 1],
        "plugins": ["CTracer", 1],
        "concurrency": ["CTracer", 1],
        "ours": ["CTracer", 1],
        "ours against theirs": ["PyTracer", 1],
    }
