"""What the tests of the runners share: the steps of a call, written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.steps import Dead, Script, Through

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.steps import Step


def seen(steps: tuple[Step, ...], hops: str = "") -> list[str]:
    """Write steps down: ``hops > path:line command``, soft ones with a ``~`` before them."""
    found: list[str] = []
    for step in steps:
        if isinstance(step, Through):
            mark = f"{hops}{step.place} > " if step.place else hops
            found += [("~" if step.soft else "") + text for text in seen(step.steps, mark)]
        elif isinstance(step, Script):
            for command in commands_of(step).commands:
                soft = "~" if step.soft or command.soft else ""
                found.append(f"{soft}{hops}{step.path}:{command.line} {' '.join(command.words)}")
        elif isinstance(step, Dead):
            found.append(f"{hops}{step.place} DEAD {step.why}")
    return found


def first(steps: tuple[Step, ...]) -> Script:
    step = steps[0]
    while isinstance(step, Through):
        step = step.steps[0]
    assert isinstance(step, Script)
    return step


def texts(found: tuple[Step, ...]) -> list[tuple[int, str]]:
    return [step.lines[0] for step in found if isinstance(step, Script)]


def inline(value: object) -> str:
    """Write a value as TOML, which has no null."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return json.dumps(value or "")
