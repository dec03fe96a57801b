"""What is still to be booked of a project's month, as differences to what is. Pure decisions.

Entries are never edited: what an earlier month would come to today is trued up in the month
that is booked, and what is booked of this month already is taken off.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from process_apis.project_to_cash.identifiers import revenue_entry_id
from process_apis.revenue.records import REVENUE, EntryKind, Functional, MonthEarned, RevenueEntry
from system_apis.canonical.money import Money


def to_book(meant: MonthEarned, known: Sequence[RevenueEntry]) -> dict[EntryKind, Money]:
    """Return the amount to be booked of each kind, so that the books say what was earned."""
    before = [each for each in known if each.month < meant.month]
    own = [each for each in known if each.month == meant.month]
    opening = _sum(meant, own, EntryKind.OPENING)
    if not before and not own:
        opening = meant.earned_before
    carried = _sum(meant, before, *REVENUE) + opening
    whole = {
        EntryKind.OPENING: opening,
        EntryKind.TRUE_UP: meant.earned_before - carried,
        EntryKind.RECOGNIZED: meant.earned - meant.earned_before,
        EntryKind.LOSS_PROVISION: meant.provision - _sum(meant, before, EntryKind.LOSS_PROVISION),
    }
    missing = {kind: amount - _sum(meant, own, kind) for kind, amount in whole.items()}
    return {kind: amount for kind, amount in missing.items() if amount}


def entries(
    meant: MonthEarned, known: Sequence[RevenueEntry], *, by: str, at: datetime
) -> Iterator[RevenueEntry]:
    """Yield the entries that book what is missing, numbered on within their month."""
    first = 1 + max((each.sequence for each in known if each.month == meant.month), default=0)
    until_now = [each for each in known if each.month <= meant.month]
    provisions = _sum(meant, until_now, EntryKind.LOSS_PROVISION)
    totals = {True: _sum(meant, until_now, *REVENUE), False: provisions}
    for sequence, (kind, amount) in enumerate(to_book(meant, known).items(), first):
        totals[kind in REVENUE] += amount
        yield RevenueEntry(
            id=revenue_entry_id(meant.project_number, meant.month, sequence),
            project_number=meant.project_number,
            contract_number=meant.contract_number,
            legal_entity=meant.legal_entity,
            month=meant.month,
            sequence=sequence,
            kind=kind,
            method=meant.method,
            amount=amount,
            cumulative=totals[kind in REVENUE],
            functional=_functional(meant, amount),
            basis=meant.basis,
            terms_version=meant.terms_version,
            booked_by=by,
            booked_at=at,
        )


def _functional(meant: MonthEarned, amount: Money) -> Functional | None:
    rate = meant.rate
    if rate is None:
        return None
    value = Money.of(rate.worth(amount.value), meant.functional_currency)
    return Functional(amount=value, at=rate)


def _sum(meant: MonthEarned, some: Sequence[RevenueEntry], *kinds: EntryKind) -> Money:
    amounts = (each.amount for each in some if each.kind in kinds)
    return Money.total(amounts, meant.earned.currency)
