"""Which CI system runs us, the branch and commit it says it runs, and what it compares them with.

A CI checkout is mostly detached, so git alone cannot name the branch. ``CI`` alone proves
nothing (nearly all systems and many shells set it), so each system has its own marker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.git import default_branch, identify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CI:
    """The CI system's own words, unchecked; ``name`` is "" outside CI."""

    name: str = ""
    branch: str = ""  # of a pull request: the branch it comes from
    commit: str = ""  # what is checked out: of a pull request often a merge made for testing
    pull_request: bool = False
    default_branch: str = ""  # "" where the system does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the CI system says of the change under test: commits or branches, best first.

    Each comes with the name of the variable that said it.
    """

    targets: tuple[tuple[str, str], ...] = ()  # what it is to be merged into; () of a plain push
    before: tuple[tuple[str, str], ...] = ()  # where a pushed branch stood before the push
    merged: str = ""  # the merge with the target that was made for the test: a commit
    deepen: str = ""  # how to get a clone with its whole history there: a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    name: str
    marker: str
    commit: str
    branch: tuple[str, ...]  # the first one that is set wins
    value: str = ""  # what the marker must say, in any case; "" for anything
    also: str = ""  # a second variable that must be there
    change: str = ""  # a variable that is set, and not "false", only for a pull request
    default: str = ""  # the variable that names the default branch
    targets: tuple[str, ...] = ()  # those that say what a pull request is to be merged into
    queued: str = ""  # the one that says it in a merge queue
    before: tuple[str, ...] = ()  # those that say where a pushed branch stood before
    merges: bool = False  # a pull request's commit is a merge made for the test
    deepen: str = ""  # see Change
    on_tag: Callable[[Mapping[str, str]], bool] | None = None  # then there is no branch


def _github(name: str, marker: str, value: str = "") -> _System:
    return _System(
        name=name,
        marker=marker,
        value=value,
        commit="GITHUB_SHA",
        change="GITHUB_BASE_REF",
        default="event repository.default_branch",
        targets=("GITHUB_BASE_REF", "event pull_request.base.sha"),
        queued="event merge_group.base_sha",
        before=("event before",),
        merges=True,
        deepen="Set `fetch-depth: 0` for actions/checkout.",
        branch=("GITHUB_HEAD_REF", "GITHUB_REF_NAME"),
        on_tag=lambda given: given.get("GITHUB_REF_TYPE") == "tag",
    )


_EVENT = "event "

# The order matters: some systems set the markers of others, and Jenkins' leak everywhere.
_SYSTEMS = (
    _System(
        name="Woodpecker",
        marker="CI",
        value="woodpecker",
        commit="CI_COMMIT_SHA",
        branch=("CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_BRANCH"),
        change="CI_COMMIT_PULL_REQUEST",
        default="CI_REPO_DEFAULT_BRANCH",
        targets=("CI_COMMIT_TARGET_BRANCH",),
        before=("CI_PREV_COMMIT_SHA",),
        deepen="Set `partial: false` and `depth: 0` for the clone step.",
    ),
    _System(
        name="GitLab CI",
        marker="GITLAB_CI",
        commit="CI_COMMIT_SHA",
        branch=("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"),
        change="CI_MERGE_REQUEST_IID",
        default="CI_DEFAULT_BRANCH",
        targets=(
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA",  # there when a merge with it is tested
            "CI_MERGE_REQUEST_DIFF_BASE_SHA",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        ),
        before=("CI_COMMIT_BEFORE_SHA",),
        deepen="Set the variable `GIT_DEPTH: 0` for the job.",
    ),
    _github("Gitea Actions", "GITEA_ACTIONS"),
    _github("Forgejo Actions", "FORGEJO_ACTIONS"),
    _github("GitHub Actions", "GITHUB_ACTIONS", "true"),
    _System(
        name="CircleCI",
        marker="CIRCLECI",
        commit="CIRCLE_SHA1",
        branch=("CIRCLE_BRANCH",),
        change="CIRCLE_PULL_REQUEST",
        deepen="Set `method: full` for the checkout step.",
    ),
    _System(
        name="Azure Pipelines",
        marker="TF_BUILD",
        value="True",
        commit="BUILD_SOURCEVERSION",
        branch=("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        change="SYSTEM_PULLREQUEST_PULLREQUESTID",
        targets=("SYSTEM_PULLREQUEST_TARGETBRANCH",),
        merges=True,
        deepen="Set `fetchDepth: 0` for the checkout step.",
    ),
    _System(
        name="Bitbucket Pipelines",
        marker="BITBUCKET_BUILD_NUMBER",
        commit="BITBUCKET_COMMIT",
        branch=("BITBUCKET_BRANCH",),
        change="BITBUCKET_PR_ID",
        targets=("BITBUCKET_PR_DESTINATION_BRANCH", "BITBUCKET_PR_DESTINATION_COMMIT"),
        deepen="Set `clone: depth: full` in bitbucket-pipelines.yml.",
    ),
    _System(
        name="Buildkite",
        marker="BUILDKITE",
        value="true",
        commit="BUILDKITE_COMMIT",
        branch=("BUILDKITE_BRANCH",),
        change="BUILDKITE_PULL_REQUEST",
        default="BUILDKITE_PIPELINE_DEFAULT_BRANCH",
        targets=("BUILDKITE_PULL_REQUEST_BASE_BRANCH",),
        queued="BUILDKITE_MERGE_QUEUE_BASE_COMMIT",
        deepen="Take `--depth` out of the agent's clone and fetch flags.",
    ),
    _System(
        name="Travis CI",
        marker="TRAVIS",
        value="true",
        commit="TRAVIS_COMMIT",
        branch=("TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"),
        change="TRAVIS_PULL_REQUEST",
        targets=("TRAVIS_BRANCH",),
        before=("TRAVIS_COMMIT_RANGE",),
        merges=True,
        deepen="Set `git: depth: false` in .travis.yml.",
        on_tag=lambda given: "TRAVIS_TAG" in given,
    ),
    _System(
        name="Drone",
        marker="DRONE",
        value="true",
        commit="DRONE_COMMIT_SHA",
        branch=("DRONE_SOURCE_BRANCH", "DRONE_BRANCH"),
        change="DRONE_PULL_REQUEST",
        default="DRONE_REPO_BRANCH",
        targets=("DRONE_TARGET_BRANCH",),
        before=("DRONE_COMMIT_BEFORE",),
        deepen="Take `depth` out of the clone step.",
        on_tag=lambda given: "DRONE_TAG" in given,
    ),
    _System(
        name="AppVeyor",
        marker="APPVEYOR",
        value="true",
        commit="APPVEYOR_REPO_COMMIT",
        branch=("APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH", "APPVEYOR_REPO_BRANCH"),
        change="APPVEYOR_PULL_REQUEST_NUMBER",
        targets=("APPVEYOR_REPO_BRANCH",),
        deepen="Take `clone_depth` out of appveyor.yml.",
        on_tag=lambda given: given.get("APPVEYOR_REPO_TAG") == "true",
    ),
    _System(
        name="Cirrus CI",
        marker="CIRRUS_CI",
        value="true",
        commit="CIRRUS_CHANGE_IN_REPO",
        branch=("CIRRUS_BRANCH",),
        change="CIRRUS_PR",
        default="CIRRUS_DEFAULT_BRANCH",
        targets=("CIRRUS_BASE_BRANCH", "CIRRUS_BASE_SHA"),
        deepen="Take `CIRRUS_CLONE_DEPTH` out of .cirrus.yml.",
        on_tag=lambda given: "CIRRUS_TAG" in given,
    ),
    _System(
        name="Jenkins",
        marker="JENKINS_URL",
        commit="GIT_COMMIT",
        also="BUILD_ID",
        branch=("CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        change="CHANGE_ID",
        targets=("CHANGE_TARGET",),
        before=("GIT_PREVIOUS_COMMIT",),
        deepen="Take the shallow clone out of the job's Git settings.",
        on_tag=lambda given: "TAG_NAME" in given,
    ),
)


def detect(environ: Mapping[str, str]) -> CI:
    """Find the CI system in an environment. A variable that is set but empty counts as absent.

    ``CI=false`` switches the detection off.
    """
    given = _given(environ)
    system = _system(given)
    if system is None:
        return CI()
    tagged = system.on_tag is not None and system.on_tag(given)
    named = next((given[name] for name in system.branch if name in given), "")
    commit = given.get(system.commit, "")
    return CI(
        name=system.name,
        branch="" if tagged else plain_branch(named),
        commit="" if commit == "HEAD" else commit,  # Buildkite, before its checkout
        pull_request=_is_pull_request(system, given),
        default_branch=_value(given, system.default),
    )


def change_of(environ: Mapping[str, str]) -> Change:
    """Read what the CI system says of the change under test; nothing of it is checked."""
    given = _given(environ)
    system = _system(given)
    if system is None:
        return Change()
    asked = _is_pull_request(system, given)
    names = (system.queued, *(system.targets if asked else ()))
    return Change(
        targets=_told(given, names),
        before=() if asked else _told(given, system.before),
        merged=given.get(system.commit, "") if asked and system.merges else "",
        deepen=system.deepen,
    )


def main_branch(root: Path, environ: Mapping[str, str]) -> str:
    """Name the default branch as CI says it, else as git remembers it; "" when neither tells."""
    return detect(environ).default_branch or default_branch(root)


def on_default_branch(root: Path, environ: Mapping[str, str]) -> bool:
    """Whether a push to the default branch is at work here, not a pull request."""
    ci = detect(environ)
    if ci.pull_request:
        return False
    branch = ci.branch or identify(root).branch
    return bool(branch) and branch == main_branch(root, environ)


def _given(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out what is empty, and everything when ``CI=false``."""
    off = environ.get("CI", "").lower() == "false"
    return {} if off else {name: value for name, value in environ.items() if value}


def _system(given: Mapping[str, str]) -> _System | None:
    return next((system for system in _SYSTEMS if _runs(system, given)), None)


def _is_pull_request(system: _System, given: Mapping[str, str]) -> bool:
    return given.get(system.change, "false") != "false"


def _told(given: Mapping[str, str], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Give the words that say something, by name; only noughts say that there is no commit."""
    found = ((name, _value(given, name).partition("...")[0]) for name in names)
    return tuple((name, value) for name, value in found if value.strip("0"))


def _value(given: Mapping[str, str], name: str) -> str:
    """Read a variable, or with ``event `` before it an entry of GitHub's event file; "" without."""
    import json
    from pathlib import Path

    if not name.startswith(_EVENT):
        return given.get(name, "")
    if "GITHUB_EVENT_PATH" not in given:
        return ""
    try:
        entry = json.loads(Path(given["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        for key in name.removeprefix(_EVENT).split("."):
            entry = entry[key]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return entry if isinstance(entry, str) else ""


def _runs(system: _System, given: Mapping[str, str]) -> bool:
    marker = given.get(system.marker, "")
    if not marker or (system.also and system.also not in given):
        return False
    return not system.value or marker.lower() == system.value.lower()


def plain_branch(branch: str) -> str:
    """Drop what Azure (``refs/heads/``) and Jenkins (``origin/``) put before the name."""
    for prefix in ("refs/heads/", "origin/"):
        if branch.startswith(prefix):
            return branch[len(prefix) :]
    return "" if branch.startswith("refs/") else branch


_STARTED = {  # when the pipeline began, in the words of the systems that tell
    "GitLab CI": "CI_PIPELINE_CREATED_AT",
    "Azure Pipelines": "SYSTEM_PIPELINESTARTTIME",
    "Woodpecker": "CI_PIPELINE_STARTED",
}


def pipeline_started(environ: Mapping[str, str]) -> datetime | None:
    """Give the time at which CI says that this pipeline began, None where it does not tell."""
    from datetime import datetime, timezone

    said = environ.get(_STARTED.get(detect(environ).name, ""), "")
    try:
        if said.isdigit():
            return datetime.fromtimestamp(int(said), timezone.utc)
        began = datetime.fromisoformat(said.replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return began if began.tzinfo else None
