"""Payments as they stand in Tryton's books: moves of a cash journal, for an invoice or for none.

A move's description carries our key and the bank's reference, so that a payment can be
looked up before it is booked again.
"""

from collections.abc import Container, Sequence
from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import Payment, PaymentApplication
from system_apis.canonical.money import Money
from system_apis.tryton.values import Coded, Day, Number, Told

BETWEEN = " | "


class AccountType(Struct, frozen=True):
    """What an account is for."""

    receivable: bool | int | None


class Account(Struct, frozen=True):
    """An account of the books."""

    id: int
    type: AccountType | None


class MoveLine(Struct, frozen=True):
    """One side of a booking."""

    debit: Number
    credit: Number
    amount_second_currency: Number | None
    second_currency: Coded | None
    account: Account
    party: Coded | None


class Company(Struct, frozen=True):
    """The company whose books a booking is in."""

    id: int
    currency: Coded


class PaidInvoice(Struct, frozen=True):
    """The invoice that a payment is for."""

    model: ClassVar[str] = "account.invoice"
    fields: ClassVar[tuple[str, ...]] = ("number",)

    id: int
    number: str | None


class PaymentMove(Told, frozen=True, kw_only=True):
    """The booking of money that came in, or that was on account and went to an invoice."""

    model: ClassVar[str] = "account.move"
    fields: ClassVar[tuple[str, ...]] = (
        *("date", "description", "origin", "company.currency.code", "create_date", "write_date"),
        *("lines.debit", "lines.credit", "lines.amount_second_currency", "lines.party.code"),
        *("lines.second_currency.code", "lines.account.type.receivable"),
    )

    date: Day
    description: str | None
    origin: str | None
    company: Company
    lines: list[MoveLine]

    @property
    def invoice_id(self) -> int | None:
        """The invoice that it is for, if it is for one."""
        return int(self.origin.partition(",")[2]) if self.origin else None

    @property
    def amount(self) -> Money:
        """What an invoice was paid, in its currency."""
        return self._credited(
            [e for e in self.lines if e.account.type and e.account.type.receivable]
        )

    def kept(self, accounts: Container[int]) -> Money:
        """Return what it put on some accounts."""
        return self._credited([each for each in self.lines if each.account.id in accounts])

    def _credited(self, lines: Sequence[MoveLine]) -> Money:
        own = self.company.currency.code or ""
        foreign = [each for each in lines if each.second_currency and each.amount_second_currency]
        if foreign and foreign[0].second_currency:
            amounts = (each.amount_second_currency for each in foreign)
            total = -sum((each.value for each in amounts if each), Decimal(0))
            return Money.of(total, foreign[0].second_currency.code or own)
        return Money.of(sum((e.credit.value - e.debit.value for e in lines), Decimal(0)), own)

    @property
    def client_number(self) -> str | None:
        """The client whose money it is."""
        return next((each.party.code for each in self.lines if each.party), None)

    def booked_with(self, key: str) -> bool:
        """Whether it was booked with this key."""
        return (self.description or "").startswith(key + BETWEEN)

    def canonical(
        self,
        payment_id: str,
        instance: str,
        legal_entity: str,
        amount: Money,
        shares: Sequence[tuple[str | None, Money]],
    ) -> Payment:
        """Say the same in our words, with what of its amount pays which invoice."""
        _, marked, reference = (self.description or "").partition(BETWEEN)
        applications = [
            PaymentApplication(number, share)
            for number, share in shares
            if number and share.value > 0
        ]
        applied = Money.total((each.amount for each in applications), amount.currency)
        for_one = self.invoice_id is not None
        return Payment(
            id=payment_id,
            legal_entity=legal_entity,
            invoice_number=applications[0].invoice_number if for_one and applications else None,
            client_number=self.client_number,
            date=self.date.value,
            amount=amount,
            reference=reference if marked else self.description,
            applications=tuple(applications),
            unapplied=amount - applied,
            source=self.source(instance, "payment"),
        )
