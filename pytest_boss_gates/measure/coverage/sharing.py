"""Coverage that is handed over: what a session measured as plain facts, and many read as one.

It goes from shard to shard's end as lines and arcs by path, not as coverage.py's own file: its
loading runs the SQL that it is given, and a bundle may come from anywhere.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_boss_gates.measure.coverage.analysis import (
    Lens,
    as_a_guest,
    home_of,
    listed,
    opened,
    option,
    read,
    relative,
    user_source,
)
from pytest_boss_gates.measure.coverage.reading import Mode, Reading
from pytest_boss_gates.model import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from coverage import Coverage, CoverageData

    from pytest_boss_gates.measure.coverage.reading import Plan
    from pytest_boss_gates.repository.source import Source

_LENT = (  # what a command line may have set in a lender, and its configuration file does not say
    "run:branch",
    "run:source",
    "run:source_pkgs",
    "run:source_dirs",
    "run:include",
    "run:omit",
    "report:include",
    "report:omit",
    "report:exclude_lines",
    "report:partial_branches",
    "report:include_namespace_packages",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFile:
    """What ran in one file; ``lines``, or ``arcs`` where branches were measured."""

    path: str  # relative to the root where it lies below it
    lines: tuple[int, ...] = ()
    arcs: tuple[tuple[int, int], ...] = ()  # from line, to line; negative: entry or exit
    tracer: str = ""  # the file plugin that saw it


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a session measured, beside the settings."""

    core: str = ""
    workers: int = 0
    early: tuple[str, ...] = ()  # packages imported before measuring could start
    killed: int = 0  # child processes whose data is lost

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what the numbers leave out."""
        notes = []
        if self.early:
            notes.append(
                f"{', '.join(self.early)}: imported before measuring could start, so lines that "
                "run on import count as missed. `coverage run -m pytest --boss-gates` starts "
                "earlier."
            )
        if self.killed:
            count = plural(self.killed, "child process")
            notes.append(f"{count} killed before its data was written: not counted")
        return tuple(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a session measured, before it is read; ``reason`` when there is nothing."""

    mode: Mode
    branch: bool = False
    files: tuple[MeasuredFile, ...] = ()
    start: str = "."  # where coverage.py worked, relative to the root
    options: dict[str, bool | list[str]] = field(default_factory=dict)  # of a lender
    how: How = field(default_factory=How)
    reason: str = ""
    remedy: str = ""
    not_for_this_run: bool = False


class Nothing(NamedTuple):
    """Why there is nothing to read or to hand over, and what to do."""

    reason: str
    remedy: str = ""


def read_as(lens: Lens, mode: Mode, how: How, *notes: str) -> Reading:
    """Read the numbers, and say how they were measured. Raises ``CoverageException``."""
    return read(lens, mode, core=how.core, workers=how.workers, notes=(*how.notes, *notes))


def pack(lens: Lens, mode: Mode, how: How) -> Measured:
    """Take out of a Coverage what ran where. To be called in ``lens.start``."""
    data, root = lens.cov.get_data(), lens.plan.root
    homes = homes_of(data.measured_files(), root, lens.source)
    files = _files(data, lens, homes)
    return Measured(
        mode=mode,
        branch=bool(data.has_arcs() or option(lens.cov, "run:branch")),
        files=tuple(sorted(files, key=lambda file: file.path)),
        start=relative(lens.start, root),
        options={} if mode is Mode.OWN else _options(lens.cov),
        how=how,
    )


def homes_of(paths: Iterable[str], root: Path, source: Source) -> dict[str, str]:
    """Give the installed files that are copies of the project's own, with these, relative."""
    return {path: relative(home, root) for path in paths if (home := home_of(path, root, source))}


def _files(data: CoverageData, lens: Lens, homes: dict[str, str]) -> Iterator[MeasuredFile]:
    arcs = data.has_arcs()
    for name in data.measured_files():
        path = os.path.normpath(lens.start / name)
        yield MeasuredFile(
            path=homes.get(name) or relative(path, lens.plan.root),
            lines=() if arcs else tuple(sorted(data.lines(name) or ())),
            arcs=tuple(sorted(data.arcs(name) or ())) if arcs else (),
            tracer=data.file_tracer(name) or "",
        )


def _options(cov: Coverage) -> dict[str, bool | list[str]]:
    found: dict[str, bool | list[str]] = {}
    for name in _LENT:
        value = option(cov, name)
        if isinstance(value, bool):
            found[name] = value
        elif isinstance(value, (list, tuple, set)):
            found[name] = [str(entry) for entry in value]
    return found


class SharedMeter:
    """Reads what several sessions measured as if it had been one."""

    def __init__(self, plan: Plan, parts: Sequence[tuple[str, Measured]]) -> None:
        self._plan = plan
        self._parts = parts

    @property
    def mode(self) -> Mode:
        """Who measured: the same in all parts."""
        return self._parts[0][1].mode

    def start(self) -> None:
        """Start nothing: it has been measured."""

    def part(self) -> dict[str, Any]:
        """Hand nothing over."""
        return {}

    def take_part(self, worker: str, part: dict[str, Any] | None) -> None:
        """Nothing to take."""

    def measured(self) -> Measured:
        """Give the first part: what was handed over is not handed over again."""
        return self._parts[0][1]

    def abandon(self) -> None:
        """Leave nothing behind: ``finish`` has not."""

    def finish(self) -> Reading:
        """Unite the parts and read the numbers."""
        from coverage.exceptions import CoverageException

        for name, part in self._parts:
            if part.reason:
                return Reading(
                    mode=part.mode,
                    reason=f"{name}: {part.reason}",
                    remedy=part.remedy,
                    not_for_this_run=part.not_for_this_run,
                )
        private = self._plan.private_directory()
        start = self._plan.root / self._parts[0][1].start
        with as_a_guest(start if start.is_dir() else self._plan.root):
            try:
                return self._read(private)
            except CoverageException as error:
                return Reading(mode=self.mode, reason=f"coverage.py: {error}")
            finally:
                shutil.rmtree(private, ignore_errors=True)

    def _read(self, private: Path) -> Reading:
        from pytest_boss_gates.measure.coverage.engine import OwnMeter

        plan, first = self._plan, self._parts[0][1]
        start = Path(os.getcwd())
        if first.mode is Mode.OWN:
            own = OwnMeter(plan)
            cov = own.configured(private / "united")
            source, limited = own.source, own.limited
        else:
            cov = _as_lent(private / "united", first.options)
            source = plan.find_source(user_source(cov, start=start, root=plan.root))
            limited = bool(plan.source)
        if stranger := _stranger(cov, self._parts):
            return Reading(mode=first.mode, **stranger._asdict())
        hows = [part.how for _, part in self._parts]
        how = How(
            core=", ".join(sorted({how.core for how in hows})),
            workers=sum(how.workers for how in hows),
            early=tuple(sorted({name for how in hows for name in how.early})),
            killed=sum(how.killed for how in hows),
        )
        with opened(cov) as data:
            for _, part in self._parts:
                _add(data, part, plan.root)
            lens = Lens(
                cov=cov,
                plan=plan,
                source=source,
                start=start,
                scratch=private,
                limited=limited,
                ours=data,
            )
            return read_as(lens, first.mode, how, f"measured in {plural(len(hows), 'shard')}")


def _stranger(cov: Coverage, parts: Sequence[tuple[str, Measured]]) -> Nothing | None:
    """Find a file that only a plugin can read which is not named here."""
    known = listed(cov, "run:plugins")
    for name, part in parts:
        for file in part.files:
            plugin = file.tracer.rpartition(".")[0]  # coverage.py adds the name of the class
            if file.tracer and plugin not in known:
                return Nothing(
                    f"{name}: {file.path} was measured by a plugin that coverage.py's settings "
                    f"here do not name: {file.tracer}",
                    "Name it under plugins in [tool.coverage.run].",
                )
    return None


def _as_lent(data_file: Path, options: dict[str, bool | list[str]]) -> Coverage:
    from coverage import Coverage

    cov = Coverage(data_file=os.fspath(data_file), config_file=True, messages=False)
    for name in _LENT:  # and nothing else that a bundle may name
        if name in options:
            cov.set_option(name, options[name])
    cov.set_option("run:relative_files", False)
    return cov


def _add(data: CoverageData, part: Measured, root: Path) -> None:
    """Add what a part says of each file, also of those that nothing ran in."""
    places = {file.path: os.path.normpath(root / file.path) for file in part.files}
    ran = [file for file in part.files if file.lines or file.arcs]
    if part.branch:
        data.add_arcs({places[file.path]: file.arcs for file in ran})
    else:
        data.add_lines({places[file.path]: file.lines for file in ran})
    data.add_file_tracers({places[file.path]: file.tracer for file in ran if file.tracer})
    if ran:  # coverage.py has no place for files without anything that ran
        for file in part.files:
            if not (file.lines or file.arcs):
                data.touch_file(places[file.path], file.tracer)
