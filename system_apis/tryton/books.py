"""The companies whose books Tryton keeps, and what is looked up in them by name."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct

from system_apis.canonical.billing import LineKind
from system_apis.canonical.journals import LedgerAccount
from system_apis.canonical.record import Page
from system_apis.connector import References
from system_apis.errors import NotFound, Refused
from system_apis.tryton.values import Record
from system_apis.tryton.wire import Domain, Wire

PAGE = 100
R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Product(Struct, frozen=True, forbid_unknown_fields=True):
    """The product that lines of some kinds are sold as under one tax, which Tryton gives it."""

    kinds: tuple[LineKind, ...]
    tax_category: str
    tax_rate: Decimal
    code: str


class Purchase(Struct, frozen=True, forbid_unknown_fields=True):
    """The product that bought services are booked as under one tax, which Tryton gives it.

    A tax that the company assesses itself is one of two parts that take each other back.
    """

    tax_rate: Decimal
    code: str
    self_assessed: bool = False


class Ledger(Struct, frozen=True, forbid_unknown_fields=True):
    """What is booked without a document: the code of its journal, and of the accounts by use.

    The journal is used for nothing else.
    """

    journal: str
    accounts: dict[LedgerAccount, str]


class Company(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal entity in Tryton: its id there, and the names of what we book with.

    `on_account` is the payment method whose account keeps money that names no invoice; its
    journal and its account are used for nothing else. Without `purchases` bills are keyed in
    by hand; with them Tryton has its module `account_payment`, which holds payments back.
    Without a `ledger` accruals are booked by hand.
    """

    id: int
    payment_method: str
    projects: str
    products: tuple[Product, ...]
    on_account: str | None = None
    purchases: tuple[Purchase, ...] = ()
    ledger: Ledger | None = None


class Books:
    """One Tryton database; what is set up there is always read anew, so that changes count."""

    def __init__(
        self, instance: str, wire: Wire, references: References, companies: Mapping[str, Company]
    ) -> None:
        self.instance = instance
        self.wire = wire
        self.references = references
        self._companies = companies
        self._entities = {company.id: code for code, company in companies.items()}

    def company(self, legal_entity: str) -> Company:
        """Return the company of a legal entity, or raise `Refused`."""
        if legal_entity not in self._companies:
            raise self.refusal(f"no company stands for {legal_entity}", "LEGAL_ENTITY_UNKNOWN")
        return self._companies[legal_entity]

    @property
    def companies(self) -> list[Company]:
        """All of them."""
        return list(self._companies.values())

    def legal_entity(self, company_id: int) -> str:
        """Return the legal entity that a company stands for."""
        return self._entities[company_id]

    def own(self, *clauses: object) -> list[object]:
        """Return a domain of our companies' records alone."""
        return [["company", "in", list(self._entities)], *clauses]

    async def record(self, record_type: str, canonical_id: str) -> int:
        """Return Tryton's number of a record by our id, or raise `NotFound`."""
        return int(await self.references.record_of(record_type, canonical_id))

    async def the(self, into: type[R], record_id: int, *clauses: object) -> R:
        """Return the one record of a number, or raise `NotFound`."""
        found = await self.wire.search(into, [["id", "=", record_id], *clauses])
        if not found:
            raise NotFound(self.instance, f"{into.model} has no {record_id}")
        return found[0]

    async def page(self, into: type[R], domain: Sequence[object], cursor: str | None) -> Page[R]:
        """Return records as they were created, a page at a time."""
        after = [["id", ">", int(cursor)]] if cursor else []
        found = await self.wire.search(into, [*domain, *after], limit=PAGE + 1)
        more = len(found) > PAGE
        return Page(found[:PAGE], str(found[PAGE - 1].id) if more else None)

    async def only(
        self, model: str, domain: Domain, name: str, company: Company | None = None
    ) -> int:
        """Return the first record of a domain, or raise `Refused` naming what is not set up."""
        found = await self.wire.ids(model, domain, company=company.id if company else None)
        return self.first(found, name)

    def first(self, found: Sequence[T], name: str) -> T:
        """Return the first of what was found, or raise `Refused` naming what is not set up."""
        if not found:
            raise self.refusal(f"Tryton has no {name}", "NOT_SET_UP")
        return found[0]

    def refusal(self, reason: str, code: str) -> Refused:
        """Return the refusal of a request that Tryton's books have no place for."""
        return Refused(self.instance, reason, code=code)
