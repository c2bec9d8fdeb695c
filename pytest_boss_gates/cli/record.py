"""``boss-gates record``: tell the history of a deployment, an incident or a provider's run."""

from __future__ import annotations

import argparse
import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import USAGE, actions, command, complain, root_of, take_in
from pytest_boss_gates.model import Build, Conclusion, Deployment, Source

if TYPE_CHECKING:
    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.history.records import Record


def add(commands: Commands) -> None:
    """Declare the command."""
    summary = "tell the history what happened on the way to production"
    made = actions(commands, "record", summary, "boss-gates record deployment --version 1.4.0")
    for each in (_add_deployment(made), _add_incident(made), _add_run(made)):
        each.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
        each.add_argument("--json", action="store_true", help="print the fact for machines")


def _time(text: str) -> datetime:
    from pytest_boss_gates.history.records import parse_time

    if text == "now":
        return datetime.now(timezone.utc)
    try:
        return parse_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _add_deployment(made: Commands) -> argparse.ArgumentParser:
    parser = command(
        made,
        "deployment",
        "record that a commit reached an environment, or failed to",
        "boss-gates record deployment --environment production --version 1.4.0",
    )
    parser.add_argument("--environment", default="production", help="default: production")
    parser.add_argument("--commit", default="HEAD", help="what was deployed (default: HEAD)")
    parser.add_argument("--version", default="", help="what people call it")
    parser.add_argument("--failed", action="store_true", help="it did not get there")
    parser.add_argument(
        "--rollback", action="store_true", help="it brought back an earlier version"
    )
    parser.add_argument(
        "--production",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the environment is production (default: its name decides)",
    )
    parser.add_argument("--at", type=_time, metavar="TIME", help="when it ended (default: now)")
    parser.add_argument(
        "--key", default="", help="its id; what is recorded twice under one id happened once"
    )
    parser.set_defaults(run=_run, fact=_deployment)
    return parser


def _add_incident(made: Commands) -> argparse.ArgumentParser:
    parser = command(
        made,
        "incident",
        "record that something did not work, or works again",
        "boss-gates record incident INC-42 --recovered now",
    )
    parser.add_argument("key", metavar="ID", help="its id, the same at its start and its end")
    parser.add_argument("--started", type=_time, metavar="TIME", help="default: now")
    parser.add_argument("--recovered", type=_time, metavar="TIME", help="when it worked again")
    parser.add_argument("--title", default="", help="what did not work")
    parser.add_argument("--deployment", default="", metavar="COMMIT", help="what caused it")
    parser.set_defaults(run=_run, fact=_incident)
    return parser


def _add_run(made: Commands) -> argparse.ArgumentParser:
    parser = command(
        made,
        "run",
        "record an attempt of a pipeline that no provider can be asked about",
        "boss-gates record run 812 --started 2026-11-27T10:00:00Z --conclusion success",
    )
    parser.add_argument("key", metavar="ID", help="its id; attempts share it")
    parser.add_argument("--attempt", type=int, default=1, help="counted from 1")
    parser.add_argument("--name", default="", help="the pipeline's")
    parser.add_argument("--commit", default="HEAD", help="what was built (default: HEAD)")
    parser.add_argument("--branch", default="", help="default: the one that is checked out")
    parser.add_argument("--event", default="push", help="what started it (default: push)")
    parser.add_argument("--started", type=_time, required=True, metavar="TIME")
    parser.add_argument("--completed", type=_time, metavar="TIME", help="default: now")
    parser.add_argument("--conclusion", required=True, choices=[each.value for each in Conclusion])
    parser.set_defaults(run=_run, fact=_build)
    return parser


def _deployment(options: argparse.Namespace, root: Path) -> Record:
    from pytest_boss_gates.history.records import record, spell_time

    commit, at = _commit(options, root), options.at or _time("now")
    return record(
        Deployment(
            key=options.key or f"{options.environment}@{commit}@{spell_time(at)}",
            environment=options.environment,
            commit=commit,
            finished=at,
            succeeded=not options.failed,
            rolled_back=options.rollback,
            version=options.version,
            production=options.production,
            source=Source.RECORDED,
        )
    )


def _incident(options: argparse.Namespace, root: Path) -> Record:
    from pytest_boss_gates.history.records import Kind, record_of, spell_time

    started = options.started
    if started is None and options.recovered is None:
        started = _time("now")
    said = {
        "key": options.key,
        "started": started and spell_time(started),
        "recovered": options.recovered and spell_time(options.recovered),
        "title": options.title,
        "deployment": options.deployment and _hash(options.deployment, root),
        "source": Source.RECORDED.value,
    }
    if started and options.recovered and options.recovered < started:
        raise ValueError("--recovered is before --started")
    return record_of(Kind.INCIDENT, {name: value for name, value in said.items() if value})


def _build(options: argparse.Namespace, root: Path) -> Record:
    from pytest_boss_gates.history.records import record
    from pytest_boss_gates.repository.ci import detect
    from pytest_boss_gates.repository.git import identify

    completed = options.completed or _time("now")
    if completed < options.started:
        raise ValueError("--completed is before --started")
    return record(
        Build(
            key=options.key,
            attempt=options.attempt,
            name=options.name,
            commit=_commit(options, root),
            branch=options.branch or detect(os.environ).branch or identify(root).branch,
            event=options.event,
            started=options.started,
            completed=completed,
            conclusion=Conclusion(options.conclusion),
            source=Source.RECORDED,
        )
    )


def _commit(options: argparse.Namespace, root: Path) -> str:
    commit = _hash(options.commit, root)
    if commit == "HEAD":
        raise ValueError("there is no commit here; name one with --commit")
    return commit


def _hash(name: str, root: Path) -> str:
    """Give the full hash, or the name as it is where git does not know it."""
    from pytest_boss_gates.repository.git import resolve

    return resolve(root, name) or name


def _run(options: argparse.Namespace) -> int:
    root = root_of(options.root)
    if root is None:
        return USAGE
    try:
        fact: Record = options.fact(options, root)
    except ValueError as error:
        return complain(error)
    what = options.fact.__name__[1:]
    taken = take_in(root, [fact], told_by_hand=what)
    if taken.status:
        return taken.status
    if options.json:
        shown = {
            "kind": fact.kind.value,
            "id": fact.name,
            "new": bool(taken.new),
            "waits": taken.waits,
            "body": fact.body,
        }
        print(json.dumps(shown, indent=2))
    elif not taken.waits:
        print(f"The {what} {'is' if taken.new else 'was already'} in the history.")
    return 0
