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

DIALECTS = (
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
"""The dialects: modules that have ``jobs(reading)``, sorted."""
