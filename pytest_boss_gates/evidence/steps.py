"""The nouns of a chain: on which occasion CI runs what, and where each part of it is written.

A CI dialect turns its files into jobs of steps; a runner turns one command into further steps.
Neither follows anything: that is the work of ``chain``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.model import Place


class Trigger(Enum):
    """The occasions on which a CI job runs."""

    PUSH = "push"
    CHANGE = "pull request"
    QUEUE = "merge queue"
    TAG = "tag or release"  # a push of a tag alone, or a published release
    SCHEDULE = "schedule"
    MANUAL = "by hand or other events"  # a person, an issue, another system starts it


QUALIFYING = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.QUEUE})
"""The occasions that make what a job runs wired."""

Lines: TypeAlias = "tuple[tuple[int, str], ...]"
"""Lines of text with the number, from 1, of the line of the file that each stands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Text that a shell gets, and what is known of where it will run."""

    path: str  # the file it is written in
    lines: Lines  # without the file's own wrapping: YAML's indentation, make's tab
    directory: str = ""  # where it runs, relative to the root; "" is the root
    env: Mapping[str, str] = field(default_factory=dict)  # variables whose value is known
    arguments: tuple[str, ...] = ()  # $1, $2 …
    errexit: bool = True  # a failing command ends it (`sh -e`); else only the last one counts
    pipefail: bool = False  # a failure anywhere in a pipe counts, not only the last command's
    soft: tuple[str, ...] = ()  # why a failure in it would not fail the job


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Something run by its own name and not by a command: an action, a hook, an orb."""

    kind: str  # "action", "hook", "orb", "task", "service"
    name: str  # "github/codeql-action/analyze": lower case, no version
    place: Place
    options: Mapping[str, str] = field(default_factory=dict)  # an action's `with:`, a hook's args
    soft: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """Steps that stand elsewhere and are reached through one line here.

    A reusable workflow or a composite action gives ``place``; a step with a condition narrows
    ``only``. Both are optional.
    """

    steps: tuple[Step, ...]
    place: Place | None = None
    only: frozenset[Trigger] | None = None
    soft: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """An end that cannot be followed; it is told, never guessed."""

    place: Place
    why: str  # "inv lint: there is no tasks.py"


Step: TypeAlias = "Script | Known | Through | Dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A CI job: the occasions it runs on, and its steps in order."""

    system: str  # the catalogue's key: "github-actions"
    name: str  # as people see it: "ci.yml: lint"
    place: Place  # where it is defined
    triggers: frozenset[Trigger]
    steps: tuple[Step, ...]
    soft: tuple[str, ...] = ()  # "ci.yml:12: continue-on-error: true"
    environment: str = ""  # the deployment environment that it deploys to, as named
    environment_place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command that a runner is asked to expand: ``tox -e lint`` in a directory."""

    words: tuple[str, ...]  # quotes removed; the first is the runner's name
    place: Place  # the line it stands on
    directory: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
