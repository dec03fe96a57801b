"""Databases of our own, laid out once for all tests of a process; each test has a copy."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from store.database import Store, metadata
from store.migration import migrate


def empty_store(path: Path) -> Store:
    """Open a store that has every table, a new one if none is there."""
    if not path.exists():
        path.write_bytes(_laid_out(_with_tables))
    return Store(path)


def put_migrated(path: Path) -> None:
    """Put a database where a gateway looks for its own, at the newest schema, if none is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_laid_out(migrate))


def _with_tables(store: Store) -> None:
    metadata.create_all(store.engine)


@cache
def _laid_out(lay_out: Callable[[Store], None]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "strata.sqlite"
        store = Store(path)
        lay_out(store)
        store.close()
        return path.read_bytes()
