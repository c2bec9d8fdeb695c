"""``evidence --json``: every fact with its proofs for machines, and what became of the proofs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.evidence.verify import State
from pytest_boss_gates.model import Level
from pytest_boss_gates.report.escape import json_document, json_string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.verify import Checked
    from pytest_boss_gates.model import Fact, Place, Proof

FORMAT = 1
"""The version of the format; it rises when a key goes away or changes its meaning."""


def render(evidence: Evidence, names: Iterable[str] | None = None) -> str:
    """Spell evidence as JSON that ``evidence_schema()`` accepts; ends with a newline.

    ``names`` limits the facts. A line is null where a proof is a file as a whole.
    """
    wanted = evidence.facts if names is None else [name for name in names if name in evidence.facts]
    document = {
        "format": FORMAT,
        "facts": {json_string(name): _fact(evidence.facts[name]) for name in wanted},
        "unresolved": [
            {**_place(end.place), "why": json_string(end.why)} for end in evidence.unresolved
        ],
        "problems": [
            {
                "path": json_string(problem.path),
                "line": problem.line or None,
                "text": json_string(problem.text),
            }
            for problem in evidence.problems
        ],
    }
    return _spelled(document)


def render_checked(checked: Iterable[Checked]) -> str:
    """Spell what ``--verify`` found as JSON that ``verification_schema()`` accepts."""
    places = [
        {
            **_place(each.place),
            "facts": [json_string(name) for name in each.facts],
            "state": each.state.value,
            "now": each.now or None,
        }
        for each in checked
    ]
    return _spelled({"format": FORMAT, "places": places})


def _spelled(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    return json_document(text) + "\n"


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "level": fact.level.label,
        "title": json_string(fact.title),
        "proofs": [_proof(proof) for proof in fact.proofs],
        "soft": [json_string(reason) for reason in fact.soft],
        "by": json_string(fact.by) or None,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    spelled: dict[str, Any] = {
        **_place(proof.place),
        "hops": [_place(hop) for hop in proof.hops],
        "level": proof.level.label,
    }
    if proof.soft:
        spelled["soft"] = [json_string(reason) for reason in proof.soft]
    if proof.by:
        spelled["by"] = json_string(proof.by)
    return spelled


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": json_string(place.path),
        "line": place.line or None,
        "text": json_string(place.text),
    }


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_LINE = {"type": ["integer", "null"], "minimum": 1}
_LEVEL = {"enum": [level.label for level in Level]}
_PLACE = {"path": {"type": "string", "minLength": 1}, "line": _LINE, "text": _TEXT}


def _object(members: dict[str, Any], *optional: str) -> dict[str, Any]:
    """Declare an object with exactly these members; the optional ones may be missing."""
    return {
        "type": "object",
        "properties": members,
        "required": [name for name in members if name not in optional],
        "additionalProperties": False,
    }


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _document(name: str, title: str, members: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pytest-boss-gates:{name}:{FORMAT}",
        "title": title,
        **_object({"format": {"const": FORMAT}, **members}),
    }


def evidence_schema() -> dict[str, Any]:
    """Declare the JSON Schema (draft 2020-12) of what ``render`` gives, version 1."""
    proof = _object(
        {**_PLACE, "hops": _list(_object(_PLACE)), "level": _LEVEL, "soft": _TEXTS, "by": _TEXT},
        *("soft", "by"),
    )
    fact = _object(
        {
            "level": _LEVEL,
            "title": _TEXT,
            "proofs": _list(proof),
            "soft": _TEXTS,
            "by": {"type": ["string", "null"]},
        }
    )
    return _document(
        "evidence",
        "What a repository shows of its tools and practices",
        {
            "facts": {"type": "object", "additionalProperties": fact},
            "unresolved": _list(_object({**_PLACE, "why": _TEXT})),
            "problems": _list(_object(_PLACE)),
        },
    )


def verification_schema() -> dict[str, Any]:
    """Declare the JSON Schema (draft 2020-12) of what ``render_checked`` gives, version 1."""
    state = {"enum": [state.value for state in State]}
    place = _object({**_PLACE, "facts": _TEXTS, "state": state, "now": _LINE})
    return _document(
        "verification", "What became of the proofs of an evidence report", {"places": _list(place)}
    )
