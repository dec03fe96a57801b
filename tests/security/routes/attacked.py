"""The whole gateway under attack, and what is wrong with its answers."""

import asyncio
import io
import time
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path

import aiohttp
from msgspec import Struct
from yarl import URL

from gateway.firm import load_firm
from gateway.people import integrator_secret, sandbox_word
from system_apis.sandbox.server import SandboxAddress
from tests.security.routes.callers import Callers
from tests.security.routes.holdings import Holdings
from tests.security.routes.oracle import Answer, complaints
from tests.security.routes.table import Route
from tests.stories.clerks import Clerks
from tests.stories.programs import GatewayProgram

AT_ONCE = 8


class Case(Struct, frozen=True, kw_only=True):
    """One request, what it is about, and the answers that it may have."""

    said: str
    method: str
    path: str
    wanted: frozenset[int]
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    token: str | None = ""


class Attacked:
    """A gateway in a process of its own, whoever calls it, and everything that it holds.

    `ids` has a record of NWA-US for every place in an address that takes one.
    """

    def __init__(
        self,
        gateway: GatewayProgram,
        sandbox: SandboxAddress,
        session: aiohttp.ClientSession,
        firm: Path,
    ) -> None:
        keys = gateway.data_dir / "keys"
        self.firm = load_firm(firm)
        self.callers = Callers(gateway.base_url, keys, firm, self.firm)
        self.holdings = Holdings(gateway.data_dir, sandbox, session)
        self.secrets = (sandbox.control_secret, integrator_secret(keys), sandbox_word(keys))
        self.clerks = Clerks(sandbox, session)
        self.ids: dict[str, str] = {}
        self.gateway = gateway
        self.held: dict[str, str] = {}
        self._session = session
        self._keyed, self._lane = count(), asyncio.Semaphore(AT_ONCE)

    def id_of(self, route: Route) -> str:
        """Return the id of a good record that the route takes, nothing if it takes none."""
        if not route.path_names:
            return ""
        if route.path_names == ("layer", "api", "version"):
            return "system/crm/v2"
        [name] = route.path_names
        if route.address.startswith(("/process/", "/experience/")):
            return self.ids[f"process {name}"]
        return self.ids[f"ledger {name}" if "/erp/v1/clients" in route.address else name]

    def memory(self) -> int:
        """Return the bytes that the gateway's process has, which is the one that was started."""
        return self.gateway.memory

    def log(self) -> str:
        """Return the end of what the gateway wrote."""
        return self.gateway.said()

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
            good = token or self.callers.token(self.callers.anybody())
            sent["authorization"] = f"Bearer {good}"
        sent |= headers or {}
        began = time.perf_counter()
        async with self._session.request(
            method,
            URL(self.gateway.base_url + path, encoded=True),
            data=None if body is None else io.BytesIO(body),
            headers={name: value for name, value in sent.items() if value},
            skip_auto_headers=("content-type",),
            allow_redirects=False,
        ) as reply:
            found = await reply.read()
            told = {name.lower(): value for name, value in reply.headers.items()}
            return Answer(reply.status, told, found, time.perf_counter() - began)

    async def announced(self, route: Route, length: int) -> Answer:
        """Send a command's head that announces a long body, and no more than its beginning."""
        began = time.perf_counter()
        token = self.callers.token(self.callers.anybody())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port)
        head = f"{route.method} {route.at('x')} HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Authorization: Bearer {token}\r\nIdempotency-Key: big\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        writer.write(head.encode() + b'{"text":"')
        top, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        status, *lines = top.decode().split("\r\n")
        pairs = (line.lower().partition(": ") for line in lines)
        told = {name: value for name, _, value in pairs}
        return Answer(int(status.split()[1]), told, body, time.perf_counter() - began)

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
        if case.method == "HEAD":
            faults = [fault for fault in faults if "no problem document" not in fault]
        if answer.status not in case.wanted:
            faults.append(f"is {answer.status}, not {sorted(case.wanted)}: {answer.body[:200]!r}")
        return [f"{case.said}: {fault}" for fault in faults]
