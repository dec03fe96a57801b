"""Credit notes in a real ERP, read back from its own books by somebody who knows no gateway."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.billing import Invoice, InvoiceStatus
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money, Rounding
from system_apis.erp.interface import Erp
from tests.real.tryton.clerk import Booked, Clerk
from tests.real.tryton.drafts import TODAY, engagement, german_invoice, hours, money_in

pytestmark = pytest.mark.real


async def _posted(erp: Erp, name: str) -> Invoice:
    await engagement(erp, name)
    draft = await erp.create_invoice(german_invoice(name, ("10", "100")), key=f"invoice:{name}")
    return await erp.post_invoice(draft.id, key=f"post:{name}")


def _credit(invoice: Invoice, *rows: tuple[str, str]) -> CreditNoteDraft:
    """Return the credit of some hours, with 19 % tax of the exact sum."""
    lines = tuple(hours(*each, "EUR") for each in rows)
    net = Money.total((each.net for each in lines), "EUR")
    exact = sum((each.quantity * each.unit_price.value for each in lines), Decimal(0))
    tax = Money.of(exact * Decimal("0.19"), "EUR", Rounding.HALF_EVEN)
    return CreditNoteDraft(
        legal_entity=invoice.legal_entity,
        client_number=invoice.client_number,
        project_number=invoice.project_number or "",
        invoice_number=invoice.number or "",
        reason="hours recorded twice",
        currency="EUR",
        issue_date=TODAY,
        tax_category="S",
        tax_rate=Decimal("0.19"),
        lines=lines,
        net=net,
        tax=tax,
        gross=net + tax,
    )


async def test_the_books_hold_the_credit_with_a_number_of_its_own(erp: Erp, clerk: Clerk) -> None:
    """Tryton's totals are ours below nothing, half-cents included, and less is owed."""
    invoice = await _posted(erp, "CREDIT")
    wish = _credit(invoice, ("2", "100"), ("2.75", "33.334"))
    draft = await erp.create_credit_note(wish, key="credit:CREDIT")
    posted = await erp.post_credit_note(draft.id, key="post:credit:CREDIT")

    assert clerk.invoices("credit:CREDIT") == [
        Booked(posted.number, "posted", -wish.net.value, -wish.tax.value, -wish.gross.value)
    ]
    assert posted.number != invoice.number
    assert clerk.owed("invoice:CREDIT") == (invoice.gross - wish.gross).value
    assert clerk.revenue_of("P-CREDIT") == (invoice.net - wish.net).value


async def test_a_credit_and_the_rest_of_the_money_settle_each_other(erp: Erp, clerk: Clerk) -> None:
    """After the client pays the rest, both documents are paid in Tryton."""
    invoice = await _posted(erp, "REST")
    wish = _credit(invoice, ("2", "100"))
    draft = await erp.create_credit_note(wish, key="credit:REST")
    await erp.post_credit_note(draft.id, key="post:credit:REST")
    rest = str((invoice.gross - wish.gross).value)
    await erp.record_payment(money_in(invoice, rest, "BANK-R"), key="pay:REST")

    states = [clerk.invoices(each)[0].state for each in ("invoice:REST", "credit:REST")]
    assert states == ["paid", "paid"]
    assert clerk.owed("invoice:REST") == Decimal(0)


async def test_a_credit_after_the_rest_of_the_money_settles_both(erp: Erp, clerk: Clerk) -> None:
    """In whichever order they come, and though its posting is asked for again."""
    invoice = await _posted(erp, "LAST")
    wish = _credit(invoice, ("2", "100"))
    rest = str((invoice.gross - wish.gross).value)
    await erp.record_payment(money_in(invoice, rest, "BANK-L"), key="pay:LAST")
    draft = await erp.create_credit_note(wish, key="credit:LAST")
    posted = await erp.post_credit_note(draft.id, key="post:credit:LAST")
    again = await erp.post_credit_note(draft.id, key="post:credit:LAST")

    states = [clerk.invoices(each)[0].state for each in ("invoice:LAST", "credit:LAST")]
    assert states == ["paid", "paid"]
    assert (posted.applied, again) == (wish.gross, posted)
    assert (await erp.invoice(invoice.id)).status is InvoiceStatus.PAID


async def test_a_credit_of_yesterday_is_posted_today(own_erp: Erp) -> None:
    """Its day is that of what it corrects, however long its approval took."""
    yesterday = TODAY - timedelta(days=1)
    await engagement(own_erp, "DATED")
    early = german_invoice("DATED", ("10", "100"), issued=yesterday)
    draft = await own_erp.create_invoice(early, key="invoice:DATED")
    invoice = await own_erp.post_invoice(draft.id, key="post:DATED")
    wish = replace(_credit(invoice, ("2", "100")), issue_date=yesterday)
    note = await own_erp.create_credit_note(wish, key="credit:DATED")
    posted = await own_erp.post_credit_note(note.id, key="post:credit:DATED")

    assert (posted.issue_date, posted.applied) == (yesterday, wish.gross)


async def test_a_credit_asked_for_twice_is_in_the_books_once(erp: Erp, clerk: Clerk) -> None:
    """The same key answers with the one that is there, before and after it is posted."""
    invoice = await _posted(erp, "CREDITED-ONCE")
    wish = _credit(invoice, ("1", "100"))
    first = await erp.create_credit_note(wish, key="credit:CREDITED-ONCE")
    again = await erp.create_credit_note(wish, key="credit:CREDITED-ONCE")
    await erp.post_credit_note(first.id, key="post:credit:CREDITED-ONCE")
    late = await erp.create_credit_note(wish, key="credit:CREDITED-ONCE")

    assert first.id == again.id == late.id
    assert len(clerk.invoices("credit:CREDITED-ONCE")) == 1
    assert clerk.owed("invoice:CREDITED-ONCE") == (invoice.gross - wish.gross).value
