"""Evidence for people: what was found at a glance, and one row explained hop by hop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.catalogue import AREAS
from pytest_boss_gates.evidence.verify import State
from pytest_boss_gates.model import Level, Status, plural
from pytest_boss_gates.report.columns import shortened, span, wrapped
from pytest_boss_gates.report.escape import terminal
from pytest_boss_gates.report.evidence_advice import advice
from pytest_boss_gates.report.wording import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.verify import Checked
    from pytest_boss_gates.model import Fact, Place, Proof, Standing

_MOST_LISTED = 20  # ends and problems of an overview; --json has all
_MOST_OTHERS = 3  # weaker proofs of a fact
_LONGEST_NOTE = 400
_COLUMN = 38  # of an overview, where the proof begins
_OCCASION = re.compile(r"runs on|is started|does not run")


def overview(evidence: Evidence, *, width: int, unicode: bool) -> Iterator[str]:
    """List what was found by purpose, then what could not be followed or read."""
    yield from _Page(evidence=evidence, width=max(width, 40), unicode=unicode).overview()


def explanation(
    standing: Standing, evidence: Evidence, *, width: int, unicode: bool
) -> Iterator[str]:
    """Explain where a row stands, by which proofs, and what its next status needs."""
    yield from _Page(evidence=evidence, width=max(width, 40), unicode=unicode).explained(standing)


def verification(checked: Sequence[Checked], *, width: int, unicode: bool) -> Iterator[str]:
    """Tell which proofs moved or are gone, and count the others."""
    yield from _Page(evidence=None, width=max(width, 40), unicode=unicode).verified(checked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The space there is to write on, and what is written about."""

    evidence: Evidence | None
    width: int
    unicode: bool

    @property
    def facts(self) -> Mapping[str, Fact]:
        return self.evidence.facts if self.evidence else {}

    # -- the overview

    def overview(self) -> Iterator[str]:
        found = [fact for fact in self.facts.values() if fact.proofs]
        counts = [
            f"{count} {level.label}"
            for level in sorted(Level, reverse=True)
            if level and (count := sum(fact.level is level for fact in found))
        ]
        told = f": {', '.join(counts)}." if counts else "."
        yield from self.prose(f"{len(found)} tools and practices found{told}")
        for purpose, facts in self.groups(found):
            yield ""
            yield from self.prose(purpose)
            for fact in facts:
                yield from self.listed(fact)
        yield from self.closing(len(self.facts) - len(found))

    def groups(self, found: Iterable[Fact]) -> Iterator[tuple[str, list[Fact]]]:
        """Group facts by purpose, in the order of the areas; practices before their tools."""
        areas: dict[str, int] = {}
        for fact in self.facts.values():
            place = AREAS.index(fact.area) if fact.area in AREAS else len(AREAS)
            areas[fact.purpose] = min(place, areas.get(fact.purpose, place))
        groups: dict[str, list[Fact]] = {}
        for fact in found:
            groups.setdefault(fact.purpose, []).append(fact)
        for purpose in sorted(groups, key=lambda name: (areas[name], name)):
            yield (
                purpose,
                sorted(
                    groups[purpose],
                    key=lambda fact: (fact.area != "practice", -fact.level, fact.title.casefold()),
                ),
            )

    def listed(self, fact: Fact) -> Iterator[str]:
        title = shortened(self.safe(fact.title), _COLUMN - 14, unicode=self.unicode)
        start = f"  {title}{' ' * (_COLUMN - 12 - span(title))}{fact.level.label:<10}"
        proof = fact.proofs[0]
        if self.facts.get(fact.by) and self.facts[fact.by].proofs:
            yield from self.prose(f"by {self.title(fact.by)}", start=start)
            return
        room = self.width - _COLUMN
        for place in proof.places:
            mark = "" if place is proof.place else self.arrow
            yield start + shortened(self.safe(f"{mark}{place}"), room, unicode=self.unicode)
            start = " " * _COLUMN
        if text := self.safe(proof.places[-1].text):
            yield start + shortened(text, room, unicode=self.unicode)
        for reason in proof.soft:
            yield from self.prose(f"but: {reason}", start=start)

    def closing(self, absent: int) -> Iterator[str]:
        if absent:
            yield ""
            yield from self.prose(
                f"Not detected: {absent} more. `boss-gates evidence NAME` tells what was searched."
            )
        if self.evidence and self.evidence.unresolved:
            ends = [(end.place, end.why) for end in self.evidence.unresolved]
            yield ""
            yield from self.prose(f"Not followed, so there may be more behind: {len(ends)}")
            yield from self.rows([(str(place), why) for place, why in ends])
        if self.evidence and self.evidence.problems:
            problems = [
                (f"{found.path}:{found.line}" if found.line else found.path, found.text)
                for found in self.evidence.problems
            ]
            yield ""
            yield from self.prose(f"Not read, so they prove nothing: {len(problems)}")
            yield from self.rows(problems)

    def rows(self, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
        for place, text in rows[:_MOST_LISTED]:
            yield from self.prose(f"{place}  {text}", start="  ", hang="    ")
        if len(rows) > _MOST_LISTED:
            yield f"  and {len(rows) - _MOST_LISTED} more; --json has all"

    # -- one row

    def explained(self, standing: Standing) -> Iterator[str]:
        word = STATUSES[standing.status] if self.unicode else standing.status.value
        yield from self.prose(f"{standing.name}: {word}")
        for fact in standing.facts:
            yield ""
            yield from self.fact(fact)
        if not standing.facts:
            yield ""
            yield from self.absent(standing)
        yield ""
        if standing.status is Status.COMPLETED:
            yield from self.prose(self.content(standing))
            return
        following = (
            Status.COMPLETED if standing.status is Status.IN_PROGRESS else Status.IN_PROGRESS
        )
        yield from self.prose(f"What is missing for {following.value}:")
        for sentence in advice(standing, self.facts):
            yield from self.prose(sentence, start=f"  {self.arrow}")
        ends = len(self.evidence.unresolved) if self.evidence else 0
        if ends:
            yield ""
            yield from self.prose(
                f"{plural(ends, 'end')} of CI could not be followed, and may lead there: "
                "`boss-gates evidence` lists them."
            )

    def content(self, standing: Standing) -> str:
        rests = f"It rests on what is {standing.level.label}; nothing is missing."
        if standing.level is Level.GATING:
            return f"{rests} It would be observed when a run of it is recorded."
        return rests

    def fact(self, fact: Fact) -> Iterator[str]:
        proof = fact.proofs[0]
        by = f", by {self.title(fact.by)}" if fact.by else ""
        yield from self.prose(f"{fact.title}{by}: {_said(proof)} ({fact.level.label})", hang="  ")
        for place in proof.places:
            yield from self.quoted(place, "" if place is proof.place else self.arrow)
        for reason in proof.soft:
            yield from self.prose(f"but: {reason}", start="    ")
        yield from self.others(fact)

    def others(self, fact: Fact) -> Iterator[str]:
        """Tell the other proofs briefly: where they start and end."""
        told = {fact.proofs[0].places[-1]}
        others: dict[Place, Proof] = {}
        for proof in fact.proofs[1:]:
            if proof.places[-1] not in told:
                others.setdefault(proof.places[-1], proof)
        for end, proof in list(others.items())[:_MOST_OTHERS]:
            way = str(end) if end is proof.place else f"{proof.place} {self.arrow}{end}"
            by = f" by {self.title(proof.by)}" if proof.by and proof.by != fact.by else ""
            yield from self.prose(
                f"also {proof.level.label}{by}: {way}{f' `{end.text}`' if end.text else ''}",
                start="    ",
                hang="      ",
            )
        if len(others) > _MOST_OTHERS:
            yield f"    and {len(others) - _MOST_OTHERS} more"

    def quoted(self, place: Place, mark: str) -> Iterator[str]:
        where, text = self.safe(f"{mark}{place}"), self.safe(place.text)
        if span(where) + span(text) + 6 <= self.width:
            yield f"    {where}  {text}".rstrip()
            return
        yield from self.prose(where, start="    ")
        yield from self.prose(text, start="        ")

    def absent(self, standing: Standing) -> Iterator[str]:
        """Say what was searched for the facts that would start a row."""
        names = [name for lack in standing.lacks for name in lack.facts]
        notes = {name: self.facts[name].note for name in names if name in self.facts}
        for name, note in notes.items():
            told = note if note.strip() != "searched" else ""
            if len(told) > _LONGEST_NOTE:
                told = told[:_LONGEST_NOTE].rpartition(",")[0] + ", and more"
            colon = ": " if told else "."
            yield from self.prose(f"{self.title(name)} is not detected{colon}{told}", hang="  ")

    # -- a verification

    def verified(self, checked: Sequence[Checked]) -> Iterator[str]:
        for each in checked:
            match each.state:
                case State.HOLDS:
                    continue
                case State.MOVED:
                    said = f"moved to line {each.now}"
                case State.GONE:
                    said = "gone: the file does not hold this line any more"
                case State.NO_FILE:
                    said = "gone: there is no such file, or it cannot be read"
            yield from self.prose(f"{each.place}  {said}", hang="  ")
            yield from self.prose(each.place.text, start="    ")
            yield from self.prose(f"proves: {', '.join(each.facts)}", start="    ")
        counts = {state: sum(each.state is state for each in checked) for state in State}
        gone = counts[State.GONE] + counts[State.NO_FILE]
        yield from self.prose(
            f"{plural(len(checked), 'place')} checked: {counts[State.HOLDS]} hold, "
            f"{counts[State.MOVED]} moved, {gone} gone."
        )

    # -- text

    @property
    def arrow(self) -> str:
        return "→ " if self.unicode else "> "

    def title(self, name: str) -> str:
        return self.facts[name].title if name in self.facts else name

    def safe(self, text: str) -> str:
        return terminal(text, unicode=self.unicode)

    def prose(self, text: str, *, start: str = "", hang: str | None = None) -> Iterator[str]:
        """Break a text at its spaces; following lines stand under it, or at ``hang``."""
        words = self.safe(text)
        if not words:
            return
        below = " " * span(start) if hang is None else hang
        for line in wrapped(words, self.width - max(span(start), span(below))):
            yield start + line
            start = below


def _said(proof: Proof) -> str:
    occasion = any(_OCCASION.match(reason) for reason in proof.soft)
    match proof.level:
        case Level.OBSERVED:
            return "CI runs it, and it is known to have run"
        case Level.GATING:
            return "CI runs it, and its failure fails the job"
        case Level.WIRED if occasion:
            return "CI runs it, but not on every push or change"
        case Level.WIRED:
            return "CI runs it, but its failure does not fail the job"
        case Level.DECLARED if proof.soft:
            return "CI has it, but does not run it on pushes or pull requests"
        case Level.DECLARED:
            return "it is set up, and CI was not seen to run it"
        case _:
            return "it is only spoken of"
