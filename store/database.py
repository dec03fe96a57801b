"""One database file, one unit of work: what belongs together commits together.

Writes run one after another in a thread of their own, each in a transaction that is
on disk (`synchronous=FULL`) before it is acknowledged. Reads run beside them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

metadata = MetaData()
T = TypeVar("T")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the store's database is; None means a SQLite file in the data directory."""

    url: str | None = None


class Store:
    """The firm's records that are Strata's own: ledgers, approvals, audit, read models."""

    def __init__(self, path: Path) -> None:
        self._engine: Engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _durable)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="store-read")

    @property
    def engine(self) -> Engine:
        """The engine, for migrations."""
        return self._engine

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work: all of it is committed when this returns, or none of it."""
        return await _in_thread(self._writer, lambda: self._transact(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries on one consistent snapshot."""
        return await _in_thread(self._readers, lambda: self._query(work))

    def write_waiting(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work as `write` does, from a thread that may wait for it."""
        return self._writer.submit(self._transact, work).result()

    def read_waiting(self, work: Callable[[Connection], T]) -> T:
        """Run queries as `read` does, from a thread that may wait for them."""
        return self._query(work)

    def close(self) -> None:
        """Finish what is running and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            hold(connection)
            return work(connection)

    def _query(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)


def hold(connection: Connection) -> None:
    """Let nobody else write until the transaction ends: what it reads is still so when it writes.

    SQLite would begin the transaction at the first row that is written, and not for a table.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _in_thread(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """Wait for a call in a pool; a commit that has begun is never abandoned half-known."""
    return await asyncio.shield(asyncio.get_running_loop().run_in_executor(pool, call))


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()
