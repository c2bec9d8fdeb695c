import asyncio
from collections.abc import Iterable

import pytest

from boss import Agent, Boss, Event, EventBus
from boss.boss import FAILED, LET_GO

PARCEL = Event("parcel.arrived")
HEAVY = Event("parcel.arrived", {"heavy": True})


class Clerk(Agent):
    """Counts parcels and tells of each; heavy ones are too much."""

    listens_to = "parcel.arrived"

    async def handle(self, event: Event) -> Iterable[Event]:
        if event.payload.get("heavy"):
            raise OSError("my back")
        await asyncio.sleep(0)
        return [Event("parcel.counted", {"by": self.name})]


async def test_an_agent_tells_what_follows(bus: EventBus) -> None:
    counted = bus.subscribe("parcel.counted")
    boss = Boss(bus)
    boss.hire(Clerk("Ann"))

    bus.publish(PARCEL)

    async for event in counted:
        assert event.payload == {"by": "Ann"}
        break
    await boss.close_shop()
    assert boss.at_work == ()


async def test_what_was_waiting_is_done_when_the_shop_closes(bus: EventBus) -> None:
    told = bus.subscribe("boss.**")
    boss = Boss(bus)
    boss.hire(Clerk("Ann"))
    for parcel in (PARCEL, HEAVY, PARCEL):
        bus.publish(parcel)

    await boss.close_shop()

    assert boss.at_work == ()
    assert [event async for event in told] == []  # nobody can be told any more


async def test_an_agent_that_failed_stays(bus: EventBus) -> None:
    told = bus.subscribe("boss.**")
    boss = Boss(bus)
    boss.hire(Clerk("Ann"))

    bus.publish(HEAVY)

    async for event in told:
        assert (event.topic, event.payload["error"]) == (FAILED, "OSError: my back")
        break
    assert boss.at_work == ("Ann",)
    await boss.close_shop()


async def test_patience_ends(bus: EventBus) -> None:
    told = bus.subscribe("boss.**")
    boss = Boss(bus, patience=2)
    boss.hire(Clerk("Ann"))

    for parcel in (HEAVY, HEAVY):
        bus.publish(parcel)

    topics = []
    async for event in told:
        topics.append(event.topic)
        if event.topic == LET_GO:
            break
    assert topics == [FAILED, LET_GO]
    assert bus.publish(PARCEL) == 0
    await boss.close_shop()


async def test_a_name_is_hired_once_until_it_is_dismissed(bus: EventBus) -> None:
    boss = Boss(bus)
    boss.hire(Clerk("Ann"))
    await asyncio.sleep(0)
    with pytest.raises(ValueError, match="at work already"):
        boss.hire(Clerk("Ann"))

    await boss.dismiss("Ann")

    assert boss.at_work == ()
    assert bus.publish(PARCEL) == 0
    boss.hire(Clerk("Ann"))
    assert boss.at_work == ("Ann",)
    await boss.dismiss("Ann")
