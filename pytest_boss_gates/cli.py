"""``boss-gates``: the same corridor without a test session."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_boss_gates.model import Run

_USAGE = 2  # argparse's own status for wrong usage; wrong settings are that, too


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give the exit status 0 met, 10 missed, 11 not judged, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `boss-gates schema | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="boss-gates",
        description="Quality gates and the CI/CD tracker, without running tests.",
        epilog="The tests' part is `pytest --boss-gates`.",
    )
    parser.add_argument("--version", action="version", version=f"boss-gates {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = _command(
        commands,
        "check",
        "judge what needs no test run: complexity, maintainability and tools",
        "boss-gates check --root . --json",
    )
    check.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    check.add_argument("--strict", action="store_true", help="unknown and skipped block, too")
    check.add_argument("--json", action="store_true", help="print report.json, not the table")
    check.set_defaults(run=_check)
    schema = _command(
        commands,
        "schema",
        "print the JSON Schema of the settings table, or of report.json",
        "boss-gates schema report > report.schema.json",
    )
    schema.add_argument("which", nargs="?", choices=("settings", "report"), default="settings")
    schema.set_defaults(run=_schema)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example: {example}",
    )


def _check(options: argparse.Namespace) -> int:
    from pytest_boss_gates import pipeline
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.settings.load import Options

    root = options.root.resolve()
    if not root.is_dir():
        print(f"boss-gates: {options.root} is not a directory", file=sys.stderr)
        return _USAGE
    given = Options(strict=options.strict, invocation_dir=Path.cwd())
    try:
        corridor = pipeline.enter(root, given)
        run = pipeline.conclude(corridor, pipeline.Witnessed())
        written, run = pipeline.write(corridor, run)
    except BossGatesError as error:
        print(f"boss-gates: {error}", file=sys.stderr)
        return _USAGE
    if options.json:
        from pytest_boss_gates.report.json import render

        print(render(run), end="")
    else:
        _print_table(run, written)
    return 0 if run.report_only else pipeline.EXIT_STATUS[run.outcome]


def _print_table(run: Run, written: tuple[str, ...]) -> None:
    from pytest_boss_gates.report.terminal import lines, speaks_unicode

    width = min(shutil.get_terminal_size().columns, 100)
    for line in lines(
        run,
        width=width,
        quiet=False,
        unicode=speaks_unicode(sys.stdout.encoding),
        written=written,
    ):
        print("".join(segment.text for segment in line).rstrip())


def _schema(options: argparse.Namespace) -> int:
    if options.which == "report":
        from pytest_boss_gates.report.json import report_schema

        schema = report_schema()
    else:
        from pytest_boss_gates.pipeline import settings_schema

        schema = settings_schema()
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
