"""The systems tell an address of their changes as they happen, in signed messages.

What is not taken is sent again, the oldest first; what happened before the systems were told
an address is not told.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import aiohttp
from msgspec import Struct

from store.clock import wall_clock
from system_apis.sandbox.books import Books, Changed
from system_apis.sandbox.business_time import SandboxClock
from system_apis.sandbox.exchange import SandboxSystem
from system_apis.sandbox.signing import Headers, Letter

LOOK_SECONDS = 0.1
ANSWER_SECONDS = 5
AT_ONCE = 50


class TellingSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Where messages go (the instance is put behind it), and each instance's secret."""

    url: str
    secrets: dict[str, str]


@runtime_checkable
class Sender(Protocol):
    """A system whose product sends messages."""

    books: Books

    def message(self, line: Changed) -> bytes:
        """Return a change as the product tells it."""

    def signed(self, letter: Letter, secret: str) -> Headers:
        """Return the headers with the product's signature."""


class Telling:
    """Tells an address of changes, once there is one."""

    def __init__(self, systems: Mapping[str, SandboxSystem], clock: SandboxClock) -> None:
        self._systems, self._clock = systems, clock
        self._setting: TellingSetting | None = None
        self._senders: dict[str, Sender] = {}
        self._told: dict[str, int] = {}

    def set(self, setting: TellingSetting) -> list[str]:
        """Tell this address from now on, and return which systems do."""
        senders: dict[str, Sender] = {
            name: each
            for name, each in self._systems.items()
            if name in setting.secrets and isinstance(each, Sender)
        }
        for name, system in senders.items():
            system.books.reveal(self._clock.now())
            self._told.setdefault(name, system.books.newest())
        self._senders = senders
        self._setting = setting
        return sorted(senders)

    async def run(self) -> None:
        """Tell until cancelled."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                if setting := self._setting:
                    await asyncio.gather(
                        *(self._tell(setting, each, session) for each in self._senders)
                    )
                await asyncio.sleep(LOOK_SECONDS)

    async def _tell(
        self, setting: TellingSetting, instance: str, session: aiohttp.ClientSession
    ) -> None:
        system = self._senders[instance]
        system.books.reveal(self._clock.now())
        for line in system.books.changes(self._told[instance], AT_ONCE):
            letter = Letter(
                id=f"{instance}-{line.sequence}",
                url=f"{setting.url}/{instance}",
                moment=wall_clock(),
                body=system.message(line),
            )
            headers = system.signed(letter, setting.secrets[instance])
            if not await _taken(letter, headers, session):
                return
            self._told[instance] = line.sequence


async def _taken(letter: Letter, headers: Headers, session: aiohttp.ClientSession) -> bool:
    """Send a message, and return whether it was taken."""
    headers = {"Content-Type": "application/json", **headers}
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.post(letter.url, data=letter.body, headers=headers) as answer:
            return answer.status < 300
    return False
