"""The options, and nothing else until ``--boss-gates`` is given: off costs nothing.

This module is imported by every pytest run of every user that has the plugin installed; what
talks to pytest when it is on lives in ``session``.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command line (settings live in ``[tool.boss-gates]``)."""
    add = parser.getgroup("boss-gates", "quality gates").addoption
    add(
        "--boss-gates",
        dest="boss_gates",
        action="store_true",
        default=False,
        help="measure, judge the targets of [tool.boss-gates], and write the tracker report",
    )
    add(
        "--no-boss-gates",
        dest="boss_gates",
        action="store_false",
        help="switch off, also when addopts switches on",
    )
    add(
        "--boss-gates-report",
        dest="boss_gates_report",
        action="append",
        default=[],
        metavar="FORMAT[:PATH]",
        help="write a report, too: badge, comment, github, gitlab, html, json, junit, markdown, "
        "prometheus, sarif (repeatable)",
    )
    add(
        "--boss-gates-push",
        dest="boss_gates_push",
        default="",
        metavar="URL",
        help="send the numbers to this Prometheus Pushgateway, too (off: to none)",
    )
    add(
        "--boss-gates-report-only",
        dest="boss_gates_report_only",
        action="store_true",
        default=False,
        help="measure, judge and report, but leave the exit status alone",
    )
    add(
        "--boss-gates-strict",
        dest="boss_gates_strict",
        action="store_true",
        default=False,
        help="unknown and skipped targets block as missed ones do",
    )
    add(
        "--boss-gates-base",
        default="",
        metavar="REF",
        help="what the change is compared with: a branch, tag or commit (default: found)",
    )
    add(
        "--no-boss-gates-ci",
        dest="boss_gates_tell_ci",
        action="store_false",
        default=True,
        help="tell the CI system nothing: no annotations, no summary, no outputs",
    )
    add(
        "--boss-gates-tracker",
        dest="boss_gates_tracker",
        default="",
        metavar="update|check",
        help="write the tracker document in place, or fail when it claims more than the evidence",
    )
    add(
        "--boss-gates-shard",
        dest="boss_gates_shard",
        default="",
        metavar="I/N",
        help="this session is one of N: write a bundle for `boss-gates check`, judge nothing",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> None:
    """Start before any conftest is imported, so that lines run by imports are measured."""
    if early_config.known_args_namespace.boss_gates:
        from pytest_boss_gates import session

        session.begin(early_config, parser)


def pytest_configure(config: pytest.Config) -> None:
    """Join the session, or stop it when the settings are wrong."""
    if config.option.boss_gates:
        from pytest_boss_gates import session

        session.join(config)
