"""However bills come, before the work is received and after, each is judged and posted once."""

from contextlib import AbstractAsyncContextManager
from datetime import date
from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, precondition, rule

from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.events.procurement import BillArrived, ReceiptFallenDue
from process_apis.procure_to_pay.orders import receipts_of
from system_apis.canonical.procurement import BillStatus
from tests.faults.bought_services import BoughtServices, bought_services
from tests.faults.changed_project import COMPANY
from tests.firms.amounts import as_of
from tests.proof.buying import reckoned
from tests.proof.buying.reckoned import Asked, Bill, Line, Tolerances, wrong
from tests.proof.on_sandbox import OnSandbox
from tests.proof.seeds import from_each_seed, plays

NOTHING, WORKED, RATE = Fraction(0), Fraction(80), Fraction(70)
USUAL = Tolerances(NOTHING, NOTHING, Fraction(2, 100), Fraction(50), Fraction(1))


class Buying(OnSandbox):
    """An order of 100 hours of which 80 are worked. The model knows what is billed of it."""

    bills: Bundle[str] = Bundle("bills")
    project: BoughtServices

    def __init__(self) -> None:
        super().__init__()
        self.received = False
        self.billed = NOTHING
        self.hours: dict[str, Fraction] = {}
        self.cases: dict[str, str] = {}
        self.stages: dict[str, BillStatus] = {}

    def scene(self, folder: Path) -> AbstractAsyncContextManager[BoughtServices]:
        """Return the project for which services are bought."""
        return bought_services(folder)

    @initialize(steps=st.integers(0, 9), quarters=st.integers(1, 250))
    def begin(self, steps: int, quarters: int) -> None:
        """A bill comes before the work is received, and one after it."""
        self.cut_off(steps)
        self.bill(quarters)
        self.receive(agreed=True)
        self.bill(quarters + 1)

    @precondition(lambda self: not self.received)
    @rule(agreed=st.booleans())
    def receive(self, agreed: bool) -> None:
        """October's work is put to the project manager, who accepts it, or leaves it open."""
        due = ReceiptFallenDue(
            purchase_order_id=self.run(self.project.order()).id,
            start=date(2026, 10, 1),
            end=date(2026, 10, 31),
            occasion="month",
            legal_entity=COMPANY,
        )
        self.run(self.done(due))
        if agreed:
            for follows in self.run(self.decided("", Decision.APPROVE)):
                assert self.run(self.done(follows)) is CommandStatus.DONE
            self.received = True

    @rule(target=bills, quarters=st.integers(1, 330))
    def bill(self, quarters: int) -> str:
        """The vendor bills hours: no two bills are of one amount, which would look like one."""
        hours = Fraction(quarters, 4)
        while hours in self.hours.values():
            hours += Fraction(1, 4)
        number = f"B-{len(self.hours)}"
        case = self.run(self.project.billed(number, as_of(hours)))
        self.hours[number], self.cases[number] = hours, case.id
        ended = self._arrived(number)
        if self._is_right(hours):
            self.billed += hours
            self.stages[number] = BillStatus.POSTED
        else:
            self.stages[number] = BillStatus.EXCEPTION
        right = self.stages[number] is BillStatus.POSTED
        assert ended is (CommandStatus.DONE if right else CommandStatus.PARKED)
        return number

    @rule(number=bills)
    def bill_again(self, number: str) -> None:
        """The same bill is told of again."""
        self._arrived(number)

    @invariant()
    def the_books_say_so(self) -> None:
        """The ledger owes what is right, once; what is wrong waits, and nothing else does."""
        project = self.project
        vendor = self.run(project.vendor())
        owed = self.run(project.systems.erps["erp-a"].payables(vendor_number=vendor.number))
        recorded = self.run(receipts_of(project.systems.procurement, "PO-5501"))
        stages = {e: self.run(project.bills.get(case)).stage for e, case in self.cases.items()}
        stopped = self.run(project.workshop.exceptions.all_open())
        posted = [e for e, stage in self.stages.items() if stage is BillStatus.POSTED]

        assert {each.bill_number: Fraction(each.gross.amount) for each in owed.items} == {
            each: self.hours[each] * RATE for each in posted
        }
        assert len(owed.items) == len(posted)
        assert [Fraction(each.quantity) for each in recorded] == [WORKED] * self.received
        assert stages == self.stages
        assert len(stopped) == len(stages) - len(posted)

    def _arrived(self, number: str) -> CommandStatus:
        return self.run(
            self.done(BillArrived(bill_case_id=self.cases[number], legal_entity=COMPANY))
        )

    def _is_right(self, hours: Fraction) -> bool:
        there = WORKED if self.received else NOTHING
        line = Line(Fraction(100), RATE, NOTHING, there, self.received, WORKED)
        deal = reckoned.Deal("EUR", False, "NL", True, "DE", Fraction(19, 100), USUAL, (line,), ())
        bill = Bill((Asked(0, hours, RATE, hours * RATE),), NOTHING)
        return not wrong(deal, bill, {0: self.billed})


@from_each_seed
def test_the_books_owe_what_is_right(seed: int) -> None:
    """With repeats, lost answers and cuts on the way; by receipts, or by hours that are agreed."""
    plays(Buying, seed=seed, times=2, steps=10, pure=False)
