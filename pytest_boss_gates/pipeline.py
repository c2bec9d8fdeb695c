"""The corridor: carries a run from room to room, with or without a test session.

A gate that raises, or a room, becomes an unknown with its traceback in the report, never an error
of the user's run. Broad ``except`` stands here, in the hooks of ``session`` that may never raise,
and where coverage.py starts the project's own plugins; nowhere else.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pytest_boss_gates import __version__
from pytest_boss_gates.errors import WriteError
from pytest_boss_gates.judge import judge, outcome
from pytest_boss_gates.measure import GATES, METRICS, Context
from pytest_boss_gates.measure.coverage import borrow
from pytest_boss_gates.measure.coverage.metrics import BRANCH_COVERAGE
from pytest_boss_gates.measure.coverage.metrics import METRICS as COVERAGE_METRICS
from pytest_boss_gates.measure.coverage.reading import Reading
from pytest_boss_gates.model import Measurement, Outcome, ReportRequest, Run, RunIdentity
from pytest_boss_gates.report import FORMATS
from pytest_boss_gates.report.write import prepare_home, write_whole
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.load import Options, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pytest_boss_gates.measure import Gate
    from pytest_boss_gates.measure.coverage.borrow import Meter
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.model import Settings, Table, Verdict
    from pytest_boss_gates.repository.source import Source

EXIT_STATUS = {Outcome.MET: 0, Outcome.MISSED: 10, Outcome.UNKNOWN: 11}
"""What a run's outcome makes of an exit status of 0."""

_ALWAYS_WRITTEN = ("markdown", "json")
_DAY = 86_400.0
_TRACEBACK = "The traceback is in .boss-gates/report.json; please report it."
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)  # no slots: the cached properties need a __dict__
class Corridor:
    """Settings that were found good, and the tree they are about."""

    settings: Settings
    tree: Tree

    @cached_property
    def source(self) -> Source:
        """The project's own source, as configured or found."""
        return find_source(self.tree, self.settings.source, self.settings.exclude)

    @cached_property
    def home(self) -> Path:
        """``.boss-gates/``, made when it is first needed. Raises WriteError."""
        return prepare_home(self.settings.root)

    def meter(
        self, *, start: Path, off: str, pytest_cov: Callable[[], object] | None
    ) -> Meter | None:
        """Decide who measures coverage; None when no target asks for it."""
        settings = self.settings
        if not any(settings.wants(metric.key) for metric in COVERAGE_METRICS):
            return None
        scratch = self.home / "cache"
        try:
            scratch.mkdir(exist_ok=True)
        except OSError as error:
            raise WriteError(f"{scratch} cannot be made: {error}") from error
        borrow.clean(scratch, older_than=time.time() - _DAY)
        plan = borrow.Plan(
            tree=self.tree,
            scratch=scratch,
            source=settings.source,
            exclude=settings.exclude,
            branch=settings.wants(BRANCH_COVERAGE.key),
            core=settings.coverage_core,
        )
        return borrow.choose(plan, start=start, off=off, pytest_cov=pytest_cov)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What a test session has to tell; the console command has nothing."""

    started: float = field(default_factory=time.time)  # epoch seconds
    recorder: Recorder | None = None
    meter: Meter | None = None
    partial: str = ""
    workers: int = 0
    exit_status: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def enter(root: Path, options: Options) -> Corridor:
    """Read the settings. Raises SettingsError with everything that is wrong."""
    tree = Tree(root=root)
    settings = load(
        root,
        options,
        metrics=METRICS,
        formats=FORMATS,
        tools=_tool_names,
        files=lambda: tree.files,
        on_default_branch=lambda: _on_default_branch(root),
    )
    return Corridor(settings=settings, tree=tree)


def settings_schema() -> dict[str, object]:
    """Give the JSON Schema of ``[tool.boss-gates]``, with every metric, tool and format."""
    from pytest_boss_gates.settings.schema import settings_schema as schema

    return schema(METRICS, _tool_names(), formats=FORMATS)


def settings_reference() -> str:
    """Give the reference of the settings as Markdown, from the same declarations."""
    from pytest_boss_gates.settings.schema import settings_reference as reference

    return reference(METRICS)


def conclude(corridor: Corridor, witnessed: Witnessed) -> Run:
    """Walk the rest of the corridor: measure, judge, track."""
    settings = corridor.settings
    problems = list(witnessed.problems)
    coverage = None
    if witnessed.meter is not None:
        meter = witnessed.meter
        coverage = _guarded(meter.finish, problems) or Reading(
            mode=meter.mode,
            reason=f"coverage could not be read: {problems[-1].strip().splitlines()[-1]}",
            remedy="The traceback is in the report.",
        )
    context = Context(
        settings=settings,
        tree=corridor.tree,
        source=corridor.source,
        recorder=witnessed.recorder,
        coverage=coverage,
    )
    verdicts = tuple(_verdicts(context, witnessed.partial, problems))
    tables, remarks = _guarded(lambda: _tables(corridor), problems) or ((), ())
    return Run(
        identity=_identity(settings, witnessed, coverage.fingerprint if coverage else {}),
        outcome=outcome(verdicts, strict=settings.strict),
        verdicts=verdicts,
        tables=tables,
        notes=(*_notes(settings), *remarks),
        problems=tuple(problems),
        report_only=settings.report_only,
    )


def write(corridor: Corridor, run: Run) -> tuple[tuple[str, ...], Run]:
    """Write every report; give the paths written, and the run with what went wrong noted."""
    written: list[str] = []
    problems: list[str] = []
    for request in _requests(corridor.settings):
        row = FORMATS[request.format]
        try:
            path = request.path or corridor.home / row.file_name
            text = _guarded(lambda: row.render(run), problems)  # noqa: B023 - called at once
            if text is not None:
                write_whole(path, text)
                written.append(_spelled(path, corridor.settings.root))
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


def _verdicts(context: Context, partial: str, problems: list[str]) -> Iterable[Verdict]:
    settings = context.settings
    targets = {(target.metric, target.scope): target for target in settings.targets}
    for gate in GATES:
        wanted = any(settings.wants(metric.key) for metric in gate.metrics)
        if not wanted and not gate.always:
            continue
        for measurement in _measurements(gate, context, problems):
            target = targets.pop((measurement.metric, measurement.scope), None)
            if target is None and measurement.value is None:
                continue
            yield judge(
                METRICS[measurement.metric],
                target,
                measurement,
                partial=partial,
                strict=settings.strict,
            )
    for target in targets.values():  # nothing asked for is ever dropped silently
        missing = Measurement.unknown(
            target.metric, "the gate gave no measurement", scope=target.scope
        )
        yield judge(METRICS[target.metric], target, missing, partial=partial)


def _measurements(gate: Gate, context: Context, problems: list[str]) -> list[Measurement]:
    """Measure, or give an unknown for each wanted metric of a gate that raised."""
    found = _guarded(lambda: list(gate.measure(context)), problems)
    if found is not None:
        return found
    settings = context.settings
    reason = f"the {gate.key} gate failed: {_last_line(problems)}"
    return [
        Measurement.unknown(target.metric, reason, scope=target.scope, remedy=_TRACEBACK)
        for target in settings.targets
        if any(metric.key == target.metric for metric in gate.metrics)
    ]


def _last_line(problems: list[str]) -> str:
    return problems[-1].strip().splitlines()[-1]


def _guarded(work: Callable[[], _T], problems: list[str]) -> _T | None:
    try:
        return work()
    except Exception:  # noqa: BLE001 - see above
        problems.append(traceback.format_exc())
        return None


def _tables(corridor: Corridor) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Give the tracker's tables, and what of the repository could not be read for them."""
    from pytest_boss_gates.evidence.catalogue import load_catalogue
    from pytest_boss_gates.evidence.declared import declared
    from pytest_boss_gates.tracker.tooling import tables

    found = declared(corridor.tree, load_catalogue())
    return tables(found.facts), found.problems


def _tool_names() -> tuple[str, ...]:
    from pytest_boss_gates.evidence.catalogue import tool_names

    return tool_names()


def _on_default_branch(root: Path) -> bool:
    """Whether a push to the default branch is at work here, not a pull request."""
    from pytest_boss_gates.repository.ci import detect
    from pytest_boss_gates.repository.git import default_branch, identify

    ci = detect(os.environ)
    if ci.pull_request:
        return False
    branch = ci.branch or identify(root).branch
    return bool(branch) and branch == (ci.default_branch or default_branch(root))


def _identity(
    settings: Settings, witnessed: Witnessed, fingerprint: Mapping[str, str]
) -> RunIdentity:
    from pytest_boss_gates.repository.ci import detect
    from pytest_boss_gates.repository.git import identify

    ci = detect(os.environ)
    checkout = identify(settings.root)
    return RunIdentity(
        root=settings.root,
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
    )


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
