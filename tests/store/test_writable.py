"""The store knows whether a change would be written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from store.database import Store


def _note(connection: Connection) -> None:
    connection.execute(text("INSERT INTO notes VALUES ('x')"))


async def test_a_change_that_fails_is_known_until_one_is_written(tmp_path: Path) -> None:
    """Nobody has to change anything for it: whoever asks to prove it does."""
    store = Store(tmp_path / "strata.sqlite")
    fresh = await store.takes_writes()
    with pytest.raises(OperationalError):
        await store.write(_note)
    failed = await store.takes_writes()
    await store.prove()
    proved = await store.takes_writes()
    store.close()

    assert (fresh, failed, proved) == (True, False, True)


async def test_a_proof_holds_for_a_while(tmp_path: Path) -> None:
    """Meanwhile nothing is asked of the disk, even where nothing could be written now."""
    store = Store(tmp_path / "strata.sqlite")
    await store.write(lambda connection: connection.execute(text("CREATE TABLE notes (note)")))
    with closing(sqlite3.connect(tmp_path / "strata.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await store.prove()
    store.close()

    assert await store.takes_writes()
