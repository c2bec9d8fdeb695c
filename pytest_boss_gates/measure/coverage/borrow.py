"""Reading the coverage that somebody else measures in this session, and deciding who does."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pytest_boss_gates.measure.coverage.analysis import (
    Lens,
    as_a_guest,
    core_of,
    option,
    user_source,
)
from pytest_boss_gates.measure.coverage.engine import OwnMeter
from pytest_boss_gates.measure.coverage.reading import Mode, Plan, Reading
from pytest_boss_gates.measure.coverage.sharing import How, Measured, Nothing, pack, read_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage import Coverage

_T = TypeVar("_T")


class Meter(Protocol):
    """What a session asks of whoever measures."""

    @property
    def mode(self) -> Mode:
        """Who measures."""

    def start(self) -> None:
        """Start measuring, in a process that runs tests."""

    def part(self) -> dict[str, Any] | None:
        """End measuring in an xdist worker: what it hands over, in types that can be sent."""

    def take_part(self, worker: str, part: dict[str, Any] | None) -> None:
        """Take what an ended worker handed over; None when it was lost."""

    def finish(self) -> Reading:
        """End measuring and read the numbers, in the process that reports."""

    def measured(self) -> Measured:
        """End measuring and give what ran, to be read elsewhere; in place of ``finish``."""

    def abandon(self) -> None:
        """Leave nothing behind, whatever state this is in."""


class _Lent:
    """What the meters that measure nothing themselves have in common."""

    def start(self) -> None:
        """Start nothing."""

    def part(self) -> dict[str, Any]:
        """Hand nothing over: a worker's data goes another way."""
        return {}

    def abandon(self) -> None:
        """Leave the lender alone."""


class OffMeter(_Lent):
    """Nobody measures, and ``reason`` says why."""

    mode = Mode.OFF

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def take_part(self, worker: str, part: dict[str, Any] | None) -> None:
        """Nothing to take."""

    def finish(self) -> Reading:
        """Give the reason."""
        return Reading(mode=Mode.OFF, reason=self._reason, not_for_this_run=True)

    def measured(self) -> Measured:
        """Give the reason."""
        return Measured(mode=Mode.OFF, reason=self._reason, not_for_this_run=True)


class BorrowedMeter(_Lent):
    """pytest-cov measures, or ``coverage run`` around us; we only read, at the end.

    ``lender`` gives the other's Coverage once the tests are over, or a sentence that says why
    there is none to read.
    """

    def __init__(self, mode: Mode, plan: Plan, start: Path, lender: Callable[[], object]) -> None:
        self.mode = mode
        self._plan = plan
        self._start = start
        self._lender = lender
        self._workers = 0
        self._lost: list[str] = []

    def take_part(self, worker: str, part: dict[str, Any] | None) -> None:
        """Note that there was a worker, and whether it ended well."""
        self._workers += 1
        if part is None:
            self._lost.append(worker)

    def finish(self) -> Reading:
        """Read the lender's numbers."""
        done = self._used(read_as)
        return Reading(mode=self.mode, **done._asdict()) if isinstance(done, Nothing) else done

    def measured(self) -> Measured:
        """Give what the lender measured."""
        done = self._used(pack)
        return Measured(mode=self.mode, **done._asdict()) if isinstance(done, Nothing) else done

    def _used(self, use: Callable[[Lens, Mode, How], _T]) -> _T | Nothing:
        """Use what the lender measured; gives the reason and a remedy where there is nothing."""
        from coverage.exceptions import CoverageException

        if self._lost:
            return Nothing(f"worker {', '.join(self._lost)} crashed, its data is lost")
        if self._workers and self.mode is Mode.RUNNING:
            return Nothing(
                "the tests ran in worker processes, which `coverage run` does not measure",
                "Run pytest --boss-gates without `coverage run`: it measures by itself.",
            )
        lent = self._lender()
        if isinstance(lent, str):
            return Nothing(lent)
        scratch = self._plan.private_directory()
        with as_a_guest(self._start):
            try:
                lens = self._lens(lent, scratch)  # type: ignore[arg-type]  # found by duck typing
                return use(lens, self.mode, How(core=core_of(lens.cov), workers=self._workers))
            except CoverageException as error:
                return Nothing(f"coverage.py: {error}")
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def _lens(self, cov: Coverage, scratch: Path) -> Lens:
        plan, start = self._plan, Path(os.path.realpath(self._start))
        _begin_paths_here()
        return Lens(
            cov=cov,
            plan=plan,
            source=plan.find_source(user_source(cov, start=start, root=plan.root)),
            start=start,
            scratch=scratch,
            limited=bool(plan.source),
        )


def _begin_paths_here() -> None:
    """Let coverage.py spell its relative paths from the working directory.

    They begin where a Coverage was last made, and the tests may have made one anywhere.
    """
    from coverage import Coverage

    Coverage(data_file=None, config_file=False).get_data()


def running() -> Coverage | None:
    """Give the Coverage that measures this process, without importing coverage.py for it."""
    module = sys.modules.get("coverage")
    current: Coverage | None = module.Coverage.current() if module is not None else None
    return current


def choose(plan: Plan, *, start: Path, off: str, pytest_cov: Callable[[], object] | None) -> Meter:
    """Decide who measures: nobody, pytest-cov, ``coverage run`` around us, or we ourselves.

    ``off`` is why nobody should; ``pytest_cov`` gives its Coverage at the end when it measures.
    """
    if off:
        return OffMeter(off)
    if pytest_cov is not None:
        return BorrowedMeter(Mode.PYTEST_COV, plan, start, pytest_cov)
    current = running()
    if current is not None:
        return BorrowedMeter(Mode.RUNNING, plan, start, lambda: current)
    if sys.gettrace() is not None:
        return OffMeter("a debugger or another tracer is at work")
    return OwnMeter(plan)


def branches_measured(cov: Coverage) -> bool:
    """Whether a lent Coverage measures branches."""
    return bool(option(cov, "run:branch"))


def clean(scratch: Path, *, older_than: float) -> None:
    """Remove the private directories of processes that were killed (before the given time)."""
    for path in scratch.glob("coverage-*"):
        try:
            if path.stat().st_mtime < older_than:
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue


__all__ = ["Meter", "Plan", "branches_measured", "choose", "clean", "running"]
