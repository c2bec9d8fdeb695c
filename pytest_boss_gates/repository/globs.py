"""Path patterns as people write them in settings, matched against relative posix paths.

``pathlib`` matches ``**`` only from Python 3.13 on, and a regular expression made of several
``*`` backtracks; matching segment by segment needs neither.
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    _Segment = Callable[[str], object]

WILDCARDS = frozenset("*?[")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Compile a pattern to a test of relative posix paths.

    ``**`` stands for any number of directories, also none; ``*``, ``?`` and ``[…]`` stay
    within a segment. A pattern without a wildcard, or with a slash at its end, matches the
    path itself and everything below it. Case counts. A leading ``./`` is dropped; ``.`` and
    the empty pattern match everything.
    """
    while pattern.startswith("./"):
        pattern = pattern[2:]
    below = pattern.endswith("/") or not WILDCARDS.intersection(pattern)
    segments = [segment for segment in pattern.split("/") if segment not in ("", ".")]
    if not WILDCARDS.intersection(pattern):
        return _plain("/".join(segments))
    if below:
        segments.append("**")
    return _segmented(segments)


def matches_any(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Compile several patterns to one test; without patterns nothing matches."""
    tests = [matcher(pattern) for pattern in patterns]
    return lambda path: any(test(path) for test in tests)


def _plain(prefix: str) -> Callable[[str], bool]:
    if not prefix:
        return lambda path: True  # noqa: ARG005
    start = prefix + "/"
    return lambda path: path == prefix or path.startswith(start)


def _segmented(segments: Sequence[str]) -> Callable[[str], bool]:
    """Match runs of segments between the ``**``: the first anchored, the last at the end."""
    runs: list[list[_Segment]] = [[]]
    for segment in segments:
        if segment == "**":
            runs.append([])
        else:
            runs[-1].append(_segment(segment))
    if len(runs) == 1:
        only = runs[0]
        return lambda path: _fits(only, path.split("/"), exactly=True)
    first, *middle, last = runs

    def match(path: str) -> bool:
        parts = path.split("/")
        end = len(parts) - len(last)
        if end < len(first) or not _fits(first, parts) or not _fits(last, parts[end:]):
            return False
        at = len(first)
        for run in middle:  # the leftmost fit of each run leaves the most room for the next
            while at + len(run) <= end and not _fits(run, parts[at:]):
                at += 1
            if at + len(run) > end:
                return False
            at += len(run)
        return True

    return match


def _fits(run: Sequence[_Segment], parts: Sequence[str], *, exactly: bool = False) -> bool:
    if len(parts) < len(run) or (exactly and len(parts) != len(run)):
        return False
    return all(test(part) for test, part in zip(run, parts, strict=False))


def _segment(segment: str) -> _Segment:
    if not WILDCARDS.intersection(segment):
        return segment.__eq__
    if not {"?", "["}.intersection(segment):
        return _starred(segment)
    try:
        return re.compile(fnmatch.translate(segment)).match
    except re.error:  # a range such as [z-a], refused by some versions: no wildcard, then
        return segment.__eq__


def _starred(segment: str) -> _Segment:
    """Match what only stars are missing from; compiling an expression would cost more."""
    first, *middle, last = segment.split("*")
    shortest = len(first) + len(last)

    def match(text: str) -> bool:
        if len(text) < shortest or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:  # the leftmost fit of each leaves the most room for the next
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return match
