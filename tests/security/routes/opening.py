"""How the attacked gateway comes to be in the middle of its firm's month."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct

from process_apis.project_to_cash.records import InvoiceStage
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.stories.engagement import Engagement
from tests.stories.people import People, until
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

_PAPER = b"A paper on file."
_PAPER_HASH = f"sha256:{hashlib.sha256(_PAPER).hexdigest()}"
AFTER_THE_PAYMENT = "2026-11-05T08:00:00Z"
_CREDITS = "/process/project-to-cash/v1/invoices"
_WHERE = {
    "opportunity_id": "/system/crm/v1/opportunities?number=OPP-38",
    "client_id": "/system/crm/v1/clients?number=CL-1",
    "contract_id": "/system/contracts/v1/contracts?number=CT-1001",
    "document_id": f"/system/contracts/v1/documents?document_hash={_PAPER_HASH}",
    "change_request_id": "/system/contracts/v1/change-requests?contract_number=CT-1001",
    "project_id": "/system/psa/v1/projects?number=P-1001",
    "ledger client_id": "/system/erp/v1/clients?number=CUST-1001",
    "invoice_id": "/system/erp/v1/invoices?number=INV-US-0901",
    "credit_note_id": "/system/erp/v1/credit-notes?invoice_number=INV-US-0901",
    "payment_id": "/system/erp/v1/payments?invoice_number=INV-US-0901",
    "process project_number": "/experience/delivery/v1/projects",
    "process billing_event_id": "/process/project-to-cash/v1/billing-events",
    "process invoice_id": "/process/project-to-cash/v1/invoices",
    "process credit_note_id": "/process/project-to-cash/v1/credit-notes",
    "process dispute_id": "/process/project-to-cash/v1/disputes",
    "process receipt_id": "/process/project-to-cash/v1/receipts",
    "process approval_id": "/process/approvals/v1",
    "process exception_id": "/process/exceptions/v1",
}


class _Draft(Struct):
    legal_entity: str


class _Row(Struct):
    legal_entity: str | None = "NWA-US"
    draft: _Draft | None = None
    id: str | None = None
    project_number: str | None = None

    @property
    def entity(self) -> str | None:
        """The company that the record is about."""
        return self.draft.legal_entity if self.draft else self.legal_entity


class _Rows(Struct):
    items: list[_Row]
    next_cursor: str | None = None


@asynccontextmanager
async def attacked(folder: Path) -> AsyncIterator[Attacked]:
    """Serve the firm with a credit that waits for approval, an exception and a payment."""
    async with (
        sandbox_program(NORTHWIND, folder / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        gateway = GatewayProgram(folder, NORTHWIND, address, {})
        try:
            await gateway.start()
            story = Engagement(People(gateway.base_url, gateway.data_dir, NORTHWIND, session))
            await story.drafted()
            await story.approved_by_all()
            invoice = await story.invoice(InvoiceStage.POSTED)
            await story.at(AFTER_THE_PAYMENT)
            site = Attacked(gateway, address, session)
            site.ids["entity"] = "contract"
            await _papers(site)
            await _credits(site, invoice.id)
            await story.asked("project_manager", "credit of")
            await _disputes(site, invoice.id)
            await until(lambda: _received(site), "the receipt of the payment")
            for name, path in _WHERE.items():
                site.ids[name] = await _first_of(site, path)
            await settled(site)
            yield site
        finally:
            await gateway.stop()


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


async def _credits(site: Attacked, invoice_id: str) -> None:
    """Draft a credit note in the books, and ask for one of an invoice."""
    asked = f"POST {_CREDITS}/{{invoice_id}}/credits"
    for path, body in {
        "/system/erp/v1/credit-notes": GOOD["POST /system/erp/v1/credit-notes"],
        f"{_CREDITS}/{invoice_id}/credits": GOOD[asked],
    }.items():
        answer = await site.send("POST", path, body=body)
        assert answer.status in {201, 202}, answer.body


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
    for path in {each.partition("?")[0] for each in _WHERE.values()}:
        page: str | None = path
        while page:
            cursor = (await _rows(site, page)).next_cursor
            page = f"{path}?cursor={cursor}" if cursor else None
    before: dict[str, str] = {}
    now = await site.holdings.summed()
    while before != now:
        await asyncio.sleep(1.5)
        before, now = now, await site.holdings.summed()


async def _first_of(site: Attacked, path: str) -> str:
    """Return the id of a list's first record of NWA-US."""
    rows = (await _rows(site, path)).items
    found = next(each for each in rows if each.entity == "NWA-US")
    return str(found.id or found.project_number)


async def _rows(site: Attacked, path: str) -> _Rows:
    return msgspec.json.decode((await site.send("GET", path)).body, type=_Rows)
