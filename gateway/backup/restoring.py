"""Restoring a backup into a data directory of its own, whole or not at all."""

import asyncio
import fcntl
import shutil
from pathlib import Path

from gateway.backup.manifest import HEADS, KEYS, Manifest, NoBackup, read_manifest
from gateway.backup.taking import copy_keys, made_whole, settle
from governance.audit import Audit, AuditEntry
from store.clock import wall_clock
from store.database import Store


class NoRoom(Exception):
    """A backup cannot be restored at a place; the text says what to do."""


def check_room(into: Path) -> None:
    """Raise `NoRoom` unless a data directory can be made at a place."""
    if _is_in_use(into / "engine.lock"):
        raise NoRoom(f"a gateway works in {into}: stop it, and name a new directory")
    if into.is_dir() and any(into.iterdir()):
        raise NoRoom(f"{into} is not empty: name a new directory, or move what is in it away")
    if into.is_mount():
        raise NoRoom(f"{into} is a mount: name a new directory in it, and set `data_dir` to that")
    if into.exists() and not into.is_dir():
        raise NoRoom(f"{into} is a file: name a new directory")


def restore(backup: Path, into: Path, keys: Path | None, entry: AuditEntry) -> Manifest:
    """Put a backup that was checked in place, with an entry in its audit that says so."""
    manifest = read_manifest(backup)
    check_room(into)
    folder = backup / KEYS if manifest.keys else keys
    if folder is None:
        raise NoBackup(f"{backup} was taken without keys: name the folder of them with --keys")
    with made_whole(into) as beside:
        for name in manifest.files:
            if not name.startswith(f"{KEYS}/"):
                shutil.copyfile(backup / name, beside / name)
                (beside / name).chmod(0o600)
        copy_keys(folder, beside / KEYS)
        _record(beside, entry)
        settle(beside)
    return manifest


def _record(data_dir: Path, entry: AuditEntry) -> None:
    store = Store(data_dir / "strata.sqlite")
    try:
        audit = Audit(store, wall_clock, data_dir / HEADS, keys=data_dir / KEYS)
        asyncio.run(_recorded(audit, entry))
    finally:
        store.close()


async def _recorded(audit: Audit, entry: AuditEntry) -> None:
    """Seal what was copied, write the entry and seal that: no head is between the two."""
    await audit.anchor()
    await audit.record(entry)
    await audit.anchor()


def _is_in_use(lock: Path) -> bool:
    if not lock.is_file():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
