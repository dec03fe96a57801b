"""However hours are handed in, decided, corrected and told, payroll has each of them once."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from msgspec.structs import replace

from process_apis.time_and_expense.rules.payroll import pay_lines, payable
from process_apis.time_and_expense.rules.terms import PayTerms
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.process_apis.billing_facts import entry, id_of
from tests.process_apis.working_facts import CALENDAR, HOLIDAY
from tests.proof.seeds import from_each_seed, plays

QUARTERS = st.integers(1, 56)
DAYS = st.integers(9, 19)


class Payroll(RuleBasedStateMachine):
    """People's hours of some days around a Sunday and a holiday, and what was told of them.

    The model knows, for each person and day, how many quarters of an hour were handed on.
    """

    submitted: Bundle[int] = Bundle("submitted")
    approved: Bundle[int] = Bundle("approved")

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, TimeEntry] = {}
        self.paid: set[str] = set()
        self.told: dict[tuple[str, str], Decimal] = {}
        self.handed_on: dict[tuple[str, date], int] = {}

    @rule(target=submitted, quarters=QUARTERS, day=DAYS, who=st.sampled_from(("E1", "E2")))
    def hand_in(self, quarters: int, day: int, who: str) -> int:
        """Somebody hands hours in, which count for nothing yet."""
        return self._row(quarters, date(2026, 10, day), who, EntryStatus.SUBMITTED)

    @rule(target=approved, number=consumes(submitted))
    def approve(self, number: int) -> int:
        """They are approved."""
        self.rows[number] = replace(self.rows[number], status=EntryStatus.APPROVED)
        return number

    @rule(number=consumes(submitted))
    def reject(self, number: int) -> None:
        """They are rejected, and never told."""
        self.rows[number] = replace(self.rows[number], status=EntryStatus.REJECTED)

    @rule(target=approved, number=consumes(approved), quarters=QUARTERS)
    def correct(self, number: int, quarters: int) -> int:
        """What was wrong is taken back by another row, and said anew."""
        wrong = self.rows[number]
        back = -int(wrong.hours * 4)
        self._row(back, wrong.work_date, wrong.employee, EntryStatus.APPROVED)
        return self._row(quarters, wrong.work_date, wrong.employee, EntryStatus.APPROVED)

    @rule()
    def pay(self) -> None:
        """A run tells what no run told before."""
        rows = list(self.rows.values())
        fresh = payable(rows, self.paid)
        before = [each for each in rows if each.id in self.paid]
        for line in pay_lines(fresh, before, CALENDAR, PayTerms()):
            at = (line.employee, line.pay_code)
            self.told[at] = self.told.get(at, Decimal(0)) + line.hours
        for each in fresh:
            assert each.id not in self.paid
            self.paid.add(each.id)
            at_day = (each.employee, each.work_date)
            self.handed_on[at_day] = self.handed_on.get(at_day, 0) + int(each.hours * 4)

    @invariant()
    def every_hour_is_told_once_as_what_it_is(self) -> None:
        """A Sunday's and a holiday's are a rest day's; above eight they are overtime."""
        meant: dict[tuple[str, str], Fraction] = {}
        for (who, day), quarters in self.handed_on.items():
            if day.isoweekday() == 7 or day == HOLIDAY:
                parts = {"REST_DAY": quarters}
            else:
                parts = {"REGULAR": min(quarters, 32), "OVERTIME": max(0, quarters - 32)}
            for code, part in parts.items():
                meant[who, code] = meant.get((who, code), Fraction(0)) + Fraction(part, 4)
        told = {at: Fraction(hours) for at, hours in self.told.items() if hours}
        assert told == {at: hours for at, hours in meant.items() if hours}

    def _row(self, quarters: int, day: date, who: str, status: EntryStatus) -> int:
        number = len(self.rows) + 1
        row = entry(str(Decimal(quarters) / 4), who, number=number, status=status)
        self.rows[number] = replace(row, id=id_of("te", number), work_date=day)
        return number


@from_each_seed
def test_payroll_has_each_hour_once(seed: int) -> None:
    """Approved hours only, corrections as differences, in however many runs."""
    plays(Payroll, seed=seed, times=25, steps=30, pure=True)
