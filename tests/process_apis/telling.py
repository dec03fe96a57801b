"""What tells subscribers, a clock that a test moves, and a receiver that notes what comes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from aiohttp import web
from msgspec import Struct
from standardwebhooks import Webhook

from governance.access import Caller
from governance.audit import Audit
from observability.metrics import Metrics
from process_apis.commands import Command, Commands, CommandStatus
from process_apis.events.billing import InvoicePosted
from process_apis.events.event import Event
from process_apis.events.published import EVENT_TYPES
from process_apis.subscriptions.deliveries import Deliveries
from process_apis.subscriptions.desk import Desk
from process_apis.subscriptions.envelope import CloudEvent
from process_apis.subscriptions.forgetting import Forgetting
from process_apis.subscriptions.records import Subscription, SubscriptionWish
from process_apis.subscriptions.register import Subscriptions
from process_apis.subscriptions.sending import Sender
from process_apis.subscriptions.signing import SigningSecrets
from store.clock import wall_clock
from system_apis.egress import Guard, open_way_out
from tests.stores import empty_store

SANDBOX = Guard(internal_hosts=frozenset({"127.0.0.1"}), plain=True, loopback=True)
POSTED = "strata.invoice.posted.v1"
OWNER = Caller(
    subject="warehouse",
    client_id="warehouse",
    scopes=frozenset({each.scope for each in EVENT_TYPES.values()}),
    entities=frozenset({"NWA-US", "HAL-UK"}),
)


class Came(Struct, frozen=True):
    """What a receiver was sent."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        """The id by which a receiver tells a repeat."""
        return self.headers["webhook-id"]


class Receiver:
    """Notes what comes, and answers as it is told to: 204, unless a status or a wait is set."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.url = ""

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take one delivery."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.came.append(Came(headers, await request.read()))
        await self.may_answer.wait()
        return web.Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Serve a receiver on a free port."""
    found = Receiver()
    runner = web.ServerRunner(web.Server(found.take))
    await runner.setup()
    where = web.TCPSite(runner, "127.0.0.1", 0)
    await where.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
    yield found
    found.may_answer.set()
    await runner.cleanup()


class Telling:
    """What tells subscribers, on a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.now = wall_clock().replace(microsecond=0)
        self.store = empty_store(folder / "strata.sqlite")
        audit = Audit(self.store, self.wall, folder / "heads.jsonl")
        self.commands = Commands(self.store)
        self.register = Subscriptions(self.store, audit, self.wall)
        self.deliveries = Deliveries(self.store, audit, self.register)
        self.forgetting = Forgetting(self.store, audit, self.wall)
        self.secrets = SigningSecrets(b"a key of this gateway")
        self.desk = Desk(self.register, self.deliveries, self.secrets, SANDBOX, self.wall)
        self.metrics = Metrics()
        self.left: dict[str, Caller | None] = {}

    def wall(self) -> datetime:
        """Return the time, which stands still until a test moves it."""
        return self.now

    @asynccontextmanager
    async def sender(self, *, seconds: float = 5) -> AsyncIterator[Sender]:
        """Return what sends; it is closed as a stop closes it."""

        def rights(caller: Caller) -> Caller | None:
            return self.left.get(caller.subject, caller)

        async with open_way_out(SANDBOX, self.wall, seconds=seconds) as way_out:
            sender = Sender(
                self.deliveries,
                self.secrets,
                way_out,
                rights,
                self.metrics,
                "https://strata.example/process/subscriptions/v1",
                self.wall,
            )
            yield sender
            await sender.close()

    async def subscribe(
        self, to: Receiver, *types: str, entities: tuple[str, ...] = (), by: Caller = OWNER
    ) -> Subscription:
        """Have a receiver told of some types of events, of posted invoices unless named."""
        wish = SubscriptionWish(
            url=to.url, event_types=list(types or (POSTED,)), entities=list(entities)
        )
        return await self.desk.register(wish, by=by)

    async def happen(self, event: Event) -> None:
        """Let the work of an event be accepted, as the engine accepts it."""
        command = Command(
            key=event.business_key,
            process="test",
            started_by="U-1",
            status=CommandStatus.ACCEPTED,
            accepted_at=self.now,
        )
        await self.commands.accept(event, command)

    async def post_invoice(self, number: int, *, company: str = "NWA-US") -> None:
        """Let an invoice be posted."""
        await self.happen(
            InvoicePosted(invoice_id=f"inv_{number}", number=f"I-{number}", legal_entity=company)
        )

    async def round(self, sender: Sender, *, later: timedelta = timedelta()) -> None:
        """Let time go by, and one round be gone to its end."""
        self.now += later
        await sender.look()
        await sender.settled()


async def told_of(telling: Telling, came: Came, subscription: Subscription) -> CloudEvent:
    """Return what came, verified by the library that receivers use."""
    secret = telling.secrets.shown(subscription.id, subscription.secret_number)
    Webhook(secret).verify(came.body, dict(came.headers))
    return msgspec.json.decode(came.body, type=CloudEvent)
