"""``boss-gates report``: any format once more, from the ``report.json`` of a run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import USAGE, command, complain, doing, fail, file_of, root_of
from pytest_boss_gates.report import FORMATS

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands

_HOME = ".boss-gates"
_SOURCE = f"{_HOME}/report.json"


def add(commands: Commands) -> None:
    """Declare the command."""
    report = command(
        commands,
        "report",
        "make a report in any format of the report.json of an earlier run, byte for byte the same",
        "boss-gates report markdown --from artifacts/report.json --output gates.md",
    )
    report.add_argument(
        "format", metavar="FORMAT", help=f"{', '.join(FORMATS)}, or one that a plugin adds"
    )
    report.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="FILE",
        help=f"the run's report.json (default: {_SOURCE} of the project)",
    )
    report.add_argument(
        "--output",
        type=file_of,
        metavar="FILE",
        help="the file to write; missing directories are made (default, and for -: print it, "
        "with links as from the format's usual place)",
    )
    report.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    report.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, render, and write or print."""
    from pytest_boss_gates.errors import RegistrationError, WriteError
    from pytest_boss_gates.registry import installed_additions
    from pytest_boss_gates.report.reading import ReadingError, read
    from pytest_boss_gates.report.write import place_of, write_whole

    root = root_of(options.root)
    if root is None:
        return USAGE
    try:
        formats = installed_additions().all_formats
        row = formats.get(options.format)
        if row is None:
            known = ", ".join(sorted(formats))
            return complain(f"there is no format {options.format!r}; the formats are {known}")
        if row.lack:
            return fail(row.lack)
        path = Path.cwd() / options.output if options.output else root / _HOME / row.file_name
        with doing("reading the run"):
            found = read(options.source or root / _SOURCE, root=root)
        with doing(f"making the {row.key} report"):
            text = row.render(replace(found, at=place_of(path, root)))
        if options.output:
            write_whole(path, text)
        else:
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    except RegistrationError as error:
        return complain(error)
    except (ReadingError, WriteError) as error:
        return fail(error)
    return 0
