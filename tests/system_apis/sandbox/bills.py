"""Invoices, and what they need, as the tests of an ERP write them."""

from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.rules import expected_tax
from system_apis.canonical.billing import (
    Invoice,
    InvoiceDraft,
    InvoiceLine,
    LedgerProjectDraft,
    LineKind,
)
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money, Price
from system_apis.canonical.party import Address, ClientDraft
from system_apis.erp.interface import Erp


class Company(Struct, frozen=True, kw_only=True):
    """A company whose books a test writes in, with a tax that they know."""

    legal_entity: str
    currency: str
    country: str
    tax_category: str
    tax_rate: Decimal


def client_draft(company: Company, number: str) -> ClientDraft:
    """Return a client that has a number."""
    address = Address("1 Quay", "Anytown", "10001", company.country)
    return ClientDraft(
        number=number,
        legal_name=f"Client {number}",
        country=company.country,
        tax_id=None,
        billing_address=address,
        payment_terms_days=30,
    )


def lines_of(company: Company, erp: Erp, *rows: tuple[str, str]) -> tuple[InvoiceLine, ...]:
    """Return a line per quantity and price, rounded as the ERP says that it rounds."""
    return tuple(
        InvoiceLine(
            kind=LineKind.TIME,
            description=f"{quantity} h",
            quantity=Decimal(quantity),
            unit_price=Price(price, company.currency),
            net=Price(price, company.currency).times(Decimal(quantity), erp.posting_terms.rounding),
        )
        for quantity, price in rows
    )


def invoice_draft(
    company: Company,
    erp: Erp,
    on: date,
    *rows: tuple[str, str],
    client: str = "CL-900",
    project: str = "P-900",
) -> InvoiceDraft:
    """Return an invoice of hours with the totals that we expect of the ERP."""
    lines = lines_of(company, erp, *rows)
    return invoice_of(company, erp, on, lines, client=client, project=project)


def invoice_of(
    company: Company,
    erp: Erp,
    on: date,
    lines: tuple[InvoiceLine, ...],
    *,
    client: str,
    project: str,
    order: str | None = None,
) -> InvoiceDraft:
    """Return an invoice of lines with the totals that we expect of the ERP."""
    net = Money.total((line.net for line in lines), company.currency)
    tax = expected_tax(lines, company.tax_rate, erp.posting_terms, company.currency)
    return InvoiceDraft(
        legal_entity=company.legal_entity,
        client_number=client,
        project_number=project,
        currency=company.currency,
        issue_date=on,
        due_date=on + timedelta(days=30),
        purchase_order=order,
        tax_category=company.tax_category,
        tax_rate=company.tax_rate,
        lines=lines,
        net=net,
        tax=tax,
        gross=net + tax,
    )


def credit_draft(
    company: Company, erp: Erp, invoice: Invoice, on: date, *rows: tuple[str, str]
) -> CreditNoteDraft:
    """Return the credit of some hours of an invoice, with the totals that we expect."""
    lines = lines_of(company, erp, *(rows or (("1", "10"),)))
    net = Money.total((line.net for line in lines), company.currency)
    tax = expected_tax(lines, company.tax_rate, erp.posting_terms, company.currency)
    return CreditNoteDraft(
        legal_entity=company.legal_entity,
        client_number=invoice.client_number,
        project_number=invoice.project_number or "",
        invoice_number=invoice.number or "",
        reason="hours recorded twice",
        currency=company.currency,
        issue_date=on,
        tax_category=company.tax_category,
        tax_rate=company.tax_rate,
        lines=lines,
        net=net,
        tax=tax,
        gross=net + tax,
    )


async def prepared(erp: Erp, company: Company, mark: str = "900") -> None:
    """Let the ERP have the client and project that invoices of this mark name."""
    draft = client_draft(company, f"CL-{mark}")
    await erp.create_client(draft, key=f"client-{mark}")
    project = LedgerProjectDraft(
        number=f"P-{mark}",
        name=f"Project {mark}",
        legal_entity=company.legal_entity,
        client_number=draft.number,
    )
    await erp.create_ledger_project(project, key=f"project-{mark}")


async def drafted(
    erp: Erp, company: Company, key: str, on: date, *rows: tuple[str, str], mark: str = "900"
) -> Invoice:
    """Write a draft invoice of one line, or of the lines that are given."""
    lines = rows or (("1", "100"),)
    client, project = f"CL-{mark}", f"P-{mark}"
    draft = invoice_draft(company, erp, on, *lines, client=client, project=project)
    return await erp.create_invoice(draft, key=key)
