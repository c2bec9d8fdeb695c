"""One file a runner: a command in, the further steps that it stands for out.

A runner is imported when one of its commands is met.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Step


@dataclass(frozen=True, slots=True)
class Runner:
    """A row of the table: the module whose ``expand`` it is."""

    module: str

    def __call__(self, call: Call, reading: Reading) -> tuple[Step, ...]:
        """Give the steps that a command stands for."""
        module = importlib.import_module(f"{__name__}.{self.module}")
        steps: tuple[Step, ...] = module.expand(call, reading)
        return steps


_HEADS = {
    "docker": "docker docker-compose podman podman-compose",
    "duty": "duty",
    "hatch": "hatch",
    "invoke": "inv invoke fab",
    "just": "just",
    "make": "make gmake mingw32-make",
    "nox": "nox",
    "npm": "npm yarn pnpm bun npm-run-all npm-run-all2 run-s run-p concurrently",
    "pdm": "pdm",
    "pipenv": "pipenv",
    "pixi": "pixi",
    "poe": "poe poethepoet",
    "pre_commit": "pre-commit prek",
    "taskfile": "task go-task",
    "tox": "tox",
}

RUNNERS = {head: Runner(module) for module, heads in _HEADS.items() for head in heads.split()}
"""What expands a command, by the name of the command: the ``HEADS`` of each module."""
