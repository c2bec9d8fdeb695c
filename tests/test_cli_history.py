"""The commands of the history, as people and pipelines use them."""

from __future__ import annotations

import io
import json
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.history.lines import put_aside
from pytest_boss_gates.history.records import record, record_of_tests
from pytest_boss_gates.history.store import open_store
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import Conclusion, Source
from tests.history.conftest import COMMIT, NOON, endings, lock, run_of, verdict  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HISTORY = ".boss-gates/history.db"
SPOOL = ".boss-gates/spool"
MET, USAGE, UNJUDGED = 0, 2, 11
EVENT: dict[str, Any] = {
    "context": {
        "specversion": "0.5.1",
        "id": "1",
        "source": "/ci",
        "type": "dev.cdevents.service.deployed.0.3.0",
        "timestamp": "2026-11-27T12:00:00Z",
    },
    "subject": {
        "id": "api",
        "content": {"environment": {"id": "production"}, "artifactId": "pkg:pypi/api@1.4.0"},
    },
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without anything; the environment says nothing of a history."""
    for name in ("BOSS_GATES_HISTORY", "CI", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(root: Path) -> Path:
    """The same in a repository with one commit, tagged v1.4.0."""
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    git(root, "tag", "v1.4.0")
    return root


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def remember(root: Path) -> None:
    """Four sessions, the newest of them slow, with a test that went both ways."""
    with open_store(HISTORY, root=root, project="") as store:
        for number, seconds in enumerate((9.0, 9.5, 9.0, 30.0)):
            run = record(run_of(number, verdict(value=seconds)))
            store.add([run, record_of_tests(run, endings(one="pf"[number % 2]))])


def past(root: Path) -> History:
    store = open_store(HISTORY, root=root, project="")
    view = History(store=lambda: store)
    _ = (view.builds, view.deployments, view.incidents)
    store.close()
    return view


def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_history_is_carried_from_one_place_to_another(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(root)
    (root / "other").mkdir()

    assert main(["history", "export", "--output", "history.jsonl"]) == MET
    assert "8 facts written to history.jsonl." in capsys.readouterr().err
    merge = ["history", "merge", "--root", "other", "history.jsonl"]
    assert main(merge) == MET
    assert "8 facts taken in, 0 known already." in capsys.readouterr().out
    assert main([*merge, "--json"]) == MET
    assert shown(capsys) == {"new": 0, "known": 8}
    assert main(["history", "export", "--output", "-"]) == MET
    first = capsys.readouterr().out
    assert main(["history", "export", "--root", "other"]) == MET
    assert capsys.readouterr().out == first


def test_an_export_through_a_pipe_is_merged(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(root)
    main(["history", "export"])
    text = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    (root / "other").mkdir()

    assert main(["history", "merge", "--root", "other", "-"]) == MET
    assert "8 facts taken in" in capsys.readouterr().out


def test_a_cache_that_is_not_there_yet_may_be_passed_over(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "merge", "none.jsonl"]) == USAGE
    assert "none.jsonl cannot be read: No such file" in capsys.readouterr().err
    assert main(["history", "merge", "--allow-missing", "none.jsonl"]) == MET
    assert "none.jsonl is not there and is passed over." in capsys.readouterr().err
    assert (root / HISTORY).exists()


def test_nothing_is_merged_when_one_file_is_wrong(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(root)
    main(["history", "export", "--output", "good.jsonl"])
    (root / "bad.jsonl").write_text("half a li", encoding="utf-8")
    (root / "other").mkdir()

    status = main(["history", "merge", "--root", "other", "good.jsonl", "bad.jsonl"])

    assert status == USAGE
    assert "bad.jsonl:1: The line is cut off" in capsys.readouterr().err
    assert not (root / "other" / HISTORY).exists()


@pytest.mark.parametrize(
    "arguments",
    [["history", "export"], ["trend"], ["history", "merge", "e"]],
)
def test_a_damaged_history_gives_no_answer(
    arguments: list[str], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "e").touch()
    path = root / HISTORY
    path.parent.mkdir()
    path.write_text("my holiday plans\n" * 100, encoding="utf-8")

    assert main(arguments) == UNJUDGED
    assert "is damaged: file is not a database" in capsys.readouterr().err


def test_what_is_recorded_waits_for_a_history_that_is_out_of_reach(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOSS_GATES_HISTORY", "postgresql://ann:s3cret@127.0.0.1:1/gates")
    deployment = ["record", "deployment", "--version", "1.4.0"]

    assert main(deployment) == MET
    out, err = capsys.readouterr()
    assert out == ""
    assert "The deployment is not kept in the history: The history postgresql://ann:***@" in err
    assert "It waits in .boss-gates/spool/ for the next run." in err
    assert main(["record", "incident", "I1", "--json"]) == MET
    fact = shown(capsys)
    assert (fact["new"], fact["waits"]) == (False, True)

    monkeypatch.delenv("BOSS_GATES_HISTORY")
    assert main(["record", "incident", "I2", "--json"]) == MET

    fact = shown(capsys)
    assert (fact["new"], fact["waits"]) == (True, False)
    view = past(repository)
    assert [each.version for each in view.deployments] == ["1.4.0"]
    assert {each.key for each in view.incidents} == {"I1", "I2"}
    assert list((repository / SPOOL).iterdir()) == []


def test_what_can_neither_be_recorded_nor_wait_is_no_success(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / ".boss-gates").touch()

    assert main(["record", "incident", "I1"]) == UNJUDGED

    assert "Nor can it be put aside for the next run:" in capsys.readouterr().err


def test_wrong_settings_elsewhere_keep_nobody_from_recording(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "pyproject.toml").write_text('[tool.boss-gates.targets]\nmine = "1"\n', "utf-8")
    assert main(["record", "incident", "I1"]) == MET

    (root / "pyproject.toml").write_text("[tool.boss-gates]\nhistory = 3\n", "utf-8")
    assert main(["record", "incident", "I1"]) == USAGE
    assert "history takes a string or false, not a number" in capsys.readouterr().err


def test_a_deployment_of_this_commit_is_recorded(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--at", "2026-11-27T12:00:00Z"]

    assert main(["record", "deployment", "--version", "1.4.0", *at]) == MET
    assert capsys.readouterr().out == "The deployment is in the history.\n"
    assert main(["record", "deployment", "--version", "1.4.0", *at]) == MET
    assert capsys.readouterr().out == "The deployment was already in the history.\n"

    (only,) = past(repository).deployments
    assert (only.commit, only.version) == (git(repository, "rev-parse", "HEAD"), "1.4.0")
    assert (only.environment, only.finished, only.succeeded) == ("production", NOON, True)
    assert (only.production, only.source) == (None, Source.RECORDED)


def test_a_deployment_may_fail_roll_back_and_say_what_it_is(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = git(repository, "rev-parse", "--short", "HEAD")
    options = ["--environment", "eu-1", "--production", "--failed", "--rollback", "--key", "d1"]

    assert main(["record", "deployment", "--commit", short, *options, "--json"]) == MET

    fact = shown(capsys)
    (only,) = past(repository).deployments
    assert (fact["kind"], fact["new"], fact["body"]["key"]) == ("deployment", True, "d1")
    assert (only.succeeded, only.rolled_back, only.production) == (False, True, True)
    assert only.commit == git(repository, "rev-parse", "HEAD")


def test_without_a_repository_a_commit_has_to_be_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "deployment"]) == USAGE
    assert "there is no commit here; name one with --commit" in capsys.readouterr().err
    assert main(["record", "deployment", "--commit", COMMIT]) == MET
    assert past(root).deployments[0].commit == COMMIT


def test_an_incident_is_recorded_at_its_start_and_at_its_end(root: Path) -> None:
    start = ["--started", "2026-11-27T12:00:00Z", "--title", "down"]

    assert main(["record", "incident", "I1", *start]) == MET
    assert past(root).incidents[0].recovered is None
    assert main(["record", "incident", "I1", "--recovered", "now"]) == MET

    (only,) = past(root).incidents
    assert (only.started, only.title) == (NOON, "down")
    assert only.recovered is not None


def test_a_run_of_a_pipeline_is_recorded(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = ["--started", "2026-11-27T12:00:00Z", "--completed", "2026-11-27T13:10:00+01:00"]

    assert main(["record", "run", "812", *times, "--conclusion", "timed-out"]) == MET
    assert "The build is in the history." in capsys.readouterr().out

    (only,) = past(repository).builds
    assert only.completed is not None
    assert (only.key, only.attempt, only.branch, only.event) == ("812", 1, "main", "push")
    assert (only.completed - only.started).total_seconds() == 600
    assert only.conclusion is Conclusion.TIMED_OUT


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["incident", "I1", "--started", "yesterday"], "'yesterday' is not a time with a zone"),
        (["incident", "I1", "--started", "2026-11-27T12:00:00"], "write for example 2026-11-27T"),
        (["run", "1", "--started", "now"], "--conclusion"),
        (["run", "1", "--started", "now", "--conclusion", "fine"], "invalid choice: 'fine'"),
        (["run", "1", "--conclusion", "success"], "--started"),
        (["incident"], "ID"),
    ],
)
def test_wrong_words_are_wrong_usage(
    arguments: list[str], complaint: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["record", *arguments])

    assert caught.value.code == USAGE
    assert complaint in capsys.readouterr().err
    assert not (root / HISTORY).exists()


@pytest.mark.parametrize(
    "arguments",
    [
        "incident I1 --started 2026-11-27T12:00:00Z --recovered 2026-11-27T11:00:00Z",
        "run 1 --commit a --conclusion success --started now --completed 2026-01-01T00:00Z",
    ],
)
def test_what_ended_before_it_began_is_refused(
    arguments: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", *arguments.split()]) == USAGE
    assert "is before --started" in capsys.readouterr().err
    assert not (root / HISTORY).exists()


def test_events_are_imported_once_and_versions_found_among_the_tags(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = {**EVENT, "context": {**EVENT["context"], "type": "dev.cdevents.build.queued.0.3.0"}}
    (repository / "e.jsonl").write_text(f"{json.dumps(EVENT)}\n{json.dumps(other)}", "utf-8")

    assert main(["import", "events", "e.jsonl"]) == MET
    assert capsys.readouterr().out == (
        "1 taken in, 0 known already.\nOf no use for delivery, and left out: 1 build.queued.\n"
    )
    assert main(["import", "events", "e.jsonl", "--json"]) == MET
    assert shown(capsys) == {"new": 0, "known": 1, "ignored": {"build.queued": 1}}
    (only,) = past(repository).deployments
    assert only.commit == git(repository, "rev-parse", "v1.4.0")


def test_events_that_cannot_be_read_are_wrong_usage(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "e.jsonl").write_text("{}", encoding="utf-8")

    assert main(["import", "events", "e.jsonl"]) == USAGE
    assert "e.jsonl is not an event that can be read" in capsys.readouterr().err


def test_the_trend_shows_numbers_slower_ones_and_flaky_tests(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(root)

    assert main(["trend"]) == MET

    text = capsys.readouterr().out
    assert "The last 4 whole runs on main, 2026-11-27 12:00 to 2026-11-27 15:00 UTC." in text
    assert "session-duration  9 s" in text
    assert "session-duration: 30 s, usually 9 s (median of 3 runs)" in text
    assert "tests/test_a.py::one: passed 2, failed 2 (5ca1ab1e)" in text


def test_the_trend_of_a_metric_can_be_narrowed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(root)

    assert main(["trend", "session-duration", "--limit", "2", "--json"]) == MET
    assert [run["value"] for run in shown(capsys)["runs"]] == [30.0, 9.0]
    assert main(["trend", "session-duration", "--branch", "side", "--json"]) == MET
    assert shown(capsys)["runs"] == []
    assert main(["trend", "--json"]) == MET
    assert len(shown(capsys)["runs"]) == 4


@pytest.mark.parametrize("metric", [(), ("session-duration",), ("code-coverage",)])
def test_a_trend_as_json_follows_its_schema(
    metric: tuple[str, ...], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(root)
    main(["schema", "trend"])
    schema = shown(capsys)

    main(["trend", *metric, "--json"])

    document = shown(capsys)
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "more": 1}, schema)


def test_a_metric_that_is_misspelled_is_told(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(root)

    assert main(["trend", "session-durations"]) == USAGE
    assert 'did you mean "session-duration"?' in capsys.readouterr().err
    assert main(["trend", "session-duration", "--scope", "src"]) == USAGE
    assert 'no run has measured the scope "src"' in capsys.readouterr().err
    assert main(["trend", "--limit", "0"]) == USAGE
    assert main(["trend", "code-coverage"]) == MET


def test_a_metric_of_one_scope_alone_needs_no_scope(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(HISTORY, root=root, project="") as store:
        store.add([record(run_of(0, verdict("file-coverage", 1.0, scope="src/**")))])

    assert main(["trend", "file-coverage", "--json"]) == MET
    assert shown(capsys)["scope"] == "src/**"


@pytest.mark.parametrize("command", [["trend"], ["history", "export", "--output", "out.jsonl"]])
def test_looking_makes_no_history_and_says_how_to_get_one(
    command: list[str], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == UNJUDGED

    told = capsys.readouterr().err
    assert "There is no history at .boss-gates/history.db yet. `pytest --boss-gates` begins" in told
    assert list(root.iterdir()) == []


def test_an_empty_history_and_one_that_is_switched_off_are_told_apart(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(HISTORY, root=root, project="").close()
    assert main(["trend"]) == MET
    assert "No whole run is in the history." in capsys.readouterr().out

    monkeypatch.setenv("BOSS_GATES_HISTORY", "off")
    for command in (["trend"], ["record", "incident", "I1"]):
        assert main(command) == UNJUDGED
        told = "No history is kept: it is switched off by BOSS_GATES_HISTORY."
        assert told in capsys.readouterr().err
    assert not (root / SPOOL).exists()


@pytest.mark.parametrize(
    ("command", "shown"),
    [(["trend"], "The last whole run on main"), (["history", "export"], '"kind":"run"')],
)
def test_what_waits_is_seen(
    command: list[str], shown: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_aside(root / SPOOL, [record(run_of())])

    assert main(command) == MET

    assert shown in capsys.readouterr().out
    assert list((root / SPOOL).iterdir()) == []


@pytest.mark.parametrize("command", [["trend"], ["history", "export"]])
def test_a_history_that_may_only_be_read_is_read_and_what_waits_is_told(
    command: list[str],
    root: Path,
    lock: Callable[[Path], None],  # noqa: F811 - the fixture
    capsys: pytest.CaptureFixture[str],
) -> None:
    remember(root)
    main(command)
    before = capsys.readouterr().out
    put_aside(root / SPOOL, [record(run_of(9))])
    lock(root)

    assert main(command) == MET

    out, err = capsys.readouterr()
    assert out == before
    assert "1 fact in .boss-gates/spool/ waits for the next run: The history " in err
    assert "it may not be written" in err


@pytest.mark.parametrize(
    "command",
    [
        ["history", "export"],
        ["history", "merge"],
        ["record", "deployment"],
        ["record", "incident"],
        ["record", "run"],
        ["import", "events"],
        ["trend"],
    ],
)
def test_every_command_has_an_example_in_its_help(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--help"])

    assert f"example: boss-gates {' '.join(command)}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["trend"], ["history", "export"], ["record", "incident", "1"]]
)
def test_a_root_that_is_no_directory_is_wrong_usage(arguments: list[str], root: Path) -> None:
    assert main([*arguments, "--root", str(root / "nowhere")]) == USAGE
