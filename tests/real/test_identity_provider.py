"""The firm's own identity provider, a real one: its people and applications come in by claims."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from msgspec import Struct

from tests.installed import had
from tests.real.oidc.program import Provider, installed, running
from tests.real.oidc.visits import as_application, as_person
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oidc")]

READINESS = "/experience/finance/v1/readiness"
INVOICES = "/system/erp/v1/invoices?legal_entity="
SETTINGS = """
[[issuers]]
name = "firm"
url = "{url}"
audiences = ["https://strata.firm.example"]
internal_hosts = ["127.0.0.1"]
scopes = {{ "act" = ["*"] }}

[[issuers.grants]]
claim = "groups"
value = "accounting"
roles = ["finance"]
entities = ["NWA-US"]

[[issuers.grants]]
claim = "groups"
value = "reporting"
scopes = ["system:erp:read"]
entities = ["NWA-DE"]
"""
APPLICATIONS = [
    {
        "client_id": "reports",
        "client_secret": "of-the-reports",
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
    },
    {
        "client_id": "console",
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "redirect_uris": ["https://console.firm.example/back"],
    },
]
GROUPS = {"ana": ["accounting"], "ben": ["canteen"], "reports": ["reporting"]}


class House(Struct, frozen=True):
    """A gateway whose people and applications are the provider's."""

    provider: Provider
    gateway: GatewayProgram
    session: aiohttp.ClientSession

    async def reads(self, path: str, token: str) -> int:
        """Return the status of a read."""
        headers = {"Authorization": f"Bearer {token}"}
        address = self.gateway.base_url + path
        async with self.session.get(address, headers=headers) as answer:
            return answer.status

    async def reports(self, scope: str = "act") -> str:
        """Return a token of the application that reads the books."""
        return await as_application(self.provider, "reports", "of-the-reports", scope)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    had(installed)
    folder = tmp_path_factory.mktemp("oidc")
    scopes = "act system:erp:read system:crm:read"
    async with (
        running(APPLICATIONS, GROUPS, scopes) as provider,
        sandbox_program(NORTHWIND, folder / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        (folder / "strata.toml").write_text(SETTINGS.format(url=provider.issuer))
        gateway = GatewayProgram(folder, NORTHWIND, address, {})
        try:
            await gateway.start()
            yield House(provider, gateway, session)
        finally:
            await gateway.stop()


async def test_an_application_reads_what_its_group_is_granted(house: House) -> None:
    """Its company's books; another company's are not there, another system is not its affair."""
    token = await house.reports()
    ours = await house.reads(f"{INVOICES}NWA-DE", token)
    others = await house.reads(f"{INVOICES}NWA-US", token)
    elsewhere = await house.reads("/system/crm/v2/clients", token)

    assert (ours, elsewhere) == (200, 403)
    assert others in {403, 404}


async def test_a_person_comes_by_code_and_has_the_role_of_her_group(house: House) -> None:
    """The same person who is nobody here without the group."""
    ana = await as_person(house.provider, "ana", "console", "act")
    ben = await as_person(house.provider, "ben", "console", "act")

    assert await house.reads(READINESS, ana) == 200
    assert await house.reads(READINESS, ben) == 403


async def test_a_token_is_cut_to_the_scope_that_was_asked_for(house: House) -> None:
    """Without one it may nothing, whatever its group holds."""
    named = await house.reports("system:erp:read")
    without = await house.reports("")
    other = await house.reports("system:crm:read")

    assert await house.reads(f"{INVOICES}NWA-DE", named) == 200
    assert await house.reads(f"{INVOICES}NWA-DE", without) == 403
    assert await house.reads(f"{INVOICES}NWA-DE", other) == 403


async def test_a_new_key_of_the_provider_is_known_with_its_first_token(house: House) -> None:
    """Nobody restarts the gateway, no call fails, and tokens of the old key stay good."""
    before = await house.reports()
    await house.provider.rotate()
    after = await house.reports()
    statuses = [await house.reads(f"{INVOICES}NWA-DE", token) for token in (after, before)]

    assert before.split(".")[0] != after.split(".")[0]
    assert statuses == [200, 200]


async def test_a_token_that_was_changed_or_is_another_gateways_is_refused(house: House) -> None:
    """A letter of the signature; and nothing but whole tokens of ours."""
    token = await house.reports()
    letter = "A" if token[-10] != "A" else "B"
    forged = f"{token[:-10]}{letter}{token[-9:]}"

    assert await house.reads(f"{INVOICES}NWA-DE", forged) == 401
    assert await house.reads(f"{INVOICES}NWA-DE", token[: token.rindex(".") + 1]) == 401


async def test_what_is_known_stays_good_while_the_provider_is_away(house: House) -> None:
    """The last test of the house: a provider that stops takes nobody's work away at once."""
    token = await house.reports()
    await house.provider.stop()

    assert await house.reads(f"{INVOICES}NWA-DE", token) == 200
    async with house.session.get(f"{house.gateway.base_url}/ready") as answer:
        assert answer.status == 200
