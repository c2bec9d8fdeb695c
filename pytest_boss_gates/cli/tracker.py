"""``boss-gates tracker``: keep the tracker document true, or say where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    MISSED,
    UNJUDGED,
    USAGE,
    command,
    complain,
    page,
    print_lines,
    progress,
    root_of,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.documents import Outcome

_NO_PATH = (
    'no tracker document is named: give a path, or set document = "docs/tracker.md" in '
    "[tool.boss-gates.tracker]"
)


def add(commands: Commands) -> None:
    """Declare the command."""
    tracker = command(
        commands,
        "tracker",
        "write into the tracker document what the evidence says, or check that it says no more",
        "boss-gates tracker update docs/tracker.md",
    )
    tracker.add_argument(
        "action",
        choices=("update", "check"),
        help="rewrite the cells whose meaning changed, or exit with 10 on a claim too much",
    )
    tracker.add_argument("document", nargs="?", type=Path, help="the document (Markdown)")
    tracker.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    tracker.add_argument(
        "--base",
        default="",
        metavar="REF",
        help="check: what the document is compared with, too (default: found)",
    )
    tracker.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Update the document, or check it."""
    from pytest_boss_gates.corridor import enter
    from pytest_boss_gates.documents import check, update, without_session
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.report.escape import terminal_verbatim
    from pytest_boss_gates.settings.load import Options

    root = root_of(options.root)
    if root is None:
        return USAGE
    try:
        given = Options(invocation_dir=Path.cwd(), base=options.base)
        with (
            progress() as shown,
            shown.doing("deriving the tracker"),
            enter(root, given, progress=shown) as corridor,
        ):
            path = options.document or corridor.settings.tracker.document
            if path is None:
                return complain(_NO_PATH)
            path = path.resolve()
            tracking, verdicts = without_session(corridor, path)
            if options.action == "update":
                outcome = update(path, tracking, verdicts)
            else:
                outcome = check(path, tracking, verdicts, corridor.base)
    except BossGatesError as error:
        return complain(error)
    unicode = page()["unicode"]
    print_lines(terminal_verbatim(line, unicode=unicode) for line in _told(outcome, options.action))
    if outcome.is_empty:
        return UNJUDGED
    return MISSED if options.action == "check" and outcome.fails else 0


def _told(outcome: Outcome, action: str) -> Iterator[str]:
    from pytest_boss_gates.documents import NO_TABLE

    if outcome.created:
        yield f"{outcome.name} is new."
    if action == "check":
        yield from outcome.diff
    yield from map(str, outcome.changes)
    yield from outcome.remarks
    if outcome.is_empty:
        yield NO_TABLE.format(outcome.name)
    elif not outcome.changes and not outcome.created:
        yield f"{outcome.name} says what the evidence says."
