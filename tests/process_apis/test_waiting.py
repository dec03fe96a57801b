"""What waits for a person is what they are asked, and nothing of anybody else."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.entitled import shown_to
from process_apis.approvals.requests import ApprovalRequest, ApprovalStatus, Decision
from process_apis.engagements import Engagement, Engagements, EngagementStatus
from process_apis.engine import Process
from process_apis.events.set_up import ProjectActivated, SetUpResumed
from process_apis.lists import Lists
from process_apis.opportunity_to_project.waiting import WaitingSetUps
from tests.process_apis.billing_facts import id_of
from tests.process_apis.workshop import Workshop
from tests.stories.people import until

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
OPEN = ApprovalRequest(
    question="invoice_content",
    subject_type="invoice",
    subject_id="inv_0",
    subject_version=1,
    process="project-to-cash",
    legal_entity="US",
    title="an invoice",
    role="project_manager",
    requested_by="process:project-to-cash",
    requested_at=NOW,
    due_at=NOW + timedelta(days=1),
    if_approved=ProjectActivated(project_number="P-1"),
)
ASKED = {
    "mine": replace(OPEN, assignee="U-1"),
    "anybody's": OPEN,
    "another's": replace(OPEN, assignee="U-2"),
    "another role's": replace(OPEN, role="finance"),
    "another company's": replace(OPEN, legal_entity="DE"),
    "mine after finance": replace(OPEN, role="finance", further_roles=("project_manager",)),
    "mine and given": replace(OPEN, role="project_manager", further_roles=("cfo",)),
}

MERGED = id_of("cl", 2)
WAITS = Engagement(
    project_number="P-1",
    name="a project",
    opportunity_id=id_of("opp", 1),
    contract_id=id_of("ct", 1),
    contract_number="C-1",
    legal_entity="US",
    client_id=id_of("cl", 1),
    client_number="CL-1",
    client_name="A client",
    currency="USD",
    billing_model="T&M",
    project_manager="U-1",
    command_key="o2p:1",
    status=EngagementStatus.PENDING_APPROVAL,
    agreed_at=NOW,
    opened_at=NOW,
)


def _as(*roles: str, subject: str = "U-1") -> Caller:
    return Caller(
        subject=subject,
        client_id="console",
        scopes=frozenset(),
        roles=frozenset(roles),
        entities=frozenset({"US"}),
    )


async def test_a_person_sees_what_they_are_asked_in_some_role(workshop: Workshop) -> None:
    """Own, open to the role, or further down the list; not what they gave their yes to."""
    approvals = Approvals(workshop.store, workshop.audit, Metrics())
    manager = _as("project_manager")
    ids = {}
    with acting_as(_as()):
        for name, each in ASKED.items():
            ids[await approvals.ask(replace(each, subject_id=f"inv_{len(ids)}"))] = name
    [given] = [one for one, name in ids.items() if name == "mine and given"]
    await approvals.decide(given, Decision.APPROVE, version=1, comment="", by=manager, at=NOW)

    waiting = await approvals.waiting(manager)

    lists = Lists(workshop.store, Engagements(workshop.store, workshop.audit))
    with acting_as(manager):
        listed, _ = await lists.page(shown_to(manager, ApprovalStatus.PENDING), None)
    asked = [each.id for each in listed if each.asks(manager.subject, manager.roles)]
    assert {ids[each.id] for each in waiting} == {"mine", "anybody's", "mine after finance"}
    assert {each.id for each in waiting} == set(asked)


async def test_a_question_begins_with_whose_work_it_is_about(workshop: Workshop) -> None:
    """A project that is not ours goes by its number, and what is of no project by nothing."""
    approvals = Approvals(workshop.store, workshop.audit, Metrics())
    with acting_as(_as()):
        await workshop.engagements.open(WAITS)
        for project in ("P-1", "P-2", None):
            subject = f"inv_{project}"
            await approvals.ask(replace(OPEN, project_number=project, subject_id=subject))

    asked = await approvals.waiting(_as("project_manager"))

    titles = {"A client, P-1: an invoice", "P-2: an invoice", "an invoice"}
    assert {each.title for each in asked} == titles


async def test_nobody_is_offered_what_they_would_be_refused(workshop: Workshop) -> None:
    """Whoever asked, gains by it or answered another question about the same decides nothing."""
    approvals = Approvals(workshop.store, workshop.audit, Metrics())
    both = _as("project_manager", "finance")
    consented = replace(OPEN, question="content", further_roles=("cfo",), subject_id="inv_2")
    asked = [
        replace(OPEN, requested_by="U-1", subject_id="inv_0"),
        replace(OPEN, beneficiary="U-1", subject_id="inv_1"),
        replace(OPEN, role="finance", subject_id="inv_2"),
        replace(OPEN, question="content", subject_id="inv_3"),
        replace(OPEN, role="finance", subject_id="inv_3"),
        replace(OPEN, question="amount", role="finance", subject_id="inv_3", subject_version=2),
    ]
    with acting_as(_as()):
        ids = [await approvals.ask(each) for each in [consented, *asked]]
    for given in (ids[0], ids[4]):
        await approvals.decide(given, Decision.APPROVE, version=1, comment="", by=both, at=NOW)

    offered = {each.id for each in await approvals.waiting(both)}
    of_another = {each.id for each in await approvals.waiting(_as("finance", subject="U-3"))}

    assert offered == {ids[6]}
    assert of_another == {ids[3], ids[5], ids[6]}
    for refused in (ids[1], ids[2], ids[3], ids[5]):
        with pytest.raises(Forbidden):
            await approvals.decide(
                refused, Decision.APPROVE, version=1, comment="", by=both, at=NOW
            )


async def test_a_set_up_goes_on_whose_question_a_merge_has_answered(workshop: Workshop) -> None:
    """It was asked under the id that was merged since, and withdrawn by that; it goes on once."""
    approvals = Approvals(workshop.store, workshop.audit, Metrics())
    engagements = Engagements(workshop.store, workshop.audit)
    resumed: list[SetUpResumed] = []
    process = Process(name="set-up", on=SetUpResumed, run=_kept(resumed), scopes=frozenset())
    with acting_as(_as()):
        waiting = await engagements.open(WAITS)
        await engagements.waits(waiting, stops_at="CLIENT_CANDIDATE", price_difference=None)
        pair = f"{MERGED}:{id_of('cl', 3)}"
        await approvals.ask(replace(OPEN, question="same_client", subject_id=pair))
    async with workshop.engine(process) as engine:
        waiting_set_ups = WaitingSetUps(
            engine, engagements, approvals, _names_of, frozenset({"US"})
        )
        before = await waiting_set_ups.resume()
        with acting_as(_as()):
            await approvals.withdraw("same_client", [pair])
        after = [await waiting_set_ups.resume() for _ in range(2)]
        await until(lambda: _has(resumed), "the set-up")

    assert (before, after) == (0, [1, 1])
    assert [each.contract_id for each in resumed] == [WAITS.contract_id]


async def _names_of(client_id: str) -> list[str]:
    return [client_id, MERGED]


async def _has(resumed: list[SetUpResumed]) -> bool:
    return bool(resumed)


def _kept(resumed: list[SetUpResumed]) -> Callable[[SetUpResumed], Awaitable[None]]:
    async def keep(event: SetUpResumed) -> None:
        resumed.append(event)

    return keep
