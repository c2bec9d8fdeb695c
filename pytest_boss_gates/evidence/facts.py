"""Declarations and what CI comes to, put together: a fact with proofs for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.answer import Evidence, Extensions
from pytest_boss_gates.evidence.catalogue import load_catalogue, load_practices
from pytest_boss_gates.evidence.chain import Chain
from pytest_boss_gates.evidence.ci import jobs_of
from pytest_boss_gates.evidence.declared import declared
from pytest_boss_gates.evidence.local import local_jobs
from pytest_boss_gates.evidence.matching import Found, Matcher, Seen, is_diff_check, renamed
from pytest_boss_gates.evidence.mentioned import mentioned
from pytest_boss_gates.evidence.practices import RULES
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners import RUNNERS
from pytest_boss_gates.model import Fact, Level, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.chain import Expand, Reached
    from pytest_boss_gates.repository.tree import Tree

_MOST_PROOFS = 20  # of a fact; a monorepo would repeat one for each of its projects
_OF_AREA: Mapping[str, tuple[str, ...]] = {
    "containers": ("schedule", "release"),
    "deployment": ("schedule", "release"),
    "docs": ("schedule", "release"),
    "environments": ("schedule", "release"),
    "monitoring": ("schedule", "release"),
    "packaging": ("schedule", "release"),
    "performance": ("schedule", "release"),
    "security": ("schedule", "release"),
}
"""The occasions that count for a tool beside pushes and changes, by its area."""


def find_evidence(tree: Tree, extensions: Extensions | None = None) -> Evidence:
    """Find what a tree shows of every tool and practice.

    Executes nothing, and never raises for what stands in the files.
    """
    more = extensions or Extensions()
    reading = Reading(tree)
    added = {row.key: row for row in more.tools}  # in the place of a known one: members come first
    known = (*load_catalogue(), *more.tools, *load_practices())
    by_key = {row.key: added.get(row.key, row) for row in known}
    rows = by_key.values()
    found_places = declared(reading, by_key.values())
    dialects = (jobs_of, *more.dialects)
    jobs = tuple(job for jobs_in in dialects for job in jobs_in(reading))
    ends = {name: text for row in rows for name, text in row.ends.items()}
    runners: dict[str, Expand] = {**RUNNERS, **more.runners}
    followed = Chain(reading, runners, ends).follow(jobs)
    written = Chain(reading, runners, ends).follow(local_jobs(reading)).reached
    found = Found(reading=reading, jobs=jobs, reached=followed.reached, declared=found_places)
    seen = _seen(found, by_key, written)
    facts = {key: _fact(row, seen[key], found_places[key].note) for key, row in by_key.items()}
    for key, place in mentioned(
        reading, (row for key, row in by_key.items() if facts[key].level is Level.NONE)
    ):
        row = by_key[key]
        proof = Proof(place=place, level=Level.MENTIONED)
        facts[key] = _made(row, [proof], found_places[key].note)
    return Evidence(
        facts=dict(sorted(facts.items())),
        unresolved=followed.unresolved,
        problems=tuple(reading.problems),
        read=reading.read,
    )


def _seen(
    found: Found, rows: Mapping[str, Tool], written: Iterable[Reached]
) -> Mapping[str, list[Seen]]:
    """Gather what shows each row: its own commands and ends, the rules, then its members."""
    seen: dict[str, list[Seen]] = {key: [] for key in rows}
    for key, each in _shown(found, rows, written):
        seen[key].append(each)
    for key, row in rows.items():
        for member in row.members:
            seen[key] += renamed(seen[member], by=member)
    return seen


def _shown(
    found: Found, rows: Mapping[str, Tool], written: Iterable[Reached]
) -> Iterator[tuple[str, Seen]]:
    matcher = Matcher(rows.values())
    last_check = {
        id(reached.job): reached.order for reached in found.reached if is_diff_check(reached.words)
    }
    for reached in found.reached:
        checked = last_check.get(id(reached.job), 0) > reached.order
        for row, each in matcher.rows(reached, diff_checked=checked):
            yield row.key, each
    for job in found.jobs:
        if job.system in rows:
            yield job.system, Seen(way=(job.place,), triggers=job.triggers, soft=job.soft)
    for key, declaration in found.declared.items():
        yield from ((key, Seen(way=(place,))) for place in declaration.places)
    for reached in written:
        for row, _ in matcher.rows(reached, diff_checked=True):
            yield row.key, Seen(way=reached.way)
    for rule in RULES:
        yield from rule(found)


def _fact(row: Tool, seen: Iterable[Seen], note: str) -> Fact:
    occasions = row.occasions or _OF_AREA.get(row.area, ())
    return _made(row, [each.proof(occasions) for each in seen], note)


def _made(row: Tool, proofs: Sequence[Proof], note: str) -> Fact:
    best = sorted(dict.fromkeys(proofs), key=lambda proof: (-proof.level, len(proof.hops)))
    return Fact(
        name=row.key,
        title=row.title,
        purpose=row.purpose,
        area=row.area,
        level=best[0].level if best else Level.NONE,
        proofs=tuple(best[:_MOST_PROOFS]),
        note="" if best and best[0].level > Level.MENTIONED else note,
    )
