"""The history in one file: SQLite, safe under many sessions at once."""

from __future__ import annotations

import errno
import os
import random
import shutil
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.places import may_write
from pytest_boss_gates.history.store import VERSIONS, NotBegunError, Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from tempfile import TemporaryDirectory

    from pytest_boss_gates.history.store import Cursor

PATIENCE = 20.0  # seconds to wait for others; each of them needs milliseconds
_LEAST_ROOM = 64 * 1024  # bytes
_FULL = "the disk is full"
_NOT_FOR_US = "it may not be written; look at its permissions and its directory's"
_SUFFIXES = ("", "-wal", "-journal")  # of the file, and of what SQLite has still to put into it
APPLICATION = 0x42475448  # "BGTH", in the header of our files


class SqliteStore(Store):
    """A file; the project is the file's own, so its name does not count."""

    blob = "BLOB"
    mark = "?"

    def __init__(self, path: Path, root: Path, *, looking: bool = False) -> None:
        inside = path.is_relative_to(root)
        super().__init__((path.relative_to(root) if inside else path).as_posix(), "")
        self._connection: sqlite3.Connection | None = None
        self._folder = path.parent
        self._copy: TemporaryDirectory[str] | None = None
        try:
            with self._told("read" if looking else "made"):
                self._open(path, looking=looking)
            self._start(looking=looking)
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path, *, looking: bool) -> None:
        if path.is_dir():
            raise HistoryError(
                f"The history {self.place} is a directory.",
                "Name a file in it: `history` in [tool.boss-gates], or BOSS_GATES_HISTORY.",
            )
        there = _is_there(path)
        if looking and not there:
            raise NotBegunError(f"The history {self.place} is not there.")
        if there and looking and (self._is_full() or not may_write(path)):
            path = self._copied(path)
        elif there and not may_write(path):
            raise self._refused(_NOT_FOR_US)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connect(path)
        self._claim(looking=looking)

    def _connect(self, path: Path) -> None:
        import sqlite3

        self._connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        # What a killed process has committed is safe without a sync; a power cut may cost
        # the last commits, and never more.
        self._pragma("synchronous = NORMAL")

    def _copied(self, path: Path) -> Path:
        """Copy a file that can only be read: SQLite reads none without writing beside it.

        With its log, and again where somebody has written meanwhile.
        """
        import tempfile

        self._copy = tempfile.TemporaryDirectory(prefix="boss-gates-")
        copy = Path(self._copy.name, "history.db")
        end = time.monotonic() + PATIENCE
        while True:
            before = _stamps(path)
            for suffix in _SUFFIXES:
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
            if _stamps(path) == before:
                return copy
            if time.monotonic() > end:
                raise HistoryError(f"The history {self.place} is written all the time.")
            for suffix in _SUFFIXES:
                Path(f"{copy}{suffix}").unlink(missing_ok=True)

    def begin(self) -> None:
        """Get ready to take facts in."""
        if why := self.refusal():
            raise self._refused(why)
        super().begin()

    def refusal(self) -> str:
        """Say why it takes no facts in."""
        if self._copy is None:
            return ""
        return _FULL if self._is_full() else _NOT_FOR_US

    def _refused(self, why: str) -> HistoryError:
        return HistoryError(
            f"The history {self.place} cannot be used: {why}. What it holds is untouched."
        )

    def _claim(self, *, looking: bool) -> None:
        """Take a new file for ours; refuse what another program keeps."""
        if self._pragma("application_id") == APPLICATION:
            return
        if self._tables():
            raise HistoryError(
                f"The history {self.place} is a database of another program. Nothing was changed.",
                "Set `history` in [tool.boss-gates] to a file of its own.",
            )
        if looking:
            raise NotBegunError(f"The history {self.place} has not begun.")
        self._write_ahead()
        self._pragma(f"application_id = {APPLICATION}")

    def _tables(self) -> int:
        ((count,),) = self._cursor().execute("SELECT count(*) FROM sqlite_master").fetchall()
        return int(count)

    def _write_ahead(self) -> None:
        """Let readers and one writer work side by side; kept in the file once it is set.

        SQLite does not wait for others here. Where the file system cannot (a network drive), the
        file stays with its rollback journal: slower, and as safe.
        """
        import sqlite3

        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._pragma("journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(random.uniform(0.001, 0.02))  # noqa: S311 - no secret
            else:
                return

    def _pragma(self, text: str) -> Any:
        row = self._cursor().execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None

    def _cursor(self) -> sqlite3.Cursor:
        if self._connection is None:
            raise HistoryError(f"The history {self.place} is closed.")
        return self._connection.cursor()

    def close(self) -> None:
        """Let the database go."""
        import sqlite3

        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # what was committed is kept, whatever happens here
                connection.close()
        if self._copy is not None:
            self._copy.cleanup()

    def check(self) -> None:
        """Look through the whole file; milliseconds for each of its megabytes."""
        with self._told():
            found = self._pragma("quick_check(1)")
        if found != "ok":
            raise self.damaged(str(found))

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Cursor]:
        with self._told():
            cursor = self._cursor()
            cursor.execute(begin)
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                import sqlite3

                with suppress(sqlite3.Error):  # a full disk has rolled it back already
                    cursor.execute("ROLLBACK")
                raise

    def _reading(self) -> Any:
        return self._transaction("BEGIN")

    def _writing(self) -> Any:
        return self._transaction("BEGIN IMMEDIATE")

    def _has_versions(self, cursor: Cursor) -> bool:
        statement = "SELECT 1 FROM sqlite_master WHERE name = ?"
        return bool(self._select(cursor, statement, VERSIONS))

    @contextmanager
    def _told(self, doing: str = "used") -> Iterator[None]:
        """Turn SQLite's errors into sentences; ``doing`` says what the file system kept us from."""
        try:
            import sqlite3
        except ImportError as error:
            raise HistoryError(
                "This Python was built without sqlite3, which keeps the history.",
                "Use a complete Python, PostgreSQL, or `history = false` in [tool.boss-gates].",
            ) from error
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._sentence(error) from error
        except sqlite3.Error as error:
            raise HistoryError(f"The history {self.place} cannot be used: {error}.") from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            full = getattr(error, "errno", None) == errno.ENOSPC
            reason = _FULL if full else getattr(error, "strerror", None) or error
            raise HistoryError(f"The history {self.place} cannot be {doing}: {reason}.") from error

    def _is_full(self) -> bool:
        """Whether there is no room for SQLite's own index of its log; it only says I/O error."""
        try:
            return shutil.disk_usage(self._folder).free < _LEAST_ROOM
        except OSError:
            return False

    def _sentence(self, error: sqlite3.DatabaseError) -> HistoryError:
        text = str(error)
        if "not a database" in text or "malformed" in text or "no such" in text:
            return self.damaged(text)
        if "locked" in text:
            text = f"another process has held it for {PATIENCE:.0f} seconds"
        elif "is full" in text or self._is_full():
            text = _FULL
        elif "I/O error" in text:
            text += "; the disk may be full, or a limit on the size of files reached"
        elif "unable to open" in text:
            text = "it cannot be opened; look at its permissions and its directory's"
        elif "readonly" in text:
            text = _NOT_FOR_US
        return self._refused(text)


def _is_there(path: Path) -> bool:
    """Whether there is a file; raises OSError where that cannot be told."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _stamps(path: Path) -> list[tuple[int, int, int] | None]:
    """Give what changes in the file system when somebody writes a database."""
    found: list[tuple[int, int, int] | None] = []
    for suffix in _SUFFIXES:
        try:
            status = os.stat(f"{path}{suffix}")
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return found
