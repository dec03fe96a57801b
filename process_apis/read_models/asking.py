"""Asks the read models, where they hold all that their systems have; says how fresh they are."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from process_apis.read_models import worked
from process_apis.read_models.building import Building
from process_apis.read_models.documents import posted
from process_apis.read_models.documents.keeping import DocumentShelf
from process_apis.read_models.documents.records import PostedSums, Wanted
from process_apis.read_models.feeding import Projection
from process_apis.read_models.hours import Span, WorkedHours
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.sources import ModelSource
from process_apis.read_models.states import ModelState, ModelStates
from process_apis.read_models.views import ModelView, ReadFrom


class ReadModels(Struct, frozen=True):
    """The read models, of every system that has one."""

    sources: Mapping[str, ModelSource]
    states: ModelStates
    projection: Projection
    building: Building

    async def answering(self, instances: AbstractSet[str]) -> list[ModelState]:
        """Return the models of these systems that may be asked instead of them."""
        found = [await self.states.of(each) for each in sorted(instances)]
        return [each for each in found if each.answers]

    async def worked(
        self, state: ModelState, spans: Sequence[Span], people: AbstractSet[str]
    ) -> WorkedHours:
        """Return the hours that count of some people; the first span is the whole."""
        shelf = Shelf(state.instance, state.generation)
        return await self.states.store.read(
            lambda connection: worked.kept(connection, shelf, spans, people)
        )

    async def posted(self, state: ModelState, wanted: Wanted) -> PostedSums:
        """Return what the books posted of what is asked for, and the documents behind it."""
        shelf = DocumentShelf(state.instance, state.generation)
        return await self.states.store.read(
            lambda connection: posted.posted(connection, shelf, wanted)
        )

    async def read_from(self, state: ModelState) -> ReadFrom:
        """Say how fresh and how complete a model is that was asked."""
        now, doubts = self.states.wall(), await self.states.in_doubt(state.instance)
        read_up_at = state.read_up_at or now
        return ReadFrom(
            system=state.instance,
            record_type=state.model,
            from_model=True,
            read_up_at=read_up_at,
            age_seconds=_seconds(now, read_up_at),
            completeness=_share(state.listed, doubts),
        )

    def read_live(self, instance: str) -> ReadFrom:
        """Say that a system itself was read."""
        return ReadFrom(
            system=instance,
            record_type=self.states.named(instance).model,
            from_model=False,
            read_up_at=self.states.wall(),
            age_seconds=0,
            completeness=Decimal(1),
        )

    async def views(self) -> list[ModelView]:
        """Return what is held of every system."""
        return [await self.view(each) for each in sorted(self.sources)]

    async def view(self, instance: str) -> ModelView:
        """Return what is held of one system."""
        state, now = await self.states.of(instance), self.states.wall()
        held = await self.states.held(state)
        return ModelView(
            model=state.model,
            system=instance,
            answers=state.answers,
            is_building=state.wants_building,
            built=self.building.progress.get(instance, 0),
            read_up_at=state.read_up_at,
            age_seconds=_seconds(now, state.read_up_at) if state.read_up_at else None,
            built_at=state.built_at,
            records=held.known,
            in_doubt=held.in_doubt,
            completeness=_share(held.known, held.in_doubt),
            listed=state.listed,
            differed=state.differed,
        )


def _seconds(now: datetime, then: datetime) -> int:
    return max(0, int((now - then).total_seconds()))


def _share(known: int, in_doubt: int) -> Decimal | None:
    """Return what share of the records is as it was told, in ten-thousandths."""
    if not known and not in_doubt:
        return None
    whole = max(known, in_doubt)
    return (Decimal(whole - in_doubt) / whole).quantize(Decimal("0.0001"))
