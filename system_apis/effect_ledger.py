"""The ledger of effects: one row for each business key, committed before anything leaves.

A row is held by one writer at a time, for as long as its lease; whoever takes it over gets a
higher fence, and the writer before can change nothing any more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row

from governance.audit import Audit, AuditEntry
from store.columns import Instant
from store.database import Store, metadata
from system_apis.errors import Refused, TryAgain, Unknown

effects = Table(
    "effects",
    metadata,
    Column("system", String, primary_key=True),
    Column("instance", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("input_hash", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("record_id", String),
    Column("updated_at", Instant, nullable=False),
    Index("effects_by_record", "system", "instance", "operation", "record_id"),
)
_IS = tuple(
    effects.c[name] == bindparam(f"of_{name}")
    for name in ("system", "instance", "operation", "key")
)
_FIND, _BEGIN = select(effects).where(*_IS), insert(effects)
_DONE = (
    update(effects)
    .where(*_IS, effects.c.fence == bindparam("held_fence"))
    .where(effects.c.state != "done")
    .values({name: bindparam(name) for name in ("state", "record_id", "lease_until", "updated_at")})
)


class EffectState(StrEnum):
    """How far an effect has come. After `refused` nothing was done and the input may change."""

    INTENDED = "intended"
    SENT = "sent"
    DONE = "done"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"


class Effect(Struct, frozen=True, kw_only=True):
    """What is to be done once: an operation of one system under a business key."""

    system: str
    instance: str
    operation: str
    key: str
    input_hash: str
    legal_entity: str | None = None

    @property
    def called(self) -> str:
        """What people call it; under which key it is done is no word of theirs."""
        return self.operation.replace("_", " ")


class Claim(Struct, frozen=True):
    """The right to act on an effect, and how far it had come when the right was given."""

    fence: int
    state: EffectState
    record_id: str | None = None
    since: datetime | None = None


async def is_ours(store: Store, system: str, instance: str, operation: str, key: str) -> bool:
    """Whether one of us wrote, or is writing, something in a system under a key."""
    query = select(effects.c.state).where(
        effects.c.system == system,
        effects.c.instance == instance,
        effects.c.operation == operation,
        effects.c.key == key,
    )
    found = await store.read(lambda connection: connection.execute(query).first())
    return found is not None


async def ours_among(
    store: Store, system: str, instance: str, operation: str, record_ids: Sequence[str]
) -> frozenset[str]:
    """Return which of some records one of us is known to have made by an operation."""
    query = select(effects.c.record_id).where(
        effects.c.system == system,
        effects.c.instance == instance,
        effects.c.operation == operation,
        effects.c.record_id.in_(record_ids),
    )
    return await store.read(lambda connection: frozenset(connection.execute(query).scalars()))


class Sent(Struct, frozen=True, kw_only=True):
    """One effect as it stands in the ledger."""

    system: str
    instance: str
    operation: str
    key: str
    state: EffectState
    attempts: int
    record_id: str | None
    updated_at: datetime


async def sent_under(store: Store, keys: Sequence[str]) -> list[Sent]:
    """Return the effects under some business keys, in the order of their last change."""
    query = select(effects).where(effects.c.key.in_(keys)).order_by(effects.c.updated_at)
    names = Sent.__struct_fields__

    def read(connection: Connection) -> list[Sent]:
        return [
            Sent(
                **{n: getattr(row, n) for n in names if n != "state"}, state=EffectState(row.state)
            )
            for row in connection.execute(query)
        ]

    return await store.read(read)


class EffectLedger:
    """The rows, and the only ways in which they change."""

    def __init__(self, store: Store, clock: Callable[[], datetime], audit: Audit) -> None:
        self._store, self._clock, self._audit = store, clock, audit

    async def claim(self, effect: Effect, lease: timedelta) -> Claim:
        """Return the right to act on an effect for the length of a lease.

        Without a lease the right is shared with whoever else acts without one. An effect that
        is done is nobody's to act on: its claim says so. Raises `TryAgain` while another
        writer holds it, `Unknown` while an earlier attempt may still be at work in the
        system, and `Refused` when the key stands for another input.
        """

        def work(connection: Connection) -> Claim:
            row = connection.execute(_FIND, _key(effect)).first()
            if row is None:
                return _begin(connection, effect, self._clock(), lease)
            return self._take_over(connection, effect, row, lease)

        return await self._store.write(work)

    async def send(self, effect: Effect, claim: Claim, lease: timedelta) -> None:
        """Write down that the request leaves now, or raise `TryAgain` when the claim is lost."""
        now = self._clock()
        sent = {
            "state": EffectState.SENT,
            "attempts": effects.c.attempts + 1,
            "sent_at": now,
            "lease_until": now + lease,
        }
        if not await self._change(effect, claim, sent):
            raise TryAgain(effect.system, f"another writer took over {effect.called}")

    async def end(
        self, effect: Effect, claim: Claim, state: EffectState, *, held: timedelta = timedelta()
    ) -> None:
        """Write down how an attempt ended, and hold the row for as long as nobody may act."""
        lease = {"state": state, "lease_until": self._clock() + held}
        await self._change(effect, claim, lease)

    async def done(
        self, effect: Effect, claim: Claim, record_id: str | None, entry: AuditEntry
    ) -> None:
        """Write down that the effect exists, with its audit entry, in one unit of work.

        Whoever is second in that finds it written. Raises `Unknown` when the claim is lost.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            ended = {"state": EffectState.DONE, "record_id": record_id, "lease_until": now}
            held = {**_key(effect), "held_fence": claim.fence}
            changed = connection.execute(_DONE, {**held, **ended, "updated_at": now})
            if changed.rowcount:
                self._audit.append(connection, entry)
                return True
            row = connection.execute(_FIND, _key(effect)).first()
            return row is not None and row.state == EffectState.DONE

        if not await self._store.write(work):
            raise Unknown(effect.system, f"another writer took over {effect.called}")
        await self._audit.anchor_if_due()

    async def done_before(self, effect: Effect, prefix: str) -> frozenset[str]:
        """Return the keys with a prefix under which an effect's operation was done already."""
        query = select(effects.c.key).where(
            effects.c.system == effect.system,
            effects.c.instance == effect.instance,
            effects.c.operation == effect.operation,
            effects.c.key.startswith(prefix, autoescape=True),
            effects.c.state == EffectState.DONE,
        )
        return await self._store.read(
            lambda connection: frozenset(connection.execute(query).scalars())
        )

    async def _change(self, effect: Effect, claim: Claim, values: dict[str, object]) -> bool:
        def work(connection: Connection) -> bool:
            changed = connection.execute(
                update(effects)
                .where(*_is(effect), effects.c.fence == claim.fence)
                .where(effects.c.state != EffectState.DONE)
                .values(updated_at=self._clock(), **values)
            )
            return changed.rowcount == 1

        return await self._store.write(work)

    def _take_over(
        self,
        connection: Connection,
        effect: Effect,
        row: Row[tuple[object, ...]],
        lease: timedelta,
    ) -> Claim:
        state, now = EffectState(row.state), self._clock()
        if row.input_hash != effect.input_hash and state is not EffectState.REFUSED:
            reason = f"{effect.called}: its key stands for another input"
            raise Refused(effect.system, reason, code="KEY_CONFLICT")
        if state is EffectState.DONE:
            return Claim(row.fence, state, row.record_id, row.updated_at)
        _wait_for(effect, state, row.lease_until - now)
        fence = row.fence + (1 if lease else 0)
        connection.execute(
            update(effects)
            .where(*_is(effect))
            .values(
                input_hash=effect.input_hash,
                fence=fence,
                lease_until=now + lease,
                updated_at=now,
            )
        )
        return Claim(fence, state)


def _begin(connection: Connection, effect: Effect, now: datetime, lease: timedelta) -> Claim:
    begun = {
        "system": effect.system,
        "instance": effect.instance,
        "operation": effect.operation,
        "key": effect.key,
        "input_hash": effect.input_hash,
        "state": EffectState.INTENDED,
        "attempts": 0,
        "fence": 1,
        "lease_until": now + lease,
        "updated_at": now,
    }
    connection.execute(_BEGIN, begun)
    return Claim(1, EffectState.INTENDED)


def _wait_for(effect: Effect, state: EffectState, left: timedelta) -> None:
    if left <= timedelta():
        return
    if state in {EffectState.SENT, EffectState.UNCERTAIN}:
        reason = f"{effect.called} may still be at work"
        raise Unknown(effect.system, reason, settles_after=left)
    raise TryAgain(effect.system, f"{effect.called} is under way", after=left)


def _key(effect: Effect) -> dict[str, str]:
    """Return what the statements that are made once are given to find an effect by."""
    return {
        "of_system": effect.system,
        "of_instance": effect.instance,
        "of_operation": effect.operation,
        "of_key": effect.key,
    }


def _is(effect: Effect) -> tuple[ColumnElement[bool], ...]:
    return (
        effects.c.system == effect.system,
        effects.c.instance == effect.instance,
        effects.c.operation == effect.operation,
        effects.c.key == effect.key,
    )
