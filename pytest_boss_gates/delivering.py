"""The corridor's way to the events of delivery: the history's, git's, and CI's word on this run."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.delivery import METRICS
from pytest_boss_gates.model import Build, Conclusion, Outcome, Source
from pytest_boss_gates.repository.ci import detect, pipeline_started
from pytest_boss_gates.repository.git import default_branch
from pytest_boss_gates.repository.past import read_past

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.model import Events, RecordedRun

_SESSIONS = 1000
"""How many of our own sessions are looked at; the last 100 builds are among them."""
_DELIVERY = frozenset(metric.key for metric in METRICS)


def gather_events(root: Path, folder: Path | None, history: History) -> Events:
    """Give all that is known, up to the commit that is checked out.

    ``folder`` keeps what git has told. Raises HistoryError.
    """
    ci = detect(os.environ)
    branch = ci.default_branch or default_branch(root)
    past = read_past(root, folder, branch=branch)
    ask = branch and not history.builds
    sessions = history.runs(branch=branch, limit=_SESSIONS) if ask else ()
    return replace(
        past,
        builds=(*history.builds, *_builds(sessions)),
        deployments=(*history.deployments, *past.deployments),
        incidents=history.incidents,
        merges=history.merges,
        now=datetime.now(timezone.utc),
        in_ci=bool(ci.name),
        ci_started=pipeline_started(os.environ),
    )


def _builds(sessions: Iterable[RecordedRun]) -> Iterator[Build]:
    """Make builds of the sessions in CI: those of one commit overlap, and reruns come after.

    How long the pipeline took is nothing that a session knows, so they are not timed.
    """
    ends: dict[str, datetime] = {}
    for run in sorted(sessions, key=lambda run: run.started):
        if not run.ci or not run.commit:
            continue
        end = ends.get(run.commit)
        is_rerun = end is not None and run.started > end
        ends[run.commit] = run.ended if end is None or is_rerun else max(end, run.ended)
        passed = run.pytest_exit == 0
        blocking = [verdict.metric for verdict in run.verdicts if verdict.blocking]
        is_good = passed and run.outcome is Outcome.MET
        yield Build(
            key=run.key,
            attempt=2 if is_rerun else 1,
            name="session",
            commit=run.commit,
            branch=run.branch,
            started=run.started,
            timed=False,
            completed=run.ended,
            conclusion=Conclusion.SUCCESS if is_good else Conclusion.FAILURE,
            only_delivery=passed and bool(blocking) and _DELIVERY.issuperset(blocking),
            source=Source.SESSIONS,
        )
