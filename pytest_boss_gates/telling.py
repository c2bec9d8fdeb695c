"""What a run tells the CI system that runs it: annotations, a summary, outputs, the coverage.

No network: lines of the job's log, and the files that the system names in its variables.
"""

from __future__ import annotations

import os
import re
import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import WriteError
from pytest_boss_gates.model import Bound, Unit
from pytest_boss_gates.report.write import append

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_boss_gates.model import Run, Settings
    from pytest_boss_gates.report.github import Room

_INNER = "PYTEST_CURRENT_TEST"
_JOB = "RUNNER_TEMP"  # a directory that the runner empties before and after each job
_STEP = "GITHUB_ACTION"  # the step's id, or a number that the runner gives it
_SUMMARY_MOST = 1024 * 1024  # bytes of a step, and all of it is lost beyond
_SPARE = 1024
_LONGEST = 1000  # characters of an output
_COVERAGE = ("code-coverage", "line-coverage")
_SHOWN = "boss-gates-annotations.txt"  # in the job's own directory: a line for each, and its step


def tells_ci(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether what begins now has something to tell: no shard, and no part of another's test."""
    return settings.tell_ci and settings.shard is None and not environ.get(_INNER)


def tell(run: Run, environ: Mapping[str, str]) -> tuple[tuple[str, ...], Run]:
    """Tell the CI system; gives lines for the job's log, and the run with what went wrong noted.

    Each line stands alone and begins at the left.
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        from pytest_boss_gates.report.github import render

        lines = tuple(render(run, _room(environ)).splitlines())
        problems = (*_summary(run, environ), *_outputs(run, environ), *_taken(lines, environ))
        return lines, replace(run, problems=(*run.problems, *problems)) if problems else run
    if environ.get("GITLAB_CI"):
        return tuple(coverage_line(run)), run
    return (), run


def coverage_line(run: Run) -> Iterator[str]:
    """Give the line that GitLab's ``coverage:`` finds; none where the coverage is not known."""
    for key in _COVERAGE:
        for verdict in run.verdicts:
            measured = verdict.measurement
            known = measured.value is not None and measured.bound is Bound.EXACT
            plain = re.fullmatch(r"(\d+(?:\.\d+)?) %", verdict.shown)
            if verdict.metric.key == key and not verdict.scope and known and plain:
                yield f"boss-gates coverage: {plain[1]} %"
                return


def outputs(run: Run) -> dict[str, str]:
    """Give the step's outputs: ``outcome``, and a status and a value for each target."""
    found = {"outcome": run.outcome.value}
    for verdict in run.verdicts:
        if verdict.target is None:
            continue
        words = f"{verdict.metric.key} {verdict.scope}"
        name = re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-").lower()
        turn, first = 1, name
        while name in found or f"{name}-value" in found:
            turn += 1
            name = f"{first}-{turn}"
        found[name] = verdict.status.value
        value = verdict.shown
        if isinstance(verdict.measurement.value, int | float) and verdict.metric.unit in (
            Unit.COUNT,
            Unit.COMPLEXITY,
        ):
            value = str(verdict.measurement.value)
        found[f"{name}-value"] = value
    return found


def _outputs(run: Run, environ: Mapping[str, str]) -> Iterator[str]:
    from pytest_boss_gates.report.escape import visible

    delimiter = f"boss-gates-{secrets.token_hex(16)}"  # nobody can write it into a value
    text = "".join(
        f"{name}<<{delimiter}\n{visible(value)[:_LONGEST]}\n{delimiter}\n"
        for name, value in outputs(run).items()
    )
    yield from _append(environ, "GITHUB_OUTPUT", text)


def _room(environ: Mapping[str, str]) -> Room:
    """Say how many annotations the runs before in this job, and in this step, have left."""
    from pytest_boss_gates.report.github import Room

    full, here = Room(), environ.get(_STEP, "")
    try:
        lines = _shown_at(environ).read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError, LookupError):
        return full  # the first one of the job, or no runner that has such a directory
    taken = Counter(lines)
    return Room(
        errors=full.errors - taken[f"error {here}"],
        warnings=full.warnings - taken[f"warning {here}"],
        notices=full.notices - taken[f"notice {here}"],
        job=full.job - len(lines),
    )


def _taken(lines: Iterable[str], environ: Mapping[str, str]) -> Iterator[str]:
    """Keep which annotations are shown, for the next run in this job."""
    kinds = [line[2:].partition(" ")[0] for line in lines]
    text = "".join(f"{kind} {environ.get(_STEP, '')}\n" for kind in kinds)
    if environ.get(_JOB):
        yield from _append({_JOB: os.fspath(_shown_at(environ))}, _JOB, text)


def _shown_at(environ: Mapping[str, str]) -> Path:
    return Path(environ[_JOB]) / _SHOWN


def _summary(run: Run, environ: Mapping[str, str]) -> Iterator[str]:
    from pytest_boss_gates.report.summary import summary

    path = environ.get("GITHUB_STEP_SUMMARY", "")
    taken = os.path.getsize(path) if path and os.path.isfile(path) else 0
    room = _SUMMARY_MOST - taken - _SPARE
    if room > _SPARE:
        yield from _append(environ, "GITHUB_STEP_SUMMARY", f"\n{summary(run, most=room)}")


def _append(environ: Mapping[str, str], variable: str, text: str) -> Iterator[str]:
    if path := environ.get(variable):
        try:
            append(Path(path), text)
        except WriteError as error:
            yield f"{variable} is not told: {error}"
