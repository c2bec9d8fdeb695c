"""Servers that speak as GitHub and GitLab do, over HTTP, from a small world of literals.

Shapes, headers and limits are those of the providers' own documentation.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Row: TypeAlias = "dict[str, Any]"
Fault: TypeAlias = "Callable[[BaseHTTPRequestHandler], None]"
MAIN = "main"


def ago(days: float = 0, **more: float) -> datetime:
    """A time before this moment's hour, to the second."""
    now = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)
    return now - timedelta(days=days, **more)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def sha(name: object) -> str:
    return hashlib.sha1(str(name).encode()).hexdigest()


@dataclass(kw_only=True)
class Site:
    """A server at work: what it was asked, and what it is to do wrong next."""

    url: str = ""
    token: tuple[str, str] = ("Authorization", "Bearer s3cret")
    page_size: int = 100
    asked: list[str] = field(default_factory=list)  # path and query
    statuses: list[int] = field(default_factory=list)
    faults: list[tuple[str, Fault]] = field(default_factory=list)  # by a part of the path, once
    headers: dict[str, str] = field(default_factory=dict)  # of every answer
    lock: threading.Lock = field(default_factory=threading.Lock)

    def rows(self, path: str, query: dict[str, str]) -> tuple[str, list[Row]] | Row | None:
        """What stands at a path: rows with the key of their list, an object, or nothing."""
        raise NotImplementedError

    def fail(self, part: str, *faults: Fault) -> None:
        self.faults += [(part, fault) for fault in faults]

    def count(self, part: str) -> int:
        return sum(part in each for each in self.asked)


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Content-Type": "application/json", **given}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def refuse(status: int, message: str = "", **headers: str) -> Fault:
    body = json.dumps({"message": message}).encode()
    return lambda handler: answer(handler, status, body, **headers)


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Announce more than comes, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'[{"id": 1')
    handler.close_connection = True


def half_json(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, b'[{"id": 1')


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no token and no CI of this machine's."""
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GITHUB_API_URL", "CI_API_V4_URL", "CI", "GITHUB_ACTIONS", "BOSS_GATES_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site = self.site
        with site.lock:
            site.asked.append(unquote(self.path))
            fault = next((each for each in site.faults if each[0] in self.path), None)
            if fault:
                site.faults.remove(fault)
        if fault:
            fault[1](self)
            return
        parts = urlsplit(self.path)
        header, value = site.token
        if self.headers.get(header) != value:
            refuse(401, "Bad credentials")(self)
            return
        if not self.headers.get("User-Agent", "").startswith("pytest-boss-gates/"):
            refuse(403, "Request forbidden by administrative rules.")(self)
            return
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        found = site.rows(unquote(parts.path), query)
        if found is None:
            refuse(404, "Not Found")(self)
            return
        self._send(found, parts.path, query)

    def _send(self, found: tuple[str, list[Row]] | Row, path: str, query: dict[str, str]) -> None:
        headers = dict(self.site.headers)
        body: object = found
        if isinstance(found, tuple):
            size = min(int(query.get("per_page", 30)), self.site.page_size)
            page = int(query.get("page", 1))
            key, rows = found
            body = rows[(page - 1) * size : page * size]
            if len(rows) > page * size:
                following = urlencode({**query, "page": page + 1})
                headers["Link"] = (
                    f'<{self.site.url}{path}?{urlencode({**query, "page": 1})}>; rel="first", '
                    f'<{self.site.url}{path}?{following}>; rel="next"'
                )
            if key:
                body = {"total_count": len(rows), key: body}
        raw = json.dumps(body).encode()
        etag = f'W/"{hashlib.sha256(raw).hexdigest()[:20]}"'
        if self.headers.get("If-None-Match") == etag:
            self.site.statuses.append(304)
            self.send_response(304)
            self.send_header("ETag", etag)
            self.end_headers()
            return
        self.site.statuses.append(200)
        answer(self, 200, raw, ETag=etag, **headers)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(site: Site) -> Iterator[Site]:
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# -- GitHub


def run_row(number: int, at: datetime, **more: Any) -> Row:
    """A run of five minutes of the workflow ``ci``, pushed to main."""
    return {
        "id": 17_300_000_000 + number,
        "name": "ci",
        "path": ".github/workflows/ci.yml",
        "workflow_id": 88112233,
        "run_number": number,
        "run_attempt": 1,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "head_branch": MAIN,
        "head_sha": sha(number),
        "created_at": stamp(at),
        "run_started_at": stamp(at),
        "updated_at": stamp(at + timedelta(minutes=9)),
        "pull_requests": [],
        "actor": None,
        "head_repository": None,
        **more,
    }


def job_row(run: Row, minutes: float = 5, **more: Any) -> Row:
    """The job of a run: it waits for ten seconds, and ends after the minutes."""
    start = datetime.fromisoformat(run["run_started_at"].replace("Z", "+00:00"))
    return {
        "id": run["id"] * 10,
        "run_id": run["id"],
        "run_attempt": run["run_attempt"],
        "name": "tests (3.13)",
        "head_sha": run["head_sha"],
        "status": "completed",
        "conclusion": run["conclusion"],
        "created_at": stamp(start),
        "started_at": stamp(start + timedelta(seconds=10)),
        "completed_at": stamp(start + timedelta(minutes=minutes)),
        "labels": ["ubuntu-24.04"],
        "steps": [],
        **more,
    }


def deployment_row(number: int, at: datetime, environment: str = "production", **more: Any) -> Row:
    return {
        "id": 2_900_000_000 + number,
        "sha": sha(number),
        "ref": MAIN,
        "task": "deploy",
        "payload": "",
        "environment": environment,
        "original_environment": environment,
        "production_environment": False,
        "transient_environment": False,
        "creator": None,
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "statuses_url": f"https://api.github.com/repos/acme/kettle/deployments/{number}/statuses",
        **more,
    }


def status_row(state: str, at: datetime) -> Row:
    return {"id": 1, "state": state, "created_at": stamp(at), "updated_at": stamp(at)}


def release_row(tag: str, at: datetime, **more: Any) -> Row:
    return {
        "id": int(sha(tag)[:8], 16),
        "tag_name": tag,
        "target_commitish": MAIN,
        "name": tag,
        "draft": False,
        "prerelease": False,
        "created_at": stamp(at - timedelta(hours=1)),
        "published_at": stamp(at),
        "assets": [],
        **more,
    }


def pull_row(number: int, at: datetime, **more: Any) -> Row:
    return {
        "id": 700_000 + number,
        "number": number,
        "state": "closed",
        "title": "Descale the kettle",
        "user": None,
        "labels": [],
        "created_at": stamp(at - timedelta(days=1)),
        "updated_at": stamp(at),
        "closed_at": stamp(at),
        "merged_at": stamp(at),
        "merge_commit_sha": sha(f"pull {number}"),
        "head": {"ref": "descale", "sha": sha("head"), "repo": None},
        "base": {"ref": MAIN, "sha": sha("base")},
        **more,
    }


def commit_row(name: str, at: datetime, parents: int = 1) -> Row:
    return {
        "sha": sha(name),
        "commit": {"author": {"date": stamp(at)}, "committer": {"date": stamp(at)}},
        "parents": [{"sha": sha(number)} for number in range(parents)],
    }


def issue_row(number: int, at: datetime, closed: datetime | None, **more: Any) -> Row:
    return {
        "id": 900_000 + number,
        "number": number,
        "title": f"Kettle {number} is cold",
        "state": "closed" if closed else "open",
        "labels": [{"name": "incident"}],
        "created_at": stamp(at),
        "updated_at": stamp(closed or at),
        "closed_at": stamp(closed) if closed else None,
        **more,
    }


@dataclass(kw_only=True)
class GitHub(Site):
    """The repository acme/kettle."""

    about: Row = field(default_factory=lambda: {"id": 41200077, "default_branch": MAIN})
    runs: list[Row] = field(default_factory=list)  # every attempt
    jobs: list[Row] = field(default_factory=list)
    deployments: list[Row] = field(default_factory=list)
    states: dict[int, list[Row]] = field(default_factory=dict)  # by deployment
    releases: list[Row] = field(default_factory=list)
    tags: list[Row] = field(default_factory=list)
    pulls: list[Row] = field(default_factory=list)
    commits: dict[str, Row] = field(default_factory=dict)
    pulled: dict[int, list[Row]] = field(default_factory=dict)  # commits by pull request
    issues: list[Row] = field(default_factory=list)

    def rows(self, path: str, query: dict[str, str]) -> tuple[str, list[Row]] | Row | None:
        home = "/api/v3/repos/acme/kettle"
        if not path.startswith(home):
            return None
        parts = path.removeprefix(home).strip("/").split("/")
        return (
            self._actions(parts[2:], query) if parts[0] == "actions" else self._rest(parts, query)
        )

    def _actions(
        self, parts: list[str], query: dict[str, str]
    ) -> tuple[str, list[Row]] | Row | None:
        match parts:
            case []:
                return "workflow_runs", self._runs(query)
            case [number, "attempts", attempt]:
                return self._attempt(int(number), int(attempt))
            case [number, "attempts", attempt, "jobs"]:
                wanted = (int(number), int(attempt))
                found = [job for job in self.jobs if (job["run_id"], job["run_attempt"]) == wanted]
                return "jobs", found
        return None

    def _rest(self, parts: list[str], query: dict[str, str]) -> tuple[str, list[Row]] | Row | None:
        match parts:
            case [""]:
                return self.about
            case ["commits", name]:
                return self.commits.get(name)
            case ["deployments", number, "statuses"]:
                rows = _newest(self.states.get(int(number), []), "created_at")
            case ["pulls", number, "commits"]:
                rows = self.pulled[int(number)]
            case ["pulls"]:
                assert (query["sort"], query["direction"]) == ("updated", "desc")
                mine = [row for row in self.pulls if row["base"]["ref"] == query["base"]]
                rows = _newest(mine, "updated_at")
            case ["issues"]:
                rows = self._issues(query)
            case ["tags"]:
                rows = self.tags
            case ["deployments" | "releases" as name]:
                listed: list[Row] = getattr(self, name)
                rows = _newest(listed, "created_at")
            case _:
                return None
        return "", rows

    def _runs(self, query: dict[str, str]) -> list[Row]:
        start, _, end = query["created"].partition("..")
        latest: dict[int, Row] = {}
        for row in sorted(self.runs, key=lambda row: row["run_attempt"]):
            latest[row["id"]] = row
        found = [
            row
            for row in latest.values()
            if start <= row["created_at"] <= end
            and query.get("branch") in (None, row["head_branch"])
            and query.get("event") in (None, row["event"])
        ]
        return _newest(found, "created_at")[:1000]

    def _attempt(self, number: int, attempt: int) -> Row | None:
        wanted = (number, attempt)
        return next((row for row in self.runs if (row["id"], row["run_attempt"]) == wanted), None)

    def _issues(self, query: dict[str, str]) -> list[Row]:
        found = [
            row
            for row in self.issues
            if row["updated_at"] >= query["since"]
            and query["labels"] in [label["name"] for label in row["labels"]]
        ]
        return _newest(found, "updated_at")


def _newest(rows: list[Row], name: str) -> list[Row]:
    return sorted(rows, key=lambda row: str(row[name]), reverse=True)


@pytest.fixture
def github() -> Iterator[GitHub]:
    """GitHub with an empty repository."""
    site = GitHub()
    yield from serve(site)  # type: ignore[misc]


# -- GitLab


def gitlab_time(moment: datetime) -> str:
    """With milliseconds and an offset, as GitLab writes times of its own zone."""
    there = moment.astimezone(timezone(timedelta(hours=1)))
    return f"{there:%Y-%m-%dT%H:%M:%S}.123+01:00"


def pipeline_row(number: int, at: datetime, **more: Any) -> Row:
    return {
        "id": 900_000 + number,
        "iid": number,
        "project_id": 4120,
        "sha": sha(number),
        "ref": MAIN,
        "status": "success",
        "source": "push",
        "name": None,
        "tag": False,
        "created_at": gitlab_time(at),
        "started_at": gitlab_time(at + timedelta(seconds=7)),
        "finished_at": gitlab_time(at + timedelta(minutes=5)),
        "updated_at": gitlab_time(at + timedelta(minutes=5)),
        "coverage": "91.20",
        "duration": 293,
        **more,
    }


def gitlab_job(number: int, pipeline: Row, at: datetime, **more: Any) -> Row:
    return {
        "id": 7_700_000 + number,
        "status": "success",
        "stage": "test",
        "name": "pytest 3.13",
        "allow_failure": False,
        "created_at": gitlab_time(at),
        "started_at": gitlab_time(at + timedelta(seconds=17)),
        "finished_at": gitlab_time(at + timedelta(minutes=4)),
        "queued_duration": 10.0,
        "pipeline": {"id": pipeline["id"], "sha": pipeline["sha"], "ref": pipeline["ref"]},
        **more,
    }


@dataclass(kw_only=True)
class GitLab(Site):
    """The project acme/kettle."""

    token: tuple[str, str] = ("PRIVATE-TOKEN", "s3cret")
    about: Row | None = field(
        default_factory=lambda: {
            "id": 4120,
            "path_with_namespace": "acme/kettle",
            "default_branch": MAIN,
        }
    )
    pipelines: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)
    lists: dict[str, list[Row]] = field(default_factory=dict)  # every other list, by its path

    def rows(self, path: str, query: dict[str, str]) -> tuple[str, list[Row]] | Row | None:
        home = "/api/v4/projects/acme/kettle"
        if not path.startswith(home):
            return None
        place = path.removeprefix(home).strip("/")
        match place.split("/"):
            case [""]:
                return self.about
            case ["pipelines"]:
                short = {"started_at", "finished_at", "coverage", "duration", "tag"}
                found = [
                    {name: row[name] for name in row if name not in short}
                    for row in self._updated(self.pipelines, query)
                    if row["ref"] == query["ref"]
                ]
                return "", found
            case ["pipelines", number]:
                return next(row for row in self.pipelines if row["id"] == int(number))
            case ["pipelines", number, "jobs"]:
                assert query["include_retried"] == "true"
                return "", [job for job in self.jobs if job["pipeline"]["id"] == int(number)]
        if place not in self.lists:
            return None
        rows = self._updated(self.lists[place], query)
        if "issue_type" in query:
            rows = [row for row in rows if row["issue_type"] == query["issue_type"]]
        if "labels" in query:
            rows = [row for row in rows if query["labels"] in row["labels"]]
        return "", rows

    def _updated(self, rows: list[Row], query: dict[str, str]) -> list[Row]:
        if "updated_after" not in query:
            return rows
        assert query["order_by"] == "updated_at"
        after = datetime.fromisoformat(query["updated_after"].replace("Z", "+00:00"))
        found = [row for row in rows if datetime.fromisoformat(row["updated_at"]) >= after]
        return _newest(found, "updated_at")


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    """GitLab with an empty project."""
    lists = ("deployments", "environments", "releases", "issues", "merge_requests")
    site = GitLab(lists={name: [] for name in lists})
    yield from serve(site)  # type: ignore[misc]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without anything, and the token of the servers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("GITLAB_TOKEN", "s3cret")
    return tmp_path
