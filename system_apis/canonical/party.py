"""Clients, and the legal entities of the firm itself."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from system_apis.canonical.record import Country, Id, Source, Text


class ClientStatus(StrEnum):
    """Whether the firm may do business with a client."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    BLOCKED = "blocked"


class Address(Struct, frozen=True, forbid_unknown_fields=True):
    """A postal address."""

    street: Text
    city: Text
    postal_code: Text
    country: Country
    region: Text | None = None


class Client(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A firm that buys services. An active client has a billing address and payment terms.

    `einvoice_endpoints` are where it takes electronic invoices: none if it is empty, and
    absent where the system does not tell.
    """

    id: Id
    number: str
    legal_name: str
    country: str
    status: ClientStatus
    tax_id: str | None = None
    duns: str | None = None
    lei: str | None = None
    domain: str | None = None
    billing_address: Address | None = None
    payment_terms_days: int | None = None
    parent_client_id: Id | None = None
    einvoice_endpoints: tuple[str, ...] | None = None
    source: Source
    version: int = 1


class ClientDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A client as it is to be created in a system."""

    number: Text
    legal_name: Text
    country: Country
    tax_id: Text | None
    domain: Text | None = None
    billing_address: Address
    payment_terms_days: Annotated[int, Meta(ge=0, le=365)]


class LegalEntity(Struct, frozen=True, kw_only=True):
    """A company of the firm; dates of its documents belong to its time zone."""

    code: str
    name: str
    country: str
    currency: str
    timezone: str
    hours_per_day: Decimal
    holidays: tuple[date, ...] = ()
    tax_id: str | None = None
    subdivision: str | None = None
    erp_system: str | None = None
    acquired_on: date | None = None

    def day_of(self, moment: datetime) -> date:
        """Return the day that it is where the company is."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()
