"""Invoices are posted by company in the order of their dates, since numbers follow dates."""

from datetime import date
from pathlib import Path

from msgspec.structs import replace

from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from tests.process_apis.billing_facts import entry
from tests.process_apis.ledger_house import LedgerHouse, ledger_house


async def _on_the_way(house: LedgerHouse, sequence: int, on: date, company: str) -> ClientInvoice:
    house.entries.append(entry("8", number=sequence))
    billed = await house.bill(sequence)
    assert billed is not None
    draft = replace(billed.draft, issue_date=on, due_date=on, legal_entity=company)
    sent = replace(billed, draft=draft, stage=InvoiceStage.POSTING)
    return await house.billing.moved(sent, seen=billed)


async def test_an_invoice_waits_for_one_that_is_dated_before_it(tmp_path: Path) -> None:
    """Of two approved together the later one is posted second; the first waits for nobody."""
    async with ledger_house(tmp_path, None) as house:
        december = await _on_the_way(house, 1, date(2026, 12, 1), "HAL-UK")
        november = await _on_the_way(house, 2, date(2026, 11, 1), "HAL-UK")
        waits = await house.billing.on_the_way_before(december)
        goes = await house.billing.on_the_way_before(november)
        posted = replace(november, stage=InvoiceStage.POSTED)
        await house.billing.moved(posted, seen=november)
        then = await house.billing.on_the_way_before(december)

    assert (waits, goes, then) == (november.id, None, None)


async def test_companies_and_equal_dates_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each company numbers its own invoices; of one day any may be the first."""
    async with ledger_house(tmp_path, None) as house:
        ours = await _on_the_way(house, 1, date(2026, 12, 1), "HAL-UK")
        await _on_the_way(house, 2, date(2026, 11, 1), "NWA-US")
        await _on_the_way(house, 3, date(2026, 12, 1), "HAL-UK")
        waits = await house.billing.on_the_way_before(ours)

    assert waits is None
