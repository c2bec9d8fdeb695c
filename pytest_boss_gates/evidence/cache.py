"""The answer of the last look, kept beside the reports: the same files give the same answer.

The kept answer counts while the paths of the tree, and the contents of every file that was read
for it, are what they were. What is kept is checked as a whole before it is believed: damage, a
copy from elsewhere, or another version of this package only mean that the look is taken anew.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.evidence.answer import Evidence, Problem, Unresolved
from pytest_boss_gates.model import Fact, Level, Place, Proof
from pytest_boss_gates.repository.kept import digest, made_by, read_checked, replace_checked

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Extensions
    from pytest_boss_gates.repository.tree import Tree

FILE = "evidence.json"
_LEVELS = {level.value: level for level in Level}
_ROOMS = ("evidence", "evidence/ci", "evidence/runners", "repository")


def recall(tree: Tree, folder: Path | None, extensions: Extensions | None = None) -> Evidence:
    """Give the kept answer of a tree when it still holds, else look (``facts.find_evidence``).

    ``folder`` is the directory of caches, made when it is missing; None keeps nothing, as does
    a folder that cannot be written. Dialects and runners of others are code whose changes
    nobody sees from here, so with these nothing is kept, either.
    """
    code = extensions and (extensions.dialects or extensions.runners)
    key = "" if folder is None or code else _key(tree, folder, extensions)
    if folder is not None and key:
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            return _kept(tree, folder, key)

    from pytest_boss_gates.evidence.facts import find_evidence

    found = find_evidence(tree, extensions)
    if folder is not None and key:
        with suppress(OSError, ValueError):
            _keep(found, tree, folder, key)
    return found


def _key(tree: Tree, folder: Path, extensions: Extensions | None) -> str:
    """Name what the answer depends on beside contents; "" when the folder cannot be made."""
    try:
        code = made_by(folder, *_ROOMS)
    except OSError:
        return ""
    parts = (code, os.fspath(tree.root), extensions.tools if extensions else (), tree.files)
    return digest(repr(parts).encode("utf-8", "surrogatepass"))


def _kept(tree: Tree, folder: Path, key: str) -> Evidence:
    """Give the kept answer. Raises ValueError, or an error of its kind, when it does not hold."""
    kept = json.loads(read_checked(folder / FILE))
    if kept["key"] != key:
        raise ValueError("the kept answer is another tree's")
    for path, size, seen in kept["seen"]:
        if tree.digest(path, size) != seen:
            raise ValueError(f"{path} has changed")
    return Evidence(
        facts={row[0]: _fact(row) for row in kept["facts"]},
        unresolved=tuple(
            Unresolved(place=_place(place), why=why) for place, why in kept["unresolved"]
        ),
        problems=tuple(Problem(*problem) for problem in kept["problems"]),
        read=tuple(kept["read"]),
    )


def _fact(row: list[Any]) -> Fact:
    name, title, purpose, area, level, proofs, note = row
    return Fact(
        name=name,
        title=title,
        purpose=purpose,
        area=area,
        level=_LEVELS[level],
        proofs=tuple(
            Proof(
                place=_place(place),
                hops=tuple(map(_place, hops)),
                level=_LEVELS[weight],
                soft=tuple(soft),
                by=by,
            )
            for place, hops, weight, soft, by in proofs
        ),
        note=note,
    )


def _place(row: list[Any]) -> Place:
    path, line, text = row
    return Place(path=path, line=line, text=text)


def _keep(found: Evidence, tree: Tree, folder: Path, key: str) -> None:
    """Put the answer in place of the last one, whole or not at all. Raises OSError."""
    kept = {
        "key": key,
        "seen": [(path, size, seen) for (path, size), seen in sorted(tree.seen.items())],
        "facts": [_row(fact) for fact in found.facts.values()],
        "unresolved": [(_of(end.place), end.why) for end in found.unresolved],
        "problems": found.problems,
        "read": found.read,
    }
    content = json.dumps(kept, separators=(",", ":")).encode("ascii")
    replace_checked(folder / FILE, content)


def _row(fact: Fact) -> tuple[Any, ...]:
    proofs = [
        (_of(proof.place), [_of(hop) for hop in proof.hops], proof.level, proof.soft, proof.by)
        for proof in fact.proofs
    ]
    return fact.name, fact.title, fact.purpose, fact.area, fact.level, proofs, fact.note


def _of(place: Place) -> tuple[str, int, str]:
    return place.path, place.line, place.text
