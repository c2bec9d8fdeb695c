"""GitHub's events: on which occasions a workflow starts, and what is known of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Trigger
from pytest_boss_gates.evidence.yaml_values import mapping, text_of, texts
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.repository.yaml_lines import Value

_DEEPEST = 6  # workflows that follow each other
_EVENTS = {
    "push": Trigger.PUSH,
    "pull_request": Trigger.CHANGE,
    "pull_request_target": Trigger.CHANGE,
    "merge_group": Trigger.QUEUE,
    "schedule": Trigger.SCHEDULE,
    "release": Trigger.TAG,
    "create": Trigger.TAG,
    "deployment": Trigger.PUSH,
    "deployment_status": Trigger.PUSH,
}
_REF_TEST = re.compile(
    r"(?:startsWith|contains)\(\s*github\.ref\s*,\s*'refs/(tags|heads)[^']*'\s*\)"
)


def events_of(workflow: Map) -> Map | Items | Text | None:
    """Give what stands under ``on``."""
    value = workflow.get("on")
    return value if isinstance(value, Map | Items | Text) else None


def triggers_of(reading: Reading, workflow: Map, seen: tuple[str, ...]) -> frozenset[Trigger]:
    """On which occasions a workflow starts by itself; none for one that is only called."""
    found: set[Trigger] = set()
    events = events_of(workflow)
    for name in texts(events) if not isinstance(events, Map) else events:
        options = events.get(name) if isinstance(events, Map) else None
        if name == "push":
            found |= _push(options)
        elif name == "workflow_run":
            found |= _after(reading, mapping(options), seen)
        elif name in _EVENTS:
            found.add(_EVENTS[name])
        elif name != "workflow_call":
            found.add(Trigger.MANUAL)
    return frozenset(found)


def _push(options: Value | None) -> set[Trigger]:
    given = mapping(options)
    ignored = texts(given.get("branches-ignore"))
    branches = "branches" in given or ("branches-ignore" in given and "**" not in ignored)
    tags = bool(texts(given.get("tags"))) or "tags-ignore" in given
    if branches or not tags:
        return {Trigger.PUSH, Trigger.TAG} if tags or not branches else {Trigger.PUSH}
    return {Trigger.TAG}


def _after(reading: Reading, options: Map, seen: tuple[str, ...]) -> frozenset[Trigger]:
    """``workflow_run``: the occasions of the workflows that it follows."""
    found: frozenset[Trigger] = frozenset()
    wanted = set(texts(options.get("workflows")))
    for path in reading.tree.match(".github/workflows/*.y*ml"):
        workflow = reading.yaml(path)
        if not isinstance(workflow, Map) or path in seen or len(seen) >= _DEEPEST:
            continue
        if {text_of(workflow.get("name")), path.rpartition("/")[2]} & wanted:
            found |= triggers_of(reading, workflow, (*seen, path))
    return found or frozenset({Trigger.PUSH})


def event_of(trigger: Trigger, tag_event: str) -> Mapping[str, str]:
    """Give what is known of the event and the ref on an occasion."""
    match trigger:
        case Trigger.PUSH:
            return {"github.event_name": "push", "github.ref_type": "branch"}
        case Trigger.TAG:
            event = {"github.event_name": tag_event} if tag_event else {}
            return {**event, "github.ref_type": "tag", "github.ref": "refs/tags/v1.0.0"}
        case Trigger.CHANGE:
            return {"github.event_name": "pull_request", "github.ref": "refs/pull/1/merge"}
        case Trigger.QUEUE:
            return {"github.event_name": "merge_group"}
        case Trigger.SCHEDULE:
            return {"github.event_name": "schedule"}
    return {}


def settled_refs(text: str, trigger: Trigger) -> str:
    """Answer the usual questions about ``github.ref`` that a prefix alone decides."""

    def answer(match: re.Match[str]) -> str:
        if trigger is Trigger.MANUAL:
            return match[0]
        return str((match[1] == "tags") == (trigger is Trigger.TAG)).lower()

    return _REF_TEST.sub(answer, text)
