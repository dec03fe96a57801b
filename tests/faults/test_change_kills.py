"""The plan of a change is carried out once, whenever the program is cut off meanwhile."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from governance.access import Forbidden, acting_as
from process_apis.approvals.requests import Decision
from process_apis.change_requests.consequences.facts import Asked
from process_apis.change_requests.records import ApplicationState
from process_apis.errors import Conflict
from process_apis.events.changes import ChangeAgreed, ChangeSubmitted
from process_apis.project_to_cash.identifiers import change_application_id
from process_apis.project_to_cash.records import EventStatus
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequestDraft,
    ChangeStatus,
    ChangeStep,
    ModificationAccounting,
)
from system_apis.canonical.money import Money
from tests.faults.changed_project import (
    ASKS,
    COMPANY,
    ChangedProject,
    changed_project,
    now,
    person,
)

STEPS = ["amend", "rebill", "staff", "reorder", "tell", "end"]
AMENDS = ["begin", "amend", "rebaseline", "rebill"]
LATER = Asked(planned_date=date(2026, 12, 18), contractor_hours=Decimal(60))
SIGNED = (
    ChangeStatus.IMPACT_ASSESSED,
    ChangeStatus.INTERNAL_APPROVED,
    ChangeStatus.CLIENT_SENT,
    ChangeStatus.CLIENT_APPROVED,
)


async def test_a_milestone_that_moves_is_cut_off_after_every_step_and_moves_once(
    tmp_path: Path,
) -> None:
    """Contract, billing, people, order and notice are each changed once, in that order."""
    async with changed_project(tmp_path, STEPS) as project:
        event = await project.event("M2")
        plan = await project.surveying.milestone(event.id, LATER, by=ASKS)
        asked = await project.asking.milestone(event.id, LATER, plan.ground, by=ASKS)
        await project.carried_out(asked)

        moved, contract = await project.event("M2"), await project.contract()
        psa, buying = project.systems.psas["psa"], project.systems.procurement
        wanted = (await psa.staffing_requests(project_number="P-2001")).items
        tasks = (await psa.tasks(project_number="P-2001")).items
        [order] = (await buying.purchase_orders(project_number="P-2001")).items
        [change] = await project.applications.listed(entities=ASKS.entities)
        again = await project.asking.milestone(event.id, LATER, plan.ground, by=ASKS)
        told = await project.told("change"), await project.told("billing_event")

    assert project.cut.left == []
    assert (moved.planned_date, moved.status) == (LATER.planned_date, EventStatus.PLANNED)
    assert contract.milestones[1].planned_date == LATER.planned_date
    assert sorted((each.person, each.start) for each in wanted) == [
        ("C901", date(2026, 12, 1)),
        ("E202", date(2026, 12, 1)),
    ]
    assert (order.revision, order.total) == (2, Money.of("9800", "EUR"))
    assert order.lines[0].end == LATER.planned_date
    assert [each.name for each in tasks if each.name.startswith("Tell")] == [
        "Tell the client: M2 of CT-2001"
    ]
    assert change.state is ApplicationState.APPLIED
    assert "57,120.00 EUR" in (change.notice or "")
    assert again == asked
    assert told[0] == ["change.asked", "change.applying", "change.applied"]
    assert told[1].count("billing_event.moved") == 1


async def test_a_change_request_is_cut_off_while_it_amends_and_applied_once(
    tmp_path: Path,
) -> None:
    """The contract is over 140,000, and what no milestone takes up is billed by itself."""
    async with changed_project(tmp_path, AMENDS) as project:
        request_id = await _recorded(project)
        unsigned = await project.surveying.change(request_id, by=ASKS)
        with pytest.raises(Conflict, match="the client signs it first"):
            await project.asking.change(request_id, unsigned.ground, by=ASKS)
        await _sign(project, request_id)
        plan = await project.surveying.change(request_id, by=ASKS)
        await project.carried_out(await project.asking.change(request_id, plan.ground, by=ASKS))

        contract, added = await project.contract(), await project.event("CR-1")
        request = await project.systems.contracts.change_request(request_id)
        [budgeted] = (await project.systems.psas["psa"].projects(number="P-2001")).items
        [change] = await project.applications.listed(entities=ASKS.entities)

    assert project.cut.left == []
    assert request.status is ChangeStatus.APPLIED
    assert contract.total_value == Money.of("140000", "EUR")
    assert contract.planned_cost == Money.of("90000", "EUR")
    assert [each.number for each in contract.milestones] == ["M1", "M2", "M3", "CR-1"]
    assert (added.planned_date, added.status) == (date(2027, 1, 29), EventStatus.PLANNED)
    assert budgeted.budget is not None
    assert budgeted.budget.price == Money.of("140000", "EUR")
    assert change.state is ApplicationState.APPLIED


async def test_the_firm_agrees_before_the_client_signs_and_is_not_asked_again(
    tmp_path: Path,
) -> None:
    """A change that was submitted, and cut off meanwhile, is applied once its client signed."""
    async with changed_project(tmp_path, ["assess", "agree"]) as project:
        request_id = await _recorded(project)
        plan = await project.surveying.change(request_id, by=ASKS)
        own = await project.asking.submission(request_id, plan.ground, by=ASKS)
        again = await project.asking.submission(request_id, plan.ground, by=ASKS)
        with pytest.raises(Conflict, match="submitted as another plan"):
            await project.asking.submission(request_id, "0" * 64, by=ASKS)
        await project.carried_out(ChangeSubmitted(application_id=own, legal_entity=COMPANY))
        agreed = await project.systems.contracts.change_request(request_id)
        for status in SIGNED[2:]:
            step = ChangeStep(status=status)
            await project.systems.contracts.advance_change_request(request_id, step, key=status)
        signed = await project.surveying.change(request_id, by=ASKS)
        await project.done(await project.asking.change(request_id, signed.ground, by=ASKS))
        await project.done(
            ChangeAgreed(
                application_id=change_application_id(request_id, signed.ground),
                legal_entity=COMPANY,
            )
        )
        request = await project.systems.contracts.change_request(request_id)
        told = await project.told("change")

    assert project.cut.left == []
    assert own == again
    assert agreed.status is ChangeStatus.INTERNAL_APPROVED
    assert request.status is ChangeStatus.APPLIED
    assert told == [
        "change.asked",
        "change.agreed",
        "change.asked",
        "change.applying",
        "change.applied",
    ]


async def test_a_plan_whose_ground_has_moved_is_refused_and_begins_nothing(
    tmp_path: Path,
) -> None:
    """Asked for on old ground it is a conflict; moved after the question it stops at a person."""
    async with changed_project(tmp_path) as project:
        event = await project.event("M2")
        plan = await project.surveying.milestone(event.id, LATER, by=ASKS)
        with pytest.raises(Conflict, match="the ground has moved"):
            await project.asking.milestone(event.id, LATER, "0" * 64, by=ASKS)
        asked = await project.asking.milestone(event.id, LATER, plan.ground, by=ASKS)
        await _recorded_and_applied(project)
        await project.carried_out(asked)

        [case] = await project.workshop.exceptions.all_open()
        [change] = await project.applications.listed(entities=ASKS.entities)
        unmoved = await project.event("M2")

    assert (case.code, case.owner_role) == ("CHANGE_GROUND_MOVED", "project_manager")
    assert change.state is ApplicationState.ASKED
    assert unmoved.planned_date == event.planned_date


async def test_who_wants_a_plan_does_not_approve_it(tmp_path: Path) -> None:
    """A project manager who asks needs another one, and is not even asked."""
    manager, another = (person(each, "project_manager") for each in ("U-PM2", "U-PM1"))
    async with changed_project(tmp_path) as project:
        event = await project.event("M2")
        plan = await project.surveying.milestone(event.id, LATER, by=manager)
        asked = await project.asking.milestone(event.id, LATER, plan.ground, by=manager)
        await project.done(asked)
        own = await project.approvals.waiting(manager)
        question = (await project.approvals.waiting(another))[0]

        with acting_as(manager), pytest.raises(Forbidden, match="requester"):
            await project.approvals.decide(
                question.id, Decision.APPROVE, version=1, comment="", by=manager, at=now()
            )

    assert own == []


async def _recorded(project: ChangedProject, deltas: ChangeDeltas | None = None) -> str:
    """Write a change request down as the client asks for it."""
    contract = await project.contract()
    draft = ChangeRequestDraft(
        number="CR-1",
        reason=ChangeReason.SCOPE,
        requested_by="client",
        deltas=deltas
        or ChangeDeltas(price=Money.of("20000", "EUR"), cost=Money.of("11750", "EUR")),
        modification_accounting=ModificationAccounting.CUMULATIVE_CATCH_UP,
    )
    contracts = project.systems.contracts
    return (await contracts.record_change_request(contract.id, draft, key="cr-1")).id


async def _sign(project: ChangedProject, request_id: str) -> None:
    """Let the firm and the client agree to it."""
    for status in SIGNED:
        step = ChangeStep(status=status)
        await project.systems.contracts.advance_change_request(request_id, step, key=status)


async def _recorded_and_applied(project: ChangedProject) -> None:
    """Let the contract become another one meanwhile."""
    end = ChangeDeltas(end_date=date(2027, 3, 31))
    request_id = await _recorded(project, end)
    await _sign(project, request_id)
    step = ChangeStep(status=ChangeStatus.APPLIED)
    await project.systems.contracts.advance_change_request(request_id, step, key="applied")
