"""What every ERP connector promises of credit notes, on any ERP that has the company NWA-DE."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.billing import Invoice, InvoiceStatus, PaymentDraft
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.system_apis.contract.walking import every
from tests.system_apis.sandbox.bills import Company, credit_draft, drafted, prepared

DE = Company(
    legal_entity="NWA-DE",
    currency="EUR",
    country="DE",
    tax_category="S",
    tax_rate=Decimal("0.19"),
)
DAY = date(2026, 10, 31)


async def _posted(erp: Erp, mark: str) -> Invoice:
    await prepared(erp, DE, mark)
    draft = await drafted(erp, DE, f"{mark}-a", DAY, ("10", "100"), mark=mark)
    return await erp.post_invoice(draft.id, key=f"{mark}-post")


def _credit(erp: Erp, invoice: Invoice, *rows: tuple[str, str], on: date = DAY) -> CreditNoteDraft:
    return credit_draft(DE, erp, invoice, on, *rows)


async def test_a_credit_note_takes_off_what_is_owed_once_it_is_posted(erp: Erp, mark: str) -> None:
    """As a draft it changes nothing; posted it has a number, and again it is the same one."""
    invoice = await _posted(erp, mark)  # 1,190.00
    wish = _credit(erp, invoice, ("2", "100"))
    draft = await erp.create_credit_note(wish, key=f"{mark}-c")
    before = await erp.invoice(invoice.id)
    posted = await erp.post_credit_note(draft.id, key=f"{mark}-p")
    again = await erp.post_credit_note(draft.id, key=f"{mark}-p")
    after = await erp.invoice(invoice.id)

    assert (draft.status, draft.number, draft.reference) == (
        InvoiceStatus.DRAFT,
        None,
        f"{mark}-c",
    )
    assert (posted.status, posted.invoice_number) == (InvoiceStatus.POSTED, invoice.number)
    assert (posted.net, posted.tax, posted.gross) == (wish.net, wish.tax, wish.gross)
    assert posted.applied == wish.gross
    assert posted.number not in {None, invoice.number}
    assert again == posted
    assert before == invoice
    assert (after.credited, after.paid) == (wish.gross, Money.zero("EUR"))
    assert after.gross == invoice.gross


async def test_a_credit_takes_off_what_its_lines_come_to(erp: Erp, mark: str) -> None:
    """What a cap took off the work goes back with the work: hours less a lump."""
    invoice = await _posted(erp, mark)
    wish = _credit(erp, invoice, ("8", "100"), ("1", "-350.55"))
    draft = await erp.create_credit_note(wish, key=f"{mark}-c")
    posted = await erp.post_credit_note(draft.id, key=f"{mark}-p")

    assert wish.net == Money("449.45", "EUR")
    assert (posted.net, posted.tax, posted.gross) == (wish.net, wish.tax, wish.gross)
    assert (await erp.invoice(invoice.id)).credited == wish.gross


async def test_credit_notes_are_no_invoices(erp: Erp, mark: str) -> None:
    """Each is found among its own kind, by id, key, number and invoice."""
    invoice = await _posted(erp, mark)
    draft = await erp.create_credit_note(_credit(erp, invoice, ("1", "100")), key=f"{mark}-c")
    posted = await erp.post_credit_note(draft.id, key=f"{mark}-p")
    invoices = await every(lambda cursor: erp.invoices(legal_entity="NWA-DE", cursor=cursor))

    assert await erp.credit_note(posted.id) == posted
    assert await erp.credit_note_by_key(f"{mark}-c") == posted
    assert await erp.credit_note_by_key(f"{mark}-a") is None
    assert await erp.invoice_by_key(f"{mark}-c") is None
    assert (await erp.credit_notes(number=posted.number)).items == [posted]
    assert (await erp.credit_notes(invoice_number=invoice.number)).items == [posted]
    assert posted.number not in {each.number for each in invoices}


async def test_no_more_is_credited_than_was_invoiced(erp: Erp, mark: str) -> None:
    """What is left of the invoice is the most that the next credit note may take."""
    invoice = await _posted(erp, mark)
    most = await erp.create_credit_note(_credit(erp, invoice, ("9", "100")), key=f"{mark}-1")
    more = await erp.create_credit_note(_credit(erp, invoice, ("2", "100")), key=f"{mark}-2")
    await erp.post_credit_note(most.id, key=f"{mark}-p1")
    with pytest.raises(Refused) as told:
        await erp.post_credit_note(more.id, key=f"{mark}-p2")

    assert told.value.code == "CREDIT_EXCEEDS_INVOICE"
    assert (await erp.invoice(invoice.id)).credited == most.gross


async def test_the_rest_after_a_credit_pays_the_invoice(erp: Erp, mark: str) -> None:
    """Paid and credited together settle it; a payment beyond the rest is refused."""
    invoice = await _posted(erp, mark)  # 1,190.00
    draft = await erp.create_credit_note(_credit(erp, invoice, ("2", "100")), key=f"{mark}-c")
    await erp.post_credit_note(draft.id, key=f"{mark}-p")  # 238.00
    rest = PaymentDraft(
        legal_entity="NWA-DE",
        invoice_number=str(invoice.number),
        date=DAY,
        amount=Money("952.00", "EUR"),
        reference="bank",
    )
    with pytest.raises(Refused):
        await erp.record_payment(_more(rest), key=f"{mark}-more")
    await erp.record_payment(rest, key=f"{mark}-rest")
    settled = await erp.invoice(invoice.id)

    assert settled.is_settled
    assert settled.status is InvoiceStatus.PAID
    assert (settled.paid.amount, settled.credited) == ("952.00", draft.gross)


def _more(rest: PaymentDraft) -> PaymentDraft:
    return PaymentDraft(
        legal_entity=rest.legal_entity,
        invoice_number=rest.invoice_number,
        date=rest.date,
        amount=Money("952.01", "EUR"),
        reference=rest.reference,
    )


async def test_a_credit_note_names_an_invoice_of_the_books(erp: Erp, mark: str) -> None:
    """Without one there is nothing to correct."""
    invoice = await _posted(erp, mark)
    wish = replace(_credit(erp, invoice, ("1", "100")), invoice_number="INV-none")
    with pytest.raises((Refused, NotFound)):
        await erp.create_credit_note(wish, key=f"{mark}-c")

    assert await erp.credit_note_by_key(f"{mark}-c") is None


async def test_credit_notes_are_numbered_by_their_own_dates(erp: Erp, mark: str) -> None:
    """An earlier day than that of the last credit note is refused."""
    invoice = await _posted(erp, mark)
    first = await erp.create_credit_note(_credit(erp, invoice, ("1", "100")), key=f"{mark}-1")
    await erp.post_credit_note(first.id, key=f"{mark}-p1")
    early = await erp.create_credit_note(
        _credit(erp, invoice, ("1", "100"), on=DAY - timedelta(days=1)), key=f"{mark}-2"
    )
    with pytest.raises(Refused) as told:
        await erp.post_credit_note(early.id, key=f"{mark}-p2")

    assert told.value.code == "NUMBER_ORDER"


async def test_a_posted_credit_note_is_in_the_change_feed(erp: Erp, mark: str) -> None:
    """Under a name of its own, and not as an invoice."""
    invoice = await _posted(erp, mark)
    draft = await erp.create_credit_note(_credit(erp, invoice, ("1", "100")), key=f"{mark}-c")
    told, after = set[tuple[str, str]](), 0
    while fresh := (await erp.changes(after=after)).items:
        after = fresh[-1].sequence
        told |= {(each.record_type, each.id) for each in fresh}

    assert ("credit_note", draft.id) in told
    assert ("invoice", draft.id) not in told
