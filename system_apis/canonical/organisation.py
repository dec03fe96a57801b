"""The firm's own shape, and its clients as stewards keep them: units, contacts, merged clients.

Source: domain handbook, 1.2.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Currency, Money, minor_unit
from system_apis.canonical.party import Address
from system_apis.canonical.record import Country, Id, Text
from system_apis.canonical.tree import check_tree

Email = Annotated[
    str,
    Meta(
        pattern=r"\A[^@\s]{1,64}@[^@\s]{1,255}\Z",
        description="An e-mail address.",
        examples=["ap@client.example"],
    ),
]


class BusinessUnit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A practice or region of a legal entity."""

    code: Text
    name: Text
    legal_entity: Text
    practice: Text | None = None
    region: Text | None = None
    cost_center: Text | None = None
    manager: Text | None = None
    parent_code: Text | None = None


class BusinessUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """The units of a firm: a tree without a circle."""

    units: tuple[BusinessUnit, ...] = ()

    def __post_init__(self) -> None:
        codes = [each.code for each in self.units]
        if len(set(codes)) != len(codes):
            raise ValueError("a business unit's code is given once")
        check_tree({each.code: each.parent_code for each in self.units})

    def with_those_below(self, codes: frozenset[str]) -> frozenset[str]:
        """Return some units and all that are below one of them."""
        found, more = codes, codes
        while more:
            more = frozenset(each.code for each in self.units if each.parent_code in more)
            found |= more
        return found


class ContactRole(StrEnum):
    """What a person at the client is to us."""

    BUYER = "buyer"
    APPROVER = "approver"
    ACCOUNTS_PAYABLE = "ap"
    SPONSOR = "sponsor"
    PROJECT_MANAGER = "pm"


class Contact(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person at a client."""

    client_id: Id
    name: Text
    email: Email
    role: ContactRole
    phone: Text | None = None
    language: Text | None = None
    consent: bool = False


class Contacts(Struct, frozen=True, forbid_unknown_fields=True):
    """The contacts of a firm."""

    contacts: tuple[Contact, ...] = ()

    def __post_init__(self) -> None:
        known = [(each.client_id, each.email.casefold()) for each in self.contacts]
        if len(set(known)) != len(known):
            raise ValueError("a client has one contact of an e-mail address")


class TaxScheme(StrEnum):
    """What kind of tax id it is."""

    VAT = "vat"
    EIN = "ein"
    OTHER = "other"


class TaxId(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tax id, and whether it was found valid when."""

    scheme: TaxScheme
    value: Text
    valid: bool | None = None
    checked_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.valid is None) != (self.checked_at is None):
            raise ValueError("a tax id is valid or not since it was checked")


class TaxProfile(StrEnum):
    """How services to a client are taxed."""

    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    EXPORT = "export"
    EXEMPT = "exempt"


class InvoiceDelivery(StrEnum):
    """How a client gets its invoices."""

    EMAIL = "email"
    PEPPOL = "peppol"
    PORTAL = "portal"


class MasterStatus(StrEnum):
    """Where a client stands; `merged` is a tombstone that leads to another."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    BLOCKED = "blocked"
    MERGED = "merged"


class ClientMaster(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that the firm knows of a client, whichever system it is from."""

    id: Id
    legal_name: Text
    country: Country
    status: MasterStatus
    default_currency: Currency
    display_name: Text | None = None
    tax_ids: tuple[TaxId, ...] = ()
    duns: Text | None = None
    lei: Text | None = None
    domain: Text | None = None
    parent_client_id: Id | None = None
    payment_terms_days: Annotated[int, Meta(ge=0, le=365)] | None = None
    credit_limit: Money | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    invoice_delivery: InvoiceDelivery | None = None
    einvoice_endpoint: Text | None = None
    purchase_order_required: bool = False
    tax_profile: TaxProfile | None = None
    dunning_policy: Text | None = None
    merged_into: Id | None = None

    def __post_init__(self) -> None:
        minor_unit(self.default_currency)
        merged = self.status is MasterStatus.MERGED
        if merged != (self.merged_into is not None):
            raise ValueError("a merged client names the one that it became, and no other does")
        if self.id in {self.merged_into, self.parent_client_id}:
            raise ValueError("a client is not merged into itself, nor its own parent")
        needed = (self.billing_address, self.payment_terms_days, self.tax_profile)
        if self.status is MasterStatus.ACTIVE and None in needed:
            raise ValueError("an active client has a billing address, terms and a tax profile")
        proven = any(each.scheme is TaxScheme.VAT and each.valid for each in self.tax_ids)
        if self.tax_profile is TaxProfile.REVERSE_CHARGE and not proven:
            raise ValueError("reverse charge takes a valid VAT id")
        if self.credit_limit is not None and self.credit_limit.value < Decimal(0):
            raise ValueError("a credit limit is not less than nothing")
