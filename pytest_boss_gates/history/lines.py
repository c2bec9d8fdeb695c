"""Facts as JSON lines: to carry a history between machines, and to wait for a lost server.

A line stands alone, so files may be concatenated, sorted and made unique with any tool.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.records import Kind, Record, canonical, name_of, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.history.store import Store

ROOM = 32 * 2**20
"""Bytes that may wait beside a history: the tests of a hundred large sessions."""

_ABANDONED = 3600.0  # seconds after which nobody is writing a file any more
_TESTS = "tests-"

FORMAT = 1
"""The version of a line; it rises when an older reader would misread a newer line."""


def everything(store: Store) -> list[Record]:
    """Give every fact of a history, oldest first. Raises HistoryError when one is damaged."""
    facts = [record for kind in Kind if kind is not Kind.TESTS for record in store.read(kind)]
    return sorted([*facts, *store.tests()], key=lambda record: (record.moment, record.name))


def export(store: Store) -> Iterator[str]:
    """Give every fact of a history as a line, oldest first; the same facts give the same lines."""
    return map(line_of, everything(store))


def line_of(record: Record) -> str:
    """Spell a fact as one line, without its end."""
    head = {"format": FORMAT, "kind": record.kind.value, "id": record.name}
    return f'{canonical(head)[:-1]},"body":{record.text}}}'


def parse_lines(text: str, name: str) -> list[Record]:
    """Read lines; empty ones are passed over.

    Raises HistoryError that names the file and line of the first one that is wrong.
    """
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append(_record(line))
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise HistoryError(f"{name}:{number}: {_complaint(error)}") from error
    return found


def _complaint(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "The line is cut off or is not JSON. Nothing of the file was taken in."
    return f"The line is not a fact of a history: {error}. Nothing of the file was taken in."


def _record(line: str) -> Record:
    entry: dict[str, Any] = json.loads(line)
    version = entry["format"]
    if version != FORMAT:
        raise ValueError(
            f"it has format {version!r}, and this pytest-boss-gates knows {FORMAT}; a newer one "
            "may know it"
        )
    kind = Kind(entry["kind"])
    text = canonical(entry["body"])
    if name_of(kind, text) != entry["id"]:
        raise ValueError("its id is not that of its body")
    return record_of(kind, entry["body"])


def read_lines(path: Path) -> list[Record]:
    """Read a file of lines. Raises HistoryError that names it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise HistoryError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path} cannot be read: it is not UTF-8.") from error
    return parse_lines(text, str(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What had to go because there is no more room to wait in."""

    facts: int = 0  # beside tests
    tests: int = 0  # of how many sessions


def put_aside(folder: Path, records: Sequence[Record], *, room: int = ROOM) -> LeftOut:
    """Keep facts beside a history that cannot take them, each in a file, whole or not at all.

    In all they take no more than ``room`` bytes: the tests of sessions go first, since a history
    keeps them for the newest alone, then other facts, the oldest first of either. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = {_aside(record): f"{line_of(record)}\n" for record in records}
    dropped = _make_room(folder, {name: len(line) for name, line in lines.items()}, room)
    for name, line in lines.items():
        if name not in dropped:
            _write(folder / name, line)
    tests = sum(name.startswith(_TESTS) for name in dropped)
    return LeftOut(facts=len(dropped) - tests, tests=tests)


def _aside(record: Record) -> str:
    start = _TESTS if record.kind is Kind.TESTS else ""
    return f"{start}{record.name}.jsonl"


def _make_room(folder: Path, new: Mapping[str, int], room: int) -> list[str]:
    """Let files go until the new ones fit; gives the names of those that went or must not come."""
    there = []
    for path in folder.iterdir():
        with suppress(OSError):  # another session has taken it in
            found = path.stat()
            if path.suffix == ".tmp" and found.st_mtime > time.time() - _ABANDONED:
                continue  # another session is writing it
            there.append((found.st_mtime_ns, path.name, found.st_size))
    order = [
        *((name, size) for _, name, size in sorted(there)),
        *new.items(),
    ]
    order.sort(key=lambda each: each[0].endswith(".jsonl") and not each[0].startswith(_TESTS))
    excess = sum(size for _, size in order) - room
    dropped = []
    for name, size in order:
        if excess <= 0:
            break
        excess -= size
        (folder / name).unlink(missing_ok=True)
        dropped.append(name)
    return [name for name in dropped if name.endswith(".jsonl")]


def _write(path: Path, line: str) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:  # Ctrl-C, too, leaves nothing behind
        with suppress(OSError):
            temporary.unlink()
        raise


def waiting(folder: Path) -> list[Path]:
    """Give the files that were put aside, in the order in which they are taken in."""
    return sorted(folder.glob("*.jsonl"))


def take_in(folder: Path, store: Store) -> Iterable[str]:
    """Take in what was put aside; gives a complaint for each file that cannot be read.

    A file goes when its facts are kept. Raises HistoryError when the store cannot take them.
    """
    complaints = []
    for path in waiting(folder):
        try:
            records = read_lines(path)
        except HistoryError as error:
            if path.exists():  # else another session has taken it in
                complaints.append(str(error))
            continue
        store.add(records)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            complaints.append(f"{path} is taken in and cannot be removed: {error.strerror}.")
    return complaints
