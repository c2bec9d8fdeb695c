"""One file a runner: a command in, the further steps that it stands for out."""

from __future__ import annotations

from pytest_boss_gates.evidence.runners import (
    docker,
    duty,
    hatch,
    invoke,
    just,
    make,
    nox,
    npm,
    pdm,
    pipenv,
    pixi,
    poe,
    pre_commit,
    taskfile,
    tox,
)

_MODULES = (
    docker,
    duty,
    hatch,
    invoke,
    just,
    make,
    nox,
    npm,
    pdm,
    pipenv,
    pixi,
    poe,
    pre_commit,
    taskfile,
    tox,
)

RUNNERS = {head: module.expand for module in _MODULES for head in module.HEADS}
"""What expands a command, by the name of the command."""
