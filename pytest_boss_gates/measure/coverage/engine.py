"""Measuring our own coverage: when nobody else measures in this process.

Started before any conftest is imported, into a private data file, with the project's own
coverage.py settings. Under xdist every worker measures and hands its data to the controller.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.measure.coverage.analysis import (
    Lens,
    as_a_guest,
    core_of,
    home_of,
    listed,
    option,
    read,
    user_source,
)
from pytest_boss_gates.measure.coverage.reading import Mode, Reading
from pytest_boss_gates.model import plural
from pytest_boss_gates.repository.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from coverage import Coverage, CoverageData

    from pytest_boss_gates.measure.coverage.reading import Plan

# What coverage.py sets for the processes that it is to follow into, and never takes back.
_CHILD_VARIABLES = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_RCFILE", "COVERAGE_FILE")
_MEND = "Mend coverage.py's settings: [tool.coverage] in pyproject.toml, or .coveragerc."
_BRANCHES = "Add branch = true to [tool.coverage.run]: child processes read it there."


class OwnMeter:
    """Measures this process, or unites what the workers measured."""

    mode = Mode.OWN

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._process = os.getpid()
        self._cov: Coverage | None = None
        self._private: Path | None = None
        self._environment: dict[str, str | None] = {}
        self._tracer_type: type = type(None)
        self._early: list[str] = []
        self._parts: list[dict[str, Any]] = []
        self._workers = 0
        self._lost: list[str] = []
        self._source = Source()
        self._limited = False
        self._failure: dict[str, Any] = {}  # a part without data

    def start(self) -> None:
        """Start measuring; a failure is kept for the reading, not raised."""
        private = self._private_directory()
        self._environment = {name: os.environ.get(name) for name in _CHILD_VARIABLES}
        with as_a_guest(self._plan.root):
            try:
                cov = self._configured(private / "data")
                if "multiprocessing" in listed(cov, "run:concurrency"):
                    os.environ["COVERAGE_FILE"] = os.fspath(private / "data")  # for the children
                cov.start()
            except Exception as error:  # noqa: BLE001 - plugins that the project names run here
                self._failure = _failed(f"coverage.py could not start: {error}", _MEND)
                return
        self._cov = cov
        self._tracer_type = type(sys.gettrace())
        self._early = [name for name in self._source.packages if name in sys.modules]

    def part(self) -> dict[str, Any]:
        """Stop, and give what this worker measured, in types that execnet can send."""
        with as_a_guest(self._plan.root):
            try:
                return self._collect()
            finally:
                self.abandon()

    def take_part(self, worker: str, part: dict[str, Any] | None) -> None:
        """Take what a worker handed over; None when it was lost."""
        self._workers += 1
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
                    self._parts.append(self._collect())
                return self._read()
            except CoverageException as error:
                both = self._plan.branch and "combine" in str(error)  # lines and branches, that is
                return self._without_numbers(f"coverage.py: {error}", _BRANCHES if both else "")
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Stop measuring and remove every trace, whatever state this is in."""
        if os.getpid() != self._process:  # a test forked, and its child came to pytest's end
            return
        cov, self._cov = self._cov, None
        if cov is not None and type(cov).current() is cov:
            with as_a_guest(self._plan.root):
                cov.stop()
        while self._environment:
            name, value = self._environment.popitem()
            if value is not None:
                os.environ[name] = value
            else:
                os.environ.pop(name, None)
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None

    def _private_directory(self) -> Path:
        if self._private is None:
            self._private = self._plan.private_directory()
        return self._private

    def _configured(self, data_file: Path) -> Coverage:
        """Give a Coverage with the project's settings, and ours where it has none."""
        from coverage import Coverage

        cov = Coverage(data_file=os.fspath(data_file), config_file=True, messages=False)
        if self._plan.branch:
            cov.set_option("run:branch", True)
        self._set_source(cov)
        cov.set_option("run:dynamic_context", None)  # contexts cost, and nothing here reads them
        cov.set_option("report:contexts", None)
        cov.set_option("run:relative_files", False)
        if not option(cov, "run:patch"):
            cov.set_option("run:parallel", False)
        if "multiprocessing" in listed(cov, "run:concurrency"):
            cov.set_option("run:parallel", True)
        core = self._core(cov)
        if core:
            cov.set_option("run:core", core)
        return cov

    def _set_source(self, cov: Coverage) -> None:
        """Keep what the project's coverage settings say to measure, else set what we find."""
        root = self._plan.root
        theirs = user_source(cov, start=root, root=root)
        self._source = source = self._plan.find_source(theirs)
        if not self._plan.source and (theirs or option(cov, "run:include")):
            return
        self._limited = True
        cov.set_option("run:source", [os.fspath(root / path) for path in source.dirs])
        cov.set_option("run:source_pkgs", list(source.packages))
        cov.set_option("run:include", None)  # a source overrides it, with a warning

    def _core(self, cov: Coverage) -> str:
        """Choose the cheapest core that gives the same answer; "" leaves it to coverage.py.

        ``sys.monitoring`` sees the same lines as the C tracer for a fraction of the cost, but
        before 3.14 no branches, and never plugins' files or greenlets.
        """
        if self._plan.core:
            return self._plan.core
        named = (
            option(cov, "run:core") or os.environ.get("COVERAGE_CORE") or option(cov, "run:timid")
        )
        plain = listed(cov, "run:concurrency") <= {"thread"} and not option(cov, "run:plugins")
        if (
            not named
            and plain
            and not option(cov, "run:branch")
            and sys.implementation.name == "cpython"
            and sys.version_info >= (3, 12)
        ):
            return "sysmon"
        return ""

    def _collect(self) -> dict[str, Any]:
        """Stop and pack the data, that of measured child processes included."""
        cov, private = self._cov, self._private
        if cov is None or private is None or os.getpid() != self._process:
            return self._failure or _failed("measuring ended before the session did")
        if type(cov).current() is not cov:
            return _failed(
                "a test started a coverage measurement and did not stop it",
                "Let the test stop what it starts, or run it in a process of its own.",
            )
        if self._tracer_type not in (type(None), type(sys.gettrace())):
            return _failed(
                "a test called sys.settrace and did not restore what was there",
                "Let the test keep sys.gettrace() and restore it at the end.",
            )
        cov.stop()
        data = cov.get_data()
        own = os.path.abspath(data.data_filename())
        files = [path for path in private.glob("data.*") if os.path.abspath(path) != own]
        children = [_packed(path) for path in sorted(files)]
        packed = [data.dumps(), *filter(None, children)]
        data.close()
        return {
            "data": packed,
            "core": core_of(cov),
            "early": self._early,
            "killed": children.count(b""),
        }

    def _read(self) -> Reading:
        failed = next((part for part in (self._failure, *self._parts) if "failure" in part), None)
        if failed:
            return self._without_numbers(failed["failure"], failed.get("remedy", ""))
        if self._lost:
            workers = ", ".join(self._lost)
            return self._without_numbers(
                f"{plural(len(self._lost), 'worker')} ended without handing over its data: "
                f"{workers}",
                "Find out why the worker crashed; its tests are in pytest's own report.",
            )
        if not self._parts:
            return self._without_numbers("no process of this session measured anything")
        private = self._private_directory()
        cov = self._configured(private / "united")
        data = cov.get_data()
        for part in self._parts:
            for packed in part["data"]:
                _update(data, packed, self._plan.root, self._source)
        lens = Lens(
            cov=cov,
            plan=self._plan,
            source=self._source,
            start=self._plan.root,
            scratch=private,
            limited=self._limited,
        )
        cores = sorted({part["core"] for part in self._parts})
        early = sorted({name for part in self._parts for name in part["early"]})
        killed = sum(part["killed"] for part in self._parts)
        try:
            return read(
                lens,
                Mode.OWN,
                core=", ".join(cores),
                workers=self._workers,
                notes=(*_late(early), *_killed(killed)),
            )
        finally:
            data.close()

    def _without_numbers(self, reason: str, remedy: str = "") -> Reading:
        return Reading(mode=Mode.OWN, reason=reason, remedy=remedy)


def _failed(reason: str, remedy: str = "") -> dict[str, Any]:
    """Make the part of a process that has no data to hand over."""
    return {"failure": reason, "remedy": remedy}


def _late(early: list[str]) -> tuple[str, ...]:
    """Say which packages were there before anything could be measured: plugins of pytest's."""
    if not early:
        return ()
    note = (
        f"{', '.join(early)}: imported before measuring could start, so lines that run on import "
        "count as missed. `coverage run -m pytest --boss-gates` starts earlier."
    )
    return (note,)


def _packed(path: Path) -> bytes:
    """Pack the data of a child process; empty when it was killed before its file was whole."""
    from coverage import CoverageData
    from coverage.exceptions import DataError

    child = CoverageData(basename=os.fspath(path))
    try:
        child.read()
        return child.dumps()
    except DataError:
        return b""
    finally:
        child.close()


def _killed(count: int) -> tuple[str, ...]:
    """Say that what some child processes ran is not counted."""
    if not count:
        return ()
    return (f"{plural(count, 'child process')} killed before its data was written: not counted",)


def _update(data: CoverageData, packed: bytes, root: Path, source: Source) -> None:
    """Add a part; files of an installed copy count as the repository's own, when equal."""
    from coverage import CoverageData

    part = CoverageData(no_disk=True)
    part.loads(packed)
    homes = {path: home_of(path, root, source) or path for path in part.measured_files()}
    data.update(part, map_path=lambda path: homes[path])
    part.close(force=True)  # in memory: left open it warns of an unclosed database
