"""How an accrual stands in a company's books, and how it is taken back. Pure decisions.

Source: domain handbook, 3(e) 12.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from process_apis.procure_to_pay.records import Accrual, AccrualJournal
from process_apis.procure_to_pay.terms import Exchange
from system_apis.canonical.journals import JournalDraft, JournalLine, LedgerAccount
from system_apis.canonical.money import Money

ON_TIME = "month"


def in_currency(amount: Money, currency: str, exchange: Exchange) -> Money | None:
    """Return an amount in a company's own currency; None where a rate is missing."""
    if amount.currency == currency:
        return amount
    worth, unit = exchange.worth(amount), exchange.rate(currency)
    return None if worth is None or unit is None else Money.of(worth / unit, currency)


class Lacking(Struct, frozen=True):
    """What the accruals of a month do not say yet of a line of an order.

    `left` is what is accrued beyond the `journals` that were written down, or less than they say.
    """

    accrual: Accrual
    journals: tuple[AccrualJournal, ...]

    @property
    def left(self) -> Money:
        """The difference; nothing where the journals are right."""
        currency = self.accrual.accrued.currency
        return self.accrual.accrued - Money.total((e.amount for e in self.journals), currency)


def lacking(found: Iterable[Accrual], journals: Sequence[AccrualJournal]) -> list[Lacking]:
    """Return the lines of which a month's journals say too little, or too much."""
    lines = (
        Lacking(each, tuple(known for known in journals if known.place == each.place))
        for each in found
    )
    return [each for each in lines if each.left]


def entry(accrual: AccrualJournal, amount: Money) -> JournalDraft:
    """Return the entry of a month's end: the project's cost, and what will be owed."""
    cost, owed = LedgerAccount.SUBCONTRACT_COST, LedgerAccount.ACCRUED_LIABILITY
    late = "" if accrual.occasion == ON_TIME else ", told late"
    said = f"{_said(accrual)}, received and not billed{late}"
    return _draft(accrual, amount, accrual.booked_on, said, (cost, owed))


def taken_back(accrual: AccrualJournal, amount: Money) -> JournalDraft:
    """Return the entry that takes an accrual back on the first day of the month after."""
    cost, owed = LedgerAccount.SUBCONTRACT_COST, LedgerAccount.ACCRUED_LIABILITY
    said = f"{_said(accrual)}, accrual of {accrual.month} taken back"
    return _draft(accrual, amount, accrual.reversed_on, said, (owed, cost))


def _draft(
    accrual: AccrualJournal,
    amount: Money,
    day: date,
    description: str,
    accounts: tuple[LedgerAccount, LedgerAccount],
) -> JournalDraft:
    nothing, (debited, credited) = Money.zero(amount.currency), accounts
    if amount < nothing:
        amount, debited, credited = -amount, credited, debited
    number = accrual.project_number
    return JournalDraft(
        legal_entity=accrual.legal_entity,
        date=day,
        description=description,
        currency=amount.currency,
        lines=(
            JournalLine(account=debited, project_number=number, debit=amount, credit=nothing),
            JournalLine(account=credited, project_number=number, debit=nothing, credit=amount),
        ),
    )


def _said(accrual: AccrualJournal) -> str:
    return f"{accrual.purchase_order_number} line {accrual.line}"
