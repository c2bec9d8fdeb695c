"""Woodpecker: ``.woodpecker/*.yml``, or else ``.woodpecker.yml``; the steps are Drone's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.container_steps import pipeline
from pytest_boss_gates.repository.yaml_lines import Map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Job

SYSTEM = "woodpecker"

_MOST = 200


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the workflows of Woodpecker: the first of its places that exists is the one."""
    paths = [
        path
        for path in reading.tree.match(".woodpecker/*.y*ml")
        if path.endswith((".yml", ".yaml"))
    ]
    if not paths:
        paths = [it for it in (".woodpecker.yml", ".woodpecker.yaml") if it in reading.tree][:1]
    for path in paths[:_MOST]:
        source = reading.yaml(path)
        if isinstance(source, Map):
            job = pipeline(reading, path, source, system=SYSTEM, when=source.get("when"))
            if job is not None:
                yield job
