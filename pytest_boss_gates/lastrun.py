"""The last run, read back from its ``report.json``, and whether it still says how things are."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.model import Unit
from pytest_boss_gates.report.reading import ReadingError, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.model import Measurement, Metric, RunIdentity, Verdict
    from pytest_boss_gates.repository.tree import Tree

NAME = ".boss-gates/report.json"
_SHOWN = 12  # digits of a commit
_RUN = "Run `pytest --boss-gates` first."


class LastRunError(BossGatesError):
    """There is no last run, or it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """What the last run measured, and which run it was."""

    identity: RunIdentity
    verdicts: Mapping[tuple[str, str], Verdict]  # by metric and scope

    def measured(self, metric: Metric, scope: str) -> Measurement | None:
        """Give a value of the metric; None when there is none, or none of its kind."""
        seen = self.verdicts.get((metric.key, scope))
        value = seen.measurement.value if seen else None
        textual = metric.unit is Unit.VERSION
        fits = value is not None and isinstance(value, str) is textual
        if isinstance(value, float) and not math.isfinite(value):
            fits = False
        return seen.measurement if seen and fits else None

    @property
    def facts(self) -> dict[str, str | None]:
        """Say which run it was, for machines: RFC 3339, and the whole hash."""
        started, commit = self.identity.started, self.identity.commit
        return {"started": started.isoformat(), "commit": commit or None}

    def __str__(self) -> str:
        """Say which run it was, for people."""
        when = f"{self.identity.started.astimezone():%Y-%m-%d %H:%M}"
        commit = self.identity.commit
        return f"the run of {when}{f' at commit {commit[:_SHOWN]}' if commit else ''}"


def read_last_run(root: Path) -> LastRun:
    """Read the last run below a root. Raises LastRunError."""
    path = root / NAME
    if not path.exists():
        raise LastRunError(f"There is no {NAME}. {_RUN}")
    try:
        run = read(path, root=root)
    except ReadingError as error:
        raise LastRunError(f"{error} {_RUN}") from error
    return LastRun(
        identity=run.identity,
        verdicts={(verdict.metric.key, verdict.scope): verdict for verdict in run.verdicts},
    )


def why_no_base(last: LastRun, root: Path, tree: Tree) -> str:
    """Say why the numbers of a run are none to set targets by, "" when they are.

    The end of a sentence, such as "it was partial (-k)".
    """
    if last.identity.partial:
        return f"it was partial ({last.identity.partial})"
    if last.identity.pytest_exit:
        return f"its tests did not all pass (pytest's exit status was {last.identity.pytest_exit})"
    return _why_stale(last, root, tree)


def _why_stale(last: LastRun, root: Path, tree: Tree) -> str:
    """Say what has changed since: the commit, or a Python file that is not committed."""
    from pytest_boss_gates.repository.git import changed_files, identify

    head, then, began = identify(root).commit, last.identity.commit, last.identity.started
    if head and then and head != then:
        return f"it is of commit {then[:_SHOWN]}, and this is {head[:_SHOWN]}"
    changed = changed_files(root)
    known = tree.files if changed is None else sorted(changed)
    for path in (path for path in known if path.endswith(".py")):
        there = os.path.exists(root / path)
        if there and path not in tree:  # a virtual environment that git does not ignore
            continue
        if _changed_after(root / path if there else (root / path).parent, began.timestamp()):
            return f"{path} {'has changed' if there else 'was removed'} since"
    return ""


def _changed_after(path: Path, moment: float) -> bool:
    """Whether a file was written, or put there with the time that it had elsewhere."""
    try:
        status = path.stat()
        return max(status.st_mtime, status.st_ctime) > moment
    except OSError:
        return False
