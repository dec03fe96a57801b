"""Vendor bills of the sandbox ERP, in NetSuite's own words, and how they say the same in ours.

NetSuite's words: https://system.netsuite.com/help/helpcenter/en_US/APIs/REST_API_Browser
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.canonical.payables import Payable, PayableDraft, PayableKind, PayableStatus
from system_apis.canonical.record import Page, Source
from system_apis.connector import References, worded
from system_apis.erp.sandbox_records import Item
from system_apis.erp.sandbox_wire import Wire, next_cursor, only, seen
from system_apis.erp.sandbox_wishes import NewItem

_RECORD = "vendorBill"
# As many records as can bear one key, with the halves that were taken out.
_OF_ONE_KEY = "50"

_STATUSES = {
    "Pending Approval": PayableStatus.DRAFT,
    "Open": PayableStatus.POSTED,
    "Paid In Full": PayableStatus.PAID,
    "Voided": PayableStatus.VOID,
}
_KINDS = {"vendorBill": PayableKind.BILL, "vendorCredit": PayableKind.CREDIT}


class VendorBill(Struct, frozen=True, rename="camel"):
    """A vendor bill or a vendor credit; `transactionNumber` is given when it is posted."""

    id: str
    type: str
    transaction_number: str | None
    external_id: str | None
    subsidiary: str
    entity: str
    tran_id: str
    created_from: str | None
    currency: str
    tran_date: date
    due_date: date
    status: str
    items: tuple[Item, ...]
    subtotal: Decimal
    tax_total: Decimal
    reverse_charge: Decimal
    total: Decimal
    payment_hold: bool
    revision: int
    last_modified_date: datetime

    def canonical(self, payable_id: str, instance: str) -> Payable:
        """Say the same in our words."""
        return Payable(
            id=payable_id,
            number=self.transaction_number,
            kind=worded(_KINDS, self.type, field="type", system=instance),
            reference=self.external_id,
            legal_entity=self.subsidiary,
            vendor_number=self.entity,
            bill_number=self.tran_id,
            corrects=self.created_from,
            currency=self.currency,
            status=worded(_STATUSES, self.status, field="status", system=instance),
            issue_date=self.tran_date,
            due_date=self.due_date,
            net=Money.of(self.subtotal, self.currency),
            tax=Money.of(self.tax_total, self.currency),
            gross=Money.of(self.total, self.currency),
            self_assessed=Money.of(self.reverse_charge, self.currency),
            held=self.payment_hold,
            lines=tuple(each.canonical(self.currency) for each in self.items),
            source=Source("erp", instance, "payable", self.id, self.last_modified_date),
            version=self.revision,
        )

    @property
    def is_void(self) -> bool:
        """Whether it was taken out of the books."""
        return self.status == "Voided"


class VendorBills(Struct, frozen=True, rename="camel"):
    """A page of vendor bills."""

    items: list[VendorBill]
    offset: int
    has_more: bool


class NewVendorBill(Struct, frozen=True, rename="camel", kw_only=True):
    """A vendor bill that is to be created; the ERP computes its net and its own tax."""

    external_id: str
    type: str
    subsidiary: str
    entity: str
    tran_id: str
    created_from: str | None
    currency: str
    tran_date: date
    due_date: date
    tax_total: Decimal
    reverse_charge_rate: Decimal
    payment_hold: bool
    items: tuple[NewItem, ...]

    @classmethod
    def of(cls, draft: PayableDraft, key: str) -> "NewVendorBill":
        """Say a draft in NetSuite's words."""
        return cls(
            external_id=key,
            type="vendorCredit" if draft.kind is PayableKind.CREDIT else "vendorBill",
            subsidiary=draft.legal_entity,
            entity=draft.vendor_number,
            tran_id=draft.bill_number,
            created_from=draft.corrects,
            currency=draft.currency,
            tran_date=draft.issue_date,
            due_date=draft.due_date,
            tax_total=draft.tax.value,
            reverse_charge_rate=draft.self_assessed_rate,
            payment_hold=draft.held,
            items=tuple(
                NewItem(
                    kind="service",
                    description=line.description,
                    quantity=line.quantity,
                    rate=line.unit_price.value,
                    employee=None,
                )
                for line in draft.lines
            ),
        )


class Payables:
    """The vendor bills and credits of one ERP."""

    def __init__(self, wire: Wire, references: References, instance: str, page_size: int) -> None:
        self._wire, self._references = wire, references
        self._instance, self._page_size = instance, page_size

    async def one(self, payable_id: str) -> Payable:
        """Return one payable, or raise `NotFound`."""
        record_id = await self._references.record_of("payable", payable_id)
        found = await self._wire.one("payable", _RECORD, record_id, VendorBill)
        return found.canonical(payable_id, self._instance)

    async def page(
        self,
        bill_number: str | None,
        vendor_number: str | None,
        legal_entity: str | None,
        cursor: str | None,
    ) -> Page[Payable]:
        """Return payables in the order they were created, a page at a time."""
        asked = {
            "tranId": bill_number,
            "entity": vendor_number,
            "subsidiary": legal_entity,
            "offset": cursor,
        }
        page = await self._wire.page("payables", _RECORD, asked, VendorBills)
        return Page(await self._ours(page.items), next_cursor(page, self._page_size))

    async def by_key(self, key: str) -> Payable | None:
        """Return the payable whose external id is this key, if any; a void one is none."""
        asked = {"externalId": key, "limit": _OF_ONE_KEY}
        page = await self._wire.page("payables", _RECORD, asked, VendorBills)
        standing = [each for each in page.items if not each.is_void]
        return only(self._instance, await self._ours(standing), key)

    async def create(self, draft: PayableDraft, key: str) -> Payable:
        """Write a bill or a credit, and return it as the ERP has it."""
        wish = NewVendorBill.of(draft, key)
        await self._wire.create("create_payable", _RECORD, wish, VendorBill)
        return await seen(self._instance, self.by_key(key), key)

    async def act(self, operation: str, payable_id: str, action: str) -> Payable:
        """Let the ERP do something with a payable, and return it."""
        record = f"{_RECORD}/{await self._references.record_of('payable', payable_id)}"
        done = await self._wire.act(operation, record, action, VendorBill)
        return done.canonical(payable_id, self._instance)

    async def _ours(self, found: Sequence[VendorBill]) -> list[Payable]:
        ids = await self._references.ids_of("payable", [each.id for each in found])
        return [r.canonical(i, self._instance) for r, i in zip(found, ids, strict=True)]
