"""The last run, read back from its ``report.json``, and whether it still says how things are."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.model import Bound, Measurement, Unit, VerdictStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.model import Metric, Number
    from pytest_boss_gates.repository.tree import Tree

NAME = ".boss-gates/report.json"
_FORMAT = 1  # of report.json; what another version means is not known here
_SHOWN = 12  # digits of a commit
_RUN = "Run `pytest --boss-gates` first."


class LastRunError(BossGatesError):
    """There is no last run, or it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One verdict of the last run, as far as it is kept."""

    target: str  # canonical; "" without one
    status: VerdictStatus
    measurement: Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """What the last run measured, and which run it was."""

    commit: str  # "" without git
    started: datetime  # aware
    partial: str  # why it was not the whole suite
    pytest_exit: int | None  # None: no tests were run
    seen: Mapping[tuple[str, str], Seen]  # by metric and scope

    def measured(self, metric: Metric, scope: str) -> Measurement | None:
        """Give a value of the metric; None when there is none, or none of its kind."""
        seen = self.seen.get((metric.key, scope))
        value = seen.measurement.value if seen else None
        textual = metric.unit is Unit.VERSION
        fits = value is not None and isinstance(value, str) is textual
        return seen.measurement if seen and fits else None

    @property
    def facts(self) -> dict[str, str | None]:
        """Say which run it was, for machines: RFC 3339, and the whole hash."""
        return {"started": self.started.isoformat(), "commit": self.commit or None}

    def __str__(self) -> str:
        """Say which run it was, for people."""
        when = f"{self.started.astimezone():%Y-%m-%d %H:%M}"
        at = f" at commit {self.commit[:_SHOWN]}" if self.commit else ""
        return f"the run of {when}{at}"


def read_last_run(root: Path) -> LastRun:
    """Read the last run below a root. Raises LastRunError."""
    path = root / NAME
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LastRunError(f"There is no {NAME}. {_RUN}") from None
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is not JSON"
        raise LastRunError(f"{NAME} cannot be read: {reason}. {_RUN}") from error
    try:
        return _last_run(report)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise LastRunError(f"{NAME} is not a report of this version. {_RUN}") from error


def why_no_base(last: LastRun, root: Path, tree: Tree) -> str:
    """Say why the numbers of a run are none to set targets by, "" when they are.

    The end of a sentence, such as "it was partial (-k)".
    """
    if last.partial:
        return f"it was partial ({last.partial})"
    if last.pytest_exit:
        return f"its tests did not all pass (pytest's exit status was {last.pytest_exit})"
    return _why_stale(last, root, tree)


def _why_stale(last: LastRun, root: Path, tree: Tree) -> str:
    """Say what has changed since: the commit, or a Python file that is not committed."""
    from pytest_boss_gates.repository.git import changed_files, identify

    head = identify(root).commit
    if head and last.commit and head != last.commit:
        return f"it is of commit {last.commit[:_SHOWN]}, and this is {head[:_SHOWN]}"
    changed = changed_files(root)
    known = tree.files if changed is None else sorted(changed)
    for path in (path for path in known if path.endswith(".py")):
        there = os.path.exists(root / path)
        if there and path not in tree:  # a virtual environment that git does not ignore
            continue
        if _changed_after(root / path if there else (root / path).parent, last.started.timestamp()):
            return f"{path} {'has changed' if there else 'was removed'} since"
    return ""


def _changed_after(path: Path, moment: float) -> bool:
    """Whether a file was written, or put there with the time that it had elsewhere."""
    try:
        status = path.stat()
        return max(status.st_mtime, status.st_ctime) > moment
    except OSError:
        return False


def _last_run(report: Any) -> LastRun:
    if report["format"] != _FORMAT:
        raise ValueError(f"format {report['format']!r}")
    run = report["run"]
    exit_status = run["pytest-exit"]
    started = datetime.fromisoformat(str(run["started"]).replace("Z", "+00:00"))
    started.astimezone()  # what no clock shows is no time
    return LastRun(
        commit=str(run["commit"] or ""),
        started=started,
        partial=str(run["partial"] or ""),
        pytest_exit=None if exit_status is None else int(exit_status),
        seen={
            (str(verdict["metric"]), str(verdict["scope"])): _seen(verdict)
            for verdict in report["verdicts"]
        },
    )


def _seen(verdict: Mapping[str, Any]) -> Seen:
    measured = verdict["measurement"]
    value = _value(measured)
    return Seen(
        target=str(verdict["target"] or ""),
        status=VerdictStatus(verdict["status"]),
        measurement=Measurement(
            metric=str(verdict["metric"]),
            scope=str(verdict["scope"]),
            value=value,
            bound=Bound(measured["bound"]),
            n=_count(measured["n"]),
            numerator=_count(measured["numerator"]),
            denominator=_count(measured["denominator"]),
            window=str(measured["window"]),
            source=str(measured["source"]),
            reason=str(verdict["reason"]) if value is None else "",
        ),
    )


def _value(measured: Mapping[str, Any]) -> Number | str | None:
    value, top, bottom = measured["value"], measured["numerator"], measured["denominator"]
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise TypeError(f"{value!r} is no value")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    exact = value is not None and top is not None and bottom
    return Fraction(int(top), int(bottom)) if exact else value  # as it was judged


def _count(value: Any) -> int | None:
    return None if value is None else int(value)
