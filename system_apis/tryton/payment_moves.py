"""Payments as they stand in Tryton's books: moves of a cash journal against an invoice.

A move's description carries our key and the bank's reference, so that a payment can be
looked up before it is booked again.
"""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import Payment, PaymentApplication
from system_apis.canonical.money import Money
from system_apis.tryton.values import Coded, Day, Number, Told

CASH = (["origin", "like", "account.invoice,%"], ["journal.type", "=", "cash"])
BETWEEN = " | "


class AccountType(Struct, frozen=True):
    """What an account is for."""

    receivable: bool | int | None


class Account(Struct, frozen=True):
    """An account of the books."""

    type: AccountType | None


class MoveLine(Struct, frozen=True):
    """One side of a booking."""

    debit: Number
    credit: Number
    amount_second_currency: Number | None
    second_currency: Coded | None
    account: Account


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
    """The booking of money that came in for an invoice."""

    model: ClassVar[str] = "account.move"
    fields: ClassVar[tuple[str, ...]] = (
        *("date", "description", "origin", "company.currency.code", "create_date", "write_date"),
        *("lines.debit", "lines.credit", "lines.amount_second_currency"),
        *("lines.second_currency.code", "lines.account.type.receivable"),
    )

    date: Day
    description: str | None
    origin: str
    company: Company
    lines: list[MoveLine]

    @property
    def invoice_id(self) -> int:
        """The invoice that it is for."""
        return int(self.origin.partition(",")[2])

    @property
    def amount(self) -> Money:
        """What came in, in the invoice's currency."""
        own = self.company.currency.code or ""
        paying = [each for each in self.lines if each.account.type and each.account.type.receivable]
        foreign = [each for each in paying if each.second_currency and each.amount_second_currency]
        if foreign and foreign[0].second_currency:
            amounts = (each.amount_second_currency for each in foreign)
            total = -sum((each.value for each in amounts if each), Decimal(0))
            return Money.of(total, foreign[0].second_currency.code or own)
        return Money.of(sum((e.credit.value - e.debit.value for e in paying), Decimal(0)), own)

    def booked_with(self, key: str) -> bool:
        """Whether it was booked with this key."""
        return (self.description or "").startswith(key + BETWEEN)

    def canonical(
        self, payment_id: str, instance: str, legal_entity: str, number: str | None
    ) -> Payment:
        """Say the same in our words."""
        _, marked, reference = (self.description or "").partition(BETWEEN)
        amount = self.amount
        paying = (PaymentApplication(number, amount),) if number and amount.value > 0 else ()
        return Payment(
            id=payment_id,
            legal_entity=legal_entity,
            invoice_number=number or "",
            date=self.date.value,
            amount=amount,
            reference=reference if marked else self.description,
            applications=paying,
            unapplied=Money.zero(amount.currency) if paying else amount,
            source=self.source(instance, "payment"),
        )
