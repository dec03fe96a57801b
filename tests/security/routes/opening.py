"""How the attacked gateway comes to be in the middle of its firm's month."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.composition import APIS
from governance.signed_links import LinkKeys, Place
from process_apis.notices.looking import LINK
from process_apis.project_to_cash.records import InvoiceStage
from process_apis.shadow.records import Shadowed
from store.clock import wall_clock
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.divided import in_units
from tests.stories.clerks import KeyedInvoice, KeyedLine
from tests.stories.engagement import Engagement
from tests.stories.people import People, until
from tests.stories.programs import GatewayProgram, sandbox_program

# All attacks come from one address; how often it may fail is tried elsewhere. What the rounds
# do is tried in the stories: here they only take the machine from who attacks.
PATIENT = {
    "STRATA_RATE_LIMITS__STRANGERS": "1000000/minute",
    "STRATA_ROUNDS_SECONDS": "0.5",
}
_PAPER = b"A paper on file."
_PAPER_HASH = f"sha256:{hashlib.sha256(_PAPER).hexdigest()}"
AFTER_THE_PAYMENT = "2026-11-05T08:00:00Z"
_CREDITS = "/process/project-to-cash/v1/invoices"
KEYED_IN = KeyedInvoice(
    project="P-1001",
    entity="NWA-US",
    customer="CUST-1001",
    currency="USD",
    on=date(2026, 10, 31),
    lines=(KeyedLine("E101", "1", "280"),),
)
_WHERE = {
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
_USD, _NO_USD = {"amount": "10.00", "currency": "USD"}, {"amount": "0.00", "currency": "USD"}
_DRAFT: dict[str, object] = {
    "legal_entity": "NWA-US",
    "currency": "USD",
    "lines": [
        {
            "project_number": "P-1001",
            "role": "Specialist",
            "unit": "hours",
            "quantity": "10",
            "rate": _USD,
            "contractor": "E101",
            "start": "2026-10-01",
            "end": "2026-10-31",
        }
    ],
}
_RECEIPT = {
    "line": 1,
    "start": "2026-10-01",
    "end": "2026-10-31",
    "quantity": "2",
    "rests_on": "manual",
    "accepted_by": "U-PM1",
    "accepted_at": "2026-10-31T12:00:00Z",
}
_BILL_LINE: dict[str, object] = {
    "description": "An hour",
    "purchase_order_line": 1,
    "quantity": "1",
    "unit_price": _USD,
    "net": _USD,
    "tax": _NO_USD,
}
_BILL: dict[str, object] = {
    "legal_entity": "NWA-US",
    "number": "B-1",
    "currency": "USD",
    "issue_date": "2026-10-31",
    "due_date": "2026-11-30",
    "net": _USD,
    "tax": _NO_USD,
    "gross": _USD,
}


class _Draft(Struct):
    legal_entity: str


class _Row(Struct):
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
    items: list[_Row]
    next_cursor: str | None = None


@asynccontextmanager
async def attacked(folder: Path) -> AsyncIterator[Attacked]:
    """Serve the firm with a credit that waits for approval, an exception and a payment."""
    firm = in_units(folder / "firm")
    async with (
        sandbox_program(firm, folder / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        gateway = GatewayProgram(folder, firm, address, PATIENT)
        try:
            await gateway.start()
            story = Engagement(People(gateway.base_url, gateway.data_dir, firm, session))
            await story.drafted()
            await story.approved_by_all()
            invoice = await story.invoice(InvoiceStage.POSTED)
            await story.at(AFTER_THE_PAYMENT)
            await story.decide("finance", await story.asked("finance", "P-4201"), "reject")
            await story.asked("sales_operations", "SET_UP_REJECTED")
            site = Attacked(gateway, address, session, firm)
            site.ids["entity"] = "contract"
            await _in_force(site)
            await _papers(site)
            await _withdrawn(site)
            await _bought(site)
            await _staffed(site)
            await _credits(site, invoice.id)
            await site.clerks.draft_invoice("erp-a", KEYED_IN)
            await story.asked("finance", "was keyed in")
            await story.asked("project_manager", "credit of")
            await _disputes(site, invoice.id)
            await until(lambda: _received(site), "the receipt of the payment")
            await _merges(site)
            await _handed_in(site)
            await _subscribed(site)
            site.ids["process word"] = _link(site)
            site.ids["process system"] = "erp-a"
            for name, path in _WHERE.items():
                site.ids[name] = await _first_of(site, path)
            await settled(site)
            yield site
        finally:
            await gateway.stop()


def _link(site: Attacked) -> str:
    """Return the word of a link that was sent to whoever attacks."""
    links = LinkKeys(site.gateway.data_dir / "keys", wall_clock)
    return links.sign(Place(purpose=LINK, subject="approval:apr_1", person="U-ANY"))


async def _in_force(site: Attacked) -> None:
    """Keep every version that leaves for another year, whatever day it is."""
    leaving = [api.POLICY for api in APIS if api.POLICY.lifecycle.sunset_on]
    for policy in leaving:
        sunset = wall_clock().date() + timedelta(days=366)
        stays = replace(policy.lifecycle, sunset_on=sunset, brownouts=())
        body = msgspec.json.encode({"lifecycle": stays, "reason": "tried as it is"})
        path = f"/governance/v1/lifecycle{policy.path}"
        answer = await site.send("PUT", path, body=body, headers={"if-match": '"0"'})
        assert answer.status == 200, answer.body


async def _papers(site: Attacked) -> None:
    """File a document of a contract, and ask for a change to it."""
    contract = await _first_of(site, _WHERE["contract_id"])
    document = {
        "title": "Paper",
        "media_type": "text/plain",
        "content": base64.b64encode(_PAPER).decode(),
    }
    change = {
        "number": "CR-1",
        "reason": "cap",
        "requested_by": "Client",
        "deltas": {"cap": {"amount": "90000.00", "currency": "USD"}},
    }
    for part, body in {"documents": document, "change-requests": change}.items():
        path = f"/system/contracts/v1/contracts/{contract}/{part}"
        answer = await site.send("POST", path, body=msgspec.json.encode(body))
        assert answer.status == 201, answer.body


async def _withdrawn(site: Attacked) -> None:
    """Take the access of somebody away who never calls."""
    path = "/governance/v1/access/withdrawals"
    answer = await site.send("PUT", path, body=GOOD[f"PUT {path}"])
    assert answer.status == 200, answer.body


async def _bought(site: Attacked) -> None:
    """Order services for NWA-US, receive them and be billed for them."""
    vendor = await _first_of(site, "/system/procurement/v1/vendors")
    order = await _made(site, "/purchase-orders", _DRAFT | {"vendor_id": vendor})
    await _made(site, f"/purchase-orders/{order.id}/approval", {"revision": 1})
    sending = await site.send("POST", f"/system/procurement/v1/purchase-orders/{order.id}/sending")
    assert sending.status == 200, sending.body
    await _made(site, f"/purchase-orders/{order.id}/receipts", _RECEIPT)
    line = _BILL_LINE | {"purchase_order_number": order.number}
    await _made(site, "/bills", _BILL | {"vendor_id": vendor, "lines": [line]})
    await _billed(site, vendor, line)
    journals = "/system/erp/v1/journals"
    booked = await site.send("POST", journals, body=GOOD[f"POST {journals}"])
    assert booked.status == 201, booked.body
    route = "POST /process/procure-to-pay/v1/purchase-orders/{purchase_order_id}/receipt-drafts"
    path = route.removeprefix("POST ").replace("{purchase_order_id}", str(order.id))
    drafting = await site.send("POST", path, body=GOOD[route])
    assert drafting.status == 202, drafting.body


async def _staffed(site: Attacked) -> None:
    """Ask to book somebody on a project of NWA-US."""
    path = "/process/resource-to-revenue/v1/bookings"
    request = await _first_of(site, _WHERE["process staffing_request_id"])
    body = GOOD[f"POST {path}"].replace(b"sr_00000000000000000000000000", request.encode())
    answer = await site.send("POST", path, body=body)
    assert answer.status == 202, answer.body


async def _billed(site: Attacked, vendor: str, line: Mapping[str, object]) -> None:
    """Take a bill of two hours in that is right, and ask for services."""
    twice = {"amount": "20.00", "currency": "USD"}
    hours = dict(line) | {"quantity": "2", "net": twice}
    totals = {"net": twice, "gross": twice, "number": "B-2", "lines": [hours]}
    asked = GOOD["POST /process/procure-to-pay/v1/order-requests"]
    for path, body in {
        "bills": msgspec.json.encode(
            {"arrival": "mail-2", "bill": _BILL | {"vendor_id": vendor} | totals}
        ),
        "order-requests": asked.replace(b"vn_00000000000000000000000000", vendor.encode()),
    }.items():
        answer = await site.send("POST", f"/process/procure-to-pay/v1/{path}", body=body)
        assert answer.status == 202, answer.body

    async def posted() -> _Row | None:
        taken_in = (await _rows(site, "/process/procure-to-pay/v1/bills")).items
        return next((each for each in taken_in if each.stage == "posted"), None)

    found = await until(posted, "the posting of the bill")
    site.ids["process bill_case_id"] = str(found.id)


async def _made(site: Attacked, where: str, body: Mapping[str, object]) -> _Row:
    path = f"/system/procurement/v1{where}"
    answer = await site.send("POST", path, body=msgspec.json.encode(body))
    assert answer.status < 300, answer.body
    return msgspec.json.decode(answer.body, type=_Row)


async def _credits(site: Attacked, invoice_id: str) -> None:
    """Draft a credit note in the books, and ask for one of an invoice."""
    asked = f"POST {_CREDITS}/{{invoice_id}}/credits"
    for path, body in {
        "/system/erp/v1/credit-notes": GOOD["POST /system/erp/v1/credit-notes"],
        f"{_CREDITS}/{invoice_id}/credits": GOOD[asked],
    }.items():
        answer = await site.send("POST", path, body=body)
        assert answer.status in {201, 202}, answer.body


async def _merges(site: Attacked) -> None:
    """Ask to merge two clients that have nothing in common, each in another ledger."""
    path = "/process/client-matching/v1/merges"
    # What is met for the first time is linked: it would move the ground of the merge.
    await _walked(site, ["/system/crm/v1/clients", "/system/erp/v1/clients"])
    wish = {
        "survivor_id": await _first_of(site, "/system/erp/v1/clients?number=CUST-1003"),
        "merged_id": (await _client(site, "C-81")).id,
        "reason": "one firm, entered twice",
        "override_reason": "it was bought by the other",
    }
    answer = await site.send("POST", path, body=msgspec.json.encode(wish))
    assert answer.status == 202, answer.body

    where = answer.headers["location"]

    async def written() -> bool:
        return (await site.send("GET", where)).status == 200

    await until(written, "the merge that was asked for")
    site.ids["process merge_id"] = where.rpartition("/")[2]


async def _client(site: Attacked, number: str) -> Client:
    """Return a client of the last ledger that has such a number."""
    path, cursor = f"/system/erp/v1/clients?number={number}", ""
    while True:
        page = msgspec.json.decode((await site.send("GET", path + cursor)).body, type=Page[Client])
        if page.items:
            return page.items[0]
        cursor = f"&cursor={page.next_cursor}"


async def _handed_in(site: Attacked) -> None:
    """Hand in hours that wait for an approver."""
    path = "/process/time-and-expense/v1/entries"
    body = GOOD[f"POST {path}"].replace(b"T-9", b"T-1")
    answer = await site.send("POST", path, body=body)
    assert answer.status == 202, answer.body


async def _subscribed(site: Attacked) -> None:
    """Have a receiver told that is not there, read its secret, try it, and pause."""
    path = "/process/subscriptions/v1"
    body = GOOD[f"POST {path}"].replace(b"hooks.example", b"away.example")
    made = await site.send("POST", path, body=body)
    assert made.status == 201, made.body
    subscription = msgspec.json.decode(made.body, type=_Row).id
    # A head does not use up what is shown once.
    head = await site.send("HEAD", f"{path}/{subscription}/secret")
    shown = await site.send("GET", f"{path}/{subscription}/secret")
    assert (head.status, shown.status) == (405, 200), shown.body
    tried = await site.send("POST", f"{path}/{subscription}/test")
    assert tried.status == 202, tried.body
    site.ids["process event_type"] = "strata.invoice.posted.v1"
    site.ids["process delivery_id"] = str(msgspec.json.decode(tried.body, type=_Row).id)
    status = f"{path}/{subscription}/status"
    paused = await site.send("PUT", status, body=b'{"status":"paused"}')
    assert paused.status == 200, paused.body


async def _disputes(site: Attacked, invoice_id: str) -> None:
    """Let the client object to a part of an invoice."""
    body = GOOD[f"POST {_CREDITS}/{{invoice_id}}/disputes"]
    answer = await site.send("POST", f"{_CREDITS}/{invoice_id}/disputes", body=body)
    assert answer.status == 201, answer.body


async def _received(site: Attacked) -> bool | None:
    """Whether the payment is written down as a receipt."""
    return bool((await _rows(site, _WHERE["process receipt_id"])).items) or None


async def settled(site: Attacked) -> None:
    """Wait until nothing changes by itself any more; what is met for the first time gets an id."""
    await _walked(site, {_whole_list(each) for each in _WHERE.values()})
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


async def _walked(site: Attacked, lists: Iterable[str]) -> None:
    """Read lists to their ends."""
    for path in lists:
        page: str | None = path
        while page:
            cursor = (await _rows(site, page)).next_cursor
            more = "&" if "?" in path else "?"
            page = f"{path}{more}cursor={cursor}" if cursor else None


def _whole_list(path: str) -> str:
    """Return the address of a whole list; what is asked of one project stays so."""
    return path if "project_number=" in path else path.partition("?")[0]


async def _first_of(site: Attacked, path: str) -> str:
    """Return the id of a list's first record of NWA-US, once there is one."""

    async def there() -> _Row | None:
        rows = (await _rows(site, path)).items
        return next((each for each in rows if each.entity == "NWA-US"), None)

    found = await until(there, f"a record of NWA-US at {path}")
    return str(found.id or found.project_number)


async def _rows(site: Attacked, path: str) -> _Rows:
    return msgspec.json.decode((await site.send("GET", path)).body, type=_Rows)
