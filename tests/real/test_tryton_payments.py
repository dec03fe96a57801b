"""Payments in a real ERP."""

from datetime import UTC, datetime

import pytest

from system_apis.canonical.billing import (
    Invoice,
    InvoiceStatus,
    PaymentApplication,
)
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.real.tryton.drafts import american_invoice, engagement, german_invoice, money_in
from tests.real.tryton.server import Tryton

pytestmark = pytest.mark.real


async def _posted(erp: Erp, name: str) -> Invoice:
    await engagement(erp, name)
    draft = await erp.create_invoice(german_invoice(name, ("10", "100")), key=f"invoice:{name}")
    return await erp.post_invoice(draft.id, key=f"post:{name}")


async def test_money_comes_in_by_parts_until_an_invoice_is_paid(erp: Erp) -> None:
    """A part leaves the rest owed; the rest pays the invoice."""
    invoice = await _posted(erp, "PARTS")
    part = await erp.record_payment(money_in(invoice, "400", "BANK-1"), key="pay:part")
    between = await erp.invoice(invoice.id)
    rest = await erp.record_payment(money_in(invoice, "790", "BANK-2"), key="pay:rest")
    after = await erp.invoice(invoice.id)

    assert (between.status, between.paid) == (
        InvoiceStatus.PARTIALLY_PAID,
        Money.of("400", "EUR"),
    )
    assert (after.status, after.paid) == (InvoiceStatus.PAID, after.gross)
    assert (await erp.payments(invoice_number=invoice.number)).items == [part, rest]
    assert [(each.applications, each.unapplied) for each in (part, rest)] == [
        ((PaymentApplication(str(invoice.number), Money.of(amount, "EUR")),), Money.zero("EUR"))
        for amount in ("400", "790")
    ]


async def test_a_payment_booked_twice_by_one_key_is_one_payment(erp: Erp) -> None:
    """Repeating a payment answers with the one in the books, wherever it is read."""
    invoice = await _posted(erp, "REPEATED")
    draft = money_in(invoice, "100", "BANK-100 %_")
    first = await erp.record_payment(draft, key="pay:10%_1")
    again = await erp.record_payment(draft, key="pay:10%_1")

    assert first == again
    assert await erp.payment(first.id) == first
    assert await erp.payment_by_key("pay:10%_1") == first
    assert await erp.payment_by_key("pay:10__1") is None
    assert first.reference == "BANK-100 %_"
    assert (await erp.invoice(invoice.id)).paid == Money.of("100", "EUR")


async def test_an_invoice_in_another_currency_is_paid_in_that_currency(erp: Erp) -> None:
    """The American company's invoice in euros has totals and payments in euros."""
    await engagement(erp, "EUROS", "NWA-US")
    draft = american_invoice("EUROS", ("10", "99.99"), currency="EUR")
    made = await erp.create_invoice(draft, key="invoice:euros")
    invoice = await erp.post_invoice(made.id, key="post:euros")
    payment = await erp.record_payment(money_in(invoice, "999.90", "BANK-8"), key="pay:euros")

    assert invoice.gross == Money("999.90", "EUR")
    assert payment.amount == Money("999.90", "EUR")
    assert (await erp.invoice(invoice.id)).status is InvoiceStatus.PAID


async def test_more_than_is_owed_is_refused(erp: Erp) -> None:
    """An over-payment is for a person to place, and leaves the books as they were."""
    invoice = await _posted(erp, "OVER")

    with pytest.raises(Refused) as refused:
        await erp.record_payment(money_in(invoice, "1190.01", "BANK-3"), key="pay:over")

    assert refused.value.code == "OVERPAYMENT"
    assert await erp.invoice(invoice.id) == invoice


async def test_money_for_an_unknown_invoice_is_not_found(erp: Erp) -> None:
    """A payment names an invoice of the books."""
    invoice = await _posted(erp, "UNKNOWN")
    draft = money_in(invoice, "1", "BANK-4")
    other = type(draft)(
        legal_entity="NWA-US",
        invoice_number=draft.invoice_number,
        date=draft.date,
        amount=draft.amount,
        reference=draft.reference,
    )

    with pytest.raises(NotFound):
        await erp.record_payment(other, key="pay:unknown")


async def test_a_session_that_ran_out_is_begun_anew(own_erp: Erp, own_tryton: Tryton) -> None:
    """A payment a day later, when Tryton has forgotten our session, is booked all the same."""
    invoice = await _posted(own_erp, "LATER")
    await own_erp.record_payment(money_in(invoice, "400", "BANK-6"), key="pay:today")
    assert own_tryton.time
    own_tryton.time.set(datetime(2026, 11, 2, 9, tzinfo=UTC))

    await own_erp.record_payment(money_in(invoice, "790", "BANK-7"), key="pay:later")

    assert (await own_erp.invoice(invoice.id)).status is InvoiceStatus.PAID
