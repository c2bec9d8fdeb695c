"""The same promises from both databases."""

from __future__ import annotations

import subprocess
import sys
import time
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.lines import line_of
from pytest_boss_gates.history.places import masked, scrubbed
from pytest_boss_gates.history.records import Kind, noun_of, read_tests, record, record_of_tests
from pytest_boss_gates.history.store import (
    KEPT_TESTS,
    MIGRATIONS,
    open_store,
)
from pytest_boss_gates.model import RecordedRun
from tests.history.conftest import COMMIT, endings, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.history.store import Store
    from tests.history.conftest import Opener, Server


def test_what_is_added_is_there_after_opening_again(opened: Opener) -> None:
    with opened() as store:
        store.add([record(run_of())])

    (kept,) = opened().read(Kind.RUN)

    assert noun_of(RecordedRun, kept.body) == run_of()
    assert (kept.commit, kept.branch) == (COMMIT, "main")


def test_the_same_fact_is_kept_once_and_counted_once(store: Store) -> None:
    assert store.add([record(run_of())]) == 1
    assert store.add([record(run_of()), record(run_of(1))]) == 1

    assert len(store.read(Kind.RUN)) == 2


def test_facts_come_newest_first_and_can_be_narrowed(store: Store) -> None:
    store.add([record(run_of(number, branch=f"b{number % 2}")) for number in (2, 0, 3, 1)])

    def keys(**wanted: object) -> list[str]:
        return [kept.body["key"] for kept in store.read(Kind.RUN, **wanted)]  # type: ignore[arg-type]

    since = record(run_of(2)).moment
    assert keys() == ["run-3", "run-2", "run-1", "run-0"]
    assert keys(limit=2) == ["run-3", "run-2"]
    assert keys(branch="b1") == ["run-3", "run-1"]
    assert keys(commit=COMMIT, since=since) == ["run-3", "run-2"]
    assert keys(commit="another") == []
    assert store.read(Kind.BUILD) == []


@pytest.mark.parametrize("text", ["naïve ☃", "a\0b", "\udc80 lost", "'; DROP TABLE x; --", "?%s"])
def test_any_text_comes_back_as_it_was(store: Store, text: str) -> None:
    strange = run_of(branch=text, partial=text)

    store.add([record(strange), record_of_tests(record(strange), endings(**{text: "p"}))])

    (kept,), (tests,) = store.read(Kind.RUN), store.tests()
    assert noun_of(RecordedRun, kept.body) == strange
    assert read_tests(tests.body) == endings(**{text: "p"})


def test_only_the_newest_sessions_keep_their_tests(store: Store) -> None:
    runs = [record(run_of(number)) for number in range(KEPT_TESTS + 3)]

    for run in reversed(runs):  # whatever order they come in
        store.add([run, record_of_tests(run, endings(one="p"))])

    kept = [tests.body["run"] for tests in store.tests()]
    assert kept == [run.name for run in runs[:2:-1]]
    assert len(store.read(Kind.RUN)) == len(runs)


def test_tests_can_be_asked_for_by_run(store: Store) -> None:
    runs = [record(run_of(number)) for number in range(3)]
    store.add([*runs, *(record_of_tests(run, endings(one="p", two="f")) for run in runs)])

    (found,) = store.tests([runs[1].name])

    assert found.body["run"] == runs[1].name
    assert store.tests([]) == []


def test_either_all_of_a_call_is_kept_or_nothing(store: Store) -> None:
    wrong = record_of_tests(record(run_of()), endings(one="p"))
    object.__setattr__(wrong, "moment", "no number" if store.mark == "%s" else {})

    with pytest.raises(HistoryError):
        store.add([record(run_of()), wrong])

    assert store.read(Kind.RUN) == []


def test_projects_that_share_a_server_do_not_see_each_other(
    place: str, opened: Opener, tmp_path: Path
) -> None:
    opened().add([record(run_of()), record_of_tests(record(run_of()), endings(one="p"))])
    with open_store(place, root=tmp_path, project="another") as other:
        shared = len(other.read(Kind.RUN)), len(other.tests())

        other.add([record(run_of())])

    assert shared == ((0, 0) if "://" in place else (1, 1))  # a file is one project's own
    assert len(opened().read(Kind.RUN)) == 1


def test_a_newer_history_stops_and_is_left_alone(opened: Opener) -> None:
    store = opened()
    store.add([record(run_of())])
    with store._writing() as cursor:  # noqa: SLF001 - what a newer version would do
        cursor.execute(f"INSERT INTO boss_gates_versions (version) VALUES ({len(MIGRATIONS) + 1})")

    with pytest.raises(HistoryError) as caught:
        opened()

    known, found = len(MIGRATIONS), len(MIGRATIONS) + 1
    assert f"has version {found}" in str(caught.value)
    assert f"knows versions up to {known}" in str(caught.value)
    assert "Install a newer pytest-boss-gates" in str(caught.value)
    assert len(store.read(Kind.RUN)) == 1


def test_an_older_history_is_brought_up_to_date_with_what_it_holds(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().add([record(run_of())])
    step = ("CREATE TABLE boss_gates_more (project TEXT NOT NULL, body {blob})",)
    monkeypatch.setattr("pytest_boss_gates.history.store.MIGRATIONS", (*MIGRATIONS, step))

    store = opened()

    with store._reading() as cursor:  # noqa: SLF001
        cursor.execute("SELECT version FROM boss_gates_versions ORDER BY version")
        assert [version for (version,) in cursor.fetchall()] == list(range(1, len(MIGRATIONS) + 2))
        cursor.execute("SELECT count(*) FROM boss_gates_more")
    assert len(store.read(Kind.RUN)) == 1


def test_a_migration_that_fails_leaves_the_version_as_it_was(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().add([record(run_of())])
    broken = ("CREATE TABLE boss_gates_more (one TEXT)", "CREATE TABLE !")
    monkeypatch.setattr("pytest_boss_gates.history.store.MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(HistoryError):
        opened()
    monkeypatch.undo()

    assert len(opened().read(Kind.RUN)) == 1


def test_a_fact_that_is_not_what_was_written_is_damage(store: Store) -> None:
    store.add([record(run_of())])
    with store._writing() as cursor:  # noqa: SLF001
        cursor.execute("UPDATE boss_gates_records SET body = replace(body, 'met', 'mat')")

    with pytest.raises(HistoryError, match=r"is damaged: the run .* is not what was written"):
        store.read(Kind.RUN)


@pytest.mark.parametrize("packed", [b"no zlib", zlib.compress(b'{"names":[]}')])
def test_tests_that_are_not_what_was_written_are_damage(store: Store, packed: bytes) -> None:
    store.add([record_of_tests(record(run_of()), endings(one="p"))])
    with store._writing() as cursor:  # noqa: SLF001
        cursor.execute(f"UPDATE boss_gates_tests SET body = {store.mark}", (packed,))

    with pytest.raises(HistoryError, match="is damaged: the tests"):
        store.tests()


_WRITER = """
import sys, time
from pathlib import Path
from pytest_boss_gates.history.lines import read_lines
from pytest_boss_gates.history.store import open_store
place, root, number = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
records = read_lines(root / f"{number}.jsonl")
(root / f"{number}.ready").touch()
while not (root / "go").exists():
    time.sleep(0.001)
for start in range(0, len(records), 2):
    with open_store(place, root=root, project="shop") as store:
        assert store.add(records[start : start + 2]) == 2
"""


@pytest.mark.slow
def test_twenty_sessions_at_once_create_the_history_and_lose_nothing(
    place: str, opened: Opener, tmp_path: Path
) -> None:
    names = []
    for writer in range(20):
        runs = [record(run_of(writer * 10 + number)) for number in range(5)]
        facts = [(run, record_of_tests(run, endings(one="p"))) for run in runs]
        lines = [line_of(fact) for pair in facts for fact in pair]
        (tmp_path / f"{writer}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        names += [run.name for run in runs]
    sessions = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, place, str(tmp_path), str(writer)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for writer in range(20)
    ]
    while len(list(tmp_path.glob("*.ready"))) < 20 and all(s.poll() is None for s in sessions):
        time.sleep(0.01)
    (tmp_path / "go").touch()
    errors = [session.communicate(timeout=120)[1] for session in sessions]

    assert "".join(errors) == ""
    store = opened()
    assert {run.name for run in store.read(Kind.RUN)} == set(names)
    assert len(store.tests()) == len(names) == KEPT_TESTS


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (
            "postgresql://ann:s3cret@db.example.org/gates",
            "postgresql://ann:***@db.example.org/gates",
        ),
        ("postgresql://ann:p@ss/w:rd@db/gates", "postgresql://ann:***@db/gates"),
        (
            "postgresql://db/gates?user=ann&password=s3cret",
            "postgresql://db/gates?user=ann&password=***",
        ),
        ("postgresql://db/x?sslpassword=s3cret&a=b", "postgresql://db/x?sslpassword=***&a=b"),
        ("postgresql://ann@db:5432/gates", "postgresql://ann@db:5432/gates"),
        ("mysql://ann:s3cret@db/gates", "mysql://ann:***@db/gates"),
        ("host=db password=s3cret dbname=x", "host=db password=*** dbname=x"),
        (r"password = 's3 \'cret' host=db", "password = *** host=db"),
        (".boss-gates/history.db", ".boss-gates/history.db"),
    ],
)
def test_a_place_is_spelled_without_its_passwords(place: str, shown: str) -> None:
    assert masked(place) == shown


def test_a_message_that_holds_the_password_is_left_out() -> None:
    place = "postgresql://ann:s3%40cret@db/gates"

    assert scrubbed("db is away\n\tIs it  on?\n", place) == "db is away. Is it on?"
    assert "s3" not in scrubbed("bad URI postgresql://ann:s3%40cret@db/gates", place)
    assert "s3" not in scrubbed("password s3@cret is wrong", place)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (
            "mysql://ann:s3cret@db/gates",
            "mysql://ann:***@db/gates is neither a path nor a postgresql:// URL",
        ),
        (
            "host=db password=s3cret",
            "host=db password=*** is a connection string of libpq, and only a postgresql:// URL",
        ),
        ("build\0s3cret", "holds a NUL character"),
        ("build", "The history build is a directory. Name a file in it"),
    ],
)
def test_a_place_that_can_be_none_is_refused_and_nothing_is_made(
    place: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "build").mkdir()

    with pytest.raises(HistoryError) as caught:
        open_store(place, root=tmp_path, project="shop")

    assert told in str(caught.value)
    assert "BOSS_GATES_HISTORY" in str(caught.value)
    assert [path.name for path in tmp_path.rglob("*")] == ["build"]


def test_a_tilde_is_the_directory_of_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "ann"))

    open_store("~/gates.db", root=tmp_path, project="shop").close()
    open_store("~nobody-of-that-name/gates.db", root=tmp_path, project="shop").close()

    assert (tmp_path / "ann" / "gates.db").is_file()
    assert (tmp_path / "~nobody-of-that-name" / "gates.db").is_file()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@127.0.0.1:1/gates",
        "postgresql://ann:s3cret@127.0.0.1:port/gates",
        "postgresql://ann:s3cret%zz@127.0.0.1/gates",
        "postgresql://ann:s3cret@127.0.0.1/gates?nonsense=1",
        "postgresql://127.0.0.1:1/gates?password=s3cret",
    ],
)
def test_a_server_that_cannot_be_reached_is_a_sentence_without_the_password(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(HistoryError) as caught:
        open_store(url, root=tmp_path, project="shop")

    import traceback

    told = "".join(traceback.format_exception(caught.value))
    assert "cannot be used" in str(caught.value)
    assert "BOSS_GATES_HISTORY" in str(caught.value)
    assert "s3cret" not in told


@pytest.mark.postgres
def test_a_server_that_goes_away_is_a_sentence(server: Server, tmp_path: Path) -> None:
    store = open_store(server.url("goes"), root=tmp_path, project="shop")
    server.stop()
    try:
        with pytest.raises(HistoryError, match="cannot be used"):
            store.add([record(run_of())])
        with pytest.raises(HistoryError, match="cannot be used"):
            store.read(Kind.RUN)
    finally:
        server.start()
        store.close()


def test_marks_are_kept_with_their_facts_and_replaced(opened: Opener) -> None:
    store = opened()
    store.add([record(run_of())], {"builds": "monday", "merges": "monday"})

    store.add((), {"builds": "friday"})

    assert opened().marks() == {"builds": "friday", "merges": "monday"}
    assert len(opened().read(Kind.RUN)) == 1


def test_a_mark_is_not_kept_when_its_facts_are_not(opened: Opener) -> None:
    store = opened()
    bad = replace(record(run_of()), commit=None)  # type: ignore[arg-type]

    with pytest.raises(HistoryError):
        store.add([bad], {"builds": "monday"})

    assert store.marks() == {}
