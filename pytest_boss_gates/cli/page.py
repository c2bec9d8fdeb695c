"""What the commands share: how one is declared, where it prints, and how it complains."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.keeping import Keeper
    from pytest_boss_gates.report.progress import Progress

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - below
"""What `add_subparsers` gives; argparse has no public name for it."""

MISSED = 10
UNJUDGED = 11
INTERRUPTED = 130  # what shells take Ctrl-C for
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


def actions(commands: Commands, name: str, summary: str, example: str) -> Commands:
    """Declare a command that has commands of its own."""
    made = command(commands, name, summary, example)
    return made.add_subparsers(title="commands", required=True, metavar="COMMAND")


def fail(message: object) -> int:
    """Say why there is no answer; gives the exit status for it."""
    complain(message)
    return UNJUDGED


def corridor_of(root: Path, *tables: str) -> Corridor:
    """Enter a project for its history; what else is wrong in its settings does not matter.

    Raises SettingsError when the place of the history, or one of the ``tables`` that are needed
    beside it, cannot be read; and RegistrationError.
    """
    from pytest_boss_gates.corridor import Corridor, enter
    from pytest_boss_gates.errors import SettingsError
    from pytest_boss_gates.repository.tree import Tree
    from pytest_boss_gates.settings.load import Options

    try:
        return enter(root, Options(invocation_dir=root))
    except SettingsError as error:
        keys = {problem.key.removeprefix("tool.boss-gates") for problem in error.problems}
        wrong = {key.partition("[")[0].split(".")[1] if "." in key else key for key in keys}
        if error.settings is None or wrong & {"", "tool", "history", "project", *tables}:
            raise
        return Corridor(settings=error.settings, tree=Tree(root=root))


def keeper_of(root: Path) -> Keeper:
    """Give the way to a project's history. Raises as ``corridor_of`` does."""
    return corridor_of(root).keeper


def readable(way: Keeper) -> Store:
    """Give a history that is whole, with what waited for it. Raises HistoryError."""
    from pytest_boss_gates.errors import HistoryError

    with doing("checking the history"):
        found = way.look()
        if found is not None:
            found.check()
        complaints = way.catch_up()
        found = way.look()
    for each in complaints:
        complain(each)
    if found is None:
        raise HistoryError(
            f"There is no history at {way.place} yet.",
            "`pytest --boss-gates` begins one, and `boss-gates history merge FILE` brings one.",
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of facts for the history: the exit status, and how many were new."""

    status: int = 0
    new: int = 0
    waits: bool = False  # for a history that cannot be reached, and nothing is lost


def take_in(root: Path, records: Sequence[Record], *, told_by_hand: str = "") -> Taken:
    """Take facts into a project's history.

    What nobody else has, since it was ``told_by_hand`` (a noun for it), waits where the history
    cannot take it.
    """
    from pytest_boss_gates.errors import BossGatesError, HistoryError

    try:
        way = keeper_of(root)
    except BossGatesError as error:
        return Taken(status=complain(error))
    try:
        with doing("taking facts into the history"):
            store = way.store()
            store.check()
            new = store.add(records) if records else 0
            complaints = way.catch_up()
        for each in complaints:
            complain(each)
        return Taken(new=new)
    except HistoryError as error:
        if not (told_by_hand and way.is_kept):
            return Taken(status=fail(error))
        aside = way.put_aside(records, error, what=told_by_hand)
        complain(aside.told)
        return Taken(status=0 if aside.waits else UNJUDGED, waits=aside.waits)
    finally:
        way.close()


def read_text(name: str) -> str:
    """Read a file of UTF-8, or standard input for ``-``. Raises HistoryError that names it."""
    from pathlib import Path

    from pytest_boss_gates.errors import HistoryError

    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise HistoryError(f"{name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{name} cannot be read: it is not UTF-8.") from error


def file_of(name: str) -> Path | None:
    """Read an ``--output``: a path, or None for ``-``, which is standard output."""
    from pathlib import Path

    return None if name == "-" else Path(name)


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


@contextmanager
def progress() -> Iterator[Progress]:
    """Show on a terminal's standard error what a block does, once that takes long."""
    from pytest_boss_gates.report.progress import Progress

    with Progress().shown(sys.stderr) as shown:
        yield shown


@contextmanager
def doing(text: str) -> Iterator[None]:
    """Show one thing that a block does."""
    with progress() as shown, shown.doing(text):
        yield


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
