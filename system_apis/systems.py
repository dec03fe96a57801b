"""The firm's systems by what they are for, each behind its governed door."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from store.database import Store
from system_apis.client_merges import Move
from system_apis.contracts.interface import Contracts
from system_apis.crm.interface import Crm
from system_apis.cross_references import StoredReferences
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from system_apis.hr.interface import Hr
from system_apis.known_records import Match, holders, is_hidden, known_as, names_of
from system_apis.procurement.interface import Procurement
from system_apis.psa.interface import Psa

System = Crm | Contracts | Psa | Erp | Hr | Procurement
T = TypeVar("T")


class SystemKind(StrEnum):
    """What a system is for."""

    CRM = "crm"
    CONTRACTS = "contracts"
    PSA = "psa"
    ERP = "erp"
    HR = "hr"
    PROCUREMENT = "procurement"


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """From a date on, a legal entity's records of a kind are in this instance."""

    kind: SystemKind
    legal_entity: str
    instance: str
    since: date = date.min


class Instances(Struct, frozen=True, kw_only=True):
    """The systems that a firm runs, those that it may have several of by their names."""

    crm: Crm
    contracts: Contracts
    psas: Mapping[str, Psa]
    erps: Mapping[str, Erp]
    hrs: Mapping[str, Hr]
    procurements: Mapping[str, Procurement]


class Systems:
    """Every system that the firm runs."""

    def __init__(
        self,
        instances: Instances,
        routes: Sequence[Route],
        store: Store,
        references: Mapping[str, StoredReferences],
    ) -> None:
        self.crm, self.contracts = instances.crm, instances.contracts
        self.psas, self.erps, self.hrs = instances.psas, instances.erps, instances.hrs
        self.procurements = instances.procurements
        self._routes = sorted(routes, key=lambda route: route.since)
        self._store = store
        self._references = references

    @property
    def instances(self) -> frozenset[str]:
        """The names of all the firm's systems."""
        every = (self.psas, self.erps, self.hrs, self.procurements)
        one = {self.crm.instance, self.contracts.instance}
        return frozenset(one.union(*every))

    @property
    def procurement(self) -> Procurement:
        """The firm's procurement system, or `Refused` when it runs none."""
        return _run(SystemKind.PROCUREMENT, self.procurements)

    def psa(self, legal_entity: str, *, on: date) -> Psa:
        """Return the PSA that has a legal entity's projects of a date."""
        return self.psas[self._instance(SystemKind.PSA, legal_entity, on)]

    def erp(self, legal_entity: str, *, on: date) -> Erp:
        """Return the ERP that has a legal entity's books of a date."""
        return self.erps[self._instance(SystemKind.ERP, legal_entity, on)]

    def hr(self, legal_entity: str, *, on: date) -> Hr:
        """Return the HR system that has a legal entity's people of a date.

        A firm may run none; that is `Refused` (`NO_ROUTE`) when it is asked for, not before.
        """
        return self.hrs[self._instance(SystemKind.HR, legal_entity, on)]

    def serves(self, kind: SystemKind, legal_entity: str, *, on: date) -> bool:
        """Whether a system of a kind has a legal entity's records of a date."""
        return any(
            route.kind is kind and route.legal_entity == legal_entity and route.since <= on
            for route in self._routes
        )

    def by_psa_instance(self, instance: str) -> Psa:
        """Return a PSA by the name of its instance, or raise `NotFound`."""
        return _named(self.psas, instance)

    def by_erp_instance(self, instance: str) -> Erp:
        """Return an ERP by the name of its instance, or raise `NotFound`."""
        return _named(self.erps, instance)

    def by_instance(self, instance: str) -> System:
        """Return any system by the name of its instance, or raise `NotFound`."""
        systems: dict[str, System] = {
            self.crm.instance: self.crm,
            self.contracts.instance: self.contracts,
            **self.psas,
            **self.erps,
            **self.hrs,
            **self.procurements,
        }
        return _named(systems, instance)

    def entities_of(self, instance: str) -> frozenset[str]:
        """Return the legal entities whose records are routed to an instance."""
        return frozenset(each.legal_entity for each in self._routes if each.instance == instance)

    async def link_client(
        self, client_id: str, instance: str, record_id: str, match: Match
    ) -> None:
        """Say that a system's record is a client that we know already.

        Raises `Refused` when the client stands for another record of that system.
        """
        await _named(self._references, instance).link(client_id, "client", record_id, match)

    async def names_of(self, canonical_id: str) -> list[str]:
        """Return an id of ours and those that were merged into it."""
        return await names_of(self._store, canonical_id)

    def forget_clients(self, moves: Iterable[Move]) -> None:
        """Look up anew which clients some records stand for, after a merge or its undoing."""
        for move in moves:
            _named(self._references, move.instance).forget("client", [move.record_id])

    async def psa_of(self, canonical_id: str) -> Psa:
        """Return the PSA that has a record, or raise `NotFound`."""
        return await self._holder(canonical_id, self.psas)

    async def erp_of(self, canonical_id: str) -> Erp:
        """Return the ERP that has a record, or raise `NotFound`."""
        return await self._holder(canonical_id, self.erps)

    async def hr_of(self, canonical_id: str) -> Hr:
        """Return the HR system that has a record, or raise `NotFound`."""
        return await self._holder(canonical_id, self.hrs)

    async def id_of_source(self, source: str, record_type: str) -> str:
        """Return our id of `instance:record`, or raise `NotFound` when it was never met."""
        instance, _, record_id = source.partition(":")
        known = await known_as(self._store, instance, record_type, record_id)
        if known is None:
            raise NotFound(instance, f"no {record_type} {record_id}")
        return known

    def _instance(self, kind: SystemKind, legal_entity: str, on: date) -> str:
        serving = [
            route.instance
            for route in self._routes
            if route.kind is kind and route.legal_entity == legal_entity and route.since <= on
        ]
        if not serving:
            raise Refused(kind, f"no {kind} serves {legal_entity} on {on}", code="NO_ROUTE")
        return serving[-1]

    async def _holder(self, canonical_id: str, systems: Mapping[str, T]) -> T:
        for reference in await holders(self._store, canonical_id):
            if reference.instance in systems and (reference.active or reference.merged_into):
                if is_hidden(reference.legal_entity):
                    break
                return systems[reference.instance]
        raise NotFound("records", f"no {canonical_id}")


def _run(kind: SystemKind, systems: Mapping[str, T]) -> T:
    """Return the one system of a kind that a firm may lack."""
    for system in systems.values():
        return system
    raise Refused(kind, f"the firm runs no {kind} system", code="NO_ROUTE")


def _named(systems: Mapping[str, T], instance: str) -> T:
    if instance not in systems:
        raise NotFound(instance, "no such system")
    return systems[instance]
