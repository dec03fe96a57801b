"""A gateway that takes messages of four systems, and somebody who sends them."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from gateway.inbound.stage import Door
from gateway.webhook_addresses import PATH
from process_apis.intake.inbox import Inbox, hints
from process_apis.intake.receiving import Receiving
from process_apis.rounds import Rounds
from system_apis.contracts.sandbox_webhooks import WEBHOOKS as CONTRACTS
from system_apis.erp.sandbox_webhooks import WEBHOOKS as ERP
from system_apis.psa.sandbox_webhooks import WEBHOOKS as PSA
from system_apis.sandbox.signing import (
    Letter,
    as_a_request,
    by_its_body,
    with_its_moment,
)
from system_apis.webhooks import OWN_PROGRAMS, WebhookSecret, WebhookSource
from tests.gateway.house import Answer, Caller, House, running
from tests.gateway.orders import orders_api


def secret(letter: str) -> str:
    """Return a secret of 32 bytes."""
    return f"whsec_{base64.b64encode(letter.encode() * 32).decode()}"


NEW, OLD, OTHER = secret("n"), secret("o"), secret("x")
BODY = b'{"type": "opportunity.won",  "data": {"number": "OPP-38"}}'
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
CUT_OFF = NOW + timedelta(hours=1)
Headers = Mapping[str, str]


class Sent(Struct, frozen=True):
    """A message as it goes over the wire."""

    source: str
    headers: Headers
    body: bytes


def signed(
    body: bytes = BODY, *, by: str = NEW, at: datetime = NOW, name: str = "msg_1"
) -> dict[str, str]:
    """Return the headers with which the vendor's own library signs."""
    signature = Webhook(by).sign(name, at, body.decode())
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


PSA_BODY = (
    b'{"id":"7","subject_type":"time_entry","subject_id":"41","lock_version":2,'
    b'"created_at":"2026-10-31T12:00:00Z"}'
)
ERP_BODY = (
    b'{"noteId":8,"recordType":"invoice","recordId":"12","revision":1,'
    b'"date":"2026-10-31T12:00:00Z"}'
)
CONTRACTS_BODY = (
    b'{"position":9,"objectType":"agreement","objectId":"A-1","revision":1,'
    b'"occurredAt":"2026-10-31T12:00:00Z"}'
)


def vendor(source: str, body: bytes, *, by: str = NEW, at: datetime = NOW) -> Sent:
    """Return a message that is signed in its vendor's way."""
    url = f"http://127.0.0.1:8000{PATH}/{source}"
    letter = Letter(id="1", url=url, moment=at, body=body)
    headers = {
        "psa-a": lambda: with_its_moment(letter, by, "x-kantata-signature"),
        "erp-a": lambda: by_its_body(letter, by, "x-netsuite-signature-256"),
        "contracts": lambda: as_a_request(
            letter, by, "x-agreements-signature", "x-agreements-timestamp"
        ),
    }[source]()
    return Sent(source, headers, body)


class Office:
    """What took the messages, and the wire to it."""

    def __init__(self, house: House, caller: Caller, inbox: Inbox) -> None:
        self.house, self.caller, self.inbox = house, caller, inbox

    async def send(self, sent: Sent, kind: str = "application/json") -> Answer:
        """Send a message without a token."""
        return await self.caller.send(
            "POST",
            f"{PATH}/{sent.source}",
            body=sent.body,
            headers={"content-type": kind, **sent.headers},
            token=None,
        )

    async def tell(self, body: bytes = BODY, **how: object) -> Answer:
        """Send a good message of the CRM's, or what is made of one."""
        return await self.send(Sent("crm", signed(body, **how), body))  # type: ignore[arg-type]  # as `signed` takes them

    async def kept(self) -> int:
        """Return how many messages are kept."""
        count = select(func.count()).select_from(hints)
        return await self.house.store.read(
            lambda connection: connection.execute(count).scalar_one()
        )

    def counted(self, source: str, outcome: str) -> float:
        """Return how many messages of a source came to an outcome."""
        counter = self.house.governance.metrics.webhooks_received
        return counter.labels(source, outcome)._value.get()

    def set_clock(self, moment: datetime) -> None:
        """Let it be a moment for who checks signatures."""
        self.now = moment


@asynccontextmanager
async def office(path: Path, *, body_seconds: float = 10.0) -> AsyncIterator[Office]:
    """Open a gateway that takes messages at nine o'clock, and close it after."""
    house = House(path)
    inbox = Inbox(house.store, house.audit)
    metrics = house.governance.metrics
    rounds = Rounds({"webhooks": []}, metrics, house.wall.now)
    kinds = {"psa-a": PSA, "erp-a": ERP, "contracts": CONTRACTS}
    sources = {
        "crm": WebhookSource(
            "crm", OWN_PROGRAMS, [WebhookSecret(NEW), WebhookSecret(OLD, until=CUT_OFF)]
        ),
        "hr-a": WebhookSource("hr-a", OWN_PROGRAMS, [WebhookSecret(OTHER)]),
        "none": WebhookSource("none", OWN_PROGRAMS, []),
        **{name: WebhookSource(name, each, [WebhookSecret(NEW)]) for name, each in kinds.items()},
    }
    receiving = Receiving(sources, inbox, rounds, metrics, lambda: found.now)
    house.governance = replace(
        house.governance, receiving=receiving, door=Door(body_seconds=body_seconds)
    )
    async with running(house.app(orders_api()), house) as caller:
        found = Office(house, caller, inbox)
        found.set_clock(NOW)
        yield found
    await house.close()


async def trickled(caller: Caller, head: bytes, parts: int, pause: float) -> bytes:
    """Send a head and then a byte at a time, and return what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
    writer.write(head)
    found = asyncio.create_task(reader.read(65_536))
    try:
        for _ in range(parts):
            if found.done():
                break
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(found, 5)
    finally:
        writer.close()
