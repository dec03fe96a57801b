"""However changes are recorded, signed, asked for and decided, the contract is what was agreed."""

from contextlib import AbstractAsyncContextManager
from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, initialize, invariant, rule

from process_apis.approvals.requests import Decision
from process_apis.change_requests.records import ApplicationState
from process_apis.commands import CommandStatus
from process_apis.events.changes import ChangeAsked
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequestDraft,
    ChangeStep,
    ModificationAccounting,
)
from system_apis.canonical.money import Money
from tests.faults.changed_project import ASKS, ChangedProject, changed_project
from tests.faults.test_change_kills import SIGNED
from tests.proof.on_sandbox import OnSandbox
from tests.proof.seeds import from_each_seed, plays

PRICE, COST = Fraction(120_000), Fraction(78_250)
PARTS = ["M1", "M2", "M3"]


class Changes(OnSandbox):
    """A fixed price that a client changes again and again. The model knows what was agreed."""

    signed: Bundle[str] = Bundle("signed")
    asked: Bundle[ChangeAsked] = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.price, self.cost = PRICE, COST
        self.parts = list(PARTS)
        self.deltas: dict[str, tuple[str, int, int]] = {}
        self.states: dict[str, ApplicationState] = {}
        self.ground: dict[str, int] = {}
        self.wanted: dict[str, str] = {}
        self.stopped = 0

    def scene(self, folder: Path) -> AbstractAsyncContextManager[ChangedProject]:
        """Return the project."""
        return changed_project(folder)

    @initialize(steps=st.integers(0, 9), agreed=st.sampled_from((True, False)))
    def begin(self, steps: int, agreed: bool) -> None:
        """A first change is asked for, and comes to its end though the program is cut off."""
        wish = self.want(self.record(150, 20, ModificationAccounting.PROSPECTIVE))
        self.cut_off(steps)
        if agreed:
            self.agree(wish)
        else:
            self.refuse(wish)

    @rule(
        target=signed,
        more=st.integers(1, 90),
        cost=st.integers(0, 50),
        how=st.sampled_from(list(ModificationAccounting)),
    )
    def record(self, more: int, cost: int, how: ModificationAccounting) -> str:
        """The client asks for more, at a price, and both sign it."""
        number = f"CR-{len(self.deltas) + 1}"
        draft = ChangeRequestDraft(
            number=number,
            reason=ChangeReason.SCOPE,
            requested_by="client",
            deltas=ChangeDeltas(
                price=Money.of(more * 100, "EUR"), cost=Money.of(cost * 100, "EUR")
            ),
            modification_accounting=how,
        )
        request_id = self.run(self._recorded(draft))
        self.run(self._sign(request_id))
        self.deltas[request_id] = (number, more * 100, cost * 100)
        return request_id

    @rule(target=asked, request_id=consumes(signed))
    def want(self, request_id: str) -> ChangeAsked:
        """Somebody of the firm wants it carried out as planned now, and people are asked."""
        plan = self.run(self.project.surveying.change(request_id, by=ASKS))
        _, more, _ = self.deltas[request_id]
        after = plan.figures.price_after
        assert after is not None
        assert Fraction(after.amount) == self.price + more
        wish = self.run(self.project.asking.change(request_id, plan.ground, by=ASKS))
        self.wanted[wish.application_id] = request_id
        self.ground[wish.application_id] = len(self.parts)
        self.states[wish.application_id] = ApplicationState.ASKED
        assert self.run(self.done(wish)) is CommandStatus.DONE
        return wish

    @rule(wish=asked)
    def want_again(self, wish: ChangeAsked) -> None:
        """The same wish is told again."""
        self.run(self.done(wish))

    @rule(wish=consumes(asked))
    def agree(self, wish: ChangeAsked) -> None:
        """Everybody agrees; on ground that has moved meanwhile it stops at a person."""
        own = wish.application_id
        moved = self.ground[own] != len(self.parts)
        ended = self._answered(own, Decision.APPROVE)
        assert ended is (CommandStatus.PARKED if moved else CommandStatus.DONE)
        if moved:
            self.stopped += 1
            return
        number, more, cost = self.deltas[self.wanted[own]]
        self.price, self.cost = self.price + more, self.cost + cost
        self.parts.append(number)
        self.states[own] = ApplicationState.APPLIED

    @rule(wish=consumes(asked))
    def refuse(self, wish: ChangeAsked) -> None:
        """Somebody who must agree does not."""
        self._answered(wish.application_id, Decision.REJECT)
        self.states[wish.application_id] = ApplicationState.REJECTED

    @invariant()
    def the_contract_says_so(self) -> None:
        """Price, plan and budget are what was agreed, and each change is billed once."""
        project = self.project
        contract = self.run(project.contract())
        listed = self.run(project.applications.listed(entities=ASKS.entities))
        events = [self.run(project.event(each)) for each in self.parts]
        stopped = self.run(project.workshop.exceptions.all_open())

        assert contract.total_value is not None
        assert isinstance(contract.planned_cost, Money)
        assert Fraction(contract.total_value.amount) == self.price
        assert Fraction(contract.planned_cost.amount) == self.cost
        assert [each.number for each in contract.milestones] == self.parts
        assert len({each.id for each in events}) == len(self.parts)
        assert {each.id: each.state for each in listed} == self.states
        assert [each.code for each in stopped] == ["CHANGE_GROUND_MOVED"] * self.stopped

    def _answered(self, application_id: str, decision: Decision) -> CommandStatus:
        last = CommandStatus.DONE
        for event in self.run(self.decided(application_id, decision)):
            last = self.run(self.done(event))
        return last

    async def _recorded(self, draft: ChangeRequestDraft) -> str:
        await self.project.house.set("faults", {})
        contracts, contract = self.project.systems.contracts, await self.project.contract()
        found = await contracts.record_change_request(contract.id, draft, key=draft.number)
        return found.id

    async def _sign(self, request_id: str) -> None:
        await self.project.house.set("faults", {})
        for status in SIGNED:
            step, key = ChangeStep(status=status), f"{request_id}:{status}"
            await self.project.systems.contracts.advance_change_request(request_id, step, key=key)


@from_each_seed
def test_the_contract_is_what_was_agreed(seed: int) -> None:
    """With refusals, repeats, lost answers and cuts on the way, on ground that may have moved."""
    plays(Changes, seed=seed, times=2, steps=10, pure=False)
