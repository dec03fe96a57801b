"""However hours are handed in, corrected, decided and told, the books hold what was agreed."""

from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from msgspec.structs import replace

from process_apis.approvals.requests import Approval, Decision
from process_apis.commands import CommandStatus
from process_apis.errors import Conflict, NothingTaken
from process_apis.events.time_and_expense import PayRunAsked, WorkHandedIn
from process_apis.time_and_expense.records import EntryWish, HandedIn, Severity
from tests.faults.changed_project import COMPANY
from tests.firms.amounts import as_of
from tests.proof.on_sandbox import OnSandbox
from tests.proof.seeds import from_each_seed, plays
from tests.proof.working.reckoned import (
    BLOCKED,
    STRUCK_OUT,
    WAITING,
    Month,
    Said,
    StandsIn,
    Version,
)
from tests.proof.working.worked_month import DECIDE, WorkedMonth, worked_month

WORKERS = ("E201", "E202", "C901")
# What each is booked for in November's 21 days: 35 % of a full week, and twice 80 %.
BOOKED = {"E201": Fraction("58.8"), "E202": Fraction("134.4"), "C901": Fraction("134.4")}
DAYS, QUARTERS = st.integers(2, 30), st.integers(-2, 44)
SAID = st.tuples(st.sampled_from(WORKERS), DAYS, QUARTERS, st.sampled_from("AB"))


class Hours(OnSandbox):
    """Three people's November. The model knows how each version of their hours stands."""

    numbers: Bundle[str] = Bundle("numbers")
    project: WorkedMonth

    def __init__(self) -> None:
        super().__init__()
        self.month = Month(BOOKED)
        self.wishes: dict[str, EntryWish] = {}
        self.takers: dict[str, str] = {}
        self.runs = 0

    def scene(self, folder: Path) -> AbstractAsyncContextManager[WorkedMonth]:
        """Return the month in which hours are handed in."""
        return worked_month(folder)

    @initialize(
        target=numbers,
        steps=st.integers(0, 9),
        quarters=st.integers(34, 40),
        silence=st.sampled_from((2, 3, 6, 9)),
    )
    def begin(self, steps: int, quarters: int, silence: int) -> MultipleResults[str]:
        """Days are approved and paid, and then were others, whatever happens meanwhile."""
        own = self._hand_in(("E202", 9, quarters, "A"))
        self.decide(own, approved=True)
        self.delegate("U-FI1", 0)
        self.delegate("U-PM9", 0)
        bought = self._hand_in(("C901", 9, quarters, "A"))
        self.decide(bought, approved=True)
        self.pay()
        self.the_books_say_so()
        self.cut_off(steps)
        self.correct(own, quarters - 8, 0)
        self.decide(own, approved=True)
        self.correct(own, 42, 0)
        self.correct(bought, quarters - 1, 0)
        self.decide(bought, approved=False)
        late = self._hand_in(("E202", 9, 8, "B"))
        self.correct(late, 4, 0)
        self.strike_out(late, 0)
        self.strike_out(bought, 0)
        self.decide(bought, approved=True)
        self.pay()
        silent = self.fall_silent("E202", silence)
        self.decide(silent, approved=True)
        return multiple(own, bought, late, silent)

    @precondition(lambda self: self.project.today < date(2026, 12, 1))
    @rule(target=numbers, who=st.sampled_from(WORKERS), days=st.sampled_from((3, 6, 9)))
    def fall_silent(self, who: str, days: int) -> str:
        """Hours of some days ago are handed in, and whoever is asked about them is silent."""
        number = self._hand_in((who, 6, 5 + len(self.wishes), "A"))
        self.wait(days)
        return number

    @precondition(lambda self: self.project.today < date(2026, 12, 1))
    @rule(target=numbers, quarters=st.integers(1, 8))
    def month_ends(self, quarters: int) -> MultipleResults[str]:
        """Hours of November are handed in day by day until nobody may: finance longest."""
        handed_in = []
        for day in (3, 4, 5, 6):
            self.run(self.project.on(date(2026, 12, day)))
            self.look()
            for finance in (False, True):
                said = ("E201", 23 + day, quarters, "AB"[finance])
                handed_in.append(self._hand_in(said, finance=finance))
        return multiple(*handed_in)

    @rule(target=numbers, told=SAID, finance=st.booleans(), notes=st.sampled_from(("", "night")))
    def hand_in(self, told: tuple[str, int, int, str], *, finance: bool, notes: str) -> str:
        """Somebody hands hours in, or finance does it for them."""
        return self._hand_in(told, finance=finance, notes=notes)

    @rule(number=numbers)
    def hand_in_again(self, number: str) -> None:
        """The same is told again, and nothing comes of it."""
        row = self.run(self.project.handed_in(self.wishes[number], by=self.takers[number]))
        if row.status.value != BLOCKED:
            self._goes_on(row)

    @rule(number=numbers)
    def say_otherwise(self, number: str) -> None:
        """Something else under the same version is refused."""
        wish = self.wishes[number]
        other = replace(wish, hours=wish.hours + 1)
        try:
            self.run(self.project.handed_in(other, by=wish.employee))
        except Conflict:
            return
        raise AssertionError(f"{number} was taken otherwise")

    @rule(number=numbers, later=st.sampled_from((0, 0, 0, 1)))
    def strike_out(self, number: str, later: int) -> None:
        """Nothing was worked; whoever approved hours is asked, and a wrong day is refused."""
        taken = self.month.taken_away(number)
        said = taken or self.month.claims[number][-1].said
        day = said.day + timedelta(days=later)
        said = said._replace(hours=Fraction(0), day=day)
        meant = self.month.struck_out(number, said, self.project.today)
        wish = _wish(number, said, follows=len(self.month.claims[number]))
        try:
            row = self.run(self.project.corrected(wish))
        except NothingTaken:
            assert meant.status == BLOCKED, (wish, meant)
            return
        except Conflict:
            assert taken is not None
            assert later
            return
        assert taken is None or not later
        self.wishes[number], self.takers[number] = wish, wish.employee
        self._taken(number, row, meant)

    # Hours of nothing strike a row out, as another rule has it.
    @rule(number=numbers, quarters=QUARTERS.filter(bool), later=st.sampled_from((0, 0, 1, -1)))
    def correct(self, number: str, quarters: int, later: int) -> None:
        """It was other hours, or of another day; when that is blocked, all stays as it was."""
        said = self.month.claims[number][-1].said
        day = min(said.day + timedelta(days=later), date(2026, 11, 30))
        said = said._replace(hours=Fraction(quarters, 4), day=day)
        meant = self.month.judged(number, said, self.project.today, finance=False)
        wish = _wish(number, said, follows=len(self.month.claims[number]))
        try:
            row = self.run(self.project.corrected(wish))
        except NothingTaken:
            assert meant.status == BLOCKED, (wish, meant)
            return
        self.wishes[number], self.takers[number] = wish, wish.employee
        self._taken(number, row, meant)

    @rule(number=numbers, approved=st.sampled_from((True, True, False)))
    def decide(self, number: str, *, approved: bool) -> None:
        """Whoever is asked about it answers, and nobody else is asked."""
        last = self.month.claims[number][-1]
        if last.asked is None:
            return
        decision = Decision.APPROVE if approved else Decision.REJECT
        asked = self.run(self.project.asked(last.asked))
        [ours] = [each for each in asked if _named(each) == number]
        for follows in self.run(self.project.answered(ours, decision, by=last.asked)):
            assert self.run(self.done(follows)) is CommandStatus.DONE
        self.month.decide(number, approved=approved)

    @rule(delegate=st.sampled_from(("U-PM9", "U-FI1")), first=st.integers(0, 2))
    def delegate(self, delegate: str, first: int) -> None:
        """The project manager is away; who is none does not stand in for them."""
        begins = self.project.today + timedelta(days=first)
        ends = begins + timedelta(days=3)
        self.run(self.project.stands_in(delegate, begins, ends))
        if delegate == "U-PM9":
            self.month.stand_ins.append(StandsIn(delegate, begins, ends))

    @rule()
    def pay(self) -> None:
        """Those who pay are told what they were not told yet."""
        self.runs += 1
        self._pay(self.runs)
        self.month.pay()

    @precondition(lambda self: self.runs)
    @rule(run=st.integers(1, 9))
    def pay_again(self, run: int) -> None:
        """A run that was told is asked for again, and tells nothing new."""
        self._pay(1 + run % self.runs)

    @precondition(lambda self: self.project.today < date(2026, 12, 7))
    @rule(days=st.sampled_from((1, 2, 5)))
    def wait(self, days: int) -> None:
        """Some days go by, into the month after, when November is locked."""
        self.run(self.project.on(self.project.today + timedelta(days=days)))
        self.look()

    @rule()
    def look(self) -> None:
        """Whoever has waited long enough asks somebody else; looked at again, it is the same."""
        self.run(self.project.look())
        self.month.look(self.project.today)

    @invariant()
    def the_books_say_so(self) -> None:
        """The PSA holds what was agreed, once; who must is asked; who pays was told it once."""
        entries = [each for who in WORKERS for each in self.run(self.project.entries(who))]
        asked = {who: self.run(self.project.asked(who)) for who in DECIDE}
        numbers = {who: set(map(_named, found)) for who, found in asked.items() if found}
        told = self.run(self.project.told_to_pay())

        held = {each.number: (Fraction(each.hours), each.status.value) for each in entries}
        assert held == self.month.in_books()
        assert len(held) == len(entries)
        assert numbers == self.month.asked()
        assert {at: hours for at, hours in told.items() if hours} == {
            at: hours for at, hours in self.month.told.items() if hours
        }

    def _hand_in(
        self, told: tuple[str, int, int, str], *, finance: bool = False, notes: str = ""
    ) -> str:
        who, day, quarters, task = told
        number = f"T-{len(self.wishes) + 1}"
        said = Said(who, date(2026, 11, day), Fraction(quarters, 4), task, notes)
        meant = self.month.judged(number, said, self.project.today, finance=finance)
        self.wishes[number] = _wish(number, said)
        self.takers[number] = "U-FI1" if finance else who
        row = self.run(self.project.handed_in(self.wishes[number], by=self.takers[number]))
        self._taken(number, row, meant)
        return number

    def _taken(self, number: str, row: HandedIn, meant: Version) -> None:
        wrong = {e.code for e in row.findings if e.severity is not Severity.WARN}
        assert (frozenset(wrong), row.status.value) == (meant.wrong, meant.status), (row, meant)
        self.month.take(number, meant)
        if meant.status in {*WAITING, STRUCK_OUT}:
            self._goes_on(row)

    def _goes_on(self, row: HandedIn) -> None:
        event = WorkHandedIn(row_id=row.id, version=row.version, legal_entity=COMPANY)
        assert self.run(self.done(event)) is CommandStatus.DONE

    def _pay(self, run: int) -> None:
        asked = PayRunAsked(period="2026-11", run=run, legal_entity=COMPANY)
        assert self.run(self.done(asked)) is CommandStatus.DONE


def _named(asked: Approval) -> str:
    """Return the number of what is asked about, whatever its version."""
    return asked.title.partition(": ")[2].partition(",")[0].partition("/")[0]


def _wish(number: str, said: Said, follows: int = 0) -> EntryWish:
    return EntryWish(
        number=number,
        employee=said.who,
        project_number="P-2001",
        work_date=said.day,
        hours=Decimal(as_of(said.hours)),
        task=said.task,
        notes=said.notes or None,
        follows=follows,
    )


@pytest.mark.timeout(900)
@from_each_seed
def test_the_books_hold_what_was_agreed(seed: int) -> None:
    """With repeats, corrections, people who stand in, lost answers and cuts on the way."""
    plays(Hours, seed=seed, times=3, steps=10, pure=False)
