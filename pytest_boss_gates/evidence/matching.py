"""What CI comes to, held against the catalogue: which rows it shows, and what weakens it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.evidence.steps import QUALIFYING, Trigger
from pytest_boss_gates.model import Level, Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.chain import Reached
    from pytest_boss_gates.evidence.declared import Declared
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Job
    from pytest_boss_gates.model import Place

_ASKING = frozenset({"--version", "-V", "--help", "-h", "help"})
_FIELD_OF_KIND = {"action": "actions", "hook": "hooks", "workflow": "workflows"}
_HARDENED = frozenset({"--exit-non-zero-on-fix", "--no-fix"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing that shows a row: a declaration, or what a CI job comes to."""

    way: tuple[Place, ...]
    triggers: frozenset[Trigger] | None = None  # None: a declaration
    soft: tuple[str, ...] = ()
    by: str = ""  # the row that it was seen for, when another one counts it

    def proof(self, occasions: Sequence[str]) -> Proof:
        """Weigh it for a row that also counts the given occasions."""
        first, *hops = self.way
        level, soft = Level.DECLARED, self.soft
        if self.triggers is not None:
            level, soft = _weighed(self.triggers, soft, occasions)
        return Proof(place=first, hops=tuple(hops), level=level, soft=soft, by=self.by)


def _weighed(
    triggers: frozenset[Trigger], soft: tuple[str, ...], occasions: Sequence[str]
) -> tuple[Level, tuple[str, ...]]:
    release, schedule = "release" in occasions, "schedule" in occasions
    full = triggers & QUALIFYING
    full |= triggers & ({Trigger.TAG} if release else set())
    full |= triggers & ({Trigger.SCHEDULE} if schedule else set())
    if full:
        return (Level.WIRED if soft else Level.GATING), soft
    if Trigger.TAG in triggers:
        return Level.WIRED, (*soft, "runs on tags and releases only")
    if Trigger.MANUAL in triggers and release:
        return Level.WIRED, (*soft, "is started by hand")
    when = ", ".join(sorted(trigger.value for trigger in triggers)) or "never"
    return Level.DECLARED, (*soft, f"does not run on pushes or pull requests (only: {when})")


def seen_at(reached: Reached, *more: Place, soft: Iterable[str] = ()) -> Seen:
    """Take what a CI job came to as shown, with places that it leads on to."""
    return Seen(
        way=(*reached.way, *more),
        triggers=reached.triggers,
        soft=(*reached.soft, *soft),
    )


def by_tool(seen: Seen, tool: str) -> Seen:
    """Say which other tool shows it."""
    return replace(seen, by=tool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule may look at."""

    reading: Reading
    jobs: tuple[Job, ...]
    reached: tuple[Reached, ...]
    declared: Mapping[str, Declared]


Rule: TypeAlias = "Callable[[Found], Iterator[tuple[str, Seen]]]"
"""Gives facts' names with what was seen for them."""


class Matcher:
    """The catalogue by first word and by known end."""

    def __init__(self, rows: Iterable[Tool]) -> None:
        self._commands: dict[str, list[tuple[tuple[str, ...], Tool]]] = {}
        self._ends: dict[tuple[str, str], list[Tool]] = {}
        for row in rows:
            for command in row.commands:
                head, *rest = command.split()
                self._commands.setdefault(head, []).append((tuple(rest), row))
            for kind, field in _FIELD_OF_KIND.items():
                for name in getattr(row, field):
                    self._ends.setdefault((kind, name), []).append(row)
            for end in row.known:
                kind, _, name = end.partition(":")
                self._ends.setdefault((kind, name.lower()), []).append(row)

    def rows(self, reached: Reached, *, diff_checked: bool) -> Iterator[tuple[Tool, Seen]]:
        """Find the rows that something shows.

        ``diff_checked`` is whether its job later fails when the sources were changed.
        """
        if reached.kind == "command":
            yield from self._of_command(reached, diff_checked=diff_checked)
            return
        name = reached.words[0].lower()
        for end in _above(name):
            for row in self._ends.get((reached.kind, end), ()):
                if end_of(reached.kind, name) not in row.ends:
                    yield row, seen_at(reached)

    def _of_command(self, reached: Reached, *, diff_checked: bool) -> Iterator[tuple[Tool, Seen]]:
        head, *words = reached.words
        if _ASKING & set(words[:2]) and not {"-h"} & set(words[:1]) & {"docker"}:
            return
        found: dict[str, tuple[Tool, Seen]] = {}
        for rest, row in self._commands.get(head, ()):
            if _starts(words, rest) and not _idle(row, head, words):
                soft = () if diff_checked else _weakness(row, reached)
                found.setdefault(row.key, (row, seen_at(reached, soft=soft)))
        yield from found.values()


def end_of(kind: str, name: str) -> str:
    """Name a known end as the catalogue's ``ends`` do: actions alone go without their kind."""
    return name if kind == "action" else f"{kind}:{name}"


def _above(name: str) -> Iterator[str]:
    """``a/b/c`` → ``a/b/c``, ``a/b``; one part alone says too little, unless it is all."""
    parts = name.split("/")
    for length in range(len(parts), min(len(parts), 2) - 1, -1):
        yield "/".join(parts[:length])


def _starts(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a command goes on with some words; only options may stand between.

    An option that is wanted may stand anywhere.
    """
    at = 0
    for word in wanted:
        if word.startswith("-"):
            if not any(given == word or given.startswith(word + "=") for given in words):
                return False
            continue
        while at < len(words) and words[at] != word:
            option = words[at].startswith("-") or (at and words[at - 1].startswith("-"))
            if not option:
                return False
            at += 1
        if at >= len(words):
            return False
        at += 1
    return True


def _idle(row: Tool, head: str, words: Sequence[str]) -> bool:
    for command in row.idle:
        first, *rest = command.split()
        if first == head and _starts(words, rest):
            return True
    return False


def _weakness(row: Tool, reached: Reached) -> tuple[str, ...]:
    """Tell why a command cannot fail the job by what it finds, as its options have it."""
    place = reached.way[-1]
    head, *words = reached.words
    reasons: list[str] = []
    if (needed := _longest(row.checks, head, words)) and not _given(words, needed):
        shown = " or ".join(needed[:2])
        reasons.append(f"{place}: `{head}` without {shown} rewrites, or reports, and succeeds")
    allowed = _longest(row.lenient, head, words)
    if (option := _given(words, allowed)) and not _HARDENED & set(words):
        reasons.append(f"{place}: `{option}`")
    return tuple(reasons)


def _longest(
    table: Mapping[str, tuple[str, ...]], head: str, words: Sequence[str]
) -> tuple[str, ...]:
    """Give the options that a table has for the most of a command's first words."""
    best: tuple[int, tuple[str, ...]] = (-1, ())
    for command, options in table.items():
        first, *rest = command.split()
        if first == head and _starts(words, rest) and len(rest) > best[0]:
            best = (len(rest), options)
    return best[1]


def _given(words: Sequence[str], options: Sequence[str]) -> str:
    return next((word for word in words if word.partition("=")[0] in options), "")


def is_diff_check(words: Sequence[str]) -> bool:
    """Whether a command fails, or is there to fail, when files were changed."""
    if words[:2] == ("git", "diff"):
        return bool({"--exit-code", "--quiet", "--check"} & set(words))
    return words[:2] == ("git", "status") and "--porcelain" in words


def renamed(seen: Iterable[Seen], by: str) -> Iterator[Seen]:
    """Say of what was seen for one row that it counts for another."""
    for each in seen:
        yield replace(each, by=each.by or by)
