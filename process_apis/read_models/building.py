"""Builds a read model anew from its system, beside the one that is read, and swaps them.

What the feed tells meanwhile is kept in both. A building that broke off is thrown away and
begun again: until the swap, nothing that anybody reads has changed.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from governance.access import acting_as
from governance.lanes import Lane, in_lane
from process_apis.read_models.doubts import Modelled
from process_apis.read_models.sources import Batch, ModelSource
from process_apis.read_models.states import ModelState, ModelStates, change, state_of
from system_apis.errors import SystemFailure

AT_A_TIME = timedelta(seconds=5)  # so that nobody misses the heartbeat of the round
AGAIN_AFTER = timedelta(minutes=1)
MOST_DELETED, MOST_CHECKED = 2_000, 200


class Building:
    """Builds the models that are to be built, some seconds of it at a time."""

    def __init__(self, sources: Mapping[str, ModelSource], states: ModelStates) -> None:
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
            await self._empty(instance, left)
        state = await self._begin(state.of)
        async for listed in self._sources[instance].listed():
            await self._fill(state, listed)
            count += len(listed.versions)
            yield count
        await self._check(state)
        await self._swap(state, count, begun_at)
        await self._empty(instance, state.generation)

    async def _begin(self, of: Modelled) -> ModelState:
        def work(connection: Connection) -> ModelState:
            next_one = state_of(connection, of).generation + 1
            return change(connection, of, building=next_one)

        return await self._states.store.write(work)

    async def _fill(self, state: ModelState, batch: Batch) -> None:
        building = state.generation + 1
        await self._states.store.write(
            lambda connection: batch.fill(connection, state.instance, building)
        )

    async def _check(self, state: ModelState) -> None:
        """Read once more what was known and is in no page: pages move while records go."""
        source = self._sources[state.instance]
        shelf = source.shelf(state.instance, state.generation)
        unlisted = await self._states.store.read(
            lambda connection: shelf.unlisted(connection, state.generation + 1)
        )
        ids = sorted(unlisted)
        for start in range(0, len(ids), MOST_CHECKED):
            some = {one: unlisted[one] for one in ids[start : start + MOST_CHECKED]}
            await self._fill(state, (await source.look(some)).found)

    async def _swap(self, state: ModelState, listed: int, begun_at: datetime) -> None:
        """Have the new generation read from now on."""
        shelf = self._sources[state.instance].shelf(state.instance, state.generation)
        built = state.generation + 1

        def work(connection: Connection) -> None:
            change(
                connection,
                state.of,
                generation=built,
                building=None,
                listed=listed,
                differed=shelf.differing(connection, built) if state.built_at else 0,
                built_at=begun_at,
            )

        await self._states.store.write(work)

    async def _empty(self, instance: str, generation: int) -> None:
        shelf = self._sources[instance].shelf(instance, generation)
        while await self._states.store.write(
            lambda connection: shelf.empty(connection, MOST_DELETED)
        ):
            pass
