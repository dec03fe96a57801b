"""What systems told, turned into the facts of revenue. Pure decisions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.invoicing.periods import months, share_of
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice, InvoiceStage
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.facts import Changed, Dated, Worked
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeRequest,
    ChangeStatus,
    ModificationAccounting,
)
from system_apis.canonical.contracts import BillingModel, Contract, ServiceLevelReport
from system_apis.canonical.delivery import Project, Resource
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import EmployeeCost
from system_apis.canonical.quality.contract import planned_price
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.team import Task
from system_apis.canonical.time import ExpenseLine, TimeEntry

IN_THE_BOOKS = {
    InvoiceStage.POSTED,
    InvoiceStage.DISPUTED,
    InvoiceStage.PARTIALLY_PAID,
    InvoiceStage.PAID,
}


class Person(Struct, frozen=True):
    """Somebody who works: as the PSA books them, and what HR says an hour of them costs."""

    resource: Resource
    costs: EmployeeCost | None

    def cost_on(self, day: date) -> Price | None:
        """Return what an hour cost on a day: by HR, else by the PSA where HR tells nothing."""
        return self.resource.cost_rate if self.costs is None else self.costs.on(day)


def price(contract: Contract, method: RevenueMethod) -> Money | None:
    """Return the price of a fixed promise: the contract's total, else its milestones'."""
    if method is RevenueMethod.RIGHT_TO_INVOICE or contract.recurring is not None:
        return None
    if contract.total_value is not None:
        return contract.total_value
    return planned_price(contract) if contract.milestones else None


def planned(contract: Contract, project: Project | None) -> Money | None:
    """Return what hours at rates come to at most: the cap, or the plan where that is less."""
    if contract.billing_model is not BillingModel.TIME_AND_MATERIALS:
        return None
    agreed = [each for each in (contract.nte_cap, contract.total_value) if each is not None]
    if agreed:
        return min(agreed, key=lambda each: each.value)
    return project.budget.price if project and project.budget else None


def estimate(contract: Contract, project: Project | None) -> Decimal | None:
    """Return the cost at completion as it was estimated last, else as the contract plans it."""
    last = project.estimate_at_completion if project else None
    for each in (last.cost if last else None, contract.planned_cost):
        if isinstance(each, Money) and each.currency == contract.currency:
            return each.value
    return None


def opening(contract: Contract, method: RevenueMethod) -> Money:
    """Return what was earned before Strata billed: what was billed, where work or fees go on."""
    goes_on = method is RevenueMethod.RIGHT_TO_INVOICE or contract.recurring is not None
    before = contract.billed_to_date if goes_on else None
    return before or Money.zero(contract.currency)


def worked(
    contract: Contract,
    entries: Iterable[TimeEntry],
    people: Mapping[str, Person],
    exchange: Exchange,
    until: date,
) -> tuple[Worked, ...]:
    """Return approved hours with what they cost and are worth, in the contract's currency."""
    listed = {each.resource.role: each.resource.list_rate for each in people.values()}
    agreed = {each.role: each.rate for each in contract.rates}

    def worth(rate: Price | None, hours: Decimal) -> Decimal | None:
        if rate is None:
            return None
        return exchange.average_of(rate.value * hours, rate.currency, contract.currency, until)

    found = []
    for each in entries:
        person = people.get(each.employee)
        found.append(
            Worked(
                employee=each.employee,
                day=each.work_date,
                hours=each.hours,
                billable=each.billable,
                cost=worth(person.cost_on(each.work_date) if person else None, each.hours),
                listed=worth(listed.get(each.role), each.hours),
                agreed=worth(agreed.get(each.role), each.hours),
            )
        )
    return tuple(found)


def spent(
    contract: Contract, expenses: Iterable[ExpenseLine], exchange: Exchange, until: date
) -> tuple[Dated, ...]:
    """Return accepted expenses in the contract's currency; without a rate one counts as none."""
    found = []
    for each in expenses:
        amount = exchange.average(each.amount, contract.currency, until)
        if amount is not None:
            found.append(Dated(each.date, Money.of(amount, contract.currency)))
    return tuple(found)


def billed(
    contract: Contract, written: Iterable[ClientInvoice], notes: Iterable[ClientCreditNote]
) -> list[Dated]:
    """Return what is posted, by its date, less what was credited, and what was billed before."""
    covered = contract.billed_until or date.min
    before = [Dated(covered, contract.billed_to_date)] if contract.billed_to_date else []
    fresh = [
        Dated(each.draft.issue_date, each.draft.net)
        for each in written
        if each.stage in IN_THE_BOOKS and each.draft.issue_date > covered
    ]
    return [
        *before,
        *fresh,
        *(Dated(each.draft.issue_date, -each.draft.net) for each in notes),
    ]


def given_back(
    contract: Contract, reports: Sequence[ServiceLevelReport], rounding: Rounding
) -> tuple[Dated, ...]:
    """Return the service credits, each on the last day of the month that it was missed in."""
    recurring = contract.recurring
    missed = {
        each.period: each.credit_percent for each in reports if not each.met and each.credit_percent
    }
    if recurring is None or not missed:
        return ()
    found = []
    for start, end in months(contract):
        percent = missed.get(f"{start:%Y-%m}")
        if percent is not None:
            fee = Money.of(
                share_of(recurring.monthly_fee.value, start, end), contract.currency, rounding
            )
            credit = Money.of(fee.value * percent / 100, contract.currency, rounding)
            found.append(Dated(end, credit))
    return tuple(found)


def accepted(contract: Contract, company: LegalEntity) -> tuple[Dated, ...]:
    """Return the milestones that the client accepted, each on the day of its acceptance."""
    found = []
    for each in contract.milestones:
        proof = each.evidence
        if proof is None or proof.document_hash is None:
            continue
        at = proof.accepted_at or proof.received_at
        if at is not None:
            found.append(Dated(company.day_of(at), each.amount))
    return tuple(found)


def changed(
    contract: Contract,
    asked: Iterable[ChangeRequest],
    method: RevenueMethod,
    company: LegalEntity,
) -> tuple[Changed, ...]:
    """Return the changes of price that were applied, each on its day, the oldest first.

    One that does not say how it is treated is caught up: it is part of what was promised.
    """
    found = []
    for each in asked:
        at = each.source.updated_at
        if each.status is ChangeStatus.APPLIED and at is not None:
            found.append(changed_by(each, method, company.day_of(at), contract.currency))
    return tuple(sorted(found, key=lambda each: each.day))


def changed_by(request: ChangeRequest, method: RevenueMethod, day: date, currency: str) -> Changed:
    """Return what a change request makes different from a day on."""
    return Changed(
        day=day,
        price=request.deltas.price or Money.zero(currency),
        effort=_effort(request.deltas, method),
        accounting=request.modification_accounting or ModificationAccounting.CUMULATIVE_CATCH_UP,
    )


def _effort(deltas: ChangeDeltas, method: RevenueMethod) -> Decimal:
    if method is RevenueMethod.INPUT_HOURS:
        return sum((each.hours for each in deltas.hours_by_role), start=Decimal(0))
    return deltas.cost.value if isinstance(deltas.cost, Money) else Decimal(0)


def hours_left(tasks: Iterable[Task]) -> Decimal | None:
    """Return the hours that tasks still take, None when no task says any."""
    told = [each.remaining_hours for each in tasks if each.remaining_hours is not None]
    return sum(told, start=Decimal(0)) if told else None


def earned_on(event: BillingEvent) -> date:
    """Return the day by which the work of an event is earned: what is billed again, when it is."""
    return event.period_end if event.sequence == 1 else max(event.period_end, event.planned_date)
