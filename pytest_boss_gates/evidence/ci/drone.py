"""Drone: the pipelines of ``.drone.yml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.container_steps import USUAL, pipeline
from pytest_boss_gates.evidence.steps import Dead, Job
from pytest_boss_gates.evidence.yaml_values import text_of
from pytest_boss_gates.repository.yaml_lines import Map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading

SYSTEM = "drone"

_PATHS = (".drone.yml", ".drone.yaml")
_PROGRAMS = (".drone.jsonnet", ".drone.star", ".drone.starlark", ".drone.script")
_MOST = 300


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the pipelines of Drone."""
    for path in _PROGRAMS:
        if path in reading.tree:
            place = reading.place(path)
            dead = Dead(place=place, why="a program makes the pipelines")
            yield Job(system=SYSTEM, name=path, place=place, triggers=USUAL, steps=(dead,))
    for path in _PATHS:
        for document in reading.documents(path)[:_MOST]:
            if not isinstance(document, Map):
                continue
            if text_of(document.get("kind")) == "pipeline" or isinstance(
                document.get("pipeline"), Map
            ):
                job = pipeline(reading, path, document, system=SYSTEM, when=document.get("trigger"))
                if job is not None:
                    yield job
