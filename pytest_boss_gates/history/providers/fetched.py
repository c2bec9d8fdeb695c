"""What a provider's own program has fetched: ``gh api``, ``gh run list --json``, ``glab api``.

One JSON document, or several after each other as ``--paginate`` and JSON lines write them; pages of
rows and pages of pages. What a row is, it shows by its fields.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.providers import github_rows, gitlab_rows
from pytest_boss_gates.history.providers.intake import Findings
from pytest_boss_gates.history.providers.rows import (
    BUILDS,
    DEPLOYMENTS,
    INCIDENTS,
    MERGES,
    RELEASES,
    incident_of,
    key_of,
    labels_of,
    text_of,
)
from pytest_boss_gates.history.records import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pytest_boss_gates.history.records import Record
    from pytest_boss_gates.model import Build, Deployment, Incident, Merge

_LISTS = ("workflow_runs", "jobs", "environments")  # the keys of rows in GitHub's objects
_OF_GH_RUN = {  # `gh run list --json` names the fields of a run in its own way
    "databaseId": "id",
    "attempt": "run_attempt",
    "startedAt": "run_started_at",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "headBranch": "head_branch",
    "headSha": "head_sha",
    "workflowName": "name",
}
_RUN = ("databaseId", "headSha", "status", "conclusion", "event", "createdAt", "updatedAt")
"""The fields of `gh run list --json` without which a run says too little."""


def rows_of(text: str, name: str) -> Iterator[dict[str, Any]]:
    """Give every row of a file. Raises HistoryError that names the file and the place."""
    decoder, at = json.JSONDecoder(), 0
    text = text.strip()
    while at < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", at)) + 1
            raise HistoryError(
                f"{name}:{line} is cut off or is not JSON. Nothing was taken in."
            ) from None
        yield from _rows(document, name)
        while at < len(text) and text[at].isspace():
            at += 1


def _rows(document: Any, name: str) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        for each in document:
            yield from _rows(each, name)
    elif isinstance(document, dict):
        listed = next((key for key in _LISTS if isinstance(document.get(key), list)), None)
        if listed is None:
            yield document
        else:
            yield from _rows(document[listed], name)
    else:
        raise HistoryError(
            f"{name} holds {json.dumps(document)[:40]} where objects are expected. "
            "Nothing was taken in."
        )


class Fetched:
    """Makes facts of rows; ``found`` says what they came to."""

    def __init__(self, *, server: str, labels: Sequence[str], tagged: Callable[[str], str]) -> None:
        self.found = Findings()
        self.records: list[Record] = []
        self._server = server
        self._labels = {label.casefold() for label in labels}
        self._tagged = tagged

    def _key(self, row: dict[str, Any]) -> str:
        return key_of(self._server, row["id"])

    def _keep(self, noun: Build | Deployment | Incident | Merge | None, what: str) -> None:
        if noun is not None:
            self.records.append(record(noun))
            self.found.read[what] += 1

    def _each(
        self, what: str, rows: Iterable[dict[str, Any]], take: Callable[[dict[str, Any]], None]
    ) -> None:
        for row in rows:
            with self.found.reading(what, row):
                take(row)

    def _issue(self, row: dict[str, Any]) -> None:
        is_incident = row.get("issue_type") == "incident" or labels_of(row) & self._labels
        if is_incident and "pull_request" not in row:
            self._keep(incident_of(row, self._key(row)), INCIDENTS)

    # -- GitHub

    def github(self, rows: Iterable[dict[str, Any]]) -> None:
        """Take GitHub's rows. Jobs and statuses join what they belong to, in any order."""
        kinds = _sorted(map(_from_gh, rows), _GITHUB)
        jobs = _joined(kinds["job"], lambda job: f"{job['run_id']} {job.get('run_attempt') or 1}")
        statuses = _joined(
            kinds["status"], lambda status: str(status["deployment_url"]).rpartition("/")[2]
        )

        def run(row: dict[str, Any]) -> None:
            own = jobs[f"{row['id']} {row.get('run_attempt') or 1}"]
            self._keep(github_rows.build_of(row, self._key(row), own), BUILDS)

        def deployment(row: dict[str, Any]) -> None:
            own = statuses[str(row["id"])]
            self._keep(github_rows.deployment_of(row, self._key(row), own), DEPLOYMENTS)
            if not own:
                self.found.left_out["deployments without their statuses"] += 1

        def merge(row: dict[str, Any]) -> None:
            if row.get("merged_at"):
                self._keep(github_rows.merge_of(row, self._key(row)), MERGES)

        self._each("run", kinds["run"], run)
        self._each("deployment", kinds["deployment"], deployment)
        self._each("release", kinds["release"], self._github_release)
        self._each("pull request", kinds["merge"], merge)
        self._each("issue", kinds["issue"], self._issue)
        self._strangers(kinds[""])

    def _github_release(self, row: dict[str, Any]) -> None:
        commit = self._tagged(text_of(row, "tag_name"))
        if not github_rows.is_release(row):
            return
        if commit:
            key = key_of(self._server, f"release-{row['id']}")
            self._keep(github_rows.release_of(row, key, commit), RELEASES)
        else:
            self.found.left_out["releases whose tag is not in the clone"] += 1

    # -- GitLab

    def gitlab(self, rows: Iterable[dict[str, Any]], path: str) -> None:
        """Take GitLab's rows of a project."""
        kinds = _sorted(rows, _GITLAB)
        jobs = _joined(kinds["job"], lambda job: str((job["pipeline"] or {})["id"]))
        tiers = {str(row["name"]): str(row.get("tier") or "") for row in kinds["environment"]}

        def run(row: dict[str, Any]) -> None:
            for build in gitlab_rows.builds_of(row, self._key(row), jobs[str(row["id"])]):
                self._keep(build, BUILDS)

        def deployment(row: dict[str, Any]) -> None:
            self._keep(gitlab_rows.deployment_of(row, self._key(row), tiers), DEPLOYMENTS)

        def release(row: dict[str, Any]) -> None:
            tag = str(row["tag_name"])
            if not row.get("upcoming_release") and not gitlab_rows.is_early(tag):
                key = key_of(self._server, f"release-{path}@{tag}")
                self._keep(gitlab_rows.release_of(row, key), RELEASES)

        def merge(row: dict[str, Any]) -> None:
            if row.get("merged_at"):
                self._keep(gitlab_rows.merge_of(row, self._key(row)), MERGES)

        self._each("pipeline", _latest(kinds["run"]), run)
        self._each("deployment", kinds["deployment"], deployment)
        self._each("release", kinds["release"], release)
        self._each("merge request", kinds["merge"], merge)
        self._each("issue", kinds["issue"], self._issue)
        self._strangers(kinds[""])

    def _strangers(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows and not (self.records or self.found.left_out or self.found.troubles):
            self.found.troubles.append(
                "Nothing of it is a run, a job, a deployment, a release, a request or an issue of "
                "the provider that was named."
            )
        elif rows:
            self.found.left_out["objects of another kind"] += len(rows)


def _sorted(
    rows: Iterable[dict[str, Any]], table: Sequence[tuple[str, tuple[str, ...]]]
) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found = (kind for kind, names in table if all(name in row for name in names))
        kinds[next(found, "")].append(row)
    return kinds


def _joined(
    rows: Iterable[dict[str, Any]], name: Callable[[dict[str, Any]], str]
) -> dict[str, list[dict[str, Any]]]:
    """Gather rows by what they belong to; one that does not say it belongs to nothing."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        with suppress(LookupError, TypeError):
            found[name(row)].append(row)
    return found


def _latest(pipelines: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Take of each pipeline the object that says most; a list's row does not say its end."""
    found: dict[str, dict[str, Any]] = {}
    for row in pipelines:
        name = str(row.get("id"))
        if name not in found or "finished_at" in row:
            found[name] = row
    return found.values()


def _from_gh(row: dict[str, Any]) -> dict[str, Any]:
    """Rename the fields of `gh run list --json`. Raises HistoryError when it lacks some."""
    if "headSha" not in row and "databaseId" not in row:
        return row
    missing = [name for name in _RUN if name not in row]
    if missing:
        raise HistoryError(
            f"The runs have no {', '.join(missing)}. Fetch them with "
            f"`gh run list --limit 1000 --json attempt,workflowName,headBranch,{','.join(_RUN)}`. "
            "Nothing was taken in."
        )
    return {"name": row.get("name"), **{_OF_GH_RUN.get(name, name): row[name] for name in row}}


_GITHUB = (  # what a row is, by the fields that nothing else has together
    ("run", ("head_sha", "run_attempt", "event")),
    ("run", ("head_sha", "event", "workflow_id")),
    ("run", ("head_sha", "event", "conclusion")),
    ("job", ("run_id", "head_sha")),
    ("status", ("deployment_url", "state")),
    ("deployment", ("statuses_url", "environment")),
    ("release", ("tag_name", "prerelease")),
    ("merge", ("merge_commit_sha", "base")),
    ("issue", ("number", "labels", "closed_at")),
)
_GITLAB = (
    ("job", ("stage", "pipeline")),
    ("deployment", ("environment", "sha", "status")),
    ("merge", ("merge_commit_sha", "target_branch")),
    ("run", ("sha", "ref", "status", "source")),
    ("release", ("tag_name", "released_at")),
    ("environment", ("external_url", "name", "slug")),
    ("issue", ("iid", "labels", "closed_at")),
)
