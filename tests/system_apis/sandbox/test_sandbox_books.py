"""The sandbox ERP keeps its books by its own rules, whatever a caller sends."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from system_apis.canonical.billing import InvoiceStatus
from system_apis.canonical.money import Rounding
from system_apis.errors import Refused
from tests.system_apis.sandbox.bills import Company, drafted, invoice_draft, prepared
from tests.system_apis.sandbox.house import House

US = Company(
    legal_entity="NWA-US",
    currency="USD",
    country="US",
    tax_category="E",
    tax_rate=Decimal(0),
)
DE = Company(
    legal_entity="NWA-DE",
    currency="EUR",
    country="DE",
    tax_category="S",
    tax_rate=Decimal("0.19"),
)
DAY = date(2026, 10, 31)


async def _posted(house: House, company: Company, key: str, on: date, mark: str) -> str:
    erp = house.erp()
    draft = await drafted(erp, company, key, on, mark=mark)
    return str((await erp.post_invoice(draft.id, key=f"post-{key}")).number)


async def test_each_company_numbers_its_invoices_without_a_gap(house: House) -> None:
    """Numbers go on from the last earlier invoice, each company for itself."""
    await prepared(house.erp(), US, "1")
    await prepared(house.erp(), DE, "2")
    numbers = [
        await _posted(house, US, "a", DAY, "1"),
        await _posted(house, DE, "b", DAY, "2"),
        await _posted(house, US, "c", DAY, "1"),
        await _posted(house, DE, "d", DAY, "2"),
    ]

    assert numbers == ["INV-US-0902", "INV-DE-1001", "INV-US-0903", "INV-DE-1002"]


async def test_a_void_or_refused_draft_takes_no_number(house: House) -> None:
    """Numbers are given at posting, so drafts leave no gap."""
    erp = house.erp()
    await prepared(erp, US)
    void = await drafted(erp, US, "void", DAY)
    await erp.void_invoice(void.id, key="v")
    with pytest.raises(Refused) as told:
        await erp.post_invoice(void.id, key="p")

    assert told.value.code == "VOID"
    assert await _posted(house, US, "next", DAY, "900") == "INV-US-0902"


async def test_a_closed_month_takes_no_invoice_until_it_is_opened(house: House) -> None:
    """The period is the company's and the month's own."""
    erp = house.erp()
    await prepared(erp, US)
    closing = {"instance": "erp-a", "legal_entity": "NWA-US", "month": "2026-10-01"}
    await house.set("periods", {**closing, "open": False})
    draft = await drafted(erp, US, "a", DAY)
    with pytest.raises(Refused) as told:
        await erp.post_invoice(draft.id, key="p")
    shut = await erp.fiscal_period(legal_entity="NWA-US", on=DAY)
    other = await erp.fiscal_period(legal_entity="NWA-DE", on=DAY)
    await house.set("periods", {**closing, "open": True})

    assert told.value.code == "PERIOD_CLOSED"
    assert shut is not None
    assert not shut.is_open
    assert other is not None
    assert other.is_open
    assert (await erp.post_invoice(draft.id, key="p")).status is InvoiceStatus.POSTED


@pytest.mark.parametrize(
    ("rounding", "net"), [(Rounding.HALF_UP, "515.63"), (Rounding.HALF_EVEN, "515.62")]
)
async def test_the_erp_computes_its_own_totals_and_ignores_those_it_is_sent(
    house: House, rounding: Rounding, net: str
) -> None:
    """A caller that rounds another way is not believed."""
    erp = house.erp(rounding=rounding)
    await prepared(erp, US)
    draft = invoice_draft(US, erp, DAY, ("2.75", "187.50"))
    made = await erp.create_invoice(draft, key="a")

    assert draft.net.amount == net
    assert made.net.amount == "515.63"  # erp-a rounds half-up, whatever we declare


async def test_lines_are_rounded_before_they_are_summed(house: House) -> None:
    """Three lines of 0.35 h x 99.99 make 105.00, and the tax follows the sum."""
    erp = house.erp()
    await prepared(erp, DE)
    made = await drafted(erp, DE, "a", DAY, *[("0.35", "99.99")] * 3)

    assert (made.net.amount, made.tax.amount, made.gross.amount) == ("105.00", "19.95", "124.95")


async def test_totals_in_the_body_of_a_request_change_nothing(house: House) -> None:
    """The ERP looks at quantity and price alone."""
    await prepared(house.erp(), US)
    wish = {
        "externalId": "raw",
        "subsidiary": "NWA-US",
        "entity": "CL-900",
        "job": "P-900",
        "currency": "USD",
        "tranDate": "2026-10-31",
        "dueDate": "2026-11-30",
        "taxCode": "E",
        "taxRate": "0",
        "total": "1.00",
        "items": [
            {"kind": "time", "description": "d", "quantity": "2", "rate": "10", "amount": "99"}
        ],
    }
    url = f"{house.address.of('erp-a')}/record/v1/invoice"
    async with house.session.post(url, data=msgspec.json.encode(wish)) as reply:
        assert reply.status == 201
    made = await house.erp().invoice_by_key("raw")

    assert made is not None
    assert made.gross.amount == "20.00"


async def test_a_client_of_the_fixture_is_found_by_its_tax_id(house: House) -> None:
    """The ERP knows clients by numbers of its own."""
    [client] = (await house.erp().clients(tax_id="98-7654321")).items
    others = {each.number: each for each in (await house.erp("erp-b").clients()).items}

    assert (client.number, client.legal_name) == ("CUST-1001", "Contoso Health Inc.")
    assert others["C-77"].legal_name == "BRITANNIA RAIL LTD"
    assert others["C-81"].tax_id is None


async def test_what_is_answered_is_on_disk_for_another_reader(house: House) -> None:
    """The independent truth has every effect with its key, number and state."""
    await prepared(house.erp(), US)
    before = await house.ask("digest")
    number = await _posted(house, US, "a", DAY, "900")
    [row] = [r for r in await house.truth("erp-a", "invoice") if r.external_id == "a"]

    assert (row.tran_id, row.status) == (number, "Open")
    assert await house.ask("digest") != before
