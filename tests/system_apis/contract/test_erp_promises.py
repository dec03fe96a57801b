"""What every ERP connector promises, on any ERP whose books have the company NWA-DE."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.billing import (
    BookedLine,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    LineKind,
    PaymentDraft,
)
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.system_apis.contract.walking import every
from tests.system_apis.sandbox.bills import (
    Company,
    client_draft,
    drafted,
    invoice_draft,
    invoice_of,
    lines_of,
    prepared,
)

DE = Company(
    legal_entity="NWA-DE",
    currency="EUR",
    country="DE",
    tax_category="S",
    tax_rate=Decimal("0.19"),
)
DAY = date(2026, 10, 31)
UNKNOWN_ID = "inv_00000000000000000000000000"


async def _posted(erp: Erp, mark: str) -> Invoice:
    await prepared(erp, DE, mark)
    draft = await drafted(erp, DE, f"{mark}-a", DAY, mark=mark)
    return await erp.post_invoice(draft.id, key=f"{mark}-post")


def _payment(invoice: Invoice, amount: str, reference: str) -> PaymentDraft:
    return PaymentDraft(
        legal_entity=invoice.legal_entity,
        invoice_number=str(invoice.number),
        date=DAY,
        amount=Money(amount, invoice.currency),
        reference=reference,
    )


async def test_a_client_is_found_by_key_number_and_id_once_it_was_created(
    erp: Erp, mark: str
) -> None:
    """All ways lead to the same client."""
    before = await erp.client_by_key(f"{mark}-c")
    made = await erp.create_client(client_draft(DE, f"CL-{mark}"), key=f"{mark}-c")

    assert before is None
    assert await erp.client_by_key(f"{mark}-c") == made
    assert (await erp.clients(number=f"CL-{mark}")).items == [made]
    assert await erp.client(made.id) == made
    assert (made.legal_name, made.payment_terms_days) == (f"Client CL-{mark}", 30)


async def test_a_clients_number_is_given_once(erp: Erp, mark: str) -> None:
    """Another client with it is refused."""
    await erp.create_client(client_draft(DE, f"CL-{mark}"), key=f"{mark}-1")
    with pytest.raises(Refused) as told:
        await erp.create_client(client_draft(DE, f"CL-{mark}"), key=f"{mark}-2")

    assert told.value.code == "NUMBER_TAKEN"


async def test_a_project_dimension_is_found_by_number_and_key(erp: Erp, mark: str) -> None:
    """It belongs to one company's books."""
    before = await erp.ledger_project_by_key(f"project-{mark}")
    await prepared(erp, DE, mark)
    found = await erp.ledger_project(f"P-{mark}", legal_entity="NWA-DE")

    assert before is None
    assert found is not None
    assert (found.name, found.client_number) == (f"Project {mark}", f"CL-{mark}")
    assert await erp.ledger_project_by_key(f"project-{mark}") == found
    assert await erp.ledger_project(f"P-{mark}", legal_entity="NWA-US") is None


async def test_an_invoice_is_a_draft_without_number_until_it_is_posted(erp: Erp, mark: str) -> None:
    """The number is the ERP's, and posting again changes nothing."""
    await prepared(erp, DE, mark)
    draft = await drafted(erp, DE, f"{mark}-a", DAY, mark=mark)
    posted = await erp.post_invoice(draft.id, key=f"{mark}-post")
    again = await erp.post_invoice(draft.id, key=f"{mark}-post")

    assert (draft.status, draft.number, draft.reference) == (
        InvoiceStatus.DRAFT,
        None,
        f"{mark}-a",
    )
    assert posted.status is InvoiceStatus.POSTED
    assert posted.number
    assert again == posted
    assert await erp.invoice(draft.id) == posted
    assert (await erp.invoices(number=posted.number, legal_entity="NWA-DE")).items == [posted]


@pytest.mark.parametrize(
    "rows",
    [
        [("2.75", "187.50")],
        [("0.35", "99.99")] * 3,
        [("1", "0.125"), ("1", "0.375"), ("7.5", "133.33")],
        [("10", "280"), ("1", "-300.10")],
    ],
)
async def test_the_posted_totals_are_those_that_the_posting_terms_foretell(
    erp: Erp, mark: str, rows: list[tuple[str, str]]
) -> None:
    """Expected and posted agree to the cent, half-cents included."""
    await prepared(erp, DE, mark)
    expected = invoice_draft(DE, erp, DAY, *rows, client=f"CL-{mark}", project=f"P-{mark}")
    made = await erp.create_invoice(expected, key=f"{mark}-a")
    posted = await erp.post_invoice(made.id, key=f"{mark}-post")

    assert (posted.net, posted.tax, posted.gross) == (expected.net, expected.tax, expected.gross)


async def test_an_invoice_tells_its_tax_by_groups(erp: Erp, mark: str) -> None:
    """What is taxed, at which rate, and the tax on it: together they are the invoice's."""
    await prepared(erp, DE, mark)
    made = await drafted(erp, DE, f"{mark}-a", DAY, mark=mark)

    assert [(each.rate, each.basis, each.tax) for each in made.tax_groups or ()] == [
        (DE.tax_rate, made.net, made.tax)
    ]


async def test_an_invoice_shows_its_lines_and_its_purchase_order(erp: Erp, mark: str) -> None:
    """Each with whose hours it sells, at whichever price, below nothing as well."""
    await prepared(erp, DE, mark)
    hours, less = lines_of(DE, erp, ("2.75", "187.50"), ("1", "-300.10"))
    lines = (replace(hours, employee="E101"), replace(less, kind=LineKind.NTE_ADJUSTMENT))
    names = {"client": f"CL-{mark}", "project": f"P-{mark}"}
    draft = invoice_of(DE, erp, DAY, lines, order="PO-7781, part 2", **names)
    made = await erp.create_invoice(draft, key=f"{mark}-a")
    without = await drafted(erp, DE, f"{mark}-b", DAY, mark=mark)

    assert made.purchase_order == "PO-7781, part 2"
    assert [_told(each) for each in made.lines or ()] == [_told(each) for each in lines]
    assert without.purchase_order is None
    assert [each.employee for each in without.lines or ()] == [None]
    assert (await erp.invoices(reference=f"{mark}-a")).items == [made]


def _told(line: InvoiceLine | BookedLine) -> tuple[str, Decimal, Decimal, Money, str | None]:
    price = line.unit_price.value
    return line.description, line.quantity, price, line.net, line.employee


async def test_an_invoice_is_found_by_its_key_alone(erp: Erp, mark: str) -> None:
    """Another key finds nothing, not even one that it begins with."""
    await prepared(erp, DE, mark)
    made = await drafted(erp, DE, f"{mark}-a", DAY, mark=mark)

    assert await erp.invoice_by_key(f"{mark}-a") == made
    assert await erp.invoice_by_key(mark) is None
    assert (await erp.invoices(reference=f"{mark}-a")).items == [made]


async def test_an_earlier_date_than_the_last_posted_is_refused(erp: Erp, mark: str) -> None:
    """Numbers follow dates."""
    await _posted(erp, mark)
    late = await drafted(erp, DE, f"{mark}-late", DAY - timedelta(days=1), mark=mark)
    with pytest.raises(Refused) as told:
        await erp.post_invoice(late.id, key=f"{mark}-p")

    assert told.value.code == "NUMBER_ORDER"


async def test_a_draft_can_be_voided_and_a_posted_invoice_cannot(erp: Erp, mark: str) -> None:
    """Posted is final."""
    posted = await _posted(erp, mark)
    draft = await drafted(erp, DE, f"{mark}-b", DAY, mark=mark)
    void = await erp.void_invoice(draft.id, key=f"{mark}-v")
    again = await erp.void_invoice(draft.id, key=f"{mark}-v")
    with pytest.raises(Refused) as told:
        await erp.void_invoice(posted.id, key=f"{mark}-w")

    assert (void.status, void.number) == (InvoiceStatus.VOID, None)
    assert again.status is InvoiceStatus.VOID
    assert told.value.code == "ALREADY_POSTED"


async def test_an_invoice_names_a_client_and_a_project_of_the_books(erp: Erp, mark: str) -> None:
    """Each refusal says which is missing."""
    await prepared(erp, DE, mark)
    for client, project, code in (
        ("CL-none", f"P-{mark}", "CLIENT_UNKNOWN"),
        (f"CL-{mark}", "P-none", "PROJECT_UNKNOWN"),
    ):
        draft = invoice_draft(DE, erp, DAY, ("1", "10"), client=client, project=project)
        with pytest.raises(Refused) as told:
            await erp.create_invoice(draft, key=f"{mark}-{code}")

        assert told.value.code == code


async def test_payments_add_up_until_the_invoice_is_paid(erp: Erp, mark: str) -> None:
    """In part, then in full, and never too much."""
    invoice = await _posted(erp, mark)  # 119.00
    first = await erp.record_payment(_payment(invoice, "19.00", "bank 1"), key=f"{mark}-1")
    partly = await erp.invoice(invoice.id)
    with pytest.raises(Refused):
        await erp.record_payment(_payment(invoice, "100.01", "bank 2"), key=f"{mark}-2")
    await erp.record_payment(_payment(invoice, "100.00", "bank 3"), key=f"{mark}-3")
    fully = await erp.invoice(invoice.id)
    booked = await every(lambda cursor: erp.payments(invoice_number=invoice.number, cursor=cursor))

    assert (partly.status, partly.paid.amount) == (InvoiceStatus.PARTIALLY_PAID, "19.00")
    assert (fully.status, fully.paid.amount) == (InvoiceStatus.PAID, "119.00")
    assert [each.amount.amount for each in booked] == ["19.00", "100.00"]
    assert await erp.payment_by_key(f"{mark}-1") == first
    assert await erp.payment_by_key(f"{mark}-2") is None
    assert await erp.payment(first.id) == first


async def test_pages_lead_through_every_invoice_once(erp: Erp, mark: str) -> None:
    """In the order they were created."""
    await prepared(erp, DE, mark)
    made = [await drafted(erp, DE, f"{mark}-{n}", DAY, mark=mark) for n in range(5)]
    seen = await every(lambda cursor: erp.invoices(legal_entity="NWA-DE", cursor=cursor))

    assert [each.id for each in seen if each.client_number == f"CL-{mark}"] == [
        each.id for each in made
    ]
    assert len({each.id for each in seen}) == len(seen)


async def test_the_books_have_an_open_period_for_a_day_of_business(erp: Erp) -> None:
    """The period is the company's, and the day is in it."""
    period = await erp.fiscal_period(legal_entity="NWA-DE", on=date(2026, 10, 15))

    assert period is not None
    assert period.legal_entity == "NWA-DE"
    assert period.start <= date(2026, 10, 15) <= period.end
    assert period.is_open


async def test_books_that_tell_their_currencies_take_their_own(erp: Erp) -> None:
    """Which others they take is the firm's affair."""
    found = await erp.currencies()

    assert found is None or "EUR" in found


async def test_what_was_created_is_in_the_change_feed(erp: Erp, mark: str) -> None:
    """Sequence numbers grow, and the feed goes on after the last."""
    before = await _end(erp)
    await prepared(erp, DE, mark)
    made = await drafted(erp, DE, f"{mark}-a", DAY, mark=mark)
    await asyncio.sleep(0.05)
    fresh = (await erp.changes(after=before)).items

    assert ("invoice", made.id) in {(each.record_type, each.id) for each in fresh}
    assert [each.sequence for each in fresh] == sorted({each.sequence for each in fresh})
    assert fresh[0].sequence > before
    assert (await erp.changes(after=fresh[-1].sequence)).items == []


async def _end(erp: Erp) -> int:
    after = 0
    while fresh := (await erp.changes(after=after)).items:
        after = fresh[-1].sequence
    return after


async def test_an_id_that_the_books_do_not_have_is_not_found(erp: Erp) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await erp.invoice(UNKNOWN_ID)
    with pytest.raises(NotFound):
        await erp.client("cl_00000000000000000000000000")
    with pytest.raises(NotFound):
        await erp.payment("pay_00000000000000000000000000")


async def test_a_project_that_is_closed_stays_in_the_books_out_of_use(erp: Erp, mark: str) -> None:
    """However often it is closed."""
    await prepared(erp, DE, mark)
    number = f"P-{mark}"
    entity = DE.legal_entity
    before = await erp.ledger_project(number, legal_entity=entity)
    closed = await erp.close_ledger_project(number, legal_entity=entity, key=f"{mark}-c")
    again = await erp.close_ledger_project(number, legal_entity=entity, key=f"{mark}-c")
    with pytest.raises(NotFound):
        await erp.close_ledger_project(f"{number}-none", legal_entity=entity, key=f"{mark}-n")

    assert before is not None
    assert (before.is_active, closed.is_active) == (True, False)
    assert again == closed == await erp.ledger_project(number, legal_entity=entity)
