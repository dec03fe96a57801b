"""However bookings are asked for, decided, written and taken back, each person is booked once."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, initialize, invariant, rule

from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.events.event import Event
from process_apis.events.staffing import BookingAsked, BookingCancelAsked
from process_apis.resource_to_revenue.records import BookingStage
from tests.faults.changed_project import COMPANY, ChangedProject, changed_project
from tests.faults.test_booking_kills import Staffed
from tests.proof.on_sandbox import WRONG, OnSandbox
from tests.proof.seeds import from_each_seed, plays

MOST = 120


class Bookings(OnSandbox):
    """One person who is wanted on a project for the same weeks, again and again.

    The model knows how each wish stands, and for how many percent the person is booked.
    """

    asked: Bundle[str] = Bundle("asked")
    booked: Bundle[str] = Bundle("booked")

    def __init__(self) -> None:
        super().__init__()
        self.percent: dict[str, int] = {}
        self.stages: dict[str, BookingStage] = {}
        self.stopped = 0

    def scene(self, folder: Path) -> AbstractAsyncContextManager[ChangedProject]:
        """Return the project in whose team the person is wanted."""
        return changed_project(folder)

    def works(self) -> Staffed:
        """Return staffing."""
        self.staffed = Staffed(self.project)
        return self.staffed

    @initialize(steps=st.integers(0, 5), kind=st.sampled_from(WRONG))
    def begin(self, steps: int, kind: str) -> None:
        """Two want most of the person: the second is too much, whatever happens meanwhile."""
        first, second = self.ask(80), self.ask(60)
        self.go_wrong(kind, 1)
        self.cut_off(steps)
        self.approve(first)
        self.approve(second)

    @rule(target=asked, percent=st.sampled_from((20, 40, 50, 60, 80, 100)))
    def ask(self, percent: int) -> str:
        """Somebody wants the person."""
        number = f"w{len(self.percent)}"
        case = self.run(self.staffed.asked(number, str(percent)))
        self.percent[case.id], self.stages[case.id] = percent, BookingStage.ASKED
        self._done(BookingAsked(booking_case_id=case.id, legal_entity=COMPANY))
        return case.id

    @rule(case_id=asked)
    def ask_again(self, case_id: str) -> None:
        """The same wish is told again."""
        self._done(BookingAsked(booking_case_id=case_id, legal_entity=COMPANY))

    @rule(target=booked, case_id=consumes(asked))
    def approve(self, case_id: str) -> str:
        """Who plans agrees; what would be too much stops at a person, and changes nothing."""
        fits = self._total() + self.percent[case_id] <= MOST
        last = self._answered(case_id, Decision.APPROVE)
        assert last is (CommandStatus.DONE if fits else CommandStatus.PARKED)
        if fits:
            self.stages[case_id] = BookingStage.BOOKED
        else:
            self.stopped += 1
        return case_id

    @rule(case_id=consumes(asked))
    def refuse(self, case_id: str) -> None:
        """Who plans does not agree."""
        self._answered(case_id, Decision.REJECT)
        self.stages[case_id] = BookingStage.DECLINED

    @rule(case_id=consumes(booked))
    def cancel(self, case_id: str) -> None:
        """The person is not needed any more; what was never booked stays as it was."""
        self._done(BookingCancelAsked(booking_case_id=case_id, legal_entity=COMPANY))
        if self.stages[case_id] is BookingStage.BOOKED:
            self.stages[case_id] = BookingStage.CANCELLED

    @invariant()
    def the_systems_say_so(self) -> None:
        """The PSA holds what is booked, each once; every wish stands where it should."""
        team = self.run(self.staffed.team())
        booked = [e for e, stage in self.stages.items() if stage is BookingStage.BOOKED]
        stages = {each: self.run(self.staffed.cases.get(each)).stage for each in self.stages}
        open_ones = self.run(self.project.workshop.exceptions.all_open())

        assert sorted(int(each.percent) for each in team) == sorted(self.percent[e] for e in booked)
        assert stages == self.stages
        assert [each.code for each in open_ones] == ["OVER_ALLOCATED"] * self.stopped

    def _done(self, event: Event) -> CommandStatus:
        return self.run(self.done(event))

    def _answered(self, case_id: str, decision: Decision) -> CommandStatus:
        """Have the question answered, and what follows from it done, one after the other."""
        last = CommandStatus.DONE
        for event in self.run(self.decided(case_id, decision)):
            last = self._done(event)
        return last

    def _total(self) -> int:
        booked = (e for e, stage in self.stages.items() if stage is BookingStage.BOOKED)
        return sum(self.percent[each] for each in booked)


@from_each_seed
def test_the_team_is_as_it_was_agreed(seed: int) -> None:
    """With refusals, repeats, lost answers and cuts on the way; nobody beyond what is allowed."""
    plays(Bookings, seed=seed, times=2, steps=10, pure=False)
