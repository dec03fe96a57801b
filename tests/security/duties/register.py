"""The register of approvals on a database of its own, and whoever asks and decides there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from governance.access import Caller, acting_as
from governance.audit import Audit
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval, ApprovalRequest, Decision
from process_apis.events.set_up import ProjectActivated
from tests.stores import empty_store

NOW = datetime(2026, 10, 31, 9, tzinfo=UTC)
ROLES = ("project_manager", "finance", "cfo")
ENTITY = "NWA-US"


class Register:
    """Approvals of one company, decided at one moment."""

    def __init__(self, path: Path) -> None:
        self.store = empty_store(path / "strata.db")
        audit = Audit(self.store, lambda: NOW, path / "heads.jsonl")
        self.approvals = Approvals(self.store, audit, Metrics())

    async def ask(self, request: ApprovalRequest) -> str:
        """Ask, as one of our processes does, and return the approval's id."""
        with acting_as(somebody("process", client_id="process:project-to-cash")):
            return await self.approvals.ask(request)

    async def decide(
        self,
        approval_id: str,
        by: Caller,
        *,
        decision: Decision = Decision.APPROVE,
        version: int = 1,
    ) -> Approval:
        """Decide, or raise why not."""
        return await self.approvals.decide(
            approval_id, decision, version=version, comment="", by=by, at=NOW
        )

    async def found(self, approval_id: str) -> Approval:
        """Return an approval as it stands."""
        found = await self.approvals.find(approval_id)
        assert found is not None
        return found


def somebody(subject: str, *roles: str, client_id: str = "console", entity: str = ENTITY) -> Caller:
    """Return a person who may decide in some roles."""
    return Caller(
        subject=subject,
        client_id=client_id,
        scopes=frozenset({"process:approvals:decide"}),
        roles=frozenset(roles),
        entities=frozenset({entity}),
    )


def request(
    subject_id: str = "INV-1",
    *,
    question: str = "approve_invoice",
    version: int = 1,
    roles: tuple[str, ...] = ("finance",),
    requested_by: str = "ana",
    beneficiary: str | None = None,
) -> ApprovalRequest:
    """Return a question about an invoice; the first role is asked first."""
    return ApprovalRequest(
        question=question,
        subject_type="invoice",
        subject_id=subject_id,
        subject_version=version,
        process="project-to-cash",
        legal_entity=ENTITY,
        title="Approve an invoice",
        role=roles[0],
        further_roles=roles[1:],
        requested_by=requested_by,
        beneficiary=beneficiary,
        requested_at=NOW,
        due_at=NOW + timedelta(days=2),
        if_approved=ProjectActivated(project_number="P-1"),
    )
