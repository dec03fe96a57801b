"""One gateway for every attack: whatever is refused leaves it as it was."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.security.routes.attacked import Attacked
from tests.security.routes.opening import attacked

GROWTH = 32 * 1_048_576


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The whole gateway, in the middle of the firm's month."""
    async with attacked(tmp_path_factory.mktemp("attacked")) as found:
        yield found


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def unchanged(site: Attacked) -> AsyncIterator[None]:
    """Compare process, memory and what is held before and after, and call again.

    What is held before a test is what was held after the one before it.
    """
    before, memory = site.held or await site.holdings.summed(), site.memory()

    yield

    assert site.memory() - memory < GROWTH

    site.held = await site.holdings.summed()
    assert site.held == before, "something changed"
    assert (await site.send("GET", "/ready", token=None)).status == 200
    again = await site.send("GET", "/governance/v1/clock")
    assert (again.status, again.seconds < 0.5) == (200, True)
