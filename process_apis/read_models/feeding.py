"""Keeps the read models up with their systems: what a change feed tells is read and kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from governance.access import acting_as
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.read_models import doubts, rules
from process_apis.read_models.doubts import Doubt
from process_apis.read_models.sources import HoursSource, look
from process_apis.read_models.states import HOURS, ModelStates, state_of
from system_apis.canonical.record import Change

_TOO_LATE = "DQ-I1"


class Projection:
    """Keeps what change feeds tell, as `process_apis.intake` hands it on."""

    def __init__(
        self,
        sources: Mapping[str, HoursSource],
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
        told: dict[str, int] = {}
        for each in changes:
            if each.record_type == HOURS:
                told[each.id] = max(each.version, told.get(each.id, 0))
        if told:
            await self._look(instance, told)

    async def read_up(self, instance: str, read_up_at: datetime, now: datetime) -> None:
        """Say how fresh the model is, also while its system is away."""
        if instance in self._sources:
            since = (await self._states.of(instance)).read_up_at or read_up_at
            gauge = self._metrics.freshness.labels(instance, HOURS)
            gauge.set(max(timedelta(), now - since).total_seconds())

    async def _reached(self, instance: str) -> None:
        """Remember that the feed was read to its end, and look again at what is in doubt."""
        await self._states.read_up(instance, self._states.wall())
        again = await self._states.store.read(
            lambda connection: doubts.due(connection, instance, self._states.wall())
        )
        if again:
            await self._look(instance, {each.id: each.version for each in again})

    async def _look(self, instance: str, told: Mapping[str, int]) -> None:
        """Read records and keep them, with what is in doubt of them, in one unit of work."""
        source = self._sources[instance]
        with acting_as(source.reader):
            looked = await look(source.psa, sorted(told))
        entries = [rules.kept(each) for each in looked.found]
        found = {each.id: each.version for each in entries}
        in_doubt = doubts.doubted(told, found, looked.unreadable)
        missing = {one: told[one] for one, why in in_doubt.items() if why is Doubt.MISSING}

        def work(connection: Connection) -> int:
            state = state_of(connection, instance)
            late = state.shelves[0].newer_than(connection, told)
            for shelf in state.shelves:
                shelf.apply(connection, entries)
                shelf.strike_out(connection, missing)
            doubts.settle(connection, instance, told, in_doubt, self._states.wall())
            return late

        for _ in range(await self._states.store.write(work)):
            self._quality.counted(_TOO_LATE, instance)
