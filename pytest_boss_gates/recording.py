"""The corridor's word on the past: which run this is, what is kept of it, and what was before."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates import __version__
from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.model import BaseValue, RunIdentity, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.model import Ending, RecordedRun, Run, Settings
    from pytest_boss_gates.pipeline import Witnessed
    from pytest_boss_gates.repository.base import Base
    from pytest_boss_gates.repository.tree import Tree


def identity(
    settings: Settings, witnessed: Witnessed, fingerprint: Mapping[str, str]
) -> RunIdentity:
    """Say which session this is, and how it was measured."""
    from pytest_boss_gates.repository.ci import detect
    from pytest_boss_gates.repository.git import below, identify, top_of

    top = top_of(settings.root)
    ci = detect(os.environ)
    checkout = identify(settings.root)
    started = datetime.fromtimestamp(witnessed.started, timezone.utc)
    return RunIdentity(
        root=settings.root,
        project=settings.project,
        key=witnessed.key,
        started=started,
        ended=max(started, datetime.now(timezone.utc)),  # the clock may have been set back
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
        key=who.key,
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
