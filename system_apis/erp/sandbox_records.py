"""The sandbox ERP's records, in NetSuite's own words, and how they say the same in ours.

NetSuite's words: https://system.netsuite.com/help/helpcenter/en_US/APIs/REST_API_Browser
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, field

from system_apis.canonical.billing import (
    BookedLine,
    FiscalPeriod,
    Invoice,
    InvoiceStatus,
    LedgerProject,
    Payment,
    PaymentApplication,
    TaxGroup,
)
from system_apis.canonical.money import Money, Price
from system_apis.canonical.party import Address, Client, ClientStatus
from system_apis.canonical.record import Source
from system_apis.change_feed import FeedLine
from system_apis.connector import worded

_STATUSES = {
    "Draft": InvoiceStatus.DRAFT,
    "Open": InvoiceStatus.POSTED,
    "Partially Paid": InvoiceStatus.PARTIALLY_PAID,
    "Paid In Full": InvoiceStatus.PAID,
    "Voided": InvoiceStatus.VOID,
}
_RECORD_TYPES = {
    "customer": "client",
    "job": "ledger_project",
    "invoice": "invoice",
    "creditMemo": "credit_note",
    "customerPayment": "payment",
}


class Detail(Struct, frozen=True):
    """One reason why the ERP says no."""

    detail: str
    code: str = field(name="o:errorCode")


class ErpError(Struct, frozen=True):
    """Why the ERP says no."""

    details: tuple[Detail, ...] = field(name="o:errorDetails")


class BillingAddress(Struct, frozen=True):
    """Where invoices go."""

    addr1: str
    city: str
    zip: str
    country: str
    state: str | None = None

    @classmethod
    def of(cls, address: Address) -> "BillingAddress":
        """Say an address in NetSuite's words."""
        return cls(
            address.street, address.city, address.postal_code, address.country, address.region
        )

    def canonical(self) -> Address:
        """Say the same in our words."""
        return Address(self.addr1, self.city, self.zip, self.country, self.state)


class Customer(Struct, frozen=True, rename="camel"):
    """A customer, whom we call a client."""

    id: str
    entity_id: str
    company_name: str
    vat_reg_number: str | None
    duns_number: str | None
    legal_entity_identifier: str | None
    country: str
    url: str | None
    billing_address: BillingAddress | None
    terms_net_days: int | None
    external_id: str | None
    parent: str | None
    einvoice_ids: tuple[str, ...] | None = field(name="custentity_einvoice_ids")
    is_inactive: bool
    revision: int
    last_modified_date: datetime

    def canonical(self, client_id: str, instance: str, parent: str | None) -> Client:
        """Say the same in our words."""
        return Client(
            id=client_id,
            number=self.entity_id,
            legal_name=self.company_name,
            country=self.country,
            status=ClientStatus.ON_HOLD if self.is_inactive else ClientStatus.ACTIVE,
            tax_id=self.vat_reg_number,
            duns=self.duns_number,
            lei=self.legal_entity_identifier,
            domain=self.url,
            billing_address=self.billing_address.canonical() if self.billing_address else None,
            payment_terms_days=self.terms_net_days,
            parent_client_id=parent,
            einvoice_endpoints=self.einvoice_ids,
            source=Source("erp", instance, "client", self.id, self.last_modified_date),
            version=self.revision,
        )


class Job(Struct, frozen=True, rename="camel"):
    """A job, which we call a ledger project."""

    id: str
    entity_id: str
    company_name: str
    subsidiary: str
    customer: str
    external_id: str | None
    is_inactive: bool
    last_modified_date: datetime

    def canonical(self, project_id: str, instance: str) -> LedgerProject:
        """Say the same in our words."""
        return LedgerProject(
            id=project_id,
            number=self.entity_id,
            name=self.company_name,
            legal_entity=self.subsidiary,
            client_number=self.customer,
            is_active=not self.is_inactive,
            source=Source("erp", instance, "ledger_project", self.id, self.last_modified_date),
        )


class Item(Struct, frozen=True, rename="camel"):
    """A line of an invoice, in NetSuite's own words."""

    description: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    employee: str | None

    def canonical(self, currency: str) -> BookedLine:
        """Say the same in our words."""
        return BookedLine(
            description=self.description,
            quantity=self.quantity,
            unit_price=Price(f"{round(self.rate, 6):f}", currency),
            net=Money.of(self.amount, currency),
            employee=self.employee,
        )


class TaxDetail(Struct, frozen=True, rename="camel"):
    """What is taxed under one code of an invoice, in NetSuite's own words."""

    tax_code: str | None
    tax_rate: Decimal
    tax_basis: Decimal
    tax_amount: Decimal

    def canonical(self, currency: str) -> TaxGroup:
        """Say the same in our words."""
        return TaxGroup(
            category=self.tax_code,
            rate=self.tax_rate,
            basis=Money.of(self.tax_basis, currency),
            tax=Money.of(self.tax_amount, currency),
        )


class InvoiceRecord(Struct, frozen=True, rename="camel"):
    """An invoice, in NetSuite's own words."""

    id: str
    tran_id: str | None
    external_id: str | None
    subsidiary: str
    entity: str
    job: str | None
    currency: str
    tran_date: date
    due_date: date | None
    other_ref_num: str | None
    status: str
    items: tuple[Item, ...]
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    tax_details: tuple[TaxDetail, ...] | None
    revision: int
    last_modified_date: datetime

    def canonical(self, invoice_id: str, instance: str) -> Invoice:
        """Say the same in our words."""
        return Invoice(
            id=invoice_id,
            number=self.tran_id,
            reference=self.external_id,
            legal_entity=self.subsidiary,
            client_number=self.entity,
            project_number=self.job,
            currency=self.currency,
            status=worded(_STATUSES, self.status, field="status", system=instance),
            issue_date=self.tran_date,
            due_date=self.due_date,
            net=Money.of(self.subtotal, self.currency),
            tax=Money.of(self.tax_total, self.currency),
            gross=Money.of(self.total, self.currency),
            paid=Money.of(self.amount_paid, self.currency),
            purchase_order=self.other_ref_num,
            lines=tuple(each.canonical(self.currency) for each in self.items),
            credited=Money.of(self.amount_credited, self.currency),
            tax_groups=self._groups(),
            source=Source("erp", instance, "invoice", self.id, self.last_modified_date),
            version=self.revision,
        )

    @property
    def is_void(self) -> bool:
        """Whether it was taken out of the books."""
        return self.status == "Voided"

    def _groups(self) -> tuple[TaxGroup, ...] | None:
        if self.tax_details is None:
            return None
        return tuple(each.canonical(self.currency) for each in self.tax_details)


class Applied(Struct, frozen=True):
    """A part of a payment that was applied to the invoice of a number."""

    doc: str
    amount: Decimal


class CustomerPayment(Struct, frozen=True, rename="camel"):
    """A customer payment, in NetSuite's own words."""

    id: str
    external_id: str | None
    subsidiary: str
    tran_date: date
    invoice: str | None
    customer: str | None
    currency: str
    payment: Decimal
    apply: tuple[Applied, ...]
    unapplied: Decimal
    memo: str | None
    last_modified_date: datetime

    def canonical(self, payment_id: str, instance: str) -> Payment:
        """Say the same in our words."""
        return Payment(
            id=payment_id,
            legal_entity=self.subsidiary,
            invoice_number=self.invoice,
            client_number=self.customer,
            date=self.tran_date,
            amount=Money.of(self.payment, self.currency),
            reference=self.memo,
            applications=tuple(
                PaymentApplication(each.doc, Money.of(each.amount, self.currency))
                for each in self.apply
            ),
            unapplied=Money.of(self.unapplied, self.currency),
            source=Source("erp", instance, "payment", self.id, self.last_modified_date),
        )


class AccountingPeriod(Struct, frozen=True, rename="camel"):
    """An accounting period, which we call a fiscal period."""

    subsidiary: str
    start_date: date
    end_date: date
    closed: bool

    def canonical(self) -> FiscalPeriod:
        """Say the same in our words."""
        return FiscalPeriod(self.subsidiary, self.start_date, self.end_date, not self.closed)


class Periods(Struct, frozen=True):
    """The periods that a date falls in."""

    items: list[AccountingPeriod]


class Customers(Struct, frozen=True, rename="camel"):
    """A page of customers."""

    items: list[Customer]
    offset: int
    has_more: bool


class Jobs(Struct, frozen=True, rename="camel"):
    """A page of jobs."""

    items: list[Job]
    offset: int
    has_more: bool


class Invoices(Struct, frozen=True, rename="camel"):
    """A page of invoices."""

    items: list[InvoiceRecord]
    offset: int
    has_more: bool


class CustomerPayments(Struct, frozen=True, rename="camel"):
    """A page of customer payments."""

    items: list[CustomerPayment]
    offset: int
    has_more: bool


class SystemNote(Struct, frozen=True, rename="camel"):
    """Something that happened to a record."""

    note_id: int
    record_type: str
    record_id: str
    revision: int
    date: datetime

    def line(self) -> FeedLine:
        """Say the same in our words."""
        kind = _RECORD_TYPES[self.record_type]
        return FeedLine(self.note_id, kind, self.record_id, self.revision, self.date)


class SystemNotes(Struct, frozen=True):
    """What happened next."""

    items: list[SystemNote]
