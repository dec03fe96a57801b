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
from system_apis.webhooks import WebhookSecret, WebhookSource

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

    def read(self) -> Mapping[str, Sequence[WebhookSecret]]:
        """Trust every secret of the file, or raise `UnusableFile` and trust those of before."""
        if self._path is None:
            return {}
        found = _found(self._path)
        strangers = sorted(found.keys() - self._sources.keys())
        if strangers:
            raise UnusableFile(f"{strangers[0]} has no webhook_secrets in the settings")
        try:
            keys = {name: self._sources[name].keys_of(each) for name, each in found.items()}
        except UnusableSecret as error:
            raise UnusableFile(f"a secret {error}") from None
        for name, each in keys.items():
            self._sources[name].trust(each)
        return found

    async def look(self) -> None:
        """Read the file when it is another one, and tell the audit what came of it."""
        mark = KeyFile(self._path).mark() if self._path else None
        if mark == self._seen:
            return
        self._seen = mark
        try:
            told = [_entry(name, _said(each)) for name, each in self.read().items()]
        except UnusableFile as error:
            told = [_entry(str(self._path), f"refused: {error}")]
        for entry in told:
            await self._audit.record(entry)


def _found(path: Path) -> dict[str, _Secrets]:
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
