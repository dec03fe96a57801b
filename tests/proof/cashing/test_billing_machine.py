"""However hours are billed, credited, written off and billed again, each is counted once."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from msgspec.structs import replace

from process_apis.project_to_cash.credit_records import HeldWork, StandingSource
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.records import Allocation, EventStatus, SourceType
from process_apis.project_to_cash.rules import Prepared, prepare
from process_apis.project_to_cash.write_offs.rules import why_not
from system_apis.canonical.money import Money
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.firms.amounts import halves, money
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts, id_of
from tests.proof.seeds import from_each_seed, plays

QUARTERS, WHO = st.integers(1, 40), st.sampled_from(("E1", "E2"))
NOTHING, TAX = Fraction(0), Fraction(19, 100)
RATES = {"E1": Fraction("33.33"), "E2": Fraction("199.99")}
ROLES = {"E1": "Consultant", "E2": "Principal"}
AGREED = contract(rates={"Consultant": "33.33", "Principal": "199.99"}, tax="0.19")


class Billing(RuleBasedStateMachine):
    """A contract with a cap. The model knows what each row took of its invoice, in fractions."""

    submitted: Bundle[int] = Bundle("submitted")
    approved: Bundle[int] = Bundle("approved")
    written_off: Bundle[int] = Bundle("written_off")

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, TimeEntry] = {}
        self.standing: dict[int, StandingSource] = {}
        self.lines: dict[int, Prepared] = {}
        self.held: list[HeldWork] = []
        self.billed = Money.zero("USD")
        self.invoices = 0
        self.cap = Fraction(800)
        self.worth: dict[int, Fraction] = {}
        self.kept: dict[int, Fraction] = {}
        self.gone: dict[int, dict[int, Fraction]] = {}

    @rule(target=submitted, quarters=QUARTERS, who=WHO)
    def hand_in(self, quarters: int, who: str) -> int:
        """Somebody hands hours in, late or not, which are not billed yet."""
        return self._row(quarters, who, EntryStatus.SUBMITTED)

    @initialize(target=approved, days=st.lists(st.tuples(QUARTERS, WHO), min_size=2, max_size=5))
    def begin(self, days: list[tuple[int, str]]) -> MultipleResults[int]:
        """Some days are worked and approved, and billed."""
        numbers = [self._row(quarters, who, EntryStatus.APPROVED) for quarters, who in days]
        self.bill(agreed=True)
        return multiple(*numbers)

    @rule(target=approved, quarters=QUARTERS, who=WHO)
    def work_more(self, quarters: int, who: str) -> int:
        """A day more is approved at once."""
        return self._row(quarters, who, EntryStatus.APPROVED)

    @rule(target=approved, number=consumes(submitted))
    def approve(self, number: int) -> int:
        """They are approved."""
        self.rows[number] = replace(self.rows[number], status=EntryStatus.APPROVED)
        return number

    @rule(number=consumes(submitted))
    def reject(self, number: int) -> None:
        """They are rejected, and never billed."""
        self.rows[number] = replace(self.rows[number], status=EntryStatus.REJECTED)

    @rule(more=st.integers(1, 20_000))
    def raise_cap(self, more: int) -> None:
        """The client agrees to more."""
        self.cap += Fraction(more, 100)

    @rule(agreed=st.sampled_from((True, True, False)))
    def bill(self, agreed: bool) -> None:
        """What stands on no invoice is drafted, alike each time, and posted if it is agreed to."""
        prepared = self._prepared()
        assert prepared == self._prepared()
        fees = self._fees()
        released = self._released() if self.invoices else []
        total = sum(fees.values(), NOTHING) + sum((self.kept[each] for each in released), NOTHING)
        before = Fraction(self.billed.amount)
        over = min(max(before + total - self.cap, NOTHING), total)
        net = halves(total - over, "USD", even=False)
        tax = halves(net * TAX, "USD", even=False)
        assert prepared.over_cap.amount == money(over, "USD")
        assert prepared.draft.net.amount == money(net, "USD")
        assert prepared.draft.gross.amount == money(net + tax, "USD")
        assert before + net <= max(self.cap, before)
        if agreed and prepared.billed:
            self._post(prepared)
            self.worth |= fees
            self.kept = {n: e for n, e in self.kept.items() if n not in released}
            self.kept |= {self.invoices: over} if over else {}

    @rule(target=written_off)
    def write_off(self) -> MultipleResults[int]:
        """What stands on no invoice is given up, for what the cap leaves of it."""
        prepared = self._prepared(sequence=1)
        if not prepared.billed:
            return multiple()
        fees = self._fees()
        total = sum(fees.values(), NOTHING)
        over = min(max(Fraction(self.billed.amount) + total - self.cap, NOTHING), total)
        due = replace(facts().event, status=EventStatus.BLOCKED)
        assert prepared.draft.net.amount == money(total - over, "USD")
        assert why_not(due, prepared, (), prepared.draft.gross) is None
        assert _of_rows(prepared, self.rows) == fees
        number = len(self.rows) + len(self.gone)
        self.gone[number] = fees
        return multiple(number)

    @rule(number=consumes(written_off))
    def put_back(self, number: int) -> None:
        """It is to be billed after all."""
        self.gone[number] = {}

    @invariant()
    def every_approved_hour_is_billed_or_given_up_or_still_to_bill(self) -> None:
        """Each in one of the three, and none is lost."""
        approved = [n for n, each in self.rows.items() if each.status is EntryStatus.APPROVED]
        given_up = [number for some in self.gone.values() for number in some]
        assert sorted([*self.worth, *given_up, *self._fees()]) == sorted(approved)

    @rule(number=approved)
    def credit(self, number: int) -> None:
        """What a row took of its invoice is given back, and it may be billed again."""
        if (source := self.standing.pop(number, None)) is None:
            return
        lines = [each.line for each in self.lines.pop(number).billed]
        taken = credit_rules.chosen([source], [source.source_number])
        [credited] = credit_rules.work_lines(taken, lines, HALF_UP)
        assert credited.line.net.amount == money(self.worth.pop(number), "USD")
        self.billed -= credited.line.net

    @invariant()
    def what_is_billed_is_what_stands_without_what_is_held(self) -> None:
        """Row by row, to the cent; and what is over the cap is kept, not lost."""
        assert {n: Fraction(each.amount.amount) for n, each in self.standing.items()} == self.worth
        assert [Fraction(each.amount.amount) for each in self.held] == [*self.kept.values()]
        kept = sum(self.kept.values(), NOTHING)
        assert Fraction(self.billed.amount) == sum(self.worth.values(), NOTHING) - kept

    def _row(self, quarters: int, who: str, status: EntryStatus) -> int:
        number = len(self.rows) + 1
        hours = str(Decimal(quarters) / 4)
        self.rows[number] = entry(hours, who, ROLES[who], number, status=status)
        return number

    def _fees(self) -> dict[int, Fraction]:
        """Return what each row adds to its person's line, whose sum is rounded as a whole."""
        found: dict[int, Fraction] = {}
        for who, rate in RATES.items():
            hours = so_far = NOTHING
            for number, row in self.rows.items():
                taken = number in self.worth or any(number in each for each in self.gone.values())
                fresh = row.status is EntryStatus.APPROVED and not taken
                if row.employee == who and fresh:
                    hours += Fraction(row.hours)
                    line = halves(hours * rate, "USD", even=False)
                    found[number], so_far = line - so_far, line
        return found

    def _released(self) -> list[int]:
        """Return of which invoices the kept work is taken up, whole, the oldest first."""
        room, found = self.cap - Fraction(self.billed.amount), []
        for number, amount in self.kept.items():
            if room > 0:
                found.append(number)
            room -= amount
        return found

    def _prepared(self, sequence: int | None = None) -> Prepared:
        cap = Money(money(self.cap, "USD"), "USD")
        agreed = replace(AGREED, nte_cap=cap)
        seen = facts(*self.rows.values(), agreed=agreed, billed=self.billed.amount)
        taken = {*self.standing, *(number for some in self.gone.values() for number in some)}
        return prepare(
            replace(
                seen,
                event=replace(seen.event, sequence=sequence or self.invoices + 1),
                billed_sources=frozenset(self.rows[each].id for each in taken),
                held=tuple(self.held),
            ),
            HALF_UP,
        )

    def _post(self, prepared: Prepared) -> None:
        """Keep in the ledger what an invoice bills, holds and takes up."""
        self.invoices += 1
        self.billed += prepared.draft.net
        numbers = {each.id: number for number, each in self.rows.items()}
        for at, line in enumerate(prepared.billed):
            for each in line.sources:
                if each.source_type is SourceType.TIME_ENTRY:
                    number = numbers[each.source_id]
                    assert number not in self.standing
                    self.standing[number] = _stands(each, at)
                    self.lines[number] = prepared
        gone = {each.reverses for line in prepared.billed for each in line.sources}
        self.held = [each for each in self.held if each.row not in gone]
        if prepared.over_cap:
            self.held.append(_holds(self.invoices, prepared.over_cap))


def _of_rows(prepared: Prepared, rows: dict[int, TimeEntry]) -> dict[int, Fraction]:
    """Return what each row takes of a document's lines."""
    numbers = {each.id: number for number, each in rows.items()}
    sources = (each for line in prepared.billed for each in line.sources)
    return {
        numbers[each.source_id]: Fraction(each.amount.amount)
        for each in sources
        if each.source_type is SourceType.TIME_ENTRY
    }


def _stands(billed: Allocation, line: int) -> StandingSource:
    return StandingSource(
        row=0,
        line=line,
        source_type=billed.source_type,
        source_id=billed.source_id,
        source_number=billed.source_number,
        quantity=billed.quantity,
        approved=billed.approved,
        unit_rate=billed.unit_rate,
        amount=billed.amount,
    )


def _holds(row: int, amount: Money) -> HeldWork:
    return HeldWork(
        row=row,
        billing_event_id=id_of("be", row),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        legal_entity="US",
        period_start=date(2026, 10, 1),
        amount=amount,
    )


@from_each_seed
def test_each_hour_is_billed_once_and_nothing_over_the_cap_is_lost(seed: int) -> None:
    """With late hours, rejected drafts, credits, write-offs, rebilling and a cap that rises."""
    plays(Billing, seed=seed, times=40, steps=30, pure=True)
