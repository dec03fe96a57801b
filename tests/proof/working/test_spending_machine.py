"""However expenses are handed in, decided and handed in anew, each is asked about and kept once."""

from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, precondition, rule
from msgspec.structs import replace

from process_apis.approvals.requests import Approval, Decision
from process_apis.commands import CommandStatus
from process_apis.errors import Conflict
from process_apis.events.time_and_expense import WorkHandedIn
from process_apis.time_and_expense.records import ExpenseWish, HandedIn, PaidBy, Severity
from system_apis.canonical.money import Money
from system_apis.canonical.time import Trip
from tests.faults.changed_project import COMPANY
from tests.firms.amounts import as_of
from tests.proof.on_sandbox import OnSandbox
from tests.proof.seeds import from_each_seed, plays
from tests.proof.working.reckoned import BLOCKED, REJECTED, WAITING
from tests.proof.working.reckoned_spending import Claim, Spending, Spent
from tests.proof.working.worked_month import DECIDE, WorkedMonth, worked_month

WORKERS = ("E201", "E202", "C901")
FEW = st.sampled_from([date(2026, 11, day) for day in (5, 6, 9)] + [date(2026, 9, 11)])
DAILY = Fraction(28)
AMOUNTS = st.sampled_from(
    [*map(Fraction, ("12.5", "49", "74.99", "454.54", "454.55", "4545.45", "4545.46", "6000"))]
)
COMMON = {
    "who": st.sampled_from(WORKERS),
    "day": FEW,
    "merchant": st.sampled_from((None, "Kade", "Taxi 7")),
    "receipt": st.none() | st.integers(1, 9).map(str),
    "billable": st.booleans(),
    "on_card": st.sampled_from((False, False, True)),
}
BOUGHT = st.builds(
    lambda paid, **more: Spent(currency=paid[0], rate=paid[1], **more),
    category=st.sampled_from(("taxi", "meal", "alcohol", "meal")),
    amount=AMOUNTS,
    # A dollar is 0.909 euros: within three percent, and just not.
    paid=st.sampled_from(
        [
            ("EUR", None),
            ("EUR", None),
            ("USD", None),
            ("USD", Fraction("0.91")),
            ("USD", Fraction("0.94")),
            ("CHF", None),
        ]
    ),
    **COMMON,
)
SLEPT = st.builds(
    lambda **told: Spent(**told),
    category=st.just("hotel"),
    amount=st.sampled_from([*map(Fraction, (120, 240, "240.01", 360))]),
    nights=st.integers(1, 3),
    cap=st.none() | st.just(Fraction(120)),
    **COMMON,
)
TRAVELLED = st.builds(
    lambda days, more, **told: Spent(
        category="per_diem",
        days=days,
        daily=DAILY,
        amount=DAILY * (Fraction(3, 4) if days == 1 else days - Fraction(1, 2)) + more,
        **told,
    ),
    days=st.integers(1, 4),
    more=st.sampled_from((Fraction(0), Fraction(0), Fraction("0.01"))),
    who=st.sampled_from(WORKERS),
    day=FEW,
)
SPENT = st.one_of(BOUGHT, SLEPT, TRAVELLED)


class Expenses(OnSandbox):
    """Three people's expenses. The model knows how each stands, and who is still to agree."""

    numbers: Bundle[str] = Bundle("numbers")
    project: WorkedMonth

    def __init__(self) -> None:
        super().__init__()
        self.spending = Spending()
        self.wishes: dict[str, ExpenseWish] = {}

    def scene(self, folder: Path) -> AbstractAsyncContextManager[WorkedMonth]:
        """Return the month in which money is spent."""
        return worked_month(folder)

    @initialize(target=numbers, steps=st.integers(0, 4), said=SPENT)
    def begin(self, steps: int, said: Spent) -> str:
        """A large expense is agreed to by three, one of whom was silent, though cut off."""
        large = self._hand_in(Spent("E202", date(2026, 11, 6), "taxi", Fraction(6000), receipt="0"))
        self.cut_off(steps)
        self._hand_in(said)
        self.decide(large, agreed=True)
        self.wait(14)
        while self.spending.claims[large][-1].status in WAITING:
            self.decide(large, agreed=True)
        return large

    @rule(target=numbers, said=SPENT)
    def hand_in(self, said: Spent) -> str:
        """Somebody hands an expense in."""
        return self._hand_in(said)

    @rule(number=numbers)
    def hand_in_again(self, number: str) -> None:
        """The same is told again, and nothing comes of it."""
        row = self._told(self.wishes[number])
        if row.status.value != BLOCKED:
            self._goes_on(row)

    @rule(number=numbers)
    def say_otherwise(self, number: str) -> None:
        """Something else under the same version is refused."""
        with pytest.raises(Conflict):
            self._told(replace(self.wishes[number], merchant="Another"))

    @rule(number=numbers, said=SPENT)
    def hand_in_anew(self, number: str, said: Spent) -> None:
        """What was blocked or rejected is said otherwise; what waits, or is agreed, is not."""
        versions = self.spending.claims[number]
        said = said._replace(who=versions[-1].said.who)
        wish = _wish(number, said, follows=len(versions))
        if versions[-1].status not in {BLOCKED, REJECTED}:
            with pytest.raises(Conflict):
                self._told(wish)
            return
        self._taken(number, wish, self.spending.judged(number, said, self.project.today))

    @rule(number=numbers, agreed=st.sampled_from((True, True, False)))
    def decide(self, number: str, *, agreed: bool) -> None:
        """The first of those who are asked answers."""
        if not self.spending.claims[number][-1].left:
            return
        who = self.spending.answer(number, agreed=agreed)
        asked = self.run(self.project.asked(who))
        [ours] = [each for each in asked if _named(each) == number]
        decision = Decision.APPROVE if agreed else Decision.REJECT
        for follows in self.run(self.project.answered(ours, decision, by=who)):
            assert self.run(self.done(follows)) is CommandStatus.DONE

    @precondition(lambda self: self.project.today < date(2026, 12, 20))
    @rule(days=st.sampled_from((1, 3, 6, 9)))
    def wait(self, days: int) -> None:
        """Some days go by, and whoever was silent for too long is asked past."""
        self.run(self.project.on(self.project.today + timedelta(days=days)))
        self.run(self.project.look())
        self.spending.look(self.project.today)

    @invariant()
    def the_books_say_so(self) -> None:
        """The PSA holds each version once as it was decided, and who must is asked."""
        psa = self.project.systems.psas["psa"]
        first, last = date(2026, 9, 1), date(2026, 12, 31)
        lines = [
            each
            for who in WORKERS
            for each in self.run(psa.expenses_of(employee_number=who, start=first, end=last))
            if each.number.startswith("X-")
        ]
        asked = {who: self.run(self.project.asked(who)) for who in DECIDE}
        numbers = {who: set(map(_named, found)) for who, found in asked.items() if found}

        held = {each.number: (Fraction(each.amount.amount), each.status.value) for each in lines}
        assert held == self.spending.in_books()
        assert len(held) == len(lines)
        assert numbers == self.spending.asked()

    def _hand_in(self, said: Spent) -> str:
        number = f"X-{len(self.wishes) + 1}"
        meant = self.spending.judged(number, said, self.project.today)
        self._taken(number, _wish(number, said), meant)
        return number

    def _taken(self, number: str, wish: ExpenseWish, meant: Claim) -> None:
        row = self._told(wish)
        wrong = {e.code for e in row.findings if e.severity is not Severity.WARN}
        assert (frozenset(wrong), row.status.value) == (meant.wrong, meant.status), (row, meant)
        self.wishes[number] = wish
        self.spending.take(number, meant)
        if meant.status in WAITING:
            self._goes_on(row)

    def _told(self, wish: ExpenseWish) -> HandedIn:
        return self.run(self.project.handed_in(wish, by=wish.employee))

    def _goes_on(self, row: HandedIn) -> None:
        event = WorkHandedIn(row_id=row.id, version=row.version, legal_entity=COMPANY)
        assert self.run(self.done(event)) is CommandStatus.DONE


def _named(asked: Approval) -> str:
    """Return the number of what is asked about, whatever its version."""
    return asked.title.partition(": ")[2].partition(",")[0].partition("/")[0]


def _wish(number: str, said: Spent, follows: int = 0) -> ExpenseWish:
    trip = Trip(said.day, said.day + timedelta(days=said.days - 1))

    def money(amount: Fraction | None) -> Money | None:
        return None if amount is None else Money.of(as_of(amount), said.currency)

    return ExpenseWish(
        number=number,
        employee=said.who,
        project_number="P-2001",
        date=said.day,
        category=said.category,
        amount=Money.of(as_of(said.amount), said.currency),
        merchant=said.merchant,
        billable=said.billable,
        receipt_hash=said.receipt and f"sha256:{said.receipt:0>64}",
        paid_by=PaidBy.COMPANY_CARD if said.on_card else PaidBy.PERSON,
        trip=trip if said.category == "per_diem" else None,
        daily=money(said.daily),
        nights=said.nights if said.category == "hotel" else None,
        cap_per_night=money(said.cap),
        claimed_rate=None if said.rate is None else Decimal(as_of(said.rate)),
        follows=follows,
    )


@pytest.mark.timeout(900)
@from_each_seed
def test_each_expense_is_decided_and_kept_once(seed: int) -> None:
    """With repeats, new versions, silence, lost answers and cuts on the way."""
    plays(Expenses, seed=seed, times=3, steps=12, pure=False)
