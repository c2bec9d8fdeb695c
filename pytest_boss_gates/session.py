"""What talks to pytest while the gates are on: hooks in, the exit status and the summary out.

A controller (or a run without workers) records, judges and reports; an xdist worker only
hands over what it measured.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates import pipeline
from pytest_boss_gates.begun import Begun, branch_complaint
from pytest_boss_gates.errors import BossGatesError, SettingsError
from pytest_boss_gates.measure.recorder import FAILED_BEFORE, MARKS, Recorder, markers, parts_of
from pytest_boss_gates.model import Outcome
from pytest_boss_gates.partial import (
    Collected,
    Selection,
    files_left_out,
    partial_reason,
    repeated_by,
    shard_reason,
)
from pytest_boss_gates.telling import tell, tells_ci

if TYPE_CHECKING:
    import warnings
    from collections.abc import Generator, Mapping, Sequence

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.measure.recorder import Part
    from pytest_boss_gates.model import Run

_BEGUN: pytest.StashKey[Begun] = pytest.StashKey()
_PLUGIN = "boss-gates-session"
_KEY = "boss_gates"  # in xdist's workerinput and workeroutput
_REPEATING = ("flaky", "pytest-retry", "rerunfailures")  # plugins, by their entry points


def begin(config: pytest.Config, parser: pytest.Parser | None) -> None:
    """Read the settings and start measuring; faults are kept for ``join``."""
    config.stash[_BEGUN] = begun = Begun(config, parser)
    config.add_cleanup(begun.abandon)


def join(config: pytest.Config) -> None:
    """Register what takes part in the session. Raises UsageError for wrong settings."""
    if _BEGUN not in config.stash:  # loaded late, by a conftest's pytest_plugins
        begin(config, None)
    begun = config.stash[_BEGUN]
    if hasattr(config, "workerinput"):  # its controller has checked what plugins add
        begun.error = None if begun.corridor is not None else begun.error
    else:
        begun.complete(config)
    if begun.corridor is None or begun.error is not None:
        raise pytest.UsageError(_complaint(begun.error))
    if config.option.collectonly:
        return
    manager = config.pluginmanager
    parts = parts_of(begun.corridor.settings.targets)
    if markers(parts) or manager.hasplugin("flaky"):
        manager.register(Labels(parts), f"{_PLUGIN}-labels")
    if hasattr(config, "workerinput"):
        manager.register(Worker(config, begun, parts), _PLUGIN)
        return
    complaint = branch_complaint(begun.corridor.settings, begun.meter, config)
    if complaint := complaint or pipeline.lacking(begun.corridor):
        raise pytest.UsageError(complaint)
    witness = Witness(config, begun, begun.corridor, parts)
    manager.register(witness, _PLUGIN)
    if manager.hasplugin("xdist"):
        manager.register(Nodes(witness), f"{_PLUGIN}-nodes")


class _Collector:
    """Counts the tests that were collected, and those that were taken out again.

    ``parts`` are the tests that single targets are limited to. A shard tells tests by name.
    """

    def __init__(self, config: pytest.Config, begun: Begun, parts: Mapping[str, Part]) -> None:
        self._config = config
        self._begun = begun
        self._shard = begun.corridor.settings.shard if begun.corridor else None
        self._selection = Selection()
        self._parts = parts

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None]:
        """Notice tests that a plugin or a conftest took out."""
        before = Collected(self._config, self._begun.parser, items) if self._shard else None
        self._selection.collected = len(items)
        result = yield
        self._selection.kept = len(items)
        if any(map(config.pluginmanager.hasplugin, _REPEATING)):
            self._selection.repeated = any(map(_is_repeated, items))
        if before is not None:
            self._selection.chosen = before.chosen(items)
            self._selection.not_chosen = before.not_chosen(items)
        return result

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count what was deselected in the open."""
        self._selection.deselected += len(items)
        for scope, part in self._parts.items():
            count = sum(part.has(item.nodeid, _marks(item)) for item in items)
            self._selection.left_out[scope] = self._selection.left_out.get(scope, 0) + count


class Labels:
    """Writes on a test's last report what only its item knows; xdist takes it to the controller."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._markers = markers(parts)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note the markers that are asked for, and failures that the plugin flaky keeps secret."""
        report = yield
        if call.when == "teardown":
            if marks := self._markers.intersection(_marks(item)):
                setattr(report, MARKS, sorted(marks))
            if any(getattr(item, "_flaky_current_errors", None) or ()):
                setattr(report, FAILED_BEFORE, True)
        return report


class Worker(_Collector):
    """An xdist worker's part: count what was collected, hand the coverage data over."""

    def __init__(self, config: pytest.Config, begun: Begun, parts: Mapping[str, Part]) -> None:
        super().__init__(config, begun, parts)
        self._meter = begun.meter

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Hand over; the output is sent when this hook is through."""
        output: dict[str, Any] = {"selection": self._selection.as_sent(), "coverage": {}}
        try:
            if self._meter is not None:
                output["coverage"] = self._meter.part()
        except Exception as error:  # noqa: BLE001 - the controller reports it
            output["coverage"] = {"failure": f"the worker could not hand over: {error!r}"}
        self._config.workeroutput[_KEY] = output  # type: ignore[attr-defined]


class Nodes:
    """The controller's ear for its workers."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what a worker handed over; a crashed one handed nothing."""
        del error
        output = (getattr(node, "workeroutput", None) or {}).get(_KEY)
        self._witness.take_worker(str(node.gateway.id), output)


class Witness(_Collector):
    """The controller's part: record, and at the end judge, report and set the exit status."""

    def __init__(
        self,
        config: pytest.Config,
        begun: Begun,
        corridor: Corridor,
        parts: Mapping[str, Part],
    ) -> None:
        super().__init__(config, begun, parts)
        self._corridor = corridor
        self._recorder = Recorder(time.perf_counter, parts, whole=self._shard is not None)
        self.pytest_runtest_logreport = self._recorder.take  # three times a test: no call between
        self._workers = 0
        self._told = False  # by a worker, what was collected
        self._interrupted = ""
        self._run: Run | None = None
        self._written: tuple[str, ...] = ()
        self._tells_ci = tells_ci(corridor.settings, os.environ)
        self._for_ci: tuple[str, ...] = ()
        self._failure = ""
        self._problems: list[str] = []

    def pytest_sessionstart(self) -> None:
        """Start the clock where pytest's own starts, and the tools that run beside the tests."""
        self._recorder.start()
        shard = self._shard
        try:
            if shard is not None:
                from pytest_boss_gates.shards.send import forget

                forget(self._corridor, shard)
            if shard is None or shard.number == 1:  # one run of each tool is enough for the set
                self._begun.runs = self._corridor.start_tools()
        except BossGatesError as error:
            self._problems.append(str(error))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note modules that skipped themselves, and those that could not be collected."""
        if report.outcome == "skipped":
            longrepr = report.longrepr
            reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
            self._recorder.skip_collection(report.nodeid, reason.removeprefix("Skipped: "))
        elif report.outcome == "failed":
            self._recorder.collection_errors += 1

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str
    ) -> None:
        """Count a warning; where it came from is its place, or the test's."""
        category = warning_message.category.__name__
        path = _relative(str(warning_message.filename), self._config)
        text = f"{category}: {str(warning_message.message)[:200]}"
        place = path or nodeid.partition("::")[0]
        self._recorder.warn(text, place, warning_message.lineno, early=when != "runtest")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the run was broken off."""
        self._interrupted = "interrupted" if excinfo.errisinstance(KeyboardInterrupt) else "stopped"

    def pytest_internalerror(self) -> None:
        """Remember that pytest or a plugin broke."""
        self._interrupted = "internal error"

    def take_worker(self, worker: str, output: dict[str, Any] | None) -> None:
        """Take what an ended worker handed over, None when it crashed."""
        self._workers += 1
        if output is not None:
            self._selection = Selection.from_sent(output["selection"])
            self._told = True
        if self._begun.meter is not None:
            self._begun.meter.take_part(worker, None if output is None else output["coverage"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge once everybody else is through, and say so by the exit status."""
        self._conclude(session, int(exitstatus))
        run = self._run
        if session.exitstatus == pytest.ExitCode.OK:
            if run is not None:
                status = pipeline.exit_status(run.outcome, report_only=run.report_only)
                session.exitstatus = status or pytest.ExitCode.OK
            elif self._shard is not None:  # without a bundle nobody will judge
                session.exitstatus = pipeline.EXIT_STATUS[Outcome.UNKNOWN]
        self._add_to_last_line()

    def pytest_unconfigure(self) -> None:
        """Write the reports even when somebody's error kept ``sessionfinish`` from us."""
        if self._run is None and not self._failure:
            self._interrupted = self._interrupted or "the session did not finish"
            self._conclude(None, None)

    def _conclude(self, session: pytest.Session | None, exit_status: int | None) -> None:
        self._recorder.finish()
        runs = self._begun.runs
        if runs is not None and self._interrupted:
            runs.abandon()
        for scope, part in self._recorder.parts.items():
            part.deselected = self._selection.left_out.get(scope, 0)
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        looks_on = reporter is not None and self._config.get_verbosity() >= 0
        with self._corridor.progress.below(reporter if looks_on else None):
            self._judge(session, exit_status)

    def _judge(self, session: pytest.Session | None, exit_status: int | None) -> None:
        try:
            self._recorder.reruns = repeated_by(self._config, self._selection)
            witnessed = pipeline.Witnessed(
                started=self._begun.started,
                recorder=self._recorder,
                meter=self._begun.meter,
                runs=self._begun.runs,
                partial=self._partial(session),
                workers=self._workers,
                exit_status=exit_status,
                versions={"pytest": pytest.__version__},
                problems=tuple(self._problems),
            )
            run = self._concluded(witnessed)
            self._written, self._run = pipeline.write(self._corridor, run)
            if self._tells_ci:
                self._for_ci, self._run = tell(self._run, os.environ)
        except BossGatesError as error:
            self._failure = f"boss-gates: {error}"
        except Exception as error:  # noqa: BLE001 - nothing of ours may break the user's run
            self._failure = f"boss-gates failed: {error!r}"

    def _concluded(self, witnessed: pipeline.Witnessed) -> Run:
        """Judge, or leave that to the fan-in."""
        if self._shard is None:
            return pipeline.conclude(self._corridor, witnessed)
        from pytest_boss_gates.shards.send import hand_over

        with self._corridor.progress.doing("writing the bundle"):
            return hand_over(self._corridor, self._shard, witnessed, self._selection)

    def _partial(self, session: pytest.Session | None) -> str:
        config, parser = self._config, self._begun.parser
        if self._shard is None:
            return self._interrupted or partial_reason(
                config, session, self._selection, self._recorder, parser
            )
        self._selection.files_left_out = files_left_out(config, parser)
        if self._workers and not self._told:
            return "no worker told which tests there are"
        return shard_reason(config, session, self._recorder, parser) or self._interrupted

    def _add_to_last_line(self) -> None:
        """Let pytest's last line read like ``1 passed, 2 gates missed``."""
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter is None or self._run is None:
            return
        from pytest_boss_gates.report.terminal import headline

        for words, count in headline(self._run):
            reporter.stats.setdefault(words, []).extend(_Counted() for _ in range(count))
        with suppress(Exception):  # private: the colour and the words of the line are cached
            reporter._set_main_color()  # noqa: SLF001

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the verdict table; under ``-q`` only what is not met."""
        if self._run is None:
            if self._failure:
                terminalreporter.write_line(self._failure, red=True)
            return
        from pytest_boss_gates.report.terminal import lines, speaks_unicode

        writer = terminalreporter._tw  # noqa: SLF001 - the only way to its width and encoding
        stream = getattr(writer, "_file", None)
        shown = lines(
            self._run,
            width=min(writer.fullwidth, 100),
            quiet=self._config.get_verbosity() < 0,
            unicode=speaks_unicode(getattr(stream, "encoding", None)),
            written=self._written,
        )
        if shown:
            terminalreporter.section("boss gates")
        for line in shown:
            for segment in line:
                terminalreporter.write(segment.text, **dict.fromkeys(segment.markup, True))
            terminalreporter.write("\n")
        for command in self._for_ci:
            terminalreporter.write_line(command)


class _Counted:
    """An entry of the terminal's statistics; other plugins read them all as test reports."""

    nodeid = "boss-gates"
    when = "teardown"
    outcome = "gate"
    duration = 0.0
    longrepr = None

    def __init__(self) -> None:
        self.keywords: dict[str, object] = {}
        self.user_properties: list[tuple[str, object]] = []
        self.sections: list[tuple[str, str]] = []


def _complaint(error: BossGatesError | None) -> str:
    if isinstance(error, SettingsError):
        count = len(error.problems)
        head = "boss-gates: the settings are wrong" + (f" ({count} problems)" if count > 1 else "")
        return "\n  ".join([f"{head}:", *map(str, error.problems)])
    return f"boss-gates: {error}"


def _marks(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()}


def _is_repeated(item: pytest.Item) -> bool:
    """Whether a mark, or a decorator of the plugin flaky, lets a test be repeated."""
    decorated = hasattr(getattr(item, "obj", None), "_flaky_max_runs")
    return decorated or item.get_closest_marker("flaky") is not None


def _relative(filename: str, config: pytest.Config) -> str:
    with suppress(ValueError):
        from pathlib import Path

        return Path(filename).relative_to(config.rootpath).as_posix()
    return filename
