"""The worklist: the approvals, exceptions, receipts and credits that wait for the caller."""

from datetime import date, datetime, timedelta

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from governance.access import current_caller
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.exceptions.queue import ExceptionQueue, ExceptionStatus, OpenException
from process_apis.project_to_cash.cash import Cash
from process_apis.project_to_cash.collecting import Collecting
from process_apis.project_to_cash.receivables import Dispute, Receipt
from system_apis.canonical.money import Money

POLICY = ApiPolicy(
    name="worklist",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Worklist",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "worklist": Operation(scope="experience:worklist:read", tenants=TenantRule.BY_FILTER)
    },
)
FINANCE = "finance"
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


class Worklist(Struct, frozen=True):
    """What waits for the caller, the most urgent first."""

    items: list[Item]


@get("/", opt={"operation": "worklist"})
async def worklist(
    approvals: NamedDependency[Approvals],
    exceptions: NamedDependency[ExceptionQueue],
    cash: NamedDependency[Cash],
    collecting: NamedDependency[Collecting],
) -> Worklist:
    """Return the approvals, exceptions, receipts and credits that the caller's roles own."""
    caller = current_caller()
    asked = await approvals.listed(caller, status=ApprovalStatus.PENDING)
    stopped = await exceptions.listed(caller, status=ExceptionStatus.OPEN)
    items = [
        *(
            _approval(each, role)
            for each in asked
            if (role := each.asks(caller.subject, caller.roles)) is not None
        ),
        *map(_exception, stopped),
    ]
    if FINANCE in caller.roles:
        unplaced = await cash.receipts.listed(entities=caller.entities, unplaced=True)
        agreed = await collecting.credits_agreed(caller.entities)
        items += [*map(_receipt, unplaced), *map(_credit, agreed)]
    return Worklist(sorted(items, key=lambda each: (each.due_at, each.id)))


def _approval(approval: Approval, role: str) -> Item:
    return Item(
        kind="approval",
        id=approval.id,
        title=approval.title,
        legal_entity=approval.legal_entity,
        role=role,
        amount=approval.amount,
        version=approval.subject_version,
        since=approval.requested_at,
        due_at=approval.due_at,
        act_at=f"/process/approvals/v1/{approval.id}/decision",
    )


def _exception(stop: OpenException) -> Item:
    return Item(
        kind="exception",
        id=stop.id,
        title=f"{stop.code} stopped {stop.process} at {stop.step_name}: {stop.reason}",
        legal_entity=stop.legal_entity,
        role=stop.owner_role,
        amount=None,
        version=None,
        since=stop.opened_at,
        due_at=stop.due_at,
        act_at=f"/process/exceptions/v1/{stop.id}/resolution",
    )


def _receipt(receipt: Receipt) -> Item:
    came = f"{receipt.amount} of {receipt.date} from {receipt.client_number}"
    return Item(
        kind="receipt",
        id=receipt.id,
        title=f"{came}: place {receipt.unapplied}",
        legal_entity=receipt.legal_entity,
        role=FINANCE,
        amount=receipt.unapplied,
        version=None,
        since=receipt.noted_at,
        due_at=receipt.noted_at + DONE_WITHIN,
        act_at=f"/process/project-to-cash/v1/receipts/{receipt.id}/applications",
    )


def _credit(dispute: Dispute) -> Item:
    agreed_at = dispute.resolved_at or dispute.opened_at
    return Item(
        kind="credit",
        id=dispute.id,
        title=f"{dispute.invoice_number}: credit {dispute.amount}, as agreed",
        legal_entity=dispute.legal_entity,
        role=FINANCE,
        amount=dispute.amount,
        version=None,
        since=agreed_at,
        due_at=agreed_at + DONE_WITHIN,
        act_at=f"/process/project-to-cash/v1/invoices/{dispute.invoice_id}/credits",
    )


handlers = [worklist]
