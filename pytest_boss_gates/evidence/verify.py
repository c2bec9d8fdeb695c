"""Whether the proofs of an earlier look still hold: each line, or where its text stands now."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.repository.tree import Tree

FORMAT = 1
"""The version of the evidence document that is understood."""

_CUT = 200  # a quotation of this length may be the start of a longer line


class NoEvidenceError(BossGatesError):
    """A text is no evidence document; the message names the place in it."""


class State(Enum):
    """What became of the line that a proof points to."""

    HOLDS = "holds"
    MOVED = "moved"  # its text stands elsewhere in the same file
    GONE = "gone"  # the file is there, the text is not
    NO_FILE = "no-file"  # there is no such file, or it cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One place that proofs point to, and what became of it."""

    place: Place
    facts: tuple[str, ...]  # the names of the facts that it proves, sorted
    state: State
    now: int = 0  # the line where the text stands now; 0 when nowhere, or for a whole file


def check_places(text: str, tree: Tree) -> tuple[Checked, ...]:
    """Check every proof and hop of an evidence document (``evidence --json``) against a tree.

    Each place is checked once, in the order of path and line. Raises NoEvidenceError when the
    text is not such a document.
    """
    facts: dict[Place, set[str]] = {}
    for name, place in _places(_parsed(text)):
        facts.setdefault(place, set()).add(name)
    files = _Files(tree)
    found = []
    for place in sorted(facts, key=lambda place: (place.path, place.line, place.text)):
        state, now = files.look(place)
        names = tuple(sorted(facts[place]))
        found.append(Checked(place=place, facts=names, state=state, now=now))
    return tuple(found)


# -- the document


def _parsed(text: str) -> Mapping[str, object]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise NoEvidenceError(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise NoEvidenceError("it is nested too deeply") from error
    top = _table(document, "the document")
    if "facts" not in top and "verdicts" in top:
        raise NoEvidenceError(
            "it is the report of a run; `boss-gates evidence --json` gives one that can be verified"
        )
    version = top.get("format")
    if version != FORMAT or isinstance(version, bool):
        raise NoEvidenceError(f"format is {version!r}, and only {FORMAT} is understood")
    return _table(top.get("facts"), "facts")


def _places(facts: Mapping[str, object]) -> Iterator[tuple[str, Place]]:
    """Go through the places of all proofs, with the fact's name."""
    for name, fact in facts.items():
        at = f"facts.{name}"
        for index, proof in enumerate(_list(_table(fact, at).get("proofs"), f"{at}.proofs")):
            inner = f"{at}.proofs[{index}]"
            yield name, _place(proof, inner)
            hops = _list(_table(proof, inner).get("hops"), f"{inner}.hops")
            for number, hop in enumerate(hops):
                yield name, _place(hop, f"{inner}.hops[{number}]")


def _place(value: object, at: str) -> Place:
    row = _table(value, at)
    path, line, text = row.get("path"), row.get("line"), row.get("text")
    if not isinstance(path, str) or not path:
        raise NoEvidenceError(f"{at}.path is {path!r}, and must be the path of a file")
    if line is not None and (not isinstance(line, int) or isinstance(line, bool) or line < 1):
        raise NoEvidenceError(f"{at}.line is {line!r}, and must be a number from 1, or null")
    if not isinstance(text, str):
        raise NoEvidenceError(f"{at}.text is {text!r}, and must be a text")
    return Place(path=path, line=line or 0, text=text.strip())


def _table(value: object, at: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise NoEvidenceError(f"{at} must be an object")
    return value


def _list(value: object, at: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise NoEvidenceError(f"{at} must be a list")
    return value


# -- the files


class _Files:
    """The files of the tree by line; only what stands in the tree is ever opened."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lines: dict[str, list[str] | None] = {}
        self._by_text: dict[str, dict[str, list[int]]] = {}
        self._spelled: dict[str, str] | None = None

    def look(self, place: Place) -> tuple[State, int]:
        path = self._path(place.path)
        if place.path == ".git" and not place.line:  # no file of the tree, and never opened
            there = (self._tree.root / ".git").exists()
            return (State.HOLDS if there else State.NO_FILE), 0
        if path not in self._tree:
            return State.NO_FILE, 0
        if not place.line:
            return State.HOLDS, 0
        lines = self._read(path)
        if lines is None:
            return State.NO_FILE, 0
        if place.line <= len(lines) and _shows(lines[place.line - 1], place.text):
            return State.HOLDS, place.line
        now = self._nearest(path, place)
        return (State.MOVED, now) if now else (State.GONE, 0)

    def _path(self, path: str) -> str:
        """Give the tree's spelling of a path: JSON cannot hold bytes that are not UTF-8."""
        if path in self._tree or "\\" not in path:
            return path
        if self._spelled is None:
            self._spelled = {
                name.encode("utf-8", "backslashreplace").decode("utf-8"): name
                for name in self._tree.files
                if not name.isascii()
            }
        return self._spelled.get(path, path)

    def _read(self, path: str) -> list[str] | None:
        if path not in self._lines:
            try:
                text = self._tree.read(path)
            except OSError:
                self._lines[path] = self._head(path)
            else:
                self._lines[path] = text.split("\n")
        return self._lines[path]

    def _head(self, path: str) -> list[str] | None:
        """Of a file too large to be read whole, proofs quote the first lines."""
        try:
            return self._tree.read_head(path).split("\n")
        except OSError:
            return None

    def _nearest(self, path: str, place: Place) -> int:
        if not place.text:
            return 0
        if path not in self._by_text:
            index = self._by_text[path] = {}
            for number, line in enumerate(self._lines[path] or (), start=1):
                index.setdefault(line.strip(), []).append(number)
        numbers = self._by_text[path].get(place.text) or [
            number
            for text, found in self._by_text[path].items()
            if _shows(text, place.text)
            for number in found
        ]
        numbers = sorted(numbers)
        after = bisect_left(numbers, place.line)
        around = numbers[max(after - 1, 0) : after + 1]
        return min(around, key=lambda number: abs(number - place.line), default=0)


def _shows(line: str, text: str) -> bool:
    """Whether a line is what was quoted: all of it, its start, or a part that stands in quotes."""
    bare = line.strip()
    if bare == text:
        return True
    if not text:
        return False
    if len(text) >= _CUT:
        return bare.startswith(text)
    return f'"{text}"' in bare or f"'{text}'" in bare
