"""The corridor's way to the past: which run this is, what is kept of it, and what was before.

A history that cannot be read or written costs a warning, never the verdict. What a lost server
or a full disk could not take waits in ``.boss-gates/spool/`` for the next session.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates import __version__
from pytest_boss_gates.errors import BossGatesError, HistoryError
from pytest_boss_gates.model import BaseValue, RunIdentity, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.model import Ending, RecordedRun, Run, Settings
    from pytest_boss_gates.pipeline import Witnessed
    from pytest_boss_gates.repository.base import Base
    from pytest_boss_gates.repository.tree import Tree

VARIABLE = "BOSS_GATES_HISTORY"
"""The environment's word on where the history is; it outweighs the settings."""

OFF = ("off", "false")
_SPOOL = "spool"
_ABSENT = "no history is kept: it is switched off by {by}"


def identity(
    settings: Settings, witnessed: Witnessed, fingerprint: Mapping[str, str]
) -> RunIdentity:
    """Say which session this is, and how it was measured."""
    from pytest_boss_gates.repository.ci import detect
    from pytest_boss_gates.repository.git import below, identify, top_of

    top = top_of(settings.root)
    ci = detect(os.environ)
    checkout = identify(settings.root)
    return RunIdentity(
        root=settings.root,
        project=settings.project,
        started=datetime.fromtimestamp(witnessed.started, timezone.utc),
        ended=datetime.now(timezone.utc),
        commit=checkout.commit or ci.commit,
        branch=ci.branch or checkout.branch,
        ci=ci.name,
        versions={
            "python": ".".join(map(str, sys.version_info[:3])),
            "pytest-boss-gates": __version__,
            **witnessed.versions,
        },
        workers=witnessed.workers,
        partial=witnessed.partial,
        fingerprint=fingerprint,
        pytest_exit=witnessed.exit_status,
        passed=witnessed.recorder.passed if witnessed.recorder else None,
        below=below(top, settings.root) if top else "",
    )


class Keeper:
    """The way to one project's history, opened at the first need. ``close`` it."""

    def __init__(
        self, settings: Settings, home: Callable[[], Path], environ: Mapping[str, str]
    ) -> None:
        given = environ.get(VARIABLE, "")
        self._by = VARIABLE if given else "`history` in [tool.boss-gates]"
        self._place = "" if given.lower() in OFF else given or settings.history
        self._root, self._project = settings.root, settings.project
        self._home = home
        self._store: Store | None = None
        self._failure: HistoryError | None = None

    @property
    def absent(self) -> str:
        """Why no history is kept."""
        return _ABSENT.format(by=self._by)

    @property
    def is_there(self) -> bool:
        """Whether there is one to look at already: looking is no reason to make one."""
        from pytest_boss_gates.history.places import is_url, path_of

        place = self._place
        return bool(place) and (is_url(place) or path_of(place, self._root).exists())

    def store(self) -> Store:
        """Open the history, once. Raises HistoryError, at every call the same."""
        if self._failure is not None:
            raise self._failure
        if self._store is None:
            from pytest_boss_gates.history.store import open_store

            try:
                if not self._place:
                    raise HistoryError(f"{self.absent[0].upper()}{self.absent[1:]}.")
                self._home()
                self._store = open_store(self._place, root=self._root, project=self._project)
            except BossGatesError as error:
                self._failure = error if isinstance(error, HistoryError) else HistoryError(error)
                raise self._failure from None
        return self._store

    def view(self) -> History:
        """Give the past as the gates ask for it."""
        from pytest_boss_gates.history.view import History

        return History(store=self.store if self._place else None, absent=self.absent)

    def completed_before(self, day: date, branch: str) -> frozenset[str] | None:
        """Give the components that were completed on a branch when a day began, in UTC.

        None where nothing tells: no history, one that cannot be read, no branch.
        """
        if not branch or not self.is_there:
            return None
        moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
        with suppress(HistoryError):
            return self.view().completed_before(moment, branch)
        return None

    def keep_session(self, run: Run, recorder: Recorder, tree: Tree) -> tuple[str, ...]:
        """Keep a session, where there is a history; gives what went wrong, as ``keep`` does."""
        return self.keep(records_of(run, recorder, tree)) if self._place else ()

    def keep(self, records: Sequence[Record]) -> tuple[str, ...]:
        """Keep facts, or put them aside; gives a sentence for everything that went wrong."""
        from pytest_boss_gates.history.lines import take_in

        try:
            store = self.store()
            store.add(records)
            return tuple(take_in(self._home() / _SPOOL, store))
        except HistoryError as error:
            return (self._put_aside(records, error),)

    def _put_aside(self, records: Sequence[Record], error: HistoryError) -> str:
        from pytest_boss_gates.history.lines import put_aside

        why = f"The run is not kept in the history: {error}"
        try:
            left_out = put_aside(self._home() / _SPOOL, records)
        except (OSError, BossGatesError) as second:
            reason = getattr(second, "strerror", None) or second
            return f"{why} Nor can it be put aside for the next run: {reason}."
        told = f"{why} It waits in .boss-gates/{_SPOOL}/ for the next run."
        lost = [plural(left_out.sessions, "session")] if left_out.sessions else []
        lost += [f"the tests of {plural(left_out.tests, 'session')}"] if left_out.tests else []
        return f"{told} There is no more room, so {' and '.join(lost)} had to go." if lost else told

    def close(self) -> None:
        """Let the database go."""
        store, self._store = self._store, None
        if store is not None:
            store.close()


def records_of(run: Run, recorder: Recorder, tree: Tree) -> tuple[Record, Record]:
    """Give what is kept of a session: the run, and its tests."""
    from pytest_boss_gates.history.records import record, record_of_tests

    kept = record(recorded(run, clean=is_clean(tree)))
    return kept, record_of_tests(kept, recorder.tested)


def recorded(run: Run, *, clean: bool) -> RecordedRun:
    """Shorten a run to what is kept of it."""
    from pytest_boss_gates.model import RecordedRun, RecordedVerdict
    from pytest_boss_gates.tracker.tables import completed

    who = run.identity
    return RecordedRun(
        key=os.urandom(16).hex(),
        started=who.started,
        ended=who.ended,
        commit=who.commit,
        clean=clean and bool(who.commit),
        branch=who.branch,
        ci=who.ci,
        machine=machine_class(who.workers),
        workers=who.workers,
        partial=who.partial,
        pytest_exit=who.pytest_exit,
        outcome=run.outcome,
        versions=dict(sorted(who.versions.items())),
        fingerprint=dict(sorted(who.fingerprint.items())),
        verdicts=tuple(
            RecordedVerdict(
                metric=each.metric.key,
                scope=each.scope,
                value=each.measurement.value,
                bound=each.measurement.bound,
                unit=each.metric.unit,
                target=each.target.text if each.target else "",
                enforce=each.target.enforce if each.target else None,
                status=each.status,
                blocking=each.blocking,
            )
            for each in run.verdicts
        ),
        components=completed(run.tables) if run.tables else None,
    )


def machine_class(workers: int) -> str:
    """Name the machines whose durations may be compared: like ones, as far as can be told."""
    import platform

    from pytest_boss_gates.repository.ci import detect

    affinity = getattr(os, "sched_getaffinity", None)  # a container's share, not on every system
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    minor = ".".join(map(str, sys.version_info[:2]))
    parts = (
        detect(os.environ).name,
        f"{sys.platform} {platform.machine()}",
        f"{processors} CPUs",
        f"{platform.python_implementation()} {minor}",
        f"{workers} workers" if workers else "",
    )
    return ", ".join(filter(None, parts))


@dataclass(frozen=True, kw_only=True)
class Past:
    """What history knows of the base of the change that is being judged, and of its commit."""

    tree: Tree
    history: Callable[[], History]
    base: Callable[[], Base]
    fingerprint: Mapping[str, str]  # of this session's coverage
    workers: int

    def value(self, metric: str, scope: str) -> BaseValue | None:
        """Give what a metric over a scope was at the base, or why that is not known."""
        from pytest_boss_gates.history.trends import TIMED

        history, base = self.history(), self.base()
        if history.store is None:
            return BaseValue(reason=history.absent, remedy="Switch it on.")
        if not base.commit:
            return BaseValue(reason=base.reason, remedy=base.remedy)
        try:
            if metric in TIMED:
                return self._usual(metric, scope, base.branch)
            return self._at_commit(metric, scope, base)
        except HistoryError as error:
            return BaseValue(reason=str(error).removesuffix("."))

    def endings(self) -> Mapping[str, tuple[Ending, ...]]:
        """Give how each test ended in the sessions before on exactly the files of this one.

        Raises HistoryError.
        """
        from pytest_boss_gates.repository.git import identify

        history = self.history()
        if history.store is None:
            raise HistoryError(history.absent)
        return history.endings_at(identify(self.tree.root).commit) if is_clean(self.tree) else {}

    def _usual(self, metric: str, scope: str, branch: str) -> BaseValue:
        """Durations have no value at a commit: what is usual there is asked of several runs."""
        from pytest_boss_gates.history.trends import (
            ENOUGH,
            LOOKED_AT,
            RECENT,
            durations,
            highest_usual,
        )

        machine = machine_class(self.workers)
        runs = self.history().runs(branch=branch, metric=metric, limit=RECENT)
        earlier = durations(runs, metric, machine, scope)
        highest = highest_usual(earlier, kind="session")
        if highest is None:
            return BaseValue(
                reason=f"what is usual takes {ENOUGH} whole runs on {branch} on machines like this "
                f"one ({machine}), and the history has {len(earlier)}",
                remedy="They come with every `pytest --boss-gates` there.",
            )
        counted = plural(min(len(earlier), LOOKED_AT), "run")
        source = f"the most that is usual after {counted} on {branch}"
        return BaseValue(value=highest, source=source)

    def _at_commit(self, metric: str, scope: str, base: Base) -> BaseValue:
        from pytest_boss_gates.history.trends import other_fingerprint

        where = f"{base.ref} at {base.commit[:7]}"
        found = self.history().value_at(base.commit, metric, scope)
        value = found[0].value if found is not None else None
        if found is None or value is None or isinstance(value, str):
            return BaseValue(
                reason=f"no whole run on {where} that measured it is in the history",
                remedy="Run `pytest --boss-gates` there, or take in the history of a run there: "
                "`boss-gates history merge FILE`.",
            )
        verdict, run = found
        changed = other_fingerprint(self.fingerprint, run.fingerprint, metric)
        return BaseValue(value=value, bound=verdict.bound, source=where, changed=changed)


def is_clean(tree: Tree) -> bool:
    """Whether the files are those of the commit, so that a value is the commit's own.

    Files that version control does not know only count when they are Python of the project: a
    build leaves much behind that changes no number.
    """
    from pytest_boss_gates.repository.git import edits

    found = edits(tree.root)
    if found is None:
        return False
    python = {path for path in tree.files if path.endswith(".py")}
    for edit in found:
        if edit.is_tracked or edit.path in python:
            return False
        if edit.path.endswith("/") and any(path.startswith(edit.path) for path in python):
            return False
    return True
