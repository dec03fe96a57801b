"""Somebody who changes what is on record past every program, and puts it back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

Row = tuple[object, ...]


class Tampering(Struct, frozen=True):
    """A statement that breaks some rows of one table of a database."""

    database: str
    table: str
    statement: str


@contextmanager
def tampered(folder: Path, wish: Tampering, **facts: str) -> Iterator[None]:
    """Break what is on record until the block ends; what the statement leaves alone is not held."""
    path = folder / wish.database
    with closing(sqlite3.connect(path, timeout=20)) as books:
        triggers = _drop_triggers(books, wish.table)
        before = _rows(books, wish.table)
        changed = books.execute(wish.statement, facts).rowcount
        after = _rows(books, wish.table)
        books.commit()
    assert changed == 1, f"{changed} rows were broken"
    try:
        yield
    finally:
        with closing(sqlite3.connect(path, timeout=20)) as books:
            _put_back(books, wish.table, gone=before - after, come=after - before)
            for trigger in triggers:
                books.execute(trigger)
            books.commit()


def _rows(books: sqlite3.Connection, table: str) -> set[Row]:
    return set(books.execute(f'SELECT * FROM "{table}"'))  # noqa: S608  a table of the tests'


def _drop_triggers(books: sqlite3.Connection, table: str) -> list[str]:
    found = books.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
    ).fetchall()
    for name, _ in found:
        books.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in found]


def _put_back(books: sqlite3.Connection, table: str, *, gone: set[Row], come: set[Row]) -> None:
    names = [row[1] for row in books.execute(f'PRAGMA table_info("{table}")')]
    same = " AND ".join(f'"{name}" IS ?' for name in names)
    marks = ", ".join("?" for _ in names)
    books.executemany(f'DELETE FROM "{table}" WHERE {same}', come)  # noqa: S608  as above
    books.executemany(f'INSERT INTO "{table}" VALUES ({marks})', gone)  # noqa: S608  as above
