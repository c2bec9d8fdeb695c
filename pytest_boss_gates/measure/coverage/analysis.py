"""From coverage.py's data to whole numbers a file, through its own JSON report.

One pass over the files with coverage.py's own rules (exclusions, ``report`` omit and include,
path maps, file plugins), so that our integers are its integers, and by nothing but its public
interface.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.measure.coverage.reading import FileCoverage, Reading
from pytest_boss_gates.model import plural
from pytest_boss_gates.repository.globs import matches_any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from coverage import Coverage, CoverageData

    from pytest_boss_gates.measure.coverage.reading import Mode, Plan
    from pytest_boss_gates.repository.source import Source


@contextmanager
def as_a_guest(directory: Path) -> Iterator[None]:
    """Let coverage.py work from a directory, unheard: no warning, no line of output.

    A warning would meet the user's own filters (``-W error``). The tests may have left the
    working directory anywhere, or removed it.
    """
    try:
        before = os.getcwd()
    except OSError:
        before = None
    unheard = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(unheard), redirect_stderr(unheard):
        warnings.simplefilter("ignore")
        os.chdir(directory)
        try:
            yield
        finally:
            if before is not None and os.path.isdir(before):
                os.chdir(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """A Coverage that holds all its data, and what to read in it.

    ``start`` is the directory that it was made in: its relative paths begin there. ``limited``
    leaves out what is not part of ``source``. ``ours`` is the data of a Coverage of our own.
    """

    cov: Coverage
    plan: Plan
    source: Source
    start: Path
    scratch: Path  # a directory for files of a moment
    limited: bool
    ours: CoverageData | None = None


@contextmanager
def opened(cov: Coverage) -> Iterator[CoverageData]:
    """Give the data of a Coverage of our own, and close it when it has been read.

    coverage.py itself closes, at the process's end, only what belongs to one that was started.
    """
    data = cov.get_data()
    try:
        yield data
    finally:
        cov.get_data().close(force=True)  # a copy, maybe: see ``_without_copies``
        data.close(force=True)


@contextmanager
def _without_copies(lens: Lens) -> Iterator[None]:
    """Close the copy of our data that a report replaces with the next one.

    With ``[tool.coverage.paths]`` every report makes one, in memory and under the right names.
    """
    before = None if lens.ours is None else lens.cov.get_data()
    try:
        yield
    finally:
        if before not in (None, lens.ours, lens.cov.get_data()):
            before.close(force=True)


def read(
    lens: Lens, mode: Mode, *, core: str, workers: int = 0, notes: Sequence[str] = ()
) -> Reading:
    """Read the numbers of every measured file, and of every source file that nothing imported.

    To be called in ``lens.start``. Raises ``CoverageException``.
    """
    cov, root = lens.cov, lens.plan.root
    cov.get_data()  # takes over what a Coverage that is still running has gathered
    entries = _entries(lens)
    data = cov.get_data()  # another one, when [tool.coverage.paths] gave files other names
    spelled = {os.path.normpath(lens.start / path): path for path in data.measured_files()}
    ran = {path for path, name in spelled.items() if data.lines(name)}
    homes = {path: home for path in spelled if (home := home_of(path, root, lens.source))}
    faults = _faults(lens, {path: spelled[path] for path in spelled.keys() - entries.keys()})
    unseen, unseen_faults = _unseen(lens, {*spelled, *homes.values()})
    entries |= unseen
    faults |= unseen_faults
    wanted = _wanted(lens)
    files = [
        _file(relative(homes.get(path, path), root), entry, imported=path in ran)
        for path, entry in entries.items()
    ]
    files = sorted((file for file in files if wanted(file.path)), key=lambda file: file.path)
    told = {relative(path, root): why for path, why in sorted(faults.items())}
    return Reading(
        mode=mode,
        files=tuple(files),
        branch=bool(data.has_arcs() or option(cov, "run:branch")),
        unreadable={path: why for path, why in told.items() if why and wanted(path)},
        notes=(*notes, *_notes(files, [path for path in told if not told[path] and wanted(path)])),
        fingerprint=_fingerprint(lens, core=core, files=len(files), workers=workers),
    )


def _unseen(lens: Lens, seen: set[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Give entries and faults of the source files that the data does not know at all."""
    source_files = (lens.plan.root / path for path in lens.source.python_files(lens.plan.tree))
    unknown = {os.path.realpath(path) for path in source_files} - seen
    if not unknown:
        return {}, {}
    as_measured = _selection(lens.cov)
    entries = _entries(lens, morfs=sorted(unknown), **as_measured)
    left_out = unknown - entries.keys()
    return entries, _faults(lens, {path: path for path in left_out}, **as_measured)


def _entries(lens: Lens, **selection: Any) -> dict[str, dict[str, Any]]:
    """Give the entries of coverage.py's JSON report by absolute path."""
    from coverage.exceptions import NoDataError

    outfile = lens.scratch / "coverage.json"
    collecting = gc.isenabled()
    gc.disable()  # syntax trees come and go by the thousand: a fifth of the time is collecting
    try:
        with _without_copies(lens):
            lens.cov.json_report(
                outfile=os.fspath(outfile), ignore_errors=True, show_contexts=False, **selection
            )
    except NoDataError:  # nothing was measured, or all of it is omitted
        return {}
    finally:
        if collecting:
            gc.enable()
    report = json.loads(outfile.read_text(encoding="utf-8"))
    outfile.unlink()
    return {os.path.normpath(lens.start / name): entry for name, entry in report["files"].items()}


def _selection(cov: Coverage) -> dict[str, list[str] | None]:
    """Choose among files that the data does not know as coverage.py would have in measuring.

    It lists such files itself, but only below a ``source``, and not in directories without
    ``__init__.py``.
    """
    include = listed(cov, "report:include")
    if not _names_source(cov):
        include = include or listed(cov, "run:include")
    omit = listed(cov, "run:omit") | listed(cov, "report:omit")
    return {"include": sorted(include) or None, "omit": sorted(omit) or None}


def _faults(lens: Lens, left_out: Mapping[str, str], **selection: Any) -> dict[str, str]:
    """Tell why a report left files out, "" for one that is gone; those omitted are no fault.

    ``left_out`` has the files' names in coverage.py's data by their absolute paths.
    """
    from coverage.exceptions import CoverageException, NoDataError, NoSource

    faults = {}
    for path, name in left_out.items():
        try:
            with _without_copies(lens):
                lens.cov.report(morfs=[name], ignore_errors=False, file=io.StringIO(), **selection)
        except NoDataError:
            continue
        except NoSource:
            faults[path] = ""
        except CoverageException as error:
            faults[path] = str(error).splitlines()[0].replace(f"'{path}'", "it")
    return faults


def _file(path: str, entry: dict[str, Any], *, imported: bool) -> FileCoverage:
    summary, excluded = entry["summary"], frozenset(entry["excluded_lines"])
    statements = summary["num_statements"]
    return FileCoverage(
        path=path,
        statements=statements,
        missing=tuple(entry["missing_lines"]),
        executed=tuple(line for line in entry["executed_lines"] if line not in excluded),
        branches=summary.get("num_branches", 0),
        covered_branches=summary.get("covered_branches", 0),
        missing_branches=tuple((start, end) for start, end in entry.get("missing_branches", ())),
        executed_branches=tuple(
            (start, end) for start, end in entry.get("executed_branches", ()) if end not in excluded
        ),
        imported=imported or not statements,
    )


def relative(path: str | Path, root: Path) -> str:
    """Spell a path relative to the root with forward slashes; one outside stays absolute."""
    try:
        return Path(path).relative_to(root).as_posix()
    except ValueError:
        return Path(path).as_posix()


def home_of(path: str, root: Path, source: Source) -> str:
    """Find the source file of which an installed file is a copy, "" without one."""
    if not _outside(relative(path, root)):
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
                return os.path.realpath(twin)
        except OSError:
            continue
    return ""


def _outside(path: str) -> bool:
    """Whether a path as ``relative`` spells it is not the project's own: installed, or elsewhere.

    A virtual environment may stand below the root.
    """
    return os.path.isabs(path) or "site-packages" in path.split("/")


def _wanted(lens: Lens) -> Callable[[str], bool]:
    """Tell which files count: what the settings exclude does not."""
    source = lens.source
    excluded = matches_any(source.exclude)
    if not lens.limited:
        return lambda path: not excluded(path)
    inside = matches_any((*source.dirs, *source.modules))
    names = {*source.packages, *(f"{name}.py" for name in source.packages)}

    def wanted(path: str) -> bool:
        ours = not names.isdisjoint(path.split("/")) if _outside(path) else inside(path)
        return ours and not excluded(path)

    return wanted


def _notes(files: Sequence[FileCoverage], gone: Sequence[str]) -> list[str]:
    notes = []
    if gone:
        notes.append(
            f"{plural(len(gone), 'measured file')} no longer there, not counted: {gone[0]}"
        )
    outside = [file.path for file in files if _outside(file.path)]
    if outside:
        notes.append(
            f"{plural(len(outside), 'measured file')} outside the project's source: {outside[0]}"
        )
    return notes


def option(cov: Coverage, name: str) -> object:
    """Give an option's value, None where this version of coverage.py does not know it."""
    from coverage.exceptions import ConfigError

    try:
        return cov.get_option(name)
    except ConfigError:
        return None


def listed(cov: Coverage, name: str) -> set[str]:
    """Give a list option as a set; empty when it is not set."""
    value = option(cov, name)
    if isinstance(value, str):
        return {value}
    return {str(entry) for entry in value} if isinstance(value, (list, tuple, set)) else set()


def _names_source(cov: Coverage) -> set[str]:
    names = ("run:source", "run:source_pkgs", "run:source_dirs")
    return set().union(*(listed(cov, name) for name in names))


def user_source(cov: Coverage, *, start: Path, root: Path) -> tuple[str, ...]:
    """Give what coverage.py was told to measure: names, and paths relative to the root."""
    return tuple(
        sorted(
            relative(os.path.realpath(start / entry), root) if (start / entry).exists() else entry
            for entry in _names_source(cov)
        )
    )


def core_of(cov: Coverage) -> str:
    """Name the core that is at work: CTracer, SysMonitor or PyTracer; "" when none is."""
    core = str(dict(cov.sys_info()).get("core", ""))
    return core if core.isidentifier() else ""


def _fingerprint(lens: Lens, *, core: str, files: int, workers: int) -> dict[str, str]:
    """Say how the number came about: when both moved, the measurement changed."""
    from coverage import __version__

    cov, source = lens.cov, lens.source
    return {
        "coverage": __version__,
        "core": core,
        "branch": "on" if option(cov, "run:branch") else "off",
        "patches": ", ".join(sorted(listed(cov, "run:patch"))),
        "plugins": ", ".join(sorted(listed(cov, "run:plugins"))),
        "source": ", ".join((*source.dirs, *source.modules, *source.missing)),
        "files": str(files),
        "workers": str(workers),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
