"""What a gate is, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_boss_gates.measure.coverage.reading import Reading
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.model import Measurement, Metric, Settings
    from pytest_boss_gates.repository.source import Source
    from pytest_boss_gates.repository.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known when the session is over; the same for every gate.

    ``recorder`` and ``coverage`` are None when no tests ran (the console command).
    """

    settings: Settings
    tree: Tree
    source: Source
    recorder: Recorder | None = None
    coverage: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A row of the table of gates: facts in, measurements out.

    ``measure`` gives at least one measurement for each metric of the gate that has a target.
    ``always`` gates cost nothing and are measured without a target, too.
    """

    key: str
    metrics: tuple[Metric, ...]
    measure: Callable[[Context], Iterable[Measurement]]
    always: bool = False
