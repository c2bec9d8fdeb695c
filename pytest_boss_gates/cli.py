"""``boss-gates``: the same corridor without a test session."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pytest_boss_gates import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.facts import Extensions
    from pytest_boss_gates.model import Run
    from pytest_boss_gates.repository.tree import Tree

_MISSED = 10
_USAGE = 2  # argparse's own status for wrong usage; wrong settings are that, too


class _Page(TypedDict):
    """What there is to write on."""

    width: int
    unicode: bool


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
    _add_evidence(commands)
    schema = _command(
        commands,
        "schema",
        "print the JSON Schema of the settings table, or of what is written as JSON",
        "boss-gates schema report > report.schema.json",
    )
    schema.add_argument(
        "which",
        nargs="?",
        choices=("settings", "report", "evidence", "verification"),
        default="settings",
        help="the table, report.json, `evidence --json`, or `evidence --verify --json`",
    )
    schema.set_defaults(run=_schema)
    return parser


def _add_evidence(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evidence = _command(
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
    evidence.set_defaults(run=_evidence)


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


def _evidence(options: argparse.Namespace) -> int:
    from pytest_boss_gates.errors import BossGatesError
    from pytest_boss_gates.evidence.cache import recall
    from pytest_boss_gates.repository.tree import Tree
    from pytest_boss_gates.tracking import all_facts

    root = options.root.resolve()
    if not root.is_dir():
        print(f"boss-gates: {options.root} is not a directory", file=sys.stderr)
        return _USAGE
    tree = Tree(root=root)
    if options.verify is not None:
        return _verify(options, tree)
    try:
        added = _extensions(tree)
    except BossGatesError as error:
        print(f"boss-gates: {error}", file=sys.stderr)
        return _USAGE
    seen = recall(tree, None if options.no_cache else _cache_folder(root), added)
    found = replace(seen, facts=dict(sorted(all_facts(tree, seen.facts).items())))
    if options.row is not None:
        return _explain(options, found)
    if options.json:
        from pytest_boss_gates.report.evidence import render

        print(render(found), end="")
        return 0
    from pytest_boss_gates.report.evidence_text import overview

    _print_lines(overview(found, **_page()))
    return 0


def _extensions(tree: Tree) -> Extensions | None:
    """Give what plugins and the settings add; mostly nothing does, and then this is quick."""
    from importlib.metadata import entry_points

    text = ""
    if "pyproject.toml" in tree:
        with suppress(OSError, ValueError):
            text = tree.read("pyproject.toml")
    if not ("boss-gates" in text and "catalogue" in text) and not entry_points(group="boss_gates"):
        return None
    from pytest_boss_gates.pipeline import extensions

    found, wrong = extensions(tree)
    for complaint in wrong:
        print(f"boss-gates: {complaint}", file=sys.stderr)
    return found


def _cache_folder(root: Path) -> Path | None:
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
        return _USAGE
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

        _print_lines(explanation(standing, found, **_page()))
    return 0


def _verify(options: argparse.Namespace, tree: Tree) -> int:
    from pytest_boss_gates.evidence.verify import NoEvidenceError, State, check_places

    if options.row is not None:
        print("boss-gates: --verify checks a whole report, so it takes no ROW", file=sys.stderr)
        return _USAGE
    try:
        checked = check_places(options.verify.read_text(encoding="utf-8-sig"), tree)
    except (OSError, UnicodeDecodeError, NoEvidenceError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"boss-gates: {options.verify} cannot be verified: {reason}", file=sys.stderr)
        return _USAGE
    if options.json:
        from pytest_boss_gates.report.evidence import render_checked

        print(render_checked(checked), end="")
    else:
        from pytest_boss_gates.report.evidence_text import verification

        _print_lines(verification(checked, **_page()))
    return _MISSED if any(each.state in (State.GONE, State.NO_FILE) for each in checked) else 0


def _page() -> _Page:
    from pytest_boss_gates.report.terminal import speaks_unicode

    return {
        "width": min(shutil.get_terminal_size().columns, 100),
        "unicode": speaks_unicode(sys.stdout.encoding),
    }


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line.rstrip())


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
    schema: Mapping[str, object]
    if options.which == "report":
        from pytest_boss_gates.report.json import report_schema

        schema = report_schema()
    elif options.which == "settings":
        from pytest_boss_gates.errors import BossGatesError
        from pytest_boss_gates.pipeline import settings_schema
        from pytest_boss_gates.registry import installed_additions

        try:
            schema = settings_schema(installed_additions())
        except BossGatesError as error:
            print(f"boss-gates: {error}", file=sys.stderr)
            return _USAGE
    else:
        from pytest_boss_gates.report.evidence import evidence_schema, verification_schema

        schema = evidence_schema() if options.which == "evidence" else verification_schema()
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
