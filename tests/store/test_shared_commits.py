"""Writes that wait at the same time share a commit, and nothing else."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, MetaData, String, Table, event, insert, select

from store.database import Store

_tables = MetaData()
notes = Table("notes", _tables, Column("text", String, primary_key=True))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a store with one table."""
    opened = Store(tmp_path / "strata.sqlite")
    _tables.create_all(opened.engine)
    yield opened
    opened.close()


class Line:
    """A line of writes that stands until all of them wait in it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stands, self._go_on = threading.Event(), threading.Event()
        self.commits = 0
        event.listen(store.engine, "commit", self._count)

    def _count(self, _: Connection) -> None:
        self.commits += 1

    async def wait_together(self, *works: object) -> list[object]:
        """Let units of work wait for the one before them, and return how each ended."""
        first = asyncio.ensure_future(self._store.write(self._stand_still))
        await asyncio.to_thread(self._stands.wait, 20)
        waiting = asyncio.gather(*map(self._store.write, works), return_exceptions=True)
        await asyncio.sleep(0)  # each stands in the line now
        self._go_on.set()
        await first
        return list(await waiting)

    def _stand_still(self, _: Connection) -> None:
        self._stands.set()
        self._go_on.wait(20)


def _note(text: str) -> object:
    return lambda connection: connection.execute(insert(notes).values(text=text)).rowcount


def _fail_after(text: str) -> object:
    def work(connection: Connection) -> None:
        connection.execute(insert(notes).values(text=text))
        raise LookupError(text)

    return work


def _lose_the_transaction(connection: Connection) -> None:
    """Do what SQLite does by itself when the disk is full."""
    connection.exec_driver_sql("ROLLBACK")
    raise OSError("disk full")


async def _noted(store: Store) -> list[str]:
    query = select(notes.c.text).order_by(notes.c.text)
    return await store.read(lambda connection: [*connection.execute(query).scalars()])


async def test_what_waits_together_is_on_disk_after_one_commit(store: Store) -> None:
    """Ten people wait for the disk once."""
    line = Line(store)
    ended = await line.wait_together(*(_note(str(each)) for each in range(10)))

    assert ended == [1] * 10
    assert line.commits == 2
    assert len(await _noted(store)) == 10


async def test_a_unit_that_fails_takes_no_other_with_it(store: Store) -> None:
    """Only its own writes are undone, and only who asked for it hears of it."""
    line = Line(store)
    before, failed, after = await line.wait_together(_note("a"), _fail_after("b"), _note("c"))

    assert (before, after) == (1, 1)
    assert isinstance(failed, LookupError)
    assert await _noted(store) == ["a", "c"]


async def test_nobody_is_told_of_a_write_that_was_lost_with_its_commit(store: Store) -> None:
    """When the transaction itself is gone, all that shared it has failed."""
    line = Line(store)
    ended = await line.wait_together(_note("a"), _lose_the_transaction, _note("c"))

    assert all(isinstance(each, Exception) for each in ended)
    assert await _noted(store) == []
