"""Text in columns of a terminal, where a character takes two of them, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.report.escape import at_line_start

if TYPE_CHECKING:
    from collections.abc import Iterator


def wrapped(text: str, room: int) -> Iterator[str]:
    """Break a text at its spaces, and where a word is too long, inside it."""
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if span(joined) <= room:
            line = joined
            continue
        if line:
            yield line
        line = at_line_start(word)
        while span(line) > room:
            start = head(line, room)
            yield start
            line = at_line_start(line[len(start) :])
    yield line


def head(text: str, room: int) -> str:
    """Give as many characters from the start as fit."""
    used = 0
    for index, char in enumerate(text):
        used += span(char)
        if used > room:
            return text[:index]
    return text


def span(text: str) -> int:
    """Count the terminal columns that a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "FW" else 1 for char in text
    )


def shortened(text: str, room: int, *, unicode: bool) -> str:
    """Take characters out of the middle until the text fits."""
    if span(text) <= room:
        return text
    mark = "…" if unicode else "..."
    rest = room - len(mark)
    if rest < len(mark):
        return head(text, room)
    tail = head(text[::-1], rest // 2)[::-1]
    return head(text, rest - span(tail)) + mark + tail
