from collections.abc import AsyncIterator

import pytest_asyncio

from boss import EventBus


@pytest_asyncio.fixture
async def bus() -> AsyncIterator[EventBus]:
    async with EventBus(room=3) as bus:
        yield bus
