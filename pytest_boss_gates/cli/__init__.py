"""``boss-gates``: the same corridor without a test session; one file a command."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from pytest_boss_gates import __version__
from pytest_boss_gates.cli import (
    check,
    dashboard,
    doctor,
    evidence,
    history,
    imports,
    init,
    prove,
    record,
    report,
    schema,
    tighten,
    tracker,
    trend,
)
from pytest_boss_gates.cli.page import INTERRUPTED, complain

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    check,
    dashboard,
    doctor,
    evidence,
    history,
    imports,
    init,
    prove,
    record,
    report,
    schema,
    tighten,
    tracker,
    trend,
)
"""The commands: modules with ``add(commands)``, sorted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give the exit status 0 met, 10 missed, 11 not judged, 2 wrong usage."""
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `boss-gates schema | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    return status


def parser() -> argparse.ArgumentParser:
    """Give the parser with every command."""
    made = argparse.ArgumentParser(
        prog="boss-gates",
        description="Quality gates and the CI/CD tracker, without running tests.",
        epilog="The tests' part is `pytest --boss-gates`.",
    )
    made.add_argument("--version", action="version", version=f"boss-gates {__version__}")
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for each in COMMANDS:
        each.add(commands)
    return made
