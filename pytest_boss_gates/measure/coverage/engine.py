"""Measuring our own coverage: when nobody else measures in this process.

Started before any conftest is imported, into a private data file, with the project's own
coverage.py settings. Under xdist every worker measures and hands its data to the controller.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_boss_gates.measure.coverage.analysis import (
    Lens,
    as_a_guest,
    core_of,
    listed,
    opened,
    option,
    relative,
    user_source,
)
from pytest_boss_gates.measure.coverage.reading import Mode, Reading
from pytest_boss_gates.measure.coverage.sharing import (
    How,
    Measured,
    Nothing,
    homes_of,
    pack,
    read_as,
)
from pytest_boss_gates.model import plural
from pytest_boss_gates.repository.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage import Coverage, CoverageData

    from pytest_boss_gates.measure.coverage.reading import Plan

# What coverage.py sets for the processes that it is to follow into, and never takes back.
_CHILD_VARIABLES = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_RCFILE", "COVERAGE_FILE")
_MEND = "Mend coverage.py's settings: [tool.coverage] in pyproject.toml, or .coveragerc."
_BRANCHES = "Add branch = true to [tool.coverage.run]: child processes read it there."
_T = TypeVar("_T")


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
        self.source = Source()
        self.limited = False
        self._failure: dict[str, Any] = {}  # a part without data

    def start(self) -> None:
        """Start measuring; a failure is kept for the reading, not raised."""
        private = self._private_directory()
        self._environment = {name: os.environ.get(name) for name in _CHILD_VARIABLES}
        with as_a_guest(self._plan.root):
            try:
                cov = self.configured(private / "data")
                if "multiprocessing" in listed(cov, "run:concurrency"):
                    os.environ["COVERAGE_FILE"] = os.fspath(private / "data")  # for the children
                cov.start()
            except Exception as error:  # noqa: BLE001 - plugins that the project names run here
                self._failure = _failed(f"coverage.py could not start: {error}", _MEND)
                return
        self._cov = cov
        self._tracer_type = type(sys.gettrace())
        self._early = [name for name in self.source.packages if name in sys.modules]

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
        done = self._united(read_as)
        return Reading(mode=Mode.OWN, **done._asdict()) if isinstance(done, Nothing) else done

    def measured(self) -> Measured:
        """Stop measuring and give what ran, to be read elsewhere."""
        done = self._united(pack)
        return Measured(mode=Mode.OWN, **done._asdict()) if isinstance(done, Nothing) else done

    def _united(self, use: Callable[[Lens, Mode, How], _T]) -> _T | Nothing:
        """Stop, unite all parts and use them, or say why there are none."""
        from coverage.exceptions import CoverageException

        with as_a_guest(self._plan.root):
            try:
                if self._cov is not None:
                    self._parts.append(self._collect())
                if fault := self._fault():
                    return fault
                cov = self.configured(self._private_directory() / "united")
                with opened(cov) as data:
                    for part in self._parts:
                        _update(data, part, self._plan.root)
                    return use(self._lens(cov, data), Mode.OWN, self._how())
            except CoverageException as error:
                both = self._plan.branch and "combine" in str(error)  # lines and branches, that is
                return Nothing(f"coverage.py: {error}", _BRANCHES if both else "")
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

    def configured(self, data_file: Path) -> Coverage:
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
        self.source = source = self._plan.find_source(theirs)
        if not self._plan.source and (theirs or option(cov, "run:include")):
            return
        self.limited = True
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
        whole = [child for child in children if child is not None]
        seen = data.measured_files().union(*(child[1] for child in whole))
        packed = [data.dumps(), *(child[0] for child in whole)]
        data.close()
        return {
            "data": packed,
            "root": os.fspath(self._plan.root),
            "homes": homes_of(seen, self._plan.root, self.source),
            "core": core_of(cov),
            "early": self._early,
            "killed": len(children) - len(whole),
        }

    def _fault(self) -> Nothing | None:
        """Say why there is nothing to unite; None when there is something."""
        failed = next((part for part in (self._failure, *self._parts) if "failure" in part), None)
        if failed:
            return Nothing(failed["failure"], failed.get("remedy", ""))
        if self._lost:
            count = plural(len(self._lost), "worker")
            return Nothing(
                f"{count} ended without handing over its data: {', '.join(self._lost)}",
                "Find out why the worker crashed; its tests are in pytest's own report.",
            )
        return None if self._parts else Nothing("no process of this session measured anything")

    def _lens(self, cov: Coverage, data: CoverageData) -> Lens:
        return Lens(
            cov=cov,
            plan=self._plan,
            source=self.source,
            start=self._plan.root,
            scratch=self._private_directory(),
            limited=self.limited,
            ours=data,
        )

    def _how(self) -> How:
        return How(
            core=", ".join(sorted({part["core"] for part in self._parts})),
            workers=self._workers,
            early=tuple(sorted({name for part in self._parts for name in part["early"]})),
            killed=sum(part["killed"] for part in self._parts),
        )


def _failed(reason: str, remedy: str = "") -> dict[str, Any]:
    """Make the part of a process that has no data to hand over."""
    return {"failure": reason, "remedy": remedy}


def _packed(path: Path) -> tuple[bytes, set[str]] | None:
    """Pack the data of a child process; None when it was killed before its file was whole."""
    from coverage import CoverageData
    from coverage.exceptions import DataError

    child = CoverageData(basename=os.fspath(path))
    try:
        child.read()
        return child.dumps(), child.measured_files()
    except DataError:
        return None
    finally:
        child.close()


def _update(data: CoverageData, part: dict[str, Any], root: Path) -> None:
    """Add a part, whose worker may have stood elsewhere: its files count as those here."""
    from coverage import CoverageData

    homes, theirs = part["homes"], Path(part["root"])

    def here(path: str) -> str:
        own = homes.get(path) or relative(path, theirs)
        return path if os.path.isabs(own) else os.path.normpath(root / own)

    for packed in part["data"]:
        one = CoverageData(no_disk=True)
        try:
            one.loads(packed)
            data.update(one, map_path=here)
        finally:
            one.close(force=True)  # in memory: left open it warns of an unclosed database
