"""One gateway for every attack on its authorization server; a refusal leaves it as it was."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.security.oauth.site import Site
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """The whole gateway, with a machine and a signer registered."""
    folder = tmp_path_factory.mktemp("oauth")
    async with (
        sandbox_program(NORTHWIND, folder / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        gateway = GatewayProgram(folder, NORTHWIND, address, {})
        try:
            await gateway.start()
            found = Site(gateway, address, session)
            await found.register(folder)
            yield found
        finally:
            await gateway.stop()
