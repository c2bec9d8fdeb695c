"""``boss-gates import``: take in what others know of the way to production."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import (
    INTERRUPTED,
    UNJUDGED,
    USAGE,
    actions,
    command,
    complain,
    corridor_of,
    fail,
    progress,
    read_text,
    root_of,
    take_in,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime
    from typing import TypeAlias

    from pytest_boss_gates.cli.page import Commands
    from pytest_boss_gates.history.providers import Server
    from pytest_boss_gates.history.providers.intake import Findings
    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.history.store import Store
    from pytest_boss_gates.report.progress import Progress

    Take: TypeAlias = Callable[[Store, Path, Progress], Findings]

_DAYS = 100
"""How far back an import goes without `--since`: what the longest window of a metric looks at."""
_TROUBLES = 10  # that are shown; more of them are mostly the same


def add(commands: Commands) -> None:
    """Declare the command; a source of facts is one more function here."""
    summary = "take in what providers, deployment tools and pipelines have recorded"
    made = actions(commands, "import", summary, "boss-gates import github acme/kettle")
    for declare in (_add_events, _add_github, _add_gitlab):
        declare(made)


def _add_events(made: Commands) -> None:
    events = command(
        made,
        "events",
        "take in CDEvents (service, incident and pipelinerun) from JSON or JSON lines",
        "boss-gates import events cdevents.jsonl",
    )
    events.add_argument("files", nargs="+", metavar="FILE", help="events; - for standard input")
    events.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    events.add_argument("--json", action="store_true", help="print the counts for machines")
    events.set_defaults(run=_events)


def _events(options: argparse.Namespace) -> int:
    from collections import Counter
    from functools import cache

    from pytest_boss_gates.errors import HistoryError
    from pytest_boss_gates.history.events import read_events
    from pytest_boss_gates.repository.git import tagged

    root = root_of(options.root)
    if root is None:
        return USAGE
    commit_of = cache(lambda version: tagged(root, version))
    records: list[Record] = []
    ignored: Counter[str] = Counter()
    try:
        for name in options.files:
            found = read_events(read_text(name), name, commit_of)
            records += found.records
            ignored += found.ignored
    except HistoryError as error:
        return complain(error)
    taken = take_in(root, records)
    if taken.status:
        return taken.status
    new = taken.new
    known = len({record.name for record in records}) - new
    if options.json:
        print(json.dumps({"new": new, "known": known, "ignored": dict(sorted(ignored.items()))}))
        return 0
    print(f"{new} taken in, {known} known already.")
    if ignored:
        listed = ", ".join(f"{count} {name}" for name, count in sorted(ignored.items()))
        print(f"Of no use for delivery, and left out: {listed}.")
    return 0


def _add_github(made: Commands) -> None:
    _add_provider(
        made,
        "github",
        "OWNER/NAME",
        "of GitHub, or the one that --from was fetched from (default: GITHUB_API_URL, else "
        "https://api.github.com)",
        "GH_TOKEN=… boss-gates import github acme/kettle",
    )


def _add_gitlab(made: Commands) -> None:
    _add_provider(
        made,
        "gitlab",
        "GROUP/NAME",
        "of GitLab, or the one that --from was fetched from (default: CI_API_V4_URL, else "
        "https://gitlab.com/api/v4)",
        "GITLAB_TOKEN=… boss-gates import gitlab acme/kettle --since 2026-09-01",
    )


def _add_provider(made: Commands, name: str, path: str, server: str, example: str) -> None:
    title = {"github": "GitHub", "gitlab": "GitLab"}[name]
    parser = command(
        made, name, f"take in what {title} knows: builds, deployments, merges, incidents", example
    )
    parser.add_argument("path", metavar=path, help="the repository")
    parser.add_argument("--url", default="", help=f"the server {server}")
    parser.add_argument(
        "--since",
        type=_since,
        metavar="DAY",
        help=f"how far back, a day or a time (default: {_DAYS} days, then from the last import on)",
    )
    parser.add_argument(
        "--branch", default="", help="whose builds and merges (default: the default branch)"
    )
    parser.add_argument(
        "--incident-label",
        action="append",
        metavar="LABEL",
        help="issues with this label are incidents; repeatable (default: as in the settings)",
    )
    parser.add_argument(
        "--from",
        dest="files",
        action="append",
        metavar="FILE",
        help="JSON that was fetched already; - for standard input; repeatable; no server is asked",
    )
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=300,
        metavar="SECONDS",
        help="how long to wait for a rate limit at most (default: 300)",
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the project (default: here)")
    parser.add_argument("--json", action="store_true", help="print the counts for machines")
    parser.set_defaults(run=_provider, provider=name)


def _since(text: str) -> datetime:
    import argparse

    from pytest_boss_gates.history.records import parse_time

    try:
        return parse_time(text if ":" in text else f"{text}T00:00:00Z")
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a day (2026-09-01) nor a time with a zone (2026-09-01T12:00:00Z)"
        ) from None


def _seconds(text: str) -> int:
    import argparse

    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return int(text)


def _provider(options: argparse.Namespace) -> int:
    import os

    from pytest_boss_gates.errors import BossGatesError, HistoryError
    from pytest_boss_gates.history.providers import server_of

    root = root_of(options.root)
    if root is None:
        return USAGE
    try:
        server = server_of(options.provider, options.path, options.url, os.environ)
        corridor = corridor_of(root, "delivery")
        options.labels = options.incident_label or corridor.settings.delivery.labels
        take = _from_files(server, options, root) if options.files else _asking(server, options)
    except BossGatesError as error:
        return complain(error)
    way = corridor.keeper
    try:
        with progress() as shown, shown.doing("opening the history"):
            store = way.store()
            store.check()
            for each in way.catch_up():
                shown.say(each)
            found = take(store, root, shown)
    except HistoryError as error:
        return fail(error)
    except KeyboardInterrupt:
        complain("interrupted; what was read is kept: the same command goes on from there")
        return INTERRUPTED
    finally:
        way.close()
    _show(found, as_json=options.json)
    return UNJUDGED if found.troubles else 0


def _from_files(server: Server, options: argparse.Namespace, root: Path) -> Take:
    """Read all files before anything is taken in. Raises HistoryError."""
    from functools import cache

    from pytest_boss_gates.history.providers.fetched import Fetched, rows_of
    from pytest_boss_gates.repository.git import tagged

    fetched = Fetched(
        server=server.name,
        labels=options.labels,
        tagged=cache(lambda tag: tagged(root, tag)),
    )
    rows = [row for name in options.files for row in rows_of(read_text(name), name)]
    if server.provider.name == "github":
        fetched.github(rows)
    else:
        fetched.gitlab(rows, server.path)

    def take(store: Store, _root: Path, _shown: Progress) -> Findings:
        fetched.found.names = {each.name for each in fetched.records}
        fetched.found.new = store.add(fetched.records) if fetched.records else 0
        return fetched.found

    return take


def _asking(server: Server, options: argparse.Namespace) -> Take:
    """Get ready to ask a server. Raises ProviderError."""
    from datetime import datetime, timedelta, timezone
    from functools import partial

    from pytest_boss_gates.history.providers import github, gitlab
    from pytest_boss_gates.history.providers.client import Pace
    from pytest_boss_gates.history.providers.intake import Git, Intake, Wanted, read_all
    from pytest_boss_gates.repository.git import authored, tagged

    now = datetime.now(timezone.utc)
    wanted = Wanted(
        path=server.path,
        since=options.since or now - timedelta(days=_DAYS),
        now=now,
        branch=options.branch,
        labels=tuple(options.labels),
    )
    pace = Pace(wait=options.wait)
    server.client(pace, print)  # what is wrong with the address or the token is wrong usage

    def take(store: Store, root: Path, shown: Progress) -> Findings:
        if server.is_overheard:
            shown.say(f"the token goes to {server.base} unencrypted; https:// would keep it")
        intake = Intake(
            client=server.client(pace, shown.say),
            store=store,
            server=server.name,
            wanted=wanted,
            git=Git(tagged=partial(tagged, root), authored=partial(authored, root)),
            tell=shown.show,
        )
        read_all(intake, github.read if server.provider.name == "github" else gitlab.read)
        return intake.found

    return take


def _show(found: Findings, *, as_json: bool) -> None:
    from pytest_boss_gates.model import plural
    from pytest_boss_gates.report.escape import terminal

    known = len(found.names) - found.new
    if as_json:
        shown = {
            "new": found.new,
            "known": known,
            "read": dict(sorted(found.read.items())),
            "left-out": dict(sorted(found.left_out.items())),
            "troubles": found.troubles,
        }
        print(json.dumps(shown, indent=2))
    elif found.names or not found.troubles:
        told = [plural(count, what[:-1]) for what, count in sorted(found.read.items()) if count]
        read = ", ".join(told)
        print(f"Read {read}." if read else "Read nothing that is new.")
        print(f"{found.new} taken in, {known} known already.")
        if found.left_out:
            listed = ", ".join(f"{why} ({count})" for why, count in sorted(found.left_out.items()))
            print(f"Left out: {listed}.")
    for trouble in found.troubles[:_TROUBLES]:
        complain(terminal(trouble))
    if len(found.troubles) > _TROUBLES:
        complain(f"and {len(found.troubles) - _TROUBLES} more; --json has them all")
