"""A history as lines: the same facts give the same lines; a union forgets and doubles nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.lines import (
    LeftOut,
    export,
    line_of,
    parse_lines,
    put_aside,
    read_lines,
    take_in,
)
from pytest_boss_gates.history.records import Kind, record, record_of_tests
from pytest_boss_gates.history.store import KEPT_TESTS, open_store
from tests.history.conftest import endings, run_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.store import Store

FACTS = [
    fact
    for number in range(KEPT_TESTS + 5)
    for run in [record(run_of(number))]
    for fact in (run, record_of_tests(run, endings(one="p")))
]


def test_an_export_taken_in_elsewhere_gives_the_same_export(store: Store, tmp_path: Path) -> None:
    store.add(FACTS)
    lines = list(export(store))

    with open_store("other.db", root=tmp_path, project="") as other:
        new = other.add(parse_lines("\n".join(lines), "export"))

        assert new == len(lines) == len(FACTS) - 5
        assert list(export(other)) == lines
        assert other.add(parse_lines("\n".join(lines), "export")) == 0


@settings(deadline=None, max_examples=15)
@given(parts=st.lists(st.lists(st.sampled_from(FACTS), max_size=30), min_size=1, max_size=4))
def test_the_union_of_histories_is_the_same_in_any_order(
    parts: list[list[Record]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("union")
    exports = []
    for name, order in (("there.db", parts), ("back.db", parts[::-1])):
        with open_store(name, root=root, project="") as store:
            for part in order:
                store.add(part)
            exports.append(list(export(store)))

    assert exports[0] == exports[1]
    assert len(exports[0]) == len({fact.name for part in parts for fact in part})


def test_files_may_be_concatenated_sorted_and_made_unique() -> None:
    lines = [line_of(fact) for fact in FACTS[:6]]

    mixed = parse_lines("\n\n".join(sorted([*lines, *lines], reverse=True)), "mixed")

    assert {fact.name for fact in mixed} == {fact.name for fact in FACTS[:6]}
    assert all(line_of(fact) in lines for fact in mixed)


def changed(**entries: object) -> str:
    return json.dumps({**json.loads(line_of(FACTS[0])), **entries})


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (line_of(FACTS[0])[:-9], "The line is cut off or is not JSON"),
        ("[]", "is not a fact of a history"),
        ("{}", "is not a fact of a history: 'format'"),
        (changed(format=2), "it has format 2, and this pytest-boss-gates knows 1; a newer one"),
        (changed(kind="party"), "'party' is not a valid Kind"),
        (changed(id="0" * 32), "its id is not that of its body"),
        (changed(body={"key": "another"}), "its id is not that of its body"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_taken_in(line: str, complaint: str) -> None:
    with pytest.raises(HistoryError) as caught:
        parse_lines(f"{line_of(FACTS[0])}\n{line}\n", "history.jsonl")

    assert str(caught.value).startswith("history.jsonl:2: ")
    assert complaint in str(caught.value)
    assert str(caught.value).endswith("Nothing of the file was taken in.")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b"\xe9")

    with pytest.raises(HistoryError, match=r"nowhere\.jsonl cannot be read: No such file"):
        read_lines(tmp_path / "nowhere.jsonl")
    with pytest.raises(HistoryError, match="it is not UTF-8"):
        read_lines(tmp_path / "latin.jsonl")


def test_what_was_put_aside_is_taken_in_once_and_goes(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    put_aside(folder, FACTS[:2])
    put_aside(folder, FACTS[2:4])

    assert list(take_in(folder, store)) == []

    assert len(store.read(Kind.RUN)) == len(store.tests()) == 2
    assert list(folder.iterdir()) == []
    assert list(take_in(folder, store)) == []


def test_a_damaged_file_aside_is_named_and_keeps_nobody_waiting(
    store: Store, tmp_path: Path
) -> None:
    put_aside(tmp_path, FACTS[:2])
    (tmp_path / "a.jsonl").write_text("half a li", encoding="utf-8")

    (complaint,) = take_in(tmp_path, store)

    assert "a.jsonl:1: The line is cut off" in complaint
    assert len(store.read(Kind.RUN)) == 1
    assert (tmp_path / "a.jsonl").exists()


def test_what_a_history_cannot_take_stays_aside(tmp_path: Path) -> None:
    put_aside(tmp_path / "spool", FACTS[:2])
    store = open_store("history.db", root=tmp_path, project="")
    store.close()

    with pytest.raises(HistoryError):
        list(take_in(tmp_path / "spool", store))

    assert len(list((tmp_path / "spool").iterdir())) == 2


def test_what_waits_has_bounds_and_tests_go_first_then_the_oldest(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    lost = []
    for number in range(6):
        kept = record(run_of(number))
        tests = record_of_tests(kept, endings(**{f"test_{each}": "p" for each in range(9)}))
        lost.append(put_aside(folder, [kept, tests], room=3000))
        for path in folder.iterdir():
            if record(run_of(number)).name in path.read_text(encoding="ascii"):
                os.utime(path, (number, number))

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3000
    list(take_in(folder, store))
    left_runs, left_tests = len(store.read(Kind.RUN)), len(store.tests())
    assert lost[0] == LeftOut()
    assert left_runs == 6 - sum(each.facts for each in lost)
    assert left_tests == 6 - sum(each.tests for each in lost)
    assert left_tests < left_runs
    assert store.read(Kind.RUN)[0].name == record(run_of(5)).name


def test_what_a_killed_session_left_half_written_does_not_take_the_room(tmp_path: Path) -> None:
    left, written = tmp_path / "abc.17.tmp", tmp_path / "def.18.tmp"
    for path in (left, written):
        path.write_bytes(b"x" * 5000)
    yesterday = time.time() - 86_400
    os.utime(left, (yesterday, yesterday))

    assert put_aside(tmp_path, FACTS[:1], room=3000) == LeftOut()
    assert put_aside(tmp_path, FACTS[2:3], room=3000) == LeftOut()
    assert not left.exists()
    assert written.exists(), "another session is writing it"


def test_what_is_taken_in_and_cannot_be_removed_is_told(
    store: Store, tmp_path: Path, lock: Callable[[Path], None]
) -> None:
    folder = tmp_path / "spool"
    put_aside(folder, FACTS[:1])
    lock(folder)

    (complaint,) = take_in(folder, store)

    assert f"{FACTS[0].name}.jsonl is taken in and cannot be removed: " in complaint
    assert store.read(Kind.RUN) == FACTS[:1]


def test_a_fact_that_is_larger_than_all_room_is_left_out(tmp_path: Path) -> None:
    assert put_aside(tmp_path, FACTS[:2], room=10) == LeftOut(facts=1, tests=1)
    assert list(tmp_path.iterdir()) == []


def test_a_line_holds_nothing_that_a_log_would_obey(store: Store) -> None:
    nasty = record(run_of(branch="\x1b[31m\r\n::error::"))
    store.add([nasty])

    (line,) = export(store)

    assert line.isascii()
    assert line.isprintable()


def test_an_exported_file_of_sqlite_is_not_mistaken_for_lines(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    sqlite3.connect(path).close()
    with open_store("history.db", root=tmp_path, project=""):
        pass

    with pytest.raises(HistoryError, match=r"not UTF-8|not JSON"):
        read_lines(path)


def test_an_old_export_adds_no_tests_that_would_go_at_once(store: Store) -> None:
    newest = FACTS[-2 * KEPT_TESTS :]
    store.add(newest)

    assert store.add(FACTS) == 5  # the older runs, without their tests
    assert store.add(FACTS) == 0


def test_a_line_that_is_nested_without_end_is_a_sentence() -> None:
    with pytest.raises(HistoryError, match=r"deep:1: "):
        parse_lines("[" * 200_000, "deep")
