"""``boss-gates check``: what can be judged without a test run, or after one in shards."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import UNJUDGED, USAGE, command, complain, progress, root_of

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.model import Run
    from pytest_boss_gates.shards.join import SetError


def add(commands: Commands) -> None:
    """Declare the command."""
    check = command(
        commands,
        "check",
        "judge what needs no test run (complexity, tools, the tracker), or a suite run in shards",
        "boss-gates check .boss-gates/shard-*.json",
    )
    check.add_argument(
        "bundles",
        nargs="*",
        type=Path,
        metavar="BUNDLE",
        help="what `pytest --boss-gates-shard=I/N` wrote, all N: the tests are judged, too",
    )
    check.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    check.add_argument("--strict", action="store_true", help="unknown and skipped block, too")
    check.add_argument(
        "--base",
        default="",
        metavar="REF",
        help="what the change is compared with: a branch, tag or commit (default: found)",
    )
    check.add_argument("--no-ci", action="store_true", help="tell the CI system nothing")
    check.add_argument(
        "--push",
        default="",
        metavar="URL",
        help="send the numbers to this Prometheus Pushgateway, too (off: to none)",
    )
    check.add_argument("--json", action="store_true", help="print report.json, not the table")
    check.add_argument(
        "--comment",
        action="store_true",
        help="print the body of a comment on a pull request, in Markdown, not the table",
    )
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge, print and write the reports."""
    from pytest_boss_gates import pipeline
    from pytest_boss_gates.corridor import enter
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.settings.load import Options
    from pytest_boss_gates.settings.paths import PUSH
    from pytest_boss_gates.shards.join import SetError, join
    from pytest_boss_gates.telling import tell, tells_ci

    root = root_of(options.root)
    if root is None:
        return USAGE
    given = Options(
        strict=options.strict,
        base=options.base,
        tell_ci=not options.no_ci,
        push=options.push or os.environ.get(PUSH, ""),
        invocation_dir=Path.cwd(),
    )
    try:
        with progress() as shown, enter(root, given, progress=shown) as corridor:
            with shown.doing("reading the bundles"):
                bundles = options.bundles
                witnessed = join(corridor, bundles) if bundles else pipeline.Witnessed()
            run = pipeline.conclude(corridor, witnessed)
            written, run = pipeline.write(corridor, run)
            lines: tuple[str, ...] = ()
            if tells_ci(corridor.settings, os.environ):
                lines, run = tell(run, os.environ)
    except SetError as error:
        return _refuse(error)
    except BossGatesError as error:
        return complain(error)
    if options.json:
        from pytest_boss_gates.report.json import render

        print(render(run), end="")
    elif options.comment:
        from pytest_boss_gates.report.comment import render as comment

        sys.stdout.buffer.write(comment(run).encode())
    else:
        _print_table(run, written)
    # Standard output is a document's own; the runner reads the other one, too.
    for line in lines:
        print(line, file=sys.stderr if options.json or options.comment else sys.stdout)
    if run.identity.pytest_exit:  # never overwritten, as in a session
        return run.identity.pytest_exit
    return pipeline.exit_status(run.outcome, report_only=run.report_only)


def _refuse(error: SetError) -> int:
    """Say what keeps the bundles from being a whole set; gives the exit status for it."""
    complain("the bundles cannot be judged together:")
    for fault in error.faults:
        lines = wrap(fault, 76, break_long_words=False, break_on_hyphens=False)
        print("  - " + "\n    ".join(lines), file=sys.stderr)
    return UNJUDGED


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
