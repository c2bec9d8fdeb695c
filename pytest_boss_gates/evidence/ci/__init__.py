"""One file a CI dialect: its files in, jobs of steps out.

A dialect is imported when the tree has a file that may be its own: few repositories have more
than two of them, and a look at one should not pay for all.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Job


class Dialect(NamedTuple):
    """A row of the table: the module, and parts of paths without which it has nothing to do."""

    module: str
    parts: tuple[str, ...]  # lower case
    function: str = "jobs"

    def jobs(self, reading: Reading, paths: str) -> Iterator[Job]:
        """Give the jobs; ``paths`` are all of the tree's, lower case, in one text."""
        if any(part in paths for part in self.parts):
            module = importlib.import_module(f"pytest_boss_gates.evidence.{self.module}")
            yield from getattr(module, self.function)(reading)


DIALECTS = (
    Dialect("ci.appveyor", ("appveyor.yml",)),
    Dialect("ci.azure", ("azure", "vsts-ci", ".ado/")),
    Dialect("ci.bitbucket", ("bitbucket-pipelines",)),
    Dialect("ci.buildkite", ("buildkite",)),
    Dialect("ci.circleci", (".circleci/",)),
    Dialect("ci.cirrus", (".cirrus.",)),
    Dialect("ci.drone", (".drone.",)),
    Dialect("ci.github", ("/workflows/",)),
    Dialect("ci.gitlab", (".gitlab-ci.",)),
    Dialect("ci.jenkins", ("jenkinsfile",)),
    Dialect("ci.readthedocs", ("readthedocs.y",)),
    Dialect("ci.travis", (".travis.yml",)),
    Dialect("ci.woodpecker", (".woodpecker",)),
    Dialect("ci.zuul", ("zuul.yaml", "zuul.d/")),
    # A runner that is hosted by itself.
    Dialect("runners.pre_commit", (".pre-commit-config.",), "pre_commit_ci"),
)
"""The dialects, sorted; the one that is a runner's comes last."""


def jobs_of(reading: Reading) -> Iterator[Job]:
    """Find the jobs of all dialects."""
    paths = "\n".join(reading.tree.files).lower()
    for dialect in DIALECTS:
        yield from dialect.jobs(reading, paths)
