"""What a backup says of itself: of when it is, by which version, and what its files must be."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from governance.audit_chain.entries import StreamHead

MANIFEST, STORE, JOURNAL = "manifest.json", "strata.sqlite", "journal.sqlite"
HEADS, KEYS = "audit-heads.jsonl", "keys"


class NoBackup(Exception):
    """A folder is no backup that this version can read; the text says what to do."""


class Copied(Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of a backup must be."""

    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a backup holds: the data directory as it was at one moment.

    `revision` is that of the database's schema, and `heads` are the last entries of the audit's
    streams.
    """

    format: int = 1
    version: str
    revision: str
    at: datetime
    keys: bool
    heads: tuple[StreamHead, ...]
    files: dict[str, Copied]


def read_manifest(backup: Path) -> Manifest:
    """Return what a backup says of itself, or raise `NoBackup`."""
    path = backup / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise NoBackup(f"{backup} is no backup: it has no {MANIFEST}; name another") from None
    except msgspec.MsgspecError as error:
        raise NoBackup(
            f"{path} cannot be read: {error}; use the version of Strata that wrote it, or another"
            " backup"
        ) from error


def copied(path: Path) -> Copied:
    """Return what a file is."""
    with path.open("rb") as file:
        return Copied(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def files_of(folder: Path) -> Iterator[str]:
    """Return the names of all files under a folder but for the manifest."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            yield name
