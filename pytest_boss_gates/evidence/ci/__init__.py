"""One file a CI dialect: its files in, jobs of steps out."""

from __future__ import annotations

from pytest_boss_gates.evidence.ci import (
    appveyor,
    azure,
    bitbucket,
    buildkite,
    circleci,
    cirrus,
    drone,
    github,
    gitlab,
    jenkins,
    readthedocs,
    travis,
    woodpecker,
)
from pytest_boss_gates.evidence.runners.pre_commit import pre_commit_ci

DIALECTS = (
    appveyor.jobs,
    azure.jobs,
    bitbucket.jobs,
    buildkite.jobs,
    circleci.jobs,
    cirrus.jobs,
    drone.jobs,
    github.jobs,
    gitlab.jobs,
    jenkins.jobs,
    readthedocs.jobs,
    travis.jobs,
    woodpecker.jobs,
    pre_commit_ci,  # a runner that is hosted by itself
)
"""What finds the jobs of a reading, dialect by dialect."""
