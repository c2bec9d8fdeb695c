"""What a session leaves in the history, and what of the history reaches a session."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.history.lines import ROOM
from pytest_boss_gates.history.records import Kind, record
from pytest_boss_gates.history.store import KEPT_TESTS, open_store
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import Ending, Settings, VerdictStatus
from pytest_boss_gates.pipeline import Witnessed
from pytest_boss_gates.recording import identity, is_clean, machine_class
from pytest_boss_gates.repository.tree import Tree
from tests.history.conftest import run_of, server, verdict  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_boss_gates.model import RecordedRun
    from tests.conftest import Project, Result
    from tests.history.conftest import Server

MET, MISSED = 0, 10
HISTORY = ".boss-gates/history.db"


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(root: Path, message: str = "x") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def past(root: Path, place: str = HISTORY) -> tuple[RecordedRun, ...]:
    with open_store(place, root=root, project=root.name) as store:
        return History(store=lambda: store).runs(complete=False)


def test_a_session_is_kept_with_its_verdicts_and_tests(shop: Project) -> None:
    shop.targets('complexity = "<=1"', 'code-coverage = "=100%"')
    shop.write({"tests/test_more.py": "import pytest\n\ndef test_no(): pytest.skip('x')\n"})

    result = shop.run()

    (run,) = past(shop.root)
    assert result.status == MISSED
    assert (run.outcome.value, run.pytest_exit, run.partial) == ("missed", 0, "")
    assert run.fingerprint["coverage"]
    assert "CPUs" in run.machine
    complexity = run.verdict("complexity")
    assert complexity is not None
    assert (complexity.value, complexity.target, complexity.blocking) == (2, "<=1", True)
    assert complexity.status is VerdictStatus.MISSED
    with open_store(HISTORY, root=shop.root, project="") as store:
        ((_, tests),) = History(store=lambda: store).tested()
    assert {test.nodeid: test.ending for test in tests} == {
        "tests/test_cart.py::test_discount": Ending.PASSED,
        "tests/test_cart.py::test_total": Ending.PASSED,
        "tests/test_more.py::test_no": Ending.SKIPPED,
    }


def test_workers_are_kept_as_one_session(shop: Project) -> None:
    shop.targets('tests = ">=2"')

    assert shop.run("-n", "2").status == MET

    (run,) = past(shop.root)
    assert run.workers == 2
    assert "2 workers" in run.machine
    tests = run.verdict("tests")
    assert tests is not None
    assert tests.value == 2


def test_a_part_of_the_suite_is_kept_as_one(shop: Project) -> None:
    shop.targets('tests = ">=2"').run("-k", "total")

    (run,) = past(shop.root)
    assert run.partial == "-k"


@pytest.mark.parametrize(
    "target",
    [
        'complexity = "<=9"',
        'complexity = { target = "no worse than base", enforce = "warn" }',
        'deployment-frequency = { target = "daily", enforce = "warn" }',
    ],
)
def test_a_console_command_is_no_session_and_makes_no_history(shop: Project, target: str) -> None:
    shop.targets(target)

    result = shop.run_command(sys.executable, "-m", "pytest_boss_gates.cli", "check")

    assert result.status == MET
    assert not (shop.root / HISTORY).exists()


@pytest.mark.parametrize("how", ["false", '"off"', "variable"])
def test_the_history_can_be_switched_off(how: str, shop: Project) -> None:
    lines = f"history = {how}" if how != "variable" else ""
    shop.write({"pyproject.toml": f'[tool.boss-gates]\n{lines}\ntargets.tests = ">=2"\n'})
    if how == "variable":
        shop.environment["BOSS_GATES_HISTORY"] = "off"

    result = shop.run()

    assert result.status == MET
    assert result.report["problems"] == []
    assert not (shop.root / HISTORY).exists()


def test_the_environment_outweighs_the_settings(shop: Project) -> None:
    shop.write({"pyproject.toml": '[tool.boss-gates]\nhistory = "a.db"\ntargets.tests = ">=2"\n'})
    shop.environment["BOSS_GATES_HISTORY"] = "build/b.db"

    assert shop.run().status == MET

    assert len(past(shop.root, "build/b.db")) == 1
    assert not (shop.root / "a.db").exists()


def test_where_the_directory_is_thrown_away_a_new_history_begins(shop: Project) -> None:
    shop.targets('tests = ">=2"').run()
    shutil.rmtree(shop.root / ".boss-gates")

    assert shop.run().status == MET
    assert len(past(shop.root)) == 1


def test_a_damaged_history_is_told_and_the_verdict_stands(shop: Project) -> None:
    shop.targets('complexity = "<=1"')
    shop.write({HISTORY: "my holiday plans\n" * 100})

    result = shop.run()

    assert result.status == MISSED
    (problem,) = result.report["problems"]
    assert "The run is not kept in the history: The history .boss-gates/history.db" in problem
    assert "is damaged: file is not a database" in problem
    assert "It waits in .boss-gates/spool/ for the next run." in problem
    flat = " ".join(result.output.split())
    assert "problem: The run is not kept in the history" in flat
    assert (shop.root / HISTORY).read_text(encoding="utf-8") == "my holiday plans\n" * 100


def test_what_waited_is_taken_in_by_the_next_session(shop: Project) -> None:
    shop.targets('tests = ">=2"')
    shop.write({HISTORY: "my holiday plans\n" * 100}).run()
    (shop.root / HISTORY).unlink()

    result = shop.run()

    assert result.report["problems"] == []
    assert len(past(shop.root)) == 2
    assert list((shop.root / ".boss-gates" / "spool").iterdir()) == []


def test_a_server_that_is_not_there_is_told_without_its_password(shop: Project) -> None:
    shop.targets('tests = ">=2"')
    shop.environment["BOSS_GATES_HISTORY"] = "postgresql://ann:s3cret@127.0.0.1:1/gates"

    result = shop.run()

    (problem,) = result.report["problems"]
    everything = result.output + "".join(
        path.read_text(encoding="utf-8")
        for path in (shop.root / ".boss-gates").rglob("*")
        if path.is_file()
    )
    assert result.status == MET
    assert "The history postgresql://ann:***@127.0.0.1:1/gates cannot be used" in problem
    assert "s3cret" not in everything
    assert len(list((shop.root / ".boss-gates" / "spool").glob("*.jsonl"))) == 2


def test_what_waits_takes_no_more_room_than_is_given_and_what_had_to_go_is_told(
    shop: Project,
) -> None:
    shop.targets('tests = ">=2"').write({HISTORY: "my holiday plans\n"})
    old = shop.root / ".boss-gates" / "spool" / "tests-old.jsonl"
    old.parent.mkdir()
    with old.open("wb") as file:
        file.truncate(ROOM)

    (problem,) = shop.run().report["problems"]

    assert "There is no more room, so the tests of 1 session had to go." in problem
    assert not old.exists()
    assert len(list(old.parent.iterdir())) == 2


def test_psycopg_that_is_not_installed_is_told_with_what_to_run(shop: Project) -> None:
    shop.targets('tests = ">=2"')
    shop.environment["BOSS_GATES_HISTORY"] = "postgresql://ann:s3cret@127.0.0.1:1/gates"
    shop.environment["PYTHONPATH"] = str(shop.root / "hidden")
    shop.write({"hidden/psycopg.py": "raise ModuleNotFoundError('psycopg', name='psycopg')\n"})

    (problem,) = shop.run().report["problems"]

    assert "pip install 'pytest-boss-gates[postgres]'" in problem
    assert "s3cret" not in problem


@pytest.mark.postgres
@pytest.mark.slow
def test_a_server_that_goes_in_mid_session_costs_nothing(
    shop: Project,
    server: Server,  # noqa: F811
) -> None:
    url = server.url(f"s{uuid.uuid4().hex}")
    shop.environment["BOSS_GATES_HISTORY"] = url
    shop.targets('complexity = "<=1"', 'session-duration = "no worse than base"')
    shop.run()
    stop = [str(server.programs / "pg_ctl"), "-D", "data", "-w", "-m", "immediate", "stop"]
    pull = f"""
        import subprocess


        def test_pull_the_plug():
            subprocess.run({stop!r}, cwd={str(server.folder)!r}, user={server.user!r}, check=True)
        """
    shop.write({"tests/test_plug.py": pull})

    try:
        gone = shop.run()
        (told,) = gone.report["problems"]
    finally:
        server.start()
    (shop.root / "tests" / "test_plug.py").unlink()
    back = shop.run()

    assert gone.status == back.status == MISSED
    assert "3 passed" in gone.last_line
    assert "It waits in .boss-gates/spool/ for the next run." in told
    assert back.report["problems"] == []
    kept = past(shop.root, url)
    counts = [found.value for run in kept if (found := run.verdict("tests"))]
    assert counts == [2, 3, 2]


@pytest.fixture
def tiny_shop(shop: Project) -> Iterator[Project]:
    """The shop, whose `.boss-gates/` has room for hardly anything."""
    home = shop.root / ".boss-gates"
    home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    yield shop
    subprocess.run(["umount", "-l", str(home)], check=True)


def test_a_full_disk_is_told_and_the_verdict_stands(tiny_shop: Project) -> None:
    tiny_shop.targets('complexity = "<=1"')
    tiny_shop.write({".boss-gates/.gitignore": "*\n"})
    filler = tiny_shop.root / ".boss-gates" / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 100_000)

    result = tiny_shop.run()

    assert result.status == MISSED
    assert "1 gate missed" in result.last_line
    flat = " ".join(result.output.split())
    assert "problem: The run is not kept in the history: The history" in flat
    assert "the disk is full" in flat


def relative(shop: Project, *lines: str) -> str:
    """Keep the shop in a repository whose main has been measured; gives main's commit."""
    shop.targets(*lines).write({".gitignore": ".boss-gates/\n__pycache__/\n"})
    git(shop.root, "init", "-q", "-b", "main")
    return commit(shop.root)


MORE = "\n\ndef new(x):\n    if x:\n        return 1\n    return 2\n"


def add_uncovered_code(shop: Project) -> None:
    path = shop.root / "shop" / "cart.py"
    path.write_text(path.read_text(encoding="utf-8") + MORE, encoding="utf-8")


def judged(shop: Project, *arguments: str) -> Result:
    return shop.run("-p", "no:randomly", *arguments)


def test_a_relative_target_is_held_against_what_history_has_of_the_base(shop: Project) -> None:
    relative(shop, 'code-coverage = "no worse than base"')
    judged(shop)
    git(shop.root, "checkout", "-q", "-b", "feature")
    add_uncovered_code(shop)
    commit(shop.root)

    worse = judged(shop)
    found = worse.verdicts["code-coverage"]
    add_tests = {"tests/test_new.py": "from shop.cart import new\n\ndef test(): new(0), new(1)\n"}
    same = judged(shop.write(add_tests))

    assert worse.status == MISSED
    assert found["status"] == "missed"
    assert "main at" in found["reason"]
    assert same.status == MET


def test_a_base_that_no_run_has_seen_is_unknown_with_the_way_to_it(shop: Project) -> None:
    relative(shop, 'code-coverage = "no worse than base"')
    git(shop.root, "checkout", "-q", "-b", "feature")
    add_uncovered_code(shop)
    commit(shop.root)

    found = judged(shop).verdicts["code-coverage"]

    assert found["status"] == "unknown"
    assert "no whole run on main at" in found["reason"]


def test_a_run_on_changed_files_says_nothing_of_the_commit(shop: Project) -> None:
    relative(shop, 'code-coverage = "no worse than base"')
    add_uncovered_code(shop)
    judged(shop)
    git(shop.root, "checkout", "-q", "-b", "feature")
    commit(shop.root)

    assert judged(shop).statuses["code-coverage"] == "unknown"


LINT = """\
    on: [push, pull_request]
    jobs:
      test:
        runs-on: ubuntu-latest
        steps:
          - run: pytest
          - run: mypy .
    """


def months(result: Result) -> list[list[str]]:
    tables = result.report["tracker"]["tables"]
    (table,) = (each for each in tables if each["title"] == "Progress Tracking")
    return [row["cells"] for row in table["rows"]]


def test_the_month_names_what_was_completed_since_it_began(shop: Project) -> None:
    shop.write({".github/workflows/ci.yml": LINT})
    relative(shop, 'tests = ">=2"')
    ((_, document_alone, total, _),) = months(judged(shop))
    (kept,) = past(shop.root)
    assert kept.components == ("Automated Unit Testing", "Type Checking")
    before = kept.started - timedelta(days=32)
    earlier = replace(
        kept, key="earlier", started=before, ended=before, components=("Automated Unit Testing",)
    )
    with open_store(HISTORY, root=shop.root, project="") as store:
        store.add([record(earlier)])

    ((_, known, same, _),) = months(judged(shop))

    assert document_alone == "Automated Unit Testing, Type Checking"
    assert known == "Type Checking"
    assert total == same == "2"


LUCK = """\
    import os


    def test_luck():
        assert "UNLUCKY" not in os.environ
    """


def test_a_test_that_went_both_ways_in_two_sessions_on_one_commit_is_flaky(shop: Project) -> None:
    shop.write({"tests/test_luck.py": LUCK})
    relative(shop, 'flaky-tests = { target = "=0", enforce = "block" }')
    shop.environment["UNLUCKY"] = "1"
    alone = judged(shop).statuses["flaky-tests"]
    del shop.environment["UNLUCKY"]

    second = judged(shop)

    assert alone == "unknown"
    found = second.verdicts["flaky-tests"]
    assert second.status == MISSED
    assert found["details"]["where"][0]["name"] == "tests/test_luck.py::test_luck"
    assert found["details"]["where"][0]["note"] == "failed 1 of 2 times on this commit"


def test_on_changed_files_no_earlier_session_tells_of_flaky_tests(shop: Project) -> None:
    relative(shop, 'flaky-tests = "=0"')
    judged(shop)
    same = judged(shop).statuses["flaky-tests"]
    add_uncovered_code(shop)

    assert same == "met"
    assert judged(shop).statuses["flaky-tests"] == "unknown"


def remember(shop: Project, count: int, seconds: float) -> None:
    """Let earlier sessions on main, on machines like this one, have taken so long."""
    with open_store(HISTORY, root=shop.root, project="") as store:
        for number in range(count):
            took = verdict("session-duration", seconds)
            store.add([record(run_of(number, took, machine=machine_class(0)))])


@pytest.mark.parametrize(
    ("count", "seconds", "status", "reason"),
    [
        (3, 1000.0, "met", ""),
        (3, 0.001, "missed", "usual after 3 runs on main"),
        (2, 1000.0, "unknown", "takes 3 whole runs on main on machines like this one"),
    ],
)
def test_a_duration_is_held_against_what_is_usual_and_only_warns(
    count: int, seconds: float, status: str, reason: str, shop: Project
) -> None:
    relative(shop, 'session-duration = "no worse than base"')
    remember(shop, count, seconds)
    git(shop.root, "checkout", "-q", "-b", "feature")
    shop.write({"tests/test_slow.py": "import time\n\ndef test(): time.sleep(1.2)\n"})

    result = judged(shop)

    found = result.verdicts["session-duration"]
    assert result.status == MET
    assert (found["status"], found["enforce"]) == (status, "warn")
    assert reason in found["reason"]


def test_on_the_default_branch_itself_a_duration_is_held_against_what_is_usual_there(
    shop: Project,
) -> None:
    relative(shop, 'session-duration = "no worse than base"')
    add_uncovered_code(shop)
    commit(shop.root)
    remember(shop, 3, 1000.0)

    found = judged(shop).verdicts["session-duration"]

    assert (found["status"], found["reason"]) == ("met", "")


def test_a_history_that_cannot_be_read_is_the_reason_of_an_unknown(shop: Project) -> None:
    relative(shop, 'code-coverage = "no worse than base"')
    shop.write({HISTORY: "my holiday plans\n" * 100})

    result = judged(shop)

    found = result.verdicts["code-coverage"]
    assert found["status"] == "unknown"
    assert "The history .boss-gates/history.db is damaged" in found["reason"]
    assert len(result.report["problems"]) == 1


def test_no_more_than_the_newest_sessions_keep_their_tests(shop: Project) -> None:
    assert KEPT_TESTS >= 20  # trends look at so many
    shop.targets('tests = ">=2"').run()
    with open_store(HISTORY, root=shop.root, project="") as store:
        assert len(store.read(Kind.RUN)) == len(store.tests()) == 1


def test_no_session_ends_before_it_began(shop: Project) -> None:
    settings = Settings(root=shop.root, targets=())
    an_hour_ahead = time.time() + 3600  # before the clock was set back

    who = identity(settings, Witnessed(started=an_hour_ahead), {})

    assert who.started.timestamp() == pytest.approx(an_hour_ahead, abs=1e-3)
    assert who.ended == who.started


@pytest.mark.parametrize(
    ("path", "is_changed"),
    [
        ("shop/cart.py", "yes"),
        ("shop/new.py", "yes"),
        ("newpackage/inner/module.py", "yes"),
        ("coverage.xml", "no"),
        ("build/report.html", "no"),
        ("ignored.py", "no"),
        ("venv/lib/module.py", "no"),
    ],
)
def test_files_are_those_of_the_commit_unless_code_was_touched(
    path: str, is_changed: str, shop: Project
) -> None:
    shop.write({".gitignore": "ignored.py\n"})
    git(shop.root, "init", "-q", "-b", "main")
    commit(shop.root)
    before = is_clean(Tree(root=shop.root))

    shop.write({path: "x = 1\n"})

    assert before
    assert is_clean(Tree(root=shop.root)) is (is_changed == "no")


def test_a_moved_file_and_a_staged_one_are_changes(shop: Project) -> None:
    git(shop.root, "init", "-q", "-b", "main")
    commit(shop.root)

    git(shop.root, "mv", "shop/cart.py", "shop/ca rt.py")

    assert not is_clean(Tree(root=shop.root))


def test_without_a_repository_no_run_is_a_commits(shop: Project) -> None:
    assert not is_clean(Tree(root=shop.root))
