"""One database file, one unit of work: what belongs together commits together.

Writes run one after another in a thread of their own; each is on disk (`synchronous=FULL`)
before it is acknowledged. Those that wait at the same time share one commit, each behind a
savepoint of its own, so that one that fails takes no other with it. Reads run beside them.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar, cast  # Any: units of any result wait in one line

from msgspec import Struct
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

metadata = MetaData()
T = TypeVar("T")
MOST_TOGETHER = 64
# A commit takes milliseconds; one that takes longer waits for another program, or for a disk.
LONG_SECONDS = 5.0
# Who waits for a change is told within twice this that it was not made.
LOCKED_SECONDS = 10
# So long a proof that something is written holds.
PROVED_SECONDS = 10.0


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the store's database is; None means a SQLite file in the data directory."""

    url: str | None = None


class _Unit(Generic[T]):
    """A unit of work, and the result that somebody waits for."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.written: Future[T] = Future()


class Store:
    """The firm's records that are Strata's own: ledgers, approvals, audit, read models."""

    def __init__(self, path: Path) -> None:
        self._engine: Engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
        event.listen(self._engine, "connect", _durable)
        self._waiting: deque[_Unit[Any]] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="store-read")
        self._lost, self._proved_at = False, time.monotonic()
        self._began_at: float | None = None

    @property
    def engine(self) -> Engine:
        """The engine, for migrations."""
        return self._engine

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work: all of it is committed when this returns, or none of it."""
        return await asyncio.shield(asyncio.wrap_future(self._queued(work)))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries on one consistent snapshot."""
        return await _in_thread(self._readers, lambda: self._query(work))

    def write_waiting(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work as `write` does, from a thread that may wait for it."""
        return self._queued(work).result()

    def read_waiting(self, work: Callable[[Connection], T]) -> T:
        """Run queries as `read` does, from a thread that may wait for them."""
        return self._query(work)

    async def takes_writes(self) -> bool:
        """Whether no commit failed since the last proof, and none that has begun takes long.

        A commit that had nothing to write proves nothing: a full disk takes it.
        """
        began = self._began_at
        return not self._lost and (began is None or time.monotonic() - began < LONG_SECONDS)

    async def prove(self) -> None:
        """Find out, if that was not found out lately, whether anything is written; or raise."""
        if self._lost or time.monotonic() - self._proved_at > PROVED_SECONDS:
            await self.write(_touch)
            self._lost, self._proved_at = False, time.monotonic()

    def close(self) -> None:
        """Finish what is running and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()

    def _queued(self, work: Callable[[Connection], T]) -> Future[T]:
        unit = _Unit(work)
        self._waiting.append(unit)
        self._writer.submit(self._write_queued)
        return unit.written

    def _write_queued(self) -> None:
        """Write what waits in one commit, and tell everybody how their own unit ended."""
        most = min(len(self._waiting), MOST_TOGETHER)
        units = [self._waiting.popleft() for _ in range(most)]
        if not units:
            return
        self._began_at = time.monotonic()
        committed = _called(lambda: self._transact(units))
        lost = committed.exception()
        errors = [lost] * len(units) if lost else [each.exception() for each in committed.result()]
        self._lost |= any(isinstance(each, OperationalError) for each in errors)
        self._began_at = None
        for number, (unit, error) in enumerate(zip(units, errors, strict=True)):
            if error:
                unit.written.set_exception(error)
            else:
                unit.written.set_result(committed.result()[number].result())

    def _transact(self, units: Sequence[_Unit[Any]]) -> list[Future[Any]]:
        with self._engine.begin() as connection:
            hold(connection)
            return [_behind_savepoint(connection, unit) for unit in units]

    def _query(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)


def _behind_savepoint(connection: Connection, unit: _Unit[T]) -> Future[T]:
    """Run a unit so that only its own writes are undone when it fails."""

    def run() -> T:
        with connection.begin_nested():
            return unit.work(connection)

    ended = _called(run)
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    if not driver.in_transaction:
        ended.result()  # SQLite gave the whole transaction up: what ran before is lost as well
    return ended


def _called(call: Callable[[], T]) -> Future[T]:
    """Return how a call ended."""
    ended: Future[T] = Future()
    try:
        ended.set_result(call())
    except BaseException as error:  # whoever waits for the result is the one to know it
        ended.set_exception(error)
    return ended


def hold(connection: Connection) -> None:
    """Let nobody else write until the transaction ends: what it reads is still so when it writes.

    SQLite would begin the transaction at the first row that is written, and not for a table.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _touch(connection: Connection) -> None:
    """Write what says nothing: the number that SQLite keeps for whoever wants it."""
    connection.exec_driver_sql("PRAGMA user_version = 0")


async def _in_thread(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """Wait for a call in a pool; a commit that has begun is never abandoned half-known."""
    return await asyncio.shield(asyncio.get_running_loop().run_in_executor(pool, call))


def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={LOCKED_SECONDS * 1000}")
    cursor.close()
