"""Checking a backup: its files, its databases, its schema, and the chains of its audit."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy.exc import DatabaseError

from gateway.backup.manifest import (
    HEADS,
    JOURNAL,
    KEYS,
    STORE,
    Manifest,
    copied,
    files_of,
    read_manifest,
)
from gateway.backup.taking import facts_of, still_engine
from governance.audit_chain.heads import read_heads
from governance.audit_chain.keys import AuditKeys
from governance.audit_chain.reading import verify
from governance.audit_chain.walk import AuditVerdict
from store.clock import wall_clock
from store.migration import revisions


class Checked(Struct, frozen=True, kw_only=True):
    """What a check of a backup found; `anchored` says whether its audit was held against heads."""

    backup: str
    at: datetime
    version: str
    revision: str
    keys: bool
    anchored: bool
    entries: int
    faults: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults


def check(backup: Path, keys: Path | None, progress: Callable[[int], None]) -> Checked:
    """Look at everything, or raise `NoBackup`; `keys` is a folder for a backup without any."""
    manifest = read_manifest(backup)
    folder = backup / KEYS if manifest.keys else keys
    faults = [*_of_schema(manifest), *_of_files(backup, manifest)]
    verdict = None
    if not faults:
        faults = [*_of_databases(backup), *_of_facts(backup, manifest)]
    if not faults:
        verdict = _audited(backup, folder, progress)
        faults = [f"the audit: {each.stream or 'all'}: {each.reason}" for each in verdict.faults]
    return Checked(
        backup=str(backup),
        at=manifest.at,
        version=manifest.version,
        revision=manifest.revision,
        keys=manifest.keys,
        anchored=folder is not None and verdict is not None,
        entries=verdict.entries if verdict else 0,
        faults=tuple(faults),
    )


def _of_schema(manifest: Manifest) -> Iterator[str]:
    if manifest.revision not in revisions():
        yield (
            f"its schema {manifest.revision} is not known to this version: use Strata"
            f" {manifest.version} or later"
        )


def _of_files(backup: Path, manifest: Manifest) -> Iterator[str]:
    found = set(files_of(backup))
    for name in (STORE, JOURNAL, HEADS):
        if name not in manifest.files:
            yield f"{name}: the manifest does not name it"
    for name, meant in manifest.files.items():
        if name not in found:
            yield f"{name}: it is missing"
        elif copied(backup / name) != meant:
            yield f"{name}: it is not what was written"
    for name in sorted(found - manifest.files.keys()):
        yield f"{name}: the manifest does not name it"


def _of_databases(backup: Path) -> Iterator[str]:
    for name in (STORE, JOURNAL):
        address = f"{(backup / name).as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                said = str(database.execute("PRAGMA integrity_check").fetchone()[0])
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            yield f"{name}: {said}"


def _of_facts(backup: Path, manifest: Manifest) -> Iterator[str]:
    try:
        found = facts_of(backup / STORE)
    except DatabaseError as error:
        yield f"{STORE}: {error.orig}"
        return
    if found != (manifest.revision, manifest.heads):
        yield f"{STORE}: its schema or its audit is not that of the manifest"


def _audited(backup: Path, keys: Path | None, progress: Callable[[int], None]) -> AuditVerdict:
    heads = None
    if keys is not None:
        lines = (backup / HEADS).read_bytes().splitlines(keepends=True)
        heads = read_heads(lines, AuditKeys(keys, wall_clock).keyring())
    engine = still_engine(backup / STORE)
    try:
        with engine.connect() as connection:
            return verify(connection, heads, progress=progress)
    finally:
        engine.dispose()
