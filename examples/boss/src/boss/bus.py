"""The event bus: whoever subscribed before an event was published gets it, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from boss.events import Event, matches


class BusClosedError(RuntimeError):
    """Somebody asked for events of a bus that has closed."""


class Subscription:
    """The events of one subscriber, waiting to be taken; iterate over it to take them."""

    def __init__(self, bus: EventBus, pattern: str, *, room: int) -> None:
        self.pattern = pattern
        self.dropped = 0
        self._bus = bus
        self._waiting: asyncio.Queue[Event | None] = asyncio.Queue()
        self._room = room

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._taken()

    async def _taken(self) -> AsyncIterator[Event]:
        while (event := await self._waiting.get()) is not None:
            yield event

    def offer(self, event: Event) -> bool:
        """Put an event in line when it is asked for; the newest is dropped for want of room."""
        if not matches(self.pattern, event.topic):
            return False
        if self._waiting.qsize() >= self._room:
            self.dropped += 1
            return False
        self._waiting.put_nowait(event)
        return True

    def cancel(self) -> None:
        """Take no more; what is waiting can still be taken."""
        self._bus.forget(self)
        self._waiting.put_nowait(None)


class EventBus:
    """Carries events from anybody to all who asked; closes at the end of ``async with``."""

    def __init__(self, *, room: int = 1000) -> None:
        self._room = room
        self._subscriptions: list[Subscription] = []
        self._closed = False

    async def __aenter__(self) -> EventBus:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def subscribe(self, pattern: str) -> Subscription:
        """Ask for all events from now on whose topic matches."""
        if self._closed:
            raise BusClosedError(f"there will be no more events for {pattern!r}: the bus is closed")
        subscription = Subscription(self, pattern, room=self._room)
        self._subscriptions.append(subscription)
        return subscription

    def publish(self, event: Event) -> int:
        """Hand an event to its subscribers; give how many got it, of a closed bus nobody."""
        return sum(subscription.offer(event) for subscription in self._subscriptions)

    def forget(self, subscription: Subscription) -> None:
        """Give a subscription no more events."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """End every subscription; closing twice is once."""
        self._closed = True
        for subscription in tuple(self._subscriptions):
            subscription.cancel()
