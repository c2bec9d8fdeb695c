"""``boss-gates init``: first targets, a tracker document on request, and the lines for CI."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
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
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.ratchet import Plan
    from pytest_boss_gates.report.progress import Progress
    from pytest_boss_gates.settings.snippets import Snippet

_DOCUMENT = "docs/cicd-tracker.md"
_REPORT_ONLY = ("-m", "pytest", "--boss-gates", "--boss-gates-report-only")


def add(commands: Commands) -> None:
    """Declare the command."""
    init = command(
        commands,
        "init",
        "write today's values as first targets into pyproject.toml, and print the lines for CI",
        "boss-gates init --run --tracker",
    )
    init.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    init.add_argument(
        "--run",
        dest="run_tests",
        action="store_true",
        help="run the tests first, for coverage and durations",
    )
    init.add_argument(
        "--tracker",
        nargs="?",
        const="",
        metavar="DOCUMENT",
        help=f"write a tracker document, too (default: {_DOCUMENT})",
    )
    init.add_argument("--dry-run", action="store_true", help="print the diff, and change nothing")
    init.add_argument("--json", action="store_true", help="print facts for machines")
    init.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write what is missing, and say what was written and what was not."""
    from pytest_boss_gates.corridor import enter
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.ratchet import plan_first
    from pytest_boss_gates.settings.load import Options
    from pytest_boss_gates.settings.snippets import snippets_for

    root = root_of(options.root)
    if root is None:
        return USAGE
    given = Options(invocation_dir=Path.cwd())
    try:
        if options.run_tests:
            enter(root, given)  # what is wrong with the settings is told before any test runs
            if why := _run_tests(root, quiet=options.json):
                return complain(why)
        with (
            progress() as shown,
            shown.doing("measuring what needs no tests"),
            enter(root, given, progress=shown) as corridor,
        ):
            document = _document_of(options.tracker, corridor)
            own = corridor.settings.tracker.document
            plan = plan_first(corridor, "" if own or not document else _spelled(document, root))
            if not options.dry_run:
                _write(plan, root, document, shown)
            snippets = snippets_for(corridor.tree)
    except BossGatesError as error:
        return complain(error)
    name = _spelled(document, root) if document else ""
    if options.json:
        print_json(_facts(plan, name, snippets, written=not options.dry_run))
    else:
        print_lines(_told(plan, name, dry=options.dry_run))
        print_lines(_for_ci(snippets))
    return 0


def _run_tests(root: Path, *, quiet: bool) -> str:
    """Run the tests once, report only; say why that could not be done, "" when it was."""
    from pytest_boss_gates.measure.tools.run import run_in_sight

    return run_in_sight((sys.executable, *_REPORT_ONLY), root=root, to_stderr=quiet)


def _document_of(asked: str | None, corridor: Corridor) -> Path | None:
    """Give the tracker document to write; None when none is asked for. Raises BossGatesError."""
    from pytest_boss_gates.documents import check, without_session
    from pytest_boss_gates.errors import BossGatesError

    settings = corridor.settings
    if asked is None:
        return None
    own = settings.tracker.document
    path = Path(os.path.abspath(asked)) if asked else own or settings.root / _DOCUMENT
    if own is not None and path.resolve() != own.resolve():
        raise BossGatesError(
            f"The tracker's document is set already: {_spelled(own, settings.root)}. "
            "Leave the path away, or change it in [tool.boss-gates.tracker]."
        )
    if path.suffix.lower() != ".md":
        raise BossGatesError(f"{path.name} is no Markdown document: its name must end in .md.")
    if not path.resolve().is_relative_to(settings.root):
        raise BossGatesError(f"{asked} is outside the project, {settings.root}.")
    if path.exists():  # what cannot be kept is told before anything is written
        check(path.resolve(), *without_session(corridor, path.resolve()))
    return path.resolve()


def _write(plan: Plan, root: Path, document: Path | None, shown: Progress) -> None:
    from pytest_boss_gates.corridor import enter
    from pytest_boss_gates.documents import update, without_session
    from pytest_boss_gates.ratchet import write_plan
    from pytest_boss_gates.settings.load import Options

    write_plan(plan, root)
    if document is not None:
        with enter(root, Options(invocation_dir=Path.cwd()), progress=shown) as corridor:
            update(document, *without_session(corridor, document))


def _spelled(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root).as_posix()


def _facts(
    plan: Plan, document: str, snippets: Sequence[Snippet], *, written: bool
) -> dict[str, object]:
    from pytest_boss_gates.ratchet import diff

    return {
        "base": plan.base.facts if plan.base else None,
        "no-base": plan.no_base or None,
        "targets": [
            {"metric": each.metric, "target": each.text, "measured": each.shown}
            for each in plan.first
        ],
        "tools": dict(plan.tools),
        "left": [{"metric": each.metric, "reason": each.reason} for each in plan.left],
        "document": document or None,
        "diff": "".join(f"{line}\n" for line in diff(plan)),
        "written": written and plan.before != plan.after,
        "snippets": [
            {"provider": each.name, "file": each.file, "where": each.where, "text": each.text}
            for each in snippets
        ],
    }


def _told(plan: Plan, document: str, *, dry: bool) -> Iterator[str]:
    from pytest_boss_gates.model import plural
    from pytest_boss_gates.ratchet import FILE, diff
    from pytest_boss_gates.report.escape import terminal_verbatim

    if dry:
        for line in diff(plan):
            yield terminal_verbatim(line, unicode=page()["unicode"])
        yield ""
    added = " and ".join(
        plural(count, noun)
        for count, noun in ((len(plan.first), "target"), (len(plan.tools), "tool"))
        if count
    )
    verb = "would be added to" if dry else "added to"
    if added:
        yield f"{added} {verb} {FILE}:"
        rows = [(each.metric, each.text, f"today {each.shown}") for each in plan.first]
        rows += [(name, level, "") for name, level in plan.tools.items()]
        yield from columns(rows, indent="    ")
    elif plan.before == plan.after:
        yield f"{FILE} stays as it is."
    if document:
        yield from told(f"The tracker document {'would be' if dry else 'is'} {document}.")
    yield from _left(plan)


def _left(plan: Plan) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for each in plan.left:
        reasons.setdefault(each.reason, []).append(each.metric)
    if reasons:
        yield "Left alone:"
    for reason, metrics in reasons.items():
        yield from told(f"{', '.join(metrics)}: {reason}", indent="    ")
    if plan.base:
        yield from told(f"What needs tests is taken from {plan.base}.")
    elif plan.no_base and plan.lacks_run:
        yield from told(
            f"{plan.no_base}, so nothing that needs tests is set. `boss-gates init --run` runs "
            "them first; so does `pytest --boss-gates --boss-gates-report-only`, and then "
            "`boss-gates init` again."
        )


def _for_ci(snippets: Sequence[Snippet]) -> Iterator[str]:
    for each in snippets:
        yield ""
        yield from told(f"For {each.name}, in {each.file} ({each.where}):")
        yield ""
        yield from each.text.splitlines()
