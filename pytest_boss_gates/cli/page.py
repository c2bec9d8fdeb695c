"""What the commands share: how one is declared, where it prints, and how it complains."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from pathlib import Path

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - below
"""What `add_subparsers` gives; argparse has no public name for it."""

MISSED = 10
UNJUDGED = 11
USAGE = 2  # argparse's own status for wrong usage; wrong settings are that, too


class Page(TypedDict):
    """What there is to write on."""

    width: int
    unicode: bool


def command(commands: Commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Declare a command, with an example in its help."""
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example: {example}",
    )


def complain(message: object) -> int:
    """Say what is wrong; gives the exit status for it."""
    print(f"boss-gates: {message}", file=sys.stderr)
    return USAGE


def root_of(given: Path) -> Path | None:
    """Resolve the project's directory; None, with a complaint, when it is none."""
    root = given.resolve()
    if root.is_dir():
        return root
    complain(f"{given} is not a directory")
    return None


def page() -> Page:
    """Say how wide the terminal is, and whether it shows more than ASCII."""
    from pytest_boss_gates.report.terminal import speaks_unicode

    return {
        "width": min(shutil.get_terminal_size().columns, 100),
        "unicode": speaks_unicode(sys.stdout.encoding),
    }


def print_lines(lines: Iterable[str]) -> None:
    """Print lines without blanks at their ends."""
    for line in lines:
        print(line.rstrip())
