"""The facts that consequences are worked out from, as the systems and our ledgers told them."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.change_requests.records import Happening
from process_apis.change_requests.terms import ChangeTerms
from process_apis.project_to_cash.records import EventStatus
from system_apis.canonical.billing import FiscalPeriod, PostingTerms
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract, MilestoneTerms
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.procurement import OrderLine
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.team import Booking


class Billed(Struct, frozen=True, kw_only=True):
    """The billing event of a milestone: where it stands, and when it is to be billed."""

    id: str
    milestone: str
    status: EventStatus
    planned_date: date


class Ordered(Struct, frozen=True, kw_only=True):
    """A line of a purchase order, with the hours that were worked on it already.

    `rate_of_currency` is what its currency is worth in the reporting currency.
    """

    purchase_order_id: str
    number: str
    revision: int
    total: Money
    line: OrderLine
    worked: Decimal
    rate_of_currency: Decimal | None

    @property
    def reported(self) -> Decimal | None:
        """What the order comes to in the reporting currency, if its currency has a rate."""
        rate = self.rate_of_currency
        return None if rate is None else self.total.value * rate

    @property
    def left(self) -> Decimal:
        """How many of the hours may still be worked."""
        return max(Decimal(0), self.line.quantity - max(self.line.received, self.worked))


class Asked(Struct, frozen=True, kw_only=True):
    """How a milestone is to be: on which day, for how much, with how many hours of contractors.

    Without a day it stays on its own. `acceptance_is_void` says of a milestone that is opened
    again that its client never accepted it.
    """

    planned_date: date | None = None
    what: Happening = Happening.DATE
    acceptance_is_void: bool = False
    amount: Money | None = None
    contractor_hours: Decimal | None = None


class Judged(Struct, frozen=True, kw_only=True):
    """What facts are judged by: the firm's terms and their version, and the day it is.

    `ground` stands for the facts.
    """

    terms: ChangeTerms
    terms_version: int
    as_of: date
    ground: str


class MilestoneFacts(Struct, frozen=True, kw_only=True):
    """One milestone, with all that hangs on its date.

    `bookings` are those of everybody whose work ends with it, on any project; `away` the days
    on which one of them is off.
    """

    contract: Contract
    milestone: MilestoneTerms
    event: Billed | None
    asked: Asked
    method: RevenueMethod | None
    company: LegalEntity
    fiscal_year_start: str
    posting: PostingTerms
    period_before: FiscalPeriod | None
    period_after: FiscalPeriod | None
    bookings: tuple[Booking, ...]
    orders: tuple[Ordered, ...]
    away: tuple[tuple[str, date], ...] = ()

    @property
    def before(self) -> date:
        """The day on which it is planned now."""
        return self.milestone.planned_date

    @property
    def after(self) -> date:
        """The day on which it is to be."""
        return self.asked.planned_date or self.before


class Work(Struct, frozen=True, kw_only=True):
    """How the price of a contract is earned so far: `done` of `whole`, in cost, hours or days.

    `by_effort` says that it is cost or hours; `cost` is the cost at completion, and `people` how
    many worked so far. `recognized_after` is what will be earned once the change is made.
    """

    price: Money | None
    done: Decimal
    whole: Decimal | None
    recognized: Money
    recognized_after: Money
    billed: Money
    cost: Decimal | None
    by_effort: bool
    people: int


class ChangeFacts(Struct, frozen=True, kw_only=True):
    """One change request, with its contract and how far the contract's work is."""

    request: ChangeRequest
    contract: Contract
    method: RevenueMethod | None
    company: LegalEntity
    work: Work
    bills: tuple[Billed, ...]
    orders: tuple[Ordered, ...] = ()
