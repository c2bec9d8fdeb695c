"""What can happen to a file: damage, another program's, a kill in mid-write, a full disk."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.records import Kind, record, record_of_tests
from pytest_boss_gates.history.sqlite import SqliteStore
from pytest_boss_gates.history.store import open_store
from tests.history.conftest import endings, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history of forty sessions."""
    path = tmp_path / "history.db"
    with SqliteStore(path, tmp_path) as store:
        for number in range(40):
            run = record(run_of(number))
            many = {f"test_{index}": "p" for index in range(50)}
            store.add([run, record_of_tests(run, endings(**many))])
    return path


def used(path: Path) -> HistoryError:
    """The complaint of a history that is looked at and written."""

    def use() -> None:
        with SqliteStore(path, path.parent) as store:
            store.check()
            store.add([record(run_of(99))])

    with pytest.raises(HistoryError) as caught:
        use()
    return caught.value


def test_a_file_that_is_no_database_stops_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"my holiday plans\n" * 100)

    told = str(used(path))

    assert "The history history.db is damaged: file is not a database" in told
    assert "Nothing was changed. Move it away" in told
    assert "`boss-gates history merge FILE`" in told
    assert path.read_bytes() == b"my holiday plans\n" * 100


def test_a_file_that_was_cut_off_stops_and_stays(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    told = str(used(path))

    assert "is damaged" in told
    assert path.read_bytes() == whole[: len(whole) // 2]


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_in_the_middle_stop_and_stay(path: Path, seed: int) -> None:
    page = 4096
    content = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for start in range(page, len(content), page):
        content[start : start + 200] = chance.randbytes(200)
    path.write_bytes(content)

    assert "is damaged" in str(used(path))
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.sqlite3"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE users (name TEXT)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(HistoryError, match="is a database of another program"):
        SqliteStore(path, tmp_path)

    assert path.read_bytes() == before


def test_an_empty_file_is_a_history_that_has_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.touch()

    with SqliteStore(path, tmp_path) as store:
        assert store.add([record(run_of())]) == 1


def test_readers_and_a_writer_work_side_by_side(path: Path) -> None:
    with SqliteStore(path, path.parent) as reader, SqliteStore(path, path.parent) as writer:
        with reader._reading() as cursor:  # noqa: SLF001 - a read that takes its time
            cursor.execute("SELECT count(*) FROM boss_gates_records")
            writer.add([record(run_of(99))])

        assert len(reader.read(Kind.RUN)) == 41


def test_a_writer_that_never_ends_is_a_sentence(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_boss_gates.history.sqlite.PATIENCE", 0.05)
    with SqliteStore(path, path.parent) as store, SqliteStore(path, path.parent) as other:
        with other._writing(), pytest.raises(HistoryError, match="another process has held it"):  # noqa: SLF001
            store.add([record(run_of(99))])

        assert store.add([record(run_of(99))]) == 1


def test_what_is_closed_says_so(path: Path) -> None:
    store = SqliteStore(path, path.parent)
    store.close()
    store.close()

    with pytest.raises(HistoryError, match="is closed"):
        store.read(Kind.RUN)


def test_directories_on_the_way_are_made(tmp_path: Path) -> None:
    with open_store("build/gates/history.db", root=tmp_path, project="") as store:
        assert store.place == "build/gates/history.db"

    assert (tmp_path / "build" / "gates" / "history.db").is_file()


def test_a_file_in_the_way_of_a_directory_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "build").touch()

    with pytest.raises(HistoryError, match="cannot be made"):
        open_store("build/history.db", root=tmp_path, project="")


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not hold the administrator back")
def test_a_file_that_may_not_be_written_is_a_sentence(path: Path) -> None:
    path.chmod(stat.S_IRUSR)

    with (
        pytest.raises(HistoryError, match="may not be written"),
        SqliteStore(path, path.parent) as store,
    ):
        store.add([record(run_of(99))])


_ENDLESS = """
import sys
from pathlib import Path
from pytest_boss_gates.history.lines import read_lines
from pytest_boss_gates.history.sqlite import SqliteStore
root = Path(sys.argv[1])
records = read_lines(root / "facts.jsonl")
for each in records:
    with SqliteStore(root / "history.db", root) as store:
        store.add([each])
    print(each.name, flush=True)
print("all", flush=True)
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_write_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    from pytest_boss_gates.history.lines import line_of

    runs = [record(run_of(number)) for number in range(3000)]
    (tmp_path / "facts.jsonl").write_text("\n".join(map(line_of, runs)), encoding="utf-8")
    chance = random.Random(1)
    committed: set[str] = set()

    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", _ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        first = child.stdout.readline().strip()
        time.sleep(chance.uniform(0, 0.1))
        child.kill()
        said = {first, *child.stdout.read().split("\n")[:-1]} - {"all"}
        child.wait()
        child.stdout.close()
        committed |= said

        with SqliteStore(tmp_path / "history.db", tmp_path) as store:
            store.check()
            kept = {run.name for run in store.read(Kind.RUN)}
        assert committed <= kept
        assert len(kept - committed) <= 1  # committed, and killed before it could say so
        committed = kept


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_a_sentence_and_costs_nothing_that_was_kept(tiny: Path) -> None:
    path = tiny / "history.db"
    kept = 0
    with pytest.raises(HistoryError) as caught:  # noqa: PT012 - how many fit is not ours to say
        while True:
            with SqliteStore(path, tiny) as store:
                big = run_of(kept, partial=random.Random(kept).randbytes(20_000).hex())
                store.add([record(big)])
            kept += 1

    assert "the disk is full" in str(caught.value)
    assert "What it holds is untouched" in str(caught.value)
    assert kept > 3
    subprocess.run(["mount", "-o", "remount,size=4m", str(tiny)], check=True)
    with SqliteStore(path, tiny) as store:
        store.check()
        assert len(store.read(Kind.RUN)) == kept


def test_a_disk_without_room_for_the_log_is_full(path: Path, tiny: Path) -> None:
    (tiny / "history.db").write_bytes(path.read_bytes())
    with pytest.raises(OSError, match="No space left"):
        (tiny / "filler").write_bytes(b"x" * 2**20)

    with pytest.raises(HistoryError, match="the disk is full"):
        SqliteStore(tiny / "history.db", tiny)
    with SqliteStore(tiny / "history.db", tiny, looking=True) as store:
        assert len(store.read(Kind.RUN)) == 40
        assert store.refusal() == "the disk is full"
        with pytest.raises(HistoryError, match="the disk is full"):
            store.begin()


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.sqlite import SqliteStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    SqliteStore(Path(sys.argv[1]) / "history.db", Path(sys.argv[1]))
except HistoryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_limit_on_the_size_of_files_is_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert "The history history.db cannot be used: " in done.stdout
    assert "full" in done.stdout
    assert "What it holds is untouched." in done.stdout
