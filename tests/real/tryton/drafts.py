"""What the stories write to the books: clients, projects, invoices and payments of ours."""

from datetime import date
from decimal import Decimal

from system_apis.canonical.billing import (
    Invoice,
    InvoiceDraft,
    InvoiceLine,
    LedgerProjectDraft,
    LineKind,
    PaymentDraft,
)
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.party import Address, ClientDraft
from system_apis.erp.interface import Erp

TODAY = date(2026, 10, 31)


def german_client(number: str) -> ClientDraft:
    """Return a German client; its tax id is of no real firm."""
    return ClientDraft(
        number=number,
        legal_name="Rhein Motor AG",
        country="DE",
        tax_id="DE811000012",
        domain="rheinmotor.example",
        billing_address=Address("Werkstr. 7", "Mainz", "55116", "DE"),
        payment_terms_days=30,
    )


def american_client(number: str) -> ClientDraft:
    """Return a client in New York."""
    return ClientDraft(
        number=number,
        legal_name="Contoso Health Inc.",
        country="US",
        tax_id="98-7654321",
        billing_address=Address("1 Harbor St", "New York", "10004", "US", "NY"),
        payment_terms_days=45,
    )


async def engagement(erp: Erp, name: str, legal_entity: str = "NWA-DE") -> None:
    """Give the books a client `CL-name` with a project `P-name`."""
    german = legal_entity == "NWA-DE"
    client = german_client(f"CL-{name}") if german else american_client(f"CL-{name}")
    await erp.create_client(client, key=f"client:{name}")
    project = LedgerProjectDraft(
        number=f"P-{name}", name="A plant", legal_entity=legal_entity, client_number=f"CL-{name}"
    )
    await erp.create_ledger_project(project, key=f"project:{name}")


def hours(quantity: str, price: str, currency: str) -> InvoiceLine:
    """Return a line of hours, its net rounded half-even."""
    rate = Price(price, currency)
    return InvoiceLine(
        kind=LineKind.TIME,
        description="Ana Ruiz, October 2026",
        quantity=Decimal(quantity),
        unit_price=rate,
        net=rate.times(Decimal(quantity), Rounding.HALF_EVEN),
    )


def german_invoice(
    name: str, *lines: tuple[str, str], issued: date = TODAY, rate: str = "0.19"
) -> InvoiceDraft:
    """Return an invoice of hours at prices, with 19 % tax of the exact sum."""
    return _invoice("NWA-DE", name, "S", rate, issued, [hours(*each, "EUR") for each in lines])


def american_invoice(
    name: str, *lines: tuple[str, str], issued: date = TODAY, currency: str = "USD"
) -> InvoiceDraft:
    """Return an invoice of hours at prices, exempt of tax."""
    return _invoice("NWA-US", name, "E", "0", issued, [hours(*each, currency) for each in lines])


def money_in(invoice: Invoice, amount: str, reference: str) -> PaymentDraft:
    """Return a payment for an invoice of today."""
    return PaymentDraft(
        legal_entity=invoice.legal_entity,
        invoice_number=invoice.number or "",
        date=TODAY,
        amount=Money(amount, invoice.currency),
        reference=reference,
    )


def _invoice(
    legal_entity: str, name: str, category: str, rate: str, issued: date, lines: list[InvoiceLine]
) -> InvoiceDraft:
    currency = lines[0].net.currency
    net = Money.total((line.net for line in lines), currency)
    exact = sum((line.quantity * line.unit_price.value for line in lines), Decimal(0))
    tax = Money.of(exact * Decimal(rate), currency, Rounding.HALF_EVEN)
    return InvoiceDraft(
        legal_entity=legal_entity,
        client_number=f"CL-{name}",
        project_number=f"P-{name}",
        currency=currency,
        issue_date=issued,
        due_date=date(2026, 11, 30),
        purchase_order="PO-7781",
        tax_category=category,
        tax_rate=Decimal(rate),
        lines=tuple(lines),
        net=net,
        tax=tax,
        gross=net + tax,
    )
