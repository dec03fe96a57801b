"""Builds a read model anew from its system, beside the one that is read, and swaps them.

What the feed tells meanwhile is kept in both. A building that broke off is thrown away and
begun again: until the swap, nothing that anybody reads has changed.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, exists, select

from governance.access import acting_as
from governance.lanes import Lane, in_lane
from process_apis.read_models import rules
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.sources import HoursSource, look
from process_apis.read_models.states import ModelState, ModelStates, change, state_of
from process_apis.read_models.tables import known_hours
from system_apis.canonical.record import Page
from system_apis.canonical.time import TimeEntry
from system_apis.errors import SystemFailure

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
AT_A_TIME = timedelta(seconds=5)  # so that nobody misses the heartbeat of the round
AGAIN_AFTER = timedelta(minutes=1)
MOST_DELETED, MOST_CHECKED = 2_000, 200


class Building:
    """Builds the models that are to be built, some seconds of it at a time."""

    def __init__(self, sources: Mapping[str, HoursSource], states: ModelStates) -> None:
        self._sources, self._states = sources, states
        self._under_way: dict[str, AsyncIterator[int]] = {}
        self._not_before: dict[str, datetime] = {}
        self.progress: dict[str, int] = {}

    async def look(self) -> None:
        """Go on with what is to be built; a system that is away is asked again later."""
        until = self._states.wall() + AT_A_TIME
        for instance in sorted(self._sources):
            if self._not_before.get(instance, until) > until:
                continue
            with acting_as(self._sources[instance].reader), in_lane(Lane.SYNC):
                try:
                    await self._go_on(instance, until)
                except SystemFailure:
                    self._under_way.pop(instance, None)
                    self._not_before[instance] = until + AGAIN_AFTER

    async def whole(self) -> None:
        """Build all that is to be built, to its end."""
        for instance in sorted(self._sources):
            with acting_as(self._sources[instance].reader):
                await self._go_on(instance, None)

    async def _go_on(self, instance: str, until: datetime | None) -> None:
        if instance not in self._under_way:
            if not (await self._states.of(instance)).wants_building:
                return
            self._under_way[instance] = self._build(instance)
        async for count in self._under_way[instance]:
            self.progress[instance] = count
            if until is not None and self._states.wall() > until:
                return
        self._under_way.pop(instance)
        self.progress.pop(instance, None)

    async def _build(self, instance: str) -> AsyncIterator[int]:
        """Build a model and swap it in; tell after each step how many records there are."""
        state = await self._states.of(instance)
        begun_at, count = self._states.wall(), 0
        for left in {state.generation - 1, state.generation + 1}:
            await self._empty(Shelf(instance, left))
        state = await self._begin(instance)
        shelf = Shelf(instance, state.generation + 1)
        async for entries in self._listed(instance):
            await self._fill(shelf, entries)
            count += len(entries)
            yield count
        await self._check(state, shelf)
        await self._swap(state, count, begun_at)
        await self._empty(Shelf(instance, state.generation))

    async def _begin(self, instance: str) -> ModelState:
        def work(connection: Connection) -> ModelState:
            next_one = state_of(connection, instance).generation + 1
            return change(connection, instance, building=next_one)

        return await self._states.store.write(work)

    async def _listed(self, instance: str) -> AsyncIterator[list[TimeEntry]]:
        """Yield all entries of a system, a page of a company at a time."""
        psa = self._sources[instance].psa
        for entity in sorted(self._sources[instance].entities):
            page = Page[TimeEntry]([], "")
            cursor: str | None = None
            while page.next_cursor is not None:
                page = await psa.worked(legal_entity=entity, start=FIRST, end=LAST, cursor=cursor)
                cursor = page.next_cursor
                yield page.items

    async def _fill(self, shelf: Shelf, entries: list[TimeEntry]) -> None:
        kept = [rules.kept(each) for each in entries]
        await self._states.store.write(lambda connection: shelf.fill(connection, kept))

    async def _check(self, state: ModelState, built: Shelf) -> None:
        """Read once more what was known and is in no page: pages move while records go."""
        known, others = known_hours.alias("known"), known_hours.alias("others")
        there = exists().where(
            others.c.instance == built.instance,
            others.c.generation == built.generation,
            others.c.id == known.c.id,
        )
        query = select(known.c.id).where(
            known.c.instance == built.instance,
            known.c.generation == state.generation,
            known.c.gone.is_(False),
            ~there,
        )
        ids = await self._states.store.read(
            lambda connection: connection.execute(query).scalars().all()
        )
        for start in range(0, len(ids), MOST_CHECKED):
            looked = await look(
                self._sources[built.instance].psa, ids[start : start + MOST_CHECKED]
            )
            await self._fill(built, list(looked.found))

    async def _swap(self, state: ModelState, listed: int, begun_at: datetime) -> None:
        """Have the new generation read from now on."""

        def work(connection: Connection) -> None:
            differed = _differing(connection, state) if state.built_at else 0
            change(
                connection,
                state.instance,
                generation=state.generation + 1,
                building=None,
                listed=listed,
                differed=differed,
                built_at=begun_at,
            )

        await self._states.store.write(work)

    async def _empty(self, shelf: Shelf) -> None:
        while await self._states.store.write(
            lambda connection: shelf.empty(connection, MOST_DELETED)
        ):
            pass


def _differing(connection: Connection, state: ModelState) -> int:
    """Return how many records were not known as their system lists them."""

    def unmatched(generation: int, other: int) -> set[str]:
        known, others = known_hours.alias("known"), known_hours.alias("others")
        same = exists().where(
            others.c.instance == state.instance,
            others.c.generation == other,
            others.c.id == known.c.id,
            others.c.version == known.c.version,
            others.c.gone.is_(False),
        )
        query = select(known.c.id).where(
            known.c.instance == state.instance,
            known.c.generation == generation,
            known.c.gone.is_(False),
            ~same,
        )
        return set(connection.execute(query).scalars())

    old, new = state.generation, state.generation + 1
    return len(unmatched(new, old) | unmatched(old, new))
