"""What git alone knows of deliveries: version tags, and which commits came first with which.

Two answers are kept beside the reports, since both cost a walk over the history: the tags for as
long as no reference moves, and what was found about the commits for as long as its key says.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from pytest_boss_gates import __version__
from pytest_boss_gates.model import Commit, Deployment, Events, Graph, Source
from pytest_boss_gates.repository.git import run, top_of
from pytest_boss_gates.repository.versions import is_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

TAGS, WALK = "tags.json", "walk.json"
_PATIENCE = 60.0  # seconds; a walk over a very large history
_ALL_HISTORY = (
    "Fetch all of it: `git fetch --unshallow --tags`, in GitHub Actions `fetch-depth: 0` of "
    "actions/checkout, in GitLab CI `GIT_DEPTH: 0`."
)
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVERTED = re.compile(
    rb"This reverts commit\s+([0-9a-f]{7,64})"
    rb"|^Reverts (?:[\w.-]+/[\w.-]+)?[#!](\d+)\s*$"  # GitHub, Azure DevOps
    rb"|This reverts merge request [\w./-]*!(\d+)",  # GitLab
    re.MULTILINE,
)
# What GitHub, Gitea, GitLab, Azure DevOps and Bitbucket write when they merge a request.
_REQUEST = re.compile(
    rb"\A[^\n]*\([#!](\d+)\)\s*(?:\n|\Z)|\AMerge pull request #(\d+) |\AMerged PR (\d+): "
    rb"|\A[^\n]*\(pull request #(\d+)\)|^See merge request \S*!(\d+)\s*\Z",
    re.MULTILINE,
)
_TAG_FIELDS = "%00".join(
    f"%({field})"
    for field in (
        "refname",
        "objecttype",
        "objectname",
        "committerdate:unix",
        "taggerdate:unix",
        "*objecttype",
        "*objectname",
        "*committerdate:unix",
    )
)


def read_past(root: Path, folder: Path | None, *, branch: str) -> Events:
    """Give what git knows of the repository that ``root`` stands in, for the commit checked out.

    ``branch`` is the default branch, whose tags count; with "" those behind HEAD do. ``folder``
    is the directory of caches, made when it is missing; None keeps nothing. Never raises: what
    keeps git from answering is the ``reason``.
    """
    top = top_of(root)
    if top is None:
        return Events(branch=branch, reason="this is no git repository")
    head = run(top, "log", "-1", "--no-show-signature", "--format=%H %ct", "HEAD")
    words = head.out.decode("ascii", "replace").split()
    as_of = _time(words[1]) if len(words) == 2 else None
    if as_of is None:
        return Events(branch=branch, reason=f"git shows no commit: {head.fault or 'none is there'}")
    shallow = run(top, "rev-parse", "--is-shallow-repository").out.strip() == b"true"
    shelf = _Shelf(top=top, folder=folder)
    events = Events(
        as_of=as_of,
        branch=branch,
        graph=partial(_graph, top),
        is_shallow=shallow,
    )
    if shallow:
        return _replaced(events, reason="the clone is shallow", remedy=_ALL_HISTORY)
    return _with_tags(events, top, shelf, words[0])


def _replaced(events: Events, **changes: Any) -> Events:
    from dataclasses import replace

    return replace(events, **changes)


def _with_tags(events: Events, top: Path, shelf: _Shelf, head: str) -> Events:
    places = [f"refs/{place}/{events.branch}" for place in ("remotes/origin", "heads")]
    wanted = places if events.branch else []
    listed = run(top, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags", *wanted)
    if listed.fault:
        return _replaced(events, reason=f"git does not list its tags: {listed.fault}")
    names = listed.out.decode("utf-8", "surrogateescape").splitlines()
    ends = [line.split(" ", 1)[1] for line in names if not line.startswith(" ")]
    reached_from = [end for end in ends if end in places] or [head]

    def look() -> dict[str, Any]:
        return _tags(top, reached_from)

    found = shelf.recall(TAGS, [names, reached_from], look)
    tags = tuple(
        Deployment(
            key=name,
            environment="production",
            commit=commit,
            finished=datetime.fromtimestamp(seconds, timezone.utc),
            version=name,
            production=True,
            source=Source.TAGS,
        )
        for name, commit, seconds in found["tags"]
    )
    return _replaced(
        events,
        deployments=tags,
        recall=lambda key, look: shelf.recall(WALK, [head, names, key], look),
        stray_tags=found["stray"],
        reason="" if tags else _no_tags(events.branch, found),
        remedy="" if tags else "Fetch the tags: `git fetch --tags`; or tag what is released.",
    )


def _no_tags(branch: str, found: dict[str, Any]) -> str:
    if found["fault"]:
        return f"git does not say which tags are reached: {found['fault']}"
    where = f"the branch {branch}" if branch else "the commit"
    if found["stray"]:
        return f"none of the {found['stray']} version tags is reached from {where}"
    return "there are no version tags"


def _tags(top: Path, reached_from: Sequence[str]) -> dict[str, Any]:
    """Find the version tags that are reached; count the others."""
    every = run(top, "for-each-ref", f"--format={_TAG_FIELDS}", "refs/tags", timeout=_PATIENCE)
    rows = every.out.decode("utf-8", "surrogateescape").splitlines()
    versions = [row for row in map(_tag, rows) if row is not None]
    reached: set[str] = set()
    fault = every.fault
    for end in reached_from if versions else ():
        merged = run(
            top,
            "for-each-ref",
            f"--merged={end}",
            "--format=%(refname:lstrip=2)",
            "refs/tags",
            timeout=_PATIENCE,
        )
        fault = fault or merged.fault
        reached.update(merged.out.decode("utf-8", "surrogateescape").splitlines())
    kept = [row for row in versions if row[0] in reached]
    return {"tags": kept, "stray": 0 if fault else len(versions) - len(kept), "fault": fault}


def _tag(line: str) -> tuple[str, str, int] | None:
    """Read a tag's line: name, commit, and the tag's own time where it has one."""
    name, kind, commit, committed, tagged, inner, peeled, peeled_time = line.split("\0")
    name = name.removeprefix("refs/tags/")
    if kind == "tag":
        kind, commit, committed = inner, peeled, tagged or peeled_time
    if kind != "commit" or _time(committed) is None or not is_release(name):
        return None
    return name, commit, int(committed)


def _graph(top: Path, tips: Sequence[str], before: Sequence[str]) -> Graph:
    """Give the commits behind the tips and not behind those before; hashes, or they are left out.

    Nothing for hashes that the repository does not have.
    """
    tips = sorted({tip for tip in tips if _HASH.fullmatch(tip)})
    before = sorted({tip for tip in before if _HASH.fullmatch(tip)})
    if not tips:
        return Graph()

    asked = "".join(f"{tip}\n" for tip in tips)
    there = run(
        top,
        *("rev-list", "--no-walk", "--ignore-missing", "--stdin"),
        given=asked.encode("ascii"),
        timeout=_PATIENCE,
    )
    log = run(
        top,
        *("log", "-z", "--no-show-signature", "--encoding=UTF-8", "--ignore-missing"),
        *("--format=%H %at %ct %P%n%B", "--stdin"),
        given="".join([asked, *(f"^{tip}\n" for tip in before)]).encode("ascii"),
        timeout=_PATIENCE,
    )
    return Graph(
        commits={commit.key: commit for commit in _commits(log.out)},
        known=frozenset(there.out.decode("ascii").split()),
    )


def _commits(log: bytes) -> Iterator[Commit]:
    """Read git's log; a commit whose time no calendar has is left out."""
    for record in log.split(b"\0"):
        head, _, message = record.partition(b"\n")
        words = head.decode("ascii", "replace").split()
        if len(words) < 3:
            continue
        try:
            authored = datetime.fromtimestamp(int(words[1]), timezone.utc)
            committed = datetime.fromtimestamp(int(words[2]), timezone.utc)
        except (ValueError, OverflowError, OSError):
            continue
        parents = tuple(words[3:])
        request = _REQUEST.search(message)
        yield Commit(
            key=words[0],
            parents=parents,
            authored=authored,
            committed=committed,
            reverts=tuple(_reverts(message)) if b"everts " in message else (),
            request=request[request.lastindex or 0].decode("ascii") if request else "",
        )


def _reverts(message: bytes) -> Iterator[str]:
    for found in _REVERTED.finditer(message):
        start = "" if found.lastindex == 1 else "#"
        yield start + found[found.lastindex or 0].decode("ascii")


def _time(seconds: str) -> datetime | None:
    """Read seconds since 1970, None for what is no time that a calendar has."""
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(seconds), timezone.utc)
    return None


class _Shelf:
    """Where answers are kept; what cannot be kept, or is damaged, is found anew."""

    def __init__(self, *, top: Path, folder: Path | None) -> None:
        self._folder = folder
        self._own: list[object] = [__version__, os.fspath(top)]
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                own = folder.stat()  # a cache that was committed, and checked out, has another one
                self._own += [own.st_dev, own.st_ino]
            except OSError:
                self._folder = None

    def recall(self, file: str, key: object, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Give the kept answer when it was for the same key, else look."""
        if self._folder is None:
            return look()
        path = self._folder / file
        name = _digest(json.dumps([self._own, key]).encode("ascii"))
        with suppress(OSError, ValueError, LookupError, TypeError):
            head, _, content = path.read_bytes().partition(b"\n")
            if head.decode("ascii") == f"{name} {_digest(content)}":
                kept: dict[str, Any] = json.loads(content)
                return kept
        found = look()
        content = json.dumps(found, separators=(",", ":")).encode("ascii")
        with suppress(OSError):
            _put(path, f"{name} {_digest(content)}\n".encode("ascii") + content)
        return found


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _put(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(6).hex()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:  # Ctrl-C, too, leaves nothing behind
        temporary.unlink(missing_ok=True)
        raise
