"""``boss-gates dashboard``: what shows and watches the numbers that runs push."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import UNJUDGED, actions, command, complain, doing, file_of

if TYPE_CHECKING:
    import argparse

    from pytest_boss_gates.cli.page import Commands

DASHBOARD = "boss-gates.json"
ALERTS = "boss-gates.rules.yml"


def add(commands: Commands) -> None:
    """Declare the command."""
    kinds = actions(
        commands,
        "dashboard",
        "write what shows and watches the numbers of the runs",
        "boss-gates dashboard grafana --output monitoring",
    )
    grafana = command(
        kinds,
        "grafana",
        "write a Grafana dashboard and Prometheus alert rules over the pushed numbers",
        "boss-gates dashboard grafana --output monitoring",
    )
    grafana.add_argument(
        "--output",
        type=file_of,
        metavar="DIR",
        help=f"write {DASHBOARD} and {ALERTS} there (default, and for -: print the dashboard)",
    )
    grafana.add_argument("--alerts", type=Path, metavar="FILE", help="write the rules here")
    grafana.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the dashboard and the rules, and name the files; or print the dashboard."""
    from pytest_boss_gates.errors import BossGatesError, WriteError
    from pytest_boss_gates.registry import installed_additions
    from pytest_boss_gates.report import alerts, grafana
    from pytest_boss_gates.report.escape import terminal
    from pytest_boss_gates.report.write import write_whole
    from pytest_boss_gates.settings.load import DEFAULT_TARGETS

    try:
        with doing("making the dashboard"):
            known = installed_additions().all_metrics
            success = (*DEFAULT_TARGETS, "change-failure-rate")
            dashboard = grafana.render(tuple(known.values()), [known[key] for key in success])
    except BossGatesError as error:
        return complain(error)
    files: dict[Path, str] = {}
    if options.output:
        files[options.output / DASHBOARD] = dashboard
    if options.alerts or options.output:
        files[options.alerts or options.output / ALERTS] = alerts.render()
    try:
        for path, text in files.items():
            write_whole(path, text)
            if options.output:
                print(f"{terminal(str(path))} is written.")
    except WriteError as error:
        complain(error)
        return UNJUDGED
    if not options.output:
        print(dashboard, end="")
    return 0
