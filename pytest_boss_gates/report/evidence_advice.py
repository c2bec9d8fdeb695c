"""What a row lacks for its next status, as things to do: concrete, with the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.model import Fact, Lack, Standing

_FROM_CI = "from a CI job that runs on pushes or pull requests"
_CALL = f"call it {_FROM_CI}"
_PLACE = re.compile(r"(?P<place>\S+:\d+): (?P<why>.+)", re.DOTALL)
_REWRITES = re.compile(r"(?P<command>`[^`]+`) without (?P<option>.+) rewrites, or reports")
_ONLY = re.compile(r"does not run on .+ \(only: (?P<when>.+)\)")
_WORD = re.compile(r"`[^`]+`|[\w.$-]+(?:: |=)\S+|--?[\w-]+.*|\.IGNORE")

_OF_OCCASIONS = {
    "is started by hand": (
        "let a push, a tag or a release start its job, which a person starts now."
    ),
    "runs on tags and releases only": (
        "let its job run on pushes or pull requests, too; now only tags and releases start it."
    ),
}


def advice(standing: Standing, facts: Mapping[str, Fact]) -> Iterator[str]:
    """Give a sentence for each thing to do, in the order of the row's needs."""
    told: set[str] = set()
    several = len(standing.lacks) > 1 or len(standing.facts) > 1
    for lack in standing.lacks:
        for sentence in _sentences(lack, facts, named=several):
            if sentence not in told:
                told.add(sentence)
                yield sentence


def _sentences(lack: Lack, facts: Mapping[str, Fact], *, named: bool) -> Iterator[str]:
    shown = [name for name in lack.facts if name in facts and facts[name].proofs]
    if lack.count > 1 or (len(shown) < lack.count and len(lack.facts) > 3):
        yield from _some(lack)
    elif not shown:
        wanted = " or ".join(dict.fromkeys(lack.wanted.values()))
        runs = min(lack.facts.values()) >= Level.WIRED
        yield f"Add {wanted}{f', and {_CALL}' if runs else ''}."
    else:
        best = max(shown, key=lambda name: facts[name].level)
        fact = facts[best]
        start = f"{fact.title}: " if named else ""
        tool = facts[fact.by].title if fact.by in facts else "it"
        for step in _steps(fact, lack.facts[best], tool):
            yield start + (step if start else step[0].upper() + step[1:])


def _some(lack: Lack) -> Iterator[str]:
    names = ", ".join(lack.wanted[name] for name in lack.facts)
    instead = "".join(f"; or {lack.wanted[name]}" for name in lack.instead)
    runs = min(lack.facts.values()) >= Level.WIRED
    where = " used by a CI job that runs on pushes or pull requests" if runs else ""
    number = "One more" if lack.count == 1 else f"{lack.count}"
    yield f"{number} of these{where}: {names}{instead}."


def _steps(fact: Fact, needed: Level, tool: str) -> Iterator[str]:
    """Give what brings a fact from where it is to the level that is needed, uncapitalised."""
    match fact.level:
        case Level.MENTIONED if needed <= Level.DECLARED:
            yield f"set it up: so far {fact.proofs[0].place} only speaks of it."
        case Level.MENTIONED:
            yield f"set it up, and {_CALL}: so far {fact.proofs[0].place} only speaks of it."
        case Level.DECLARED if not fact.soft:
            yield f"call {tool} {_FROM_CI}."
        case Level.GATING | Level.OBSERVED:
            yield "it would be observed when a run of it is recorded."
        case _:
            for reason in fact.soft:
                yield _remedy(reason)


def _remedy(reason: str) -> str:
    """Turn the reason of a soft failure into what to do about it."""
    if only := _ONLY.fullmatch(reason):
        when = only["when"]
        now = "nothing starts it now" if when == "never" else f"now it runs on: {when}"
        return f"let its job run on pushes or pull requests, too; {now}."
    if placed := _PLACE.fullmatch(reason):
        return f"{_remedy_at(placed['place'], placed['why'])}."
    return _OF_OCCASIONS.get(reason, f"let its failure fail the job: {reason}.")


def _remedy_at(place: str, why: str) -> str:
    if rewrites := _REWRITES.match(why):
        return f"give {rewrites['command']} at {place} the option {rewrites['option']}"
    if why == "piped on without `pipefail`":
        return f"set `pipefail` before {place}: only the end of the pipe counts now"
    if why.startswith("a leading `-`"):
        return f"remove the leading `-` at {place}"
    if _WORD.fullmatch(why):
        return f"remove {why if why.startswith('`') else f'`{why}`'} at {place}"
    return f"let a failure at {place} fail the job: {why}"
