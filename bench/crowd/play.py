"""Plays a firm's months through the public APIs, and measures how long each part takes."""

import asyncio
import os
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import aiohttp
from measuring.load import cpu_seconds
from msgspec import Struct

from crowd.firm import MANAGERS, manager_of, month_ends, write_firm
from experience_apis.worklist.v1 import Worklist
from gateway.demo.visitor import Visitor
from gateway.firm import load_firm
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from gateway.settings import Settings
from governance.v1 import BusinessTime
from process_apis.approvals.requests import Approval

STRATA = Path(sys.executable).with_name("strata")
OPERATOR, FINANCE = "U-operator", "U-finance"
SET_UP, POST = "set-up-resumed", "project-to-cash.post"
Metrics = Callable[[], Awaitable[str]]
TOKEN_SECONDS = 240
LOOKS_EVERY_SECONDS = 2
_ENDED = re.compile(
    r'^strata_process_duration_seconds_count{part="machine",process="(.+)"} (.+)$', re.MULTILINE
)
# When nothing at all has ended for this long, a run is void.
STALLED_SECONDS = 60


class Played(Struct, frozen=True, kw_only=True):
    """One firm's run: how much was done, and the seconds it took, also of the gateway's CPU."""

    opportunities: int
    billing_events: int
    set_up_seconds: float
    billing_seconds: list[float]
    set_up_cpu: float
    billing_cpu: list[float]
    void: list[str]

    @property
    def set_up_each_ms(self) -> float:
        """How long one set-up took on average, many at once."""
        return 1000 * self.set_up_seconds / self.opportunities

    @property
    def billing_each_ms(self) -> float:
        """How long one billing event took on average, from falling due to its posting."""
        return 1000 * sum(self.billing_seconds) / self.billing_events

    @property
    def set_up_cpu_ms(self) -> float:
        """How much of the gateway's CPU one set-up took."""
        return 1000 * self.set_up_cpu / self.opportunities

    @property
    def billing_cpu_ms(self) -> float:
        """How much of the gateway's CPU one billing event took, idling and looking included."""
        return 1000 * sum(self.billing_cpu) / self.billing_events


class Moment(Struct, frozen=True):
    """A time on the wall, and on the gateway's CPU."""

    wall: float
    cpu: float

    def __sub__(self, earlier: "Moment") -> "Moment":
        return Moment(self.wall - earlier.wall, self.cpu - earlier.cpu)


class Stalled(Exception):
    """Nothing moved for too long; the text says what was waited for."""


class Crowd:
    """The people of a firm, all of them at work at once."""

    def __init__(self, visitor: Visitor, metrics: Metrics, gateway: int) -> None:
        self._visitor, self._metrics, self._gateway = visitor, metrics, gateway

    async def play(self, opportunities: int) -> Played:
        """Return how long the firm's set-ups and months took."""
        began = self._now()
        await self._while_deciding([FINANCE], self._until("set up", opportunities, SET_UP))
        set_up = self._now() - began
        billing = []
        posted = 0
        for last in month_ends():
            began = self._now()
            in_advance = opportunities // 4
            for day, due in ((last.replace(day=1), in_advance), (last, opportunities - in_advance)):
                posted += due
                await self._day(day, posted)
            billing.append(self._now() - began)
        return Played(
            opportunities=opportunities,
            billing_events=posted,
            set_up_seconds=set_up.wall,
            billing_seconds=[each.wall for each in billing],
            set_up_cpu=set_up.cpu,
            billing_cpu=[each.cpu for each in billing],
            void=await self._lacks(),
        )

    def _now(self) -> Moment:
        return Moment(time.perf_counter(), cpu_seconds(self._gateway))

    async def _day(self, day: date, posted: int) -> None:
        noon = BusinessTime(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        await self._visitor.send(OPERATOR, "PUT", "/governance/v1/clock", noon, BusinessTime)
        managers = [manager_of(each) for each in range(MANAGERS)]
        await self._while_deciding(managers, self._until("posted", posted, POST))

    async def _while_deciding(self, people: Iterable[str], done: Awaitable[None]) -> None:
        """Wait for something that people have to decide about, and let them."""
        deciding = asyncio.gather(*map(self._decide, people))
        waiting = asyncio.ensure_future(done)
        over, still = await asyncio.wait({deciding, waiting}, return_when="FIRST_COMPLETED")
        for each in still:
            each.cancel()
        await asyncio.gather(*still, return_exceptions=True)
        for each in over:
            each.result()

    async def _decide(self, who: str) -> None:
        """Approve whatever comes, again and again."""
        while True:
            worklist = await self._visitor.get(who, "/experience/worklist/v1/", Worklist)
            for item in worklist.items:
                if item.kind == "approval":
                    body = {"decision": "approve", "version": item.version, "comment": "agreed"}
                    await self._visitor.send(who, "POST", item.act_at, body, Approval)
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def _until(self, what: str, count: int, process: str) -> None:
        """Wait until a process has come to its end so many times."""
        seen, moved = Counter[str](), time.monotonic()
        while (ended := await self._ended())[process] < count:
            if ended != seen:
                seen, moved = ended, time.monotonic()
            if time.monotonic() - moved > STALLED_SECONDS:
                raise Stalled(f"{what}: {ended[process]} of {count}; {await self._lacks()}")
            await asyncio.sleep(1)

    async def _ended(self) -> Counter[str]:
        """Return how many runs of each process have ended well, as the gateway's metrics say."""
        told = await self._metrics()
        return Counter({process: int(float(count)) for process, count in _ENDED.findall(told)})

    async def _lacks(self) -> list[str]:
        """Return what stopped at a person, which nothing in these firms should."""
        worklist = await self._visitor.get(OPERATOR, "/experience/worklist/v1/", Worklist)
        return [each.title for each in worklist.items if each.kind == "exception"][:5]


async def play(directory: Path, opportunities: int) -> Played:
    """Serve a firm of this size from an empty directory, and play its months."""
    firm = write_firm(directory / "firm", opportunities)
    async with _served(firm, directory / "data") as crowd:
        return await crowd.play(opportunities)


@asynccontextmanager
async def _served(firm: Path, data_dir: Path) -> AsyncIterator[Crowd]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if "STRATA_" not in name},
        "STRATA_DATA_DIR": str(data_dir),
        "STRATA_FIRM": str(firm),
        "STRATA_LOG_FILE": str(data_dir.parent / "gateway.log"),
    }
    program = await asyncio.create_subprocess_exec(
        str(STRATA), "serve", "--port", str(port), env=environment
    )
    try:
        async with aiohttp.ClientSession() as session:
            await _ready(session, url, program)
            token_of = _tokens(url, firm, data_dir)
            metrics = partial(_metrics, session, url, token_of)
            yield Crowd(Visitor(url, session, token_of), metrics, program.pid)
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()


async def _ready(
    session: aiohttp.ClientSession, url: str, program: asyncio.subprocess.Process
) -> None:
    for _ in range(1200):
        if program.returncode is not None:
            break
        try:
            async with session.get(f"{url}/ready") as reply:
                if reply.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.1)
    raise Stalled("the gateway did not start; its error is above")


async def _metrics(session: aiohttp.ClientSession, url: str, token_of: Callable[[str], str]) -> str:
    headers = {"Authorization": f"Bearer {token_of(OPERATOR)}"}
    async with session.get(f"{url}/metrics", headers=headers) as reply:
        reply.raise_for_status()
        return await reply.text()


def _tokens(url: str, firm_dir: Path, data_dir: Path) -> Callable[[str], str]:
    """Return what issues tokens, each used until shortly before it expires."""
    settings = Settings(public_url=url, firm=str(firm_dir))
    firm = load_firm(firm_dir)
    server = authorization_server(settings, firm, data_dir / "keys")
    issued: dict[str, tuple[float, str]] = {}

    def token_of(who: str) -> str:
        when, token = issued.get(who, (0.0, ""))
        if time.monotonic() - when > TOKEN_SECONDS or not token:
            token = server.issue(holder_of(Wish(who=who), firm))
            issued[who] = (time.monotonic(), token)
        return token

    return token_of


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port
