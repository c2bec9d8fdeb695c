"""What happened on the way to production: builds, deployments, incidents, as they were reported.

Times are aware and in UTC. Where a noun came from is its ``source``; sources of one kind are never
mixed in one number (``docs/metrics.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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


class Clock(Enum):
    """Which of a commit's two times its lead time starts at."""

    AUTHOR = "author"
    COMMITTER = "committer"


class Average(Enum):
    """How several times to recovery become one."""

    MEAN = "mean"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """``[tool.boss-gates.delivery]``."""

    production: tuple[str, ...] = ()  # patterns of environments; () means: known by their names
    clock: Clock = Clock.AUTHOR
    daily: int = 5  # deployment days a week that the target "daily" asks for
    time_zone: str = "UTC"
    recovery: Average = Average.MEAN
    labels: tuple[str, ...] = ("incident",)  # of issues that are incidents
    bands: str = ""  # the edition of DORA's report whose bands are told; "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A change as version control has it."""

    key: str  # the full hash
    parents: tuple[str, ...] = ()
    authored: datetime
    committed: datetime
    reverts: tuple[str, ...] = ()  # what it takes back: hashes, maybe shortened; "#12" for requests
    request: str = ""  # the number of the pull or merge request that it came with, by its message

    @property
    def squashed(self) -> bool:
        """Whether it stands for a whole pull request."""
        return bool(self.request) and len(self.parents) <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A part of the history of commits, and what of it was asked for by name."""

    commits: Mapping[str, Commit] = field(default_factory=dict)
    known: frozenset[str] = frozenset()  # the tips that the repository has


def _no_graph(_tips: Sequence[str], _before: Sequence[str]) -> Graph:
    return Graph()


def _look(_key: object, look: Callable[[], Walked]) -> Walked:
    return look()


Walked: TypeAlias = "dict[str, Any]"
"""What a walk over the graph came to, in the types of JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """All that is known of the way to production, from every source, when a commit is judged.

    ``graph`` gives the commits behind some tips and not behind others, and ``recall`` what a walk
    over them came to, for as long as its key stays the same. ``reason`` says why git gives nothing,
    and ``remedy`` what to do about it; what was recorded counts all the same.
    """

    as_of: datetime | None = None  # the time of the commit being judged, where windows end
    now: datetime | None = None
    branch: str = ""  # the default branch, "" when nothing tells
    builds: tuple[Build, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    incidents: tuple[Incident, ...] = ()
    merges: tuple[Merge, ...] = ()
    graph: Callable[[Sequence[str], Sequence[str]], Graph] = _no_graph
    recall: Callable[[object, Callable[[], Walked]], Walked] = _look
    is_shallow: bool = False
    stray_tags: int = 0  # version tags that the default branch does not reach
    in_ci: bool = False
    ci_started: datetime | None = None  # when CI says that this pipeline began
    reason: str = ""
    remedy: str = ""
