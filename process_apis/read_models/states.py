"""What the read models hold of each system: since when, how fresh, and how completely."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.tables import (
    doubted_records,
    known_hours,
    model_freshness,
    read_models,
)
from store.database import Store

HOURS = "time_entry"
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
    def shelves(self) -> tuple[Shelf, ...]:
        """Where a change is kept: in what is read, and in what is being built."""
        both = (self.generation,) if self.building is None else (self.generation, self.building)
        return tuple(Shelf(self.instance, each) for each in both)


class Held(Struct, frozen=True):
    """How many records a model knows, and how many it could not read as they were told."""

    known: int
    in_doubt: int


class ModelStates:
    """The states of all read models."""

    def __init__(self, store: Store, audit: Audit, wall: Callable[[], datetime]) -> None:
        self.store, self.wall = store, wall
        self._audit = audit
        self._read_up_at: dict[str, datetime] = {}

    async def of(self, instance: str) -> ModelState:
        """Return what is held of a system."""
        found = await self.store.read(lambda connection: state_of(connection, instance))
        read_up_at = self._read_up_at.get(instance, found.read_up_at)
        return replace(found, read_up_at=read_up_at)

    async def held(self, state: ModelState) -> Held:
        """Count the records that are held of a system."""

        def query(connection: Connection) -> Held:
            known = select(func.count()).where(
                known_hours.c.instance == state.instance,
                known_hours.c.generation == state.generation,
                known_hours.c.gone.is_(False),
            )
            return Held(
                connection.execute(known).scalar_one(), _in_doubt(connection, state.instance)
            )

        return await self.store.read(query)

    async def in_doubt(self, instance: str) -> int:
        """Count the records of a system that could not be read as they were told."""
        return await self.store.read(lambda connection: _in_doubt(connection, instance))

    async def read_up(self, instance: str, read_up_at: datetime) -> None:
        """Remember when a feed was read to its end; it is written down once a minute."""
        was = (await self.of(instance)).read_up_at
        if instance not in self._read_up_at or was is None or read_up_at - was >= _WRITTEN_EVERY:
            await self.store.write(lambda connection: _note(connection, instance, read_up_at))
        self._read_up_at[instance] = read_up_at

    async def ask(self, instance: str, request: str) -> ModelState:
        """Have a model built anew, with an entry; the request that was asked last is not again."""
        now = self.wall()
        entry = AuditEntry.by(
            current_caller(), "read_model.asked", f"{HOURS}:{instance}", reason=request
        )

        def work(connection: Connection) -> ModelState:
            state = state_of(connection, instance)
            if state.request == request:
                return state
            self._audit.append(connection, entry)
            return change(connection, instance, request=request, asked_at=now)

        return await self.store.write(work)


def state_of(connection: Connection, instance: str) -> ModelState:
    """Return what is held of a system, within a transaction."""
    table = model_freshness.c
    fresh = and_(table.model == read_models.c.model, table.instance == read_models.c.instance)
    query = (
        select(read_models, table.read_up_at)
        .join(model_freshness, fresh, isouter=True)
        .where(*_same(instance))
    )
    row = connection.execute(query).first()
    return ModelState(**row._asdict()) if row else ModelState(model=HOURS, instance=instance)


def change(connection: Connection, instance: str, **values: object) -> ModelState:
    """Write down some of a state, and return all of it."""
    changed = connection.execute(update(read_models).where(*_same(instance)).values(**values))
    if not changed.rowcount:
        first = {"model": HOURS, "instance": instance, "generation": 0, "listed": 0, "differed": 0}
        connection.execute(insert(read_models).values(**(first | values)))
    return state_of(connection, instance)


def _same(instance: str) -> tuple[ColumnElement[bool], ...]:
    return read_models.c.model == HOURS, read_models.c.instance == instance


def _in_doubt(connection: Connection, instance: str) -> int:
    doubts = select(func.count()).where(
        doubted_records.c.model == HOURS, doubted_records.c.instance == instance
    )
    return connection.execute(doubts).scalar_one()


def _note(connection: Connection, instance: str, read_up_at: datetime) -> None:
    """Write down when a feed was read to its end."""
    here = (model_freshness.c.model == HOURS, model_freshness.c.instance == instance)
    there = connection.execute(update(model_freshness).where(*here).values(read_up_at=read_up_at))
    if not there.rowcount:
        connection.execute(
            insert(model_freshness).values(model=HOURS, instance=instance, read_up_at=read_up_at)
        )
