"""The whole gateway under attack: a firm in the middle of its month, and whoever calls it."""

import asyncio
import hashlib
import io
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

from gateway.composition import authorization_server
from gateway.firm import load_firm
from gateway.people import Wish, holder_of, integrator_secret
from gateway.settings import Settings
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.clients import StaticClients
from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer
from governance.roles import ALL_SCOPES, Role, scopes_of
from store.clock import wall_clock
from system_apis.sandbox.server import SandboxAddress
from tests.security.routes.oracle import Answer, complaints
from tests.security.routes.table import Route
from tests.stories.engagement import Engagement
from tests.stories.people import People
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

AFTER_THE_PAYMENT = "2026-11-05T08:00:00Z"
_NOT_STATE = {"audit", "idempotency_keys", "alembic_version"}
# Of an effect that the system refused there is a line, and nothing else.
_CHANGES = {"effects": "SELECT * FROM effects WHERE state <> 'refused'"}
_CALLS_A_CLIENT = 20


class Case(Struct, frozen=True, kw_only=True):
    """One request, what it is about, and the answers that it may have."""

    said: str
    method: str
    path: str
    wanted: frozenset[int]
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    token: str | None = ""


class Ids(Struct, frozen=True):
    """The id of a record of NWA-US for every place in an address that takes one."""

    by_name: dict[str, str]

    def of(self, route: Route) -> str:
        """Return the id that the route takes."""
        if "/process/" in route.address or "/experience/" in route.address:
            return self.by_name[f"process {route.path_names[0]}"]
        if "/erp/" in route.address and route.path_names[0] == "client_id":
            return self.by_name["ledger client_id"]
        return self.by_name[route.path_names[0]]


class Attacked:
    """A gateway, its sandbox, and the means to call it as anybody."""

    def __init__(
        self, gateway: GatewayProgram, sandbox: SandboxAddress, session: aiohttp.ClientSession
    ) -> None:
        self.base_url, self._data_dir = gateway.base_url, gateway.data_dir
        self._gateway, self._sandbox, self._session = gateway, sandbox, session
        self.firm = load_firm(NORTHWIND)
        self._keys = gateway.data_dir / "keys"
        settings = Settings(public_url=gateway.base_url, firm=str(NORTHWIND))
        self._server = authorization_server(settings, self.firm, self._keys)
        self._turn, self._keyed, self._lane = count(), count(), asyncio.Semaphore(8)
        self.secrets = (sandbox.control_secret, integrator_secret(self._keys))
        self.ids = Ids({})

    def holder(self, role: str, entity: str | None = None) -> Holder:
        """Return somebody of a role: one of the firm, or a stranger to it who holds the role."""
        if role == Role.AUDITOR:
            roles = frozenset({role})
            return Holder(
                subject="auditor",
                client_id="audit-house",
                scopes=scopes_of(roles),
                roles=roles,
                entities=self.firm.codes,
            )
        return holder_of(Wish(who=role, entity=entity), self.firm)

    def anybody(self, *entities: str) -> Holder:
        """Return somebody who has every scope and role, for all entities unless some are named."""
        return Holder(
            subject="U-ANY",
            client_id="any",
            scopes=ALL_SCOPES,
            roles=frozenset(Role),
            entities=frozenset(entities) or self.firm.codes,
        )

    def anybody_with(self, scopes: frozenset[str]) -> Holder:
        """Return somebody who has every role, and these scopes."""
        return msgspec.structs.replace(self.anybody(), scopes=scopes)

    def token(self, holder: Holder, *, own_client: bool = False) -> str:
        """Return a token; its client is one of many, so that no limit is ever reached."""
        if not own_client:
            client = f"{holder.client_id}-{next(self._turn) // _CALLS_A_CLIENT}"
            holder = msgspec.structs.replace(holder, client_id=client)
        return self._server.issue(holder)

    def forged(self, folder: Path) -> dict[str, str]:
        """Return tokens that were good once, or would be good elsewhere."""
        good, holder = self.token(self.anybody()), self.anybody()
        ours = Config(issuer=self.base_url, audience=self.base_url)
        head, claims, signature = good.split(".")
        letter = "A" if claims[30] != "A" else "B"
        return {
            "expired": self._issuer(ours, self._keys, age=400).issue(holder),
            "not valid yet": self._issuer(ours, self._keys, age=-400).issue(holder),
            "of another audience": self._issuer(
                Config(issuer=self.base_url, audience=f"{self.base_url}/system"), self._keys
            ).issue(holder),
            "of another issuer": self._issuer(
                Config(issuer="http://127.0.0.1:1", audience=self.base_url), self._keys
            ).issue(holder),
            "of another key": self._issuer(ours, folder / "keys").issue(holder),
            "tampered": f"{head}.{claims[:30]}{letter}{claims[31:]}.{signature}",
            "unsigned": f"{head}.{claims}.",
            "no token": "x",
        }

    def _issuer(self, config: Config, keys: Path, *, age: int = 0) -> AuthorizationServer:
        def clock() -> datetime:
            return wall_clock() - timedelta(seconds=age)

        signing = SigningKeys(keys, timedelta(seconds=360), wall_clock)
        return AuthorizationServer(config, signing, StaticClients([]), clock)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> Answer:
        """Send a request as it is given; a command comes under a key of its own.

        An empty token is anybody's, None is none; an empty header is left out.
        """
        sent = {"content-type": "application/json"} if body is not None else {}
        if method != "GET":
            sent["idempotency-key"] = f"key-{next(self._keyed)}"
        if token is not None:
            sent["authorization"] = f"Bearer {token or self.token(self.anybody())}"
        sent |= headers or {}
        began = time.perf_counter()
        async with self._session.request(
            method,
            URL(self.base_url + path, encoded=True),
            data=None if body is None else io.BytesIO(body),
            headers={name: value for name, value in sent.items() if value},
            skip_auto_headers=("content-type",),
            allow_redirects=False,
        ) as reply:
            found = await reply.read()
            headers = {name.lower(): value for name, value in reply.headers.items()}
            return Answer(reply.status, headers, found, time.perf_counter() - began)

    async def announced(self, route: Route, length: int) -> Answer:
        """Send a command's head that announces a long body, and no more than its beginning."""
        began = time.perf_counter()
        port = int(self.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"{route.method} {route.at('x')} HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Authorization: Bearer {self.token(self.anybody())}\r\nIdempotency-Key: big\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        writer.write(head.encode() + b'{"text":"')
        found = await reader.read()
        writer.close()
        await writer.wait_closed()
        top, _, body = found.partition(b"\r\n\r\n")
        status, *lines = top.decode().split("\r\n")
        pairs = (line.lower().partition(": ") for line in lines)
        headers = {name: value for name, _, value in pairs}
        return Answer(int(status.split()[1]), headers, body, time.perf_counter() - began)

    async def wrong(self, cases: Iterable[Case]) -> list[str]:
        """Send every case, and return what is wrong with the answers."""
        found = await asyncio.gather(*(self._judge(case) for case in cases))
        return [line for lines in found for line in lines]

    async def _judge(self, case: Case) -> list[str]:
        async with self._lane:
            answer = await self.send(
                case.method, case.path, body=case.body, headers=case.headers, token=case.token
            )
        faults = complaints(answer, self.secrets)
        if answer.status not in case.wanted:
            faults.append(f"is {answer.status}, not {sorted(case.wanted)}: {answer.body[:200]!r}")
        if case.method == "HEAD":
            faults = [fault for fault in faults if "no problem document" not in fault]
        return [f"{case.said}: {fault}" for fault in faults]

    async def state(self) -> dict[str, str]:
        """Return a hash of each of the gateway's own tables, and of all that the systems hold."""
        systems = await self._ask_sandbox("digest")
        return {**self._own_state(), "systems": systems.decode()}

    def _own_state(self) -> dict[str, str]:
        path = f"file:{self._data_dir / 'strata.sqlite'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as store:
            found = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: _summed(store.execute(_CHANGES.get(name, f'SELECT * FROM "{name}"')))
                for name in sorted({row[0] for row in found} - _NOT_STATE)
            }

    def audited(self) -> int:
        """Return how many entries the audit has."""
        path = f"file:{self._data_dir / 'strata.sqlite'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as store:
            return int(store.execute("SELECT count(*) FROM audit").fetchone()[0])

    def log(self) -> str:
        """Return what the gateway wrote so far."""
        return self._gateway.said()

    async def _ask_sandbox(self, what: str) -> bytes:
        headers = {"authorization": f"Bearer {self._sandbox.control_secret}"}
        address = f"{self._sandbox.base_url}/_sandbox/{what}"
        async with self._session.get(address, headers=headers) as reply:
            return await reply.read()


@asynccontextmanager
async def attacked(folder: Path) -> AsyncIterator[Attacked]:
    """Serve the firm with a draft invoice that waits for approval, an exception and a payment."""
    async with (
        sandbox_program(NORTHWIND, folder / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        gateway = GatewayProgram(folder, NORTHWIND, address, {})
        try:
            await gateway.start()
            people = People(gateway.base_url, gateway.data_dir, NORTHWIND, session)
            story = Engagement(people)
            await story.drafted()
            await story.asked("project_manager", "invoice of")
            await story.at(AFTER_THE_PAYMENT)
            found = Attacked(gateway, address, session)
            found.ids = Ids({name: await _found(found, at) for name, at in _WHERE.items()})
            await _settled(found)
            yield found
        finally:
            await gateway.stop()


_WHERE = {
    "opportunity_id": "/system/crm/v1/opportunities?number=OPP-38",
    "client_id": "/system/crm/v1/clients?number=CL-1",
    "contract_id": "/system/contracts/v1/contracts?number=CT-1001",
    "project_id": "/system/psa/v1/projects?number=P-1001",
    "ledger client_id": "/system/erp/v1/clients?number=CUST-1001",
    "invoice_id": "/system/erp/v1/invoices?number=INV-US-0901",
    "payment_id": "/system/erp/v1/payments?invoice_number=INV-US-0901",
    "process project_number": "/experience/delivery/v1/projects",
    "process billing_event_id": "/process/project-to-cash/v1/billing-events",
    "process invoice_id": "/process/project-to-cash/v1/invoices",
    "process approval_id": "/process/approvals/v1",
    "process exception_id": "/process/exceptions/v1",
}
LISTS = [
    "/system/crm/v1/opportunities",
    "/system/crm/v1/clients",
    "/system/contracts/v1/contracts",
    "/system/psa/v1/projects",
    "/system/erp/v1/clients",
    "/system/erp/v1/invoices",
    "/system/erp/v1/payments",
]


class _Row(Struct):
    legal_entity: str | None = "NWA-US"
    id: str | None = None
    project_number: str | None = None


class _Rows(Struct):
    items: list[_Row]


async def _found(gateway: Attacked, path: str) -> str:
    answer = await gateway.send("GET", path)
    rows = msgspec.json.decode(answer.body, type=_Rows).items
    found = next(each for each in rows if each.legal_entity == "NWA-US")
    return str(found.id or found.project_number)


async def _settled(gateway: Attacked) -> None:
    """Wait until nothing changes by itself any more; what is met for the first time gets an id."""
    for path in LISTS:
        page: str | None = path
        while page:
            page = await _next_page(gateway, path, page)
    before, now = {}, await gateway.state()
    while before != now:
        await asyncio.sleep(1.5)
        before, now = now, await gateway.state()


def _summed(rows: Iterable[tuple[object, ...]]) -> str:
    return hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()


async def _next_page(gateway: Attacked, path: str, page: str) -> str | None:
    class Following(Struct):
        next_cursor: str | None = None

    answer = await gateway.send("GET", page)
    cursor = msgspec.json.decode(answer.body, type=Following).next_cursor
    return f"{path}?cursor={cursor}" if cursor else None
