"""A booking is written once and taken back once, whenever the program is cut off meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace

from gateway.firm import load_firm
from governance.editions import Editions
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.approvals.requests import ApprovalStatus
from process_apis.change_requests.applications import Applications
from process_apis.commands import CommandStatus
from process_apis.engine import Process
from process_apis.events import staffing as staffing_events
from process_apis.events.event import Event
from process_apis.events.staffing import BookingAgreed, BookingAsked, BookingCancelAsked
from process_apis.resource_to_revenue import records as staffing_records
from process_apis.resource_to_revenue.booking import BookingSteps
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.freezing import Freezing
from process_apis.resource_to_revenue.process import ResourceToRevenue, processes
from process_apis.resource_to_revenue.questions import Questions
from process_apis.resource_to_revenue.reading import Reading
from process_apis.resource_to_revenue.records import BookingCase, BookingStage, Replan
from process_apis.resource_to_revenue.snapshots import Snapshots
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.canonical import team
from system_apis.canonical.team import Booking, BookingDraft, BookingKind
from tests.faults.changed_project import (
    ASKS,
    COMPANY,
    TESTS,
    ChangedProject,
    Cut,
    changed_project,
    now,
)
from tests.system_apis.sandbox.house import NORTHWIND

STEPS = ["claim", "write_booking", "release_soft", "note_booked"]
ENDS = ["take_back", "end"]
START, END = date(2026, 12, 21), date(2027, 1, 15)


class CutBooking(BookingSteps, frozen=True, kw_only=True):
    """Is cut off after each of its steps."""

    cut: Cut

    async def claim(self, case_id: str) -> BookingCase:
        done = await super().claim(case_id)
        await self.cut.here("claim")
        return done

    async def write_booking(self, case: BookingCase) -> Booking:
        done = await super().write_booking(case)
        await self.cut.here("write_booking")
        return done

    async def release_soft(self, case: BookingCase, soft: tuple[str, ...]) -> None:
        await super().release_soft(case, soft)
        await self.cut.here("release_soft")

    async def note_booked(
        self, case_id: str, made: Booking, released: tuple[str, ...]
    ) -> BookingCase:
        done = await super().note_booked(case_id, made, released)
        await self.cut.here("note_booked")
        return done

    async def take_back(self, case_id: str) -> BookingCase:
        done = await super().take_back(case_id)
        await self.cut.here("take_back")
        return done

    async def end(self, case_id: str, stage: BookingStage) -> BookingCase:
        done = await super().end(case_id, stage)
        await self.cut.here("end")
        return done


class Staffed:
    """The project's bookings, and the process that writes them however often it is cut off."""

    def __init__(self, project: ChangedProject, cuts: Sequence[str] = ()) -> None:
        self.project, self.cut = project, Cut(list(cuts), asyncio.Event())
        workshop, firm = project.workshop, load_firm(NORTHWIND)
        store, audit = workshop.store, workshop.audit
        self.cases = Cases(store, audit, BookingCase, "booking")
        terms = Editions(StaffingTerms())
        entities = {COMPANY: firm.legal_entities()[COMPANY]}
        reading = Reading(project.systems, project.engagements, entities, {})
        self.process = ResourceToRevenue(
            CutBooking(
                systems=project.systems,
                cases=self.cases,
                reading=reading,
                terms=terms,
                clock=now,
                cut=self.cut,
            ),
            Questions(self.cases, project.approvals, now),
            Freezing(
                reading,
                Snapshots(store, audit),
                Cases(store, audit, Replan, "replan"),
                Applications(store, audit),
                QualityFindings(store, audit, now, Metrics()),
                firm.exchange(),
                terms,
                now,
            ),
        )

    async def asked(self, name: str, percent: str, lender: str = COMPANY) -> BookingCase:
        """Write down that E202 is wanted."""
        case = BookingCase(
            id=f"bkc_{name}",
            legal_entity=COMPANY,
            lender=lender,
            project_number="P-2001",
            employee="E202",
            role="Consultant DE",
            kind=BookingKind.HARD,
            percent=Decimal(percent),
            start=START,
            end=END,
            stage=BookingStage.ASKED,
            requested_by=ASKS.subject,
            opened_at=now(),
        )
        return await self.cases.open(case, by=TESTS)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what is done, and the rooms whose records its steps return."""
        return processes(self.process), [staffing_records, staffing_events, team]

    async def done(self, event: Event) -> None:
        """Have something done, however often it is cut off."""
        while True:
            self.cut.reached.clear()
            work, journaled = self.work()
            async with self.project.workshop.engine(
                *work, journaled=journaled, entities=frozenset({COMPANY})
            ) as engine:
                await engine.start(event, by=ASKS.subject)
                if await self._ended(event.business_key):
                    return

    async def _ended(self, key: str) -> bool:
        async with asyncio.timeout(20):
            while not self.cut.reached.is_set():
                command = await self.project.workshop.commands.find(key)
                if command and command.status in {CommandStatus.DONE, CommandStatus.PARKED}:
                    return True
                await asyncio.sleep(0.01)
        return False

    async def team(self) -> list[Booking]:
        """Return who is booked on the project in the window."""
        psa = self.project.systems.psas["psa"]
        found = await psa.bookings(project_number="P-2001", employee_number="E202")
        return [each for each in found.items if each.start == START]


def _agreed(case: BookingCase) -> BookingAgreed:
    return BookingAgreed(booking_case_id=case.id, legal_entity=COMPANY)


async def test_a_booking_is_cut_off_after_every_step_and_written_and_taken_back_once(
    tmp_path: Path,
) -> None:
    """The promise that it replaces is taken back with it, a later one of the project stays."""
    async with changed_project(tmp_path) as project:
        staffed = Staffed(project, [*STEPS, *ENDS])
        draft = BookingDraft(
            project_number="P-2001",
            legal_entity=COMPANY,
            employee="E202",
            role="Consultant DE",
            percent=Decimal(50),
            kind=BookingKind.SOFT,
            start=START,
            end=END,
        )
        soft = await project.systems.psas["psa"].book(draft, key="soft")
        after = replace(draft, start=END + timedelta(days=1), end=END + timedelta(days=7))
        later = await project.systems.psas["psa"].book(after, key="later")
        case = await staffed.asked("one", "60")
        await staffed.done(_agreed(case))
        booked, there = await staffed.cases.get(case.id), await staffed.team()
        await staffed.done(BookingCancelAsked(booking_case_id=case.id, legal_entity=COMPANY))
        ended, left = await staffed.cases.get(case.id), await staffed.team()
        told = await project.told("booking")
        psa = project.systems.psas["psa"]
        kept = await psa.bookings(project_number="P-2001", employee_number="E202")

    assert staffed.cut.left == []
    assert (booked.stage, booked.released) == (BookingStage.BOOKED, (soft.id,))
    assert [(each.id, each.kind, each.percent) for each in there] == [
        (booked.booking_id, BookingKind.HARD, Decimal(60))
    ]
    assert (ended.stage, left) == (BookingStage.CANCELLED, [])
    assert later.id in {each.id for each in kept.items}
    assert told == ["booking.opened", "booking.approved", "booking.booked", "booking.cancelled"]


async def test_of_two_that_want_the_same_time_the_second_stops_at_the_resource_manager(
    tmp_path: Path,
) -> None:
    """What was agreed for the first and is not written yet counts."""
    async with changed_project(tmp_path) as project:
        staffed = Staffed(project)
        first, second = await staffed.asked("one", "80"), await staffed.asked("two", "80")
        await staffed.process.booking.claim(first.id)
        await staffed.done(_agreed(second))
        [stopped] = await project.workshop.exceptions.all_open()
        waiting = await staffed.cases.get(second.id)
        await staffed.done(_agreed(first))
        there = await staffed.team()

    assert (stopped.code, stopped.owner_role) == ("OVER_ALLOCATED", "resource_manager")
    assert waiting.stage is BookingStage.ASKED
    assert [each.percent for each in there] == [Decimal(80)]


async def test_a_booking_is_asked_about_once_however_often_it_is_told(tmp_path: Path) -> None:
    """One question to the resource manager of the project's company."""
    async with changed_project(tmp_path) as project:
        staffed = Staffed(project)
        case = await staffed.asked("one", "50")
        asked = BookingAsked(booking_case_id=case.id, legal_entity=COMPANY)
        await staffed.done(asked)
        await staffed.done(asked)
        questions = await project.approvals.about(case.id)

    assert [(each.role, each.status) for each in questions] == [
        ("resource_manager", ApprovalStatus.PENDING)
    ]
    assert "book E202 for 50 %" in questions[0].title


async def test_a_forecast_is_frozen_once_and_never_changed(tmp_path: Path) -> None:
    """Told twice, the first stays; the store refuses to change it."""
    async with changed_project(tmp_path) as project:
        staffed = Staffed(project)
        freezing, on = staffed.process.freezing, date(2026, 10, 30)
        rows = await freezing.snapshots.listed(frozenset({COMPANY}), date.min, date.max)
        assert rows == []
        booked = await staffed.asked("one", "20")
        await staffed.process.booking.write_booking(booked)
        await _frozen(freezing, on)
        first = await freezing.snapshots.listed(frozenset({COMPANY}), date.min, date.max)
        await _frozen(freezing, on)
        again = await freezing.snapshots.listed(frozenset({COMPANY}), date.min, date.max)

    assert again == first
    assert {each.frozen_on for each in first} == {on}
    assert {each.employee for each in first} >= {"E201", "E202"}


async def _frozen(freezing: Freezing, on: date) -> None:
    await freezing.freeze(COMPANY, on)
