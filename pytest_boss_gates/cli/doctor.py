"""``boss-gates doctor``: each prerequisite of a run, whether it holds, and its fix."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    MISSED,
    USAGE,
    columns,
    command,
    page,
    print_json,
    print_lines,
    progress,
    root_of,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.doctor import Found


def add(commands: Commands) -> None:
    """Declare the command."""
    doctor = command(
        commands,
        "doctor",
        "look at everything that a run needs, and name what is broken and its fix",
        "boss-gates doctor",
    )
    doctor.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    doctor.add_argument("--json", action="store_true", help="print facts for machines")
    doctor.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print every check; exit status 10 when one of them is broken."""
    from pytest_boss_gates.doctor import State, examine

    root = root_of(options.root)
    if root is None:
        return USAGE
    with progress() as shown:
        found = examine(root, os.environ, shown.doing)
    if options.json:
        checks = [
            {"check": name, "state": each.state.value, "found": each.text, "fix": each.fix or None}
            for name, each in found
        ]
        print_json({"checks": checks})
    else:
        print_lines(_told(found))
    return MISSED if any(each.state is State.BROKEN for _, each in found) else 0


def _told(found: Sequence[tuple[str, Found]]) -> Iterator[str]:
    from pytest_boss_gates.doctor import State
    from pytest_boss_gates.model import plural

    unicode = page()["unicode"]
    signs = {
        State.OK: "✓ ok" if unicode else "ok",
        State.NOTE: "! note",
        State.BROKEN: "✗ broken" if unicode else "x broken",
        State.INAPPLICABLE: "– n/a" if unicode else "- n/a",  # noqa: RUF001 - a dash
    }
    rows = []
    for name, each in found:
        rows.append((name, signs[each.state], each.text))
        if each.fix:
            rows.append(("", "", f"{'→' if unicode else '>'} {each.fix}"))
    yield from columns(rows)
    wrong = sum(each.state is State.BROKEN for _, each in found)
    yield ""
    yield f"{plural(wrong, 'prerequisite')} broken." if wrong else "Nothing is broken."
