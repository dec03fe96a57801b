"""A payroll behind its door: what it pays to whom is shown with scopes of their own."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

from msgspec import UNSET, Meta, Struct, UnsetType

from governance.access import Caller
from governance.audit import Audit
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from governance.sensitive_reads import SensitiveReads
from observability.metrics import Metrics
from observability.tracing import Config, Tracing
from system_apis.canonical.record import Page
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.door import Warden, governed
from system_apis.effects import Effects
from tests.stores import empty_store

READ, PAY, WRITE = "system:payroll:read", "system:payroll:read_pay", "system:payroll:write"
BANK = "system:payroll:read_bank"
SECRETS = ("90000", "DE89 3704")


class Account(Struct, frozen=True):
    """Where a person is paid to."""

    bank: str
    iban: Annotated[str | UnsetType, Meta(extra={"scope": BANK})] = UNSET


class Person(Struct, frozen=True):
    """A person who is paid."""

    id: str
    legal_entity: str
    salary: Annotated[str | UnsetType, Meta(extra={"scope": PAY})] = UNSET
    accounts: tuple[Account, ...] = ()


class Slip(Struct, frozen=True):
    """What a person was paid; it makes no sense without."""

    paid: Annotated[str, Meta(extra={"scope": PAY})]


ANA = Person("1", "NWA-US", SECRETS[0], (Account("Hanseatic", SECRETS[1]), Account("Cash")))


@runtime_checkable
class Payroll(Protocol):
    """What any payroll must answer."""

    instance: str
    writes: Mapping[str, DedupeMode]

    async def person(self, person_id: str) -> Person:
        """Return one person."""

    async def people(self) -> Page[Person]:
        """Return people."""

    async def found(self, name: str, *, salary: str | None = None) -> list[Person] | None:
        """Return people of a name, or of a name and a salary."""

    async def hire(self, name: str, *, key: str) -> Person:
        """Hire a person."""

    async def slips(self) -> list[Slip]:
        """Return what was paid."""


class Books:
    """The payroll of one person."""

    def __init__(self) -> None:
        self.instance = "payroll-a"
        self.writes: Mapping[str, DedupeMode] = {"hire": NativeKey()}

    async def person(self, person_id: str) -> Person:
        """Return the person."""
        return ANA

    async def people(self) -> Page[Person]:
        """Return the person on a page."""
        return Page([ANA])

    async def found(self, name: str, *, salary: str | None = None) -> list[Person] | None:
        """Return the person in a list."""
        return [ANA]

    async def hire(self, name: str, *, key: str) -> Person:
        """Hire the person."""
        return ANA

    async def slips(self) -> list[Slip]:
        """Return what the person was paid."""
        return [Slip(SECRETS[0])]


def payroll(path: Path, *, slips: str = PAY) -> Payroll:
    """Return the payroll behind its door; `slips` is the scope that its slips ask for."""
    return governed(
        Books(), Payroll, _policy(slips), warden_of(path), entities=frozenset({"NWA-US"})
    )


def warden_of(path: Path) -> Warden:
    """Return what a door needs, with a database of its own."""
    store = empty_store(path / "strata.db")
    audit = Audit(store, lambda: datetime.now(UTC), path / "heads.jsonl")
    return Warden(
        Effects(store, lambda: datetime.now(UTC), audit),
        Metrics(),
        Tracing(Config()),
        SensitiveReads(audit, store),
    )


def somebody(*scopes: str) -> Caller:
    """Return somebody with some scopes, in the company of the payroll."""
    return Caller(
        subject="ben",
        client_id="desk",
        scopes=frozenset(scopes),
        entities=frozenset({"NWA-US"}),
    )


def _policy(slips: str) -> ApiPolicy:
    read = Operation(scope=READ, tenants=TenantRule.BY_RECORD)
    return ApiPolicy(
        name="payroll",
        layer=Layer.SYSTEM,
        version=1,
        title="Payroll",
        owner=Owner(team="People", contact="people@northwind.example"),
        lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
        rate_plan=RatePlan(),
        objective=Objective(availability="0.99", latency_ms=100),
        data_class=DataClass.RESTRICTED,
        operations={
            "person": read,
            "people": read,
            "found": read,
            "hire": Operation(scope=WRITE, tenants=TenantRule.BY_RECORD, writes=True),
            "slips": Operation(scope=slips, tenants=TenantRule.BY_FILTER),
        },
    )
