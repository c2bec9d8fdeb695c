"""Where facts are kept: the interface, and the SQL that both databases share."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.places import complaint, is_url, masked, path_of
from pytest_boss_gates.history.records import Kind, Record, name_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from typing_extensions import Self

KEPT_TESTS = 100
"""How many sessions keep their tests; older ones keep everything else."""

MIGRATIONS = (
    (
        """
        CREATE TABLE boss_gates_records (
            project TEXT NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            moment BIGINT NOT NULL,
            commit_id TEXT NOT NULL,
            branch TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (project, name)
        )
        """,
        """
        CREATE INDEX boss_gates_records_by_moment
        ON boss_gates_records (project, kind, moment, name)
        """,
        """
        CREATE INDEX boss_gates_records_by_commit
        ON boss_gates_records (project, kind, commit_id, moment)
        """,
        """
        CREATE TABLE boss_gates_tests (
            project TEXT NOT NULL,
            name TEXT NOT NULL,
            run TEXT NOT NULL,
            moment BIGINT NOT NULL,
            body {blob} NOT NULL,
            PRIMARY KEY (project, name)
        )
        """,
        """
        CREATE INDEX boss_gates_tests_by_moment
        ON boss_gates_tests (project, moment, name)
        """,
    ),
    (
        """
        CREATE TABLE boss_gates_marks (
            project TEXT NOT NULL,
            name TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (project, name)
        )
        """,
    ),
)
"""What brings the schema from each version to the next; one that was released never changes."""

VERSIONS = "boss_gates_versions"


class NotBegunError(HistoryError):
    """There is no history yet at a place that was only looked at."""


class Cursor(Protocol):
    """What both drivers give."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""

    def execute(self, statement: Any, parameters: Any = ..., /) -> Any:
        """Run a statement."""

    def executemany(self, statement: Any, rows: Any, /) -> Any:
        """Run a statement for each row."""

    def fetchall(self) -> list[Any]:
        """Give the rows of the last statement."""


class Store(ABC):
    """An open history; ``close`` it. Every method raises HistoryError and nothing else.

    One that was opened for ``looking`` makes nothing and changes nothing before ``begin``.
    """

    blob: str  # the type of bytes
    mark: str  # what stands for a parameter

    def __init__(self, place: str, project: str) -> None:
        self.place = place  # for messages: without secrets
        self._project = project

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let the database go."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Cursor]:
        """Begin to read: every statement sees the same state."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Cursor]:
        """Begin to write, alone: everything is kept at the end, or nothing."""

    @abstractmethod
    def _has_versions(self, cursor: Cursor) -> bool:
        """Whether the table of versions is there."""

    @abstractmethod
    def check(self) -> None:
        """Look for damage through and through; for commands whose answer must be whole."""

    @abstractmethod
    def refusal(self) -> str:
        """Say why it takes no facts in, "" where nothing keeps it from that."""

    def add(self, records: Iterable[Record], marks: Mapping[str, str] | None = None) -> int:
        """Take facts in; those that are known already change nothing. Gives how many were new.

        ``marks`` say how far an import has come; they are kept with its facts or not at all.
        """
        facts, tests = [], []
        for each in records:
            start = (self._project, each.name)
            if each.kind is Kind.TESTS:
                packed = zlib.compress(each.text.encode("ascii"), 1)
                tests.append((*start, each.run, each.moment, packed))
            else:
                row = (each.kind.value, each.moment, each.commit, each.branch, each.text)
                facts.append((*start, *row))
        new = 0
        with self._writing() as cursor:
            if facts:
                columns = "project, name, kind, moment, commit_id, branch, body"
                new += self._insert(cursor, "boss_gates_records", columns, facts)
            oldest = self._oldest_kept(cursor) if tests else None
            tests = [row for row in tests if oldest is None or row[3] >= oldest]
            if tests:
                columns = "project, name, run, moment, body"
                new += self._insert(cursor, "boss_gates_tests", columns, tests)
                self._prune(cursor)
            for name, body in (marks or {}).items():
                self._set_mark(cursor, name, body)
        return new

    def _set_mark(self, cursor: Cursor, name: str, body: str) -> None:
        statement = (
            "INSERT INTO boss_gates_marks (project, name, body) VALUES (?, ?, ?) "
            "ON CONFLICT (project, name) DO UPDATE SET body = excluded.body"
        )
        cursor.execute(self._marked(statement), (self._project, name, body))

    def marks(self) -> dict[str, str]:
        """Give how far the imports have come, by name; no facts, and in no export."""
        statement = "SELECT name, body FROM boss_gates_marks WHERE project = ?"
        with self._reading() as cursor:
            return dict(self._select(cursor, statement, self._project))

    def _insert(
        self, cursor: Cursor, table: str, columns: str, rows: Sequence[tuple[Any, ...]]
    ) -> int:
        marks = ", ".join([self.mark] * len(rows[0]))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
        cursor.executemany(statement, rows)
        return max(cursor.rowcount, 0)

    def _oldest_kept(self, cursor: Cursor) -> int | None:
        """Give the moment before which tests are not kept; None while there are too few."""
        statement = "SELECT moment FROM boss_gates_tests WHERE project = ? ORDER BY moment DESC"
        statement += f" LIMIT 1 OFFSET {KEPT_TESTS - 1}"
        rows = self._select(cursor, statement, self._project)
        return int(rows[0][0]) if rows else None

    def _prune(self, cursor: Cursor) -> None:
        """Let the tests of older sessions go: the same ones, in whatever order they came in."""
        oldest = self._oldest_kept(cursor)
        if oldest is not None:
            statement = "DELETE FROM boss_gates_tests WHERE project = ? AND moment < ?"
            cursor.execute(self._marked(statement), (self._project, oldest))

    def read(
        self,
        kind: Kind,
        *,
        commit: str | None = None,
        branch: str | None = None,
        since: int | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """Give facts of a kind, newest first; times are in microseconds since 1970."""
        wanted: dict[str, str | int | None] = {
            "kind =": kind.value,
            "commit_id =": commit,
            "branch =": branch,
            "moment >=": since,
            "moment <": before,
        }
        conditions = {name: value for name, value in wanted.items() if value is not None}
        statement = (
            "SELECT name, moment, commit_id, branch, body FROM boss_gates_records WHERE project = ?"
        )
        statement += "".join(f" AND {condition} ?" for condition in conditions)
        statement += " ORDER BY moment DESC, name DESC"
        statement += f" LIMIT {limit:d}" if limit is not None else ""
        with self._reading() as cursor:
            rows = self._select(cursor, statement, self._project, *conditions.values())
        return [self._whole(kind, row) for row in rows]

    def _whole(self, kind: Kind, row: tuple[str, int, str, str, str]) -> Record:
        name, moment, commit, branch, text = row
        if name_of(kind, text) != name:
            raise self.damaged(f"the {kind.value} {name} is not what was written")
        return Record(kind=kind, name=name, moment=moment, commit=commit, branch=branch, text=text)

    def tests(self, runs: Collection[str] | None = None) -> list[Record]:
        """Give the tests that are kept of sessions (by the names of their records), newest first.

        None gives those of all sessions.
        """
        statement = "SELECT name, run FROM boss_gates_tests WHERE project = ?"
        body = "SELECT name, moment, run, body FROM boss_gates_tests WHERE project = ? AND name = ?"
        with self._reading() as cursor:
            rows = self._select(
                cursor, f"{statement} ORDER BY moment DESC, name DESC", self._project
            )
            found = [
                self._select(cursor, body, self._project, name)[0]
                for name, run in rows
                if runs is None or run in runs
            ]
        return [self._unpacked(*row) for row in found]

    def _unpacked(self, name: str, moment: int, run: str, packed: bytes) -> Record:
        try:
            text = zlib.decompress(packed).decode("ascii")
        except (zlib.error, UnicodeDecodeError) as error:
            raise self.damaged(f"the tests {name} cannot be unpacked") from error
        return replace(self._whole(Kind.TESTS, (name, moment, "", "", text)), run=run)

    def _select(self, cursor: Cursor, statement: str, *parameters: object) -> list[Any]:
        cursor.execute(self._marked(statement), parameters)
        return cursor.fetchall()

    def _marked(self, statement: str) -> str:
        return statement.replace("?", self.mark)

    def damaged(self, why: str) -> HistoryError:
        """Make the error of a history that cannot be trusted."""
        return HistoryError(
            f"The history {self.place} is damaged: {why}. Nothing was changed.",
            "Move it away, and bring back what an export has with `boss-gates history merge FILE`.",
        )

    def begin(self) -> None:
        """Get ready to take facts in: make what is missing, bring an older schema up to date."""
        if self._version_here() < len(MIGRATIONS):
            with self._writing() as cursor:
                self._migrate(cursor, self._version(cursor))  # another may have been quicker

    def _start(self, *, looking: bool) -> None:
        """Begin, or find something to look at. Raises NotBegunError where there is nothing."""
        if not looking:
            self.begin()
        elif not self._version_here():
            raise NotBegunError(f"The history {self.place} has not begun.")

    def _version_here(self) -> int:
        with self._reading() as cursor:
            return self._version(cursor)

    def _version(self, cursor: Cursor) -> int:
        """Give the version of the schema, 0 for none; a newer one than this is refused."""
        if not self._has_versions(cursor):
            return 0
        ((version,),) = self._select(cursor, f"SELECT max(version) FROM {VERSIONS}")  # noqa: S608
        found = int(version or 0)
        if found > len(MIGRATIONS):
            raise HistoryError(
                f"The history {self.place} has version {found}, and this pytest-boss-gates knows "
                f"versions up to {len(MIGRATIONS)}. Nothing was changed.",
                "Install a newer pytest-boss-gates, or keep another history with "
                "BOSS_GATES_HISTORY.",
            )
        return found

    def _migrate(self, cursor: Cursor, version: int) -> None:
        if not version:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {VERSIONS} "
                "(version INTEGER NOT NULL PRIMARY KEY, moment TIMESTAMP DEFAULT CURRENT_TIMESTAMP)"
            )
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            for statement in statements:
                cursor.execute(statement.format(blob=self.blob))
            insert = f"INSERT INTO {VERSIONS} (version) VALUES (?)"  # noqa: S608 - our own name
            cursor.execute(self._marked(insert), (number,))


def open_store(place: str, *, root: Path, project: str) -> Store:
    """Open the history at a path (relative to ``root``) or a URL; makes what is missing.

    ``project`` tells projects apart in a database that they share. Raises HistoryError.
    """
    return _opened(place, root, project, looking=False)


def look_into(place: str, *, root: Path, project: str) -> Store | None:
    """Open the history that is there, to look at it; None while there is none.

    Nothing is made, and a file that may only be read will do; ``begin`` makes it one that takes
    facts. Raises HistoryError.
    """
    try:
        return _opened(place, root, project, looking=True)
    except NotBegunError:
        return None


def _opened(place: str, root: Path, project: str, *, looking: bool) -> Store:
    if wrong := complaint(place):
        raise HistoryError(
            f"The history {masked(place)} {wrong}.",
            "Correct `history` in [tool.boss-gates], or BOSS_GATES_HISTORY.",
        )
    if is_url(place):
        from pytest_boss_gates.history.postgres import PostgresStore

        return PostgresStore(place, project, looking=looking)
    from pytest_boss_gates.history.sqlite import SqliteStore

    return SqliteStore(path_of(place, root), root, looking=looking)
