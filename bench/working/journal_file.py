"""What stands in a durable journal, read by a connection that neither side knows of."""

import asyncio
import sqlite3
from pathlib import Path

from msgspec import Struct

LOOKED_AT_EVERY_SECONDS = 0.005


class Written(Struct, frozen=True):
    """How many workflows a journal holds, how they ended, and how many steps it remembers."""

    succeeded: int
    not_succeeded: int
    steps: int


class JournalFile:
    """The journal of one side."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)

    async def until_idle(self) -> None:
        """Wait until no workflow is under way."""
        while True:
            if not self._count("SELECT count(*) FROM workflow_status WHERE status = 'PENDING'"):
                return
            await asyncio.sleep(LOOKED_AT_EVERY_SECONDS)

    def written(self) -> Written:
        """Return what the journal holds."""
        good = self._count("SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'")
        every = self._count("SELECT count(*) FROM workflow_status")
        steps = self._count("SELECT count(*) FROM operation_outputs")
        return Written(good, every - good, steps)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _count(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])
