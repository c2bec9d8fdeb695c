"""Measuring our own coverage: when nobody else measures in this process.

Started before any conftest is imported, into a private data file, with the project's own
coverage.py settings. Under xdist every worker measures and hands its data to the controller.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.measure.coverage.analysis import (
    analyse,
    as_a_guest,
    core_of,
    fingerprint,
    in_source,
    listed,
    never_imported,
    notes_on,
    option,
    unmeasured,
    user_source,
)
from pytest_boss_gates.measure.coverage.reading import Mode, Reading
from pytest_boss_gates.repository.source import Source, find_source
from pytest_boss_gates.model import plural

if TYPE_CHECKING:
    from coverage import Coverage, CoverageData

    from pytest_boss_gates.repository.tree import Tree

_CHILD_VARIABLES = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to measure; ``source``, ``exclude`` and ``core`` are as configured with us."""

    tree: Tree
    scratch: Path  # a directory of ours, where private ones may be made
    source: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    branch: bool = False
    core: str = ""

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.tree.root

    def find_source(self, configured: tuple[str, ...]) -> Source:
        """Resolve configured source entries; without any, find the source."""
        return find_source(self.tree, configured, self.exclude)


class OwnMeter:
    """Measures this process, or unites what the workers measured."""

    mode = Mode.OWN

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cov: Coverage | None = None
        self._private: Path | None = None
        self._environment: dict[str, str | None] = {}
        self._parts: list[dict[str, Any]] = []
        self._lost: list[str] = []
        self._include: list[str] = []
        self._source = Source()
        self._failure = ""

    def start(self) -> None:
        """Start measuring; a failure is kept for the reading, not raised."""
        from coverage.exceptions import CoverageException

        self._private = Path(tempfile.mkdtemp(prefix="coverage-", dir=self._plan.scratch))
        self._environment = {name: os.environ.get(name) for name in _CHILD_VARIABLES}
        with as_a_guest(self._plan.root):
            try:
                cov = self._configured(self._private / "data")
                cov.start()
            except (CoverageException, AssertionError) as error:
                self._failure = f"coverage.py could not start: {error}"
            else:
                self._cov = cov

    def part(self) -> dict[str, Any] | None:
        """Stop, and give what this worker measured, in types that execnet can send."""
        with as_a_guest(self._plan.root):
            try:
                return self._collect()
            finally:
                self.abandon()

    def take_part(self, worker: str, part: dict[str, Any] | None) -> None:
        """Take what a worker handed over; None when it was lost."""
        if part is None:
            self._lost.append(worker)
        else:
            self._parts.append(part)

    def finish(self) -> Reading:
        """Stop measuring and read the numbers."""
        from coverage.exceptions import CoverageException

        with as_a_guest(self._plan.root):
            try:
                if self._cov is not None:
                    self._parts.append(self._collect() or {})
                return self._read()
            except CoverageException as error:
                return self._without_numbers(str(error))
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Stop measuring and remove every trace, whatever state this is in."""
        cov, self._cov = self._cov, None
        if cov is not None and type(cov).current() is cov:
            with as_a_guest(self._plan.root):
                cov.stop()
        for name, value in self._environment.items():
            if value is not None:
                os.environ[name] = value
            else:
                os.environ.pop(name, None)
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)

    def _configured(self, data_file: Path) -> Coverage:
        """Give a Coverage with the project's settings, and ours where it has none."""
        from coverage import Coverage

        cov = Coverage(data_file=os.fspath(data_file), config_file=True, messages=False)
        if self._plan.branch:
            cov.set_option("run:branch", True)
        self._set_source(cov)
        cov.set_option("run:dynamic_context", None)  # contexts cost, and nothing here reads them
        cov.set_option("run:relative_files", False)
        if not option(cov, "run:patch"):
            cov.set_option("run:parallel", False)
        if "multiprocessing" in listed(cov, "run:concurrency"):
            cov.set_option("run:parallel", True)
            os.environ["COVERAGE_FILE"] = os.fspath(data_file)  # where the children write
        core = self._core(cov)
        if core:
            cov.set_option("run:core", core)
        return cov

    def _set_source(self, cov: Coverage) -> None:
        """Keep the source that the project's coverage settings name, else set what we find."""
        user = () if self._plan.source else user_source(cov)
        self._source = source = self._plan.find_source(self._plan.source or user)
        if user:
            return
        root = self._plan.root
        cov.set_option("run:source", [os.fspath(root / path) for path in source.dirs])
        cov.set_option("run:source_pkgs", list(source.packages))
        cov.set_option("run:include", None)  # applied in the report; a source would override it

    def _core(self, cov: Coverage) -> str:
        """Choose the cheapest core that gives the same answer; "" leaves it to coverage.py.

        ``sys.monitoring`` sees the same lines as the C tracer for a fraction of the cost, but
        before 3.14 no branches, and never plugins' files or greenlets.
        """
        if self._plan.core:
            return self._plan.core
        chosen_by_user = option(cov, "run:core") or os.environ.get("COVERAGE_CORE")
        plain = listed(cov, "run:concurrency") <= {"thread"} and not option(cov, "run:plugins")
        if (
            not chosen_by_user
            and plain
            and not cov.get_option("run:branch")
            and sys.implementation.name == "cpython"
            and sys.version_info >= (3, 12)
        ):
            return "sysmon"
        return ""

    def _collect(self) -> dict[str, Any] | None:
        """Stop and pack the data, that of measured child processes included."""
        from coverage import CoverageData

        cov = self._cov
        if cov is None or self._private is None:
            return {"failure": self._failure} if self._failure else None
        if type(cov).current() is not cov:
            return {"failure": "another coverage measurement was started while this one ran"}
        cov.stop()
        data = cov.get_data()
        packed = [data.dumps()]
        own = os.path.abspath(data.data_filename())
        for path in sorted(self._private.iterdir()):
            if path.name.startswith("data.") and os.path.abspath(path) != own:
                child = CoverageData(basename=os.fspath(path))
                child.read()
                packed.append(child.dumps())
                child.close()
        data.close()
        return {"data": packed, "core": core_of(cov), "failure": ""}

    def _read(self) -> Reading:
        failures = [part["failure"] for part in self._parts if part.get("failure")]
        if failures or self._failure:
            return self._without_numbers(failures[0] if failures else self._failure)
        if self._lost:
            workers = ", ".join(self._lost)
            return self._without_numbers(
                f"{plural(len(self._lost), 'worker')} ended without handing over its data: "
                f"{workers}",
                "Find out why the worker crashed; its tests are in pytest's own report.",
            )
        if not any(part.get("data") for part in self._parts):
            return self._without_numbers("no process of this session measured anything")
        if self._private is None:  # the controller of workers measures nothing itself
            self._private = Path(tempfile.mkdtemp(prefix="coverage-", dir=self._plan.scratch))
        return self._analyse(self._private)

    def _analyse(self, private: Path) -> Reading:
        plan, root = self._plan, self._plan.root
        cov = self._configured(private / "united")
        source = self._source
        data = cov.get_data()
        for part in self._parts:
            for packed in part["data"]:
                _update(data, packed, root, source)
        never = unmeasured(data, plan.tree, source, start=root)
        files, unreadable, gone = analyse(
            cov, root=root, start=root, scratch=private, include=self._include
        )
        branch = bool(data.has_arcs() or cov.get_option("run:branch"))
        cores = sorted({part["core"] for part in self._parts if part["core"]})
        data.close()
        files += never_imported(never, root=root, start=root, scratch=private, branch=branch)
        return Reading(
            mode=Mode.OWN,
            files=in_source(files, source),
            branch=branch,
            unreadable=tuple(unreadable),
            notes=notes_on(gone),
            fingerprint=fingerprint(cov, core=", ".join(cores), files=len(files)),
        )

    def _without_numbers(self, reason: str, remedy: str = "") -> Reading:
        return Reading(mode=Mode.OWN, reason=reason, remedy=remedy)


def _update(data: CoverageData, packed: bytes, root: Path, source: Source) -> None:
    """Add a part; files of an installed copy count as the repository's own, when equal."""
    from coverage import CoverageData

    part = CoverageData(no_disk=True)
    part.loads(packed)
    homes = {path: _home(path, root, source) for path in part.measured_files()}
    moved = {path: home for path, home in homes.items() if home}
    if moved:
        data.update(part, map_path=lambda path: moved.get(path, path))
    else:
        data.update(part)
    part.close()


def _home(path: str, root: Path, source: Source) -> str:
    """Find the repository's file of which an installed file is a copy, "" without one."""
    if Path(path).is_relative_to(root) and "site-packages" not in path:
        return ""
    parts = Path(path).parts
    for entry in (*source.dirs, *source.modules):
        place = root / entry
        if place.name not in parts:
            continue
        at = len(parts) - 1 - parts[::-1].index(place.name)
        twin = place.joinpath(*parts[at + 1 :])
        try:
            if twin.is_file() and twin.read_bytes() == Path(path).read_bytes():
                return os.fspath(twin)
        except OSError:
            continue
    return ""
