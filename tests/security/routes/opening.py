"""How the attacked gateway comes to be in the middle of its firm's month."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import msgspec
from msgspec.structs import replace

from gateway.apis import APIS
from governance.signed_links import LinkKeys, Place
from process_apis.notices.looking import LINK
from process_apis.project_to_cash.records import InvoiceStage
from store.clock import wall_clock
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.buying import bought
from tests.security.routes.divided import in_units
from tests.security.routes.lists import PAPER, WHERE, Row, first_of, listed, settled, walked
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
            await bought(site)
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
            for name, path in WHERE.items():
                site.ids[name] = await first_of(site, path)
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
    contract = await first_of(site, WHERE["contract_id"])
    document = {
        "title": "Paper",
        "media_type": "text/plain",
        "content": base64.b64encode(PAPER).decode(),
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


async def _staffed(site: Attacked) -> None:
    """Ask to book somebody on a project of NWA-US."""
    path = "/process/resource-to-revenue/v1/bookings"
    request = await first_of(site, WHERE["process staffing_request_id"])
    body = GOOD[f"POST {path}"].replace(b"sr_00000000000000000000000000", request.encode())
    answer = await site.send("POST", path, body=body)
    assert answer.status == 202, answer.body


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
    await walked(site, ["/system/crm/v1/clients", "/system/erp/v1/clients"])
    wish = {
        "survivor_id": await first_of(site, "/system/erp/v1/clients?number=CUST-1003"),
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
    subscription = msgspec.json.decode(made.body, type=Row).id
    # A head does not use up what is shown once.
    head = await site.send("HEAD", f"{path}/{subscription}/secret")
    shown = await site.send("GET", f"{path}/{subscription}/secret")
    assert (head.status, shown.status) == (405, 200), shown.body
    tried = await site.send("POST", f"{path}/{subscription}/test")
    assert tried.status == 202, tried.body
    site.ids["process event_type"] = "strata.invoice.posted.v1"
    site.ids["process delivery_id"] = str(msgspec.json.decode(tried.body, type=Row).id)
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
    return bool((await listed(site, WHERE["process receipt_id"])).items) or None
