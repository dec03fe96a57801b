"""Finance asks to write a milestone off; other people agree, and it is billed after all."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Forbidden
from process_apis.adoption.sources import SourceReader
from process_apis.approvals.requests import ApprovalStatus, Decision
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events.billing import WriteOffApproved
from process_apis.giving_up import given_up
from process_apis.project_to_cash.questions import Questions
from process_apis.project_to_cash.records import EventStatus
from process_apis.project_to_cash.write_offs.records import WriteOffStage, WriteOffWish
from process_apis.verification.evidence import Booked
from process_apis.verification.kept import snapshot
from process_apis.verification.looks.money import money_is_conserved
from system_apis.canonical.billing import LineKind
from system_apis.canonical.money import Money
from tests.faults.changed_project import COMPANY, changed_project, now, person
from tests.faults.cutting import Carried
from tests.faults.written_off import ANSWERS, ASKS_FOR_IT, WHY, WrittenOff
from tests.process_apis.verified_facts import NOTHING


@pytest.fixture
async def carried(tmp_path: Path) -> AsyncIterator[Carried]:
    """Let a project be under way, of whose milestones some fell due."""
    async with changed_project(tmp_path) as project:
        yield Carried(project, WrittenOff(project))


@pytest.fixture
def works(carried: Carried) -> WrittenOff:
    """Return what writes milestones off."""
    assert isinstance(carried.works, WrittenOff)
    return carried.works


async def test_a_large_amount_is_given_up_by_two_others_than_who_asks(
    carried: Carried, works: WrittenOff
) -> None:
    """Asked twice, they are asked once; nothing is written off before the second says yes."""
    approvals, (director, officer) = works.project.approvals, ANSWERS
    wanted = await works.asked("M2")
    again = await works.asked("M2")
    [asked] = await approvals.waiting(director)
    own = person(ASKS_FOR_IT, "finance_director")
    with pytest.raises(Forbidden):
        await approvals.decide(
            asked.id, Decision.APPROVE, version=1, comment="mine", by=own, at=now()
        )
    await approvals.decide(
        asked.id, Decision.APPROVE, version=1, comment="yes", by=director, at=now()
    )
    before = await works.project.event("M2")
    for event in await works.answered(wanted):
        await carried.done(event)
    after = await works.project.event("M2")

    assert wanted == again
    assert wanted.approvers == ("finance_director", "cfo")
    assert (asked.amount, asked.requested_by) == (wanted.draft.gross, ASKS_FOR_IT)
    assert (before.status, after.status) == (EventStatus.BLOCKED, EventStatus.WRITTEN_OFF)
    assert (await approvals.get(asked.id, officer)).status is ApprovalStatus.APPROVED
    assert (await works.asking.of(after)).stage is WriteOffStage.WRITTEN_OFF


async def test_what_changed_before_the_answer_stops_at_finance(
    carried: Carried, works: WrittenOff
) -> None:
    """Given up there, it is not agreed to; a wrong amount is told of at once."""
    wanted = await works.asked("M1")
    event = await works.project.event("M1")
    wrong = WriteOffWish(Money.of("1", "EUR"), WHY)
    with pytest.raises(Conflict, match="look again"):
        await works.asking.write_off(event, wrong, by=ASKS_FOR_IT)
    gone = replace(event, status=EventStatus.READY)
    await works.project.billing.checked(gone, seen=event)
    for follows in await works.answered(wanted):
        await carried.done(follows)
    [case] = await works.project.workshop.exceptions.all_open()

    assert case.code == "WRITE_OFF_MOVED"
    assert await works.project.event("M1") == gone
    assert (await works.asking.of(gone)).stage is WriteOffStage.ASKED
    follows = given_up(WriteOffApproved(write_off_id=wanted.id, version=1, legal_entity=COMPANY))
    assert follows is not None
    await carried.done(follows)
    assert (await works.asking.of(gone)).stage is WriteOffStage.REJECTED


async def test_what_is_put_back_is_to_bill_once_another_agrees(
    carried: Carried, works: WrittenOff
) -> None:
    """Nobody puts back what is not written off; a no leaves it written off.

    Money is conserved before and after.
    """
    event = await works.due("M1")
    with pytest.raises(NoSuchRecord):
        await works.asked_back("M1")
    wanted = await works.asked("M1")
    with pytest.raises(Conflict, match="only what is written off"):
        await works.asked_back("M1")
    for follows in await works.answered(wanted):
        await carried.done(follows)
    stages, held = [], []
    for decision in (Decision.REJECT, Decision.APPROVE):
        back = await works.asked_back("M1")
        for follows in await works.answered(back, decision):
            await carried.done(follows)
        stages.append((await works.asking.of(event)).stage)
        ours = await works.project.workshop.store.read(
            lambda connection: snapshot(connection, None)
        )
        books = {each: getattr(ours, each) for each in ("write_offs", "events", "allocations")}
        held.append(money_is_conserved(replace(NOTHING, **books), Booked()).breaks)
        assert len(ours.write_offs) == 1

    assert held == [(), ()]
    assert stages == [WriteOffStage.WRITTEN_OFF, WriteOffStage.REVERSED]
    assert (await works.project.event("M1")).status is EventStatus.RETURNED
    assert (await works.asked("M1")).id != wanted.id


async def test_nothing_is_asked_or_earned_any_more_of_what_is_written_off(
    carried: Carried, works: WrittenOff
) -> None:
    """A question about its cap is withdrawn, and an answer to it changes nothing.

    No invoice of another hand takes it either.
    """
    event, checks = await works.due("M1"), works.asking.weighing.checks
    questions = Questions(works.project.billing, works.project.approvals, checks.policy, now)
    asked = await questions.adjustment(event)
    for follows in await works.answered(await works.asked("M1")):
        await carried.done(follows)
    after = await checks.accept_adjustment(event.id, Money.of("1", "EUR"))
    withdrawn = await works.project.approvals.find(asked)
    engagement = await works.project.engagements.find("P-2001")
    assert engagement is not None
    known = await works.project.surveying.reading.facts(engagement, "2026-10")
    reader = SourceReader(works.project.systems, works.project.billing)
    to_adopt = await reader.unbilled(known.contract, date(2026, 10, 1), date(2026, 10, 31))

    assert {each.milestone for each in to_adopt.planned} == {"M2", "M3"}
    assert (after.status, after.accepted_over_cap) == (EventStatus.WRITTEN_OFF, None)
    assert withdrawn is not None
    assert withdrawn.status is ApprovalStatus.CANCELLED
    assert [(each.kind, each.amount) for each in known.given_up] == [
        (LineKind.MILESTONE, Money.of("36000", "EUR"))
    ]


async def test_what_is_written_off_stays_so_once_its_period_is_closed(
    carried: Carried, works: WrittenOff
) -> None:
    """Whether it is closed before somebody asks to put it back, or before the answer."""
    for follows in await works.answered(await works.asked("M1")):
        await carried.done(follows)
    back = await works.asked_back("M1")
    closing = {"instance": "erp-a", "legal_entity": COMPANY, "month": "2026-10-01"}
    await works.project.house.set("periods", {**closing, "open": False})
    for follows in await works.answered(back):
        await carried.done(follows)
    [case] = await works.project.workshop.exceptions.all_open()
    left = replace(back, stage=WriteOffStage.WRITTEN_OFF)
    await works.project.write_offs.turn(back, left, reason="no")
    with pytest.raises(Conflict, match="period that is closed"):
        await works.asked_back("M1")

    assert case.code == "PERIOD_CLOSED"
    assert (await works.project.event("M1")).status is EventStatus.WRITTEN_OFF
