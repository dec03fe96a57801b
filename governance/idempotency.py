"""The same command sent again gets the same answer, and nothing is done twice over it.

A key belongs to one person and client and one operation. What is kept here spares a repeated
command its work; what makes a repeat harmless is the business key underneath, and of what has
none, what was done (`once.py`). An attempt that was left in flight is taken over as soon as
its process is known to have ended.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.engine import Row

from governance.access import Caller
from governance.lives import Life
from store.database import Store, metadata

# No code of an entity has a colon.
_UNIT, _SCOPE = "unit:", "scope:"
# How many records one unit of work deletes, so that nobody who writes waits for long.
AT_A_TIME = 500
TABLE = Table(
    "idempotency_keys",
    metadata,
    Column("subject", String, primary_key=True),
    Column("client_id", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("entities", String, nullable=False),
    Column("attempt", String, nullable=False),
    Column("life", String),
    Column("attempt_until", Integer),
    Column("done", LargeBinary),
    Column("answer", LargeBinary),
    Column("until", Integer, nullable=False, index=True),
)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """How long answers are kept, and how long an attempt may be silent in a living process."""

    keep_hours: int = 24
    attempt_seconds: int = 60
    answer_bytes: int = 262_144


class KeptAnswer(Struct, frozen=True):
    """An answer as it was given, and until when it is kept, in seconds since 1970 (0: not)."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    until: int = 0


class Command(Struct, frozen=True):
    """A command under its key; the fingerprint is of everything that it says.

    `asked` are the scopes that fields of its answer ask for.
    """

    caller: Caller
    operation: str
    key: str
    fingerprint: bytes
    asked: frozenset[str] = frozenset()


class Begun(Struct, frozen=True):
    """The command is ours to do."""

    attempt: str


class InFlight(Struct, frozen=True):
    """Another attempt is doing it."""

    seconds_left: int


class OtherCommand(Struct, frozen=True):
    """The key was used for something else."""


class NoLongerSeen(Struct, frozen=True):
    """The caller has since lost sight of entities, units or fields that the answer may show."""


Outcome = Begun | InFlight | OtherCommand | NoLongerSeen | KeptAnswer


class IdempotencyRecords:
    """The commands of the last day and their answers."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], config: Config, life: Life
    ) -> None:
        self._store, self._clock, self._life, self.config = store, clock, life, config

    async def begin(self, command: Command) -> Outcome:
        """Return the kept answer, or why there is none, or that the command may begin."""
        now = int(self._clock().timestamp())
        begun = Begun(secrets.token_hex(16))
        values = {
            "attempt": begun.attempt,
            "life": self._life.name,
            "attempt_until": now + self.config.attempt_seconds,
            "until": self._kept_until(),
            "entities": _sight(command),
        }

        def work(connection: Connection) -> Outcome:
            found = connection.execute(select(TABLE).where(_same(command))).one_or_none()
            if found is not None and found.until <= now:
                connection.execute(delete(TABLE).where(_same(command)))
                found = None
            if found is None:
                connection.execute(insert(TABLE).values(**_named(command), **values))
                return begun
            outcome = self._judge(found, command, now)
            if outcome is not None:
                return outcome
            connection.execute(update(TABLE).where(_same(command)).values(**values))
            return begun

        return await self._store.write(work)

    async def keep(self, command: Command, begun: Begun, answer: KeptAnswer) -> KeptAnswer:
        """Keep the answer of an attempt, unless another attempt has taken its place.

        Returns the answer with the time until which it is kept.
        """
        kept = replace(answer, until=self._kept_until())
        told = {"answer": msgspec.msgpack.encode(kept), "until": kept.until, "done": None}
        change = update(TABLE).where(attempt_is(command, begun)).values(told)
        taken = await self._store.write(lambda c: int(c.execute(change).rowcount))
        return kept if taken else answer

    async def release(self, command: Command, begun: Begun) -> None:
        """Let the command be done again: there is no answer that should be kept.

        What it did so far stays known.
        """
        mine = attempt_is(command, begun)
        forget = delete(TABLE).where(mine, TABLE.c.done.is_(None))
        let_go = update(TABLE).where(mine).values(life=None, attempt_until=0)

        def work(connection: Connection) -> None:
            connection.execute(forget)
            connection.execute(let_go)

        await self._store.write(work)

    async def forget_expired(self) -> int:
        """Delete what is past its time, some of it at a time, and return how many records."""
        past = TABLE.c.until <= int(self._clock().timestamp())
        some = select(TABLE.c.until).where(past).limit(1)
        if await self._store.read(lambda c: c.execute(some).first()) is None:
            return 0
        which = select(*TABLE.primary_key).where(past).limit(AT_A_TIME)
        gone = delete(TABLE).where(tuple_(*TABLE.primary_key).in_(which))
        return await self._store.write(lambda c: int(c.execute(gone).rowcount))

    def _kept_until(self) -> int:
        return int((self._clock() + timedelta(hours=self.config.keep_hours)).timestamp())

    def _judge(
        self, found: "Row[tuple[object, ...]]", command: Command, now: int
    ) -> Outcome | None:
        """Return what a record means for a command; None when its attempt has ended."""
        if found.fingerprint != command.fingerprint:
            return OtherCommand()
        left = (found.attempt_until or 0) - now
        if found.answer is None and left > 0 and not self._life.is_over(found.life):
            return InFlight(left)
        if found.answer is None and found.done is None:
            return None
        if not _still_sees(command.caller, frozenset(found.entities.split())):
            return NoLongerSeen()
        return msgspec.msgpack.decode(found.answer, type=KeptAnswer) if found.answer else None


def attempt_is(command: Command, begun: Begun) -> ColumnElement[bool]:
    """Return what is true of a command's record as long as no other attempt has begun."""
    return and_(_same(command), TABLE.c.attempt == begun.attempt)


def _named(command: Command) -> dict[str, object]:
    return {
        "subject": command.caller.subject,
        "client_id": command.caller.client_id,
        "operation": command.operation,
        "key": command.key,
        "fingerprint": command.fingerprint,
    }


def _sight(command: Command) -> str:
    """Return what a caller sees: its entities, and with marks its fields and its bounds of units.

    Of the scopes that it holds, those count that its answer's fields ask for.
    """
    caller = command.caller
    units = [] if caller.units is None else [_UNIT, *(f"{_UNIT}{each}" for each in caller.units)]
    fields = [f"{_SCOPE}{each}" for each in command.asked & caller.scopes]
    return " ".join(sorted(caller.entities.union(units, fields)))


def _still_sees(caller: Caller, seen: frozenset[str]) -> bool:
    """Whether a caller sees all that was seen; who is bound to units sees not all of them."""
    units, scopes = _marked(_UNIT, seen), _marked(_SCOPE, seen)
    entities = frozenset(each for each in seen if ":" not in each)
    bound = caller.units is None or (bool(units) and units - {""} <= caller.units)
    return bound and entities <= caller.entities and scopes <= caller.scopes


def _marked(mark: str, seen: frozenset[str]) -> frozenset[str]:
    return frozenset(each.removeprefix(mark) for each in seen if each.startswith(mark))


def _same(command: Command) -> ColumnElement[bool]:
    return and_(
        TABLE.c.subject == command.caller.subject,
        TABLE.c.client_id == command.caller.client_id,
        TABLE.c.operation == command.operation,
        TABLE.c.key == command.key,
    )
