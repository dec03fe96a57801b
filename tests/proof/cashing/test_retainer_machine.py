"""However a retainer is worked, billed, paid and objected to, its client is asked what it owes."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from process_apis.project_to_cash.collection import dunning, matching
from process_apis.project_to_cash.collection.cash import OWING
from process_apis.project_to_cash.invoicing.down_payments import deposit, taken_off
from process_apis.project_to_cash.invoicing.periods import months
from process_apis.project_to_cash.invoicing.retainers import carried
from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeStatus,
    Reminder,
    ReminderStatus,
)
from process_apis.project_to_cash.records import BillingKind, ClientInvoice
from process_apis.project_to_cash.rules import Prepared, prepare
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import BillingModel, DownPaymentTerms, RecurringTerms
from system_apis.canonical.money import Money, Price
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.firms.amounts import as_of, halves, money
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts
from tests.process_apis.owing_facts import objection, posted, received, reminder
from tests.proof.cashing.reckoned import NOTHING, Agreed, Billed, Letter, Owing, applied, billed
from tests.proof.seeds import from_each_seed, plays

TAX, FEE, BEYOND = Fraction(19, 100), Fraction("1234.57"), Fraction("151.33")
QUARTERS, SHARES = st.integers(1, 60), st.fractions(Fraction(1, 100), Fraction(3, 2))
TERMS = dunning.DunningTerms()


class Retainer(RuleBasedStateMachine):
    """A retainer with a down payment. The model knows what of each invoice is owed, and why."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TimeEntry] = []
        self.worked: list[Fraction] = [NOTHING]
        self.invoices: dict[str, ClientInvoice] = {}
        self.owing: dict[str, Owing] = {}
        self.objections: dict[str, list[Dispute]] = {}
        self.letters: dict[str, list[Reminder]] = {}
        self.today = date(2026, 9, 1)

    @initialize(
        cents=st.integers(1, 500_000),
        lasting=st.integers(0, 3),
        begun=st.lists(st.integers(1, 90), min_size=1, max_size=4),
    )
    def begin(self, cents: int, lasting: int, begun: list[int]) -> None:
        """The down payment is invoiced, and some months are worked and billed."""
        self.left = down = Fraction(cents, 100)
        self.agreed = Agreed(FEE, Fraction(10), BEYOND, lasting, TAX, down)
        recurring = RecurringTerms(
            monthly_fee=_usd(FEE),
            included_hours=Decimal(10),
            overage_rate=Price(as_of(BEYOND), "USD"),
            rollover=True,
            rollover_months=lasting,
        )
        self.contract = replace(
            contract(tax="0.19"),
            billing_model=BillingModel.RETAINER,
            rates=(),
            recurring=recurring,
            down_payment=DownPaymentTerms(_usd(down), self.today),
        )
        gross = down + halves(down * TAX, "USD", even=False)
        self._post(self._prepared(BillingKind.DOWN_PAYMENT), gross)
        for quarters in begun:
            self.work(quarters, EntryStatus.APPROVED)
            self.bill(agreed=True)

    @rule(quarters=QUARTERS, status=st.sampled_from(EntryStatus))
    def work(self, quarters: int, status: EntryStatus) -> None:
        """Hours of the month, of which what nobody approved counts for nothing."""
        number = len(self.rows) + 1
        told = entry(as_of(Fraction(quarters, 4)), number=number, status=status)
        self.rows.append(replace(told, work_date=self._days()[0]))
        if status in {EntryStatus.APPROVED, EntryStatus.LOCKED}:
            self.worked[-1] += Fraction(quarters, 4)

    @precondition(lambda self: len(self.worked) < 7)
    @rule(agreed=st.sampled_from((True, True, False)))
    def bill(self, agreed: bool) -> None:
        """The month ends; its invoice is posted, unless the draft is turned down."""
        prepared = self._prepared(BillingKind.RETAINER)
        meant = billed(self.agreed, self.worked, self.left)
        _agree(prepared, meant)
        if not agreed:
            return
        self.left -= meant.taken
        self._post(prepared, meant.gross)
        self.today = max(self.today, prepared.draft.issue_date + timedelta(days=1))
        self.worked.append(NOTHING)

    @rule(
        at=st.integers(0, 7),
        share=st.one_of(st.just(Fraction(1)), SHARES),
        named=st.sampled_from(("none", "one", "two", "wrong")),
    )
    def receive(self, at: int, share: Fraction, named: str) -> None:
        """Money comes: all of an invoice, a part or too much, with or without its number."""
        numbers = list(self.invoices)
        first, second = numbers[at % len(numbers)], numbers[(at + 1) % len(numbers)]
        amount = halves(self.owing[first].owed * share, "USD", even=False)
        if amount <= 0:
            return
        text = {"none": [], "one": [first], "two": [second, first], "wrong": [f"{first}0"]}[named]
        payment = received(money(amount, "USD"), " and ".join(text) or None)
        owing = [each for each in self.invoices.values() if each.stage in OWING]
        found = matching.proposals(payment, owing)

        parts = {each.invoice_number: Fraction(each.amount.amount) for each in found}
        assert parts == applied(amount, text, self.owing)
        assert len(found) == len(parts)
        for number, part in parts.items():
            self._settle(number, paid=self.owing[number].paid + part)

    @rule(at=st.integers(0, 7), share=st.fractions(Fraction(1, 100), Fraction(1)))
    def objects(self, at: int, share: Fraction) -> None:
        """The client does not agree with a part of an invoice."""
        number, own = self._invoice(at)
        part = halves((own.owed - own.objected) * share, "USD", even=False)
        if part <= 0:
            return
        told = objection(self.invoices[number], money(part, "USD"))
        self.objections[number].append(told)
        self._settle(number, objected=own.objected + part)

    @rule(at=st.integers(0, 7), status=st.sampled_from(DisputeStatus))
    def resolve(self, at: int, status: DisputeStatus) -> None:
        """A dispute ends: it is agreed to, or not, or taken back."""
        number, own = self._invoice(at)
        told = self.objections[number]
        place = next((p for p, e in enumerate(told) if e.status is DisputeStatus.OPEN), None)
        if place is None:
            return
        part = Fraction(told[place].amount.amount)
        told[place] = replace(told[place], status=status)
        if status is not DisputeStatus.OPEN:
            agreed = part if status is DisputeStatus.ACCEPTED else NOTHING
            objected = own.objected - part
            self._settle(number, objected=objected, accepted=own.accepted + agreed)

    @rule(at=st.integers(0, 7), share=st.fractions(Fraction(1, 100), Fraction(1)))
    def credit(self, at: int, share: Fraction) -> None:
        """What was agreed to is credited, at once or in parts."""
        number, own = self._invoice(at)
        told = dunning.to_credit(self.invoices[number], self.objections[number])
        assert Fraction(told.amount) == own.to_credit
        part = halves(min(own.to_credit, own.owed) * share, "USD", even=False)
        self._settle(number, credited=own.credited + part)

    @rule(days=st.sampled_from((1, 3, 7, 30)))
    def wait(self, days: int) -> None:
        """Days go by."""
        self.today += timedelta(days=days)

    @rule()
    def remind(self) -> None:
        """What is overdue is asked for, level by level, where a person sends the letter."""
        for number, own in self.owing.items():
            meant, written = own.reminded_on(), self.letters[number]
            step = dunning.next_step(self.invoices[number], written, TERMS)
            assert (step.on if step else None) == meant
            if step is None or step.on > self.today or not own.claimed:
                continue
            assert step.level == len(own.letters) + 1
            written.append(reminder(step.level, self.today, ReminderStatus.DRAFT))
            self._settle(number, letters=(*own.letters, Letter(open=True, on=self.today)))

    @rule(sent=st.booleans())
    def answer(self, sent: bool) -> None:
        """Every letter that waits is sent today, or not at all."""
        status = ReminderStatus.SENT if sent else ReminderStatus.WITHDRAWN
        for number, own in self.owing.items():
            if not own.letters or not own.letters[-1].open:
                continue
            last = self.letters[number][-1]
            on = self.today if sent else last.drafted_on
            done = replace(last, status=status, sent_on=self.today if sent else None)
            self.letters[number][-1] = done
            self._settle(number, letters=(*own.letters[:-1], Letter(open=False, on=on)))

    @invariant()
    def what_is_asked_for_is_what_is_owed(self) -> None:
        """To the cent; nothing that is paid, disputed or to be credited."""
        for number, own in self.owing.items():
            invoice = self.invoices[number]
            claimed = dunning.claimable(invoice, self.objections[number])
            assert Fraction(invoice.owed.amount) == own.owed
            assert Fraction(claimed.amount) == own.claimed
            assert invoice.stage.value == own.stage
        held = deposit(self.invoices.values(), "USD")
        if self.invoices:
            assert Fraction(held.left.amount) == self.left

    def _days(self) -> tuple[date, date]:
        return list(months(self.contract))[len(self.worked) - 1]

    def _invoice(self, at: int) -> tuple[str, Owing]:
        return list(self.owing.items())[at % len(self.owing)]

    def _prepared(self, kind: BillingKind) -> Prepared:
        first, last = self._days()
        ours = [each for each in self.rows if first <= each.work_date <= last]
        found = facts(*ours, agreed=self.contract)
        month = replace(found.event, period_start=first, period_end=last, planned_date=last)
        down = kind is BillingKind.DOWN_PAYMENT
        return prepare(
            replace(
                found,
                event=replace(month, kind=kind),
                carried_hours=carried(self.contract, first, self.rows),
                deposit=None if down else deposit(self.invoices.values(), "USD"),
            ),
            HALF_UP,
        )

    def _post(self, prepared: Prepared, gross: Fraction) -> None:
        number = "INV-" + "1" * (len(self.invoices) + 1)
        assert prepared.draft.gross.amount == money(gross, "USD")
        sent = posted(number, money(gross, "USD"))
        own = Owing(gross, prepared.draft.issue_date + timedelta(days=30))
        self.invoices[number] = replace(sent, draft=prepared.draft)
        self.owing[number], self.objections[number], self.letters[number] = own, [], []
        self._settle(number)

    def _settle(self, number: str, **now: object) -> None:
        """Note what became of an invoice, in the model and in the product's record."""
        own = self.owing[number]._replace(**now)  # type: ignore[arg-type]  # as a rule says
        self.owing[number] = own
        told = replace(self.invoices[number], paid=_usd(own.paid), credited=_usd(own.credited))
        open_ones = [e for e in self.objections[number] if e.status is DisputeStatus.OPEN]
        stage = told.stage_when(told.paid, disputed=bool(open_ones))
        self.invoices[number] = replace(told, stage=stage)


def _agree(prepared: Prepared, meant: Billed) -> None:
    over = [e.quantity for e in prepared.draft.lines if e.kind is LineKind.OVERAGE]
    assert [Fraction(each) for each in over] == ([meant.over] if meant.over else [])
    assert Fraction(taken_off(prepared.draft).amount) == meant.taken
    assert prepared.draft.net.amount == money(meant.net, "USD")
    assert prepared.draft.gross.amount == money(meant.gross, "USD")


def _usd(amount: Fraction) -> Money:
    return Money(money(amount, "USD"), "USD")


@pytest.mark.timeout(900)
@from_each_seed
def test_a_retainers_client_is_asked_what_it_owes(seed: int) -> None:
    """With carried hours, a down payment, money in parts and too much, disputes and reminders."""
    plays(Retainer, seed=seed, times=100, steps=30, pure=True)
