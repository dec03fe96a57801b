"""One effect for each business key, whatever crashes, is repeated or gets lost.

How an effect is made safe is declared by the connector (`dedupe.py`); what became of it is
in the ledger (`effect_ledger.py`). See `docs/decisions/0003-dedupe-modes.md`.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar, runtime_checkable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from observability.tracing import current_trace_id
from store.database import Store
from system_apis.dedupe import DedupeMode, LookUpFirst, NativeKey
from system_apis.effect_ledger import Claim, Effect, EffectLedger, EffectState
from system_apis.errors import NotFound, Refused, TryAgain, Unknown

T = TypeVar("T")
Write = Callable[[], Awaitable[T]]
Find = Callable[[], Awaitable[T | None]]
# After so many halves under one key a person looks, and the last half is left to be seen.
MOST_HALVES = 3


class Wholeness(Struct, Generic[T], frozen=True):
    """How a record is known to have all its parts, and what takes one out that has not."""

    is_whole: Callable[[T], Awaitable[bool]]
    take_out: Callable[[str, str], Awaitable[object]]
    operation: str


@runtime_checkable
class Identified(Protocol):
    """A record that has an id of ours."""

    id: str


@runtime_checkable
class Sourced(Protocol):
    """A record that says which one of which system it is, whatever id of ours stands for it."""

    source: str


class Effects:
    """The guard in front of every write of every connector."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        audit: Audit,
        *,
        answer_within: timedelta = timedelta(seconds=15),
    ) -> None:
        """Guard writes; none may take longer than `answer_within`, or its answer counts as lost."""
        self._ledger = EffectLedger(store, clock, audit)
        self._clock, self._answer_within = clock, answer_within

    async def once(
        self,
        effect: Effect,
        mode: DedupeMode,
        *,
        find: Find[T] | None,
        write: Write[T],
        wholeness: Wholeness[T] | None = None,
    ) -> T:
        """Return the record of an effect that exists once and whole, however often this is called.

        Raises `Unknown` as long as nobody can tell whether it exists, and `Refused` with code
        `KEY_CONFLICT`, `NEEDS_RECONCILIATION`, `DUPLICATE_EFFECT`, `EFFECT_MISSING` or
        `HALF_WRITTEN` when a person must look.
        """
        current_caller()  # an effect without an actor could not be audited
        if isinstance(mode, NativeKey):
            return await self._freely(effect, write)
        if isinstance(mode, LookUpFirst):
            if find is None:
                raise ValueError(f"{effect.operation} looks up first, and has nothing to find by")
            return await self._looked_up(effect, mode.settles_after, find, write, wholeness)
        return await self._attempted_once(effect, write)

    async def _freely(self, effect: Effect, write: Write[T]) -> T:
        """Write as often as it takes: the system knows the key."""
        claim = await self._ledger.claim(effect, timedelta())
        if claim.state is EffectState.DONE:
            return await write()
        return await self._written(effect, claim, timedelta(), write)

    async def _attempted_once(self, effect: Effect, write: Write[T]) -> T:
        """Write once; after that only a person can say whether to write again."""
        claim = await self._ledger.claim(effect, self._answer_within)
        if claim.state in {EffectState.SENT, EffectState.UNCERTAIN, EffectState.DONE}:
            await self._ledger.end(effect, claim, claim.state)
            reason = f"{effect.called} was {claim.state} before"
            raise Refused(effect.system, reason, code="NEEDS_RECONCILIATION")
        await self._ledger.send(effect, claim, self._answer_within)
        return await self._written(effect, claim, timedelta(), write)

    async def _looked_up(
        self,
        effect: Effect,
        settles_after: timedelta,
        find: Find[T],
        write: Write[T],
        wholeness: Wholeness[T] | None,
    ) -> T:
        """Look first, write when it is absent, and look again for a second one."""

        async def standing() -> T | None:
            return await self._standing(effect, await find(), wholeness)

        async def whole() -> T:
            made = await self._standing(effect, await write(), wholeness)
            if made is None:
                raise TryAgain(effect.system, f"took half at {effect.called}, which is out again")
            return made

        lease = self._answer_within + settles_after
        claim = await self._ledger.claim(effect, lease)
        if claim.state is EffectState.DONE:
            return await self._found_again(effect, claim, settles_after, find)
        found = await self._found(effect, claim, standing)
        if found is not None:
            await self._done(effect, claim, found, reason="found before it was written")
            return found
        await self._ledger.send(effect, claim, lease)
        record = await self._written(effect, claim, settles_after, whole)
        await self._refuse_second(effect, record, find)
        return record

    async def _standing(
        self, effect: Effect, record: T | None, wholeness: Wholeness[T] | None
    ) -> T | None:
        """Return a record that has all its parts; one that has not is taken out, and is none."""
        if record is None or wholeness is None:
            return record
        record_id = _id(record) or ""
        out = replace(
            effect,
            operation=wholeness.operation,
            key=f"{effect.key}:half:{record_id}",
            input_hash=fingerprint(record_id),
        )
        halves = await self._ledger.done_before(out, f"{effect.key}:half:")
        if out.key in halves:
            return None
        if await wholeness.is_whole(record):
            return record
        if len(halves) >= MOST_HALVES:
            reason = f"took half at {effect.called}, again and again"
            raise Refused(effect.system, reason, code="HALF_WRITTEN")
        await self._freely(out, lambda: wholeness.take_out(record_id, out.key))
        return None

    async def _found(self, effect: Effect, claim: Claim, find: Find[T]) -> T | None:
        """Look, and let go of the effect when looking fails."""
        looked = False
        try:
            async with asyncio.timeout(self._answer_within.total_seconds()):
                found = await find()
            looked = True
        except TimeoutError as error:
            raise TryAgain(effect.system, f"{effect.called} was not looked up in time") from error
        finally:
            if not looked:
                await self._ledger.end(effect, claim, claim.state)
        return found

    async def _written(
        self, effect: Effect, claim: Claim, settles_after: timedelta, write: Write[T]
    ) -> T:
        """Write, and write down how that ended; what is not known to have failed is uncertain."""
        ended = EffectState.UNCERTAIN
        try:
            async with asyncio.timeout(self._answer_within.total_seconds()):
                record = await write()
            ended = EffectState.DONE
        except TryAgain:
            ended = EffectState.INTENDED
            raise
        except (Refused, NotFound):
            ended = EffectState.REFUSED
            raise
        except (Unknown, TimeoutError) as lost:
            raise Unknown(effect.system, str(lost), settles_after=settles_after) from lost
        finally:
            if ended is EffectState.UNCERTAIN:
                await self._ledger.end(effect, claim, ended, held=settles_after)
            elif ended is not EffectState.DONE:
                await self._ledger.end(effect, claim, ended)
        await self._done(effect, claim, record)
        return record

    async def _found_again(
        self, effect: Effect, claim: Claim, settles_after: timedelta, find: Find[T]
    ) -> T:
        """Return what is done already; it is never written again, even when it is gone."""
        found = await find()
        if found is not None:
            return found
        if claim.since and self._clock() < claim.since + settles_after:
            raise TryAgain(
                effect.system, f"{effect.called} is not visible yet", after=settles_after
            )
        reason = f"{effect.called}: what was written is gone"
        raise Refused(effect.system, reason, code="EFFECT_MISSING")

    async def _refuse_second(self, effect: Effect, record: object, find: Find[T]) -> None:
        """Raise the alarm when the system holds another record under the key than it answered.

        A finder that sees two raises `DUPLICATE_EFFECT` itself; one that returns the first
        of several tells nothing but this. A record that was linked to another id of ours
        meanwhile is still the one that was written.
        """
        seen = await find()
        if seen is not None and not _is_same(seen, record):
            reason = f"{effect.called}: one key stands for {_id(record)} and {_id(seen)}"
            raise Refused(effect.system, reason, code="DUPLICATE_EFFECT")

    async def _done(
        self, effect: Effect, claim: Claim, record: object, reason: str | None = None
    ) -> None:
        entry = AuditEntry.by(
            current_caller(),
            f"{effect.system}.{effect.operation}",
            _id(record) or effect.key,
            legal_entity=effect.legal_entity or getattr(record, "legal_entity", None),
            after_hash=fingerprint(record),
            reason=reason or effect.key,
            trace_id=current_trace_id(),
        )
        await self._ledger.done(effect, claim, _id(record), entry)


def fingerprint(record: object) -> str:
    """Return the hash of a record or an input, the same whenever its fields are."""
    return hashlib.sha256(msgspec.json.encode(record, order="deterministic")).hexdigest()


def _id(record: object) -> str | None:
    return record.id if isinstance(record, Identified) else None


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, Sourced) and isinstance(other, Sourced):
        return one.source == other.source
    return _id(one) == _id(other)
