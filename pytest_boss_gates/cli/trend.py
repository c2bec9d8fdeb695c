"""``boss-gates trend``: where the numbers come from and where they go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    USAGE,
    command,
    complain,
    doing,
    fail,
    keeper_of,
    page,
    print_lines,
    readable,
    root_of,
)

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.history.view import History


def add(commands: Commands) -> None:
    """Declare the command."""
    trend = command(
        commands,
        "trend",
        "show what the last whole runs measured, what became slower, and which tests are flaky",
        "boss-gates trend code-coverage --branch main",
    )
    trend.add_argument("metric", nargs="?", metavar="METRIC", help="show this one run by run")
    trend.add_argument("--scope", default="", help="of the metric: a path pattern, or a tool")
    trend.add_argument("--branch", help="only runs on this branch (default: on any)")
    trend.add_argument("--limit", type=int, default=20, metavar="N", help="runs (default: 20)")
    trend.add_argument("--json", action="store_true", help="print the numbers for machines")
    trend.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    trend.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the trend of everything, or of one metric."""
    from pytest_boss_gates.errors import BossGatesError, HistoryError

    root = root_of(options.root)
    if root is None:
        return USAGE
    if options.limit < 1:
        return complain("--limit is the number of runs to show, 1 or more")
    try:
        way = keeper_of(root)
    except BossGatesError as error:
        return complain(error)
    try:
        readable(way)
        show = _everything if options.metric is None else _one
        return show(options, way.view())
    except HistoryError as error:
        return fail(error)
    finally:
        way.close()


def _everything(options: argparse.Namespace, history: History) -> int:
    from pytest_boss_gates.history.trends import (
        RECENT,
        flaky_tests,
        slower_metrics,
        slower_tests,
    )
    from pytest_boss_gates.report.trend import Overview, overview, overview_json

    with doing("reading the runs of the history"):
        runs = history.runs(branch=options.branch, limit=max(options.limit, RECENT))
        tested = [each for each in history.tested() if options.branch in (None, each[0].branch)]
        whole = [each for each in tested if not each[0].partial]
        found = Overview(
            runs=runs[: options.limit],
            slower=(*slower_metrics(runs), *slower_tests(whole)),
            flaky=tuple(flaky_tests(tested)),
        )
    if options.json:
        print(json.dumps(overview_json(found), indent=2))
    else:
        print_lines(overview(found, **page()))
    return 0


def _one(options: argparse.Namespace, history: History) -> int:
    from pytest_boss_gates.measure import METRICS
    from pytest_boss_gates.report.trend import trend, trend_json

    with doing("reading the runs of the history"):
        runs = history.runs(branch=options.branch, metric=options.metric)
    scopes = sorted(
        {each.scope for run in runs for each in run.verdicts if each.metric == options.metric}
    )
    if not runs:
        known = {*METRICS, *(each.metric for run in history.runs() for each in run.verdicts)}
        if options.metric not in known:
            return _no_such("metric", options.metric, sorted(known))
    elif options.scope not in scopes:
        if options.scope or len(scopes) > 1:
            return _no_such("scope", options.scope, scopes)
        options.scope = scopes[0]
    shown = [run for run in runs if run.verdict(options.metric, options.scope)][: options.limit]
    if options.json:
        print(json.dumps(trend_json(options.metric, options.scope, shown), indent=2))
    else:
        print_lines(trend(options.metric, options.scope, shown, **page()))
    return 0


def _no_such(what: str, name: str, known: list[str]) -> int:
    from difflib import get_close_matches

    from pytest_boss_gates.report.escape import terminal

    near = get_close_matches(name, known, 1)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}."
    return complain(terminal(f'no run has measured the {what} "{name}"; {hint}'))
