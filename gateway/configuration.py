"""What the gateway runs with, as hashes: what is not as it was at the last start is on record.

No secret is hashed, for a short one could be guessed from its hash.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.firm import Firm
from gateway.settings import Settings, SystemConfig
from governance.audit import AuditEntry
from governance.policy import ApiPolicy
from governance.roles import ROLE_SCOPES

# The others are secrets, or hold one, or are another at every start.
_TOLD = (
    "profile",
    "firm",
    "host",
    "public_url",
    "routes",
    "letters",
    "log_file",
    "egress",
    "audit",
    "tracing",
    "issuers",
)


class _Place(Struct, frozen=True):
    base_url: str | None = None


class _Reached(Struct, frozen=True):
    """What of a system's settings is no secret: how it is reached, and where."""

    connector: str
    connection: _Place


def configuration(
    settings: Settings, firm: Firm, policies: Sequence[ApiPolicy], signing_keys: bytes
) -> list[AuditEntry]:
    """Return an entry of each thing that is configured, to be written if it is another now."""
    return [
        *_of_settings(settings),
        *(_entry("policy.changed", policy.path, policy) for policy in policies),
        _entry("policy.changed", "roles", dict(ROLE_SCOPES)),
        _entry("firm.changed", "companies", (firm.entities, firm.systems)),
        _entry("firm.changed", "people", firm.people),
        _entry("firm.changed", "approval limits", firm.approval_thresholds),
        _entry("firm.changed", "reminders", firm.dunning),
        _entry("firm.changed", "electronic invoices", firm.electronic_invoices),
        _entry("keys.changed", "signing keys", signing_keys.decode()),
    ]


def heads_entry(heads: Path) -> AuditEntry:
    """Return the entry of where the audit's heads are, to be written if they begin anew."""
    return AuditEntry(
        actor=typist(), client_id="strata", action="audit.heads_begun", subject=heads.name
    )


def _of_settings(settings: Settings) -> Iterator[AuditEntry]:
    for name in _TOLD:
        yield _entry("settings.changed", name, getattr(settings, name))
    for kind, instances in settings.systems.items():
        for instance, one in instances.items():
            yield _entry("settings.changed", f"{kind} {instance}", _reached(one))
    for name, channel in settings.channels.items():
        yield _entry("settings.changed", f"channel {name}", channel.connector)


def _reached(system: SystemConfig) -> _Reached:
    place = msgspec.convert(system.config.get("connection", {}), _Place)
    return _Reached(system.connector, place)


def _entry(action: str, subject: str, content: object) -> AuditEntry:
    said = msgspec.json.encode(content, order="deterministic")
    return AuditEntry(
        actor=typist(),
        client_id="strata",
        action=action,
        subject=subject,
        after_hash=hashlib.sha256(said).hexdigest(),
    )


def typist() -> str:
    """Return who runs this, as the machine itself knows them: no variable says otherwise."""
    return f"os:{os.getuid()}"
