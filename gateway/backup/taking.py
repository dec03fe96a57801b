"""Taking a backup: a whole data directory of one moment, under its name only when it is whole."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, create_engine, text

from gateway.backup.manifest import (
    HEADS,
    JOURNAL,
    KEYS,
    MANIFEST,
    STORE,
    Manifest,
    copied,
    files_of,
)
from governance.audit_chain.entries import StreamHead, head_of
from governance.audit_chain.heads import whole_lines
from governance.audit_chain.streams import Stream
from store.copying import copy_database, snapshot

Progress = Callable[[str, int, int], None]


class Directory(Struct, frozen=True):
    """What belongs together: a data directory, and the heads of its audit."""

    data_dir: Path
    heads: Path


class Noted(Struct, frozen=True):
    """The moment of a backup, and how much of the heads was there."""

    at: datetime
    heads: int


class Taken(Struct, frozen=True):
    """A backup, the hash of its manifest, and how long whoever writes was held up."""

    manifest: Manifest
    sha256: str
    held_up_seconds: float


def write_backup(
    source: Directory, beside: Path, *, keys: bool, now: Callable[[], datetime], progress: Progress
) -> Taken:
    """Write a backup into a new folder; whoever writes is held up only while the moment is set."""
    paths = [source.data_dir / each for each in (STORE, JOURNAL)]

    def note() -> Noted:
        return Noted(now(), whole_lines(source.heads))

    with snapshot(paths, note) as still:
        for name, database in zip((STORE, JOURNAL), still.databases, strict=True):
            copy_database(database, beside / name, partial(progress, name))
    noted = still.noted
    _copy_beginning(source.heads, beside / HEADS, noted.heads)
    if keys:
        copy_keys(source.data_dir / KEYS, beside / KEYS)
    revision, heads = facts_of(beside / STORE)
    manifest = Manifest(
        version=version("strata"),
        revision=revision,
        at=noted.at,
        keys=keys,
        heads=heads,
        files={name: copied(beside / name) for name in files_of(beside)},
    )
    _write(beside / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    settle(beside)
    return Taken(manifest, copied(beside / MANIFEST).sha256, still.held_seconds)


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """Give a folder beside a path, which gets the path's name if all goes well, or goes away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield beside
        beside.rename(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def copy_keys(source: Path, to: Path) -> None:
    """Copy keys and secrets so that only their owner can read them."""
    to.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.name.startswith("."):  # those are being written
            _write(to / path.name, path.read_bytes())


def settle(folder: Path) -> None:
    """Have all that is in a folder on disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync(path)
    _sync(folder)


def still_engine(database: Path) -> Engine:
    """Open a database that nobody writes to, without a trace."""
    return create_engine(f"sqlite:///{database.as_uri()}?mode=ro&immutable=1&uri=true")


def facts_of(database: Path) -> tuple[str, tuple[StreamHead, ...]]:
    """Return the revision of a copied database, and the last entries of its audit's streams."""
    engine = still_engine(database)
    with closing(engine.connect()) as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        heads = [found for each in Stream if (found := head_of(connection, each))]
    engine.dispose()
    return str(revision), tuple(heads)


def _copy_beginning(source: Path, to: Path, size: int) -> None:
    with source.open("rb") if size else open(os.devnull, "rb") as file:
        _write(to, file.read(size))


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
