"""Pipelines whose steps are containers, in the form that Drone and its fork Woodpecker share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, combinations, variants
from pytest_boss_gates.evidence.steps import Job, Known, Script, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import entries, env_of, flag, flat, options_of, text_of
from pytest_boss_gates.repository.yaml_lines import Items, Map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.evidence.ci.matrix import Row
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.repository.yaml_lines import Text, Value

USUAL = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})
"""What starts a pipeline that does not say."""

_EVENTS = {
    "push": Trigger.PUSH,
    "pull_request": Trigger.CHANGE,
    "tag": Trigger.TAG,
    "release": Trigger.TAG,
    "cron": Trigger.SCHEDULE,
    "promote": Trigger.MANUAL,
    "rollback": Trigger.MANUAL,
    "custom": Trigger.MANUAL,
    "deployment": Trigger.MANUAL,
    "manual": Trigger.MANUAL,
}
_MOST = 300
_PLUGIN_KEYS = frozenset(
    """image commands environment when name depends_on volumes pull failure detach privileged
    secrets group user network_mode directory backend_options settings resources""".split()
)


def pipeline(
    reading: Reading, path: str, source: Map, *, system: str, when: Value | None
) -> Job | None:
    """Make the job of one pipeline; None when nothing starts it, or when it has no steps.

    ``when`` is what the file says about its occasions.
    """
    triggers = _occasions(when)
    rows = _rows(source.get("matrix"))
    steps: list[Step] = []
    for step in _steps(source):
        steps += _run(reading, path, step, triggers, rows)
    if not triggers or not steps:
        return None
    name = text_of(source.get("name"))
    return Job(
        system=system,
        name=f"{path}: {name}" if name else path,
        place=reading.place(path, source.line),
        triggers=triggers,
        steps=tuple(steps),
    )


def _occasions(when: Value | None, usual: frozenset[Trigger] = USUAL) -> frozenset[Trigger]:
    """Give the occasions that ``trigger:`` or ``when:`` leaves; empty when it never runs.

    A list holds alternatives.
    """
    if isinstance(when, Items):
        found = [_alternative(it, usual) for it in when[:_MOST] if isinstance(it, Map)]
        return frozenset().union(*found) if found else usual
    return _alternative(when, usual) if isinstance(when, Map) else usual


def _alternative(when: Map, usual: frozenset[Trigger]) -> frozenset[Trigger]:
    status = [str(text) for text in flat(when.get("status"))]
    if status and "success" not in status:
        return frozenset()  # only after a failure
    if "event" in when:
        events = when["event"]
        if isinstance(events, Map):
            named = _named(flat(events.get("include"))) if "include" in events else usual
            found = named - _named(flat(events.get("exclude")))
        else:
            found = _named(flat(events))
    elif "cron" in when:
        found = frozenset({Trigger.SCHEDULE})
    elif "target" in when:  # of a promotion
        found = frozenset({Trigger.MANUAL})
    else:
        found = usual
    refs = [str(text) for text in flat(when.get("ref"))]
    if refs and all(ref.startswith("refs/tags") for ref in refs):
        found &= {Trigger.TAG}
    return found


def _named(texts: Sequence[Text]) -> frozenset[Trigger]:
    events = {str(text).partition(":")[0] for text in texts}
    return frozenset(_EVENTS[it] for it in events if it in _EVENTS)


def _rows(matrix: Value | None) -> list[Row]:
    if not isinstance(matrix, Map):
        return []
    rows = [env_of(entry) for entry in entries(matrix.get("include"))][:MOST_COMBINATIONS]
    axes = {key: [str(it) for it in flat(value)] for key, value in matrix.items()}
    axes.pop("include", None)
    crossing = {key: values for key, values in axes.items() if values}
    return rows + (combinations(crossing) if crossing else [])


def _steps(source: Map) -> list[Map]:
    steps = source.get("steps", source.get("pipeline"))
    listed = list(steps.values()) if isinstance(steps, Map) else entries(steps)
    return [step for step in listed[:_MOST] if isinstance(step, Map)]


def _run(
    reading: Reading, path: str, step: Map, around: frozenset[Trigger], rows: list[Row]
) -> Iterator[Step]:
    only = _occasions(step.get("when"), around)
    if not only & around:
        return
    soft = _soft(reading, path, step)
    found: list[Step] = []
    lines = tuple(
        line for text in flat(step.get("commands")) for line in reading.script(path, text)
    )
    image = text_of(step.get("image"))
    if lines:
        env = env_of(step.get("environment"))
        for row in variants(reading, lines, rows):
            shown = tuple((number, _filled(text, row)) for number, text in lines)
            found.append(
                Script(path=path, lines=shown, env={**env, **row}, errexit=True, soft=soft)
            )
    elif image:
        options = options_of(step.get("settings"))
        inline = {key: value for key, value in options_of(step).items() if key not in _PLUGIN_KEYS}
        found.append(
            Known(
                kind="plugin",
                name=_image(image),
                place=reading.place(path, step.lines.get("image", step.line)),
                options={**inline, **options},
                soft=soft,
            )
        )
    if found and only >= around:
        yield from found
    elif found:
        yield Through(steps=tuple(found), only=only)


def _soft(reading: Reading, path: str, step: Map) -> tuple[str, ...]:
    if text_of(step.get("failure")) == "ignore":
        place = reading.place(path, step.lines.get("failure", step.line))
        return (f"{place}: failure: ignore",)
    if flag(step.get("detach")):
        place = reading.place(path, step.lines.get("detach", step.line))
        return (f"{place}: detach: true",)
    return ()


def _filled(text: str, row: Row) -> str:
    """Put the matrix into a text, as is done before the file is read."""
    return re.sub(r"\$\{(\w+)\}", lambda match: row.get(match[1], match[0]), text)


def _image(image: str) -> str:
    """Give an image's name without its registry's default and its tag."""
    name = image.lower().partition("@")[0].removeprefix("docker.io/")
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"
