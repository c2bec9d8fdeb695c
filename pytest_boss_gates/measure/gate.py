"""What a gate is, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.model import BaseSettings, Events, Measurement, Tracked
from pytest_boss_gates.repository.base import Base

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.measure.coverage.reading import Reading
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.measure.tools.run import Runs
    from pytest_boss_gates.model import BaseValue, Ending, Metric, Settings
    from pytest_boss_gates.repository.source import Source
    from pytest_boss_gates.repository.tree import Tree


def _nothing_seen() -> Evidence:
    from pytest_boss_gates.evidence.answer import Evidence

    return Evidence(facts={})


def _nothing_known(_metric: str, _scope: str) -> None:
    return None


def _nothing_kept() -> History:
    from pytest_boss_gates.history.view import History

    return History()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known when the session is over; the same for every gate.

    ``recorder`` and ``coverage`` are None when no tests ran (the console command).
    ``base`` finds what the change is compared with when it is first called, and
    ``settings_at_base`` reads what was wanted there. ``at_base`` gives what history keeps of a
    metric over a scope there, None when it keeps nothing; a gate that can tell itself gives the
    measurement its ``base``, and what comes without a known one is asked for here. ``evidence``
    looks at the repository when it is first called, and ``tools`` gives all rows of the catalogue
    by key: the gates and the tracker share one look. ``tracked`` derives the tracker when it is
    first called. ``history`` gives what was before this run, and ``endings`` by node id how each
    test ended in earlier sessions on exactly the same files; asking them raises HistoryError,
    which the corridor makes the reason of an unknown.
    """

    settings: Settings
    tree: Tree
    source: Source
    base: Callable[[], Base] = Base
    settings_at_base: Callable[[], BaseSettings] = BaseSettings
    evidence: Callable[[], Evidence] = _nothing_seen
    tools: Callable[[], Mapping[str, Tool]] = dict
    cache: Path | None = None  # the directory of caches; None: nothing is kept
    recorder: Recorder | None = None
    coverage: Reading | None = None
    tracked: Callable[[], Tracked] = Tracked
    history: Callable[[], History] = _nothing_kept
    at_base: Callable[[str, str], BaseValue | None] = _nothing_known
    endings: Callable[[], Mapping[str, tuple[Ending, ...]]] = dict
    events: Callable[[], Events] = Events  # of delivery, gathered when it is first called
    runs: Runs | None = None  # the tools that were started beside the tests
    installed: Mapping[str, str | None] = field(default_factory=dict)  # where the tests ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A row of the table of gates: facts in, measurements out.

    ``measure`` gives at least one measurement for each metric of the gate that has a target.
    ``always`` gates cost nothing and are measured without a target, too. ``last`` ones look at
    what the others measured, by ``Context.tracked``, and come after all of them.
    """

    key: str
    metrics: tuple[Metric, ...]
    measure: Callable[[Context], Iterable[Measurement]]
    always: bool = False
    last: bool = False


def without_coverage(context: Context, metric: str, scope: str) -> Measurement:
    """Give the measurement of a metric that rests on coverage, where there is none: why."""
    reading = context.coverage
    if reading is None:
        return Measurement.skipped(metric, "no tests are run by this command", scope=scope)
    if reading.not_for_this_run:
        return Measurement.skipped(metric, reading.reason, scope=scope)
    return Measurement.unknown(metric, reading.reason, scope=scope, remedy=reading.remedy)


def without_files(metric: str, scope: str) -> Measurement:
    """Give the measurement of a metric that rests on coverage, where no file was measured."""
    return Measurement.unknown(
        metric,
        f"{scope!r} matches no measured file" if scope else "no file was measured",
        scope=scope,
        remedy='Name the source roots: source = ["src"] in [tool.boss-gates].',
    )
