"""Which lines of the working tree are new since a commit, by git's own diff.

What is not committed, staged or not, and files that git does not know yet are part of it. A renamed
file is compared with what it was. Lines that only came from elsewhere are not new: a block of at
least 20 letters and digits that was removed in the same change, in any file with that ending, as
git's own ``--color-moved=blocks`` has it; each removed line stands for one added line at most.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.git import ask, below, run, top_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_TIMEOUT = 60.0  # seconds; a diff reads every changed file
_LEAST = 20  # letters and digits of a block that was moved
_COMMON = 100  # a line removed so many times is no sign of a block

# A user's own settings (of colours, prefixes, programs, algorithms) must not change the answer.
_SETTINGS = (
    "core.fsmonitor=false",
    "diff.interHunkContext=0",
    "diff.mnemonicPrefix=false",
    "diff.noprefix=false",
    "diff.relative=false",
)
_OPTIONS = (
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--text",  # attributes may call a source file binary
    "--diff-algorithm=default",
    "--indent-heuristic",
    "--ignore-cr-at-eol",
    "--ignore-submodules=all",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--unified=0",
)
_RENAMES = ("--find-renames=50%", "-l1000")
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = dict(zip(b"abtnvfr", b"\a\b\t\n\v\f\r", strict=True))
_PARTIAL = (
    "The clone leaves out what files were before: get a whole one, without `--filter` "
    "(`method: full` for the checkout step of CircleCI, `partial: false` for Woodpecker's clone)."
)
_WORDS = re.compile(rb"[0-9A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The new lines by file, or the reason why they are not known.

    Paths are relative to the root, with slashes; lines count from 1, in the working tree.
    """

    new: Mapping[str, frozenset[int]] = field(default_factory=dict)
    moved: Mapping[str, frozenset[int]] = field(default_factory=dict)  # changed, but not new
    fault: str = ""
    remedy: str = ""  # of the fault, where one is known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hunk:
    """Lines that took the place of others; the path is relative to the repository."""

    path: str  # of the new file, "" where it is gone
    created: bool  # the file is not a changed one
    start: int  # the number of the first added line
    added: tuple[bytes, ...]
    removed: tuple[bytes, ...]


def changed_lines(root: Path, commit: str, paths: Collection[str]) -> Difference:
    """Find the lines of files below ``root`` that are new since a commit; never raises.

    Only ``paths`` are looked at, and other files with the same endings for what they lost.
    """
    top = top_of(root)
    if top is None:
        return Difference(fault="the project is not in a git repository")
    prefix = below(top, root)
    wanted = {prefix + path for path in paths if not os.path.isabs(path)}
    if not wanted:
        return Difference()
    try:
        with _index(top, wanted) as index:
            hunks = _hunks(_diff(top, commit, wanted, index))
    except (_GitFailedError, OSError) as error:
        partial = ask(top, "config", "--get-regexp", r"^remote\..*\.promisor$")
        fault = f"git could not compare with {commit[:10]}: {error}"
        return Difference(fault=fault, remedy=_PARTIAL if partial else "")
    moved = _moved(hunks)
    new: dict[str, set[int]] = defaultdict(set)
    old: dict[str, set[int]] = defaultdict(set)
    for number, hunk in enumerate(hunks):
        if hunk.path in wanted:
            for offset in range(len(hunk.added)):
                lines = old if (number, offset) in moved else new
                lines[hunk.path.removeprefix(prefix)].add(hunk.start + offset)
    return Difference(
        new={path: frozenset(lines) for path, lines in new.items()},
        moved={path: frozenset(lines) for path, lines in old.items()},
    )


def renamed(root: Path, commit: str, paths: Collection[str]) -> Mapping[str, str] | None:
    """Give what those of the files below ``root`` were called at a commit that had other names.

    None when git did not answer.
    """
    top = top_of(root)
    if top is None:
        return None
    prefix = below(top, root)
    wanted = {prefix + path for path in paths}
    try:
        with _index(top, wanted) as index:
            pairs = list(_renames(top, commit, index))
    except (_GitFailedError, OSError):
        return None
    return {
        after.removeprefix(prefix): before.removeprefix(prefix)
        for before, after in pairs
        if after in wanted and before.startswith(prefix)
    }


class _GitFailedError(Exception):
    """Git did not answer, and said why."""


def _run(top: Path, *arguments: str, given: bytes = b"", index: Path | None = None) -> bytes:
    settings = (word for each in _SETTINGS for word in ("-c", each))
    answer = run(top, *settings, *arguments, given=given, index=index, timeout=_TIMEOUT)
    if answer.fault:
        raise _GitFailedError(answer.fault)
    return answer.out


@contextmanager
def _index(top: Path, wanted: Collection[str]) -> Iterator[Path | None]:
    """Give an index that knows the wanted files that git does not; None where there are none.

    It is a copy: with it one diff finds renames among all of them, and the repository stays as
    it is.
    """
    listed = _run(top, "ls-files", "--others", "--exclude-standard", "-z")
    unknown = [path for path in map(os.fsdecode, listed.split(b"\0")) if path in wanted]
    unknown = [path for path in unknown if not (top / path).is_symlink()]
    if not unknown:
        yield None
        return
    nothing = ask(top, "hash-object", "--stdin")  # the id of an empty file
    entries = "".join(f"100644 {nothing}\t{path}\0" for path in unknown)
    with tempfile.TemporaryDirectory(prefix="boss-gates-") as place:
        index = Path(place, "index")
        own = top / ask(top, "rev-parse", "--git-path", "index")
        if own.is_file():
            shutil.copy2(own, index)  # with its time: git distrusts what changed since then
        _run(top, "update-index", "-z", "--index-info", given=os.fsencode(entries), index=index)
        yield index


def _diff(top: Path, commit: str, wanted: Collection[str], index: Path | None) -> bytes:
    """Compare the files that have the endings of those that are wanted."""
    endings = sorted({ending for path in wanted if (ending := os.path.splitext(path)[1])})
    specs = [f":(top,glob)**/*{ending}" for ending in endings]
    specs += [f":(top,literal){path}" for path in wanted if not os.path.splitext(path)[1]]
    command = ("diff", *_OPTIONS, *_RENAMES, commit, "--")
    text = _run(top, *command, *specs, index=index)
    created = {hunk.path for hunk in _hunks(text) if hunk.created} & set(wanted)
    pairs = _renames(top, commit, index) if created else ()
    sources = [before for before, after in pairs if after in created]
    if sources:
        specs += [f":(top,literal){path}" for path in sources]
        text = _run(top, *command, *specs, index=index)
    return text


def _renames(top: Path, commit: str, index: Path | None) -> Iterator[tuple[str, str]]:
    """Find every renamed file: what it was called, and what it is."""
    options = ("--raw", "-z", "--diff-filter=R", "--ignore-submodules=all", *_RENAMES)
    fields = os.fsdecode(_run(top, "diff", *options, commit, "--", index=index)).split("\0")
    return zip(fields[1::3], fields[2::3], strict=False)  # each after a field about the two


def _hunks(diff: bytes) -> list[_Hunk]:
    lines = iter(diff.split(b"\n"))
    found: list[_Hunk] = []
    path, created = "", False
    for line in lines:
        if line.startswith(b"--- "):
            created = line == b"--- /dev/null"
        elif line.startswith(b"+++ "):
            path = _path(line[4:])
        elif match := _HUNK.match(line):
            found.append(_hunk(path, match, lines, created=created))
    return found


def _hunk(path: str, match: re.Match[bytes], lines: Iterator[bytes], *, created: bool) -> _Hunk:
    """Read a hunk by its counts, so that no line of a file is taken for one of the diff."""
    old, start, new = (int(b"1" if number is None else number) for number in match.groups())
    added: list[bytes] = []
    removed: list[bytes] = []
    while old or new:
        line = next(lines)
        text = line[1:].rstrip(b"\r")
        if line.startswith(b"+"):
            added.append(text)
            new -= 1
        elif line.startswith(b"-"):
            removed.append(text)
            old -= 1
    if added and removed and added[-1] == removed[-1]:  # only the newline at the end is another
        added.pop()
        removed.pop()
    return _Hunk(
        path=path, created=created, start=start, added=tuple(added), removed=tuple(removed)
    )


def _path(spelled: bytes) -> str:
    """Read a path as git writes it: quoted where it has to be, a tab after one with spaces."""
    if spelled.startswith(b'"'):
        spelled = _ESCAPE.sub(_unescaped, spelled[1 : spelled.rindex(b'"')])
    else:
        spelled = spelled.partition(b"\t")[0]
    return "" if spelled == b"/dev/null" else os.fsdecode(spelled.removeprefix(b"b/"))


def _unescaped(match: re.Match[bytes]) -> bytes:
    what = match.group(1)
    return bytes([int(what, 8) & 0xFF if len(what) == 3 else _ESCAPED.get(what[0], what[0])])


def _moved(hunks: list[_Hunk]) -> set[tuple[int, int]]:
    """Find the added lines that were only moved, each by its hunk and its place there."""
    removed: list[bytes | None] = []
    places: dict[bytes, list[int]] = defaultdict(list)
    for hunk in hunks:
        for text in hunk.removed:
            places[text].append(len(removed))
            removed.append(text)
        removed.append(None)  # a block ends with its hunk
    taken: set[int] = set()
    moved: set[tuple[int, int]] = set()
    for number, hunk in enumerate(hunks):
        at = 0
        while at < len(hunk.added):
            first, length = _block(hunk.added, at, removed, places, taken)
            text = b"".join(hunk.added[at : at + length])
            if len(_WORDS.findall(text)) >= _LEAST:
                taken.update(range(first, first + length))
                moved.update((number, at + offset) for offset in range(length))
                at += length
            else:
                at += 1
    return moved


def _block(
    added: tuple[bytes, ...],
    at: int,
    removed: list[bytes | None],
    places: Mapping[bytes, list[int]],
    taken: set[int],
) -> tuple[int, int]:
    """Find the longest block of removed lines that is added here: where it was, how long it is."""
    starts = places.get(added[at], [])
    alive = [start for start in starts if start not in taken] if len(starts) < _COMMON else []
    first, length = 0, 0
    while alive:
        first, length = alive[0], length + 1
        if at + length == len(added):
            break
        text = added[at + length]
        ends = ((start, start + length) for start in alive)
        alive = [start for start, end in ends if removed[end] == text and end not in taken]
    return first, length
