"""The corridor: carries a run from room to room, with or without a test session.

A gate that raises, or a room, becomes an unknown with its traceback in the report, never an error
of the user's run. Broad ``except`` stands in ``judging.guarded``, in the hooks of ``session`` that
may never raise, around the plugins of others in ``registry``, and where coverage.py starts the
project's own plugins; nowhere else.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import WriteError
from pytest_boss_gates.judge import outcome
from pytest_boss_gates.judge.slack import rust
from pytest_boss_gates.judging import Judging, by_scope, guarded
from pytest_boss_gates.measure import Context
from pytest_boss_gates.measure.coverage.reading import Reading
from pytest_boss_gates.model import Details, News, Outcome, ReportRequest, Run
from pytest_boss_gates.recording import Past, identity, records_of
from pytest_boss_gates.report.write import place_of, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.measure.coverage.borrow import Meter
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.measure.tools.run import Runs
    from pytest_boss_gates.model import Settings, Verdict
    from pytest_boss_gates.tracking import Tracking

EXIT_STATUS = {Outcome.MET: 0, Outcome.MISSED: 10, Outcome.UNKNOWN: 11}
"""What a run's outcome makes of an exit status of 0."""

_WENT_WRONG = "gathering them went wrong, see the problems"
_ALWAYS_WRITTEN = ("markdown", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What a test session has to tell; the console command has nothing."""

    key: str = field(default_factory=lambda: os.urandom(16).hex())  # no other session has it
    started: float = field(default_factory=time.time)  # epoch seconds
    recorder: Recorder | None = None
    meter: Meter | None = None
    runs: Runs | None = None
    partial: str = ""
    workers: int = 0
    exit_status: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    installed: Mapping[str, str | None] = field(default_factory=dict)  # of tools, if elsewhere
    notes: tuple[str, ...] = ()


def exit_status(outcome: Outcome, *, report_only: bool) -> int:
    """Give what a run's outcome makes of an exit status of 0."""
    return 0 if report_only else EXIT_STATUS[outcome]


def context_of(
    corridor: Corridor, witnessed: Witnessed, coverage: Reading | None = None
) -> Context:
    """Give what the gates are given: all that is known, most of it looked up when it is asked."""

    def history() -> History:
        return corridor.keeper.view(besides=witnessed.key)

    past = Past(
        tree=corridor.tree,
        history=history,
        base=lambda: corridor.base,
        fingerprint=coverage.fingerprint if coverage else {},
        workers=witnessed.workers,
    )
    return Context(
        settings=corridor.settings,
        tree=corridor.tree,
        source=corridor.source,
        base=lambda: corridor.base,
        settings_at_base=lambda: corridor.settings_at_base,
        evidence=lambda: corridor.evidence,
        tools=lambda: corridor.tools,
        cache=corridor.cache,
        events=lambda: corridor.events,
        recorder=witnessed.recorder,
        coverage=coverage,
        history=history,
        at_base=past.value,
        endings=past.endings,
        installed=witnessed.installed,
    )


def conclude(corridor: Corridor, witnessed: Witnessed) -> Run:
    """Walk the rest of the corridor: measure, judge, track."""
    settings, doing = corridor.settings, corridor.progress.doing
    problems = list(witnessed.problems)
    coverage = None
    if witnessed.meter is not None:
        meter = witnessed.meter
        with doing("reading the coverage"):
            read = guarded(meter.finish, problems)
        coverage = read or Reading(
            mode=meter.mode,
            reason=f"coverage could not be read: {problems[-1].strip().splitlines()[-1]}",
            remedy="The traceback is in the report.",
        )
    runs = witnessed.runs
    if runs is None and witnessed.recorder is None:  # no session that could have started them
        runs = corridor.start_tools()
    tracking = _tracking(corridor, witnessed)
    context = replace(context_of(corridor, witnessed, coverage), runs=runs)
    judging = Judging(
        additions=corridor.additions,
        targets=by_scope(settings.targets),
        partial=witnessed.partial,
        strict=settings.strict,
        problems=problems,
        doing=doing,
    )
    try:
        first = tuple(judging.verdicts(context))
    finally:
        if runs is not None:
            runs.abandon()
    with doing("holding the tracker document against the evidence"):
        news = guarded(lambda: _document(corridor, tracking, first, witnessed), problems) or News()
    tracked = replace(context, tracked=lambda: tracking.standing(first))
    verdicts = (*first, *judging.verdicts(tracked, last=True), *judging.left())
    with doing("deriving the tracker"):
        tables = guarded(lambda: tracking.tables(verdicts), problems) or ()
    remarks = map(str, corridor.evidence.problems) if tables else ()
    run = Run(
        identity=identity(settings, witnessed, coverage.fingerprint if coverage else {}),
        outcome=outcome(verdicts, strict=settings.strict),
        verdicts=verdicts,
        tables=tables,
        notes=(
            *_notes(settings),
            *witnessed.notes,
            *rust(verdicts),
            *news.sentences,
            *remarks,
        ),
        problems=tuple(problems),
        report_only=settings.report_only,
        diff=news.diff,
    )
    run = _detailed(corridor, run, context)
    return _kept(corridor, run, witnessed.recorder)


def _detailed(corridor: Corridor, run: Run, context: Context) -> Run:
    """Add the parts behind the verdicts, which no verdict rests on."""
    from pytest_boss_gates.detailing import details

    formats = corridor.additions.all_formats
    every_file = any(formats[each.format].every_file for each in corridor.settings.reports)
    problems: list[str] = []
    with corridor.progress.doing("gathering the details"):
        found = guarded(lambda: details(run, context, every_file=every_file), problems)
    return replace(
        run, details=found or Details.unknown(_WENT_WRONG), problems=(*run.problems, *problems)
    )


def _kept(corridor: Corridor, run: Run, recorder: Recorder | None) -> Run:
    """Keep a session in the history; what goes wrong is a problem of the run, not its end."""
    keeper = corridor.keeper
    problems: list[str] = []
    if recorder is not None and keeper.is_kept:
        with corridor.progress.doing("keeping the run in the history"):
            kept = guarded(lambda: keeper.keep(records_of(run, recorder, corridor.tree)), problems)
        problems += kept or ()
    keeper.close()
    return replace(run, problems=(*run.problems, *problems)) if problems else run


def lacking(corridor: Corridor) -> str:
    """Say what has to be installed before the reports that are asked for can be written."""
    formats = corridor.additions.all_formats
    lacks = (formats[each.format].lack for each in corridor.settings.reports)
    return "\n".join(dict.fromkeys(filter(None, lacks)))


def write(corridor: Corridor, run: Run) -> tuple[tuple[str, ...], Run]:
    """Write every report; give the paths written, and the run with what went wrong noted."""
    written: list[str] = []
    problems: list[str] = []
    for request in _requests(corridor.settings):
        row = corridor.additions.all_formats[request.format]
        if row.lack:
            problems.append(row.lack)
            continue
        try:
            path = request.path or corridor.home / row.file_name
            placed = replace(run, at=place_of(path, corridor.settings.root))
            if placed.at in written:
                taken = f"another report stands at {placed.at!r}."
                problems.append(f"The {request.format} report is not written: {taken}")
                continue
            with corridor.progress.doing(f"writing the {request.format} report"):
                text = guarded(lambda: row.render(placed), problems)  # noqa: B023 - called at once
                if text is not None:
                    write_whole(path, text)
            if text is not None:
                written.append(placed.at)
        except WriteError as error:
            problems.append(f"The {request.format} report is not written: {error}")
    if corridor.settings.push:
        from pytest_boss_gates.pushing import push

        with corridor.progress.doing("sending the numbers to the Pushgateway"):
            pushed = guarded(lambda: push(corridor.settings, run, os.environ), problems)
        if pushed:
            written += pushed.to
            problems += pushed.problems
    return tuple(written), replace(run, problems=(*run.problems, *problems))


def _requests(settings: Settings) -> tuple[ReportRequest, ...]:
    """The two reports of every run, then those that were asked for."""
    always = tuple(ReportRequest(format=key) for key in _ALWAYS_WRITTEN)
    return tuple(dict.fromkeys((*always, *settings.reports)))


def _tracking(corridor: Corridor, witnessed: Witnessed) -> Tracking:
    """Derive the tracker from this session; a part of one that passed nothing shows nothing."""
    from pytest_boss_gates.tracking import Tracking

    recorder = witnessed.recorder
    passed = recorder.passed if recorder else None
    return Tracking(
        settings=corridor.settings,
        tree=corridor.tree,
        evidence=lambda: corridor.evidence,
        completed_before=corridor.completed_before,
        passed=None if witnessed.partial and not passed else passed,
    )


def _document(
    corridor: Corridor, tracking: Tracking, verdicts: Sequence[Verdict], witnessed: Witnessed
) -> News:
    """Do with the tracker document what the options ask for; nothing, mostly."""
    if corridor.settings.tracker.action is None:
        return News()
    from pytest_boss_gates.documents import in_run

    return in_run(tracking, verdicts, witnessed.partial, lambda: corridor.base)


def _notes(settings: Settings) -> tuple[str, ...]:
    notes = []
    if settings.defaults:
        notes.append(
            f"No targets in [tool.boss-gates.targets] of {settings.file}: "
            "the tracker's own success metrics are used. `boss-gates init` writes first ones."
        )
    if settings.report_only:
        notes.append("Report only: the exit status is left alone.")
    return tuple(notes)
