"""Where the attacked firm's records are listed, and how they are looked up there."""

import asyncio
import hashlib
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from process_apis.shadow.records import Shadowed
from tests.security.routes.attacked import Attacked
from tests.stories.people import until

PAPER = b"A paper on file."
_PAPER_HASH = f"sha256:{hashlib.sha256(PAPER).hexdigest()}"
WHERE = {
    "opportunity_id": "/system/crm/v2/opportunities?number=OPP-38",
    "client_id": "/system/crm/v2/clients?number=CL-1",
    "contract_id": "/system/contracts/v1/contracts?number=CT-1001",
    "document_id": f"/system/contracts/v1/documents?document_hash={_PAPER_HASH}",
    "change_request_id": "/system/contracts/v1/change-requests?contract_number=CT-1001",
    "project_id": "/system/psa/v1/projects?number=P-1001",
    "employee_id": "/system/hr/v1/employees?number=E103",
    "task_id": "/system/psa/v1/tasks?legal_entity=NWA-US&project_number=P-1001&on=2026-10-31",
    "booking_id": "/system/psa/v1/bookings?legal_entity=NWA-US&project_number=P-1001&on=2026-10-31",
    "ledger client_id": "/system/erp/v1/clients?number=CUST-1001",
    "invoice_id": "/system/erp/v1/invoices?number=INV-US-0901",
    "credit_note_id": "/system/erp/v1/credit-notes?invoice_number=INV-US-0901",
    "payment_id": "/system/erp/v1/payments?invoice_number=INV-US-0901",
    "vendor_id": "/system/procurement/v1/vendors",
    "purchase_order_id": "/system/procurement/v1/purchase-orders",
    "receipt_id": "/system/procurement/v1/receipts",
    "bill_id": "/system/procurement/v1/bills",
    "withdrawal_id": "/governance/v1/access/withdrawals",
    "finding_id": "/governance/v1/quality/findings?status=open",
    "journal_id": "/system/erp/v1/journals",
    "payable_id": "/system/erp/v1/payables",
    "process vendor_id": "/system/procurement/v1/vendors",
    "process purchase_order_id": "/system/procurement/v1/purchase-orders",
    "process order_request_id": "/process/procure-to-pay/v1/order-requests",
    "process receipt_case_id": "/process/procure-to-pay/v1/receipt-drafts",
    "process project_number": "/experience/delivery/v1/projects",
    "process change_request_id": "/system/contracts/v1/change-requests?contract_number=CT-1001",
    "process billing_event_id": "/process/project-to-cash/v1/billing-events",
    "process invoice_id": "/process/project-to-cash/v1/invoices",
    "process credit_note_id": "/process/project-to-cash/v1/credit-notes",
    "process dispute_id": "/process/project-to-cash/v1/disputes",
    "process receipt_id": "/process/project-to-cash/v1/receipts",
    "process approval_id": "/process/approvals/v1",
    "process exception_id": "/process/exceptions/v1",
    "process finding_id": "/process/adoption/v1/findings",
    "process staffing_request_id": "/experience/staffing/v1/requests",
    "process booking_case_id": "/process/resource-to-revenue/v1/bookings",
    "process subscription_id": "/process/subscriptions/v1",
    "process row_id": "/process/time-and-expense/v1/entries",
}


class _Draft(Struct):
    legal_entity: str


class Row(Struct):
    """A record of any list, as far as it is looked for."""

    legal_entity: str | None = "NWA-US"
    draft: _Draft | None = None
    id: str | None = None
    number: str | None = None
    project_number: str | None = None
    stage: str | None = None

    @property
    def entity(self) -> str | None:
        """The company that the record is about; a sale may be any company's."""
        return self.draft.legal_entity if self.draft else self.legal_entity or "NWA-US"


class _Rows(Struct):
    items: list[Row]
    next_cursor: str | None = None


async def settled(site: Attacked) -> None:
    """Wait until nothing changes by itself any more; what is met for the first time gets an id."""
    await walked(site, {_whole_list(each) for each in WHERE.values()})
    for kind in ("time-off", "work-calendar"):
        path = f"/system/hr/v1/{kind}?legal_entity=NWA-US&start=2026-10-01&end=2026-10-31"
        met = await site.send("GET", path)
        assert met.status == 200, met.body
    for process in Shadowed:
        report = f"/process/shadow/v1/reports?process={process}&start=2026-01-01&end=2027-12-31"
        shadowed = await site.send("GET", report)
        assert shadowed.status == 200, shadowed.body
    for where in (
        "/process/revenue/v1/close?legal_entity=NWA-US&month=2026-10",
        "/system/psa/v1/bookings?legal_entity=NWA-US&project_number=P-1001&on=2026-10-31",
    ):
        looked_at = await site.send("GET", where)
        assert looked_at.status == 200, looked_at.body
    before: dict[str, str] = {}
    now = await site.holdings.summed()
    while before != now:
        await asyncio.sleep(3)
        before, now = now, await site.holdings.summed()


async def first_of(site: Attacked, path: str) -> str:
    """Return the id of a list's first record of NWA-US, once there is one."""

    async def there() -> Row | None:
        rows = (await listed(site, path)).items
        return next((each for each in rows if each.entity == "NWA-US"), None)

    found = await until(there, f"a record of NWA-US at {path}")
    return str(found.id or found.project_number)


async def listed(site: Attacked, path: str) -> _Rows:
    """Return the records of a page of a list."""
    return msgspec.json.decode((await site.send("GET", path)).body, type=_Rows)


async def walked(site: Attacked, lists: Iterable[str]) -> None:
    """Read lists to their ends."""
    for path in lists:
        page: str | None = path
        while page:
            cursor = (await listed(site, page)).next_cursor
            more = "&" if "?" in path else "?"
            page = f"{path}{more}cursor={cursor}" if cursor else None


def _whole_list(path: str) -> str:
    """Return the address of a whole list; what is asked of one project stays so."""
    return path if "project_number=" in path else path.partition("?")[0]
