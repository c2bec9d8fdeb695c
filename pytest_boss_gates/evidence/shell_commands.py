"""A script's commands while it is being read, and what keeps their failure from being noticed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NO_ERREXIT = "no `set -e`: only the last command decides"
MARKED = "its failure is only noted"

_HARMLESS = frozenset("true : echo printf touch date pwd ls".split())
_FAILING = frozenset("false exit return die fail error kill".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command of a script."""

    words: tuple[str, ...]  # expanded as far as the values are known; at least one
    path: str  # the script's own file, or one that it reads in
    line: int  # of that file
    directory: str  # relative to the root; holds "$" where only running could tell
    env: Mapping[str, str]  # what is known of its variables
    soft: tuple[str, ...]  # why its failure would not be noticed
    through: tuple[tuple[str, int], ...] = ()  # where its file is read in, or its function called


@dataclass(slots=True, kw_only=True)
class Item:
    """A command whose reasons to be soft are still being found."""

    words: tuple[str, ...]
    path: str
    line: int
    directory: str
    env: Mapping[str, str]
    soft: list[str] = field(default_factory=list)
    firm: bool = False  # its failure ends the script, `set -e` or not
    through: tuple[tuple[str, int], ...] = ()

    def frozen(self) -> Command:
        """Give the finished command."""
        return Command(
            words=self.words,
            path=self.path,
            line=self.line,
            directory=self.directory,
            env=self.env,
            soft=tuple(dict.fromkeys(self.soft)),
            through=self.through,
        )


def soften(items: Sequence[Item], why: str) -> None:
    """Give all of some commands a reason."""
    for item in items:
        item.soft.append(why)


def soften_or(before: Sequence[Item], after: Sequence[Item]) -> None:
    """Judge ``before || after``: what comes after decides whether a failure is noticed."""
    if not after:
        soften(before, MARKED)  # `|| failed=1`
        return
    final = after[-1].words
    retried = final[0] not in _HARMLESS and any(item.words[0] == final[0] for item in before)
    if final[0] == "exit" and not cannot_fail(after):
        for item in before:
            item.firm = True
    if not retried and (final[0] not in _FAILING or cannot_fail(after)):
        soften(before, f"`|| {' '.join(final)[:60]}`")


def cannot_fail(items: Sequence[Item]) -> bool:
    """Whether a statement that ends like this always succeeds."""
    if not items:
        return False
    head, *rest = items[-1].words
    if head in ("exit", "return"):
        return rest[:1] == ["0"]
    return head in _HARMLESS


def only_harmless(items: Sequence[Item]) -> bool:
    """Whether a statement does nothing but succeed: ``true``, ``echo done``, ``exit 0``."""
    return bool(items) and all(cannot_fail([item]) for item in items)
