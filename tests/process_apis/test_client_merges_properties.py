"""However clients are met, linked, merged and parted, each record stands for one client."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from store.clock import wall_clock
from system_apis.client_merges import GroundMoved, Move, merge, planned, unmerge
from system_apis.cross_references import StoredReferences
from system_apis.errors import NotFound, Refused
from system_apis.known_records import Match, MatchMethod, cross_references, holders, known_as
from tests.stores import empty_store

INSTANCES = ("crm", "erp-a", "erp-b")
RECORDS = [(instance, str(number)) for instance in INSTANCES for number in range(2)]
BY_HAND = Match(method=MatchMethod.MANUAL)


class Act(NamedTuple):
    """Something that happens to two records, or to the last merge."""

    kind: str
    one: tuple[str, str]
    other: tuple[str, str]


ACTS = st.builds(
    Act,
    st.sampled_from(["link", "merge", "merge", "merge", "unmerge", "unmerge"]),
    st.sampled_from(RECORDS),
    st.sampled_from(RECORDS),
)
Clients = dict[tuple[str, str], str]


class Books:
    """The cross references of three systems, and the merges that were made."""

    def __init__(self, folder: Path) -> None:
        self.store = empty_store(folder / "strata.sqlite")
        self.references = {
            each: StoredReferences(self.store, "erp", each, wall_clock) for each in INSTANCES
        }
        self.merged: list[tuple[Move, ...]] = []
        self.given: set[str] = set()

    async def clients(self) -> Clients:
        """Return which client each record stands for; every id that is given is remembered."""
        found = {
            (instance, record): (await self.references[instance].ids_of("client", [record]))[0]
            for instance, record in RECORDS
        }
        self.given |= set(found.values())
        return found

    async def act(self, act: Act) -> None:
        """Do it, unless it is refused."""
        match act.kind:
            case "link":
                await self._link(act)
            case "merge":
                before = await self.clients()
                await self.merge(before[act.one], before[act.other])
            case "unmerge" if self.merged:
                await self.part()

    async def merge(self, survivor: str, merged: str) -> tuple[Move, ...]:
        """Merge two clients that are not one, and return what moved."""
        moves = await self.store.read(lambda c: planned(c, survivor, merged))
        if survivor == merged or not moves:
            return ()
        await self.store.write(lambda c: merge(c, moves, verified_by="U-1", at=wall_clock()))
        self._forget(moves)
        self.merged.append(moves)
        return moves

    async def part(self) -> bool:
        """Undo the last merge, unless its ground moved; what cannot be undone changes nothing."""
        moves, before = self.merged.pop(), await self.rows()
        try:
            await self.store.write(lambda c: unmerge(c, moves))
        except GroundMoved:
            assert await self.rows() == before
            return False
        self._forget(moves)
        return True

    async def rows(self) -> Sequence[object]:
        """Return what the table says, without the rows that say nothing any more."""
        table = cross_references.c
        query = (
            select(
                table.canonical_id, table.instance, table.record_id, table.active, table.merged_into
            )
            .where(table.active | table.merged_into.is_not(None))
            .order_by(table.canonical_id, table.instance, table.record_id)
        )
        return await self.store.read(lambda c: [tuple(row) for row in c.execute(query)])

    async def _link(self, act: Act) -> None:
        client = (await self.clients())[act.one]
        instance, record = act.other
        try:
            await self.references[instance].link(client, "client", record, BY_HAND)
        except Refused:
            return

    def _forget(self, moves: tuple[Move, ...]) -> None:
        for each in moves:
            self.references[each.instance].forget("client", [each.record_id])


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, max_size=8))
def test_a_record_stands_for_one_client_and_every_id_leads_to_a_record(acts: list[Act]) -> None:
    """Another process that has nothing in mind finds the same."""

    async def play(books: Books) -> None:
        await books.clients()
        for act in acts:
            await books.act(act)
            clients = await books.clients()
            for (instance, record), client in clients.items():
                assert await known_as(books.store, instance, "client", record) == client
            for each in books.given:
                assert await _leads_somewhere(books, each)

    _played(play)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, max_size=8), st.sampled_from(RECORDS), st.sampled_from(RECORDS))
def test_merging_and_parting_again_changes_nothing(
    acts: list[Act], one: tuple[str, str], other: tuple[str, str]
) -> None:
    """In between every record of the merged client stands for the survivor."""

    async def play(books: Books) -> None:
        for act in acts:
            await books.act(act)
        before, rows = await books.clients(), await books.rows()
        survivor, merged = before[one], before[other]
        if not await books.merge(survivor, merged):
            return
        between = await books.clients()
        assert between == {
            record: survivor if client == merged else client for record, client in before.items()
        }
        assert await books.part()
        assert await books.clients() == before
        assert await books.rows() == rows

    _played(play)


async def _leads_somewhere(books: Books, client: str) -> bool:
    for each in await holders(books.store, client):
        try:
            await books.references[each.instance].record_of("client", client)
        except NotFound:
            continue
        return True
    return False


def _played(play: Callable[[Books], Awaitable[None]]) -> None:
    with TemporaryDirectory() as folder:
        books = Books(Path(folder))
        try:
            asyncio.run(play(books))
        finally:
            books.store.close()
