"""The sandbox's systems tell of their changes as their products would: signed, again, in order."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from store.clock import wall_clock
from system_apis.contracts.sandbox_webhooks import WEBHOOKS as CONTRACTS
from system_apis.crm.sandbox_webhooks import WEBHOOKS as CRM
from system_apis.erp.sandbox_webhooks import WEBHOOKS as ERP
from system_apis.psa.sandbox_webhooks import WEBHOOKS as PSA
from system_apis.signatures import Message
from system_apis.webhooks import WebhookSecret, WebhookSource
from tests.stories.people import until
from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, house_of

SECRET = f"whsec_{base64.b64encode(b'w' * 32).decode()}"
BEGINS = "2026-10-01T00:00:00Z"
KINDS = {"crm": CRM, "contracts": CONTRACTS, "psa": PSA, "erp": ERP}


class Receiver:
    """Takes messages, but for the first, whose answer is that it is not well."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[tuple[str, Message]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Take a message down."""
        instance = request.match_info["instance"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        uri = f"{self.url}/{instance}"
        self.seen.append((instance, Message(uri=uri, headers=headers, body=await request.read())))
        return web.Response(status=202 if len(self.seen) > 1 else 500)

    def refused_again(self) -> bool:
        """Whether the message that was not taken came once more."""
        bodies = [message.body for _, message in self.seen]
        return bodies.count(bodies[0]) == 2 if bodies else False


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listen on a free port."""
    found, app = Receiver(), web.Application()
    app.router.add_post("/events/{instance}", found.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    yield found
    await runner.cleanup()


async def test_changes_are_told_signed_until_they_are_taken(tmp_path: Path) -> None:
    """Each product signs in its own way; the vendor's library takes what is signed as it does."""
    async with receiver() as found, house_of(NORTHWIND, tmp_path) as house:
        await house.at(BEGINS)
        told = {"url": found.url, "secrets": dict.fromkeys(house.address.instances, SECRET)}
        tellers = msgspec.json.decode(await house.set("webhooks", told))["instances"]
        await house.at(MONTH_END)

        async def enough() -> bool:
            kinds = {name.partition("-")[0] for name, _ in found.seen}
            return found.refused_again() and kinds >= {"crm", "contracts", "psa"}

        await until(enough, "messages of those that had changes")

    assert {each.partition("-")[0] for each in tellers} == set(KINDS)
    for instance, message in found.seen:
        webhooks = KINDS[instance.partition("-")[0]]
        source = WebhookSource(instance, webhooks, [WebhookSecret(SECRET)])
        signed_id = source.check(message, wall_clock())
        assert source.read(message.body, signed_id).sequence is not None
        if instance == "crm":
            Webhook(SECRET).verify(message.body, dict(message.headers))
