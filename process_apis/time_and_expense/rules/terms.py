"""What a firm tolerates of time and expenses, and who decides the rest: the handbook's values [P].

A firm sets editions of its own. What a law says is known [K] and stands at the rule; its limits
are here, since laws are changed too.
"""

from datetime import date, time, timedelta
from decimal import Decimal

from msgspec import Struct, field
from stdnum.eu import vat

from system_apis.canonical.quality.expense import NO_RECEIPT_BELOW

EU = frozenset(each.upper() for each in vat.MEMBER_STATES)


class Exemption(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A day limit that a person need not keep for a while, as an authority allowed."""

    employee: str
    codes: tuple[str, ...]
    start: date
    end: date

    def holds(self, employee: str, code: str, day: date) -> bool:
        """Whether it is for a person, a rule and a day."""
        return self.employee == employee and code in self.codes and self.start <= day <= self.end


class TimeTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked of hours."""

    hours_of_a_day: Decimal = Decimal(12)
    lawful_hours_of_a_day: dict[str, Decimal] = field(default_factory=lambda: {"DE": Decimal(10)})
    hours_of_a_week: Decimal = Decimal(48)
    weekly_limit_in: frozenset[str] = EU | {"GB"}
    days_of_rest_in: frozenset[str] = frozenset({"DE"})
    exemptions: tuple[Exemption, ...] = ()
    due_on_monday_at: time = time(12)
    stale_after_days: int = 14
    alike_above_hours: Decimal = Decimal(8)
    warned_over_booking: Decimal = Decimal("0.10")
    held_over_booking: Decimal = Decimal("0.20")
    letters_of_notes: int = 10
    notes_for_contracts: frozenset[str] = frozenset()
    shares_of_cap: tuple[Decimal, ...] = (Decimal("0.8"), Decimal("0.9"), Decimal(1))
    internal_projects: frozenset[str] = frozenset({"INT"})


class ExpenseTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked of expenses; caps and per diems are by currency where the firm sets them."""

    every_receipt_in: frozenset[str] = EU
    no_receipt_below: dict[str, Decimal] = field(default_factory=lambda: dict(NO_RECEIPT_BELOW))
    lodging: frozenset[str] = frozenset({"hotel"})
    night_caps: dict[str, Decimal] = {}
    meals: frozenset[str] = frozenset({"meal"})
    per_diems: dict[str, Decimal] = {}
    share_of_travel_days: Decimal = Decimal("0.75")
    stale_after_days: int = 60
    rate_tolerance: Decimal = Decimal("0.03")
    never_billable: frozenset[str] = frozenset({"alcohol", "fines"})
    client_caps: dict[str, Decimal] = {}


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to an amount in the reporting currency, itself included, these roles approve."""

    roles: tuple[str, ...]
    up_to: Decimal | None = None


class RoutingTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is asked, and how long an answer may take, in hours of business.

    `also_in` names roles that a country's companies ask besides.
    """

    expense_tiers: tuple[Tier, ...] = (
        Tier(("line_manager",), Decimal(500)),
        Tier(("line_manager", "project_manager"), Decimal(5000)),
        Tier(("line_manager", "project_manager", "finance")),
    )
    also_in: dict[str, tuple[str, ...]] = {}
    clean_time_approves_itself_in: frozenset[str] = frozenset()
    clean_time_after: timedelta = timedelta(hours=24)
    time_within: Decimal = Decimal(24)
    expense_within: Decimal = Decimal(48)
    reminded_at: Decimal = Decimal("0.5")
    escalated_at: Decimal = Decimal(1)
    to_finance_at: Decimal = Decimal(2)
    last_resort: str = "finance"


class LockTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Until which day of the next month a month takes hours, and whose."""

    lock_day: int = 3
    override_day: int = 5
    override_roles: frozenset[str] = frozenset({"finance"})


class PayTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What hours are called in payroll."""

    regular: str = "REGULAR"
    overtime: str = "OVERTIME"
    rest_day: str = "REST_DAY"


class TimeAndExpenseTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that a firm sets about time and expenses."""

    time: TimeTerms = TimeTerms()
    expense: ExpenseTerms = ExpenseTerms()
    routing: RoutingTerms = RoutingTerms()
    lock: LockTerms = LockTerms()
    pay: PayTerms = PayTerms()
