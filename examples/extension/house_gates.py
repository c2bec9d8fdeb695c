"""What is ours alone, through the one hook: a CI dialect, a runner, and a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.steps import Dead, Job, Script, Trigger
from pytest_boss_gates.measure import Gate
from pytest_boss_gates.model import Direction, Item, Measurement, Metric, Place, Shape, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Step
    from pytest_boss_gates.measure import Context
    from pytest_boss_gates.registry import Registry

LATER_COMMENTS = Metric(
    key="later-comments",
    title="Later Comments",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    why="What is put off in a comment is seldom done.",
    fix="Do it, or write it where work is planned.",
    item="comment",
)
OCCASIONS = {"push": Trigger.PUSH, "night": Trigger.SCHEDULE}


@pytest.hookimpl(optionalhook=True)  # without --boss-gates nobody calls it
def pytest_boss_gates_register(gates: Registry) -> None:
    gates.add_dialect(house_ci)
    gates.add_runner(["please"], please)
    gates.add_gate(Gate(key="later", metrics=(LATER_COMMENTS,), measure=count_later))


def house_ci(reading: Reading) -> Iterator[Job]:
    """Dialect: each line of house-ci.txt is a job, `OCCASION: COMMAND`."""
    for number, line in reading.numbered("house-ci.txt"):
        occasion, colon, command = line.partition(":")
        if colon and occasion in OCCASIONS:
            yield Job(
                system="house-ci",
                name=f"house-ci.txt: {command.strip()}",
                place=reading.place("house-ci.txt", number),
                triggers=frozenset({OCCASIONS[occasion]}),
                steps=(Script(path="house-ci.txt", lines=((number, command),)),),
            )


def please(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Runner: `please NAME` runs the command of that name in the Pleasefile."""
    name = call.words[1] if len(call.words) > 1 else ""
    for number, line in reading.numbered("Pleasefile"):
        task, equals, command = line.partition("=")
        if equals and task.strip() == name:
            return (Script(path="Pleasefile", lines=((number, command),)),)
    return (Dead(place=call.place, why=f"please {name}: no such task in the Pleasefile"),)


def count_later(context: Context) -> Iterator[Measurement]:
    """Gate: comments that put something off, in the project's own source."""
    found = [
        Item(name=path, value=1, place=Place(path=path, line=number))
        for path in context.source.python_files(context.tree)
        for number, line in enumerate(context.tree.read(path).splitlines(), 1)
        if "# LATER" in line
    ]
    yield Measurement(metric="later-comments", value=len(found), items=tuple(found))
