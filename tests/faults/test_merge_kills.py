"""A merge of two clients, and its undoing, are cut off after each step, and are done once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from msgspec import Struct
from sqlalchemy import select

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.audit_chain.entries import audit
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Decision
from process_apis.client_matching import merges
from process_apis.client_matching.merges import ClientMerge, MergeBook, MergeState
from process_apis.client_matching.merging import MergeWish, Merging, processes
from process_apis.client_matching.questions import StewardQuestions
from process_apis.client_matching.register import MatchRegister
from process_apis.commands import CommandStatus
from process_apis.events.clients import ClientMergeAsked, ClientUnmergeAsked
from process_apis.events.event import Event
from store.clock import wall_clock
from system_apis import client_merges
from system_apis.cross_references import StoredReferences
from system_apis.known_records import cross_references, known_as
from system_apis.systems import Instances, Route, SystemKind, Systems
from tests.process_apis.workshop import Workshop
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

ASKS = Caller(
    subject="U-FI1",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"finance"}),
    entities=frozenset({"HAL-UK"}),
)
AGREES = Caller(
    subject="U-ST1",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"steward"}),
    entities=frozenset({"HAL-UK"}),
)
STEPS = ["write", "ask_steward", "apply", "follow", "write_undoing", "ask_steward_back", "undo"]
TOLD = ["merge_asked", "merged", "unmerge_asked", "unmerged"]


class Cut(Struct):
    """After which step the program is cut off, once; what the step did is in the store."""

    after: str
    reached: asyncio.Event

    async def here(self, name: str) -> None:
        """Wait to be cut off, if it is here."""
        if self.after == name and not self.reached.is_set():
            self.reached.set()
            await asyncio.sleep(60)


class CutOff(Merging, frozen=True, kw_only=True):
    """The process, cut off between what a step does and the journal's knowing of it."""

    cut: Cut

    async def write(self, event: ClientMergeAsked) -> ClientMerge:
        done = await super().write(event)
        await self.cut.here("write")
        return done

    async def ask_steward(self, merge: ClientMerge) -> str:
        done = await super().ask_steward(merge)
        await self.cut.here("ask_steward")
        return done

    async def apply(self, merge_id: str) -> MergeState:
        done = await super().apply(merge_id)
        await self.cut.here("apply")
        return done

    async def follow(self, merge_id: str) -> None:
        await super().follow(merge_id)
        await self.cut.here("follow")

    async def write_undoing(self, event: ClientUnmergeAsked) -> ClientMerge:
        done = await super().write_undoing(event)
        await self.cut.here("write_undoing")
        return done

    async def ask_steward_back(self, merge: ClientMerge) -> str:
        done = await super().ask_steward_back(merge)
        await self.cut.here("ask_steward_back")
        return done

    async def undo(self, merge_id: str, round_: int) -> MergeState:
        done = await super().undo(merge_id, round_)
        await self.cut.here("undo")
        return done


class Clients:
    """Two records that are one client, and the people who merge and part them."""

    def __init__(self, house: House, workshop: Workshop, after: str) -> None:
        self.house, self.workshop = house, workshop
        trail = Audit(house.store, wall_clock, workshop.data_dir / "clients.jsonl")
        self.approvals = Approvals(house.store, trail, Metrics())
        systems, book = _systems(house), MergeBook(house.store, trail, wall_clock)
        self.questions = StewardQuestions(self.approvals, book, systems.names_of, wall_clock)
        self.merging = CutOff(
            systems=systems,
            book=book,
            approvals=self.approvals,
            questions=self.questions,
            matches=MatchRegister(house.store, trail),
            entities=frozenset({"HAL-UK"}),
            clock=wall_clock,
            cut=Cut(after, asyncio.Event()),
        )

    async def met(self) -> tuple[str, str]:
        """Return our ids of the record in the CRM and of the one in the ledger."""
        sold = (await self.house.crm().clients(number="CL-1")).items[0]
        booked = (await self.house.erp("erp-b").clients(number="C-81")).items[0]
        return sold.id, booked.id

    async def stands_for(self) -> str | None:
        """Return which client the ledger's record stands for now."""
        return await known_as(self.house.store, "erp-b", "client", "C-81")

    async def done(self, event: Event) -> None:
        """Have an event's work done; cut off on the way, it is carried on by a new engine."""
        cut = self.merging.cut
        while True:
            async with self.workshop.engine(
                *processes(self.merging), journaled=[merges, client_merges]
            ) as engine:
                await engine.start(event, by=ASKS.subject)
                before = cut.reached.is_set()
                if await self._ended(event.business_key, cut, was_cut=before):
                    return

    async def approved(self) -> Event:
        """Have the steward say yes to what is asked, and return what follows."""
        [asked] = await self.approvals.waiting(AGREES)
        with acting_as(AGREES):
            await self.approvals.decide(
                asked.id,
                Decision.APPROVE,
                version=asked.subject_version,
                comment="yes",
                by=AGREES,
                at=wall_clock(),
            )
        [follows] = await self.approvals.continuations()
        await self.approvals.mark_continued(asked.id)
        return follows.event

    async def told(self) -> list[str]:
        """Return what the audit tells of the merge, oldest first."""
        query = select(audit.c.action).where(audit.c.action.startswith("client_match."))
        found = await self.house.store.read(
            lambda c: [*c.execute(query.order_by(audit.c.sequence)).scalars()]
        )
        return [str(each).partition(".")[2] for each in found]

    async def standing(self) -> list[tuple[object, ...]]:
        """Return the cross references that say something."""
        table = cross_references.c
        query = (
            select(table.canonical_id, table.instance, table.record_id, table.merged_into)
            .where(table.record_type == "client", table.active | table.merged_into.is_not(None))
            .order_by(table.canonical_id, table.instance, table.record_id)
        )
        return await self.house.store.read(lambda c: [tuple(row) for row in c.execute(query)])

    async def _ended(self, key: str, cut: Cut, *, was_cut: bool) -> bool:
        """Whether the work came to its end, before it was cut off."""
        async with asyncio.timeout(20):
            while was_cut or not cut.reached.is_set():
                command = await self.workshop.commands.find(key)
                if command and command.status in {CommandStatus.DONE, CommandStatus.PARKED}:
                    return True
                await asyncio.sleep(0.01)
        return False


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Serve the firm's systems."""
    async with house_of(NORTHWIND, tmp_path, timeout_ms=10_000) as found:
        yield found


@pytest.mark.parametrize("after", STEPS)
async def test_a_merge_and_its_undoing_that_are_cut_off_after_any_step_are_done_once(
    tmp_path: Path, house: House, after: str
) -> None:
    """Each is in the audit once, nobody is asked twice, and at the end all is as it was."""
    data = tmp_path / "data"
    data.mkdir()
    workshop = Workshop(data)
    clients = Clients(house, workshop, after)
    sold, booked = await clients.met()
    before = await clients.standing()
    wish = MergeWish(survivor_id=sold, merged_id=booked, reason="one firm, entered twice")

    await clients.done(await clients.merging.checked(wish, ASKS))
    await clients.done(await clients.approved())
    between = await clients.stands_for()
    [merge], _ = await clients.merging.book.page(lambda _: True, None)
    await clients.done(await clients.merging.to_undo(merge.id, "they are two", ASKS))
    await clients.done(await clients.approved())

    [parted], _ = await clients.merging.book.page(lambda _: True, None)
    assert clients.merging.cut.reached.is_set()
    assert (between, await clients.stands_for()) == (sold, booked)
    assert (merge.state, parted.state) == (MergeState.MERGED, MergeState.UNMERGED)
    assert await clients.standing() == before
    assert await clients.told() == TOLD
    assert await workshop.exceptions.all_open() == []
    workshop.close()


def _systems(house: House) -> Systems:
    instances = Instances(
        crm=house.crm(),
        contracts=house.contracts(),
        psas={},
        erps={"erp-b": house.erp("erp-b")},
        hrs={},
        procurements={},
    )
    references = {
        "crm": StoredReferences(house.store, "crm", "crm", wall_clock),
        "erp-b": StoredReferences(house.store, "erp", "erp-b", wall_clock),
    }
    routes = [Route(SystemKind.ERP, "HAL-UK", "erp-b", date(2026, 7, 1))]
    return Systems(instances, routes, house.store, references)
