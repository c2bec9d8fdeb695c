"""``boss-gates history``: carry a history from one machine to another."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    USAGE,
    actions,
    command,
    complain,
    doing,
    fail,
    file_of,
    keeper_of,
    read_text,
    readable,
    root_of,
    take_in,
)

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.history.records import Record


def add(commands: Commands) -> None:
    """Declare the command."""
    summary = "carry the history between machines as JSON lines"
    made = actions(commands, "history", summary, "boss-gates history export > history.jsonl")
    export = command(
        made,
        "export",
        "print every fact of the history as a line of JSON",
        "boss-gates history export --output history.jsonl",
    )
    export.add_argument(
        "--output",
        type=file_of,
        metavar="FILE",
        help="write a file, whole or not (default, and for -: print them)",
    )
    export.set_defaults(run=_export)
    merge = command(
        made,
        "merge",
        "take in what exports hold; a fact that is known already changes nothing",
        "boss-gates history merge --allow-missing history.jsonl",
    )
    merge.add_argument("files", nargs="+", metavar="FILE", help="an export; - for standard input")
    merge.add_argument(
        "--allow-missing",
        action="store_true",
        help="pass over files that are not there, such as a cache's before the first run",
    )
    merge.add_argument("--json", action="store_true", help="print the counts for machines")
    merge.set_defaults(run=_merge)
    for each in (export, merge):
        each.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")


def _export(options: argparse.Namespace) -> int:
    from pytest_boss_gates.errors import BossGatesError, HistoryError
    from pytest_boss_gates.history.lines import export
    from pytest_boss_gates.report.write import write_whole

    root = root_of(options.root)
    if root is None:
        return USAGE
    try:
        way = keeper_of(root)
    except BossGatesError as error:
        return complain(error)
    try:
        store = readable(way)
        with doing("reading the history"):
            lines = list(export(store))
            if options.output is not None:
                write_whole(options.output, "".join(f"{line}\n" for line in lines))
    except HistoryError as error:
        return fail(error)
    except BossGatesError as error:
        return complain(error)
    finally:
        way.close()
    if options.output is None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        print(f"{_facts(len(lines))} written to {options.output}.", file=sys.stderr)
    return 0


def _facts(count: int) -> str:
    return "1 fact" if count == 1 else f"{count} facts"


def _merge(options: argparse.Namespace) -> int:
    from pytest_boss_gates.errors import HistoryError
    from pytest_boss_gates.history.lines import parse_lines

    root = root_of(options.root)
    if root is None:
        return USAGE
    records: list[Record] = []
    try:
        for name in options.files:
            if options.allow_missing and name != "-" and not Path(name).exists():
                print(f"{name} is not there and is passed over.", file=sys.stderr)
                continue
            with doing(f"reading {name}"):
                records += parse_lines(read_text(name), name)
    except HistoryError as error:
        return complain(error)
    taken = take_in(root, records)
    if taken.status:
        return taken.status
    new = taken.new
    known = len({record.name for record in records}) - new
    if options.json:
        print(json.dumps({"new": new, "known": known}))
    else:
        print(f"{_facts(new)} taken in, {known} known already.")
    return 0
