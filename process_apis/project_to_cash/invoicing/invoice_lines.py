"""The lines of an invoice, each with the sources that make it up. Pure decisions.

Sources: domain handbook 0.1 (line-level allocation), 0.4 (rounding), 3(d) (amount rules).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from process_apis.project_to_cash.credit_records import HeldWork
from process_apis.project_to_cash.identifiers import billing_event_id
from process_apis.project_to_cash.invoicing.periods import hours_of, share_of
from process_apis.project_to_cash.records import (
    Allocation,
    BilledLine,
    BillingEvent,
    SourceType,
)
from system_apis.canonical.billing import InvoiceLine, LineKind, PostingTerms
from system_apis.canonical.contracts import Contract, LineDetail, RecurringTerms
from system_apis.canonical.money import Money, Price
from system_apis.canonical.time import ExpenseLine, TimeEntry


def time(
    entries: Sequence[TimeEntry], contract: Contract, terms: PostingTerms
) -> tuple[BilledLine, ...]:
    """One line per person and rate, or as the contract asks, in the order of people's numbers."""
    rates = {each.role: each.rate for each in contract.rates}
    detail = contract.invoicing.detail
    groups: dict[tuple[str, Decimal], list[TimeEntry]] = {}
    for entry in sorted(entries, key=_in_order):
        if entry.role in rates:
            group = (_group(entry, detail), rates[entry.role].value)
            groups.setdefault(group, []).append(entry)
    return tuple(_fee(rows, rates[rows[0].role], terms) for rows in groups.values())


def _group(entry: TimeEntry, detail: LineDetail) -> str:
    """Return what entries of one line have in common."""
    match detail:
        case LineDetail.ENTRY:
            return entry.id
        case LineDetail.PERSON:
            return entry.employee
        case LineDetail.ROLE:
            return entry.role


def _in_order(entry: TimeEntry) -> tuple[str, str, date, str]:
    return entry.employee, entry.role, entry.work_date, entry.number


def _fee(rows: Sequence[TimeEntry], rate: Price, terms: PostingTerms) -> BilledLine:
    """One person's line; each entry takes its share so that the shares make up the line."""
    hours = Decimal(0)
    so_far = Money.zero(rate.currency)
    sources = []
    for row in rows:
        hours += row.hours
        net = rate.times(hours, terms.rounding)
        sources.append(_share(row, row.hours, rate, net - so_far))
        so_far = net
    roles = ", ".join(dict.fromkeys(row.role for row in rows))
    line = InvoiceLine(
        kind=LineKind.TIME,
        description=f"{roles}, {hours.normalize():f} h",
        quantity=hours,
        unit_price=rate,
        net=so_far,
        employee=rows[0].employee if len({row.employee for row in rows}) == 1 else None,
    )
    return BilledLine(line, tuple(sources))


def _share(row: TimeEntry, hours: Decimal, rate: Price, amount: Money) -> Allocation:
    return Allocation(
        source_type=SourceType.TIME_ENTRY,
        source_id=row.id,
        source_number=row.number,
        sign=1,
        quantity=hours,
        approved=row.hours,
        unit_rate=rate,
        amount=amount,
    )


def milestone(event: BillingEvent, contract: Contract) -> tuple[BilledLine, ...]:
    """The amount of one milestone, at once."""
    found = next(each for each in contract.milestones if each.number == event.milestone)
    text = f"Milestone {found.number}"
    line = _lump(LineKind.MILESTONE, text, found.amount, milestone=found.number)
    source_id = milestone_source(contract, found.number)
    return (BilledLine(line, (_once(SourceType.MILESTONE, source_id, line),)),)


def milestone_source(contract: Contract, number: str | None) -> str:
    """Return the source that a milestone is."""
    return f"{contract.id}:{number}"


def subscription(
    event: BillingEvent, contract: Contract, terms: PostingTerms
) -> tuple[BilledLine, ...]:
    """The fee of one period."""
    fee = _fee_of(event, _recurring(contract), terms)
    return (_period(event, LineKind.SUBSCRIPTION, "Subscription", fee),)


def retainer(
    event: BillingEvent,
    contract: Contract,
    entries: Sequence[TimeEntry],
    terms: PostingTerms,
    *,
    carried: Decimal = Decimal(0),
) -> tuple[BilledLine, ...]:
    """The fee of one period, and the hours beyond those that it includes or has carried over."""
    recurring = _recurring(contract)
    fee = _period(event, LineKind.RETAINER, "Retainer", _fee_of(event, recurring, terms))
    included = recurring.included_hours
    if included is None:
        return (fee,)
    covered = hours_of(included, event.period_start, event.period_end) + carried
    beyond = _overage(entries, recurring, terms, covered)
    return (fee, beyond) if beyond else (fee,)


def _overage(
    entries: Sequence[TimeEntry], recurring: RecurringTerms, terms: PostingTerms, left: Decimal
) -> BilledLine | None:
    """Bill what was worked after the covered hours were used up, in the order of the work."""
    rate = recurring.overage_rate
    if rate is None:
        return None
    hours, so_far, sources = Decimal(0), Money.zero(rate.currency), []
    for row in sorted(entries, key=lambda each: (each.work_date, each.employee, each.number)):
        over = max(Decimal(0), row.hours - left)
        left = max(Decimal(0), left - row.hours)
        if over:
            hours += over
            net = rate.times(hours, terms.rounding)
            sources.append(_share(row, over, rate, net - so_far))
            so_far = net
    if not sources:
        return None
    line = InvoiceLine(
        kind=LineKind.OVERAGE,
        description=f"{hours.normalize():f} h beyond those included",
        quantity=hours,
        unit_price=rate,
        net=so_far,
    )
    return BilledLine(line, tuple(sources))


def _recurring(contract: Contract) -> RecurringTerms:
    if contract.recurring is None:
        raise ValueError(f"{contract.number} names no recurring fee")
    return contract.recurring


def _fee_of(event: BillingEvent, recurring: RecurringTerms, terms: PostingTerms) -> Money:
    """Return the monthly fee; of a part of a month, its share of the month's days."""
    fee = recurring.monthly_fee
    share = share_of(fee.value, event.period_start, event.period_end)
    return Money.of(share, fee.currency, terms.rounding)


def _period(event: BillingEvent, kind: LineKind, name: str, fee: Money) -> BilledLine:
    line = _lump(kind, f"{name}, {event.period_start} to {event.period_end}", fee)
    return BilledLine(line, (_once(SourceType.FEE_PERIOD, fee_period(event), line),))


def fee_period(event: BillingEvent) -> str:
    """Return the period that an event bills the fee of, the same however often it is billed."""
    first = event.sequence == 1
    return event.id if first else billing_event_id(event.contract_id, event.period_start)


def _once(
    source_type: SourceType, source_id: str, line: InvoiceLine, number: str = ""
) -> Allocation:
    """Allocate a source that is billed as a whole."""
    return Allocation(
        source_type=source_type,
        source_id=source_id,
        source_number=number or line.milestone or line.kind,
        sign=1,
        quantity=Decimal(1),
        approved=Decimal(1),
        unit_rate=line.unit_price,
        amount=line.net,
    )


def expenses(spent: Sequence[ExpenseLine], contract: Contract) -> tuple[BilledLine, ...]:
    """All billable expenses at cost, on one line."""
    if not spent or not contract.expenses_billable:
        return ()
    net = Money.total((each.amount for each in spent), contract.currency)
    line = _lump(LineKind.EXPENSES, "Expenses at cost", net)
    sources = tuple(
        Allocation(
            source_type=SourceType.EXPENSE_LINE,
            source_id=each.id,
            source_number=each.number,
            sign=1,
            quantity=each.amount.value,
            approved=each.amount.value,
            unit_rate=Price("1", each.amount.currency),
            amount=each.amount,
        )
        for each in sorted(spent, key=lambda each: (each.date, each.number))
    )
    return (BilledLine(line, sources),)


def _lump(
    kind: LineKind, description: str, net: Money, *, milestone: str | None = None
) -> InvoiceLine:
    return InvoiceLine(
        kind=kind,
        description=description,
        quantity=Decimal(1),
        unit_price=Price(net.amount, net.currency),
        net=net,
        milestone=milestone,
    )


def adjustment(billing_event_id: str, over_cap: Money) -> tuple[BilledLine, ...]:
    """What exceeds the cap is taken off on one line; the work stays held, unbilled."""
    if not over_cap:
        return ()
    text = "Adjustment to the agreed not-to-exceed amount"
    line = _lump(LineKind.NTE_ADJUSTMENT, text, -over_cap)
    source = _once(SourceType.ADJUSTMENT, billing_event_id, line)
    return (BilledLine(line, (source,)),)


def released(held: Sequence[HeldWork], room: Money | None) -> tuple[BilledLine, ...]:
    """What earlier invoices left unbilled is billed, oldest first, for as long as room is left.

    Each is billed as a whole by taking its adjustment back; without a cap, all of them.
    """
    found = []
    for each in held:
        if room is not None and not Money.zero(room.currency) < room:
            break
        text = f"Work of {each.period_start:%Y-%m} over the agreed amount, released"
        line = _lump(LineKind.NTE_ADJUSTMENT, text, each.amount)
        found.append(BilledLine(line, (_taking_back(each),)))
        room = None if room is None else room - each.amount
    return tuple(found)


def _taking_back(held: HeldWork) -> Allocation:
    off = -held.amount
    return Allocation(
        source_type=SourceType.ADJUSTMENT,
        source_id=held.billing_event_id,
        source_number=LineKind.NTE_ADJUSTMENT,
        sign=-1,
        quantity=Decimal(1),
        approved=Decimal(1),
        unit_rate=Price(off.amount, off.currency),
        amount=off,
        reverses=held.row,
    )


def unbilled(
    due: Sequence[BilledLine], billed: frozenset[str], terms: PostingTerms
) -> tuple[BilledLine, ...]:
    """Return what of some lines no invoice bills yet."""
    found = []
    for each in due:
        left = [one for one in each.sources if one.source_id not in billed]
        if len(left) == len(each.sources):
            found.append(each)
        elif left:
            found.append(_narrowed(each.line, left, terms))
    return tuple(found)


def _narrowed(line: InvoiceLine, left: Sequence[Allocation], terms: PostingTerms) -> BilledLine:
    """Return a line of hours for some of its sources alone."""
    hours, so_far, sources = Decimal(0), Money.zero(line.net.currency), []
    for each in left:
        hours += each.quantity
        net = line.unit_price.times(hours, terms.rounding)
        sources.append(replace(each, amount=net - so_far))
        so_far = net
    return BilledLine(replace(line, quantity=hours, net=so_far), tuple(sources))
