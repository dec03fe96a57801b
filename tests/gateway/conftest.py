"""The gateway with the orders API, running."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.house import Caller, House, running
from tests.gateway.orders import orders_api


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The parts of a gateway."""
    found = House(tmp_path)
    yield found
    await found.close()


@pytest.fixture
async def caller(house: House) -> AsyncIterator[Caller]:
    """Somebody who may do everything that the orders API does."""
    async with running(house.app(orders_api()), house) as found:
        yield found
