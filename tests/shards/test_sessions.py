"""Shards by real sessions: any way of splitting gives the verdict of the unsplit run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.history.records import Kind
from pytest_boss_gates.history.store import open_store
from pytest_boss_gates.history.view import History
from tests.conftest import Project, Result

STOREFRONT = Path(__file__).parents[2] / "examples" / "storefront"
TARGETS = """\
    [tool.pytest.ini_options]
    addopts = "-m 'not slow'"
    markers = ["quick", "slow"]
    [tool.boss-gates]
    source = ["shop"]
    [tool.boss-gates.targets]
    code-coverage = ">=90%"
    tests = "=4"
    skipped-tests = "=1"
    warnings = "=1"
    complexity = "<=1"
    test-duration-total = ["<1 minute", { paths = "tests/test_more.py", target = "<0.1 ms" }]
    slowest-test = [
        { marker = "quick", target = "<0.1 ms" },
        { marker = "slow", target = "<1 s" },
    ]
    flaky-tests = "=0"
    """
MORE = """\
    import warnings

    import pytest
    from shop.cart import total

    warnings.warn("old", DeprecationWarning)


    def test_more():
        assert total([]) == 0


    @pytest.mark.slow
    def test_slow():
        assert total([9]) == 9


    @pytest.mark.quick
    @pytest.mark.parametrize("value", [1])
    def test_param(value):
        assert total([value]) == 1
    """


@pytest.fixture
def suite(shop: Project) -> Project:
    """A suite of two files: four tests, a slow one that its addopts leave out, and a skip."""
    return shop.write(
        {
            "pyproject.toml": TARGETS,
            "tests/test_more.py": MORE,
            "tests/test_not.py": "import pytest\npytest.skip('no', allow_module_level=True)\n",
        }
    )


def bundle(project: Project, number: int, of: int) -> Path:
    return project.root / ".boss-gates" / f"shard-{number}-of-{of}.json"


def content(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def shards(project: Project, *arguments: tuple[str, ...]) -> list[Result]:
    """Run a session for each shard, with its arguments."""
    of = len(arguments)
    return [
        project.run(f"--boss-gates-shard={number}/{of}", *each)
        for number, each in enumerate(arguments, start=1)
    ]


def check(project: Project, capsys: pytest.CaptureFixture[str]) -> tuple[Result, str]:
    """Judge the bundles; gives the result, and its complaint in one line."""
    paths = sorted((project.root / ".boss-gates").glob("shard-*.json"))
    status = main(["check", "--root", str(project.root), *map(str, paths)])
    shown = capsys.readouterr()
    return Result(status, shown.out + shown.err, project.root), " ".join(shown.err.split())


@pytest.mark.parametrize(
    "arguments",
    [
        (("-k", "total"), ("-k", "not total and not more"), ("-k", "more and not total")),
        (("tests/test_cart.py",), ("tests/test_more.py", "tests/test_not.py")),
        (("tests", "--ignore=tests/test_more.py"), ("tests", "--ignore-glob=*test_[cn]*")),
        (("--deselect=tests/test_cart.py",), ("--deselect=tests/test_more.py",)),
        (("-p", "xdist", "-n1", "--splits=2", "--group=1"), ("--splits=2", "--group=2")),
    ],
    ids=["own -k", "paths", "ignored files", "deselected files", "pytest-split and xdist"],
)
@pytest.mark.slow
def test_the_verdict_is_that_of_the_unsplit_run(
    suite: Project, capsys: pytest.CaptureFixture[str], arguments: tuple[tuple[str, ...], ...]
) -> None:
    whole = suite.run()
    judged, report = whole.judged, whole.report

    parts = shards(suite, *arguments)
    result, _ = check(suite, capsys)

    assert {part.status for part in parts} == {0}
    assert result.judged == judged
    assert result.status == whole.status == 10
    assert result.report["outcome"] == "missed"
    assert result.report["tracker"]["tables"] == report["tracker"]["tables"]
    assert result.report["run"]["partial"] is None


@pytest.mark.slow
def test_the_history_keeps_the_suite_that_was_judged_and_no_shard_of_it(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    history = suite.root / ".boss-gates" / "history.db"
    shards(suite, ("tests/test_cart.py",), ("tests/test_more.py", "tests/test_not.py"))
    kept_by_shards = history.exists()

    check(suite, capsys)

    with open_store(".boss-gates/history.db", root=suite.root, project="") as store:
        runs = store.read(Kind.RUN)
        tests = store.tests()
    assert not kept_by_shards
    assert len(runs) == len(tests) == 1


@pytest.mark.slow
def test_bundles_that_are_judged_again_are_one_session_and_no_past_of_their_own(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shards(suite, ("tests/test_cart.py",), ("tests/test_more.py", "tests/test_not.py"))

    first = check(suite, capsys)[0].judged
    second, _ = check(suite, capsys)

    with open_store(".boss-gates/history.db", root=suite.root, project="") as store:
        (run,) = History(store=lambda: store).runs()
    assert run.ended.isoformat()[:19] == second.report["run"]["ended"][:19]
    assert second.judged == first
    assert second.report["details"]["runs"] == []


@pytest.mark.slow
def test_the_storefront_in_three_shards_on_three_machines(
    tmp_path: Path, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    ignored = shutil.ignore_patterns(".boss-gates", "__pycache__", ".*_cache")
    homes = [tmp_path / name for name in ("project", "one", "two", "three")]
    for home in homes:
        shutil.copytree(STOREFRONT, home, ignore=ignored, dirs_exist_ok=True)
    whole = project.run()
    judged, whole_run = whole.judged, whole.report["run"]

    for number, home in enumerate(homes[1:], start=1):
        machine = Project(home, project.environment)
        split = ("--splits=3", f"--group={number}", f"--boss-gates-shard={number}/3")
        assert machine.run(*split, *(("-n2",) if number == 2 else ())).status == 0
        bundle(machine, number, 3).replace(bundle(project, number, 3))
        shutil.rmtree(home)
    result, _ = check(project, capsys)

    assert result.judged == judged
    assert result.status == whole.status == 0
    run = result.report["run"]
    apart = {"started", "ended", "workers", "fingerprint"}
    assert {key for key in run if run[key] != whole_run[key]} <= apart
    how = {
        key for key, value in run["fingerprint"].items() if value != whole_run["fingerprint"][key]
    }
    assert how <= {"workers"}
    assert "shard" in result.verdicts["session-duration"]["measurement"]["source"]


@pytest.mark.slow
def test_what_pytest_cov_measured_in_shards_is_read_as_it_was_set(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.write(
        {"shop/unused.py": "x = 1\n", "other.ini": "[report]\nexclude_lines = if discount\n"}
    )
    measuring = ("--cov=shop", "--cov-branch", "--cov-config=other.ini", "--cov-report=")
    judged = suite.run(*measuring).judged

    shards(suite, ("tests/test_cart.py", *measuring), ("--ignore=tests/test_cart.py", *measuring))
    result, _ = check(suite, capsys)

    assert result.judged == judged
    assert "pytest-cov" in result.verdicts["code-coverage"]["measurement"]["source"]


def test_a_shard_judges_nothing_and_says_where_its_bundle_is(suite: Project) -> None:
    result = suite.run("--boss-gates-shard=1/2", "tests/test_cart.py", "--boss-gates-strict")

    assert result.status == 0
    assert set(result.statuses.values()) == {"skipped"}
    assert result.verdicts["tests"]["reason"] == "partial run: shard 1/2"
    assert result.verdicts["complexity"]["reason"] == "judged once, by `boss-gates check`"
    assert result.report["run"]["partial"] == "shard 1/2"
    assert set(result.report["details"]["reasons"].values()) == {
        "shard 1/2 is reported with the others, by `boss-gates check`"
    }
    told = " ".join(result.output.split())
    assert "Shard 1/2 is in .boss-gates/shard-1-of-2.json, and nothing is judged here." in told
    assert "boss-gates check .boss-gates/shard-*-of-2.json" in told
    summary = result.output.partition("boss gates ==")[2]
    assert max(map(len, summary.splitlines())) <= 80


@pytest.mark.slow
def test_a_file_and_a_test_that_nobody_ran_are_named(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shards(suite, ("tests/test_cart.py", "-k", "total"), ("tests/test_more.py",))

    result, complaint = check(suite, capsys)

    assert result.status == 11
    assert "boss-gates: the bundles cannot be judged together:" in complaint
    assert "1 test ran in no shard: tests/test_cart.py::test_discount." in complaint
    assert "1 test file went whole to no shard: tests/test_not.py." in complaint


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("tests/test_cart.py", "--lf"), "--lf"),
        (("tests/test_bad.py",), "1 file could not be collected"),
        (("tests/test_red.py", "-x"), "stopped early: stopping after 1 failures"),
        (("tests/test_stop.py",), "interrupted"),
    ],
)
def test_a_shard_that_is_not_whole_says_so(
    suite: Project, arguments: tuple[str, ...], reason: str
) -> None:
    suite.write(
        {
            "tests/test_bad.py": "import nowhere\n",
            "tests/test_red.py": "def test_red(): assert False\ndef test_two(): pass\n",
            "tests/test_stop.py": "def test_stop(): raise KeyboardInterrupt\n",
        }
    )
    plugins = ("-p", "cacheprovider") if "--lf" in arguments else ()
    command = [word for word in suite.command() if not plugins or word != "-pno:cacheprovider"]

    result = suite.run_command(*command, "--boss-gates", "--boss-gates-shard=2/2", *arguments)

    assert content(bundle(suite, 2, 2))["session"]["broken"] == reason
    assert f"is not whole, so the set will be refused: {reason}." in " ".join(result.output.split())


def test_a_session_that_was_killed_leaves_no_bundle(suite: Project) -> None:
    path = bundle(suite, 1, 2)
    suite.write({".boss-gates/shard-1-of-2.json": "{}"})
    suite.write({"tests/test_kill.py": "import os\ndef test_kill(): os._exit(3)\n"})

    suite.run("--boss-gates-shard=1/2", "tests/test_kill.py")

    assert not path.exists()


def test_a_bundle_that_cannot_be_written_fails_the_session(suite: Project) -> None:
    suite.write({".boss-gates/shard-1-of-2.json/file": ""})

    result = suite.run("--boss-gates-shard=1/2", "tests/test_cart.py")

    assert result.status == 11
    assert "shard-1-of-2.json" in result.output
    assert "it is a directory" in result.output


@pytest.mark.slow
def test_failed_tests_of_a_shard_are_told_and_fail_the_check(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.write({"tests/test_more.py": "def test_red(): assert False\n"}).targets("tests = '>=1'")

    parts = shards(suite, ("tests/test_cart.py",), ("--ignore=tests/test_cart.py",))
    result, _ = check(suite, capsys)

    assert [part.status for part in parts] == [0, 1]
    assert result.status == 1
    assert result.statuses == {"tests": "met"}
    told = "1 test failed in shard 2/2: pytest's exit status was 1."
    assert told in " ".join(result.output.split())
    assert result.report["run"]["pytest-exit"] == 1


@pytest.mark.slow
def test_the_tools_run_once_and_their_versions_are_those_of_the_first_shard(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = """\
        [dependency-groups]
        test = ["pytest"]
        [tool.boss-gates.tools]
        pytest = { level = "declared", version = "==1", run = "./count" }
        """
    suite.write({"pyproject.toml": settings, "count": "#!/bin/sh\necho x >> counted\n"})
    (suite.root / "count").chmod(0o755)
    whole = suite.run().statuses
    before = (suite.root / "counted").read_text()

    shards(suite, ("tests/test_cart.py",), ("--ignore=tests/test_cart.py",))
    first = content(bundle(suite, 1, 2))
    first["installed"]["pytest"] = "1"
    bundle(suite, 1, 2).write_text(json.dumps(first))
    result, _ = check(suite, capsys)

    assert (suite.root / "counted").read_text() == before * 2
    assert first["tools"]["pytest"]["end"] == "exited"
    assert content(bundle(suite, 2, 2))["tools"] == {}
    tools = ("tool-level pytest", "tool-version pytest")
    assert [whole[name] for name in tools] == ["met", "missed"]
    assert [result.statuses[name] for name in tools] == ["met", "met"]


@pytest.mark.slow
def test_names_that_a_plugin_changes_are_told_as_they_were_collected(suite: Project) -> None:
    group = "import pytest\n@pytest.mark.xdist_group('g')\ndef test_g(): pass\n"
    suite.write({"tests/test_group.py": group})

    suite.run("--boss-gates-shard=1/2", "-n1", "--dist=loadgroup", "tests/test_group.py")

    session = content(bundle(suite, 1, 2))["session"]
    assert [test["nodeid"] for test in session["tests"]] == ["tests/test_group.py::test_g"]
    assert session["workers"] == 1
    assert "not-run" not in session


@pytest.mark.slow
def test_a_worker_that_crashed_is_named(suite: Project, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write({"tests/test_crash.py": "import os\ndef test_crash(): os._exit(3)\n"})
    crash = ("-n1", "--ignore=tests/test_cart.py")

    shards(suite, ("tests/test_cart.py",), crash)
    result, _ = check(suite, capsys)

    assert result.status == 1
    assert result.statuses["code-coverage"] == "unknown"
    reason = result.verdicts["code-coverage"]["reason"]
    assert reason == "shard 2/2: 1 worker ended without handing over its data: gw0"


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("2", 'Write for example "--boss-gates-shard=2/4".'),
        ("5/4", 'Write for example "--boss-gates-shard=2/4".'),
        ("1/0", 'Write for example "--boss-gates-shard=2/4".'),
        ("-1/4", 'Write for example "--boss-gates-shard=2/4".'),
        ("a/b", 'Write for example "--boss-gates-shard=2/4".'),
        ("1/2/3", 'Write for example "--boss-gates-shard=2/4".'),
        ("0/4", "The first is 1/4, so add one to an index that counts from 0."),
    ],
)
def test_a_malformed_shard_is_wrong_usage(suite: Project, given: str, hint: str) -> None:
    result = suite.run(f"--boss-gates-shard={given}")

    told = " ".join(result.output.split())
    assert result.status == 4
    assert f'command line: --boss-gates-shard = "{given}"' in told
    assert f"A shard is I/N: the I-th of N, counted from 1. {hint}" in told


def test_a_file_that_is_no_bundle_is_wrong_usage(
    suite: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["check", "--root", str(suite.root), str(suite.root / "pyproject.toml")])

    assert status == 2
    assert "pyproject.toml is not a bundle" in capsys.readouterr().err
