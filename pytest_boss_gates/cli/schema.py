"""``boss-gates schema``: the JSON Schemas of the settings and of what is written as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import command, complain

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from pytest_boss_gates.cli.page import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    schema = command(
        commands,
        "schema",
        "print the JSON Schema of the settings table, or of what is written as JSON",
        "boss-gates schema report > report.schema.json",
    )
    schema.add_argument(
        "which",
        nargs="?",
        choices=("settings", "report", "bundle", "evidence", "verification", "trend"),
        default="settings",
        help="the table, report.json, a shard's bundle, `evidence --json`, that with --verify, or "
        "`trend --json`",
    )
    schema.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    schema: Mapping[str, object]
    if options.which == "report":
        from pytest_boss_gates.report.json_schema import report_schema

        schema = report_schema()
    elif options.which == "bundle":
        from pytest_boss_gates.shards.bundle import bundle_schema

        schema = bundle_schema()
    elif options.which == "trend":
        from pytest_boss_gates.report.trend import trend_schema

        schema = trend_schema()
    elif options.which == "settings":
        from pytest_boss_gates.corridor import settings_schema
        from pytest_boss_gates.errors import BossGatesError
        from pytest_boss_gates.registry import installed_additions

        try:
            schema = settings_schema(installed_additions())
        except BossGatesError as error:
            return complain(error)
    else:
        from pytest_boss_gates.report.evidence import evidence_schema, verification_schema

        schema = evidence_schema() if options.which == "evidence" else verification_schema()
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
