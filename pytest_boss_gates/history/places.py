"""The place of a history as it is written: a path or a URL, whose passwords nobody is to see."""

from __future__ import annotations

import os
import re
from pathlib import Path

SERVERS = ("postgresql://", "postgres://")
"""What the URL of a server that is known starts with."""

_SECRET = re.compile(
    r"(?<=://)[^:/?#]*:(?P<user>.*)@"
    r"|[?&][^=&]*password=(?P<query>[^&]*)"
    r"|(?:^|\s)\w*password\s*=\s*(?P<word>'(?:[^'\\]|\\.)*'?|\S*)"
)
_PARAMETERS = re.compile(
    r"\s*(?:dbname|host|hostaddr|options|passfile|password|port|service|sslmode|user)\s*="
)


def is_url(place: str) -> bool:
    """Whether a place is a server's, not a file."""
    return "://" in place


def complaint(place: str) -> str:
    """Say what kind of place this is that no history can be at, "" for one that may be right."""
    if is_url(place):
        return "" if place.startswith(SERVERS) else "is neither a path nor a postgresql:// URL"
    if _PARAMETERS.match(place):
        return "is a connection string of libpq, and only a postgresql:// URL is read"
    return "holds a NUL character, which no path has" if "\0" in place else ""


def path_of(place: str, root: Path) -> Path:
    """Give the file that a place names: relative to the root, ``~`` for a user's directory."""
    try:
        return root / Path(place).expanduser()
    except RuntimeError:  # nobody knows where that user's directory is
        return root / place


def may_write(path: Path) -> bool:
    """Whether a file may be written, or made, and others beside it."""
    if os.path.exists(path) and not os.access(path, os.W_OK):
        return False
    folder = next(parent for parent in path.parents if os.path.exists(parent))
    return os.access(folder, os.W_OK | os.X_OK)


def masked(place: str) -> str:
    """Spell a place without the passwords in it."""
    for found in reversed(list(_SECRET.finditer(place))):
        start, end = found.span(found.lastgroup or 0)
        place = f"{place[:start]}***{place[end:]}"
    return place


def scrubbed(text: str, place: str) -> str:
    """Leave a message out when it holds a password of the place; else make it one line."""
    from urllib.parse import unquote

    secrets = [found[found.lastgroup or 0] for found in _SECRET.finditer(place)]
    for secret in filter(None, secrets):
        if secret in text or unquote(secret) in text:
            return "its message holds the password and is left out"
    lines = [" ".join(line.split()) for line in text.splitlines()]
    *others, last = [line for line in lines if line] or [""]
    return " ".join([*(line if line[-1] in ".,:;?!" else f"{line}." for line in others), last])
