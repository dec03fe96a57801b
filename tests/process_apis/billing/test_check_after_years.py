"""What a check asks the ledger stays the same, however often its contract was billed before."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import acting_as
from process_apis.project_to_cash.invoicing.down_payments import deposit_source
from process_apis.project_to_cash.records import (
    Allocation,
    BillingEvent,
    EventStatus,
    SourceType,
)
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money, Price
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.ledger_house import CALLER
from tests.process_apis.owing_facts import posted
from tests.stores import empty_store

A_FEW, YEARS = 3, 40


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty ledger that writes down what it is asked."""
    store = empty_store(tmp_path / "strata.sqlite")
    yield Asked(store)
    store.close()


async def test_a_check_reads_as_many_records_after_years_as_after_months(asked: Asked) -> None:
    """Every month was billed; only what reaches into the new one's period is read."""
    after_months = await _checked_after(asked, range(1, A_FEW))
    after_years = await _checked_after(asked, range(A_FEW, YEARS))

    assert after_years == after_months


async def test_what_the_books_have_is_asked_by_its_reference(asked: Asked) -> None:
    """Whether an invoice that is not noted yet is ours is told without reading all of ours."""
    for number in range(1, A_FEW):
        await _bill(asked, number)
    asked.queries.clear()
    ours = await asked.billing.invoices(entities=frozenset({"US"}), references=["INV:2"])
    others = await asked.billing.invoices(entities=frozenset({"US"}), references=["INV:9"])

    assert [each.reference for each in ours] == ["INV:2"]
    assert others == []
    assert await asked.records() == 1


async def _checked_after(asked: Asked, numbers: range) -> int:
    """Bill some more months, and return how many records the check of the last one reads."""
    for number in numbers:
        newest = await _bill(asked, number)
    asked.queries.clear()
    sources = [_source(newest).source_id]
    await asked.billing.so_far.before(newest, CapScope.FEES, covered=date(2020, 1, 31))
    await asked.billing.so_far.claims(newest)
    await asked.billing.so_far.held(contract_number=newest.contract_number)
    await asked.billing.so_far.sources(sources)
    await asked.billing.so_far.adopted_sources(sources)
    await asked.billing.so_far.invoices_of(deposit_source(newest.contract_id))
    return await asked.records()


async def _bill(asked: Asked, number: int) -> BillingEvent:
    """Bill a period of thirty days, each after the one before."""
    start = date(2020, 1, 1) + timedelta(days=30 * number)
    event = replace(
        billing_event(),
        id=id_of("be", number),
        status=EventStatus.INVOICED,
        period_start=start,
        period_end=start + timedelta(days=29),
    )
    invoice = replace(
        posted(f"I-{number}", "100"), billing_event_id=event.id, reference=f"INV:{number}"
    )
    with acting_as(CALLER):
        await asked.billing.plan([event])
        await asked.billing.draft(invoice, event.contract_number, [[_source(event)]])
    return event


def _source(event: BillingEvent) -> Allocation:
    return Allocation(
        source_type=SourceType.TIME_ENTRY,
        source_id=f"te_of_{event.id}",
        sign=1,
        quantity=Decimal(1),
        approved=Decimal(1),
        unit_rate=Price("100", "USD"),
        amount=Money.of("100", "USD"),
    )
