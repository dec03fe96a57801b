"""Keeps the read models up with their systems: what a change feed tells is read and kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from governance.access import acting_as
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.read_models import doubts
from process_apis.read_models.doubts import Doubt
from process_apis.read_models.heard import Heard
from process_apis.read_models.sources import ModelSource
from process_apis.read_models.states import ModelStates, state_of
from system_apis.canonical.record import Change

_TOO_LATE = "DQ-I1"


class Projection:
    """Keeps what change feeds tell, as `process_apis.intake` hands it on."""

    def __init__(
        self,
        sources: Mapping[str, ModelSource],
        states: ModelStates,
        quality: QualityFindings,
        metrics: Metrics,
    ) -> None:
        self._sources, self._states = sources, states
        self._quality, self._metrics = quality, metrics

    async def changed(self, instance: str, changes: Sequence[Change]) -> None:
        """Keep every record that changed, as its system shows it now; at the end, look about."""
        if instance not in self._sources:
            return
        if not changes:
            await self._reached(instance)
        heard: dict[str, Heard] = {}
        for each in changes:
            if each.record_type in self._sources[instance].record_types:
                version = heard[each.id].version if each.id in heard else 0
                heard[each.id] = Heard(each.record_type, max(each.version, version))
        if heard:
            await self._look(instance, heard)

    async def read_up(self, instance: str, read_up_at: datetime, now: datetime) -> None:
        """Say how fresh the model is, also while its system is away."""
        if instance in self._sources:
            since = (await self._states.of(instance)).read_up_at or read_up_at
            gauge = self._metrics.freshness.labels(instance, self._sources[instance].model)
            gauge.set(max(timedelta(), now - since).total_seconds())

    async def _reached(self, instance: str) -> None:
        """Remember that the feed was read to its end, and look again at what is in doubt."""
        await self._states.read_up(instance, self._states.wall())
        of, now = self._states.named(instance), self._states.wall()
        again = await self._states.store.read(lambda connection: doubts.due(connection, of, now))
        if again:
            await self._look(instance, again)

    async def _look(self, instance: str, heard: Mapping[str, Heard]) -> None:
        """Read records and keep them, with what is in doubt of them, in one unit of work."""
        source, of = self._sources[instance], self._states.named(instance)
        with acting_as(source.reader):
            looked = await source.look(heard)
        in_doubt = doubts.doubted(heard, looked.found.versions, looked.unreadable)
        told = {one: each.version for one, each in heard.items()}
        missing = {one: told[one] for one, why in in_doubt.items() if why is Doubt.MISSING}

        def work(connection: Connection) -> int:
            state = state_of(connection, of)
            late = source.shelf(instance, state.generation).newer_than(connection, told)
            for generation in state.generations:
                looked.found.apply(connection, instance, generation)
                source.shelf(instance, generation).strike_out(connection, missing)
            doubts.settle(connection, of, heard, in_doubt, self._states.wall())
            return late

        for _ in range(await self._states.store.write(work)):
            self._quality.counted(_TOO_LATE, instance)
