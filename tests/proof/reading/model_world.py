"""A read model on a database of its own, told and built as the gateway's rounds do it."""

from datetime import datetime, timedelta
from pathlib import Path

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.feeding import Projection
from process_apis.read_models.sources import ModelSource
from process_apis.read_models.states import ModelStates
from store.clock import wall_clock
from system_apis.canonical.record import Change
from tests.stores import empty_store

AT = datetime(2026, 11, 1, 12, tzinfo=wall_clock().tzinfo)


class ModelWorld:
    """The read model of one source; a process that dies is followed by another on its database."""

    def __init__(self, path: Path, name: str, source: ModelSource) -> None:
        self.store, self.now, self._name, self._source = empty_store(path), AT, name, source
        self.audit = Audit(self.store, self.wall, path.with_suffix(".heads"))
        self.begin()

    def begin(self) -> None:
        """Begin anew, as a process does that knows nothing but what is in the database."""
        self.metrics = Metrics()
        quality = QualityFindings(self.store, self.audit, self.wall, self.metrics)
        sources = {self._name: self._source}
        states = ModelStates(self.store, self.audit, self.wall, sources)
        self.models = ReadModels(
            sources,
            states,
            Projection(sources, states, quality, self.metrics),
            Building(sources, states),
        )

    def wall(self) -> datetime:
        """Return the time."""
        return self.now

    async def tell(self, *changes: Change) -> None:
        """Hand a page of the feed on."""
        await self.models.projection.changed(self._name, changes)

    async def reach(self) -> None:
        """Say that the feed was read to its end, two minutes later."""
        self.now += timedelta(minutes=2)
        await self.models.projection.changed(self._name, [])

    async def ask(self, request: str | None = None) -> None:
        """Ask for a model that is built anew."""
        self.now += timedelta(minutes=1)
        with acting_as(Caller(subject="U-1", client_id="tests", scopes=frozenset())):
            await self.models.states.ask(self._name, request or str(self.now))
        self.now += timedelta(minutes=1)
