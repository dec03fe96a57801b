"""Revenue schedules: what of a contract's price is earned when. Source: handbook, 1.5 and 3(d)."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Cost, Money
from system_apis.canonical.record import Id, Text

Month = Annotated[
    str,
    Meta(
        pattern=r"\A[1-9][0-9]{3}-(0[1-9]|1[0-2])\Z",
        description="A month of the calendar.",
        examples=["2026-10"],
    ),
]


class RevenueMethod(StrEnum):
    """How revenue follows from work (ASC 606, IFRS 15)."""

    RIGHT_TO_INVOICE = "right_to_invoice"
    INPUT_COST = "input_cost"
    INPUT_HOURS = "input_hours"
    OUTPUT_MILESTONE = "output_milestone"
    STRAIGHT_LINE = "straight_line"
    POINT_IN_TIME = "point_in_time"


class ScheduleStatus(StrEnum):
    """Whether a schedule goes on."""

    OPEN = "open"
    COMPLETE = "complete"
    REPLACED = "replaced"


class RevenueBasis(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a period's revenue was computed from."""

    cost_incurred: Cost
    estimate_at_completion: Cost
    share: Decimal

    def __post_init__(self) -> None:
        costs = (self.cost_incurred, self.estimate_at_completion)
        if len({each.currency for each in costs if isinstance(each, Money)}) > 1:
            raise ValueError("the costs of a basis are in one currency")
        if not 0 <= self.share <= 1:
            raise ValueError("a share of the work is from 0 to 1")


class RevenueLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One month: what was planned, what was recognised, and what that makes so far."""

    period: Month
    planned: Money
    recognized: Money
    cumulative: Money
    basis: RevenueBasis | None = None
    journal: Text | None = None
    locked: bool = False


class RevenueSchedule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The revenue of one performance obligation, month by month."""

    id: Id
    contract_id: Id
    legal_entity: Text
    performance_obligation: Text
    method: RevenueMethod
    transaction_price: Money
    standalone_price: Money | None = None
    lines: tuple[RevenueLine, ...] = ()
    billed: Money
    contract_asset: Money
    contract_liability: Money
    status: ScheduleStatus

    def __post_init__(self) -> None:
        periods = [each.period for each in self.lines]
        if periods != sorted(set(periods)):
            raise ValueError("a schedule has each month once, in order")
        total = Money.zero(self.transaction_price.currency)
        for line in self.lines:
            total = total + line.recognized
            if line.cumulative != total:
                raise ValueError("the cumulative revenue is the sum of what was recognized so far")
        if self.transaction_price < total:
            raise ValueError("no more is recognized than the transaction price")
        nothing = Money.zero(total.currency)
        ahead = total - self.billed
        asset, liability = (nothing, -ahead) if ahead < nothing else (ahead, nothing)
        if (self.contract_asset, self.contract_liability) != (asset, liability):
            raise ValueError("asset and liability are what was recognized less what was billed")
