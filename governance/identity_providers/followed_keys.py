"""The keys of an issuer that lives elsewhere: fetched beside the requests, and never for long.

A key that the issuer takes back is refused within a minute, a new one is fetched when it is
first met, and while the issuer is away its last keys are good for an hour.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct

from governance.identity_providers.discovery import Unreachable
from governance.issuers import KeysTooOld, PinnedKeys, PublicKey, UnsafeKeySet, pinned_keys

EVERY_SECONDS = 30.0
ASKED_EVERY_SECONDS = 30.0
MAX_STALE_SECONDS = 3_600.0
MOST_WAITING = 64


class Outcome(StrEnum):
    """What came of fetching an issuer's keys."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    AWAY = "away"
    REFUSED = "refused"


class Fetched(Struct, frozen=True):
    """What came of one fetch, and why it came to nothing."""

    issuer: str
    outcome: Outcome
    reason: str = ""


class FollowedKeys:
    """One issuer's keys, which `refresh` keeps fresh; `clock` counts seconds and never back."""

    def __init__(
        self,
        name: str,
        fetch: Callable[[], Awaitable[bytes]],
        clock: Callable[[], float],
        tell: Callable[[Fetched], None],
    ) -> None:
        self.name = name
        self._fetch, self._clock, self._tell = fetch, clock, tell
        self._keys = PinnedKeys({})
        self._digest = b""
        self._fetched_at: float | None = None
        self._began_at: float | None = None
        self._asked_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0

    def key(self, kid: str) -> PublicKey | None:
        """Return the key with this id, or raise `KeysTooOld`."""
        age = self.age_seconds()
        if age is None or age > MAX_STALE_SECONDS:
            raise KeysTooOld(self.name)
        return self._keys.key(kid)

    def age_seconds(self) -> float | None:
        """Return how long ago the issuer last said its keys, None when it never has."""
        return None if self._fetched_at is None else self._clock() - self._fetched_at

    async def refresh(self) -> None:
        """Fetch the keys if it is time; only the first time is waited for."""
        if self._fetching is not None and self._fetching.done():
            fetching, self._fetching = self._fetching, None
            fetching.result()
        if self._began_at is None:
            await self._begin()
        elif self._fetching is None and self._clock() - self._began_at >= EVERY_SECONDS:
            self._begin()

    async def ask_again(self) -> bool:
        """Fetch the keys for one that is not known; False when that was tried a moment ago.

        However many ask, one fetch is made, and not again for half a minute.
        """
        if self._waiting >= MOST_WAITING:
            return False
        fetching = self._fetching
        if fetching is None or fetching.done():
            now = self._clock()
            if self._asked_at is not None and now - self._asked_at < ASKED_EVERY_SECONDS:
                return False
            self._asked_at = now
            fetching = self._begin()
        self._waiting += 1
        try:
            await asyncio.wait([fetching])
        finally:
            self._waiting -= 1
        return True

    async def close(self) -> None:
        """Fetch no more."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _begin(self) -> asyncio.Task[None]:
        self._began_at = self._clock()
        self._fetching = asyncio.create_task(self._fetch_once())
        return self._fetching

    async def _fetch_once(self) -> None:
        try:
            document = await self._fetch()
            digest = sha256(document).digest()
            outcome = Outcome.UNCHANGED if digest == self._digest else Outcome.FETCHED
            if outcome is Outcome.FETCHED:
                # Tokens that were verified stay so only while their key is the same object.
                self._keys, self._digest = pinned_keys(document), digest
        except Unreachable as error:
            self._tell(Fetched(self.name, Outcome.AWAY, str(error)))
        except UnsafeKeySet as error:
            self._tell(Fetched(self.name, Outcome.REFUSED, str(error)))
        else:
            self._fetched_at = self._clock()
            self._tell(Fetched(self.name, outcome))
