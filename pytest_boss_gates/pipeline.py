"""The corridor: carries a run from room to room, with or without a test session.

A gate that raises, or a room, becomes an unknown with its traceback in the report, never an error
of the user's run. Broad ``except`` stands in ``judging.guarded``, in the hooks of ``session`` that
may never raise, around the plugins of others in ``registry``, and where coverage.py starts the
project's own plugins; nowhere else.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import SettingsError, WriteError
from pytest_boss_gates.judge import outcome
from pytest_boss_gates.judge.slack import rust
from pytest_boss_gates.judging import Judging, by_scope, guarded
from pytest_boss_gates.measure import BRANCHES, COVERED, Context
from pytest_boss_gates.measure.coverage import borrow
from pytest_boss_gates.measure.coverage.reading import Reading
from pytest_boss_gates.measure.tools.run import Runs
from pytest_boss_gates.model import News, Outcome, ReportRequest, Run
from pytest_boss_gates.recording import Keeper, Past, identity
from pytest_boss_gates.registry import Additions, installed_additions
from pytest_boss_gates.report.write import prepare_home, write_whole
from pytest_boss_gates.repository.base import Base, find_base
from pytest_boss_gates.repository.ci import on_default_branch
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.load import Options, load
from pytest_boss_gates.tracker.rows import load_tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.facts import Extensions
    from pytest_boss_gates.measure.coverage.borrow import Meter
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.model import BaseSettings, Events, Settings, Verdict
    from pytest_boss_gates.repository.source import Source
    from pytest_boss_gates.tracking import Tracking

EXIT_STATUS = {Outcome.MET: 0, Outcome.MISSED: 10, Outcome.UNKNOWN: 11}
"""What a run's outcome makes of an exit status of 0."""

_ALWAYS_WRITTEN = ("markdown", "json")
_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)  # no slots: the cached properties need a __dict__
class Corridor:
    """Settings that were found good, and the tree they are about."""

    settings: Settings
    tree: Tree
    additions: Additions = field(default_factory=Additions)

    @cached_property
    def tools(self) -> Mapping[str, Tool]:
        """Every row that is known, by key."""
        return self.additions.rows(self.settings.catalogue)

    @cached_property
    def evidence(self) -> Evidence:
        """What the repository shows: one look for the gates and the tracker."""
        from pytest_boss_gates.evidence.cache import recall

        return recall(self.tree, self.cache, self.additions.extensions(self.settings.catalogue))

    @cached_property
    def events(self) -> Events:
        """All that is known of delivery: git's, the history's, CI's. Raises HistoryError."""
        from pytest_boss_gates.delivering import gather_events

        return gather_events(self.settings.root, self.cache, self.keeper.view())

    def start_tools(self) -> Runs | None:
        """Start the tools that are to be run; None when there are none. Raises WriteError."""
        settings = self.settings
        if not any(setting.run for setting in settings.tools):
            return None
        runs = Runs(settings.tools, root=settings.root, home=self.home / "tools")
        try:
            runs.start()
        except OSError as error:
            runs.abandon()
            raise WriteError(f"The tools cannot be run: {error}") from error
        return runs

    @cached_property
    def source(self) -> Source:
        """The project's own source, as configured or found."""
        return find_source(self.tree, self.settings.source, self.settings.exclude)

    @cached_property
    def base(self) -> Base:
        """What the change is compared with."""
        settings = self.settings
        return find_base(settings.root, os.environ, settings.asked_base, settings.base)

    @cached_property
    def settings_at_base(self) -> BaseSettings:
        """What was wanted at the base of the change."""
        from pytest_boss_gates.earlier import settings_at_base

        settings, root = self.settings, self.settings.root
        options = Options(invocation_dir=root, config_file=root / settings.file)
        return settings_at_base(
            settings,
            self.tree,
            self.base,
            lambda text, files: _read(self.tree, options, self.additions, files, text),
        )

    @cached_property
    def keeper(self) -> Keeper:
        """The way to the history."""
        return Keeper(self.settings, lambda: self.home, os.environ)

    @cached_property
    def home(self) -> Path:
        """``.boss-gates/``, made when it is first needed. Raises WriteError."""
        return prepare_home(self.settings.root)

    @property
    def cache(self) -> Path | None:
        """The directory of caches; None where nothing can be written."""
        with suppress(WriteError):
            return self.home / "cache"
        return None

    def meter(
        self, *, start: Path, off: str, pytest_cov: Callable[[], object] | None
    ) -> Meter | None:
        """Decide who measures coverage; None when no target asks for it."""
        settings = self.settings
        if not any(settings.wants(key) for key in COVERED):
            return None
        return borrow.choose(self.plan, start=start, off=off, pytest_cov=pytest_cov)

    @property
    def plan(self) -> borrow.Plan:
        """How coverage is to be measured. Raises WriteError."""
        settings, scratch = self.settings, self.home / "cache"
        try:
            scratch.mkdir(exist_ok=True)
        except OSError as error:
            raise WriteError(f"{scratch} cannot be made: {error}") from error
        borrow.clean(scratch, older_than=time.time() - _DAY)
        return borrow.Plan(
            tree=self.tree,
            scratch=scratch,
            source=settings.source,
            exclude=settings.exclude,
            branch=any(settings.wants(key) for key in BRANCHES),
            core=settings.coverage_core,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What a test session has to tell; the console command has nothing."""

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


def enter(root: Path, options: Options, additions: Additions | None = None) -> Corridor:
    """Read the settings, with what plugins added (by default those that are installed).

    Raises SettingsError with everything that is wrong, and RegistrationError.
    """
    added = installed_additions() if additions is None else additions
    tree = Tree(root=root)
    settings = _read(tree, options, added, lambda: tree.files)
    return Corridor(settings=settings, tree=tree, additions=added)


def _read(
    tree: Tree,
    options: Options,
    added: Additions,
    files: Callable[[], Sequence[str]],
    text: str | None = None,
) -> Settings:
    """Read the settings of a tree, or their ``text`` beside the ``files`` of another commit."""
    return load(
        tree.root,
        options,
        metrics=added.all_metrics,
        formats=added.all_formats,
        tools=added.tool_names,
        practices=_practices,
        rows=lambda: (*load_tracker().rows, *added.tool_titles()),
        tables=lambda: {table.title: table.columns for table in load_tracker().tables},
        files=files,
        on_default_branch=lambda: on_default_branch(tree.root, os.environ),
        text=text,
    )


def extensions(tree: Tree) -> tuple[Extensions, tuple[str, ...]]:
    """Give what plugins and the settings add to the evidence of any directory.

    Settings that are wrong do not keep anybody from looking: what is wrong with their catalogue
    is told, and the catalogue left out. Raises RegistrationError.
    """
    added = installed_additions()
    try:
        corridor = enter(tree.root, Options(invocation_dir=tree.root), added)
    except SettingsError as error:
        start = "tool.boss-gates.catalogue"
        wrong = tuple(str(each) for each in error.problems if each.key.startswith(start))
        read = {} if wrong or error.settings is None else error.settings.catalogue
        return added.extensions(read), wrong
    return added.extensions(corridor.settings.catalogue), ()


def settings_schema(additions: Additions | None = None) -> dict[str, object]:
    """Give the JSON Schema of ``[tool.boss-gates]``, with every metric, tool and format."""
    from pytest_boss_gates.settings.schema import settings_schema as schema

    added = additions or Additions()
    return schema(added.all_metrics, added.tool_names(), formats=added.all_formats)


def context_of(
    corridor: Corridor, witnessed: Witnessed, coverage: Reading | None = None
) -> Context:
    """Give what the gates are given: all that is known, most of it looked up when it is asked."""
    past = Past(
        history=corridor.keeper.view,
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
        history=corridor.keeper.view,
        at_base=past.value,
        installed=witnessed.installed,
    )


def conclude(corridor: Corridor, witnessed: Witnessed) -> Run:
    """Walk the rest of the corridor: measure, judge, track."""
    settings = corridor.settings
    problems = list(witnessed.problems)
    coverage = None
    if witnessed.meter is not None:
        meter = witnessed.meter
        coverage = guarded(meter.finish, problems) or Reading(
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
    )
    try:
        first = tuple(judging.verdicts(context))
    finally:
        if runs is not None:
            runs.abandon()
    news = guarded(lambda: _document(corridor, tracking, first, witnessed), problems) or News()
    tracked = replace(context, tracked=lambda: tracking.standing(first))
    verdicts = (*first, *judging.verdicts(tracked, last=True), *judging.left())
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
    return _kept(corridor, run, witnessed.recorder)


def _kept(corridor: Corridor, run: Run, recorder: Recorder | None) -> Run:
    """Keep a session in the history; what goes wrong is a problem of the run, not its end."""
    keeper = corridor.keeper
    problems: list[str] = []
    if recorder is not None:
        kept = guarded(lambda: keeper.keep_session(run, recorder, corridor.tree), problems)
        problems += kept or ()
    keeper.close()
    return replace(run, problems=(*run.problems, *problems)) if problems else run


def write(corridor: Corridor, run: Run) -> tuple[tuple[str, ...], Run]:
    """Write every report; give the paths written, and the run with what went wrong noted."""
    written: list[str] = []
    problems: list[str] = []
    for request in _requests(corridor.settings):
        row = corridor.additions.all_formats[request.format]
        try:
            path = request.path or corridor.home / row.file_name
            placed = replace(run, at=_spelled(path, corridor.settings.root))
            text = guarded(lambda: row.render(placed), problems)  # noqa: B023 - called at once
            if text is not None:
                write_whole(path, text)
                written.append(placed.at)
        except WriteError as error:
            problems.append(f"The {request.format} report is not written: {error}")
    return tuple(written), replace(run, problems=(*run.problems, *problems))


def _requests(settings: Settings) -> tuple[ReportRequest, ...]:
    """The two reports of every run, then those that were asked for."""
    always = tuple(ReportRequest(format=key) for key in _ALWAYS_WRITTEN)
    return tuple(dict.fromkeys((*always, *settings.reports)))


def _spelled(path: Path, root: Path) -> str:
    with suppress(ValueError):
        return path.relative_to(root).as_posix()
    return os.fspath(path)


def _tracking(corridor: Corridor, witnessed: Witnessed) -> Tracking:
    """Derive the tracker from this session; a part of one that passed nothing shows nothing."""
    from pytest_boss_gates.tracking import Tracking

    recorder = witnessed.recorder
    passed = recorder.passed if recorder else None
    return Tracking(
        settings=corridor.settings,
        tree=corridor.tree,
        evidence=lambda: corridor.evidence,
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


def _practices() -> tuple[str, ...]:
    from pytest_boss_gates.evidence.catalogue import load_practices

    return tuple(row.key for row in load_practices())


def _notes(settings: Settings) -> tuple[str, ...]:
    notes = []
    if settings.defaults:
        notes.append(
            f"No targets in [tool.boss-gates.targets] of {settings.file}: "
            "the tracker's own success metrics are used."
        )
    if settings.report_only:
        notes.append("Report only: the exit status is left alone.")
    return tuple(notes)
