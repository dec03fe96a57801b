"""The ERP's records, in NetSuite's words."""

from datetime import date
from decimal import Decimal

from msgspec import Struct, field


class BillingAddress(Struct, frozen=True, rename="camel"):
    """Where invoices go."""

    addr1: str
    city: str
    zip: str
    country: str
    state: str | None = None


class Customer(Struct, frozen=True, rename="camel", kw_only=True):
    """A firm that invoices are addressed to; `externalId` is anybody's and not unique."""

    id: str
    entity_id: str
    company_name: str
    vat_reg_number: str | None = None
    duns_number: str | None = None
    legal_entity_identifier: str | None = None
    country: str = ""
    url: str | None = None
    billing_address: BillingAddress | None = None
    terms_net_days: int | None = None
    external_id: str | None = None
    parent: str | None = None
    einvoice_ids: tuple[str, ...] | None = field(name="custentity_einvoice_ids", default=None)
    is_inactive: bool = False
    revision: int = 0
    last_modified_date: str = ""


class Currency(Struct, frozen=True, rename="camel", kw_only=True):
    """A currency that the books know; nothing is billed in one that is inactive."""

    id: str
    symbol: str
    is_inactive: bool = False


class CustomerSubsidiary(Struct, frozen=True, rename="camel", kw_only=True):
    """What a customer owes one subsidiary in a currency, less what it paid on account."""

    entity: str
    subsidiary: str
    currency: str
    balance: Decimal


class Job(Struct, frozen=True, rename="camel", kw_only=True):
    """A project as a dimension of one subsidiary's books."""

    id: str
    entity_id: str
    company_name: str
    subsidiary: str
    customer: str
    external_id: str | None = None
    is_inactive: bool = False
    revision: int = 0
    last_modified_date: str = ""


class Item(Struct, frozen=True, rename="camel", kw_only=True):
    """One line; its amount is computed here, whatever the caller thinks."""

    kind: str
    description: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    employee: str | None = None


class TaxDetail(Struct, frozen=True, rename="camel", kw_only=True):
    """What is taxed under one code, and the tax on it."""

    tax_code: str | None = None
    tax_rate: Decimal
    tax_basis: Decimal
    tax_amount: Decimal


class Invoice(Struct, frozen=True, rename="camel", kw_only=True):
    """An invoice; `tranId` is given when it is posted, `externalId` is not unique."""

    id: str
    tran_id: str | None = None
    external_id: str | None = None
    subsidiary: str
    entity: str
    job: str | None = None
    currency: str
    tran_date: date
    due_date: date | None = None
    other_ref_num: str | None = None
    tax_code: str | None = None
    tax_rate: Decimal = Decimal(0)
    message: str | None = None
    status: str
    items: tuple[Item, ...] = ()
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    amount_paid: Decimal
    amount_due: Decimal
    amount_credited: Decimal = Decimal(0)
    tax_details: tuple[TaxDetail, ...] | None = None
    revision: int = 0
    last_modified_date: str = ""


class CreditMemo(Struct, frozen=True, rename="camel", kw_only=True):
    """What is taken back of one invoice, which `createdFrom` names; `applied` is off its debt."""

    id: str
    tran_id: str | None = None
    external_id: str | None = None
    subsidiary: str
    entity: str
    job: str | None = None
    created_from: str
    currency: str
    tran_date: date
    memo: str
    tax_code: str | None = None
    tax_rate: Decimal = Decimal(0)
    status: str
    items: tuple[Item, ...] = ()
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    applied: Decimal
    revision: int = 0
    last_modified_date: str = ""


class VendorBill(Struct, frozen=True, rename="camel", kw_only=True):
    """What is owed to a vendor, or taken back; `transactionNumber` is given when it is posted."""

    id: str
    type: str
    transaction_number: str | None = None
    external_id: str | None = None
    subsidiary: str
    entity: str
    tran_id: str
    created_from: str | None = None
    currency: str
    tran_date: date
    due_date: date
    status: str
    items: tuple[Item, ...] = ()
    subtotal: Decimal
    tax_total: Decimal
    reverse_charge: Decimal
    total: Decimal
    payment_hold: bool = False
    revision: int = 0
    last_modified_date: str = ""


class EntryLine(Struct, frozen=True, rename="camel"):
    """One side of a journal entry; `job` is the project that bears it."""

    account: str
    job: str | None
    debit: Decimal
    credit: Decimal


class JournalEntry(Struct, frozen=True, rename="camel", kw_only=True):
    """A posted journal entry."""

    id: str
    transaction_number: str
    external_id: str | None = None
    subsidiary: str
    currency: str
    tran_date: date
    memo: str
    lines: tuple[EntryLine, ...]
    revision: int = 0
    last_modified_date: str = ""


class Applied(Struct, frozen=True):
    """A part of a payment that pays the invoice of a number."""

    doc: str
    amount: Decimal


class CustomerPayment(Struct, frozen=True, rename="camel", kw_only=True):
    """Money that came in: `invoice` is what it was booked for, if it was booked for one."""

    id: str
    external_id: str | None = None
    subsidiary: str
    tran_date: date
    invoice: str | None = None
    customer: str | None = None
    currency: str
    payment: Decimal
    apply: tuple[Applied, ...] = ()
    unapplied: Decimal
    memo: str | None = None
    revision: int = 0
    last_modified_date: str = ""


class Sequence(Struct, frozen=True, rename="camel"):
    """The numbers of one subsidiary: the next one, and the date of the last document."""

    subsidiary: str
    prefix: str
    next: int
    last_date: date | None


class AccountingPeriod(Struct, frozen=True, rename="camel"):
    """A month of one subsidiary's books; one that is not written down is open."""

    subsidiary: str
    start_date: date
    end_date: date
    closed: bool
