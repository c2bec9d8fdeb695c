"""An agent: what concerns it, and what it does about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from boss.events import Event


class Agent(ABC):
    """One worker with a name; ``listens_to`` is the pattern of the topics that concern it."""

    listens_to = "**"

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    async def handle(self, event: Event) -> Iterable[Event]:
        """Do the work that an event asks for; give the events that follow from it."""
