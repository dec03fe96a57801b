"""Copies of several databases as they were at one moment, taken while others write to them.

Whoever writes waits while we hold every database at once, and no longer than it takes to begin
to read each: in write-ahead mode what is read stays as it is, whatever is written meanwhile.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")
WITHIN_SECONDS = 10.0
# So long the first database is held while somebody writes to the next one.
_STEP_SECONDS = 0.1
_PAGES = 2_000


class StillWritten(Exception):
    """Somebody else writes to a database and does not let go; the text says what to do."""


class Snapshot(Struct, Generic[T], frozen=True):
    """Databases of one moment, what was noted at it, and how long writers were held up."""

    databases: tuple[sqlite3.Connection, ...]
    noted: T
    held_seconds: float


@contextmanager
def snapshot(
    paths: Sequence[Path], note: Callable[[], T], *, within: float = WITHIN_SECONDS
) -> Iterator[Snapshot[T]]:
    """Hold all databases in the order given, begin to read each, and let writers go on."""
    with ExitStack() as opened:
        writers = [opened.enter_context(closing(_open(each))) for each in paths]
        readers = [opened.enter_context(closing(_open(each))) for each in paths]
        began = _hold(writers, paths, within)
        try:
            for reader in readers:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            noted = note()
        finally:
            _let_go(writers)
        yield Snapshot(tuple(readers), noted, time.monotonic() - began)


def copy_database(
    source: sqlite3.Connection, path: Path, progress: Callable[[int, int], None]
) -> None:
    """Write what a snapshot reads into a new file that only its owner can read."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        source.backup(
            copy, pages=_PAGES, progress=lambda _, left, pages: progress(pages - left, pages)
        )
        # One file is whole by itself; who opens it for work turns writing ahead on again.
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)


def _hold(connections: Sequence[sqlite3.Connection], paths: Sequence[Path], within: float) -> float:
    """Let nobody write to any of them, and return since when; or raise `StillWritten`."""
    until = time.monotonic() + within
    while True:
        began, held_up_by = _try_to_hold(connections, until)
        if held_up_by is None:
            return began
        _let_go(connections)
        if time.monotonic() >= until:
            raise StillWritten(
                f"somebody writes to {paths[held_up_by]} and did not let go within {within:g} s;"
                f" try again, or see who holds it: fuser {paths[held_up_by]}"
            )


def _try_to_hold(
    connections: Sequence[sqlite3.Connection], until: float
) -> tuple[float, int | None]:
    """Return since when the first is held, and the number of the one that could not be."""
    began = 0.0
    for number, connection in enumerate(connections):
        patience = _STEP_SECONDS if number else max(until - time.monotonic(), 0.0)
        connection.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return began, number
        began = began or time.monotonic()
    return began, None


def _let_go(connections: Sequence[sqlite3.Connection]) -> None:
    for connection in connections:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
