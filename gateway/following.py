"""What this process knows of who may call, kept as fresh as it is for every other process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from governance.key_file import UnsafeKeyFile
from observability.logs import Logs

EVERY_SECONDS = 1.0
# What is revoked elsewhere is to be known here within five seconds; twice that is an alarm.
TOO_OLD = timedelta(seconds=10)


class Following:
    """Reads again, every second, what another process may have changed."""

    def __init__(
        self,
        refreshes: Sequence[Callable[[], Awaitable[None]]],
        clock: Callable[[], datetime],
        logs: Logs,
    ) -> None:
        self._refreshes, self._clock, self._logs = refreshes, clock, logs
        self._fresh_at = clock()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Read again until stopped; what cannot be read now is read the next time."""
        while not self._stopping.is_set():
            try:
                await self.once()
            except (OperationalError, UnsafeKeyFile) as error:
                self._logs.events.error("who may call could not be read", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), EVERY_SECONDS)

    async def once(self) -> None:
        """Read everything once."""
        for refresh in self._refreshes:
            await refresh()
        self._fresh_at = self._clock()

    async def is_fresh(self) -> bool:
        """Whether what is known here is not too old."""
        return self._clock() - self._fresh_at < TOO_OLD

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()
