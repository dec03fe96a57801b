"""One gateway with a small API for every form."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.gateway.house import Caller, House, running
from tests.gateway.orders import orders_api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The parts of a gateway."""
    found = House(tmp_path_factory.mktemp("framing"))
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caller(house: House) -> AsyncIterator[Caller]:
    """Somebody who may do everything that the orders API does."""
    async with running(house.app(orders_api()), house) as found:
        yield found
