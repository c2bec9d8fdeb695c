"""CDEvents to facts: what deployment tools, pipelines and alerts say of themselves.

Read as CDEvents 0.3 to 0.5 write them (https://cdevents.dev), bare or inside a CloudEvent, in a
JSON document, a JSON array or JSON lines. An event is known by its source and id, so that the same
one may come again. What the vocabulary has no field for is read from ``customData``: ``commit``,
``branch`` and ``started``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.records import Kind, Record, parse_time, record_of, spell_time
from pytest_boss_gates.model import Conclusion, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TYPE = re.compile(r"dev\.cdevents\.([a-z]+)\.([a-z]+)\.[0-9].*")
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?:[0-9a-f]{24})?(?![0-9a-f])")
_DIGEST = re.compile(r"sha(?:256|512):[0-9a-f]+")  # of an image, which is no commit
_PURL = re.compile(r"pkg:[^@?#]+@([^?#]*)")
_TAG = re.compile(r"[?&]tag=([^&#]*)")
_CONCLUSIONS = {
    Conclusion.SUCCESS: "success succeeded successful passed completed ok",
    Conclusion.FAILURE: "failure failed fail",
    Conclusion.CANCELLED: "cancel canceled cancelled aborted stopped",
    Conclusion.TIMED_OUT: "timeout timedout timed-out timed_out",
    Conclusion.STARTUP_FAILURE: "error errored",
    Conclusion.SKIPPED: "skip skipped",
}
"""The outcomes of 0.5, and what tools wrote while the text was free."""

_OUTCOMES = {word: ending for ending, words in _CONCLUSIONS.items() for word in words.split()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file of events came to."""

    records: tuple[Record, ...] = ()
    ignored: Counter[str] = field(default_factory=Counter)  # types that history has no use for


def read_events(
    text: str, name: str, tagged: Callable[[str], str] = lambda _version: ""
) -> Imported:
    """Read a file of events; ``tagged`` finds the commit that a version was tagged at.

    Raises HistoryError that names the file and the event, and then nothing is to be taken in.
    """
    records, ignored = [], Counter[str]()
    for place, event in _events(text, name):
        try:
            kind, body = _fact(_bare(event), tagged)
            if kind is None:
                ignored[str(body)] += 1
            else:
                records.append(record_of(kind, body))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            missing = isinstance(error, LookupError)
            why = f"it has no {error}" if missing else str(error)
            raise HistoryError(
                f"{place} is not an event that can be read: {why}. Nothing was taken in."
            ) from error
    return Imported(records=tuple(records), ignored=ignored)


def _events(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Give each event with its place in the file."""
    stripped = text.strip()
    try:
        whole = json.loads(stripped) if stripped else []
    except (ValueError, RecursionError):
        yield from _lines(text, name)
        return
    if isinstance(whole, list):
        for number, event in enumerate(whole, start=1):
            yield f"{name}: event {number}", event
    else:
        yield name, whole


def _lines(text: str, name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"{name}:{number}", json.loads(line)
        except (ValueError, RecursionError) as error:
            raise HistoryError(
                f"{name}:{number} is not JSON: {error}. Events are read as one JSON document, as "
                "a JSON array or as JSON lines. Nothing was taken in."
            ) from error


def _bare(event: Any) -> dict[str, Any]:
    """Take an event out of its CloudEvent."""
    if not isinstance(event, dict):
        raise TypeError(f"it is {json.dumps(event)[:40]}, not an object")
    inner = event if "context" in event else event.get("data")
    if isinstance(inner, dict) and isinstance(inner.get("context"), dict):
        return inner
    raise ValueError('it has no "context", so it is no CDEvent')


def _fact(event: dict[str, Any], tagged: Callable[[str], str]) -> tuple[Kind | None, Any]:
    context, subject = event["context"], event["subject"]
    found = _TYPE.fullmatch(str(context["type"]))
    if not found:
        raise ValueError(f"its type {context['type']!r} is none of CDEvents'")
    moment = spell_time(parse_time(str(context["timestamp"])))
    custom = event.get("customData")
    saying = _Saying(
        key=f"{context['source']}#{context['id']}",
        subject=f"{subject.get('source') or context['source']}#{subject['id']}",
        moment=moment,
        content=subject.get("content") or {},
        custom=custom if isinstance(custom, dict) else {},
        tagged=tagged,
    )
    match ".".join(found.groups()):
        case "service.deployed" | "service.upgraded" | "service.rolledback" as name:
            return Kind.DEPLOYMENT, saying.deployment(is_rollback=name == "service.rolledback")
        case "incident.detected" | "incident.resolved" as name:
            return Kind.INCIDENT, saying.incident(is_over=name == "incident.resolved")
        case "pipelinerun.started" | "pipelinerun.finished" as name:
            return Kind.BUILD, saying.build(is_over=name == "pipelinerun.finished")
        case name:
            return None, name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    """What an event says, and of what."""

    key: str  # of the event
    subject: str  # of the thing; all its events share it
    moment: str
    content: dict[str, Any]
    custom: dict[str, Any]
    tagged: Callable[[str], str]

    def deployment(self, *, is_rollback: bool) -> dict[str, Any]:
        version, commit = self.artifact()
        body = {
            "key": self.key,
            "environment": self.content["environment"]["id"],
            "commit": commit,
            "version": version,
            "finished": self.moment,
            "rolled_back": is_rollback,
            "source": Source.RECORDED.value,
        }
        return _said(body)

    def incident(self, *, is_over: bool) -> dict[str, Any]:
        _, commit = self.artifact()
        body = {
            "key": self.subject,
            "recovered" if is_over else "started": self.moment,
            "title": self.content.get("description", ""),
            "deployment": commit,
            "source": Source.RECORDED.value,
        }
        return _said(body)

    def build(self, *, is_over: bool) -> dict[str, Any]:
        outcome = str(self.content.get("outcome", "")).strip().lower()
        started = self.custom.get("started") if is_over else self.moment
        body = {
            "key": self.subject,
            "name": self.content.get("pipelineName", ""),
            "commit": self.custom.get("commit", ""),
            "branch": self.custom.get("branch", ""),
            "started": spell_time(parse_time(str(started))) if started else "",
            "completed": self.moment if is_over else "",
            "conclusion": _OUTCOMES.get(outcome, Conclusion.UNKNOWN).value,
            "source": Source.RECORDED.value,
        }
        if body["conclusion"] == Conclusion.UNKNOWN.value:  # the default
            del body["conclusion"]
        return {"commit": "", **_said(body)}

    def artifact(self) -> tuple[str, str]:
        """Give the version and the commit of the artefact, as far as they are said."""
        name = _DIGEST.sub("", unquote(str(self.content.get("artifactId") or "")))
        tag, versioned = _TAG.search(name), _PURL.match(name)
        version = tag[1] if tag else (versioned[1] if versioned else "")
        named = _HASH.search(name)
        commit = str(self.custom.get("commit") or (named[0] if named else ""))
        return version, commit or (self.tagged(version) if version else "")


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not said."""
    wrong = [name for name, value in body.items() if not isinstance(value, (str, bool))]
    if wrong:
        raise TypeError(f"its {wrong[0]} is {body[wrong[0]]!r}, not a text")
    kept = {name: value for name, value in body.items() if value not in ("", False)}
    return {"commit": "", **kept} if "environment" in kept else kept
