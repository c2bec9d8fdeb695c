"""The past as the gates ask for it: facts about one thing put together, newest first.

What a source says of one build, deployment or incident may have come in pieces and in any order;
what is put together depends on the facts alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_boss_gates.history.records import Kind, microseconds, noun_of, read_tests
from pytest_boss_gates.model import Build, Deployment, Incident, Merge, RecordedRun, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.model import EndedTests, Ending, RecordedVerdict

_T = TypeVar("_T")
_LOOKED_AT = 200  # sessions, for one that was whole
_LOOKED_AT_EACH = 4  # sessions, for each one that is wanted
_FILLING = frozenset(
    "authored branch commit deployment event jobs name started title version".split()
)
"""Fields that an earlier fact may fill in where a later one is silent."""


@dataclass(frozen=True, kw_only=True)  # no slots: the cached properties need a __dict__
class History:
    """What is known of the past; read when it is asked for.

    Without a ``store`` nothing is kept, and ``absent`` says why: an empty history is not a quiet
    one. A ``store`` that gives None has not begun. Everything raises HistoryError when it cannot be
    read.
    """

    store: Callable[[], Store | None] | None = None
    absent: str = "no history is kept"
    besides: str = ""  # the key of a session that is no past: the one that is being judged

    def runs(
        self,
        *,
        branch: str | None = None,
        commit: str | None = None,
        metric: str | None = None,
        limit: int | None = None,
        complete: bool = True,
    ) -> tuple[RecordedRun, ...]:
        """Give sessions, newest first; ``complete`` leaves out those of a part of the suite.

        ``metric`` leaves out those that gave it no value.
        """
        found = self._runs(branch=branch, commit=commit, metric=metric, complete=complete)
        return tuple(run for _, run in islice(found, limit))

    def recent(self, *, branch: str, limit: int) -> tuple[tuple[str, RecordedRun], ...]:
        """Give the last whole sessions, newest first, each with the name of its record.

        Without a ``branch`` those on any. Looks at a few times as many sessions, not at all.
        """
        sessions = self._sessions(branch=branch or None, limit=limit * _LOOKED_AT_EACH)
        return tuple((name, run) for name, run in sessions if not run.partial)[:limit]

    def _runs(
        self,
        *,
        branch: str | None = None,
        commit: str | None = None,
        metric: str | None = None,
        complete: bool = True,
    ) -> Iterable[tuple[str, RecordedRun]]:
        for name, run in self._sessions(branch=branch, commit=commit):
            if complete and run.partial:
                continue
            if metric is None or any(
                each.metric == metric and each.value is not None for each in run.verdicts
            ):
                yield name, run

    def _sessions(self, **wanted: Any) -> Iterator[tuple[str, RecordedRun]]:
        """Give sessions, each with the name of its record.

        Shards may be judged more than once: the last time counts. Each time they began together.
        """
        for _, together in groupby(self._records(Kind.RUN, **wanted), lambda each: each.moment):
            found: dict[str, tuple[str, RecordedRun]] = {}
            for record in together:
                run = self._noun(RecordedRun, record, record.body)
                known = found.get(run.key)
                if known is None or known[1].ended < run.ended:
                    found[run.key] = record.name, run
            yield from (each for key, each in found.items() if key != self.besides)

    @cached_property
    def builds(self) -> tuple[Build, ...]:
        """Every attempt of a provider's runs, newest first."""
        return self._folded(Kind.BUILD, Build, _build)

    @cached_property
    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment, newest first."""
        return self._folded(Kind.DEPLOYMENT, Deployment, _deployment)

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """Every incident whose start is known, newest first."""
        return self._folded(Kind.INCIDENT, Incident, _incident)

    @cached_property
    def merges(self) -> tuple[Merge, ...]:
        """Every merged request, newest first."""
        return self._folded(Kind.MERGE, Merge, _latest)

    def value_at(
        self, commit: str, metric: str, scope: str = ""
    ) -> tuple[RecordedVerdict, RecordedRun] | None:
        """Find what the newest whole session on exactly the files of a commit measured."""
        if not commit:
            return None
        for run in self.runs(commit=commit):
            verdict = run.verdict(metric, scope)
            if run.clean and verdict is not None and verdict.value is not None:
                return verdict, run
        return None

    def completed_before(self, moment: datetime, branch: str) -> frozenset[str] | None:
        """Give the components of the tracker that were completed on a branch before a moment.

        The last whole session there tells, on exactly the files of a commit. None where none does.
        """
        end = microseconds(moment)
        for _, run in self._sessions(branch=branch, before=end, limit=_LOOKED_AT):
            if run.clean and not run.partial and run.components is not None:
                return frozenset(run.components)
        return None

    def endings_at(self, commit: str) -> Mapping[str, tuple[Ending, ...]]:
        """Give how each test ended in every session on exactly the files of a commit.

        A part of the suite counts, too: its tests ran on the same files.
        """
        names = {
            name for name, run in self._runs(commit=commit, complete=False) if commit and run.clean
        }
        found: dict[str, list[Ending]] = {}
        for tests in self.tests(names).values():
            for nodeid, ending in tests.pairs():
                found.setdefault(nodeid, []).append(ending)
        return {nodeid: tuple(endings) for nodeid, endings in found.items()}

    def tested(self) -> tuple[tuple[RecordedRun, EndedTests], ...]:
        """Give the sessions whose tests are still kept, with their tests, newest first."""
        tests = self.tests()
        runs = self._runs(complete=False)
        return tuple((run, tests[name]) for name, run in runs if name in tests)

    def tests(self, runs: Collection[str] | None = None) -> Mapping[str, EndedTests]:
        """Give the tests that are kept of sessions, by the name of a session's record."""
        store = self.store() if self.store else None
        if store is None:
            return {}
        found = {}
        for record in store.tests(runs):
            body = record.body
            try:
                found[str(body["run"])] = read_tests(body)
            except (ValueError, LookupError, TypeError) as error:
                raise store.damaged(f"the tests {record.name} cannot be read") from error
        return found

    def _records(self, kind: Kind, **wanted: Any) -> list[Record]:
        store = self.store() if self.store else None
        return [] if store is None else store.read(kind, **wanted)

    def _noun(self, noun: type[_T], record: Record, body: Mapping[str, Any]) -> _T:
        try:
            return noun_of(noun, body)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            store = self.store() if self.store else None
            if store is None:  # pragma: no cover - a record comes from a store
                raise
            raise store.damaged(f"the {record.kind.value} {record.name} cannot be read") from error

    def _folded(
        self,
        kind: Kind,
        noun: type[_T],
        fold: Callable[[list[dict[str, Any]]], dict[str, Any] | None],
    ) -> tuple[_T, ...]:
        groups: dict[tuple[object, ...], list[Record]] = {}
        for record in self._records(kind):
            body = record.body
            default = Source.RUNS.value
            key = (body.get("source", default), body.get("key"), body.get("attempt", 1))
            groups.setdefault(key, []).append(record)
        found = []
        for records in groups.values():
            ordered = sorted(records, key=lambda record: record.name)
            united = fold([record.body for record in ordered])
            if united is not None:
                newest = max(record.moment for record in ordered)
                found.append((newest, ordered[0].name, self._noun(noun, ordered[0], united)))
        return tuple(each for *_, each in sorted(found, key=lambda row: row[:2], reverse=True))


def _united(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """Let the last body speak, and the others where it is silent."""
    *others, last = bodies
    filled = {name: value for body in others for name, value in body.items() if name in _FILLING}
    return {**filled, **last}


def _build(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """The end of a build says more than its start; the latest end counts."""
    united = _united(sorted(bodies, key=lambda body: body.get("completed") or ""))
    starts = [body["started"] for body in bodies if body.get("started")]
    if starts:
        return {**united, "started": min(starts)}
    return {**united, "started": united["completed"], "timed": False}


def _deployment(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """A deployment is at its first success; else at its first failure."""
    by_time = sorted(bodies, key=lambda body: str(body["finished"]), reverse=True)
    return _united(sorted(by_time, key=lambda body: bool(body.get("succeeded", True))))


def _incident(bodies: list[dict[str, Any]]) -> dict[str, Any] | None:
    """From its first start to its last recovery; one that came back after that is open."""
    starts = sorted(body["started"] for body in bodies if body.get("started"))
    ends = sorted(body["recovered"] for body in bodies if body.get("recovered"))
    if not starts:
        return None
    last = [body for body in bodies if body.get("recovered")] or bodies
    united = _united([*bodies, *last[-1:]])
    united.pop("recovered", None)
    over = {"recovered": ends[-1]} if ends and ends[-1] >= starts[-1] else {}
    return {**united, "started": starts[0], **over}


def _latest(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    return _united(sorted(bodies, key=lambda body: str(body["merged"])))
