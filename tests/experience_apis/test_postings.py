"""What the books have posted: invoices, what is taken off them, and nothing else."""

from datetime import date
from decimal import Decimal

from experience_apis.executive.postings import documents
from system_apis.canonical.billing import Invoice, InvoiceStatus, Payment, PaymentApplication
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money
from tests.experience_apis.leading_facts import SOURCE

DAY = date(2026, 10, 5)


def _usd(amount: str) -> Money:
    return Money(amount, "USD")


def _invoice(number: str, status: InvoiceStatus = InvoiceStatus.POSTED) -> Invoice:
    return Invoice(
        id=f"inv_{number}",
        number=number,
        reference=None,
        legal_entity="NWA-US",
        client_number="CL-1",
        project_number="P-1",
        currency="USD",
        status=status,
        issue_date=DAY,
        due_date=DAY,
        net=_usd("100.00"),
        tax=_usd("0.00"),
        gross=_usd("100.00"),
        paid=_usd("0.00"),
        source=SOURCE,
    )


def _note(of: str, entity: str = "NWA-US") -> CreditNote:
    return CreditNote(
        id=f"cn_{of}_{entity}",
        number="CM-1",
        reference=None,
        legal_entity=entity,
        client_number="CL-1",
        project_number="P-1",
        invoice_number=of,
        currency="USD",
        status=InvoiceStatus.POSTED,
        issue_date=DAY,
        net=_usd("10.00"),
        tax=_usd("0.00"),
        gross=_usd("10.00"),
        applied=_usd("10.00"),
        source=SOURCE,
    )


def _payment(entity: str = "NWA-US") -> Payment:
    return Payment(
        id=f"pay_{entity}",
        legal_entity=entity,
        invoice_number="1",
        date=DAY,
        amount=_usd("60.00"),
        reference=None,
        applications=(PaymentApplication("1", _usd("40.00")),),
        unapplied=_usd("20.00"),
        source=SOURCE,
    )


def test_drafts_and_void_invoices_are_owed_by_nobody() -> None:
    """Only what is posted counts, whatever was paid of it."""
    states = [InvoiceStatus.DRAFT, InvoiceStatus.VOID, InvoiceStatus.PAID]
    told = documents("NWA-US", [_invoice(each, each) for each in states], [], [])

    assert [each.id for each in told] == ["inv_paid"]


def test_what_is_applied_to_an_invoice_is_taken_off_it_and_the_rest_of_the_money_is_not() -> None:
    """A payment of 60 of which 40 are applied pays 40; another company's are its own."""
    told = documents(
        "NWA-US",
        [_invoice("1")],
        [_note("1"), _note("1", "NWA-DE")],
        [_payment(), _payment("NWA-DE")],
    )

    assert {each.id: each.amount.value for each in told} == {
        "inv_1": Decimal(100),
        "cn_1_NWA-US": Decimal(-10),
        "pay_NWA-US": Decimal(-40),
    }
    assert [each.id for each in told if each.is_billing] == ["inv_1", "cn_1_NWA-US"]
    assert {each.invoice_id for each in told} == {"inv_1"}
