"""Which CI system runs us, and the branch and commit it says it runs.

A CI checkout is mostly detached, so git alone cannot name the branch. ``CI`` alone proves
nothing (nearly all systems and many shells set it), so each system has its own marker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.git import default_branch, identify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
class _System:
    name: str
    marker: str
    commit: str
    branch: tuple[str, ...]  # the first one that is set wins
    value: str = ""  # what the marker must say, in any case; "" for anything
    also: str = ""  # a second variable that must be there
    change: str = ""  # a variable that is set, and not "false", only for a pull request
    default: str = ""  # the variable that names the default branch
    on_tag: Callable[[Mapping[str, str]], bool] | None = None  # then there is no branch


def _github(name: str, marker: str, value: str = "") -> _System:
    return _System(
        name=name,
        marker=marker,
        value=value,
        commit="GITHUB_SHA",
        change="GITHUB_BASE_REF",
        branch=("GITHUB_HEAD_REF", "GITHUB_REF_NAME"),
        on_tag=lambda given: given.get("GITHUB_REF_TYPE") == "tag",
    )


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
    ),
    _System(
        name="GitLab CI",
        marker="GITLAB_CI",
        commit="CI_COMMIT_SHA",
        branch=("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"),
        change="CI_MERGE_REQUEST_IID",
        default="CI_DEFAULT_BRANCH",
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
    ),
    _System(
        name="Azure Pipelines",
        marker="TF_BUILD",
        value="True",
        commit="BUILD_SOURCEVERSION",
        branch=("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        change="SYSTEM_PULLREQUEST_PULLREQUESTID",
    ),
    _System(
        name="Bitbucket Pipelines",
        marker="BITBUCKET_BUILD_NUMBER",
        commit="BITBUCKET_COMMIT",
        branch=("BITBUCKET_BRANCH",),
        change="BITBUCKET_PR_ID",
    ),
    _System(
        name="Buildkite",
        marker="BUILDKITE",
        value="true",
        commit="BUILDKITE_COMMIT",
        branch=("BUILDKITE_BRANCH",),
        change="BUILDKITE_PULL_REQUEST",
        default="BUILDKITE_PIPELINE_DEFAULT_BRANCH",
    ),
    _System(
        name="Travis CI",
        marker="TRAVIS",
        value="true",
        commit="TRAVIS_COMMIT",
        branch=("TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"),
        change="TRAVIS_PULL_REQUEST",
        on_tag=lambda given: "TRAVIS_TAG" in given,
    ),
    _System(
        name="Jenkins",
        marker="JENKINS_URL",
        commit="GIT_COMMIT",
        also="BUILD_ID",
        branch=("CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        change="CHANGE_ID",
        on_tag=lambda given: "TAG_NAME" in given,
    ),
)


def detect(environ: Mapping[str, str]) -> CI:
    """Find the CI system in an environment. A variable that is set but empty counts as absent.

    ``CI=false`` switches the detection off.
    """
    given = {name: value for name, value in environ.items() if value}
    if given.get("CI", "").lower() == "false":
        return CI()
    for system in _SYSTEMS:
        if _runs(system, given):
            tagged = system.on_tag is not None and system.on_tag(given)
            named = next((given[name] for name in system.branch if name in given), "")
            commit = given.get(system.commit, "")
            return CI(
                name=system.name,
                branch="" if tagged else _plain(named),
                commit="" if commit == "HEAD" else commit,  # Buildkite, before its checkout
                pull_request=given.get(system.change, "false") != "false",
                default_branch=given.get(system.default, "") or _of_event(given),
            )
    return CI()


def on_default_branch(root: Path, environ: Mapping[str, str]) -> bool:
    """Whether a push to the default branch is at work here, not a pull request."""
    ci = detect(environ)
    if ci.pull_request:
        return False
    branch = ci.branch or identify(root).branch
    return bool(branch) and branch == (ci.default_branch or default_branch(root))


def _of_event(given: Mapping[str, str]) -> str:
    """Read the default branch from GitHub's event file, "" without one that tells."""
    import json
    from pathlib import Path

    if "GITHUB_EVENT_PATH" not in given:
        return ""
    try:
        event = json.loads(Path(given["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        return str(event["repository"]["default_branch"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _runs(system: _System, given: Mapping[str, str]) -> bool:
    marker = given.get(system.marker, "")
    if not marker or (system.also and system.also not in given):
        return False
    return not system.value or marker.lower() == system.value.lower()


def _plain(branch: str) -> str:
    """Drop what Azure (``refs/heads/``) and Jenkins (``origin/``) put before the name."""
    for prefix in ("refs/heads/", "origin/"):
        if branch.startswith(prefix):
            return branch[len(prefix) :]
    return "" if branch.startswith("refs/") else branch
