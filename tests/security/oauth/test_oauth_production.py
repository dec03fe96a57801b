"""The production profile has no sandbox people, clients, page or code (OA-30)."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.security.oauth.browser import asking
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import Site
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

PRODUCTION = {"STRATA_PROFILE": "production", "STRATA_SANDBOX_SECRET": ""}
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def firm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A gateway in the production profile, with the clients that an operator registered."""
    folder = tmp_path_factory.mktemp("production")
    async with (
        sandbox_program(NORTHWIND, folder / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        gateway = GatewayProgram(folder, NORTHWIND, address, PRODUCTION)
        try:
            await gateway.start()
            found = Site(gateway, address, session)
            await found.register(folder)
            yield found
        finally:
            await gateway.stop()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_there_is_no_page_to_log_in_on(firm: Site, method: str) -> None:
    """The address is not there."""
    answer = await firm.send(method, asking().path)

    assert answer.status == 404
    assert wrong_with(answer, firm) == []


async def test_no_code_and_no_client_of_the_sandbox_is_taken(firm: Site) -> None:
    """Neither the integrator, whose secret lies in the sandbox, nor the people's program."""
    code = asking().token_form("c" * 43)
    machine = {"grant_type": "client_credentials"}
    public = await firm.send("POST", "/oauth/token", form=code)
    integrator = await firm.send("POST", "/oauth/token", form=machine, headers=firm.basic())
    unnamed = asking().token_form("c" * 43, client_id=None)
    other = await firm.send("POST", "/oauth/token", form=unnamed, headers=firm.basic("other"))

    assert json.loads(public.body)["error"] == "unsupported_grant_type"
    assert json.loads(integrator.body)["error"] == "invalid_client"
    assert json.loads(other.body)["error"] == "unsupported_grant_type"


async def test_the_metadata_says_that_people_log_in_elsewhere(firm: Site) -> None:
    """No page, no code, no public client."""
    answer = await firm.send("GET", "/.well-known/oauth-authorization-server")
    told = json.loads(answer.body)

    assert told["grant_types_supported"] == ["client_credentials"]
    assert told["response_types_supported"] == []
    assert "none" not in told["token_endpoint_auth_methods_supported"]
    assert "authorization_endpoint" not in told
    assert "code_challenge_methods_supported" not in told


async def test_a_registered_machine_is_served(firm: Site) -> None:
    """What an operator registered works as in the sandbox; the program issues no tokens."""
    token = await firm.machine_token("other")
    code, said = await firm.gateway.run("token", "--as", "finance")

    assert await firm.takes(token, "/system/crm/v2/clients") == 200
    assert (code, "outside the sandbox" in said) == (1, True)
