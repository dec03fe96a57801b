"""The nouns of crediting: what of an invoice still stands, and credit notes on their way."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from process_apis.project_to_cash.records import Blocker, InvoiceStage, SourceType
from system_apis.canonical.billing import InvoiceLine
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money, Price
from system_apis.canonical.record import Id, Text


class StandingSource(Struct, frozen=True, kw_only=True):
    """What one invoice line still bills of one source, after the credits so far.

    `row` is the allocation that billed it, which a credit of it names.
    """

    row: int
    line: int
    source_type: SourceType
    source_id: str
    source_number: str
    quantity: Decimal
    approved: Decimal
    unit_rate: Price
    amount: Money


class TakenBack(Struct, frozen=True):
    """How much of a standing source a credit line takes back."""

    source: StandingSource
    quantity: Decimal
    amount: Money


class CreditedLine(Struct, frozen=True):
    """One credit line with what it takes back: the parts add up to the line's net."""

    line: InvoiceLine
    taken: tuple[TakenBack, ...]


class HeldWork(Struct, frozen=True, kw_only=True):
    """Work over a cap that an invoice left unbilled, by the allocation that took it off."""

    row: int
    billing_event_id: Id
    contract_id: Id
    contract_number: str
    legal_entity: str
    period_start: date
    amount: Money


class CapStanding(Struct, frozen=True, kw_only=True):
    """How a contract stands to its cap: what it counts as billed, what is left, what is held.

    `billed` is net of posted credits; without a cap, `cap` and `room` are absent.
    """

    contract_number: str
    project_number: str
    cap: Money | None
    billed: Money
    room: Money | None
    held: Money


class ServiceCreditCheck(Struct, frozen=True, kw_only=True):
    """Whether an invoiced period's service was as promised, and what is given back if not.

    `met` is absent for as long as nobody has reported; `blockers` keep the credit back, never
    the invoice.
    """

    invoice_id: Id
    period: str
    met: bool | None
    credit: Money | None
    blockers: tuple[Blocker, ...]


class ClientCreditNote(Struct, frozen=True, kw_only=True):
    """A credit note on its way from draft to posted, with what we expected and what was posted."""

    id: Id
    invoice_id: Id
    billing_event_id: Id
    contract_number: str
    purchase_order: str | None
    version: int
    stage: InvoiceStage
    draft: CreditNoteDraft
    reference: str
    project_manager: str
    requested_by: str
    instance: str
    ledger_id: Id | None = None
    number: str | None = None
    posted: Money | None = None
    posted_at: datetime | None = None


class CreditRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What of an invoice is to be credited: time entries, expenses and others by number."""

    sources: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=1000)]
    reason: Text


class CreditNoteList(Struct, frozen=True):
    """Credit notes in the order of their issue dates."""

    items: list[ClientCreditNote]
    next_cursor: str | None = None
