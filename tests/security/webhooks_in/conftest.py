"""One gateway for every forged message: whatever is refused leaves it as it was."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.security.webhooks_in.office import NOW, Office
from tests.security.webhooks_in.office import office as opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """A gateway that takes messages."""
    async with opened(tmp_path_factory.mktemp("office")) as found:
        yield found


@pytest.fixture
def office(desk: Office) -> Office:
    """The same gateway, at nine o'clock."""
    desk.set_clock(NOW)
    return desk
