"""The history of a team in PostgreSQL, with psycopg 3 (the extra ``postgres``)."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.places import masked, scrubbed
from pytest_boss_gates.history.store import VERSIONS, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_boss_gates.history.store import Cursor

_LOCK = 0x42475448  # of the schema's migration, held by one session at a time
_ABSENT = "The history {place} needs psycopg, which is not installed."
_INSTALL = "Run `pip install 'pytest-boss-gates[postgres]'`."
_NO_LIBRARY = "The history {place} needs psycopg, which cannot be used: {reason}."
_PATIENCE = {  # seconds and milliseconds; a server that hangs must not hang the session
    "connect_timeout": "10",
    "tcp_user_timeout": "10000",
}
_NOT_FOR_US = "this user may not write it"
_LIMITS = "SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '20s'"


class PostgresStore(Store):
    """A database that projects may share."""

    blob = "BYTEA"
    mark = "%s"

    def __init__(self, url: str, project: str, *, looking: bool = False) -> None:
        super().__init__(masked(url), project)
        self._url = url
        with self._told():
            self._connection = self._connect()
        try:
            self._start(looking=looking)
        except BaseException:
            self.close()
            raise

    def _connect(self) -> psycopg.Connection:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

        given = conninfo_to_dict(self._url)
        wanted: dict[str, Any] = {"application_name": "boss-gates", **_PATIENCE, **given}
        # A pooler that hands connections from one transaction to the next keeps no statements.
        return psycopg.connect(autocommit=True, prepare_threshold=None, **wanted)

    def close(self) -> None:
        """Let the database go."""
        import psycopg

        with suppress(psycopg.Error):
            self._connection.close()

    def check(self) -> None:
        """The server looks after its files."""

    def refusal(self) -> str:
        """Say why it takes no facts in."""
        question = "SELECT has_table_privilege('boss_gates_records', 'INSERT')"
        with self._reading() as cursor:
            ((may_write,),) = self._select(cursor, question)
        return "" if may_write else _NOT_FOR_US

    @contextmanager
    def _transaction(self, characteristics: str) -> Iterator[Cursor]:
        with self._told(), self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(f"SET TRANSACTION {characteristics}; {_LIMITS}".encode())
            yield cursor

    def _reading(self) -> Any:
        return self._transaction("ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    @contextmanager
    def _writing(self) -> Iterator[Cursor]:
        with self._transaction("ISOLATION LEVEL READ COMMITTED") as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            yield cursor

    def _has_versions(self, cursor: Cursor) -> bool:
        """Ask the catalogue itself.

        `to_regclass` answers from a cache, which waiting for the advisory lock does not refresh.
        """
        statement = "SELECT 1 FROM pg_class WHERE relname = ? AND pg_table_is_visible(oid)"
        return bool(self._select(cursor, statement, VERSIONS))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the server's errors into sentences, without what is secret in them."""
        try:
            import psycopg
        except ModuleNotFoundError:
            raise HistoryError(_ABSENT.format(place=self.place), _INSTALL) from None
        except ImportError as error:  # libpq is missing
            reason = scrubbed(str(error), self._url)
            raise HistoryError(_NO_LIBRARY.format(place=self.place, reason=reason)) from None
        try:
            yield
        except psycopg.Error as error:  # its text, and a traceback's, may hold the URL
            reason = scrubbed(str(error), self._url).rstrip(".") or type(error).__name__
            end = "" if reason.endswith("?") else "."
            raise HistoryError(
                f"The history {self.place} cannot be used: {reason}{end}",
                "Look at `history` in [tool.boss-gates], at BOSS_GATES_HISTORY, and at the server.",
            ) from None
