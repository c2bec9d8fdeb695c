"""Coverage that pytest-cov or ``coverage run`` measures: we read it, and disturb nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Project, Result

    Ours = Callable[..., tuple[int, int]]
    Theirs = Callable[[], tuple[int, int]]
    Python = Callable[..., Result]

MISSED, UNKNOWN, USAGE = 10, 11, 4
PYTEST = ("-m", "pytest", "-pno:cacheprovider", "-pno:hypothesispytest")
OURS = '["*/pytest_boss_gates/*"]'  # not among the installed packages when it is being worked on
TARGET = '[tool.boss-gates.targets]\ncode-coverage = ">=1%"\n'


def measured(data_file: Path) -> dict[str, object]:
    """What a coverage data file says, file by file, apart from how it is stored."""
    from coverage import CoverageData

    data = CoverageData(str(data_file))
    data.read()
    found = {name: data.arcs(name) or data.lines(name) for name in sorted(data.measured_files())}
    data.close()
    return {name: sorted(what or []) for name, what in found.items()}


def cov_section(output: str) -> list[str]:
    """What pytest-cov prints."""
    return [line for line in output.splitlines() if line.startswith(("shop/", "TOTAL", "Name"))]


@pytest.mark.parametrize(
    "options",
    [
        ("--cov=shop",),
        ("--cov=shop", "--cov-report="),
        ("--cov=shop", "--cov-fail-under=10", "--cov-branch"),
        ("--cov",),
        ("--cov=shop", "--cov-report=", "-n2"),
        pytest.param(("--cov=shop", "--cov-branch", "-n2"), marks=pytest.mark.slow),
        pytest.param(("--cov", "--cov-report=", "--cov-branch"), marks=pytest.mark.slow),
        pytest.param(("--cov=shop", "-n2", "--cov-fail-under=10"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_pytest_covs_numbers_are_ours(
    shop: Project, ours: Ours, theirs: Theirs, options: tuple[str, ...]
) -> None:
    if "--cov" not in options:  # a bare one lists only what is imported, and the tests
        shop.write({"shop/unused.py": "A = 1\n"})

    result = shop.run(*options)

    assert result.status == 0
    assert ours(result) == theirs()
    assert "borrow pytest-cov" in result.verdicts["code-coverage"]["measurement"]["source"]
    assert result.report["run"]["fingerprint"]["workers"] == ("2" if "-n2" in options else "0")


def test_pytest_covs_output_and_data_stay_as_they_are(shop: Project) -> None:
    options = ("--cov=shop", "--cov-report=term-missing", "--cov-branch", "--cov-fail-under=90")
    without = shop.run_plain(*options)
    before = measured(shop.root / ".coverage")
    (shop.root / ".coverage").unlink()

    result = shop.run(*options)

    assert cov_section(result.output) == cov_section(without.output)
    assert len(cov_section(result.output)) == 5
    assert measured(shop.root / ".coverage") == before
    assert [path.name for path in shop.root.glob(".coverage*")] == [".coverage"]
    assert result.status == without.status == 1


@pytest.mark.parametrize(
    "options",
    [pytest.param(("--no-cov",), marks=pytest.mark.slow), ("--cov=shop", "--no-cov")],
    ids=" ".join,
)
def test_no_cov_switches_coverage_off(shop: Project, options: tuple[str, ...]) -> None:
    shop.write({"tests/test_cart.py": "def test_nothing(): pass\n"})

    result = shop.run(*options)

    assert result.status == 0
    assert result.statuses == {"code-coverage": "skipped"}
    assert result.verdicts["code-coverage"]["reason"] == "switched off by --no-cov"


def test_files_that_pytest_cov_does_not_know_count_as_missed(shop: Project, ours: Ours) -> None:
    shop.write({"shop/extras/more.py": "C = 1\n", "shop/extras/broken.py": "def (:\n"})

    result = shop.run("--cov=shop", "-Werror")

    assert ours(result) == (6, 9)
    measurement = result.verdicts["code-coverage"]["measurement"]
    assert "1 file never imported, counted as 0 %: shop/extras/more.py" in measurement["notes"]
    assert measurement["bound"] == "at-most"


def test_an_installed_copy_is_not_counted_twice(
    shop: Project, ours: Ours, theirs: Theirs, tmp_path: Path
) -> None:
    (shop.root / "src").mkdir()
    shutil.move(shop.root / "shop", shop.root / "src" / "shop")
    shutil.copytree(shop.root / "src", tmp_path / "site-packages")
    shop.environment["PYTHONPATH"] = str(tmp_path / "site-packages")

    result = shop.run("--cov=shop", "--cov-report=")

    assert ours(result) == theirs() == (6, 8)
    places = [item["path"] for item in result.verdicts["code-coverage"]["details"]["where"]]
    assert all(place.startswith("src/shop/") for place in places)


def test_our_source_setting_limits_what_pytest_cov_measured(shop: Project, ours: Ours) -> None:
    shop.write({"pyproject.toml": f'[tool.boss-gates]\nsource = ["shop"]\n{TARGET}'})

    assert ours(shop.run("--cov", "--cov-report=")) == (6, 8)


def test_a_source_is_looked_for_from_where_pytest_was_started(shop: Project, ours: Ours) -> None:
    shop.write({"lib/pyproject.toml": TARGET, "lib/one.py": "A = 1\nB = 2\n"})
    shop.write({"lib/tests/test_one.py": "import one\n\n\ndef test_one(): assert one.A\n"})
    shop.environment["PYTHONPATH"] = str(shop.root / "lib")
    shop.write({"pyproject.toml": f'{TARGET}[tool.pytest.ini_options]\ntestpaths = ["lib"]\n'})
    root, shop.root = shop.root, shop.root / "lib"

    result = shop.run("--cov=.", "--cov-report=", f"--rootdir={root}", f"-c{root}/pyproject.toml")

    shop.root = result.root = root
    assert ours(result) == (4, 4)


@pytest.mark.slow
def test_a_crashed_worker_of_pytest_cov_makes_coverage_unknown(shop: Project) -> None:
    shop.write({"tests/test_crash.py": "import os\n\n\ndef test_crash(): os._exit(3)\n"})

    result = shop.run("--cov=shop", "--cov-report=", "-n2")

    assert result.status == 1
    assert result.statuses == {"code-coverage": "unknown"}
    assert "crashed, its data is lost" in result.verdicts["code-coverage"]["reason"]


@pytest.mark.parametrize("who", ["pytest-cov", "coverage run"])
def test_a_branch_target_needs_their_branches(shop: Project, python: Python, who: str) -> None:
    shop.write({"pyproject.toml": f'{TARGET}branch-coverage = ">=1%"\n'})

    if who == "pytest-cov":
        result = shop.run("--cov=shop")
    else:
        result = python("-m", "coverage", "run", *PYTEST, "--boss-gates")

    assert result.status == USAGE
    assert "passed" not in result.output
    assert (
        f"pyproject.toml:3: branch-coverage has a target, but {who} does not measure branches. "
        "Add branch = true to [tool.coverage.run]."
    ) in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (("--source=shop",), ""),
        (("--source=shop", "--branch"), '[tool.coverage.paths]\nshop = ["shop", "*/elsewhere"]\n'),
        pytest.param(
            (),
            f"[tool.coverage.run]\nrelative_files = true\nomit = {OURS}\n",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["source", "branches and paths", "no source, relative files"],
)
def test_coverage_run_around_us_is_read_and_left_alone(
    shop: Project,
    ours: Ours,
    theirs: Theirs,
    python: Python,
    *,
    options: tuple[str, ...],
    settings: str,
) -> None:
    shop.write({"pyproject.toml": TARGET + settings})
    around = ("-m", "coverage", "run", *options, *PYTEST)
    python(*around)
    before = measured(shop.root / ".coverage")

    result = python(*around, "--boss-gates")

    assert result.status == 0
    assert "Wrote JSON report" not in result.output
    assert measured(shop.root / ".coverage") == before
    assert ours(result) == theirs()
    assert result.report["run"]["fingerprint"]["core"] == "CTracer"


def test_coverage_run_whose_tests_wander_and_measure_elsewhere(
    shop: Project, ours: Ours, theirs: Theirs, python: Python
) -> None:
    shop.write(
        {
            "tests/test_z.py": """\
                import os
                from coverage import Coverage


                def test_elsewhere():
                    os.chdir("shop")
                    with Coverage(data_file=None, source=["nowhere"]).collect():
                        pass
                """,
        }
    )

    shop.write({"pyproject.toml": TARGET.replace("1%", "99%")})

    result = python("-m", "coverage", "run", "--source=shop", *PYTEST, "--boss-gates")

    assert ours(result) == theirs() == (6, 8)
    where = result.verdicts["code-coverage"]["details"]["where"]
    assert [item["path"] for item in where] == ["shop/cart.py", "shop/rates.py"]


@pytest.mark.slow
@pytest.mark.usefixtures("shop")
def test_coverage_run_does_not_see_into_workers(python: Python) -> None:
    result = python("-m", "coverage", "run", "--source=shop", *PYTEST, "--boss-gates", "-n2")

    verdict = result.verdicts["code-coverage"]
    assert result.status == UNKNOWN
    assert "which `coverage run` does not measure" in verdict["reason"]
    assert "without `coverage run`" in verdict["details"]["remedy"]


def test_a_stopped_pytest_cov_has_no_numbers_to_lend(shop: Project) -> None:
    shop.write({"tests/test_a.py": "def test_a(): assert False\n"})

    result = shop.run("--cov=shop", "-x")

    assert result.status == 1
    assert result.statuses == {"code-coverage": "skipped"}


def test_a_test_that_wipes_our_directory_does_no_harm(shop: Project, ours: Ours) -> None:
    shop.write({"tests/test_z.py": "import shutil\ndef test_z(): shutil.rmtree('.boss-gates')\n"})

    assert ours(shop.run("--cov=shop")) == (6, 8)


def test_a_lender_that_is_not_what_it_was_makes_coverage_unknown(shop: Project) -> None:
    shop.write(
        {
            "conftest.py": """\
                import pytest

                @pytest.hookimpl(tryfirst=True)
                def pytest_sessionfinish(session):
                    plugin = session.config.pluginmanager.getplugin("_cov")
                    plugin.cov_controller.cov = 42
                """,
        }
    )

    result = shop.run("--cov=shop", "--cov-report=")

    verdict = result.verdicts["code-coverage"]
    assert result.status == UNKNOWN
    assert verdict["status"] == "unknown"
    assert "coverage could not be read: AttributeError: 'int' object" in verdict["reason"]
    assert verdict["details"]["remedy"] == "The traceback is in the report."
    assert "Traceback" in result.report["problems"][0]
