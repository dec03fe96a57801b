"""A program that is cut off after steps of its choice, each time, and started again on its data."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select

from gateway.composition import Gateway, open_gateway
from gateway.demo.story import Chapter, Story
from gateway.demo.telling import hear_at_once
from gateway.demo.visitor import Unexpected, Visitor
from gateway.firm import Firm, load_firm
from gateway.foundation import Foundation, lay_foundation
from gateway.identity import authorization_server
from gateway.parts.notices import sandbox_channels
from gateway.parts.processes import processes
from gateway.parts.subscribing import make_subscribing
from gateway.people import Wish, holder_of
from gateway.sandbox import SandboxControl
from gateway.server import Config as ServerConfig
from gateway.server import http_server
from gateway.settings import Settings
from governance.audit_chain.entries import audit
from governance.audit_chain.streams import Stream, stream_of
from observability.stretch import Stretch
from observability.tracing import Tracing
from store.database import Store
from system_apis.sandbox.server import SandboxAddress
from tests.firms.demo import free_port
from tests.stories.books import Operator
from tests.stories.programs import sandbox_program

T = TypeVar("T")
Chosen = Callable[[str], bool]
READ_AGAIN = 20
OUTBOX = "outbox"


class Cuts:
    """Which steps the program is cut off after, and which were seen: each `process.step` once."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self.seen: dict[str, int] = {}
        self.made: list[str] = []
        self.reached = asyncio.Event()

    def passed(self, step: str) -> None:
        """Cut the program off here, if it is to be."""
        first = step not in self.seen
        self.seen[step] = self.seen.get(step, 0) + 1
        if first and self._chosen(step):
            self.made.append(step)
            self.reached.set()
            raise asyncio.CancelledError


class CutTracing(Tracing):
    """Is told of every step when it is done, before the journal is."""

    def __init__(self, cuts: Cuts) -> None:
        super().__init__()
        self._cuts = cuts

    @contextmanager
    def step(
        self, name: str, attributes: Mapping[str, str | int | bool], stretch: Stretch
    ) -> Iterator[Callable[[str], None]]:
        """Run a step, and cut the program off after it if it is to be."""
        with super().step(name, attributes, stretch) as failed:
            yield failed
        self._cuts.passed(name)


class PatientVisitor(Visitor):
    """Calls when the program runs, one call after another."""

    def __init__(
        self,
        base_url: str,
        session: aiohttp.ClientSession,
        token_of: Callable[[str], str],
        door: asyncio.Lock,
    ) -> None:
        super().__init__(base_url, session, token_of)
        self._door = door

    async def text(self, who: str, path: str) -> str:
        """Return the plain text that a person reads at an address."""
        async with self._door:
            return await super().text(who, path)

    async def send(
        self, who: str, method: str, path: str, body: object, into: type[T], *, key: str = ""
    ) -> T:
        """Return what a person gets for what they send; a read is repeated when told to."""
        for _ in range(READ_AGAIN if method == "GET" else 1):
            async with self._door:
                try:
                    return await super().send(who, method, path, body, into, key=key)
                except Unexpected as error:
                    if method != "GET" or "#try-again" not in str(error):
                        raise
            await asyncio.sleep(0.5)
        raise Unexpected(f"{path}: {READ_AGAIN} times told to read it again")


class Restarted:
    """The program, which serves whenever the door is open."""

    def __init__(self, settings: Settings, cuts: Cuts) -> None:
        self.settings, self.cuts, self.door = settings, cuts, asyncio.Lock()
        self.restarts = 0
        self.registered: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Serve, and start again after every cut, until this is cancelled."""
        await self.door.acquire()
        while True:
            self.cuts.reached.clear()
            async with self._serving() as gateway:
                self.registered = _names(self.settings, gateway)
                self.door.release()
                try:
                    await self.cuts.reached.wait()
                finally:
                    await self.door.acquire()
            self.restarts += 1

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[Gateway]:
        async with open_gateway(self.settings, lay=self._lay) as gateway:
            config = ServerConfig(host=self.settings.host, port=self.settings.port)
            server = http_server(gateway.app, config, gateway.base.health)
            serving = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            try:
                yield gateway
            finally:
                server.should_exit = True
                await serving

    def _lay(self, settings: Settings) -> Foundation:
        return replace(lay_foundation(settings), tracing=CutTracing(self.cuts))


class Ended(Struct, frozen=True, kw_only=True):
    """What a month came to: its chapter, what the systems hold, and what the audit tells of.

    What people hear together depends on the hour, so messages are told by their keys alone.
    """

    chapter: Chapter
    held: dict[str, int]
    messages: list[str]
    told: dict[str, int]
    restarts: int
    registered: frozenset[str]


async def played(folder: Path, firm_dir: Path, cuts: Cuts) -> Ended:
    """Play a firm's month on a program that is cut off meanwhile."""
    firm = load_firm(firm_dir)
    begins = f"{firm.period.start}T00:00:00+00:00"
    async with (
        sandbox_program(firm_dir, folder / "sandbox", begins) as address,
        aiohttp.ClientSession() as session,
    ):
        program = Restarted(_settings(folder, firm_dir, firm, address), cuts)
        running = asyncio.create_task(program.run())
        await asyncio.sleep(0)
        try:
            chapter = await _story(program, firm, firm_dir, address, session)
            async with program.door:
                store = Store(Path(program.settings.data_dir) / "strata.sqlite")
                told = await told_of(store)
                store.close()
        finally:
            running.cancel()
            await asyncio.wait([running])
        systems = msgspec.json.decode(await Operator(address, session).ledger())["instances"]
        messages = systems.pop(OUTBOX, {}).get("message", [])
        return Ended(
            chapter=chapter,
            held=_held(systems),
            messages=[each["key"] for each in messages],
            told=told,
            restarts=program.restarts,
            registered=program.registered,
        )


def _names(settings: Settings, gateway: Gateway) -> frozenset[str]:
    """Return the names of all processes that the program has."""
    ours = processes(gateway.base, gateway.firm, gateway.work)
    telling = make_subscribing(settings, gateway.base).processes()
    return frozenset(each.name for each in [*ours, *telling])


def _settings(folder: Path, firm_dir: Path, firm: Firm, address: SandboxAddress) -> Settings:
    return Settings(
        data_dir=str(folder / "data"),
        firm=str(firm_dir),
        port=int(free_port()),
        sandbox_url=address.base_url,
        sandbox_secret=address.control_secret,
        channels=sandbox_channels(firm, address.base_url),
        rounds_seconds=0.25,
    )


async def _story(
    program: Restarted,
    firm: Firm,
    firm_dir: Path,
    address: SandboxAddress,
    session: aiohttp.ClientSession,
) -> Chapter:
    settings = program.settings
    server = authorization_server(settings, firm, Path(settings.data_dir) / "keys")

    def token_of(who: str) -> str:
        return server.issue(holder_of(Wish(who=who), firm))

    base_url = f"http://{settings.host}:{settings.port}"
    visitor = PatientVisitor(base_url, session, token_of, program.door)
    await hear_at_once(visitor, firm)
    control = SandboxControl(address.base_url, address.control_secret, session)
    return await Story(visitor, control, firm, firm_dir, print).play()


async def told_of(store: Store) -> dict[str, int]:
    """Return how often the audit tells of each thing that was done or decided."""
    query = select(audit.c.action, func.count()).group_by(audit.c.action)
    found = await store.read(lambda c: [(row[0], row[1]) for row in c.execute(query)])
    done = {Stream.EFFECTS, Stream.RECORDS, Stream.DECISIONS}
    return {action: count for action, count in found if stream_of(action) in done}


def begun(steps: Iterable[str]) -> set[str]:
    """Return the processes of which steps were done."""
    return {each.rpartition(".")[0] for each in steps}


def _held(systems: Mapping[str, Mapping[str, Sequence[object]]]) -> dict[str, int]:
    """Return how many records of each kind every system holds."""
    return {
        f"{instance}.{kind}": len(records)
        for instance, kinds in systems.items()
        for kind, records in kinds.items()
    }
