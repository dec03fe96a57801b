"""What is ours, what was before us, and what a document of another hand bills. Pure decisions."""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from msgspec import Struct

from process_apis.adoption.balances import Obstacle, ObstacleCode
from process_apis.adoption.records import NamedSources
from process_apis.project_to_cash.invoicing import invoice_lines as lines
from process_apis.project_to_cash.invoicing.worked import COUNTED
from process_apis.project_to_cash.records import (
    BilledLine,
    BillingEvent,
    BillingKind,
    InvoiceStage,
)
from system_apis.canonical.billing import (
    Invoice,
    InvoiceStatus,
    PostingTerms,
)
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.money import Money
from system_apis.canonical.time import ExpenseLine, TimeEntry

R = TypeVar("R", TimeEntry, ExpenseLine)
STAGES = {
    InvoiceStatus.POSTED: InvoiceStage.POSTED,
    InvoiceStatus.PARTIALLY_PAID: InvoiceStage.PARTIALLY_PAID,
    InvoiceStatus.PAID: InvoiceStage.PAID,
}


class Sources(Struct, frozen=True, kw_only=True):
    """The work of a period, and what is planned to be billed of the contract."""

    entries: tuple[TimeEntry, ...] = ()
    expenses: tuple[ExpenseLine, ...] = ()
    planned: tuple[BillingEvent, ...] = ()


class Worth(Struct, frozen=True):
    """The lines that named sources make, and the planned billing events that they use up."""

    lines: tuple[BilledLine, ...]
    settles: tuple[BillingEvent, ...]

    def net(self, currency: str) -> Money:
        """Return what the sources are worth by the contract."""
        return Money.total((each.line.net for each in self.lines), currency)


def is_before_us(invoice: Invoice, contract: Contract | None, taken_on: date | None) -> bool:
    """Whether an invoice belongs to the time before Strata, so that nobody need look at it.

    With a contract: it was issued before the contract began, or is in the contract's opening
    balance. Without one: its client's work was not ours yet when it was issued.
    """
    if contract is None:
        return taken_on is None or invoice.issue_date < taken_on
    if invoice.issue_date < contract.effective_from:
        return True
    return contract.billed_until is not None and invoice.issue_date <= contract.billed_until


def named(sources: Sources, wish: NamedSources) -> tuple[Sources, list[Obstacle]]:
    """Return the sources that a person named, and what there is not."""
    if wish.whole_period:
        first, last = wish.period_start, wish.period_end
        return Sources(
            entries=_billable(sources.entries),
            expenses=_billable(sources.expenses),
            planned=tuple(each for each in sources.planned if _within(each, first, last)),
        ), []
    entries = [each for each in _billable(sources.entries) if each.number in wish.time_entries]
    spent = [each for each in _billable(sources.expenses) if each.number in wish.expenses]
    planned = [each for each in sources.planned if each.milestone in wish.milestones]
    found = {each.number for each in entries} | {each.number for each in spent}
    found |= {each.milestone or "" for each in planned}
    asked = (*wish.time_entries, *wish.expenses, *wish.milestones)
    missing = [each for each in asked if each not in found]
    obstacles = [
        Obstacle(
            code=ObstacleCode.SOURCE_NOT_FOUND,
            reason=f"{each} is no approved, billable source of the project in the period",
            remedy="name sources by their numbers in the PSA, within the period",
        )
        for each in missing
    ]
    chosen = Sources(entries=tuple(entries), expenses=tuple(spent), planned=tuple(planned))
    return chosen, obstacles


def without(sources: Sources, taken: set[str]) -> Sources:
    """Leave out the sources that another document bills."""
    return Sources(
        entries=tuple(each for each in sources.entries if each.id not in taken),
        expenses=tuple(each for each in sources.expenses if each.id not in taken),
        planned=tuple(each for each in sources.planned if each.id not in taken),
    )


def ids_of(sources: Sources) -> set[str]:
    """Return the ids of sources."""
    rows = (sources.entries, sources.expenses, sources.planned)
    return {each.id for kind in rows for each in kind}


def same(one: Money, other: Money) -> bool:
    """Whether two amounts are one, however they are spelled."""
    return (one.currency, one.value) == (other.currency, other.value)


def _billable(rows: Iterable[R]) -> tuple[R, ...]:
    return tuple(each for each in rows if each.billable and each.status in COUNTED)


def _within(event: BillingEvent, first: date, last: date) -> bool:
    """Whether a fee or milestone belongs to a period; work is told by its own dates."""
    if event.kind is BillingKind.TIME:
        return False
    day = event.planned_date if event.kind is BillingKind.MILESTONE else event.period_start
    return first <= day <= last


def worth(contract: Contract, sources: Sources, terms: PostingTerms) -> Worth:
    """Return what sources are worth by the contract, as our own invoice would bill them."""
    fees: list[BilledLine] = []
    match contract.billing_model:
        case BillingModel.TIME_AND_MATERIALS:
            fees += lines.time(sources.entries, contract, terms)
        case BillingModel.FIXED_FEE:
            for event in sources.planned:
                fees += lines.milestone(event, contract)
        case BillingModel.RETAINER:
            for event in sources.planned:
                start, end = event.period_start, event.period_end
                worked = [each for each in sources.entries if start <= each.work_date <= end]
                fees += lines.retainer(event, contract, worked, terms)
        case BillingModel.SUBSCRIPTION:
            for event in sources.planned:
                fees += lines.subscription(event, contract, terms)
    spent = lines.expenses(sources.expenses, contract)
    return Worth((*fees, *spent), sources.planned)
