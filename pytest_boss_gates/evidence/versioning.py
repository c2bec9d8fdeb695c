"""What version control shows by itself: a remote, a history, tags, and how changes come in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Fact, Level, Place, Proof, plural
from pytest_boss_gates.repository.git import kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_boss_gates.repository.git import Kept

_PULLED = re.compile(
    r"Merge pull request #\d+|\(#\d+\)$|\(!\d+\)$|See merge request"
    r"|Merged in .+ \(pull request #\d+\)|Merge branch '.+' into '"
)
_ISSUE = re.compile(
    r"(?<![\w/])#\d+|\b(?!(?:UTF|ISO|SHA|MD|PEP|RFC|CVE|BSD|GPL)-)[A-Z][A-Z0-9]+-\d+\b"
)
_MOSTLY_PULLED = (90, 100)  # "90 % of the last 100 commits through a pull request"
_OFTEN = 5  # "a fifth of merges name an issue"
_TITLES = {
    "git-repository": "Git Repository",
    "git-remote": "Git Remote",
    "git-history": "Git History",
    "git-tags": "Tags",
    "git-branches": "Branches",
    "merges-reviewed": "Merges Through Pull Requests",
    "issue-references": "Merges That Name an Issue",
}
_SHALLOW = "the clone is shallow, and a full one (fetch-depth: 0) may show it"
_HIDDEN = ("git-tags", "git-branches", "merges-reviewed", "issue-references")
GIT_FACTS = tuple(_TITLES)
"""The names of the facts."""


def git_facts(root: Path) -> Mapping[str, Fact]:
    """Give the facts of version control by name; NONE without a repository.

    Runs git for reading. A proof is the repository itself; the note says what it holds.
    """
    found = kept(root)
    levels = dict(_levels(found)) if found is not None else {}
    return {
        name: Fact(
            name=name,
            title=title,
            purpose="Version Control",
            area="practice",
            level=levels[name][0] if name in levels else Level.NONE,
            proofs=(Proof(place=Place(path=".git"), level=levels[name][0]),)
            if name in levels
            else (),
            note=levels[name][1] if name in levels else _missing(found),
            unseen=_SHALLOW if found is not None and _may_hide(name, found) else "",
        )
        for name, title in _TITLES.items()
    }


def _missing(found: Kept | None) -> str:
    return "searched the git repository" if found else "there is no git repository"


def _may_hide(name: str, found: Kept) -> bool:
    """Whether a shallow clone leaves open how far something holds."""
    return found.is_shallow and name in _HIDDEN


def _levels(found: Kept) -> Iterator[tuple[str, tuple[Level, str]]]:
    yield "git-repository", (Level.DECLARED, "a git repository")
    if found.remotes:
        yield "git-remote", (Level.DECLARED, f"remote {found.remotes[0]}")
    if found.commits:
        shallow = ", a shallow clone" if found.is_shallow else ""
        yield "git-history", (Level.DECLARED, f"{plural(found.commits, 'commit')}{shallow}")
    if found.tags:
        yield "git-tags", (Level.DECLARED, plural(found.tags, "tag"))
    if found.branches > 1:
        yield "git-branches", (Level.DECLARED, f"{found.branches} branches")
    of = len(found.subjects)
    merges = [subject for subject in found.subjects if _PULLED.search(subject)]
    if merges:
        part, whole = _MOSTLY_PULLED
        mostly = len(merges) * whole >= part * of and not (found.is_shallow and of < whole)
        shown = f"{len(merges)} of the last {of} commits came through pull requests"
        yield "merges-reviewed", (Level.WIRED if mostly else Level.DECLARED, shown)
    named = [subject for subject in found.subjects if _ISSUE.search(_PULLED.sub("", subject))]
    if named:
        level = Level.WIRED if len(named) * _OFTEN >= of else Level.DECLARED
        yield "issue-references", (level, f"{len(named)} of the last {of} commits name an issue")
