"""What the tests of the CI dialects share: a job's scripts, whatever they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Script, Through

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.evidence.steps import Job, Step


def scripts(job: Job) -> list[Script]:
    return list(_within(job.steps))


def lines(job: Job) -> list[tuple[int, str]]:
    return [line for script in scripts(job) for line in script.lines if line[1]]


def texts(job: Job) -> list[str]:
    return [line for script in scripts(job) for _, line in script.lines]


def _within(steps: Iterable[Step]) -> Iterator[Script]:
    for step in steps:
        if isinstance(step, Script):
            yield step
        elif isinstance(step, Through):
            yield from _within(step.steps)
