"""Journal entries: what is booked in a company's books without a document of its own.

Domain handbook 3(e) 12: what was received by a month's end and not billed.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Currency, Money
from system_apis.canonical.record import Id, Source, Text


class LedgerAccount(StrEnum):
    """What an account of the books is for; each ERP says which of its own it is."""

    SUBCONTRACT_COST = "subcontract_cost"
    ACCRUED_LIABILITY = "accrued_liability"


class JournalLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One side of an entry: either a debit or a credit is more than nothing."""

    account: LedgerAccount
    project_number: Text | None = None
    debit: Money
    credit: Money

    def __post_init__(self) -> None:
        if self.debit.currency != self.credit.currency:
            raise ValueError("debit and credit of a line are in one currency")
        if min(self.debit.value, self.credit.value) != 0 or self.debit == self.credit:
            raise ValueError("of debit and credit one is more than nothing, the other is nothing")


class JournalDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry as it is to be booked, in the company's own currency."""

    legal_entity: Text
    date: date
    description: Text
    currency: Currency
    lines: Annotated[tuple[JournalLine, ...], Meta(min_length=2, max_length=200)]

    def __post_init__(self) -> None:
        debits = Money.total((each.debit for each in self.lines), self.currency)
        if debits != Money.total((each.credit for each in self.lines), self.currency):
            raise ValueError("debits and credits of an entry are as much, in its currency")


class Journal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A posted entry as the ERP has it. The number is the ERP's own."""

    id: Id
    number: str | None
    reference: str | None
    legal_entity: str
    date: date
    description: str
    currency: str
    lines: tuple[JournalLine, ...]
    source: Source
    version: int = 1
