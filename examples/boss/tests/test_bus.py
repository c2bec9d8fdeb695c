import pytest

from boss import Event, EventBus
from boss.bus import BusClosedError


async def test_events_come_in_the_order_of_their_publishing(bus: EventBus) -> None:
    subscription = bus.subscribe("order.*")

    for topic in ("order.placed", "parcel.sent", "order.paid"):
        bus.publish(Event(topic))
    bus.close()

    assert [event.topic async for event in subscription] == ["order.placed", "order.paid"]


async def test_publishing_tells_how_many_were_reached(bus: EventBus) -> None:
    bus.subscribe("order.**")
    bus.subscribe("**")

    assert bus.publish(Event("order.paid")) == 2
    assert bus.publish(Event("parcel.sent")) == 1


async def test_a_full_subscription_drops_the_newest_and_counts(bus: EventBus) -> None:
    subscription = bus.subscribe("**")

    reached = [bus.publish(Event(f"event.{number}")) for number in range(5)]

    assert reached == [1, 1, 1, 0, 0]
    assert subscription.dropped == 2


async def test_who_cancelled_gets_nothing_more(bus: EventBus) -> None:
    subscription = bus.subscribe("**")
    bus.publish(Event("first"))

    subscription.cancel()

    assert bus.publish(Event("second")) == 0
    assert [event.topic async for event in subscription] == ["first"]


async def test_a_closed_bus_reaches_nobody(bus: EventBus) -> None:
    bus.subscribe("**")

    bus.close()

    assert bus.publish(Event("late")) == 0
    with pytest.raises(BusClosedError, match="no more events"):
        bus.subscribe("**")
