"""A pytest session with the gates on: exit status, partial runs, every way out."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from pytest_boss_gates.history.records import record
from pytest_boss_gates.history.store import open_store
from pytest_boss_gates.history.view import History

if TYPE_CHECKING:
    from tests.conftest import Project

MISSED, UNKNOWN, USAGE = 10, 11, 4
BANDS = '\n[tool.boss-gates.delivery]\ndora-bands = "2023"\n'
COMPLEX = 'complexity = "<=1"'  # missed by the shop's total()


def test_met_targets_leave_the_exit_status_alone(shop: Project) -> None:
    result = shop.targets('complexity = "<=5"', 'tests = ">=2"', 'code-coverage = "=100%"').run()

    assert result.status == 0
    assert set(result.statuses.values()) == {"met"}
    assert "2 passed in" in result.last_line


def git(project: Project, *arguments: str, at: str = "2026-11-01T09:00:00Z") -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    clock = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    subprocess.run(command, cwd=project.root, check=True, env={**project.environment, **clock})


def test_a_missed_target_makes_the_exit_status_10(shop: Project) -> None:
    result = shop.targets(COMPLEX, 'tests = ">=3"').run()

    assert result.status == MISSED
    assert result.report["outcome"] == "missed"
    assert "2 passed, 2 gates missed in" in result.last_line


def test_one_missed_target_is_one_gate(shop: Project) -> None:
    assert "2 passed, 1 gate missed in" in shop.targets(COMPLEX).run().last_line


def test_a_target_that_cannot_be_judged_makes_the_exit_status_11(shop: Project) -> None:
    result = shop.targets('lead-time-for-changes = {target = "<1 day", enforce = "block"}').run()

    assert result.status == UNKNOWN
    assert result.verdicts["lead-time-for-changes"]["reason"] == (
        "no deployment is known: this is no git repository"
    )
    assert "1 gate unknown" in result.last_line


def test_delivery_targets_block_on_the_default_branch_and_warn_elsewhere(shop: Project) -> None:
    shop.targets('lead-time-for-changes = "<1 day"')
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (("init", "-q", "-b", "main"), ("commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run([*git, *arguments], cwd=shop.root, check=True)

    assert shop.run().status == UNKNOWN

    subprocess.run([*git, "checkout", "-q", "-b", "feature"], cwd=shop.root, check=True)
    assert shop.run().status == 0

    subprocess.run([*git, "checkout", "-q", "main"], cwd=shop.root, check=True)
    shop.environment |= {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main"}
    assert shop.run().status == 0


def test_git_alone_gives_a_lead_time_that_is_told_with_what_it_rests_on(shop: Project) -> None:
    shop.targets('lead-time-for-changes = "<1 day"')
    git(shop, "init", "-q", "-b", "main")
    git(shop, "commit", "-q", "--allow-empty", "-m", "a", at="2026-10-01T09:00:00Z")
    git(shop, "tag", "v1.0")
    git(shop, "commit", "-q", "--allow-empty", "-m", "b", at="2026-11-01T09:00:00Z")
    git(shop, "tag", "-a", "-m", "x", "v1.1", at="2026-11-03T09:00:00Z")
    git(shop, "commit", "-q", "--allow-empty", "-m", "c", at="2026-11-04T09:00:00Z")

    missed = shop.run()

    verdict = missed.verdicts["lead-time-for-changes"]
    assert (missed.status, verdict["status"], verdict["shown"]) == (MISSED, "missed", "2 d")
    assert "n=1, last 90 days, version tags; p90 2 d" in missed.output
    assert missed.report["failed-only-for-delivery"] is True
    (current,) = [
        row["cells"][1]
        for table in missed.report["tracker"]["tables"]
        for row in table["rows"]
        if row["cells"][0] == "Lead Time for Changes"
    ]
    assert current == "2 d (n=1, last 90 days, version tags)"

    git(shop, "checkout", "-q", "-b", "feature")
    told = shop.run()
    assert (told.status, told.statuses["lead-time-for-changes"]) == (0, "missed")
    assert told.report["failed-only-for-delivery"] is False


def test_a_band_of_dora_is_told_where_it_is_asked_for_and_is_no_verdict(shop: Project) -> None:
    shop.targets('lead-time-for-changes = {target = "<1 day", enforce = "warn"}')
    shop.write(
        {"pyproject.toml": (shop.root / "pyproject.toml").read_text(encoding="utf-8") + BANDS}
    )
    git(shop, "init", "-q", "-b", "main")
    git(shop, "commit", "-q", "--allow-empty", "-m", "a", at="2026-10-01T09:00:00Z")
    git(shop, "tag", "v1.0")
    git(shop, "commit", "-q", "--allow-empty", "-m", "b", at="2026-11-01T09:00:00Z")
    git(shop, "tag", "-a", "-m", "x", "v1.1", at="2026-11-03T09:00:00Z")
    git(shop, "commit", "-q", "--allow-empty", "-m", "c", at="2026-11-04T09:00:00Z")

    told = shop.run()

    verdict = told.verdicts["lead-time-for-changes"]
    assert (told.status, verdict["status"]) == (0, "missed")
    assert verdict["measurement"]["notes"] == ["p90 2 d", "DORA 2023: high"]
    assert "DORA 2023: high" in told.output
    assert "DORA 2023: high" in (shop.root / ".boss-gates/tracker.md").read_text(encoding="utf-8")


def test_the_build_success_gate_does_not_keep_itself_shut(shop: Project) -> None:
    shop.targets('build-success-rate = ">95%"')
    shop.environment |= {"BUILDKITE": "true", "BUILDKITE_BRANCH": "main"}
    git(shop, "init", "-q", "-b", "main")
    git(shop, "commit", "-q", "--allow-empty", "-m", "x")

    first = shop.run()
    assert first.status == UNKNOWN
    assert first.verdicts["build-success-rate"]["reason"] == "no build of the branch main is known"
    assert first.report["failed-only-for-delivery"] is True
    with open_store(".boss-gates/history.db", root=shop.root, project="") as store:
        (failed,) = History(store=lambda: store).runs()
        noon = datetime(2026, 10, 31, 12, tzinfo=timezone.utc)
        for number in range(21):
            at = noon - timedelta(hours=number)
            again = replace(failed, key=f"{number}", commit=f"{number:040}", started=at, ended=at)
            store.add([record(again)])

    second = shop.run()

    found = second.verdicts["build-success-rate"]
    assert (second.status, found["shown"]) == (0, "100 %")
    assert found["measurement"]["notes"] == [
        "21 failed for delivery targets alone, not counted as failures"
    ]


def test_in_ci_a_session_bounds_the_pipeline_from_below(shop: Project) -> None:
    shop.targets('ci-pipeline-duration = "<1 ms"')
    shop.environment |= {"BUILDKITE": "true", "BUILDKITE_BRANCH": "main"}

    verdict = shop.run().verdicts["ci-pipeline-duration"]

    assert (verdict["status"], verdict["measurement"]["bound"]) == ("missed", "at-least")
    assert verdict["measurement"]["source"] == "session wall time"


def test_delivery_targets_warn_where_there_is_no_repository(shop: Project) -> None:
    result = shop.targets('lead-time-for-changes = "<1 day"').run()

    assert result.status == 0
    assert result.statuses == {"lead-time-for-changes": "unknown"}


def test_missed_outweighs_unknown(shop: Project) -> None:
    unknown = 'build-success-rate = {target = ">95%", enforce = "block"}'

    assert shop.targets(COMPLEX, unknown).run().status == MISSED


def test_a_status_of_pytests_own_is_never_overwritten(shop: Project) -> None:
    shop.targets(COMPLEX).write({"tests/test_red.py": "def test_red(): assert False"})

    result = shop.run()

    assert result.status == 1
    assert result.statuses == {"complexity": "missed"}
    assert "1 failed, 2 passed, 1 gate missed" in result.last_line


def test_no_tests_collected_stays_5(project: Project) -> None:
    result = project.targets('tests = ">=1"').write({"shop.py": "x = 1"}).run()

    assert result.status == 5
    assert result.statuses == {"tests": "missed"}


def test_report_only_leaves_the_status_alone_and_still_tells(shop: Project) -> None:
    result = shop.targets(COMPLEX).run("--boss-gates-report-only")

    assert result.status == 0
    assert result.statuses == {"complexity": "missed"}
    assert "gate missed" not in result.last_line


def test_strict_lets_unknown_block_as_missed_does(shop: Project) -> None:
    shop.targets('build-success-rate = {target = ">95%", enforce = "block"}')

    assert shop.run("--boss-gates-strict").status == MISSED


def test_strict_lets_skipped_block_as_missed_does(shop: Project) -> None:
    assert shop.targets('tests = ">=2"').run("--boss-gates-strict", "-k", "total").status == MISSED


def test_no_boss_gates_switches_off_what_addopts_switch_on(shop: Project) -> None:
    shop.targets(COMPLEX).write({"pytest.ini": "[pytest]\naddopts = --boss-gates\n"})

    assert shop.run_plain().status == MISSED
    assert shop.run_plain("--no-boss-gates").status == 0


def test_without_the_flag_nothing_happens(shop: Project) -> None:
    result = shop.targets(COMPLEX).run_plain()

    assert result.status == 0
    assert not (shop.root / ".boss-gates").exists()


def test_without_a_table_the_trackers_own_targets_are_used(shop: Project) -> None:
    result = shop.run()

    assert result.status == 0
    assert result.verdicts["code-coverage"]["target"] == ">90%"
    assert result.statuses["ci-pipeline-duration"] == "unknown"
    assert "the tracker's own success metrics" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("-k", "total"), "-k"),
        (("-m", "not slow"), "-m"),
        (("tests/test_cart.py::test_total",), "only tests/test_cart.py::test_total"),
        (("tests/test_cart.py",), "leaves out 1 test file, tests/test_more.py for one"),
        (("--deselect", "tests/test_cart.py::test_total"), "--deselect"),
        (("--ignore", "tests/test_more.py"), "--ignore"),
        (("-p", "shard"), "1 test of 3 taken out by a plugin"),
        (("-p", "quiet_shard"), "1 test of 3 taken out by a plugin"),
    ],
)
def test_a_partial_run_skips_whole_suite_targets(
    shop: Project, arguments: tuple[str, ...], reason: str
) -> None:
    shop.targets('tests = ">=99"', COMPLEX).write(
        {
            "tests/test_more.py": "def test_more(): pass",
            "shard.py": """\
                def pytest_collection_modifyitems(config, items):
                    config.hook.pytest_deselected(items=[items.pop()])
                """,
            "quiet_shard.py": "def pytest_collection_modifyitems(items): items.pop()",
        }
    )
    shop.environment["PYTHONPATH"] = str(shop.root)

    result = shop.run(*arguments)

    verdict = result.verdicts["tests"]
    assert verdict["status"] == "skipped"
    assert verdict["reason"].startswith("partial run: ")
    assert reason in verdict["reason"]
    assert result.statuses["complexity"] == "missed"
    assert result.report["run"]["partial"]


@pytest.mark.parametrize("flag", ["--lf", "--stepwise"])
def test_what_the_cache_selects_is_partial(shop: Project, flag: str) -> None:
    shop.targets('tests = ">=99"').write({"pytest.ini": "[pytest]\n"})

    result = shop.run("-p", "cacheprovider", "-p", "stepwise", flag)

    assert result.statuses == {"tests": "skipped"}


@pytest.mark.parametrize("arguments", [(), ("tests",), ("tests/test_cart.py", "tests"), (".",)])
def test_paths_that_leave_out_no_test_are_the_whole_suite(
    shop: Project, arguments: tuple[str, ...]
) -> None:
    result = shop.targets('tests = ">=99"').run(*arguments)

    assert result.statuses == {"tests": "missed"}


def test_what_the_projects_own_addopts_select_is_the_whole_suite(shop: Project) -> None:
    shop.targets('tests = ">=1"').write(
        {
            "pytest.ini": "[pytest]\naddopts = -m 'not slow'\nmarkers =\n    slow\n",
            "tests/test_slow.py": "import pytest\n@pytest.mark.slow\ndef test_slow(): pass\n",
        }
    )

    assert shop.run().statuses == {"tests": "met"}
    assert shop.run("-m", "slow").statuses == {"tests": "skipped"}


def test_started_in_a_subdirectory_is_partial_when_tests_lie_elsewhere(shop: Project) -> None:
    shop.targets('tests = ">=99"').write({"tests/unit/test_unit.py": "def test_unit(): pass"})

    result = shop.run("--rootdir", str(shop.root), "tests/unit")

    assert result.statuses == {"tests": "skipped"}


def test_collect_only_judges_nothing_and_writes_nothing(shop: Project) -> None:
    result = shop.targets(COMPLEX).run("--collect-only")

    assert result.status == 0
    assert not (shop.root / ".boss-gates").exists()


def test_without_a_terminal_the_status_and_the_reports_are_the_same(shop: Project) -> None:
    result = shop.targets(COMPLEX).run("-p", "no:terminal")

    assert result.status == MISSED
    assert result.statuses == {"complexity": "missed"}


def test_wrong_settings_stop_before_any_test_with_every_problem(shop: Project) -> None:
    shop.targets('code-coverag = ">90%"', 'complexity = ">=10"').write(
        {"tests/test_trace.py": "open('ran', 'w').close()\ndef test_trace(): pass"}
    )

    result = shop.run()

    assert result.status == USAGE
    assert "pyproject.toml:2" in result.output
    assert '"code-coverage"' in result.output
    assert "pyproject.toml:3" in result.output
    assert not (shop.root / "ran").exists()


# Every way out leaves both reports behind.


def left_behind(shop: Project) -> bool:
    return {"report.json", "tracker.md"} <= set(os.listdir(shop.root / ".boss-gates"))


def test_after_x_whole_suite_targets_are_skipped(shop: Project) -> None:
    shop.targets('tests = ">=99"', COMPLEX).write({"tests/test_a.py": "def test_a(): assert 0"})

    result = shop.run("-x")

    assert result.status == 1
    assert result.statuses == {"tests": "skipped", "complexity": "missed"}
    assert "stopped early" in result.verdicts["tests"]["reason"]


def test_after_a_collection_error_whole_suite_targets_are_skipped(shop: Project) -> None:
    shop.targets('tests = ">=99"').write({"tests/test_a.py": "import no_such_module"})

    result = shop.run()

    assert result.status == 2
    assert result.statuses == {"tests": "skipped"}


def test_a_real_ctrl_c_leaves_the_reports(shop: Project) -> None:
    shop.targets('tests = ">=99"', 'code-coverage = ">90%"').write(
        {
            "tests/test_wait.py": """\
                import time


                def test_wait():
                    open("waiting", "w").close()
                    time.sleep(60)
                """
        }
    )
    process = shop.start("--boss-gates", "-q")
    deadline = time.monotonic() + 60
    while not (shop.root / "waiting").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 2
    assert left_behind(shop)


def test_an_internal_error_of_another_plugin_leaves_the_reports(shop: Project) -> None:
    shop.targets('tests = ">=99"').write(
        {"conftest.py": "def pytest_runtest_logreport(report): raise RuntimeError('theirs')"}
    )

    result = shop.run()

    assert result.status == 3
    assert left_behind(shop)
    assert result.statuses == {"tests": "skipped"}


def test_a_plugin_that_breaks_the_session_finish_leaves_the_reports(shop: Project) -> None:
    shop.targets(COMPLEX).write(
        {
            "conftest.py": """\
                import pytest


                @pytest.hookimpl(tryfirst=True)
                def pytest_sessionfinish():
                    raise RuntimeError("theirs")
                """
        }
    )

    shop.run()

    assert left_behind(shop)


def test_a_crashed_worker_leaves_the_reports_and_no_low_numbers(shop: Project) -> None:
    shop.targets('code-coverage = ">1%"', COMPLEX).write(
        {"tests/test_crash.py": "import os\ndef test_crash(): os._exit(1)"}
    )

    result = shop.run("-n2")

    assert result.status == 1
    assert left_behind(shop)
    assert result.statuses == {"code-coverage": "unknown", "complexity": "missed"}


def test_under_xdist_counts_and_durations_are_those_of_all_workers(shop: Project) -> None:
    shop.targets('tests = "=2"', 'slowest-test = "<1 minute"', 'code-coverage = "=100%"')

    result = shop.run("-n2")

    assert result.status == 0
    assert result.verdicts["tests"]["measurement"]["value"] == 2
    assert result.report["run"]["workers"] == 2


def test_subtests_and_reruns_count_once(shop: Project) -> None:
    shop.targets('tests = "=3"').write(
        {
            "tests/test_flaky.py": """\
                import pathlib


                def test_flaky():
                    seen = pathlib.Path("seen")
                    if not seen.exists():
                        seen.touch()
                        raise AssertionError
                """
        }
    )

    result = shop.run("--reruns", "1")

    assert result.statuses == {"tests": "met"}


def test_at_q_only_what_is_not_met_is_shown(shop: Project) -> None:
    shop.targets(COMPLEX, 'tests = ">=2"')

    quiet = shop.run("-q").output
    loud = shop.run().output

    assert "complexity" in quiet
    assert "met" not in quiet.replace("missed", "").replace("not met", "").split()
    assert "✓ met" in loud


def test_at_q_nothing_is_shown_when_all_is_met(shop: Project) -> None:
    result = shop.targets('tests = ">=2"').run("-q")

    assert "boss gates" not in result.output
    assert result.status == 0


def test_the_terminal_keeps_to_80_columns_without_colour_in_a_pipe(shop: Project) -> None:
    result = shop.targets(COMPLEX, 'code-coverage = ">90%"', 'line-coverage = ">90%"').run()

    _, _, ours = result.output.partition("= boss gates =")
    assert max(map(len, ours.splitlines())) <= 80
    assert "\x1b" not in result.output


def test_a_terminal_that_knows_only_ascii_gets_ascii(shop: Project) -> None:
    shop.environment["PYTHONIOENCODING"] = "ascii"

    result = shop.targets(COMPLEX).run()

    assert result.status == MISSED
    assert result.output.isascii()


def test_a_report_that_was_asked_for_is_written_where_it_was_asked_for(shop: Project) -> None:
    shop.targets(COMPLEX).run("--boss-gates-report=json:out/gates.json")

    assert (shop.root / "out" / "gates.json").is_file()


def test_a_report_that_cannot_be_written_is_told(shop: Project) -> None:
    (shop.root / "out").write_text("a file")

    result = shop.targets(COMPLEX).run("--boss-gates-report=json:out/gates.json")

    assert result.status == MISSED
    assert "out/gates.json" in "".join(result.output.split())  # however it was wrapped


def test_two_reports_do_not_stand_in_one_place(shop: Project) -> None:
    result = shop.run("--boss-gates-report=junit:.boss-gates/report.json")

    assert result.report["format"] == 1, "the one that came first"
    assert (
        "The junit report is not written: another report stands at '.boss-gates/report.json'."
        in " ".join(result.output.split())
    )


def test_the_home_of_the_reports_ignores_itself(shop: Project) -> None:
    shop.targets(COMPLEX).run()

    assert sorted(os.listdir(shop.root / ".boss-gates")) == [
        ".gitignore",
        "cache",
        "history.db",
        "report.json",
        "tracker.md",
    ]
    assert (shop.root / ".boss-gates" / ".gitignore").read_text().strip() == "*"


def test_warnings_as_errors_meet_none_of_ours(shop: Project) -> None:
    shop.targets('code-coverage = ">90%"', 'complexity = "<=5"', 'maintainability = "A"')

    assert shop.run("-W", "error").status == 0


def test_hostile_names_and_reasons_break_no_report(shop: Project) -> None:
    shop.targets('skipped-tests = "=0"', 'complexity = "<=1"').write(
        {
            "tests/test_a|b`c<script>.py": """\
                import pytest


                @pytest.mark.parametrize("x", ["::error::x", "\\x1b[31m", "|", "\\udc80"])
                def test_a(x):
                    pytest.skip(f"\\n::error::{x}\\n<script>alert(1)</script>")
                """,
            "shop/o|d`d<b>.py": "def f(a):\n    return 1 if a else 2\n",
        }
    )

    result = shop.run("-W", "ignore")

    assert result.status == MISSED
    assert result.verdicts["skipped-tests"]["measurement"]["value"] == 4
    _, _, ours = result.output.partition("= boss gates =")
    assert not [line for line in ours.splitlines() if line.startswith("::")]
    assert "\x1b" not in ours
    html = (
        MarkdownIt("commonmark")
        .enable("table")
        .render((shop.root / ".boss-gates" / "tracker.md").read_text(encoding="utf-8"))
    )
    assert "<script" not in html


def test_a_target_that_has_rusted_is_a_note_and_fails_nothing(shop: Project) -> None:
    shop.targets('tests = { target = ">=1", max-slack = "50%" }', 'complexity = "<=2"')

    result = shop.run()

    assert result.status == 0
    note = (
        "tests is 2, 1 better than >=1: more than its max-slack of 50%. `boss-gates tighten` "
        "makes it stricter; its --margin says how far."
    )
    assert result.report["notes"] == [note]
    assert note in " ".join(result.output.split())
