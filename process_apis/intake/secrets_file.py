"""The secrets of the systems that send us messages, in a file that is read anew when it changes."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from governance.audit import Audit, AuditEntry
from governance.key_file import FileMark, KeyFile
from system_apis.signatures import UnusableSecret
from system_apis.webhooks import Key, WebhookSecret, WebhookSource

BY = "process:intake"
_Secrets = Annotated[tuple[WebhookSecret, ...], Meta(min_length=1)]


class UnusableFile(Exception):
    """A file of secrets is not one that we trust; the text says why, and names no secret."""


class SecretsFile:
    """Trusts what a file says; while it cannot be read, what was trusted before stays so."""

    def __init__(
        self, path: Path | None, sources: Mapping[str, WebhookSource], audit: Audit
    ) -> None:
        self._path, self._sources, self._audit = path, sources, audit
        self._seen: FileMark | None = None
        self._is_usable = True

    def read(self) -> Mapping[str, Sequence[WebhookSecret]]:
        """Trust every secret of the file, or raise `UnusableFile` and trust those of before."""
        if self._path is None:
            return {}
        found = read_secrets(self._path)
        for name, each in keys_of(found, self._sources).items():
            self._sources[name].trust(each)
        return found

    async def is_usable(self) -> bool:
        """Whether the file was one that we trust when it was looked at last."""
        return self._is_usable

    async def look(self) -> None:
        """Read the file when it is another one, and tell the audit what came of it."""
        mark = self._mark()
        if mark == self._seen:
            return
        self._seen = mark
        try:
            told = [_entry(name, _said(each)) for name, each in self.read().items()]
            self._is_usable = True
        except UnusableFile as error:
            told = [_entry(str(self._path), f"refused: {error}")]
            self._is_usable = False
        for entry in told:
            await self._audit.record(entry)

    def _mark(self) -> FileMark | None:
        """Return what tells the file from another, none when nobody lets us look at it."""
        try:
            return KeyFile(self._path).mark() if self._path else None
        except OSError:
            return None


def keys_of(
    found: Mapping[str, Sequence[WebhookSecret]], sources: Mapping[str, WebhookSource]
) -> dict[str, list[Key]]:
    """Return the keys that the secrets of a file stand for, or raise `UnusableFile`."""
    strangers = sorted(found.keys() - sources.keys())
    if strangers:
        raise UnusableFile(f"{strangers[0]} has no webhook_secrets in the settings")
    try:
        return {name: sources[name].keys_of(each) for name, each in found.items()}
    except UnusableSecret as error:
        raise UnusableFile(f"a secret {error}") from None


def read_secrets(path: Path) -> Mapping[str, Sequence[WebhookSecret]]:
    """Return the secrets of a file by the names of systems, or raise `UnusableFile`."""
    try:
        if path.stat().st_mode & 0o077:
            raise UnusableFile(f"others can read it: run chmod 600 '{path}'")
        said = tomllib.loads(path.read_text())
        return msgspec.convert(said, dict[str, _Secrets])
    except OSError as error:
        raise UnusableFile(f"it cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        # What a parser says of it may repeat a secret.
        raise UnusableFile("it is no TOML of secrets by the names of systems") from None


def _entry(subject: str, reason: str) -> AuditEntry:
    return AuditEntry(
        actor=BY, client_id=BY, action="settings.webhook_secrets", subject=subject, reason=reason
    )


def _said(secrets: Sequence[WebhookSecret]) -> str:
    """Tell secrets apart by the beginnings of their hashes, and say until when each is good."""
    told = [
        f"{hashlib.sha256(each.secret.encode()).hexdigest()[:12]}"
        f"{f' until {each.until:%Y-%m-%dT%H:%M:%SZ}' if each.until else ''}"
        for each in secrets
    ]
    return f"trusted: {', '.join(told)}"
