"""One import: page by page into the history, with a mark of how far it has come.

Whatever ends it, what was read is kept, and the next import goes on there: facts and marks are
written in one transaction, and what is known to be over is not asked for again.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import ProviderError
from pytest_boss_gates.history.providers.rows import key_of
from pytest_boss_gates.history.records import parse_time, record, spell_time
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import Build, Deployment, Incident, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pytest_boss_gates.history.providers.client import Client
    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.model import Merge

_OVERLAP = timedelta(hours=1)  # clocks differ, and lists are behind what they list
_GONE = frozenset({404, 410, 422, 451})
"""Statuses of what was deleted, or replaced, since the list had it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be imported."""

    path: str  # OWNER/NAME, GROUP/SUBGROUP/NAME
    since: datetime
    now: datetime
    branch: str = ""  # whose runs are read; "": the default branch
    labels: tuple[str, ...] = ()  # of issues that are incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """What the clone at hand knows, which need not be asked of a server."""

    tagged: Callable[[str], str]  # the commit that a tag names; "" when it is not here
    authored: Callable[[str], tuple[datetime, int] | None]  # a commit's author time and parents


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a list; without rows when it is what was read before."""

    url: str
    rows: tuple[dict[str, Any], ...] = ()
    total: int = 0  # of all pages, where the server says it
    next: str = ""
    etag: str = ""
    oldest: str = ""  # of a page that was read before: its oldest row's time


@dataclass(kw_only=True)
class Findings:
    """Counts what came in; ``troubles`` are sentences about what did not."""

    read: Counter[str] = field(default_factory=Counter)  # nouns, in the plural
    names: set[str] = field(default_factory=set)  # of the facts
    new: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # reasons
    troubles: list[str] = field(default_factory=list)

    @contextmanager
    def reading(self, what: str, row: Mapping[str, Any]) -> Iterator[None]:
        """Let a row that is not of its kind lose only itself."""
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            why = f"it has no {error}" if isinstance(error, LookupError) else str(error)
            named = row.get("id", row.get("iid", "without an id"))
            self.troubles.append(f"The {what} {named} cannot be read: {why}.")
        except ProviderError as error:
            if error.status not in _GONE:
                raise
            self.left_out[f"{what}s that are gone in part"] += 1


class Intake:
    """An import at work: what it asks, what it keeps, and how far it has come."""

    def __init__(
        self,
        *,
        client: Client,
        store: Store,
        server: str,
        wanted: Wanted,
        git: Git,
        tell: Callable[[str], None],
    ) -> None:
        self.client = client
        self.wanted = wanted
        self.git = git
        self.found = Findings()
        self._server = server
        self._store = store
        self._tell = tell
        self._marks = store.marks()
        self._view = History(store=lambda: store)

    def key(self, number: object) -> str:
        """Name a thing by its number, which the server gives to one thing only."""
        return key_of(self._server, number)

    # -- what is known

    @cached_property
    def builds(self) -> dict[tuple[str, int], Build]:
        """The builds of providers that were known before, by key and attempt."""
        builds = (each for each in self._view.builds if each.source is Source.RUNS)
        return {(each.key, each.attempt): each for each in builds}

    @cached_property
    def deployments(self) -> dict[str, Deployment]:
        """The deployments that were known before."""
        return {each.key: each for each in self._view.deployments}

    @cached_property
    def incidents(self) -> dict[str, Incident]:
        """The incidents that were known before."""
        return {each.key: each for each in self._view.incidents if each.source is Source.ISSUES}

    @cached_property
    def merges(self) -> frozenset[str]:
        """The merges that were known before."""
        return frozenset(each.key for each in self._view.merges)

    # -- what comes in

    def pages(self, url: str, *, rows: str = "", cached: bool = False) -> Iterator[Page]:
        """Go through a list; ``rows`` is the key of its rows where it is an object.

        With ``cached`` a page that ``settle`` has marked is asked for by its ETag, and comes
        without rows when nothing in it has changed.
        """
        seen: set[str] = set()
        while url and url not in seen:
            seen.add(url)
            mark = self._mark(f"page {url}") if cached else {}
            answer = self.client.get(url, etag=mark.get("etag", ""))
            if answer.is_same:
                page = Page(url=url, next=mark.get("next", ""), oldest=mark.get("oldest", ""))
            else:
                page = _page(answer.url, answer.body, rows, next_=answer.next, etag=answer.etag)
            yield page
            url = page.next

    def is_behind(
        self, page: Page, times: Sequence[datetime], first: datetime, *, is_settled: bool
    ) -> bool:
        """Whether a page of a list from the newest on lies before what is wanted.

        Marks it when it was read whole, and nothing in it is to change by itself.
        """
        if not times:
            return bool(page.oldest) and parse_time(page.oldest) < first
        if is_settled and min(times) >= first:
            self.settle(page, oldest=spell_time(min(times)))
        return max(times) < first

    def settle(self, page: Page, oldest: str = "") -> None:
        """Mark a page as read: everything in it is kept and will not change by itself."""
        if page.etag:
            said = {"etag": page.etag, "next": page.next, "oldest": oldest}
            self._keep_marks({f"page {page.url}": said})

    def keep(self, noun: Build | Deployment | Incident | Merge, what: str) -> None:
        """Take a fact in; ``what`` is its noun in the plural."""
        fact = record(noun)
        self.found.new += self._store.add([fact])
        self.found.read[what] += fact.name not in self.found.names
        self.found.names.add(fact.name)
        self.tell(what)

    def tell(self, what: str) -> None:
        """Say what is being done."""
        self._tell(f"{self.wanted.path}: {what}, {self.found.read[what]} so far")

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Read one kind of things; that they may not be read does not keep others from it."""
        self.tell(what)
        try:
            yield
        except ProviderError as error:
            token = self.client.token
            is_limited = token is not None and token[0] == "JOB-TOKEN"  # it may read some things
            if error.status in {0, 429} or (error.status == 401 and not is_limited):
                raise
            self.found.troubles.append(f"Not all {what} could be read: {error}")

    # -- how far it has come

    def start(self, what: str, overlap: timedelta = _OVERLAP) -> datetime:
        """Give the time from which things are to be read; earlier ones are in the history."""
        span, since = self._span(what), self.wanted.since
        if span is None or since < span[0]:
            return since
        return max(since, span[1] - overlap)

    def come(self, what: str, through: datetime | None = None) -> None:
        """Mark that everything until a time has been read (default: until now)."""
        end, since = min(through or self.wanted.now, self.wanted.now), self.wanted.since
        span = self._span(what)
        if span is not None and since >= span[0]:
            since, end = span[0], max(end, span[1])
        self._keep_marks(
            {self._name(what): {"from": spell_time(since), "through": spell_time(end)}}
        )

    def _name(self, what: str) -> str:
        # Other labels, or another branch, are another list.
        asked = " ".join((self.wanted.branch, *self.wanted.labels))
        return f"{what} of {self._server} {self.wanted.path.lower()} {asked}".strip()

    def _span(self, what: str) -> tuple[datetime, datetime] | None:
        """Give from when until when a list was read; None when it was not."""
        mark = self._mark(self._name(what))
        try:
            return parse_time(mark["from"]), parse_time(mark["through"])
        except (ValueError, LookupError):
            return None

    def _mark(self, name: str) -> dict[str, str]:
        """Read a mark; one that is damaged is as good as none."""
        try:
            found = json.loads(self._marks.get(name, "{}"))
        except ValueError:
            return {}
        is_good = isinstance(found, dict) and all(isinstance(each, str) for each in found.values())
        return found if is_good else {}

    def _keep_marks(self, marks: Mapping[str, Mapping[str, str]]) -> None:
        spelled = {name: json.dumps(body) for name, body in marks.items()}
        self._store.add((), spelled)
        self._marks |= spelled


def read_all(intake: Intake, read: Callable[[Intake], None]) -> None:
    """Read everything; what keeps it from going on becomes a trouble, and what came is kept."""
    try:
        read(intake)
    except ProviderError as error:
        intake.found.troubles.append(str(error))


def _page(url: str, body: Any, rows: str, *, next_: str, etag: str) -> Page:
    found = body.get(rows) if rows and isinstance(body, dict) else body
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        place = url.partition("?")[0]
        raise ProviderError(f"{place} answered with something else than a list. Is --url right?")
    total = body.get("total_count") if isinstance(body, dict) else 0
    return Page(
        url=url,
        rows=tuple(found),
        total=total if isinstance(total, int) else 0,
        next=next_,
        etag=etag,
    )
