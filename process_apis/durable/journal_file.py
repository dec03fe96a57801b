"""The engine's journal as a file: written ahead, and held by one engine alone."""

import fcntl
from pathlib import Path
from typing import TextIO

import sqlalchemy


class JournalTaken(RuntimeError):
    """Another engine works on the same data directory."""


def write_ahead(path: Path) -> None:
    """Let readers of the journal go on while it is written."""
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("PRAGMA journal_mode=WAL"))
    engine.dispose()


def sole_holder(path: Path) -> TextIO:
    """Hold a lock file, or refuse: two engines on one SQLite journal would run steps twice."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise JournalTaken(
            f"another Strata works on {path.parent}: stop it, or set STRATA_DATA_DIR"
        ) from error
    return lock
