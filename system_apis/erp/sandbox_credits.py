"""Credit memos of the sandbox ERP, in NetSuite's own words, and how they say the same in ours.

NetSuite's words: https://system.netsuite.com/help/helpcenter/en_US/APIs/REST_API_Browser
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.billing import InvoiceStatus
from system_apis.canonical.credits import CreditNote, CreditNoteDraft
from system_apis.canonical.money import Money
from system_apis.canonical.record import Source
from system_apis.connector import worded
from system_apis.erp.sandbox_records import Item
from system_apis.erp.sandbox_wishes import NewItem

_STATUSES = {
    "Draft": InvoiceStatus.DRAFT,
    "Open": InvoiceStatus.POSTED,
    "Fully Applied": InvoiceStatus.POSTED,
    "Voided": InvoiceStatus.VOID,
}


class CreditMemo(Struct, frozen=True, rename="camel"):
    """A credit memo, which we call a credit note."""

    id: str
    tran_id: str | None
    external_id: str | None
    subsidiary: str
    entity: str
    job: str | None
    created_from: str
    currency: str
    tran_date: date
    status: str
    items: tuple[Item, ...]
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    applied: Decimal
    revision: int
    last_modified_date: datetime

    def canonical(self, credit_note_id: str, instance: str) -> CreditNote:
        """Say the same in our words."""
        return CreditNote(
            id=credit_note_id,
            number=self.tran_id,
            reference=self.external_id,
            legal_entity=self.subsidiary,
            client_number=self.entity,
            project_number=self.job,
            invoice_number=self.created_from,
            currency=self.currency,
            status=worded(_STATUSES, self.status, field="status", system=instance),
            issue_date=self.tran_date,
            net=Money.of(self.subtotal, self.currency),
            tax=Money.of(self.tax_total, self.currency),
            gross=Money.of(self.total, self.currency),
            applied=Money.of(self.applied, self.currency),
            lines=tuple(each.canonical(self.currency) for each in self.items),
            source=Source("erp", instance, "credit_note", self.id, self.last_modified_date),
            version=self.revision,
        )

    @property
    def is_void(self) -> bool:
        """Whether it was taken out of the books."""
        return self.status == "Voided"


class CreditMemos(Struct, frozen=True, rename="camel"):
    """A page of credit memos."""

    items: list[CreditMemo]
    offset: int
    has_more: bool


class NewMemo(Struct, frozen=True, rename="camel", kw_only=True):
    """A credit memo that is to be created; the ERP computes its totals."""

    external_id: str
    subsidiary: str
    entity: str
    job: str
    created_from: str
    currency: str
    tran_date: date
    memo: str
    tax_code: str
    tax_rate: Decimal
    items: tuple[NewItem, ...]

    @classmethod
    def of(cls, draft: CreditNoteDraft, key: str) -> "NewMemo":
        """Say a draft in NetSuite's words."""
        return cls(
            external_id=key,
            subsidiary=draft.legal_entity,
            entity=draft.client_number,
            job=draft.project_number,
            created_from=draft.invoice_number,
            currency=draft.currency,
            tran_date=draft.issue_date,
            memo=draft.reason,
            tax_code=draft.tax_category,
            tax_rate=draft.tax_rate,
            items=tuple(NewItem.of(line) for line in draft.lines),
        )
