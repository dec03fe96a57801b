"""What one sandbox system keeps: records, a change feed, and facts that have yet to arrive.

Every write is on disk (`synchronous=FULL`) before it is answered.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct

from system_apis.sandbox.business_time import stamp

R = TypeVar("R", bound=Struct)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (ordinal INTEGER PRIMARY KEY, type TEXT, id TEXT,
    version INTEGER, body BLOB, updated_at TEXT, UNIQUE (type, id));
CREATE TABLE IF NOT EXISTS keys (type TEXT, id TEXT, field TEXT, value TEXT,
    PRIMARY KEY (type, field, value, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_of ON keys (type, id);
CREATE TABLE IF NOT EXISTS changes (sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT, id TEXT, version INTEGER, at TEXT);
CREATE TABLE IF NOT EXISTS facts (ordinal INTEGER PRIMARY KEY, at TEXT, type TEXT, id TEXT,
    patch BLOB);
CREATE INDEX IF NOT EXISTS facts_at ON facts (at, ordinal);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER);
"""
_PATCH = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Fact(Struct, frozen=True):
    """From this moment (None: always) a record has these fields; a first fact makes it."""

    at: datetime | None
    type: str
    id: str
    patch: bytes


class Kept(Struct, Generic[R], frozen=True):
    """A record with its version and the moment of its last change."""

    record: R
    version: int
    updated_at: str


class Changed(Struct, frozen=True):
    """One line of the change feed."""

    sequence: int
    type: str
    id: str
    version: int
    at: str


class Arrivals(Protocol):
    """Where facts of one record type go."""

    def arrive(self, record_id: str, patch: bytes, at: str) -> None:
        """Lay a fact's fields over a record, or make it of them."""


class Books:
    """One system's SQLite file, in autocommit but for `writing` blocks."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.executescript(_SCHEMA)
        self.shelves: dict[str, Arrivals] = {}
        self.created: list[tuple[str, str]] = []
        self._hidden: dict[tuple[str, str], float] = {}

    def is_empty(self) -> bool:
        """Whether no facts were ever loaded."""
        return self.db.execute("SELECT 1 FROM counters").fetchone() is None

    def load(self, facts: Iterable[Fact]) -> None:
        """Take in facts; each arrives at its own moment."""
        with self.unit_of_work():
            self.next("loaded")
            self.db.executemany(
                "INSERT INTO facts (at, type, id, patch) VALUES (?, ?, ?, ?)",
                [(stamp(f.at) if f.at else "", f.type, f.id, f.patch) for f in facts],
            )

    def reveal(self, now: datetime) -> None:
        """Let every fact arrive whose moment has come, in the order of their moments."""
        due = self.db.execute(
            "SELECT ordinal, at, type, id, patch FROM facts WHERE at <= ? ORDER BY at, ordinal",
            (stamp(now),),
        ).fetchall()
        if not due:
            return
        with self.unit_of_work():
            for ordinal, at, record_type, record_id, patch in due:
                self.shelves[record_type].arrive(record_id, patch, at or stamp(now))
                self.db.execute("DELETE FROM facts WHERE ordinal = ?", (ordinal,))

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """Commit all that the block writes, on disk, or nothing of it."""
        self.created.clear()
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            yield

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def next(self, counter: str, *, start: int = 1) -> int:
        """Return the next number of a counter, within a transaction."""
        row = self.db.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1"
            " RETURNING value",
            (counter, start),
        ).fetchone()
        return int(row[0])

    def changes(self, after: int, limit: int) -> list[Changed]:
        """Return the next lines of the change feed."""
        rows = self.db.execute(
            "SELECT sequence, type, id, version, at FROM changes WHERE sequence > ?"
            " ORDER BY sequence LIMIT ?",
            (after, limit),
        )
        return [Changed(*row) for row in rows]

    def newest(self) -> int:
        """Return the sequence of the newest line of the change feed."""
        [found] = self.db.execute("SELECT coalesce(max(sequence), 0) FROM changes").fetchone()
        return int(found)

    def everything(self) -> dict[str, list[msgspec.Raw]]:
        """Return every record by type, hidden ones too."""
        found: dict[str, list[msgspec.Raw]] = {name: [] for name in sorted(self.shelves)}
        for record_type, body in self.db.execute(
            "SELECT type, body FROM records ORDER BY type, ordinal"
        ):
            found[record_type].append(msgspec.Raw(body))
        return found

    def digest(self) -> str:
        """Return a hash of every record; times of change and versions leave it as it is."""
        rows = self.db.execute("SELECT type, id, body FROM records ORDER BY type, id")
        summed = hashlib.sha256()
        for row in rows:
            summed.update(repr(row).encode())
        return summed.hexdigest()

    def hide(self, records: Iterable[tuple[str, str]], seconds: float) -> None:
        """Let reads miss records for a while."""
        until = time.monotonic() + seconds
        self._hidden.update(dict.fromkeys(records, until))

    def hidden(self, record_type: str) -> list[str]:
        """Return the ids of the records that reads miss for now."""
        now = time.monotonic()
        return [
            one for (name, one), end in self._hidden.items() if name == record_type and end > now
        ]


class Shelf(Generic[R]):
    """The records of one type, found by their `keys`; `announced` ones are in the change feed."""

    def __init__(
        self,
        books: Books,
        name: str,
        record: type[R],
        keys: tuple[str, ...],
        *,
        announced: bool = True,
    ) -> None:
        self._books = books
        self._announced = announced
        self._name = name
        self._keys = keys
        self._decoder = msgspec.json.Decoder(record)
        books.shelves[name] = self

    def get(self, record_id: str) -> Kept[R] | None:
        """Return a record that readers may see."""
        if record_id in self._books.hidden(self._name):
            return None
        row = self._books.db.execute(
            "SELECT body, version, updated_at FROM records WHERE type = ? AND id = ?",
            (self._name, record_id),
        ).fetchone()
        return Kept(self._decoder.decode(row[0]), row[1], row[2]) if row else None

    def put(self, record_id: str, record: R, now: datetime) -> Kept[R]:
        """Write a record; it is on disk when the surrounding transaction ends."""
        return self._write(record_id, record, stamp(now))

    def count(self, equal: dict[str, str]) -> int:
        """Return how many records have these keys."""
        where, values = self._where(equal)
        query = f"SELECT COUNT(*) FROM records WHERE {where}"  # noqa: S608  # only placeholders
        return int(self._books.db.execute(query, values).fetchone()[0])

    def find(self, equal: dict[str, str], *, offset: int = 0, limit: int = -1) -> list[Kept[R]]:
        """Return the records with these keys, in the order they were created."""
        where, values = self._where(equal)
        rows = self._books.db.execute(
            f"SELECT body, version, updated_at FROM records WHERE {where}"  # noqa: S608  # only placeholders
            " ORDER BY ordinal LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [Kept(self._decoder.decode(body), version, at) for body, version, at in rows]

    def _where(self, equal: dict[str, str]) -> tuple[str, list[str]]:
        """Return the condition for records that have these keys and are to be seen."""
        hidden = self._books.hidden(self._name)
        key = " AND id IN (SELECT id FROM keys WHERE type = ? AND field = ? AND value = ?)"
        values = [part for name, value in equal.items() for part in (self._name, name, value)]
        unseen = ", ".join("?" * len(hidden))
        return (
            f"type = ?{key * len(equal)} AND id NOT IN ({unseen})",
            [self._name, *values, *hidden],
        )

    def arrive(self, record_id: str, patch: bytes, at: str) -> None:
        """Lay a fact's fields over a record, or make it of them."""
        row = self._books.db.execute(
            "SELECT body FROM records WHERE type = ? AND id = ?", (self._name, record_id)
        ).fetchone()
        fields = (_PATCH.decode(row[0]) if row else {}) | _PATCH.decode(patch)
        self._write(record_id, self._decoder.decode(msgspec.json.encode(fields)), at)

    def _write(self, record_id: str, record: R, at: str) -> Kept[R]:
        database = self._books.db
        [(version,)] = database.execute(
            "INSERT INTO records (type, id, version, body, updated_at) VALUES (?, ?, 1, ?, ?)"
            " ON CONFLICT (type, id) DO UPDATE SET version = version + 1, body = excluded.body,"
            " updated_at = excluded.updated_at RETURNING version",
            (self._name, record_id, msgspec.json.encode(record), at),
        ).fetchall()
        database.execute("DELETE FROM keys WHERE type = ? AND id = ?", (self._name, record_id))
        database.executemany(
            "INSERT INTO keys VALUES (?, ?, ?, ?)",
            [
                (self._name, record_id, name, str(value))
                for name in self._keys
                if (value := getattr(record, name)) is not None
            ],
        )
        if self._announced:
            database.execute(
                "INSERT INTO changes (type, id, version, at) VALUES (?, ?, ?, ?)",
                (self._name, record_id, version, at),
            )
        if version == 1:
            self._books.created.append((self._name, record_id))
        return Kept(record, version, at)
