"""What is still to be booked of a project's month, as differences to what is. Pure decisions.

Entries are never edited: what an earlier month would come to today is trued up in the month
that is booked, and what is booked of this month already is taken off.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from process_apis.project_to_cash.identifiers import revenue_entry_id
from process_apis.revenue.records import REVENUE, EntryKind, Functional, MonthEarned, RevenueEntry
from system_apis.canonical.money import Money


def to_book(booking: MonthEarned, known: Sequence[RevenueEntry]) -> dict[EntryKind, Money]:
    """Return the amount to be booked of each kind, so that the books say what was earned."""
    before = [each for each in known if each.month < booking.month]
    own = [each for each in known if each.month == booking.month]
    opening = _sum(booking, own, EntryKind.OPENING)
    if not before and not own:
        opening = booking.earned_before
    carried = _sum(booking, before, *REVENUE) + opening
    meant = {
        EntryKind.OPENING: opening,
        EntryKind.TRUE_UP: booking.earned_before - carried,
        EntryKind.RECOGNIZED: booking.earned - booking.earned_before,
        EntryKind.LOSS_PROVISION: booking.provision
        - _sum(booking, before, EntryKind.LOSS_PROVISION),
    }
    missing = {kind: amount - _sum(booking, own, kind) for kind, amount in meant.items()}
    return {kind: amount for kind, amount in missing.items() if amount}


def entries(
    booking: MonthEarned, known: Sequence[RevenueEntry], *, by: str, at: datetime
) -> Iterator[RevenueEntry]:
    """Yield the entries that book what is missing, numbered on within their month."""
    first = 1 + max((each.sequence for each in known if each.month == booking.month), default=0)
    until_now = [each for each in known if each.month <= booking.month]
    provisions = _sum(booking, until_now, EntryKind.LOSS_PROVISION)
    totals = {True: _sum(booking, until_now, *REVENUE), False: provisions}
    for sequence, (kind, amount) in enumerate(to_book(booking, known).items(), first):
        totals[kind in REVENUE] += amount
        yield RevenueEntry(
            id=revenue_entry_id(booking.project_number, booking.month, sequence),
            project_number=booking.project_number,
            contract_number=booking.contract_number,
            legal_entity=booking.legal_entity,
            month=booking.month,
            sequence=sequence,
            kind=kind,
            method=booking.method,
            amount=amount,
            cumulative=totals[kind in REVENUE],
            functional=_functional(booking, amount),
            terms_version=booking.terms_version,
            booked_by=by,
            booked_at=at,
        )


def _functional(booking: MonthEarned, amount: Money) -> Functional | None:
    rate = booking.rate
    if rate is None:
        return None
    value = Money.of(amount.value * rate.rate, booking.functional_currency)
    return Functional(amount=value, at=rate)


def _sum(booking: MonthEarned, some: Sequence[RevenueEntry], *kinds: EntryKind) -> Money:
    amounts = (each.amount for each in some if each.kind in kinds)
    return Money.total(amounts, booking.earned.currency)
