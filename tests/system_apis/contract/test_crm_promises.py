"""What every CRM connector promises, on the CRM of the Northwind firm."""

import pytest

from system_apis.canonical.party import ClientStatus
from system_apis.canonical.sales import Stage
from system_apis.crm.interface import Crm
from system_apis.errors import NotFound
from tests.system_apis.contract.walking import every


async def test_pages_lead_through_every_sale_once_in_order(crm: Crm) -> None:
    """Nothing is missed and nothing comes twice."""
    sales = await every(lambda cursor: crm.opportunities(cursor=cursor))

    assert [sale.number for sale in sales] == [f"OPP-{n}" for n in range(38, 43)]


async def test_a_sale_is_the_same_by_number_and_by_id(crm: Crm) -> None:
    """A won sale has its closing time, its amount, its client and its rates."""
    [sale] = (await crm.opportunities(number="OPP-38")).items
    client = await crm.client(sale.client_id)

    assert await crm.opportunity(sale.id) == sale
    assert sale.stage is Stage.CLOSED_WON
    assert sale.closed_won_at is not None
    assert (sale.amount.amount, sale.amount.currency) == ("80000.00", "USD")
    assert [each.rate.amount for each in sale.rates] == ["280", "210", "160"]
    assert (client.number, client.tax_id) == ("CL-1", "98-7654321")


async def test_a_client_says_who_it_is_and_where(crm: Crm) -> None:
    """A prospect may lack an address; an active client has one, and terms."""
    clients = await every(lambda cursor: crm.clients(cursor=cursor))
    active = [each for each in clients if each.status is ClientStatus.ACTIVE]

    assert {each.number for each in active} == {"CL-1", "CL-2", "CL-3", "CL-4"}
    assert all(each.billing_address and each.payment_terms_days for each in active)
    assert await crm.client(clients[-1].id) == clients[-1]
    assert (await crm.clients(number="CL-3")).items[0].legal_name == "Tulp Retail NV"


@pytest.mark.parametrize("number", ["OPP-38' OR Name != '", "\\", "'", "OPP-38\\' OR ''='"])
async def test_a_number_is_never_read_as_a_query(crm: Crm, number: str) -> None:
    """What a caller sends stays a value."""
    assert (await crm.opportunities(number=number)).items == []


async def test_a_project_is_taken_off_its_sale_again(crm: Crm) -> None:
    """The second time changes nothing."""
    [sale] = (await crm.opportunities(number="OPP-42")).items
    await crm.link_project(sale.id, "P-4201", key="k")
    linked = await crm.opportunity(sale.id)
    await crm.unlink_project(sale.id, key="u")
    once = await crm.opportunity(sale.id)
    await crm.unlink_project(sale.id, key="u")
    twice = await crm.opportunity(sale.id)

    assert once.version > linked.version
    assert twice == once


async def test_linking_a_project_twice_is_linking_it_once(crm: Crm) -> None:
    """The second time changes nothing, so the first version stays."""
    [sale] = (await crm.opportunities(number="OPP-42")).items
    await crm.link_project(sale.id, "P-4201", key="k")
    once = await crm.opportunity(sale.id)
    await crm.link_project(sale.id, "P-4201", key="k")
    twice = await crm.opportunity(sale.id)

    assert once.version > sale.version
    assert twice.version == once.version


async def test_the_change_feed_tells_of_each_link_after_what_was_seen(crm: Crm) -> None:
    """The last sequence number is where to go on; each change names its own record."""
    sales = [(await crm.opportunities(number=n)).items[0] for n in ("OPP-42", "OPP-38", "OPP-41")]
    seen = (await crm.changes(after=0)).items
    for sale in sales:
        await crm.link_project(sale.id, "P-1", key="k")
    fresh = (await crm.changes(after=seen[-1].sequence)).items

    assert [(each.record_type, each.id) for each in fresh] == [
        ("opportunity", sale.id) for sale in sales
    ]
    assert seen[-1].sequence < fresh[0].sequence < fresh[1].sequence < fresh[2].sequence


async def test_an_unknown_id_is_not_found(crm: Crm) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await crm.opportunity("opp_00000000000000000000000000")
    with pytest.raises(NotFound):
        await crm.client("cl_00000000000000000000000000")
