"""``boss-gates import``: take in what others know of the way to production."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    USAGE,
    actions,
    command,
    complain,
    read_text,
    root_of,
    take_in,
)

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.history.records import Record


def add(commands: Commands) -> None:
    """Declare the command; a source of facts is one more function here."""
    summary = "take in what deployment tools and pipelines have recorded"
    made = actions(commands, "import", summary, "boss-gates import events cdevents.jsonl")
    for declare in (_add_events,):
        declare(made)


def _add_events(made: Commands) -> None:
    events = command(
        made,
        "events",
        "take in CDEvents (service, incident and pipelinerun) from JSON or JSON lines",
        "boss-gates import events cdevents.jsonl",
    )
    events.add_argument("files", nargs="+", metavar="FILE", help="events; - for standard input")
    events.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    events.add_argument("--json", action="store_true", help="print the counts for machines")
    events.set_defaults(run=_events)


def _events(options: argparse.Namespace) -> int:
    from collections import Counter
    from functools import cache

    from pytest_boss_gates.errors import HistoryError
    from pytest_boss_gates.history.events import read_events
    from pytest_boss_gates.repository.git import tagged

    root = root_of(options.root)
    if root is None:
        return USAGE
    commit_of = cache(lambda version: tagged(root, version))
    records: list[Record] = []
    ignored: Counter[str] = Counter()
    try:
        for name in options.files:
            found = read_events(read_text(name), name, commit_of)
            records += found.records
            ignored += found.ignored
    except HistoryError as error:
        return complain(error)
    status, new = take_in(root, records)
    if status:
        return status
    known = len({record.name for record in records}) - new
    if options.json:
        print(json.dumps({"new": new, "known": known, "ignored": dict(sorted(ignored.items()))}))
        return 0
    print(f"{new} taken in, {known} known already.")
    if ignored:
        listed = ", ".join(f"{count} {name}" for name, count in sorted(ignored.items()))
        print(f"Of no use for delivery, and left out: {listed}.")
    return 0
