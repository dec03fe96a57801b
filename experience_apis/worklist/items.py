"""What can stand on a worklist, each kind of thing as one item."""

from datetime import datetime, timedelta

from msgspec import Struct

from governance.quality.findings import QualityFinding
from process_apis.adoption.records import Finding
from process_apis.approvals.requests import Approval
from process_apis.exceptions.queue import OpenException
from process_apis.exceptions.words import told
from process_apis.project_to_cash.receivables import Dispute, Receipt
from system_apis.canonical.money import Money

FINANCE, UNKNOWN = "finance", "a client that nobody named"
DONE_WITHIN = timedelta(days=1)


class Item(Struct, frozen=True, kw_only=True):
    """One thing to do; `act_at` is the address that takes the decision."""

    kind: str
    id: str
    title: str
    legal_entity: str | None
    role: str
    amount: Money | None
    version: int | None
    since: datetime
    due_at: datetime
    act_at: str


def approval(asked: Approval, role: str) -> Item:
    """Return what a person is asked in a role."""
    return Item(
        kind="approval",
        id=asked.id,
        title=asked.title,
        legal_entity=asked.legal_entity,
        role=role,
        amount=asked.amount,
        version=asked.subject_version,
        since=asked.requested_at,
        due_at=asked.due_at,
        act_at=f"/process/approvals/v1/{asked.id}/decision",
    )


def exception(case: OpenException, work: str | None) -> Item:
    """Return a stopped process that a person is to put right, and whose work it is."""
    risk = f", {case.amount_at_risk} at risk" if case.amount_at_risk else ""
    stop = told(case.code, case.process, case.step_name, work)
    return Item(
        kind="exception",
        id=case.id,
        title=f"{stop}: {case.reason}{risk}",
        legal_entity=case.legal_entity,
        role=case.owner_role,
        amount=case.amount_at_risk,
        version=None,
        since=case.opened_at,
        due_at=case.due_at,
        act_at=f"/process/exceptions/v1/{case.id}/resolution",
    )


def finding(found: Finding, work: str) -> Item:
    """Return a document of another hand in somebody's work, which a person is to judge."""
    return Item(
        kind="finding",
        id=found.id,
        title=f"{work}: {found.title}; {found.remedy}",
        legal_entity=found.legal_entity,
        role=found.role,
        amount=found.gross,
        version=found.seen_version,
        since=found.found_at,
        due_at=found.found_at + DONE_WITHIN,
        act_at=f"/process/adoption/v1/findings/{found.id}/adoption",
    )


def quality(found: QualityFinding) -> Item:
    """Return something that is wrong with a record and that a person is to put right."""
    risk = found.at_risk
    amount = Money(risk.amount, risk.currency) if risk else None
    called = found.called or f"{found.kind} of {found.system}"
    worth = f", {amount} at risk" if amount else ""
    return Item(
        kind="quality",
        id=found.id,
        title=f"{called}: {found.detail} ({found.rule}){worth}; {found.remedy}",
        legal_entity=found.legal_entity,
        role=found.owner,
        amount=amount,
        version=found.subject_version,
        since=found.opened_at,
        due_at=found.opened_at + DONE_WITHIN,
        act_at=f"/governance/v1/quality/findings/{found.id}/waiver",
    )


def receipt(came_in: Receipt, client: str) -> Item:
    """Return money of a client whose invoice a person is to name."""
    source = f"{came_in.amount} of {came_in.date}"
    return Item(
        kind="receipt",
        id=came_in.id,
        title=f"{client}: place {came_in.unapplied} of {source}",
        legal_entity=came_in.legal_entity,
        role=FINANCE,
        amount=came_in.unapplied,
        version=None,
        since=came_in.noted_at,
        due_at=came_in.noted_at + DONE_WITHIN,
        act_at=f"/process/project-to-cash/v1/receipts/{came_in.id}/applications",
    )


def credit(dispute: Dispute, work: str) -> Item:
    """Return a credit that was agreed with a client of some work and is to be made."""
    agreed_at = dispute.resolved_at or dispute.opened_at
    return Item(
        kind="credit",
        id=dispute.id,
        title=f"{work}: credit {dispute.amount} on {dispute.invoice_number}, as agreed",
        legal_entity=dispute.legal_entity,
        role=FINANCE,
        amount=dispute.amount,
        version=None,
        since=agreed_at,
        due_at=agreed_at + DONE_WITHIN,
        act_at=f"/process/project-to-cash/v1/invoices/{dispute.invoice_id}/credits",
    )
