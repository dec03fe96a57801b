"""However sold work is told, agreed to, stopped and given up, each deal has one project or none."""

from contextlib import AbstractAsyncContextManager
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.events.event import Event
from process_apis.exceptions.queue import Resolution
from tests.firms.amounts import as_of
from tests.proof.on_sandbox import OnSandbox
from tests.proof.opening.reckoned import (
    ASKED,
    GIVEN_UP,
    KNOWN,
    NEW,
    REFUSED,
    RUNS,
    STOPPED,
    UNSEEN,
    Deal,
    Standing,
    approvers,
)
from tests.proof.opening.sold_deals import CHECKS, Held, SoldDeals, sold_deals
from tests.proof.seeds import from_each_seed, plays
from tests.stories.books import Books, done_twice

ROLES = {"Manager", "Consultant DE", "Contractor Specialist"}
CODES = {REFUSED: ["SET_UP_REJECTED"], STOPPED: ["CHECKLIST_OPEN"]}
# What an engagement is called in our own books.
STATUS = {
    UNSEEN: None,
    ASKED: "pending_approval",
    REFUSED: "pending_approval",
    STOPPED: "provisioning",
    RUNS: "active",
    GIVEN_UP: "cancelled",
}
CENTS = (Fraction(0), Fraction("0.01"), Fraction("-0.01"), Fraction(2000))
DEALS = st.builds(
    lambda price, share, apart, **more: Deal(
        price=price, cost=price * Fraction(share, 100) + apart[0], sold=price + apart[1], **more
    ),
    client=st.sampled_from((KNOWN, NEW)),
    price=st.sampled_from((Fraction(30_000), Fraction(84_000), Fraction(120_000))),
    share=st.sampled_from((50, 70, 70, 90)),
    apart=st.tuples(
        st.sampled_from(CENTS),
        st.sampled_from((*map(Fraction, (0, 0, 0, 300, 500, 501, 4000)), Fraction("303.04"))),
    ),
    discounts=st.sampled_from(
        [
            *((Fraction(each), None) for each in (0, 0, 5, "5.5", 15, 16)),
            *((Fraction(each), Fraction(5)) for each in (5, 6)),
        ]
    ),
    days_apart=st.sampled_from((0, 0, 14, 15, -15)),
    parts=st.integers(1, 3),
    named=st.sampled_from((True, True, False)),
    won=st.integers(2, 6),
    signed=st.integers(2, 6),
    order=st.none() | st.integers(4, 12),
)
WHICH = st.integers(60, 62)


class SetUps(OnSandbox):
    """Three deals. The model knows who is still to agree to each, and what must be there of it."""

    opens_at_once = False
    project: SoldDeals

    def __init__(self) -> None:
        super().__init__()
        self.deals: dict[int, Deal] = {}
        self.stand: dict[int, Standing] = {}
        self.told: set[tuple[int, str, int]] = set()
        self.done_tasks: set[int] = set()
        self.strict, self.day = False, 1

    def scene(self, folder: Path) -> AbstractAsyncContextManager[SoldDeals]:
        """Return the deals as they will show."""
        return sold_deals(list(self.deals.values()), folder, strict=self.strict)

    @initialize(
        deals=st.lists(DEALS, min_size=3, max_size=3),
        strict=st.sampled_from((True, True, False)),
        steps=st.integers(0, 20),
        given_up=st.booleans(),
    )
    def begin(self, deals: list[Deal], steps: int, *, strict: bool, given_up: bool) -> None:
        """The first deal shows, is agreed to and set up or given up, though cut off."""
        self.deals, self.strict = dict(enumerate(deals, start=60)), strict
        self.stand = dict.fromkeys(self.deals, Standing())
        self.open()
        self.show(60)
        self.cut_off(steps)
        while self.stand[60].stage == ASKED:
            self.answer(60, agreed=True)
        if given_up:
            self.give_up(60)
        self.show(61)

    @precondition(lambda self: self.day < 14)
    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        """Some days go by, on which deals are won and signed and orders come."""
        self.day += days
        self.run(self.project.on(self.day))

    @rule(which=WHICH)
    def show(self, which: int) -> None:
        """A deal is won and signed, and both are told."""
        deal = self.deals[which]
        if (days := max(deal.won, deal.signed) - self.day) > 0:
            self.wait(days)
        self.tell_won(which)
        self.tell_signed(which)

    @rule(which=WHICH)
    def tell_won(self, which: int) -> None:
        """The CRM tells of a deal that it is won, as often as it likes."""
        if self.deals[which].won <= self.day:
            event = self.run(self.project.won(which))
            self._told(which, event, "won", event.version)

    @rule(which=WHICH)
    def tell_signed(self, which: int) -> None:
        """The contract system tells of a contract as it is now, signed or not."""
        event = self.run(self.project.signed(which))
        self._told(which, event, "signed", event.version)

    @rule(which=WHICH, agreed=st.sampled_from((True, True, True, False)))
    def answer(self, which: int, *, agreed: bool) -> None:
        """One of those who are asked says yes or no; whoever is asked is asked in the title."""
        stand = self.stand[which]
        if stand.stage != ASKED:
            return
        role = min(stand.left)
        asked = self.run(self.project.asked_about(which))
        assert asked is not None
        decision = Decision.APPROVE if agreed else Decision.REJECT
        follows = self.run(self.project.answered(asked, decision, role))
        if agreed and stand.left != {role}:
            self.stand[which] = stand._replace(left=stand.left - {role})
            assert follows == []
            return
        for event in follows:
            ended = self.run(self.done(event))
        if self._ordered(which) != stand.ordered:
            self._ask(which)
        elif agreed:
            self._opens(which)
        else:
            self.stand[which] = stand._replace(stage=REFUSED, left=frozenset())
        self._ended_well(which, ended)

    @rule(which=WHICH)
    def do_the_tasks(self, which: int) -> None:
        """What must be done before the work begins is done."""
        if self.stand[which].stage == STOPPED:
            self.run(self.project.house.set("faults", {}))
            self.run(self.project.do_what_is_to_be_done(which))
            self.done_tasks.add(which)

    @rule(which=WHICH)
    def try_again(self, which: int) -> None:
        """A person has a set-up that stopped tried again."""
        stand = self.stand[which]
        if stand.stage not in CODES:
            return
        ended = self._resolved(which, Resolution.RETRY)
        if stand.stage == STOPPED:
            self._opens(which)
        elif self._ordered(which) != stand.ordered:
            self._ask(which)
        self._ended_well(which, ended)

    @rule(which=WHICH)
    def give_up(self, which: int) -> None:
        """A person gives a set-up up that stopped; what was made of it is taken back."""
        stand = self.stand[which]
        if stand.stage in CODES:
            assert self._resolved(which, Resolution.CANCEL) is CommandStatus.DONE
            self.stand[which] = stand._replace(stage=GIVEN_UP)

    @invariant()
    def each_has_one_project_or_none(self) -> None:
        """Every system, our own books and those who are asked say of each deal the same."""
        if not self.deals:
            return
        books, customers = self.run(self.project.books())
        assert done_twice(books) == []
        assert customers == 3 + self._is_in_books(NEW)
        for which in self.deals:
            self._is_as_it_should(which, books)

    def _is_as_it_should(self, which: int, books: Books) -> None:
        stand, project = self.stand[which], f"P-{which}"
        engagement = self.run(self.project.engagements.find(project))
        asked = self.run(self.project.asked_about(which))
        cases = self.run(self.project.stopped(which))
        given = {each.role for each in asked.consents} if asked else set()

        assert (engagement.status.value if engagement else None) == STATUS[stand.stage]
        assert (set(asked.roles) - given if asked else set()) == stand.left
        assert [each.code for each in cases] == CODES.get(stand.stage, [])
        opened = stand.stage in {STOPPED, RUNS}
        there = {STOPPED: ["Provisioning"], RUNS: ["Active"]}.get(stand.stage, [])
        if stand.was_opened and not opened:
            there = ["Archived"]
        assert [each.status for each in books.workspaces(project)] == there
        in_books = [not opened] if stand.was_opened else []
        assert [each.is_inactive for each in books.jobs(project)] == in_books
        assert books.linked(f"OPP-{which}") == (project if opened else None)
        self._is_planned(which, opened=opened)

    def _is_planned(self, which: int, *, opened: bool) -> None:
        """See what is to be billed, and whom and what the project asks for."""
        deal, stand = self.deals[which], self.stand[which]
        planned = self.run(self.project.planned(which))
        of_project = self.run(self.project.held(f"P-{which}"))
        of_deal = self.run(self.project.held(f"OPP-{which}"))
        parts = [f"M{part}" for part in range(1, deal.parts + 1)] if stand.was_opened else []

        assert sorted(str(each.milestone) for each in planned) == parts
        assert {each.status.value for each in planned} <= {"planned" if opened else "cancelled"}
        assert len(of_project.bookings) == (deal.named and opened)
        assert len(of_deal.bookings) == (deal.named and not opened)
        if stand.was_opened:
            self._asks_for(of_project, deal, opened=opened)
            if opened:
                self._has_its_baseline(which)
        else:
            assert (of_project.requests, of_project.tasks) == ([], [])

    def _asks_for(self, held: Held, deal: Deal, *, opened: bool) -> None:
        assert sorted(each.role for each in held.requests) == sorted(ROLES)
        for each in held.requests:
            usual = "soft_booked" if each.person else "open"
            assert each.status.value == (usual if opened else "cancelled")
        assert [each.person for each in held.requests if each.person] == ["E202"] * deal.named
        assert {each.name for each in held.tasks} >= set(CHECKS)
        assert len(held.tasks) == len({each.name for each in held.tasks}) <= len(CHECKS) + 1

    def _has_its_baseline(self, which: int) -> None:
        deal, psa = self.deals[which], self.project.psa
        [found] = self.run(psa.projects(number=f"P-{which}")).items
        assert found.budget is not None
        figures = (found.budget.price, found.budget.cost)
        assert [Fraction(each.amount) for each in figures] == [deal.price, deal.cost], as_of(
            deal.price
        )

    def _told(self, which: int, event: Event, half: str, version: int) -> None:
        """Have a feed tell, and know what follows from it."""
        ended = self.run(self.done(event))
        deal, stand = self.deals[which], self.stand[which]
        is_new = (which, half, version) not in self.told
        self.told.add((which, half, version))
        if not is_new or max(deal.won, deal.signed) > self.day:
            return
        if stand.stage == UNSEEN or (
            stand.stage == ASKED and stand.ordered != self._ordered(which)
        ):
            self._ask(which)
            self._ended_well(which, ended)

    def _ask(self, which: int) -> None:
        """Whoever must agree is asked; where nobody must, the project opens."""
        deal = self.deals[which]
        left = approvers(deal, is_known=deal.client == KNOWN or self._is_in_books(deal.client))
        self.stand[which] = Standing(ASKED, left, self._ordered(which))
        if not left:
            self._opens(which)

    def _opens(self, which: int) -> None:
        """The project opens, unless something is still to be done."""
        waits = self.strict and which not in self.done_tasks
        self.stand[which] = Standing(STOPPED if waits else RUNS, was_opened=True)

    def _ended_well(self, which: int, ended: CommandStatus) -> None:
        stops = self.stand[which].stage in CODES
        assert ended is (CommandStatus.PARKED if stops else CommandStatus.DONE)

    def _resolved(self, which: int, resolution: Resolution) -> CommandStatus:
        [case] = self.run(self.project.stopped(which))
        until = case.command_key
        if resolution is Resolution.CANCEL:
            until = f"given-up:{self.run(self.project.sale(which)).id}"
        return self.run(self.carried.resolved(case, resolution, until=until))

    def _ordered(self, which: int) -> bool:
        """Whether the client's order is there, which makes the contract another version."""
        order = self.deals[which].order
        return order is not None and order <= self.day

    def _is_in_books(self, client: str) -> bool:
        return any(
            self.stand[which].was_opened and deal.client == client
            for which, deal in self.deals.items()
        )


@pytest.mark.timeout(900)
@from_each_seed
def test_each_deal_has_one_project_or_none(seed: int) -> None:
    """With repeats, corrections, refusals, lost answers and cuts on the way."""
    plays(SetUps, seed=seed, times=3, steps=12, pure=False)
