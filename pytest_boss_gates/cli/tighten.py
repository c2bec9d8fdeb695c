"""``boss-gates tighten``: raise the targets that have slack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    UNJUDGED,
    USAGE,
    columns,
    command,
    complain,
    page,
    print_json,
    print_lines,
    progress,
    root_of,
    told,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.ratchet import Plan


def add(commands: Commands) -> None:
    """Declare the command."""
    tighten = command(
        commands,
        "tighten",
        "raise the targets that have slack to the last run's values, and print the diff",
        "boss-gates tighten --margin 2% --write",
    )
    tighten.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    tighten.add_argument("--write", action="store_true", help="write it, too")
    tighten.add_argument(
        "--margin",
        metavar="SHARE",
        help="how much worse than its value a target stays: points for percentages, else a share "
        "(default, as `init` leaves it: 1 point; durations the next round one above three times "
        "their value; frequencies a quarter less; counts that shall not sink 5%% less; all others "
        "nothing)",
    )
    tighten.add_argument("--json", action="store_true", help="print facts for machines")
    tighten.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what would be stricter, and write it when asked to."""
    from pytest_boss_gates.corridor import enter
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.lastrun import LastRunError
    from pytest_boss_gates.ratchet import FILE, NoBaseError, plan_stricter, write_plan
    from pytest_boss_gates.settings.bounds import parse_share
    from pytest_boss_gates.settings.load import Options

    root = root_of(options.root)
    if root is None:
        return USAGE
    margin = None if options.margin is None else parse_share(options.margin)
    if options.margin is not None and margin is None:
        return complain(f'"{options.margin}" is no margin: write a share such as 2%')
    try:
        with (
            progress() as shown,
            shown.doing("comparing the targets with the last run"),
            enter(root, Options(invocation_dir=Path.cwd()), progress=shown) as corridor,
        ):
            if corridor.settings.defaults:
                return complain(f"{FILE} sets no targets yet: `boss-gates init` writes first ones")
            plan = plan_stricter(corridor, margin)
        written = options.write and write_plan(plan, root)
    except (LastRunError, NoBaseError) as error:
        complain(error)
        return UNJUDGED
    except BossGatesError as error:
        return complain(error)
    if options.json:
        print_json(_document(plan, written=written))
    else:
        print_lines(_told(plan, written=written))
    return 0


def _document(plan: Plan, *, written: bool) -> dict[str, object]:
    from pytest_boss_gates.ratchet import diff

    return {
        "base": plan.base.facts if plan.base else None,
        "changes": [
            {
                "metric": each.metric,
                "scope": each.scope,
                "from": each.before,
                "to": each.after,
                "measured": each.shown,
                "line": each.line or None,
            }
            for each in plan.moved
        ],
        "kept": [
            {
                "metric": each.metric,
                "scope": each.scope,
                "target": each.target,
                "reason": each.reason,
            }
            for each in plan.left
        ],
        "diff": "".join(f"{line}\n" for line in diff(plan)),
        "written": written,
    }


def _told(plan: Plan, *, written: bool) -> Iterator[str]:
    from pytest_boss_gates.model import plural
    from pytest_boss_gates.ratchet import FILE, diff
    from pytest_boss_gates.report.escape import terminal_verbatim

    for line in diff(plan):
        yield terminal_verbatim(line, unicode=page()["unicode"])
    if plan.moved:
        yield ""
    rows = [(f"{each.metric} {each.scope}".strip(), each.target, each.reason) for each in plan.left]
    if rows:
        yield "Kept:"
        yield from columns(rows, indent="    ")
    count = plural(len(plan.moved), "target")
    if not plan.moved:
        yield from told(f"No target becomes stricter by {plan.base}.")
    elif written:
        yield from told(f"{count} made stricter in {FILE}, by {plan.base}.")
    else:
        yield from told(f"{count} would become stricter, by {plan.base}. `--write` writes it.")
