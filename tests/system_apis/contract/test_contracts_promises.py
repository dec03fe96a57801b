"""What every contract connector promises, on the contracts of the Northwind firm."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.rates import Work, contract_card, resolve_rate
from system_apis.canonical.revenue import RevenueMethod
from system_apis.contracts.interface import Contracts
from system_apis.errors import NotFound
from tests.system_apis.contract.walking import every


async def test_pages_lead_through_every_contract_once_in_order(contracts: Contracts) -> None:
    """Those that begin later are contracts too."""
    found = await every(lambda cursor: contracts.contracts(cursor=cursor))

    assert [each.number for each in found] == [
        "CT-1001",
        "CT-2001",
        "CT-2002",
        "CT-3001",
        "CT-4201",
    ]
    assert [each.billing_model for each in found] == [
        BillingModel.TIME_AND_MATERIALS,
        BillingModel.FIXED_FEE,
        BillingModel.RETAINER,
        BillingModel.SUBSCRIPTION,
        BillingModel.TIME_AND_MATERIALS,
    ]


async def test_a_contract_is_the_same_by_number_by_sale_and_by_id(contracts: Contracts) -> None:
    """All ways lead to the same terms."""
    [contract] = (await contracts.contracts(number="CT-4201")).items

    assert (await contracts.contracts(opportunity_number="OPP-42")).items == [contract]
    assert await contracts.contract(contract.id) == contract


async def test_a_contract_says_all_its_terms(contracts: Contracts) -> None:
    """Prices, cap, order, tax, days to pay, and who runs the project."""
    [contract] = (await contracts.contracts(number="CT-1001")).items
    cap = contract.nte_cap
    tax = contract.tax

    assert cap is not None
    assert (cap.amount, cap.currency) == ("80000.00", "USD")
    assert {each.role: each.rate.amount for each in contract.rates} == {
        "Principal": "280",
        "Senior Consultant": "210",
        "Consultant US": "160",
    }
    assert contract.purchase_order_required
    assert contract.expenses_billable
    assert contract.payment_terms_days == 30
    assert tax is not None
    assert (tax.category, tax.rate) == ("E", Decimal(0))
    assert (contract.project_number, contract.project_manager) == ("P-1001", "U-PM1")
    assert (contract.effective_from, contract.effective_to) == (
        date(2026, 9, 1),
        date(2027, 3, 31),
    )


async def test_a_contract_names_its_method_of_revenue_or_none(contracts: Contracts) -> None:
    """A fixed price does; of the others it follows from how they are billed."""
    found = await every(lambda cursor: contracts.contracts(cursor=cursor))
    named = {each.number: each.revenue_method for each in found if each.revenue_method}

    assert named == {"CT-2001": RevenueMethod.INPUT_COST}


async def test_a_contracts_own_rates_are_the_card_that_wins(contracts: Contracts) -> None:
    """From its first day to its last, in its currency."""
    [contract] = (await contracts.contracts(number="CT-1001")).items
    work = [
        Work(role=role, work_date=day, currency="USD")
        for role, day in (
            ("Principal", contract.effective_from),
            ("Principal", contract.effective_to),
            ("Principal", contract.effective_to + timedelta(days=1)),
            ("Partner", contract.effective_from),
        )
    ]
    found = [resolve_rate(each, (contract_card(contract),)) for each in work]

    assert [each.rate.amount if each else None for each in found] == ["280", "280", None, None]


async def test_contracts_of_one_client_name_the_same_client(contracts: Contracts) -> None:
    """The client is a record of the contract system too."""
    found = {
        each.number: each.client_id
        for each in await every(lambda cursor: contracts.contracts(cursor=cursor))
    }

    assert found["CT-1001"] == found["CT-4201"]
    assert found["CT-1001"] != found["CT-2001"]


async def test_the_change_feed_ends(contracts: Contracts) -> None:
    """After the last sequence number there is nothing more."""
    seen = (await contracts.changes(after=0)).items

    assert {each.record_type for each in seen} == {
        "contract",
        "document",
        "service_level_report",
    }
    assert [each.sequence for each in seen] == sorted({each.sequence for each in seen})
    assert (await contracts.changes(after=seen[-1].sequence)).items == []


async def test_an_unknown_id_is_not_found(contracts: Contracts) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await contracts.contract("ct_00000000000000000000000000")
