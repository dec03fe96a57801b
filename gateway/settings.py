"""Settings: one struct of every layer's own, from `strata.toml` and `STRATA_A__B` variables.

They are read once and handed down. An unknown key is an error that names it.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from governance.forwarding import TrustedProxies
from governance.identity_providers.config import Config as IssuerConfig
from governance.identity_providers.config import check_together
from governance.rate_limits import Config as RateLimitConfig
from observability.tracing import Config as TracingConfig
from system_apis.messaging.channels import ChannelSettings
from system_apis.systems import Route
from system_apis.webhooks import WebhookSecret

PREFIX = "STRATA_"
_UNKNOWN = re.compile(r"unknown field `([^`]+)`(?P<below> - at )?")


class Profile(StrEnum):
    """Whether the firm is the sandbox's, or real."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class SystemConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Which connector reaches a system instance, and what the connector's `Config` takes.

    With `webhook_secrets` the system may tell us of changes; it signs with one of them.
    """

    connector: str
    config: dict[str, object] = {}
    webhook_secrets: tuple[WebhookSecret, ...] = ()


class AuditConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the signed heads of the audit lie: best on a disk that the database is not on."""

    heads_file: str | None = None


class EgressConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where subscribers may be told beside the public network, and at which ports in it."""

    internal_hosts: tuple[str, ...] = ()
    ports: tuple[Annotated[int, Meta(ge=1, le=65535)], ...] = (443, 8443)


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that can be set. `systems` and `routes` take the place of the sandbox firm's own."""

    profile: Profile = Profile.SANDBOX
    data_dir: str = ".strata"
    firm: str = "northwind"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    unready_seconds: Annotated[int, Meta(ge=0, le=300)] = 0
    drain_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 20
    public_url: str | None = None
    redis_url: str | None = None
    rate_limits: RateLimitConfig = RateLimitConfig()
    sandbox_url: str | None = None
    sandbox_secret: str | None = None
    sandbox_webhooks: bool = False
    webhook_secrets_file: str | None = None
    systems: dict[str, dict[str, SystemConfig]] = {}
    routes: tuple[Route, ...] = ()
    channels: dict[str, ChannelSettings] = {}
    letters: str | None = None
    rounds_seconds: Annotated[float, Meta(gt=0, le=3600)] = 1.0
    log_file: str | None = None
    log_megabytes: Annotated[int, Meta(ge=1, le=10_000)] = 100
    logs_kept: Annotated[int, Meta(ge=1, le=100)] = 5
    egress: EgressConfig = EgressConfig()
    audit: AuditConfig = AuditConfig()
    tracing: TracingConfig = TracingConfig()
    issuers: tuple[IssuerConfig, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_together(self.issuers)
        TrustedProxies(self.trusted_proxies)


class UnreadableSettings(Exception):
    """A setting is unknown or has a value that it cannot have; the text says which."""


def load_settings(
    environment: Mapping[str, str] = os.environ, path: Path = Path("strata.toml")
) -> Settings:
    """Return the settings of a file, if there is one, with the environment on top."""
    written = _written(path) if path.exists() else {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and name not in {"STRATA_CACHE_DIR"}:
            _put(written, name.removeprefix(PREFIX).lower().split("__"), value)
    try:
        return msgspec.convert(written, Settings, strict=False)
    except msgspec.ValidationError as error:
        told = f"{path} or {PREFIX}… in the environment: {error}; {_remedy(str(error))}"
        raise UnreadableSettings(told) from error


def _remedy(said: str) -> str:
    """Return what to do about a setting that is refused."""
    unknown = _UNKNOWN.search(said)
    if unknown is None:
        return "correct this value (the README's settings say what it may be)"
    known = () if unknown["below"] else Settings.__struct_fields__
    [close] = get_close_matches(unknown[1], known, 1) or [""]
    return f"is `{close}` meant?" if close else "take it out, or correct its name"


def _written(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        told = f"{path} is no TOML file that we can read: {error}; correct it, or let us read it"
        raise UnreadableSettings(told) from error


def _put(written: dict[str, object], path: list[str], value: str) -> None:
    """Set `a.b` from `STRATA_A__B`."""
    *parents, last = path
    here = written
    for parent in parents:
        below = here.setdefault(parent, {})
        if not isinstance(below, dict):
            raise UnreadableSettings(f"{PREFIX}{'__'.join(path).upper()} lies under a value")
        here = below
    here[last] = value
