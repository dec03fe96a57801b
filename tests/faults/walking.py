"""Work whose systems fail when it begins, and which people carry on by the queue, over HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from governance.authorization_server.access_tokens import Holder
from observability.metrics import Metrics
from process_apis.commands import CommandStatus
from process_apis.events.event import Event
from process_apis.exceptions import v1 as queue_api
from process_apis.exceptions.queue import OpenException, Resolution
from process_apis.exceptions.v1 import ExceptionList
from process_apis.rounds import Rounds
from store.clock import BusinessClock, wall_clock
from tests.faults.changed_project import ASKS, COMPANY
from tests.faults.cutting import Carried
from tests.gateway.house import Answer, Caller, House, running
from tests.process_apis.workshop import Workshop

QUEUE = "/process/exceptions/v1/"
READS, RESOLVES = "process:exceptions:read", "process:exceptions:resolve"


class Hindrance(Struct, frozen=True):
    """How the systems fail when work begins: what its cases say, and whose each code is."""

    kind: str
    says: str
    owners: dict[str, str]
    tries: int = 1


AWAY = Hindrance("503-before", "HTTP 503", {"SYSTEM_UNAVAILABLE": "operator"})
# Some systems say a word of their own.
REFUSING = Hindrance(
    "422-before",
    "a rule of the administrator",
    {"NOT_ALLOWED": "operator", "REFUSED": "operator"},
)
# Whether a write of which the answer cannot be read was done is looked up, and waited for.
DRIFTED = Hindrance(
    "drifted",
    "unreadable answer",
    {"UNREADABLE_RECORD": "operator", "NEEDS_RECONCILIATION": "finance"},
    tries=9,
)


class Walk(Struct, frozen=True):
    """What people were answered, one after another, about a case of a process."""

    case: OpenException
    answers: tuple[tuple[str, int], ...]
    refusal: str
    resolved: OpenException


class Desk:
    """The queue as people reach it: each with a token of their own."""

    def __init__(self, house: House, caller: Caller) -> None:
        self._house, self._caller = house, caller

    def _token(self, subject: str, role: str, *scopes: str) -> str:
        return self._house.oauth.issue(
            Holder(
                subject=subject,
                client_id="console",
                scopes=frozenset(scopes),
                roles=frozenset({role}),
                entities=frozenset({COMPANY}),
            )
        )

    async def _resolve(self, case: OpenException, decision: Resolution, token: str) -> Answer:
        said = msgspec.json.encode({"resolution": decision, "note": "it is back"})
        path = f"{QUEUE}{case.id}/resolution"
        return await self._caller.send("POST", path, body=said, token=token)

    async def open_of(self, process: Sequence[str]) -> list[OpenException]:
        """Return the open cases of some work."""
        token = self._token("U-OP1", "operator", READS)
        answer = await self._caller.send("GET", QUEUE, token=token)
        found = msgspec.json.decode(answer.body, type=ExceptionList).items
        return [each for each in found if each.command_key in process]

    async def walk(self, case: OpenException, decision: Resolution) -> Walk:
        """Have everybody try what they may not, then the owner decide, twice."""
        both = (READS, RESOLVES)
        owner = self._token("U-OP1", case.owner_role, *both)
        tried = {
            "a reader": self._token("U-OP2", case.owner_role, READS),
            "another role": self._token("U-EX1", "executive", *both),
            "whose work it is": self._token(ASKS.subject, case.owner_role, *both),
        }
        answers = [
            (who, (await self._resolve(case, decision, token)).status)
            for who, token in tried.items()
        ]
        refused = [
            await self._resolve(case, each, owner)
            for each in (Resolution.OVERRIDE, Resolution.WAIVE)
        ]
        answers += [("despite it", each.status) for each in refused]
        done = await self._resolve(case, decision, owner)
        again = await self._resolve(case, decision, owner)
        answers += [("the owner", done.status), ("the owner again", again.status)]
        resolved = msgspec.json.decode(done.body, type=OpenException)
        return Walk(case, tuple(answers), refused[0].problem.detail or "", resolved)


class Walked(Carried):
    """Work that stops at a person whenever the systems fail, until the person says go on."""

    def __init__(self, carried: Carried, desk: Desk, hindrance: Hindrance) -> None:
        super().__init__(carried.project, carried.works)
        self._desk, self._hindrance = desk, hindrance
        self.tries = hindrance.tries
        self.walks: list[Walk] = []

    async def done(self, event: Event) -> CommandStatus:
        """Have work done whose systems fail when it begins, and say how it ended."""
        house = self.project.house
        failing = {"operation": "*", "kind": self._hindrance.kind}
        await house.set("faults", {"rules": [failing]})
        status = await super().done(event)
        await house.set("faults", {})
        known = len(self.walks)
        for case in await self.project.workshop.exceptions.all_open():
            if case.code in self._hindrance.owners:
                decision = (Resolution.RETRY, Resolution.FIX_DATA)[len(self.walks) % 2]
                self.walks.append(await self._desk.walk(case, decision))
        for walk in self.walks[known:]:
            status = await self.resumed(walk.case.command_key)
        return status


@asynccontextmanager
async def desk_of(workshop: Workshop, folder: Path) -> AsyncIterator[Desk]:
    """Serve a workshop's queue as the gateway does."""
    house = House(folder)
    house.more = {
        "exceptions": workshop.exceptions,
        "seen_cases": workshop.seen_cases,
        "rounds": Rounds({"answers": []}, Metrics(), wall_clock),
        "business_clock": BusinessClock(),
    }
    async with running(house.app(queue_api), house) as caller:
        yield Desk(house, caller)
    await house.close()
