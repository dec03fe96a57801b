"""Periods, dates and the order of numbers in a real ERP; each story has books of its own."""

from datetime import UTC, date, datetime

import pytest

from system_apis.canonical.billing import FiscalPeriod
from system_apis.erp.interface import Erp
from system_apis.errors import Refused
from tests.real.tryton.clerk import clerk_at
from tests.real.tryton.drafts import engagement, german_invoice
from tests.real.tryton.server import Tryton

pytestmark = pytest.mark.real


async def test_nothing_is_posted_into_a_closed_period(own_erp: Erp, own_tryton: Tryton) -> None:
    """A closed month is read as closed, and refuses an invoice with `PERIOD_CLOSED`."""
    await engagement(own_erp, "SHUT")
    september = date(2026, 9, 30)
    draft = german_invoice("SHUT", ("1", "100"), issued=september)
    invoice = await own_erp.create_invoice(draft, key="invoice:shut")
    with clerk_at(own_tryton) as clerk:
        clerk.close_period("NWA-DE", september)

    with pytest.raises(Refused) as refused:
        await own_erp.post_invoice(invoice.id, key="post:shut")

    assert refused.value.code == "PERIOD_CLOSED"
    assert (await own_erp.invoice(invoice.id)).number is None
    period = await own_erp.fiscal_period(legal_entity="NWA-DE", on=september)
    assert period == FiscalPeriod("NWA-DE", date(2026, 9, 1), september, is_open=False)


async def test_numbers_follow_the_order_of_dates(own_erp: Erp) -> None:
    """After an invoice of the 31st has its number, one of the 30th is refused."""
    await engagement(own_erp, "ORDER")
    late = german_invoice("ORDER", ("1", "100"))
    early = german_invoice("ORDER", ("2", "100"), issued=date(2026, 10, 30))
    last = await own_erp.create_invoice(late, key="invoice:late")
    first = await own_erp.create_invoice(early, key="invoice:early")
    await own_erp.post_invoice(last.id, key="post:late")

    with pytest.raises(Refused) as refused:
        await own_erp.post_invoice(first.id, key="post:early")

    assert refused.value.code == "NUMBER_ORDER"
    assert (await own_erp.invoice(first.id)).number is None


async def test_the_books_have_no_period_before_their_first_year(own_erp: Erp) -> None:
    """A date that no fiscal year covers has no period."""
    assert await own_erp.fiscal_period(legal_entity="NWA-US", on=date(2025, 12, 31)) is None


async def test_the_servers_time_is_the_business_time_and_can_be_moved(
    own_erp: Erp, own_tryton: Tryton
) -> None:
    """An invoice of tomorrow is refused today, and posted when the business time has come."""
    await engagement(own_erp, "FUTURE")
    draft = german_invoice("FUTURE", ("1", "100"), issued=date(2026, 11, 1))
    invoice = await own_erp.create_invoice(draft, key="invoice:future")
    with pytest.raises(Refused):
        await own_erp.post_invoice(invoice.id, key="post:future")
    assert own_tryton.time
    own_tryton.time.set(datetime(2026, 11, 1, 9, tzinfo=UTC))

    posted = await own_erp.post_invoice(invoice.id, key="post:future")

    assert posted.number
    assert posted.source.updated_at
    assert posted.source.updated_at.date() == date(2026, 11, 1)
