"""Facts as JSON lines: to carry a history between machines, and to wait for a lost server.

A line stands alone, so files may be concatenated, sorted and made unique with any tool.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.records import Kind, Record, canonical, name_of, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pytest_boss_gates.history.store import Store

FORMAT = 1
"""The version of a line; it rises when an older reader would misread a newer line."""


def export(store: Store) -> Iterator[str]:
    """Give every fact of a history as a line, oldest first; the same facts give the same lines."""
    facts = [record for kind in Kind if kind is not Kind.TESTS for record in store.read(kind)]
    for each in sorted([*facts, *store.tests()], key=lambda record: (record.moment, record.name)):
        yield line_of(each)


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


def put_aside(folder: Path, records: Sequence[Record]) -> Path:
    """Keep facts beside a history that cannot take them; whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{records[0].name}.jsonl"
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="ascii") as file:
            file.writelines(f"{line_of(record)}\n" for record in records)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:  # Ctrl-C, too, leaves nothing behind
        with suppress(OSError):
            temporary.unlink()
        raise
    return path


def take_in(folder: Path, store: Store) -> Iterable[str]:
    """Take in what was put aside; gives a complaint for each file that cannot be read.

    A file goes when its facts are kept. Raises HistoryError when the store cannot take them.
    """
    complaints = []
    for path in sorted(folder.glob("*.jsonl")):
        try:
            records = read_lines(path)
        except HistoryError as error:
            if path.exists():  # else another session has taken it in
                complaints.append(str(error))
            continue
        store.add(records)
        path.unlink(missing_ok=True)
    return complaints
