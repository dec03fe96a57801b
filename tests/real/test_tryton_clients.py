"""Clients in a real ERP."""

import asyncio

import pytest

from system_apis.canonical.party import ClientDraft
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.real.tryton.clerk import Clerk
from tests.real.tryton.drafts import american_client, german_client

pytestmark = pytest.mark.real


async def test_a_client_created_twice_by_one_key_is_one_party(erp: Erp, clerk: Clerk) -> None:
    """Repeating the creation of a client answers with the party that is there."""
    first = await erp.create_client(german_client("CL-TWICE"), key="client:twice")
    again = await erp.create_client(german_client("CL-TWICE"), key="client:twice")

    assert first == again
    assert clerk.party_codes("CL-TWICE") == ["CL-TWICE"]


async def test_four_creations_of_one_client_at_once_are_one_party(erp: Erp, clerk: Clerk) -> None:
    """Whoever loses the race for a number finds the party of the one who won it."""
    draft = german_client("CL-RACE")
    made = await asyncio.gather(*(erp.create_client(draft, key="client:race") for _ in range(4)))

    assert len({client.id for client in made}) == 1
    assert clerk.party_codes("CL-RACE") == ["CL-RACE"]


async def test_a_client_keeps_what_was_written_of_it(erp: Erp) -> None:
    """Name, tax id, site, address with region, and payment terms come back as they were."""
    draft = american_client("CL-WHOLE")
    client = await erp.create_client(draft, key="client:whole")

    read = await erp.client(client.id)
    assert read == client
    assert (
        ClientDraft(
            number=read.number,
            legal_name=read.legal_name,
            country=read.country,
            tax_id=read.tax_id,
            domain=read.domain,
            billing_address=read.billing_address or draft.billing_address,
            payment_terms_days=read.payment_terms_days or 0,
        )
        == draft
    )
    assert read.billing_address


async def test_a_client_is_found_by_its_number_and_by_its_tax_id(erp: Erp) -> None:
    """The books are searched by number and by tax id."""
    client = await erp.create_client(american_client("CL-FOUND"), key="client:found")

    assert (await erp.clients(number="CL-FOUND")).items == [client]
    assert client in (await erp.clients(tax_id="98-7654321")).items
    assert client in (await erp.clients(tax_id="987654321")).items
    assert client not in (await erp.clients(tax_id="98-7654322")).items


async def test_the_firms_own_companies_are_no_clients(erp: Erp) -> None:
    """A company of the firm has a party in the books, and is not listed among the clients."""
    assert (await erp.clients(number="NWA-DE")).items == []


async def test_a_number_that_another_client_has_is_refused(erp: Erp) -> None:
    """A client is never merged into another because their numbers are the same."""
    await erp.create_client(german_client("CL-TAKEN"), key="client:taken")

    with pytest.raises(Refused) as refused:
        await erp.create_client(american_client("CL-TAKEN"), key="client:another")

    assert refused.value.code == "NUMBER_TAKEN"


async def test_an_unknown_client_is_not_found(erp: Erp) -> None:
    """An id that the books never had is `NotFound`, and a key is nothing."""
    with pytest.raises(NotFound):
        await erp.client("cl_00000000000000000000000000")

    assert await erp.client_by_key("client:never") is None
