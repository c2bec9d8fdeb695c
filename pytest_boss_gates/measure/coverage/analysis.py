"""From coverage.py's data to whole numbers a file, through its own JSON report.

One pass over the files with coverage.py's own rules (exclusions, ``report`` omit and include,
file plugins), so that our integers are its integers, and by nothing but its public interface.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.measure.coverage.reading import FileCoverage
from pytest_boss_gates.model import plural
from pytest_boss_gates.repository.globs import matches_any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from coverage import Coverage, CoverageData

    from pytest_boss_gates.repository.source import Source
    from pytest_boss_gates.repository.tree import Tree


@contextmanager
def as_a_guest(directory: Path) -> Iterator[None]:
    """Let coverage.py work from a directory, without a warning reaching the user's filters.

    The tests may have left the working directory anywhere, or removed it.
    """
    try:
        before = os.getcwd()
    except OSError:
        before = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.chdir(directory)
        try:
            yield
        finally:
            if before is not None and os.path.isdir(before):
                os.chdir(before)


def analyse(
    cov: Coverage,
    *,
    root: Path,
    start: Path,
    scratch: Path,
    include: Sequence[str] = (),
    omit: Sequence[str] = (),
) -> tuple[list[FileCoverage], list[str], list[str]]:
    """Give the measured files, those that cannot be analysed, and those that are gone.

    ``start`` is the directory that coverage.py was started in: its relative paths begin there.
    ``include`` and ``omit`` stand in for the configured ones of its reports. Raises
    ``NoDataError`` when there is nothing to report.
    """
    outfile = scratch / "coverage.json"
    cov.json_report(
        outfile=os.fspath(outfile),
        ignore_errors=True,
        show_contexts=False,
        include=list(include) or None,
        omit=list(omit) or None,
    )
    report = json.loads(outfile.read_text(encoding="utf-8"))
    outfile.unlink()
    data = cov.get_data()
    untouched = {path for path in data.measured_files() if not data.lines(path)}
    files = []
    reported = set()
    for name, entry in report["files"].items():
        path = os.path.normpath(start / name)
        reported.add(path)
        files.append(_file(relative(path, root), entry, imported=path not in untouched))
    measured = {os.path.normpath(start / path) for path in data.measured_files()}
    unreadable, gone = _left_out(cov, measured - reported, root)
    return files, unreadable, gone


def relative(path: str, root: Path) -> str:
    """Spell a path relative to the root with forward slashes; one outside stays absolute."""
    try:
        return Path(path).relative_to(root).as_posix()
    except ValueError:
        return Path(path).as_posix()


def _file(path: str, entry: dict[str, Any], *, imported: bool) -> FileCoverage:
    summary = entry["summary"]
    statements = summary["num_statements"]
    return FileCoverage(
        path=path,
        statements=statements,
        missing=tuple(entry["missing_lines"]),
        branches=summary.get("num_branches", 0),
        covered_branches=summary.get("covered_branches", 0),
        missing_branches=tuple((start, end) for start, end in entry.get("missing_branches", ())),
        imported=imported or not statements,
    )


def _left_out(cov: Coverage, paths: Iterable[str], root: Path) -> tuple[list[str], list[str]]:
    """Tell why the report left files out: not to be parsed, gone, or as configured."""
    from coverage.exceptions import CoverageException, NoSource, NotPython

    unreadable, gone = [], []
    for path in sorted(paths):
        try:
            cov.analysis2(path)
        except NoSource:
            gone.append(relative(path, root))
        except NotPython as error:
            reason = str(error).splitlines()[0]
            unreadable.append(f"{relative(path, root)}: {reason}")
        except CoverageException as error:
            unreadable.append(f"{relative(path, root)}: {error}")
    return unreadable, gone


def unmeasured(data: CoverageData, tree: Tree, source: Source, *, start: Path) -> list[str]:
    """Give the absolute paths of source files that the data does not know at all."""
    measured = {os.path.normpath(start / path) for path in data.measured_files()}
    files = (os.path.normpath(tree.root / path) for path in source.python_files(tree))
    return [path for path in files if path not in measured]


def never_imported(
    paths: Sequence[str], *, root: Path, start: Path, scratch: Path, branch: bool
) -> list[FileCoverage]:
    """Count the statements of source files that nothing imported, by coverage.py's settings.

    coverage.py lists such files itself, but only below a ``source`` and not in directories
    without ``__init__.py``.
    """
    if not paths:
        return []
    from coverage import Coverage
    from coverage.exceptions import NoDataError

    cov = Coverage(data_file=None, branch=branch, messages=False)
    data = cov.get_data()
    if branch:
        data.add_arcs({path: [] for path in paths})
    else:
        data.add_lines({path: [] for path in paths})
    omit = sorted(listed(cov, "run:omit") | listed(cov, "report:omit"))
    include = sorted(listed(cov, "run:include") or listed(cov, "report:include"))
    try:
        files, _, _ = analyse(
            cov, root=root, start=start, scratch=scratch, include=include, omit=omit
        )
    except NoDataError:  # all of them are omitted, or cannot be parsed
        return []
    finally:
        data.close()
    return files


def in_source(files: Iterable[FileCoverage], source: Source) -> tuple[FileCoverage, ...]:
    """Leave out what the settings exclude; sorted by path."""
    excluded = matches_any(source.exclude)
    kept = (file for file in files if not excluded(file.path))
    return tuple(sorted(kept, key=lambda file: file.path))


def notes_on(gone: Sequence[str]) -> tuple[str, ...]:
    """Say which measured files no longer exist: their lines cannot be counted."""
    if not gone:
        return ()
    return (f"{plural(len(gone), 'measured file')} no longer there, not counted: {gone[0]}",)


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


def user_source(cov: Coverage) -> tuple[str, ...]:
    """Give what the project's own coverage settings name as source."""
    names = ("run:source", "run:source_pkgs", "run:source_dirs")
    return tuple(sorted(set().union(*(listed(cov, name) for name in names))))


def core_of(cov: Coverage) -> str:
    """Name the core that is at work: CTracer, SysMonitor or PyTracer."""
    found = re.search(r"core=(\w+)", repr(cov))
    return found.group(1) if found else ""


def fingerprint(cov: Coverage, *, core: str, files: int) -> dict[str, str]:
    """Say how the number came about: when both moved, the measurement changed."""
    from coverage import __version__

    return {
        "coverage": __version__,
        "core": core,
        "branch": "on" if option(cov, "run:branch") else "off",
        "patches": ", ".join(sorted(listed(cov, "run:patch"))),
        "plugins": ", ".join(sorted(listed(cov, "run:plugins"))),
        "source": ", ".join(user_source(cov)),
        "files": str(files),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
