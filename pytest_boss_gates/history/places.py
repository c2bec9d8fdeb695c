"""The place of a history as it is written: a path or a URL, whose passwords nobody is to see."""

from __future__ import annotations

import re

SERVERS = ("postgresql://", "postgres://")
"""What the URL of a server that is known starts with."""

_SECRET = re.compile(r"(?<=://)[^:/?#]*:(?P<user>.*)@|[?&][^=&]*password=(?P<query>[^&]*)")


def is_url(place: str) -> bool:
    """Whether a place is a server's, not a file."""
    return "://" in place


def masked(place: str) -> str:
    """Spell a place without the passwords in it."""
    for found in reversed(list(_SECRET.finditer(place))):
        start, end = found.span("user" if found["user"] is not None else "query")
        place = f"{place[:start]}***{place[end:]}"
    return place


def scrubbed(text: str, place: str) -> str:
    """Leave a message out when it holds a password of the place."""
    from urllib.parse import unquote

    secrets = [found["user"] or found["query"] for found in _SECRET.finditer(place)]
    for secret in filter(None, secrets):
        if secret in text or unquote(secret) in text:
            return "its message holds the password and is left out"
    return " ".join(text.split())
