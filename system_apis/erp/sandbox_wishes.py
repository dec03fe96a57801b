"""What the sandbox ERP is asked to write, in NetSuite's own words."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.billing import (
    InvoiceDraft,
    InvoiceLine,
    LedgerProjectDraft,
    PaymentDraft,
)
from system_apis.canonical.party import ClientDraft
from system_apis.erp.sandbox_records import BillingAddress


class NewCustomer(Struct, frozen=True, rename="camel"):
    """A customer that is to be created."""

    entity_id: str
    company_name: str
    country: str
    external_id: str
    vat_reg_number: str | None
    url: str | None
    billing_address: BillingAddress
    terms_net_days: int

    @classmethod
    def of(cls, draft: ClientDraft, key: str) -> "NewCustomer":
        """Say a draft in NetSuite's words."""
        return cls(
            entity_id=draft.number,
            company_name=draft.legal_name,
            country=draft.country,
            external_id=key,
            vat_reg_number=draft.tax_id,
            url=draft.domain,
            billing_address=BillingAddress.of(draft.billing_address),
            terms_net_days=draft.payment_terms_days,
        )


class NewJob(Struct, frozen=True, rename="camel"):
    """A project dimension that is to be created."""

    entity_id: str
    company_name: str
    subsidiary: str
    customer: str
    external_id: str

    @classmethod
    def of(cls, draft: LedgerProjectDraft, key: str) -> "NewJob":
        """Say a draft in NetSuite's words."""
        return cls(draft.number, draft.name, draft.legal_entity, draft.client_number, key)


class NewItem(Struct, frozen=True, rename="camel"):
    """A line; the ERP computes its amount."""

    kind: str
    description: str
    quantity: Decimal
    rate: Decimal
    employee: str | None

    @classmethod
    def of(cls, line: InvoiceLine) -> "NewItem":
        """Say a line in NetSuite's words."""
        price = line.unit_price.value
        return cls(line.kind, line.description, line.quantity, price, line.employee)


class NewInvoice(Struct, frozen=True, rename="camel", kw_only=True):
    """An invoice that is to be created; the ERP computes its totals."""

    external_id: str
    subsidiary: str
    entity: str
    job: str
    currency: str
    tran_date: date
    due_date: date
    other_ref_num: str | None
    tax_code: str
    tax_rate: Decimal
    message: str | None
    items: tuple[NewItem, ...]

    @classmethod
    def of(cls, draft: InvoiceDraft, key: str) -> "NewInvoice":
        """Say a draft in NetSuite's words."""
        return cls(
            external_id=key,
            subsidiary=draft.legal_entity,
            entity=draft.client_number,
            job=draft.project_number,
            currency=draft.currency,
            tran_date=draft.issue_date,
            due_date=draft.due_date,
            other_ref_num=draft.purchase_order,
            tax_code=draft.tax_category,
            tax_rate=draft.tax_rate,
            message=draft.exemption_reason,
            items=tuple(NewItem.of(line) for line in draft.lines),
        )


class NewPayment(Struct, frozen=True, rename="camel"):
    """A payment that is to be booked."""

    external_id: str
    subsidiary: str
    tran_date: date
    invoice: str | None
    customer: str | None
    currency: str
    payment: Decimal
    memo: str

    @classmethod
    def of(cls, draft: PaymentDraft, key: str) -> "NewPayment":
        """Say a draft in NetSuite's words."""
        return cls(
            external_id=key,
            subsidiary=draft.legal_entity,
            tran_date=draft.date,
            invoice=draft.invoice_number,
            customer=draft.client_number,
            currency=draft.amount.currency,
            payment=draft.amount.value,
            memo=draft.reference,
        )


class NewApplication(Struct, frozen=True):
    """A part of a payment that is to be applied to the invoice of a number."""

    doc: str
    amount: Decimal
