"""The boss: hires agents, hands them their events, and lets one go that fails too often."""

from __future__ import annotations

import asyncio

from boss.agents import Agent
from boss.bus import EventBus, Subscription
from boss.events import Event

FAILED = "boss.agent.failed"
LET_GO = "boss.agent.let-go"


class Boss:
    """Keeps agents at work on one bus; each may fail less than ``patience`` times."""

    def __init__(self, bus: EventBus, *, patience: int = 3) -> None:
        self._bus = bus
        self._patience = patience
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def at_work(self) -> tuple[str, ...]:
        """The names of the agents that are at work."""
        return tuple(name for name, task in self._tasks.items() if not task.done())

    def hire(self, agent: Agent) -> None:
        """Give an agent all events from now on that concern it."""
        if agent.name in self.at_work:
            raise ValueError(f"{agent.name!r} is at work already")
        subscription = self._bus.subscribe(agent.listens_to)
        work = self._kept_at_work(agent, subscription)
        self._tasks[agent.name] = asyncio.create_task(work, name=agent.name)

    async def dismiss(self, name: str) -> None:
        """Stop an agent at once, whatever it is doing."""
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close_shop(self) -> None:
        """Close the bus, and wait until every agent has done what was waiting for it."""
        self._bus.close()
        await asyncio.gather(*self._tasks.values())

    async def _kept_at_work(self, agent: Agent, subscription: Subscription) -> None:
        failures = 0
        try:
            async for event in subscription:
                try:
                    for following in await agent.handle(event):
                        self._bus.publish(following)
                except Exception as error:  # whatever one agent does, the others go on
                    failures += 1
                    if failures >= self._patience:
                        return self._tell(LET_GO, agent, error)
                    self._tell(FAILED, agent, error)
        finally:
            subscription.cancel()

    def _tell(self, topic: str, agent: Agent, error: Exception) -> None:
        payload = {"agent": agent.name, "error": f"{type(error).__name__}: {error}"}
        self._bus.publish(Event(topic, payload))
