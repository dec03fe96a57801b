"""A file that signing keys live in: readable by its owner only, replaced as a whole."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct


class UnsafeKeyFile(Exception):
    """The signing keys cannot be trusted as they lie there; the message says what to do."""


class StoredKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A private signing key; a retired one only verifies, and only for a while."""

    pem: str
    created_at: datetime
    retired_at: datetime | None = None


class FileMark(Struct, frozen=True):
    """What tells a file from the one that takes its place."""

    inode: int
    changed_ns: int
    size: int


class KeyFile(Struct, frozen=True):
    """The signing keys on disk, the current one last."""

    path: Path

    def load(self) -> list[StoredKey]:
        """Return the stored keys, none when there is no file, or raise `UnsafeKeyFile`."""
        try:
            with self.path.open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                content = opened.read()
        except FileNotFoundError:
            return []
        if mode & 0o077:
            raise UnsafeKeyFile(
                f"{self.path} can be read by others (mode {mode & 0o777:04o}): its keys may be"
                f" known. Delete it to get new keys, or run: chmod 600 '{self.path}'"
            )
        try:
            keys = msgspec.json.decode(content, type=list[StoredKey])
        except ValueError as error:
            raise UnsafeKeyFile(f"{self.path} is damaged: restore it or delete it") from error
        if all(key.retired_at for key in keys):
            raise UnsafeKeyFile(f"{self.path} holds no key to sign with: restore it or delete it")
        return keys

    def mark(self) -> FileMark | None:
        """Return what tells the file from any other, None when there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return FileMark(found.st_ino, found.st_ctime_ns, found.st_size)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other process change the keys while the block runs."""
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def create(self, keys: list[StoredKey]) -> bool:
        """Write the first keys; False when another process was faster."""
        written = self._written(keys)
        try:
            os.link(written, self.path)
        except FileExistsError:
            return False
        finally:
            written.unlink()
        return True

    def replace(self, keys: list[StoredKey]) -> None:
        """Put other keys in place of the stored ones, all at once."""
        self._written(keys).replace(self.path)

    def _written(self, keys: list[StoredKey]) -> Path:
        """Return a new file beside ours that holds the keys, on disk and private."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f".{secrets.token_hex(8)}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(msgspec.json.encode(keys))
            opened.flush()
            os.fsync(opened.fileno())
        return beside
