"""Invoices in a real ERP, with the totals that its own books have."""

from decimal import Decimal

import msgspec
import pytest

from system_apis.canonical.billing import InvoiceLine, InvoiceStatus, LineKind, TaxRounding
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.real.tryton.clerk import Clerk
from tests.real.tryton.drafts import TODAY, american_invoice, engagement, german_invoice
from tests.system_apis.sandbox.bills import Company, invoice_of, prepared

pytestmark = pytest.mark.real
COMPANIES = [
    Company(
        legal_entity=entity,
        currency=currency,
        country=country,
        tax_category=category,
        tax_rate=Decimal(rate),
    )
    for entity, currency, country, category, rate in (
        ("NWA-US", "USD", "US", "E", "0"),
        ("NWA-DE", "EUR", "DE", "S", "0.19"),
        ("NWA-DE", "EUR", "NL", "AE", "0"),
        ("HAL-UK", "GBP", "GB", "S", "0.20"),
    )
]
HALF_CENTS = [("2.75", "187.50")] * 3


async def test_an_invoice_written_twice_by_one_key_is_one_in_the_books(
    erp: Erp, clerk: Clerk
) -> None:
    """Repeating a draft answers with the invoice that is there."""
    await engagement(erp, "ONCE")
    draft = german_invoice("ONCE", ("8", "150"))
    first = await erp.create_invoice(draft, key="invoice:once")
    again = await erp.create_invoice(draft, key="invoice:once")

    assert first == again
    assert len(clerk.invoices("invoice:once")) == 1


async def test_three_lines_of_half_cents_are_posted_to_the_expected_total(
    erp: Erp, clerk: Clerk
) -> None:
    """What the declared posting terms expect is what stands in Tryton's books, to the cent."""
    await engagement(erp, "HALF")
    draft = german_invoice("HALF", *HALF_CENTS)
    invoice = await erp.create_invoice(draft, key="invoice:half")
    posted = await erp.post_invoice(invoice.id, key="post:half")

    assert erp.posting_terms.rounding is Rounding.HALF_EVEN
    assert draft.net == Money("1546.86", "EUR")
    assert (posted.net, posted.tax, posted.gross) == (draft.net, draft.tax, draft.gross)
    (booked,) = clerk.invoices("invoice:half")
    assert (booked.net, booked.tax, booked.gross) == (
        draft.net.value,
        draft.tax.value,
        draft.gross.value,
    )


async def test_tax_is_taken_of_the_sum_before_it_is_rounded(erp: Erp) -> None:
    """Tryton's tax of three half-cent lines is a cent more than the tax of their nets."""
    await engagement(erp, "EXACT")
    draft = german_invoice("EXACT", *HALF_CENTS)
    invoice = await erp.create_invoice(draft, key="invoice:exact")

    of_rounded_nets = Money.of(draft.net.value * Decimal("0.19"), "EUR", Rounding.HALF_EVEN)
    assert erp.posting_terms.tax_rounding is TaxRounding.EXACT_GROUP
    assert invoice.tax == of_rounded_nets + Money("0.01", "EUR")


@pytest.mark.parametrize(
    "company", COMPANIES, ids=lambda each: each.tax_category + str(each.tax_rate)
)
async def test_every_kind_of_line_under_every_tax_is_posted_to_the_expected_total(
    erp: Erp, company: Company
) -> None:
    """Whatever a line sells, Tryton rounds it and its tax as the posting terms say."""
    mark = f"KINDS-{company.legal_entity}-{company.tax_category}"
    await prepared(erp, company, mark)
    lines = tuple(_line(kind, company) for kind in LineKind)
    draft = invoice_of(company, erp, TODAY, lines, client=f"CL-{mark}", project=f"P-{mark}")
    made = await erp.create_invoice(draft, key=mark)
    posted = await erp.post_invoice(made.id, key=f"post:{mark}")

    assert (posted.net, posted.tax, posted.gross) == (draft.net, draft.tax, draft.gross)
    assert [each.net for each in posted.lines or ()] == [each.net for each in lines]


def _line(kind: LineKind, company: Company) -> InvoiceLine:
    """Return a line of half a cent."""
    hours = kind in {LineKind.TIME, LineKind.OVERAGE}
    quantity, price = ("2.75", "187.50") if hours else ("1", "10.125")
    rate = Price(price, company.currency)
    return InvoiceLine(
        kind=kind,
        description=kind,
        quantity=Decimal(quantity),
        unit_price=rate,
        net=rate.times(Decimal(quantity), Rounding.HALF_EVEN),
    )


async def test_a_number_is_given_when_an_invoice_is_posted_and_never_again(erp: Erp) -> None:
    """A draft has no number; posting gives one, and posting again gives the same invoice."""
    await engagement(erp, "NUMBER", "NWA-US")
    draft = await erp.create_invoice(american_invoice("NUMBER", ("8", "200")), key="invoice:number")
    posted = await erp.post_invoice(draft.id, key="post:number")
    again = await erp.post_invoice(draft.id, key="post:number")

    assert (draft.number, draft.status) == (None, InvoiceStatus.DRAFT)
    assert posted.number
    assert posted.number.startswith("INV-US-")
    assert posted.status is InvoiceStatus.POSTED
    assert again == posted


async def test_an_invoice_says_what_it_was_written_for(erp: Erp, clerk: Clerk) -> None:
    """Project, client, dates and reference come back, and the project's account earned its net."""
    await engagement(erp, "BOOKED", "NWA-US")
    draft = american_invoice("BOOKED", ("8", "200"), ("0.25", "99.99"))
    made = await erp.create_invoice(draft, key="invoice:booked")
    posted = await erp.post_invoice(made.id, key="post:booked")

    assert posted == await erp.invoice_by_key("invoice:booked")
    assert (await erp.invoices(number=posted.number)).items == [posted]
    assert (posted.client_number, posted.project_number) == ("CL-BOOKED", "P-BOOKED")
    assert (posted.issue_date, posted.due_date) == (draft.issue_date, draft.due_date)
    assert clerk.revenue_of("P-BOOKED") == draft.net.value


async def test_a_draft_is_taken_out_of_the_books_and_not_posted_afterwards(erp: Erp) -> None:
    """Voiding a draft is done once, however often it is asked for."""
    await engagement(erp, "VOID")
    draft = await erp.create_invoice(german_invoice("VOID", ("1", "100")), key="invoice:void")
    voided = await erp.void_invoice(draft.id, key="void:void")

    assert voided.status is InvoiceStatus.VOID
    assert await erp.void_invoice(draft.id, key="void:void") == voided
    with pytest.raises(Refused) as refused:
        await erp.post_invoice(draft.id, key="post:void")
    assert refused.value.code == "VOID"


async def test_a_posted_invoice_cannot_be_voided(erp: Erp) -> None:
    """What has a number stays in the books."""
    await engagement(erp, "STAYS")
    draft = await erp.create_invoice(german_invoice("STAYS", ("1", "100")), key="invoice:stays")
    posted = await erp.post_invoice(draft.id, key="post:stays")

    with pytest.raises(Refused) as refused:
        await erp.void_invoice(draft.id, key="void:stays")

    assert refused.value.code == "ALREADY_POSTED"
    assert await erp.invoice(posted.id) == posted


async def test_a_tax_that_the_books_do_not_have_is_refused(erp: Erp) -> None:
    """An invoice at a rate that no product of the company is taxed at is not written."""
    await engagement(erp, "TAX")
    draft = german_invoice("TAX", ("1", "100"), rate="0.20")

    with pytest.raises(Refused) as refused:
        await erp.create_invoice(draft, key="invoice:tax")

    assert refused.value.code == "NOT_SET_UP"
    assert await erp.invoice_by_key("invoice:tax") is None


async def test_an_invoice_needs_a_client_and_a_project_of_the_books(erp: Erp) -> None:
    """A client or project that the ERP does not have is refused by name."""
    await engagement(erp, "NEEDS")
    draft = german_invoice("NEEDS", ("1", "100"))

    for changed, code in (
        (msgspec.structs.replace(draft, client_number="CL-NONE"), "CLIENT_UNKNOWN"),
        (msgspec.structs.replace(draft, project_number="P-NONE"), "PROJECT_UNKNOWN"),
    ):
        with pytest.raises(Refused) as refused:
            await erp.create_invoice(changed, key="invoice:needs")
        assert refused.value.code == code


async def test_an_unknown_invoice_is_not_found(erp: Erp) -> None:
    """An id that the books never had is `NotFound`."""
    with pytest.raises(NotFound):
        await erp.invoice("inv_00000000000000000000000000")


async def test_an_invoice_that_a_person_deleted_is_not_found(erp: Erp, clerk: Clerk) -> None:
    """An id that we gave does not bring back what the books no longer have."""
    await engagement(erp, "GONE")
    draft = await erp.create_invoice(german_invoice("GONE", ("1", "100")), key="invoice:gone")
    clerk.delete_draft("invoice:gone")

    with pytest.raises(NotFound):
        await erp.invoice(draft.id)
    with pytest.raises(NotFound):
        await erp.post_invoice(draft.id, key="post:gone")
