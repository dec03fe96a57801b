"""The nouns of revenue: entries, how a project stands at the end of a month, closed months."""

from datetime import date, datetime
from decimal import Context, Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, UnsetType

from system_apis.canonical.fx import RateType
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Text
from system_apis.canonical.revenue import Month, RevenueBasis, RevenueMethod

_EXACT = Context(prec=24)


class EntryKind(StrEnum):
    """What an entry books.

    `opening` was earned before the first month that Strata books, `true_up` in an earlier
    month, `loss_provision` is no revenue: it provides for a loss that is still to come.
    """

    OPENING = "opening"
    RECOGNIZED = "recognized"
    TRUE_UP = "true_up"
    LOSS_PROVISION = "loss_provision"


OF_THE_MONTH = frozenset({EntryKind.RECOGNIZED, EntryKind.TRUE_UP})
REVENUE = OF_THE_MONTH | {EntryKind.OPENING}


class Rate(Struct, frozen=True, kw_only=True):
    """What one unit of a currency is worth in another: by which kind of rate, of which day."""

    rate: Decimal
    rate_type: RateType
    rate_date: date

    def worth(self, value: Decimal) -> Decimal:
        """Return a value in the other currency, free of where the digits of a rate were cut.

        A third has no end: 0.075 of it are 0.025 all the same, and are rounded as that.
        """
        return _EXACT.plus(value * self.rate)


class Functional(Struct, frozen=True, kw_only=True):
    """An amount in the company's own currency, at the rate of its month."""

    amount: Money
    at: Rate


class RevenueEntry(Struct, frozen=True, kw_only=True):
    """One line of the revenue ledger; it is never edited: a correction is another entry.

    `cumulative` is what all entries of its kinds come to with it, `basis` what its month's
    revenue was worked out from where cost measures it.
    """

    id: Id
    project_number: str
    contract_number: str
    legal_entity: str
    month: Month
    sequence: int
    kind: EntryKind
    method: RevenueMethod
    amount: Money
    cumulative: Money
    functional: Functional | None
    basis: RevenueBasis | None
    terms_version: int
    booked_by: str
    booked_at: datetime


class Lost(Struct, frozen=True, kw_only=True):
    """What was earned or done in a month and is not kept.

    `write_off` is what was given up in the month, without tax; months of before do not tell it.
    """

    over_cap: Money
    rework_at_contract_rate: Money
    service_credit: Money
    write_off: Money | None = None

    @property
    def total(self) -> Money:
        """All of it."""
        kept_less = self.over_cap + self.rework_at_contract_rate + self.service_credit
        return kept_less if self.write_off is None else kept_less + self.write_off


class MonthEarned(Struct, frozen=True, kw_only=True):
    """What the entries of a project's month are to come to: what was earned by its end.

    `limit` is the most that may be recognized, where the price is fixed (DQ-F9).
    """

    project_number: str
    contract_number: str
    legal_entity: str
    month: Month
    method: RevenueMethod
    earned_before: Money
    earned: Money
    provision: Money
    limit: Money | None
    basis: RevenueBasis | None
    rate: Rate | None
    functional_currency: str
    terms_version: int


class RevenueDraft(Struct, frozen=True, kw_only=True):
    """What would be booked of a project's month, for finance to approve.

    `earned` and `provision` are what the books would come to by the month's end, `to_book` what
    they lack of it, and `is_booked` whether they lack nothing.
    """

    project_number: str
    legal_entity: str
    month: Month
    earned: Money
    provision: Money
    to_book: Money
    is_booked: bool


class Costs(Struct, frozen=True, kw_only=True):
    """What a project's month cost, and what that leaves; `people` says of how many it is.

    What rests on an hour without a cost rate is absent. `planned_margin` is that of the whole
    contract at its estimate, `loss_provision` what is provided for a loss by now.
    """

    labor_cost: Money | None
    expenses: Money
    total_cost: Money | None
    margin: Money | None
    margin_pct: Decimal | None
    planned_margin: Decimal | None
    loss_provision: Money
    people: int


# Of one person, the cost divided by the hours is that person's cost rate.
CostFigures = Annotated[
    Costs | UnsetType, Meta(extra={"scope": "system:psa:read_cost", "total_of": "people"})
]


class ProjectStanding(Struct, frozen=True, kw_only=True):
    """How a project stands at the end of a month: what it earned, billed, cost and has to come.

    `recognized` and `billed` are from the beginning on, `revenue` and what follows it of the
    month. `fee_revenue` is without the expenses that the client pays.
    """

    project_number: str
    contract_number: str
    legal_entity: str
    business_unit: str | None
    currency: str
    month: Month
    method: RevenueMethod
    terms_version: int
    as_of: datetime
    price: Money | None
    recognized: Money
    billed: Money
    contract_asset: Money
    contract_liability: Money
    percent_complete: Decimal | None
    backlog: Money | None
    revenue: Money
    fee_revenue: Money
    revenue_if_output_method: Money | None
    hours: Decimal
    list_value: Money | None
    realization: Decimal | None
    leakage: Lost
    costs: CostFigures


class PeriodStatus(StrEnum):
    """Whether entries of a company's month may change."""

    OPEN = "open"
    CLOSED = "closed"


class Waiting(Struct, frozen=True, kw_only=True):
    """Something of a month that is not settled: what kind it is, how much of it, which ones."""

    code: str
    owner: str
    remedy: str
    count: int
    subjects: tuple[str, ...]
    amounts: tuple[Money, ...] = ()


class AccountingPeriod(Struct, frozen=True, kw_only=True):
    """One month of one company: open or closed, since when, by whom and why."""

    legal_entity: str
    month: Month
    status: PeriodStatus = PeriodStatus.OPEN
    version: int = 0
    changed_by: str | None = None
    changed_at: datetime | None = None
    reason: Text | None = None
