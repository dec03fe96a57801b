"""Counts in Redis or Valkey: one script decides, counts, and returns all that headers say.

While the store is away nobody waits for it: the first calls wait for their time limit at
most, then a task of its own asks until the store is back.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from itertools import count as numbered
from typing import TypeVar

import hiredis
from msgspec import Struct

from governance.counting.asks import Ask, Count, Slots, StoreAway, Taken
from governance.counting.line import Address, Line, open_line

# KEYS: the counts, then the slots if there are any. ARGV: cost, slot, slots, lease in ms,
# then of every count how far it may go and how long it is remembered. The store's own clock
# says when a slot expires, so that the clocks of the gateways need not agree.
TAKE = """
local cost, slot, places = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local lease, counts, told, short = tonumber(ARGV[4]), (#ARGV - 4) / 2, {-1}, -1
for i = 1, counts do
  told[i + 1] = tonumber(redis.call('GET', KEYS[i]) or '0')
  if short < 0 and told[i + 1] + cost > tonumber(ARGV[3 + 2 * i]) then short = i - 1 end
end
local now, last = 0, counts + 2
if slot ~= '' then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[counts + 1], '-inf', now)
  told[last] = redis.call('ZCARD', KEYS[counts + 1])
  if short < 0 and told[last] >= places then short = counts end
end
if short < 0 then
  for i = 1, counts do
    told[i + 1] = redis.call('INCRBY', KEYS[i], cost)
    if told[i + 1] == cost then redis.call('EXPIRE', KEYS[i], ARGV[4 + 2 * i]) end
  end
  if slot ~= '' then
    redis.call('ZADD', KEYS[counts + 1], now + lease, slot)
    redis.call('PEXPIRE', KEYS[counts + 1], lease)
    told[last] = told[last] + 1
  end
end
told[1] = short
return told
"""
T = TypeVar("T")
TAKE_SHA = hashlib.sha1(TAKE.encode(), usedforsecurity=False).hexdigest()


class Config(Struct, frozen=True, kw_only=True):
    """Which store, how long an answer may take, and how often one that is away is asked."""

    url: str
    timeout_ms: int = 100
    away_ms: int = 1_000


class SharedCounts:
    """The counts that all processes share; implements `asks.Counts`."""

    def __init__(self, config: Config) -> None:
        self._address = Address.read(config.url)
        self._seconds, self._away_seconds = config.timeout_ms / 1000, config.away_ms / 1000
        self._line: Line | None = None
        self._opening: asyncio.Task[Line] | None = None
        self._return: asyncio.Task[None] | None = None
        self._me, self._names = secrets.token_hex(6), numbered()

    async def take(self, ask: Ask) -> Taken:
        """Count an ask if every part of it has room; raise `StoreAway` if that is not known."""
        slots = ask.slots
        slot = f"{self._me}-{next(self._names)}" if slots else ""
        keys = [each.key for each in ask.counts]
        rest: list[str | int] = [ask.cost, slot, 0, 0]
        for each in ask.counts:
            rest += (each.most, each.seconds)
        if slots is not None:
            keys.append(slots.key)
            rest[2:4] = slots.most, slots.lease_seconds * 1000
        words = (len(keys), *keys, *rest)
        told = await self._asked(lambda line: _script(line, words))
        return Taken(told[0] if told[0] >= 0 else None, tuple(told[1:]), slot or None)

    def give_back(self, slots: Slots, slot: str) -> None:
        """Let another call have the slot; one that the store is not told of expires."""
        if self._line is not None:
            self._line.ask("ZREM", slots.key, slot).add_done_callback(_let_go)

    async def set(self, count: Count, to: int) -> None:
        """Say what a count has come to."""
        await self._asked(lambda line: line.ask("SET", count.key, to, "EX", count.seconds))

    async def is_there(self) -> bool:
        """Whether the store answers now."""
        try:
            await self._asked(lambda line: line.ask("PING"))
        except StoreAway:
            return False
        return True

    async def close(self) -> None:
        """Close the connection."""
        for task in (self._return, self._opening):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, StoreAway):
                    await task
        if self._line is not None:
            await self._line.close()

    async def _asked(self, ask: Callable[[Line], Awaitable[T]]) -> T:
        """Return an answer; a store that refuses one command is not away for the next."""
        line = self._line
        if line is None or not line.is_open:
            line = await self._open()
        try:
            return await ask(line)
        except hiredis.ReplyError as error:
            raise StoreAway(str(error)) from error
        except StoreAway:
            self._wait_for_return()
            raise

    async def _open(self) -> Line:
        """Return the one line, which all who need it wait for together."""
        if self._line is not None and self._line.is_open:
            return self._line
        if self._return is not None:
            raise StoreAway("it has not come back yet")
        if self._opening is None:
            self._opening = asyncio.create_task(open_line(self._address, self._seconds))
        try:
            self._line = await asyncio.shield(self._opening)
        except StoreAway:
            self._wait_for_return()
            raise
        finally:
            if self._opening is not None and self._opening.done():
                self._opening = None
        return self._line

    def _wait_for_return(self) -> None:
        if self._return is None:
            self._line = None
            self._return = asyncio.create_task(self._until_back())

    async def _until_back(self) -> None:
        """Ask now and then whether the store is back; no caller waits for this."""
        while True:
            await asyncio.sleep(self._away_seconds)
            with contextlib.suppress(StoreAway):
                self._line = await open_line(self._address, self._seconds)
                self._return = None
                return


async def _script(line: Line, words: tuple[str | int, ...]) -> list[int]:
    """Run the script by its hash; a store that has forgotten it is told it again."""
    try:
        told = await line.ask("EVALSHA", TAKE_SHA, *words)
    except hiredis.ReplyError as error:
        if not str(error).startswith("NOSCRIPT"):
            raise
        told = await line.ask("EVAL", TAKE, *words)
    return told  # type: ignore[return-value]  # what the script returns


def _let_go(answer: asyncio.Future[object]) -> None:
    """Look at an answer that nobody waits for; what was not given back expires."""
    if not answer.cancelled():
        answer.exception()
