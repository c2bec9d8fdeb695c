"""The way to the history: opened when it is needed, and a place to wait while it cannot be reached.

A history that cannot be read or written costs a warning, never the verdict. What a lost server
or a full disk could not take waits in ``.boss-gates/spool/`` for the next session.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from pytest_boss_gates.errors import BossGatesError, HistoryError
from pytest_boss_gates.model import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.model import Settings

_T = TypeVar("_T")

VARIABLE = "BOSS_GATES_HISTORY"
"""The environment's word on where the history is; it outweighs the settings."""

OFF = ("off", "false")
SPOOL = ".boss-gates/spool"
_ABSENT = "no history is kept: it is switched off by {by}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What became of facts that a history could not take."""

    told: str
    waits: bool = False  # and nothing is lost


class Keeper:
    """The way to one project's history, opened at the first need. ``close`` it.

    Whoever only looks makes nothing: no history, and no directory for one.
    """

    def __init__(
        self, settings: Settings, home: Callable[[], Path], environ: Mapping[str, str]
    ) -> None:
        given = environ.get(VARIABLE, "")
        self._by = VARIABLE if given else "`history` in [tool.boss-gates]"
        self._place = "" if given.lower() in OFF else given or settings.history
        self._root, self._project = settings.root, settings.project
        self._home = home
        self._store: Store | None = None
        self._looked = self._begun = False
        self._failure: HistoryError | None = None

    @property
    def absent(self) -> str:
        """Why no history is kept."""
        return _ABSENT.format(by=self._by)

    @property
    def is_kept(self) -> bool:
        """Whether a history is kept at all."""
        return bool(self._place)

    @property
    def place(self) -> str:
        """Where the history is, without secrets."""
        from pytest_boss_gates.history.places import masked

        return masked(self._place)

    @property
    def path(self) -> Path | None:
        """The file of the history; None where it is not in one."""
        from pytest_boss_gates.history.places import is_url, path_of

        return None if is_url(self._place) else path_of(self._place, self._root)

    def look(self) -> Store | None:
        """Open the history, once, to look at it; None while there is none.

        Raises HistoryError, at every call the same.
        """
        from pytest_boss_gates.history.store import look_into

        if not self._looked:
            self._store = self._tried(
                lambda: look_into(self._place, root=self._root, project=self._project)
            )
            self._looked = True
        return self._store

    def store(self) -> Store:
        """Open the history, once, to take facts in; makes what is missing. Raises as ``look``."""
        found = self.look()
        if found is None or not self._begun:
            found = self._store = self._tried(lambda: self._begin(found))
            self._begun = True
        return found

    def _begin(self, found: Store | None) -> Store:
        from pytest_boss_gates.history.store import open_store

        if found is not None:
            found.begin()
            return found
        self._home()
        return open_store(self._place, root=self._root, project=self._project)

    def _tried(self, opened: Callable[[], _T]) -> _T:
        if self._failure is not None:
            raise self._failure
        try:
            if not self._place:
                raise HistoryError(f"{self.absent[0].upper()}{self.absent[1:]}.")
            return opened()
        except BossGatesError as error:
            self._failure = error if isinstance(error, HistoryError) else HistoryError(error)
            raise self._failure from None

    def view(self, besides: str = "") -> History:
        """Give the past as the gates ask for it, ``besides`` the session with that key."""
        from pytest_boss_gates.history.view import History

        store = self.look if self._place else None
        return History(store=store, absent=self.absent, besides=besides)

    def completed_before(self, day: date, branch: str) -> frozenset[str] | None:
        """Give the components that were completed on a branch when a day began, in UTC.

        None where nothing tells: no history, one that cannot be read, no branch.
        """
        if not branch:
            return None
        moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
        with suppress(HistoryError):
            return self.view().completed_before(moment, branch)
        return None

    def keep(self, records: Sequence[Record]) -> tuple[str, ...]:
        """Keep a session's facts, or let them wait; gives a sentence for all that went wrong."""
        try:
            self.store().add(records)
        except HistoryError as error:
            return (self.put_aside(records, error, what="run").told,)
        return self.catch_up()

    def put_aside(self, records: Sequence[Record], error: HistoryError, *, what: str) -> Aside:
        """Let facts that the history cannot take wait for the next run."""
        from pytest_boss_gates.history.lines import put_aside

        why = f"The {what} is not kept in the history: {error}"
        try:
            self._home()
            left_out = put_aside(self._root / SPOOL, records)
        except (OSError, BossGatesError) as second:
            reason = getattr(second, "strerror", None) or second
            return Aside(told=f"{why} Nor can it be put aside for the next run: {reason}.")
        told = f"{why} It waits in {SPOOL}/ for the next run."
        lost = [plural(left_out.facts, "fact")] if left_out.facts else []
        lost += [f"the tests of {plural(left_out.tests, 'session')}"] if left_out.tests else []
        if lost:
            told += f" There is no more room, so {' and '.join(lost)} had to go."
        return Aside(told=told, waits=True)

    @property
    def waiting(self) -> int:
        """How many facts wait until the history can be reached."""
        from pytest_boss_gates.history.lines import waiting

        return len(waiting(self._root / SPOOL))

    def catch_up(self) -> tuple[str, ...]:
        """Take in what waits, if anything does; gives a sentence for all that went wrong."""
        from pytest_boss_gates.history.lines import take_in

        if not (count := self.waiting):
            return ()
        try:
            return tuple(take_in(self._root / SPOOL, self.store()))
        except HistoryError as error:
            wait = f"{plural(count, 'fact')} in {SPOOL}/ {'waits' if count == 1 else 'wait'}"
            return (f"{wait} for the next run: {error}",)

    def close(self) -> None:
        """Let the database go."""
        self._looked = self._begun = False
        store, self._store = self._store, None
        if store is not None:
            store.close()
