"""Parties in Tryton: firms, with their addresses, tax numbers and payment terms."""

from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.party import Address, Client, ClientStatus
from system_apis.tryton.values import Coded, Told

UNKNOWN_COUNTRY = "ZZ"
KEY_MARK = "strata:"


class Delta(Struct, frozen=True):
    """By how much a payment term moves a date."""

    months: int
    weeks: int
    days: int
    day: int | None
    month: int | None
    weekday: int | None


class TermLine(Struct, frozen=True):
    """One part of what a payment term asks for."""

    type: str
    relativedeltas: list[Delta]


class PaymentTerm(Struct, frozen=True):
    """When an invoice is due."""

    model: ClassVar[str] = "account.invoice.payment_term"
    fields: ClassVar[tuple[str, ...]] = (
        "lines.type",
        *(f"lines.relativedeltas.{name}" for name in Delta.__struct_fields__),
    )

    id: int
    lines: list[TermLine]

    @property
    def net_days(self) -> int | None:
        """The days after which all is due, or None when the term says more than that."""
        match self.lines:
            case [TermLine(type="remainder", relativedeltas=deltas)]:
                plain = all(each == Delta(0, 0, each.days, None, None, None) for each in deltas)
                return sum(each.days for each in deltas) if plain else None
            case _:
                return None


class Identifier(Struct, frozen=True):
    """A number by which someone knows a party."""

    type: str | None
    code: str


class PostalAddress(Struct, frozen=True):
    """An address of a party."""

    id: int
    street: str | None
    city: str | None
    postal_code: str | None
    country: Coded | None
    subdivision: Coded | None

    def canonical(self) -> Address | None:
        """Say the same in our words, or None when there is too little of it for a letter."""
        country = self.country.code if self.country else None
        if not (self.street and self.city and self.postal_code and country):
            return None
        region = self.subdivision.code if self.subdivision else None
        short = region.removeprefix(f"{country}-") if region else None
        return Address(self.street, self.city, self.postal_code, country, short)


class Party(Told, frozen=True, kw_only=True):
    """A firm that Tryton knows."""

    model: ClassVar[str] = "party.party"
    fields: ClassVar[tuple[str, ...]] = (
        *("code", "name", "active", "website", "account_receivable", "create_date", "write_date"),
        *("identifiers.type", "identifiers.code", "tax_identifier.type", "tax_identifier.code"),
        *("addresses.street", "addresses.city", "addresses.postal_code"),
        *("addresses.country.code", "addresses.subdivision.code"),
        *(f"customer_payment_term.{name}" for name in PaymentTerm.fields),
    )

    code: str
    name: str | None
    active: bool | int
    website: str | None
    account_receivable: int | None
    identifiers: list[Identifier]
    tax_identifier: Identifier | None
    addresses: list[PostalAddress]
    customer_payment_term: PaymentTerm | None

    @property
    def tax_id(self) -> str | None:
        """The tax identifier, or else a number of no known kind that is not a mark of ours."""
        if self.tax_identifier:
            return self.tax_identifier.code
        plain = (each.code for each in self.identifiers if each.type is None)
        return next((code for code in plain if not code.startswith(KEY_MARK)), None)

    def canonical(self, client_id: str, instance: str) -> Client:
        """Say the same in our words."""
        known = (each.country.code for each in self.addresses if each.country)
        term = self.customer_payment_term
        return Client(
            id=client_id,
            number=self.code,
            legal_name=self.name or self.code,
            country=next(known, None) or UNKNOWN_COUNTRY,
            status=ClientStatus.ACTIVE if self.active else ClientStatus.BLOCKED,
            tax_id=self.tax_id,
            domain=self.website or None,
            billing_address=self.addresses[0].canonical() if self.addresses else None,
            payment_terms_days=term.net_days if term else None,
            source=self.source(instance, "client"),
            version=self.version,
        )
