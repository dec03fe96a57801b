"""What the read models hold of each system: since when, how fresh, and how completely."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.read_models.doubts import Modelled, in_doubt
from process_apis.read_models.sources import ModelSource
from process_apis.read_models.tables import model_freshness, read_models
from store.database import Store

_WRITTEN_EVERY = timedelta(minutes=1)


class ModelState(Struct, frozen=True, kw_only=True):
    """What a read model holds of one system.

    `listed` and `differed` are of the last building: how many records the system listed, and how
    many of them were not known so before. `read_up_at` is when its feed was read to its end.
    """

    model: str
    instance: str
    generation: int = 0
    building: int | None = None
    listed: int = 0
    differed: int = 0
    request: str | None = None
    asked_at: datetime | None = None
    built_at: datetime | None = None
    read_up_at: datetime | None = None

    @property
    def answers(self) -> bool:
        """Whether it holds all that its system has, so that it may be asked instead of it."""
        return self.built_at is not None and self.read_up_at is not None

    @property
    def wants_building(self) -> bool:
        """Whether it is to be built: never was, or somebody asked, or a building broke off."""
        asked = self.asked_at is not None and (
            self.built_at is None or self.asked_at > self.built_at
        )
        return self.built_at is None or asked or self.building is not None

    @property
    def of(self) -> Modelled:
        """What it is of."""
        return Modelled(self.model, self.instance)

    @property
    def generations(self) -> tuple[int, ...]:
        """Where a change is kept: in what is read, and in what is being built."""
        return (self.generation,) if self.building is None else (self.generation, self.building)


class Held(Struct, frozen=True):
    """How many records a model knows, and how many it could not read as they were told."""

    known: int
    in_doubt: int


class ModelStates:
    """The states of all read models; `sources` are their systems, one model of each."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        wall: Callable[[], datetime],
        sources: Mapping[str, ModelSource],
    ) -> None:
        self.store, self.wall, self._sources = store, wall, sources
        self._audit = audit
        self._read_up_at: dict[str, datetime] = {}

    async def of(self, instance: str) -> ModelState:
        """Return what is held of a system."""
        named = self.named(instance)
        found = await self.store.read(lambda connection: state_of(connection, named))
        read_up_at = self._read_up_at.get(instance, found.read_up_at)
        return replace(found, read_up_at=read_up_at)

    def named(self, instance: str) -> Modelled:
        """Return what the read model of a system is of."""
        return Modelled(self._sources[instance].model, instance)

    async def held(self, state: ModelState) -> Held:
        """Count the records that are held of a system."""
        shelf = self._sources[state.instance].shelf(state.instance, state.generation)
        return await self.store.read(
            lambda connection: Held(shelf.held(connection), in_doubt(connection, state.of))
        )

    async def in_doubt(self, instance: str) -> int:
        """Count the records of a system that could not be read as they were told."""
        of = self.named(instance)
        return await self.store.read(lambda connection: in_doubt(connection, of))

    async def read_up(self, instance: str, read_up_at: datetime) -> None:
        """Remember when a feed was read to its end; it is written down once a minute."""
        was = (await self.of(instance)).read_up_at
        if instance not in self._read_up_at or was is None or read_up_at - was >= _WRITTEN_EVERY:
            named = self.named(instance)
            await self.store.write(lambda connection: _note(connection, named, read_up_at))
        self._read_up_at[instance] = read_up_at

    async def ask(self, instance: str, request: str) -> ModelState:
        """Have a model built anew, with an entry; the request that was asked last is not again."""
        now, named = self.wall(), self.named(instance)
        subject = f"{named.model}:{instance}"
        entry = AuditEntry.by(current_caller(), "read_model.asked", subject, reason=request)

        def work(connection: Connection) -> ModelState:
            state = state_of(connection, named)
            if state.request == request:
                return state
            self._audit.append(connection, entry)
            return change(connection, named, request=request, asked_at=now)

        return await self.store.write(work)


def state_of(connection: Connection, of: Modelled) -> ModelState:
    """Return what is held of a system, within a transaction."""
    table = model_freshness.c
    fresh = and_(table.model == read_models.c.model, table.instance == read_models.c.instance)
    query = (
        select(read_models, table.read_up_at)
        .join(model_freshness, fresh, isouter=True)
        .where(*_same(of))
    )
    row = connection.execute(query).first()
    return ModelState(**row._asdict()) if row else ModelState(**asdict(of))


def change(connection: Connection, of: Modelled, **values: object) -> ModelState:
    """Write down some of a state, and return all of it."""
    changed = connection.execute(update(read_models).where(*_same(of)).values(**values))
    if not changed.rowcount:
        first = asdict(of) | {"generation": 0, "listed": 0, "differed": 0}
        connection.execute(insert(read_models).values(**(first | values)))
    return state_of(connection, of)


def _same(of: Modelled) -> tuple[ColumnElement[bool], ...]:
    return read_models.c.model == of.model, read_models.c.instance == of.instance


def _note(connection: Connection, of: Modelled, read_up_at: datetime) -> None:
    """Write down when a feed was read to its end."""
    here = (model_freshness.c.model == of.model, model_freshness.c.instance == of.instance)
    there = connection.execute(update(model_freshness).where(*here).values(read_up_at=read_up_at))
    if not there.rowcount:
        connection.execute(insert(model_freshness).values(**asdict(of), read_up_at=read_up_at))
