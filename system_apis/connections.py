"""From settings to systems: each connector found by name, connected, and put behind its door."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, cast

import aiohttp
from msgspec import Struct

from governance.policy import ApiPolicy
from governance.vendor_budgets import Allowance, Budgets, Quota, Terms
from store.database import Store
from system_apis.connector import Connection
from system_apis.connectors import (
    Connector,
    SystemSettings,
    config_of,
    module_of,
    source_of,
)
from system_apis.contracts import v1 as contracts
from system_apis.contracts.interface import Contracts
from system_apis.crm import v2 as crm
from system_apis.crm.interface import Crm
from system_apis.cross_references import StoredReferences
from system_apis.door import Ungovernable, Warden, governed
from system_apis.erp import v1 as erp
from system_apis.erp.interface import Erp
from system_apis.hr import v1 as hr
from system_apis.hr.interface import Hr
from system_apis.misfit import Misfitting
from system_apis.misfits import misfits
from system_apis.procurement import v1 as procurement
from system_apis.procurement.interface import Procurement
from system_apis.psa import v1 as psa
from system_apis.psa.interface import Psa
from system_apis.systems import Instances, Route, SystemKind, Systems
from system_apis.upstream import HttpUpstream
from system_apis.webhooks import WebhookSource

_LEASE_MARGIN_SECONDS = 5
T = TypeVar("T")
# A Protocol's class, which mypy does not take for a `type[T]`.
Interface = Callable[..., T]


class Outside(Struct, frozen=True, kw_only=True):
    """What all connections share."""

    store: Store
    session: aiohttp.ClientSession
    warden: Warden
    budgets: Budgets
    clock: Callable[[], datetime]


def connect_systems(
    settings: Sequence[SystemSettings], routes: Sequence[Route], outside: Outside
) -> Systems:
    """Return the firm's systems, or raise `Ungovernable` for what is missing or does not fit."""
    for misfit in misfits(settings, routes):
        raise Ungovernable(str(misfit))
    plug = _Plug(settings, routes, outside)
    instances = Instances(
        crm=_only(plug.all(SystemKind.CRM, Crm, crm.POLICY)),
        contracts=_only(plug.all(SystemKind.CONTRACTS, Contracts, contracts.POLICY)),
        psas=plug.all(SystemKind.PSA, Psa, psa.POLICY),
        erps=plug.all(SystemKind.ERP, Erp, erp.POLICY),
        hrs=plug.all(SystemKind.HR, Hr, hr.POLICY),
        procurements=plug.all(SystemKind.PROCUREMENT, Procurement, procurement.POLICY),
    )
    return Systems(instances, routes, outside.store, plug.references)


def webhook_sources(settings: Sequence[SystemSettings]) -> dict[str, WebhookSource]:
    """Return who may send us webhooks: the systems that have a secret, and nobody else.

    Raises `Ungovernable` for a secret that is no key.
    """
    try:
        return {one.instance: source_of(one) for one in settings if one.webhook_secrets}
    except Misfitting as error:
        raise Ungovernable(str(error)) from None


class _Plug:
    def __init__(
        self, settings: Sequence[SystemSettings], routes: Sequence[Route], outside: Outside
    ) -> None:
        self._settings, self._routes, self._outside = settings, routes, outside
        self.references: dict[str, StoredReferences] = {}

    def all(self, kind: SystemKind, interface: Interface[T], policy: ApiPolicy) -> dict[str, T]:
        """Return every system of a kind by the name of its instance."""
        return {
            one.instance: governed(
                self._connected(one, interface),
                interface,
                policy,
                self._outside.warden,
                entities=self._served(one),
                owners=self.references[one.instance],
            )
            for one in self._settings
            if one.kind is kind
        }

    def _connected(self, settings: SystemSettings, interface: Interface[T]) -> T:
        module = module_of(settings)
        config = config_of(settings, module)
        outside, warden = self._outside, self._outside.warden
        upstream = HttpUpstream(
            config.connection,
            settings.kind,
            settings.instance,
            outside.session,
            warden.metrics,
            warden.tracing,
            budget=outside.budgets.of(_terms(settings, config.connection, module)),
        )
        references = StoredReferences(
            outside.store, settings.kind, settings.instance, outside.clock
        )
        self.references[settings.instance] = references
        target = module.connect(config, upstream, references)
        if not isinstance(target, cast(type, interface)):
            raise Ungovernable(f"{settings.connector} is no {interface.__name__}")
        return cast(T, target)

    def _served(self, settings: SystemSettings) -> frozenset[str]:
        """Return the entities that an instance has records of; one for the whole firm has all."""
        own = {route.legal_entity for route in self._routes if route.instance == settings.instance}
        return frozenset(own or {route.legal_entity for route in self._routes})


def _terms(settings: SystemSettings, connection: Connection, module: Connector) -> Terms:
    """Return an instance's quota: what the settings say of it, else what its connector does."""
    quota = connection.quota
    return Terms(
        system=settings.kind,
        instance=settings.instance,
        quota=getattr(module, "QUOTA", quota) if quota == Quota() else quota,
        concurrency=connection.concurrency,
        lease_seconds=connection.timeout_ms // 1000 + _LEASE_MARGIN_SECONDS,
        read=getattr(module, "allowance", _nothing_told),
    )


def _nothing_told(_: Mapping[str, str]) -> Allowance | None:
    return None


def _only(systems: Mapping[str, T]) -> T:
    [system] = systems.values()
    return system
