"""What happened on the way to production: builds, deployments, incidents, as they were reported.

Times are aware and in UTC. Where a noun came from is its ``source``; sources of one kind are never
mixed in one number (``docs/metrics.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Source(Enum):
    """Who says that it happened, in the order of preference."""

    RECORDED = "recorded events"  # `boss-gates record` and `import events`
    DEPLOYMENTS = "provider deployments"
    RELEASES = "provider releases"
    TAGS = "version tags"
    RUNS = "provider runs"
    ISSUES = "labelled issues"
    SESSIONS = "recorded runs"  # our own test sessions


class Conclusion(Enum):
    """How a build ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    TIMED_OUT = "timed-out"
    STARTUP_FAILURE = "startup-failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of a build."""

    name: str
    conclusion: Conclusion
    started: datetime | None = None
    completed: datetime | None = None
    queued: datetime | None = None  # when it was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One attempt of one run of a pipeline: a GitHub workflow run, a GitLab pipeline."""

    key: str  # of the run, at its source; attempts share it
    attempt: int = 1
    name: str = ""  # the workflow's
    commit: str
    branch: str = ""
    event: str = ""  # "push", "pull_request", "merge_group", "schedule" …, as the provider says
    started: datetime  # of this attempt
    timed: bool = True  # False: only its end is known, and ``started`` is that
    completed: datetime | None = None  # None while it runs
    conclusion: Conclusion = Conclusion.UNKNOWN
    jobs: tuple[Job, ...] = ()
    required: bool = True  # its cancellation leaves the commit without an answer
    only_delivery: bool = False  # it failed for nothing but our own delivery targets
    source: Source = Source.RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """An attempt to bring a commit to an environment."""

    key: str
    environment: str
    commit: str
    finished: datetime  # the first success, or the failure
    succeeded: bool = True
    rolled_back: bool = False  # said to bring back an earlier version
    version: str = ""
    production: bool | None = None  # None: the environment's name decides
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that did not work, from its start to recovery."""

    key: str
    started: datetime
    recovered: datetime | None = None  # None: it is open
    title: str = ""
    deployment: str = ""  # the commit that is said to have caused it
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A merged pull or merge request; without these a squashed commit hides when work began."""

    key: str  # its number
    commit: str  # that it became on the default branch
    merged: datetime
    authored: tuple[datetime, ...] = ()  # author dates of the commits that were squashed away
    source: Source = Source.RUNS
