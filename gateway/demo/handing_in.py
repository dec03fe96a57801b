"""People hand in hours and expenses that the firm's policy judges; approvers decide the rest.

The facts tell when an approver said no. Hours that are to be judged, and that nothing blocks, are
never agreed to, so that they change no figure.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

from msgspec import Struct

from gateway.demo.deciding import Deciders
from gateway.demo.facts import JudgedEntry, JudgedExpense, StoryFacts
from gateway.demo.visitor import Tell, Visitor, until
from gateway.firm import Firm
from process_apis.time_and_expense.records import (
    WAITING,
    EntryWish,
    ExpenseWish,
    HandedIn,
    RowStatus,
)
from system_apis.canonical.money import Money
from system_apis.canonical.time import Trip
from system_apis.systems import SystemKind

WORK = "/process/time-and-expense/v1"
IN_THE_EVENING = clock_time(20, tzinfo=UTC)
_FRIDAY = 4
Reach = Callable[[datetime], Awaitable[None]]


class Planned(Struct, frozen=True):
    """Something that is handed in at a moment, and when an approver says no, if one does."""

    at: datetime
    wish: EntryWish | ExpenseWish
    rejected_at: datetime | None
    is_doubtful: bool


class HandingIn:
    """The chapter of what is handed in, day by day."""

    def __init__(
        self, visitor: Visitor, deciders: Deciders, firm: Firm, facts: StoryFacts, tell: Tell
    ) -> None:
        self._visitor, self._deciders, self._tell = visitor, deciders, tell
        # Without an HR system nobody can say who somebody is: then nothing is handed in.
        judged = firm.served(SystemKind.HR)
        self._plans = _plans(facts, firm) if judged else []
        self.rows: dict[str, HandedIn] = {}

    def days(self) -> set[date]:
        """Return the days on which something is handed in or decided."""
        said = [each.rejected_at for each in self._plans if each.rejected_at]
        return {each.date() for each in (*(plan.at for plan in self._plans), *said)}

    async def on(self, day: date, reach: Reach) -> None:
        """Hand in what is handed in on a day, and say no where an approver does."""
        for plan in self._plans:
            if plan.at.date() == day:
                await reach(plan.at)
                await self._hand_in(plan)
        for plan in self._plans:
            row = self.rows.get(plan.wish.number)
            said = plan.rejected_at
            if row is not None and row.status in WAITING and said and said.date() <= day:
                await reach(said)
                await self._reject(row)

    async def _hand_in(self, plan: Planned) -> None:
        wish = plan.wish
        if plan.is_doubtful or plan.rejected_at:
            self._deciders.undecided.add(wish.number)
        kind = "entries" if isinstance(wish, EntryWish) else "expenses"
        row = await self._visitor.send(
            wish.employee, "POST", f"{WORK}/{kind}", wish, HandedIn, key=f"hand-in-{wish.number}"
        )
        self.rows[wish.number] = row
        found = row.named
        why = f", {found.code} {found.name}: {found.reason}" if found else ""
        self._tell(f"  {row.handed_in_at:%Y-%m-%d} {wish.number} is {row.status}{why}")
        if row.status in WAITING and wish.number not in self._deciders.undecided:
            await self._become(row, RowStatus.APPROVED)
        elif row.status in WAITING and not plan.rejected_at:
            await self._reject(row)

    async def _reject(self, row: HandedIn) -> None:
        self._deciders.stillness.wake()

        async def rejected() -> bool:
            await self._deciders.stillness.look()
            said = await self._deciders.reject(row.reference, "NOT_AGREED")
            return said or self._deciders.stillness.is_stuck

        await until(rejected, f"the rejection of {row.reference}")
        await self._become(row, RowStatus.REJECTED)

    async def _become(self, row: HandedIn, status: RowStatus) -> None:
        """Let everybody decide until a row stands somewhere, or nobody of the firm may decide."""
        self._deciders.stillness.wake()

        async def is_so() -> bool:
            await self._deciders.decide_all()
            path = f"{WORK}/handed-in/{row.id}"
            self.rows[row.wish.number] = await self._visitor.get(row.wish.employee, path, HandedIn)
            return self.rows[row.wish.number].status is status or self._deciders.stillness.is_stuck

        await until(is_so, f"{row.reference} being {status}")


def _plans(facts: StoryFacts, firm: Firm) -> list[Planned]:
    """Return what people of the firm hand in, in the order of its moments.

    Trips come before their meals. A person whom the firm does not know hands nothing in.
    """
    end = firm.period.end
    plans = [
        *(_hours(each) for each in facts.bad_time_entries),
        *(_spent(each, end) for each in sorted(facts.expenses, key=lambda one: one.trip is None)),
    ]
    known = [each for each in plans if firm.person(each.wish.employee)]
    return sorted(known, key=lambda each: each.at)


def _hours(row: JudgedEntry) -> Planned:
    wish = EntryWish(
        number=row.id,
        employee=row.employee,
        project_number=row.project,
        work_date=row.work_date,
        hours=row.hours,
        billable=row.billable,
        task=row.task,
        notes=row.notes,
    )
    at = row.submitted_at or datetime.combine(row.work_date, IN_THE_EVENING)
    return Planned(at, wish, row.rejected_at, is_doubtful=True)


def _spent(row: JudgedExpense, end: date) -> Planned:
    currency = row.currency
    wish = ExpenseWish(
        number=row.id,
        employee=row.employee,
        project_number=row.project,
        date=row.date,
        category=row.category,
        amount=Money.of(row.amount, currency),
        merchant=row.merchant,
        billable=row.billable,
        receipt_hash=row.receipt,
        trip=Trip(row.trip.start, row.trip.end) if row.trip else None,
        daily=Money.of(row.daily, currency) if row.daily is not None else None,
        nights=row.nights,
        cap_per_night=Money.of(row.cap_per_night, currency) if row.cap_per_night else None,
    )
    friday = row.date + timedelta(days=_FRIDAY - row.date.weekday())
    at = datetime.combine(min(max(row.date, friday), max(end, row.date)), IN_THE_EVENING)
    return Planned(row.submitted_at or at, wish, row.rejected_at, is_doubtful=False)
