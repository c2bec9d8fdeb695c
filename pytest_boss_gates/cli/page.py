"""What the commands share: how one is declared, where it prints, and how it complains."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - below
"""What `add_subparsers` gives; argparse has no public name for it."""

MISSED = 10
UNJUDGED = 11
USAGE = 2  # argparse's own status for wrong usage; wrong settings are that, too
_LAST = 24  # what the last column of a table has at least, when it needs it
_LEAST = 8


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


def told(text: str, *, indent: str = "") -> Iterator[str]:
    """Give a text as lines that fit, without what a terminal would obey."""
    from pytest_boss_gates.report.columns import wrapped
    from pytest_boss_gates.report.escape import terminal

    given = page()
    safe = terminal(text, unicode=given["unicode"])
    for line in wrapped(safe, given["width"] - len(indent)):
        yield indent + line


def columns(rows: Sequence[Sequence[str]], *, indent: str = "") -> Iterator[str]:
    """Set rows under each other; the widest of the first columns give way, the last is broken."""
    from pytest_boss_gates.report.columns import shortened, span, wrapped
    from pytest_boss_gates.report.escape import terminal

    given = page()
    safe = [[terminal(cell, unicode=given["unicode"]) for cell in row] for row in rows]
    widths = [max(map(span, column)) for column in list(zip(*safe, strict=True))[:-1]]
    last = min(max(span(row[-1]) for row in safe), _LAST)
    room = given["width"] - len(indent) - last
    while widths and sum(widths) + 2 * len(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    for row in safe:
        start = indent
        for cell, width in zip(row, widths, strict=False):
            fitted = shortened(cell, width, unicode=given["unicode"])
            start += fitted + " " * (width - span(fitted) + 2)
        for line in wrapped(row[-1], max(_LEAST, given["width"] - len(start))):
            yield start + line
            start = " " * len(start)


def print_json(document: object) -> None:
    """Print a document for machines."""
    import json

    print(json.dumps(document, indent=2, ensure_ascii=True))
