"""Credit notes: what is taken back of an invoice that was posted."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.billing import BookedLine, InvoiceLine, InvoiceStatus
from system_apis.canonical.money import Currency, Money
from system_apis.canonical.record import Id, Source, Text


class CreditNoteDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A credit note as it is to be written to the ERP, with the totals we expect of it.

    Its amounts are what is taken back, above nothing. `invoice_number` is the number of the
    invoice that it corrects (EN 16931, BT-25).
    """

    legal_entity: Text
    client_number: Text
    project_number: Text
    invoice_number: Text
    reason: Text
    currency: Currency
    issue_date: date
    tax_category: Text
    tax_rate: Decimal
    lines: tuple[InvoiceLine, ...]
    net: Money
    tax: Money
    gross: Money

    def __post_init__(self) -> None:
        if self.net != Money.total((line.net for line in self.lines), self.currency):
            raise ValueError("net is the sum of the lines' nets, in the credit note's currency")
        if self.gross != self.net + self.tax:
            raise ValueError("gross is net plus tax")
        if self.gross.value <= 0:
            raise ValueError("a credit note takes back more than nothing")


class CreditNote(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A credit note as the ERP has it; posted, it is applied to the invoice that it corrects.

    `lines` is absent where the connector does not read them.
    """

    id: Id
    number: str | None
    reference: str | None
    legal_entity: str
    client_number: str
    project_number: str | None
    invoice_number: str
    currency: str
    status: InvoiceStatus
    issue_date: date
    net: Money
    tax: Money
    gross: Money
    applied: Money
    lines: tuple[BookedLine, ...] | None = None
    source: Source
    version: int = 1
