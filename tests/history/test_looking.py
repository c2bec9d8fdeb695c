"""Looking at a history makes nothing and changes nothing, and needs no leave to write."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.lines import everything
from pytest_boss_gates.history.records import Kind, record, record_of_tests
from pytest_boss_gates.history.store import MIGRATIONS, VERSIONS, look_into, open_store
from tests.history.conftest import endings, run_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_boss_gates.history.store import Store
    from tests.history.conftest import Opener, Server


def looked(place: str, root: Path) -> Store:
    found = look_into(place, root=root, project="shop")
    assert found is not None
    return found


def test_where_nothing_is_nothing_is_found_and_nothing_is_made(place: str, tmp_path: Path) -> None:
    assert look_into(place, root=tmp_path, project="shop") is None

    assert look_into(place, root=tmp_path, project="shop") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_in_a_database_no_table_is_made(server: Server, tmp_path: Path) -> None:
    import psycopg

    url = server.url("empty_one")

    assert look_into(url, root=tmp_path, project="shop") is None

    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'empty_one'"
        assert connection.execute(query).fetchone() == (0,)


@pytest.mark.postgres
def test_a_user_who_may_only_read_a_database_reads_it(server: Server, tmp_path: Path) -> None:
    import psycopg

    url = server.url("read_only")
    with open_store(url, root=tmp_path, project="shop") as store:
        store.add([record(run_of())])
        assert store.refusal() == ""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA read_only TO reader")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA read_only TO reader")

    with looked(url.replace("postgres@", "reader@"), tmp_path) as found:
        assert found.read(Kind.RUN) == [record(run_of())]
        assert found.refusal() == "this user may not write it"
        with pytest.raises(HistoryError, match="permission denied"):
            found.add([record(run_of(1))])


def test_an_empty_file_has_not_begun_and_stays_empty(tmp_path: Path) -> None:
    (tmp_path / "history.db").touch()

    assert look_into("history.db", root=tmp_path, project="") is None

    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


def test_what_is_there_is_read_and_after_a_beginning_written(
    place: str, store: Store, tmp_path: Path
) -> None:
    run = record(run_of())
    store.add([run, record_of_tests(run, endings(one="p"))])

    with looked(place, tmp_path) as found:
        assert everything(found) == everything(store)
        found.begin()
        assert found.add([record(run_of(1))]) == 1

    assert len(store.read(Kind.RUN)) == 2


def test_an_older_history_is_read_as_it_is(
    opened: Opener, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("pytest_boss_gates.history.store.MIGRATIONS", MIGRATIONS[:1])
        opened().add([record(run_of())])

    with looked(place, tmp_path) as found:
        assert found.read(Kind.RUN) == [record(run_of())]
        before = versions(found)
        found.begin()
        after = versions(found)

    assert (before, after) == ([1], list(range(1, len(MIGRATIONS) + 1)))


def versions(store: Store) -> list[int]:
    with store._reading() as cursor:  # noqa: SLF001
        cursor.execute(f"SELECT version FROM {VERSIONS} ORDER BY version")
        return [version for (version,) in cursor.fetchall()]


def test_a_file_of_which_nobody_can_tell_whether_it_is_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "history.db").symlink_to("history.db")

    with pytest.raises(HistoryError, match=r"The history history\.db cannot be read: Too many"):
        look_into("history.db", root=tmp_path, project="")


@pytest.mark.parametrize("content", [b"my holiday plans\n" * 100, b"another program's"])
def test_what_is_no_history_of_ours_is_told_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(content)
    if b"program" in content:
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE users (name TEXT)")
        other.close()
    before = path.read_bytes()

    with pytest.raises(HistoryError, match=r"is damaged|of another program"):
        look_into("history.db", root=tmp_path, project="")

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["kept", "képt here? #1 100%"])
def test_what_may_only_be_read_is_read_and_nothing_is_left_beside_it(
    name: str, tmp_path: Path, lock: Callable[[Path], None]
) -> None:
    folder = tmp_path / name
    with open_store("history.db", root=folder, project="") as store:
        store.add([record(run_of(number)) for number in range(3)])
        before = everything(store)
    lock(folder)

    with looked("history.db", folder) as found:
        found.check()
        assert everything(found) == before
        with pytest.raises(HistoryError, match="it may not be written"):
            found.begin()

    assert [path.name for path in folder.iterdir()] == ["history.db"]
    with pytest.raises(HistoryError, match="it may not be written"):
        open_store("history.db", root=folder, project="")


def test_what_a_killed_session_has_left_in_the_log_is_read_too(
    tmp_path: Path, lock: Callable[[Path], None]
) -> None:
    folder = tmp_path / "killed"
    with open_store("history.db", root=tmp_path, project="") as store:
        store.add([record(run_of())])
        folder.mkdir()
        for name in ("history.db", "history.db-wal"):
            shutil.copyfile(tmp_path / name, folder / name)
    assert (folder / "history.db-wal").stat().st_size
    lock(folder)

    with looked("history.db", folder) as found:
        assert found.read(Kind.RUN) == [record(run_of())]


def test_a_copy_during_which_somebody_wrote_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store("history.db", root=tmp_path, project="") as store:
        store.add([record(run_of())])
    copy, writers = shutil.copyfile, [1, 2]

    def copied_and_written(source: str, target: str) -> str:
        done = copy(source, target)
        if writers:
            with open_store("history.db", root=tmp_path, project="") as other:
                other.add([record(run_of(writers.pop()))])
        return done

    # The first one to ask may only read; those that it meets may write.
    answers = iter([False])
    monkeypatch.setattr("pytest_boss_gates.history.sqlite.may_write", lambda _: next(answers, True))
    monkeypatch.setattr("shutil.copyfile", copied_and_written)

    with looked("history.db", tmp_path) as found:
        assert len(found.read(Kind.RUN)) == 3
    assert not writers
