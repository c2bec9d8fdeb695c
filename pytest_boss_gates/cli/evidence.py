"""``boss-gates evidence``: what a repository proves, explained, as JSON, or verified again."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    MISSED,
    USAGE,
    command,
    complain,
    doing,
    page,
    print_lines,
    root_of,
)

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.evidence.answer import Evidence, Extensions
    from pytest_boss_gates.repository.tree import Tree


def add(commands: Commands) -> None:
    """Declare the command."""
    evidence = command(
        commands,
        "evidence",
        "show what the repository proves of every tool and practice, with path and line",
        'boss-gates evidence "Type Checking"',
    )
    evidence.add_argument(
        "row", nargs="?", metavar="ROW", help="explain this row of the tracker, tool or practice"
    )
    evidence.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    evidence.add_argument("--json", action="store_true", help="print facts for machines")
    evidence.add_argument(
        "--verify",
        type=Path,
        metavar="REPORT",
        help="check the proofs of a kept `evidence --json`: exit status 10 when one is gone",
    )
    evidence.add_argument(
        "--no-cache", action="store_true", help="neither use nor keep the answer in .boss-gates/"
    )
    evidence.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print what was found, or explain a row, or verify a report."""
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.evidence.cache import recall
    from pytest_boss_gates.repository.tree import Tree
    from pytest_boss_gates.tracking import all_facts

    root = root_of(options.root)
    if root is None:
        return USAGE
    tree = Tree(root=root)
    if options.verify is not None:
        return _verify(options, tree)
    try:
        added = extensions_of(tree)
    except BossGatesError as error:
        return complain(error)
    with doing("looking for evidence in the repository"):
        seen = recall(tree, None if options.no_cache else cache_folder(root), added)
        found = replace(seen, facts=dict(sorted(all_facts(tree, seen.facts).items())))
    if options.row is not None:
        return _explain(options, found)
    if options.json:
        from pytest_boss_gates.report.evidence import render

        print(render(found), end="")
        return 0
    from pytest_boss_gates.report.evidence_text import overview

    print_lines(overview(found, **page()))
    return 0


def extensions_of(tree: Tree) -> Extensions | None:
    """Give what plugins and the settings add; mostly nothing does, and then this is quick."""
    from importlib.metadata import entry_points

    text = ""
    if "pyproject.toml" in tree:
        with suppress(OSError, ValueError):
            text = tree.read("pyproject.toml")
    if not ("boss-gates" in text and "catalogue" in text) and not entry_points(group="boss_gates"):
        return None
    from pytest_boss_gates.corridor import extensions

    found, wrong = extensions(tree)
    for complaint in wrong:
        print(f"boss-gates: {complaint}", file=sys.stderr)
    return found


def cache_folder(root: Path) -> Path | None:
    """Give the directory of caches; None where ``.boss-gates/`` cannot be made."""
    from pytest_boss_gates.errors import WriteError
    from pytest_boss_gates.report.write import prepare_home

    try:
        return prepare_home(root) / "cache"
    except WriteError:
        return None


def _explain(options: argparse.Namespace, found: Evidence) -> int:
    from pytest_boss_gates.tracker.rows import find_row, nearest_names, standing_of

    row = find_row(options.row, found.facts)
    if row is None:
        near = " or ".join(f'"{name}"' for name in nearest_names(options.row, found.facts))
        hint = f"did you mean {near}?" if near else "`boss-gates evidence` lists what was found."
        print(
            f'boss-gates: there is no row, tool or practice "{options.row}"; {hint}',
            file=sys.stderr,
        )
        return USAGE
    standing = standing_of(row, found.facts)
    if options.json:
        from pytest_boss_gates.report.evidence import render

        print(render(found, names=row.facts), end="")
    elif row.metric:
        print(
            f"{row.name} is measured and not proven by files: `pytest --boss-gates` measures it, "
            f"as {row.metric}."
        )
    else:
        from pytest_boss_gates.report.evidence_text import explanation

        print_lines(explanation(standing, found, **page()))
    return 0


def _verify(options: argparse.Namespace, tree: Tree) -> int:
    from pytest_boss_gates.evidence.verify import NoEvidenceError, State, check_places

    if options.row is not None:
        print("boss-gates: --verify checks a whole report, so it takes no ROW", file=sys.stderr)
        return USAGE
    try:
        with doing("looking at the proofs again"):
            checked = check_places(options.verify.read_text(encoding="utf-8-sig"), tree)
    except (OSError, UnicodeDecodeError, NoEvidenceError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"boss-gates: {options.verify} cannot be verified: {reason}", file=sys.stderr)
        return USAGE
    if options.json:
        from pytest_boss_gates.report.evidence import render_checked

        print(render_checked(checked), end="")
    else:
        from pytest_boss_gates.report.evidence_text import verification

        print_lines(verification(checked, **page()))
    return MISSED if any(each.state in (State.GONE, State.NO_FILE) for each in checked) else 0
