"""What is said on the bus, and by which names it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """Something that happened, under a topic such as ``order.paid``."""

    topic: str
    payload: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(self.topic.split(".")):
            raise ValueError(f"{self.topic!r} is no topic: words with dots between them")


def matches(pattern: str, topic: str) -> bool:
    """Tell whether a topic is asked for: ``*`` is any one word, ``**`` at the end any more."""
    wanted, words = pattern.split("."), topic.split(".")
    if wanted[-1] == "**":
        wanted = wanted[:-1]
        words = words[: len(wanted)]
    return len(wanted) == len(words) and all(
        want in ("*", word) for want, word in zip(wanted, words, strict=True)
    )
