"""What waits for a person is what they are asked, and nothing of anybody else."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from governance.access import Caller, acting_as
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, ApprovalStatus, Decision
from process_apis.events import ProjectActivated
from tests.process_apis.workshop import Workshop

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

    listed = await approvals.listed(manager, status=ApprovalStatus.PENDING)
    asked = [each.id for each in listed if each.asks(manager.subject, manager.roles)]
    assert {ids[each.id] for each in waiting} == {"mine", "anybody's", "mine after finance"}
    assert {each.id for each in waiting} == set(asked)
