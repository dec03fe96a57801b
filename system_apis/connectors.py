"""A connector by its name: its module, what it takes, and how its system signs messages."""

import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Protocol, cast

import msgspec
from msgspec import Struct

from system_apis.connector import Connection, References, Upstream
from system_apis.misfit import Misfit, Misfitting, misread, one_of
from system_apis.signatures import UnusableSecret
from system_apis.systems import SystemKind
from system_apis.webhooks import OWN_PROGRAMS, Webhooks, WebhookSecret, WebhookSource

_FACE = re.compile(r"interface|v[0-9]+|.*_(face|webhooks)\Z")


class SystemSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One system instance: the connector's module by name, and what its `Config` takes.

    The config stays as it was read until the connector is known that says what it means.
    """

    kind: SystemKind
    instance: str
    connector: str
    config: Mapping[str, object]
    webhook_secrets: tuple[WebhookSecret, ...] = ()

    @property
    def at(self) -> str:
        """Where it stands in the settings."""
        return f"systems.{self.kind}.{self.instance}"


class Connected(Protocol):
    """The settings that every connector has."""

    connection: Connection


class Connector(Protocol):
    """A connector's module.

    It may have a `QUOTA`, an `allowance` that reads what answers say of it, and `entities`,
    which says of a config whose records it tells apart.
    """

    Config: type[Connected]

    def connect(self, config: Connected, upstream: Upstream, references: References) -> object:
        """Return the interface of its kind."""


def module_of(settings: SystemSettings) -> Connector:
    """Return the connector that a setting names, or raise `Misfitting`."""
    name, package = settings.connector, f"system_apis.{settings.kind}"
    module = _found(f"{package}.{name}") if name.isidentifier() else None
    if module is None or _FACE.match(name) or not _connects(module):
        what = f"there is no connector {name!r} for {settings.kind}"
        raise Misfitting(Misfit(f"{settings.at}.connector", what, one_of(_known(package), name)))
    return cast(Connector, module)


def config_of(settings: SystemSettings, module: Connector) -> Connected:
    """Return what a connector takes, or raise `Misfitting`; variables are texts, and may be."""
    try:
        return msgspec.convert(settings.config, module.Config, strict=False)
    except msgspec.ValidationError as error:
        raise Misfitting(misread(f"{settings.at}.config", error)) from error


def source_of(settings: SystemSettings) -> WebhookSource:
    """Return who may send us webhooks in the name of a system, or raise `Misfitting`."""
    name = f"system_apis.{settings.kind}.{settings.connector}_webhooks"
    own = find_spec(name) is not None
    webhooks = cast(Webhooks, import_module(name).WEBHOOKS) if own else OWN_PROGRAMS
    try:
        return WebhookSource(settings.instance, webhooks, settings.webhook_secrets)
    except UnusableSecret as error:
        what = f"a webhook secret of {settings.instance} {error}"
        remedy = "write the secret as the system shows it"
        raise Misfitting(Misfit(f"{settings.at}.webhook_secrets", what, remedy)) from None


def _found(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise


def _connects(module: ModuleType) -> bool:
    return hasattr(module, "Config") and hasattr(module, "connect")


def _known(package: str) -> list[str]:
    """Return the connectors of a kind; asked only for those who named none of them."""
    folder = import_module(package).__path__
    names = [each.name for each in iter_modules(folder) if not _FACE.match(each.name)]
    return [each for each in names if _connects(import_module(f"{package}.{each}"))]
